//! What the vault lets go when its time is over: payment files, accounts, logos.
//!
//! Promises: a row stays with its hash and loses everything else; what a line says is gone is not
//! listed again. Does not: know how long anything is kept (see `service::purge`).

use super::dialect::{StoreError, Tx, execute, fetch_all, fetch_optional, statements};
use crate::domain::retention::VaultPurged;

statements! {
    /// Payment files that no line says are gone, by ledger, oldest first.
    FILES = "-- payment_file.kept
        SELECT s.ledger_no, s.settlement_id FROM settlement AS s
         WHERE s.state = 'approved'
           AND NOT EXISTS (SELECT 1 FROM creation AS c
                            WHERE c.creation_id = s.settlement_id || '/purged')
         ORDER BY s.ledger_no, s.decided_seq";
    /// Accounts that no line says are gone.
    ACCOUNTS = "-- bank_account.kept
        SELECT b.owner_id, b.version FROM bank_account AS b
         WHERE NOT EXISTS (SELECT 1 FROM creation AS c
                            WHERE c.creation_id = b.owner_id || '/bank/'
                                                  || CAST(b.version AS TEXT) || '/purged')
         ORDER BY b.owner_id, b.version";
    /// Logos that no line says are gone.
    LOGOS = "-- logo.kept
        SELECT l.owner_id, l.version FROM logo AS l
         WHERE NOT EXISTS (SELECT 1 FROM creation AS c
                            WHERE c.creation_id = l.owner_id || '/logo/'
                                                  || CAST(l.version AS TEXT) || '/purged')
         ORDER BY l.owner_id, l.version";
    /// The line of the bank's last word on the payments of a settlement.
    LAST_WORD = "-- payment.last_word
        SELECT c.seq FROM payment AS p
          JOIN creation AS c ON c.creation_id = p.payment_id || '/outcome'
         WHERE p.ledger_no = $1 AND p.settlement_id = $2
         ORDER BY c.seq DESC LIMIT 1";
    /// How many ledgers hold something for a structure, or have a payment to it under way.
    OWED = "-- account.owed_anywhere
        SELECT CAST(COUNT(*) AS BIGINT) FROM ledger AS l
         WHERE EXISTS (SELECT 1 FROM account AS a
                        WHERE a.ledger_no = l.ledger_no AND a.account = 'due:' || $1
                          AND a.debits_cents <> a.credits_cents)
            OR EXISTS (SELECT 1 FROM payment AS p
                        WHERE p.ledger_no = l.ledger_no AND p.structure_id = $1
                          AND p.state IN ('drawn', 'approved'))";
    /// The newest line of each ledger with the bank's word on a payment to a structure.
    LAST_WORDS = "-- payment.last_words_to
        SELECT p.ledger_no, MAX(c.seq) FROM payment AS p
          JOIN creation AS c ON c.creation_id = p.payment_id || '/outcome'
         WHERE p.structure_id = $1
         GROUP BY p.ledger_no ORDER BY p.ledger_no";
    /// Empties a payment file.
    EMPTY_FILE = "-- payment_file.empty
        UPDATE payment_file SET content = '' WHERE ledger_no = $1 AND settlement_id = $2";
    /// Empties an account.
    EMPTY_ACCOUNT = "-- bank_account.empty
        UPDATE bank_account SET iban = '', holder = '', salt = ''
         WHERE owner_id = $1 AND version = $2";
    /// Empties a logo.
    EMPTY_LOGO = "-- logo.empty
        UPDATE logo SET content = '' WHERE owner_id = $1 AND version = $2";
}

/// A row of the vault: the ledger whose line recorded it, what it is about, which one.
pub type Kept = (i64, String, VaultPurged);

/// Rows that still have their content, payment files first; `operator_no` is the ledger of the
/// others.
///
/// # Errors
/// [`StoreError`].
pub async fn kept(tx: &mut Tx, operator_no: i64) -> Result<Vec<Kept>, StoreError> {
    let files: Vec<(i64, String)> = fetch_all!(tx, FILES)?;
    let accounts: Vec<(String, i64)> = fetch_all!(tx, ACCOUNTS)?;
    let logos: Vec<(String, i64)> = fetch_all!(tx, LOGOS)?;
    let file = |(no, id)| (no, id, VaultPurged::PaymentFile {});
    let account = |(id, version)| (operator_no, id, VaultPurged::BankAccount { version });
    let logo = |(id, version)| (operator_no, id, VaultPurged::Logo { version });
    let files = files.into_iter().map(file);
    let others = accounts.into_iter().map(account).chain(logos.into_iter().map(logo));
    Ok(files.chain(others).collect())
}

/// The line of the bank's last word on the payments of a settlement.
///
/// # Errors
/// [`StoreError`].
pub async fn last_word(
    tx: &mut Tx,
    ledger_no: i64,
    settlement_id: &str,
) -> Result<Option<i64>, StoreError> {
    let row: Option<(i64,)> = fetch_optional!(tx, LAST_WORD, ledger_no, settlement_id)?;
    Ok(row.map(|(seq,)| seq))
}

/// Whether any ledger owes a structure something, is owed by it, or is paying it.
///
/// # Errors
/// [`StoreError`].
pub async fn is_owed(tx: &mut Tx, structure_id: &str) -> Result<bool, StoreError> {
    let row: Option<(i64,)> = fetch_optional!(tx, OWED, structure_id)?;
    Ok(row.is_none_or(|(count,)| count > 0))
}

/// The newest line of each ledger with the bank's word on a payment to a structure.
///
/// # Errors
/// [`StoreError`].
pub async fn last_words_to(tx: &mut Tx, structure_id: &str) -> Result<Vec<(i64, i64)>, StoreError> {
    fetch_all!(tx, LAST_WORDS, structure_id)
}

/// Empties a row, as its `vault-purged` line says.
///
/// # Errors
/// [`StoreError`].
pub async fn empty(
    tx: &mut Tx,
    ledger_no: i64,
    id: &str,
    what: VaultPurged,
) -> Result<(), StoreError> {
    match what {
        VaultPurged::PaymentFile {} => execute!(tx, EMPTY_FILE, ledger_no, id)?,
        VaultPurged::BankAccount { version } => execute!(tx, EMPTY_ACCOUNT, id, version)?,
        VaultPurged::Logo { version } => execute!(tx, EMPTY_LOGO, id, version)?,
    };
    Ok(())
}
