//! Venues: their registers, and what the operator says of them.
//!
//! Promises: a venue keeps its structure; it redeems only while it is qualified. Does not: show a
//! venue's redemptions.

use async_trait::async_trait;

use super::next_version;
use crate::base::id::{Id, Structure, Venue};
use crate::domain::access::{Action, Actor, Owner};
use crate::domain::ledger::receipt::Receipt;
use crate::domain::organisation::OrganisationId;
use crate::domain::refusal::{Reason, Refusal};
use crate::domain::venue::{
    Agreed, Capacity, VenueProfile, VenueRegistered, VenueState, VenueStateSet,
};
use crate::service::error::Error;
use crate::service::instance::Instance;
use crate::service::receipt::receipt_apart;
use crate::service::writer::desk::{Decided, Desk, Draft, OPERATOR_LEDGER};
use crate::service::writer::{Done, Write};
use crate::store;
use crate::store::venue::VenueRow;

/// A venue's register with its version, state and receipt.
#[derive(Debug, Clone)]
pub struct RegisteredVenue {
    /// The venue.
    pub venue_id: Id<Venue>,
    /// 1 for the first.
    pub version: i64,
    /// The content.
    pub profile: VenueProfile,
    /// What the operator says.
    pub state: VenueState,
    /// The capacity that it agreed with the venue.
    pub capacity: Option<Capacity>,
    /// The receipt of this version.
    pub receipt: Receipt,
    /// Whether this request wrote it.
    pub fresh: bool,
}

/// Who owns a venue: its structure.
pub(in crate::service) fn owner(structure: Id<Structure>, venue: Id<Venue>) -> Owner {
    let organisation = OrganisationId::try_from(structure.any()).ok();
    Owner { organisations: [organisation, None], venue: Some(venue), made_by: None }
}

struct Register {
    actor: Actor,
    id: Id<Venue>,
    profile: VenueProfile,
    if_match: Option<i64>,
}

#[async_trait]
impl Write for Register {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        desk.refresh(&[OPERATOR_LEDGER]).await?;
        let current = store::venue::find(&mut desk.tx, self.id).await?;
        let structure = match &current {
            Some(row) => row.profile()?.structure_id,
            None => self.profile.structure_id,
        };
        self.actor.permit(Action::EditVenue, &owner(structure, self.id))?;
        if let Some(row) = &current {
            if row.profile()? == self.profile {
                let known = desk.created(format!("{}/{}", self.id, row.version)).await?;
                let known = known.ok_or_else(|| Error::Fault("a version has no line".into()))?;
                return Ok(Decided::Known(known));
            }
            if structure != self.profile.structure_id {
                let detail = "a venue keeps its structure; register a new venue instead";
                return Err(Refusal::invalid("/structure_id", detail).into());
            }
        }
        let organisation =
            OrganisationId::try_from(structure.any()).map_err(|_| Reason::NotFound)?;
        if store::organisation::find(&mut desk.tx, organisation).await?.is_none() {
            return Err(Refusal::invalid("/structure_id", "no such structure").into());
        }
        let version = next_version(current.map(|row| row.version), self.if_match)?;
        let fact = VenueRegistered { version, profile: self.profile.clone() };
        Ok(Draft::new(OPERATOR_LEDGER, self.actor.id, self.id, fact).into())
    }
}

/// Makes or changes a venue's register.
///
/// # Errors
/// [`Error`]; see `next_version` for what `if_match` does.
pub async fn venue(
    instance: &Instance,
    actor: &Actor,
    id: Id<Venue>,
    profile: VenueProfile,
    if_match: Option<i64>,
) -> Result<RegisteredVenue, Error> {
    actor.may_ever(Action::EditVenue)?;
    if profile.offerings.is_empty() {
        return Err(Refusal::invalid("/offerings", "a venue offers at least one service").into());
    }
    let done = instance.door.write(Register { actor: *actor, id, profile, if_match }).await?;
    let registered = read_venue(instance, actor, id).await?;
    Ok(RegisteredVenue { fresh: done.fresh, receipt: done.receipt, ..registered })
}

/// A venue's register as it stands.
///
/// # Errors
/// `not-found` for unknown and foreign ids alike.
pub async fn read_venue(
    instance: &Instance,
    actor: &Actor,
    id: Id<Venue>,
) -> Result<RegisteredVenue, Error> {
    let mut tx = instance.read_as(actor).await?;
    let row = store::venue::find(&mut tx, id).await?.ok_or(Reason::NotFound)?;
    let profile = row.profile()?;
    actor.permit(Action::ReadVenue, &owner(profile.structure_id, id))?;
    let receipt = receipt_apart(instance, row.seq).await?;
    let (version, state, capacity) = (row.version, row.state()?, row.capacity()?);
    Ok(RegisteredVenue { venue_id: id, version, profile, state, capacity, receipt, fresh: false })
}

/// All venues that the actor may read, in order of id.
///
/// # Errors
/// [`Error`].
pub async fn venues(instance: &Instance, actor: &Actor) -> Result<Vec<VenueRow>, Error> {
    actor.may_ever(Action::ReadVenue)?;
    let mut tx = instance.read_as(actor).await?;
    let mut rows = store::venue::list(&mut tx).await?;
    rows.retain(|row| {
        let ids = (row.structure_id.parse(), row.venue_id.parse());
        let (Ok(structure), Ok(venue)) = ids else { return false };
        actor.permit(Action::ReadVenue, &owner(structure, venue)).is_ok()
    });
    Ok(rows)
}

struct Qualify {
    actor: Actor,
    id: Id<Venue>,
    state: VenueState,
    agreed: Agreed,
}

#[async_trait]
impl Write for Qualify {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        self.actor.permit(Action::QualifyVenue, &Owner::NOBODY)?;
        desk.refresh(&[OPERATOR_LEDGER]).await?;
        let row = store::venue::find(&mut desk.tx, self.id).await?.ok_or(Reason::NotFound)?;
        let vouchers_per_month = self.agreed.after(row.capacity()?);
        if (row.state()?, row.capacity()?) == (self.state, vouchers_per_month) {
            // The state is a register's: saying it again changes nothing and writes nothing.
            return Err(Refusal::wrong_state(self.state.as_str()).into());
        }
        let fact = VenueStateSet { state: self.state, vouchers_per_month };
        Ok(Draft::new(OPERATOR_LEDGER, self.actor.id, self.id, fact).into())
    }
}

/// Qualifies or suspends a venue, and says what becomes of its capacity. Saying what is so already
/// changes nothing.
///
/// # Errors
/// [`Error`].
pub async fn qualify(
    instance: &Instance,
    actor: &Actor,
    id: Id<Venue>,
    state: VenueState,
    agreed: Agreed,
) -> Result<Option<Done>, Error> {
    if state == VenueState::Registered {
        let detail = "say qualified or suspended";
        return Err(Refusal::invalid("/state", detail).into());
    }
    match instance.door.write(Qualify { actor: *actor, id, state, agreed }).await {
        Ok(done) => Ok(Some(done)),
        Err(error) if error.reason() == Some(Reason::WrongState) => Ok(None),
        Err(error) => Err(error),
    }
}
