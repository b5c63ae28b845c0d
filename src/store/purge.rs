//! What goes when its time is over: rows of scratch tables, some at a time.
//!
//! Promises: takes from scratch tables only (a test reads the list); counts what it would take by
//! the same condition. Does not: know how long anything is kept (see `service::purge`).

use super::dialect::{Statement, StoreError, Tx, execute, fetch_all, fetch_optional, parsed};
use super::dialect::{statement, statements};
use crate::base::clock::Timestamp;
use crate::base::id::{Id, Person};

/// A table of which rows go that are older than a moment.
#[derive(Debug, Clone, Copy)]
pub struct Aging {
    /// The table.
    pub table: &'static str,
    count: Statement,
    delete: Statement,
}

/// Writes the two statements of a table: key, and the column that ages.
macro_rules! aging {
    ($($name:ident = $table:literal, $key:literal, $column:literal;)+) => {
        $(#[doc = concat!("Rows of `", $table, "`, by `", $column, "`.")]
        pub const $name: Aging = Aging {
            table: $table,
            count: statement!(concat!(
                "-- ", $table, ".count_old\n SELECT CAST(COUNT(*) AS BIGINT) FROM ", $table,
                " WHERE ", $column, " < $1"
            )),
            delete: statement!(concat!(
                "-- ", $table, ".purge_old\n DELETE FROM ", $table, " WHERE ", $key,
                " IN (SELECT o.", $key, " FROM ", $table, " AS o WHERE o.", $column,
                " < $1 ORDER BY o.", $column, ", o.", $key, " LIMIT $2)"
            )),
        };)+

        /// All of them.
        pub const AGING: &[Aging] = &[$($name),+];
    };
}

aging! {
    SESSIONS = "session", "session_id", "seen_at";
    LINKS = "link", "token_hash", "expires_at";
    CEREMONIES = "ceremony", "session_id", "expires_at";
    OPENID_FLOWS = "openid_flow", "state_hash", "expires_at";
    ATTEMPTS = "attempt", "subject", "last_at";
    REFUSED_ATTEMPTS = "refused_attempt", "attempt_id", "refused_at";
    SIGNALS = "signal", "signal_id", "raised_at";
}

statements! {
    /// People who were added, and whose last membership ended, before a moment.
    GONE_PEOPLE = "-- person.gone
        SELECT p.person_id FROM person AS p
         WHERE p.created_at < $1
           AND NOT EXISTS (SELECT 1 FROM membership AS m
                            WHERE m.person_id = p.person_id
                              AND (m.ended_at IS NULL OR m.ended_at >= $1))
         ORDER BY p.person_id";
}

/// The statements of the tables, by name.
pub(super) fn aging_statements() -> Vec<(&'static str, Statement)> {
    AGING.iter().flat_map(|it| [(it.table, it.count), (it.table, it.delete)]).collect()
}

/// How many rows are older than a moment.
///
/// # Errors
/// [`StoreError`].
pub async fn count(tx: &mut Tx, aging: Aging, before: Timestamp) -> Result<i64, StoreError> {
    let row: Option<(i64,)> = fetch_optional!(tx, aging.count, before.millis())?;
    Ok(row.map_or(0, |(count,)| count))
}

/// Takes the oldest rows that are older than a moment, so many at most; gives how many.
///
/// # Errors
/// [`StoreError`].
pub async fn delete(
    tx: &mut Tx,
    aging: Aging,
    before: Timestamp,
    most: i64,
) -> Result<u64, StoreError> {
    execute!(tx, aging.delete, before.millis(), most)
}

/// People who are nothing any more since before a moment.
///
/// # Errors
/// [`StoreError`].
pub async fn gone_people(tx: &mut Tx, before: Timestamp) -> Result<Vec<Id<Person>>, StoreError> {
    let rows: Vec<(String,)> = fetch_all!(tx, GONE_PEOPLE, before.millis())?;
    rows.iter().map(|(person,)| parsed("person", "person_id", person)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tables::{Sort, table};

    #[test]
    fn only_scratch_ages() {
        for aging in AGING {
            assert_eq!(table(aging.table).unwrap().sort, Sort::Scratch, "{}", aging.table);
        }
    }
}
