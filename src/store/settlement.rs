//! Settlements, payments and payment files at rest.
//!
//! Promises: a payment's state moves only with its line. Does not: add anything up (see
//! `service::settle`).

use std::collections::HashMap;

use sqlx::FromRow;

use super::dialect::{
    StoreError, Tx, corrupt, execute, fetch_all, fetch_optional, parsed, statements,
};
use crate::base::id::{Id, Payment, Settlement, Structure};
use crate::domain::ledger::account::Account;
use crate::domain::settlement::{
    PaymentDrawn, PaymentState, SettlementDrawn, SettlementOpened, SettlementState, Window,
};

statements! {
    /// Adds a settlement.
    OPEN = "-- settlement.open
        INSERT INTO settlement (ledger_no, settlement_id, opened_seq, cut_off_on, cut_off_seq,
                                state, payment_count, total_cents)
        VALUES ($1, $2, $3, $4, $5, 'opened', 0, 0)";
    /// All its payments exist.
    DRAW = "-- settlement.draw
        UPDATE settlement SET state = 'drawn', drawn_seq = $3, payment_count = $4,
                              total_cents = $5
         WHERE ledger_no = $1 AND settlement_id = $2";
    /// It was approved or cancelled.
    DECIDE = "-- settlement.decide
        UPDATE settlement SET state = $3, decided_seq = $4
         WHERE ledger_no = $1 AND settlement_id = $2";
    /// Adds a payment.
    ADD_PAYMENT = "-- payment.add
        INSERT INTO payment (ledger_no, payment_id, settlement_id, structure_id, cents,
                             opening_cents, drawn_seq, state)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 'drawn')";
    /// The payments of an approved settlement are in a file.
    APPROVE_PAYMENTS = "-- payment.approve
        UPDATE payment SET state = 'approved'
         WHERE ledger_no = $1 AND settlement_id = $2 AND state = 'drawn'";
    /// A payment ended.
    END_PAYMENT = "-- payment.end
        UPDATE payment SET state = $3 WHERE ledger_no = $1 AND payment_id = $2";
    /// One settlement.
    FIND = "-- settlement.find
        SELECT settlement_id, opened_seq, cut_off_on, cut_off_seq, state, drawn_seq, decided_seq,
               payment_count, total_cents
          FROM settlement WHERE ledger_no = $1 AND settlement_id = $2";
    /// All settlements of a ledger.
    LIST = "-- settlement.of_ledger
        SELECT settlement_id, opened_seq, cut_off_on, cut_off_seq, state, drawn_seq, decided_seq,
               payment_count, total_cents
          FROM settlement WHERE ledger_no = $1 ORDER BY opened_seq";
    /// Payments of a settlement.
    PAYMENTS = "-- payment.of_settlement
        SELECT payment_id, settlement_id, structure_id, cents, opening_cents, drawn_seq, state
          FROM payment WHERE ledger_no = $1 AND settlement_id = $2 ORDER BY structure_id";
    /// One payment.
    PAYMENT = "-- payment.find
        SELECT payment_id, settlement_id, structure_id, cents, opening_cents, drawn_seq, state
          FROM payment WHERE ledger_no = $1 AND payment_id = $2";
    /// Payments of a structure drawn up after a line.
    PAYMENTS_SINCE = "-- payment.of_structure_since
        SELECT payment_id, settlement_id, structure_id, cents, opening_cents, drawn_seq, state
          FROM payment WHERE ledger_no = $1 AND structure_id = $2 AND drawn_seq > $3
         ORDER BY drawn_seq";
    /// Movements of each structure's account from lines after $2: those that the settlement with
    /// the window ($3, $4) counts and the one before it with ($5, $6) did not, and those that
    /// neither counts. The rule is `Window::counts`.
    DUE_SUMS = "-- settlement.due_sums
        SELECT m.account,
               CAST(SUM(CASE WHEN m.about_seq <= $3 AND m.seq < $4
                              AND NOT (m.about_seq <= $5 AND m.seq < $6)
                             THEN m.cents ELSE 0 END) AS BIGINT),
               CAST(SUM(CASE WHEN m.about_seq > $3 OR m.seq >= $4
                             THEN m.cents ELSE 0 END) AS BIGINT)
          FROM (SELECT credit AS account, seq, about_seq, cents FROM transfer
                 WHERE ledger_no = $1 AND seq > $2 AND about_seq >= 0
                   AND SUBSTR(credit, 1, 4) = 'due:'
                 UNION ALL
                SELECT debit AS account, seq, about_seq, -cents AS cents FROM transfer
                 WHERE ledger_no = $1 AND seq > $2 AND about_seq >= 0
                   AND SUBSTR(debit, 1, 4) = 'due:') AS m
         GROUP BY m.account ORDER BY m.account";
    /// Adds a payment file.
    ADD_FILE = "-- payment_file.add
        INSERT INTO payment_file (ledger_no, settlement_id, hash, content)
        VALUES ($1, $2, $3, $4)";
    /// A payment file.
    FILE = "-- payment_file.find
        SELECT hash, content FROM payment_file WHERE ledger_no = $1 AND settlement_id = $2";
}

/// A settlement as stored.
#[derive(Debug, Clone, FromRow)]
pub struct SettlementRow {
    /// The settlement.
    pub settlement_id: String,
    /// Its first line.
    pub opened_seq: i64,
    /// The last civil day that it looks at.
    pub cut_off_on: String,
    /// The last line of that day.
    pub cut_off_seq: i64,
    state: String,
    /// The line that completes it.
    pub drawn_seq: Option<i64>,
    /// The line that approved or cancelled it.
    pub decided_seq: Option<i64>,
    /// How many payments.
    pub payment_count: i64,
    /// Their sum.
    pub total_cents: i64,
}

impl SettlementRow {
    /// Where it stands.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub fn state(&self) -> Result<SettlementState, StoreError> {
        SettlementState::of(&self.state).ok_or_else(|| corrupt("settlement", "state", &self.state))
    }

    /// What it looks at.
    #[must_use]
    pub const fn window(&self) -> Window {
        Window { cut_off_seq: self.cut_off_seq, opened_seq: self.opened_seq }
    }
}

/// A payment as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentRow {
    /// The payment.
    pub payment_id: Id<Payment>,
    /// Its settlement.
    pub settlement_id: Id<Settlement>,
    /// Who is paid.
    pub structure_id: Id<Structure>,
    /// How much.
    pub cents: i64,
    /// What its statement opens with.
    pub opening_cents: i64,
    /// Its first line.
    pub drawn_seq: i64,
    /// Where it stands.
    pub state: PaymentState,
}

type RawPayment = (String, String, String, i64, i64, i64, String);

fn payment(row: RawPayment) -> Result<PaymentRow, StoreError> {
    let (payment, settlement, structure, cents, opening_cents, drawn_seq, state) = row;
    Ok(PaymentRow {
        payment_id: parsed("payment", "payment_id", &payment)?,
        settlement_id: parsed("payment", "settlement_id", &settlement)?,
        structure_id: parsed("payment", "structure_id", &structure)?,
        cents,
        opening_cents,
        drawn_seq,
        state: PaymentState::of(&state).ok_or_else(|| corrupt("payment", "state", &state))?,
    })
}

/// Writes the row of a `settlement-opened` line.
pub(super) async fn project_opened(
    tx: &mut Tx,
    ledger_no: i64,
    seq: i64,
    id: &str,
    body: &SettlementOpened,
) -> Result<(), StoreError> {
    let day = body.cut_off_on.to_string();
    execute!(tx, OPEN, ledger_no, id, seq, day.as_str(), body.cut_off_seq)?;
    Ok(())
}

/// Writes the row of a `payment-drawn` line.
pub(super) async fn project_payment(
    tx: &mut Tx,
    ledger_no: i64,
    seq: i64,
    id: &str,
    cents: i64,
    body: &PaymentDrawn,
) -> Result<(), StoreError> {
    let (settlement, structure) = (body.settlement_id.to_string(), body.structure_id.to_string());
    execute!(
        tx,
        ADD_PAYMENT,
        ledger_no,
        id,
        settlement.as_str(),
        structure.as_str(),
        cents,
        body.opening_cents,
        seq
    )?;
    Ok(())
}

/// Writes the row of a `settlement-drawn` line.
pub(super) async fn project_drawn(
    tx: &mut Tx,
    ledger_no: i64,
    seq: i64,
    id: &str,
    body: &SettlementDrawn,
) -> Result<(), StoreError> {
    execute!(tx, DRAW, ledger_no, id, seq, body.payments, body.total_cents)?;
    Ok(())
}

/// Writes the rows of a `settlement-approved` or `settlement-cancelled` line.
pub(super) async fn project_decided(
    tx: &mut Tx,
    ledger_no: i64,
    seq: i64,
    id: &str,
    state: SettlementState,
) -> Result<(), StoreError> {
    execute!(tx, DECIDE, ledger_no, id, state.as_str(), seq)?;
    if state == SettlementState::Approved {
        execute!(tx, APPROVE_PAYMENTS, ledger_no, id)?;
    }
    Ok(())
}

/// Writes the row of a line that ends a payment.
pub(super) async fn project_ended(
    tx: &mut Tx,
    ledger_no: i64,
    id: &str,
    state: PaymentState,
) -> Result<(), StoreError> {
    execute!(tx, END_PAYMENT, ledger_no, id, state.as_str())?;
    Ok(())
}

/// One settlement.
///
/// # Errors
/// [`StoreError`].
pub async fn find(
    tx: &mut Tx,
    ledger_no: i64,
    id: &str,
) -> Result<Option<SettlementRow>, StoreError> {
    fetch_optional!(tx, FIND, ledger_no, id)
}

/// All settlements of a ledger, oldest first.
///
/// # Errors
/// [`StoreError`].
pub async fn of_ledger(tx: &mut Tx, ledger_no: i64) -> Result<Vec<SettlementRow>, StoreError> {
    fetch_all!(tx, LIST, ledger_no)
}

/// Payments of a settlement, by structure.
///
/// # Errors
/// [`StoreError`].
pub async fn payments(
    tx: &mut Tx,
    ledger_no: i64,
    settlement_id: &str,
) -> Result<Vec<PaymentRow>, StoreError> {
    let rows: Vec<RawPayment> = fetch_all!(tx, PAYMENTS, ledger_no, settlement_id)?;
    rows.into_iter().map(payment).collect()
}

/// One payment.
///
/// # Errors
/// [`StoreError`].
pub async fn find_payment(
    tx: &mut Tx,
    ledger_no: i64,
    id: &str,
) -> Result<Option<PaymentRow>, StoreError> {
    let row: Option<RawPayment> = fetch_optional!(tx, PAYMENT, ledger_no, id)?;
    row.map(payment).transpose()
}

/// Payments of a structure drawn up after a line, oldest first.
///
/// # Errors
/// [`StoreError`].
pub async fn payments_since(
    tx: &mut Tx,
    ledger_no: i64,
    structure: Id<Structure>,
    after: i64,
) -> Result<Vec<PaymentRow>, StoreError> {
    let structure = structure.to_string();
    let rows: Vec<RawPayment> =
        fetch_all!(tx, PAYMENTS_SINCE, ledger_no, structure.as_str(), after)?;
    rows.into_iter().map(payment).collect()
}

/// What moved on a structure's account, in signed cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DueSums {
    /// Movements that a settlement counts and none before it did.
    pub counted: i64,
    /// Movements that it does not count yet.
    pub later: i64,
}

/// What moved on each structure's account in lines after `after`, as a settlement sees it.
///
/// # Errors
/// [`StoreError`].
pub async fn due_sums(
    tx: &mut Tx,
    ledger_no: i64,
    after: i64,
    window: Window,
    before: Option<Window>,
) -> Result<HashMap<Id<Structure>, DueSums>, StoreError> {
    let nothing = Window { cut_off_seq: -1, opened_seq: 0 };
    let last = before.unwrap_or(nothing);
    let rows: Vec<(String, i64, i64)> = fetch_all!(
        tx,
        DUE_SUMS,
        ledger_no,
        after,
        window.cut_off_seq,
        window.opened_seq,
        last.cut_off_seq,
        last.opened_seq
    )?;
    let sums = |(account, counted, later): (String, i64, i64)| match account.parse() {
        Ok(Account::Due(structure)) => Ok((structure, DueSums { counted, later })),
        _ => Err(corrupt("transfer", "credit", &account)),
    };
    rows.into_iter().map(sums).collect()
}

/// Adds a payment file to the vault.
///
/// # Errors
/// [`StoreError`].
pub async fn add_file(
    tx: &mut Tx,
    ledger_no: i64,
    settlement_id: &str,
    hash: &str,
    content: &str,
) -> Result<(), StoreError> {
    execute!(tx, ADD_FILE, ledger_no, settlement_id, hash, content)?;
    Ok(())
}

/// A payment file: hash and content.
///
/// # Errors
/// [`StoreError`].
pub async fn file(
    tx: &mut Tx,
    ledger_no: i64,
    settlement_id: &str,
) -> Result<Option<(String, String)>, StoreError> {
    fetch_optional!(tx, FILE, ledger_no, settlement_id)
}
