//! Lists in pages: where a list goes on.
//!
//! Promises: a page is at most [`LIMIT`] long. Does not: count totals.

use serde::Serialize;

/// The longest page.
pub const LIMIT: i64 = 1000;

/// A part of a list, and where the next part starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Page<T> {
    /// The rows, in order.
    pub items: Vec<T>,
    /// Pass it as `after` to go on; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<i64>,
}
