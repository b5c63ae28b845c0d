//! A stranger's verifier: the lines of one ledger against a checkpoint that its operator signed.
//!
//! Promises: needs the lines, the checkpoint and nobody's word; recomputes the tree, the balances
//! with both halves of P1, and the rules of every verb, and names the first line that is wrong;
//! says "holds" only when every line was understood and everything asked was answered. Does not:
//! read files, or check signatures (see `ledger::checkpoint`; the caller opened the notes).
//!
//! Lines come in order and are forgotten: of the tree only the right edge is kept.

use std::collections::BTreeMap;

use super::fact::Fact;
use super::ledger::balance::KindTotal;
use super::ledger::checkpoint::{Checkpoint, VerifierKey};
use super::ledger::entry::{Entry, LineError};
use super::ledger::log::{Edge, Hash, leaf_hash};
use super::organisation::LedgerOpened;
use super::replay::{Parsed, Replay, Unreadable};
use super::rules::Rules;
use crate::base::day::Day;

/// How many leaf hashes wait before they go into the tree together.
const WAITING: usize = 256;

/// What is known of a line without those above it: what takes time, and may be done elsewhere.
#[derive(Debug, Clone)]
pub struct Digested {
    leaf: Hash,
    parsed: Result<Parsed, Unreadable>,
}

impl Digested {
    /// Hashes and reads a line, given without its line end.
    #[must_use]
    pub fn of(line: &[u8]) -> Self {
        let parsed = match str::from_utf8(line) {
            Ok(text) => Parsed::of(text),
            Err(error) => Err(LineError::Malformed(error.to_string()).into()),
        };
        Self { leaf: leaf_hash(line), parsed }
    }
}

/// What a verifier found, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Everything that was asked holds.
    Holds,
    /// Something could not be judged; nothing was found wrong.
    Undecided,
    /// Something is wrong.
    Violated,
}

/// What a verifier says at the end.
#[derive(Debug, Clone)]
pub struct Report {
    /// The answer.
    pub verdict: Verdict,
    /// The first thing that is wrong, with its line when it has one.
    pub first: Option<String>,
    /// How many more things are wrong; many of them may follow from the first.
    pub more: u64,
    /// The first thing that could not be judged.
    pub undecided: Option<String>,
    /// How many lines were read.
    pub size: u64,
    /// The civil day of the last line.
    pub last_on: Option<Day>,
    /// What the accounts hold at the end, by kind.
    pub totals: Vec<KindTotal>,
    /// Where the ledger says that it went on from an older copy, and without which lines.
    pub restored: Vec<String>,
}

/// The verifier of one ledger.
#[derive(Debug)]
pub struct Verifier {
    checkpoint: Checkpoint,
    /// The keys that are trusted, as vkeys.
    keys: Vec<String>,
    /// Roots that the tree must have had, by size: what it is called, and which.
    roots: BTreeMap<u64, Vec<(String, Hash)>>,
    /// Lines that must be there, by seq: what says so, and its hash.
    lines: BTreeMap<u64, Vec<(String, Hash)>>,
    size: u64,
    edge: Edge,
    waiting: Vec<Hash>,
    replay: Replay,
    rules: Rules,
    /// Every line so far was understood.
    understood: bool,
    last_on: Option<Day>,
    restored: Vec<String>,
    first: Option<String>,
    wrong: u64,
    undecided: Option<String>,
}

impl Verifier {
    /// A verifier against a checkpoint that was opened with these keys.
    #[must_use]
    pub fn new(checkpoint: Checkpoint, keys: &[VerifierKey]) -> Self {
        let mut verifier = Self {
            keys: keys.iter().map(ToString::to_string).collect(),
            roots: BTreeMap::new(),
            lines: BTreeMap::new(),
            size: 0,
            edge: Edge::empty(),
            waiting: Vec::with_capacity(WAITING),
            replay: Replay::default(),
            rules: Rules::default(),
            understood: true,
            last_on: None,
            restored: Vec::new(),
            first: None,
            wrong: 0,
            undecided: None,
            checkpoint,
        };
        let newest = verifier.checkpoint.clone();
        verifier.expect_root("the checkpoint", &newest);
        verifier
    }

    /// Asks that the tree grew from a checkpoint that was opened with a trusted key.
    pub fn expect_root(&mut self, name: &str, checkpoint: &Checkpoint) {
        let Checkpoint { origin, size, root, .. } = checkpoint;
        if *origin != self.checkpoint.origin {
            self.wrong(format!("{name} is of another ledger, {origin}"));
        } else if *size > self.checkpoint.size {
            let now = self.checkpoint.size;
            self.wrong(format!("{name} has {size} lines: the ledger went back to {now}"));
        } else {
            self.expect(name, *size, *root);
        }
    }

    /// Asks that a line is there, as a receipt showed it: its hash, and the tree that proved it.
    ///
    /// A receipt may be younger than the checkpoint; then only its line is compared, if it is
    /// there at all.
    pub fn expect_line(&mut self, name: &str, seq: u64, leaf: Hash, size: u64, root: Hash) {
        self.lines.entry(seq).or_default().push((name.to_owned(), leaf));
        if size <= self.checkpoint.size {
            self.expect(name, size, root);
        }
    }

    fn expect(&mut self, name: &str, size: u64, root: Hash) {
        let known = self.roots.entry(size).or_default();
        // Receipts of one commit share a root: the first speaks for all.
        if known.iter().all(|(_, other)| *other != root) {
            known.push((name.to_owned(), root));
        }
        if size == 0 {
            self.compare();
        }
    }

    /// Says that something that was asked does not hold.
    pub fn wrong(&mut self, why: String) {
        self.first.get_or_insert(why);
        self.wrong += 1;
    }

    /// Says that something that was asked could not be judged.
    pub fn undecided(&mut self, why: String) {
        self.undecided.get_or_insert(why);
    }

    /// Takes the next line.
    pub fn take(&mut self, line: Digested) {
        if self.size == self.checkpoint.size {
            let size = self.size;
            self.wrong(format!("line {size}: the checkpoint covers {size} lines, and no more"));
            return;
        }
        let seq = self.size;
        self.size += 1;
        for (name, leaf) in self.lines.remove(&seq).unwrap_or_default() {
            if leaf != line.leaf {
                self.wrong(format!("line {seq}: it is not the line of {name}"));
            }
        }
        self.see_restored(seq, &line);
        self.waiting.push(line.leaf);
        if self.waiting.len() == WAITING || self.roots.contains_key(&self.size) {
            self.compare();
        }
        if self.understood {
            self.judge(seq, line.parsed);
        }
    }

    /// Looks at a line that goes on from an older copy: the end that it names is the one above.
    fn see_restored(&mut self, seq: u64, line: &Digested) {
        let (loss, is_own) = match line.parsed.as_ref().map(Parsed::fact) {
            Ok(Fact::LedgerRestored(body)) => (body.0, true),
            Ok(Fact::LossAccepted(body)) => (body.0, false),
            _ => return,
        };
        let (had, has) = (loss.remembered.size, loss.found.size);
        self.restored.push(format!(
            "line {seq}: {had} lines were acknowledged, and an older copy of {has} goes on"
        ));
        self.compare();
        // Another size is a breach of the rules.
        let here = u64::try_from(has).is_ok_and(|size| size == self.edge.size());
        if is_own && here && loss.found.root != self.edge.root() {
            self.wrong(format!("line {seq}: it goes on from another end than the one above"));
        }
    }

    /// Judges a line after those above it.
    fn judge(&mut self, seq: u64, parsed: Result<Parsed, Unreadable>) {
        let replayed = match self.replay.enter(parsed) {
            Ok(replayed) => replayed,
            Err(unreadable) => {
                // What comes after a line that was not understood cannot be judged by it.
                self.understood = false;
                match unreadable {
                    Unreadable::Line(why) => self.wrong(format!("line {seq}: {why}")),
                    Unreadable::Fact(why) => self.undecided(format!("line {seq}: {why}")),
                }
                return;
            }
        };
        self.last_on = Some(replayed.entry.on);
        for fault in &replayed.faults {
            self.wrong(format!("line {seq}: {fault}"));
        }
        if let Fact::LedgerOpened(opened) = &replayed.fact
            && seq == 0
        {
            self.open(&replayed.entry, opened);
        }
        // Planted bug: balances alone do not tell a voucher that pays twice from two that pay once.
        if crate::base::planted::is("rules-unchecked") {
            return;
        }
        if let Err(breach) = self.rules.next(&replayed.entry, &replayed.fact) {
            self.wrong(format!("line {seq}: {breach}"));
        }
    }

    /// Compares the first line with the checkpoint: one ledger, one name, one key.
    fn open(&mut self, entry: &Entry, opened: &LedgerOpened) {
        let origin = self.checkpoint.origin.clone();
        if opened.origin != origin.as_str() {
            let named = &opened.origin;
            self.wrong(format!("line 0: the ledger is {named}, the checkpoint of {origin}"));
        }
        if entry.ledger.to_string() != origin.last_segment() {
            let ledger = entry.ledger;
            self.wrong(format!("line 0: the ledger is {ledger}, the checkpoint of {origin}"));
        }
        if !self.keys.contains(&opened.log_key) {
            self.wrong("line 0: the ledger names another key than those trusted here".to_owned());
        }
    }

    /// Lets the tree grow to where the lines are, and compares the roots that it must have there.
    fn compare(&mut self) {
        if !self.waiting.is_empty() {
            self.edge.append(&self.waiting);
            self.waiting.clear();
        }
        let Some(expected) = self.roots.remove(&self.edge.size()) else { return };
        let root = self.edge.root();
        for (name, expected) in expected {
            // Planted bug: a history that was written anew would pass for the old one.
            let trusted = crate::base::planted::is("since-unchecked");
            if expected != root && !(trusted && name.starts_with("the old checkpoint")) {
                let size = self.edge.size();
                self.wrong(format!(
                    "the first {size} lines hash to {root}; {name} says {expected}"
                ));
            }
        }
    }

    /// Says what was found.
    #[must_use]
    pub fn end(mut self) -> Report {
        self.compare();
        let (found, signed) = (self.size, self.checkpoint.size);
        if found < signed {
            self.wrong(format!("there are {found} lines; the checkpoint covers {signed}"));
        }
        if found == 0 {
            self.undecided("there is no line".to_owned());
        }
        let beyond = self.lines.iter().find(|(seq, _)| **seq >= signed);
        if let Some((seq, named)) = beyond {
            let name = named.first().map_or("a receipt", |(name, _)| name.as_str());
            let why = format!("{name} is of line {seq}, which this checkpoint does not cover yet");
            self.undecided(why);
        }
        if let Err(error) = self.replay.balances().check_funded()
            && self.understood
        {
            self.wrong(format!("after the last line: {error}"));
        }
        let verdict = match (&self.first, &self.undecided) {
            (Some(_), _) => Verdict::Violated,
            (None, Some(_)) => Verdict::Undecided,
            (None, None) => Verdict::Holds,
        };
        Report {
            verdict,
            more: self.wrong.saturating_sub(1),
            first: self.first,
            undecided: self.undecided,
            size: self.size,
            last_on: self.last_on,
            totals: self.replay.balances().totals(),
            restored: self.restored,
        }
    }
}
