//! Settlements: what a funder owes structures up to a day, drawn up as one payment each.
//!
//! Promises: a line is counted by one settlement only; what a statement lists adds up to its
//! payment. Does not: write the bank's file (see `payment_file`).

use ring::digest;
use serde::{Deserialize, Serialize};

use crate::base::day::Day;
use crate::base::id::{Funder, Id, Payment, Settlement, Structure};
use crate::base::money::Money;

use super::order::Reference;

/// What `PUT /api/v1/settlements/{id}` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettlementRequest {
    /// Whose ledger is settled.
    #[schema(value_type = String, example = "funder_01h455vb4pex5vsknk084sn02q")]
    pub funder_id: Id<Funder>,
    /// The last civil day that it looks at.
    #[schema(value_type = String, format = Date)]
    pub cut_off_on: Day,
}

/// Where a settlement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SettlementState {
    /// Its payments are being drawn up; not all exist yet.
    Opened,
    /// All payments are drawn up and wait for a second person.
    Drawn,
    /// The second person said yes: the payment file exists.
    Approved,
    /// It was cancelled and everything went back.
    Cancelled,
}

impl SettlementState {
    /// The word in tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Drawn => "drawn",
            Self::Approved => "approved",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state of a stored word.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        [Self::Opened, Self::Drawn, Self::Approved, Self::Cancelled]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// Where a payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PaymentState {
    /// In a settlement that waits for its second person.
    Drawn,
    /// In a file for the bank.
    Approved,
    /// The bank paid.
    Confirmed,
    /// The bank did not: the amount is due again.
    Rejected,
    /// Its settlement was cancelled.
    Cancelled,
}

impl PaymentState {
    /// The word in tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Drawn => "drawn",
            Self::Approved => "approved",
            Self::Confirmed => "confirmed",
            Self::Rejected => "rejected",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state of a stored word.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        [Self::Drawn, Self::Approved, Self::Confirmed, Self::Rejected, Self::Cancelled]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// Body of `settlement-opened`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettlementOpened {
    /// The last civil day that it looks at.
    pub cut_off_on: Day,
    /// The last line of that day: it looks at no later one, but for reversals of earlier ones.
    pub cut_off_seq: i64,
}

/// Body of `payment-drawn`: the entry's id is the payment. The transfer says the amount, which is
/// what the statement closes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentDrawn {
    /// The settlement.
    pub settlement_id: Id<Settlement>,
    /// Who is paid.
    pub structure_id: Id<Structure>,
    /// What the statement opens with, in signed cents: carried over from the last one.
    pub opening_cents: i64,
}

/// Body of `settlement-drawn`: all payments exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettlementDrawn {
    /// How many payments.
    pub payments: i64,
    /// Their sum.
    pub total_cents: i64,
}

/// Body of `settlement-approved`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettlementApproved {
    /// SHA-256 of the payment file, hexadecimal.
    pub file_hash: String,
}

/// Body of `settlement-cancelled`, after a `payment-cancelled` for each of its payments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettlementCancelled {}

/// Body of `payment-cancelled`, `payment-confirmed` and `payment-rejected`: the entry's id is the
/// payment, the transfer says the amount and where it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentEnded {
    /// Who was to be paid.
    pub structure_id: Id<Structure>,
}

/// What `PUT /api/v1/repayments/{id}` takes: a structure gave money back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RepaymentRequest {
    /// Whose ledger.
    #[schema(value_type = String, example = "funder_01h455vb4pex5vsknk084sn02q")]
    pub funder_id: Id<Funder>,
    /// Who gave it back.
    #[schema(value_type = String, example = "structure_01h455vb4pex5vsknk084sn02q")]
    pub structure_id: Id<Structure>,
    /// How much.
    pub amount: Money,
    /// The bank line.
    pub reference: Reference,
}

/// Body of `structure-repaid`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StructureRepaid {
    /// Who gave it back.
    pub structure_id: Id<Structure>,
    /// The bank line.
    pub reference: Reference,
}

/// The id of a structure's payment in a settlement: always the same, so that drawing up goes on
/// where it stopped and never makes a second payment.
///
/// The number is a UUID of version 8 over the first 16 bytes of SHA-256 of
/// `"carnet/payment/v1\0"`, the settlement's 16 bytes and the structure's 16 bytes.
#[must_use]
pub fn payment_id(settlement: Id<Settlement>, structure: Id<Structure>) -> Id<Payment> {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(b"carnet/payment/v1\0");
    context.update(settlement.uuid().as_bytes());
    context.update(structure.uuid().as_bytes());
    let hash = context.finish();
    let mut number = [0; 16];
    number.copy_from_slice(&hash.as_ref()[..16]);
    Id::from_uuid(uuid::Builder::from_custom_bytes(number).into_uuid())
}

/// What a settlement looks at: lines up to a cut-off, as they stood when it was drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The last line of the cut-off day.
    pub cut_off_seq: i64,
    /// The line that opened the settlement; later ones do not exist for it.
    pub opened_seq: i64,
}

impl Window {
    /// Whether this settlement counts a movement: `seq` is its line, `about_seq` the line that it
    /// counts with (for a reversal, its redemption's).
    #[must_use]
    pub const fn counts(self, before: Option<Self>, seq: i64, about_seq: i64) -> bool {
        // Below zero is how a statement ends, a payment drawn or taken back: not a movement.
        let seen = 0 <= about_seq && about_seq <= self.cut_off_seq && seq < self.opened_seq;
        match before {
            Some(last) => seen && !(about_seq <= last.cut_off_seq && seq < last.opened_seq),
            None => seen,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_counted_by_one_settlement_only() {
        let windows = [
            Window { cut_off_seq: 10, opened_seq: 15 },
            Window { cut_off_seq: 10, opened_seq: 22 },
            Window { cut_off_seq: 30, opened_seq: 31 },
        ];
        for seq in 0..31 {
            for about in 0..=seq {
                let counted = windows
                    .iter()
                    .enumerate()
                    .filter(|(at, window)| {
                        let before = at.checked_sub(1).map(|at| windows[at]);
                        window.counts(before, seq, about)
                    })
                    .count();
                assert_eq!(counted, 1, "line {seq} about {about}");
            }
            assert!(!windows[2].counts(None, seq, -1), "line {seq} ends a statement");
        }
    }

    #[test]
    fn a_payment_is_named_by_what_it_pays() {
        let [one, two] = [1, 2].map(|number| Id::from_uuid(uuid::Uuid::from_u128(number)));
        let structure = Id::from_uuid(uuid::Uuid::from_u128(3));
        // printf 'carnet/payment/v1\0', 15 zero bytes, 01, 15 zero bytes, 03, through sha256sum.
        let expected = "c5700b3a-230d-840f-b420-571f9447fedb";
        assert_eq!(payment_id(one, structure).uuid().to_string(), expected);
        assert_ne!(payment_id(two, structure), payment_id(one, structure));
    }
}
