//! Counts of what was answered at hand-overs, at rest.
//!
//! Promises: a count is raised and read, never written beside a book. Does not: know who answered.

use serde_json::{Value, json};
use sqlx::FromRow;

use super::dialect::{Rows, StoreError, Tx, execute, fetch_all, statements};
use crate::base::id::{Id, Site};
use crate::domain::statistic::{Answer, Month};

statements! {
    /// Raises the counts of some answers at a site in a month, each by one.
    ADD = "-- hand_over_statistic.add
        INSERT INTO hand_over_statistic (site_id, month, question, answer, counted)
        SELECT $1, $2, r.question, r.answer, 1
          FROM " rows("$3"; question TEXT, answer TEXT) "
         WHERE TRUE
            ON CONFLICT (site_id, month, question, answer) DO UPDATE
           SET counted = hand_over_statistic.counted + 1";
    /// The counts of some sites from one month to another, both included.
    BETWEEN = "-- hand_over_statistic.between
        SELECT s.site_id, s.month, s.question, s.answer, s.counted
          FROM " rows("$1"; id TEXT) "
          JOIN hand_over_statistic AS s ON s.site_id = r.id
         WHERE s.month >= $2 AND s.month <= $3
         ORDER BY s.site_id, s.month, s.question, s.answer";
}

/// A count as stored.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct StatisticRow {
    /// The site.
    pub site_id: String,
    /// The month, `2026-11`.
    pub month: String,
    /// The question's code.
    pub question: String,
    /// The answer's code.
    pub answer: String,
    /// How often.
    pub counted: i64,
}

/// Raises the counts of some answers, each by one.
///
/// # Errors
/// [`StoreError`].
pub async fn add(
    tx: &mut Tx,
    site: Id<Site>,
    month: Month,
    answers: &[Answer],
) -> Result<(), StoreError> {
    let row = |it: &Answer| json!({ "question": it.question(), "answer": it.code() });
    let rows: Vec<Value> = answers.iter().map(row).collect();
    let (site, month) = (site.to_string(), month.to_string());
    execute!(tx, ADD, site.as_str(), month.as_str(), Rows::of(&rows))?;
    Ok(())
}

/// The counts of some sites from one month to another: as many as there are answers, at most, for
/// each site and month.
///
/// # Errors
/// [`StoreError`].
pub async fn between(
    tx: &mut Tx,
    sites: &[Id<Site>],
    (from, to): (Month, Month),
) -> Result<Vec<StatisticRow>, StoreError> {
    let rows: Vec<Value> = sites.iter().map(|id| json!({ "id": id })).collect();
    let (from, to) = (from.to_string(), to.to_string());
    fetch_all!(tx, BETWEEN, Rows::of(&rows), from.as_str(), to.as_str())
}
