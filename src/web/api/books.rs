//! `/api/v1/books`, movements, replacements, and the stock of sites: where the paper is.
//!
//! Promises: parses, asks one verb, answers; no answer says where or when a voucher was used. Does
//! not: hold rules.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Path, Query};
use super::proposals::{NotDone, Waits};
use super::shape::{Problems, Put, Written};
use crate::base::id::{Campaign, Id, Movement, Order, Replacement, Site};
use crate::base::money::Money;
use crate::base::page::Page;
use crate::domain::book::{Custody, MovementRequest, ReplacementRequest};
use crate::domain::ledger::receipt::Receipt;
use crate::domain::serial::{BookNumber, Serial};
use crate::domain::voucher::Worth;
use crate::service::hand_over::{self, BookState};
use crate::web::App;
use crate::web::actor::Asker;
use crate::web::problem::Problem;

/// The routes of this noun.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get))
        .routes(routes!(stock))
        .routes(routes!(put_movement))
        .routes(routes!(put_replacement))
}

/// One voucher of a book.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct VoucherAnswer {
    /// Its serial number.
    pub serial: Serial,
    /// What it is worth now.
    pub worth: Worth,
}

/// A book as it stands.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct BookAnswer {
    /// Its number.
    #[schema(value_type = String, example = "0004217")]
    pub book: BookNumber,
    /// Where its paper is.
    pub custody: Custody,
    /// The site that holds it, handed it over or lost it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "site_01h455vb4pex5vsknk084sn02q")]
    pub site_id: Option<Id<Site>>,
    /// Its order.
    #[schema(value_type = String, example = "order_01h455vb4pex5vsknk084sn02q")]
    pub order_id: Id<Order>,
    /// Its campaign.
    #[schema(value_type = String, example = "campaign_01h455vb4pex5vsknk084sn02q")]
    pub campaign_id: Id<Campaign>,
    /// What each voucher was printed with.
    pub face_value: Money,
    /// The book that took over from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub replaced_by: Option<BookNumber>,
    /// How many vouchers are worth what now.
    #[schema(value_type = BTreeMap<String, u8>, example = json!({ "active": 8, "redeemed": 2 }))]
    pub counts: BTreeMap<Worth, u8>,
    /// Each voucher; absent for a distributor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vouchers: Option<Vec<VoucherAnswer>>,
}

impl From<BookState> for BookAnswer {
    fn from(state: BookState) -> Self {
        let voucher = |(serial, worth)| VoucherAnswer { serial, worth };
        Self {
            book: state.book,
            custody: state.custody,
            site_id: state.site_id,
            order_id: state.order_id,
            campaign_id: state.campaign_id,
            face_value: state.face_value,
            replaced_by: state.replaced_by,
            counts: state.counts,
            vouchers: state.vouchers.map(|vouchers| vouchers.into_iter().map(voucher).collect()),
        }
    }
}

/// Reads a book: where its paper is, and what its vouchers are worth.
#[utoipa::path(
    get,
    path = "/api/v1/books/{number}",
    tag = "books",
    params(("number" = String, Path, description = "The book's number, like 0004217")),
    responses((status = 200, description = "As it stands", body = BookAnswer), Problems)
)]
pub async fn get(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(book): Path<BookNumber>,
) -> Result<Json<BookAnswer>, Problem> {
    Ok(Json(hand_over::read(&app.instance, &actor, book).await?.into()))
}

/// A book in stock.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct StockedBook {
    /// Its number.
    #[schema(value_type = String, example = "0004217")]
    pub book: BookNumber,
    /// Its order.
    #[schema(example = "order_01h455vb4pex5vsknk084sn02q")]
    pub order_id: String,
    /// Its campaign.
    #[schema(example = "campaign_01h455vb4pex5vsknk084sn02q")]
    pub campaign_id: String,
}

/// Where a list goes on.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct After {
    /// `next` of the part before.
    #[serde(default)]
    pub after: i64,
}

/// Lists the books in the stock of a site, at most 1,000 at a time.
#[utoipa::path(
    get,
    path = "/api/v1/sites/{id}/stock",
    tag = "books",
    params(("id" = String, Path, description = "The site"), After),
    responses(
        (status = 200, description = "In order of number", body = Page<StockedBook>),
        Problems
    )
)]
pub async fn stock(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(site): Path<Id<Site>>,
    Query(After { after }): Query<After>,
) -> Result<Json<Page<StockedBook>>, Problem> {
    let part = hand_over::stock(&app.instance, &actor, site, after).await?;
    let items = part.items.into_iter().map(|row| {
        let number = u32::try_from(row.book_no).unwrap_or_default();
        let (order_id, campaign_id) = (row.order_id, row.campaign_id);
        StockedBook { book: BookNumber::new(number), order_id, campaign_id }
    });
    Ok(Json(Page { items: items.collect(), next: part.next }))
}

/// Moves a run of books: into the stock of a site, back, lost or destroyed. All of them or none.
#[utoipa::path(
    put,
    path = "/api/v1/movements/{id}",
    tag = "books",
    params(("id" = String, Path, description = "The movement, named by the caller")),
    request_body = MovementRequest,
    responses(
        (status = 201, description = "Written", body = Written),
        (status = 200, description = "Known: the same again", body = Written),
        Waits,
        Problems
    )
)]
pub async fn put_movement(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Movement>>,
    Body(request): Body<MovementRequest>,
) -> Result<Put<Written>, NotDone> {
    let done = hand_over::movement(&app.instance, &actor, id, request).await?;
    Ok(Put::written(id, done))
}

/// A book that was replaced.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ReplacementAnswer {
    /// The replacement.
    #[schema(value_type = String, example = "replacement_01h455vb4pex5vsknk084sn02q")]
    pub id: Id<Replacement>,
    /// The lost book.
    #[schema(value_type = String, example = "0004217")]
    pub book: BookNumber,
    /// Positions of its vouchers that are worth nothing from now on.
    pub positions: Vec<u8>,
    /// The new book, of the same order, to be printed with it.
    #[schema(value_type = String, example = "0004301")]
    pub by: BookNumber,
    /// The receipt.
    pub receipt: Receipt,
}

/// Replaces the unspent vouchers of a lost book by a new book of the same order.
#[utoipa::path(
    put,
    path = "/api/v1/replacements/{id}",
    tag = "books",
    params(("id" = String, Path, description = "The replacement, named by the caller")),
    request_body = ReplacementRequest,
    responses(
        (status = 201, description = "Written", body = ReplacementAnswer),
        (status = 200, description = "Known: the same again", body = ReplacementAnswer),
        Waits,
        Problems
    )
)]
pub async fn put_replacement(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Replacement>>,
    Body(request): Body<ReplacementRequest>,
) -> Result<Put<ReplacementAnswer>, NotDone> {
    let done = hand_over::replace(&app.instance, &actor, id, request).await?;
    let (book, positions, by) = (done.body.book, done.body.positions, done.body.by);
    let body = ReplacementAnswer { id, book, positions, by, receipt: done.receipt };
    Ok(Put { fresh: done.fresh, version: None, body })
}
