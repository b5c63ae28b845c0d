//! Floor 5: where you ask. The face to programs ([`api`]) and the one to people ([`pages`]), who
//! asks ([`actor`], [`cookie`]), and how a "no" is said ([`problem`]); beside them the face of a
//! witness ([`witness`]), another server.
//!
//! Promises: handlers parse, call one service verb and answer; every refusal is a problem document.
//! Does not: know SQL or hold rules.

pub mod actor;
pub mod api;
pub mod cookie;
pub mod limit;
pub mod pages;
pub mod peer;
pub mod problem;
pub mod shield;
pub mod witness;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn;

use crate::service::Instance;

/// What handlers share.
#[derive(Debug, Clone)]
pub struct App {
    /// The instance.
    pub instance: Arc<Instance>,
}

/// Both faces under the same layers, and the document that describes the one to programs.
pub fn routes(app: App, timeout: Duration) -> (Router, utoipa::openapi::OpenApi) {
    let (router, document) = api::routes_and(pages::router(&app), app, timeout);
    // Over everything, so that a person who mistypes an address is told so in words.
    (router.layer(from_fn(pages::problem::told)), document)
}
