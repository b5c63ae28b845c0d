//! `/funder/campaigns`: the campaigns, and each with its rules, its figures and its try-out.
//!
//! Promises: the rules stand in sentences; the end of a campaign is told by its calendar. Does not:
//! change a campaign (see `wizard`).

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::curve::Curve;
use super::dashboard::{Card, ahead, cards, state_key};
use super::figures::{Figures, figures};
use super::tryout::{self, Tryout, tryout};
use super::{done, reading, writes};
use crate::base::day::Day;
use crate::service::directory;
use crate::service::follow::{self, Followed};
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::{Asked, named};
use crate::web::pages::desk::{Seated, redrawn, shown_here};
use crate::web::pages::words::Words;
use crate::web::problem::Problem;

#[derive(Template)]
#[template(path = "funder/campaigns.html")]
struct List {
    frame: Frame,
    writes: bool,
    cards: Vec<Card>,
}

/// The campaigns, newest first.
///
/// # Errors
/// A refusal or a fault.
pub(super) async fn list(seated: Seated, State(app): State<App>) -> Result<Response, Problem> {
    let Seated { frame, actor, .. } = seated;
    let known = follow::overview(&app.instance, &actor).await?;
    let cards = cards(&frame, &known);
    Ok(shown_here(&List { writes: writes(&actor), cards, frame }))
}

/// What an address asks of a campaign.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Query {
    done: String,
    #[serde(flatten)]
    tried: tryout::Typed,
}

/// A day of the calendar of the end.
struct Stop {
    day: String,
    text: String,
    past: bool,
}

#[derive(Template)]
#[template(path = "funder/campaign.html")]
struct Page {
    frame: Frame,
    done: Option<String>,
    id: String,
    name: String,
    state: String,
    /// Where its rules are changed, while they can be, by who looks at them.
    edit: Option<String>,
    order: Option<String>,
    /// Whether it has an order, and so figures.
    ordered: bool,
    sentences: Vec<String>,
    fixed: String,
    figures: Figures,
    curve: Option<Curve>,
    forecast: Option<String>,
    stops: Vec<Stop>,
    tryout: Tryout,
}

/// One campaign.
///
/// # Errors
/// A refusal or a fault.
pub(super) async fn get(
    seated: Seated,
    State(app): State<App>,
    Path(id): Path<String>,
    Asked(asked): Asked<Query>,
) -> Result<Response, Problem> {
    let Seated { frame, actor, .. } = seated;
    let words = frame.words;
    let known = follow::overview(&app.instance, &actor).await?;
    let it = known.campaign(named(&id)?)?;
    let mut names = follow::structures(&app.instance, &actor).await?;
    let listed = directory::venues(&app.instance).await?;
    names.extend(listed.iter().map(|it| (it.profile.structure_id, it.structure_name.clone())));
    let rules = &it.profile;
    let tryout = tryout(&app.instance, &actor, words, rules, &asked.tried).await?;
    let wrong = tryout.said.is_none() && !asked.tried.day.is_empty();
    let (curve, forecast) = ahead(words, &[it], known.today);
    let over = it.lapsed || known.today > rules.accepted_until();
    let fixed = if it.orders == 0 { "funder-rules-open" } else { "funder-rules-fixed" };
    let page = Page {
        done: done(words, &asked.done),
        id: it.campaign_id.to_string(),
        name: rules.name.to_string(),
        state: words.say(state_key(it, known.today)),
        edit: (writes(&actor) && it.orders == 0)
            .then(|| frame.to(&format!("/funder/campaigns/{}/edit", it.campaign_id))),
        order: (writes(&actor) && !over)
            .then(|| frame.to(&format!("/funder/orders/new?campaign={}", it.campaign_id))),
        ordered: it.orders > 0,
        sentences: reading::sentences(words, rules, &names),
        fixed: words.say(fixed),
        figures: figures(&frame, &[it], Some(it.campaign_id)),
        curve,
        forecast,
        stops: stops(words, it, known.today),
        tryout,
        frame,
    };
    Ok(if wrong { redrawn(&page) } else { shown_here(&page) })
}

/// The known calendar of the end: thirty, fifteen and seven days before it, the end, and the end
/// of grace.
fn stops(words: Words, it: &Followed, today: Day) -> Vec<Stop> {
    let (end, last) = (it.profile.valid_until, it.profile.accepted_until());
    let days = [
        (end.plus_days(-30), "funder-stop-30"),
        (end.plus_days(-15), "funder-stop-15"),
        (end.plus_days(-7), "funder-stop-7"),
        (end, "funder-stop-end"),
        (last, "funder-stop-grace"),
        (last.plus_days(1), if it.lapsed { "funder-stop-closed" } else { "funder-stop-close" }),
    ];
    let days = days.into_iter().filter(|(day, key)| *key != "funder-stop-grace" || *day != end);
    let stop = |(day, key): (Day, &str)| Stop {
        day: words.day(day),
        text: words.say(key),
        past: today > day,
    };
    days.map(stop).collect()
}
