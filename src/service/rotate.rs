//! Rotating the keys that sign vouchers: a new one begins, an old one ends.
//!
//! Promises: a key id is used once; what a key signed stays good when the next one begins, and
//! counts as forged once the key is revoked. Does not: make or delete key files (see `keys`).

use async_trait::async_trait;
use data_encoding::BASE64;

use super::error::Error;
use super::instance::Instance;
use super::propose::{Asked, weigh};
use super::writer::desk::{Decided, Decision, Desk, Draft, OPERATOR_LEDGER};
use super::writer::{Done, Write};
use crate::base::clock::Timestamp;
use crate::domain::access::{Action, Actor, Owner, Role};
use crate::domain::fact::Fact;
use crate::domain::keyring::{VoucherKeyAdded, VoucherKeyRecord, VoucherKeyRevoked};
use crate::domain::organisation::OrganisationId;
use crate::domain::proposal::{Act, Matter};
use crate::domain::refusal::{Reason, Refusal};
use crate::domain::token::PublicVoucherKey;

/// The operator at its own machine: whoever reads the key files and the database is the operator.
///
/// # Errors
/// [`Error::Fault`] when the instance was not founded.
pub async fn operator_at_the_machine(instance: &Instance) -> Result<Actor, Error> {
    let operator = instance.operator().await?;
    Ok(Actor::of(operator.any(), Role::Operator, operator))
}

/// A write that takes a key into use.
pub(super) struct Add {
    actor: Actor,
    issuer: OrganisationId,
    key: PublicVoucherKey,
    not_after: Timestamp,
}

#[async_trait]
impl Write for Add {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        self.actor.permit(Action::RotateKey, &Owner::NOBODY)?;
        desk.refresh(&[OPERATOR_LEDGER]).await?;
        let PublicVoucherKey { key_id, public_key } = self.key;
        if let Some(known) = desk.created(format!("{}/key/{key_id}", self.issuer)).await? {
            let (_, fact) = desk.fact(&known).await?;
            let same = matches!(&fact, Fact::VoucherKeyAdded(body)
                if body.public_key == public_key);
            return if same { Ok(Decided::Known(known)) } else { Err(Reason::Differs.into()) };
        }
        if self.not_after <= desk.now {
            return Err(Refusal::invalid("/not_after", "a key ends after it begins").into());
        }
        let not_after = self.not_after;
        let fact = VoucherKeyAdded { key_id, public_key, not_before: desk.now, not_after };
        let draft = Draft::new(OPERATOR_LEDGER, self.actor.id, self.issuer.any(), fact);
        let public_key = BASE64.encode(&public_key);
        let act = Act::AddVoucherKey { issuer_id: self.issuer, key_id, public_key, not_after };
        by_two(desk, &self.actor, act, draft).await
    }
}

/// What begins or ends a signing key is decided by two.
async fn by_two(
    desk: &mut Desk<'_>,
    actor: &Actor,
    act: Act,
    draft: Draft,
) -> Result<Decided, Error> {
    let decision = Decision { drafts: vec![draft], ..Decision::default() };
    let (action, owner, matter) = (Action::RotateKey, Owner::NOBODY, Matter::SigningKey);
    weigh(desk, Asked { actor, action, owner, matter, act }, decision).await
}

/// The write that takes a key into use.
pub(super) const fn adding(
    actor: &Actor,
    issuer: OrganisationId,
    key: PublicVoucherKey,
    not_after: Timestamp,
) -> Add {
    Add { actor: *actor, issuer, key, not_after }
}

/// Takes a new key into use: from now on it signs.
///
/// # Errors
/// `differs` when the key id has another public key; `Proposed` where two people decide.
pub async fn add(
    instance: &Instance,
    actor: &Actor,
    key: PublicVoucherKey,
    not_after: Timestamp,
) -> Result<Done, Error> {
    let issuer = instance.operator().await?;
    instance.door.write(adding(actor, issuer, key, not_after)).await
}

/// A write that ends a key.
pub(super) struct Revoke {
    actor: Actor,
    issuer: OrganisationId,
    key_id: u8,
}

#[async_trait]
impl Write for Revoke {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        self.actor.permit(Action::RotateKey, &Owner::NOBODY)?;
        desk.refresh(&[OPERATOR_LEDGER]).await?;
        let name = format!("{}/key/{}", self.issuer, self.key_id);
        if let Some(known) = desk.created(format!("{name}/end")).await? {
            return Ok(Decided::Known(known));
        }
        if desk.created(name).await?.is_none() {
            return Err(Reason::NotFound.into());
        }
        let fact = VoucherKeyRevoked { key_id: self.key_id };
        let draft = Draft::new(OPERATOR_LEDGER, self.actor.id, self.issuer.any(), fact);
        let act = Act::RevokeVoucherKey { issuer_id: self.issuer, key_id: self.key_id };
        by_two(desk, &self.actor, act, draft).await
    }
}

/// The write that ends a key.
pub(super) const fn revoking(actor: &Actor, issuer: OrganisationId, key_id: u8) -> Revoke {
    Revoke { actor: *actor, issuer, key_id }
}

/// Revokes a key that was stolen or lost: what it signed is no longer believed.
///
/// # Errors
/// `not-found` when there is no such key; `Proposed` where two people decide.
pub async fn revoke(instance: &Instance, actor: &Actor, key_id: u8) -> Result<Done, Error> {
    let issuer = instance.operator().await?;
    instance.door.write(revoking(actor, issuer, key_id)).await
}

/// The operator's own keys, ended ones included, by key id.
///
/// # Errors
/// `not-permitted`.
pub async fn list(instance: &Instance, actor: &Actor) -> Result<Vec<VoucherKeyRecord>, Error> {
    actor.permit(Action::RotateKey, &Owner::NOBODY)?;
    let issuer = instance.operator().await?;
    let mut tx = instance.database.read().await?;
    let mut records = crate::store::access::voucher_keys(&mut tx).await?;
    records.retain(|record| record.issuer_id == issuer);
    Ok(records)
}
