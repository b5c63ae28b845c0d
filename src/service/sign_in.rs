//! Signing in: from a key's secret to the actor that holds it, and granting and ending keys.
//!
//! Promises: a secret is shown once, when it is made, and kept hashed; a key that ended is refused
//! by the writer in the same transaction, and by reads within [`FRESH_SECONDS`]. Does not: know
//! people (programs only, for now).

pub mod uses;

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use async_trait::async_trait;
use data_encoding::HEXLOWER;
use ring::digest;
use secrecy::{ExposeSecret as _, SecretString};

use self::uses::Uses;
use super::error::Error;
use super::instance::Instance;
use super::propose::{Asked, weigh};
use super::writer::desk::{Decided, Decision, Desk, Draft, OPERATOR_LEDGER};
use super::writer::{Done, Write};
use crate::base::base32;
use crate::base::clock::Timestamp;
use crate::base::entropy::{Entropy, bytes};
use crate::base::id::{ApiKey, Id, Operator};
use crate::domain::access::{Action, Actor, KeyRequest, KeyRevoked, Owner, Role};
use crate::domain::fact::Fact;
use crate::domain::proposal::{Act, Matter};
use crate::domain::refusal::{Reason, Refusal};
use crate::store;

/// How long a read trusts what it remembers of a key.
pub const FRESH_SECONDS: i64 = 1;

/// Actors seen lately, by the hash of their secret.
#[derive(Debug, Default)]
pub(super) struct SignIns {
    seen: RwLock<HashMap<String, Seen>>,
    uses: Uses,
}

/// An actor as it was read.
#[derive(Debug, Clone, Copy)]
struct Seen {
    actor: Actor,
    expires_at: Option<Timestamp>,
    /// How long the operator's ledger was.
    size: i64,
    at: Timestamp,
}

impl Seen {
    /// The actor, unless its key has ended by itself meanwhile.
    fn living(self, now: Timestamp) -> Result<Actor, Error> {
        if self.expires_at.is_some_and(|at| at <= now) {
            return Err(Reason::NotSignedIn.into());
        }
        Ok(self.actor)
    }
}

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
    let (size, now) = (instance.door.operator_size(), instance.clock.now());
    let known = {
        let memory = instance.sign_ins.seen.read().unwrap_or_else(PoisonError::into_inner);
        memory.get(&hash).copied()
    };
    if let Some(seen) = known
        && seen.size == size
        && seen.at <= now
        && now < seen.at.plus_seconds(FRESH_SECONDS)
    {
        return seen.living(now);
    }
    let mut tx = instance.database.read().await?;
    let row = store::access::by_secret(&mut tx, &hash).await?;
    let mut memory = instance.sign_ins.seen.write().unwrap_or_else(PoisonError::into_inner);
    let Some(row) = row else {
        memory.remove(&hash);
        return Err(Reason::NotSignedIn.into());
    };
    let expires_at = row.expires_at.map(Timestamp::from_millis);
    let seen = Seen { actor: row.actor()?, expires_at, size, at: now };
    memory.insert(hash, seen);
    drop(memory);
    let actor = seen.living(now)?;
    instance.sign_ins.uses.note(actor.id, now);
    Ok(actor)
}

/// A write that grants a key.
pub(super) struct Grant {
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
        if let Some(known) = desk.created(self.key_id).await? {
            let (_, fact) = desk.fact(&known).await?;
            let same = matches!(&fact, Fact::KeyGranted(body) if body.is(&self.request));
            return if same { Ok(Decided::Known(known)) } else { Err(Reason::Differs.into()) };
        }
        check(desk, &self.request).await?;
        let (key_id, request, secret_hash) = (self.key_id, self.request, self.secret_hash.clone());
        let fact = request.granted(secret_hash.clone());
        let draft = Draft::new(OPERATOR_LEDGER, self.actor.id, key_id, fact);
        let decision = Decision { drafts: vec![draft], ..Decision::default() };
        let (actor, action, owner) = (&self.actor, Action::GrantKey, Owner::NOBODY);
        let matter = Matter::Role(request.role);
        let act = Act::GrantApiKey { key_id, request, secret_hash };
        weigh(desk, Asked { actor, action, owner, matter, act }, decision).await
    }
}

/// The write that grants a key whose secret has this hash.
pub(super) const fn granting(
    actor: &Actor,
    key_id: Id<ApiKey>,
    request: KeyRequest,
    secret_hash: String,
) -> Grant {
    Grant { actor: *actor, key_id, request, secret_hash }
}

/// A role must fit the noun of its organisation, and a venue's key its venue.
pub(super) async fn check(desk: &mut Desk<'_>, request: &KeyRequest) -> Result<(), Error> {
    let KeyRequest { role, organisation_id, venue_id, expires_at, .. } = *request;
    if expires_at.is_some_and(|at| at <= desk.now) {
        return Err(Refusal::invalid("/expires_at", "this moment is past").into());
    }
    let noun = organisation_id.any().noun().as_str();
    if noun != role.noun() {
        let detail = format!("a key of role {role} belongs to a {}", role.noun());
        return Err(Refusal::invalid("/organisation_id", detail).into());
    }
    if role.is_at_a_venue() != venue_id.is_some() {
        let detail = "a key of a venue's role names its venue, and no other key does";
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
/// [`Error`]; `Proposed` for a role that two people grant: its secret is with the first answer, and
/// opens nothing before the other person approves.
pub async fn grant(
    instance: &Instance,
    actor: &Actor,
    key_id: Id<ApiKey>,
    request: KeyRequest,
) -> Result<(Done, Option<SecretString>), Error> {
    let secret = new_secret(instance.entropy.as_ref());
    match instance.door.write(granting(actor, key_id, request, hash(&secret))).await {
        Err(Error::Proposed(mut proposed)) => {
            proposed.secret = proposed.done.fresh.then_some(secret);
            Err(Error::Proposed(proposed))
        }
        done => {
            let done = done?;
            let secret = done.fresh.then_some(secret);
            Ok((done, secret))
        }
    }
}

struct Revoke {
    actor: Actor,
    key_id: Id<ApiKey>,
}

#[async_trait]
impl Write for Revoke {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        desk.refresh(&[OPERATOR_LEDGER]).await?;
        let row = store::access::find(&mut desk.tx, self.key_id.any()).await?;
        let key = row.ok_or(Reason::NotFound)?.actor()?;
        if self.actor.may_ever(Action::GrantKey).is_err() && key.role != Role::Device {
            return Err(Reason::NotFound.into());
        }
        self.actor.permit(Action::PairDevice, &key.as_owner())?;
        if let Some(known) = desk.created(format!("{}/end", self.key_id)).await? {
            return Ok(Decided::Known(known));
        }
        Ok(Draft::new(OPERATOR_LEDGER, self.actor.id, self.key_id, KeyRevoked {}).into())
    }
}

/// Ends a key: it is refused from the next request on. A manager ends its own devices only.
///
/// # Errors
/// [`Error`]; `not-found` for unknown and foreign keys alike.
pub async fn revoke(instance: &Instance, actor: &Actor, key_id: Id<ApiKey>) -> Result<Done, Error> {
    actor.may_ever(Action::PairDevice)?;
    instance.door.write(Revoke { actor: *actor, key_id }).await
}

/// A key as it stands.
#[derive(Debug, Clone, Copy)]
pub struct KeyState {
    /// What it may.
    pub actor: Actor,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was ended.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, to the minute; never, as far as is known, when absent.
    pub used_at: Option<Timestamp>,
}

/// The keys and devices that an actor may see, in order of id.
///
/// # Errors
/// `not-permitted`.
pub async fn list(instance: &Instance, actor: &Actor) -> Result<Vec<KeyState>, Error> {
    actor.may_ever(Action::ReadKeys)?;
    let mut tx = instance.read_as(actor).await?;
    let rows = store::access::keys(&mut tx).await?;
    let uses = instance.sign_ins.uses.all(&mut tx).await?;
    drop(tx);
    let mut keys = Vec::with_capacity(rows.len());
    for row in rows {
        let [expires_at, revoked_at] =
            [row.expires_at, row.revoked_at].map(|at| at.map(Timestamp::from_millis));
        let actor_of_key = row.actor()?;
        let used_at = uses.get(&actor_of_key.id).copied();
        let key = KeyState { actor: actor_of_key, expires_at, revoked_at, used_at };
        let permitted = actor.permit(Action::ReadKeys, &key.actor.as_owner()).is_ok();
        if permitted || crate::base::planted::is("tenant-forgotten") {
            keys.push(key);
        }
    }
    Ok(keys)
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
    let fact = KeyRequest::of(role, organisation_id).granted(hash(secret));
    Draft::new(OPERATOR_LEDGER, operator.any(), key_id, fact)
}
