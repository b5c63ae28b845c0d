//! `/operator`: the desk of who runs the instance.
//!
//! Promises: work that waits is shown with what is needed to decide. Does not: hold rules, or read rows by itself.

use axum::Router;

use crate::web::App;

/// The routes.
pub(super) fn router() -> Router<App> {
    Router::new()
}
