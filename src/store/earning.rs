//! What one structure redeemed, is owed and was paid, across all ledgers.
//!
//! Promises: reads only, each list by pages, newest first; redemptions in the ledger's order, by
//! the key of its transfers, so that the counter writes no index for them (measured: one by venue
//! would nearly double the engine's work for a batch). Does not: say what a settlement counts (see
//! `service::earn`).

use super::dialect::{StoreError, Tx, corrupt, fetch_all, fetch_optional, parsed, statements};
use crate::base::id::{Id, Payment, Settlement, Structure, Venue};
use crate::domain::ledger::account::Account;
use crate::domain::settlement::PaymentState;

statements! {
    /// Redemptions of a structure in a range of lines, newest first: what moved from a float to its
    /// account. The ledger is gone through backwards, no further than a page takes. `$5` is what
    /// stands in the line, or nothing; `$6` is 0 for those that stand, 1 for those that were
    /// undone, 2 for both.
    REDEMPTIONS = "-- earning.redemptions
        SELECT t.seq, e.line
          FROM transfer AS t
          JOIN entry AS e ON e.ledger_no = t.ledger_no AND e.seq = t.seq
         WHERE t.ledger_no = $1 AND t.seq > $2 AND t.seq <= $3
           AND t.credit = $4 AND t.debit >= 'float:' AND t.debit < 'float;'
           AND ($5 = '' OR e.line LIKE $5)
           AND ($6 = 2 OR CASE WHEN t.seq IN (
                                   SELECT v.about_seq FROM transfer AS v
                                    WHERE v.ledger_no = $1 AND v.seq > $2 AND v.debit = $4
                                      AND v.about_seq > $2 AND v.about_seq < v.seq)
                               THEN 1 ELSE 0 END = $6)
         ORDER BY t.seq DESC LIMIT $7";
    /// How many there are in a range of lines, and their sum; asked for as above.
    SUM = "-- earning.sum
        SELECT COUNT(*), CAST(COALESCE(SUM(t.cents), 0) AS BIGINT)
          FROM transfer AS t
         WHERE t.ledger_no = $1 AND t.seq > $2 AND t.seq <= $3
           AND t.credit = $4 AND t.debit >= 'float:' AND t.debit < 'float;'
           AND ($5 = '' OR (SELECT e.line FROM entry AS e
                             WHERE e.ledger_no = t.ledger_no AND e.seq = t.seq) LIKE $5)
           AND ($6 = 2 OR CASE WHEN t.seq IN (
                                   SELECT v.about_seq FROM transfer AS v
                                    WHERE v.ledger_no = $1 AND v.seq > $2 AND v.debit = $4
                                      AND v.about_seq > $2 AND v.about_seq < v.seq)
                               THEN 1 ELSE 0 END = $6)";
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    /// In these lines, those of a ledger in order.
    pub spans: Vec<Span>,
    /// Whose they are.
    pub structure: Id<Structure>,
    /// At one venue only.
    pub venue: Option<Id<Venue>>,
    /// Standing or undone.
    pub undone: Undone,
}

/// A redemption's line.
#[derive(Debug, Clone)]
pub struct EarnedRow {
    /// The ledger.
    pub ledger_no: i64,
    /// The line.
    pub seq: i64,
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

/// Redemptions of each ledger, newest first, at most `limit` of each: its last spans come first.
///
/// # Errors
/// [`StoreError`].
pub async fn redemptions(
    tx: &mut Tx,
    sought: &Sought,
    limit: i64,
) -> Result<Vec<EarnedRow>, StoreError> {
    let (account, venue) = (Account::Due(sought.structure).to_string(), venue_text(sought));
    let mut found: Vec<EarnedRow> = Vec::new();
    for &Span { no, after, upto } in sought.spans.iter().rev() {
        let there = found.iter().filter(|row| row.ledger_no == no).count();
        let rows: Vec<(i64, String)> = fetch_all!(
            tx,
            REDEMPTIONS,
            no,
            after,
            upto,
            account.as_str(),
            venue.as_str(),
            wanted(sought.undone),
            limit - i64::try_from(there).unwrap_or(limit)
        )?;
        found.extend(rows.into_iter().map(|(seq, line)| EarnedRow { ledger_no: no, seq, line }));
    }
    Ok(found)
}

/// What stands in the lines of a venue's redemptions; nothing for any venue.
fn venue_text(sought: &Sought) -> String {
    sought.venue.map(|id| format!("%\"venue_id\":\"{id}\"%")).unwrap_or_default()
}

/// How many redemptions are looked for, and their sum in cents.
///
/// # Errors
/// [`StoreError`].
pub async fn sum(tx: &mut Tx, sought: &Sought) -> Result<(i64, i64), StoreError> {
    let (account, venue) = (Account::Due(sought.structure).to_string(), venue_text(sought));
    let (mut count, mut cents) = (0, 0);
    for &Span { no, after, upto } in &sought.spans {
        let found: Option<(i64, i64)> = fetch_optional!(
            tx,
            SUM,
            no,
            after,
            upto,
            account.as_str(),
            venue.as_str(),
            wanted(sought.undone)
        )?;
        let (here, worth) = found.unwrap_or_default();
        count += here;
        cents += worth;
    }
    Ok((count, cents))
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
