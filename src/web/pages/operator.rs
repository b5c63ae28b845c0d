//! `/operator`: the desk of who runs the instance.
//!
//! Promises: work that waits is shown with what is needed to decide. Does not:
//! hold rules, or read rows by itself.

use axum::Router;

use crate::web::App;

/// The tabs of the desk: path, and key of its words.
pub(super) const TABS: &[(&str, &str)] = &[("/operator", "operator-home")];

/// The routes.
pub(super) fn router() -> Router<App> {
    Router::new()
}
