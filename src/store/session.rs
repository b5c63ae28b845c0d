//! Sessions at rest, and attempts to open one.
//!
//! Promises: a session is found by the hash of its token only; attempts are counted under a hash of
//! account and address. Does not: decide when a session is over (see `domain::session`).

use sqlx::FromRow;

use super::dialect::{StoreError, Tx, execute, fetch_all, fetch_optional, parsed, statements};
use crate::base::clock::Timestamp;
use crate::base::id::{Id, Membership, Person, Session};
use crate::domain::attempt::Attempts;
use crate::domain::session::Course;

statements! {
    /// Opens a session.
    ADD = "-- session.add
        INSERT INTO session (session_id, token_hash, person_id, membership_id, opened_at, seen_at,
                             factor_at, siret)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    /// The session of a token.
    BY_TOKEN = "-- session.by_token
        SELECT session_id, token_hash, person_id, membership_id, opened_at, seen_at, factor_at,
               siret
          FROM session WHERE token_hash = $1";
    /// The sessions of a person.
    OF_PERSON = "-- session.of_person
        SELECT session_id, token_hash, person_id, membership_id, opened_at, seen_at, factor_at,
               siret
          FROM session WHERE person_id = $1 ORDER BY session_id";
    /// Gives a session another token, membership and moment of its second factor.
    ROTATE = "-- session.rotate
        UPDATE session SET token_hash = $3, membership_id = $4, factor_at = $5, seen_at = $6
         WHERE session_id = $1 AND token_hash = $2";
    /// Notes that it asked.
    SEE = "-- session.see
        UPDATE session SET seen_at = $2 WHERE session_id = $1 AND seen_at < $2";
    /// Ends one session of a person.
    END = "-- session.end
        DELETE FROM session WHERE person_id = $1 AND session_id = $2";
    /// Ends the sessions of a person but for one.
    END_OTHERS = "-- session.end_others
        DELETE FROM session WHERE person_id = $1 AND session_id <> $2";
    /// Ends everybody's sessions.
    END_ALL = "-- session.end_all
        DELETE FROM session";
    /// Forgets sessions that opened before a moment.
    PURGE = "-- session.purge
        DELETE FROM session WHERE opened_at < $1";
    /// Attempts of a subject.
    ATTEMPTS = "-- attempt.find
        SELECT failures, last_at FROM attempt WHERE subject = $1";
    /// Counts attempts.
    SET_ATTEMPTS = "-- attempt.set
        INSERT INTO attempt (subject, failures, last_at) VALUES ($1, $2, $3)
            ON CONFLICT (subject) DO UPDATE
           SET failures = excluded.failures, last_at = excluded.last_at";
    /// Forgets attempts that came to a good end.
    FORGET = "-- attempt.forget
        DELETE FROM attempt WHERE subject = $1";
    /// Forgets old attempts.
    PURGE_ATTEMPTS = "-- attempt.purge
        DELETE FROM attempt WHERE last_at < $1";
}

/// A session as stored.
#[derive(Debug, Clone, FromRow)]
pub struct SessionRow {
    /// The session.
    pub session_id: String,
    /// SHA-256 of its token, in hexadecimal.
    pub token_hash: String,
    /// Who is signed in.
    pub person_id: String,
    /// What it is now, once it has chosen.
    pub membership_id: Option<String>,
    /// When it began, in milliseconds.
    pub opened_at: i64,
    /// When it last asked, to the minute.
    pub seen_at: i64,
    /// When it gave its second factor.
    pub factor_at: Option<i64>,
    /// The number of the establishment that the person works for, when a provider said so: the
    /// session keeps to it.
    pub siret: Option<String>,
}

impl SessionRow {
    /// The session.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub fn id(&self) -> Result<Id<Session>, StoreError> {
        parsed("session", "session_id", &self.session_id)
    }

    /// Who is signed in.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub fn person(&self) -> Result<Id<Person>, StoreError> {
        parsed("session", "person_id", &self.person_id)
    }

    /// What it is now.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub fn membership(&self) -> Result<Option<Id<Membership>>, StoreError> {
        self.membership_id.as_deref().map(|id| parsed("session", "membership_id", id)).transpose()
    }

    /// Its moments.
    #[must_use]
    pub fn course(&self) -> Course {
        Course {
            opened_at: Timestamp::from_millis(self.opened_at),
            seen_at: Timestamp::from_millis(self.seen_at),
            factor_at: self.factor_at.map(Timestamp::from_millis),
        }
    }
}

/// Opens a session.
///
/// # Errors
/// [`StoreError`].
pub async fn add(tx: &mut Tx, row: &SessionRow) -> Result<(), StoreError> {
    execute!(
        tx,
        ADD,
        row.session_id.as_str(),
        row.token_hash.as_str(),
        row.person_id.as_str(),
        row.membership_id.as_deref(),
        row.opened_at,
        row.seen_at,
        row.factor_at,
        row.siret.as_deref()
    )?;
    Ok(())
}

/// The session of a token, by the token's hash.
///
/// # Errors
/// [`StoreError`].
pub async fn by_token(tx: &mut Tx, hash: &str) -> Result<Option<SessionRow>, StoreError> {
    fetch_optional!(tx, BY_TOKEN, hash)
}

/// The sessions of a person, in the order in which they were opened.
///
/// # Errors
/// [`StoreError`].
pub async fn of_person(tx: &mut Tx, person: Id<Person>) -> Result<Vec<SessionRow>, StoreError> {
    let person = person.to_string();
    fetch_all!(tx, OF_PERSON, person.as_str())
}

/// Gives the session that had the token `old` what `row` says; `false` when it has it no more.
///
/// # Errors
/// [`StoreError`].
pub async fn rotate(tx: &mut Tx, old: &str, row: &SessionRow) -> Result<bool, StoreError> {
    let rotated = execute!(
        tx,
        ROTATE,
        row.session_id.as_str(),
        old,
        row.token_hash.as_str(),
        row.membership_id.as_deref(),
        row.factor_at,
        row.seen_at
    )?;
    Ok(rotated > 0)
}

/// Notes that a session asked.
///
/// # Errors
/// [`StoreError`].
pub async fn see(tx: &mut Tx, session: &str, at: Timestamp) -> Result<(), StoreError> {
    execute!(tx, SEE, session, at.millis())?;
    Ok(())
}

/// Ends one session of a person; gives whether it was there.
///
/// # Errors
/// [`StoreError`].
pub async fn end(
    tx: &mut Tx,
    person: Id<Person>,
    session: Id<Session>,
) -> Result<bool, StoreError> {
    let (person, session) = (person.to_string(), session.to_string());
    Ok(execute!(tx, END, person.as_str(), session.as_str())? > 0)
}

/// Ends the sessions of a person, but for one; gives how many.
///
/// # Errors
/// [`StoreError`].
pub async fn end_others(
    tx: &mut Tx,
    person: Id<Person>,
    but: Option<Id<Session>>,
) -> Result<u64, StoreError> {
    let (person, but) = (person.to_string(), but.map(|id| id.to_string()).unwrap_or_default());
    execute!(tx, END_OTHERS, person.as_str(), but.as_str())
}

/// Ends everybody's sessions; gives how many.
///
/// # Errors
/// [`StoreError`].
pub async fn end_all(tx: &mut Tx) -> Result<u64, StoreError> {
    execute!(tx, END_ALL)
}

/// Forgets sessions that opened before a moment, and attempts that were made before another.
///
/// # Errors
/// [`StoreError`].
pub async fn purge(
    tx: &mut Tx,
    opened_before: Timestamp,
    attempted_before: Timestamp,
) -> Result<(), StoreError> {
    execute!(tx, PURGE, opened_before.millis())?;
    execute!(tx, PURGE_ATTEMPTS, attempted_before.millis())?;
    Ok(())
}

/// Attempts of a subject.
///
/// # Errors
/// [`StoreError`].
pub async fn attempts(tx: &mut Tx, subject: &str) -> Result<Option<Attempts>, StoreError> {
    let row: Option<(i64, i64)> = fetch_optional!(tx, ATTEMPTS, subject)?;
    let read = |(failures, at)| Attempts { failures, last_at: Timestamp::from_millis(at) };
    Ok(row.map(read))
}

/// Counts attempts.
///
/// # Errors
/// [`StoreError`].
pub async fn set_attempts(
    tx: &mut Tx,
    subject: &str,
    attempts: Attempts,
) -> Result<(), StoreError> {
    execute!(tx, SET_ATTEMPTS, subject, attempts.failures, attempts.last_at.millis())?;
    Ok(())
}

/// Forgets attempts that came to a good end.
///
/// # Errors
/// [`StoreError`].
pub async fn forget(tx: &mut Tx, subject: &str) -> Result<(), StoreError> {
    execute!(tx, FORGET, subject)?;
    Ok(())
}
