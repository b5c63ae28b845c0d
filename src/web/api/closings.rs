//! `/api/v1/closings` and `/api/v1/withdrawals`: vouchers lapse, money goes back to its funder.
//!
//! Promises: parses, asks one verb, answers. Does not: hold rules.

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Path};
use super::proposals::{NotDone, Waits};
use super::shape::{Problems, Put, Written};
use crate::base::id::{Closing, Id, Withdrawal};
use crate::service::close::{self, ClosingRequest, WithdrawalRequest};
use crate::web::App;
use crate::web::actor::Asker;
use crate::web::problem::Problem;

/// The routes of this noun.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(close)).routes(routes!(withdraw))
}

/// Closes a campaign whose days of grace are over: its unspent vouchers lapse.
#[utoipa::path(
    put,
    path = "/api/v1/closings/{id}",
    tag = "closings",
    params(("id" = String, Path, description = "The closing, named by the caller")),
    request_body = ClosingRequest,
    responses(
        (status = 201, description = "Closed", body = Written),
        (status = 200, description = "Known: the same again", body = Written),
        Waits,
        Problems
    )
)]
pub async fn close(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Closing>>,
    Body(request): Body<ClosingRequest>,
) -> Result<Put<Written>, NotDone> {
    Ok(Put::written(id, close::close(&app.instance, &actor, id, request).await?))
}

/// Gives a deposit or a refund back, or lets a refund roll over into the deposit.
#[utoipa::path(
    put,
    path = "/api/v1/withdrawals/{id}",
    tag = "closings",
    params(("id" = String, Path, description = "The withdrawal, named by the caller")),
    request_body = WithdrawalRequest,
    responses(
        (status = 201, description = "Written", body = Written),
        (status = 200, description = "Known: the same again", body = Written),
        Problems
    )
)]
pub async fn withdraw(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Withdrawal>>,
    Body(request): Body<WithdrawalRequest>,
) -> Result<Put<Written>, Problem> {
    Ok(Put::written(id, close::withdraw(&app.instance, &actor, id, request).await?))
}
