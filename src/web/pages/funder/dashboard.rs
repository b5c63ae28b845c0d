//! `/funder`: how far the vouchers have come, and what waits for the funder; the venues by use.
//!
//! Promises: figures first, all of one moment. Does not: decide, or show who used a voucher.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::curve::{Curve, Drawn, curve};
use super::figures::{Figures, figures};
use super::{asked_id, count, writes};
use crate::base::day::Day;
use crate::base::id::{Campaign, Id};
use crate::domain::access::Action;
use crate::domain::progress::{Progress, forecast, percent};
use crate::domain::settlement::SettlementState;
use crate::service::follow::{self, Followed, Overview, VenueUse};
use crate::service::settle;
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::Asked;
use crate::web::pages::desk::{Seated, shown_here};
use crate::web::pages::words::Words;
use crate::web::problem::Problem;

/// Venues on the dashboard.
const FIRST: i64 = 5;
/// Venues on their own page.
const MOST: i64 = 200;
/// From so many days before the end on, what is left is brought up.
const SOON: i64 = 60;

/// Something that waits for the funder.
#[derive(Debug, Clone)]
struct Waiting {
    text: String,
    link: String,
    label: String,
}

/// A campaign on the dashboard and in the list.
#[derive(Debug, Clone)]
pub(super) struct Card {
    pub(super) name: String,
    pub(super) link: String,
    pub(super) dates: String,
    pub(super) state: String,
    pub(super) figures: Figures,
    pub(super) begun: bool,
}

/// A venue with its rank.
#[derive(Debug, Clone)]
pub(super) struct Ranked {
    rank: usize,
    name: String,
    place: String,
    structure: String,
    link: String,
    used: String,
    worth: String,
}

#[derive(Template)]
#[template(path = "funder/dashboard.html")]
struct Page {
    frame: Frame,
    waiting: Vec<Waiting>,
    writes: bool,
    figures: Figures,
    curve: Option<Curve>,
    forecast: Option<String>,
    cards: Vec<Card>,
    venues: Vec<Ranked>,
    venues_link: String,
}

/// The page.
///
/// # Errors
/// A refusal or a fault.
pub(super) async fn get(seated: Seated, State(app): State<App>) -> Result<Response, Problem> {
    let Seated { frame, actor, .. } = seated;
    let known = follow::overview(&app.instance, &actor).await?;
    let venues = follow::venues(&app.instance, &actor, None, FIRST).await?;
    let mut waiting = Vec::new();
    if known.pledged && actor.may(Action::ApproveSettlement) {
        for view in settle::list(&app.instance, &actor, known.funder_id).await? {
            if view.state == SettlementState::Drawn {
                let amount = frame.words.amount(view.total);
                waiting.push(Waiting {
                    text: frame.words.with("funder-wait-settlement", [("amount", amount.into())]),
                    link: frame.to(&format!("/funder/money/settlements/{}", view.settlement_id)),
                    label: frame.words.say("funder-wait-settlement-go"),
                });
            }
        }
    }
    waiting.extend(known.campaigns.iter().filter_map(|it| ending(&frame, it, known.today)));
    let all: Vec<&Followed> = known.campaigns.iter().collect();
    let (curve, forecast) = ahead(frame.words, &all, known.today);
    Ok(shown_here(&Page {
        waiting,
        writes: writes(&actor),
        figures: figures(&frame, &all, None),
        curve,
        forecast,
        cards: cards(&frame, &known),
        venues: ranked(&frame, &venues, None),
        venues_link: frame.to("/funder/venues"),
        frame,
    }))
}

/// What is said of a campaign that ends soon while vouchers are left.
fn ending(frame: &Frame, it: &Followed, today: Day) -> Option<Waiting> {
    let (days, left) = (it.days_left(today), it.progress.left());
    if it.lapsed || left == 0 || days > SOON {
        return None;
    }
    let words = frame.words;
    let key =
        if today > it.profile.accepted_until() { "funder-wait-over" } else { "funder-wait-end" };
    let values = [
        ("name", it.profile.name.as_str().into()),
        ("vouchers", count(words, left).into()),
        ("amount", words.cents(it.worth(left)).into()),
        ("day", words.day(it.profile.accepted_until()).into()),
    ];
    Some(Waiting {
        text: words.with(key, values),
        link: frame.to(&format!("/funder/campaigns/{}", it.campaign_id)),
        label: words.say("funder-wait-see"),
    })
}

/// The curve of some campaigns together, and where their paces lead.
pub(super) fn ahead(words: Words, of: &[&Followed], today: Day) -> (Option<Curve>, Option<String>) {
    let mut daily: BTreeMap<Day, i64> = BTreeMap::new();
    for (on, used) in of.iter().flat_map(|it| &it.daily) {
        *daily.entry(*on).or_default() += used;
    }
    let whole = of.iter().fold(Progress::default(), |all, it| all.plus(&it.progress));
    let paced = of.iter().map(|it| forecast(&it.progress, it.pace(today), it.days_left(today)));
    let expected: i64 = paced.map(|it| it.used).sum();
    let until = of.iter().filter(|it| !it.lapsed && it.progress.left() > 0);
    let until = until.map(|it| it.profile.accepted_until()).max().unwrap_or(today);
    let daily: Vec<(Day, i64)> = daily.into_iter().collect();
    let pace = follow::pace(&daily, today);
    let (used, issued) = (whole.redeemed, whole.issued);
    let said = (issued > 0 && until > today && pace.days > 0).then(|| {
        words.with(
            "funder-forecast",
            [
                ("day", words.day(until).into()),
                ("expected", count(words, expected).into()),
                ("issued", count(words, issued).into()),
                ("share", percent(expected, issued).into()),
                ("left", count(words, issued - expected).into()),
                ("used", count(words, pace.used).into()),
                ("days", pace.days.into()),
            ],
        )
    });
    let drawn = Drawn { daily, used, issued, today, until, expected };
    (curve(words, &drawn), said)
}

/// The campaigns, newest first.
pub(super) fn cards(frame: &Frame, known: &Overview) -> Vec<Card> {
    let words = frame.words;
    let card = |it: &Followed| {
        let dates = [
            ("from", words.day(it.profile.valid_from).into()),
            ("until", words.day(it.profile.valid_until).into()),
        ];
        Card {
            name: it.profile.name.to_string(),
            link: frame.to(&format!("/funder/campaigns/{}", it.campaign_id)),
            dates: words.with("funder-dates", dates),
            state: words.say(state_key(it, known.today)),
            figures: figures(frame, &[it], Some(it.campaign_id)),
            begun: it.progress.issued > 0,
        }
    };
    known.campaigns.iter().rev().map(card).collect()
}

/// Where a campaign stands.
pub(super) fn state_key(it: &Followed, today: Day) -> &'static str {
    if it.lapsed {
        "funder-campaign-closed"
    } else if today > it.profile.accepted_until() {
        "funder-campaign-over"
    } else if today > it.profile.valid_until {
        "funder-campaign-grace"
    } else if it.orders == 0 {
        "funder-campaign-draft"
    } else if today < it.profile.valid_from {
        "funder-campaign-early"
    } else {
        "funder-campaign-open"
    }
}

/// Venues in words.
fn ranked(frame: &Frame, venues: &[VenueUse], of: Option<Id<Campaign>>) -> Vec<Ranked> {
    let words = frame.words;
    let campaign = of.map(|id| format!("&campaign={id}")).unwrap_or_default();
    let row = |(at, it): (usize, &VenueUse)| Ranked {
        rank: at + 1,
        name: it.admitted.name.to_string(),
        place: it.admitted.commune.name().to_owned(),
        structure: it.admitted.structure_name.to_string(),
        link: frame.to(&format!("/funder/uses?venue={}{campaign}", it.venue_id)),
        used: count(words, it.used),
        worth: words.cents(it.cents),
    };
    venues.iter().enumerate().map(row).collect()
}

/// Which venues are asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Query {
    campaign: String,
}

#[derive(Template)]
#[template(path = "funder/venues.html")]
struct Ranking {
    frame: Frame,
    campaign: Option<String>,
    venues: Vec<Ranked>,
    most: Option<String>,
    export: String,
}

/// The venues by use.
///
/// # Errors
/// A refusal or a fault.
pub(super) async fn venues(
    seated: Seated,
    State(app): State<App>,
    Asked(asked): Asked<Query>,
) -> Result<Response, Problem> {
    let Seated { frame, actor, .. } = seated;
    let of = asked_id(&asked.campaign)?;
    let found = follow::venues(&app.instance, &actor, of, MOST).await?;
    let mut campaign = None;
    if let Some(id) = of {
        let known = follow::overview(&app.instance, &actor).await?;
        campaign = Some(known.campaign(id)?.profile.name.to_string());
    }
    let full = i64::try_from(found.len()).is_ok_and(|found| found == MOST);
    let most = full.then(|| frame.words.with("funder-venues-most", [("count", MOST.into())]));
    let asked = of.map(|id| format!("?campaign={id}")).unwrap_or_default();
    Ok(shown_here(&Ranking {
        campaign,
        venues: ranked(&frame, &found, of),
        most,
        export: asked,
        frame,
    }))
}
