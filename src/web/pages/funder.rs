//! `/funder`: the desk of who orders and pays.
//!
//! Promises: every number adds up and leads to its lines. Does not:
//! hold rules, or read rows by itself.

use axum::Router;

use crate::web::App;

/// The tabs of the desk: path, and key of its words.
pub(super) const TABS: &[(&str, &str)] = &[("/funder", "funder-home")];

/// The routes.
pub(super) fn router() -> Router<App> {
    Router::new()
}
