//! `/openid/begin` and `/openid/callback`: a browser goes to the provider and comes back.
//!
//! Promises: whatever is asked for, a browser is sent to the configured provider or to our own
//! first page, nowhere else; what came back is good in the browser that left. Does not: hold rules.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde::Deserialize;

use super::extract::Query;
use super::sessions::private;
use crate::domain::refusal::Reason;
use crate::service::people::openid::{self, CALLBACK, PATIENCE};
use crate::web::App;
use crate::web::actor::Guest;
use crate::web::cookie::{self, Returning};
use crate::web::problem::Problem;

/// The routes: for people, so not in the document that programs read.
pub(super) fn router() -> Router<App> {
    Router::new().route("/openid/begin", get(begin)).route(CALLBACK, get(finish))
}

/// A short page that sends the browser on.
fn on(to: &str, cookies: &[HeaderValue]) -> Result<Response, Reason> {
    let location = HeaderValue::from_str(to).map_err(|_| Reason::SignInFailed)?;
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"))];
    let mut response = (StatusCode::SEE_OTHER, kind, private(), "see other\n").into_response();
    response.headers_mut().insert(header::LOCATION, location);
    for cookie in cookies {
        response.headers_mut().append(header::SET_COOKIE, cookie.clone());
    }
    Ok(response)
}

/// Sends a browser to the provider.
async fn begin(State(app): State<App>, Guest(_): Guest) -> Result<Response, Problem> {
    let (address, state) = openid::begin(&app.instance).await?;
    let kept = cookie::set_named(cookie::OPENID, &state, Some(PATIENCE));
    Ok(on(&address, kept.as_slice())?)
}

/// What the provider sends a browser back with.
#[derive(Deserialize)]
struct Back {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
}

/// Takes a browser back from the provider. It comes from another site, by its own redirection: what
/// it brings is checked against what it left with.
async fn finish(
    State(app): State<App>,
    headers: HeaderMap,
    Returning(visitor): Returning,
    Query(back): Query<Back>,
) -> Result<Response, Problem> {
    let kept = cookie::named(&headers, cookie::OPENID);
    let Back { code, state } = back;
    let opened = openid::finish(&app.instance, &code, &state, kept.as_ref(), &visitor).await?;
    let age = opened.signed_in.cookie_seconds();
    let mut cookies = vec![cookie::gone_named(cookie::OPENID)];
    cookies.extend(cookie::set(&opened.token, age));
    Ok(on("/", &cookies)?)
}
