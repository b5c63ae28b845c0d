//! Enrolling a device: what a manager shows as a QR code, and what the phone that read it asks.
//!
//! Promises: an invitation names one device, one venue, who invited and until when, under a keyed
//! hash (HMAC-SHA-256); nobody changes or makes one without the key. Its text is
//! `DEVICE.VENUE.INVITER.MILLISECONDS.HASH`, fit for an address. Does not: know whether it was used
//! (the device's id exists once).

use std::fmt;

use data_encoding::HEXLOWER;
use ring::hmac;
use serde::{Deserialize, Serialize};

use crate::base::clock::Timestamp;
use crate::base::id::{AnyId, ApiKey, Id, Venue};
use crate::base::text::Bearer;

/// How long an invitation holds: long enough to find the phone, short enough to stand by.
pub const SECONDS: i64 = 15 * 60;

/// An invitation to be a device of a venue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invitation {
    /// The key that the device will hold.
    pub key_id: Id<ApiKey>,
    /// Where it will redeem.
    pub venue_id: Id<Venue>,
    /// Who invited it.
    pub by: AnyId,
    /// Until when.
    pub expires_at: Timestamp,
}

/// A text that is no invitation of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an invitation of this instance: ask for the QR code again")]
pub struct NotAnInvitation;

/// The key under which invitations are made.
pub struct InvitationKey(hmac::Key);

impl fmt::Debug for InvitationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InvitationKey(..)")
    }
}

impl InvitationKey {
    /// The key of 32 secret bytes.
    #[must_use]
    pub fn new(bytes: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// The text that is shown.
    #[must_use]
    pub fn write(&self, invitation: &Invitation) -> String {
        let Invitation { key_id, venue_id, by, expires_at } = invitation;
        let said = format!("{key_id}.{venue_id}.{by}.{}", expires_at.millis());
        let hash = hmac::sign(&self.0, said.as_bytes());
        format!("{said}.{}", HEXLOWER.encode(hash.as_ref()))
    }

    /// Reads what was shown. Compares in constant time.
    ///
    /// # Errors
    /// [`NotAnInvitation`].
    pub fn read(&self, text: &str) -> Result<Invitation, NotAnInvitation> {
        let (said, hash) = text.trim().rsplit_once('.').ok_or(NotAnInvitation)?;
        let hash = HEXLOWER.decode(hash.as_bytes()).map_err(|_| NotAnInvitation)?;
        hmac::verify(&self.0, said.as_bytes(), &hash).map_err(|_| NotAnInvitation)?;
        let mut parts = said.split('.');
        let mut next = || parts.next().ok_or(NotAnInvitation);
        Ok(Invitation {
            key_id: next()?.parse().map_err(|_| NotAnInvitation)?,
            venue_id: next()?.parse().map_err(|_| NotAnInvitation)?,
            by: next()?.parse().map_err(|_| NotAnInvitation)?,
            expires_at: Timestamp::from_millis(next()?.parse().map_err(|_| NotAnInvitation)?),
        })
    }
}

/// What `POST /api/v1/enrolments` takes.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrolmentRequest {
    /// What the QR code says after `#`.
    #[schema(value_type = String)]
    pub invitation: Bearer,
    /// The secret that the device made for itself: `carnet_` and 52 characters of base 32, 256
    /// random bits. The device makes it so that a lost answer can be asked for again.
    #[schema(value_type = String)]
    pub secret: Bearer,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invitation() -> Invitation {
        Invitation {
            key_id: Id::from_uuid(uuid::Uuid::from_u128(1)),
            venue_id: Id::from_uuid(uuid::Uuid::from_u128(2)),
            by: Id::<ApiKey>::from_uuid(uuid::Uuid::from_u128(3)).any(),
            expires_at: Timestamp::from_millis(1_763_805_600_000),
        }
    }

    #[test]
    fn what_was_shown_is_read() {
        let key = InvitationKey::new(&[7; 32]);
        assert_eq!(key.read(&key.write(&invitation())), Ok(invitation()));
    }

    #[test]
    fn a_changed_invitation_is_none() {
        let key = InvitationKey::new(&[7; 32]);
        let text = key.write(&invitation());
        assert_eq!(InvitationKey::new(&[8; 32]).read(&text), Err(NotAnInvitation));
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'2' { b'3' } else { b'2' };
            let changed = String::from_utf8(bytes).unwrap();
            assert_eq!(key.read(&changed), Err(NotAnInvitation), "{changed}");
            assert_eq!(key.read(&text[..at]), Err(NotAnInvitation));
        }
    }
}
