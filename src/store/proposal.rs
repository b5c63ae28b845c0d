//! Proposals at rest, with their content, until somebody decides.
//!
//! Promises: content and salt go together, with the decision. Does not: know what is proposed.

use sqlx::FromRow;

use super::dialect::{StoreError, Tx, execute, fetch_all, fetch_optional, statements};
use crate::base::clock::Timestamp;

statements! {
    /// Adds one.
    ADD = "-- proposal.add
        INSERT INTO proposal (proposal_id, expires_at, salt, content, hash)
        VALUES ($1, $2, $3, $4, $5)";
    /// One that nobody decided on.
    FIND = "-- proposal.find
        SELECT proposal_id, expires_at, salt, content, hash
          FROM proposal WHERE proposal_id = $1";
    /// Those that nobody decided on and that have not expired.
    WAITING = "-- proposal.waiting
        SELECT proposal_id, expires_at, salt, content, hash
          FROM proposal WHERE expires_at > $1 ORDER BY proposal_id LIMIT $2";
    /// Those that expired and were not given up yet.
    EXPIRED = "-- proposal.expired
        SELECT proposal_id, expires_at, salt, content, hash
          FROM proposal WHERE expires_at <= $1 ORDER BY proposal_id LIMIT $2";
    /// Forgets what was decided.
    ERASE = "-- proposal.erase
        DELETE FROM proposal WHERE proposal_id = $1";
    /// How many people who have joined and are not kept out may be one of two roles now.
    PEOPLE = "-- proposal.people
        SELECT CAST(COUNT(DISTINCT m.person_id) AS BIGINT)
          FROM membership AS m JOIN person AS p ON p.person_id = m.person_id
         WHERE m.ended_at IS NULL AND p.state = 'active' AND m.role IN ($1, $2)";
}

/// A proposal as stored. Has no `Debug`: its content may hold an account number.
#[derive(Clone, FromRow)]
pub struct ProposalRow {
    /// The proposal.
    pub proposal_id: String,
    /// From when on nobody can approve it, in milliseconds.
    pub expires_at: i64,
    /// Hexadecimal.
    pub salt: String,
    /// JSON; see `domain::proposal::Content`.
    pub content: String,
    /// Hexadecimal.
    pub hash: String,
}

/// Adds one to the vault.
///
/// # Errors
/// [`StoreError`].
pub async fn add(tx: &mut Tx, row: &ProposalRow) -> Result<(), StoreError> {
    let ProposalRow { proposal_id, expires_at, salt, content, hash } = row;
    execute!(
        tx,
        ADD,
        proposal_id.as_str(),
        *expires_at,
        salt.as_str(),
        content.as_str(),
        hash.as_str()
    )?;
    Ok(())
}

/// One that nobody decided on.
///
/// # Errors
/// [`StoreError`].
pub async fn find(tx: &mut Tx, id: &str) -> Result<Option<ProposalRow>, StoreError> {
    fetch_optional!(tx, FIND, id)
}

/// Those that wait now, oldest first, at most so many.
///
/// # Errors
/// [`StoreError`].
pub async fn waiting(
    tx: &mut Tx,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<ProposalRow>, StoreError> {
    fetch_all!(tx, WAITING, now.millis(), limit)
}

/// Those that nobody decided on in time, oldest first, at most so many.
///
/// # Errors
/// [`StoreError`].
pub async fn expired(
    tx: &mut Tx,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<ProposalRow>, StoreError> {
    fetch_all!(tx, EXPIRED, now.millis(), limit)
}

/// Forgets the content of one that was decided.
///
/// # Errors
/// [`StoreError`].
pub async fn erase(tx: &mut Tx, id: &str) -> Result<(), StoreError> {
    execute!(tx, ERASE, id)?;
    Ok(())
}

/// How many people may sign in and be one of these roles.
///
/// # Errors
/// [`StoreError`].
pub async fn people(tx: &mut Tx, roles: [&str; 2]) -> Result<i64, StoreError> {
    let row: Option<(i64,)> = fetch_optional!(tx, PEOPLE, roles[0], roles[1])?;
    Ok(row.map_or(0, |(count,)| count))
}
