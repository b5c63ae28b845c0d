//! Limits on requests: whose each is, and of which class, before anything is done for it.
//!
//! Promises: an address is counted before anybody is looked for, a caller as soon as it is known;
//! what goes too far is `rate-limited` with `Retry-After` and does nothing. Does not: count (see
//! `service::limit`); where nothing is limited no request passes here.

use std::net::IpAddr;
use std::sync::Once;

use axum::extract::{MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{Extensions, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::App;
use super::peer::Peer;
use super::problem::Problem;
use crate::base::id::AnyId;
use crate::domain::quota::Class;
use crate::domain::refusal::{Reason, Refusal};
use crate::service::refused::{self, Refused};

/// Ways in, where whoever asks is still to prove who it is.
const WAYS_IN: [&str; 15] = [
    "/api/v1/sessions",
    "/api/v1/sessions/current/factor",
    "/api/v1/passwords",
    "/api/v1/passwords/current",
    "/api/v1/password-resets",
    "/api/v1/joinings",
    "/api/v1/devices",
    "/join/{token}",
    "/reset/{token}",
    "/api/v1/joinings/{token}",
    "/api/v1/password-resets/{token}",
    "/sign-in",
    "/sign-in/factor",
    "/forgot",
    "/openid/callback",
];

/// The class of a route, by its template; what has none is counted as everything else. A batch of
/// redemptions counts what it holds once that is known.
fn class_of(method: &Method, route: &str) -> Class {
    let reads = method.is_safe();
    match route {
        "/api/v1/redemptions/{id}" if !reads => Class::Redeem,
        "/api/v1/voucher-checks" => Class::Check,
        "/api/v1/orders/{id}/books.pdf"
        | "/api/v1/orders/{id}/specimen.pdf"
        | "/funder/campaigns/{id}/proof.pdf" => Class::Print,
        _ if route.starts_with("/api/v1/ledgers/{id}/export") => Class::Export,
        // The list of one's own sessions has the path of signing in.
        "/api/v1/sessions" if reads || *method == Method::DELETE => Class::Other,
        // An empty form proves nothing.
        "/sign-in" | "/sign-in/factor" | "/forgot" if reads => Class::Other,
        _ if WAYS_IN.contains(&route) => Class::SignIn,
        _ => Class::Other,
    }
}

/// Whether a path is a bearer's page, whatever its case: its route may not be there yet.
fn is_status(path: &str) -> bool {
    path.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("/v/"))
}

fn class(method: &Method, path: &str, extensions: &Extensions) -> Class {
    if is_status(path) {
        return Class::Status;
    }
    let route = extensions.get::<MatchedPath>();
    route.map_or(Class::Other, |route| class_of(method, route.as_str()))
}

/// Where a request comes from; `None` when whoever accepted the connection did not say, and for
/// this machine itself: there a proxy asks for everybody, and to limit it would lock everybody out.
#[must_use]
pub fn address(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<Peer>().map(|peer| peer.address).filter(|address| !address.is_loopback())
}

/// Says once that a proxy on this machine asks for others and nobody listed it.
fn tell_of_proxy(request: &Request) {
    static TOLD: Once = Once::new();
    let local = request.extensions().get::<Peer>().is_some_and(|it| it.address.is_loopback());
    if local && request.headers().contains_key("x-forwarded-for") {
        TOLD.call_once(|| {
            tracing::warn!("a proxy is not in trusted_proxies: no address is limited behind it");
        });
    }
}

/// Counts a request of a caller, who was found.
///
/// # Errors
/// `rate-limited`.
pub(super) fn count(parts: &Parts, app: &App, id: AnyId, bound: bool) -> Result<(), Refusal> {
    let limiter = &app.instance.limiter;
    if limiter.is_lifted() {
        return Ok(());
    }
    let class = class(&parts.method, parts.uri.path(), &parts.extensions);
    limiter.caller(id, bound, class, app.instance.clock.now()).inspect_err(|refusal| {
        let who = Refused { actor: Some(id), address: address(&parts.extensions) };
        refused::note(&app.instance, who, class, refusal.reason);
    })
}

/// Counts requests by where they come from, and gives back what came to a good end.
pub(super) async fn by_address(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let Some(address) = address(request.extensions()) else {
        tell_of_proxy(&request);
        return next.run(request).await;
    };
    if matches!(path, "/healthz" | "/readyz") {
        return next.run(request).await;
    }
    let class = class(request.method(), path, request.extensions());
    let limiter = &app.instance.limiter;
    if let Err(refusal) = limiter.address(address, class, app.instance.clock.now()) {
        let who = Refused { actor: None, address: Some(address) };
        refused::note(&app.instance, who, class, refusal.reason);
        return Problem::from(refusal).into_response();
    }
    let response = next.run(request).await;
    if class == Class::SignIn && !response.status().is_client_error() {
        limiter.forgive(address, class);
    }
    response
}

/// Refusals that no verb notes by itself: who asks has no right to, or proves it wrongly.
const NOTED: [Reason; 4] =
    [Reason::NotPermitted, Reason::ForeignOrigin, Reason::SecondFactorWrong, Reason::LinkEnded];

/// What is asked, for the note of a refusal that may come.
pub(super) struct Asked(Class, Option<IpAddr>);

impl Asked {
    /// Of a request.
    pub(super) fn of(request: &Request) -> Self {
        let extensions = request.extensions();
        let class = class(request.method(), request.uri().path(), extensions);
        Self(class, address(extensions))
    }

    /// Notes what the answer is, when that is needed.
    pub(super) fn answered(&self, app: &App, response: &Response) {
        let Some(problem) = Problem::told_by(response) else { return };
        if let Some(reason) = NOTED.into_iter().find(|reason| reason.code() == problem.code) {
            let who = Refused { actor: None, address: self.1 };
            refused::note(&app.instance, who, self.0, reason);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_route_has_its_class() {
        let of = |method: &Method, route| class_of(method, route);
        let (get, put, post) = (&Method::GET, &Method::PUT, &Method::POST);
        assert_eq!(of(put, "/api/v1/redemptions/{id}"), Class::Redeem);
        assert_eq!(of(get, "/api/v1/redemptions/{id}"), Class::Other);
        assert_eq!(of(put, "/api/v1/redemptions/{id}/reversal"), Class::Other);
        assert_eq!(of(post, "/api/v1/sessions"), Class::SignIn);
        assert_eq!(of(get, "/api/v1/sessions"), Class::Other);
        assert_eq!(of(get, "/api/v1/ledgers/{id}/export/sealed"), Class::Export);
        assert_eq!(of(get, "/api/v1/ledgers/{id}/entries"), Class::Other);
        assert!(is_status("/v/04V0") && !is_status("/venues") && !is_status("/é"));
    }
}
