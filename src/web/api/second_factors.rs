//! `/api/v1/totp` and `/api/v1/recovery-codes`: a person's second factors.
//!
//! Promises: parses, asks one verb, answers; a secret is shown once and never stored on the way.
//! Does not: hold rules.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use secrecy::ExposeSecret as _;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::sessions::private;
use super::shape::Problems;
use crate::service::people::factor;
use crate::web::App;
use crate::web::actor::Holder;
use crate::web::problem::Problem;

/// The routes.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(enrol, remove)).routes(routes!(count, renew))
}

/// What a person puts into its app.
#[derive(Clone, Serialize, utoipa::ToSchema)]
pub struct EnrolmentAnswer {
    /// The secret, to type: base 32.
    pub secret: String,
    /// The address, to scan as a QR code.
    pub uri: String,
}

/// Makes a secret for the app of the person who asks; it counts once a password of it was given.
#[utoipa::path(
    post,
    path = "/api/v1/totp",
    tag = "people",
    security(("session" = [])),
    responses((status = 201, description = "Shown once", body = EnrolmentAnswer), Problems)
)]
pub async fn enrol(State(app): State<App>, Holder(signed_in): Holder) -> Result<Response, Problem> {
    let made = factor::enrol(&app.instance, &signed_in).await?;
    let secret = made.secret.expose_secret().to_owned();
    let answer = EnrolmentAnswer { secret, uri: made.uri.expose_secret().to_owned() };
    Ok((StatusCode::CREATED, private(), Json(answer)).into_response())
}

/// How many recovery codes are left, and new ones when they were just made.
#[derive(Clone, Serialize, utoipa::ToSchema)]
pub struct RecoveryCodes {
    /// How many are left.
    pub left: usize,
    /// The codes, when they are new: each is good once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recovery_codes: Vec<String>,
}

/// Forgets the app and the recovery codes of the person who asks.
#[utoipa::path(
    delete,
    path = "/api/v1/totp",
    tag = "people",
    security(("session" = [])),
    responses((status = 200, description = "Forgotten", body = RecoveryCodes), Problems)
)]
pub async fn remove(
    State(app): State<App>,
    Holder(signed_in): Holder,
) -> Result<Response, Problem> {
    factor::remove(&app.instance, &signed_in).await?;
    let answer = RecoveryCodes { left: 0, recovery_codes: Vec::new() };
    Ok((private(), Json(answer)).into_response())
}

/// Counts the recovery codes that are left.
#[utoipa::path(
    get,
    path = "/api/v1/recovery-codes",
    tag = "people",
    security(("session" = [])),
    responses((status = 200, description = "How many", body = RecoveryCodes), Problems)
)]
pub async fn count(State(app): State<App>, Holder(signed_in): Holder) -> Result<Response, Problem> {
    let left = factor::codes_left(&app.instance, &signed_in).await?;
    Ok((private(), Json(RecoveryCodes { left, recovery_codes: Vec::new() })).into_response())
}

/// Makes ten new recovery codes; the old ones are worthless.
#[utoipa::path(
    post,
    path = "/api/v1/recovery-codes",
    tag = "people",
    security(("session" = [])),
    responses((status = 201, description = "Shown once", body = RecoveryCodes), Problems)
)]
pub async fn renew(State(app): State<App>, Holder(signed_in): Holder) -> Result<Response, Problem> {
    let codes = factor::renew_codes(&app.instance, &signed_in).await?;
    let recovery_codes: Vec<String> =
        codes.iter().map(|code| code.expose_secret().to_owned()).collect();
    let answer = RecoveryCodes { left: recovery_codes.len(), recovery_codes };
    Ok((StatusCode::CREATED, private(), Json(answer)).into_response())
}
