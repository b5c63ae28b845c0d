//! What handlers take from a request: JSON bodies, ids in paths, `If-Match`.
//!
//! Promises: whatever is wrong is a problem document with a JSON pointer where there is one, and
//! without what was sent. Does not: check rules of the domain.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::IF_MATCH;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::domain::refusal::{Reason, Refusal};
use crate::web::problem::Problem;
use crate::web::problem::hush::{hushed, is_name};

/// A JSON body.
#[derive(Debug, Clone)]
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|_| Problem::from(Reason::TooLarge))?;
        let mut json = serde_json::Deserializer::from_slice(&bytes);
        let body = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let pointer = pointer(error.path());
            Refusal::invalid(pointer, sentence(error.inner()))
        })?;
        json.end().map_err(|error| Refusal::invalid("", sentence(&error)))?;
        Ok(Self(body))
    }
}

/// What is wrong, without the place in the text (the pointer says where) and without the value.
fn sentence(error: &serde_json::Error) -> String {
    let text = error.to_string();
    hushed(text.rsplit_once(" at line ").map_or(text.as_str(), |(sentence, _)| sentence))
}

/// The JSON pointer (RFC 6901) of a place in a body.
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path {
        let part = match segment {
            Segment::Seq { index } => index.to_string(),
            Segment::Map { key } if is_name(key) => key.clone(),
            // No member of ours: what was put there is not said back.
            Segment::Map { .. } => break,
            Segment::Enum { variant } => variant.clone(),
            Segment::Unknown => continue,
        };
        pointer.push('/');
        pointer.push_str(&part);
    }
    pointer
}

/// The id, or ids, in the path.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, state).await?;
        Ok(Self(path.0))
    }
}

/// What follows the question mark.
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = axum::extract::Query::<T>::from_request_parts(parts, state).await?;
        Ok(Self(query.0))
    }
}

/// The version in `If-Match: "3"`, if any.
#[derive(Debug, Clone, Copy)]
pub struct IfMatch(pub Option<i64>);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(IF_MATCH) else { return Ok(Self(None)) };
        let text = value.to_str().unwrap_or_default().trim().trim_matches('"');
        let invalid = |_| Refusal::invalid("", "If-Match is a version in quotes, like \"3\"");
        Ok(Self(Some(text.parse().map_err(invalid)?)))
    }
}
