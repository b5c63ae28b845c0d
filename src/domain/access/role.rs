//! Roles: what a key, a device or a person may be.
//!
//! Promises: one word each, the same in lines, tables and answers. Does not: say what a role may
//! (see `action`).

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a key, a device or a person may be.
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
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Runs the instance.
    Operator,
    /// The second person of the operator, who approves settlements.
    Approver,
    /// Orders and pays.
    Funder,
    /// Reads what its funder's manager reads.
    FunderReader,
    /// Holds stock and hands over.
    Distributor,
    /// Hands over and receives, and changes nothing else.
    DistributorWorker,
    /// Is paid; keeps its venues.
    Structure,
    /// Reads what its structure is paid.
    StructureAccountant,
    /// Redeems at one venue, and pairs its devices.
    Venue,
    /// Redeems at one venue.
    VenueCounter,
    /// A phone or scanner of one venue: redeems, and reverses what it redeemed itself.
    Device,
    /// Reads everything, writes nothing.
    Auditor,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 12] = [
        Self::Operator,
        Self::Approver,
        Self::Funder,
        Self::FunderReader,
        Self::Distributor,
        Self::DistributorWorker,
        Self::Structure,
        Self::StructureAccountant,
        Self::Venue,
        Self::VenueCounter,
        Self::Device,
        Self::Auditor,
    ];

    /// The word in lines and tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Approver => "approver",
            Self::Funder => "funder",
            Self::FunderReader => "funder-reader",
            Self::Distributor => "distributor",
            Self::DistributorWorker => "distributor-worker",
            Self::Structure => "structure",
            Self::StructureAccountant => "structure-accountant",
            Self::Venue => "venue",
            Self::VenueCounter => "venue-counter",
            Self::Device => "device",
            Self::Auditor => "auditor",
        }
    }

    /// The role of a stored word.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// The noun of the organisations that it is a role of.
    #[must_use]
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Operator | Self::Approver | Self::Auditor => "operator",
            Self::Funder | Self::FunderReader => "funder",
            Self::Distributor | Self::DistributorWorker => "distributor",
            Self::Structure
            | Self::StructureAccountant
            | Self::Venue
            | Self::VenueCounter
            | Self::Device => "structure",
        }
    }

    /// Whether it is bound to one venue.
    #[must_use]
    pub const fn is_at_a_venue(self) -> bool {
        matches!(self, Self::Venue | Self::VenueCounter | Self::Device)
    }

    /// Whether it sees a book as a distributor does: where it is, not what it is worth.
    #[must_use]
    pub const fn is_distributors(self) -> bool {
        matches!(self, Self::Distributor | Self::DistributorWorker)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
