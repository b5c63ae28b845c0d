//! The face of a witness: `add-checkpoint` for logs, and the last co-signed checkpoints for
//! monitors (C2SP tlog-witness).
//!
//! Promises: the statuses of the specification; nothing is believed of a request but what its
//! signature and proof show, so that nobody needs to sign in. Does not: share a server with an
//! instance, nor speak TLS.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use crate::domain::ledger::checkpoint::NoteError;
use crate::domain::ledger::witness::Objection;
use crate::service::witness::{Refused, Witness};

/// The largest request that is read, in bytes: 63 hashes and a note with many signatures.
const LENGTH: usize = 64 * 1024;

/// How long a request may take.
const TIME: Duration = Duration::from_secs(20);

const PLAIN: &str = "text/plain; charset=utf-8";
/// The type of the answer that says which size is remembered.
const SIZE: &str = "text/x.tlog.size";

/// The routes of a witness.
pub fn routes(witness: Arc<Witness>) -> Router {
    Router::new()
        .route("/add-checkpoint", post(add_checkpoint))
        .route("/{hash}/checkpoint", get(shown))
        .route("/healthz", get(async || "ok\n"))
        .layer(RequestBodyLimitLayer::new(LENGTH))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, TIME))
        .with_state(witness)
}

fn answer(status: StatusCode, kind: &'static str, text: String) -> Response {
    let caching = HeaderValue::from_static("no-store");
    let headers =
        [(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CACHE_CONTROL, caching)];
    (status, headers, text).into_response()
}

async fn add_checkpoint(State(witness): State<Arc<Witness>>, request: String) -> Response {
    let added = tokio::task::spawn_blocking(move || witness.add_checkpoint(&request)).await;
    match added {
        Ok(Ok(line)) => answer(StatusCode::OK, PLAIN, line),
        Ok(Err(refused)) => refusal(&refused),
        Err(error) => {
            tracing::error!(%error, "a checkpoint was not judged");
            answer(StatusCode::INTERNAL_SERVER_ERROR, PLAIN, "not judged\n".to_owned())
        }
    }
}

/// How a "no" is said.
fn refusal(refused: &Refused) -> Response {
    let said = |status| answer(status, PLAIN, format!("{refused}\n"));
    let objection = match refused {
        Refused::UnknownLog(_) => return said(StatusCode::NOT_FOUND),
        Refused::Memory(error) => {
            tracing::error!(%error, "nothing can be remembered, so nothing is co-signed");
            let text = "nothing can be remembered\n".to_owned();
            return answer(StatusCode::INTERNAL_SERVER_ERROR, PLAIN, text);
        }
        Refused::Objection(objection) => objection,
    };
    match objection {
        Objection::OtherStart { known, .. } => {
            answer(StatusCode::CONFLICT, SIZE, format!("{known}\n"))
        }
        Objection::Unreadable(_) | Objection::Backwards { .. } => said(StatusCode::BAD_REQUEST),
        // Signed, but not a tree: the empty one has one root only.
        Objection::Note(NoteError::Text(_)) => said(StatusCode::UNPROCESSABLE_ENTITY),
        Objection::Note(NoteError::TooLong | NoteError::Control | NoteError::SignatureLine(_)) => {
            said(StatusCode::BAD_REQUEST)
        }
        Objection::Note(_) => said(StatusCode::FORBIDDEN),
        Objection::Fork { .. } | Objection::Proof { .. } | Objection::Rollback { .. } => {
            said(StatusCode::UNPROCESSABLE_ENTITY)
        }
    }
}

async fn shown(State(witness): State<Arc<Witness>>, Path(hash): Path<String>) -> Response {
    match witness.shown(&hash) {
        Some(note) => answer(StatusCode::OK, PLAIN, note),
        None => answer(StatusCode::NOT_FOUND, PLAIN, "no such checkpoint\n".to_owned()),
    }
}
