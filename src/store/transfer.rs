//! Transfers at rest: the rows that statements and trial balances are read from.
//!
//! Promises: reads only, in order of line. Does not: write (see `store::ledger`).

use sqlx::FromRow;

use super::dialect::{StoreError, Tx, fetch_all, statements};
use crate::domain::ledger::account::Account;

statements! {
    /// Transfers that touch one account, in a range of lines.
    ACCOUNT_TRANSFERS = "-- transfer.of_account
        SELECT seq, debit, credit, cents, about_seq FROM transfer
         WHERE ledger_no = $1 AND seq > $2 AND seq < $3 AND (debit = $4 OR credit = $4)
         ORDER BY seq, part";
    /// Transfers in a range of lines.
    TRANSFERS = "-- transfer.page
        SELECT seq, debit, credit, cents, about_seq FROM transfer
         WHERE ledger_no = $1 AND seq > $2 AND seq < $3
         ORDER BY seq, part";
}

/// A transfer as stored.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct StoredTransfer {
    /// The line.
    pub seq: i64,
    /// The debited account.
    pub debit: String,
    /// The credited account.
    pub credit: String,
    /// The amount.
    pub cents: i64,
    /// The line that a statement counts it with; -1 when no statement counts it.
    pub about_seq: i64,
}

/// Transfers with `after < seq < before`, of one account or of all.
///
/// # Errors
/// [`StoreError`].
pub async fn transfers(
    tx: &mut Tx,
    ledger_no: i64,
    after: i64,
    before: i64,
    account: Option<Account>,
) -> Result<Vec<StoredTransfer>, StoreError> {
    match account {
        Some(account) => {
            let name = account.to_string();
            fetch_all!(tx, ACCOUNT_TRANSFERS, ledger_no, after, before, name.as_str())
        }
        None => fetch_all!(tx, TRANSFERS, ledger_no, after, before),
    }
}
