//! API keys and the public halves of voucher keys, as their lines granted them.
//!
//! Promises: a secret is found by its hash only. Does not: keep a secret or a private key.

use std::collections::HashMap;

use serde_json::{Value, json};
use sqlx::FromRow;

use super::dialect::{
    Rows, StoreError, Tx, corrupt, execute, fetch_all, fetch_optional, parsed, statements,
};
use crate::base::clock::Timestamp;
use crate::base::id::AnyId;
use crate::domain::access::{Actor, KeyGranted, Role};
use crate::domain::keyring::{ListedVoucherKey, VoucherKeyAdded, VoucherKeyRecord};
use crate::domain::organisation::OrganisationId;
use crate::domain::session::Assurance;

statements! {
    /// Adds granted keys.
    ADD_KEYS = "-- api_key.add
        INSERT INTO api_key (api_key_id, seq, secret_hash, role, organisation_id, venue_id,
                             reads_only, expires_at)
        SELECT r.id, r.seq, r.hash,
               r.role, r.organisation, r.venue,
               r.reads_only, r.expires_at
          FROM "
        rows("$1"; seq BIGINT, id TEXT, hash TEXT, role TEXT, organisation TEXT, venue TEXT,
             reads_only BIGINT, expires_at BIGINT);
    /// Ends a key.
    REVOKE_KEY = "-- api_key.revoke
        UPDATE api_key SET revoked_at = $2 WHERE api_key_id = $1";
    /// The living key with this secret.
    BY_SECRET = "-- api_key.by_secret
        SELECT api_key_id, role, organisation_id, venue_id, reads_only, expires_at,
               revoked_at
          FROM api_key WHERE secret_hash = $1 AND revoked_at IS NULL";
    /// All keys.
    KEYS = "-- api_key.list
        SELECT api_key_id, role, organisation_id, venue_id, reads_only, expires_at,
               revoked_at
          FROM api_key ORDER BY api_key_id";
    /// One key, ended or not.
    FIND = "-- api_key.find
        SELECT api_key_id, role, organisation_id, venue_id, reads_only, expires_at,
               revoked_at
          FROM api_key WHERE api_key_id = $1";
    /// Notes when keys were used.
    KEEP_USES = "-- key_use.keep
        INSERT INTO key_use (api_key_id, used_at)
        SELECT r.id, r.used_at
          FROM "
        rows("$1"; id TEXT, used_at BIGINT)
        " WHERE TRUE ON CONFLICT (api_key_id) DO UPDATE
            SET used_at = excluded.used_at WHERE excluded.used_at > key_use.used_at";
    /// When keys were used.
    USES = "-- key_use.list
        SELECT api_key_id, used_at FROM key_use ORDER BY api_key_id";
    /// Adds a key that signs vouchers.
    ADD_VOUCHER_KEY = "-- voucher_key.add
        INSERT INTO voucher_key (issuer_id, key_no, public_key, not_before, not_after)
        VALUES ($1, $2, $3, $4, $5)";
    /// Ends a key that signs vouchers.
    REVOKE_VOUCHER_KEY = "-- voucher_key.revoke
        UPDATE voucher_key SET revoked_at = $3 WHERE issuer_id = $1 AND key_no = $2";
    /// All keys that sign vouchers.
    VOUCHER_KEYS = "-- voucher_key.list
        SELECT issuer_id, key_no, public_key, not_before, not_after, revoked_at
          FROM voucher_key ORDER BY issuer_id, key_no, public_key";
}

/// A key as stored.
#[derive(Debug, Clone, FromRow)]
pub struct KeyRow {
    /// The key.
    pub api_key_id: String,
    role: String,
    organisation_id: String,
    venue_id: Option<String>,
    reads_only: i64,
    /// When it ends by itself, in milliseconds.
    pub expires_at: Option<i64>,
    /// When it ended, in milliseconds.
    pub revoked_at: Option<i64>,
}

impl KeyRow {
    /// Who holds it.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub fn actor(&self) -> Result<Actor, StoreError> {
        Ok(Actor {
            id: parsed("api_key", "api_key_id", &self.api_key_id)?,
            role: Role::of(&self.role).ok_or_else(|| corrupt("api_key", "role", &self.role))?,
            organisation: parsed("api_key", "organisation_id", &self.organisation_id)?,
            venue: match &self.venue_id {
                Some(venue) => Some(parsed("api_key", "venue_id", venue)?),
                None => None,
            },
            reads_only: self.reads_only != 0,
            assurance: Assurance::Program,
            address: None,
        })
    }
}

/// Writes the rows of some `api-key-granted` lines.
pub(super) async fn project_granted(
    tx: &mut Tx,
    granted: &[(String, i64, &KeyGranted)],
) -> Result<(), StoreError> {
    let row = |(id, seq, body): &(String, i64, &KeyGranted)| {
        json!({
            "id": id,
            "seq": seq,
            "hash": body.secret_hash,
            "role": body.role,
            "organisation": body.organisation_id,
            "venue": body.venue_id,
            "reads_only": i64::from(body.reads_only),
            "expires_at": body.expires_at.map(Timestamp::millis),
        })
    };
    let rows: Vec<Value> = granted.iter().map(row).collect();
    execute!(tx, ADD_KEYS, Rows::of(&rows))?;
    Ok(())
}

/// Writes the row of an `api-key-revoked` line.
pub(super) async fn project_revoked(
    tx: &mut Tx,
    key_id: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    execute!(tx, REVOKE_KEY, key_id, at.millis())?;
    Ok(())
}

/// Writes the row of a `voucher-key-added` line.
pub(super) async fn project_voucher_key(
    tx: &mut Tx,
    issuer_id: &str,
    body: &VoucherKeyAdded,
) -> Result<(), StoreError> {
    let public = data_encoding::BASE64.encode(&body.public_key);
    execute!(
        tx,
        ADD_VOUCHER_KEY,
        issuer_id,
        i64::from(body.key_id),
        public.as_str(),
        body.not_before.millis(),
        body.not_after.millis()
    )?;
    Ok(())
}

/// Writes the row of a `voucher-key-revoked` line.
pub(super) async fn project_voucher_key_revoked(
    tx: &mut Tx,
    issuer_id: &str,
    key_id: u8,
    at: Timestamp,
) -> Result<(), StoreError> {
    execute!(tx, REVOKE_VOUCHER_KEY, issuer_id, i64::from(key_id), at.millis())?;
    Ok(())
}

/// The living key with this secret, by the secret's hash in hexadecimal.
///
/// # Errors
/// [`StoreError`].
pub async fn by_secret(tx: &mut Tx, hash: &str) -> Result<Option<KeyRow>, StoreError> {
    fetch_optional!(tx, BY_SECRET, hash)
}

/// One key, ended or not.
///
/// # Errors
/// [`StoreError`].
pub async fn find(tx: &mut Tx, id: AnyId) -> Result<Option<KeyRow>, StoreError> {
    let id = id.to_string();
    fetch_optional!(tx, FIND, id.as_str())
}

/// All keys, ended ones included.
///
/// # Errors
/// [`StoreError`].
pub async fn keys(tx: &mut Tx) -> Result<Vec<KeyRow>, StoreError> {
    fetch_all!(tx, KEYS)
}

/// Notes when keys were used; what was noted later stands.
///
/// # Errors
/// [`StoreError`].
pub async fn keep_uses(tx: &mut Tx, uses: &[(AnyId, Timestamp)]) -> Result<(), StoreError> {
    let row =
        |(id, at): &(AnyId, Timestamp)| json!({ "id": id.to_string(), "used_at": at.millis() });
    let rows: Vec<Value> = uses.iter().map(row).collect();
    execute!(tx, KEEP_USES, Rows::of(&rows))?;
    Ok(())
}

/// When keys were used.
///
/// # Errors
/// [`StoreError`].
pub async fn uses(tx: &mut Tx) -> Result<HashMap<AnyId, Timestamp>, StoreError> {
    let rows: Vec<(String, i64)> = fetch_all!(tx, USES)?;
    let read = |(id, at): &(String, i64)| {
        Ok((parsed("key_use", "api_key_id", id)?, Timestamp::from_millis(*at)))
    };
    rows.iter().map(read).collect()
}

type VoucherKeyRow = (String, i64, String, i64, i64, Option<i64>);

/// All keys that sign vouchers, ended ones included.
///
/// # Errors
/// [`StoreError`].
pub async fn voucher_keys(tx: &mut Tx) -> Result<Vec<VoucherKeyRecord>, StoreError> {
    let rows: Vec<VoucherKeyRow> = fetch_all!(tx, VOUCHER_KEYS)?;
    let record = |(issuer, key_no, public, from, until, revoked): VoucherKeyRow| {
        let bad = || corrupt("voucher_key", "public_key", &public);
        let bytes = data_encoding::BASE64.decode(public.as_bytes()).map_err(|_| bad())?;
        let issuer_id: OrganisationId = parsed("voucher_key", "issuer_id", &issuer)?;
        Ok(VoucherKeyRecord {
            issuer_id,
            key: ListedVoucherKey {
                key_id: u8::try_from(key_no).map_err(|_| bad())?,
                public_key: bytes.try_into().map_err(|_| bad())?,
                not_before: Timestamp::from_millis(from),
                not_after: Timestamp::from_millis(until),
                revoked_at: revoked.map(Timestamp::from_millis),
            },
        })
    };
    rows.into_iter().map(record).collect()
}
