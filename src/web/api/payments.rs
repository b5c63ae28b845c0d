//! `/api/v1/payments`: what the bank did, the vouchers of a payment and the payments of a voucher;
//! and `/api/v1/repayments`.
//!
//! Promises: parses, asks one verb, answers. Does not: hold rules.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Path, Query};
use super::settlements::PaymentAnswer;
use super::shape::{Problems, Put, Written};
use crate::base::day::Day;
use crate::base::id::{Funder, Id, Payment, Redemption, Repayment, Settlement, Structure, Venue};
use crate::base::money::Money;
use crate::domain::refusal::Reason;
use crate::domain::serial::Serial;
use crate::domain::settlement::{PaymentState, RepaymentRequest};
use crate::domain::statement::Movement;
use crate::service::settle::{self, PaymentStep, Use, VoucherTrace};
use crate::web::App;
use crate::web::actor::Asker;
use crate::web::problem::Problem;

/// The routes of this noun.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(confirm))
        .routes(routes!(reject))
        .routes(routes!(vouchers))
        .routes(routes!(voucher_payment))
        .routes(routes!(repay))
}

/// Writes down that the bank paid.
#[utoipa::path(
    post,
    path = "/api/v1/payments/{id}/confirmation",
    tag = "payments",
    params(("id" = String, Path, description = "The payment")),
    responses(
        (status = 201, description = "Confirmed", body = Written),
        (status = 200, description = "Known: it was confirmed", body = Written),
        Problems
    )
)]
pub async fn confirm(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Payment>>,
) -> Result<Put<Written>, Problem> {
    Ok(Put::written(id, settle::confirm(&app.instance, &actor, id).await?))
}

/// Writes down that the bank did not pay: the next settlement pays the amount again.
#[utoipa::path(
    post,
    path = "/api/v1/payments/{id}/rejection",
    tag = "payments",
    params(("id" = String, Path, description = "The payment")),
    responses(
        (status = 201, description = "Rejected", body = Written),
        (status = 200, description = "Known: it was rejected", body = Written),
        Problems
    )
)]
pub async fn reject(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Payment>>,
) -> Result<Put<Written>, Problem> {
    Ok(Put::written(id, settle::reject(&app.instance, &actor, id).await?))
}

/// A payment with the vouchers that it pays.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct PaidVouchersAnswer {
    /// The payment.
    #[serde(flatten)]
    pub payment: PaymentAnswer,
    /// Redemptions and reversals that it counts, in the ledger's order.
    pub vouchers: Vec<Movement>,
}

/// Lists the vouchers of a payment.
#[utoipa::path(
    get,
    path = "/api/v1/payments/{id}/vouchers",
    tag = "payments",
    params(("id" = String, Path, description = "The payment")),
    responses((status = 200, description = "Its vouchers", body = PaidVouchersAnswer), Problems)
)]
pub async fn vouchers(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Payment>>,
) -> Result<Json<PaidVouchersAnswer>, Problem> {
    let paid = settle::vouchers(&app.instance, &actor, id).await?;
    Ok(Json(PaidVouchersAnswer { payment: paid.payment.into(), vouchers: paid.vouchers }))
}

/// Where the worth of a use stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum UseState {
    /// No settlement counts it yet, or the next one will pay it again after a rejection.
    Pending,
    /// It was counted against what the structure owed; nothing was paid.
    Netted,
    /// In a payment that waits for approval.
    Drawn,
    /// In a file for the bank.
    Approved,
    /// The bank paid.
    Confirmed,
}

/// A payment on the road of a use.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct StepAnswer {
    /// The settlement that counts it.
    #[schema(value_type = String, example = "settlement_01h455vb4pex5vsknk084sn02q")]
    pub settlement_id: Id<Settlement>,
    /// The payment; absent when the structure was paid nothing, because it owed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub payment_id: Option<Id<Payment>>,
    /// Where the payment stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<PaymentState>,
}

/// One use of a voucher.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct UseAnswer {
    /// The redemption.
    #[schema(value_type = String, example = "redemption_01h455vb4pex5vsknk084sn02q")]
    pub redemption_id: Id<Redemption>,
    /// Its day.
    #[schema(value_type = String, format = Date)]
    pub redeemed_on: Day,
    /// Where.
    #[schema(value_type = String, example = "venue_01h455vb4pex5vsknk084sn02q")]
    pub venue_id: Id<Venue>,
    /// Who is paid.
    #[schema(value_type = String, example = "structure_01h455vb4pex5vsknk084sn02q")]
    pub structure_id: Id<Structure>,
    /// How much.
    pub amount: Money,
    /// Whether it was undone.
    pub reversed: bool,
    /// Where its worth stands.
    pub state: UseState,
    /// The payments that counted it: after a rejection there is a next one.
    pub payments: Vec<StepAnswer>,
}

/// What became of a voucher.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct VoucherTraceAnswer {
    /// The voucher.
    #[schema(example = "0004217-03")]
    pub serial: String,
    /// Whose voucher it is.
    #[schema(value_type = String, example = "funder_01h455vb4pex5vsknk084sn02q")]
    pub funder_id: Id<Funder>,
    /// Its uses that the asker may see, oldest first; none before the first one.
    pub uses: Vec<UseAnswer>,
}

fn state(payments: &[PaymentStep]) -> UseState {
    match payments.last().map(|step| step.payment) {
        None | Some(Some((_, PaymentState::Rejected | PaymentState::Cancelled))) => {
            UseState::Pending
        }
        Some(None) => UseState::Netted,
        Some(Some((_, PaymentState::Drawn))) => UseState::Drawn,
        Some(Some((_, PaymentState::Approved))) => UseState::Approved,
        Some(Some((_, PaymentState::Confirmed))) => UseState::Confirmed,
    }
}

impl From<Use> for UseAnswer {
    fn from(used: Use) -> Self {
        let step = |step: &PaymentStep| StepAnswer {
            settlement_id: step.settlement_id,
            payment_id: step.payment.map(|(id, _)| id),
            state: step.payment.map(|(_, state)| state),
        };
        Self {
            redemption_id: used.redemption_id,
            redeemed_on: used.redeemed_on,
            venue_id: used.venue_id,
            structure_id: used.structure_id,
            amount: used.amount,
            reversed: used.reversed,
            state: state(&used.payments),
            payments: used.payments.iter().map(step).collect(),
        }
    }
}

/// Whose voucher, when two issuers printed the same number.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OfFunder {
    /// The funder.
    #[param(value_type = Option<String>, example = "funder_01h455vb4pex5vsknk084sn02q")]
    funder_id: Option<Id<Funder>>,
}

/// Finds the payments of a voucher by its serial number.
#[utoipa::path(
    get,
    path = "/api/v1/vouchers/{serial}/payment",
    tag = "payments",
    params(("serial" = String, Path, description = "The serial, like `0004217-03`"), OfFunder),
    responses(
        (status = 200, description = "What became of it", body = VoucherTraceAnswer),
        Problems
    )
)]
pub async fn voucher_payment(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(serial): Path<String>,
    Query(of): Query<OfFunder>,
) -> Result<Json<VoucherTraceAnswer>, Problem> {
    let serial: Serial = serial.parse().map_err(|_| Reason::NotFound)?;
    let VoucherTrace { funder_id, serial, uses } =
        settle::voucher_payment(&app.instance, &actor, serial, of.funder_id).await?;
    let uses = uses.into_iter().map(UseAnswer::from).collect();
    Ok(Json(VoucherTraceAnswer { serial: serial.to_string(), funder_id, uses }))
}

/// Records that a structure gave money back, so that a paid redemption can be undone.
#[utoipa::path(
    put,
    path = "/api/v1/repayments/{id}",
    tag = "payments",
    params(("id" = String, Path, description = "The repayment, named by the caller")),
    request_body = RepaymentRequest,
    responses(
        (status = 201, description = "Written", body = Written),
        (status = 200, description = "Known: the same again", body = Written),
        Problems
    )
)]
pub async fn repay(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Repayment>>,
    Body(request): Body<RepaymentRequest>,
) -> Result<Put<Written>, Problem> {
    Ok(Put::written(id, settle::repay(&app.instance, &actor, id, request).await?))
}
