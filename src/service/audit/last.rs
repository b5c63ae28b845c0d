//! The last nightly audit: what it said, for whoever asks in the morning.
//!
//! Promises: what is told is what this process audited. Does not: outlive the process (the log
//! does, and the measure that alarms watch).

use std::sync::{PoisonError, RwLock};

use super::report::{AuditReport, Verdict};
use crate::base::clock::Timestamp;
use crate::domain::access::{Action, Actor, Owner};
use crate::service::error::Error;
use crate::service::instance::Instance;

/// What an audit said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastAudit {
    /// When it ended.
    pub at: Timestamp,
    /// Its answer; `None` when it could not be run.
    pub verdict: Option<Verdict>,
    /// Lines that were replayed.
    pub lines: i64,
    /// Rows that were compared.
    pub rows: i64,
    /// What does not hold, how many times.
    pub findings: u64,
    /// The table and row of the first of them.
    pub first: Option<String>,
    /// What could not be judged, how many times.
    pub skipped: u64,
}

/// The last one of this process.
pub(in crate::service) type Remembered = RwLock<Option<LastAudit>>;

/// Remembers what an audit said, or that it could not be run.
pub fn remember(instance: &Instance, came: &Result<AuditReport, Error>) {
    let at = instance.clock.now();
    let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
    let last = match came {
        Ok(report) => LastAudit {
            at,
            verdict: Some(report.verdict()),
            lines: report.ledgers.iter().map(|ledger| ledger.lines).sum(),
            rows: report.tables.iter().map(|(_, rows)| rows).sum(),
            findings: count(report.findings.len()) + report.more_findings,
            first: report.findings.first().map(|it| format!("{} {}", it.table, it.key)),
            skipped: count(report.skipped.len()),
        },
        Err(_) => {
            LastAudit { at, verdict: None, lines: 0, rows: 0, findings: 0, first: None, skipped: 0 }
        }
    };
    *instance.audited.write().unwrap_or_else(PoisonError::into_inner) = Some(last);
}

/// What the last audit of this process said; `None` when there was none since it began.
///
/// # Errors
/// `not-permitted`; `not-found` for who does not read every ledger.
pub fn last(instance: &Instance, actor: &Actor) -> Result<Option<LastAudit>, Error> {
    actor.permit(Action::ReadLedger, &Owner::NOBODY)?;
    Ok(instance.audited.read().unwrap_or_else(PoisonError::into_inner).clone())
}
