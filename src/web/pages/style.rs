//! The one style of all pages, under a name that changes with it.
//!
//! Promises: whoever has the file need never ask again. Does not: hold anything of a page.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use data_encoding::HEXLOWER;
use ring::digest::{SHA256, digest};

use crate::domain::refusal::Reason;
use crate::web::problem::Problem;

const STYLE: &str = concat!(
    include_str!("assets/style/page.css"),
    include_str!("assets/style/desk.css"),
    include_str!("assets/style/counter.css"),
    include_str!("assets/style/distributor.css"),
    include_str!("assets/style/funder.css"),
    include_str!("assets/style/structure.css"),
    include_str!("assets/style/operator.css"),
);

static ADDRESS: LazyLock<String> = LazyLock::new(|| {
    let hash = digest(&SHA256, STYLE.as_bytes());
    format!("/assets/style-{}.css", HEXLOWER.encode(&hash.as_ref()[..8]))
});

/// Where the style is.
#[must_use]
pub fn address() -> &'static str {
    &ADDRESS
}

/// The style; any other name is not found.
pub async fn get(Path(name): Path<String>) -> Response {
    if address().strip_prefix("/assets/") != Some(name.as_str()) {
        return Problem::from(Reason::NotFound).into_response();
    }
    let kind = HeaderValue::from_static("text/css; charset=utf-8");
    let caching = HeaderValue::from_static("public, max-age=31536000, immutable");
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, caching)], STYLE).into_response()
}
