//! `/api/v1/hand-overs`: a book goes from the stock of a site to a person.
//!
//! Promises: parses, asks one verb, answers. Does not: know the person.

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Path};
use super::shape::{Problems, Put, Written};
use crate::base::id::{HandOver, Id};
use crate::domain::book::HandOverRequest;
use crate::service::hand_over;
use crate::web::App;
use crate::web::actor::Asker;
use crate::web::problem::Problem;

/// The routes of this noun.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(put))
}

/// Hands a book over; where its campaign says so, its vouchers become active.
#[utoipa::path(
    put,
    path = "/api/v1/hand-overs/{id}",
    tag = "books",
    params(("id" = String, Path, description = "The hand-over, named by the caller")),
    request_body = HandOverRequest,
    responses(
        (status = 201, description = "Written", body = Written),
        (status = 200, description = "Known: the same again", body = Written),
        Problems
    )
)]
pub async fn put(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<HandOver>>,
    Body(request): Body<HandOverRequest>,
) -> Result<Put<Written>, Problem> {
    let done = hand_over::hand_over(&app.instance, &actor, id, &request).await?;
    Ok(Put::written(id, done))
}
