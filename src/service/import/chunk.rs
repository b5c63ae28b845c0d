//! Cutting an export into chunks of about a thousand rows.
//!
//! Promises: a chunk holds all that its lines make, so that what is written is always whole up to a
//! line. Does not: write.

use std::collections::{BTreeSet, HashMap};

use super::source::Step;
use crate::base::id::AnyId;
use crate::domain::code::{CodeKey, TagKey};
use crate::domain::fact::Fact;
use crate::domain::leaving::Whole;
use crate::domain::ledger::account::Account;
use crate::domain::ledger::balance::Balances;
use crate::domain::serial::BookNumber;
use crate::service::error::Error;
use crate::service::receipt::signed;
use crate::service::writer::take::Chunk;
use crate::store::code::TagRow;
use crate::store::ledger::{AccountRow, CheckpointRow, TileRow};
use crate::store::projection::Written;

/// Rows of one chunk; its last line may bring more.
const ROWS: usize = 800;

/// The chunk that is being filled.
pub(super) struct Chunks<'a> {
    whole: &'a Whole,
    codes: &'a CodeKey,
    tags: &'a TagKey,
    chunk: Chunk,
    touched: BTreeSet<Account>,
    rows: usize,
    /// Vouchers in a book, by order.
    per_book: HashMap<AnyId, u8>,
}

impl<'a> Chunks<'a> {
    pub(super) fn new(whole: &'a Whole, codes: &'a CodeKey, tags: &'a TagKey) -> Self {
        let (chunk, touched, per_book) = (Chunk::default(), BTreeSet::new(), HashMap::new());
        Self { whole, codes, tags, chunk, touched, rows: 0, per_book }
    }

    /// Adds a line, unless it is among the first `from`, which are here.
    pub(super) fn add(&mut self, step: Step, from: i64) -> Result<(), Error> {
        let Step { line, replayed, growth, checkpoint } = step;
        let (entry, fact) = (replayed.entry, replayed.fact);
        if let Fact::OrderPlaced(body) = &fact {
            self.per_book.insert(entry.id, body.vouchers_per_book);
        }
        if entry.seq < from {
            return Ok(());
        }
        if self.chunk.lines.is_empty() {
            self.chunk.from = entry.seq;
        }
        self.tag(entry.id, &fact)?;
        for transfer in &entry.transfers {
            self.touched.extend([transfer.debit, transfer.credit]);
        }
        for tile in growth.completed_tiles() {
            let (level, number) = (i64::from(tile.level), signed(tile.index));
            self.chunk.tiles.push(TileRow::new(0, level, number, &tile.hashes));
        }
        let size = entry.seq + 1;
        self.chunk.checkpoints.extend(checkpoint.map(|note| CheckpointRow { no: 0, size, note }));
        self.rows += 2 + entry.transfers.len();
        self.chunk.written.push(Written { ledger_no: 0, entry, fact });
        self.chunk.lines.push(line);
        Ok(())
    }

    /// The tags that find the codes of new books here.
    fn tag(&mut self, order: AnyId, fact: &Fact) -> Result<(), Error> {
        let before = self.chunk.tags.len();
        match fact {
            Fact::BooksIssued(body) => {
                let vouchers = self.per_book.get(&order).copied().unwrap_or(0);
                for (book, _) in (body.first.get()..).zip(0..body.count) {
                    let counter = body.counters.get(&BookNumber::new(book)).copied();
                    self.book(book, vouchers, counter.unwrap_or(0))?;
                    self.rows += 1;
                }
            }
            Fact::BookReplaced(body) => {
                let vouchers = u8::try_from(body.positions.len()).unwrap_or(u8::MAX);
                self.book(body.by.get(), vouchers, body.counter)?;
            }
            _ => {}
        }
        self.rows += self.chunk.tags.len() - before;
        Ok(())
    }

    fn book(&mut self, book: u32, vouchers: u8, counter: u32) -> Result<(), Error> {
        let tags = self.codes.tags(self.tags, BookNumber::new(book), vouchers, counter);
        let tags = tags.map_err(|error| Error::Fault(format!("book {book}: {error}")))?;
        self.chunk.tags.extend(TagRow::of_book(0, book, &tags));
        Ok(())
    }

    pub(super) const fn is_full(&self) -> bool {
        self.rows >= ROWS
    }

    /// The chunk as it is, with the accounts as they stand after its last line.
    pub(super) fn cut(&mut self, balances: &Balances) -> Chunk {
        self.rows = 0;
        let mut chunk = std::mem::take(&mut self.chunk);
        for account in std::mem::take(&mut self.touched) {
            let tally = balances.tally(account);
            let (debits, credits, vouchers) = (tally.debits, tally.credits, tally.vouchers);
            chunk.accounts.push(AccountRow { no: 0, account, debits, credits, vouchers });
        }
        chunk.ledger_id = self.whole.ledger_id.to_string();
        chunk.size = self.whole.size;
        chunk.root = self.whole.root.to_string();
        chunk
    }
}
