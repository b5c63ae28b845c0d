//! `/api/v1/passwords`: another password, by the old one or by a link.
//!
//! Promises: parses, asks one verb, answers; asking for a link is answered the same for everybody.
//! Does not: hold rules.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Path};
use super::people::LinkShape;
use super::sessions::{EndedSessions, Entered, SessionAnswer, private};
use super::shape::Problems;
use crate::base::id::{Id, Person};
use crate::domain::person::Email;
use crate::service::people::reset;
use crate::web::App;
use crate::web::actor::{Asker, Guest, Holder};
use crate::web::problem::Problem;

/// The routes.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(ask))
        .routes(routes!(by_link))
        .routes(routes!(change))
        .routes(routes!(link_for))
}

/// What `POST /api/v1/password-resets` takes.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetRequest {
    /// The address of the invitation.
    email: Email,
}

/// That it was asked.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct Asked {
    /// Always true: whether there is such an account is not said.
    pub asked: bool,
}

/// Asks for a letter with a link to choose another password.
#[utoipa::path(
    post,
    path = "/api/v1/password-resets",
    tag = "people",
    security(()),
    request_body = ResetRequest,
    responses((status = 202, description = "If somebody has the address, it is sent", body = Asked),
        Problems)
)]
pub async fn ask(
    State(app): State<App>,
    Guest(visitor): Guest,
    Body(request): Body<ResetRequest>,
) -> Result<Response, Problem> {
    reset::ask(&app.instance, request.email, &visitor).await?;
    Ok((StatusCode::ACCEPTED, private(), Json(Asked { asked: true })).into_response())
}

/// What `POST /api/v1/passwords` takes.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordRequest {
    /// The last part of the link.
    token: String,
    /// The password that the person chose: 12 to 128 characters, none of the common ones.
    #[schema(format = Password)]
    password: String,
}

/// Chooses another password by a link; all sessions end.
#[utoipa::path(
    post,
    path = "/api/v1/passwords",
    tag = "people",
    security(()),
    request_body = PasswordRequest,
    responses((status = 200, description = "Changed", body = EndedSessions), Problems)
)]
pub async fn by_link(
    State(app): State<App>,
    Guest(_): Guest,
    Body(request): Body<PasswordRequest>,
) -> Result<Response, Problem> {
    let token = SecretString::from(request.token);
    let password = SecretString::from(request.password);
    let ended = reset::by_link(&app.instance, &token, &password).await?;
    Ok((private(), Json(EndedSessions { ended })).into_response())
}

/// What `PUT /api/v1/passwords/current` takes.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeRequest {
    /// The password until now.
    #[schema(format = Password)]
    current: String,
    /// The password from now on: 12 to 128 characters, none of the common ones.
    #[schema(format = Password)]
    password: String,
}

/// Changes the password of the person who asks; its other sessions end.
#[utoipa::path(
    put,
    path = "/api/v1/passwords/current",
    tag = "people",
    security(("session" = [])),
    request_body = ChangeRequest,
    responses((status = 200, description = "Changed; the cookie is new", body = SessionAnswer),
        Problems)
)]
pub async fn change(
    State(app): State<App>,
    Holder(signed_in): Holder,
    Body(request): Body<ChangeRequest>,
) -> Result<Response, Problem> {
    let current = SecretString::from(request.current);
    let password = SecretString::from(request.password);
    let opened = reset::change(&app.instance, &signed_in, &current, &password).await?;
    Ok(Entered::new(StatusCode::OK, &opened)?.into_response())
}

/// Makes a link to choose another password, for somebody who asked the operator by telephone.
#[utoipa::path(
    post,
    path = "/api/v1/people/{id}/password-reset",
    tag = "people",
    params(("id" = String, Path, description = "The person")),
    responses((status = 201, description = "Shown once, or sent", body = LinkShape), Problems)
)]
pub async fn link_for(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Person>>,
) -> Result<Response, Problem> {
    let link = reset::link_for(&app.instance, &actor, id).await?;
    Ok((StatusCode::CREATED, private(), Json(LinkShape::from(&link))).into_response())
}
