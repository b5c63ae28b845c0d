//! Orders: so many books of a campaign; placed, issued in chunks, activated once funded.
//!
//! Promises: an order's vouchers circulate only from its activation on, which its funder's deposit
//! must cover. Does not: hold tokens or codes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::organisation::OrganisationId;
use super::serial::BookNumber;
use crate::base::id::{Campaign, Funder, Id, Order};
use crate::base::money::Money;

/// The most books of one order.
pub const BOOK_LIMIT: i64 = 20_000;

/// What `PUT /api/v1/orders/{id}` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderRequest {
    /// The campaign whose books are ordered.
    #[schema(value_type = String, example = "campaign_01h455vb4pex5vsknk084sn02q")]
    pub campaign_id: Id<Campaign>,
    /// How many books, 1 to 20 000.
    #[schema(minimum = 1, maximum = 20000)]
    pub books: i64,
}

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum OrderState {
    /// Its books are being made; not all exist yet.
    Issuing,
    /// All books exist and can be printed; worth nothing yet.
    Issued,
    /// Funded: its vouchers circulate.
    Active,
}

/// Body of `order-placed`: the rules that its vouchers carry, fixed from here on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderPlaced {
    /// The campaign.
    pub campaign_id: Id<Campaign>,
    /// Books ordered.
    pub books: i64,
    /// Vouchers in each.
    pub vouchers_per_book: u8,
    /// Face value of each, in cents.
    pub face_cents: i64,
    /// The key that signs them.
    pub key_id: u8,
}

/// Body of `books-issued`: a run of books of an order now exists. The entry's id is the order's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BooksIssued {
    /// Who issues: names the series of numbers.
    pub issuer_id: OrganisationId,
    /// The first book.
    pub first: BookNumber,
    /// How many, numbered on from it.
    pub count: i64,
    /// Books whose codes are derived with a counter above 0, because a tag was taken.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub counters: BTreeMap<BookNumber, u32>,
}

/// Body of `order-activated`. The transfer says its worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderActivated {
    /// The campaign.
    pub campaign_id: Id<Campaign>,
    /// How many vouchers circulate from now on.
    pub vouchers: i64,
}

/// What `PUT /api/v1/deposits/{id}` takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DepositRequest {
    /// Whose money it is.
    #[schema(value_type = String, example = "funder_01h455vb4pex5vsknk084sn02q")]
    pub funder_id: Id<Funder>,
    /// How much.
    pub amount: Money,
    /// The bank line or the *numéro de mandat*.
    pub reference: Reference,
}

/// A reference of a bank line or a payment order: 1 to 35 letters, digits and `/-?:().,'+` or
/// spaces (the SEPA character set), so that no sentence fits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String")]
#[schema(value_type = String, min_length = 1, max_length = 35, example = "MANDAT 2026-004217")]
pub struct Reference(String);

impl Reference {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Reference {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let lawful = |c: char| c.is_ascii_alphanumeric() || "/-?:().,'+ ".contains(c);
        let text = text.trim();
        if text.is_empty() || text.len() > 35 || !text.chars().all(lawful) {
            return Err("a reference has 1 to 35 letters, digits and /-?:().,'+");
        }
        Ok(Self(text.to_owned()))
    }
}

/// Body of `deposit-recorded`. The transfer says the amount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DepositRecorded {
    /// The bank line or the *numéro de mandat*.
    pub reference: Reference,
}

/// Body of `deposit-withdrawn`, `refund-rolled-over` and `refund-paid-back`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoneyReturned {
    /// The bank line or the payment order.
    pub reference: Reference,
}

/// An order as a decision sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderView {
    /// The order.
    pub order_id: Id<Order>,
    /// Its campaign, by number.
    pub campaign_no: i64,
    /// Face value of a voucher, in cents.
    pub face_cents: i64,
    /// Books ordered.
    pub books: i64,
    /// Books that exist.
    pub issued: i64,
    /// Vouchers in each book.
    pub vouchers_per_book: u8,
    /// The key that signs them.
    pub key_id: u8,
    /// Whether it is funded.
    pub active: bool,
}

impl OrderView {
    /// Where it stands.
    #[must_use]
    pub const fn state(&self) -> OrderState {
        if self.active {
            OrderState::Active
        } else if self.issued == self.books {
            OrderState::Issued
        } else {
            OrderState::Issuing
        }
    }
}
