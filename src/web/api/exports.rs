//! `/api/v1/ledgers/{id}/export/…`: what an export has beside its lines.
//!
//! Promises: as flat in memory as a page; what is sealed is opened by its funder only. Does not:
//! hold rules.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Path, Query};
use super::shape::Problems;
use crate::domain::ledger::entry::LedgerId;
use crate::domain::refusal::Reason;
use crate::service::export;
use crate::service::import::KeptCheckpoint;
use crate::web::App;
use crate::web::actor::Asker;
use crate::web::problem::Problem;

/// The routes of this noun.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(checkpoints)).routes(routes!(sealed))
}

const LINES: HeaderValue = HeaderValue::from_static("application/x-ndjson");
const AGE: HeaderValue = HeaderValue::from_static("application/octet-stream");

fn answered(kind: HeaderValue, body: Body) -> Response {
    ([(header::CONTENT_TYPE, kind)], body).into_response()
}

/// Up to which size.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct SizeQuery {
    size: Option<i64>,
}

/// Exports every checkpoint that a commit kept, one a line: `{"size":…,"note":"…"}`.
///
/// With all of them the next operator gives every old receipt byte for byte. `size` is the
/// `carnet-size` of the lines that they go with.
#[utoipa::path(
    get,
    path = "/api/v1/ledgers/{id}/export/checkpoints",
    tag = "ledgers",
    params(
        ("id" = String, Path, description = "The ledger"),
        ("size" = Option<i64>, Query, description = "No checkpoint beyond; the newest when absent")
    ),
    responses(
        (status = 200, description = "The checkpoints", body = String,
            content_type = "application/x-ndjson"),
        Problems
    )
)]
pub async fn checkpoints(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<LedgerId>,
    Query(query): Query<SizeQuery>,
) -> Result<Response, Problem> {
    let mut begun = export::begin(&app.instance, &actor, id).await?;
    begun.size = query.size.unwrap_or(begun.size).min(begun.size);
    let pages = stream::try_unfold((app, begun, 0), async |(app, begun, after)| {
        let kept = export::checkpoints(&app.instance, &begun, after).await?;
        let Some(last) = kept.last().map(|(size, _)| *size) else { return Ok(None) };
        let mut text = String::new();
        for (size, note) in kept {
            let line = serde_json::to_string(&KeptCheckpoint { size, note });
            let fault = |error: serde_json::Error| crate::service::Error::Fault(error.to_string());
            text += &line.map_err(fault)?;
            text.push('\n');
        }
        Ok::<_, crate::service::Error>(Some((text, (app, begun, last))))
    });
    Ok(answered(LINES, Body::from_stream(pages)))
}

/// Exports what only the funder may open: an age file to the recipient of the ledger's terms.
///
/// Its content is `schemas/sealed.json`. The operator's own ledger has none.
#[utoipa::path(
    get,
    path = "/api/v1/ledgers/{id}/export/sealed",
    tag = "ledgers",
    params(("id" = String, Path, description = "The ledger of a funder")),
    responses(
        (status = 200, description = "An age file", body = Vec<u8>,
            content_type = "application/octet-stream"),
        Problems
    )
)]
pub async fn sealed(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<LedgerId>,
) -> Result<Response, Problem> {
    let begun = export::begin(&app.instance, &actor, id).await?;
    let bytes = export::sealed(&app.instance, &begun).await?.ok_or(Reason::NotFound)?;
    Ok(answered(AGE, Body::from(bytes)))
}
