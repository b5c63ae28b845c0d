//! `/api/v1/api-keys`: the keys of programs and devices; and how a device is paired.
//!
//! Promises: parses, asks one verb, answers. Does not: hold rules.

use axum::Json;
use axum::extract::State;
use secrecy::ExposeSecret as _;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Path};
use super::proposals::{NotDone, Waits};
use super::shape::{Problems, Put, Written};
use crate::base::clock::Timestamp;
use crate::base::id::{ApiKey, Id, Venue};
use crate::domain::access::{KeyRequest, Role};
use crate::domain::ledger::receipt::Receipt;
use crate::domain::organisation::OrganisationId;
use crate::domain::pairing::DeviceRequest;
use crate::service::people::origin;
use crate::service::sign_in::KeyState;
use crate::service::{pair, sign_in};
use crate::web::App;
use crate::web::actor::Asker;
use crate::web::problem::Problem;

/// The routes of this noun.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(put_key))
        .routes(routes!(list))
        .routes(routes!(revoke_key))
        .routes(routes!(offer_pairing))
        .routes(routes!(pair_device))
}

/// A granted key.
#[derive(Clone, Serialize, utoipa::ToSchema)]
pub struct KeyAnswer {
    /// The key.
    #[schema(value_type = String, example = "api-key_01h455vb4pex5vsknk084sn02q")]
    pub id: Id<ApiKey>,
    /// The secret: shown once, when the key is made; nobody can show it again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// The receipt.
    pub receipt: Receipt,
}

/// Grants a key to a program.
#[utoipa::path(
    put,
    path = "/api/v1/api-keys/{id}",
    tag = "keys",
    params(("id" = String, Path, description = "The key, named by the caller")),
    request_body = KeyRequest,
    responses(
        (status = 201, description = "Granted, with its secret", body = KeyAnswer),
        (status = 200, description = "Known; the secret is not shown again", body = KeyAnswer),
        Waits,
        Problems
    )
)]
pub async fn put_key(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<ApiKey>>,
    Body(request): Body<KeyRequest>,
) -> Result<Put<KeyAnswer>, NotDone> {
    let (done, secret) = sign_in::grant(&app.instance, &actor, id, request).await?;
    let secret = secret.map(|secret| secret.expose_secret().to_owned());
    let body = KeyAnswer { id, secret, receipt: done.receipt };
    Ok(Put { fresh: done.fresh, version: None, body })
}

/// Ends a key; the next request with it is refused.
#[utoipa::path(
    post,
    path = "/api/v1/api-keys/{id}/revocation",
    tag = "keys",
    params(("id" = String, Path, description = "The key")),
    responses(
        (status = 201, description = "Ended", body = Written),
        (status = 200, description = "Known: it had ended", body = Written),
        Problems
    )
)]
pub async fn revoke_key(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<ApiKey>>,
) -> Result<Put<Written>, Problem> {
    let done = sign_in::revoke(&app.instance, &actor, id).await?;
    Ok(Put::written(id, done))
}

/// A key or device as it stands. Nobody can show its secret again.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ListedKey {
    /// The key.
    pub id: String,
    /// What it may be.
    pub role: Role,
    /// The organisation that it belongs to.
    #[schema(value_type = String)]
    pub organisation_id: OrganisationId,
    /// The venue that it is bound to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub venue_id: Option<Id<Venue>>,
    /// Whether it may only read.
    pub reads_only: bool,
    /// When it ends by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub expires_at: Option<Timestamp>,
    /// When it was ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, to the minute; absent when it never was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub used_at: Option<Timestamp>,
}

impl From<KeyState> for ListedKey {
    fn from(KeyState { actor, expires_at, revoked_at, used_at }: KeyState) -> Self {
        Self {
            id: actor.id.to_string(),
            role: actor.role,
            organisation_id: actor.organisation,
            venue_id: actor.venue,
            reads_only: actor.reads_only,
            expires_at,
            revoked_at,
            used_at,
        }
    }
}

/// Lists the keys and devices that the asker may see, ended ones included.
#[utoipa::path(
    get,
    path = "/api/v1/api-keys",
    tag = "keys",
    responses((status = 200, description = "In order of id", body = Vec<ListedKey>), Problems)
)]
pub async fn list(
    State(app): State<App>,
    Asker(actor): Asker,
) -> Result<Json<Vec<ListedKey>>, Problem> {
    let keys = sign_in::list(&app.instance, &actor).await?;
    Ok(Json(keys.into_iter().map(ListedKey::from).collect()))
}

/// What a manager shows to the phone that becomes a device.
#[derive(Clone, Serialize, utoipa::ToSchema)]
pub struct PairingAnswer {
    /// The key that the device will hold.
    #[schema(value_type = String, example = "api-key_01h455vb4pex5vsknk084sn02q")]
    pub id: Id<ApiKey>,
    /// What the QR code says. The part after `#` never reaches a server's log.
    pub url: String,
    /// Until when it can be used, once.
    #[schema(value_type = String)]
    pub expires_at: Timestamp,
}

/// Offers to pair a device of a venue: fifteen minutes, one device. Nothing is written yet.
#[utoipa::path(
    post,
    path = "/api/v1/venues/{id}/pairings",
    tag = "keys",
    params(("id" = String, Path, description = "The venue")),
    responses(
        (status = 200, description = "To be shown as a QR code", body = PairingAnswer),
        Problems
    )
)]
pub async fn offer_pairing(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Venue>>,
) -> Result<Json<PairingAnswer>, Problem> {
    let (pairing, text) = pair::offer(&app.instance, &actor, id).await?;
    let url = format!("{}/pair#{text}", origin(&app.instance.settings.host));
    Ok(Json(PairingAnswer { id: pairing.key_id, url, expires_at: pairing.expires_at }))
}

/// A device that was paired.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct DeviceAnswer {
    /// Its key, to be named when it is revoked. Its secret it has made itself.
    #[schema(value_type = String, example = "api-key_01h455vb4pex5vsknk084sn02q")]
    pub id: Id<ApiKey>,
    /// The venue where it redeems.
    #[schema(value_type = String, example = "venue_01h455vb4pex5vsknk084sn02q")]
    pub venue_id: Id<Venue>,
    /// The receipt: the same bytes at every retry.
    pub receipt: Receipt,
}

/// Pairs the device that shows a pairing. Needs no key: the pairing is the right to ask.
#[utoipa::path(
    post,
    path = "/api/v1/devices",
    tag = "keys",
    request_body = DeviceRequest,
    security(()),
    responses(
        (status = 201, description = "Paired", body = DeviceAnswer),
        (status = 200, description = "Known: the same device again", body = DeviceAnswer),
        Problems
    )
)]
pub async fn pair_device(
    State(app): State<App>,
    Body(request): Body<DeviceRequest>,
) -> Result<Put<DeviceAnswer>, Problem> {
    let (pairing, done) = pair::pair(&app.instance, &request).await?;
    let (id, venue_id) = (pairing.key_id, pairing.venue_id);
    let body = DeviceAnswer { id, venue_id, receipt: done.receipt };
    Ok(Put { fresh: done.fresh, version: None, body })
}
