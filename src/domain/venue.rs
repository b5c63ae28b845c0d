//! Venues: where vouchers are redeemed; each belongs to one structure.
//!
//! Promises: a venue redeems only while the operator says it is qualified; its register holds what
//! the national directory of places of mediation asks of it (standard-mediation-num 1.0.2), as an
//! organisation's, in words of a strict syntax. Does not: know what was redeemed there.

use serde::{Deserialize, Deserializer, Serialize};

use super::contact::{AccessibilityUrl, Address, PageUrl, Phone};
use super::offering::Offering;
use super::opening_hours::OpeningHours;
use super::person::Email;
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
    /// Where it is in the commune (`adresse`, `code_postal` of the national directory).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// When it is open (`horaires`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opening_hours: Option<OpeningHours>,
    /// Its phone (`telephone`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
    /// Its public e-mail address (`courriels`): that of a desk, never a person's own, since a line
    /// cannot forget it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mailbox: Option<Email>,
    /// Its page on the web (`site_web`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub website: Option<PageUrl>,
    /// Where an appointment is made (`prise_rdv`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appointments: Option<PageUrl>,
    /// How accessible it is, as Acceslibre says (`fiche_acces_libre`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accessibility: Option<AccessibilityUrl>,
}

impl VenueProfile {
    /// A register that says what it must, and nothing more.
    #[must_use]
    pub const fn new(
        structure_id: Id<Structure>,
        name: Name,
        commune: CommuneCode,
        offerings: Vec<Offering>,
    ) -> Self {
        Self {
            structure_id,
            name,
            commune,
            offerings,
            address: None,
            opening_hours: None,
            phone: None,
            mailbox: None,
            website: None,
            appointments: None,
            accessibility: None,
        }
    }
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

/// How many vouchers a month a venue is expected to redeem at most, as it agreed with the operator:
/// 1 to 1,000,000. More raises a signal, and refuses nothing.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(try_from = "i64")]
#[schema(value_type = i64, minimum = 1, maximum = 1_000_000, example = 400)]
pub struct Capacity(i64);

/// What was given is not a capacity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a capacity is from 1 to 1000000 vouchers a month")]
pub struct CapacityError;

impl Capacity {
    /// The number of vouchers.
    #[must_use]
    pub const fn vouchers(self) -> i64 {
        self.0
    }
}

impl TryFrom<i64> for Capacity {
    type Error = CapacityError;

    fn try_from(vouchers: i64) -> Result<Self, CapacityError> {
        if (1..=1_000_000).contains(&vouchers) { Ok(Self(vouchers)) } else { Err(CapacityError) }
    }
}

/// What becomes of a capacity when the operator speaks of a venue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Agreed {
    /// It stays as it was.
    #[default]
    AsBefore,
    /// From now on it is this one, or none.
    Now(Option<Capacity>),
}

impl Agreed {
    /// The capacity from now on, by that from before.
    #[must_use]
    pub fn after(self, before: Option<Capacity>) -> Option<Capacity> {
        match self {
            Self::AsBefore => before,
            Self::Now(capacity) => capacity,
        }
    }
}

impl<'de> Deserialize<'de> for Agreed {
    /// A member that is there counts, `null` too: then none is agreed any more.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::Now)
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

/// Body of `venue-state-set`: the operator qualified or suspended a venue, or agreed another
/// capacity with it. The line says all that holds from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VenueStateSet {
    /// The new state.
    pub state: VenueState,
    /// The capacity that is agreed; none when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vouchers_per_month: Option<Capacity>,
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
