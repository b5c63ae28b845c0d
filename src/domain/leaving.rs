//! Reading an export: lines, kept checkpoints and keys, judged without the operator.
//!
//! Promises: every line is replayed and hashed, every checkpoint must be signed by the key of its
//! time over the root of its time, and the last one must cover the last line. Does not: believe
//! anything that is not in the lines, or signed.

use std::collections::BTreeMap;

use super::fact::Fact;
use super::ledger::checkpoint::{Checkpoint, VerifierKey, without_strangers};
use super::ledger::entry::LedgerId;
use super::ledger::log::{Edge, Growth, Hash, leaf_hash};
use super::organisation::LedgerOpened;
use super::replay::{Replay, Replayed};
use super::serial::BookNumber;
use super::takeover::Statement;
use crate::base::id::{Id, Site, Structure, Venue};

/// What is wrong with an export, in words for whoever brought it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Wrong(pub String);

/// Makes a [`Wrong`] of anything that says why.
pub fn wrong(why: impl std::fmt::Display) -> Wrong {
    Wrong(why.to_string())
}

/// What the lines of a ledger ask of the bundle that comes with them.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// The venues that redeemed, and the structure that is paid for each.
    pub venues: BTreeMap<Id<Venue>, Id<Structure>>,
    /// The first book and the counter of its codes.
    pub first_book: Option<(BookNumber, u32)>,
    /// Hashes of payment files, by settlement.
    pub files: BTreeMap<String, String>,
    /// Hashes of payment files that went when their time was over, by settlement.
    pub purged: BTreeMap<String, String>,
    /// Sites that held books.
    pub sites: std::collections::BTreeSet<Id<Site>>,
}

/// An export while it is read.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The lines so far.
    pub replay: Replay,
    /// What they ask for.
    pub asked: Asked,
    edge: Edge,
    key: Option<VerifierKey>,
    checked: u64,
}

impl Default for Reading {
    fn default() -> Self {
        Self {
            replay: Replay::default(),
            asked: Asked::default(),
            edge: Edge::empty(),
            key: None,
            checked: 0,
        }
    }
}

/// What an export proved to be.
#[derive(Debug, Clone)]
pub struct Whole {
    /// The ledger.
    pub ledger_id: LedgerId,
    /// Its first line.
    pub opened: LedgerOpened,
    /// How many lines.
    pub size: i64,
    /// The root over them.
    pub root: Hash,
    /// The take-over that its last line, a release, makes way for.
    pub released: Option<Statement>,
    /// What it asks of the bundle.
    pub asked: Asked,
}

impl Reading {
    /// Reads the next line, and gives it with what it adds to the tree.
    ///
    /// # Errors
    /// [`Wrong`] names the line and why.
    pub fn line(&mut self, line: &str) -> Result<(Replayed, Growth), Wrong> {
        let at = self.replay.size();
        let replayed =
            self.replay.next(line).map_err(|error| wrong(format!("line {at}: {error}")))?;
        if let Some(fault) = replayed.faults.first() {
            return Err(wrong(format!("line {at}: {fault}")));
        }
        match &replayed.fact {
            Fact::LedgerOpened(body) => {
                let key = body.log_key.parse();
                self.key = Some(key.map_err(|error| wrong(format!("line {at}: {error}")))?);
            }
            Fact::LedgerTakenOver(body) => self.key = Some(body.log_key.clone()),
            Fact::VenueAdmitted(body) => {
                if let Some(venue) = replayed.entry.id.to() {
                    self.asked.venues.insert(venue, body.structure_id);
                }
            }
            Fact::BooksIssued(body) if self.asked.first_book.is_none() => {
                let counter = body.counters.get(&body.first).copied().unwrap_or(0);
                self.asked.first_book = Some((body.first, counter));
            }
            Fact::BooksMoved(body) => self.asked.sites.extend(body.site_id),
            Fact::BookHandedOver(body) => {
                self.asked.sites.insert(body.site_id);
            }
            Fact::SettlementApproved(body) => {
                let id = replayed.entry.id.to_string();
                self.asked.files.insert(id, body.file_hash.clone());
            }
            Fact::VaultPurged(_) => {
                let id = replayed.entry.id.to_string();
                let file = self.asked.files.remove(&id);
                self.asked.purged.extend(file.map(|hash| (id, hash)));
            }
            _ => {}
        }
        let growth = self.edge.append(&[leaf_hash(line.as_bytes())]);
        Ok((replayed, growth))
    }

    /// Checks the checkpoint that a commit kept after the last line read, and gives it as it was
    /// kept: without what others signed below it later.
    ///
    /// # Errors
    /// [`Wrong`]: not signed by the ledger's key of that time, or over other lines.
    pub fn checkpoint(&mut self, note: &str) -> Result<String, Wrong> {
        let size = self.edge.size();
        let at =
            |why: &dyn std::fmt::Display| wrong(format!("the checkpoint of size {size}: {why}"));
        let key = self.key.clone().ok_or_else(|| at(&"the ledger is not opened"))?;
        let origin = self.replay.opened().map(|opened| opened.origin.clone());
        let said =
            Checkpoint::open(note, std::slice::from_ref(&key)).map_err(|error| at(&error))?;
        if origin.as_deref() != Some(said.origin.as_str()) {
            return Err(at(&"it is of another ledger"));
        }
        // Planted bug: lines that nobody signed would be taken for the ledger.
        let believed = crate::base::planted::is("import-unverified");
        if (said.size, said.root) != (size, self.edge.root()) && !believed {
            return Err(at(&"it does not cover these lines: one was changed, left out or added"));
        }
        self.checked = size;
        Ok(without_strangers(note, &[key]))
    }

    /// The root over the lines so far.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.edge.root()
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// [`Wrong`] when the last line is under no checkpoint.
    pub fn end(self) -> Result<Whole, Wrong> {
        let opened = self.replay.opened().cloned();
        let (Some(opened), Some(ledger_id)) = (opened, self.replay.ledger()) else {
            return Err(wrong("there is no line"));
        };
        if self.checked != self.edge.size() {
            return Err(wrong("the last line is under no checkpoint"));
        }
        Ok(Whole {
            ledger_id,
            opened,
            size: self.replay.size(),
            root: self.edge.root(),
            released: self.replay.released().cloned(),
            asked: self.asked,
        })
    }
}

impl Whole {
    /// Checks that a take-over is the funder's, and over exactly these lines.
    ///
    /// A former operator that lives writes the take-over into its last line, a release; then the
    /// statement is over the lines before it.
    ///
    /// # Errors
    /// [`Wrong`].
    pub fn taken_by(&self, statement: &Statement) -> Result<(), Wrong> {
        statement.verify(self.ledger_id, &self.opened).map_err(wrong)?;
        let exact = (statement.size, statement.root) == (self.size, self.root);
        let believed = crate::base::planted::is("import-unverified");
        match &self.released {
            Some(released) if released == statement => Ok(()),
            Some(_) => Err(wrong("the ledger was released to somebody else")),
            None if exact || believed => Ok(()),
            None => Err(wrong("the take-over was signed over other lines than these")),
        }
    }
}
