//! What one structure redeemed, is owed and was paid, across all ledgers.
//!
//! Promises: reads only, each list by pages, newest first; one statement whatever the number of
//! ledgers. Does not: say what a settlement counts (see `service::earn`).

use serde::Serialize;

use super::dialect::{
    Rows, StoreError, Tx, corrupt, fetch_all, fetch_optional, parsed, statements,
};
use crate::base::id::{Id, Payment, Settlement, Structure, Venue};
use crate::domain::ledger::account::Account;
use crate::domain::settlement::PaymentState;

statements! {
    /// Redemptions of a structure in some ranges of lines, newest first: `$6` is 0 for those that
    /// stand, 1 for those that were undone, 2 for both.
    REDEMPTIONS = "-- earning.redemptions
        SELECT f.ledger_no, f.seq, f.redeemed_at, f.venue_id, f.reversed, e.line
          FROM (SELECT d.ledger_no, d.seq, d.redeemed_at, a.venue_id,
                       CAST(CASE WHEN v.seq IS NULL THEN 0 ELSE 1 END AS BIGINT) AS reversed
                  FROM "
        rows("$1"; no BIGINT, after BIGINT, upto BIGINT)
        "
                  JOIN redemption AS d ON d.ledger_no = r.no AND d.seq > r.after
                                      AND d.seq <= r.upto
                  JOIN admission AS a ON a.ledger_no = d.ledger_no
                                     AND a.venue_no = d.venue_no
                  LEFT JOIN reversal AS v ON v.ledger_no = d.ledger_no
                                         AND v.book_no = d.book_no
                                         AND v.position = d.position AND v.round = d.round
                 WHERE a.structure_id = $2 AND ($3 = '' OR a.venue_id = $3)
                   AND d.redeemed_on >= $4 AND d.redeemed_on <= $5
                   AND ($6 = 2 OR CASE WHEN v.seq IS NULL THEN 0 ELSE 1 END = $6)
                   AND (d.redeemed_at, d.ledger_no, d.seq) < ($7, $8, $9)
                 ORDER BY d.redeemed_at DESC, d.ledger_no DESC, d.seq DESC LIMIT $10) AS f
          JOIN entry AS e ON e.ledger_no = f.ledger_no AND e.seq = f.seq
         ORDER BY f.redeemed_at DESC, f.ledger_no DESC, f.seq DESC";
    /// How many those are on all pages, and their sum.
    SUM = "-- earning.sum
        SELECT COUNT(*), CAST(COALESCE(SUM(t.cents), 0) AS BIGINT)
          FROM " rows("$1"; no BIGINT, after BIGINT, upto BIGINT) "
          JOIN redemption AS d ON d.ledger_no = r.no AND d.seq > r.after AND d.seq <= r.upto
          JOIN admission AS a ON a.ledger_no = d.ledger_no AND a.venue_no = d.venue_no
          JOIN transfer AS t ON t.ledger_no = d.ledger_no AND t.seq = d.seq AND t.part = 0
          LEFT JOIN reversal AS v ON v.ledger_no = d.ledger_no AND v.book_no = d.book_no
                                 AND v.position = d.position AND v.round = d.round
         WHERE a.structure_id = $2 AND ($3 = '' OR a.venue_id = $3)
           AND d.redeemed_on >= $4 AND d.redeemed_on <= $5
           AND ($6 = 2 OR CASE WHEN v.seq IS NULL THEN 0 ELSE 1 END = $6)";
    /// What each ledger that ever owed a structure owes it now.
    DUES = "-- earning.dues
        SELECT l.ledger_no, l.ledger_id, l.time_zone, b.credits_cents - b.debits_cents
          FROM ledger AS l
          JOIN account AS b ON b.ledger_no = l.ledger_no AND b.account = $1
         ORDER BY l.ledger_no";
    /// The ledgers that know a venue of a structure.
    ADMITTING = "-- earning.admitting
        SELECT DISTINCT l.ledger_no, l.ledger_id, l.time_zone, CAST(0 AS BIGINT)
          FROM ledger AS l
          JOIN admission AS a ON a.ledger_no = l.ledger_no
         WHERE a.structure_id = $1
         ORDER BY l.ledger_no";
    /// Payments of a structure, those of the newest settlement first.
    PAYMENTS = "-- earning.payments
        SELECT p.ledger_no, p.payment_id, p.settlement_id, p.cents, p.drawn_seq, p.state,
               s.cut_off_on
          FROM settlement AS s
          JOIN payment AS p ON p.ledger_no = s.ledger_no AND p.settlement_id = s.settlement_id
         WHERE p.structure_id = $1
           AND (s.cut_off_on, p.ledger_no, p.drawn_seq) < ($2, $3, $4)
         ORDER BY s.cut_off_on DESC, p.ledger_no DESC, p.drawn_seq DESC LIMIT $5";
    /// What the payments of a structure come to, by ledger and state.
    PAID = "-- earning.paid
        SELECT p.ledger_no, p.state, CAST(SUM(p.cents) AS BIGINT)
          FROM settlement AS s
          JOIN payment AS p ON p.ledger_no = s.ledger_no AND p.settlement_id = s.settlement_id
         WHERE p.structure_id = $1
         GROUP BY p.ledger_no, p.state ORDER BY p.ledger_no, p.state";
}

/// Lines of a ledger with `after < seq <= upto`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Span {
    /// The ledger.
    pub no: i64,
    /// The last line before it.
    pub after: i64,
    /// Its last line.
    pub upto: i64,
}

/// Whether what was undone is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undone {
    /// Only what stands.
    Without,
    /// Nothing else.
    Only,
    /// Both.
    With,
}

/// Which redemptions are looked for.
#[derive(Debug, Clone)]
pub struct Sought {
    /// In these lines.
    pub spans: Vec<Span>,
    /// Whose they are.
    pub structure: Id<Structure>,
    /// At one venue only.
    pub venue: Option<Id<Venue>>,
    /// From this civil day on, as text.
    pub from: String,
    /// To this one.
    pub to: String,
    /// Standing or undone.
    pub undone: Undone,
}

/// Where a list of redemptions goes on: before this moment (milliseconds), ledger and line.
pub type Before = (i64, i64, i64);

/// A redemption with its line.
#[derive(Debug, Clone)]
pub struct EarnedRow {
    /// The ledger.
    pub ledger_no: i64,
    /// The line.
    pub seq: i64,
    /// When, in milliseconds.
    pub redeemed_at: i64,
    /// Where.
    pub venue_id: Id<Venue>,
    /// Whether it was undone.
    pub reversed: bool,
    /// The line's text.
    pub line: String,
}

/// What a ledger owes a structure.
#[derive(Debug, Clone)]
pub struct DueRow {
    /// The ledger.
    pub ledger_no: i64,
    /// Its id.
    pub ledger_id: String,
    /// Its time zone.
    pub time_zone: String,
    /// How much, in cents.
    pub cents: i64,
}

/// A payment with the day of its settlement.
#[derive(Debug, Clone)]
pub struct PaidRow {
    /// The ledger.
    pub ledger_no: i64,
    /// The payment.
    pub payment_id: Id<Payment>,
    /// Its settlement.
    pub settlement_id: Id<Settlement>,
    /// How much, in cents.
    pub cents: i64,
    /// Its first line.
    pub drawn_seq: i64,
    /// Where it stands.
    pub state: PaymentState,
    /// The last day that the settlement looks at.
    pub cut_off_on: String,
}

const fn wanted(undone: Undone) -> i64 {
    match undone {
        Undone::Without => 0,
        Undone::Only => 1,
        Undone::With => 2,
    }
}

type RawEarned = (i64, i64, i64, String, i64, String);

/// Redemptions before a place, newest first, at most `limit`.
///
/// # Errors
/// [`StoreError`].
pub async fn redemptions(
    tx: &mut Tx,
    sought: &Sought,
    before: Option<Before>,
    limit: i64,
) -> Result<Vec<EarnedRow>, StoreError> {
    let (structure, venue) = (sought.structure.to_string(), venue_text(sought));
    let (at, no, seq) = before.unwrap_or((i64::MAX, i64::MAX, i64::MAX));
    let rows: Vec<RawEarned> = fetch_all!(
        tx,
        REDEMPTIONS,
        Rows::of(&sought.spans),
        structure.as_str(),
        venue.as_str(),
        sought.from.as_str(),
        sought.to.as_str(),
        wanted(sought.undone),
        at,
        no,
        seq,
        limit
    )?;
    let row = |(ledger_no, seq, redeemed_at, venue, reversed, line): RawEarned| {
        let venue_id = parsed("admission", "venue_id", &venue)?;
        Ok(EarnedRow { ledger_no, seq, redeemed_at, venue_id, reversed: reversed != 0, line })
    };
    rows.into_iter().map(row).collect()
}

fn venue_text(sought: &Sought) -> String {
    sought.venue.map(|id| id.to_string()).unwrap_or_default()
}

/// How many redemptions are looked for, and their sum in cents.
///
/// # Errors
/// [`StoreError`].
pub async fn sum(tx: &mut Tx, sought: &Sought) -> Result<(i64, i64), StoreError> {
    let (structure, venue) = (sought.structure.to_string(), venue_text(sought));
    let found: Option<(i64, i64)> = fetch_optional!(
        tx,
        SUM,
        Rows::of(&sought.spans),
        structure.as_str(),
        venue.as_str(),
        sought.from.as_str(),
        sought.to.as_str(),
        wanted(sought.undone)
    )?;
    Ok(found.unwrap_or_default())
}

type RawDue = (i64, String, String, i64);

fn due((ledger_no, ledger_id, time_zone, cents): RawDue) -> DueRow {
    DueRow { ledger_no, ledger_id, time_zone, cents }
}

/// What each ledger that ever owed a structure owes it now, in order of ledger.
///
/// # Errors
/// [`StoreError`].
pub async fn dues(tx: &mut Tx, structure: Id<Structure>) -> Result<Vec<DueRow>, StoreError> {
    let account = Account::Due(structure).to_string();
    let rows: Vec<RawDue> = fetch_all!(tx, DUES, account.as_str())?;
    Ok(rows.into_iter().map(due).collect())
}

/// The ledgers that know a venue of a structure, without what they owe.
///
/// # Errors
/// [`StoreError`].
pub async fn admitting(tx: &mut Tx, structure: Id<Structure>) -> Result<Vec<DueRow>, StoreError> {
    let structure = structure.to_string();
    let rows: Vec<RawDue> = fetch_all!(tx, ADMITTING, structure.as_str())?;
    Ok(rows.into_iter().map(due).collect())
}

type RawPaid = (i64, String, String, i64, i64, String, String);

/// Payments of a structure before a place (day, ledger, line), newest first, at most `limit`.
///
/// # Errors
/// [`StoreError`].
pub async fn payments(
    tx: &mut Tx,
    structure: Id<Structure>,
    (day, no, seq): (&str, i64, i64),
    limit: i64,
) -> Result<Vec<PaidRow>, StoreError> {
    let structure = structure.to_string();
    let rows: Vec<RawPaid> = fetch_all!(tx, PAYMENTS, structure.as_str(), day, no, seq, limit)?;
    let row = |(ledger_no, payment, settlement, cents, drawn_seq, state, cut_off_on): RawPaid| {
        Ok(PaidRow {
            ledger_no,
            payment_id: parsed("payment", "payment_id", &payment)?,
            settlement_id: parsed("payment", "settlement_id", &settlement)?,
            cents,
            drawn_seq,
            state: state_of(&state)?,
            cut_off_on,
        })
    };
    rows.into_iter().map(row).collect()
}

fn state_of(text: &str) -> Result<PaymentState, StoreError> {
    PaymentState::of(text).ok_or_else(|| corrupt("payment", "state", text))
}

/// What the payments of a structure come to in cents, by ledger and state.
///
/// # Errors
/// [`StoreError`].
pub async fn paid(
    tx: &mut Tx,
    structure: Id<Structure>,
) -> Result<Vec<(i64, PaymentState, i64)>, StoreError> {
    let structure = structure.to_string();
    let rows: Vec<(i64, String, i64)> = fetch_all!(tx, PAID, structure.as_str())?;
    rows.into_iter().map(|(no, state, cents)| Ok((no, state_of(&state)?, cents))).collect()
}
