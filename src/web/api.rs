//! The face to programs: JSON over HTTP under `/api/v1`, described at `/openapi.json`.
//!
//! Promises: the paths and names of DESIGN section 8; bodies of at most [`BODY_LIMIT`] bytes; every
//! handler is in the OpenAPI document because it is routed through it. Does not: hold rules.
#![expect(
    clippy::missing_errors_doc,
    reason = "each path lists its problems in the document that programs read"
)]

pub mod blocks;
pub mod books;
pub mod closings;
pub mod document;
pub mod exports;
pub mod extract;
pub mod hand_overs;
pub mod joinings;
pub mod keys;
pub mod ledgers;
pub mod losses;
pub mod openid;
pub mod orders;
pub mod organisations;
pub mod passkeys;
pub mod passwords;
pub mod payments;
pub mod people;
pub mod proposals;
pub mod redemptions;
pub mod second_factors;
pub mod sessions;
pub mod settlements;
pub mod shape;
pub mod signals;
pub mod solvency;
pub mod venues;

use std::any::Any;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::Problem;
use super::shield::shield;
use super::{App, cookie, limit};
use crate::domain::refusal::Reason;

/// The largest body that is read, in bytes: a logo is the largest lawful one.
pub const BODY_LIMIT: usize = 600 * 1024;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Carnet",
        description = "An open voucher ledger for digital inclusion.",
        license(name = "EUPL-1.2", identifier = "EUPL-1.2")
    ),
    modifiers(&Key),
    security(("key" = []), ("session" = []))
)]
struct Document;

struct Key;

impl Modify for Key {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An API key: `carnet_` and 52 characters."))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("key", SecurityScheme::Http(scheme));
        let cookie = ApiKeyValue::with_description(
            cookie::NAME,
            "A person's session. Whatever changes something names `carnet-csrf` too.",
        );
        let scheme = SecurityScheme::ApiKey(ApiKey::Cookie(cookie));
        components.add_security_scheme("session", scheme);
    }
}

/// Every route of programs, and the document that describes them; with more routes under the same
/// layers, which the document does not know.
pub fn routes_and(
    more: Router<App>,
    app: App,
    timeout: Duration,
) -> (Router, utoipa::openapi::OpenApi) {
    let (router, mut document) = OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(organisations::put, organisations::get))
        .routes(routes!(organisations::put_bank_account))
        .routes(routes!(organisations::put_logo))
        .routes(routes!(venues::put, venues::get))
        .routes(routes!(venues::list))
        .routes(routes!(venues::qualify))
        .merge(keys::router())
        .merge(ledgers::router())
        .merge(exports::router())
        .merge(orders::router())
        .merge(redemptions::router())
        .merge(books::router())
        .merge(hand_overs::router())
        .merge(blocks::router())
        .merge(settlements::router())
        .merge(payments::router())
        .merge(closings::router())
        .merge(solvency::router())
        .merge(signals::router())
        .merge(people::router())
        .merge(proposals::router())
        .merge(losses::router())
        .merge(passwords::router())
        .merge(passkeys::router())
        .merge(joinings::router())
        .merge(sessions::router())
        .merge(second_factors::router())
        .split_for_parts();
    document::complete(&mut document);
    let text = document.to_json().unwrap_or_default();
    let router = router
        .route(
            "/openapi.json",
            get(move || async move { ([("content-type", "application/json")], text) }),
        )
        .merge(openid::router())
        .merge(more)
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .fallback(async || Problem::from(Reason::NotFound))
        .method_not_allowed_fallback(async || Problem::from(Reason::NotFound))
        .layer(from_fn_with_state(app.clone(), held))
        .layer(RequestBodyLimitLayer::new(BODY_LIMIT))
        .layer(from_fn_with_state((timeout, app.clone()), in_time));
    let router = limited(router, &app)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(shield))
        .with_state(app);
    (router, document)
}

/// The routes, each request counted where it comes from; as they are where nothing is limited.
fn limited(router: Router<App>, app: &App) -> Router<App> {
    if app.instance.limiter.is_lifted() {
        return router;
    }
    router.layer(from_fn_with_state(app.clone(), limit::by_address))
}

/// Whether the database answers.
async fn ready(State(app): State<App>) -> Result<&'static str, Problem> {
    app.instance.operator().await?;
    Ok("ready\n")
}

/// What is answered while an instance is held: signing in, deciding, and that it is there.
const HELD: &[&str] = &[
    "/api/v1/sessions",
    "/api/v1/proposals",
    "/api/v1/losses",
    "/healthz",
    "/problems/",
    "/assets/",
    "/sign-in",
    "/sign-out",
    "/choose",
    "/desk",
    "/operator/losses",
    "/operator/proposals",
];

/// Refuses nearly everything while the database lacks what was acknowledged.
async fn held(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    // The first page of the operator sends to what is lost.
    let is_open = path == "/operator" || HELD.iter().any(|open| path.starts_with(open));
    if app.instance.is_held() && !is_open {
        return Problem::from(Reason::Held).into_response();
    }
    next.run(request).await
}

/// Answers in time, and only with problem documents when the answer is a "no" of a layer below.
async fn in_time(
    State((timeout, app)): State<(Duration, App)>,
    request: Request,
    next: Next,
) -> Response {
    let (reads, asked) = (request.method().is_safe(), limit::Asked::of(&request));
    let Ok(response) = tokio::time::timeout(timeout, next.run(request)).await else {
        // A write that was handed in goes on without its asker.
        let reason = if reads { Reason::Busy } else { Reason::OutcomeUnknown };
        return Problem::from(reason).into_response();
    };
    let is_problem = Problem::told_by(&response).is_some();
    if response.status() == StatusCode::PAYLOAD_TOO_LARGE && !is_problem {
        return Problem::from(Reason::TooLarge).into_response();
    }
    asked.answered(&app, &response);
    response
}

/// What a panic says may hold what was asked: only that there was one is told.
fn panicked(_: Box<dyn Any + Send>) -> Response {
    Problem::fault(&"a handler panicked").into_response()
}
