//! `/api/v1/settlements`: drawing up, approving, cancelling; the bank's file and the statements.
//!
//! Promises: parses, asks one verb, answers. Does not: hold rules.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Path, Query};
use super::proposals::{NotDone, Waits};
use super::shape::{Problems, Put, Written};
use crate::base::day::Day;
use crate::base::id::{Funder, Id, Payment, Settlement, Structure};
use crate::base::money::Money;
use crate::domain::settlement::{PaymentState, SettlementRequest, SettlementState};
use crate::domain::statement::Statement;
use crate::service::settle::{self, PaymentView, SettlementView};
use crate::web::App;
use crate::web::actor::Asker;
use crate::web::problem::Problem;

/// The routes of this noun.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(put, get))
        .routes(routes!(list))
        .routes(routes!(approve))
        .routes(routes!(cancel))
        .routes(routes!(file))
        .routes(routes!(statement))
}

/// A payment of a settlement.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct PaymentAnswer {
    /// The payment; its part after the underscore, in upper case, is the bank's end-to-end id.
    #[schema(value_type = String, example = "payment_01h455vb4pex5vsknk084sn02q")]
    pub id: Id<Payment>,
    /// The settlement that drew it up.
    #[schema(value_type = String, example = "settlement_01h455vb4pex5vsknk084sn02q")]
    pub settlement_id: Id<Settlement>,
    /// Who is paid.
    #[schema(value_type = String, example = "structure_01h455vb4pex5vsknk084sn02q")]
    pub structure_id: Id<Structure>,
    /// How much.
    pub amount: Money,
    /// Where it stands.
    pub state: PaymentState,
}

impl From<PaymentView> for PaymentAnswer {
    fn from(view: PaymentView) -> Self {
        let PaymentView { payment_id, settlement_id, structure_id, amount, state } = view;
        Self { id: payment_id, settlement_id, structure_id, amount, state }
    }
}

/// A settlement as it stands.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct SettlementAnswer {
    /// The settlement.
    #[schema(value_type = String, example = "settlement_01h455vb4pex5vsknk084sn02q")]
    pub id: Id<Settlement>,
    /// Whose ledger it settles.
    #[schema(value_type = String, example = "funder_01h455vb4pex5vsknk084sn02q")]
    pub funder_id: Id<Funder>,
    /// The last civil day that it looks at.
    #[schema(value_type = String, format = Date, example = "2026-11-30")]
    pub cut_off_on: Day,
    /// Where it stands.
    pub state: SettlementState,
    /// How many payments.
    pub payment_count: i64,
    /// Their sum.
    pub total: Money,
    /// The payments, by structure; absent in a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payments: Option<Vec<PaymentAnswer>>,
}

impl SettlementAnswer {
    fn listed(view: &SettlementView) -> Self {
        Self {
            id: view.settlement_id,
            funder_id: view.funder_id,
            cut_off_on: view.cut_off_on,
            state: view.state,
            payment_count: view.payment_count,
            total: view.total,
            payments: None,
        }
    }
}

impl From<SettlementView> for SettlementAnswer {
    fn from(view: SettlementView) -> Self {
        let listed = Self::listed(&view);
        let payments = view.payments.into_iter().map(PaymentAnswer::from).collect();
        Self { payments: Some(payments), ..listed }
    }
}

/// Draws up a settlement: one payment a structure for what is due up to a day.
///
/// A retry goes on where an interrupted one stopped.
#[utoipa::path(
    put,
    path = "/api/v1/settlements/{id}",
    tag = "settlements",
    params(("id" = String, Path, description = "The settlement, named by the caller")),
    request_body = SettlementRequest,
    responses(
        (status = 201, description = "Drawn up", body = Written),
        (status = 200, description = "Known: the same again", body = Written),
        Problems
    )
)]
pub async fn put(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Settlement>>,
    Body(request): Body<SettlementRequest>,
) -> Result<Put<Written>, Problem> {
    let done = settle::settle(&app.instance, &actor, id, request).await?;
    Ok(Put::written(id, done))
}

/// Reads a settlement with its payments.
#[utoipa::path(
    get,
    path = "/api/v1/settlements/{id}",
    tag = "settlements",
    params(("id" = String, Path, description = "The settlement")),
    responses((status = 200, description = "As it stands", body = SettlementAnswer), Problems)
)]
pub async fn get(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Settlement>>,
) -> Result<Json<SettlementAnswer>, Problem> {
    Ok(Json(settle::read(&app.instance, &actor, id).await?.into()))
}

/// Whose settlements.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OfFunder {
    /// The funder.
    #[param(value_type = String, example = "funder_01h455vb4pex5vsknk084sn02q")]
    funder_id: Id<Funder>,
}

/// Lists a funder's settlements.
#[utoipa::path(
    get,
    path = "/api/v1/settlements",
    tag = "settlements",
    params(OfFunder),
    responses((status = 200, description = "Oldest first", body = Vec<SettlementAnswer>), Problems)
)]
pub async fn list(
    State(app): State<App>,
    Asker(actor): Asker,
    Query(of): Query<OfFunder>,
) -> Result<Json<Vec<SettlementAnswer>>, Problem> {
    let views = settle::list(&app.instance, &actor, of.funder_id).await?;
    Ok(Json(views.iter().map(SettlementAnswer::listed).collect()))
}

/// Approves a settlement, as another person than the one who drew it up.
#[utoipa::path(
    post,
    path = "/api/v1/settlements/{id}/approval",
    tag = "settlements",
    params(("id" = String, Path, description = "The settlement")),
    responses(
        (status = 201, description = "Approved: its payment file exists", body = Written),
        (status = 200, description = "Known: it was approved", body = Written),
        Waits,
        Problems
    )
)]
pub async fn approve(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Settlement>>,
) -> Result<Put<Written>, NotDone> {
    Ok(Put::written(id, settle::approve(&app.instance, &actor, id).await?))
}

/// Cancels a settlement that nobody approved yet: everything goes back.
#[utoipa::path(
    post,
    path = "/api/v1/settlements/{id}/cancellation",
    tag = "settlements",
    params(("id" = String, Path, description = "The settlement")),
    responses(
        (status = 201, description = "Cancelled", body = Written),
        (status = 200, description = "Known: it was cancelled", body = Written),
        Problems
    )
)]
pub async fn cancel(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Settlement>>,
) -> Result<Put<Written>, Problem> {
    Ok(Put::written(id, settle::cancel(&app.instance, &actor, id).await?))
}

/// Gives the file for the bank: ISO 20022 `pain.001.001.09`, the same bytes each time.
#[utoipa::path(
    get,
    path = "/api/v1/settlements/{id}/pain.001.xml",
    tag = "settlements",
    params(("id" = String, Path, description = "The settlement")),
    responses(
        (status = 200, description = "The file", body = String, content_type = "application/xml"),
        Problems
    )
)]
pub async fn file(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Settlement>>,
) -> Result<Response, Problem> {
    let xml = settle::file(&app.instance, &actor, id).await?;
    let name = format!("attachment; filename=\"{id}.pain.001.xml\"");
    let headers = [
        (header::CONTENT_TYPE, "application/xml; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, xml).into_response())
}

/// How a statement is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum StatementFormat {
    /// For programs.
    Json,
    /// For a French spreadsheet.
    Csv,
}

/// The form that is asked for.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct InFormat {
    /// Instead of an `Accept` header.
    #[param(inline)]
    format: Option<StatementFormat>,
}

impl InFormat {
    fn is_csv(self, headers: &HeaderMap) -> bool {
        let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
        match self.format {
            Some(format) => format == StatementFormat::Csv,
            None => accepted.is_some_and(|value| value.trim_start().starts_with("text/csv")),
        }
    }
}

/// Gives a structure's statement: each movement down to the voucher, and what they add up to.
#[utoipa::path(
    get,
    path = "/api/v1/settlements/{id}/statements/{structure_id}",
    tag = "settlements",
    params(
        ("id" = String, Path, description = "The settlement"),
        ("structure_id" = String, Path, description = "The structure"),
        InFormat
    ),
    responses(
        (
            status = 200,
            description = "The statement",
            content((Statement = "application/json"), (String = "text/csv"))
        ),
        Problems
    )
)]
pub async fn statement(
    State(app): State<App>,
    Asker(actor): Asker,
    Path((id, structure_id)): Path<(Id<Settlement>, Id<Structure>)>,
    Query(format): Query<InFormat>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let statement = settle::statement(&app.instance, &actor, id, structure_id).await?;
    if !format.is_csv(&headers) {
        return Ok(Json(statement).into_response());
    }
    let bare = structure_id.any().bare_upper().to_lowercase();
    let name = format!("attachment; filename=\"{id}.{bare}.csv\"");
    let kind = "text/csv; charset=utf-8; header=present".to_owned();
    let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, statement.to_csv()).into_response())
}
