//! Who may do what: one table of role and action, and the permit that it gives.
//!
//! Promises: a [`Permit`] exists only when the table says yes, and a service verb cannot reach the
//! store without one; an object of somebody else is answered like one that does not exist. Does
//! not: know how the actor proved who it is (see `web::actor`).

mod action;
mod key;
mod role;

pub use action::Action;
pub use key::{KeyGranted, KeyRequest, KeyRevoked};
pub use role::Role;

use serde::{Deserialize, Serialize};
use std::net::IpAddr;

use self::action::{Reach, reach};
use super::organisation::OrganisationId;
use super::refusal::{Reason, Refusal};
use super::session::{Assurance, steps_up};
use crate::base::id::{AnyId, Id, Venue};

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
    /// Whether it may only read, whatever its role may.
    pub reads_only: bool,
    /// How sure it is that it is the one.
    pub assurance: Assurance,
    /// Where it asks from, as far as that is known: what it guesses counts there too.
    pub address: Option<IpAddr>,
}

/// Whose rows a reader is shown at most, whatever it asks for: the second net under [`Owner`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tenant {
    /// The organisation that it belongs to.
    pub organisation: OrganisationId,
    /// The one venue that it is bound to.
    pub venue: Option<Id<Venue>>,
}

/// Whose object it is that is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Owner {
    /// The organisations that own it; any one of them will do.
    pub organisations: [Option<OrganisationId>; 2],
    /// The venue it belongs to, when it is a venue's.
    pub venue: Option<Id<Venue>>,
    /// Who made it, where that decides (see [`Role::Device`]).
    pub made_by: Option<AnyId>,
}

impl Owner {
    /// Owned by one organisation.
    #[must_use]
    pub const fn organisation(id: OrganisationId) -> Self {
        Self { organisations: [Some(id), None], venue: None, made_by: None }
    }

    /// Owned by nobody in particular: only a reach over everything will do.
    pub const NOBODY: Self = Self { organisations: [None, None], venue: None, made_by: None };

    fn is(&self, actor: &Actor) -> bool {
        if crate::base::planted::is("tenants-not-asked") {
            return true;
        }
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
    /// A program that has a role in an organisation, bound to no venue.
    #[must_use]
    pub const fn of(id: AnyId, role: Role, organisation: OrganisationId) -> Self {
        let assurance = Assurance::Program;
        Self { id, role, organisation, venue: None, reads_only: false, assurance, address: None }
    }

    /// Whose rows it may be shown; `None` for who works for the operator, and sees everybody's.
    #[must_use]
    pub fn tenant(&self) -> Option<Tenant> {
        let everybody = self.role.noun() == "operator";
        (!everybody).then_some(Tenant { organisation: self.organisation, venue: self.venue })
    }

    /// A permit for an action on somebody's object.
    ///
    /// # Errors
    /// `not-permitted` when the role never does this; `not-found` when the object is somebody
    /// else's, so that an id of another tells nothing; `second-factor-needed` when the action
    /// touches money, keys or rights and a person has not just given its second factor.
    pub fn permit(&self, action: Action, owner: &Owner) -> Result<Permit, Refusal> {
        let permit = Permit { actor: *self, action };
        let reached = match self.reach(action) {
            Reach::None => return Err(Reason::NotPermitted.into()),
            Reach::Any => true,
            Reach::Own => owner.is(self),
            Reach::Made => owner.is(self) && owner.made_by == Some(self.id),
        };
        if !reached {
            return Err(Reason::NotFound.into());
        }
        if steps_up(action) && self.assurance == Assurance::Stale {
            return Err(Reason::SecondFactorNeeded.into());
        }
        Ok(permit)
    }

    /// Whether the role ever does this, before the object is known.
    ///
    /// # Errors
    /// `not-permitted`.
    pub fn may_ever(&self, action: Action) -> Result<(), Refusal> {
        if self.may(action) { Ok(()) } else { Err(Reason::NotPermitted.into()) }
    }

    /// Whether the role ever does this: what it never does has no button.
    #[must_use]
    pub fn may(&self, action: Action) -> bool {
        self.reach(action) != Reach::None
    }

    /// Whether the action reaches everybody's objects.
    #[must_use]
    pub fn reaches_all(&self, action: Action) -> bool {
        self.reach(action) == Reach::Any
    }

    /// Whose the key of this actor is.
    #[must_use]
    pub const fn as_owner(&self) -> Owner {
        Owner { venue: self.venue, ..Owner::organisation(self.organisation) }
    }

    fn reach(&self, action: Action) -> Reach {
        if self.reads_only && !action.only_reads() {
            return Reach::None;
        }
        reach(self.role, action)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::id::{ApiKey, Structure};

    fn actor(role: Role, number: u128) -> Actor {
        let id: Id<Structure> = Id::from_uuid(uuid::Uuid::from_u128(number));
        let key: Id<ApiKey> = Id::from_uuid(uuid::Uuid::from_u128(number));
        Actor::of(key.any(), role, id.any().try_into().unwrap())
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
    fn a_device_reaches_what_it_made_itself() {
        let venue: Id<Venue> = Id::from_uuid(uuid::Uuid::from_u128(7));
        let device = Actor { venue: Some(venue), ..actor(Role::Device, 1) };
        let owner = Owner { venue: Some(venue), ..Owner::organisation(device.organisation) };
        assert!(device.permit(Action::Redeem, &owner).is_ok());
        let refusal = device.permit(Action::Reverse, &owner).unwrap_err();
        assert_eq!(refusal.reason, Reason::NotFound);
        let own = Owner { made_by: Some(device.id), ..owner };
        assert!(device.permit(Action::Reverse, &own).is_ok());
    }

    #[test]
    fn who_only_reads_writes_nothing() {
        for role in Role::ALL {
            let reader = Actor { reads_only: true, ..actor(role, 1) };
            for action in Action::ALL.into_iter().filter(|action| !action.only_reads()) {
                let refusal = reader.may_ever(action).unwrap_err();
                assert_eq!(refusal.reason, Reason::NotPermitted, "{role} {action:?}");
            }
        }
        let reader = Actor { reads_only: true, ..actor(Role::Operator, 1) };
        assert!(reader.may(Action::ReadLedger));
    }

    #[test]
    fn the_second_rank_of_a_noun_does_less() {
        let less = [
            (Role::FunderReader, Role::Funder),
            (Role::DistributorWorker, Role::Distributor),
            (Role::StructureAccountant, Role::Structure),
            (Role::VenueCounter, Role::Venue),
            (Role::Device, Role::Venue),
        ];
        for (second, first) in less {
            let may = |role, action| actor(role, 1).may(action);
            let all = Action::ALL.into_iter();
            assert!(all.clone().all(|action| !may(second, action) || may(first, action)));
            assert!(all.clone().any(|action| may(first, action) && !may(second, action)));
            assert_eq!(second.noun(), first.noun());
        }
    }

    #[test]
    fn nobody_both_settles_and_approves() {
        for role in Role::ALL {
            let both = [Action::Settle, Action::ApproveSettlement]
                .into_iter()
                .all(|action| actor(role, 1).may(action));
            assert!(!both, "{role}");
        }
    }
}
