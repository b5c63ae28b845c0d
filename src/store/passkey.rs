//! Passkeys at rest: public keys with their counters, and the challenges that wait for an answer.
//!
//! Promises: a challenge is taken once; a counter only moves when nobody moved it meanwhile. Does
//! not: verify (see `service::people::passkey`).

use sqlx::FromRow;

use super::dialect::{StoreError, Tx, execute, fetch_all, fetch_optional, parsed, statements};
use crate::base::clock::Timestamp;
use crate::base::id::{Id, Passkey, Person, Session};

statements! {
    /// Adds a passkey.
    ADD = "-- passkey.add
        INSERT INTO passkey (passkey_id, person_id, credential_id, credential, name, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)";
    /// The passkeys of a person.
    OF_PERSON = "-- passkey.of_person
        SELECT passkey_id, person_id, credential_id, credential, name, created_at
          FROM passkey WHERE person_id = $1 ORDER BY passkey_id";
    /// Moves the counter of a passkey.
    MOVE = "-- passkey.move
        UPDATE passkey SET credential = $3 WHERE passkey_id = $1 AND credential = $2";
    /// Erases one passkey of a person.
    ERASE_ONE = "-- passkey.erase_one
        DELETE FROM passkey WHERE person_id = $1 AND passkey_id = $2";
    /// Erases the passkeys of a person.
    ERASE_ALL = "-- passkey.erase_all
        DELETE FROM passkey WHERE person_id = $1";
    /// Keeps a challenge, in place of the one before.
    SET_CEREMONY = "-- ceremony.set
        INSERT INTO ceremony (session_id, purpose, state, expires_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (session_id) DO UPDATE
           SET purpose = excluded.purpose, state = excluded.state,
               expires_at = excluded.expires_at";
    /// A challenge.
    CEREMONY = "-- ceremony.find
        SELECT state, expires_at FROM ceremony WHERE session_id = $1 AND purpose = $2";
    /// Ends a challenge.
    END_CEREMONY = "-- ceremony.end
        DELETE FROM ceremony WHERE session_id = $1";
    /// Forgets challenges that nobody answered.
    PURGE = "-- ceremony.purge
        DELETE FROM ceremony WHERE expires_at < $1";
}

/// A passkey as stored.
#[derive(Debug, Clone, FromRow)]
pub struct PasskeyRow {
    /// The passkey.
    pub passkey_id: String,
    /// Whose it is.
    pub person_id: String,
    /// What its authenticator calls it, in hexadecimal.
    pub credential_id: String,
    /// The public key with its counter, as JSON.
    pub credential: String,
    /// What its person calls it.
    pub name: String,
    /// When it was made, in milliseconds.
    pub created_at: i64,
}

impl PasskeyRow {
    /// The passkey.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub fn id(&self) -> Result<Id<Passkey>, StoreError> {
        parsed("passkey", "passkey_id", &self.passkey_id)
    }
}

/// Adds a passkey.
///
/// # Errors
/// [`StoreError`]; a clash when the id or the credential is there.
pub async fn add(tx: &mut Tx, row: &PasskeyRow) -> Result<(), StoreError> {
    execute!(
        tx,
        ADD,
        row.passkey_id.as_str(),
        row.person_id.as_str(),
        row.credential_id.as_str(),
        row.credential.as_str(),
        row.name.as_str(),
        row.created_at
    )?;
    Ok(())
}

/// The passkeys of a person, in order of id.
///
/// # Errors
/// [`StoreError`].
pub async fn of_person(tx: &mut Tx, person: Id<Person>) -> Result<Vec<PasskeyRow>, StoreError> {
    let person = person.to_string();
    fetch_all!(tx, OF_PERSON, person.as_str())
}

/// Puts a credential in the place of what was read; `false` when somebody else did.
///
/// # Errors
/// [`StoreError`].
pub async fn move_on(tx: &mut Tx, row: &PasskeyRow, to: &str) -> Result<bool, StoreError> {
    Ok(execute!(tx, MOVE, row.passkey_id.as_str(), row.credential.as_str(), to)? > 0)
}

/// Erases one passkey of a person; gives whether it was there.
///
/// # Errors
/// [`StoreError`].
pub async fn erase_one(
    tx: &mut Tx,
    person: Id<Person>,
    passkey: Id<Passkey>,
) -> Result<bool, StoreError> {
    let (person, passkey) = (person.to_string(), passkey.to_string());
    Ok(execute!(tx, ERASE_ONE, person.as_str(), passkey.as_str())? > 0)
}

/// Erases the passkeys of a person.
///
/// # Errors
/// [`StoreError`].
pub async fn erase_all(tx: &mut Tx, person: Id<Person>) -> Result<(), StoreError> {
    let person = person.to_string();
    execute!(tx, ERASE_ALL, person.as_str())?;
    Ok(())
}

/// Keeps a session's challenge, in place of the one before, and forgets those of others that nobody
/// answered in time.
///
/// # Errors
/// [`StoreError`].
pub async fn set_ceremony(
    tx: &mut Tx,
    session: Id<Session>,
    purpose: &str,
    state: &str,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    execute!(tx, PURGE, now.millis())?;
    let session = session.to_string();
    execute!(tx, SET_CEREMONY, session.as_str(), purpose, state, expires_at.millis())?;
    Ok(())
}

/// Takes a session's challenge: it is there once.
///
/// # Errors
/// [`StoreError`].
pub async fn take_ceremony(
    tx: &mut Tx,
    session: Id<Session>,
    purpose: &str,
    now: Timestamp,
) -> Result<Option<String>, StoreError> {
    let session = session.to_string();
    let row: Option<(String, i64)> = fetch_optional!(tx, CEREMONY, session.as_str(), purpose)?;
    execute!(tx, END_CEREMONY, session.as_str())?;
    Ok(row.filter(|(_, expires_at)| now.millis() < *expires_at).map(|(state, _)| state))
}
