//! `/funder`: the desk of who orders and pays.
//!
//! Promises: every number adds up and leads to its lines. Does not: hold rules, or read rows by itself.

use axum::Router;

use crate::web::App;

/// The routes.
pub(super) fn router() -> Router<App> {
    Router::new()
}
