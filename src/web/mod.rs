//! Floor 5: where you ask. The face to programs ([`api`]), who asks ([`actor`], [`cookie`]), and
//! how a "no" is said ([`problem`]); beside them the face of a witness ([`witness`]), another
//! server.
//!
//! Promises: handlers parse, call one service verb and answer; every refusal is a problem document.
//! Does not: know SQL or hold rules.

pub mod actor;
pub mod api;
pub mod cookie;
pub mod limit;
pub mod peer;
pub mod problem;
pub mod shield;
pub mod witness;

use std::sync::Arc;

use crate::service::Instance;

/// What handlers share.
#[derive(Debug, Clone)]
pub struct App {
    /// The instance.
    pub instance: Arc<Instance>,
}
