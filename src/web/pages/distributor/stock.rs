//! `/distributor` and `/distributor/sites/…`: what lies where, since when, and what should be done.
//!
//! Promises: every site of one's own, the empty ones too. Does not: show another's.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::facts::{ago, alert, books, since};
use super::{at_desk, done};
use crate::service::hand_over::{self, SiteStock};
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::{Asked, named};
use crate::web::pages::desk::{Seated, shown_here};
use crate::web::pages::words::Words;
use crate::web::problem::Problem;

/// Books of one campaign at one site.
struct Row {
    campaign: String,
    until: String,
    since: String,
    books: String,
}

/// A site with its books.
struct Place {
    name: String,
    town: &'static str,
    address: String,
    rows: Vec<Row>,
    count: String,
    /// How it looks, and the sentence.
    alerts: Vec<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "distributor/stock.html")]
struct Stock {
    frame: Frame,
    done: Option<String>,
    places: Vec<Place>,
    is_empty: bool,
}

/// What lies at each site.
pub(super) async fn get(
    State(app): State<App>,
    seated: Seated,
    Asked(asked): Asked<Query>,
) -> Result<Response, Problem> {
    at_desk(&seated.actor)?;
    let sites = hand_over::shelves(&app.instance, &seated.actor).await?;
    let frame = seated.frame;
    let places: Vec<Place> = sites.iter().map(|it| place(&frame, it)).collect();
    let is_empty = places.iter().all(|place| place.rows.is_empty());
    let done = done(frame.words, &asked.done);
    Ok(shown_here(&Stock { frame, done, places, is_empty }))
}

fn place(frame: &Frame, SiteStock { site, shelves }: &SiteStock) -> Place {
    let words = frame.words;
    let number = |books: i64| u64::try_from(books).unwrap_or(0);
    let row = |shelf: &hand_over::Shelf| Row {
        campaign: shelf.rules.name.to_string(),
        until: words.day(shelf.rules.valid_until),
        since: since(words, shelf.oldest, shelf.today),
        books: words.number(number(shelf.books)),
    };
    let alerts = shelves.iter().flat_map(|shelf| {
        shelf.alerts.iter().map(|known| alert(words, &shelf.rules, *known)).collect::<Vec<_>>()
    });
    Place {
        name: site.name.to_string(),
        town: site.commune.name(),
        address: frame.to(&format!("/distributor/sites/{}", site.site_id)),
        rows: shelves.iter().map(row).collect(),
        count: books(words, number(shelves.iter().map(|shelf| shelf.books).sum())),
        alerts: alerts.collect(),
    }
}

/// What the pages are asked.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Query {
    #[serde(default)]
    after: i64,
    #[serde(default)]
    done: String,
}

/// A run of books.
struct Run {
    first: String,
    /// `0004217` alone, or `0004217 to 0004226`.
    numbers: String,
    campaign: String,
    until: String,
    since: String,
    age: String,
    books: String,
}

#[derive(Template)]
#[template(path = "distributor/site.html")]
struct Site {
    frame: Frame,
    name: String,
    town: &'static str,
    done: Option<String>,
    runs: Vec<Run>,
    receive: String,
    next: Option<String>,
}

/// The runs of books at a site.
pub(super) async fn site(
    State(app): State<App>,
    seated: Seated,
    Path(id): Path<String>,
    Asked(asked): Asked<Query>,
) -> Result<Response, Problem> {
    at_desk(&seated.actor)?;
    let id = named(&id)?;
    let part = hand_over::runs(&app.instance, &seated.actor, id, asked.after).await?;
    let (frame, words) = (seated.frame.clone(), seated.frame.words);
    let next = part.next.map(|next| format!("/distributor/sites/{id}?after={next}"));
    Ok(shown_here(&Site {
        name: part.site.name.to_string(),
        town: part.site.commune.name(),
        done: done(words, &asked.done),
        runs: part.runs.iter().map(|it| run(words, it)).collect(),
        receive: frame.to(&format!("/distributor/receive?site={id}")),
        next: next.map(|next| frame.to(&next)),
        frame,
    }))
}

fn run(words: Words, run: &hand_over::Run) -> Run {
    let (first, last) = (run.first.to_string(), run.last.to_string());
    let numbers = if first == last {
        first.clone()
    } else {
        let values = [("first", first.clone().into()), ("last", last.into())];
        words.with("distributor-range", values)
    };
    Run {
        numbers,
        first,
        campaign: run.rules.name.to_string(),
        until: words.day(run.rules.valid_until),
        since: words.day(run.since),
        age: ago(words, run.age),
        books: words.number(u64::from(run.last.get() - run.first.get()) + 1),
    }
}
