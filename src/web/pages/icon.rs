//! `/favicon.ico`: the small picture that a browser puts beside a page's title.
//!
//! Promises: drawn in lines, so that it is sharp at every size. Does not: depend on who asks.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};

const ICON: &str = include_str!("assets/icon.svg");

/// The picture.
pub(super) async fn get() -> Response {
    let kind = HeaderValue::from_static("image/svg+xml");
    let caching = HeaderValue::from_static("public, max-age=86400");
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, caching)], ICON).into_response()
}
