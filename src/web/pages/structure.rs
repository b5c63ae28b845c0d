//! `/structure`: the desk of who is paid, and of its venues.
//!
//! Promises: every payment can be read voucher by voucher. Does not:
//! hold rules, or read rows by itself.

use axum::Router;

use crate::web::App;

/// The tabs of the desk: path, and key of its words.
pub(super) const TABS: &[(&str, &str)] = &[("/structure", "structure-home")];

/// The routes.
pub(super) fn router() -> Router<App> {
    Router::new()
}
