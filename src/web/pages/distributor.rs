//! `/distributor`: the desk of who holds books and hands them over.
//!
//! Promises: works without script, by keyboard, in three gestures. Does not:
//! hold rules, or read rows by itself.

use axum::Router;

use crate::web::App;

/// The tabs of the desk: path, and key of its words.
pub(super) const TABS: &[(&str, &str)] = &[("/distributor", "distributor-home")];

/// The routes.
pub(super) fn router() -> Router<App> {
    Router::new()
}
