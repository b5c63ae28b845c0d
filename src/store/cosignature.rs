//! Co-signatures at rest: what outside witnesses said of a kept checkpoint.
//!
//! Promises: rows are inserted, never changed; the same witness says one thing of one checkpoint.
//! Does not: check a signature (see `domain::ledger::cosignature`).

use serde::Serialize;

use super::dialect::{Rows, StoreError, Tx, execute, fetch_all, fetch_optional, statements};

statements! {
    /// Adds what is not there yet.
    ADD = "-- cosignature.add
        INSERT INTO cosignature (ledger_no, size, witness, line)
        SELECT r.no, r.size,
               r.witness, r.line
          FROM " rows("$1"; no BIGINT, size BIGINT, witness TEXT, line TEXT) "
         WHERE TRUE
            ON CONFLICT (ledger_no, size, witness) DO NOTHING";
    /// The lines of one checkpoint.
    OF_CHECKPOINT = "-- cosignature.of_checkpoint
        SELECT line FROM cosignature WHERE ledger_no = $1 AND size = $2 ORDER BY witness";
    /// The newest checkpoint that so many witnesses co-signed.
    NEWEST = "-- cosignature.newest
        SELECT size FROM cosignature WHERE ledger_no = $1
         GROUP BY size HAVING COUNT(*) >= $2 ORDER BY size DESC LIMIT 1";
    /// The newest checkpoint that one witness co-signed.
    NEWEST_BY = "-- cosignature.newest_by
        SELECT size FROM cosignature WHERE ledger_no = $1 AND witness = $2
         ORDER BY size DESC LIMIT 1";
    /// The newest checkpoint of each ledger that anybody co-signed, and how many did.
    WATCHED = "-- cosignature.watched
        SELECT c.ledger_no, c.size, COUNT(*)
          FROM ledger AS l
          JOIN cosignature AS c ON c.ledger_no = l.ledger_no
         WHERE c.size = (SELECT MAX(n.size) FROM cosignature AS n
                          WHERE n.ledger_no = l.ledger_no)
         GROUP BY c.ledger_no, c.size ORDER BY c.ledger_no";
}

/// A co-signature to keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CosignatureRow {
    /// The ledger.
    pub no: i64,
    /// The size of the checkpoint.
    pub size: i64,
    /// The witness's verifier key.
    pub witness: String,
    /// The signature line, with its newline.
    pub line: String,
}

/// Adds co-signatures; those that are there stay as they are.
///
/// # Errors
/// [`StoreError`].
pub async fn add(tx: &mut Tx, rows: &[CosignatureRow]) -> Result<(), StoreError> {
    execute!(tx, ADD, Rows::of(rows))?;
    Ok(())
}

/// The lines of one checkpoint, each with its newline, in order of the witnesses' keys.
///
/// # Errors
/// [`StoreError`].
pub async fn of_checkpoint(
    tx: &mut Tx,
    ledger_no: i64,
    size: i64,
) -> Result<Vec<String>, StoreError> {
    let rows: Vec<(String,)> = fetch_all!(tx, OF_CHECKPOINT, ledger_no, size)?;
    Ok(rows.into_iter().map(|(line,)| line).collect())
}

/// The size of the newest checkpoint with at least so many co-signatures.
///
/// # Errors
/// [`StoreError`].
pub async fn newest(
    tx: &mut Tx,
    ledger_no: i64,
    witnesses: i64,
) -> Result<Option<i64>, StoreError> {
    let found: Option<(i64,)> = fetch_optional!(tx, NEWEST, ledger_no, witnesses)?;
    Ok(found.map(|(size,)| size))
}

/// The size of the newest checkpoint that one witness co-signed.
///
/// # Errors
/// [`StoreError`].
pub async fn newest_by(
    tx: &mut Tx,
    ledger_no: i64,
    witness: &str,
) -> Result<Option<i64>, StoreError> {
    let found: Option<(i64,)> = fetch_optional!(tx, NEWEST_BY, ledger_no, witness)?;
    Ok(found.map(|(size,)| size))
}

/// The newest checkpoint of each ledger that anybody co-signed: ledger, size, how many did.
///
/// # Errors
/// [`StoreError`].
pub async fn watched(tx: &mut Tx) -> Result<Vec<(i64, i64, i64)>, StoreError> {
    fetch_all!(tx, WATCHED)
}
