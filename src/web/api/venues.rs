//! `/api/v1/venues`: registers of venues, and what the operator says of them.
//!
//! Promises: parses, asks one verb, answers. Does not: hold rules.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

use super::extract::{Body, IfMatch, Path};
use super::shape::{Problems, Put};
use crate::base::id::{Id, Venue};
use crate::domain::ledger::receipt::Receipt;
use crate::domain::venue::{Agreed, Capacity, VenueProfile, VenueState};
use crate::service::register::{self, RegisteredVenue};
use crate::web::App;
use crate::web::actor::Asker;
use crate::web::problem::Problem;

/// A venue's register.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct VenueAnswer {
    /// The venue.
    #[schema(value_type = String, example = "venue_01h455vb4pex5vsknk084sn02q")]
    pub id: Id<Venue>,
    /// 1 for the first; pass it as `If-Match: "1"` to change the register.
    pub version: i64,
    /// What the operator says.
    pub state: VenueState,
    /// How many vouchers a month the operator agreed with it; more raises a signal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vouchers_per_month: Option<Capacity>,
    /// The content.
    #[serde(flatten)]
    pub profile: VenueProfile,
    /// The receipt of this version.
    pub receipt: Receipt,
}

impl From<RegisteredVenue> for Put<VenueAnswer> {
    fn from(registered: RegisteredVenue) -> Self {
        let RegisteredVenue { venue_id, version, profile, state, capacity, receipt, fresh } =
            registered;
        let vouchers_per_month = capacity;
        let body =
            VenueAnswer { id: venue_id, version, state, vouchers_per_month, profile, receipt };
        Self { fresh, version: Some(version), body }
    }
}

/// Registers a venue, or changes it under `If-Match`.
#[utoipa::path(
    put,
    path = "/api/v1/venues/{id}",
    tag = "registers",
    params(
        ("id" = String, Path, description = "The venue, named by the caller"),
        ("If-Match" = Option<String>, Header, description = "The version that was read")
    ),
    request_body = VenueProfile,
    responses(
        (status = 201, description = "Written", body = VenueAnswer),
        (status = 200, description = "Known: the same again", body = VenueAnswer),
        Problems
    )
)]
pub async fn put(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Venue>>,
    IfMatch(if_match): IfMatch,
    Body(profile): Body<VenueProfile>,
) -> Result<Put<VenueAnswer>, Problem> {
    Ok(register::venue(&app.instance, &actor, id, profile, if_match).await?.into())
}

/// Reads a venue's register.
#[utoipa::path(
    get,
    path = "/api/v1/venues/{id}",
    tag = "registers",
    params(("id" = String, Path, description = "The venue")),
    responses((status = 200, description = "As it stands", body = VenueAnswer), Problems)
)]
pub async fn get(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Venue>>,
) -> Result<Put<VenueAnswer>, Problem> {
    Ok(register::read_venue(&app.instance, &actor, id).await?.into())
}

/// A venue in a list.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ListedVenue {
    /// The venue.
    pub id: String,
    /// 1 for the first.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub structure_id: String,
    /// What the operator says.
    pub state: VenueState,
}

/// Lists the venues that the asker may read.
#[utoipa::path(
    get,
    path = "/api/v1/venues",
    tag = "registers",
    responses((status = 200, description = "In order of id", body = Vec<ListedVenue>), Problems)
)]
pub async fn list(
    State(app): State<App>,
    Asker(actor): Asker,
) -> Result<Json<Vec<ListedVenue>>, Problem> {
    let rows = register::venues(&app.instance, &actor).await?;
    let listed = rows.into_iter().map(|row| {
        let state = row.state().map_err(crate::service::Error::from)?;
        let (id, structure_id) = (row.venue_id, row.structure_id);
        Ok(ListedVenue { id, version: row.version, name: row.name, structure_id, state })
    });
    Ok(Json(listed.collect::<Result<_, crate::service::Error>>()?))
}

/// What the operator says of a venue.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StateRequest {
    /// `qualified` or `suspended`.
    pub state: VenueState,
    /// How many vouchers a month are agreed from now on; `null` for none any more. Without this
    /// member it stays as it was.
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 1_000_000, example = 400)]
    pub vouchers_per_month: Agreed,
}

/// Qualifies or suspends a venue, and says how much is agreed with it.
#[utoipa::path(
    put,
    path = "/api/v1/venues/{id}/state",
    tag = "registers",
    params(("id" = String, Path, description = "The venue")),
    request_body = StateRequest,
    responses((status = 200, description = "So it is now", body = VenueAnswer), Problems)
)]
pub async fn qualify(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Venue>>,
    Body(request): Body<StateRequest>,
) -> Result<Put<VenueAnswer>, Problem> {
    let StateRequest { state, vouchers_per_month } = request;
    register::qualify(&app.instance, &actor, id, state, vouchers_per_month).await?;
    Ok(register::read_venue(&app.instance, &actor, id).await?.into())
}
