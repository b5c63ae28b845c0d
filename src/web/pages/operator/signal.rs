//! `/operator/signals`: what looks unlike honest work, in plain words, and what came of it.
//!
//! Promises: a signal is a question, and is told as one; deciding writes down what came of it and
//! does nothing else. Does not: suspend anybody (the page of the venue does).

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::Operating;
use super::notice::{Notice, Query};
use crate::base::id::{AnyId, Id, Noun, Signal};
use crate::domain::access::{Action, Actor};
use crate::domain::refusal::Reason;
use crate::domain::signal::{Decision, Raised, SignalKind};
use crate::service::find::{self, Names};
use crate::service::signals::{self, DecisionRequest, Listed};
use crate::service::{Instance, sign_in};
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::{Asked, named};
use crate::web::pages::desk::{Sent, go, shown_here};
use crate::web::pages::field::Field;
use crate::web::pages::words::Words;
use crate::web::problem::Problem;

/// What may come of a signal, in words.
const DECISIONS: &[(Decision, &str, &str)] = &[
    (Decision::Explained, "explained", "operator-signal-explained"),
    (Decision::Watched, "watched", "operator-signal-watched"),
    (Decision::Visited, "visited", "operator-signal-visited"),
    (Decision::Suspended, "suspended", "operator-signal-suspended"),
    (Decision::Reported, "reported", "operator-signal-reported"),
];

/// Whose each key and device is: its venue, or its organisation.
pub(super) type Owners = HashMap<AnyId, AnyId>;

/// Whose each key and device is, for who may read keys.
pub(super) async fn owners(instance: &Instance, actor: &Actor) -> Result<Owners, Problem> {
    if !actor.reaches_all(Action::ReadKeys) {
        return Ok(Owners::new());
    }
    let keys = sign_in::list(instance, actor).await?;
    let owner = |it: sign_in::KeyState| {
        let organisation = it.actor.organisation.any();
        (it.actor.id, it.actor.venue.map_or(organisation, Id::any))
    };
    Ok(keys.into_iter().map(owner).collect())
}

/// What looks unlike honest work, in a sentence.
pub(super) fn sentence(words: Words, raised: &Raised, names: &Names, owners: &Owners) -> String {
    let key = match raised.kind {
        SignalKind::Pace => "operator-signal-pace",
        SignalKind::WholeBooks => "operator-signal-whole-books",
        SignalKind::Copies => "operator-signal-copies",
        SignalKind::Unknown => "operator-signal-unknown",
        SignalKind::OverCapacity => "operator-signal-over-capacity",
        SignalKind::Steering => "operator-signal-steering",
        SignalKind::AfterHours => "operator-signal-after-hours",
        SignalKind::Offline => "operator-signal-offline",
        SignalKind::ClockAhead => "operator-signal-clock-ahead",
        SignalKind::FromStock => "operator-signal-from-stock",
    };
    let who = who(words, raised.about, names, owners);
    let (count, of) = (raised.count, raised.of);
    words.with(key, [("who", who.into()), ("count", count.into()), ("of", of.into())])
}

/// A venue, a worker, or the device of a venue.
fn who(words: Words, about: AnyId, names: &Names, owners: &Owners) -> String {
    if about.noun() == Noun::ApiKey
        && let Some(owner) = owners.get(&about)
    {
        let name = names.of(owner);
        return words.with("operator-device-of", [("name", name.into())]);
    }
    names.of(&about)
}

/// A signal on the page.
struct Shown {
    id: String,
    sentence: String,
    hint: String,
    day: String,
    venue: Option<String>,
    decided: Option<String>,
}

#[derive(Template)]
#[template(path = "operator/signals.html")]
struct Page {
    frame: Frame,
    notice: Notice,
    choices: Vec<(&'static str, String)>,
    waiting: Vec<Shown>,
    decided: Vec<Shown>,
    decides: bool,
}

/// What may be behind it, and what to look at.
fn hint(kind: SignalKind) -> &'static str {
    match kind {
        SignalKind::Pace => "operator-look-pace",
        SignalKind::WholeBooks => "operator-look-whole-books",
        SignalKind::Copies => "operator-look-copies",
        SignalKind::Unknown => "operator-look-unknown",
        SignalKind::OverCapacity => "operator-look-over-capacity",
        SignalKind::Steering => "operator-look-steering",
        SignalKind::AfterHours => "operator-look-after-hours",
        SignalKind::Offline => "operator-look-offline",
        SignalKind::ClockAhead => "operator-look-clock-ahead",
        SignalKind::FromStock => "operator-look-from-stock",
    }
}

/// The page.
pub(super) async fn list(
    State(app): State<App>,
    operating: Operating,
    Asked(asked): Asked<Query>,
) -> Result<Response, Problem> {
    let decides = operating.may(Action::DecideSignal);
    let Operating { frame, actor } = operating;
    let words = frame.words;
    let listed = signals::list(&app.instance, &actor, None).await?;
    let owners = owners(&app.instance, &actor).await?;
    let about = listed.iter().map(|listed| listed.raised.about);
    let ids: Vec<AnyId> =
        about.clone().chain(about.filter_map(|id| owners.get(&id).copied())).collect();
    let names = find::names(&app.instance, &actor, ids).await?;
    let show = |listed: &Listed| {
        let raised = &listed.raised;
        let owner = owners.get(&raised.about).copied().unwrap_or(raised.about);
        let came = listed
            .decided
            .and_then(|(decision, ..)| DECISIONS.iter().find(|(known, ..)| *known == decision));
        Shown {
            id: raised.id().to_string(),
            sentence: sentence(words, raised, &names, &owners),
            hint: words.say(hint(raised.kind)),
            day: words.day(raised.on),
            venue: (owner.noun() == Noun::Venue).then(|| format!("/operator/venues/{owner}")),
            decided: came.map(|(_, _, key)| words.say(key)),
        }
    };
    let (decided, waiting): (Vec<Shown>, Vec<Shown>) =
        listed.iter().map(show).partition(|shown| shown.decided.is_some());
    let notice = Notice::done(words, &asked);
    let choices = DECISIONS.iter().map(|(_, value, key)| (*value, words.say(key))).collect();
    Ok(shown_here(&Page { frame, notice, choices, waiting, decided, decides }))
}

impl Page {
    /// The choice of one signal: its fields have names of their own.
    fn choice(&self, shown: &Shown) -> Field {
        let of: Vec<(&str, &str)> =
            self.choices.iter().map(|(value, text)| (*value, text.as_str())).collect();
        Field::one(
            &format!("decision-{}", shown.id),
            self.frame.words.say("operator-decision"),
            &of,
        )
    }
}

/// What came of it; the field is named after its signal.
#[derive(Debug, Deserialize)]
pub(super) struct Typed {
    #[serde(flatten)]
    fields: HashMap<String, String>,
}

/// Writes down what came of a signal.
pub(super) async fn decide(
    State(app): State<App>,
    Path(id): Path<String>,
    Sent { seated, typed }: Sent<Typed, Operating>,
) -> Result<Response, Problem> {
    let Operating { frame, actor } = seated;
    let id: Id<Signal> = named(&id)?;
    let chosen = typed.fields.get(&format!("decision-{id}"));
    let known = DECISIONS.iter().find(|(_, value, _)| Some(*value) == chosen.map(String::as_str));
    let Some((decision, ..)) = known else {
        return Ok(go(&frame.to(&format!("/operator/signals#{id}"))));
    };
    match signals::decide(&app.instance, &actor, id, DecisionRequest { decision: *decision }).await
    {
        Ok(_) => {}
        // Somebody else has decided meanwhile: the list says what.
        Err(error) if error.reason() == Some(Reason::Differs) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(go(&frame.to("/operator/signals?done=decided")))
}
