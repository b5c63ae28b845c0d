//! Who may do what: one table of role and action, and the permit that it gives.
//!
//! Promises: a [`Permit`] exists only when the table says yes, and a service verb cannot reach the
//! store without one; an object of somebody else is answered like one that does not exist. Does
//! not: know how the actor proved who it is (see `web::actor`).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::organisation::OrganisationId;
use super::refusal::{Reason, Refusal};
use super::session::{Assurance, steps_up};
use crate::base::id::{AnyId, Id, Venue};

/// What a key may be.
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
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Runs the instance.
    Operator,
    /// The second person of the operator, who approves settlements.
    Approver,
    /// Orders and pays.
    Funder,
    /// Holds stock and hands over.
    Distributor,
    /// Is paid; keeps its venues.
    Structure,
    /// Redeems at one venue.
    Venue,
    /// Reads everything, writes nothing.
    Auditor,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 7] = [
        Self::Operator,
        Self::Approver,
        Self::Funder,
        Self::Distributor,
        Self::Structure,
        Self::Venue,
        Self::Auditor,
    ];

    /// The word in lines and tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Approver => "approver",
            Self::Funder => "funder",
            Self::Distributor => "distributor",
            Self::Structure => "structure",
            Self::Venue => "venue",
            Self::Auditor => "auditor",
        }
    }

    /// The role of a stored word.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Make a new organisation.
    CreateOrganisation,
    /// Change an organisation's register, or its logo.
    EditOrganisation,
    /// Read an organisation's register.
    ReadOrganisation,
    /// Record a bank account.
    RecordBankAccount,
    /// Make or change a venue.
    EditVenue,
    /// Read a venue's register.
    ReadVenue,
    /// Qualify or suspend a venue.
    QualifyVenue,
    /// Grant or revoke an API key.
    GrantKey,
    /// Invite a person, or end what a person may be.
    GrantMembership,
    /// Read who the people of an organisation are.
    ReadPeople,
    /// Add or revoke a key that signs vouchers.
    RotateKey,
    /// Make or change a campaign.
    EditCampaign,
    /// Read a campaign or an order.
    ReadCampaign,
    /// Place an order.
    PlaceOrder,
    /// Print the books of an order.
    PrintBooks,
    /// Activate an order, record or return money.
    MoveMoney,
    /// Move books, declare them lost or destroyed.
    MoveBooks,
    /// Hand a book over.
    HandOver,
    /// Read a book's custody.
    ReadBook,
    /// Block and unblock.
    Block,
    /// Replace a lost book.
    Replace,
    /// Redeem, or check a voucher at a venue.
    Redeem,
    /// Undo a redemption.
    Reverse,
    /// Undo a redemption that a settlement has looked past.
    ReverseSettled,
    /// Read one redemption.
    ReadRedemption,
    /// Draw up a settlement, say what the bank did.
    Settle,
    /// Cancel a settlement that nobody approved yet.
    CancelSettlement,
    /// Approve a settlement.
    ApproveSettlement,
    /// Read a settlement and its file.
    ReadSettlement,
    /// Read one structure's statement.
    ReadStatement,
    /// Read the lines and balances of a ledger, or its export.
    ReadLedger,
    /// Read one's own lines of a ledger.
    ReadOwnLines,
}

/// How far an action reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    None,
    Own,
    Any,
}

use Action as A;

/// Who lets people be something for whom: managers for their own organisation or venue.
const fn reach_of_people(role: Role) -> Reach {
    match role {
        Role::Operator => Reach::Any,
        Role::Funder | Role::Distributor | Role::Structure | Role::Venue => Reach::Own,
        _ => Reach::None,
    }
}

const fn reach(role: Role, action: Action) -> Reach {
    if matches!(action, A::GrantMembership | A::ReadPeople) {
        return reach_of_people(role);
    }
    match role {
        Role::Operator => match action {
            A::ApproveSettlement | A::Redeem => Reach::None,
            _ => Reach::Any,
        },
        Role::Approver => match action {
            A::ApproveSettlement
            | A::CancelSettlement
            | A::ReadSettlement
            | A::ReadStatement
            | A::ReadLedger => Reach::Any,
            _ => Reach::None,
        },
        Role::Funder => match action {
            A::EditOrganisation
            | A::ReadOrganisation
            | A::RecordBankAccount
            | A::EditCampaign
            | A::ReadCampaign
            | A::PlaceOrder
            | A::PrintBooks
            | A::ReadBook
            | A::Block
            | A::ReadRedemption
            // Where it pays the structures itself; the service looks at the ledger's mode.
            | A::ApproveSettlement
            | A::ReadSettlement
            | A::ReadStatement
            | A::ReadLedger
            | A::ReadOwnLines => Reach::Own,
            A::ReadVenue => Reach::Any,
            _ => Reach::None,
        },
        Role::Distributor => match action {
            A::EditOrganisation
            | A::ReadOrganisation
            | A::MoveBooks
            | A::HandOver
            | A::ReadBook
            | A::Block => Reach::Own,
            A::ReadVenue => Reach::Any,
            _ => Reach::None,
        },
        Role::Structure => match action {
            A::EditOrganisation
            | A::ReadOrganisation
            | A::RecordBankAccount
            | A::EditVenue
            | A::ReadVenue
            | A::Redeem
            | A::Reverse
            | A::ReadRedemption
            | A::ReadStatement
            | A::ReadOwnLines => Reach::Own,
            _ => Reach::None,
        },
        Role::Venue => match action {
            A::ReadVenue | A::Redeem | A::Reverse | A::ReadRedemption => Reach::Own,
            _ => Reach::None,
        },
        Role::Auditor => audit(action),
    }
}

/// An auditor reads everything and writes nothing.
const fn audit(action: Action) -> Reach {
    match action {
        A::ReadOrganisation
        | A::ReadVenue
        | A::ReadCampaign
        | A::ReadBook
        | A::ReadRedemption
        | A::ReadSettlement
        | A::ReadStatement
        | A::ReadLedger
        | A::ReadOwnLines => Reach::Any,
        _ => Reach::None,
    }
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    /// The key that it holds, or the person that it is.
    pub id: AnyId,
    /// What it may be.
    pub role: Role,
    /// The organisation that it belongs to.
    pub organisation: OrganisationId,
    /// The venue that it is bound to, for a venue's key.
    pub venue: Option<Id<Venue>>,
    /// How sure it is that it is the one.
    pub assurance: Assurance,
}

/// Whose object it is that is asked about.
#[derive(Debug, Clone, Copy, Default)]
pub struct Owner {
    /// The organisations that own it; any one of them will do.
    pub organisations: [Option<OrganisationId>; 2],
    /// The venue it belongs to, when it is a venue's.
    pub venue: Option<Id<Venue>>,
}

impl Owner {
    /// Owned by one organisation.
    #[must_use]
    pub const fn organisation(id: OrganisationId) -> Self {
        Self { organisations: [Some(id), None], venue: None }
    }

    /// Owned by nobody in particular: only a reach over everything will do.
    pub const NOBODY: Self = Self { organisations: [None, None], venue: None };

    fn is(&self, actor: &Actor) -> bool {
        let bound = actor.venue.is_none() || actor.venue == self.venue;
        bound && self.organisations.contains(&Some(actor.organisation))
    }
}

/// Proof that an actor may do something. Made here only.
#[derive(Debug, Clone, Copy)]
pub struct Permit {
    actor: Actor,
    action: Action,
}

impl Permit {
    /// Who may.
    #[must_use]
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }

    /// What it may.
    #[must_use]
    pub const fn action(&self) -> Action {
        self.action
    }
}

impl Actor {
    /// A permit for an action on somebody's object.
    ///
    /// # Errors
    /// `not-permitted` when the role never does this; `not-found` when the object is somebody
    /// else's, so that an id of another tells nothing; `second-factor-needed` when the action
    /// touches money, keys or rights and a person has not just given its second factor.
    pub fn permit(&self, action: Action, owner: &Owner) -> Result<Permit, Refusal> {
        let permit = Permit { actor: *self, action };
        match reach(self.role, action) {
            Reach::None => Err(Reason::NotPermitted.into()),
            Reach::Own if !owner.is(self) => Err(Reason::NotFound.into()),
            _ if steps_up(action) && self.assurance == Assurance::Stale => {
                Err(Reason::SecondFactorNeeded.into())
            }
            Reach::Own | Reach::Any => Ok(permit),
        }
    }

    /// Whether the role ever does this, before the object is known.
    ///
    /// # Errors
    /// `not-permitted`.
    pub fn may_ever(&self, action: Action) -> Result<(), Refusal> {
        match reach(self.role, action) {
            Reach::None => Err(Reason::NotPermitted.into()),
            Reach::Own | Reach::Any => Ok(()),
        }
    }

    /// Whether the action reaches everybody's objects.
    #[must_use]
    pub const fn reaches_all(&self, action: Action) -> bool {
        matches!(reach(self.role, action), Reach::Any)
    }
}

/// What `PUT /api/v1/api-keys/{id}` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyRequest {
    /// What the key may be.
    pub role: Role,
    /// The organisation that it belongs to.
    #[schema(value_type = String, example = "structure_01h455vb4pex5vsknk084sn02q")]
    pub organisation_id: OrganisationId,
    /// The venue that it is bound to; needed for role `venue`, absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub venue_id: Option<Id<Venue>>,
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
    /// SHA-256 of the secret, hexadecimal. The secret has 256 random bits: its hash says nothing.
    pub secret_hash: String,
}

/// Body of `api-key-revoked`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRevoked {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::id::{ApiKey, Structure};

    fn actor(role: Role, number: u128) -> Actor {
        let id: Id<Structure> = Id::from_uuid(uuid::Uuid::from_u128(number));
        Actor {
            id: Id::<ApiKey>::from_uuid(uuid::Uuid::from_u128(number)).any(),
            role,
            organisation: id.any().try_into().unwrap(),
            venue: None,
            assurance: Assurance::Program,
        }
    }

    #[test]
    fn a_foreign_object_looks_like_none() {
        let mine = actor(Role::Structure, 1);
        let owner = Owner::organisation(actor(Role::Structure, 2).organisation);
        let refusal = mine.permit(Action::EditVenue, &owner).unwrap_err();
        assert_eq!(refusal.reason, Reason::NotFound);
        assert!(mine.permit(Action::EditVenue, &Owner::organisation(mine.organisation)).is_ok());
        let refusal = mine.permit(Action::Settle, &owner).unwrap_err();
        assert_eq!(refusal.reason, Reason::NotPermitted);
    }

    #[test]
    fn a_venue_key_reaches_its_venue_only() {
        let venue: Id<Venue> = Id::from_uuid(uuid::Uuid::from_u128(7));
        let other: Id<Venue> = Id::from_uuid(uuid::Uuid::from_u128(8));
        let counter = Actor { venue: Some(venue), ..actor(Role::Venue, 1) };
        let at = |venue| Owner { venue: Some(venue), ..Owner::organisation(counter.organisation) };
        assert!(counter.permit(Action::Redeem, &at(venue)).is_ok());
        let refusal = counter.permit(Action::Redeem, &at(other)).unwrap_err();
        assert_eq!(refusal.reason, Reason::NotFound);
    }

    #[test]
    fn nobody_both_settles_and_approves() {
        for role in Role::ALL {
            let both = [Action::Settle, Action::ApproveSettlement]
                .into_iter()
                .all(|action| actor(role, 1).may_ever(action).is_ok());
            assert!(!both, "{role}");
        }
    }
}
