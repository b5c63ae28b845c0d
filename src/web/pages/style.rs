//! The styles of pages, each under a name that changes with it: one for what everybody reads, and
//! one more for whoever works.
//!
//! Promises: whoever has the file need never ask again; a bearer's page loads nothing that only
//! desks need. Does not: hold anything of a page.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use data_encoding::HEXLOWER;
use ring::digest::{SHA256, digest};

use crate::domain::refusal::Reason;
use crate::web::problem::Problem;

const PAGES: &str = include_str!("assets/style/page.css");

const DESKS: &str = concat!(
    include_str!("assets/style/desk.css"),
    include_str!("assets/style/distributor.css"),
    include_str!("assets/style/funder.css"),
    include_str!("assets/style/structure.css"),
    include_str!("assets/style/operator.css"),
);

static PAGES_ADDRESS: LazyLock<String> = LazyLock::new(|| named("style", PAGES));
static DESKS_ADDRESS: LazyLock<String> = LazyLock::new(|| named("desk", DESKS));

/// The address of a style.
fn named(name: &str, style: &str) -> String {
    let hash = digest(&SHA256, style.as_bytes());
    format!("/assets/{name}-{}.css", HEXLOWER.encode(&hash.as_ref()[..8]))
}

/// Where the style of all pages is.
#[must_use]
pub fn address() -> &'static str {
    &PAGES_ADDRESS
}

/// Where the style is that desks need besides.
#[must_use]
pub fn of_desks() -> &'static str {
    &DESKS_ADDRESS
}

/// A style; any other name is not found.
pub async fn get(Path(name): Path<String>) -> Response {
    let known = [(address(), PAGES), (of_desks(), DESKS)];
    let found = known.iter().find(|(at, _)| at.strip_prefix("/assets/") == Some(name.as_str()));
    let Some((_, style)) = found else { return Problem::from(Reason::NotFound).into_response() };
    let kind = HeaderValue::from_static("text/css; charset=utf-8");
    let caching = HeaderValue::from_static("public, max-age=31536000, immutable");
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, caching)], *style).into_response()
}
