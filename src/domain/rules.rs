//! Rules: what the verbs of Carnet keep, checked again from the lines of one ledger alone.
//!
//! Promises: a line that an honest instance writes breaks no rule; each rule that a line breaks has
//! its own sentence; memory grows with books, uses and ids, never with the length of lines. Does
//! not: check the form of a line, its place or the balances (see `replay`), nor what stands in
//! other ledgers: who was permitted, whether a venue was qualified.

mod books;
mod breach;
mod campaigns;
mod dues;
mod keeping;
mod proposals;
mod registers;
mod settling;

use std::collections::HashSet;

pub use self::breach::Breach;

use self::books::{Books, Today};
use self::campaigns::Campaigns;
use self::dues::{Days, Dues};
use self::registers::Registers;
use self::settling::Settling;
use super::fact::Fact;
use super::ledger::account::Account;
use super::ledger::entry::Entry;
use super::ledger::transfer::Transfer;
use super::retention::VaultPurged;
use crate::base::id::{AnyId, Funder, Id, Noun};
use crate::base::money::Money;

/// What the lines of one ledger have come to, as far as rules depend on it.
#[derive(Debug, Default)]
pub struct Rules {
    /// Ids that lines created: each creates one thing.
    created: HashSet<AnyId>,
    days: Days,
    registers: Registers,
    campaigns: Campaigns,
    books: Books,
    dues: Dues,
    settling: Settling,
}

impl Rules {
    /// Checks the next line, and remembers what it changes when it breaks no rule.
    ///
    /// # Errors
    /// [`Breach`] names the first rule that the line breaks.
    pub fn next(&mut self, entry: &Entry, fact: &Fact) -> Result<(), Breach> {
        let today = Today { index: self.days.index_of(entry.on), on: entry.on };
        let judged = self.judge(entry, fact, today);
        if let Ok(about) = judged {
            if creates(fact) {
                self.created.insert(entry.id);
            }
            self.dues.note(entry, fact, about);
        }
        self.days.note(entry.on, entry.seq);
        judged.map(|_| ())
    }

    /// Judges a line; gives the day that a statement counts its money with.
    fn judge(&mut self, entry: &Entry, fact: &Fact, today: Today) -> Result<u32, Breach> {
        form(entry, fact)?;
        if creates(fact) && self.created.contains(&entry.id) {
            return Err(Breach::Twice(entry.id));
        }
        match entry.ledger.funder() {
            Some(funder) => self.scheme(entry, fact, funder, today),
            None => {
                moves(entry, &[])?;
                self.registers.next(entry, fact, &self.created)?;
                Ok(today.index)
            }
        }
    }

    /// A line of a funder's ledger.
    fn scheme(
        &mut self,
        entry: &Entry,
        fact: &Fact,
        funder: Id<Funder>,
        today: Today,
    ) -> Result<u32, Breach> {
        let Self { campaigns, books, settling, dues, days, .. } = self;
        match fact {
            // Who may go on, and when, the replay has judged.
            Fact::LedgerOpened(_) | Fact::LedgerTakenOver(_) | Fact::LedgerReleased(_) => {
                moves(entry, &[])?;
            }
            Fact::VenueAdmitted(body) => books.admitted(entry, body)?,
            Fact::CampaignRegistered(body) => campaigns.registered(entry, body, funder)?,
            Fact::CampaignClosed(body) => campaigns.closed(entry, body, funder)?,
            Fact::OrderPlaced(body) => campaigns.placed(entry, body)?,
            Fact::BooksIssued(body) => books.issued(entry, body, campaigns)?,
            Fact::OrderActivated(body) => campaigns.activated(entry, *body, funder)?,
            Fact::DepositRecorded(_) => {
                moves_between(entry, Account::Funds(funder), Account::Deposit(funder))?;
            }
            Fact::DepositWithdrawn(_) => {
                moves_between(entry, Account::Deposit(funder), Account::Funds(funder))?;
            }
            Fact::RefundRolledOver(_) => {
                moves_between(entry, Account::Refund(funder), Account::Deposit(funder))?;
            }
            Fact::RefundPaidBack(_) => {
                moves_between(entry, Account::Refund(funder), Account::Funds(funder))?;
            }
            Fact::BooksMoved(body) => books.moved(entry, *body, campaigns)?,
            Fact::BookHandedOver(body) => books.handed_over(entry, *body, campaigns)?,
            Fact::VouchersBlocked(body) => books.blocked(entry, *body, campaigns)?,
            Fact::VouchersUnblocked(_) => books.unblocked(entry, campaigns)?,
            Fact::BookReplaced(body) => books.replaced(entry, body, campaigns)?,
            Fact::VoucherRedeemed(body) => books.redeemed(entry, *body, today, campaigns)?,
            Fact::RedemptionReversed(body) => {
                return books.reversed(entry, *body, funder, campaigns);
            }
            Fact::SettlementOpened(body) => settling.opened(entry, *body, days, dues)?,
            Fact::PaymentDrawn(body) => settling.payment_drawn(entry, *body)?,
            Fact::SettlementDrawn(body) => settling.drawn(entry, *body, dues)?,
            Fact::SettlementApproved(_) => settling.approved(entry, dues)?,
            Fact::SettlementCancelled(_) => settling.cancelled(entry)?,
            Fact::PaymentCancelled(body) => settling.payment_cancelled(entry, body.0)?,
            Fact::PaymentConfirmed(body) => settling.confirmed(entry, body.0, funder)?,
            Fact::PaymentRejected(body) => settling.rejected(entry, body.0)?,
            Fact::StructureRepaid(body) => dues.repaid(entry, body, funder)?,
            Fact::VaultPurged(_) => settling.purged(entry)?,
            Fact::LedgerRestored(body) => keeping::restored(entry, body.0)?,
            Fact::OrganisationRegistered(_)
            | Fact::BankAccountRecorded(_)
            | Fact::LogoRecorded(_)
            | Fact::VenueRegistered(_)
            | Fact::VenueStateSet(_)
            | Fact::KeyGranted(_)
            | Fact::KeyRevoked(_)
            | Fact::MembershipGranted(_)
            | Fact::MembershipEnded(_)
            | Fact::VoucherKeyAdded(_)
            | Fact::VoucherKeyRevoked(_)
            | Fact::SignalDecided(_)
            | Fact::LossAccepted(_)
            | Fact::ProposalMade(_)
            | Fact::ProposalApproved(_)
            | Fact::ProposalWithdrawn(_) => return Err(Breach::OtherLedger),
        }
        Ok(today.index)
    }
}

/// What a line is about, by its kind, and what only some kinds carry.
fn form(entry: &Entry, fact: &Fact) -> Result<(), Breach> {
    if !nouns(fact).contains(&entry.id.noun()) {
        return Err(Breach::Noun(entry.id));
    }
    let of_ledger = matches!(
        fact,
        Fact::LedgerOpened(_)
            | Fact::LedgerTakenOver(_)
            | Fact::LedgerReleased(_)
            | Fact::LedgerRestored(_)
    );
    if of_ledger && entry.id != entry.ledger.any() {
        return Err(Breach::Noun(entry.id));
    }
    let at_a_counter = matches!(fact, Fact::VoucherRedeemed(_));
    if entry.occurred_at.is_some() && !at_a_counter { Err(Breach::Occurred) } else { Ok(()) }
}

/// The nouns that a kind may be about.
const fn nouns(fact: &Fact) -> &'static [Noun] {
    match fact {
        Fact::LedgerOpened(_) => &[Noun::Funder, Noun::Operator],
        Fact::LedgerTakenOver(_) | Fact::LedgerReleased(_) | Fact::LedgerRestored(_) => {
            &[Noun::Funder]
        }
        Fact::OrganisationRegistered(_) | Fact::BankAccountRecorded(_) | Fact::LogoRecorded(_) => {
            &[Noun::Operator, Noun::Funder, Noun::Structure, Noun::Distributor]
        }
        Fact::VoucherKeyAdded(_) | Fact::VoucherKeyRevoked(_) => &[Noun::Operator],
        Fact::VenueRegistered(_) | Fact::VenueStateSet(_) | Fact::VenueAdmitted(_) => {
            &[Noun::Venue]
        }
        Fact::KeyGranted(_) | Fact::KeyRevoked(_) => &[Noun::ApiKey],
        Fact::MembershipGranted(_) | Fact::MembershipEnded(_) => &[Noun::Membership],
        Fact::ProposalMade(_) | Fact::ProposalApproved(_) | Fact::ProposalWithdrawn(_) => {
            &[Noun::Proposal]
        }
        Fact::CampaignRegistered(_) => &[Noun::Campaign],
        Fact::CampaignClosed(_) => &[Noun::Closing],
        Fact::OrderPlaced(_) | Fact::BooksIssued(_) | Fact::OrderActivated(_) => &[Noun::Order],
        Fact::DepositRecorded(_) => &[Noun::Deposit],
        Fact::DepositWithdrawn(_) | Fact::RefundRolledOver(_) | Fact::RefundPaidBack(_) => {
            &[Noun::Withdrawal]
        }
        Fact::BooksMoved(_) => &[Noun::Movement],
        Fact::BookHandedOver(_) => &[Noun::HandOver],
        Fact::VouchersBlocked(_) | Fact::VouchersUnblocked(_) => &[Noun::Block],
        Fact::BookReplaced(_) => &[Noun::Replacement],
        Fact::VoucherRedeemed(_) | Fact::RedemptionReversed(_) => &[Noun::Redemption],
        Fact::SettlementOpened(_)
        | Fact::SettlementDrawn(_)
        | Fact::SettlementApproved(_)
        | Fact::SettlementCancelled(_)
        | Fact::VaultPurged(VaultPurged::PaymentFile {}) => &[Noun::Settlement],
        Fact::PaymentDrawn(_)
        | Fact::PaymentCancelled(_)
        | Fact::PaymentConfirmed(_)
        | Fact::PaymentRejected(_) => &[Noun::Payment],
        Fact::StructureRepaid(_) => &[Noun::Repayment],
        Fact::SignalDecided(_) => &[Noun::Signal],
        Fact::LossAccepted(_) => &[Noun::Operator, Noun::Funder],
        Fact::VaultPurged(_) => &[Noun::Operator, Noun::Funder, Noun::Structure],
    }
}

/// Whether a line creates what its id names; versions, and verbs on what exists, do not.
///
/// Not derived from `creation_id`, on purpose: a kind that the writer forgot there must not be
/// excused here.
const fn creates(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::KeyGranted(_)
            | Fact::MembershipGranted(_)
            | Fact::ProposalMade(_)
            | Fact::CampaignClosed(_)
            | Fact::OrderPlaced(_)
            | Fact::DepositRecorded(_)
            | Fact::DepositWithdrawn(_)
            | Fact::RefundRolledOver(_)
            | Fact::RefundPaidBack(_)
            | Fact::BooksMoved(_)
            | Fact::BookHandedOver(_)
            | Fact::VouchersBlocked(_)
            | Fact::BookReplaced(_)
            | Fact::VoucherRedeemed(_)
            | Fact::SettlementOpened(_)
            | Fact::PaymentDrawn(_)
            | Fact::StructureRepaid(_)
    )
}

/// A line moves exactly this money.
fn moves(entry: &Entry, expected: &[Transfer]) -> Result<(), Breach> {
    if entry.transfers == expected { Ok(()) } else { Err(Breach::Transfers) }
}

/// A line moves one amount between these accounts.
fn moves_between(entry: &Entry, debit: Account, credit: Account) -> Result<Money, Breach> {
    match entry.transfers[..] {
        [transfer] if transfer.debit == debit && transfer.credit == credit => {
            Money::from_cents(transfer.cents).map_err(|_| Breach::Transfers)
        }
        _ => Err(Breach::Transfers),
    }
}
