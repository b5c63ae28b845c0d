//! Refused attempts at rest.
//!
//! Promises: rows come and go in sets; the same row twice is one. Does not: know a code, a voucher,
//! a name or an address (hashes of them come from above).

use serde::Serialize;
use sqlx::FromRow;

use super::dialect::{Rows, StoreError, Tx, execute, fetch_all, statements};
use crate::base::clock::Timestamp;

statements! {
    /// Adds refused attempts.
    ADD = "-- refused_attempt.add
        INSERT INTO refused_attempt (attempt_id, refused_at, class, reason, actor_id, venue_id,
                                     subject, origin, elsewhere_at)
        SELECT r.attempt_id, r.refused_at, r.class, r.reason, r.actor_id, r.venue_id,
               r.subject, r.origin, r.elsewhere_at
          FROM "
        rows("$1"; attempt_id TEXT, refused_at BIGINT, class TEXT, reason TEXT, actor_id TEXT,
             venue_id TEXT, subject TEXT, origin TEXT, elsewhere_at BIGINT)
        " WHERE TRUE ON CONFLICT (attempt_id) DO NOTHING";
    /// Those of a time, from a moment on and before another.
    BETWEEN = "-- refused_attempt.between
        SELECT attempt_id, refused_at, class, reason, actor_id, venue_id, subject, origin,
               elsewhere_at
          FROM refused_attempt WHERE refused_at >= $1 AND refused_at < $2
         ORDER BY attempt_id";
}

/// A refused attempt as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
pub struct RefusedRow {
    /// Its key: the moment, then chance.
    pub attempt_id: String,
    /// When, in milliseconds.
    pub refused_at: i64,
    /// What was asked: the word of a `domain::quota::Class`.
    pub class: String,
    /// The code of the refusal.
    pub reason: String,
    /// Who asked, when that was known.
    pub actor_id: Option<String>,
    /// Where it would have been redeemed.
    pub venue_id: Option<String>,
    /// A keyed hash of the voucher, the code or the account.
    pub subject: Option<String>,
    /// A keyed hash of the address, another one each month.
    pub origin: Option<String>,
    /// When the voucher had been redeemed at another venue, in milliseconds.
    pub elsewhere_at: Option<i64>,
}

/// Adds refused attempts.
///
/// # Errors
/// [`StoreError`].
pub async fn add(tx: &mut Tx, rows: &[RefusedRow]) -> Result<(), StoreError> {
    execute!(tx, ADD, Rows::of(rows))?;
    Ok(())
}

/// The refused attempts from a moment on and before another, in order of time.
///
/// # Errors
/// [`StoreError`].
pub async fn between(
    tx: &mut Tx,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<RefusedRow>, StoreError> {
    fetch_all!(tx, BETWEEN, from.millis(), until.millis())
}
