//! `/api/v1/blocks`: vouchers, books and orders that are not accepted for now.
//!
//! Promises: parses, asks one verb, answers. Does not: hold rules.

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Path};
use super::proposals::{NotDone, Waits};
use super::shape::{Problems, Put, Written};
use crate::base::id::{Block, Id};
use crate::domain::book::BlockRequest;
use crate::service::hand_over;
use crate::web::App;
use crate::web::actor::Asker;
use crate::web::problem::Problem;

/// The routes of this noun.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(put)).routes(routes!(end))
}

/// Blocks a voucher, a run of books or an order.
#[utoipa::path(
    put,
    path = "/api/v1/blocks/{id}",
    tag = "books",
    params(("id" = String, Path, description = "The block, named by the caller")),
    request_body = BlockRequest,
    responses(
        (status = 201, description = "Written", body = Written),
        (status = 200, description = "Known: the same again", body = Written),
        Waits,
        Problems
    )
)]
pub async fn put(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Block>>,
    Body(request): Body<BlockRequest>,
) -> Result<Put<Written>, NotDone> {
    let done = hand_over::block(&app.instance, &actor, id, request).await?;
    Ok(Put::written(id, done))
}

/// Ends a block; what other blocks cover stays blocked.
#[utoipa::path(
    post,
    path = "/api/v1/blocks/{id}/end",
    tag = "books",
    params(("id" = String, Path, description = "The block")),
    responses(
        (status = 201, description = "Ended", body = Written),
        (status = 200, description = "Known: it had ended", body = Written),
        Problems
    )
)]
pub async fn end(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Block>>,
) -> Result<Put<Written>, Problem> {
    let done = hand_over::unblock(&app.instance, &actor, id).await?;
    Ok(Put::written(id, done))
}
