//! Pairing a device: what a manager shows as a QR code, and what the phone that read it asks.
//!
//! Promises: a pairing names one device, one venue, who offered it and until when, under a keyed
//! hash (HMAC-SHA-256); nobody changes or makes one without the key. Its text is
//! `DEVICE.VENUE.OFFERER.MILLISECONDS.HASH`, fit for an address. Does not: know whether it was used
//! (the device's id exists once).

use std::fmt;

use data_encoding::HEXLOWER;
use ring::hmac;
use serde::{Deserialize, Serialize};

use crate::base::clock::Timestamp;
use crate::base::id::{AnyId, ApiKey, Id, Venue};
use crate::base::text::Bearer;

/// How long a pairing holds: long enough to find the phone, short enough to stand by.
pub const SECONDS: i64 = 15 * 60;

/// An offer to become a device of a venue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pairing {
    /// The key that the device will hold.
    pub key_id: Id<ApiKey>,
    /// Where it will redeem.
    pub venue_id: Id<Venue>,
    /// Who offered it.
    pub by: AnyId,
    /// Until when.
    pub expires_at: Timestamp,
}

/// A text that is no pairing of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a pairing of this instance: ask for the QR code again")]
pub struct NotAPairing;

/// The key under which pairings are made.
pub struct PairingKey(hmac::Key);

impl fmt::Debug for PairingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PairingKey(..)")
    }
}

impl PairingKey {
    /// The key of 32 secret bytes.
    #[must_use]
    pub fn new(bytes: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// The text that is shown.
    #[must_use]
    pub fn write(&self, pairing: &Pairing) -> String {
        let Pairing { key_id, venue_id, by, expires_at } = pairing;
        let said = format!("{key_id}.{venue_id}.{by}.{}", expires_at.millis());
        let hash = hmac::sign(&self.0, said.as_bytes());
        format!("{said}.{}", HEXLOWER.encode(hash.as_ref()))
    }

    /// Reads what was shown. Compares in constant time.
    ///
    /// # Errors
    /// [`NotAPairing`].
    pub fn read(&self, text: &str) -> Result<Pairing, NotAPairing> {
        let (said, hash) = text.trim().rsplit_once('.').ok_or(NotAPairing)?;
        let hash = HEXLOWER.decode(hash.as_bytes()).map_err(|_| NotAPairing)?;
        hmac::verify(&self.0, said.as_bytes(), &hash).map_err(|_| NotAPairing)?;
        let mut parts = said.split('.');
        let mut next = || parts.next().ok_or(NotAPairing);
        Ok(Pairing {
            key_id: next()?.parse().map_err(|_| NotAPairing)?,
            venue_id: next()?.parse().map_err(|_| NotAPairing)?,
            by: next()?.parse().map_err(|_| NotAPairing)?,
            expires_at: Timestamp::from_millis(next()?.parse().map_err(|_| NotAPairing)?),
        })
    }
}

/// What `POST /api/v1/devices` takes.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceRequest {
    /// What the QR code says after `#`.
    #[schema(value_type = String)]
    pub pairing: Bearer,
    /// The secret that the device made for itself: `carnet_` and 52 characters of base 32, 256
    /// random bits. The device makes it so that a lost answer can be asked for again.
    #[schema(value_type = String)]
    pub secret: Bearer,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairing() -> Pairing {
        Pairing {
            key_id: Id::from_uuid(uuid::Uuid::from_u128(1)),
            venue_id: Id::from_uuid(uuid::Uuid::from_u128(2)),
            by: Id::<ApiKey>::from_uuid(uuid::Uuid::from_u128(3)).any(),
            expires_at: Timestamp::from_millis(1_763_805_600_000),
        }
    }

    #[test]
    fn what_was_shown_is_read() {
        let key = PairingKey::new(&[7; 32]);
        assert_eq!(key.read(&key.write(&pairing())), Ok(pairing()));
    }

    #[test]
    fn a_changed_pairing_is_none() {
        let key = PairingKey::new(&[7; 32]);
        let text = key.write(&pairing());
        assert_eq!(PairingKey::new(&[8; 32]).read(&text), Err(NotAPairing));
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'2' { b'3' } else { b'2' };
            let changed = String::from_utf8(bytes).unwrap();
            assert_eq!(key.read(&changed), Err(NotAPairing), "{changed}");
            assert_eq!(key.read(&text[..at]), Err(NotAPairing));
        }
    }
}
