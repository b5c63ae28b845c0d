//! Headers that every answer carries, so that a browser does less with it.
//!
//! Promises: nothing is sniffed, framed, scripted or embedded unless its page says so itself; what
//! was answered to somebody who signed in is stored nowhere. A handler's own header stands. Does
//! not: replace escaping.

use axum::extract::Request;
use axum::http::header::{
    self, AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, COOKIE, HeaderName, HeaderValue,
    REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use axum::middleware::Next;
use axum::response::Response;

/// For what is no page: nothing at all.
const NOTHING: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// The rest, for every answer. HSTS counts over TLS only (RFC 6797, 8.1), so it is always said.
const ALWAYS: [(HeaderName, HeaderValue); 4] = [
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=63072000; includeSubDomains")),
    (CONTENT_SECURITY_POLICY, NOTHING),
];

/// For what a browser shows as a page: the counter pays for each byte of the others.
const PAGES: [(HeaderName, HeaderValue); 2] = [
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
    ),
];

const EMBEDDED_BY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Adds the headers that a handler did not set itself.
pub async fn shield(request: Request, next: Next) -> Response {
    let signed_in = [AUTHORIZATION, COOKIE].iter().any(|name| request.headers().contains_key(name));
    // Proofs are for everybody, also for a page of somebody else that checks them.
    let open = ["/ledger/", "/.well-known/"].iter().any(|at| request.uri().path().starts_with(at));
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.entry(name).or_insert(value);
    }
    let kind = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    if kind.is_some_and(|kind| kind.starts_with(b"text/html")) {
        for (name, value) in PAGES {
            headers.entry(name).or_insert(value);
        }
    }
    let whose = if open { "cross-origin" } else { "same-origin" };
    headers.entry(EMBEDDED_BY).or_insert(HeaderValue::from_static(whose));
    if signed_in && !open {
        headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    response
}
