//! `/counter`: where a venue takes vouchers, one after the other, into a basket.
//!
//! Promises: one module decides, one stores, one sends. Does not:
//! hold rules, or read rows by itself.

use axum::Router;

use crate::web::App;

/// The routes.
pub(super) fn router() -> Router<App> {
    Router::new()
}
