//! Answers: created or known, with version tags and receipts, and the problems every path may give.
//!
//! Promises: 201 the first time, 200 for the same again. Does not: hold fields of any noun.

use std::collections::BTreeMap;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::IntoResponses;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response as ApiResponse, ResponseBuilder};

use crate::domain::ledger::receipt::Receipt;
use crate::domain::refusal::Reason;
use crate::service::writer::Done;
use crate::web::problem::{Problem, example};

/// A written fact and its receipt.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Written {
    /// What was written, as its line says it.
    #[schema(example = "deposit_01h455vb4pex5vsknk084sn02q")]
    pub id: String,
    /// The receipt: the same bytes at every retry.
    pub receipt: Receipt,
}

/// An answer to a write: 201 when this request wrote it, 200 when an earlier one did.
#[derive(Debug, Clone)]
pub struct Put<T> {
    /// Whether this request wrote it.
    pub fresh: bool,
    /// The register's version, for the `ETag`.
    pub version: Option<i64>,
    /// The body.
    pub body: T,
}

impl Put<Written> {
    /// The answer to a write that has nothing to show but its receipt.
    #[must_use]
    pub fn written(id: impl std::fmt::Display, done: Done) -> Self {
        let body = Written { id: id.to_string(), receipt: done.receipt };
        Self { fresh: done.fresh, version: None, body }
    }
}

impl<T: Serialize> IntoResponse for Put<T> {
    fn into_response(self) -> Response {
        let status = if self.fresh { StatusCode::CREATED } else { StatusCode::OK };
        let mut response = (status, Json(self.body)).into_response();
        if let Some(version) = self.version
            && let Ok(tag) = HeaderValue::from_str(&format!("\"{version}\""))
        {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }
}

/// The problem documents that any path may answer with, one response a status, each code as an
/// example.
#[derive(Debug)]
pub struct Problems;

impl IntoResponses for Problems {
    fn responses() -> BTreeMap<String, RefOr<ApiResponse>> {
        let mut by_status: BTreeMap<u16, Vec<Reason>> = BTreeMap::new();
        for reason in Reason::ALL {
            by_status.entry(reason.status()).or_default().push(*reason);
        }
        let refusals = by_status.into_iter().map(|(status, reasons)| {
            response(status, &reasons.into_iter().map(example::of).collect::<Vec<_>>())
        });
        refusals.chain([response(500, &[example::fault()])]).collect()
    }
}

fn response(status: u16, problems: &[Problem]) -> (String, RefOr<ApiResponse>) {
    let codes: Vec<&str> = problems.iter().map(|problem| problem.code.as_str()).collect();
    let mut content =
        ContentBuilder::new().schema(Some(RefOr::Ref(Ref::from_schema_name("Problem"))));
    for problem in problems {
        let value = serde_json::to_value(problem).ok();
        let example = ExampleBuilder::new().summary(problem.title).value(value).build();
        content = content.examples_from_iter([(&problem.code, example)]);
    }
    let response = ResponseBuilder::new()
        .description(codes.join(", "))
        .content("application/problem+json", content.build())
        .build();
    (status.to_string(), RefOr::T(response))
}
