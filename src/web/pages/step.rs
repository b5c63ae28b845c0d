//! The second factor, asked for again by a form that touches money, keys or rights.
//!
//! Promises: nothing that was typed is lost: the form comes back with the code and goes on as it
//! was. Does not: ask where nothing needs it; whoever acts decides that, by refusing.

use askama::Template;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest as _, FromRequestParts as _, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use secrecy::SecretString;

use super::Frame;
use super::desk::{CSRF_FIELD, Entering, Proved, field, go, redrawn};
use super::field::Field;
use super::visitor::Visitor;
use super::words::Words;
use crate::domain::refusal::Reason;
use crate::service::people::factor::{self, Proof};
use crate::web::actor::Holder;
use crate::web::problem::{Problem, ProblemCode};
use crate::web::{App, cookie};

/// The field with the code; no other form has one of this name.
const FACTOR_FIELD: &str = "second-factor";

#[derive(Template)]
#[template(path = "account/step.html")]
struct Page {
    frame: Frame,
    action: String,
    code: Field,
    /// What was typed before: name and value.
    kept: Vec<(String, String)>,
}

/// What somebody types from an app, or one of its recovery codes.
#[must_use]
pub(super) fn proof(typed: &str) -> Proof {
    let plain: String = typed.chars().filter(char::is_ascii_alphanumeric).collect();
    if plain.len() == 6 && plain.bytes().all(|byte| byte.is_ascii_digit()) {
        Proof::Totp(SecretString::from(plain))
    } else {
        Proof::Code(SecretString::from(typed.trim()))
    }
}

/// The field for a code of six digits.
pub(super) fn code_field(words: Words, name: &str, fault: Option<String>) -> Field {
    Field::text(name, words.say("factor-code"))
        .hint(words.say("factor-hint"))
        .complete("one-time-code")
        .most(40)
        .required()
        .focused()
        .fault(fault)
}

/// Whether a request sends a form of ours.
fn is_form(request: &Request) -> bool {
    let kind = request.headers().get(header::CONTENT_TYPE);
    let kind = kind.map_or(&b""[..], |kind| kind.as_bytes());
    *request.method() == Method::POST && kind.starts_with(b"application/x-www-form-urlencoded")
}

/// Takes the code of a form that was asked for one, and asks for it where the answer says so.
pub(super) async fn up(State(app): State<App>, request: Request, next: Next) -> Response {
    if !is_form(&request) {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let whole = Request::from_parts(parts.clone(), body);
    let Ok(form) = Bytes::from_request(whole, &app).await else {
        return Problem::from(Reason::TooLarge).into_response();
    };
    let mut set = None;
    if let Some(code) = field(&form, FACTOR_FIELD) {
        match prove(&app, &parts, &form, &code).await {
            Ok((token, header)) => {
                parts.extensions.insert(Proved(token));
                set = header;
            }
            Err(refused) if is_wrong(&refused) => return again(&app, parts, &form, true).await,
            Err(refused) => return refused.into_response(),
        }
    }
    let asked = parts.clone();
    let mut response = next.run(Request::from_parts(parts, Body::from(form.clone()))).await;
    let code = response.extensions().get::<ProblemCode>();
    if code.is_some_and(|code| code.0 == Reason::SecondFactorNeeded.code()) {
        return again(&app, asked, &form, false).await;
    }
    if let Some(header) = set {
        response.headers_mut().append(header::SET_COOKIE, header);
    }
    response
}

fn is_wrong(problem: &Problem) -> bool {
    problem.code == Reason::SecondFactorWrong.code()
}

/// Gives the second factor; the session has another token from then on.
async fn prove(
    app: &App,
    parts: &Parts,
    form: &[u8],
    code: &str,
) -> Result<(SecretString, Option<header::HeaderValue>), Problem> {
    let token = cookie::token(&parts.headers).ok_or(Reason::NotSignedIn)?;
    let csrf = field(form, CSRF_FIELD);
    cookie::check_holder(parts, &app.instance.settings.host, &token, csrf.as_deref())?;
    let Holder(signed_in) = Holder::of(parts, app, &token).await?;
    let (opened, _) = factor::give(&app.instance, &signed_in, proof(code)).await?;
    let header = cookie::set(&opened.token, opened.signed_in.cookie_seconds());
    Ok((opened.token, header))
}

/// The form once more, with the code to give; who has no second factor is sent to get one.
async fn again(app: &App, mut parts: Parts, form: &[u8], wrong: bool) -> Response {
    let Ok(visitor) = Visitor::from_request_parts(&mut parts, app).await;
    let visitor = visitor.choosing(field(form, "lang").as_deref());
    // Only to draw the page: what is sent from it is checked again.
    parts.method = Method::GET;
    let entering = match Entering::from_request_parts(&mut parts, app).await {
        Ok(entering) => entering,
        Err(turned) => return turned.into_response(),
    };
    let frame = entering.frame.speaking(visitor);
    if !entering.signed_in.has_factor {
        return go(&frame.to("/account/factor"));
    }
    let kept = form_urlencoded::parse(form).into_owned();
    let ours = [CSRF_FIELD, FACTOR_FIELD, "lang"];
    let kept = kept.filter(|(name, _)| !ours.contains(&name.as_str())).collect();
    let words = frame.words;
    let fault = wrong.then(|| words.say("factor-wrong"));
    let code = code_field(words, FACTOR_FIELD, fault);
    let action = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    redrawn(&Page { frame, action, code, kept })
}
