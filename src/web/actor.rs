//! Who asks: the key in `Authorization: Bearer carnet_…`.
//!
//! Promises: a handler that takes an [`Asker`] is reached by living keys only. Does not: keep
//! secrets longer than the request.

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use secrecy::SecretString;

use super::App;
use super::problem::Problem;
use crate::domain::access::Actor;
use crate::domain::refusal::Reason;
use crate::service::sign_in;

/// The actor of a request.
#[derive(Debug, Clone, Copy)]
pub struct Asker(pub Actor);

impl FromRequestParts<App> for Asker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let secret = header.and_then(|value| value.strip_prefix("Bearer "));
        let secret = secret.ok_or(Reason::NotSignedIn)?;
        let secret = SecretString::from(secret.trim());
        Ok(Self(sign_in::actor(&app.instance, &secret).await?))
    }
}
