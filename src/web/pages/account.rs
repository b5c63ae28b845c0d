//! `/sign-in`, `/choose`, `/account` and what the links of mails open: people sign in, prove who
//! they are, choose what to be, and look after the ways in which they sign in.
//!
//! Promises: works without script; a password or code stands in no address, and is never drawn
//! again; whoever was sent here goes back to where it was going, on this site only. Does not: hold
//! rules.

mod factor;
mod link;
mod own;
mod passkeys;
mod sign_in;

use axum::Router;
use axum::http::header;
use axum::response::Response;
use axum::routing::{get, post};

use super::Frame;
use super::desk::{Entering, Seated, go, home};
use crate::domain::refusal::Reason;
use crate::domain::session::Standing;
use crate::service::Error;
use crate::service::people::session::{Opened, SignedIn};
use crate::web::problem::Problem;
use crate::web::{App, cookie};

/// The routes.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/desk", get(desk))
        .route("/sign-in", get(sign_in::get).post(sign_in::post))
        .route("/sign-in/factor", get(factor::get).post(factor::post))
        .route("/sign-out", post(sign_in::out))
        .route("/choose", get(sign_in::choices).post(sign_in::choose))
        .route("/forgot", get(link::forgot).post(link::ask))
        .route("/join/{token}", get(link::join).post(link::joined))
        .route("/reset/{token}", get(link::reset).post(link::done))
        .route("/account", get(own::get))
        .route("/account/password", get(own::password).post(own::changed))
        .route("/account/sessions", post(own::end))
        .route("/account/factor", get(factor::begin).post(factor::confirm))
        .route("/account/factor/removal", post(factor::remove))
        .route("/account/recovery-codes", post(factor::renew))
        .route("/account/passkeys", get(passkeys::get).post(passkeys::add))
        .route("/account/passkeys/begin", post(passkeys::begin))
        .route("/account/passkeys/removal", post(passkeys::remove))
}

/// Sends whoever works to the first page of its desk.
async fn desk(Seated { frame, actor, .. }: Seated) -> Response {
    go(&frame.to(home(actor.role)))
}

/// An address of this site to go on to, or the desk: what an address says is not believed further.
fn local(next: &str) -> &str {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/_-.?=&%+:@".contains(c);
    let ours = next.starts_with('/') && !next.starts_with("//") && next.chars().all(plain);
    let turns = ["/sign-in", "/sign-out", "/choose"].iter().any(|at| next.starts_with(at));
    if ours && !turns { next } else { "/desk" }
}

/// `next=…`, encoded.
fn with_next(path: &str, next: &str) -> String {
    let pair = form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
    format!("{path}?{pair}")
}

/// Where somebody goes who has come one step further.
fn onward(frame: &Frame, signed_in: &SignedIn, next: &str) -> String {
    let next = local(next);
    frame.to(&match signed_in.standing {
        Standing::FactorNeeded => with_next("/sign-in/factor", next),
        Standing::FactorMissing => with_next("/account/factor", next),
        Standing::MembershipNeeded => with_next("/choose", next),
        Standing::Open => next.to_owned(),
    })
}

/// An answer that sets the cookie of a session's new token.
fn with_cookie(mut response: Response, opened: &Opened) -> Response {
    if let Some(cookie) = cookie::set(&opened.token, opened.signed_in.cookie_seconds()) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// An answer that signs the browser off.
fn without_cookie(mut response: Response) -> Response {
    cookie::sign_off(response.headers_mut());
    response
}

/// Refusals that the forms here say themselves, beside the field.
const SAID: [Reason; 4] =
    [Reason::InvalidRequest, Reason::SignInFailed, Reason::SecondFactorWrong, Reason::RateLimited];

/// What a refusal says of a form, when it is one that the form can say itself: its code and detail.
fn refused(error: Error) -> Result<(String, String), Problem> {
    let problem = Problem::from(error);
    if SAID.iter().any(|reason| reason.code() == problem.code) {
        let detail = problem.members.errors.first().map(|fault| fault.detail.clone());
        return Ok((problem.code, detail.unwrap_or_default()));
    }
    Err(problem)
}

/// Whether somebody who is signed in may go to its desk.
fn is_open(entering: &Entering) -> bool {
    entering.signed_in.standing == Standing::Open
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn only_addresses_of_this_site_are_gone_on_to() {
        for ours in ["/funder", "/structure/redemptions?from=2026-01-01&x=%C3%A9", "/"] {
            assert_eq!(local(ours), ours);
        }
        for other in ["", "https://a.example", "//a.example", "/\\a.example", "/a\r\nb", "/sign-in"]
        {
            assert_eq!(local(other), "/desk", "{other:?}");
        }
    }
}
