//! Signals at rest, and what they are counted from beside lines and notes.
//!
//! Promises: the same signal twice is one, with its last count. Does not: know what was decided (a
//! line says that), or what is honest.

use serde_json::{Value, json};
use sqlx::FromRow;

use super::dialect::{Rows, StoreError, Tx, corrupt, execute, fetch_all, fetch_optional};
use super::dialect::{parsed, statements};
use crate::base::clock::Timestamp;
use crate::base::day::Day;
use crate::base::id::{Id, Signal, Site, Venue};
use crate::domain::signal::{Raised, SignalKind};

statements! {
    /// Raises signals; those that are there get their new counts.
    RAISE = "-- signal.raise
        INSERT INTO signal (signal_id, kind, about_id, raised_on, counted, counted_of, raised_at)
        SELECT r.id, r.kind, r.about, r.raised_on, r.counted, r.counted_of, r.raised_at
          FROM "
        rows("$1"; id TEXT, kind TEXT, about TEXT, raised_on TEXT, counted BIGINT,
             counted_of BIGINT, raised_at BIGINT)
        " WHERE TRUE ON CONFLICT (signal_id) DO UPDATE
            SET counted = excluded.counted, counted_of = excluded.counted_of";
    /// All signals.
    LIST = "-- signal.list
        SELECT signal_id, kind, about_id, raised_on, counted, counted_of
          FROM signal ORDER BY raised_on DESC, kind, about_id";
    /// One signal.
    FIND = "-- signal.find
        SELECT signal_id, kind, about_id, raised_on, counted, counted_of
          FROM signal WHERE signal_id = $1";
    /// Books that were handed over from a line on, and where their first voucher was used.
    PATHS = "-- signal.paths
        SELECT b.handed_over_seq, b.site_id,
               (SELECT a.venue_id FROM redemption AS r
                  JOIN admission AS a
                    ON a.ledger_no = r.ledger_no AND a.venue_no = r.venue_no
                 WHERE r.ledger_no = b.ledger_no AND r.book_no = b.book_no
                 ORDER BY r.seq LIMIT 1) AS venue_id
          FROM book AS b
         WHERE b.ledger_no = $1 AND b.handed_over_seq >= $2
         ORDER BY b.book_no";
    /// How many vouchers were used at each venue from one civil day to another, and stand; in all
    /// ledgers, each by its own civil days. One pass over the uses, and a number a venue.
    LOADS = "-- signal.loads
        SELECT a.venue_id, CAST(SUM(t.used) AS BIGINT)
          FROM (SELECT d.ledger_no, d.venue_no, COUNT(*) AS used
                  FROM redemption AS d
                  LEFT JOIN reversal AS v ON v.ledger_no = d.ledger_no AND v.book_no = d.book_no
                                         AND v.position = d.position AND v.round = d.round
                 WHERE d.redeemed_on >= $1 AND d.redeemed_on <= $2 AND v.seq IS NULL
                 GROUP BY d.ledger_no, d.venue_no) AS t
          JOIN admission AS a ON a.ledger_no = t.ledger_no AND a.venue_no = t.venue_no
         GROUP BY a.venue_id ORDER BY a.venue_id";
    /// The lines of what was used at some venues between two moments.
    USES = "-- signal.uses
        SELECT d.ledger_no, d.seq
          FROM redemption AS d
          JOIN admission AS a ON a.ledger_no = d.ledger_no AND a.venue_no = d.venue_no
         WHERE d.redeemed_at >= $2 AND d.redeemed_at < $3
           AND a.venue_id IN (SELECT r.id FROM " rows("$1"; id TEXT) ")
         ORDER BY d.ledger_no, d.seq";
}

#[derive(Debug, Clone, FromRow)]
struct SignalRow {
    signal_id: String,
    kind: String,
    about_id: String,
    raised_on: String,
    counted: i64,
    counted_of: i64,
}

impl SignalRow {
    fn raised(&self) -> Result<Raised, StoreError> {
        let kind = SignalKind::of(&self.kind);
        let raised = Raised {
            kind: kind.ok_or_else(|| corrupt("signal", "kind", &self.kind))?,
            about: parsed("signal", "about_id", &self.about_id)?,
            on: parsed("signal", "raised_on", &self.raised_on)?,
            count: self.counted,
            of: self.counted_of,
        };
        // Whoever changed a row did not choose its id: a line must not say what nobody raised.
        if raised.id().to_string() != self.signal_id {
            return Err(corrupt("signal", "signal_id", &self.signal_id));
        }
        Ok(raised)
    }
}

/// Raises signals at a moment; those that are there get their new counts.
///
/// # Errors
/// [`StoreError`].
pub async fn raise(tx: &mut Tx, signals: &[Raised], now: Timestamp) -> Result<(), StoreError> {
    let row = |raised: &Raised| {
        json!({
            "id": raised.id(),
            "kind": raised.kind.as_str(),
            "about": raised.about.to_string(),
            "raised_on": raised.on,
            "counted": raised.count,
            "counted_of": raised.of,
            "raised_at": now.millis(),
        })
    };
    let rows: Vec<Value> = signals.iter().map(row).collect();
    execute!(tx, RAISE, Rows::of(&rows))?;
    Ok(())
}

/// All signals that are kept, the newest day first.
///
/// # Errors
/// [`StoreError`].
pub async fn list(tx: &mut Tx) -> Result<Vec<Raised>, StoreError> {
    let rows: Vec<SignalRow> = fetch_all!(tx, LIST)?;
    rows.iter().map(SignalRow::raised).collect()
}

/// One signal.
///
/// # Errors
/// [`StoreError`].
pub async fn find(tx: &mut Tx, id: Id<Signal>) -> Result<Option<Raised>, StoreError> {
    let id = id.to_string();
    let row: Option<SignalRow> = fetch_optional!(tx, FIND, id.as_str())?;
    row.map(|row| row.raised()).transpose()
}

/// A book's way: the line that handed it over, the site, and the venue of its first use.
pub type Way = (i64, Id<Site>, Id<Venue>);

/// The ways of a ledger's books that were handed over from a line on and used since.
///
/// # Errors
/// [`StoreError`].
pub async fn paths(tx: &mut Tx, ledger_no: i64, from_seq: i64) -> Result<Vec<Way>, StoreError> {
    let rows: Vec<(i64, Option<String>, Option<String>)> =
        fetch_all!(tx, PATHS, ledger_no, from_seq)?;
    let mut ways = Vec::new();
    for (seq, site, venue) in rows {
        let (Some(site), Some(venue)) = (site, venue) else { continue };
        let site = parsed("book", "site_id", &site)?;
        ways.push((seq, site, parsed("admission", "venue_id", &venue)?));
    }
    Ok(ways)
}

/// How many vouchers were used at each venue from one civil day to another, and stand.
///
/// # Errors
/// [`StoreError`].
pub async fn loads(tx: &mut Tx, from: Day, to: Day) -> Result<Vec<(Id<Venue>, i64)>, StoreError> {
    let (from, to) = (from.to_string(), to.to_string());
    let rows: Vec<(String, i64)> = fetch_all!(tx, LOADS, from.as_str(), to.as_str())?;
    let load = |(venue, used): (String, i64)| Ok((parsed("admission", "venue_id", &venue)?, used));
    rows.into_iter().map(load).collect()
}

/// The places of the lines that used vouchers at some venues, from one moment to before another:
/// ledger and seq, in order.
///
/// # Errors
/// [`StoreError`].
pub async fn uses(
    tx: &mut Tx,
    venues: &[Id<Venue>],
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<(i64, i64)>, StoreError> {
    let rows: Vec<Value> = venues.iter().map(|id| json!({ "id": id })).collect();
    fetch_all!(tx, USES, Rows::of(&rows), from.millis(), to.millis())
}
