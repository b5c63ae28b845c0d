//! The operator's ledger under rules: registers, versions, keys.
//!
//! Promises: versions count up by one, a changed bank account waits, a key ends once and only when
//! it was granted, a venue keeps its structure, a signal is decided once, two people are two (see
//! `proposals`). Does not: know people, or what rights a role has.

use std::collections::{HashMap, HashSet};

use super::Breach;
use super::keeping::{self, Keeping};
use super::proposals::Proposals;
use crate::base::id::{AnyId, Id, Structure};
use crate::domain::fact::Fact;
use crate::domain::ledger::entry::Entry;
use crate::domain::organisation::BankAccountRecorded;
use crate::domain::retention::VaultPurged;

/// What has versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Sort {
    Organisation,
    BankAccount,
    Logo,
    Venue,
}

/// The operator's registers so far.
#[derive(Debug, Default)]
pub(super) struct Registers {
    versions: HashMap<(AnyId, Sort), i64>,
    venues: HashMap<AnyId, Id<Structure>>,
    /// API keys and memberships that ended, signals that were decided.
    ended: HashSet<AnyId>,
    /// Voucher keys by issuer and number, and whether they ended.
    voucher_keys: HashMap<(AnyId, u8), bool>,
    proposals: Proposals,
    keeping: Keeping,
}

impl Registers {
    /// A line of the operator's ledger.
    pub(super) fn next(
        &mut self,
        entry: &Entry,
        fact: &Fact,
        created: &HashSet<AnyId>,
    ) -> Result<(), Breach> {
        let id = entry.id;
        self.proposals.see(entry, fact)?;
        match fact {
            Fact::LedgerOpened(_) | Fact::KeyGranted(_) | Fact::MembershipGranted(_) => Ok(()),
            Fact::OrganisationRegistered(body) => {
                self.version(id, Sort::Organisation, body.version)
            }
            Fact::BankAccountRecorded(body) => self.account(entry, body),
            Fact::ProposalMade(body) => self.proposals.made(entry, body),
            Fact::ProposalApproved(_) => self.proposals.approved(entry),
            Fact::ProposalWithdrawn(_) => self.proposals.withdrawn(entry),
            Fact::LogoRecorded(body) => {
                self.version(id, Sort::Logo, body.version)?;
                self.keeping.recorded(entry, VaultPurged::Logo { version: body.version }, None);
                Ok(())
            }
            Fact::VaultPurged(body) => self.keeping.purged(entry, *body),
            Fact::LossAccepted(body) => keeping::accepted(entry, body.0),
            Fact::VenueRegistered(body) => {
                let structure = body.profile.structure_id;
                if self.venues.get(&id).is_some_and(|known| *known != structure) {
                    return Err(Breach::Fixed("the structure of a venue"));
                }
                self.version(id, Sort::Venue, body.version)?;
                self.venues.insert(id, structure);
                Ok(())
            }
            Fact::VenueStateSet(_) if self.venues.contains_key(&id) => Ok(()),
            Fact::VenueStateSet(_) => Err(Breach::unknown(&id)),
            Fact::KeyRevoked(_) | Fact::MembershipEnded(_) if !created.contains(&id) => {
                Err(Breach::unknown(&id))
            }
            Fact::KeyRevoked(_) | Fact::MembershipEnded(_) if self.ended.insert(id) => Ok(()),
            Fact::KeyRevoked(_) => Err(Breach::state(&id, "revoked")),
            Fact::MembershipEnded(_) => Err(Breach::state(&id, "ended")),
            Fact::VoucherKeyAdded(body) => {
                let key = (id, body.key_id);
                if self.voucher_keys.contains_key(&key) {
                    return Err(Breach::state(&format!("voucher key {}", body.key_id), "there"));
                }
                self.voucher_keys.insert(key, false);
                Ok(())
            }
            Fact::VoucherKeyRevoked(body) => {
                let name = format!("voucher key {}", body.key_id);
                match self.voucher_keys.get_mut(&(id, body.key_id)) {
                    None => Err(Breach::Unknown(name)),
                    Some(true) => Err(Breach::state(&name, "revoked")),
                    Some(ended) => {
                        *ended = true;
                        Ok(())
                    }
                }
            }
            Fact::SignalDecided(body) => {
                Breach::unless_same("the id of the signal", &body.raised().id().any(), &id)?;
                if self.ended.insert(id) { Ok(()) } else { Err(Breach::state(&id, "decided")) }
            }
            _ => Err(Breach::OtherLedger),
        }
    }

    fn account(&mut self, entry: &Entry, body: &BankAccountRecorded) -> Result<(), Breach> {
        self.version(entry.id, Sort::BankAccount, body.version)?;
        let waits = |at| body.version > 1 && at > entry.recorded_at;
        if !body.in_force_at.is_none_or(waits) {
            return Err(Breach::Bounds("in_force_at"));
        }
        let what = VaultPurged::BankAccount { version: body.version };
        self.keeping.recorded(entry, what, body.in_force_at);
        Ok(())
    }

    fn version(&mut self, id: AnyId, sort: Sort, version: i64) -> Result<(), Breach> {
        let known = self.versions.entry((id, sort)).or_insert(0);
        Breach::unless_same("the version", &(*known + 1), &version)?;
        *known = version;
        Ok(())
    }
}
