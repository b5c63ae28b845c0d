//! The routes of typed codes: from a keyed tag to the voucher that it belongs to.
//!
//! Promises: a tag that a ledger has already is passed over, never moved to another voucher. Does
//! not: hold codes; they stand in no row.

use serde::Serialize;
use serde_json::{Value, json};

use super::dialect::{Rows, StoreError, Tx, execute, fetch_all, statements};

use crate::domain::code::CodeTag;
use crate::domain::serial::Serial;

statements! {
    /// Adds the tags of typed codes; a tag that is taken is passed over.
    ADD_CODES = "-- code_route.add
        INSERT INTO code_route (tag, ledger_no, book_no, position)
        SELECT r.tag, r.no, r.book, r.position
          FROM " rows("$1"; tag BIGINT, no BIGINT, book BIGINT, position BIGINT) "
         WHERE TRUE
            ON CONFLICT (tag, ledger_no) DO NOTHING";
    /// Vouchers behind some tags.
    CODES = "-- code_route.find
        SELECT c.tag, c.ledger_no, c.book_no, c.position
          FROM " rows("$1"; tag BIGINT) "
          JOIN code_route AS c ON c.tag = r.tag
          JOIN ledger AS l ON l.ledger_no = c.ledger_no
         ORDER BY c.tag, c.ledger_no";
}

/// The tag of a voucher's typed code.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct TagRow {
    /// The tag.
    pub tag: i64,
    /// The ledger.
    pub no: i64,
    /// The book.
    pub book: u32,
    /// The position in it.
    pub position: u8,
}

impl TagRow {
    /// The rows of a book's tags, in order of position from 1.
    pub fn of_book(no: i64, book: u32, tags: &[CodeTag]) -> impl Iterator<Item = Self> + '_ {
        let by_position = (1..).zip(tags);
        by_position.map(move |(position, tag)| Self { tag: tag.stored(), no, book, position })
    }
}

/// Adds the tags of some vouchers' codes and says how many were free; a taken one is passed over.
///
/// # Errors
/// [`StoreError`].
pub async fn add_codes(tx: &mut Tx, codes: &[TagRow]) -> Result<u64, StoreError> {
    execute!(tx, ADD_CODES, Rows::of(codes))
}

/// A voucher behind a tag: tag, ledger, book, position.
pub type CodeRow = (i64, i64, i64, i64);

/// Vouchers behind some tags.
///
/// # Errors
/// [`StoreError`].
pub async fn by_tags(tx: &mut Tx, tags: &[CodeTag]) -> Result<Vec<CodeRow>, StoreError> {
    let rows: Vec<Value> = tags.iter().map(|tag| json!({ "tag": tag.stored() })).collect();
    fetch_all!(tx, CODES, Rows::of(&rows))
}

/// Whether a tag leads to a voucher of a ledger.
///
/// # Errors
/// [`StoreError`].
pub async fn is_tagged(
    tx: &mut Tx,
    tag: CodeTag,
    (ledger_no, voucher): (i64, Serial),
) -> Result<bool, StoreError> {
    let here = (ledger_no, i64::from(voucher.book().get()), i64::from(voucher.position()));
    let found = by_tags(tx, &[tag]).await?;
    Ok(found.iter().any(|(_, no, book, position)| (*no, *book, *position) == here))
}
