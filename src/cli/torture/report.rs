//! What came of a torture: for each table and column how many changes each judge noticed.
//!
//! Promises: columns add up from left to right, as judges are added; whatever nobody noticed is
//! listed. Does not: judge.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::cells::Way;
use super::judges::Said;

/// What became of the changes of one column.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Tally {
    /// Edits, rows less, rows more, swaps.
    pub ways: [u32; 4],
    /// Changes that the engine did not take: another row has the key, or nothing may be there.
    pub refused: u32,
    /// Noticed by the database's own lines.
    pub own: u32,
    /// Of these, how many left the audit undecided, which is a warning and no finding.
    pub undecided: u32,
    /// Of these, how many were found in other places only than where the change was.
    pub elsewhere: u32,
    /// Noticed when checkpoints kept outside are there too.
    pub outside: u32,
    /// Noticed when a witness, a receipt or a co-signature is there too.
    pub outsiders: u32,
    /// Noticed by nobody, and need not be.
    pub excused: u32,
    /// Noticed by nobody.
    pub silent: u32,
}

impl Tally {
    /// How many changes were made.
    #[must_use]
    pub fn made(&self) -> u32 {
        self.ways.iter().sum()
    }

    pub(super) fn add(&mut self, way: Way) {
        self.ways[way as usize] += 1;
    }
}

/// A history that was put in place of the true one, and what each judge says of it alone.
#[derive(Debug, Clone, Serialize)]
pub struct History {
    /// What was done.
    pub what: String,
    /// The database's own lines.
    pub own: Said,
    /// The checkpoints kept outside.
    pub outside: Said,
    /// A witness, a receipt or a co-signature.
    pub outsiders: Said,
}

impl History {
    fn all(&self) -> [&Said; 3] {
        [&self.own, &self.outside, &self.outsiders]
    }
}

/// What became of flipped bits in one sort of file.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Flipped {
    /// How many were flipped.
    pub made: u32,
    /// The file could not be opened, or not be read.
    pub refused: u32,
    /// SQLite's own check of its file found it.
    pub damaged: u32,
    /// The audit found it, or the verifier of an export.
    pub own: u32,
    /// It could not be judged, which was said.
    pub undecided: u32,
    /// Checkpoints kept outside gave it away: the end of a log was lost.
    pub outside: u32,
    /// A witness, a receipt or a co-signature gave it away.
    pub outsiders: u32,
    /// Every row of every table is as it was.
    pub harmless: u32,
    /// Noticed by nobody.
    pub silent: u32,
}

/// The report.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// `sqlite` or `postgres`.
    pub engine: &'static str,
    /// The seed of the world and of the harm.
    pub seed: u64,
    /// By table and column.
    pub columns: Vec<(&'static str, &'static str, Tally)>,
    /// Whole histories.
    pub histories: Vec<History>,
    /// By sort of file.
    pub flips: BTreeMap<&'static str, Flipped>,
    /// Why a table's changes may go unnoticed.
    pub excuses: BTreeMap<&'static str, &'static str>,
    /// What was noticed in other places only than where it was.
    pub elsewhere: Vec<String>,
    /// What nobody noticed, and where the program failed while it judged.
    pub silent: Vec<String>,
}

impl Report {
    /// How many changes, histories and flips there were, and how many nobody noticed.
    #[must_use]
    pub fn sums(&self) -> (u32, usize) {
        let cells: u32 = self.columns.iter().map(|(.., tally)| tally.made()).sum();
        let flips: u32 = self.flips.values().map(|flipped| flipped.made).sum();
        let histories = u32::try_from(self.histories.len()).unwrap_or(u32::MAX);
        (cells + flips + histories, self.silent.len())
    }

    /// The tables that a person reads.
    #[must_use]
    pub fn table(&self) -> String {
        let mut text = format!(
            "engine {}, seed {}\n\n{:<34}{:>14}{:>9}{:>10}{:>11}{:>11}\n",
            self.engine,
            self.seed,
            "column",
            "edit-del-ins-swap",
            "refused",
            "own lines",
            "+ outside",
            "+ witness"
        );
        for (table, column, tally) in &self.columns {
            let [edit, delete, insert, swap] = tally.ways;
            let made = tally.made();
            let (own, outside) = (tally.own, tally.own + tally.outside);
            let of = |count: u32| format!("{count}/{made}");
            let note = match (tally.silent, tally.excused) {
                (0, 0) => String::new(),
                (0, excused) => format!("  {excused} excused"),
                (silent, _) => format!("  {silent} SILENT"),
            };
            let _ = writeln!(
                text,
                "{:<34}{:>17}{:>9}{:>10}{:>11}{:>11}{note}",
                format!("{table}.{column}"),
                format!("{edit}-{delete}-{insert}-{swap}"),
                tally.refused,
                of(own),
                of(outside),
                of(outside + tally.outsiders)
            );
        }
        self.add_histories(&mut text);
        self.add_flips(&mut text);
        for (table, why) in &self.excuses {
            let _ = writeln!(text, "excused: {table}: {why}");
        }
        for what in &self.elsewhere {
            let _ = writeln!(text, "found in another place only: {what}");
        }
        for what in &self.silent {
            let _ = writeln!(text, "SILENT: {what}");
        }
        let (made, silent) = self.sums();
        let _ = writeln!(text, "{made} harms, {silent} of them silent");
        text
    }

    fn add_histories(&self, text: &mut String) {
        let _ = writeln!(
            text,
            "\n{:<72}{:>11}{:>9}{:>9}",
            "history", "own lines", "outside", "witness"
        );
        for history in &self.histories {
            let [own, outside, witness] = history.all().map(|said| match said {
                Said::Holds => "-",
                Said::No(_) => "caught",
                Said::Unknown(_) => "unknown",
                Said::Fault(_) => "FAULT",
            });
            let _ = writeln!(text, "{:<72}{own:>11}{outside:>9}{witness:>9}", history.what);
        }
    }

    fn add_flips(&self, text: &mut String) {
        let _ = writeln!(
            text,
            "\n{:<14}{:>7}{:>9}{:>9}{:>10}{:>11}{:>11}{:>11}{:>10}{:>8}",
            "flipped bits",
            "made",
            "refused",
            "damaged",
            "own lines",
            "undecided",
            "+ outside",
            "+ witness",
            "harmless",
            "silent"
        );
        for (name, it) in &self.flips {
            let _ = writeln!(
                text,
                "{name:<14}{:>7}{:>9}{:>9}{:>10}{:>11}{:>11}{:>11}{:>10}{:>8}",
                it.made,
                it.refused,
                it.damaged,
                it.own,
                it.undecided,
                it.outside,
                it.outsiders,
                it.harmless,
                it.silent
            );
        }
    }
}
