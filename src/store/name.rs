//! What organisations, venues, sites and people are called, for pages that show many of them.
//!
//! Promises: names by id in one statement a noun; registers in parts, by id. Does not: tell who may
//! know a name (see `service::find`).

use serde_json::{Value, json};

use super::dialect::{Rows, StoreError, Tx, fetch_all, statements};
use crate::base::id::{Id, Person};

statements! {
    /// Names of some organisations.
    ORGANISATIONS = "-- name.organisations
        SELECT o.organisation_id, o.name
          FROM " rows("$1"; id TEXT) "
          JOIN organisation AS o ON o.organisation_id = r.id
         ORDER BY o.organisation_id";
    /// Names of some venues.
    VENUES = "-- name.venues
        SELECT v.venue_id, v.name
          FROM " rows("$1"; id TEXT) "
          JOIN venue AS v ON v.venue_id = r.id
         ORDER BY v.venue_id";
    /// Names of some sites.
    SITES = "-- name.sites
        SELECT s.site_id, s.name
          FROM " rows("$1"; id TEXT) "
          JOIN site AS s ON s.site_id = r.id
         ORDER BY s.site_id";
    /// Names of some people.
    PEOPLE = "-- name.people
        SELECT p.person_id, p.name
          FROM " rows("$1"; id TEXT) "
          JOIN person AS p ON p.person_id = r.id
         ORDER BY p.person_id";
    /// Some organisations after one, by id.
    PAGE = "-- name.organisation_page
        SELECT organisation_id, name, body
          FROM organisation WHERE organisation_id > $1 AND organisation_id < $2
         ORDER BY organisation_id LIMIT $3";
    /// Some venues after one, by id.
    VENUE_PAGE = "-- name.venue_page
        SELECT venue_id, name, structure_id
          FROM venue WHERE venue_id > $1 ORDER BY venue_id LIMIT $2";
    /// The venues of a structure.
    VENUES_OF = "-- name.venues_of
        SELECT venue_id, name, state FROM venue
         WHERE structure_id = $1 ORDER BY venue_id LIMIT $2";
}

fn keys(ids: &[String]) -> Rows {
    let rows: Vec<Value> = ids.iter().map(|id| json!({ "id": id })).collect();
    Rows::of(&rows)
}

/// What some organisations are called: id and name; others are left out.
///
/// # Errors
/// [`StoreError`].
pub async fn organisations(
    tx: &mut Tx,
    ids: &[String],
) -> Result<Vec<(String, String)>, StoreError> {
    fetch_all!(tx, ORGANISATIONS, keys(ids))
}

/// What some people are called: id and name; who is not there is left out.
///
/// # Errors
/// [`StoreError`].
pub async fn people(tx: &mut Tx, ids: &[Id<Person>]) -> Result<Vec<(String, String)>, StoreError> {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    fetch_all!(tx, PEOPLE, keys(&ids))
}

/// What some organisations, venues and sites are called: id and name; others are left out.
///
/// # Errors
/// [`StoreError`].
pub async fn of(tx: &mut Tx, ids: &[String]) -> Result<Vec<(String, String)>, StoreError> {
    let mut names = organisations(tx, ids).await?;
    let venues: Vec<(String, String)> = fetch_all!(tx, VENUES, keys(ids))?;
    let sites: Vec<(String, String)> = fetch_all!(tx, SITES, keys(ids))?;
    names.extend(venues);
    names.extend(sites);
    Ok(names)
}

/// Organisations after an id and before another one: id, name and register.
///
/// # Errors
/// [`StoreError`].
pub async fn page(
    tx: &mut Tx,
    (after, before): (&str, &str),
    limit: i64,
) -> Result<Vec<(String, String, String)>, StoreError> {
    fetch_all!(tx, PAGE, after, before, limit)
}

/// Venues after an id: id, name and structure.
///
/// # Errors
/// [`StoreError`].
pub async fn venue_page(
    tx: &mut Tx,
    after: &str,
    limit: i64,
) -> Result<Vec<(String, String, String)>, StoreError> {
    fetch_all!(tx, VENUE_PAGE, after, limit)
}

/// The venues of a structure: id, name and state.
///
/// # Errors
/// [`StoreError`].
pub async fn venues_of(
    tx: &mut Tx,
    structure_id: &str,
    limit: i64,
) -> Result<Vec<(String, String, String)>, StoreError> {
    fetch_all!(tx, VENUES_OF, structure_id, limit)
}
