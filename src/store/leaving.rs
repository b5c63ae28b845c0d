//! Ledgers that come and go: the keys of their logs, releases, and how far an import is.
//!
//! Promises: an import goes on only from where it stopped. Does not: make a ledger visible (its
//! row in `ledger` does).

use sqlx::FromRow;

use super::dialect::{StoreError, Tx, execute, fetch_all, fetch_optional, statements};

statements! {
    /// A key signs a ledger's checkpoints from a line on.
    ADD_LOG_KEY = "-- log_key.add
        INSERT INTO log_key (ledger_no, seq, vkey) VALUES ($1, $2, $3)";
    /// All keys of all ledgers.
    LOG_KEYS = "-- log_key.list
        SELECT k.ledger_no, k.seq, k.vkey
          FROM log_key AS k
          JOIN ledger AS l ON l.ledger_no = k.ledger_no
         ORDER BY k.ledger_no, k.seq";
    /// A ledger went to another operator.
    RELEASE = "-- ledger_release.add
        INSERT INTO ledger_release (ledger_no, seq, address) VALUES ($1, $2, $3)";
    /// Another operator goes on with a ledger that was released.
    RESUME = "-- ledger_release.end
        DELETE FROM ledger_release WHERE ledger_no = $1";
    /// Where a ledger went.
    RELEASED = "-- ledger_release.find
        SELECT address FROM ledger_release WHERE ledger_no = $1";
    /// Begins an import.
    BEGIN = "-- ledger_import.begin
        INSERT INTO ledger_import (ledger_id, ledger_no, size, root, next_seq)
        VALUES ($1, $2, $3, $4, 0)";
    /// An import goes on.
    ADVANCE = "-- ledger_import.advance
        UPDATE ledger_import SET next_seq = $3 WHERE ledger_id = $1 AND next_seq = $2";
    /// How far an import is.
    FIND = "-- ledger_import.find
        SELECT ledger_id, ledger_no, size, root, next_seq
          FROM ledger_import WHERE ledger_id = $1";
    /// Imports whose ledger is not visible yet.
    UNFINISHED = "-- ledger_import.unfinished
        SELECT i.ledger_id, i.ledger_no, i.size, i.root, i.next_seq
          FROM ledger_import AS i
          LEFT JOIN ledger AS l ON l.ledger_no = i.ledger_no
         WHERE l.ledger_no IS NULL ORDER BY i.ledger_no";
    /// Sites that hold or handed over books of a ledger.
    SITES = "-- book.sites_of_ledger
        SELECT DISTINCT site_id FROM book
         WHERE ledger_no = $1 AND site_id IS NOT NULL ORDER BY site_id";
    /// Who issued books of a ledger.
    ISSUERS = "-- book_route.issuers_of_ledger
        SELECT DISTINCT issuer_id FROM book_route WHERE ledger_no = $1 ORDER BY issuer_id";
    /// Books of a number, whoever issued them: one at most in each ledger.
    OF_NUMBER = "-- book.of_number
        SELECT b.ledger_no, b.site_id
          FROM ledger AS l
          JOIN book AS b ON b.ledger_no = l.ledger_no AND b.book_no = $1
         ORDER BY b.ledger_no";
    /// The first book of a ledger.
    FIRST_BOOK = "-- book.first_of_ledger
        SELECT b.book_no, b.counter, o.face_cents
          FROM book AS b
          JOIN voucher_order AS o ON o.ledger_no = b.ledger_no AND o.order_no = b.order_no
         WHERE b.ledger_no = $1 ORDER BY b.book_no LIMIT 1";
    /// Payment files of a ledger.
    FILES = "-- payment_file.of_ledger
        SELECT settlement_id, content FROM payment_file
         WHERE ledger_no = $1 AND content <> '' ORDER BY settlement_id";
    /// Kept checkpoints of a ledger from a size on.
    CHECKPOINTS = "-- checkpoint.page
        SELECT size, note FROM checkpoint
         WHERE ledger_no = $1 AND size > $2 AND size <= $3 ORDER BY size LIMIT $4";
}

/// How far an import is.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct ImportRow {
    /// The ledger.
    pub ledger_id: String,
    /// The number that it will have here.
    pub ledger_no: i64,
    /// How many lines come.
    pub size: i64,
    /// The root over them.
    pub root: String,
    /// How many are here.
    pub next_seq: i64,
}

pub(super) async fn project_log_key(
    tx: &mut Tx,
    ledger_no: i64,
    seq: i64,
    vkey: &str,
) -> Result<(), StoreError> {
    execute!(tx, ADD_LOG_KEY, ledger_no, seq, vkey)?;
    Ok(())
}

pub(super) async fn project_released(
    tx: &mut Tx,
    ledger_no: i64,
    seq: i64,
    address: &str,
) -> Result<(), StoreError> {
    execute!(tx, RELEASE, ledger_no, seq, address)?;
    Ok(())
}

pub(super) async fn project_taken_over(
    tx: &mut Tx,
    ledger_no: i64,
    seq: i64,
    vkey: &str,
) -> Result<(), StoreError> {
    execute!(tx, RESUME, ledger_no)?;
    project_log_key(tx, ledger_no, seq, vkey).await
}

/// The keys of all logs: ledger, the line that says so, vkey.
///
/// # Errors
/// [`StoreError`].
pub async fn log_keys(tx: &mut Tx) -> Result<Vec<(i64, i64, String)>, StoreError> {
    fetch_all!(tx, LOG_KEYS)
}

/// Where a ledger went; `None` while it is here.
///
/// # Errors
/// [`StoreError`].
pub async fn released(tx: &mut Tx, ledger_no: i64) -> Result<Option<String>, StoreError> {
    let found: Option<(String,)> = fetch_optional!(tx, RELEASED, ledger_no)?;
    Ok(found.map(|(address,)| address))
}

/// Begins an import.
///
/// # Errors
/// [`StoreError`]; a clash when it has begun.
pub async fn begin(tx: &mut Tx, row: &ImportRow) -> Result<(), StoreError> {
    let ImportRow { ledger_id, ledger_no, size, root, .. } = row;
    execute!(tx, BEGIN, ledger_id.as_str(), *ledger_no, *size, root.as_str())?;
    Ok(())
}

/// Moves an import on; `false` when it is not where the caller thinks.
///
/// # Errors
/// [`StoreError`].
pub async fn advance(tx: &mut Tx, ledger_id: &str, from: i64, to: i64) -> Result<bool, StoreError> {
    Ok(execute!(tx, ADVANCE, ledger_id, from, to)? == 1)
}

/// How far the import of a ledger is.
///
/// # Errors
/// [`StoreError`].
pub async fn find(tx: &mut Tx, ledger_id: &str) -> Result<Option<ImportRow>, StoreError> {
    fetch_optional!(tx, FIND, ledger_id)
}

/// Imports that are not complete.
///
/// # Errors
/// [`StoreError`].
pub async fn unfinished(tx: &mut Tx) -> Result<Vec<ImportRow>, StoreError> {
    fetch_all!(tx, UNFINISHED)
}

/// Sites that hold, handed over or lost books of a ledger.
///
/// # Errors
/// [`StoreError`].
pub async fn sites(tx: &mut Tx, ledger_no: i64) -> Result<Vec<String>, StoreError> {
    let rows: Vec<(String,)> = fetch_all!(tx, SITES, ledger_no)?;
    Ok(rows.into_iter().map(|(site,)| site).collect())
}

/// Who issued books of a ledger.
///
/// # Errors
/// [`StoreError`].
pub async fn issuers(tx: &mut Tx, ledger_no: i64) -> Result<Vec<String>, StoreError> {
    let rows: Vec<(String,)> = fetch_all!(tx, ISSUERS, ledger_no)?;
    Ok(rows.into_iter().map(|(issuer,)| issuer).collect())
}

/// Books of a number, whoever issued them: the ledger, and the site that holds each.
///
/// # Errors
/// [`StoreError`].
pub async fn of_number(tx: &mut Tx, book: u32) -> Result<Vec<(i64, Option<String>)>, StoreError> {
    fetch_all!(tx, OF_NUMBER, i64::from(book))
}

/// The first book of a ledger: its number, the counter of its codes, the face value in cents.
///
/// # Errors
/// [`StoreError`].
pub async fn first_book(
    tx: &mut Tx,
    ledger_no: i64,
) -> Result<Option<(i64, i64, i64)>, StoreError> {
    fetch_optional!(tx, FIRST_BOOK, ledger_no)
}

/// The payment files of a ledger: settlement, content.
///
/// # Errors
/// [`StoreError`].
pub async fn files(tx: &mut Tx, ledger_no: i64) -> Result<Vec<(String, String)>, StoreError> {
    fetch_all!(tx, FILES, ledger_no)
}

/// Kept checkpoints with `after < size <= to`, at most `limit`.
///
/// # Errors
/// [`StoreError`].
pub async fn checkpoints(
    tx: &mut Tx,
    ledger_no: i64,
    after: i64,
    to: i64,
    limit: i64,
) -> Result<Vec<(i64, String)>, StoreError> {
    fetch_all!(tx, CHECKPOINTS, ledger_no, after, to, limit)
}
