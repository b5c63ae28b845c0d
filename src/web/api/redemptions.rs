//! `/api/v1/redemptions` and what surrounds them: checks, batches, reversals.
//!
//! Promises: parses, asks one verb, answers. Does not: hold rules.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Path};
use super::shape::{Problems, Put, Written};
use crate::base::clock::Timestamp;
use crate::base::id::{Id, Redemption, Venue};
use crate::base::text::Bearer;
use crate::domain::offering::Offering;
use crate::domain::redemption::RedemptionRequest;
use crate::service::redeem::{self, CheckRequest, Checked, RedemptionAnswer, RedemptionState};
use crate::web::App;
use crate::web::actor::Asker;
use crate::web::problem::Problem;

/// The routes of this noun.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(check))
        .routes(routes!(put, get))
        .routes(routes!(batch))
        .routes(routes!(reverse))
}

/// Checks one voucher at a venue, without any effect.
#[utoipa::path(
    post,
    path = "/api/v1/voucher-checks",
    tag = "redemptions",
    request_body = CheckRequest,
    responses((status = 200, description = "It would be accepted", body = Checked), Problems)
)]
pub async fn check(
    State(app): State<App>,
    Asker(actor): Asker,
    Body(request): Body<CheckRequest>,
) -> Result<Json<Checked>, Problem> {
    Ok(Json(redeem::check(&app.instance, &actor, &request).await?))
}

/// Redeems one voucher. The same id again gives the same answer, for ever.
#[utoipa::path(
    put,
    path = "/api/v1/redemptions/{id}",
    tag = "redemptions",
    params(("id" = String, Path, description = "The redemption, named by the caller")),
    request_body = RedemptionRequest,
    responses(
        (status = 201, description = "Redeemed", body = RedemptionAnswer),
        (status = 200, description = "Known: the same again", body = RedemptionAnswer),
        Problems
    )
)]
pub async fn put(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Redemption>>,
    Body(request): Body<RedemptionRequest>,
) -> Result<Put<RedemptionAnswer>, Problem> {
    let (fresh, body) = redeem::redeem(&app.instance, &actor, id, &request).await?;
    Ok(Put { fresh, version: None, body })
}

/// Reads a redemption.
#[utoipa::path(
    get,
    path = "/api/v1/redemptions/{id}",
    tag = "redemptions",
    params(("id" = String, Path, description = "The redemption")),
    responses((status = 200, description = "As it stands", body = RedemptionState), Problems)
)]
pub async fn get(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Redemption>>,
) -> Result<Json<RedemptionState>, Problem> {
    Ok(Json(redeem::read(&app.instance, &actor, id).await?))
}

/// One redemption of a batch.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchItem {
    /// The redemption, named by the caller.
    #[schema(value_type = String, example = "redemption_01h455vb4pex5vsknk084sn02q")]
    pub id: Id<Redemption>,
    /// What the person showed: the QR's text, or the typed code.
    #[schema(value_type = String)]
    pub presented: Bearer,
    /// Where.
    #[schema(value_type = String)]
    pub venue_id: Id<Venue>,
    /// What was done.
    pub offering: Offering,
    /// When, by the venue's clock.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub occurred_at: Option<Timestamp>,
}

/// Several redemptions at once.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchRequest {
    /// 1 to 100 of them; each is answered by itself.
    #[schema(min_items = 1, max_items = 100)]
    pub redemptions: Vec<BatchItem>,
}

/// What became of one redemption of a batch.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct BatchResult {
    /// The redemption.
    #[schema(value_type = String)]
    pub id: Id<Redemption>,
    /// The status that it would have had alone: 201, 200 or that of the problem.
    #[schema(example = 201)]
    pub status: u16,
    /// The answer, when it was redeemed now or before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redemption: Option<RedemptionAnswer>,
    /// The problem, when it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

/// What became of a batch, in its own order.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct BatchAnswer {
    /// One result for each redemption.
    pub results: Vec<BatchResult>,
}

/// Redeems several vouchers, each answered by itself.
#[utoipa::path(
    post,
    path = "/api/v1/redemption-batches",
    tag = "redemptions",
    request_body = BatchRequest,
    responses((status = 200, description = "One result for each", body = BatchAnswer), Problems)
)]
pub async fn batch(
    State(app): State<App>,
    Asker(actor): Asker,
    Body(request): Body<BatchRequest>,
) -> Result<Json<BatchAnswer>, Problem> {
    let asked: Vec<(Id<Redemption>, RedemptionRequest)> = request
        .redemptions
        .into_iter()
        .map(|item| {
            let BatchItem { id, presented, venue_id, offering, occurred_at } = item;
            (id, RedemptionRequest { presented, venue_id, offering, occurred_at })
        })
        .collect();
    let answers = redeem::redeem_batch(&app.instance, &actor, &asked).await?;
    let result = |((id, _), answer): (&(Id<Redemption>, _), Result<_, _>)| match answer {
        Ok((fresh, redemption)) => {
            let status = if fresh { 201 } else { 200 };
            BatchResult { id: *id, status, redemption: Some(redemption), problem: None }
        }
        Err(error) => {
            let problem = Problem::from(error);
            let status = problem.status;
            BatchResult { id: *id, status, redemption: None, problem: Some(problem) }
        }
    };
    Ok(Json(BatchAnswer { results: asked.iter().zip(answers).map(result).collect() }))
}

/// Undoes a redemption.
#[utoipa::path(
    put,
    path = "/api/v1/redemptions/{id}/reversal",
    tag = "redemptions",
    params(("id" = String, Path, description = "The redemption")),
    responses(
        (status = 201, description = "Undone", body = Written),
        (status = 200, description = "Known: it was undone", body = Written),
        Problems
    )
)]
pub async fn reverse(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Redemption>>,
) -> Result<Put<Written>, Problem> {
    Ok(Put::written(id, redeem::reverse(&app.instance, &actor, id).await?))
}
