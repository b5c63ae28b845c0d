//! Second factors at rest: sealed secrets of one-time passwords, hashed recovery codes.
//!
//! Promises: neither can be used by whoever has the database alone. Does not: seal or hash (see
//! `service::factor`).

use sqlx::FromRow;

use super::dialect::{StoreError, Tx, execute, fetch_all, fetch_optional, statements};
use crate::base::clock::Timestamp;
use crate::base::id::{Id, Person};

statements! {
    /// A person's secret.
    FIND_TOTP = "-- totp.find
        SELECT sealed, confirmed_at, last_step FROM totp WHERE person_id = $1";
    /// Keeps a secret that is not confirmed yet.
    SET_TOTP = "-- totp.set
        INSERT INTO totp (person_id, sealed, confirmed_at, last_step) VALUES ($1, $2, NULL, -1)
            ON CONFLICT (person_id) DO UPDATE
           SET sealed = excluded.sealed, confirmed_at = NULL, last_step = -1";
    /// Takes note of a step that was used; of the first one too.
    USE_STEP = "-- totp.use_step
        UPDATE totp SET last_step = $2, confirmed_at = COALESCE(confirmed_at, $3)
         WHERE person_id = $1 AND last_step < $2";
    /// Erases a secret.
    ERASE_TOTP = "-- totp.erase
        DELETE FROM totp WHERE person_id = $1";
    /// Adds a recovery code.
    ADD_CODE = "-- recovery_code.add
        INSERT INTO recovery_code (person_id, code_hash) VALUES ($1, $2)";
    /// A person's recovery codes.
    CODES = "-- recovery_code.list
        SELECT code_hash FROM recovery_code WHERE person_id = $1 ORDER BY code_hash";
    /// Uses a recovery code up.
    USE_CODE = "-- recovery_code.use
        DELETE FROM recovery_code WHERE person_id = $1 AND code_hash = $2";
    /// Erases a person's recovery codes.
    ERASE_CODES = "-- recovery_code.erase
        DELETE FROM recovery_code WHERE person_id = $1";
}

/// A secret of one-time passwords as stored.
#[derive(Debug, Clone, FromRow)]
pub struct TotpRow {
    /// The secret, sealed, in hexadecimal.
    pub sealed: String,
    /// When its first password was given; until then it is not asked for.
    pub confirmed_at: Option<i64>,
    /// The last step whose password was used; -1 for none.
    pub last_step: i64,
}

/// A person's secret, confirmed or not.
///
/// # Errors
/// [`StoreError`].
pub async fn totp(tx: &mut Tx, person: Id<Person>) -> Result<Option<TotpRow>, StoreError> {
    let person = person.to_string();
    fetch_optional!(tx, FIND_TOTP, person.as_str())
}

/// Keeps a secret that is not confirmed yet, in place of another.
///
/// # Errors
/// [`StoreError`].
pub async fn set_totp(tx: &mut Tx, person: Id<Person>, sealed: &str) -> Result<(), StoreError> {
    let person = person.to_string();
    execute!(tx, SET_TOTP, person.as_str(), sealed)?;
    Ok(())
}

/// Uses a step up; `false` when it, or a later one, was used.
///
/// # Errors
/// [`StoreError`].
pub async fn use_step(
    tx: &mut Tx,
    person: Id<Person>,
    step: i64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let person = person.to_string();
    Ok(execute!(tx, USE_STEP, person.as_str(), step, now.millis())? > 0)
}

/// Puts new recovery codes in place of those that there are.
///
/// # Errors
/// [`StoreError`].
pub async fn set_codes(
    tx: &mut Tx,
    person: Id<Person>,
    hashes: &[String],
) -> Result<(), StoreError> {
    let person = person.to_string();
    execute!(tx, ERASE_CODES, person.as_str())?;
    for hash in hashes {
        execute!(tx, ADD_CODE, person.as_str(), hash.as_str())?;
    }
    Ok(())
}

/// How many recovery codes are left.
///
/// # Errors
/// [`StoreError`].
pub async fn codes_left(tx: &mut Tx, person: Id<Person>) -> Result<usize, StoreError> {
    let person = person.to_string();
    let rows: Vec<(String,)> = fetch_all!(tx, CODES, person.as_str())?;
    Ok(rows.len())
}

/// Uses a recovery code up; `false` when there is none such.
///
/// # Errors
/// [`StoreError`].
pub async fn use_code(tx: &mut Tx, person: Id<Person>, hash: &str) -> Result<bool, StoreError> {
    let person = person.to_string();
    Ok(execute!(tx, USE_CODE, person.as_str(), hash)? > 0)
}

/// Erases a person's second factors.
///
/// # Errors
/// [`StoreError`].
pub async fn erase(tx: &mut Tx, person: Id<Person>) -> Result<(), StoreError> {
    let person = person.to_string();
    execute!(tx, ERASE_TOTP, person.as_str())?;
    execute!(tx, ERASE_CODES, person.as_str())?;
    Ok(())
}
