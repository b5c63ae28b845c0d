//! Books: who holds the paper, which vouchers are blocked or replaced.
//!
//! Promises: custody moves only along the arrows of [`Custody::may_become`]; each move is a line.
//! Does not: say what a voucher is worth (see `redemption`).

use serde::{Deserialize, Serialize};

use super::organisation::OrganisationId;
use super::serial::{BookNumber, Serial};
use crate::base::id::{Id, Order, Site};

/// Where the paper of a book is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Custody {
    /// Made, not yet received anywhere.
    AtPrinter,
    /// In the stock of a site.
    InStock,
    /// With a person.
    HandedOver,
    /// Given back.
    Returned,
    /// Nobody knows.
    Lost,
    /// Gone for good.
    Destroyed,
}

impl Custody {
    /// All, in the order of a book's life.
    pub const ALL: [Self; 6] = [
        Self::AtPrinter,
        Self::InStock,
        Self::HandedOver,
        Self::Returned,
        Self::Lost,
        Self::Destroyed,
    ];

    /// The word in lines and tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AtPrinter => "at_printer",
            Self::InStock => "in_stock",
            Self::HandedOver => "handed_over",
            Self::Returned => "returned",
            Self::Lost => "lost",
            Self::Destroyed => "destroyed",
        }
    }

    /// The custody of a stored word.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|custody| custody.as_str() == text)
    }

    /// Whether a book may go from here to there.
    ///
    /// A lost book may turn up again; a destroyed one never; only a book in stock is handed over.
    #[must_use]
    pub const fn may_become(self, next: Self) -> bool {
        match (self, next) {
            (
                Self::AtPrinter | Self::InStock | Self::Returned,
                Self::InStock | Self::Lost | Self::Destroyed,
            )
            | (Self::InStock, Self::HandedOver | Self::Returned)
            | (Self::HandedOver, Self::Returned | Self::Lost)
            | (Self::Lost, Self::Returned | Self::Destroyed) => true,
            (
                Self::AtPrinter
                | Self::InStock
                | Self::HandedOver
                | Self::Returned
                | Self::Lost
                | Self::Destroyed,
                _,
            ) => false,
        }
    }
}

/// What `PUT /api/v1/movements/{id}` takes: a run of books goes somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MovementRequest {
    /// The first book.
    #[schema(value_type = String, example = "0004217")]
    pub first: BookNumber,
    /// The last book, included.
    #[schema(value_type = String, example = "0004226")]
    pub last: BookNumber,
    /// Where they go: anything but `handed_over`, which is a hand-over of its own.
    pub to: Custody,
    /// The site that receives them; needed for `in_stock` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "site_01h455vb4pex5vsknk084sn02q")]
    pub site_id: Option<Id<Site>>,
}

/// The most books in one movement, one block or one range of a file.
pub const RANGE_LIMIT: i64 = 1000;

/// Body of `books-moved`: as asked.
pub type BooksMoved = MovementRequest;

/// What `PUT /api/v1/hand-overs/{id}` takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandOverRequest {
    /// The book: its number, or what its cover's QR says.
    #[schema(example = "0004217")]
    pub book: String,
    /// The site that hands it over.
    #[schema(value_type = String, example = "site_01h455vb4pex5vsknk084sn02q")]
    pub site_id: Id<Site>,
}

/// Body of `book-handed-over`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BookHandedOver {
    /// The book.
    pub book: BookNumber,
    /// The site.
    pub site_id: Id<Site>,
}

/// What a block covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, rename_all = "lowercase")]
pub enum BlockTarget {
    /// One voucher, by its serial number.
    #[schema(value_type = String)]
    Voucher(Serial),
    /// A run of books.
    Books {
        /// The first.
        #[schema(value_type = String)]
        first: BookNumber,
        /// The last, included.
        #[schema(value_type = String)]
        last: BookNumber,
    },
    /// All books of an order, also those still to be issued.
    #[schema(value_type = String)]
    Order(Id<Order>),
}

/// Why something is blocked; a code, so that no name can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BlockReason {
    /// Nobody knows where it is.
    Lost,
    /// It was taken.
    Stolen,
    /// It may have been copied.
    Copied,
    /// It was printed wrongly.
    Misprint,
    /// The funder or the operator asked for it.
    Request,
}

impl BlockReason {
    /// Whether who holds the paper may say so: it knows what is lost or stolen, no more.
    #[must_use]
    pub const fn is_about_custody(self) -> bool {
        matches!(self, Self::Lost | Self::Stolen)
    }
}

/// What `PUT /api/v1/blocks/{id}` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BlockRequest {
    /// What is blocked.
    pub target: BlockTarget,
    /// Why.
    pub reason: BlockReason,
}

/// Body of `vouchers-blocked`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VouchersBlocked {
    /// What is blocked.
    pub target: BlockTarget,
    /// Why.
    pub reason: BlockReason,
}

/// Body of `vouchers-unblocked`: the entry's id is the block that ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VouchersUnblocked {}

/// What `PUT /api/v1/replacements/{id}` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplacementRequest {
    /// The lost book, whose unspent vouchers a new one takes over.
    #[schema(value_type = String, example = "0004217")]
    pub book: BookNumber,
}

/// Body of `book-replaced`: the new book exists from this line on, in the custody of the printer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BookReplaced {
    /// The lost book.
    pub book: BookNumber,
    /// Positions of its vouchers that are worth nothing from now on.
    pub positions: Vec<u8>,
    /// The new book, of the same order, with as many vouchers.
    pub by: BookNumber,
    /// The counter that its codes are derived with.
    pub counter: u32,
    /// The key that signs it.
    pub key_id: u8,
    /// Who issued the new book; absent when it is the issuer of the lost one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer_id: Option<OrganisationId>,
}

/// An open block as a decision sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenBlock {
    /// First and last book, both included; all numbers for an order.
    pub books: (u32, u32),
    /// One voucher only.
    pub position: Option<u8>,
    /// One order only, by number.
    pub order_no: Option<i64>,
}

impl OpenBlock {
    /// Whether this block covers the voucher.
    #[must_use]
    pub fn covers(&self, voucher: Serial, order_no: i64) -> bool {
        let (first, last) = self.books;
        (first..=last).contains(&voucher.book().get())
            && self.position.is_none_or(|position| position == voucher.position())
            && self.order_no.is_none_or(|order| order == order_no)
    }
}
