//! `/venues`: the directory of venues, by commune or postcode, for people and as open data.
//!
//! Promises: a list always, and maps drawn by the server; no script; the open data follows the
//! national schema of places of mediation. Does not: show a venue that is not qualified.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::asked::Asked;
use super::map::{Map, maps};
use super::shelf::{self, Shelf};
use super::visitor::Visitor;
use super::words::Words;
use super::{Frame, shown};
use crate::domain::mediation::{COLUMNS, Row};
use crate::domain::place::{Nearness, Place};
use crate::service::Error;
use crate::service::directory::{self, Listed};
use crate::web::App;
use crate::web::problem::Problem;

/// The most venues on one page, so that it stays below 200 kB.
const MOST: usize = 100;

/// What the page is asked.
#[derive(Debug, Default, Deserialize)]
pub struct Query {
    /// A commune or postcode.
    #[serde(default)]
    near: String,
}

#[derive(Template)]
#[template(path = "venues.html")]
struct Page {
    frame: Frame,
    near: String,
    unknown_place: bool,
    /// How many there are, in words.
    count: String,
    none: bool,
    maps: Vec<Map>,
    shelves: Vec<Shelf>,
    left_out: Option<String>,
}

/// The directory as a page.
///
/// # Errors
/// A fault of the machine, as a problem document.
pub async fn get(
    visitor: Visitor,
    State(app): State<App>,
    Asked(asked): Asked<Query>,
) -> Result<Response, Problem> {
    let near = asked.near;
    let near: String = near.trim().chars().take(60).collect();
    let venues = directory::venues(&app.instance).await?;
    let frame = Frame::new(visitor).asking(&[("near", &near)]);
    Ok(shown(&page(frame, near, &venues)))
}

fn page(frame: Frame, near: String, venues: &[Listed]) -> Page {
    let words = frame.words;
    let place = Place::wide(&near);
    let unknown_place = place.is_none() && !near.is_empty();
    let ranked = match &place {
        Some(place) => directory::nearest(place, venues),
        None => venues.iter().map(|venue| (Nearness::Here, venue)).collect(),
    };
    let (mut shelves, left_out) = shelf::shelves(words, &ranked, MOST);
    if place.is_none() {
        for shelf in &mut shelves {
            shelf.title = None;
        }
    }
    let said = |words: Words| words.with("venues-left-out", [("count", left_out.into())]);
    Page {
        near,
        unknown_place,
        count: words.with("venues-count", [("count", venues.len().into())]),
        none: venues.is_empty(),
        maps: maps(&frame, place.as_ref(), venues),
        shelves,
        left_out: (left_out > 0).then(|| said(words)),
        frame,
    }
}

/// Open data may be read by the pages of others too.
const OPEN: [(HeaderName, HeaderValue); 3] = [
    (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")),
    (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("cross-origin"),
    ),
];

async fn rows(app: &App) -> Result<Vec<Row>, Error> {
    let venues = directory::venues(&app.instance).await?;
    let host = &app.instance.settings.host;
    let row = |it: &Listed| {
        Row::of(
            it.venue_id,
            &it.profile,
            (&it.structure_name, &it.registration),
            it.updated_on,
            host,
        )
    };
    Ok(venues.iter().filter_map(row).collect())
}

/// The directory as JSON: one object a venue.
///
/// # Errors
/// A fault of the machine, as a problem document.
pub async fn json(State(app): State<App>) -> Result<Response, Problem> {
    let rows = rows(&app).await?;
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    let text = serde_json::to_string(&rows).map_err(|error| Problem::fault(&error))?;
    Ok((kind, OPEN, text).into_response())
}

/// The directory as CSV (RFC 4180), in UTF-8.
///
/// # Errors
/// A fault of the machine, as a problem document.
pub async fn csv(State(app): State<App>) -> Result<Response, Problem> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let fault = |error: csv::Error| Problem::fault(&error);
    writer.write_record(COLUMNS).map_err(fault)?;
    for row in rows(&app).await? {
        writer.write_record(row.cells()).map_err(fault)?;
    }
    let bytes = writer.into_inner().map_err(|error| Problem::fault(&error))?;
    let kind = HeaderValue::from_static("text/csv; charset=utf-8; header=present");
    let name = HeaderValue::from_static("attachment; filename=\"venues.csv\"");
    let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, OPEN, bytes).into_response())
}
