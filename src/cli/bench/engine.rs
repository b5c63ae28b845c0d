//! What the database alone can do: the same rows in the same batches, without reading, deciding,
//! hashing or signing. The ceiling for work in process.
//!
//! Promises: durable commits as in service; the store's own set-based statements. Does not: keep
//! any rule.

use super::report::rate;
use super::stopwatch::Stopwatch;
use crate::base::id::{AnyId, Id, Noun, Redemption};
use crate::domain::code::CodeTag;
use crate::domain::ledger::account::Account;
use crate::service::Error;
use crate::store::code::TagRow;
use crate::store::ledger::{
    AccountRow, Addition, CheckpointRow, CreationRow, HeadMove, LineRow, TransferRow,
};
use crate::store::projection::Written;
use crate::store::{self, Database};

/// The ledger that the bare rows go to.
const LEDGER: i64 = 900;

/// A line of the usual length, whose text is never read back.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The line of a redemption.
    pub line: String,
    /// Its meaning: the rows that it makes.
    pub written: Written,
    /// A signed checkpoint.
    pub note: String,
    /// The three accounts that a batch touches.
    pub accounts: Vec<Account>,
}

/// Redemptions a second that the bare engine inserts in batches.
///
/// # Errors
/// [`Error`].
pub async fn redemptions(
    database: &Database,
    sample: &Sample,
    batch: usize,
    total: usize,
) -> Result<i64, Error> {
    let mut tx = database.write().await?;
    let admitted = store::projection::Written { ledger_no: LEDGER, ..sample.written.clone() };
    store::redemption::bare_venue(&mut tx, LEDGER, &admitted).await?;
    tx.commit().await?;
    let watch = Stopwatch::start();
    let mut seq = 0;
    while seq < i64::try_from(total).unwrap_or(i64::MAX) {
        let mut tx = database.write().await?;
        let end = seq + i64::try_from(batch).unwrap_or(1);
        let mut addition = shared(sample, end);
        for at in seq..end {
            let id: Id<Redemption> =
                Id::from_uuid(uuid::Uuid::from_u128(u128::try_from(at).unwrap_or(0) << 64));
            addition.lines.push(LineRow { no: LEDGER, seq: at, line: &sample.line });
            addition.creations.push(CreationRow { id: id.to_string(), no: LEDGER, seq: at });
            addition.transfers.push(TransferRow {
                no: LEDGER,
                seq: at,
                part: 0,
                debit: sample.accounts[0],
                credit: sample.accounts[1],
                cents: 1000,
                about: at,
            });
        }
        store::redemption::bare(&mut tx, LEDGER, &sample.written, &addition).await?;
        tx.commit().await?;
        seq = end;
    }
    Ok(rate(total, watch.micros()))
}

/// What a batch writes once, whatever its size.
fn shared(sample: &Sample, size: i64) -> Addition<'_> {
    let account = |account: &Account| AccountRow {
        no: LEDGER,
        account: *account,
        debits: size,
        credits: size,
        vouchers: size,
    };
    Addition {
        accounts: sample.accounts.iter().map(account).collect(),
        heads: vec![HeadMove { no: LEDGER, size, at: size }],
        checkpoints: vec![CheckpointRow { no: LEDGER, size, note: sample.note.clone() }],
        ..Addition::default()
    }
}

/// Vouchers a second that the bare engine inserts as books and tags, in chunks of 100 books.
///
/// # Errors
/// [`Error`].
pub async fn issuing(database: &Database, sample: &Sample, vouchers: i64) -> Result<i64, Error> {
    let issuer = AnyId::from_parts(Noun::Operator, uuid::Uuid::from_u128(9)).to_string();
    let watch = Stopwatch::start();
    let (mut book, mut seq, mut seed) = (1_u32, 1_000_000_000_i64, 1_u64);
    while i64::from(book - 1) * 10 < vouchers {
        let mut tx = database.write().await?;
        let mut addition = shared(sample, seq + 1);
        addition.accounts.clear();
        addition.lines.push(LineRow { no: LEDGER, seq, line: &sample.line });
        store::ledger::add(&mut tx, &addition).await?;
        store::book::bare(&mut tx, LEDGER, seq, &issuer, book, 100).await?;
        let codes: Vec<TagRow> = (book..book + 100)
            .flat_map(|book| {
                let tags: Vec<CodeTag> = (0..10)
                    .map(|_| {
                        // A stream of scattered numbers, as tags are (splitmix64).
                        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
                        let mut mixed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                        CodeTag::from_stored((mixed ^ (mixed >> 31)).cast_signed())
                    })
                    .collect();
                TagRow::of_book(LEDGER, book, &tags).collect::<Vec<_>>()
            })
            .collect();
        store::code::add_codes(&mut tx, &codes).await?;
        tx.commit().await?;
        book += 100;
        seq += 1;
    }
    Ok(rate(usize::try_from(book - 1).unwrap_or(0) * 10, watch.micros()))
}
