//! One ledger while it is rebuilt: what was replayed of it, and the edge of its tree.
//!
//! Promises: a checkpoint is expected at the end of every commit that lines show: where the clock
//! moved on, and at the end. Does not: read or write a database.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Stored;
use super::write::Batch;
use crate::base::id::AnyId;
use crate::domain::fact::Fact;
use crate::domain::ledger::checkpoint::{Checkpoint, LogKey, VerifierKey, without_strangers};
use crate::domain::ledger::log::{Edge, leaf_hash};
use crate::domain::replay::{Fault, Replay, Replayed, Unreadable};
use crate::domain::rules::Rules;
use crate::domain::serial::{BookNumber, Serial};
use crate::service::error::Error;
use crate::service::receipt::signed;
use crate::service::signer::{BookTagged, Signer};
use crate::store::code::TagRow;
use crate::store::ledger::{AccountRow, CheckpointRow, HeadMove, TileRow};
use crate::store::projection::Written;

/// A ledger while it is rebuilt.
pub(super) struct Ledger {
    /// Its number.
    pub(super) no: i64,
    /// Its lines so far.
    pub(super) replay: Replay,
    /// What the lines so far allow; `None` after a line that was not understood.
    rules: Option<Rules>,
    edge: Edge,
    /// What signs its checkpoints, once its first line said which.
    pub(super) log_key: Option<LogKey>,
    /// Who signs instead: a former operator, until a line says that we took the ledger over.
    pub(super) former: Option<VerifierKey>,
    /// The size of its last checkpoint.
    signed: i64,
    /// It has a hole, or no beginning: nothing after that can be judged.
    pub(super) broken: bool,
    /// Vouchers in a book, by order.
    per_book: HashMap<AnyId, u8>,
    /// Transfers so far.
    pub(super) transfers: i64,
    /// Checkpoints so far.
    pub(super) checkpoints: i64,
    /// Complete tiles so far.
    pub(super) tiles: i64,
}

impl Ledger {
    pub(super) fn new(no: i64) -> Self {
        Self {
            no,
            replay: Replay::default(),
            rules: Some(Rules::default()),
            edge: Edge::empty(),
            log_key: None,
            former: None,
            signed: 0,
            broken: false,
            per_book: HashMap::new(),
            transfers: 0,
            checkpoints: 0,
            tiles: 0,
        }
    }

    /// Replays a line into a batch and gives what is wrong with it.
    pub(super) fn read(&mut self, line: &str, batch: &mut Batch) -> Result<Vec<Fault>, Unreadable> {
        let (seq, before) = (self.replay.size(), self.replay.recorded_at());
        let replayed = self.replay.next(line);
        if replayed.is_err() {
            // What follows cannot be judged by what was not understood.
            self.rules = None;
        }
        let Replayed { entry, fact, mut faults } = replayed?;
        if let Some(rules) = &mut self.rules {
            faults.extend(rules.next(&entry, &fact).err().map(Fault::Rule));
        }
        if before.is_some_and(|before| before != entry.recorded_at) {
            batch.commits.insert(seq);
        }
        if let Fact::OrderPlaced(body) = &fact {
            self.per_book.insert(entry.id, body.vouchers_per_book);
        }
        if let Fact::LedgerTakenOver(body) = &fact {
            batch.keys.push((seq + 1, body.log_key.clone()));
        }
        for transfer in &entry.transfers {
            batch.touched.extend([transfer.debit, transfer.credit]);
            self.transfers += 1;
        }
        // A number out of its bounds could not be written again.
        if !faults.iter().any(|fault| matches!(fault, Fault::Bounds(_))) {
            batch.written.push(Written { ledger_no: self.no, entry, fact });
        }
        Ok(faults)
    }

    /// Hashes lines, and makes what their commits kept: tiles, checkpoints, head and accounts.
    pub(super) fn hash(&mut self, run: &[Stored], kept: &[(i64, String)], batch: &mut Batch) {
        let no = self.no;
        let notes: BTreeMap<i64, &str> =
            kept.iter().map(|(size, note)| (*size, note.as_str())).collect();
        let mut sizes: BTreeSet<i64> = notes.keys().copied().collect();
        sizes.append(&mut batch.commits);
        let end = self.replay.size();
        let place = |size: i64| run.len() - usize::try_from(end - size).unwrap_or(0);
        let mut from = signed(self.edge.size());
        for size in sizes.iter().copied().chain([end]) {
            let lines = run[place(from)..place(size)].iter();
            let leaves: Vec<_> = lines.map(|(_, _, line)| leaf_hash(line.as_bytes())).collect();
            if !leaves.is_empty() {
                for tile in self.edge.append(&leaves).completed_tiles() {
                    let (level, number) = (i64::from(tile.level), signed(tile.index));
                    batch.tiles.push(TileRow::new(no, level, number, &tile.hashes));
                    self.tiles += 1;
                }
            }
            from = size;
            // The clock of this page's first line may show that a commit ended with the last page.
            self.follow(size, &batch.keys);
            if sizes.contains(&size) && size > self.signed {
                let note = notes.get(&size).copied();
                let row = if self.former.is_some() { self.believe(note) } else { self.sign() };
                batch.checkpoints.extend(row);
            }
        }
        let at = self.replay.recorded_at().map_or(0, crate::base::clock::Timestamp::millis);
        batch.heads.push(HeadMove { no, size: end, at });
        for account in std::mem::take(&mut batch.touched) {
            let tally = self.replay.balances().tally(account);
            batch.accounts.push(AccountRow {
                no,
                account,
                debits: tally.debits,
                credits: tally.credits,
                vouchers: tally.vouchers,
            });
        }
    }

    /// Takes note of who signs the checkpoint of a size.
    fn follow(&mut self, size: i64, keys: &[(i64, VerifierKey)]) {
        if let Some((_, key)) = keys.iter().rfind(|(from, _)| *from <= size) {
            let ours = self.log_key.as_ref().is_some_and(|ours| ours.verifier_key() == key);
            self.former = (!ours).then(|| key.clone());
        }
    }

    /// A former operator's checkpoint of the lines so far, which nobody can sign again.
    fn believe(&mut self, note: Option<&str>) -> Option<CheckpointRow> {
        let (note, key) = (note?, self.former.as_ref()?);
        let said = Checkpoint::open(note, std::slice::from_ref(key)).ok()?;
        let (no, size) = (self.no, signed(self.edge.size()));
        if (said.size, said.root) != (self.edge.size(), self.edge.root()) {
            return None;
        }
        // As the commit kept it: what a stranger signed below it was added later.
        let note = without_strangers(note, std::slice::from_ref(key));
        self.signed = size;
        self.checkpoints += 1;
        Some(CheckpointRow { no, size, note })
    }

    /// The checkpoint of the lines so far; `None` before the first.
    fn sign(&mut self) -> Option<CheckpointRow> {
        let (no, size) = (self.no, signed(self.edge.size()));
        let note = self.log_key.as_ref()?.sign_checkpoint(self.edge.size(), &self.edge.root());
        self.signed = size;
        self.checkpoints += 1;
        Some(CheckpointRow { no, size, note })
    }

    /// The checkpoint that the last commit must have kept, unless it was signed before.
    pub(super) fn last_checkpoint(&mut self) -> Option<CheckpointRow> {
        let missing = !self.broken && signed(self.edge.size()) > self.signed;
        if missing && self.former.is_none() { self.sign() } else { None }
    }

    /// The tags of the codes of the books that each line of a batch issues.
    pub(super) async fn codes(
        &self,
        signer: &Signer,
        batch: &Batch,
    ) -> Result<HashMap<i64, Vec<TagRow>>, Error> {
        let mut found: HashMap<i64, Vec<TagRow>> = HashMap::new();
        let Some(ledger_id) = self.replay.ledger() else { return Ok(found) };
        let mut asked: Vec<(i64, BookTagged)> = Vec::new();
        for Written { entry, fact, .. } in &batch.written {
            // A line that was changed may say what no book has: the rules have said so, and the
            // signer would refuse the whole page.
            let mut book = |book, vouchers: u8, counter| {
                let lawful = Serial::new(BookNumber::new(book), vouchers.max(1)).is_ok();
                if lawful {
                    asked.push((entry.seq, BookTagged { book, vouchers, counter }));
                }
            };
            match fact {
                Fact::BooksIssued(body) => {
                    let vouchers = self.per_book.get(&entry.id).copied().unwrap_or(0);
                    for (number, _) in (body.first.get()..).zip(0..body.count) {
                        let counter = body.counters.get(&BookNumber::new(number)).copied();
                        book(number, vouchers, counter.unwrap_or(0));
                    }
                }
                Fact::BookReplaced(body) => {
                    let vouchers = u8::try_from(body.positions.len()).unwrap_or(u8::MAX);
                    book(body.by.get(), vouchers, body.counter);
                }
                _ => continue,
            }
            found.insert(entry.seq, Vec::new());
        }
        if asked.is_empty() {
            return Ok(found);
        }
        let books: Vec<BookTagged> = asked.iter().map(|(_, book)| *book).collect();
        let tags = signer.tags(ledger_id, None, &books).await?;
        for ((seq, book), tags) in asked.iter().zip(tags) {
            let rows = TagRow::of_book(self.no, book.book, &tags);
            found.entry(*seq).or_default().extend(rows);
        }
        Ok(found)
    }
}
