//! The cookie of a person's session, and the guard against requests that other sites make with it.
//!
//! Promises: `__Host-`, Secure, `HttpOnly`, SameSite=Lax; a request that changes anything with a
//! cookie came from our own pages: its Origin is ours, the browser says same-origin, and it names a
//! token that only our pages can read. Does not: guard requests with a key, which no browser sends
//! by itself.

use std::net::{IpAddr, Ipv4Addr};

use axum::extract::FromRequestParts;
use axum::http::header::{COOKIE, HeaderName, ORIGIN, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};

use crate::base::planted;
use crate::domain::refusal::Reason;
use crate::service::people::session::{Visitor, csrf_of};
use crate::service::people::{origin, same};
use crate::web::peer::Peer;

/// The cookie's name: with this prefix a browser takes it from this host alone, over TLS.
pub const NAME: &str = "__Host-carnet";

/// The cookie of somebody who is at a provider: what it must bring back.
pub const OPENID: &str = "__Host-carnet-openid";

/// The header that repeats what only our own pages can read.
pub const CSRF_HEADER: HeaderName = HeaderName::from_static("carnet-csrf");

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The address of a request; nowhere's when whoever accepted the connection left none.
#[must_use]
pub fn address(parts: &Parts) -> IpAddr {
    let peer = parts.extensions.get::<Peer>();
    peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.address)
}

/// The token in the cookie, if there is one.
#[must_use]
pub fn token(headers: &HeaderMap) -> Option<SecretString> {
    named(headers, NAME)
}

/// What is in the cookie of a name.
#[must_use]
pub fn named(headers: &HeaderMap, wanted: &str) -> Option<SecretString> {
    let texts = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.split_once('='));
    let found = pairs.find(|(name, _)| name.trim() == wanted)?;
    Some(SecretString::from(found.1.trim()))
}

/// The header that sets the cookie; it ends with the browser when no age is given.
#[must_use]
pub fn set(token: &SecretString, max_age_seconds: Option<i64>) -> Option<HeaderValue> {
    set_named(NAME, token, max_age_seconds)
}

/// The header that sets the cookie of a name.
#[must_use]
pub fn set_named(
    name: &str,
    token: &SecretString,
    max_age_seconds: Option<i64>,
) -> Option<HeaderValue> {
    let age = max_age_seconds.map(|age| format!("; Max-Age={age}")).unwrap_or_default();
    let token = token.expose_secret();
    let text = format!("{name}={token}; Path=/; Secure; HttpOnly; SameSite=Lax{age}");
    let mut value = HeaderValue::from_str(&text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// The header that takes the cookie away.
#[must_use]
pub fn gone() -> HeaderValue {
    gone_named(NAME)
}

/// Signs a browser off: the cookie goes, and the copies of what was shown (W3C Clear Site Data).
/// Not "storage": a voucher that a counter has not sent yet would be lost with its receipt. Not
/// "cookies": that would sign the person out of all other services under the same domain.
pub fn sign_off(headers: &mut HeaderMap) {
    headers.insert(SET_COOKIE, gone());
    headers.insert("clear-site-data", HeaderValue::from_static("\"cache\""));
}

/// The header that takes the cookie of a name away.
///
/// # Panics
/// Never: the names are ours.
#[must_use]
pub fn gone_named(name: &str) -> HeaderValue {
    let text = format!("{name}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
    HeaderValue::from_str(&text).expect("a cookie's name is plain")
}

/// Somebody whom a provider sends back: another site's redirection is what is expected here.
#[derive(Debug, Clone)]
pub struct Returning(pub Visitor);

impl<S: Send + Sync> FromRequestParts<S> for Returning {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(Visitor { address: address(parts), before: token(&parts.headers) }))
    }
}

/// Whether a header of the browser, when there is one, says that our own page asks.
fn same_site(headers: &HeaderMap) -> bool {
    headers.get(&FETCH_SITE).is_none_or(|site| site == "same-origin" || site == "none")
}

/// Refuses what another site's page asks for without a session: signing in, joining.
///
/// # Errors
/// `foreign-origin`.
pub fn check_visitor(parts: &Parts, host: &str) -> Result<(), Reason> {
    let ours = parts.headers.get(ORIGIN).is_none_or(|value| value == origin(host).as_str());
    if ours && same_site(&parts.headers) { Ok(()) } else { Err(Reason::ForeignOrigin) }
}

/// Refuses what was asked with a cookie by any page but our own; reading is free. What only our
/// pages can read was named in a header by a script, or in a field of a form.
///
/// # Errors
/// `foreign-origin`.
pub fn check_holder(
    parts: &Parts,
    host: &str,
    token: &SecretString,
    field: Option<&str>,
) -> Result<(), Reason> {
    if parts.method.is_safe() || planted::is("csrf-off") {
        return Ok(());
    }
    let headers = &parts.headers;
    let ours = headers.get(ORIGIN).is_some_and(|value| value == origin(host).as_str());
    let header = headers.get(&CSRF_HEADER).and_then(|value| value.to_str().ok());
    let named = field.or(header).is_some_and(|given| same(given, &csrf_of(token)));
    if ours && same_site(headers) && named { Ok(()) } else { Err(Reason::ForeignOrigin) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_found_among_others() {
        let headers =
            |text: &'static str| HeaderMap::from_iter([(COOKIE, HeaderValue::from_static(text))]);
        let found = |text| token(&headers(text)).map(|token| token.expose_secret().to_owned());
        assert_eq!(found("a=1; __Host-carnet=xyz; b=2").as_deref(), Some("xyz"));
        assert_eq!(found("carnet=xyz"), None);
        let set = set(&SecretString::from("xyz"), None).unwrap();
        let expected = "__Host-carnet=xyz; Path=/; Secure; HttpOnly; SameSite=Lax";
        assert_eq!(set, expected);
        assert!(!format!("{set:?}").contains("xyz"));
        assert!(gone().to_str().unwrap().starts_with("__Host-carnet=;"));
    }
}
