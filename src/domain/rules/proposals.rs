//! Proposals under rules: two people, in time, once, and what was approved is done.
//!
//! Promises: who proposed, or granted the key that did, does not approve; a person does, and a key
//! that asks was granted by one; nothing is
//! decided twice or too late; what belongs in the operator's ledger stands right below its
//! approval. Does not: know which acts needed two people; people's number is not in the lines.

use std::collections::HashMap;

use super::Breach;
use crate::base::clock::Timestamp;
use crate::base::id::{AnyId, Noun};
use crate::domain::fact::Fact;
use crate::domain::ledger::entry::Entry;
use crate::domain::proposal::{Deed, ProposalMade};

/// A proposal that was made.
#[derive(Debug, Clone, Copy)]
struct Made {
    by: AnyId,
    deed: Deed,
    about: AnyId,
    expires_at: Timestamp,
    decided: bool,
}

/// The proposals so far.
#[derive(Debug, Default)]
pub(super) struct Proposals {
    made: HashMap<AnyId, Made>,
    /// Who granted a key.
    granters: HashMap<AnyId, AnyId>,
    /// What the next line must say: its kind, what it is about, and who asked for it.
    next: Option<(&'static str, AnyId, AnyId)>,
}

impl Proposals {
    /// Looks at any line of the operator's ledger.
    pub(super) fn see(&mut self, entry: &Entry, fact: &Fact) -> Result<(), Breach> {
        if let Some((kind, about, by)) = self.next.take()
            && (fact.kind(), entry.id, entry.actor) != (kind, about, by)
        {
            return Err(Breach::Unknown(format!("the {kind} that was just approved")));
        }
        if matches!(fact, Fact::KeyGranted(_)) {
            self.granters.insert(entry.id, entry.actor);
        }
        Ok(())
    }

    /// `proposal-made`.
    pub(super) fn made(&mut self, entry: &Entry, body: &ProposalMade) -> Result<(), Breach> {
        let ProposalMade { deed, about, expires_at, .. } = *body;
        if expires_at <= entry.recorded_at {
            return Err(Breach::Bounds("expires_at"));
        }
        let hands = self.hands(entry.actor);
        let asked_by_key = entry.actor.noun() == Noun::ApiKey;
        if asked_by_key && hands.last().is_none_or(|granter| granter.noun() != Noun::Person) {
            return Err(Breach::OnePerson);
        }
        let made = Made { by: entry.actor, deed, about, expires_at, decided: false };
        self.made.insert(entry.id, made);
        Ok(())
    }

    /// `proposal-approved`.
    pub(super) fn approved(&mut self, entry: &Entry) -> Result<(), Breach> {
        let made = self.decided(entry.id)?;
        if entry.recorded_at >= made.expires_at {
            return Err(Breach::state(&entry.id, "expired"));
        }
        if entry.actor.noun() != Noun::Person || self.hands(made.by).contains(&entry.actor) {
            return Err(Breach::OnePerson);
        }
        self.next = kind(made.deed).map(|kind| (kind, made.about, made.by));
        Ok(())
    }

    /// `proposal-withdrawn`.
    pub(super) fn withdrawn(&mut self, entry: &Entry) -> Result<(), Breach> {
        self.decided(entry.id).map(|_| ())
    }

    fn decided(&mut self, id: AnyId) -> Result<Made, Breach> {
        let made = self.made.get_mut(&id).ok_or_else(|| Breach::unknown(&id))?;
        if made.decided {
            return Err(Breach::state(&id, "decided"));
        }
        made.decided = true;
        Ok(*made)
    }

    /// Who asked, and who granted the key that did, and the key with which that was done.
    fn hands(&self, by: AnyId) -> Vec<AnyId> {
        let mut hands = vec![by];
        while let Some(granter) = hands.last().and_then(|last| self.granters.get(last))
            && !hands.contains(granter)
        {
            hands.push(*granter);
        }
        hands
    }
}

/// The kind of the line that a deed is, when it is one of the operator's ledger.
const fn kind(deed: Deed) -> Option<&'static str> {
    match deed {
        Deed::RecordBankAccount => Some("bank-account-recorded"),
        Deed::GrantMembership => Some("membership-granted"),
        Deed::EndMembership => Some("membership-ended"),
        Deed::GrantApiKey => Some("api-key-granted"),
        Deed::AddVoucherKey => Some("voucher-key-added"),
        Deed::RevokeVoucherKey => Some("voucher-key-revoked"),
        Deed::AcceptLoss => Some("loss-accepted"),
        Deed::ActivateOrder
        | Deed::BlockVouchers
        | Deed::MoveBooks
        | Deed::ReplaceBook
        | Deed::CloseCampaign
        | Deed::ApproveSettlement => None,
    }
}
