//! The statement: what moved on a structure's account with a funder, down to the voucher.
//!
//! Promises: [`Statement::adds_up`] tells whether it explains its own closing balance; the table
//! opens in a French spreadsheet and runs nothing there. Does not: find the movements, decide what
//! is paid, or name a beneficiary (there is no place for it).

mod table;

pub use table::inert;

use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::offering::Offering;
use super::registration::Registration;
use crate::base::day::Day;
use crate::base::id::{self, Id};
use crate::base::money::{Balance, Currency};

/// One structure's account with one funder, from the statement before to this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Statement {
    /// Whose account it is.
    pub structure: Payee,
    /// The name of the funder, who owes.
    pub funder_name: String,
    /// The settlement that the statement explains.
    #[schema(value_type = String, example = "settlement_01h455vb4pex5vsknk084sn02q")]
    pub settlement_id: Id<id::Settlement>,
    /// The days it spans.
    pub period: Period,
    /// What was due before the first movement.
    #[serde(serialize_with = "signed")]
    #[schema(value_type = SignedMoney)]
    pub opening_balance: Balance,
    /// What moved, in the ledger's order.
    pub movements: Vec<Movement>,
    /// What is due after the last one.
    #[serde(serialize_with = "signed")]
    #[schema(value_type = SignedMoney)]
    pub closing_balance: Balance,
}

/// The structure that is paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Payee {
    /// Its id.
    #[schema(value_type = String, example = "structure_01h455vb4pex5vsknk084sn02q")]
    pub id: Id<id::Structure>,
    /// Its name when the statement was made.
    pub name: String,
    /// Its number in the national register.
    pub registration: Registration,
}

/// First and last day, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = StatementPeriod)]
pub struct Period {
    /// The first day.
    #[schema(value_type = String, format = Date, example = "2026-10-01")]
    pub from: Day,
    /// The last day.
    #[schema(value_type = String, format = Date, example = "2026-10-31")]
    pub to: Day,
}

/// One transfer to or from the structure's account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = StatementMovement)]
pub struct Movement {
    /// The ledger's line that proves it.
    pub seq: u64,
    /// The day of that line.
    #[schema(value_type = String, format = Date, example = "2026-10-14")]
    pub on: Day,
    /// What happened.
    pub kind: MovementKind,
    /// Where, for a redemption or its reversal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub venue: Option<VenueName>,
    /// What was done there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offering: Option<Offering>,
    /// The voucher's public number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "0004217-03")]
    pub serial: Option<String>,
    /// By how much the account changed: more due above zero, less below.
    #[serde(serialize_with = "signed")]
    #[schema(value_type = SignedMoney)]
    pub amount: Balance,
}

/// A venue as it was called on the day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct VenueName {
    /// Its id.
    #[schema(value_type = String, example = "venue_01h455vb4pex5vsknk084sn02q")]
    pub id: Id<id::Venue>,
    /// Its name.
    pub name: String,
}

/// Why a structure's account changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MovementKind {
    /// A voucher was redeemed: more is due.
    Redeemed,
    /// A redemption was undone: less is due.
    Reversed,
    /// A payment was drawn up by a settlement: no longer due, on its way.
    PaymentDrawn,
    /// The bank rejected a payment: due again.
    PaymentRejected,
    /// A payment was cancelled before approval: due again.
    PaymentCancelled,
    /// The structure gave money back, so that a paid redemption can be undone.
    Repaid,
}

impl MovementKind {
    /// Whether it adds to what is due; it takes away otherwise.
    #[must_use]
    pub const fn adds(self) -> bool {
        match self {
            Self::Redeemed | Self::PaymentRejected | Self::PaymentCancelled | Self::Repaid => true,
            Self::Reversed | Self::PaymentDrawn => false,
        }
    }

    /// The French words of the table.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Redeemed => "Encaissement",
            Self::Reversed => "Annulation",
            Self::PaymentDrawn => "Virement établi",
            Self::PaymentRejected => "Virement rejeté",
            Self::PaymentCancelled => "Virement annulé",
            Self::Repaid => "Reversement",
        }
    }
}

impl Statement {
    /// Whether opening balance and movements give the closing balance, and each movement goes the
    /// way of its kind (two wrong signs can hide each other in a sum).
    #[must_use]
    pub fn adds_up(&self) -> bool {
        let mut balance = i128::from(self.opening_balance.cents());
        for movement in &self.movements {
            let cents = movement.amount.cents();
            let lawful = if movement.kind.adds() { cents > 0 } else { cents < 0 };
            if !lawful {
                return false;
            }
            balance += i128::from(cents);
        }
        balance == i128::from(self.closing_balance.cents())
    }

    /// The statement as a table for a French spreadsheet.
    ///
    /// UTF-8 with a byte order mark (without it Excel reads `é` as `Ã©`), semicolons, decimal
    /// commas, CRLF ends (RFC 4180). Between a row with the opening and one with the closing
    /// balance stands one row a movement. The amounts sum to closing less opening. Each row repeats
    /// whose statement it is, so that several can be put under each other.
    #[must_use]
    pub fn to_csv(&self) -> Vec<u8> {
        table::of(self)
    }
}

/// An amount that may be below zero, as JSON writes money.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"cents": -1000, "currency": "EUR"}))]
struct SignedMoney {
    /// Whole cents, below zero when less is due.
    cents: i64,
    currency: Currency,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn signed<S: Serializer>(balance: &Balance, serializer: S) -> Result<S::Ok, S::Error> {
    let money = SignedMoney { cents: balance.cents(), currency: Currency::Eur };
    money.serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) const ID: &str = "01h455vb4pex5vsknk084sn02q";

    pub(super) fn movement(
        seq: u64,
        kind: MovementKind,
        cents: i64,
        venue: Option<&str>,
    ) -> Movement {
        Movement {
            seq,
            on: "2026-10-14".parse().unwrap(),
            kind,
            venue: venue.map(|name| VenueName {
                id: format!("venue_{ID}").parse().unwrap(),
                name: name.to_owned(),
            }),
            offering: venue.map(|_| Offering::Procedures),
            serial: venue.map(|_| "0004217-03".to_owned()),
            amount: Balance::from_cents(cents),
        }
    }

    fn statement(opening: i64, movements: Vec<Movement>, closing: i64) -> Statement {
        Statement {
            structure: Payee {
                id: format!("structure_{ID}").parse().unwrap(),
                name: "Médi@Creuse; \"la coop\"".to_owned(),
                registration: "73282932000074".parse().unwrap(),
            },
            funder_name: "Département de la Creuse".to_owned(),
            settlement_id: format!("settlement_{ID}").parse().unwrap(),
            period: Period {
                from: "2026-10-01".parse().unwrap(),
                to: "2026-10-31".parse().unwrap(),
            },
            opening_balance: Balance::from_cents(opening),
            movements,
            closing_balance: Balance::from_cents(closing),
        }
    }

    pub(super) fn usual() -> Statement {
        let venue = Some("Médiathèque");
        let movements = vec![
            movement(40, MovementKind::PaymentDrawn, -123_405, None),
            movement(41, MovementKind::Redeemed, 1000, venue),
            movement(42, MovementKind::Reversed, -1000, venue),
            movement(43, MovementKind::PaymentRejected, 123_405, None),
            movement(44, MovementKind::Repaid, 5, None),
        ];
        statement(123_405, movements, 123_410)
    }

    #[test]
    fn a_sound_statement_adds_up() {
        assert!(usual().adds_up());
        assert!(statement(0, vec![], 0).adds_up());
        assert!(statement(-500, vec![], -500).adds_up());
    }

    #[test]
    fn a_cent_or_a_sign_astray_shows() {
        let mut wrong = usual();
        wrong.closing_balance = Balance::from_cents(123_409);
        assert!(!wrong.adds_up());
        let signs = vec![
            movement(1, MovementKind::Redeemed, -1000, None),
            movement(2, MovementKind::Reversed, 1000, None),
        ];
        assert!(!statement(0, signs, 0).adds_up());
        let edge = vec![movement(1, MovementKind::Redeemed, 1, None)];
        assert!(!statement(i64::MAX, edge, i64::MIN).adds_up());
    }

    #[test]
    fn money_in_json_has_a_currency() {
        let json = serde_json::to_value(usual()).unwrap();
        assert_eq!(
            json["opening_balance"],
            serde_json::json!({"cents": 123_405, "currency": "EUR"})
        );
        assert_eq!(json["structure"]["registration"]["siret"], "73282932000074");
        assert_eq!(json["period"]["to"], "2026-10-31");
        let drawn = serde_json::json!({
            "seq": 40, "on": "2026-10-14", "kind": "payment-drawn",
            "amount": {"cents": -123_405, "currency": "EUR"},
        });
        assert_eq!(json["movements"][0], drawn);
        assert_eq!(json["movements"][1]["offering"], "aide-aux-demarches-administratives");
        assert_eq!(json["movements"][1]["venue"]["name"], "Médiathèque");
    }
}
