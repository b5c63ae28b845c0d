//! Redemptions and reversals at rest: narrow rows, inserted and never changed.
//!
//! Promises: the primary key (ledger, book, position, round) is what lets one voucher pay once.
//! Does not: decide which round is next (see `domain::redemption`).

use std::collections::HashSet;

use serde::Serialize;

use super::counter;
use super::dialect::{Rows, StoreError, Tx, execute, fetch_all, fetch_optional, statements};
use super::ledger::{Addition, LineRow};
use super::projection::Written;
use crate::domain::fact::Fact;

statements! {
    /// Adds redemptions; the venue's number is looked up by its id.
    ADD = "-- redemption.add
        INSERT INTO redemption (ledger_no, book_no, position, round, seq, venue_no, redeemed_at,
                                redeemed_on)
        SELECT r.no, r.book,
               r.position, r.round,
               r.seq, a.venue_no,
               r.at, r.day
          FROM "
        rows("$1"; no BIGINT, book BIGINT, position BIGINT, round BIGINT, seq BIGINT, at BIGINT,
             day TEXT, venue TEXT)
        "
          JOIN admission AS a ON a.ledger_no = r.no
                             AND a.venue_id = r.venue";
    /// Adds reversals.
    REVERSE = "-- reversal.add
        INSERT INTO reversal (ledger_no, book_no, position, round, seq)
        SELECT r.no, r.book,
               r.position, r.round,
               r.seq
          FROM " rows("$1"; no BIGINT, book BIGINT, position BIGINT, round BIGINT, seq BIGINT);
    /// The line that undid a use, if any.
    REVERSED = "-- reversal.find
        SELECT seq FROM reversal
         WHERE ledger_no = $1 AND book_no = $2 AND position = $3 AND round = $4";
    /// Those of some uses that were undone.
    UNDONE = "-- reversal.some
        SELECT v.ledger_no, v.book_no, v.position, v.round
          FROM " rows("$1"; no BIGINT, book BIGINT, position BIGINT, round BIGINT) "
          JOIN reversal AS v ON v.ledger_no = r.no AND v.book_no = r.book
                            AND v.position = r.position AND v.round = r.round
         ORDER BY v.ledger_no, v.book_no, v.position, v.round";
    /// A venue for a bench of the bare engine.
    BARE_VENUE = "-- admission.bare
        INSERT INTO admission (ledger_no, venue_no, venue_id, structure_id, seq, body)
        VALUES ($1, 0, $2, '', 0, '')";
    /// What was redeemed since a moment and stands, in cents.
    VOLUME = "-- redemption.volume
        SELECT CAST(COALESCE(SUM(o.face_cents), 0) AS BIGINT)
          FROM redemption AS d
          JOIN book AS b ON b.ledger_no = d.ledger_no AND b.book_no = d.book_no
          JOIN voucher_order AS o ON o.ledger_no = b.ledger_no AND o.order_no = b.order_no
          LEFT JOIN reversal AS v ON v.ledger_no = d.ledger_no AND v.book_no = d.book_no
                                 AND v.position = d.position AND v.round = d.round
         WHERE d.ledger_no = $1 AND d.redeemed_at >= $2 AND v.seq IS NULL";
    /// How many uses stand, by campaign: what is counted against the floats.
    SPENT = "-- redemption.spent_by_campaign
        SELECT o.campaign_no, COUNT(*)
          FROM redemption AS d
          JOIN book AS b ON b.ledger_no = d.ledger_no AND b.book_no = d.book_no
          JOIN voucher_order AS o ON o.ledger_no = b.ledger_no AND o.order_no = b.order_no
          LEFT JOIN reversal AS v ON v.ledger_no = d.ledger_no AND v.book_no = d.book_no
                                 AND v.position = d.position AND v.round = d.round
         WHERE d.ledger_no = $1 AND v.seq IS NULL
         GROUP BY o.campaign_no ORDER BY o.campaign_no";
}

/// A redemption to add.
#[derive(Debug, Clone, Serialize)]
pub struct RedemptionRow {
    /// The ledger.
    pub no: i64,
    /// The book.
    pub book: u32,
    /// The position in it.
    pub position: u8,
    /// 1 for the first use.
    pub round: i64,
    /// The line.
    pub seq: i64,
    /// The venue.
    pub venue: String,
    /// When, in milliseconds.
    pub at: i64,
    /// The civil day.
    pub day: String,
}

/// A reversal to add.
#[derive(Debug, Clone, Serialize)]
pub struct ReversalRow {
    /// The ledger.
    pub no: i64,
    /// The book.
    pub book: u32,
    /// The position in it.
    pub position: u8,
    /// The round that ends.
    pub round: i64,
    /// The line.
    pub seq: i64,
}

/// A use of a voucher as stored.
#[derive(Debug, Clone)]
pub struct RoundRow {
    /// The ledger.
    pub ledger_no: i64,
    /// The book.
    pub book_no: i64,
    /// The position in it.
    pub position: i64,
    /// 1 for the first use.
    pub round: i64,
    /// The line.
    pub seq: i64,
    /// The venue, as the ledger numbers it.
    pub venue_no: i64,
    /// When, in milliseconds.
    pub redeemed_at: i64,
    /// The civil day.
    pub redeemed_on: String,
    /// The line that undid it.
    pub reversed_seq: Option<i64>,
}

/// Writes the rows of some `voucher-redeemed` lines.
pub(super) async fn project(tx: &mut Tx, rows: &[RedemptionRow]) -> Result<(), StoreError> {
    execute!(tx, ADD, Rows::of(rows))?;
    Ok(())
}

/// Writes the rows of some `redemption-reversed` lines.
pub(super) async fn project_reversed(tx: &mut Tx, rows: &[ReversalRow]) -> Result<(), StoreError> {
    execute!(tx, REVERSE, Rows::of(rows))?;
    Ok(())
}

/// The line that undid a use, if any.
///
/// # Errors
/// [`StoreError`].
pub async fn reversed(
    tx: &mut Tx,
    ledger_no: i64,
    book: u32,
    position: u8,
    round: i64,
) -> Result<Option<i64>, StoreError> {
    let (book, position) = (i64::from(book), i64::from(position));
    let found: Option<(i64,)> = fetch_optional!(tx, REVERSED, ledger_no, book, position, round)?;
    Ok(found.map(|(seq,)| seq))
}

/// A use of a voucher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Use {
    /// The ledger.
    pub no: i64,
    /// The book.
    pub book: i64,
    /// The position in it.
    pub position: i64,
    /// 1 for the first use.
    pub round: i64,
}

/// Those of some uses that were undone.
///
/// # Errors
/// [`StoreError`].
pub async fn undone(tx: &mut Tx, uses: &[Use]) -> Result<HashSet<Use>, StoreError> {
    let rows: Vec<(i64, i64, i64, i64)> = fetch_all!(tx, UNDONE, Rows::of(uses))?;
    let one = |(no, book, position, round)| Use { no, book, position, round };
    Ok(rows.into_iter().map(one).collect())
}

/// How many uses stand, by campaign number.
///
/// # Errors
/// [`StoreError`].
pub async fn spent_by_campaign(tx: &mut Tx, ledger_no: i64) -> Result<Vec<(i64, i64)>, StoreError> {
    fetch_all!(tx, SPENT, ledger_no)
}

/// What was redeemed since a moment (milliseconds) and was not undone, in cents.
///
/// # Errors
/// [`StoreError`].
pub async fn volume(tx: &mut Tx, ledger_no: i64, since: i64) -> Result<i64, StoreError> {
    let found: Option<(i64,)> = fetch_optional!(tx, VOLUME, ledger_no, since)?;
    Ok(found.map_or(0, |(cents,)| cents))
}

/// Makes one venue known to a bare ledger, for a bench of the engine alone.
///
/// # Errors
/// [`StoreError`].
pub async fn bare_venue(tx: &mut Tx, ledger_no: i64, sample: &Written) -> Result<(), StoreError> {
    let Fact::VoucherRedeemed(body) = &sample.fact else { return Ok(()) };
    execute!(tx, BARE_VENUE, ledger_no, body.venue_id.to_string())?;
    Ok(())
}

/// Inserts redemptions without any rule, for a bench of the engine alone: the sample's venue and
/// day, a voucher a line.
///
/// # Errors
/// [`StoreError`].
pub async fn bare(
    tx: &mut Tx,
    ledger_no: i64,
    sample: &Written,
    addition: &Addition<'_>,
) -> Result<(), StoreError> {
    let Fact::VoucherRedeemed(body) = &sample.fact else { return Ok(()) };
    let venue = body.venue_id.to_string();
    let row = |line: &LineRow<'_>| RedemptionRow {
        no: ledger_no,
        book: u32::try_from(line.seq / 10 + 1).unwrap_or(u32::MAX),
        position: u8::try_from(line.seq % 10 + 1).unwrap_or(1),
        round: 1,
        seq: line.seq,
        venue: venue.clone(),
        at: sample.entry.recorded_at.millis(),
        day: sample.entry.on.to_string(),
    };
    let rows: Vec<RedemptionRow> = addition.lines.iter().map(row).collect();
    counter::add(tx, addition, &rows).await
}
