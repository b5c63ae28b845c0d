//! `/V/…`: the page that an ordinary phone camera opens from a voucher.
//!
//! Promises: no effect; stored by nobody, found by no search engine, told to no other site; the
//! token is not written into it; where or when the voucher was used is not on it. Does not: decide.

use askama::Template;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::asked::Asked;
use super::shelf::{self, Shelf, done};
use super::visitor::Visitor;
use super::words::Words;
use super::{Frame, shown};
use crate::domain::place::{Nearness, Place};
use crate::domain::territory::Area;
use crate::domain::voucher::Worth;
use crate::service::bear::{self, Borne, Told};
use crate::service::directory::{self, Listed};
use crate::web::App;
use crate::web::problem::Problem;

/// The most venues on this page: it is read on an old phone with a bad connection.
const MOST: usize = 8;
/// The most areas of a perimeter that are named.
const MOST_AREAS: usize = 6;

/// What the page is asked besides the token.
#[derive(Debug, Default, Deserialize)]
pub struct Query {
    /// A commune or postcode.
    #[serde(default)]
    near: String,
}

/// What is said first: how it looks, a title and a sentence.
struct Verdict {
    look: &'static str,
    title: String,
    advice: String,
}

/// What is said of a genuine voucher.
struct Facts {
    amount: String,
    campaign: String,
    from: Option<String>,
    until: String,
    areas: String,
    offerings: Vec<String>,
    /// Whether it still makes sense to look for a venue.
    usable: bool,
}

#[derive(Template)]
#[template(path = "voucher.html")]
struct Page {
    frame: Frame,
    verdict: Verdict,
    facts: Option<Facts>,
    near: String,
    unknown_place: bool,
    shelves: Vec<Shelf>,
    left_out: Option<String>,
    none: bool,
}

/// The page of a token.
pub async fn get(
    visitor: Visitor,
    State(app): State<App>,
    token: Result<Path<String>, PathRejection>,
    Asked(asked): Asked<Query>,
) -> Response {
    let token = token.map(|Path(token)| token).unwrap_or_default();
    let near = asked.near;
    let page = match page(&app, visitor, &token, near).await {
        Ok(page) => page,
        Err(problem) => return problem.into_response(),
    };
    let mut response = shown(&page);
    let private: [(HeaderName, HeaderValue); 3] = [
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex, nofollow")),
    ];
    for (name, value) in private {
        response.headers_mut().insert(name, value);
    }
    response
}

async fn page(app: &App, visitor: Visitor, token: &str, near: String) -> Result<Page, Problem> {
    let frame = Frame::new(visitor).hidden().asking(&[("near", &near)]);
    let words = frame.words;
    let told = bear::told(&app.instance, token).await?;
    let verdict = verdict(words, &told);
    let mut page = Page {
        frame,
        verdict,
        facts: None,
        near: near.trim().chars().take(60).collect(),
        unknown_place: false,
        shelves: Vec::new(),
        left_out: None,
        none: false,
    };
    let Told::Genuine(borne) = told else { return Ok(page) };
    let facts = facts(words, &borne);
    let usable = facts.usable;
    page.facts = Some(facts);
    if usable {
        let all = directory::venues(&app.instance).await?;
        page.look_around(words, all.iter().filter(|venue| borne.is_taken_at(venue)).collect());
    }
    Ok(page)
}

impl Page {
    /// Puts the nearest venues on the page; without a place only when they are few.
    fn look_around(&mut self, words: Words, venues: Vec<&Listed>) {
        self.none = venues.is_empty();
        let place = Place::wide(&self.near);
        self.unknown_place = place.is_none() && !self.near.is_empty();
        let Some(place) = place else {
            if venues.len() <= MOST {
                let ranked: Vec<_> =
                    venues.into_iter().map(|venue| (Nearness::Here, venue)).collect();
                self.shelves = shelf::shelves(words, &ranked, MOST).0;
                for shelf in &mut self.shelves {
                    shelf.title = None;
                }
            }
            return;
        };
        let ranked = directory::nearest(&place, venues);
        let (shelves, left_out) = shelf::shelves(words, &ranked, MOST);
        self.shelves = shelves;
        let said = || words.with("voucher-left-out", [("count", left_out.into())]);
        self.left_out = (left_out > 0).then(said);
    }
}

/// What is said first.
fn verdict(words: Words, told: &Told) -> Verdict {
    let tell = |look, title: &str, advice: &str| Verdict {
        look,
        title: words.say(title),
        advice: words.say(advice),
    };
    let borne = match told {
        Told::Unknown => return tell("bad", "voucher-unknown", "voucher-unknown-advice"),
        Told::Forged => return tell("bad", "voucher-forged", "voucher-forged-advice"),
        Told::Specimen => return tell("wait", "voucher-specimen", "voucher-specimen-advice"),
        Told::Elsewhere(address) => {
            let advice =
                words.with("voucher-elsewhere-advice", [("address", address.clone().into())]);
            return Verdict { look: "wait", title: words.say("voucher-elsewhere"), advice };
        }
        Told::Genuine(borne) => borne,
    };
    match borne.worth {
        Worth::Active if borne.today < borne.rules().valid_from => {
            tell("wait", "voucher-early", "voucher-early-advice")
        }
        Worth::Active if borne.today > borne.rules().valid_until => {
            let last = words.day(borne.rules().accepted_until());
            let advice = words.with("voucher-late-advice", [("day", last.into())]);
            Verdict { look: "wait", title: words.say("voucher-late"), advice }
        }
        Worth::Active => tell("good", "voucher-active", "voucher-active-advice"),
        Worth::Redeemed => tell("wait", "voucher-used", "voucher-used-advice"),
        Worth::Blocked => tell("bad", "voucher-blocked", "voucher-blocked-advice"),
        Worth::Replaced => tell("bad", "voucher-replaced", "voucher-replaced-advice"),
        Worth::Unfunded | Worth::Inactive => {
            tell("wait", "voucher-inactive", "voucher-inactive-advice")
        }
        Worth::Lapsed => tell("bad", "voucher-lapsed", "voucher-lapsed-advice"),
    }
}

fn facts(words: Words, borne: &Borne) -> Facts {
    let rules = borne.rules();
    let areas = rules.perimeter.areas();
    let named: Vec<&str> = areas.iter().take(MOST_AREAS).map(Area::name).collect();
    let more = areas.len() - named.len();
    let areas = match (named.as_slice(), more) {
        ([], _) => words.say("voucher-anywhere"),
        (named, 0) => named.join(", "),
        (named, more) => words.with(
            "voucher-areas-more",
            [("areas", named.join(", ").into()), ("count", more.into())],
        ),
    };
    let early = borne.today < rules.valid_from;
    Facts {
        amount: words.amount(borne.amount),
        campaign: borne.campaign().to_owned(),
        from: early.then(|| words.day(rules.valid_from)),
        until: words.day(rules.valid_until),
        areas,
        offerings: rules.offerings.iter().map(|offering| done(words, *offering)).collect(),
        usable: matches!(borne.worth, Worth::Active | Worth::Inactive | Worth::Unfunded),
    }
}
