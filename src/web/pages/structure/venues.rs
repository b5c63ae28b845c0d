//! `/structure/venues`: the venues of a structure, how each stands, and what the public is shown.
//!
//! Promises: the same card as in the public directory. Does not: change anything (see `place`,
//! `hours`, `reach`).

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use super::standing::{Mark, Part, parts, state};
use super::{Told, said, structure_of};
use crate::base::id::{Id, Venue};
use crate::domain::access::{Action, Actor};
use crate::domain::venue::{VenueProfile, VenueState};
use crate::service::{Error, register};
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::{Asked, named};
use crate::web::pages::desk::{Seated, go, shown_here};
use crate::web::pages::shelf::{self, Shelf};
use crate::web::pages::words::Words;
use crate::web::problem::Problem;

/// A venue in the list.
struct Card {
    path: String,
    name: String,
    commune: &'static str,
    mark: Mark,
    state: String,
    lacks: Vec<String>,
}

#[derive(Template)]
#[template(path = "structure/venues.html")]
struct List {
    frame: Frame,
    done: Option<String>,
    edits: bool,
    venues: Vec<Card>,
}

#[derive(Template)]
#[template(path = "structure/venue.html")]
struct Page {
    frame: Frame,
    done: Option<String>,
    name: String,
    mark: Mark,
    state: String,
    /// What the operator looks at before it says yes.
    waits: bool,
    edits: bool,
    pairs: bool,
    /// The parts of the register, each with its address.
    parts: Vec<(String, Part)>,
    shelves: Vec<Shelf>,
}

/// A venue's register, as lists need it.
pub(super) struct Known {
    pub(super) venue_id: Id<Venue>,
    pub(super) profile: VenueProfile,
    pub(super) state: VenueState,
}

/// The registers of all venues that somebody may read, by name.
pub(super) async fn read(app: &App, actor: &Actor) -> Result<Vec<Known>, Problem> {
    let mut venues = Vec::new();
    for row in register::venues(&app.instance, actor).await? {
        venues.push(Known {
            venue_id: named(&row.venue_id)?,
            profile: row.profile().map_err(Error::from)?,
            state: row.state().map_err(Error::from)?,
        });
    }
    venues.sort_by(|one, other| one.profile.name.cmp(&other.profile.name));
    Ok(venues)
}

/// The venues that somebody may read: id and name.
pub(super) async fn names(app: &App, actor: &Actor) -> Result<Vec<(Id<Venue>, String)>, Problem> {
    let venues = read(app, actor).await?;
    Ok(venues.into_iter().map(|it| (it.venue_id, it.profile.name.to_string())).collect())
}

/// The list; whoever is bound to a venue is sent to it.
pub(super) async fn list(
    State(app): State<App>,
    seated: Seated,
    Asked(told): Asked<Told>,
) -> Result<Response, Problem> {
    let Seated { frame, actor, .. } = seated;
    structure_of(&actor)?;
    if let Some(venue) = actor.venue {
        return Ok(go(&frame.to(&format!("/structure/venues/{venue}"))));
    }
    let words = frame.words;
    let venues = read(&app, &actor).await?.iter().map(|venue| card(words, venue)).collect();
    let done = said(words, &told.done);
    Ok(shown_here(&List { done, edits: actor.may(Action::EditVenue), venues, frame }))
}

fn card(words: Words, venue: &Known) -> Card {
    let (mark, state) = state(words, venue.state);
    let lacks = parts(words, &venue.profile).into_iter().flat_map(|part| part.lacks);
    Card {
        path: format!("/structure/venues/{}", venue.venue_id),
        name: venue.profile.name.to_string(),
        commune: venue.profile.commune.name(),
        mark,
        state,
        lacks: lacks.collect(),
    }
}

/// One venue.
pub(super) async fn one(
    State(app): State<App>,
    seated: Seated,
    Path(id): Path<String>,
    Asked(told): Asked<Told>,
) -> Result<Response, Problem> {
    let Seated { frame, actor, .. } = seated;
    structure_of(&actor)?;
    let words = frame.words;
    let venue = register::read_venue(&app.instance, &actor, named(&id)?).await?;
    let (mark, state) = state(words, venue.state);
    let at = format!("/structure/venues/{}", venue.venue_id);
    let parts = parts(words, &venue.profile).map(|part| (format!("{at}/{}", part.path), part));
    // The card has the structure's name only where it is another one: here it is known.
    let shown = shelf::told(words, &venue.profile, venue.profile.name.as_str());
    Ok(shown_here(&Page {
        done: said(words, &told.done),
        name: venue.profile.name.to_string(),
        mark,
        state,
        waits: venue.state == VenueState::Registered,
        edits: actor.may(Action::EditVenue),
        pairs: actor.may(Action::PairDevice),
        parts: parts.into(),
        shelves: vec![Shelf { title: None, venues: vec![shown] }],
        frame,
    }))
}
