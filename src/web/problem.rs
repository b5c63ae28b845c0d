//! How a "no" is said: RFC 9457 problem documents, and the words that go with each code.
//!
//! Promises: one exhaustive match from errors to answers; a fault is logged once, here, and shown
//! as a reference number only. Does not: decide.

pub mod advice;
pub mod example;
pub(in crate::web) mod hush;
pub mod words;

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::domain::refusal::{Members, Reason, Refusal};
use crate::service::Error;

/// A problem document (RFC 9457).
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// `/problems/{code}`: a page that says what to do, in French and English.
    #[serde(rename = "type")]
    #[schema(example = "/problems/voucher-already-redeemed")]
    pub kind: String,
    /// The reason in a few words.
    pub title: &'static str,
    /// The HTTP status.
    #[schema(example = 409)]
    pub status: u16,
    /// The code: the last part of `type`.
    #[schema(example = "voucher-already-redeemed")]
    pub code: String,
    /// What to do about it.
    pub detail: &'static str,
    /// A reference number to quote, for faults of the machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// The details.
    #[serde(flatten)]
    pub members: Box<Members>,
}

/// A problem, left with its answer for the log, and for the page that shows it to a person.
#[derive(Debug, Clone)]
struct Left(Arc<Problem>);

impl Problem {
    /// The document of a refusal.
    #[must_use]
    pub fn of(refusal: Refusal) -> Self {
        let Refusal { reason, members } = refusal;
        let words = words::english(reason);
        Self {
            kind: format!("/problems/{}", reason.code()),
            title: words.title,
            status: reason.status(),
            code: reason.code().to_owned(),
            detail: words.advice,
            instance: None,
            members,
        }
    }

    /// The problem that an answer tells; `None` for any other answer.
    #[must_use]
    pub fn told_by(answer: &Response) -> Option<Arc<Self>> {
        answer.extensions().get().map(|Left(problem)| Arc::clone(problem))
    }

    /// The document of a fault: what happened is in the log, under this reference.
    pub(in crate::web) fn fault(what: &dyn std::fmt::Display) -> Self {
        let reference = uuid::Uuid::from_u128(rand_reference()).simple().to_string();
        tracing::error!(reference = %reference, error = %what, "a request failed");
        Self {
            kind: "/problems/fault".to_owned(),
            title: words::FAULT.title,
            status: 500,
            code: "fault".to_owned(),
            detail: words::FAULT.advice,
            instance: Some(reference),
            members: Box::default(),
        }
    }
}

/// A number that is new in this process: it ties an answer to a line of the log, no more.
fn rand_reference() -> u128 {
    use std::hash::{BuildHasher as _, RandomState};
    use std::sync::atomic::{AtomicU64, Ordering};
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let state = RandomState::new();
    (u128::from(state.hash_one(count)) << 64) | u128::from(state.hash_one(!count))
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => Self::of(refusal),
            // Nothing was written: a commit without an answer has its own refusal.
            Error::Store(error) if error.is_away() || error.is_clash() => {
                tracing::warn!(error = %error, "the database is away");
                Self::of(Reason::Busy.into())
            }
            Error::Proposed(_) => Self::fault(&"a route that may propose does not say so"),
            Error::Store(error) => Self::fault(&error),
            Error::Fault(what) => Self::fault(&what),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::of(refusal)
    }
}

impl From<Reason> for Problem {
    fn from(reason: Reason) -> Self {
        Self::of(reason.into())
    }
}

impl From<PathRejection> for Problem {
    fn from(_: PathRejection) -> Self {
        // Without what stood there: a code that somebody took for a number may be in the address.
        Self::of(Refusal::invalid("", "a part of the address is not of the form that it must have"))
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::of(Refusal::invalid("", hush::hushed(&rejection.body_text())))
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        match rejection {
            JsonRejection::BytesRejection(_) => Self::of(Reason::TooLarge.into()),
            other => Self::of(Refusal::invalid("", hush::hushed(&other.body_text()))),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(&self)).into_response();
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, kind);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if matches!(self.status, 429 | 503) {
            let seconds = self.members.retry_after_seconds.unwrap_or(1);
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == 401 {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(Left(Arc::new(self)));
        response
    }
}
