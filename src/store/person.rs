//! People at rest: names, addresses, passwords as hashes, and the links that they were sent.
//!
//! Promises: all of it is erased at once by [`erase`], and no line has to change for it; a link is
//! found by the hash of its token only. Does not: know rights (see `membership`).

use std::fmt;

use sqlx::FromRow;

use super::dialect::{
    StoreError, Tx, corrupt, execute, fetch_all, fetch_optional, parsed, statements,
};
use crate::base::clock::Timestamp;
use crate::base::id::{Id, Person};
use crate::domain::organisation::OrganisationId;
use crate::domain::person::PersonState;

statements! {
    /// Adds a person.
    ADD = "-- person.add
        INSERT INTO person (person_id, email, name, state, password_hash, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)";
    /// One person.
    FIND = "-- person.find
        SELECT person_id, email, name, state, password_hash, created_at
          FROM person WHERE person_id = $1";
    /// The person of an address.
    BY_EMAIL = "-- person.by_email
        SELECT person_id, email, name, state, password_hash, created_at
          FROM person WHERE email = $1";
    /// People who are something for an organisation, or (with an empty name) all.
    OF_ORGANISATION = "-- person.of_organisation
        SELECT p.person_id, p.email, p.name, p.state, p.password_hash, p.created_at
          FROM person AS p
         WHERE $1 = '' OR EXISTS (SELECT 1 FROM membership AS m
                                   WHERE m.person_id = p.person_id AND m.organisation_id = $1
                                     AND m.ended_at IS NULL)
         ORDER BY p.person_id";
    /// Whether there is anybody.
    ANY = "-- person.any
        SELECT person_id FROM person ORDER BY person_id LIMIT 1";
    /// Sets the name and the password, and lets in who was invited.
    SET_PASSWORD = "-- person.set_password
        UPDATE person SET password_hash = $2,
               state = CASE WHEN state = 'invited' THEN 'active' ELSE state END
         WHERE person_id = $1";
    /// Keeps out, or lets in again.
    SET_STATE = "-- person.set_state
        UPDATE person SET state = $2 WHERE person_id = $1";
    /// Erases the row.
    ERASE = "-- person.erase
        DELETE FROM person WHERE person_id = $1";
    /// Adds a link.
    ADD_LINK = "-- link.add
        INSERT INTO link (token_hash, purpose, person_id, expires_at) VALUES ($1, $2, $3, $4)";
    /// A link.
    FIND_LINK = "-- link.find
        SELECT token_hash, purpose, person_id, expires_at FROM link WHERE token_hash = $1";
    /// Ends a link.
    USE_LINK = "-- link.use
        DELETE FROM link WHERE token_hash = $1";
    /// Ends the links of a purpose and a person.
    END_LINKS = "-- link.end
        DELETE FROM link WHERE purpose = $1 AND COALESCE(person_id, '') = $2";
    /// Ends the links of a person.
    END_ALL_LINKS = "-- link.end_all
        DELETE FROM link WHERE person_id = $1";
}

/// A person as stored; `Debug` shows the id only.
#[derive(Clone, FromRow)]
pub struct PersonRow {
    /// The person.
    pub person_id: String,
    /// The address, in lower case.
    pub email: String,
    /// The name.
    pub name: String,
    /// `invited`, `active` or `disabled`.
    pub state: String,
    /// The password's hash (PHC string), once there is one.
    pub password_hash: Option<String>,
    /// When it was invited, in milliseconds.
    pub created_at: i64,
}

impl fmt::Debug for PersonRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PersonRow").field("person_id", &self.person_id).finish_non_exhaustive()
    }
}

impl PersonRow {
    /// The person.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub fn id(&self) -> Result<Id<Person>, StoreError> {
        parsed("person", "person_id", &self.person_id)
    }

    /// Whether it may sign in.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub fn state(&self) -> Result<PersonState, StoreError> {
        PersonState::of(&self.state).ok_or_else(|| corrupt("person", "state", &self.state))
    }
}

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The first operator of an instance makes itself known.
    First,
    /// Somebody who was invited chooses a password.
    Invitation,
    /// Somebody who forgot its password chooses another.
    Reset,
}

impl Purpose {
    const ALL: [Self; 3] = [Self::First, Self::Invitation, Self::Reset];

    /// The word in tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Invitation => "invitation",
            Self::Reset => "reset",
        }
    }
}

/// A link as stored.
#[derive(Debug, Clone, FromRow)]
pub struct LinkRow {
    /// SHA-256 of its token, in hexadecimal.
    pub token_hash: String,
    /// What it is for.
    pub purpose: String,
    /// Whose it is; nobody's for the first operator.
    pub person_id: Option<String>,
    /// Until when, in milliseconds.
    pub expires_at: i64,
}

impl LinkRow {
    /// What it is for.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub fn purpose(&self) -> Result<Purpose, StoreError> {
        let found = Purpose::ALL.into_iter().find(|purpose| purpose.as_str() == self.purpose);
        found.ok_or_else(|| corrupt("link", "purpose", &self.purpose))
    }

    /// Whose it is.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub fn person(&self) -> Result<Option<Id<Person>>, StoreError> {
        self.person_id.as_deref().map(|id| parsed("link", "person_id", id)).transpose()
    }
}

/// Adds a person.
///
/// # Errors
/// [`StoreError`]; a clash when the address is taken.
pub async fn add(tx: &mut Tx, row: &PersonRow) -> Result<(), StoreError> {
    execute!(
        tx,
        ADD,
        row.person_id.as_str(),
        row.email.as_str(),
        row.name.as_str(),
        row.state.as_str(),
        row.password_hash.as_deref(),
        row.created_at
    )?;
    Ok(())
}

/// One person.
///
/// # Errors
/// [`StoreError`].
pub async fn find(tx: &mut Tx, id: Id<Person>) -> Result<Option<PersonRow>, StoreError> {
    let id = id.to_string();
    fetch_optional!(tx, FIND, id.as_str())
}

/// The person of an address in lower case.
///
/// # Errors
/// [`StoreError`].
pub async fn by_email(tx: &mut Tx, email: &str) -> Result<Option<PersonRow>, StoreError> {
    fetch_optional!(tx, BY_EMAIL, email)
}

/// People who are something for an organisation, or all, in order of id.
///
/// # Errors
/// [`StoreError`].
pub async fn of_organisation(
    tx: &mut Tx,
    organisation: Option<OrganisationId>,
) -> Result<Vec<PersonRow>, StoreError> {
    let organisation = organisation.map(|id| id.to_string()).unwrap_or_default();
    fetch_all!(tx, OF_ORGANISATION, organisation.as_str())
}

/// Whether there is anybody.
///
/// # Errors
/// [`StoreError`].
pub async fn is_anybody(tx: &mut Tx) -> Result<bool, StoreError> {
    let found: Option<(String,)> = fetch_optional!(tx, ANY)?;
    Ok(found.is_some())
}

/// Sets a password's hash, and lets in who was invited.
///
/// # Errors
/// [`StoreError`].
pub async fn set_password(tx: &mut Tx, id: Id<Person>, hash: &str) -> Result<(), StoreError> {
    let id = id.to_string();
    execute!(tx, SET_PASSWORD, id.as_str(), hash)?;
    Ok(())
}

/// Keeps a person out, or lets it in again.
///
/// # Errors
/// [`StoreError`].
pub async fn set_state(tx: &mut Tx, id: Id<Person>, state: PersonState) -> Result<(), StoreError> {
    let id = id.to_string();
    execute!(tx, SET_STATE, id.as_str(), state.as_str())?;
    Ok(())
}

/// Erases a person's name, address, password and links; gives whether it was there.
///
/// # Errors
/// [`StoreError`].
pub async fn erase(tx: &mut Tx, id: Id<Person>) -> Result<bool, StoreError> {
    let id = id.to_string();
    execute!(tx, END_ALL_LINKS, id.as_str())?;
    Ok(execute!(tx, ERASE, id.as_str())? > 0)
}

/// Adds a link, in place of those of the same purpose and person.
///
/// # Errors
/// [`StoreError`].
pub async fn add_link(tx: &mut Tx, row: &LinkRow) -> Result<(), StoreError> {
    let person = row.person_id.as_deref();
    execute!(tx, END_LINKS, row.purpose.as_str(), person.unwrap_or_default())?;
    let (hash, purpose) = (row.token_hash.as_str(), row.purpose.as_str());
    execute!(tx, ADD_LINK, hash, purpose, person, row.expires_at)?;
    Ok(())
}

/// A link that has not ended.
///
/// # Errors
/// [`StoreError`].
pub async fn link(
    tx: &mut Tx,
    token_hash: &str,
    now: Timestamp,
) -> Result<Option<LinkRow>, StoreError> {
    let row: Option<LinkRow> = fetch_optional!(tx, FIND_LINK, token_hash)?;
    Ok(row.filter(|row| now.millis() < row.expires_at))
}

/// Ends a link; gives whether it was there.
///
/// # Errors
/// [`StoreError`].
pub async fn use_link(tx: &mut Tx, token_hash: &str) -> Result<bool, StoreError> {
    Ok(execute!(tx, USE_LINK, token_hash)? > 0)
}

/// Ends all links of a person.
///
/// # Errors
/// [`StoreError`].
pub async fn end_links(tx: &mut Tx, id: Id<Person>) -> Result<(), StoreError> {
    let id = id.to_string();
    execute!(tx, END_ALL_LINKS, id.as_str())?;
    Ok(())
}
