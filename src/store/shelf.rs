//! Books in stock, counted and put in runs; and the lines and blocks of one book.
//!
//! Promises: a site's books are read by its index. Does not: decide what is old, or who may look.

use serde_json::{Value, json};
use sqlx::FromRow;

use super::dialect::{Rows, StoreError, Tx, fetch_all, fetch_optional, statements};
use crate::base::id::{Id, Site};

statements! {
    /// How many books of each campaign lie at some sites, and the line that the oldest came by.
    COUNTS = "-- book.shelves
        SELECT b.site_id, b.ledger_no, o.campaign_no, COUNT(*) AS books,
               MIN(b.custody_seq) AS oldest_seq
          FROM " rows("$1"; id TEXT) "
          JOIN book AS b ON b.site_id = r.id AND b.custody = 'in_stock'
          JOIN voucher_order AS o ON o.ledger_no = b.ledger_no AND o.order_no = b.order_no
         GROUP BY b.site_id, b.ledger_no, o.campaign_no
         ORDER BY b.site_id, b.ledger_no, o.campaign_no";
    /// Books of a site in runs without a gap that came by one line and are of one campaign.
    RUNS = "-- book.runs_of_site
        SELECT t.ledger_no, t.campaign_no, t.custody_seq,
               MIN(t.book_no) AS first_no, MAX(t.book_no) AS last_no
          FROM (SELECT b.ledger_no, b.book_no, b.custody_seq, o.campaign_no,
                       b.book_no - ROW_NUMBER() OVER (
                           PARTITION BY b.ledger_no, o.campaign_no, b.custody_seq
                           ORDER BY b.book_no) AS island
                  FROM book AS b
                  JOIN voucher_order AS o ON o.ledger_no = b.ledger_no
                                         AND o.order_no = b.order_no
                 WHERE b.site_id = $1 AND b.book_no > $2 AND b.custody = 'in_stock') AS t
         GROUP BY t.ledger_no, t.campaign_no, t.custody_seq, t.island
         ORDER BY MIN(t.book_no), t.ledger_no LIMIT $3";
    /// The lines by which a book was last moved and last handed over.
    LAST = "-- book.last_lines
        SELECT custody_seq, handed_over_seq FROM book WHERE ledger_no = $1 AND book_no = $2";
    /// Open blocks of whole runs that cover a book, but for those of an order.
    BLOCKS = "-- block.of_book
        SELECT block_id, seq
          FROM block
         WHERE ledger_no = $1 AND first_no <= $2 AND last_no >= $2
           AND position IS NULL AND order_no IS NULL
         ORDER BY seq";
}

/// Books of one campaign at one site.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct ShelfRow {
    /// The site.
    pub site_id: String,
    /// The ledger.
    pub ledger_no: i64,
    /// The campaign, by number.
    pub campaign_no: i64,
    /// How many books.
    pub books: i64,
    /// The line that the oldest of them came by.
    pub oldest_seq: i64,
}

/// A run of books at a site.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct RunRow {
    /// The ledger.
    pub ledger_no: i64,
    /// The campaign, by number.
    pub campaign_no: i64,
    /// The line that they came by.
    pub custody_seq: i64,
    /// The first book.
    pub first_no: i64,
    /// The last, included.
    pub last_no: i64,
}

/// How many books of each campaign lie at some sites.
///
/// # Errors
/// [`StoreError`].
pub async fn counts(tx: &mut Tx, sites: &[Id<Site>]) -> Result<Vec<ShelfRow>, StoreError> {
    let rows: Vec<Value> = sites.iter().map(|id| json!({ "id": id })).collect();
    fetch_all!(tx, COUNTS, Rows::of(&rows))
}

/// Runs of books in the stock of a site with numbers above `after`, in order; `limit` at most.
///
/// # Errors
/// [`StoreError`].
pub async fn runs(
    tx: &mut Tx,
    site: Id<Site>,
    after: i64,
    limit: i64,
) -> Result<Vec<RunRow>, StoreError> {
    let site = site.to_string();
    fetch_all!(tx, RUNS, site.as_str(), after, limit)
}

/// The line by which a book came where it is, and that of its last hand-over.
///
/// # Errors
/// [`StoreError`].
pub async fn last_lines(
    tx: &mut Tx,
    ledger_no: i64,
    book: u32,
) -> Result<Option<(i64, Option<i64>)>, StoreError> {
    fetch_optional!(tx, LAST, ledger_no, i64::from(book))
}

/// Open blocks that cover a whole book: (block, line).
///
/// # Errors
/// [`StoreError`].
pub async fn blocks(
    tx: &mut Tx,
    ledger_no: i64,
    book: u32,
) -> Result<Vec<(String, i64)>, StoreError> {
    fetch_all!(tx, BLOCKS, ledger_no, i64::from(book))
}
