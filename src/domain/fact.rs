//! Facts: every kind of entry with its body, as one list.
//!
//! Promises: a kind has one word and one body type; what a program cannot name it refuses, so that
//! a verifier never says "holds" over a line that it did not understand. Does not: say what a fact
//! changes (see `store::projection`).

use serde_json::value::RawValue;

use super::access::{KeyGranted, KeyRevoked};
use super::book::{BookHandedOver, BookReplaced, BooksMoved, VouchersBlocked, VouchersUnblocked};
use super::campaign::{CampaignClosed, CampaignRegistered};
use super::keyring::{VoucherKeyAdded, VoucherKeyRevoked};
use super::ledger::entry::Entry;
use super::order::{BooksIssued, DepositRecorded, MoneyReturned, OrderActivated, OrderPlaced};
use super::organisation::{
    BankAccountRecorded, LedgerOpened, LogoRecorded, OrganisationRegistered,
};
use super::person::{MembershipEnded, MembershipGranted};
use super::proposal::{ProposalApproved, ProposalMade, ProposalWithdrawn};
use super::redemption::{RedemptionReversed, VoucherRedeemed};
use super::restoration::Loss;
use super::retention::VaultPurged;
use super::settlement::{
    PaymentDrawn, PaymentEnded, SettlementApproved, SettlementCancelled, SettlementDrawn,
    SettlementOpened, StructureRepaid,
};
use super::signal::SignalDecided;
use super::takeover::{LedgerReleased, LedgerTakenOver};
use super::venue::{VenueAdmitted, VenueRegistered, VenueStateSet};

/// Why a line's kind or body is not known here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FactError {
    /// A kind of a later program.
    #[error("the kind {0:?} is not known to this program")]
    UnknownKind(String),
    /// A body that does not fit its kind.
    #[error("the body does not fit the kind: {0}")]
    Malformed(String),
}

macro_rules! facts {
    ($($(#[doc = $doc:literal])+ $variant:ident($body:ty) = $kind:literal),+ $(,)?) => {
        /// What happened.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Fact { $($(#[doc = $doc])+ $variant($body)),+ }

        impl Fact {
            /// Every kind, in the order of this list.
            pub const KINDS: &'static [&'static str] = &[$($kind),+];

            /// The word in the line.
            #[must_use]
            pub const fn kind(&self) -> &'static str {
                match self { $(Self::$variant(_) => $kind),+ }
            }

            /// The body as JSON.
            ///
            /// # Panics
            /// Never: a body is made of texts and whole numbers only.
            #[must_use]
            pub fn body(&self) -> Box<RawValue> {
                let body = match self {
                    $(Self::$variant(body) => serde_json::value::to_raw_value(body)),+
                };
                body.expect("a body holds nothing that JSON cannot")
            }

            /// The fact of an entry.
            ///
            /// # Errors
            /// [`FactError`] when the kind is unknown or the body does not fit it.
            pub fn of(entry: &Entry) -> Result<Self, FactError> {
                let malformed = |error: serde_json::Error| FactError::Malformed(error.to_string());
                match entry.kind.as_str() {
                    $($kind => serde_json::from_str::<$body>(entry.body.get())
                        .map(Self::$variant)
                        .map_err(malformed),)+
                    other => Err(FactError::UnknownKind(other.to_owned())),
                }
            }
        }

        $(impl From<$body> for Fact {
            fn from(body: $body) -> Self {
                Self::$variant(body)
            }
        })+
    };
}

/// A body that several kinds share, told apart by a wrapper.
macro_rules! wrappers {
    ($($(#[doc = $doc:literal])+ $name:ident($inner:ty)),+ $(,)?) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);
    )+};
}

wrappers! {
    /// Body of `deposit-withdrawn`.
    DepositWithdrawn(MoneyReturned),
    /// Body of `refund-rolled-over`.
    RefundRolledOver(MoneyReturned),
    /// Body of `refund-paid-back`.
    RefundPaidBack(MoneyReturned),
    /// Body of `payment-confirmed`.
    PaymentConfirmed(PaymentEnded),
    /// Body of `payment-rejected`.
    PaymentRejected(PaymentEnded),
    /// Body of `payment-cancelled`.
    PaymentCancelled(PaymentEnded),
    /// Body of `loss-accepted`.
    LossAccepted(Loss),
    /// Body of `ledger-restored`.
    LedgerRestored(Loss),
}

facts! {
    /// The first line of a ledger.
    LedgerOpened(LedgerOpened) = "ledger-opened",
    /// Another operator keeps the ledger now.
    LedgerTakenOver(LedgerTakenOver) = "ledger-taken-over",
    /// The operator keeps the ledger no longer.
    LedgerReleased(LedgerReleased) = "ledger-released",
    /// A version of an organisation's register.
    OrganisationRegistered(OrganisationRegistered) = "organisation-registered",
    /// A bank account, as a salted hash.
    BankAccountRecorded(BankAccountRecorded) = "bank-account-recorded",
    /// A logo, as its hash.
    LogoRecorded(LogoRecorded) = "logo-recorded",
    /// A version of a venue's register.
    VenueRegistered(VenueRegistered) = "venue-registered",
    /// The operator qualified or suspended a venue.
    VenueStateSet(VenueStateSet) = "venue-state-set",
    /// A funder's ledger knows a venue.
    VenueAdmitted(VenueAdmitted) = "venue-admitted",
    /// A program's key.
    KeyGranted(KeyGranted) = "api-key-granted",
    /// The end of a program's key.
    KeyRevoked(KeyRevoked) = "api-key-revoked",
    /// What a person may be.
    MembershipGranted(MembershipGranted) = "membership-granted",
    /// The end of what a person may be.
    MembershipEnded(MembershipEnded) = "membership-ended",
    /// A key that signs vouchers.
    VoucherKeyAdded(VoucherKeyAdded) = "voucher-key-added",
    /// The end of a key that signs vouchers.
    VoucherKeyRevoked(VoucherKeyRevoked) = "voucher-key-revoked",
    /// What one person asks for and another has to approve.
    ProposalMade(ProposalMade) = "proposal-made",
    /// The other person said yes, and it was done.
    ProposalApproved(ProposalApproved) = "proposal-approved",
    /// It was given up.
    ProposalWithdrawn(ProposalWithdrawn) = "proposal-withdrawn",
    /// A version of a campaign's register.
    CampaignRegistered(CampaignRegistered) = "campaign-registered",
    /// A campaign's unspent vouchers lapsed.
    CampaignClosed(CampaignClosed) = "campaign-closed",
    /// An order.
    OrderPlaced(OrderPlaced) = "order-placed",
    /// A run of its books.
    BooksIssued(BooksIssued) = "books-issued",
    /// Its vouchers circulate.
    OrderActivated(OrderActivated) = "order-activated",
    /// Money came in.
    DepositRecorded(DepositRecorded) = "deposit-recorded",
    /// The funder took money back.
    DepositWithdrawn(DepositWithdrawn) = "deposit-withdrawn",
    /// Lapsed value became a deposit.
    RefundRolledOver(RefundRolledOver) = "refund-rolled-over",
    /// Lapsed value went back to the funder.
    RefundPaidBack(RefundPaidBack) = "refund-paid-back",
    /// Books went somewhere.
    BooksMoved(BooksMoved) = "books-moved",
    /// A book was handed over.
    BookHandedOver(BookHandedOver) = "book-handed-over",
    /// Vouchers were blocked.
    VouchersBlocked(VouchersBlocked) = "vouchers-blocked",
    /// A block ended.
    VouchersUnblocked(VouchersUnblocked) = "vouchers-unblocked",
    /// A new book took over from a lost one.
    BookReplaced(BookReplaced) = "book-replaced",
    /// A voucher was used.
    VoucherRedeemed(VoucherRedeemed) = "voucher-redeemed",
    /// Its use was undone.
    RedemptionReversed(RedemptionReversed) = "redemption-reversed",
    /// A settlement began.
    SettlementOpened(SettlementOpened) = "settlement-opened",
    /// A payment was drawn up.
    PaymentDrawn(PaymentDrawn) = "payment-drawn",
    /// All its payments exist.
    SettlementDrawn(SettlementDrawn) = "settlement-drawn",
    /// The second person said yes.
    SettlementApproved(SettlementApproved) = "settlement-approved",
    /// It was cancelled.
    SettlementCancelled(SettlementCancelled) = "settlement-cancelled",
    /// A payment went back with its settlement.
    PaymentCancelled(PaymentCancelled) = "payment-cancelled",
    /// The bank paid.
    PaymentConfirmed(PaymentConfirmed) = "payment-confirmed",
    /// The bank did not.
    PaymentRejected(PaymentRejected) = "payment-rejected",
    /// A structure gave money back.
    StructureRepaid(StructureRepaid) = "structure-repaid",
    /// Somebody looked at a signal.
    SignalDecided(SignalDecided) = "signal-decided",
    /// The time of a row of the vault was over.
    VaultPurged(VaultPurged) = "vault-purged",
    /// Lines that were acknowledged are lost, and a ledger goes on without them.
    LossAccepted(LossAccepted) = "loss-accepted",
    /// The ledger goes on from an older copy.
    LedgerRestored(LedgerRestored) = "ledger-restored",
}

/// The name under which a retry finds what an entry created; `None` when nothing is to be found.
///
/// A register's versions, and verbs on something that exists, have names of their own beside the
/// id, so that each can be retried for ever.
#[must_use]
pub fn creation_id(entry_id: &str, fact: &Fact) -> Option<String> {
    match fact {
        Fact::LedgerOpened(_)
        | Fact::VenueAdmitted(_)
        | Fact::BooksIssued(_)
        | Fact::SettlementDrawn(_)
        | Fact::LedgerRestored(_)
        | Fact::VenueStateSet(_) => None,
        Fact::LossAccepted(body) => Some(body.0.remembered.lost_from(entry_id)),
        Fact::OrganisationRegistered(OrganisationRegistered { version, .. })
        | Fact::VenueRegistered(VenueRegistered { version, .. })
        | Fact::CampaignRegistered(CampaignRegistered { version, .. }) => {
            Some(format!("{entry_id}/{version}"))
        }
        Fact::LedgerTakenOver(body) => {
            Some(format!("{entry_id}/taken-over/{}", body.statement.size))
        }
        Fact::LedgerReleased(body) => Some(format!("{entry_id}/released/{}", body.statement.size)),
        Fact::BankAccountRecorded(body) => Some(format!("{entry_id}/bank/{}", body.version)),
        Fact::LogoRecorded(body) => Some(format!("{entry_id}/logo/{}", body.version)),
        Fact::VoucherKeyAdded(body) => Some(format!("{entry_id}/key/{}", body.key_id)),
        Fact::VoucherKeyRevoked(body) => Some(format!("{entry_id}/key/{}/end", body.key_id)),
        Fact::VaultPurged(body) => Some(format!("{}/purged", body.row(entry_id))),
        Fact::KeyRevoked(_) | Fact::MembershipEnded(_) | Fact::VouchersUnblocked(_) => {
            Some(format!("{entry_id}/end"))
        }
        Fact::OrderActivated(_) => Some(format!("{entry_id}/activation")),
        Fact::RedemptionReversed(_) => Some(format!("{entry_id}/reversal")),
        Fact::SettlementApproved(_)
        | Fact::SettlementCancelled(_)
        | Fact::ProposalApproved(_)
        | Fact::ProposalWithdrawn(_)
        | Fact::SignalDecided(_) => {
            Some(format!("{entry_id}/decision"))
        }
        Fact::PaymentConfirmed(_) | Fact::PaymentRejected(_) | Fact::PaymentCancelled(_) => {
            Some(format!("{entry_id}/outcome"))
        }
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
        // A payment is asked about by its id alone: this is how its ledger is found.
        | Fact::PaymentDrawn(_)
        | Fact::StructureRepaid(_) => Some(entry_id.to_owned()),
    }
}
