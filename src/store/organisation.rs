//! Organisations at rest, with sites, bank accounts and logos.
//!
//! Promises: one row is the newest version; every version is a line. Does not: show a bank account
//! to anybody (services do, to those who may).

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Value, json};
use sqlx::FromRow;

use super::dialect::{
    Rows, StoreError, Tx, decoded, execute, fetch_all, fetch_optional, statements,
};
use crate::base::clock::Timestamp;
use crate::domain::organisation::{OrganisationId, OrganisationProfile, OrganisationRegistered};

statements! {
    /// Sets registers to a version.
    SET = "-- organisation.set
        INSERT INTO organisation (organisation_id, seq, version, name, body)
        SELECT r.id, r.seq,
               r.version, r.name, r.body
          FROM " rows("$1"; seq BIGINT, version BIGINT, id TEXT, name TEXT, body TEXT) "
         WHERE TRUE
            ON CONFLICT (organisation_id) DO UPDATE
           SET seq = excluded.seq, version = excluded.version, name = excluded.name,
               body = excluded.body";
    /// Sets sites.
    SET_SITES = "-- site.set
        INSERT INTO site (site_id, organisation_id, name, commune)
        SELECT r.id, r.organisation, r.name,
               r.commune
          FROM " rows("$1"; id TEXT, organisation TEXT, name TEXT, commune TEXT) "
         WHERE TRUE
            ON CONFLICT (site_id) DO UPDATE
           SET name = excluded.name, commune = excluded.commune";
    /// One register.
    FIND = "-- organisation.find
        SELECT organisation_id, seq, version, name, body
          FROM organisation WHERE organisation_id = $1";
    /// All registers of a noun.
    LIST = "-- organisation.list
        SELECT organisation_id, seq, version, name, body
          FROM organisation WHERE organisation_id >= $1 AND organisation_id < $2
         ORDER BY organisation_id";
    /// Whose site it is.
    SITE_OWNER = "-- site.owner
        SELECT organisation_id, name FROM site WHERE site_id = $1";
    /// Whose some sites are.
    SITE_OWNERS = "-- site.owners
        SELECT s.site_id, s.organisation_id
          FROM " rows("$1"; id TEXT) "
          JOIN site AS s ON s.site_id = r.id
         ORDER BY s.site_id";
    /// Adds a bank account.
    ADD_ACCOUNT = "-- bank_account.add
        INSERT INTO bank_account
               (owner_id, version, iban, holder, salt, hash, changed_at, in_force_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    /// The newest bank accounts of some owners, in force or not.
    NEWEST_ACCOUNTS = "-- bank_account.newest
        SELECT b.owner_id, b.version, b.iban, b.holder, b.salt, b.hash, b.changed_at,
               b.in_force_at
          FROM " rows("$1"; id TEXT) "
          JOIN bank_account AS b ON b.owner_id = r.id
         WHERE b.version = (SELECT MAX(n.version) FROM bank_account AS n
                             WHERE n.owner_id = b.owner_id)
         ORDER BY b.owner_id";
    /// The bank accounts of some owners that were in force at a moment. One that was changed again
    /// before its time came never was; one that was purged is nobody's.
    ACCOUNTS_IN_FORCE = "-- bank_account.in_force
        SELECT b.owner_id, b.version, b.iban, b.holder, b.salt, b.hash, b.changed_at,
               b.in_force_at
          FROM " rows("$1"; id TEXT) "
          JOIN bank_account AS b ON b.owner_id = r.id
         WHERE b.iban <> ''
           AND b.version = (SELECT MAX(n.version) FROM bank_account AS n
                             WHERE n.owner_id = b.owner_id AND n.in_force_at <= $2
                               AND NOT EXISTS (SELECT 1 FROM bank_account AS l
                                                WHERE l.owner_id = n.owner_id
                                                  AND l.version > n.version
                                                  AND l.changed_at < n.in_force_at))
         ORDER BY b.owner_id";
    /// Adds a logo.
    ADD_LOGO = "-- logo.add
        INSERT INTO logo (owner_id, version, hash, content) VALUES ($1, $2, $3, $4)";
    /// The newest logo of an owner.
    NEWEST_LOGO = "-- logo.newest
        SELECT version, hash, content FROM logo
         WHERE owner_id = $1 ORDER BY version DESC LIMIT 1";
}

/// A register as stored.
#[derive(Debug, Clone, FromRow)]
pub struct OrganisationRow {
    /// The organisation.
    pub organisation_id: String,
    /// The line of this version.
    pub seq: i64,
    /// 1 for the first.
    pub version: i64,
    /// Its name.
    pub name: String,
    body: String,
}

impl OrganisationRow {
    /// The content of the register.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub fn profile(&self) -> Result<OrganisationProfile, StoreError> {
        decoded("organisation", "body", &self.body)
    }
}

/// A bank account as stored.
#[derive(Clone, FromRow)]
pub struct BankAccountRow {
    /// Whose.
    pub owner_id: String,
    /// 1 for the first.
    pub version: i64,
    /// Electronic form.
    pub iban: String,
    /// The account's holder: the organisation's own name at the bank.
    pub holder: String,
    /// Hexadecimal.
    pub salt: String,
    /// Hexadecimal.
    pub hash: String,
    /// When it took the place of another one, in milliseconds; 0 for one that counts at once.
    pub changed_at: i64,
    /// From when on money goes there, in milliseconds; 0 for one that counts at once.
    pub in_force_at: i64,
}

/// Writes the rows of some `organisation-registered` lines.
pub(super) async fn project(
    tx: &mut Tx,
    registered: &[(OrganisationId, i64, &OrganisationRegistered)],
) -> Result<(), StoreError> {
    let row = |(id, seq, body): &(OrganisationId, i64, &OrganisationRegistered)| {
        json!({
            "id": id,
            "seq": seq,
            "version": body.version,
            "name": body.profile.name,
            "body": text(&body.profile),
        })
    };
    let rows: Vec<Value> = registered.iter().map(row).collect();
    execute!(tx, SET, Rows::of(&rows))?;
    let sites = registered.iter().flat_map(|(id, _, body)| {
        body.profile.sites.iter().map(move |site| {
            json!({
                "id": site.site_id,
                "organisation": id,
                "name": site.name,
                "commune": site.commune,
            })
        })
    });
    let sites: Vec<Value> = sites.collect();
    if !sites.is_empty() {
        execute!(tx, SET_SITES, Rows::of(&sites))?;
    }
    Ok(())
}

/// JSON text of a stored body.
pub(super) fn text<T: Serialize>(body: &T) -> String {
    serde_json::to_string(body).expect("a body is made of texts and whole numbers")
}

/// One register.
///
/// # Errors
/// [`StoreError`].
pub async fn find(tx: &mut Tx, id: OrganisationId) -> Result<Option<OrganisationRow>, StoreError> {
    let id = id.to_string();
    fetch_optional!(tx, FIND, id.as_str())
}

/// All registers whose id begins with a noun, like `structure`.
///
/// # Errors
/// [`StoreError`].
pub async fn list(tx: &mut Tx, noun: &str) -> Result<Vec<OrganisationRow>, StoreError> {
    // The character after `_` in ASCII, so that the range holds exactly this noun.
    let (from, to) = (format!("{noun}_"), format!("{noun}`"));
    fetch_all!(tx, LIST, from.as_str(), to.as_str())
}

/// Whose site it is, and its name.
///
/// # Errors
/// [`StoreError`].
pub async fn site_owner(
    tx: &mut Tx,
    site_id: &str,
) -> Result<Option<(String, String)>, StoreError> {
    fetch_optional!(tx, SITE_OWNER, site_id)
}

/// Whose some sites are: (site, organisation); unknown ones are left out.
///
/// # Errors
/// [`StoreError`].
pub async fn site_owners(
    tx: &mut Tx,
    sites: &BTreeSet<String>,
) -> Result<Vec<(String, String)>, StoreError> {
    let rows: Vec<Value> = sites.iter().map(|id| json!({ "id": id })).collect();
    fetch_all!(tx, SITE_OWNERS, Rows::of(&rows))
}

/// Adds a bank account to the vault.
///
/// # Errors
/// [`StoreError`].
pub async fn add_bank_account(tx: &mut Tx, row: &BankAccountRow) -> Result<(), StoreError> {
    let BankAccountRow { owner_id, version, iban, holder, salt, hash, changed_at, in_force_at } =
        row;
    execute!(
        tx,
        ADD_ACCOUNT,
        owner_id.as_str(),
        *version,
        iban.as_str(),
        holder.as_str(),
        salt.as_str(),
        hash.as_str(),
        *changed_at,
        *in_force_at
    )?;
    Ok(())
}

/// The newest bank accounts of some owners, in force or not yet; those without one are left out.
///
/// # Errors
/// [`StoreError`].
pub async fn bank_accounts(
    tx: &mut Tx,
    owners: &[String],
) -> Result<Vec<BankAccountRow>, StoreError> {
    let rows: Vec<Value> = owners.iter().map(|id| json!({ "id": id })).collect();
    fetch_all!(tx, NEWEST_ACCOUNTS, Rows::of(&rows))
}

/// The bank accounts of some owners that were in force at a moment; those without one are left out.
///
/// # Errors
/// [`StoreError`].
pub async fn accounts_in_force(
    tx: &mut Tx,
    owners: &[String],
    at: Timestamp,
) -> Result<Vec<BankAccountRow>, StoreError> {
    let rows: Vec<Value> = owners.iter().map(|id| json!({ "id": id })).collect();
    fetch_all!(tx, ACCOUNTS_IN_FORCE, Rows::of(&rows), at.millis())
}

/// Adds a logo to the vault; `content` is base64.
///
/// # Errors
/// [`StoreError`].
pub async fn add_logo(
    tx: &mut Tx,
    owner_id: &str,
    version: i64,
    hash: &str,
    content: &str,
) -> Result<(), StoreError> {
    execute!(tx, ADD_LOGO, owner_id, version, hash, content)?;
    Ok(())
}

/// The newest logo of an owner: version, hash, base64.
///
/// # Errors
/// [`StoreError`].
pub async fn logo(
    tx: &mut Tx,
    owner_id: &str,
) -> Result<Option<(i64, String, String)>, StoreError> {
    fetch_optional!(tx, NEWEST_LOGO, owner_id)
}
