//! `/operator/venues/{id}`: a venue with what is needed to qualify it, and the decision.
//!
//! Promises: what the register does not say is said to be missing. Does not: change the register
//! (its structure does).

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::Operating;
use super::notice::{Notice, Query, turned};
use super::proposal::place;
use crate::base::id::{Id, Venue};
use crate::domain::access::Action;
use crate::domain::refusal::Reason;
use crate::domain::venue::{Agreed, Capacity, VenueState};
use crate::service::find;
use crate::service::register::{self, RegisteredVenue};
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::{Asked, named};
use crate::web::pages::desk::{Sent, Turned, go, redrawn, shown_here};
use crate::web::pages::field::Field;
use crate::web::pages::shelf::{Shown, told};
use crate::web::pages::words::Words;
use crate::web::problem::Problem;

/// The name of the field with the capacity.
const CAPACITY: &str = "vouchers_per_month";

#[derive(Template)]
#[template(path = "operator/venue.html")]
struct Page {
    frame: Frame,
    notice: Notice,
    state: String,
    look: &'static str,
    shown: Shown,
    structure: (String, Option<String>),
    registration: Option<String>,
    agreed: Option<String>,
    missing: Vec<String>,
    capacity: Field,
    /// Whether whoever reads may qualify or suspend.
    decides: bool,
    is_qualified: bool,
    is_suspended: bool,
}

/// A state in words.
pub(super) const fn state_key(state: VenueState) -> &'static str {
    match state {
        VenueState::Registered => "operator-venue-registered",
        VenueState::Qualified => "operator-venue-qualified",
        VenueState::Suspended => "operator-venue-suspended",
    }
}

/// What people will miss who look for it.
fn missing(words: Words, venue: &RegisteredVenue) -> Vec<String> {
    let profile = &venue.profile;
    let mut missing = Vec::new();
    if profile.address.is_none() {
        missing.push(words.say("operator-venue-no-address"));
    }
    if profile.opening_hours.is_none() {
        missing.push(words.say("operator-venue-no-hours"));
    }
    if profile.phone.is_none() && profile.mailbox.is_none() && profile.website.is_none() {
        missing.push(words.say("operator-venue-no-contact"));
    }
    if profile.accessibility.is_none() {
        missing.push(words.say("operator-venue-no-accessibility"));
    }
    missing
}

async fn page(
    app: &App,
    operating: &Operating,
    id: Id<Venue>,
    notice: Notice,
) -> Result<Page, Problem> {
    let Operating { frame, actor } = operating;
    let words = frame.words;
    let venue = register::read_venue(&app.instance, actor, id).await?;
    let structure = venue.profile.structure_id.any();
    let names = find::names(&app.instance, actor, [structure]).await?;
    let mut registration = None;
    let owner = structure.try_into().ok();
    if let Some(owner) = owner.filter(|_| operating.may(Action::ReadOrganisation)) {
        let read = register::read(&app.instance, actor, owner).await?;
        registration = Some(read.profile.registration.to_string());
    }
    let agreed = venue.capacity.map(Capacity::vouchers);
    let value = agreed.map(|vouchers| vouchers.to_string()).unwrap_or_default();
    let name = names.of(&structure);
    let shown = told(words, &venue.profile, &name);
    Ok(Page {
        state: words.say(state_key(venue.state)),
        look: match venue.state {
            VenueState::Registered => "wait",
            VenueState::Qualified => "good",
            VenueState::Suspended => "bad",
        },
        shown,
        structure: (name, place(operating, structure).map(|to| frame.to(&to))),
        registration,
        agreed: agreed.map(|count| words.with("operator-venue-agreed", [("count", count.into())])),
        missing: missing(words, &venue),
        capacity: Field::text(CAPACITY, words.say("operator-venue-capacity"))
            .hint(words.say("operator-venue-capacity-hint"))
            .digits()
            .most(7)
            .value(&value),
        decides: operating.may(Action::QualifyVenue),
        is_qualified: venue.state == VenueState::Qualified,
        is_suspended: venue.state == VenueState::Suspended,
        notice,
        frame: frame.clone(),
    })
}

/// The page.
pub(super) async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    operating: Operating,
    Asked(asked): Asked<Query>,
) -> Result<Response, Problem> {
    let notice = Notice::done(operating.frame.words, &asked);
    Ok(shown_here(&page(&app, &operating, named(&id)?, notice).await?))
}

/// What is said of the venue.
#[derive(Debug, Deserialize)]
pub(super) struct Typed {
    state: String,
    #[serde(default)]
    vouchers_per_month: String,
}

/// Qualifies or suspends it, and says how much is agreed with it.
pub(super) async fn post(
    State(app): State<App>,
    Path(id): Path<String>,
    Sent { seated, typed }: Sent<Typed, Operating>,
) -> Result<Response, Turned> {
    let id: Id<Venue> = named(&id)?;
    let state = VenueState::of(&typed.state).filter(|state| *state != VenueState::Registered);
    let state = state.ok_or(Reason::NotFound)?;
    let capacity = typed.vouchers_per_month.trim();
    let plain: String = capacity.chars().filter(|c| !c.is_whitespace()).collect();
    let read = plain.parse::<i64>().ok().and_then(|number| Capacity::try_from(number).ok());
    if read.is_none() && !capacity.is_empty() {
        let mut page = page(&app, &seated, id, Notice::default()).await?;
        let fault = seated.frame.words.say("operator-venue-capacity-wrong");
        page.capacity = page.capacity.value(capacity).fault(Some(fault));
        return Ok(redrawn(&page));
    }
    let agreed = Agreed::Now(read);
    match register::qualify(&app.instance, &seated.actor, id, state, agreed).await {
        Ok(_) => {
            let done = state.as_str();
            Ok(go(&seated.frame.to(&format!("/operator/venues/{id}?done={done}"))))
        }
        Err(error) => {
            let notice = turned(&seated.frame, error)?;
            Ok(redrawn(&page(&app, &seated, id, notice).await?))
        }
    }
}
