//! What the signer may sign: the record of what it signed, its ceilings of a day, and the decision.
//!
//! Promises: a book is signed for one ledger, order, face value, number of vouchers and counter,
//! for ever, and by one key until that key is retired; the same again is allowed, because paper is
//! printed again; no day has more vouchers or cents than its ceilings, reprints counted; the day
//! never goes back. Does not: hold a key, sign, or rest anywhere (see `service/signer/record.rs`).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::ledger::entry::LedgerId;
use crate::base::clock::Timestamp;
use crate::base::day::Day;
use crate::base::id::{Id, Order};

/// Most books in one request: those of one printed file.
pub const BOOKS_AT_ONCE: usize = 100;

/// Most vouchers in a book.
const VOUCHERS: u8 = 20;

/// Most cents that a token holds.
const FACE_CENTS: i64 = 65_535;

/// What one day may have, in UTC: whatever the ledgers' own time zones, a day cannot be had twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ceilings {
    /// Vouchers.
    pub vouchers: i64,
    /// Their face values together, in cents.
    pub cents: i64,
}

/// One book to be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BookAsked {
    /// Its number in the issuer's series.
    pub book: u32,
    /// The key that signs it.
    pub key_id: u8,
    /// How many vouchers it has, 1 to 20.
    pub vouchers: u8,
    /// What its codes are derived with.
    pub counter: u32,
}

/// Some books of one order, as the journal has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BooksAsked {
    /// The ledger whose line issued them.
    pub ledger_id: LedgerId,
    /// The order.
    pub order_id: Id<Order>,
    /// What one voucher is worth, in cents.
    pub face_cents: i64,
    /// Keys that the operator has revoked: from now on they sign nothing, ever.
    pub retired: Vec<u8>,
    /// The books, 1 to [`BOOKS_AT_ONCE`].
    pub books: Vec<BookAsked>,
}

/// Why nothing is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Unsigned {
    /// No books, too many, or one that no token can be made for.
    #[error("the request is not well formed")]
    Malformed,
    /// The key was revoked.
    #[error("the key is retired")]
    KeyRetired,
    /// The key is not here.
    #[error("the key is not here")]
    KeyMissing,
    /// A book was signed before for another ledger, order, face value, size or counter, or by
    /// another key that still signs.
    #[error("a book of this number was signed before, and it was another one")]
    BookDiffers,
    /// More vouchers than a day may have.
    #[error("the day's ceiling of vouchers is reached")]
    VouchersPerDay,
    /// More money than a day may have.
    #[error("the day's ceiling of cents is reached")]
    CentsPerDay,
    /// A ledger's bundle is sealed to another recipient.
    #[error("the ledger has another recipient")]
    RecipientDiffers,
}

impl Unsigned {
    /// The word for it, as in the record and in problem documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::KeyRetired => "key-retired",
            Self::KeyMissing => "key-missing",
            Self::BookDiffers => "book-differs",
            Self::VouchersPerDay => "vouchers-per-day",
            Self::CentsPerDay => "cents-per-day",
            Self::RecipientDiffers => "recipient-differs",
        }
    }
}

/// Books in a row that have all but their numbers in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// The first number.
    pub first: u32,
    /// The last number.
    pub last: u32,
    /// The key that signed.
    pub key_id: u8,
    /// Vouchers in each.
    pub vouchers: u8,
    /// What the codes were derived with.
    pub counter: u32,
}

/// A line of the record. Lines are added before what they tell of is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case", deny_unknown_fields)]
pub enum RecordLine {
    /// Books were signed.
    Signed {
        /// When, by the signer's own clock.
        at: Timestamp,
        /// The day that it counts in.
        on: Day,
        /// The ledger.
        ledger_id: LedgerId,
        /// The order.
        order_id: Id<Order>,
        /// What one voucher is worth, in cents.
        face_cents: i64,
        /// The books.
        runs: Vec<Run>,
    },
    /// A key signs no more.
    Retired {
        /// When the signer heard of it.
        at: Timestamp,
        /// The key.
        key_id: u8,
    },
    /// A ledger's bundle is sealed to this recipient and to no other.
    Recipient {
        /// When.
        at: Timestamp,
        /// The ledger.
        ledger_id: LedgerId,
        /// The age recipient.
        recipient: String,
    },
}

/// What was signed of a book, beside its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Facts {
    ledger_id: LedgerId,
    order_id: Id<Order>,
    face_cents: i64,
    vouchers: u8,
    counter: u32,
}

/// All that was signed, as far as decisions depend on it.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// By first number: last number, facts, key.
    runs: BTreeMap<u32, (u32, Facts, u8)>,
    retired: BTreeSet<u8>,
    recipients: BTreeMap<LedgerId, String>,
    /// The newest day, with its vouchers and cents.
    today: Option<(Day, i64, i64)>,
}

impl Record {
    /// What the record says of a day: vouchers and cents. An earlier day than the newest one
    /// counts as the newest, so that a clock that is put back opens no second ceiling.
    #[must_use]
    pub fn spent(&self, on: Day) -> (i64, i64) {
        match self.today {
            Some((day, vouchers, cents)) if day >= on => (vouchers, cents),
            _ => (0, 0),
        }
    }

    /// Whether a key signs no more.
    #[must_use]
    pub fn is_retired(&self, key_id: u8) -> bool {
        self.retired.contains(&key_id)
    }

    /// Whether books of a ledger were signed: its code key is what it is from then on.
    #[must_use]
    pub fn knows(&self, ledger_id: LedgerId) -> bool {
        self.runs.values().any(|(_, facts, _)| facts.ledger_id == ledger_id)
    }

    /// The recipient that a ledger's bundle is sealed to.
    #[must_use]
    pub fn recipient(&self, ledger_id: LedgerId) -> Option<&str> {
        self.recipients.get(&ledger_id).map(String::as_str)
    }

    /// Decides a request, and gives the lines to add before it is answered.
    ///
    /// # Errors
    /// [`Unsigned`]; the keys that the request retires are to be recorded all the same, see
    /// [`Self::retiring`].
    pub fn judge(
        &self,
        asked: &BooksAsked,
        ceilings: Ceilings,
        at: Timestamp,
        on: Day,
    ) -> Result<RecordLine, Unsigned> {
        let BooksAsked { ledger_id, order_id, face_cents, retired, books } = asked;
        let lawful = |book: &BookAsked| (1..=VOUCHERS).contains(&book.vouchers);
        let many = !(1..=BOOKS_AT_ONCE).contains(&books.len());
        let face = !(1..=FACE_CENTS).contains(face_cents);
        if many || face || !books.iter().all(lawful) {
            return Err(Unsigned::Malformed);
        }
        let ended = |key: u8| self.is_retired(key) || retired.contains(&key);
        if books.iter().any(|book| ended(book.key_id)) {
            return Err(Unsigned::KeyRetired);
        }
        let runs = runs_of(books);
        let mut numbers = BTreeSet::new();
        if !books.iter().all(|book| numbers.insert(book.book)) {
            return Err(Unsigned::Malformed);
        }
        for run in &runs {
            let facts = facts(*ledger_id, *order_id, *face_cents, run);
            let clash = |(known, key): &(Facts, u8)| {
                *known != facts || (*key != run.key_id && !ended(*key))
            };
            let differs = self.overlapping(run).iter().any(clash);
            if differs && !crate::base::planted::is("signer-conflict-unseen") {
                return Err(Unsigned::BookDiffers);
            }
        }
        let vouchers: i64 = books.iter().map(|book| i64::from(book.vouchers)).sum();
        let (spent, worth) = self.spent(on);
        if !crate::base::planted::is("signer-ceiling-ignored") {
            if spent.saturating_add(vouchers) > ceilings.vouchers {
                return Err(Unsigned::VouchersPerDay);
            }
            if worth.saturating_add(vouchers * face_cents) > ceilings.cents {
                return Err(Unsigned::CentsPerDay);
            }
        }
        let on = self.today.map_or(on, |(day, ..)| day.max(on));
        let (ledger_id, order_id, face_cents) = (*ledger_id, *order_id, *face_cents);
        Ok(RecordLine::Signed { at, on, ledger_id, order_id, face_cents, runs })
    }

    /// The lines that end the keys which a request retires and the record does not know to be.
    #[must_use]
    pub fn retiring(&self, keys: &[u8], at: Timestamp) -> Vec<RecordLine> {
        let fresh: BTreeSet<u8> =
            keys.iter().copied().filter(|key| !self.is_retired(*key)).collect();
        fresh.into_iter().map(|key_id| RecordLine::Retired { at, key_id }).collect()
    }

    /// Takes a line of the record into account.
    pub fn apply(&mut self, line: &RecordLine) {
        match line {
            RecordLine::Retired { key_id, .. } => {
                self.retired.insert(*key_id);
            }
            RecordLine::Recipient { ledger_id, recipient, .. } => {
                self.recipients.entry(*ledger_id).or_insert_with(|| recipient.clone());
            }
            RecordLine::Signed { on, ledger_id, order_id, face_cents, runs, .. } => {
                let (mut vouchers, mut cents) = self.spent(*on);
                for run in runs {
                    let books = i64::from(run.last) - i64::from(run.first) + 1;
                    vouchers += books * i64::from(run.vouchers);
                    cents += books * i64::from(run.vouchers) * face_cents;
                    self.keep(run, facts(*ledger_id, *order_id, *face_cents, run));
                }
                let day = self.today.map_or(*on, |(day, ..)| day.max(*on));
                self.today = Some((day, vouchers, cents));
            }
        }
    }

    /// What is known of the books of a run.
    fn overlapping(&self, run: &Run) -> Vec<(Facts, u8)> {
        let before = self.runs.range(..=run.last).rev();
        let touching = before.take_while(|(_, (last, ..))| *last >= run.first);
        touching.map(|(_, (_, facts, key))| (*facts, *key)).collect()
    }

    /// Puts a run over what was known of its books: a key that took over from a retired one.
    fn keep(&mut self, run: &Run, facts: Facts) {
        let before = self.runs.range(..=run.last).rev();
        let touching: Vec<_> = before
            .take_while(|(_, (last, ..))| *last >= run.first)
            .map(|(first, (last, facts, key))| (*first, *last, *facts, *key))
            .collect();
        for (first, last, facts, key) in touching {
            self.runs.remove(&first);
            if first < run.first {
                self.runs.insert(first, (run.first - 1, facts, key));
            }
            if last > run.last {
                self.runs.insert(run.last + 1, (last, facts, key));
            }
        }
        self.runs.insert(run.first, (run.last, facts, run.key_id));
    }
}

fn facts(ledger_id: LedgerId, order_id: Id<Order>, face_cents: i64, run: &Run) -> Facts {
    Facts { ledger_id, order_id, face_cents, vouchers: run.vouchers, counter: run.counter }
}

/// Books in a row become one run.
fn runs_of(books: &[BookAsked]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for asked in books {
        let BookAsked { book, key_id, vouchers, counter } = *asked;
        let one = Run { first: book, last: book, key_id, vouchers, counter };
        match runs.last_mut() {
            Some(run)
                if run.last.checked_add(1) == Some(book)
                    && Run { first: book, last: book, ..*run } == one =>
            {
                run.last = book;
            }
            _ => runs.push(one),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    //! Goal: the record refuses what differs and what is too much, and forgets nothing.

    use super::*;
    use crate::base::id::Funder;

    const CEILINGS: Ceilings = Ceilings { vouchers: 100, cents: 60_000 };

    fn asked(order: u128, face_cents: i64, books: &[(u32, u8, u32)]) -> BooksAsked {
        let funder: Id<Funder> = Id::from_uuid(uuid::Uuid::from_u128(7));
        let book = |(book, key_id, counter): &(u32, u8, u32)| BookAsked {
            book: *book,
            key_id: *key_id,
            vouchers: 10,
            counter: *counter,
        };
        BooksAsked {
            ledger_id: funder.into(),
            order_id: Id::from_uuid(uuid::Uuid::from_u128(order)),
            face_cents,
            retired: Vec::new(),
            books: books.iter().map(book).collect(),
        }
    }

    fn at() -> Timestamp {
        "2026-11-22T10:00:00.000Z".parse().unwrap()
    }

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn sign(record: &mut Record, asked: &BooksAsked, on: &str) -> Result<RecordLine, Unsigned> {
        for line in record.retiring(&asked.retired, at()) {
            record.apply(&line);
        }
        let line = record.judge(asked, CEILINGS, at(), day(on))?;
        record.apply(&line);
        Ok(line)
    }

    #[test]
    fn the_same_again_is_signed_and_another_is_not() {
        let mut record = Record::default();
        let (one, two) = ("2026-11-22", "2026-11-23");
        let first = asked(1, 500, &[(1, 1, 0), (2, 1, 0), (3, 1, 0), (4, 1, 1)]);
        let Ok(RecordLine::Signed { runs, .. }) = sign(&mut record, &first, one) else {
            panic!("refused")
        };
        assert_eq!(
            runs.iter().map(|run| (run.first, run.last)).collect::<Vec<_>>(),
            [(1, 3), (4, 4)]
        );
        sign(&mut record, &asked(1, 500, &[(2, 1, 0)]), one).unwrap();
        for other in [
            asked(2, 500, &[(2, 1, 0)]),
            asked(1, 600, &[(2, 1, 0)]),
            asked(1, 500, &[(2, 2, 0)]),
            asked(1, 500, &[(2, 1, 1)]),
            asked(1, 500, &[(9, 1, 0), (4, 1, 0)]),
        ] {
            assert_eq!(sign(&mut record, &other, two), Err(Unsigned::BookDiffers), "{other:?}");
        }
        let mut smaller = asked(1, 500, &[(3, 1, 0)]);
        smaller.books[0].vouchers = 9;
        assert_eq!(sign(&mut record, &smaller, two), Err(Unsigned::BookDiffers));
        for twice in [vec![], vec![(5, 1, 0), (5, 1, 1)], vec![(5, 1, 0); 2]] {
            let asked = asked(1, 500, &twice);
            assert_eq!(sign(&mut record, &asked, two), Err(Unsigned::Malformed));
        }
    }

    #[test]
    fn another_key_may_sign_what_a_retired_one_did_and_the_retired_one_nothing() {
        let mut record = Record::default();
        let on = "2026-11-22";
        sign(&mut record, &asked(1, 500, &[(1, 1, 0), (2, 1, 0), (3, 1, 0)]), on).unwrap();
        let mut renewed = asked(1, 500, &[(2, 2, 0)]);
        assert_eq!(sign(&mut record, &renewed, on), Err(Unsigned::BookDiffers));
        renewed.retired = vec![1];
        sign(&mut record, &renewed, on).unwrap();
        assert_eq!(sign(&mut record, &asked(1, 500, &[(1, 1, 0)]), on), Err(Unsigned::KeyRetired));
        // Told once, known for ever; and the new key holds the book now.
        sign(&mut record, &asked(1, 500, &[(3, 2, 0)]), on).unwrap();
        let third = asked(1, 500, &[(2, 3, 0)]);
        assert_eq!(sign(&mut record, &third, on), Err(Unsigned::BookDiffers));
        sign(&mut record, &asked(1, 500, &[(1, 3, 0)]), on).unwrap();
    }

    #[test]
    fn a_day_has_its_ceilings_and_does_not_come_back() {
        let mut record = Record::default();
        for book in 1..=6 {
            sign(&mut record, &asked(1, 1000, &[(book, 1, 0)]), "2026-11-22").unwrap();
        }
        assert_eq!(record.spent(day("2026-11-22")), (60, 60_000));
        let more = asked(1, 1000, &[(7, 1, 0)]);
        assert_eq!(sign(&mut record, &more, "2026-11-22"), Err(Unsigned::CentsPerDay));
        // A reprint gives the secrets away as a first print does.
        let again = asked(1, 1000, &[(1, 1, 0)]);
        assert_eq!(sign(&mut record, &again, "2026-11-22"), Err(Unsigned::CentsPerDay));
        assert_eq!(sign(&mut record, &more, "2026-11-21"), Err(Unsigned::CentsPerDay));
        for book in 10..14 {
            sign(&mut record, &asked(2, 1, &[(book, 1, 0)]), "2026-11-23").unwrap();
        }
        sign(&mut record, &asked(2, 1, &[(20, 1, 0), (21, 1, 0)]), "2026-11-23").unwrap();
        let many: Vec<_> = (30..35).map(|book| (book, 1, 0)).collect();
        let refused = sign(&mut record, &asked(2, 1, &many), "2026-11-23");
        assert_eq!(refused, Err(Unsigned::VouchersPerDay));
        assert_eq!(record.spent(day("2026-11-22")), (60, 60), "an earlier day is the newest one");
    }
}
