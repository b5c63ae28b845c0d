//! What leads to the lines of one book: the ids that lines created, noun by noun.
//!
//! Promises: an index leads to each line; no ledger is read from one end to the other. Does not:
//! understand a line (see `service::recount`).

use super::dialect::{StoreError, Tx, fetch_all, statements};

statements! {
    /// Lines between two places that created ids of a noun, and have a text in them.
    OF_NOUN = "-- story.of_noun
        SELECT c.creation_id, e.seq, e.line
          FROM creation AS c
          JOIN entry AS e ON e.ledger_no = c.ledger_no
                         AND e.seq = c.seq
         WHERE c.creation_id > $2 AND c.creation_id < $3 AND c.ledger_no = $1
           AND c.seq > $4 AND c.seq < $5 AND e.line LIKE $6
         ORDER BY c.creation_id LIMIT $7";
}

/// Which lines are looked for.
#[derive(Debug, Clone)]
pub struct Wanted<'w> {
    /// The ledger.
    pub ledger_no: i64,
    /// The noun of the ids that they created, like `movement`.
    pub noun: &'w str,
    /// The place that they come after, and the one that they come before.
    pub between: (i64, i64),
    /// What stands in them; empty for anything.
    pub text: &'w str,
}

/// Lines that created ids of a noun, after an id: (created, seq, line), in order of created.
///
/// # Errors
/// [`StoreError`].
pub async fn of_noun(
    tx: &mut Tx,
    wanted: &Wanted<'_>,
    after: &str,
    limit: i64,
) -> Result<Vec<(String, i64, String)>, StoreError> {
    let Wanted { ledger_no, noun, between: (first, last), text } = *wanted;
    // The character after `_` in ASCII, so that the range holds exactly this noun.
    let (begin, end) = (format!("{noun}_"), format!("{noun}`"));
    let after = if after.is_empty() { begin.as_str() } else { after };
    let text = format!("%{text}%");
    fetch_all!(tx, OF_NOUN, ledger_no, after, end.as_str(), first, last, text.as_str(), limit)
}
