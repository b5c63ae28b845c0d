//! Keys of programs and devices: what is asked for, and what lines say.
//!
//! Promises: a line holds the hash of a secret, never the secret. Does not: decide who may grant.

use serde::{Deserialize, Serialize};

use super::Role;
use crate::base::clock::Timestamp;
use crate::base::id::{Id, Venue};
use crate::domain::organisation::OrganisationId;

/// What `PUT /api/v1/api-keys/{id}` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyRequest {
    /// What the key may be.
    pub role: Role,
    /// The organisation that it belongs to.
    #[schema(value_type = String, example = "structure_01h455vb4pex5vsknk084sn02q")]
    pub organisation_id: OrganisationId,
    /// The venue that it is bound to; needed for the roles of a venue, absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub venue_id: Option<Id<Venue>>,
    /// Whether it may only read, whatever its role may.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reads_only: bool,
    /// When it ends by itself, in UTC; never when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "2027-12-31T23:00:00.000Z")]
    pub expires_at: Option<Timestamp>,
}

impl KeyRequest {
    /// A key without a venue that does all that its role may, until it is revoked.
    #[must_use]
    pub const fn of(role: Role, organisation_id: OrganisationId) -> Self {
        Self { role, organisation_id, venue_id: None, reads_only: false, expires_at: None }
    }

    /// The line that grants it.
    #[must_use]
    pub const fn granted(self, secret_hash: String) -> KeyGranted {
        let Self { role, organisation_id, venue_id, reads_only, expires_at } = self;
        KeyGranted { role, organisation_id, venue_id, reads_only, expires_at, secret_hash }
    }
}

/// Body of `api-key-granted`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyGranted {
    /// What the key may be.
    pub role: Role,
    /// The organisation that it belongs to.
    pub organisation_id: OrganisationId,
    /// The venue that it is bound to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub venue_id: Option<Id<Venue>>,
    /// Whether it may only read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reads_only: bool,
    /// When it ends by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// SHA-256 of the secret, hexadecimal. The secret has 256 random bits: its hash says nothing.
    pub secret_hash: String,
}

impl KeyGranted {
    /// Whether it is what was asked for, whatever its secret.
    #[must_use]
    pub fn is(&self, request: &KeyRequest) -> bool {
        request.granted(self.secret_hash.clone()) == *self
    }
}

/// Body of `api-key-revoked`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRevoked {}
