//! Pairing devices: a manager shows a QR code, the phone that reads it becomes a device of one
//! venue.
//!
//! Promises: a pairing makes one device, in its fifteen minutes, as long as whoever offered it
//! may still; the device makes its own secret, so that a lost answer is asked for again. Nothing is
//! written before a device comes. Does not: know the device's make or owner.

use async_trait::async_trait;
use secrecy::SecretString;

use super::error::Error;
use super::instance::Instance;
use super::register::venue_owner;
use super::sign_in::{check, hash};
use super::writer::desk::{Decided, Desk, Draft, OPERATOR_LEDGER};
use super::writer::{Done, Write};
use crate::base::base32;
use crate::base::id::{Id, Venue};
use crate::domain::access::{Action, Actor, KeyRequest, Role};
use crate::domain::fact::Fact;
use crate::domain::organisation::OrganisationId;
use crate::domain::pairing::{DeviceRequest, Pairing, SECONDS};
use crate::domain::refusal::{Reason, Refusal};

/// A pairing for a device of a venue, with its text.
///
/// # Errors
/// `not-found` for a venue that is unknown or another's.
pub async fn offer(
    instance: &Instance,
    actor: &Actor,
    venue_id: Id<Venue>,
) -> Result<(Pairing, String), Error> {
    actor.may_ever(Action::PairDevice)?;
    let structure = instance.structure_of(venue_id).await?.ok_or(Reason::NotFound)?;
    actor.permit(Action::PairDevice, &venue_owner(structure, venue_id))?;
    let pairing = Pairing {
        key_id: Id::new(instance.clock.as_ref(), instance.entropy.as_ref()),
        venue_id,
        by: actor.id,
        expires_at: instance.clock.now().plus_seconds(SECONDS),
    };
    let text = instance.keys.pairing_key().write(&pairing);
    Ok((pairing, text))
}

struct Pair {
    pairing: Pairing,
    structure: OrganisationId,
    secret_hash: String,
}

#[async_trait]
impl Write for Pair {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        desk.refresh(&[OPERATOR_LEDGER]).await?;
        let Pairing { key_id, venue_id, by, expires_at } = self.pairing;
        let request =
            KeyRequest { venue_id: Some(venue_id), ..KeyRequest::of(Role::Device, self.structure) };
        let body = request.granted(self.secret_hash.clone());
        if let Some(known) = desk.created(key_id).await? {
            // The phone that has it may ask again; another one needs a pairing of its own.
            let (_, fact) = desk.fact(&known).await?;
            let same = matches!(fact, Fact::KeyGranted(granted) if granted == body);
            return if same { Ok(Decided::Known(known)) } else { Err(Reason::Differs.into()) };
        }
        if expires_at <= desk.now {
            return Err(Refusal::wrong_state("pairing-expired").into());
        }
        check(desk, &request).await?;
        // The writer refuses a line of whoever has lost its key meanwhile.
        Ok(Draft::new(OPERATOR_LEDGER, by, key_id, body).into())
    }
}

/// Makes the device that shows a pairing; its key is the first id of the pairing.
///
/// # Errors
/// `invalid-request` for what is no pairing or no secret, `wrong-state` for one that is past,
/// `differs` for one that another device has used, `not-signed-in` when who offered it has lost its
/// key.
pub async fn pair(instance: &Instance, request: &DeviceRequest) -> Result<(Pairing, Done), Error> {
    let pairing = instance.keys.pairing_key().read(&request.pairing);
    let pairing = pairing.map_err(|error| Refusal::invalid("/pairing", error.to_string()))?;
    let secret: &str = &request.secret;
    let bytes = secret.strip_prefix("carnet_").map(str::to_uppercase);
    let bytes = bytes.and_then(|text| base32::decode(&text));
    if bytes.is_none_or(|bytes| bytes.len() != 32) || secret != secret.to_lowercase() {
        let detail = "`carnet_` and 52 characters of base 32, in small letters";
        return Err(Refusal::invalid("/secret", detail).into());
    }
    let secret = SecretString::from(secret);
    let structure = instance.structure_of(pairing.venue_id).await?.ok_or(Reason::NotFound)?;
    let structure = OrganisationId::try_from(structure.any()).map_err(|_| Reason::NotFound)?;
    let write = Pair { pairing, structure, secret_hash: hash(&secret) };
    Ok((pairing, instance.door.write(write).await?))
}
