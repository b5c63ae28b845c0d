//! The second factor, asked for again by a form that touches money, keys or rights.
//!
//! Promises: nothing that was typed is lost: the form comes back with the code and goes on as it
//! was. Does not: ask where nothing needs it; whoever acts decides that, by refusing.

use askama::Template;
use axum::body::Body;
use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use secrecy::SecretString;

use super::Frame;
use super::desk::{CSRF_FIELD, Entering, Proved, field, go, opened, reader, redrawn, with_passkey};
use super::field::Field;
use super::words::Words;
use crate::domain::refusal::Reason;
use crate::service::Error;
use crate::service::people::factor::{self, Proof};
use crate::service::people::passkey;
use crate::service::people::session::{Opened, SignedIn};
use crate::web::actor::Holder;
use crate::web::problem::Problem;
use crate::web::{App, cookie};

/// The field with the code; no other form has one of this name.
const FACTOR_FIELD: &str = "second-factor";

/// The field with what a browser answered for a passkey, beside it.
const PASSKEY_FIELD: &str = "passkey";

#[derive(Template)]
#[template(path = "account/step.html")]
struct Page {
    frame: Frame,
    action: String,
    code: Field,
    /// What the browser is asked, of who has a passkey.
    passkey: Option<String>,
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

/// What a browser is asked for a passkey of somebody; `None` for who has none.
pub(super) async fn passkey_options(
    app: &App,
    signed_in: &SignedIn,
) -> Result<Option<String>, Problem> {
    match passkey::ask(&app.instance, signed_in).await {
        Ok(options) => Ok(Some(options.to_string())),
        Err(Error::Refused(refusal)) if refusal.reason == Reason::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Gives the second factor: what a browser answered, or else what was typed.
pub(super) async fn proved(
    app: &App,
    signed_in: &SignedIn,
    code: &str,
    answer: &str,
) -> Result<Opened, Error> {
    if answer.is_empty() {
        return Ok(factor::give(&app.instance, signed_in, proof(code)).await?.0);
    }
    let answer = serde_json::from_str(answer).map_err(|_| Reason::SecondFactorWrong)?;
    passkey::give(&app.instance, signed_in, answer).await
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
    let (mut parts, form) = match opened(request, &app).await {
        Ok(opened) => opened,
        Err(problem) => return problem.into_response(),
    };
    let mut set = None;
    if let Some(code) = field(&form, FACTOR_FIELD) {
        let answer = field(&form, PASSKEY_FIELD).unwrap_or_default();
        match prove(&app, &parts, &form, (&code, &answer)).await {
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
    let problem = Problem::told_by(&response);
    if problem.is_some_and(|problem| problem.code == Reason::SecondFactorNeeded.code()) {
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
    (code, answer): (&str, &str),
) -> Result<(SecretString, Option<header::HeaderValue>), Problem> {
    let token = cookie::token(&parts.headers).ok_or(Reason::NotSignedIn)?;
    let csrf = field(form, CSRF_FIELD);
    cookie::check_holder(parts, &app.instance.settings.host, &token, csrf.as_deref())?;
    let Holder(signed_in) = Holder::of(parts, app, &token).await?;
    let opened = proved(app, &signed_in, code, answer).await?;
    let header = cookie::set(&opened.token, opened.signed_in.cookie_seconds());
    Ok((opened.token, header))
}

/// The form once more, with the code to give; who has no second factor is sent to get one.
async fn again(app: &App, mut parts: Parts, form: &[u8], wrong: bool) -> Response {
    let visitor = reader(&mut parts, form).await;
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
    let ours = [CSRF_FIELD, FACTOR_FIELD, PASSKEY_FIELD, "lang"];
    let kept = kept.filter(|(name, _)| !ours.contains(&name.as_str())).collect();
    let words = frame.words;
    let fault = wrong.then(|| words.say("factor-wrong"));
    let code = code_field(words, FACTOR_FIELD, fault);
    let action = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let passkey = match passkey_options(app, &entering.signed_in).await {
        Ok(passkey) => passkey,
        Err(problem) => return problem.into_response(),
    };
    with_passkey(passkey.is_some(), redrawn(&Page { frame, action, code, passkey, kept }))
}
