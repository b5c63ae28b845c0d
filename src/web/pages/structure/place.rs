//! `/structure/venues/new` and `…/place`: what a venue is called, where it is and what it does.
//!
//! Promises: a commune is found by its name and postcode; a form that is sent twice makes one
//! venue. Does not: know streets.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::organisation::name_fault;
use super::{Faults, Told, fault, is_stale, structure_of, version_of};
use crate::base::id::{Id, Structure, Venue};
use crate::base::text::Name;
use crate::domain::access::{Action, Actor};
use crate::domain::contact::Address;
use crate::domain::offering::Offering;
use crate::domain::place::communes;
use crate::domain::refusal::Reason;
use crate::domain::territory::CommuneCode;
use crate::domain::venue::VenueProfile;
use crate::service::Error;
use crate::service::register;
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::{Asked, fresh, named};
use crate::web::pages::desk::{Seated, Sent, go, redrawn, shown_here};
use crate::web::pages::field::{Field, begin_at_fault};
use crate::web::pages::shelf;
use crate::web::pages::words::Words;
use crate::web::problem::Problem;

/// What was typed.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Typed {
    /// The new venue's id, made with the form.
    #[serde(default)]
    venue: String,
    version: String,
    #[serde(default)]
    sitting: String,
    name: String,
    street: String,
    postcode: String,
    commune: String,
    #[serde(default)]
    offerings: Vec<String>,
}

#[derive(Template)]
#[template(path = "structure/place.html")]
struct Page {
    frame: Frame,
    stale: bool,
    /// The venue's name, when it has one.
    title: Option<String>,
    action: String,
    back: &'static str,
    name: Field,
    street: Field,
    postcode: Field,
    commune: Field,
    offerings: Field,
    venue: String,
    version: String,
    sitting: String,
}

fn page(
    frame: Frame,
    (action, title): (String, Option<String>),
    typed: Typed,
    faults: &Faults,
    stale: bool,
) -> Page {
    let words = frame.words;
    let text = |name: &'static str, key: &str, value: &str, most: u16| {
        Field::text(name, words.say(key)).value(value).most(most).fault(fault(faults, name))
    };
    let labels = Offering::ALL.map(|it| (it.code(), shelf::done(words, it)));
    let offerings: Vec<(&str, &str)> =
        labels.iter().map(|(code, label)| (*code, label.as_str())).collect();
    let mut page = Page {
        name: text("name", "structure-place-name", &typed.name, 140)
            .hint(words.say("structure-place-name-hint"))
            .required(),
        street: text("street", "structure-place-street", &typed.street, 70)
            .hint(words.say("structure-place-street-hint"))
            .complete("street-address"),
        postcode: text("postcode", "structure-place-postcode", &typed.postcode, 5)
            .digits()
            .complete("postal-code"),
        commune: text("commune", "structure-place-commune", &typed.commune, 60)
            .hint(words.say("structure-place-commune-hint"))
            .complete("address-level2")
            .required(),
        offerings: Field::ticks("offerings", words.say("structure-place-offerings"), &offerings)
            .hint(words.say("structure-place-offerings-hint"))
            .values(&typed.offerings)
            .fault(fault(faults, "offerings")),
        venue: typed.venue,
        version: typed.version,
        sitting: typed.sitting,
        back: "/structure/venues",
        title,
        action,
        stale,
        frame,
    };
    begin_at_fault([
        &mut page.name,
        &mut page.street,
        &mut page.postcode,
        &mut page.commune,
        &mut page.offerings,
    ]);
    page
}

/// What is typed, as a venue's register has it.
struct Judged {
    name: Name,
    commune: CommuneCode,
    offerings: Vec<Offering>,
    address: Option<Address>,
}

fn judged(words: Words, typed: &Typed) -> Result<Judged, Faults> {
    let mut faults = Faults::new();
    let name = Name::new(&typed.name);
    if let Err(error) = &name {
        faults.push(("name", name_fault(words, *error)));
    }
    let (street, postcode) = (typed.street.trim(), typed.postcode.trim());
    let mut address = None;
    if !(street.is_empty() && postcode.is_empty()) {
        let (street, postcode) = (street.parse(), postcode.parse());
        if street.is_err() {
            faults.push(("street", words.say("structure-fault-street")));
        }
        if postcode.is_err() {
            faults.push(("postcode", words.say("structure-fault-postcode")));
        }
        address =
            street.ok().zip(postcode.ok()).map(|(street, postcode)| Address { street, postcode });
    }
    let found = communes(&typed.commune, &typed.postcode);
    if found.len() != 1 {
        faults.push(("commune", commune_fault(words, &found)));
    }
    let offerings: Result<Vec<Offering>, _> = typed.offerings.iter().map(|it| it.parse()).collect();
    let offerings = offerings.unwrap_or_default();
    if offerings.is_empty() {
        faults.push(("offerings", words.say("structure-fault-offerings")));
    }
    match (name, found.first()) {
        (Ok(name), Some(commune)) if faults.is_empty() => {
            Ok(Judged { name, commune: *commune, offerings, address })
        }
        _ => Err(faults),
    }
}

/// A commune that is not there, or one of several of its name.
fn commune_fault(words: Words, found: &[CommuneCode]) -> String {
    if found.is_empty() {
        return words.say("structure-fault-commune");
    }
    let said =
        |it: &CommuneCode| format!("{} ({}) = {}", it.name(), it.department().name(), it.as_str());
    let all = found.iter().take(12).map(said).collect::<Vec<_>>().join(", ");
    words.with("structure-fault-commune-many", [("communes", all.into())])
}

/// The form of a venue that is not there yet.
pub(super) async fn begin(State(app): State<App>, seated: Seated) -> Result<Response, Problem> {
    let Seated { frame, actor, .. } = seated;
    structure_of(&actor)?;
    actor.may_ever(Action::EditVenue)?;
    let typed = Typed { venue: fresh::<Venue>(&app), version: "0".to_owned(), ..Typed::default() };
    let at = ("/structure/venues/new".to_owned(), None);
    Ok(shown_here(&page(frame, at, typed, &Faults::new(), false)))
}

/// Makes a venue; what comes after it in a sitting is its opening hours.
pub(super) async fn made(
    State(app): State<App>,
    Sent { seated, typed }: Sent<Typed>,
) -> Result<Response, Problem> {
    let Seated { frame, actor, .. } = seated;
    let structure = structure_of(&actor)?;
    let id: Id<Venue> = named(&typed.venue)?;
    let at = ("/structure/venues/new".to_owned(), None);
    let judged = match judged(frame.words, &typed) {
        Ok(judged) => judged,
        Err(faults) => return Ok(redrawn(&page(frame, at, typed, &faults, false))),
    };
    let profile = profile(structure, judged);
    match register::venue(&app.instance, &actor, id, profile, None).await {
        // Sent again after it was changed: it is there, and stands as it is.
        Err(Error::Refused(refusal)) if refusal.reason == Reason::Differs => {}
        done => drop(done?),
    }
    Ok(go(&frame.to(&format!("/structure/venues/{id}/hours?sitting=1&done=venue"))))
}

fn profile(structure: Id<Structure>, judged: Judged) -> VenueProfile {
    let Judged { name, commune, offerings, address } = judged;
    VenueProfile { address, ..VenueProfile::new(structure, name, commune, offerings) }
}

/// A venue that somebody may change.
pub(super) async fn editable(
    app: &App,
    actor: &Actor,
    id: &str,
) -> Result<register::RegisteredVenue, Problem> {
    structure_of(actor)?;
    let venue = register::read_venue(&app.instance, actor, named(id)?).await?;
    actor.may_ever(Action::EditVenue)?;
    Ok(venue)
}

/// The form of a venue that is there.
pub(super) async fn get(
    State(app): State<App>,
    seated: Seated,
    Path(id): Path<String>,
    Asked(told): Asked<Told>,
) -> Result<Response, Problem> {
    let Seated { frame, actor, .. } = seated;
    let venue = editable(&app, &actor, &id).await?;
    let known = &venue.profile;
    let address = known.address.as_ref();
    let typed = Typed {
        venue: String::new(),
        version: venue.version.to_string(),
        sitting: told.sitting,
        name: known.name.to_string(),
        street: address.map(|it| it.street.to_string()).unwrap_or_default(),
        postcode: address.map(|it| it.postcode.to_string()).unwrap_or_default(),
        commune: known.commune.name().to_owned(),
        offerings: known.offerings.iter().map(|it| it.code().to_owned()).collect(),
    };
    // Where the name alone does not lead back to the commune, its code does.
    let typed = if communes(&typed.commune, &typed.postcode) == [known.commune] {
        typed
    } else {
        Typed { commune: known.commune.as_str().to_owned(), ..typed }
    };
    let at = (format!("/structure/venues/{id}/place"), Some(known.name.to_string()));
    Ok(shown_here(&page(frame, at, typed, &Faults::new(), false)))
}

/// Takes the form of a venue that is there.
pub(super) async fn post(
    State(app): State<App>,
    Path(id): Path<String>,
    Sent { seated, typed }: Sent<Typed>,
) -> Result<Response, Problem> {
    let Seated { frame, actor, .. } = seated;
    let venue = editable(&app, &actor, &id).await?;
    let at = (format!("/structure/venues/{id}/place"), Some(venue.profile.name.to_string()));
    let Judged { name, commune, offerings, address } = match judged(frame.words, &typed) {
        Ok(judged) => judged,
        Err(faults) => return Ok(redrawn(&page(frame, at, typed, &faults, false))),
    };
    let profile = VenueProfile { name, commune, offerings, address, ..venue.profile };
    let if_match = version_of(&typed.version);
    match register::venue(&app.instance, &actor, venue.venue_id, profile, if_match).await {
        Ok(_) => Ok(go(&frame.to(&onward(&id, "hours", "place", &typed.sitting)))),
        Err(error) => match is_stale(&error) {
            Some(version) => {
                let typed = Typed { version: version.to_string(), ..typed };
                Ok(redrawn(&page(frame, at, typed, &Faults::new(), true)))
            }
            None => Err(error.into()),
        },
    }
}

/// Where somebody goes after a step: to the next one in a sitting, else back to the venue.
pub(super) fn onward(id: &str, next: &str, done: &str, sitting: &str) -> String {
    let venue = format!("/structure/venues/{id}");
    match (sitting.is_empty(), next) {
        (false, "") => format!("/structure?done={done}"),
        (false, next) => format!("{venue}/{next}?sitting=1&done={done}"),
        (true, _) => format!("{venue}?done={done}"),
    }
}
