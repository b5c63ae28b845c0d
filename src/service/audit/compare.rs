//! Comparing: each row and column of a table with what the lines made of it.
//!
//! Promises: memory holds one page of each side; both sides are walked in the order of the key, so
//! that a missing row and one too many are told apart. Does not: show what is in the vault.

use std::cmp::Ordering;
use std::collections::{BTreeMap, VecDeque};

use data_encoding::{BASE64, HEXLOWER};
use ring::digest;

use super::report::{AuditReport, Step};
use crate::domain::bank::{Iban, salted_hash};
use crate::domain::ledger::account::{Account, AccountKind};
use crate::domain::proposal;
use crate::service::error::Error;
use crate::store::tables::{self, Row, Sort, Table};
use crate::store::{self, Tx};

/// Columns of the vault that lines say in the clear.
const IN_LINES: [&str; 4] = ["hash", "changed_at", "in_force_at", "expires_at"];

/// The rows of one side, in order.
struct Side<'a> {
    tx: &'a mut Tx,
    table: &'static Table,
    waiting: VecDeque<Row>,
    last: Option<Row>,
    done: bool,
}

impl<'a> Side<'a> {
    const fn new(tx: &'a mut Tx, table: &'static Table) -> Self {
        Self { tx, table, waiting: VecDeque::new(), last: None, done: false }
    }

    /// How many rows to bring at once: a tile has 16 kB, a file may have megabytes.
    const fn page(&self) -> i64 {
        match self.table.sort {
            Sort::Vault => 8,
            Sort::Journal => 200,
            Sort::Projection | Sort::Scratch => 1000,
        }
    }

    async fn first(&mut self) -> Result<Option<&Row>, Error> {
        if self.waiting.is_empty() && !self.done {
            let rows = tables::page(self.tx, self.table, self.last.as_ref(), self.page()).await?;
            self.done = rows.is_empty();
            self.last = rows.last().cloned().or_else(|| self.last.take());
            self.waiting = rows.into();
        }
        Ok(self.waiting.front())
    }

    fn take(&mut self) -> Row {
        self.waiting.pop_front().unwrap_or_default()
    }
}

/// Compares a live table with the rebuilt one.
pub(super) async fn compare(
    live: &mut Tx,
    rebuilt: &mut Tx,
    table: &'static Table,
    report: &mut AuditReport,
    progress: &mut (dyn FnMut(Step) + Send),
) -> Result<(), Error> {
    let (mut live, mut rebuilt) = (Side::new(live, table), Side::new(rebuilt, table));
    let mut rows = 0;
    loop {
        let order = match (live.first().await?, rebuilt.first().await?) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(stored), Some(expected)) => table.order(stored, expected),
        };
        match order {
            Ordering::Less => {
                let stored = live.take();
                report.find(table.name, table.key_of(&stored), "", "no row", "a row");
            }
            Ordering::Greater => {
                let expected = rebuilt.take();
                report.find(table.name, table.key_of(&expected), "", "a row", "no row");
            }
            Ordering::Equal => row(table, &live.take(), &rebuilt.take(), report),
        }
        rows += 1;
        if rows % 10_000 == 0 {
            progress(Step { table: table.name, done: rows, of: None });
        }
    }
    progress(Step { table: table.name, done: rows, of: Some(rows) });
    report.tables.push((table.name, rows));
    Ok(())
}

/// Compares two rows of the same key.
fn row(table: &Table, stored: &Row, expected: &Row, report: &mut AuditReport) {
    let null = || "null".to_owned();
    for (((column, _), stored_cell), cell) in table.columns.iter().zip(stored).zip(expected) {
        let in_line = table.sort != Sort::Vault || IN_LINES.contains(column);
        if in_line && stored_cell != cell {
            let (cell, stored_cell) = (cell.clone(), stored_cell.clone());
            report.find(
                table.name,
                table.key_of(stored),
                column,
                &cell.unwrap_or_else(null),
                &stored_cell.unwrap_or_else(null),
            );
        }
    }
    if table.sort == Sort::Vault {
        let of = |row: &Row, name: &str| {
            let place = table.columns.iter().position(|(column, _)| *column == name);
            place.and_then(|place| row.get(place)).cloned().flatten()
        };
        // Its line says that its time was over: nothing of it may be left.
        let secret: &[&str] = match table.name {
            "bank_account" => &["iban", "holder", "salt"],
            _ => &["content"],
        };
        let is_empty = |row: &Row| secret.iter().all(|name| of(row, name).as_deref() == Some(""));
        if is_empty(expected) {
            if !is_empty(stored) {
                let (gone, left) = ("nothing: its time was over", "something");
                report.find(table.name, table.key_of(stored), secret[0], gone, left);
            }
            return;
        }
        let cell = |name: &str| {
            let place = table.columns.iter().position(|(column, _)| *column == name);
            place.and_then(|place| stored.get(place)).and_then(Option::as_deref)
        };
        if let Some(column) = vault_fault(table.name, cell) {
            let (hashed, other) = ("what the line hashed", "something else");
            report.find(table.name, table.key_of(stored), column, hashed, other);
        }
    }
}

/// The column of a vault's row that is not what its hash says.
fn vault_fault<'r>(table: &str, cell: impl Fn(&str) -> Option<&'r str>) -> Option<&'static str> {
    let hash = cell("hash");
    let (column, found) = match table {
        "bank_account" => ("iban", account_hash(&cell)),
        "logo" => {
            let bytes = cell("content").and_then(|text| BASE64.decode(text.as_bytes()).ok());
            ("content", bytes.map(|bytes| sha256(&bytes)))
        }
        "payment_file" => ("content", cell("content").map(|text| sha256(text.as_bytes()))),
        "proposal" => ("content", content_hash(&cell)),
        // A table that nobody taught us cannot be called good.
        _ => ("hash", None),
    };
    (found.is_none() || found.as_deref() != hash).then_some(column)
}

fn account_hash<'r>(cell: impl Fn(&str) -> Option<&'r str>) -> Option<String> {
    let (salt, iban, holder) = (cell("salt")?, cell("iban")?, cell("holder")?);
    let bytes = HEXLOWER.decode(salt.as_bytes()).ok()?;
    let account: Iban = iban.parse().ok()?;
    // Only the form that was hashed: another spelling of the same number is another row.
    (account.reveal() == iban).then_some(())?;
    Some(salted_hash(&bytes.try_into().ok()?, &account, holder))
}

fn content_hash<'r>(cell: impl Fn(&str) -> Option<&'r str>) -> Option<String> {
    let (salt, content) = (cell("salt")?, cell("content")?);
    let bytes = HEXLOWER.decode(salt.as_bytes()).ok()?;
    Some(proposal::salted_hash(&bytes.try_into().ok()?, content))
}

fn sha256(bytes: &[u8]) -> String {
    HEXLOWER.encode(digest::digest(&digest::SHA256, bytes).as_ref())
}

/// Counts the vouchers that circulate from books, redemptions and reversals, and compares their
/// worth with the floats.
pub(super) async fn count_floats(
    live: &mut Tx,
    no: i64,
    report: &mut AuditReport,
) -> Result<(), Error> {
    let mut counted: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for row in store::checkpoint::circulating(live, no).await? {
        let sum = counted.entry(row.campaign_id).or_default();
        sum.0 = sum.0.saturating_add(row.vouchers);
        sum.1 = sum.1.saturating_add(row.vouchers.saturating_mul(row.face_cents));
    }
    let balances = match store::ledger::balances(live, no).await {
        Ok(balances) => balances,
        Err(store::StoreError::Corrupt { table, column, value }) => {
            report.find(table, no, column, "an account", &value);
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    };
    for (account, tally) in balances.iter() {
        let Account::Float(campaign) = account else { continue };
        let (vouchers, cents) = counted.remove(&campaign.to_string()).unwrap_or_default();
        let held = tally.balance(AccountKind::Float).cents();
        if (vouchers, cents) != (tally.vouchers, held) {
            let lines = format!("{vouchers} vouchers circulate, worth {cents} cents");
            let stored = format!("{held} cents for {} vouchers", tally.vouchers);
            report.find("account", format!("{no}/{account}"), "voucher_count", &lines, &stored);
        }
    }
    for (campaign, (vouchers, cents)) in counted {
        if (vouchers, cents) != (0, 0) {
            let lines = format!("{vouchers} vouchers circulate, worth {cents} cents");
            let key = format!("{no}/float:{campaign}");
            report.find("account", key, "voucher_count", &lines, "no float");
        }
    }
    Ok(())
}
