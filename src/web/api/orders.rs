//! `/api/v1/campaigns`, `/orders` and `/deposits`: what funders order, and the money behind it.
//!
//! Promises: parses, asks one verb, answers. Does not: hold rules.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, IfMatch, Path, Query};
use super::proposals::{NotDone, Waits};
use super::shape::{Problems, Put, Written};
use crate::base::id::{Campaign, Deposit, Id, Order};
use crate::base::money::Money;
use crate::domain::campaign::CampaignProfile;
use crate::domain::ledger::receipt::Receipt;
use crate::domain::order::{DepositRequest, OrderRequest, OrderState};
use crate::service::order::{self, ReadOrder, RegisteredCampaign};
use crate::service::{Error, issue};
use crate::web::App;
use crate::web::actor::Asker;
use crate::web::problem::Problem;

/// The routes of this noun.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(put_campaign, get_campaign))
        .routes(routes!(put_order, get_order))
        .routes(routes!(get_books))
        .routes(routes!(get_specimen))
        .routes(routes!(activate))
        .routes(routes!(put_deposit))
}

/// A campaign's register.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct CampaignAnswer {
    /// The campaign.
    #[schema(value_type = String, example = "campaign_01h455vb4pex5vsknk084sn02q")]
    pub id: Id<Campaign>,
    /// 1 for the first; pass it as `If-Match: "1"` to change the register.
    pub version: i64,
    /// The content.
    #[serde(flatten)]
    pub profile: CampaignProfile,
    /// The receipt of this version.
    pub receipt: Receipt,
}

impl From<RegisteredCampaign> for Put<CampaignAnswer> {
    fn from(registered: RegisteredCampaign) -> Self {
        let RegisteredCampaign { campaign_id, version, profile, receipt, fresh } = registered;
        let body = CampaignAnswer { id: campaign_id, version, profile, receipt };
        Self { fresh, version: Some(version), body }
    }
}

/// Makes a campaign, or changes it under `If-Match` before its first order.
#[utoipa::path(
    put,
    path = "/api/v1/campaigns/{id}",
    tag = "orders",
    params(
        ("id" = String, Path, description = "The campaign, named by the caller"),
        ("If-Match" = Option<String>, Header, description = "The version that was read")
    ),
    request_body = CampaignProfile,
    responses(
        (status = 201, description = "Written", body = CampaignAnswer),
        (status = 200, description = "Known: the same again", body = CampaignAnswer),
        Problems
    )
)]
pub async fn put_campaign(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Campaign>>,
    IfMatch(if_match): IfMatch,
    Body(profile): Body<CampaignProfile>,
) -> Result<Put<CampaignAnswer>, Problem> {
    Ok(order::campaign(&app.instance, &actor, id, profile, if_match).await?.into())
}

/// Reads a campaign's register.
#[utoipa::path(
    get,
    path = "/api/v1/campaigns/{id}",
    tag = "orders",
    params(("id" = String, Path, description = "The campaign")),
    responses((status = 200, description = "As it stands", body = CampaignAnswer), Problems)
)]
pub async fn get_campaign(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Campaign>>,
) -> Result<Put<CampaignAnswer>, Problem> {
    Ok(order::read_campaign(&app.instance, &actor, id).await?.into())
}

/// An order as it stands.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct OrderAnswer {
    /// The order.
    #[schema(value_type = String, example = "order_01h455vb4pex5vsknk084sn02q")]
    pub id: Id<Order>,
    /// The campaign.
    #[schema(value_type = String)]
    pub campaign_id: Id<Campaign>,
    /// Where it stands; books can be printed once it is `issued`.
    pub state: OrderState,
    /// Books ordered.
    pub books: i64,
    /// Books that exist so far.
    pub issued_books: i64,
    /// Vouchers in each book.
    pub vouchers_per_book: u8,
    /// What one voucher is worth.
    pub face_value: Money,
    /// What the order is worth when active.
    pub amount: Money,
    /// The first book number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "0004217")]
    pub first_book: Option<String>,
    /// The last book number, replacements included.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "0004256")]
    pub last_book: Option<String>,
    /// How many books stand in which custody.
    pub custody: BTreeMap<String, i64>,
    /// The receipt of the order's first line.
    pub receipt: Receipt,
}

fn answer(read: ReadOrder) -> Result<OrderAnswer, Error> {
    let ReadOrder { view, campaign, numbers, custody, receipt, .. } = read;
    let fault = |error: crate::base::money::MoneyError| Error::Fault(error.to_string());
    let face_value = Money::from_cents(view.face_cents).map_err(fault)?;
    let vouchers = view.books * i64::from(view.vouchers_per_book);
    Ok(OrderAnswer {
        id: view.order_id,
        campaign_id: campaign.campaign_id,
        state: view.state(),
        books: view.books,
        issued_books: view.issued,
        vouchers_per_book: view.vouchers_per_book,
        face_value,
        amount: face_value.checked_times(vouchers).map_err(fault)?,
        first_book: numbers.map(|(first, _)| format!("{first:07}")),
        last_book: numbers.map(|(_, last)| format!("{last:07}")),
        custody: custody.into_iter().collect(),
        receipt,
    })
}

/// Places an order; its books are made at once, in the background when there are many.
#[utoipa::path(
    put,
    path = "/api/v1/orders/{id}",
    tag = "orders",
    params(("id" = String, Path, description = "The order, named by the caller")),
    request_body = OrderRequest,
    responses(
        (status = 201, description = "Placed", body = OrderAnswer),
        (status = 200, description = "Known: the same again", body = OrderAnswer),
        Problems
    )
)]
pub async fn put_order(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Order>>,
    Body(request): Body<OrderRequest>,
) -> Result<Put<OrderAnswer>, Problem> {
    let done = order::place(&app.instance, &actor, id, request).await?;
    issue::begin(&app.instance, id).await;
    let read = order::read(&app.instance, &actor, id).await?;
    Ok(Put { fresh: done.fresh, version: None, body: answer(read)? })
}

/// Reads an order.
#[utoipa::path(
    get,
    path = "/api/v1/orders/{id}",
    tag = "orders",
    params(("id" = String, Path, description = "The order")),
    responses((status = 200, description = "As it stands", body = OrderAnswer), Problems)
)]
pub async fn get_order(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Order>>,
) -> Result<Put<OrderAnswer>, Problem> {
    let read = order::read(&app.instance, &actor, id).await?;
    Ok(Put { fresh: false, version: None, body: answer(read)? })
}

/// Which books of an order, counted from 1.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// The first book; 1 when absent.
    pub from: Option<i64>,
    /// The last book, included; at most 100 in a file.
    pub to: Option<i64>,
}

/// Prints the books `from` to `to` of an order, counted from 1.
#[utoipa::path(
    get,
    path = "/api/v1/orders/{id}/books.pdf",
    tag = "orders",
    params(("id" = String, Path, description = "The order"), Range),
    responses(
        (status = 200, description = "The books", content_type = "application/pdf"),
        Problems
    )
)]
pub async fn get_books(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Order>>,
    Query(range): Query<Range>,
) -> Result<Response, Problem> {
    let from = range.from.unwrap_or(1);
    let to = range.to.unwrap_or_else(|| from.saturating_add(99));
    let file = issue::books_pdf(&app.instance, &actor, id, from, to).await?;
    Ok(pdf(file))
}

/// Prints the proof of an order: one book whose vouchers never pay.
#[utoipa::path(
    get,
    path = "/api/v1/orders/{id}/specimen.pdf",
    tag = "orders",
    params(("id" = String, Path, description = "The order")),
    responses(
        (status = 200, description = "The proof", content_type = "application/pdf"),
        Problems
    )
)]
pub async fn get_specimen(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Order>>,
) -> Result<Response, Problem> {
    Ok(pdf(issue::specimen_pdf(&app.instance, &actor, id).await?))
}

fn pdf(file: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "application/pdf")], file).into_response()
}

/// Activates an order: its vouchers circulate from now on.
#[utoipa::path(
    post,
    path = "/api/v1/orders/{id}/activation",
    tag = "orders",
    params(("id" = String, Path, description = "The order")),
    responses(
        (status = 201, description = "Active now", body = Written),
        (status = 200, description = "Known: it was active", body = Written),
        Waits,
        Problems
    )
)]
pub async fn activate(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Order>>,
) -> Result<Put<Written>, NotDone> {
    Ok(Put::written(id, order::activate(&app.instance, &actor, id).await?))
}

/// Records money that came in for a funder.
#[utoipa::path(
    put,
    path = "/api/v1/deposits/{id}",
    tag = "money",
    params(("id" = String, Path, description = "The deposit, named by the caller")),
    request_body = DepositRequest,
    responses(
        (status = 201, description = "Written", body = Written),
        (status = 200, description = "Known: the same again", body = Written),
        Problems
    )
)]
pub async fn put_deposit(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Deposit>>,
    Body(request): Body<DepositRequest>,
) -> Result<Put<Written>, Problem> {
    Ok(Put::written(id, order::deposit(&app.instance, &actor, id, request).await?))
}
