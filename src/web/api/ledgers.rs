//! `/api/v1/ledgers` for those who may read a ledger, and `/ledger` for anyone: checkpoints, hash
//! tiles and proofs as C2SP tlog-tiles, tlog-proof and tlog-witness have them.
//!
//! Promises: what can never change may be cached for ever, what can is not; an export is as flat in
//! memory as a page. Does not: hold rules.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::stream;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Path, Query};
use super::shape::Problems;
use crate::base::page::Page;
use crate::domain::keyring::KeyList;
use crate::domain::ledger::entry::LedgerId;
use crate::domain::observation::{Totals, TrialBalance};
use crate::domain::refusal::Reason;
use crate::service::{export, observe};
use crate::web::App;
use crate::web::actor::Asker;
use crate::web::problem::Problem;

/// The routes of this noun.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(entries))
        .routes(routes!(balances))
        .routes(routes!(get_export))
        .routes(routes!(totals))
        .routes(routes!(checkpoint))
        .routes(routes!(tile))
        // The same, for indexes of more than three digits.
        .route("/ledger/{id}/tile/{level}/{group}/{*rest}", get(deep_tile))
        .routes(routes!(proof))
        .routes(routes!(consistency))
        .routes(routes!(keys))
}

const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const NOT_AT_ALL: HeaderValue = HeaderValue::from_static("no-store");
const PLAIN: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");
const LINES: HeaderValue = HeaderValue::from_static("application/x-ndjson");
/// How many lines an export has: its checkpoint is the one of this size.
const SIZE: HeaderName = HeaderName::from_static("carnet-size");

/// An answer that never changes, or one that the next commit changes.
fn proven(for_ever: bool, kind: HeaderValue, body: impl Into<Body>) -> Response {
    let caching = if for_ever { FOR_EVER } else { NOT_AT_ALL };
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, caching)];
    (headers, body.into()).into_response()
}

/// A line of a ledger.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct LineAnswer {
    /// Its place, from 0: the leaf's index in the Merkle tree.
    pub seq: i64,
    /// Its exact text, as hashed, without a line end.
    pub line: String,
}

/// Where a page begins and how long it is.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct EntriesQuery {
    #[serde(default = "before_the_first")]
    after: i64,
    #[serde(default = "a_page")]
    limit: i64,
}

const fn before_the_first() -> i64 {
    -1
}

const fn a_page() -> i64 {
    100
}

/// Reads lines of a ledger in order.
///
/// Its funder, the operator, an approver and an auditor read all lines; a structure those about
/// itself. Go on with `after` = `next` until there is no `next`; a structure's page may be short,
/// or even empty, before that.
#[utoipa::path(
    get,
    path = "/api/v1/ledgers/{id}/entries",
    tag = "ledgers",
    params(
        ("id" = String, Path, description = "funder_…, or operator_… for the operator's own"),
        ("after" = Option<i64>, Query, description = "Lines after this place; from the first"),
        ("limit" = Option<i64>, Query, description = "1 to 1000 lines; 100 when absent")
    ),
    responses((status = 200, description = "Lines", body = Page<LineAnswer>), Problems)
)]
pub async fn entries(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<LedgerId>,
    Query(query): Query<EntriesQuery>,
) -> Result<Json<Page<LineAnswer>>, Problem> {
    let EntriesQuery { after, limit } = query;
    let page = observe::entries(&app.instance, &actor, id, after, limit).await?;
    let line = |line: observe::Line| LineAnswer { seq: line.seq, line: line.line };
    Ok(Json(Page { items: page.items.into_iter().map(line).collect(), next: page.next }))
}

/// The trial balance of a ledger at a size.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct BalancesAnswer {
    /// The ledger.
    #[schema(value_type = String, example = "funder_01h455vb4pex5vsknk084sn02q")]
    pub ledger_id: LedgerId,
    /// `held`, `pledged`, or `operator`.
    pub mode: String,
    /// How many lines it sums up.
    pub size: i64,
    /// The accounts, their totals, and both halves of the rule that nothing circulates unfunded.
    #[serde(flatten)]
    pub balance: TrialBalance,
}

/// Reads the trial balance of a ledger, and whether everything that circulates is funded.
#[utoipa::path(
    get,
    path = "/api/v1/ledgers/{id}/balances",
    tag = "ledgers",
    params(("id" = String, Path, description = "The ledger")),
    responses((status = 200, description = "As it stands", body = BalancesAnswer), Problems)
)]
pub async fn balances(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<LedgerId>,
) -> Result<Json<BalancesAnswer>, Problem> {
    let (head, balance) = observe::balances(&app.instance, &actor, id).await?;
    Ok(Json(BalancesAnswer { ledger_id: id, mode: head.mode, size: head.size, balance }))
}

/// Exports a ledger: its lines in order, one a line.
///
/// `carnet-size` says how many there are; the checkpoint that proves them is at
/// `/ledger/{id}/checkpoint?size=` that number, the keys at `/.well-known/carnet-keys.json`.
#[utoipa::path(
    get,
    path = "/api/v1/ledgers/{id}/export",
    tag = "ledgers",
    params(("id" = String, Path, description = "The ledger")),
    responses(
        (status = 200, description = "The lines", body = String,
            content_type = "application/x-ndjson",
            headers(("carnet-size" = i64, description = "How many lines"))),
        Problems
    )
)]
pub async fn get_export(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<LedgerId>,
) -> Result<Response, Problem> {
    let begun = export::begin(&app.instance, &actor, id).await?;
    let size = HeaderValue::from(begun.size);
    let pages = stream::try_unfold((app, begun, 0), async |(app, begun, seq)| {
        let lines = export::page(&app.instance, &begun, seq).await?;
        let count = i64::try_from(lines.len()).unwrap_or(0);
        let text: String = lines.into_iter().flat_map(|line| [line, "\n".to_owned()]).collect();
        Ok::<_, crate::service::Error>((count > 0).then_some((text, (app, begun, seq + count))))
    });
    let mut response = proven(false, LINES, Body::from_stream(pages));
    response.headers_mut().insert(SIZE, size);
    Ok(response)
}

/// What anyone may see of a ledger.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TotalsAnswer {
    /// The ledger.
    #[schema(value_type = String, example = "funder_01h455vb4pex5vsknk084sn02q")]
    pub ledger_id: LedgerId,
    /// How many lines it sums up.
    pub size: i64,
    /// Totals per kind of account, and whether money held is money owed.
    #[serde(flatten)]
    pub totals: Totals,
    /// The newest checkpoint, signed (C2SP tlog-checkpoint), with what witnesses co-signed.
    pub checkpoint: String,
}

/// Reads the totals of a ledger; open to anyone.
#[utoipa::path(
    get,
    path = "/ledger/{id}/totals",
    tag = "proofs",
    security(()),
    params(("id" = String, Path, description = "The ledger")),
    responses((status = 200, description = "As it stands", body = TotalsAnswer), Problems)
)]
pub async fn totals(State(app): State<App>, Path(id): Path<LedgerId>) -> Result<Response, Problem> {
    let (totals, newest) = observe::totals(&app.instance, id).await?;
    let (size, checkpoint) = (newest.size, newest.note);
    let body = Json(TotalsAnswer { ledger_id: id, size, totals, checkpoint });
    Ok(([(header::CACHE_CONTROL, NOT_AT_ALL)], body).into_response())
}

/// Which checkpoint.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct CheckpointQuery {
    size: Option<i64>,
    witnesses: Option<i64>,
}

/// Reads a checkpoint of a ledger (C2SP tlog-checkpoint); open to anyone.
///
/// What outside witnesses co-signed (C2SP tlog-cosignature) stands under the ledger's own
/// signature. With `size` alone it is the checkpoint as it was first signed, the same for ever.
#[utoipa::path(
    get,
    path = "/ledger/{id}/checkpoint",
    tag = "proofs",
    security(()),
    params(
        ("id" = String, Path, description = "The ledger"),
        ("size" = Option<i64>, Query, description = "An older one; the newest when absent"),
        ("witnesses" = Option<i64>, Query,
            description = "The newest that at least so many witnesses co-signed")
    ),
    responses(
        (status = 200, description = "A signed note", body = String, content_type = "text/plain"),
        Problems
    )
)]
pub async fn checkpoint(
    State(app): State<App>,
    Path(id): Path<LedgerId>,
    Query(query): Query<CheckpointQuery>,
) -> Result<Response, Problem> {
    let CheckpointQuery { size, witnesses } = query;
    let found = observe::checkpoint(&app.instance, id, size, witnesses).await?;
    Ok(proven(size.is_some() && witnesses.is_none(), PLAIN, found.note))
}

/// Reads hashes of a ledger's Merkle tree (C2SP tlog-tiles); open to anyone.
///
/// An index beyond 999 is written in groups of three digits, like `x001/234`. Lines are not served
/// as tiles: they tell where and when a voucher was used.
#[utoipa::path(
    get,
    path = "/ledger/{id}/tile/{level}/{index}",
    tag = "proofs",
    security(()),
    params(
        ("id" = String, Path, description = "The ledger"),
        ("level" = u8, Path, description = "0 for the hashes of lines"),
        ("index" = String, Path, description = "`000` to `999`; `000.p/8` for its first 8 hashes")
    ),
    responses(
        (status = 200, description = "Hashes of 32 bytes, 256 in a full tile", body = Vec<u8>,
            content_type = "application/octet-stream"),
        Problems
    )
)]
pub async fn tile(
    State(app): State<App>,
    Path((id, level, index)): Path<(LedgerId, String, String)>,
) -> Result<Response, Problem> {
    tile_at(&app, id, &format!("{level}/{index}")).await
}

async fn deep_tile(
    State(app): State<App>,
    Path((id, level, group, rest)): Path<(LedgerId, String, String, String)>,
) -> Result<Response, Problem> {
    tile_at(&app, id, &format!("{level}/{group}/{rest}")).await
}

async fn tile_at(app: &App, id: LedgerId, path: &str) -> Result<Response, Problem> {
    let path = path.parse().map_err(|_| Reason::NotFound)?;
    Ok(proven(true, BYTES, observe::tile(&app.instance, id, path).await?))
}

/// Which line, under which checkpoint.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct ProofQuery {
    seq: i64,
    size: Option<i64>,
}

/// Proves that a line is in its ledger (C2SP tlog-proof); open to anyone.
#[utoipa::path(
    get,
    path = "/ledger/{id}/proof",
    tag = "proofs",
    security(()),
    params(
        ("id" = String, Path, description = "The ledger"),
        ("seq" = i64, Query, description = "The line, from 0"),
        ("size" = Option<i64>, Query, description = "Of a kept checkpoint; the newest when absent")
    ),
    responses(
        (status = 200, description = "A proof", body = String, content_type = "text/plain"),
        Problems
    )
)]
pub async fn proof(
    State(app): State<App>,
    Path(id): Path<LedgerId>,
    Query(query): Query<ProofQuery>,
) -> Result<Response, Problem> {
    let proved = observe::inclusion(&app.instance, id, query.seq, query.size).await?;
    Ok(proven(query.size.is_some(), PLAIN, proved.text))
}

/// Which part of a ledger's growth.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct ConsistencyQuery {
    from: i64,
    to: Option<i64>,
}

/// Proves that a ledger only grew; open to anyone.
///
/// The text is what a C2SP tlog-witness takes at `add-checkpoint`: `old` and the earlier size, each
/// hash of the proof in base64 on a line of its own, an empty line, the later checkpoint.
#[utoipa::path(
    get,
    path = "/ledger/{id}/consistency",
    tag = "proofs",
    security(()),
    params(
        ("id" = String, Path, description = "The ledger"),
        ("from" = i64, Query, description = "The size that was seen before"),
        ("to" = Option<i64>, Query, description = "Of a kept checkpoint; the newest when absent")
    ),
    responses(
        (status = 200, description = "A proof", body = String, content_type = "text/plain"),
        Problems
    )
)]
pub async fn consistency(
    State(app): State<App>,
    Path(id): Path<LedgerId>,
    Query(query): Query<ConsistencyQuery>,
) -> Result<Response, Problem> {
    let grown = observe::consistency(&app.instance, id, query.from, query.to).await?;
    Ok(proven(query.to.is_some(), PLAIN, grown.text))
}

/// Reads the public keys: those that sign vouchers, and those that sign checkpoints.
#[utoipa::path(
    get,
    path = "/.well-known/carnet-keys.json",
    tag = "proofs",
    security(()),
    responses((status = 200, description = "All keys", body = KeyList), Problems)
)]
pub async fn keys(State(app): State<App>) -> Result<Response, Problem> {
    let list = observe::public_keys(&app.instance).await?;
    let caching = HeaderValue::from_static("public, max-age=60");
    Ok(([(header::CACHE_CONTROL, caching)], Json(list)).into_response())
}
