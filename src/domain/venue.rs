//! Venues: where vouchers are redeemed; each belongs to one structure.
//!
//! Promises: a venue redeems only while the operator says it is qualified. Does not: know what was
//! redeemed there.

use serde::{Deserialize, Serialize};

use super::offering::Offering;
use super::registration::Registration;
use super::territory::CommuneCode;
use crate::base::id::{Id, Structure, Venue};
use crate::base::text::Name;

/// The content of a venue's register: what `PUT /api/v1/venues/{id}` takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VenueProfile {
    /// The structure that is paid for what this venue redeems; fixed at the first version.
    #[schema(value_type = String, example = "structure_01h455vb4pex5vsknk084sn02q")]
    pub structure_id: Id<Structure>,
    /// Its name.
    pub name: Name,
    /// The commune where it is (INSEE code).
    #[schema(value_type = String, example = "23096")]
    pub commune: CommuneCode,
    /// What it does, from the nine national services.
    pub offerings: Vec<Offering>,
}

/// What the operator says of a venue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum VenueState {
    /// Registered, not yet qualified.
    Registered,
    /// May redeem.
    Qualified,
    /// May not redeem for now.
    Suspended,
}

impl VenueState {
    /// The word in lines and tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Qualified => "qualified",
            Self::Suspended => "suspended",
        }
    }

    /// The state of a stored word.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        [Self::Registered, Self::Qualified, Self::Suspended]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// Body of `venue-registered`: a version of the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VenueRegistered {
    /// 1 for the first.
    pub version: i64,
    /// The content.
    pub profile: VenueProfile,
}

/// Body of `venue-state-set`: the operator qualified or suspended a venue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VenueStateSet {
    /// The new state.
    pub state: VenueState,
}

/// Body of `venue-admitted`: a funder's ledger has its own line for each venue that redeems there,
/// so that it is complete in itself. Written before the first redemption, and again when the
/// venue's or the structure's name, number or place has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VenueAdmitted {
    /// The venue's name.
    pub name: Name,
    /// Its commune.
    pub commune: CommuneCode,
    /// The structure that is paid.
    pub structure_id: Id<Structure>,
    /// The structure's name.
    pub structure_name: Name,
    /// The structure's SIRET or RNA number.
    pub registration: Registration,
}

/// A venue as a decision sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VenueView {
    /// The venue.
    pub venue_id: Id<Venue>,
    /// What the operator says.
    pub state: VenueState,
    /// What it offers.
    pub offerings: Vec<Offering>,
    /// What a funder's ledger would say of it.
    pub admitted: VenueAdmitted,
}
