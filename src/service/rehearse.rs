//! Rehearsing: what the counter would say of a voucher under a campaign's rules, before anybody
//! holds one.
//!
//! Promises: the domain's own decision about redemptions; a real venue is taken as it stands now.
//! Does not: write, note a refusal, or need the campaign to exist.

use super::error::Error;
use super::instance::Instance;
use super::order::funder_owner;
use crate::base::day::Day;
use crate::base::id::{Id, Structure, Venue};
use crate::base::text::Name;
use crate::domain::access::{Action, Actor};
use crate::domain::campaign::CampaignProfile;
use crate::domain::offering::Offering;
use crate::domain::refusal::{Reason, Refusal};
use crate::domain::rehearsal::Rehearsal;
use crate::domain::territory::CommuneCode;
use crate::domain::venue::{VenueAdmitted, VenueState, VenueView};
use crate::store;

/// Where it is rehearsed.
#[derive(Debug, Clone, Copy)]
pub enum Stand {
    /// At a venue that there is.
    Venue(Id<Venue>),
    /// At a qualified venue that does what is asked, in this commune, of a structure that the
    /// campaign admits.
    Somewhere(CommuneCode),
}

/// What is rehearsed.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// Where.
    pub stand: Stand,
    /// What is done.
    pub offering: Offering,
    /// When.
    pub day: Day,
    /// Whether the book was handed over.
    pub handed_over: bool,
    /// How many vouchers of the same book the venue has taken that day.
    pub before: u8,
}

/// What the counter would say; with the venue that it would say it at.
#[derive(Debug, Clone)]
pub struct Rehearsed {
    /// The venue's name, when it is a real one.
    pub venue: Option<Name>,
    /// Its commune.
    pub commune: CommuneCode,
    /// The refusal, or none.
    pub refused: Option<Refusal>,
}

/// Rehearses a redemption under some rules, which need not be registered.
///
/// # Errors
/// [`Error`]; `not-found` for an unknown venue.
pub async fn rehearse(
    instance: &Instance,
    actor: &Actor,
    rules: CampaignProfile,
    asked: Asked,
) -> Result<Rehearsed, Error> {
    actor.permit(Action::ReadCampaign, &funder_owner(rules.funder_id))?;
    let (name, venue) = match asked.stand {
        Stand::Venue(id) => {
            actor.may_ever(Action::ReadVenue)?;
            let mut tx = instance.database.read().await?;
            let found = store::venue::views(&mut tx, &[id]).await?.into_iter().next();
            let venue = found.ok_or(Reason::NotFound)?;
            (Some(venue.admitted.name.clone()), venue)
        }
        Stand::Somewhere(commune) => (None, imagined(&rules, commune, asked.offering)?),
    };
    let commune = venue.admitted.commune;
    // A book has no voucher beyond its last.
    let before = asked.before.min(rules.vouchers_per_book.saturating_sub(1));
    let Asked { offering, day, handed_over, .. } = asked;
    let rehearsal = Rehearsal { rules, venue, offering, day, handed_over, before };
    Ok(Rehearsed { venue: name, commune, refused: rehearsal.decide().err() })
}

/// A venue that does what is asked, of a structure that the rules admit.
fn imagined(
    rules: &CampaignProfile,
    commune: CommuneCode,
    offering: Offering,
) -> Result<VenueView, Error> {
    let nobody: Id<Structure> = Id::from_uuid(uuid::Uuid::nil());
    let structure_id = rules.structures.first().copied().unwrap_or(nobody);
    let odd = || Error::Fault("a venue cannot be imagined".to_owned());
    let name = Name::new(commune.name()).map_err(|_| odd())?;
    Ok(VenueView {
        venue_id: Id::from_uuid(uuid::Uuid::nil()),
        state: VenueState::Qualified,
        offerings: vec![offering],
        admitted: VenueAdmitted {
            name: name.clone(),
            commune,
            structure_id,
            structure_name: name,
            registration: "W000000000".parse().map_err(|_| odd())?,
        },
    })
}
