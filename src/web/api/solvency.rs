//! `/api/v1/solvency`: what is held and owed, for anyone; and what a structure is owed, with the
//! proof that it is inside the published sum.
//!
//! Promises: parses, asks one verb, answers. Does not: hold rules.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::shape::Problems;
use crate::service::solvency::{self, DueProof, Solvency};
use crate::web::App;
use crate::web::actor::Asker;
use crate::web::problem::Problem;

/// The routes.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get)).routes(routes!(due))
}

/// As long as the service itself trusts it.
const BRIEFLY: HeaderValue = HeaderValue::from_static("public, max-age=5");

/// Reads what is held and owed, ledger by ledger and in total; open to anyone.
#[utoipa::path(
    get,
    path = "/api/v1/solvency",
    tag = "proofs",
    security(()),
    responses((status = 200, description = "As it stood a moment ago", body = Solvency), Problems)
)]
pub async fn get(State(app): State<App>) -> Result<Response, Problem> {
    let solvency = solvency::read(&app.instance).await?;
    Ok(([(header::CACHE_CONTROL, BRIEFLY)], Json(solvency)).into_response())
}

/// Reads what the asker's structure is owed, with the proof that it is inside each published sum.
#[utoipa::path(
    get,
    path = "/api/v1/solvency/due",
    tag = "proofs",
    responses(
        (status = 200, description = "One for each ledger that ever owed it", body = Vec<DueProof>),
        Problems
    )
)]
pub async fn due(
    State(app): State<App>,
    Asker(actor): Asker,
) -> Result<Json<Vec<DueProof>>, Problem> {
    Ok(Json(solvency::due(&app.instance, &actor).await?))
}
