//! Who asks: a program by the key in `Authorization: Bearer carnet_…`, or a person by its cookie.
//!
//! Promises: a handler that takes an [`Asker`] is reached by living keys, and by people who have
//! proved all that their role asks for; with a cookie nothing is changed but from our own pages;
//! who it is, is told to whoever watches the request. Does not: keep secrets longer than that.

use std::sync::{Arc, OnceLock};

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use secrecy::SecretString;

use super::App;
use super::problem::Problem;
use super::{cookie, limit};
use crate::base::id::AnyId;
use crate::domain::access::Actor;
use crate::domain::refusal::Reason;
use crate::service::people::session::{self, MembershipRow, SignedIn, Visitor};
use crate::service::sign_in;

/// Who a request is found to be of: left empty by whoever watches it, filled when it is known.
#[derive(Debug, Clone, Default)]
pub struct Known(Arc<OnceLock<AnyId>>);

impl Known {
    /// The key or person, once it is known.
    #[must_use]
    pub fn get(&self) -> Option<AnyId> {
        self.0.get().copied()
    }

    /// Tells who it is.
    fn tell(parts: &Parts, id: AnyId) {
        if let Some(known) = parts.extensions.get::<Self>() {
            // Told twice where a person is found first and then what it is: the same one.
            let _ = known.0.set(id);
        }
    }
}

/// The actor of a request.
#[derive(Debug, Clone, Copy)]
pub struct Asker(pub Actor);

impl FromRequestParts<App> for Asker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Some(header) = parts.headers.get(AUTHORIZATION) else {
            let Holder(signed_in) = Holder::from_request_parts(parts, app).await?;
            let actor = signed_in.actor()?;
            return Ok(Self(Actor { address: limit::address(&parts.extensions), ..actor }));
        };
        let secret = header.to_str().ok().and_then(|value| value.strip_prefix("Bearer "));
        let secret = secret.ok_or(Reason::NotSignedIn)?;
        let secret = SecretString::from(secret.trim());
        let actor = sign_in::actor(&app.instance, &secret).await?;
        Known::tell(parts, actor.id);
        limit::count(parts, app, actor.id, actor.venue.is_some())?;
        Ok(Self(Actor { address: limit::address(&parts.extensions), ..actor }))
    }
}

/// The person of a request, whatever it still has to prove.
#[derive(Debug, Clone)]
pub struct Holder(pub SignedIn);

impl FromRequestParts<App> for Holder {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let token = cookie::token(&parts.headers).ok_or(Reason::NotSignedIn)?;
        cookie::check_holder(parts, &app.instance.settings.host, &token, None)?;
        Self::of(parts, app, &token).await
    }
}

impl Holder {
    /// The person of a session whose request was found to come from our own pages.
    ///
    /// # Errors
    /// `not-signed-in`, `rate-limited`.
    pub(super) async fn of(
        parts: &Parts,
        app: &App,
        token: &SecretString,
    ) -> Result<Self, Problem> {
        let signed_in = session::of_token(&app.instance, token).await?;
        Known::tell(parts, signed_in.person_id.any());
        let bound = signed_in.membership.as_ref().is_some_and(MembershipRow::is_at_a_venue);
        limit::count(parts, app, signed_in.person_id.any(), bound)?;
        Ok(Self(signed_in))
    }
}

/// Somebody who is about to prove who it is.
#[derive(Debug, Clone)]
pub struct Guest(pub Visitor);

impl FromRequestParts<App> for Guest {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        cookie::check_visitor(parts, &app.instance.settings.host)?;
        let before = cookie::token(&parts.headers);
        Ok(Self(Visitor { address: cookie::address(parts), before }))
    }
}
