//! Putting lines back: what an older copy of the database lacks comes from an export, as it was.
//!
//! Promises: the export is judged whole before anything is written, goes on where the database
//! ends, and is under the checkpoints of this instance's own key; each part ends at a checkpoint,
//! so that a stop half-way loses nothing. Does not: invent what an export never holds (accounts,
//! logos, what was proposed): lines with such a thing are not put back.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;

use async_trait::async_trait;

use crate::base::clock::Timestamp;
use crate::base::id::AnyId;
use crate::domain::fact::Fact;
use crate::domain::leaving::{Whole, wrong};
use crate::domain::ledger::account::Account;
use crate::domain::ledger::checkpoint::{Checkpoint, LogKey, Origin};
use crate::domain::ledger::log::Hash;
use crate::domain::refusal::Refusal;
use crate::domain::restoration::Tip;
use crate::domain::serial::BookNumber;
use crate::service::error::Error;
use crate::service::import::{Files, Line, Source};
use crate::service::instance::Instance;
use crate::service::receipt::{signed, unsigned};
use crate::service::settle;
use crate::service::signer::BookTagged;
use crate::service::writer::jot::Jot;
use crate::store::code::TagRow;
use crate::store::ledger::{AccountRow, Addition, CheckpointRow, HeadMove, HeadRow, TileRow};
use crate::store::projection::Written;
use crate::store::{self, Tx};

/// Rows of one part; it ends at the next checkpoint.
const ROWS: usize = 800;

/// Lines that came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Back {
    /// How many.
    pub lines: i64,
    /// How many the ledger has now.
    pub size: i64,
}

/// Puts back what the database lacks of the ledger whose export is in a directory; `remembered` is
/// what this machine acknowledged of that ledger.
///
/// # Errors
/// `invalid-request` with the first thing that does not hold; nothing is then written.
pub async fn put_back(
    instance: &Instance,
    dir: &Path,
    remembered: &[(String, Tip)],
) -> Result<Back, Error> {
    let files = Files::of(dir)?;
    let (whole, base) = judge(instance, &files, remembered).await?;
    let mut parts = Parts::new(&base, instance.keys.log_key(origin_of(&whole)?), &whole);
    let mut source = Source::open(&files)?;
    while let Some(step) = source.step()? {
        let root = source.reading.root();
        if parts.add(step, root) {
            let part = parts.cut(instance, &source).await?;
            instance.door.jot(part).await?;
        }
    }
    Ok(Back { lines: whole.size - base.size, size: whole.size })
}

/// Where the database ends.
struct Base {
    head: HeadRow,
    size: i64,
    is_new: bool,
}

/// What the first reading of an export gives.
struct Read {
    whole: Whole,
    ledger_id: String,
    /// How many lines the database has.
    here: i64,
    /// The roots where the database ends, and where the remembered checkpoint is.
    roots: HashMap<i64, Hash>,
    /// Lines behind the database's end whose meaning rests outside of them.
    facts: Vec<(i64, AnyId, Fact)>,
}

/// Reads an export once.
async fn read(instance: &Instance, files: &Files, tips: &[(String, Tip)]) -> Result<Read, Error> {
    let mut source = Source::open(files)?;
    let (mut ledger_id, mut here, mut wanted) = (String::new(), 0, Vec::new());
    let (mut roots, mut facts) = (HashMap::new(), Vec::new());
    while let Some(step) = source.step()? {
        let (entry, fact) = (step.replayed.entry, step.replayed.fact);
        if entry.seq == 0 {
            ledger_id = entry.ledger.to_string();
            let mut tx = instance.database.read().await?;
            here = store::ledger::head(&mut tx, &ledger_id).await?.map_or(0, |head| head.size);
            wanted.push(here);
            wanted.extend(tips.iter().filter(|(id, _)| *id == ledger_id).map(|(_, tip)| tip.size));
        }
        if wanted.contains(&(entry.seq + 1)) {
            roots.insert(entry.seq + 1, source.reading.root());
        }
        if entry.seq >= here && needs_more(&fact) {
            facts.push((entry.seq, entry.id, fact));
        }
    }
    Ok(Read { whole: source.end()?, ledger_id, here, roots, facts })
}

/// Judges an export against the database and what is remembered.
async fn judge(
    instance: &Instance,
    files: &Files,
    remembered: &[(String, Tip)],
) -> Result<(Whole, Base), Error> {
    let Read { whole, ledger_id, here, roots, facts } = read(instance, files, remembered).await?;
    let key = instance.keys.log_key(origin_of(&whole)?).verifier_key().clone();
    let newest = std::fs::read_to_string(&files.checkpoint).map_err(wrong)?;
    if Checkpoint::open(&newest, std::slice::from_ref(&key)).is_err() {
        return Err(wrong("another operator signed this export: `carnet import` takes it").into());
    }
    let base = base(instance, &whole, &ledger_id).await?;
    if whole.size <= here {
        let holds = whole.size;
        return Err(wrong(format!("the database has {here} lines, the export {holds}")).into());
    }
    if !base.is_new {
        let mut tx = instance.database.read().await?;
        let newest = store::checkpoint::newest_checkpoint(&mut tx, base.head.ledger_no).await?;
        let (_, note) = newest.ok_or_else(|| wrong("the database has no checkpoint of it"))?;
        let said = Checkpoint::open(&note, &[key]).map_err(wrong)?;
        if signed(said.size) != here || roots.get(&here) != Some(&said.root) {
            return Err(wrong("the export does not go on where the database ends").into());
        }
    }
    let ours = remembered.iter().find(|(id, _)| *id == ledger_id).map(|(_, tip)| tip);
    if let Some(tip) = ours.filter(|tip| tip.size <= whole.size)
        && roots.get(&tip.size) != Some(&tip.root)
    {
        return Err(wrong("the export is another history than what was acknowledged here").into());
    }
    complete(&facts)?;
    Ok((whole, base))
}

fn origin_of(whole: &Whole) -> Result<Origin, Error> {
    Ok(whole.opened.origin.parse().map_err(wrong)?)
}

/// Whether a line's meaning rests outside of it.
const fn needs_more(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::BankAccountRecorded(_)
            | Fact::LogoRecorded(_)
            | Fact::LedgerTakenOver(_)
            | Fact::ProposalMade(_)
            | Fact::ProposalApproved(_)
            | Fact::ProposalWithdrawn(_)
    )
}

/// Checks that lines need nothing that no export holds.
fn complete(facts: &[(i64, AnyId, Fact)]) -> Result<(), Error> {
    let mut waiting: HashSet<AnyId> = HashSet::new();
    for (seq, id, fact) in facts {
        let what = match fact {
            Fact::BankAccountRecorded(_) => "a bank account",
            Fact::LogoRecorded(_) => "a logo",
            Fact::LedgerTakenOver(_) => "a take-over",
            Fact::ProposalMade(_) => {
                waiting.insert(*id);
                continue;
            }
            _ => {
                waiting.remove(id);
                continue;
            }
        };
        let why = format!("line {seq} records {what}, which no export of the lines holds");
        return Err(wrong(why).into());
    }
    match waiting.iter().next() {
        Some(id) => Err(wrong(format!("what {id} asked for is in no export")).into()),
        None => Ok(()),
    }
}

/// Where the database ends; a new row for a ledger that it does not know.
async fn base(instance: &Instance, whole: &Whole, ledger_id: &str) -> Result<Base, Error> {
    let mut tx = instance.database.read().await?;
    if let Some(head) = store::ledger::head(&mut tx, ledger_id).await? {
        return Ok(Base { size: head.size, head, is_new: false });
    }
    let head = HeadRow {
        ledger_no: crate::service::register::next_ledger_no(&mut tx).await?,
        ledger_id: ledger_id.to_owned(),
        origin: whole.opened.origin.clone(),
        mode: whole.opened.mode.map_or("operator", |mode| mode.as_str()).to_owned(),
        time_zone: whole.opened.time_zone.name().to_owned(),
        size: 0,
        recorded_at: 0,
    };
    Ok(Base { size: 0, head, is_new: true })
}

/// Lines that are put back in one commit, with all that they make.
#[derive(Default)]
struct Part {
    opening: Option<HeadRow>,
    ledger_id: String,
    from: i64,
    lines: Vec<String>,
    written: Vec<Written>,
    tags: Vec<TagRow>,
    tiles: Vec<TileRow>,
    checkpoints: Vec<CheckpointRow>,
    accounts: Vec<AccountRow>,
    heads: Vec<HeadMove>,
}

#[async_trait]
impl Jot for Part {
    type Outcome = ();

    async fn write(&self, tx: &mut Tx, _: Timestamp) -> Result<(), Error> {
        if let Some(opening) = &self.opening {
            store::ledger::open(tx, opening).await?;
        }
        let head = store::ledger::head(tx, &self.ledger_id).await?;
        if head.is_none_or(|head| head.size != self.from) {
            return Err(Refusal::wrong_state("written-meanwhile").into());
        }
        let mut addition = Addition {
            tiles: self.tiles.clone(),
            checkpoints: self.checkpoints.clone(),
            accounts: self.accounts.clone(),
            heads: self.heads.clone(),
            ..Addition::default()
        };
        for (written, line) in self.written.iter().zip(&self.lines) {
            addition.enter(written, line);
        }
        store::projection::record(tx, &addition, &self.written).await?;
        if !self.tags.is_empty() {
            store::code::add_codes(tx, &self.tags).await?;
        }
        for written in &self.written {
            vault(tx, written).await?;
        }
        Ok(())
    }
}

/// What a line changes in the vault.
async fn vault(tx: &mut Tx, line: &Written) -> Result<(), Error> {
    let (no, id) = (line.ledger_no, line.entry.id.to_string());
    match &line.fact {
        Fact::ProposalApproved(_) | Fact::ProposalWithdrawn(_) => {
            Ok(store::proposal::erase(tx, &id).await?)
        }
        Fact::VaultPurged(body) => Ok(store::vault::empty(tx, no, &id, *body).await?),
        Fact::SettlementApproved(body) => {
            let content = settle::file_again(tx, &line.entry, body).await?;
            Ok(store::settlement::add_file(tx, no, &id, &body.file_hash, &content).await?)
        }
        _ => Ok(()),
    }
}

/// The part that is being filled, and what the lines before it said.
struct Parts {
    part: Part,
    head: HeadRow,
    is_new: bool,
    base: i64,
    key: LogKey,
    whole: Whole,
    rows: usize,
    touched: BTreeSet<Account>,
    books: Vec<BookTagged>,
    per_book: HashMap<AnyId, u8>,
    last: Option<(i64, Hash, Timestamp)>,
    checked: i64,
}

impl Parts {
    fn new(base: &Base, key: LogKey, whole: &Whole) -> Self {
        Self {
            part: Part::default(),
            head: base.head.clone(),
            is_new: base.is_new,
            base: base.size,
            key,
            whole: whole.clone(),
            rows: 0,
            touched: BTreeSet::new(),
            books: Vec::new(),
            per_book: HashMap::new(),
            last: None,
            checked: base.size,
        }
    }

    /// Adds a line, unless it is here; `true` when a part is whole.
    fn add(&mut self, step: Line, root: Hash) -> bool {
        let Line { line, replayed, growth, checkpoint } = step;
        let (entry, fact) = (replayed.entry, replayed.fact);
        if let Fact::OrderPlaced(body) = &fact {
            self.per_book.insert(entry.id, body.vouchers_per_book);
        }
        let (no, size, at) = (self.head.ledger_no, entry.seq + 1, entry.recorded_at);
        if size <= self.base {
            return false;
        }
        // Where the clock moved on a commit ended, whether or not the export says so.
        if let Some((ended, root, before)) = self.last.replace((size, root, at))
            && before != at
            && ended > self.checked
        {
            let note = self.key.sign_checkpoint(unsigned(ended), &root);
            self.part.checkpoints.push(CheckpointRow { no, size: ended, note });
        }
        if self.part.lines.is_empty() {
            self.part.from = entry.seq;
        }
        self.tag(entry.id, &fact);
        for transfer in &entry.transfers {
            self.touched.extend([transfer.debit, transfer.credit]);
        }
        for tile in growth.completed_tiles() {
            let (level, number) = (i64::from(tile.level), signed(tile.index));
            self.part.tiles.push(TileRow::new(no, level, number, &tile.hashes));
        }
        self.rows += 2 + entry.transfers.len();
        self.part.heads = vec![HeadMove { no, size, at: at.millis() }];
        self.part.written.push(Written { ledger_no: no, entry, fact });
        self.part.lines.push(line);
        let ends = checkpoint.is_some();
        if let Some(note) = checkpoint {
            self.checked = size;
            self.part.checkpoints.push(CheckpointRow { no, size, note });
        }
        ends && (self.rows >= ROWS || size == self.whole.size)
    }

    /// The books of which a line makes codes.
    fn tag(&mut self, order: AnyId, fact: &Fact) {
        match fact {
            Fact::BooksIssued(body) => {
                let vouchers = self.per_book.get(&order).copied().unwrap_or(0);
                for (book, _) in (body.first.get()..).zip(0..body.count) {
                    let counter = body.counters.get(&BookNumber::new(book)).copied();
                    let counter = counter.unwrap_or(0);
                    self.books.push(BookTagged { book, vouchers, counter });
                }
            }
            Fact::BookReplaced(body) => {
                let vouchers = u8::try_from(body.positions.len()).unwrap_or(u8::MAX);
                let (book, counter) = (body.by.get(), body.counter);
                self.books.push(BookTagged { book, vouchers, counter });
            }
            _ => {}
        }
    }

    /// The part as it is, with the codes of its books and the accounts as they stand after it.
    async fn cut(&mut self, instance: &Instance, source: &Source) -> Result<Part, Error> {
        self.rows = 0;
        let mut part = std::mem::take(&mut self.part);
        part.ledger_id.clone_from(&self.head.ledger_id);
        part.opening = std::mem::take(&mut self.is_new).then(|| self.head.clone());
        let no = self.head.ledger_no;
        let books = std::mem::take(&mut self.books);
        if !books.is_empty() {
            let tags = instance.signer.tags(self.whole.ledger_id, None, &books).await?;
            for (book, tags) in books.iter().zip(tags) {
                part.tags.extend(TagRow::of_book(no, book.book, &tags));
            }
        }
        let balances = source.reading.replay.balances();
        for account in std::mem::take(&mut self.touched) {
            let tally = balances.tally(account);
            let (debits, credits, vouchers) = (tally.debits, tally.credits, tally.vouchers);
            part.accounts.push(AccountRow { no, account, debits, credits, vouchers });
        }
        Ok(part)
    }
}
