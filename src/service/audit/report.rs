//! What an audit found.
//!
//! Promises: says of each finding where it is, what the lines say and what the table says; shows
//! nothing of the vault. Does not: explain.

use serde::Serialize;

/// The most findings that are kept; the rest is counted.
const KEPT: usize = 100;

/// The most characters of a value that are shown.
const SHOWN: usize = 160;

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Everything was looked at, and everything holds.
    Holds,
    /// Something does not.
    Violated,
    /// Nothing wrong was found, but not everything could be judged.
    Undecided,
}

impl Verdict {
    /// The status that a program ends with: 0, 1 and 2.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Holds => 0,
            Self::Violated => 1,
            Self::Undecided => 2,
        }
    }
}

/// Something that is not as the lines say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The table.
    pub table: &'static str,
    /// The row: its key, with slashes between the columns.
    pub key: String,
    /// The column; empty for a whole row.
    pub column: &'static str,
    /// What the lines say, or what should be.
    pub lines: String,
    /// What is stored.
    pub stored: String,
}

/// What was counted in one ledger.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct LedgerCount {
    /// Its number in this database.
    pub ledger_no: i64,
    /// Its id, as its first line says.
    pub ledger_id: String,
    /// Lines.
    pub lines: i64,
    /// Transfers in them.
    pub transfers: i64,
    /// Kept checkpoints.
    pub checkpoints: i64,
    /// Complete tiles.
    pub tiles: i64,
}

/// How far an audit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The table that is looked at; `entry` while lines are replayed.
    pub table: &'static str,
    /// Rows so far.
    pub done: i64,
    /// Of so many, when known.
    pub of: Option<i64>,
}

/// The report of an audit.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct AuditReport {
    /// What was counted, ledger by ledger.
    pub ledgers: Vec<LedgerCount>,
    /// Rows that were compared, table by table.
    pub tables: Vec<(&'static str, i64)>,
    /// What does not hold: the first hundred.
    pub findings: Vec<Finding>,
    /// How many more there are.
    pub more_findings: u64,
    /// What could not be judged, and why.
    pub skipped: Vec<String>,
}

impl AuditReport {
    /// The answer.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        if !self.findings.is_empty() {
            Verdict::Violated
        } else if !self.skipped.is_empty() {
            Verdict::Undecided
        } else {
            Verdict::Holds
        }
    }

    /// Adds a finding.
    pub(super) fn find(
        &mut self,
        table: &'static str,
        key: impl std::fmt::Display,
        column: &'static str,
        lines: &str,
        stored: &str,
    ) {
        if self.findings.len() == KEPT {
            self.more_findings += 1;
            return;
        }
        let (lines, stored) = around_the_difference(lines, stored);
        self.findings.push(Finding { table, key: key.to_string(), column, lines, stored });
    }

    /// Notes that something could not be judged.
    pub(super) fn skip(&mut self, what: String) {
        if self.skipped.len() < KEPT {
            self.skipped.push(what);
        }
    }
}

/// Two texts, cut to where they begin to differ when they are long.
fn around_the_difference(left: &str, right: &str) -> (String, String) {
    let same = left.chars().zip(right.chars()).take_while(|(a, b)| a == b).count();
    let from = same.saturating_sub(SHOWN / 4);
    let cut = |text: &str| {
        let count = text.chars().count();
        if count <= SHOWN {
            return text.to_owned();
        }
        let from = from.min(count - SHOWN);
        let shown: String = text.chars().skip(from).take(SHOWN).collect();
        let before = if from > 0 { "…" } else { "" };
        let after = if from + SHOWN < count { "…" } else { "" };
        format!("{before}{shown}{after}")
    };
    (cut(left), cut(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_never_good_when_something_was_passed_over() {
        let mut report = AuditReport::default();
        assert_eq!(report.verdict(), Verdict::Holds);
        report.skip("a kind".to_owned());
        assert_eq!((report.verdict(), report.verdict().exit_code()), (Verdict::Undecided, 2));
        for _ in 0..KEPT + 5 {
            report.find("entry", "1/0", "line", "a", "b");
        }
        assert_eq!((report.verdict(), report.verdict().exit_code()), (Verdict::Violated, 1));
        assert_eq!((report.findings.len(), report.more_findings), (KEPT, 5));
    }

    #[test]
    fn long_values_are_shown_where_they_differ() {
        let (left, right) = (format!("{}a{}", "é".repeat(500), "x".repeat(500)), "é".repeat(500));
        let (left, right) = around_the_difference(&left, &right);
        assert!(left.contains("éax") && left.starts_with('…') && left.ends_with('…'), "{left}");
        assert_eq!(right.chars().count(), SHOWN + 1);
    }
}
