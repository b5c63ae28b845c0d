//! What the counter reads and writes: one round trip each, whatever the batch.
//!
//! Promises: the same rows as the statements of each noun, which it is put together from. Does not:
//! decide. Measured: fourteen statements a batch cost more than the batch.

use std::sync::LazyLock;

use serde::Serialize;

use super::dialect::{
    Rows, Statement, StoreError, Tx, corrupt, execute, fetch_optional, one_a_line, sharing,
    statements, together,
};
use super::ledger::{self, Addition, CreatedRow};
use super::redemption::{self, RedemptionRow, RoundRow};
use crate::domain::code::CodeTag;
use crate::domain::ledger::account::Account;
use crate::domain::serial::{BookNumber, Serial};

statements! {
    /// Heads, known ids, books, the uses of their vouchers and the vouchers behind tags, each as
    /// one text, all in one row: each row of an answer would wake the task that waits for it.
    LOAD = "-- counter.load
        SELECT (SELECT string_agg(CAST(l.ledger_no AS TEXT) || ' ' || CAST(l.size AS TEXT), ';')
                  FROM " rows("$1"; no BIGINT) "
                  JOIN ledger AS l ON l.ledger_no = r.no),
               (SELECT string_agg(c.creation_id || ' ' || CAST(c.ledger_no AS TEXT) || ' ' ||
                                  CAST(c.seq AS TEXT), ';')
                  FROM " rows("$2"; id TEXT) "
                  JOIN creation AS c ON c.creation_id = r.id
                  JOIN ledger AS l ON l.ledger_no = c.ledger_no),
               (SELECT string_agg(CAST(b.ledger_no AS TEXT) || ' ' ||
                                  CAST(b.book_no AS TEXT) || ' ' ||
                                  CAST(b.order_no AS TEXT) || ' ' ||
                                  CAST(b.voucher_count AS TEXT) || ' ' ||
                                  COALESCE(CAST(b.handed_over_seq AS TEXT), '-') || ' ' ||
                                  CAST(b.replaced_mask AS TEXT), ';')
                  FROM " rows("$3"; no BIGINT, book BIGINT) "
                  JOIN book AS b ON b.ledger_no = r.no
                                AND b.book_no = r.book),
               (SELECT string_agg(CAST(d.ledger_no AS TEXT) || ' ' ||
                                  CAST(d.book_no AS TEXT) || ' ' ||
                                  CAST(d.position AS TEXT) || ' ' ||
                                  CAST(d.round AS TEXT) || ' ' || CAST(d.seq AS TEXT) || ' ' ||
                                  CAST(d.venue_no AS TEXT) || ' ' ||
                                  CAST(d.redeemed_at AS TEXT) || ' ' || d.redeemed_on || ' ' ||
                                  COALESCE(CAST(v.seq AS TEXT), '-'), ';')
                  FROM " rows("$3"; no BIGINT, book BIGINT) "
                  JOIN redemption AS d ON d.ledger_no = r.no
                                      AND d.book_no = r.book
                  LEFT JOIN reversal AS v ON v.ledger_no = d.ledger_no
                                         AND v.book_no = d.book_no
                                         AND v.position = d.position AND v.round = d.round),
               (SELECT string_agg(CAST(c.ledger_no AS TEXT) || ' ' || CAST(c.tag AS TEXT) || ' ' ||
                                  CAST(c.book_no AS TEXT) || ' ' ||
                                  CAST(c.position AS TEXT), ';')
                  FROM " rows("$4"; no BIGINT, tag BIGINT) "
                  JOIN code_route AS c ON c.tag = r.tag
                                      AND c.ledger_no = r.no)";
}

/// What a commit of redemptions writes.
static ADD: LazyLock<Statement> = LazyLock::new(|| {
    together(
        "counter.add",
        &[
            ledger::ADD_LINES,
            ledger::ADD_CHECKPOINTS,
            ledger::ADD_CREATIONS,
            ledger::ADD_TRANSFERS,
            ledger::SET_ACCOUNTS,
            ledger::ADD_TILES,
            ledger::MOVE_HEADS,
            redemption::ADD,
        ],
    )
});

/// The same with one batch for what each redemption writes, and its lines beside it.
static ADD_SHARED: LazyLock<Statement> = LazyLock::new(|| {
    sharing(
        "counter.add_shared",
        &[ledger::ADD_LINES, ledger::ADD_CREATIONS, ledger::ADD_TRANSFERS, redemption::ADD],
        "line",
        &[ledger::ADD_CHECKPOINTS, ledger::ADD_TILES, ledger::SET_ACCOUNTS, ledger::MOVE_HEADS],
    )
});

/// [`ADD`] as a transaction of its own. One that fails is open still: its connection must go.
static ADD_AT_ONCE: LazyLock<Statement> = LazyLock::new(|| ADD.as_transaction());

/// The statements that are put together when first used.
pub(super) fn together_statements() -> [(&'static str, Statement); 3] {
    [
        ("counter::ADD", *ADD),
        ("counter::ADD_SHARED", *ADD_SHARED),
        ("counter::ADD_AT_ONCE", *ADD_AT_ONCE),
    ]
}

/// What one redemption writes beside its line: its id, its transfer and its row.
#[derive(Serialize)]
struct Shared<'a> {
    no: i64,
    seq: i64,
    id: &'a str,
    part: i64,
    debit: Account,
    credit: Account,
    cents: i64,
    about: i64,
    book: u32,
    position: u8,
    round: i64,
    at: i64,
    day: &'a str,
    venue: &'a str,
}

/// The rows of a commit by redemption; `None` when one has not exactly one of each.
fn shared<'a>(
    addition: &'a Addition<'_>,
    redemptions: &'a [RedemptionRow],
) -> Option<Vec<Shared<'a>>> {
    let Addition { lines, creations, transfers, .. } = addition;
    if [creations.len(), transfers.len(), redemptions.len()] != [lines.len(); 3] {
        return None;
    }
    let rows = lines.iter().zip(creations).zip(transfers).zip(redemptions);
    rows.map(|(((line, creation), transfer), row)| {
        let place = (line.no, line.seq);
        let same = [(creation.no, creation.seq), (transfer.no, transfer.seq), (row.no, row.seq)];
        (same == [place; 3]).then(|| Shared {
            no: line.no,
            seq: line.seq,
            id: &creation.id,
            part: transfer.part,
            debit: transfer.debit,
            credit: transfer.credit,
            cents: transfer.cents,
            about: transfer.about,
            book: row.book,
            position: row.position,
            round: row.round,
            at: row.at,
            day: &row.day,
            venue: &row.venue,
        })
    })
    .collect()
}

/// A book, as far as redemptions depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CounterBook {
    /// The ledger.
    pub ledger_no: i64,
    /// The book.
    pub book_no: i64,
    /// Its order.
    pub order_no: i64,
    /// How many vouchers it has.
    pub voucher_count: i64,
    /// The line that handed it over.
    pub handed_over_seq: Option<i64>,
    /// Its replaced vouchers, a bit each.
    pub replaced_mask: i64,
}

/// What the counter read.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The number and size of each ledger.
    pub sizes: Vec<(i64, i64)>,
    /// The ids that are known.
    pub created: Vec<CreatedRow>,
    /// The books.
    pub books: Vec<CounterBook>,
    /// Every use of their vouchers, in order of book, position and round.
    pub rounds: Vec<RoundRow>,
    /// The vouchers behind tags, by ledger.
    pub tags: Vec<((i64, CodeTag), Serial)>,
}

#[derive(Serialize)]
struct Number {
    no: i64,
}

#[derive(Serialize)]
struct Key<'a> {
    id: &'a str,
}

#[derive(Serialize)]
struct Place {
    no: i64,
    book: u32,
}

#[derive(Serialize)]
struct Tag {
    no: i64,
    tag: i64,
}

/// Reads ledgers by number, creations by id, books by (ledger, book) and vouchers by (ledger, tag),
/// all at once; unknown ones are left out.
///
/// # Errors
/// [`StoreError`].
pub async fn load(
    tx: &mut Tx,
    ledgers: &[i64],
    ids: &[String],
    books: &[(i64, u32)],
    tags: &[(i64, CodeTag)],
) -> Result<Loaded, StoreError> {
    let ledgers: Vec<Number> = ledgers.iter().map(|no| Number { no: *no }).collect();
    let ids: Vec<Key<'_>> = ids.iter().map(|id| Key { id }).collect();
    let books: Vec<Place> = books.iter().map(|&(no, book)| Place { no, book }).collect();
    let tags: Vec<Tag> = tags.iter().map(|&(no, tag)| Tag { no, tag: tag.stored() }).collect();
    let (books, tags) = (Rows::of(&books), Rows::of(&tags));
    let texts: Option<Texts> =
        fetch_optional!(tx, LOAD, Rows::of(&ledgers), Rows::of(&ids), books, tags)?;
    let Some((sizes, known, books, rounds, tags)) = texts else {
        return Err(corrupt("counter", "rows", "nothing"));
    };
    let mut loaded = Loaded {
        sizes: rows(sizes.as_deref(), size)?,
        created: rows(known.as_deref(), created)?,
        books: rows(books.as_deref(), book)?,
        rounds: rows(rounds.as_deref(), round)?,
        tags: rows(tags.as_deref(), tagged)?,
    };
    let key = |row: &RoundRow| (row.ledger_no, row.book_no, row.position, row.round);
    loaded.rounds.sort_unstable_by_key(key);
    Ok(loaded)
}

/// Each part of what was read, as one text.
type Texts = (Option<String>, Option<String>, Option<String>, Option<String>, Option<String>);

/// The rows of one text.
fn rows<T>(text: Option<&str>, read: fn(&str) -> Option<T>) -> Result<Vec<T>, StoreError> {
    let rows = text.into_iter().flat_map(|rows| rows.split(';'));
    rows.map(|row| read(row).ok_or_else(|| corrupt("counter", "rows", row))).collect()
}

/// A number that may be null.
struct Nullable(Option<i64>);

/// The words of a row, one after the other.
struct Words<'a>(std::str::Split<'a, char>);

impl<'a> Words<'a> {
    fn of(row: &'a str) -> Self {
        Self(row.split(' '))
    }

    fn text(&mut self) -> Option<&'a str> {
        self.0.next()
    }

    fn number(&mut self) -> Option<i64> {
        self.text()?.parse().ok()
    }

    /// A number, or `-` for null.
    fn number_or_null(&mut self) -> Option<Nullable> {
        match self.text()? {
            "-" => Some(Nullable(None)),
            word => word.parse().ok().map(|number| Nullable(Some(number))),
        }
    }
}

fn size(row: &str) -> Option<(i64, i64)> {
    let mut words = Words::of(row);
    Some((words.number()?, words.number()?))
}

fn created(row: &str) -> Option<CreatedRow> {
    let mut words = Words::of(row);
    Some(CreatedRow {
        creation_id: words.text()?.to_owned(),
        ledger_no: words.number()?,
        seq: words.number()?,
    })
}

fn book(row: &str) -> Option<CounterBook> {
    let mut words = Words::of(row);
    Some(CounterBook {
        ledger_no: words.number()?,
        book_no: words.number()?,
        order_no: words.number()?,
        voucher_count: words.number()?,
        handed_over_seq: words.number_or_null()?.0,
        replaced_mask: words.number()?,
    })
}

fn round(row: &str) -> Option<RoundRow> {
    let mut words = Words::of(row);
    Some(RoundRow {
        ledger_no: words.number()?,
        book_no: words.number()?,
        position: words.number()?,
        round: words.number()?,
        seq: words.number()?,
        venue_no: words.number()?,
        redeemed_at: words.number()?,
        redeemed_on: words.text()?.to_owned(),
        reversed_seq: words.number_or_null()?.0,
    })
}

fn tagged(row: &str) -> Option<((i64, CodeTag), Serial)> {
    let mut words = Words::of(row);
    let place = (words.number()?, CodeTag::from_stored(words.number()?));
    let book = BookNumber::new(u32::try_from(words.number()?).ok()?);
    let position = u8::try_from(words.number()?).ok()?;
    Some((place, Serial::new(book, position).ok()?))
}

/// Adds the lines of a commit that only redeems, and their rows.
///
/// # Errors
/// [`StoreError`]; a clash when a place of the ledger or a voucher's round is taken.
pub(super) async fn add(
    tx: &mut Tx,
    addition: &Addition<'_>,
    redemptions: &[RedemptionRow],
) -> Result<(), StoreError> {
    let Addition { lines, creations, transfers, accounts, heads, checkpoints, tiles } = addition;
    if tx.shares()
        && let Some(rows) = shared(addition, redemptions)
    {
        execute!(
            tx,
            ADD_SHARED,
            Rows::of(&rows),
            one_a_line(lines.iter().map(|row| row.line)),
            Rows::of(checkpoints),
            Rows::of(tiles),
            Rows::of(accounts),
            Rows::of(heads)
        )?;
        return Ok(());
    }
    let add = if tx.is_lent() { *ADD_AT_ONCE } else { *ADD };
    execute!(
        tx,
        add,
        Rows::of(lines),
        Rows::of(checkpoints),
        Rows::of(creations),
        Rows::of(transfers),
        Rows::of(accounts),
        Rows::of(tiles),
        Rows::of(heads),
        Rows::of(redemptions)
    )?;
    Ok(())
}
