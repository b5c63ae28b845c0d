//! Enrolling devices: a manager shows a QR code, the phone that reads it becomes a device of one
//! venue.
//!
//! Promises: an invitation enrols one device, in its fifteen minutes, as long as whoever made it
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
use crate::domain::enrolment::{EnrolmentRequest, Invitation, SECONDS};
use crate::domain::fact::Fact;
use crate::domain::organisation::OrganisationId;
use crate::domain::refusal::{Reason, Refusal};

/// An invitation for a device of a venue, with its text.
///
/// # Errors
/// `not-found` for a venue that is unknown or another's.
pub async fn invite(
    instance: &Instance,
    actor: &Actor,
    venue_id: Id<Venue>,
) -> Result<(Invitation, String), Error> {
    actor.may_ever(Action::EnrolDevice)?;
    let structure = instance.structure_of(venue_id).await?.ok_or(Reason::NotFound)?;
    actor.permit(Action::EnrolDevice, &venue_owner(structure, venue_id))?;
    let invitation = Invitation {
        key_id: Id::new(instance.clock.as_ref(), instance.entropy.as_ref()),
        venue_id,
        by: actor.id,
        expires_at: instance.clock.now().plus_seconds(SECONDS),
    };
    let text = instance.keys.invitation_key().write(&invitation);
    Ok((invitation, text))
}

struct Enrol {
    invitation: Invitation,
    structure: OrganisationId,
    secret_hash: String,
}

#[async_trait]
impl Write for Enrol {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        desk.refresh(&[OPERATOR_LEDGER]).await?;
        let Invitation { key_id, venue_id, by, expires_at } = self.invitation;
        let request =
            KeyRequest { venue_id: Some(venue_id), ..KeyRequest::of(Role::Device, self.structure) };
        let body = request.granted(self.secret_hash.clone());
        if let Some(known) = desk.created(key_id).await? {
            // The phone that has it may ask again; another one needs an invitation of its own.
            let (_, fact) = desk.fact(&known).await?;
            let same = matches!(fact, Fact::KeyGranted(granted) if granted == body);
            return if same { Ok(Decided::Known(known)) } else { Err(Reason::Differs.into()) };
        }
        if expires_at <= desk.now {
            return Err(Refusal::wrong_state("invitation-expired").into());
        }
        check(desk, &request).await?;
        // The writer refuses a line of whoever has lost its key meanwhile.
        Ok(Draft::new(OPERATOR_LEDGER, by, key_id, body).into())
    }
}

/// Enrols the device that shows an invitation; its key is the first id of the invitation.
///
/// # Errors
/// `invalid-request` for what is no invitation or no secret, `wrong-state` for one that is past,
/// `differs` for one that another device has used, `not-signed-in` when who made it has lost its
/// key.
pub async fn enrol(
    instance: &Instance,
    request: &EnrolmentRequest,
) -> Result<(Invitation, Done), Error> {
    let invitation = instance.keys.invitation_key().read(&request.invitation);
    let invitation =
        invitation.map_err(|error| Refusal::invalid("/invitation", error.to_string()))?;
    let secret: &str = &request.secret;
    let bytes = secret.strip_prefix("carnet_").map(str::to_uppercase);
    let bytes = bytes.and_then(|text| base32::decode(&text));
    if bytes.is_none_or(|bytes| bytes.len() != 32) || secret != secret.to_lowercase() {
        let detail = "`carnet_` and 52 characters of base 32, in small letters";
        return Err(Refusal::invalid("/secret", detail).into());
    }
    let secret = SecretString::from(secret);
    let structure = instance.structure_of(invitation.venue_id).await?.ok_or(Reason::NotFound)?;
    let structure = OrganisationId::try_from(structure.any()).map_err(|_| Reason::NotFound)?;
    let write = Enrol { invitation, structure, secret_hash: hash(&secret) };
    Ok((invitation, instance.door.write(write).await?))
}
