//! Replaying: the lines of one ledger in order, checked against all that can be known from lines.
//!
//! Promises: needs no table and no key, so that an audit and a stranger's verifier judge alike; a
//! line that is not understood is said to be, never passed over. Does not: hash lines (see
//! `ledger::log`), nor decide what a verb may do.

use std::collections::{BTreeMap, BTreeSet};

use super::campaign::FACE_LIMIT;
use super::fact::{Fact, FactError};
use super::ledger::account::Account;
use super::ledger::balance::{BalanceError, Balances, Living};
use super::ledger::entry::{Entry, LedgerId, LineError};
use super::ledger::transfer::Transfer;
use super::order::BOOK_LIMIT;
use super::organisation::LedgerOpened;
use super::rules::Breach;
use super::serial::POSITION_MAX;
use super::takeover::{Statement, StatementError};
use crate::base::clock::Timestamp;
use crate::base::day::{Day, Zone};
use crate::base::id::{Campaign, Id};

/// What is wrong with a line that can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The first line is another kind, or a later line opens the ledger again.
    #[error("a ledger is opened by its first line and by no other")]
    Opening,
    /// The line names another ledger.
    #[error("the line is of {0}")]
    OtherLedger(LedgerId),
    /// The line names another place.
    #[error("the line says that it is number {found}; it is number {expected}")]
    Seq {
        /// Its place.
        expected: i64,
        /// What it says.
        found: i64,
    },
    /// Time went back.
    #[error("the line was recorded at {at}, before the line above it ({before})")]
    Clock {
        /// What it says.
        at: Timestamp,
        /// What the line above says.
        before: Timestamp,
    },
    /// The civil day is not that of the moment.
    #[error("the line is of {found}; where the ledger is kept it was {expected}")]
    Day {
        /// The day of its moment.
        expected: Day,
        /// What it says.
        found: Day,
    },
    /// The body would be written otherwise.
    #[error("the body is not written in the one way")]
    Body,
    /// Money of another funder, or money in a ledger that holds none.
    #[error("{0} is no account of this ledger")]
    ForeignAccount(Account),
    /// A kind that moves money, without the transfer that it needs.
    #[error("a line of this kind moves money from or to one float")]
    NoFloat,
    /// A number that no verb writes.
    #[error("{0} is out of its bounds")]
    Bounds(&'static str),
    /// A take-over or release that the funder did not sign, or not here; or a line after a release.
    #[error("{0}")]
    Leaving(StatementError),
    /// Rule P1 would break.
    #[error(transparent)]
    Balance(#[from] BalanceError),
    /// A verb would not have written this after the lines above it.
    #[error(transparent)]
    Rule(#[from] Breach),
}

/// Why a line cannot be replayed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Not a line, or not in canonical form.
    #[error(transparent)]
    Line(#[from] LineError),
    /// A kind or body that this program does not know: another one may.
    #[error(transparent)]
    Fact(#[from] FactError),
}

/// A line that was read by itself, without those above it.
#[derive(Debug, Clone)]
pub struct Parsed {
    entry: Entry,
    fact: Fact,
    /// Whether the body is written in the one way.
    canonical: bool,
}

impl Parsed {
    /// What the line says.
    #[must_use]
    pub const fn fact(&self) -> &Fact {
        &self.fact
    }

    /// Reads a line: the part of replaying that takes time, and may be done beforehand.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn of(line: &str) -> Result<Self, Unreadable> {
        let entry = Entry::parse(line)?;
        let fact = Fact::of(&entry)?;
        let canonical = entry.body.get() == fact.body().get();
        Ok(Self { entry, fact, canonical })
    }
}

/// A line that was read, with what is wrong with it.
#[derive(Debug, Clone)]
pub struct Replayed {
    /// The entry.
    pub entry: Entry,
    /// What it says.
    pub fact: Fact,
    /// What is wrong with it; empty when nothing is.
    pub faults: Vec<Fault>,
}

/// The state of one ledger after some of its lines.
#[derive(Debug, Clone, Default)]
pub struct Replay {
    ledger: Option<LedgerId>,
    opened: Option<LedgerOpened>,
    size: i64,
    recorded_at: Option<Timestamp>,
    /// The last line said that another operator goes on.
    released: Option<Statement>,
    balances: Balances,
    /// Face values, as the orders of a campaign fixed them.
    faces: BTreeMap<Id<Campaign>, i64>,
}

impl Replay {
    /// How many lines were replayed.
    #[must_use]
    pub const fn size(&self) -> i64 {
        self.size
    }

    /// The ledger that the first line names.
    #[must_use]
    pub const fn ledger(&self) -> Option<LedgerId> {
        self.ledger
    }

    /// What the first line says.
    #[must_use]
    pub const fn opened(&self) -> Option<&LedgerOpened> {
        self.opened.as_ref()
    }

    /// When the last line was recorded.
    #[must_use]
    pub const fn recorded_at(&self) -> Option<Timestamp> {
        self.recorded_at
    }

    /// What the accounts hold.
    #[must_use]
    pub const fn balances(&self) -> &Balances {
        &self.balances
    }

    /// The face value of a campaign's vouchers, in cents; 0 before its first order.
    #[must_use]
    pub fn face_cents(&self, campaign: Id<Campaign>) -> i64 {
        self.faces.get(&campaign).copied().unwrap_or(0)
    }

    /// Replays the next line.
    ///
    /// # Errors
    /// [`Unreadable`]; the line is counted, and changes nothing else.
    pub fn next(&mut self, line: &str) -> Result<Replayed, Unreadable> {
        self.enter(Parsed::of(line))
    }

    /// Replays the next line, as [`Parsed::of`] read it.
    ///
    /// # Errors
    /// [`Unreadable`]; the line is counted, and changes nothing else.
    pub fn enter(&mut self, parsed: Result<Parsed, Unreadable>) -> Result<Replayed, Unreadable> {
        let seq = self.size;
        self.size += 1;
        let Parsed { entry, fact, canonical } = parsed?;
        let mut faults = Vec::new();
        if !canonical {
            faults.push(Fault::Body);
        }
        if entry.seq != seq {
            faults.push(Fault::Seq { expected: seq, found: entry.seq });
        }
        faults.extend(bounds(&fact).map(Fault::Bounds));
        self.place(seq, &entry, &fact, &mut faults);
        faults.extend(self.leave(seq, &fact).err().map(Fault::Leaving));
        self.count(&entry, &fact, &mut faults);
        Ok(Replayed { entry, fact, faults })
    }

    /// Checks the ledger, the moment and the day.
    fn place(&mut self, seq: i64, entry: &Entry, fact: &Fact, faults: &mut Vec<Fault>) {
        match fact {
            Fact::LedgerOpened(opened) if seq == 0 => {
                self.ledger = Some(entry.ledger);
                self.opened = Some(opened.clone());
            }
            Fact::LedgerOpened(_) => faults.push(Fault::Opening),
            _ if seq == 0 => faults.push(Fault::Opening),
            _ => {}
        }
        if self.ledger.is_some_and(|ledger| ledger != entry.ledger) {
            faults.push(Fault::OtherLedger(entry.ledger));
        }
        if let Some(before) = self.recorded_at.filter(|before| *before > entry.recorded_at) {
            faults.push(Fault::Clock { at: entry.recorded_at, before });
        }
        self.recorded_at = Some(entry.recorded_at);
        let zone: Option<&Zone> = self.opened.as_ref().map(|opened| &opened.time_zone);
        if let Some(expected) = zone.map(|zone| zone.day_of(entry.recorded_at))
            && expected != entry.on
        {
            faults.push(Fault::Day { expected, found: entry.on });
        }
    }

    /// Checks who goes on with the ledger: only whom the funder named, and after a release nobody
    /// but that operator.
    fn leave(&mut self, seq: i64, fact: &Fact) -> Result<(), StatementError> {
        let released = self.released.take();
        let signed = |statement: &Statement| match (self.ledger, &self.opened) {
            (Some(ledger), Some(opened)) => statement.verify(ledger, opened),
            _ => Err(StatementError::NoKey),
        };
        match (fact, released) {
            (Fact::LedgerTakenOver(body), None) if body.statement.size == seq => {
                signed(&body.statement)
            }
            (Fact::LedgerTakenOver(body), Some(released)) if body.statement == released => Ok(()),
            (Fact::LedgerReleased(body), None) if body.statement.size == seq => {
                self.released = Some(body.statement.clone());
                signed(&body.statement)
            }
            (Fact::LedgerTakenOver(_) | Fact::LedgerReleased(_), _) | (_, Some(_)) => {
                Err(StatementError::OtherSize)
            }
            _ => Ok(()),
        }
    }

    /// The take-over that the last line, a release, made way for.
    #[must_use]
    pub const fn released(&self) -> Option<&Statement> {
        self.released.as_ref()
    }

    /// Moves the balances, and checks both halves of P1.
    ///
    /// The identity follows from double entry as long as every transfer is between accounts of
    /// this ledger; no balance goes below zero and each float that is touched is counted.
    fn count(&mut self, entry: &Entry, fact: &Fact, faults: &mut Vec<Fault>) {
        let funder = self.ledger.and_then(LedgerId::funder);
        for transfer in &entry.transfers {
            for account in [transfer.debit, transfer.credit] {
                let owner = match account {
                    Account::Funds(id) | Account::Deposit(id) | Account::Refund(id) => Some(id),
                    Account::Float(_) | Account::Due(_) | Account::Paying(_) => funder,
                };
                if owner != funder || funder.is_none() {
                    faults.push(Fault::ForeignAccount(account));
                }
            }
        }
        let living = match self.living(entry, fact) {
            Ok(living) => living,
            Err(fault) => {
                faults.push(fault);
                None
            }
        };
        if let Err(error) = self.balances.apply(&entry.transfers, living) {
            faults.push(error.into());
        }
    }

    /// How many vouchers of which campaign a line brings to life or ends.
    fn living(&mut self, entry: &Entry, fact: &Fact) -> Result<Option<Living>, Fault> {
        let (campaign, change) = match fact {
            Fact::OrderPlaced(body) => {
                self.faces.insert(body.campaign_id, body.face_cents);
                return Ok(None);
            }
            Fact::OrderActivated(body) => (body.campaign_id, body.vouchers),
            Fact::CampaignClosed(body) => (body.campaign_id, body.vouchers.saturating_neg()),
            Fact::VoucherRedeemed(_) => (one_float(&entry.transfers)?, -1),
            // A reversal after the lapse goes to the refund account: no voucher comes back.
            Fact::RedemptionReversed(_) => match floats(&entry.transfers).first() {
                Some(campaign) => (*campaign, 1),
                None => return Ok(None),
            },
            Fact::LedgerOpened(_)
            | Fact::LedgerTakenOver(_)
            | Fact::LedgerReleased(_)
            | Fact::OrganisationRegistered(_)
            | Fact::BankAccountRecorded(_)
            | Fact::LogoRecorded(_)
            | Fact::VenueRegistered(_)
            | Fact::VenueStateSet(_)
            | Fact::VenueAdmitted(_)
            | Fact::KeyGranted(_)
            | Fact::KeyRevoked(_)
            | Fact::MembershipGranted(_)
            | Fact::MembershipEnded(_)
            | Fact::VoucherKeyAdded(_)
            | Fact::VoucherKeyRevoked(_)
            | Fact::ProposalMade(_)
            | Fact::ProposalApproved(_)
            | Fact::ProposalWithdrawn(_)
            | Fact::CampaignRegistered(_)
            | Fact::BooksIssued(_)
            | Fact::DepositRecorded(_)
            | Fact::DepositWithdrawn(_)
            | Fact::RefundRolledOver(_)
            | Fact::RefundPaidBack(_)
            | Fact::BooksMoved(_)
            | Fact::BookHandedOver(_)
            | Fact::VouchersBlocked(_)
            | Fact::VouchersUnblocked(_)
            | Fact::BookReplaced(_)
            | Fact::SettlementOpened(_)
            | Fact::PaymentDrawn(_)
            | Fact::SettlementDrawn(_)
            | Fact::SettlementApproved(_)
            | Fact::SettlementCancelled(_)
            | Fact::PaymentCancelled(_)
            | Fact::PaymentConfirmed(_)
            | Fact::PaymentRejected(_)
            | Fact::StructureRepaid(_)
            | Fact::SignalDecided(_)
            | Fact::LossAccepted(_)
            | Fact::LedgerRestored(_)
            | Fact::VaultPurged(_) => return Ok(None),
        };
        Ok(Some(Living { campaign, face_cents: self.face_cents(campaign), change }))
    }
}

/// The number of a fact that is out of its bounds, if any: such a line cannot be written again.
fn bounds(fact: &Fact) -> Option<&'static str> {
    let books = 1..=BOOK_LIMIT;
    let positions = 1..=POSITION_MAX;
    match fact {
        Fact::OrderPlaced(body) if !books.contains(&body.books) => Some("books"),
        Fact::OrderPlaced(body) if !positions.contains(&body.vouchers_per_book) => {
            Some("vouchers_per_book")
        }
        Fact::OrderPlaced(body) if !(1..=FACE_LIMIT).contains(&body.face_cents) => {
            Some("face_cents")
        }
        Fact::BooksIssued(body) if !books.contains(&body.count) => Some("count"),
        Fact::BooksIssued(body)
            if i64::from(body.first.get()) + body.count - 1 > i64::from(u32::MAX) =>
        {
            Some("first")
        }
        Fact::BookReplaced(body)
            if body.positions.is_empty()
                || !body.positions.is_sorted_by(|one, next| one < next)
                || !body.positions.iter().all(|position| positions.contains(position)) =>
        {
            Some("positions")
        }
        _ => None,
    }
}

/// The campaigns whose floats some transfers touch.
fn floats(transfers: &[Transfer]) -> BTreeSet<Id<Campaign>> {
    let accounts = transfers.iter().flat_map(|transfer| [transfer.debit, transfer.credit]);
    let campaign = |account| match account {
        Account::Float(campaign) => Some(campaign),
        _ => None,
    };
    accounts.filter_map(campaign).collect()
}

fn one_float(transfers: &[Transfer]) -> Result<Id<Campaign>, Fault> {
    floats(transfers).first().copied().ok_or(Fault::NoFloat)
}

#[cfg(test)]
mod tests;
