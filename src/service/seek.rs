//! Seeking: the last line of a ledger up to a day or a moment.
//!
//! Promises: some twenty lines of a ledger of a million are read, those of several ledgers at once.
//! Does not: ask who may read them, because places alone are given.

use std::collections::HashMap;

use super::error::Error;
use super::writer::understood;
use crate::base::clock::Timestamp;
use crate::base::day::Day;
use crate::domain::ledger::entry::Entry;
use crate::store::{self, Tx};

/// How far a ledger is gone through.
#[derive(Debug, Clone, Copy)]
pub(super) enum UpTo {
    /// Lines of the days before this one.
    Before(Day),
    /// Lines of this day too.
    Day(Day),
    /// Lines that were written up to this moment.
    Moment(Timestamp),
}

impl UpTo {
    fn has(self, entry: &Entry) -> bool {
        match self {
            Self::Before(day) => entry.on < day,
            Self::Day(day) => entry.on <= day,
            Self::Moment(at) => entry.recorded_at <= at,
        }
    }
}

/// A ledger of so many lines, and how far it is gone through.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edge {
    /// The ledger.
    pub(super) no: i64,
    /// How many lines it has.
    pub(super) size: i64,
    /// How far.
    pub(super) upto: UpTo,
}

/// The last line up to each edge, in their order; -1 when there is none. Neither days nor moments
/// ever decrease within a ledger.
pub(super) async fn last_lines(tx: &mut Tx, edges: &[Edge]) -> Result<Vec<i64>, Error> {
    // Lines before the first number are up to the edge, lines from the second on are behind it.
    let mut open: Vec<(i64, i64)> = edges.iter().map(|edge| (0, edge.size)).collect();
    loop {
        let mut places = Vec::new();
        for (edge, &(low, high)) in edges.iter().zip(&open) {
            if low < high {
                places.push((edge.no, middle(low, high)));
            }
        }
        if places.is_empty() {
            return Ok(open.into_iter().map(|(low, _)| low - 1).collect());
        }
        let mut entries = HashMap::new();
        for (no, seq, line) in store::ledger::lines_at(tx, &places).await? {
            entries.insert((no, seq), understood(no, seq, &line)?.0);
        }
        for (edge, (low, high)) in edges.iter().zip(&mut open) {
            if low < high {
                let (no, seq) = (edge.no, middle(*low, *high));
                let missing = || Error::Fault(format!("ledger {no} has no line {seq}"));
                if edge.upto.has(entries.get(&(no, seq)).ok_or_else(missing)?) {
                    *low = seq + 1;
                } else {
                    *high = seq;
                }
            }
        }
    }
}

const fn middle(low: i64, high: i64) -> i64 {
    low + (high - low) / 2
}

/// The last line up to one edge; -1 when there is none.
pub(super) async fn last_line(tx: &mut Tx, edge: Edge) -> Result<i64, Error> {
    let found = last_lines(tx, &[edge]).await?;
    Ok(found.first().copied().expect("each edge has an answer"))
}
