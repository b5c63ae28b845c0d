//! Signing in at a provider, at rest: what waits for somebody to come back, and whom it meant.
//!
//! Promises: what waits is taken once; a provider's subject is kept as a hash. Does not: verify.

use sqlx::FromRow;

use super::dialect::{StoreError, Tx, execute, fetch_optional, parsed, statements};
use crate::base::clock::Timestamp;
use crate::base::id::{Id, Person};

statements! {
    /// Waits for somebody to come back.
    ADD_FLOW = "-- openid_flow.add
        INSERT INTO openid_flow (state_hash, nonce, verifier, expires_at) VALUES ($1, $2, $3, $4)";
    /// Who is waited for.
    FLOW = "-- openid_flow.find
        SELECT state_hash, nonce, verifier, expires_at FROM openid_flow WHERE state_hash = $1";
    /// Waits no longer.
    END_FLOW = "-- openid_flow.end
        DELETE FROM openid_flow WHERE state_hash = $1";
    /// Forgets who never came back.
    PURGE = "-- openid_flow.purge
        DELETE FROM openid_flow WHERE expires_at < $1";
    /// Whom a provider means.
    PERSON = "-- identity.person
        SELECT subject, person_id FROM identity WHERE subject = $1";
    /// Binds a provider's subject to a person.
    BIND = "-- identity.bind
        INSERT INTO identity (subject, person_id) VALUES ($1, $2)
            ON CONFLICT (subject) DO NOTHING";
    /// Erases what providers call a person.
    ERASE = "-- identity.erase
        DELETE FROM identity WHERE person_id = $1";
}

/// Somebody who is at the provider.
#[derive(Debug, Clone, FromRow)]
pub struct FlowRow {
    /// SHA-256 of the state, in hexadecimal.
    pub state_hash: String,
    /// What its token must name.
    pub nonce: String,
    /// The secret half of PKCE.
    pub verifier: String,
    /// Until when, in milliseconds.
    pub expires_at: i64,
}

/// Whom a provider means.
#[derive(Debug, Clone, FromRow)]
pub struct IdentityRow {
    /// A hash of the provider and what it calls somebody.
    pub subject: String,
    /// The person.
    pub person_id: String,
}

/// Waits for somebody to come back, and forgets who never did.
///
/// # Errors
/// [`StoreError`].
pub async fn add_flow(tx: &mut Tx, row: &FlowRow, now: Timestamp) -> Result<(), StoreError> {
    execute!(tx, PURGE, now.millis())?;
    let (state, nonce) = (row.state_hash.as_str(), row.nonce.as_str());
    execute!(tx, ADD_FLOW, state, nonce, row.verifier.as_str(), row.expires_at)?;
    Ok(())
}

/// Who came back: once, and in time.
///
/// # Errors
/// [`StoreError`].
pub async fn take_flow(
    tx: &mut Tx,
    state_hash: &str,
    now: Timestamp,
) -> Result<Option<FlowRow>, StoreError> {
    let row: Option<FlowRow> = fetch_optional!(tx, FLOW, state_hash)?;
    execute!(tx, END_FLOW, state_hash)?;
    Ok(row.filter(|row| now.millis() < row.expires_at))
}

/// Whom a provider means.
///
/// # Errors
/// [`StoreError`].
pub async fn person_of(tx: &mut Tx, subject: &str) -> Result<Option<Id<Person>>, StoreError> {
    let row: Option<IdentityRow> = fetch_optional!(tx, PERSON, subject)?;
    row.map(|row| parsed("identity", "person_id", &row.person_id)).transpose()
}

/// Binds a provider's subject to a person, if it is nobody's yet.
///
/// # Errors
/// [`StoreError`].
pub async fn bind(tx: &mut Tx, row: &IdentityRow) -> Result<(), StoreError> {
    execute!(tx, BIND, row.subject.as_str(), row.person_id.as_str())?;
    Ok(())
}

/// Erases what providers call a person.
///
/// # Errors
/// [`StoreError`].
pub async fn erase(tx: &mut Tx, person: Id<Person>) -> Result<(), StoreError> {
    let person = person.to_string();
    execute!(tx, ERASE, person.as_str())?;
    Ok(())
}
