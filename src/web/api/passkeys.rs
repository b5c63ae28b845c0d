//! `/api/v1/passkeys`: second factors that a browser keeps (`WebAuthn`).
//!
//! Promises: parses, asks one verb, answers; what a browser gets and gives is the JSON form of
//! `WebAuthn` level 3 (`parseCreationOptionsFromJSON`), with the members of `response` flat beside
//! `id`. Does not: hold rules.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Path};
use super::sessions::{Entered, SessionAnswer, private};
use super::shape::Problems;
use crate::base::clock::Timestamp;
use crate::base::id::{Id, Passkey};
use crate::base::text::Name;
use crate::service::Error;
use crate::service::people::passkey;
use crate::web::App;
use crate::web::actor::Holder;
use crate::web::problem::Problem;

/// The routes.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(begin))
        .routes(routes!(ask))
        .routes(routes!(list))
        .routes(routes!(put, delete))
}

/// What a browser is asked.
#[derive(Clone, Serialize, utoipa::ToSchema)]
pub struct Options {
    /// For `navigator.credentials`, in the JSON form.
    #[serde(rename = "publicKey")]
    #[schema(value_type = Object)]
    pub public_key: Value,
}

/// Makes what a browser needs to make a passkey.
#[utoipa::path(
    post,
    path = "/api/v1/passkeys/options",
    tag = "people",
    security(("session" = [])),
    responses((status = 201, description = "Good once, for five minutes", body = Options),
        Problems)
)]
pub async fn begin(State(app): State<App>, Holder(signed_in): Holder) -> Result<Response, Problem> {
    let public_key = passkey::begin(&app.instance, &signed_in).await?;
    Ok((StatusCode::CREATED, private(), Json(Options { public_key })).into_response())
}

/// Makes what a browser needs to ask for a passkey of the person who asks.
#[utoipa::path(
    post,
    path = "/api/v1/sessions/current/passkey-options",
    tag = "people",
    security(("session" = [])),
    responses((status = 201, description = "Good once, for five minutes", body = Options),
        Problems)
)]
pub async fn ask(State(app): State<App>, Holder(signed_in): Holder) -> Result<Response, Problem> {
    let public_key = passkey::ask(&app.instance, &signed_in).await?;
    Ok((StatusCode::CREATED, private(), Json(Options { public_key })).into_response())
}

/// What `PUT /api/v1/passkeys/{id}` takes.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyRequest {
    /// What its person calls it.
    name: Name,
    /// What the browser answered.
    #[schema(value_type = Object)]
    credential: Value,
}

/// Keeps a new passkey: it counts as second factor that was just given.
#[utoipa::path(
    put,
    path = "/api/v1/passkeys/{id}",
    tag = "people",
    security(("session" = [])),
    params(("id" = String, Path, description = "The passkey, named by the caller")),
    request_body = PasskeyRequest,
    responses((status = 201, description = "Kept; the cookie is new", body = SessionAnswer),
        Problems)
)]
pub async fn put(
    State(app): State<App>,
    Holder(signed_in): Holder,
    Path(id): Path<Id<Passkey>>,
    Body(request): Body<PasskeyRequest>,
) -> Result<Response, Problem> {
    let PasskeyRequest { name, credential } = request;
    let (opened, codes) = passkey::add(&app.instance, &signed_in, id, &name, credential).await?;
    let codes = codes.iter().map(|code| code.expose_secret().to_owned()).collect();
    Ok(Entered::new(StatusCode::CREATED, &opened)?.with_codes(codes).into_response())
}

/// A passkey in a list.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ListedPasskey {
    /// The passkey.
    #[schema(value_type = String)]
    pub id: Id<Passkey>,
    /// What its person calls it.
    pub name: String,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// Lists the passkeys of the person who asks.
#[utoipa::path(
    get,
    path = "/api/v1/passkeys",
    tag = "people",
    security(("session" = [])),
    responses((status = 200, description = "In order of id", body = Vec<ListedPasskey>), Problems)
)]
pub async fn list(State(app): State<App>, Holder(signed_in): Holder) -> Result<Response, Problem> {
    let mut listed = Vec::new();
    for row in passkey::list(&app.instance, &signed_in).await? {
        listed.push(ListedPasskey {
            id: row.id().map_err(Error::from)?,
            created_at: Timestamp::from_millis(row.created_at),
            name: row.name,
        });
    }
    Ok((private(), Json(listed)).into_response())
}

/// That a passkey is forgotten.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct ForgottenPasskey {
    /// The passkey that was.
    #[schema(value_type = String)]
    pub id: Id<Passkey>,
}

/// Forgets a passkey of the person who asks.
#[utoipa::path(
    delete,
    path = "/api/v1/passkeys/{id}",
    tag = "people",
    security(("session" = [])),
    params(("id" = String, Path, description = "The passkey")),
    responses((status = 200, description = "Forgotten", body = ForgottenPasskey), Problems)
)]
pub async fn delete(
    State(app): State<App>,
    Holder(signed_in): Holder,
    Path(id): Path<Id<Passkey>>,
) -> Result<Json<ForgottenPasskey>, Problem> {
    passkey::remove(&app.instance, &signed_in, id).await?;
    Ok(Json(ForgottenPasskey { id }))
}
