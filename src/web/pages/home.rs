//! `/`: what this is, and for whom.
//!
//! Promises: the same for everybody. Does not: ask anything of the database.

use askama::Template;
use axum::response::Response;

use super::visitor::Visitor;
use super::{Frame, shown};

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    frame: Frame,
}

/// The page.
pub async fn get(visitor: Visitor) -> Response {
    shown(&Home { frame: Frame::new(visitor) })
}
