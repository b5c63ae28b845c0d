//! Signing in: from a key's secret to the actor that holds it, and granting and ending keys.
//!
//! Promises: a secret is shown once, when it is made, and kept hashed; a key that ended is refused
//! by the writer in the same transaction, and by reads within [`FRESH_SECONDS`]. Does not: know
//! people (programs only, for now).

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use async_trait::async_trait;
use data_encoding::HEXLOWER;
use ring::digest;
use secrecy::{ExposeSecret as _, SecretString};

use super::error::Error;
use super::instance::Instance;
use super::writer::desk::{Decided, Desk, Draft, OPERATOR_LEDGER};
use super::writer::{Done, Write};
use crate::base::base32;
use crate::base::clock::Timestamp;
use crate::base::entropy::{Entropy, bytes};
use crate::base::id::{ApiKey, Id, Operator};
use crate::domain::access::{Action, Actor, KeyGranted, KeyRequest, KeyRevoked, Owner, Role};
use crate::domain::fact::Fact;
use crate::domain::refusal::{Reason, Refusal};
use crate::store;

/// How long a read trusts what it remembers of a key.
pub const FRESH_SECONDS: i64 = 1;

/// Actors seen lately, by the hash of their secret.
#[derive(Debug, Default)]
pub(super) struct SignIns(RwLock<HashMap<String, (Actor, i64, Timestamp)>>);

/// A new secret: `carnet_` and 52 characters.
#[must_use]
pub fn new_secret(entropy: &dyn Entropy) -> SecretString {
    let secret = base32::encode(&bytes::<32>(entropy)).to_lowercase();
    SecretString::from(format!("carnet_{secret}"))
}

/// What is stored of a secret.
#[must_use]
pub fn hash(secret: &SecretString) -> String {
    let digest = digest::digest(&digest::SHA256, secret.expose_secret().as_bytes());
    HEXLOWER.encode(digest.as_ref())
}

/// The actor that holds a secret.
///
/// # Errors
/// `not-signed-in` when no living key has it.
pub async fn actor(instance: &Instance, secret: &SecretString) -> Result<Actor, Error> {
    let hash = hash(secret);
    let (seen, now) = (instance.door.operator_size(), instance.clock.now());
    let known = {
        let memory = instance.sign_ins.0.read().unwrap_or_else(PoisonError::into_inner);
        memory.get(&hash).copied()
    };
    if let Some((actor, at, since)) = known
        && at == seen
        && since <= now
        && now < since.plus_seconds(FRESH_SECONDS)
    {
        return Ok(actor);
    }
    let mut tx = instance.database.read().await?;
    let row = store::access::by_secret(&mut tx, &hash).await?;
    let mut memory = instance.sign_ins.0.write().unwrap_or_else(PoisonError::into_inner);
    let Some(row) = row else {
        memory.remove(&hash);
        return Err(Reason::NotSignedIn.into());
    };
    let actor = row.actor()?;
    memory.insert(hash, (actor, seen, now));
    Ok(actor)
}

struct Grant {
    actor: Actor,
    key_id: Id<ApiKey>,
    request: KeyRequest,
    secret_hash: String,
}

#[async_trait]
impl Write for Grant {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        self.actor.permit(Action::GrantKey, &Owner::NOBODY)?;
        desk.refresh(&[OPERATOR_LEDGER]).await?;
        let KeyRequest { role, organisation_id, venue_id } = self.request;
        if let Some(known) = desk.created(self.key_id).await? {
            let (_, fact) = desk.fact(&known).await?;
            let same = matches!(&fact, Fact::KeyGranted(body) if body.role == role
                && body.organisation_id == organisation_id && body.venue_id == venue_id);
            return if same { Ok(Decided::Known(known)) } else { Err(Reason::Differs.into()) };
        }
        check(desk, &self.request).await?;
        let secret_hash = self.secret_hash.clone();
        let fact = KeyGranted { role, organisation_id, venue_id, secret_hash };
        Ok(Draft::new(OPERATOR_LEDGER, self.actor.id, self.key_id, fact).into())
    }
}

/// A role must fit the noun of its organisation, and a venue's key its venue.
pub(in crate::service) async fn check(
    desk: &mut Desk<'_>,
    request: &KeyRequest,
) -> Result<(), Error> {
    let KeyRequest { role, organisation_id, venue_id } = *request;
    let noun = organisation_id.any().noun().as_str();
    let fits = match role {
        Role::Operator | Role::Approver | Role::Auditor => "operator",
        Role::Funder => "funder",
        Role::Distributor => "distributor",
        Role::Structure | Role::Venue => "structure",
    };
    if noun != fits {
        let detail = format!("a key of role {role} belongs to a {fits}");
        return Err(Refusal::invalid("/organisation_id", detail).into());
    }
    if (role == Role::Venue) != venue_id.is_some() {
        let detail = "a venue's key names its venue, and no other key does";
        return Err(Refusal::invalid("/venue_id", detail).into());
    }
    if store::organisation::find(&mut desk.tx, organisation_id).await?.is_none() {
        return Err(Refusal::invalid("/organisation_id", "no such organisation").into());
    }
    if let Some(venue_id) = venue_id {
        let venue = store::venue::find(&mut desk.tx, venue_id).await?;
        if venue.is_none_or(|venue| venue.structure_id != organisation_id.to_string()) {
            return Err(Refusal::invalid("/venue_id", "no such venue of this structure").into());
        }
    }
    Ok(())
}

/// Grants a key. The secret is there the first time only: nobody can show it again.
///
/// # Errors
/// [`Error`].
pub async fn grant(
    instance: &Instance,
    actor: &Actor,
    key_id: Id<ApiKey>,
    request: KeyRequest,
) -> Result<(Done, Option<SecretString>), Error> {
    let secret = new_secret(instance.entropy.as_ref());
    let write = Grant { actor: *actor, key_id, request, secret_hash: hash(&secret) };
    let done = instance.door.write(write).await?;
    let secret = done.fresh.then_some(secret);
    Ok((done, secret))
}

struct Revoke {
    actor: Actor,
    key_id: Id<ApiKey>,
}

#[async_trait]
impl Write for Revoke {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        self.actor.permit(Action::GrantKey, &Owner::NOBODY)?;
        desk.refresh(&[OPERATOR_LEDGER]).await?;
        if let Some(known) = desk.created(format!("{}/end", self.key_id)).await? {
            return Ok(Decided::Known(known));
        }
        if desk.created(self.key_id).await?.is_none() {
            return Err(Reason::NotFound.into());
        }
        Ok(Draft::new(OPERATOR_LEDGER, self.actor.id, self.key_id, KeyRevoked {}).into())
    }
}

/// Ends a key: it is refused from the next request on.
///
/// # Errors
/// [`Error`].
pub async fn revoke(instance: &Instance, actor: &Actor, key_id: Id<ApiKey>) -> Result<Done, Error> {
    instance.door.write(Revoke { actor: *actor, key_id }).await
}

/// All keys in order of id, each with the moment it ended.
///
/// # Errors
/// `not-permitted`.
pub async fn list(
    instance: &Instance,
    actor: &Actor,
) -> Result<Vec<(Actor, Option<Timestamp>)>, Error> {
    actor.permit(Action::GrantKey, &Owner::NOBODY)?;
    let mut tx = instance.database.read().await?;
    let rows = store::access::keys(&mut tx).await?;
    let read =
        |row: store::access::KeyRow| Ok((row.actor()?, row.revoked_at.map(Timestamp::from_millis)));
    rows.into_iter().map(read).collect()
}

/// The line that grants a key to the operator itself, when an instance is founded.
#[must_use]
pub(super) fn first_key(
    key_id: Id<ApiKey>,
    operator: Id<Operator>,
    role: Role,
    secret: &SecretString,
) -> Draft {
    let organisation_id = operator.any().try_into().expect("an operator is an organisation");
    let fact = KeyGranted { role, organisation_id, venue_id: None, secret_hash: hash(secret) };
    Draft::new(OPERATOR_LEDGER, operator.any(), key_id, fact)
}
