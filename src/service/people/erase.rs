//! Who is there, who is kept out, and who is forgotten.
//!
//! Promises: erasing takes all that names a person and leaves every line and proof as it was; who
//! is kept out has no session left. Does not: end rights without a line.

use std::collections::HashMap;

use async_trait::async_trait;

use super::invite;
use super::session::has_factor;
use crate::base::clock::Timestamp;
use crate::base::id::{Id, Person, Venue};
use crate::domain::access::{Action, Actor, Owner};
use crate::domain::organisation::OrganisationId;
use crate::domain::person::PersonState;
use crate::domain::proposal::counts;
use crate::domain::refusal::{Reason, Refusal};
use crate::domain::session::Assurance;
use crate::service::error::Error;
use crate::service::instance::Instance;
use crate::service::propose::in_force;
use crate::service::writer::jot::Jot;
use crate::store::membership::MembershipRow;
use crate::store::person::PersonRow;
use crate::store::{self, Tx};

/// The people that an actor may see, each with what it is as far as the actor may see it.
///
/// # Errors
/// `not-permitted`.
pub async fn list(
    instance: &Instance,
    actor: &Actor,
) -> Result<Vec<(PersonRow, Vec<MembershipRow>)>, Error> {
    let own = Owner { venue: actor.venue, ..Owner::organisation(actor.organisation) };
    actor.permit(Action::ReadPeople, &own)?;
    let of = (!actor.reaches_all(Action::ReadPeople)).then_some(actor.organisation);
    listed(instance, of, actor.venue).await
}

/// The people of one organisation, each with what it is there.
///
/// # Errors
/// `not-permitted`; `not-found` for somebody else's.
pub async fn list_of(
    instance: &Instance,
    actor: &Actor,
    organisation: OrganisationId,
) -> Result<Vec<(PersonRow, Vec<MembershipRow>)>, Error> {
    actor.permit(Action::ReadPeople, &Owner::organisation(organisation))?;
    listed(instance, Some(organisation), None).await
}

/// People, each with what it is: for one organisation, or all; at one venue, or anywhere. Who is
/// nothing for the organisation is left out.
async fn listed(
    instance: &Instance,
    of: Option<OrganisationId>,
    venue: Option<Id<Venue>>,
) -> Result<Vec<(PersonRow, Vec<MembershipRow>)>, Error> {
    let mut tx = instance.database.read().await?;
    let memberships = store::membership::of_organisation(&mut tx, of).await?;
    let people = store::person::of_organisation(&mut tx, of).await?;
    drop(tx);
    let mut held: HashMap<Id<Person>, Vec<MembershipRow>> = HashMap::new();
    for row in memberships {
        if venue.is_none() || row.venue()? == venue {
            held.entry(row.person()?).or_default().push(row);
        }
    }
    let mut listed = Vec::with_capacity(people.len());
    for person in people {
        let memberships = held.remove(&person.id()?).unwrap_or_default();
        if of.is_none() || !memberships.is_empty() {
            listed.push((person, memberships));
        }
    }
    Ok(listed)
}

struct SetState {
    person: Id<Person>,
    state: PersonState,
}

#[async_trait]
impl Jot for SetState {
    type Outcome = ();

    async fn write(&self, tx: &mut Tx, _: Timestamp) -> Result<(), Error> {
        let row = store::person::find(tx, self.person).await?.ok_or(Reason::NotFound)?;
        if row.state()? == PersonState::Invited {
            return Err(Refusal::wrong_state("invited").into());
        }
        if self.state == PersonState::Disabled {
            stays(tx, self.person).await?;
        }
        store::person::set_state(tx, self.person, self.state).await?;
        if self.state == PersonState::Disabled {
            store::person::end_links(tx, self.person).await?;
            store::session::end_others(tx, self.person, None).await?;
        }
        Ok(())
    }
}

/// Who is one of the people that decide by two is not kept out by one of them: what it is ends by
/// two first.
async fn stays(tx: &mut Tx, person: Id<Person>) -> Result<(), Error> {
    let living = store::membership::living(tx, person).await?;
    for row in living {
        if counts(row.role()?) && in_force(tx).await? {
            return Err(Refusal::wrong_state("decides").into());
        }
    }
    Ok(())
}

/// Only who may give everybody rights keeps people out or erases others.
fn over_everybody(actor: &Actor) -> Result<(), Error> {
    if !actor.reaches_all(Action::GrantMembership) {
        return Err(Reason::NotPermitted.into());
    }
    actor.permit(Action::GrantMembership, &Owner::NOBODY)?;
    Ok(())
}

/// Keeps a person out from the next request on, or lets it in again; its rights stay.
///
/// # Errors
/// `not-permitted` for anybody but the operator; `wrong-state` for who has not joined, or when the
/// state is `invited`, and `decides` for one of the people that decide by two.
pub async fn set_state(
    instance: &Instance,
    actor: &Actor,
    person: Id<Person>,
    state: PersonState,
) -> Result<(), Error> {
    over_everybody(actor)?;
    if state == PersonState::Invited {
        return Err(Refusal::invalid("/state", "say active or disabled").into());
    }
    instance.door.jot(SetState { person, state }).await
}

struct Erase(Id<Person>);

#[async_trait]
impl Jot for Erase {
    type Outcome = bool;

    async fn write(&self, tx: &mut Tx, _: Timestamp) -> Result<bool, Error> {
        store::session::end_others(tx, self.0, None).await?;
        store::factor::erase(tx, self.0).await?;
        store::passkey::erase_all(tx, self.0).await?;
        store::openid::erase(tx, self.0).await?;
        Ok(store::person::erase(tx, self.0).await?)
    }
}

/// Forgets a person whose rights have all ended; gives whether it was there.
///
/// # Errors
/// [`Error`].
pub(in crate::service) async fn forget(
    instance: &Instance,
    person: Id<Person>,
) -> Result<bool, Error> {
    instance.door.jot(Erase(person)).await
}

/// Forgets a person: its rights end by lines, then all that names it goes. Asked again after half
/// of it, it does the rest.
///
/// # Errors
/// `not-permitted` for anybody but the operator and the person itself; `second-factor-needed`;
/// `not-found` when nobody is there; `Proposed` when two people end what it is: ask again then.
pub async fn erase(instance: &Instance, actor: &Actor, person: Id<Person>) -> Result<(), Error> {
    let mut tx = instance.database.read().await?;
    if actor.id == person.any() {
        if has_factor(&mut tx, person).await? && actor.assurance != Assurance::Fresh {
            return Err(Reason::SecondFactorNeeded.into());
        }
    } else {
        over_everybody(actor)?;
    }
    if store::person::find(&mut tx, person).await?.is_none() {
        return Err(Reason::NotFound.into());
    }
    let living = store::membership::living(&mut tx, person).await?;
    drop(tx);
    for membership in living {
        invite::end(instance, actor, membership.id()?).await?;
    }
    if forget(instance, person).await? { Ok(()) } else { Err(Reason::NotFound.into()) }
}
