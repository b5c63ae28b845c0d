//! HTTP, as Carnet asks it of others: short texts, from addresses that somebody configured.
//!
//! Promises: TLS by the one stack of the house against the system's roots; an answer that is long
//! or late is an error; redirections are not followed. Does not: believe an answer, or try again.

use std::error::Error as _;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, DATE};
use hyper::{Request, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::base::clock::Timestamp;

/// How long one answer may take.
const TIME: Duration = Duration::from_secs(20);

/// The longest answer that is read, in bytes.
const LENGTH: usize = 1_000_000;

/// An address under which others are asked: `http` or `https`, no question mark, no password.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address(String);

/// What was given cannot be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an address; write it like https://pass.example.org/ledger/funder_…")]
pub struct AddressError;

impl Address {
    /// A path below this address.
    #[must_use]
    pub fn join(&self, path: &str) -> String {
        format!("{}/{path}", self.0)
    }

    /// What stands after the last slash.
    #[must_use]
    pub fn last_segment(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let uri: Uri = text.parse().map_err(|_| AddressError)?;
        let scheme = matches!(uri.scheme_str(), Some("http" | "https"));
        let host = uri.authority().is_some_and(|it| !it.as_str().contains('@'));
        let plain = !text.contains(['?', '#']);
        let text = text.trim_end_matches('/').to_owned();
        if scheme && host && plain { Ok(Self(text)) } else { Err(AddressError) }
    }
}

/// An answer, of whatever status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The content type; empty when there is none.
    pub kind: String,
    /// The body.
    pub text: String,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The address cannot be asked.
    #[error("not an address")]
    Address,
    /// Nobody there, or not who they should be; says why.
    #[error("no answer: {0}")]
    Away(String),
    /// Not in time.
    #[error("no answer within {} seconds", TIME.as_secs())]
    Late,
    /// Longer than anything that is asked for.
    #[error("the answer has more than {LENGTH} bytes, or broke off")]
    Length,
    /// Not UTF-8.
    #[error("the answer is not a text")]
    NotText,
}

/// Who asks; keeps its connections.
#[derive(Debug, Clone)]
pub struct Client(Pool<HttpsConnector<HttpConnector>, Full<Bytes>>);

impl Client {
    /// A client that trusts the system's certificates.
    ///
    /// # Errors
    /// When the system has none.
    pub fn new() -> std::io::Result<Self> {
        let connector = HttpsConnectorBuilder::new().with_native_roots()?;
        let connector = connector.https_or_http().enable_http1().build();
        Ok(Self(Pool::builder(TokioExecutor::new()).build(connector)))
    }

    /// Reads what is at an address.
    ///
    /// # Errors
    /// [`HttpError`].
    pub async fn get(&self, address: &str) -> Result<Answer, HttpError> {
        self.ask(Request::get(address).body(Full::default())).await
    }

    /// Sends a text to an address.
    ///
    /// # Errors
    /// [`HttpError`].
    pub async fn post(&self, address: &str, text: String) -> Result<Answer, HttpError> {
        let request = Request::post(address).header(CONTENT_TYPE, "text/plain; charset=utf-8");
        self.ask(request.body(Full::new(Bytes::from(text)))).await
    }

    /// The moment that an address answers with (RFC 9110, 6.6.1), in whole seconds.
    ///
    /// # Errors
    /// [`HttpError`]; [`HttpError::NotText`] when it tells none.
    pub async fn date(&self, address: &str) -> Result<Timestamp, HttpError> {
        let request = Request::head(address).body(Full::default());
        let request = request.map_err(|_| HttpError::Address)?;
        let answer = tokio::time::timeout(TIME, self.0.request(request)).await;
        let answer = answer.map_err(|_| HttpError::Late)?;
        let answer = answer.map_err(|error| HttpError::Away(reasons(&error)))?;
        let date = answer.headers().get(DATE).and_then(|value| value.to_str().ok());
        let date = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
        let date = date.ok_or(HttpError::NotText)?;
        Ok(Timestamp::from_millis(date.timestamp().as_millisecond()))
    }

    /// Sends a request as it is.
    ///
    /// # Errors
    /// [`HttpError`].
    pub async fn send(
        &self,
        request: Request<Vec<u8>>,
    ) -> Result<hyper::Response<Vec<u8>>, HttpError> {
        let (head, body) = request.into_parts();
        let request = Request::from_parts(head, Full::new(Bytes::from(body)));
        let whole = async {
            let answer = self.0.request(request).await;
            let answer = answer.map_err(|error| HttpError::Away(reasons(&error)))?;
            let (head, body) = answer.into_parts();
            let body = Limited::new(body, LENGTH).collect().await;
            let body = body.map_err(|_| HttpError::Length)?.to_bytes();
            Ok(hyper::Response::from_parts(head, body.to_vec()))
        };
        tokio::time::timeout(TIME, whole).await.unwrap_or(Err(HttpError::Late))
    }

    async fn ask(
        &self,
        request: Result<Request<Full<Bytes>>, hyper::http::Error>,
    ) -> Result<Answer, HttpError> {
        let request = request.map_err(|_| HttpError::Address)?;
        tokio::time::timeout(TIME, self.answer(request)).await.unwrap_or(Err(HttpError::Late))
    }

    async fn answer(&self, request: Request<Full<Bytes>>) -> Result<Answer, HttpError> {
        let answer = self.0.request(request).await;
        let (head, body) = answer.map_err(|error| HttpError::Away(reasons(&error)))?.into_parts();
        let kind = head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let kind = kind.unwrap_or_default().to_owned();
        let body = Limited::new(body, LENGTH).collect().await.map_err(|_| HttpError::Length)?;
        let text = String::from_utf8(body.to_bytes().into()).map_err(|_| HttpError::NotText)?;
        Ok(Answer { status: head.status.as_u16(), kind, text })
    }
}

/// An error and what it came from: the first one alone says little.
fn reasons(error: &hyper_util::client::legacy::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_plain() {
        let address: Address = "https://h.example:8443/ledger/funder_x/".parse().unwrap();
        assert_eq!(address.join("checkpoint"), "https://h.example:8443/ledger/funder_x/checkpoint");
        assert_eq!(address.last_segment(), "funder_x");
        for bad in
            ["h.example/x", "ftp://h/x", "https://u:p@h/x", "http://h/x?y", "", "/x", "http:"]
        {
            assert_eq!(bad.parse::<Address>(), Err(AddressError), "{bad}");
        }
    }
}
