//! `/api/v1/joinings` and what the links of mails are for, said to programs.
//!
//! Promises: parses, asks one verb, answers; opening a link changes nothing, so that a mail scanner
//! that follows it does no harm. Does not: hold rules.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Path};
use super::sessions::{Entered, SessionAnswer, private};
use super::shape::Problems;
use crate::base::clock::Timestamp;
use crate::base::text::Name;
use crate::domain::person::Email;
use crate::domain::refusal::Refusal;
use crate::service::people::join::{self, Newcomer};
use crate::web::App;
use crate::web::actor::Guest;
use crate::web::problem::Problem;

/// The routes.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(look)).routes(routes!(look_reset)).routes(routes!(post))
}

/// A link that is good.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct LinkAnswer {
    /// `first` (the first operator makes itself known), `invitation` or `reset`.
    pub purpose: &'static str,
    /// Until when.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

async fn looked(app: &App, token: String) -> Result<Response, Problem> {
    let (purpose, expires_at) = join::look(&app.instance, &SecretString::from(token)).await?;
    let answer = LinkAnswer { purpose: purpose.as_str(), expires_at };
    Ok((private(), Json(answer)).into_response())
}

/// Says what the link of an invitation is for.
#[utoipa::path(
    get,
    path = "/api/v1/joinings/{token}",
    tag = "people",
    security(()),
    params(("token" = String, Path, description = "The last part of the link")),
    responses((status = 200, description = "It is good", body = LinkAnswer), Problems)
)]
pub async fn look(State(app): State<App>, Path(token): Path<String>) -> Result<Response, Problem> {
    looked(&app, token).await
}

/// Says what the link to choose another password is for.
#[utoipa::path(
    get,
    path = "/api/v1/password-resets/{token}",
    tag = "people",
    security(()),
    params(("token" = String, Path, description = "The last part of the link")),
    responses((status = 200, description = "It is good", body = LinkAnswer), Problems)
)]
pub async fn look_reset(
    State(app): State<App>,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    looked(&app, token).await
}

/// What `POST /api/v1/joinings` takes.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JoiningRequest {
    /// The last part of the link.
    token: String,
    /// The password that the person chose: 12 to 128 characters, none of the common ones.
    #[schema(format = Password)]
    password: String,
    /// The address to sign in with: of the first operator only.
    #[serde(default)]
    email: Option<Email>,
    /// The name: of the first operator only.
    #[serde(default)]
    name: Option<Name>,
}

/// Joins by a link: the person has a password, and is signed in.
#[utoipa::path(
    post,
    path = "/api/v1/joinings",
    tag = "people",
    security(()),
    request_body = JoiningRequest,
    responses((status = 201, description = "Joined", body = SessionAnswer), Problems)
)]
pub async fn post(
    State(app): State<App>,
    Guest(visitor): Guest,
    Body(request): Body<JoiningRequest>,
) -> Result<Response, Problem> {
    let newcomer = match (request.email, request.name) {
        (Some(email), Some(name)) => Some(Newcomer { email, name }),
        (None, None) => None,
        _ => return Err(Refusal::invalid("", "give both email and name, or neither").into()),
    };
    let token = SecretString::from(request.token);
    let password = SecretString::from(request.password);
    let opened = join::join(&app.instance, &token, &password, newcomer, &visitor).await?;
    Ok(Entered::new(StatusCode::CREATED, &opened)?.into_response())
}
