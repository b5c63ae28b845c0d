//! `/structure`: where a structure stands, what is missing, what it is owed and was paid last.
//!
//! Promises: one thing to do next, and who does what is waited for. Does not: count again (the
//! figures are those of the pages behind).

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::payments::{self, DueLine, PaidLine};
use super::redemptions::{self, Line};
use super::standing::{Mark, Part, parts, state};
use super::venues::{self, Known};
use super::{Told, said, structure_of};
use crate::base::id::{Id, Venue};
use crate::domain::access::Action;
use crate::domain::venue::VenueState;
use crate::service::earn;
use crate::service::register::{self, Registered};
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::Asked;
use crate::web::pages::desk::{Seated, shown_here};
use crate::web::pages::words::Words;
use crate::web::problem::Problem;

/// How many of the newest rows stand here.
const NEWEST: i64 = 5;

/// One thing that has to be so.
struct Step {
    mark: Mark,
    title: String,
    text: String,
    /// What is missing in it.
    lacks: Vec<String>,
    /// What could be added.
    extras: Vec<String>,
    link: Option<Link>,
}

#[derive(Clone)]
struct Link {
    path: String,
    label: String,
}

#[derive(Template)]
#[template(path = "structure/home.html")]
struct Page {
    frame: Frame,
    done: Option<String>,
    name: String,
    registration: String,
    redeems: bool,
    steps: Vec<Step>,
    /// What to do next, where anything is left.
    next: Option<Link>,
    waits: bool,
    total: String,
    dues: Vec<DueLine>,
    paid: Vec<PaidLine>,
    redeemed: Vec<Line>,
}

#[derive(Template)]
#[template(path = "structure/venue_home.html")]
struct VenuePage {
    frame: Frame,
    name: String,
    mark: Mark,
    state: String,
    path: String,
    redeemed: Vec<Line>,
}

/// The page of the structure, or of the one venue that somebody is bound to.
pub(super) async fn get(
    State(app): State<App>,
    seated: Seated,
    Asked(told): Asked<Told>,
) -> Result<Response, Problem> {
    structure_of(&seated.actor)?;
    match seated.actor.venue {
        Some(venue) => of_venue(&app, seated, venue).await,
        None => of_structure(&app, seated, &told.done).await,
    }
}

async fn of_venue(app: &App, seated: Seated, venue: Id<Venue>) -> Result<Response, Problem> {
    let Seated { frame, actor, .. } = seated;
    let words = frame.words;
    let known = register::read_venue(&app.instance, &actor, venue).await?;
    let redeemed = redemptions::newest(app, &actor, words, NEWEST).await?;
    let (mark, state) = state(words, known.state);
    Ok(shown_here(&VenuePage {
        name: known.profile.name.to_string(),
        mark,
        state,
        path: format!("/structure/venues/{venue}"),
        redeemed,
        frame,
    }))
}

async fn of_structure(app: &App, seated: Seated, done: &str) -> Result<Response, Problem> {
    let Seated { frame, actor, .. } = seated;
    let words = frame.words;
    let known = register::read(&app.instance, &actor, actor.organisation).await?;
    let venues = venues::read(app, &actor).await?;
    let edits = actor.may(Action::EditVenue);
    let steps = steps(words, &known, &venues, edits);
    let dues = earn::dues(&app.instance, &actor).await?;
    let (paid, _) = earn::payments(&app.instance, &actor, None, NEWEST).await?;
    let redeemed = redemptions::newest(app, &actor, words, NEWEST).await?;
    let undone = |step: &&Step| step.mark == Mark::Missing && step.link.is_some();
    Ok(shown_here(&Page {
        done: said(words, done),
        name: known.profile.name.to_string(),
        registration: known.profile.registration.to_string(),
        redeems: actor.may(Action::Redeem),
        next: steps.iter().find(undone).and_then(|step| step.link.clone()),
        waits: steps.iter().any(|step| step.mark != Mark::Done),
        steps,
        total: words.cents(dues.iter().map(|due| due.due_cents).sum()),
        dues: payments::due_lines(words, &dues),
        paid: payments::paid_lines(words, &paid),
        redeemed,
        frame,
    }))
}

/// What has to be so before a structure is paid for what it does.
fn steps(words: Words, known: &Registered, venues: &[Known], edits: bool) -> Vec<Step> {
    let link = |path: String, key: &str| edits.then(|| Link { path, label: words.say(key) });
    let profile = &known.profile;
    let mut steps = vec![Step {
        mark: Mark::Done,
        title: words.say("structure-step-register"),
        text: format!("{}, {}", profile.name, profile.registration),
        lacks: Vec::new(),
        extras: Vec::new(),
        link: link("/structure/register".to_owned(), "structure-change"),
    }];
    if venues.is_empty() {
        steps.push(Step {
            mark: Mark::Missing,
            title: words.say("structure-step-venue"),
            text: words.say("structure-step-venue-text"),
            lacks: Vec::new(),
            extras: Vec::new(),
            link: link("/structure/venues/new".to_owned(), "structure-venue-add"),
        });
    }
    steps.extend(venues.iter().map(|venue| of(words, venue, edits)));
    steps.push(account(words, known, edits));
    steps
}

/// How a venue stands: what it lacks goes before what the operator has to say.
fn of(words: Words, venue: &Known, edits: bool) -> Step {
    let (of_state, text) = state(words, venue.state);
    let parts = parts(words, &venue.profile);
    let first = parts.iter().find(|part| part.mark == Mark::Missing);
    let at = format!("/structure/venues/{}", venue.venue_id);
    let (path, key) = match first {
        // Who only looks is led to the page, not to a form that it may not fill.
        Some(Part { path, .. }) if edits => {
            (format!("{at}/{path}?sitting=1"), "structure-complete")
        }
        _ => (at, "structure-see"),
    };
    let name = venue.profile.name.to_string();
    let label = words.with(key, [("name", name.clone().into())]);
    // What is optional keeps nobody from redeeming.
    let mark = match (of_state, first) {
        (Mark::Waits, Some(_)) => Mark::Missing,
        (mark, _) => mark,
    };
    Step {
        mark,
        title: name,
        text,
        extras: parts.iter().flat_map(|part| part.extras.clone()).collect(),
        lacks: parts.into_iter().flat_map(|part| part.lacks).collect(),
        link: (edits || venue.state != VenueState::Registered).then_some(Link { path, label }),
    }
}

fn account(words: Words, known: &Registered, edits: bool) -> Step {
    let in_force = known.accounts.iter().find(|account| account.in_force_at.is_none());
    let to_come = known.accounts.iter().any(|account| account.in_force_at.is_some());
    let (mark, text) = match in_force {
        Some(account) if to_come => {
            let account = account.account.clone();
            (Mark::Waits, words.with("structure-account-changing", [("account", account.into())]))
        }
        Some(account) => {
            let account = account.account.clone();
            (Mark::Done, words.with("structure-account-known", [("account", account.into())]))
        }
        None => (Mark::Missing, words.say("structure-account-none")),
    };
    let key = if in_force.is_some() { "structure-account-see" } else { "structure-account-give" };
    let path = "/structure/account".to_owned();
    Step {
        mark,
        title: words.say("structure-step-account"),
        text,
        lacks: Vec::new(),
        extras: Vec::new(),
        link: edits.then(|| Link { path, label: words.say(key) }),
    }
}
