//! `/structure`: the desk of who is paid, and of its venues.
//!
//! Promises: every payment can be read voucher by voucher. Does not: hold rules, or read rows by itself.

use axum::Router;

use crate::web::App;

/// The routes.
pub(super) fn router() -> Router<App> {
    Router::new()
}
