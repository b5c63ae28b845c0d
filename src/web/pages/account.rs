//! `/sign-in` and `/account`: people sign in, prove who they are, and choose what to be.
//!
//! Promises: works without script but for passkeys. Does not: hold rules, or read rows by itself.

use axum::Router;

use crate::web::App;

/// The routes.
pub(super) fn router() -> Router<App> {
    Router::new()
}
