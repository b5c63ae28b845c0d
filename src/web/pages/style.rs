//! The files that pages load, each under a name that changes with it: a style for what everybody
//! reads, one more for whoever works, and the script that asks a browser for a passkey.
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

const PASSKEYS: &str = include_str!("assets/account/passkey.js");

static PAGES_ADDRESS: LazyLock<String> = LazyLock::new(|| named("style", PAGES, "css"));
static DESKS_ADDRESS: LazyLock<String> = LazyLock::new(|| named("desk", DESKS, "css"));
static PASSKEYS_ADDRESS: LazyLock<String> = LazyLock::new(|| named("passkey", PASSKEYS, "js"));

/// The address of a file.
fn named(name: &str, text: &str, ending: &str) -> String {
    let hash = digest(&SHA256, text.as_bytes());
    format!("/assets/{name}-{}.{ending}", HEXLOWER.encode(&hash.as_ref()[..8]))
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

/// Where the script is that asks a browser for a passkey.
#[must_use]
pub fn of_passkeys() -> &'static str {
    &PASSKEYS_ADDRESS
}

/// A style or script; any other name is not found.
pub async fn get(Path(name): Path<String>) -> Response {
    let (css, script) = ("text/css; charset=utf-8", "text/javascript; charset=utf-8");
    let known =
        [(address(), PAGES, css), (of_desks(), DESKS, css), (of_passkeys(), PASSKEYS, script)];
    let found = known.iter().find(|(at, ..)| at.strip_prefix("/assets/") == Some(name.as_str()));
    let Some((_, text, kind)) = found else {
        return Problem::from(Reason::NotFound).into_response();
    };
    let kind = HeaderValue::from_static(kind);
    let caching = HeaderValue::from_static("public, max-age=31536000, immutable");
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, caching)], *text).into_response()
}
