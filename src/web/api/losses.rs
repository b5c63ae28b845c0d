//! `/api/v1/losses`: what an older copy of the database lacks, and that it goes on without.
//!
//! Promises: parses, asks one verb, answers; these routes are asked while the instance is held,
//! when nearly nothing else is answered. Does not: hold rules.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::proposals::{NotDone, Waits};
use super::shape::{Problems, Put, Written};
use crate::base::clock::Timestamp;
use crate::domain::ledger::entry::LedgerId;
use crate::domain::restoration::Tip;
use crate::service::restore::{self, Missing};
use crate::web::App;
use crate::web::actor::Asker;
use crate::web::problem::Problem;

/// The routes of this noun.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(accept))
}

/// What a ledger lacks.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct LossAnswer {
    /// The ledger.
    #[schema(value_type = String, example = "funder_01h455vb4pex5vsknk084sn02q")]
    pub ledger_id: LedgerId,
    /// What was acknowledged.
    pub remembered: Tip,
    /// What is there.
    pub found: Tip,
    /// Whether other lines took the place of those that were acknowledged.
    pub forked: bool,
    /// When the last line was written that is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_at: Option<Timestamp>,
}

impl From<Missing> for LossAnswer {
    fn from(missing: Missing) -> Self {
        let Missing { loss, last_at, is_forked: forked, .. } = missing;
        let (ledger_id, remembered, found) = (loss.ledger_id, loss.remembered, loss.found);
        Self { ledger_id, remembered, found, forked, last_at }
    }
}

/// Lists what an instance lacks that is held; nothing of one that serves.
#[utoipa::path(
    get,
    path = "/api/v1/losses",
    tag = "losses",
    responses((status = 200, description = "By ledger", body = Vec<LossAnswer>), Problems)
)]
pub async fn list(
    State(app): State<App>,
    Asker(actor): Asker,
) -> Result<Json<Vec<LossAnswer>>, Problem> {
    let losses = restore::losses(&app.instance, &actor).await?;
    Ok(Json(losses.into_iter().map(LossAnswer::from).collect()))
}

/// Accepts all of it: the shorter history goes on, and says so in its lines.
#[utoipa::path(
    post,
    path = "/api/v1/losses/acceptance",
    tag = "losses",
    responses((status = 201, description = "Accepted", body = Written), Waits, Problems)
)]
pub async fn accept(State(app): State<App>, Asker(actor): Asker) -> Result<Put<Written>, NotDone> {
    let operator = app.instance.operator().await?;
    let done = restore::accept(&app.instance, &actor).await?;
    Ok(Put::written(operator, done))
}
