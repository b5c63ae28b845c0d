//! `/api/v1/signals`: what looks unlike honest work, and what the operator decides about it.
//!
//! Promises: parses, asks one verb, answers. Does not: hold rules.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Path, Query};
use super::shape::{Problems, Put, Written};
use crate::base::clock::Timestamp;
use crate::base::day::Day;
use crate::base::id::{AnyId, Id, Signal};
use crate::domain::signal::{Decision, SignalKind};
use crate::service::signals::{self, DecisionRequest, Listed};
use crate::web::App;
use crate::web::actor::Asker;
use crate::web::problem::Problem;

/// The routes of this noun.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(decide))
}

/// What came of a signal.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct DecisionAnswer {
    /// What was decided.
    pub decision: Decision,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub decided_at: Timestamp,
    /// By whom.
    #[schema(value_type = String)]
    pub decided_by: AnyId,
}

/// A signal: a question to a person, no more.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct SignalAnswer {
    /// The signal.
    #[schema(value_type = String, example = "signal_01h455vb4pex5vsknk084sn02q")]
    pub id: Id<Signal>,
    /// What looks unlike honest work.
    pub kind: SignalKind,
    /// Whose: a key or device, a venue, a worker.
    #[schema(value_type = String, example = "venue_01h455vb4pex5vsknk084sn02q")]
    pub about_id: AnyId,
    /// On which day (UTC).
    #[schema(value_type = String, format = Date)]
    pub raised_on: Day,
    /// How much of it.
    #[schema(example = 31)]
    pub count: i64,
    /// Of how many.
    #[schema(example = 40)]
    pub of: i64,
    /// What came of it, when somebody has looked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided: Option<DecisionAnswer>,
}

impl From<Listed> for SignalAnswer {
    fn from(Listed { raised, decided }: Listed) -> Self {
        let answer = |(decision, decided_at, decided_by)| DecisionAnswer {
            decision,
            decided_at,
            decided_by,
        };
        Self {
            id: raised.id(),
            kind: raised.kind,
            about_id: raised.about,
            raised_on: raised.on,
            count: raised.count,
            of: raised.of,
            decided: decided.map(answer),
        }
    }
}

/// Which signals.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Which {
    /// Those of one day, as they are counted now.
    on: Option<Day>,
}

/// Lists the signals that were raised, the newest day first; or counts those of a day now.
#[utoipa::path(
    get,
    path = "/api/v1/signals",
    tag = "signals",
    params(
        ("on" = Option<String>, Query, description = "A day (UTC) of the last 62, counted now")
    ),
    responses(
        (status = 200, description = "The newest day first", body = Vec<SignalAnswer>),
        Problems
    )
)]
pub async fn list(
    State(app): State<App>,
    Asker(actor): Asker,
    Query(Which { on }): Query<Which>,
) -> Result<Json<Vec<SignalAnswer>>, Problem> {
    let listed = signals::list(&app.instance, &actor, on).await?;
    Ok(Json(listed.into_iter().map(SignalAnswer::from).collect()))
}

/// Writes down what came of a signal.
#[utoipa::path(
    put,
    path = "/api/v1/signals/{id}/decision",
    tag = "signals",
    params(("id" = String, Path, description = "The signal")),
    request_body = DecisionRequest,
    responses(
        (status = 201, description = "Written", body = Written),
        (status = 200, description = "Known: the same again", body = Written),
        Problems
    )
)]
pub async fn decide(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Signal>>,
    Body(request): Body<DecisionRequest>,
) -> Result<Put<Written>, Problem> {
    Ok(Put::written(id, signals::decide(&app.instance, &actor, id, request).await?))
}
