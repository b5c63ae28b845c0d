//! The second factor: giving it, and setting up an app that makes its codes.
//!
//! Promises: the secret of an app and the recovery codes are shown once. Does not: keep them.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use super::sign_in::Onward;
use super::{is_open, local, onward, refused, with_cookie};
use crate::domain::refusal::Reason;
use crate::domain::session::Standing;
use crate::service::people::factor;
use crate::web::App;
use crate::web::pages::asked::{Asked, Nothing};
use crate::web::pages::desk::{Entering, Sent, go, redrawn, shown_here, with_passkey};
use crate::web::pages::field::Field;
use crate::web::pages::step::{code_field, passkey_options, proof, proved};
use crate::web::pages::words::Words;
use crate::web::pages::{Frame, qr};
use crate::web::problem::Problem;

/// The name of the field.
const CODE: &str = "code";

#[derive(Template)]
#[template(path = "account/factor.html")]
struct Give {
    frame: Frame,
    code: Field,
    next: String,
    /// What the browser is asked, of who has a passkey.
    passkey: Option<String>,
}

async fn give(
    app: &App,
    Entering { frame, signed_in }: Entering,
    fault: Option<String>,
    next: String,
) -> Result<Give, Problem> {
    let passkey = passkey_options(app, &signed_in).await?;
    Ok(Give { code: code_field(frame.words, CODE, fault), passkey, frame, next })
}

/// Asks for the second factor; whoever has given it, or has none, goes on.
pub(super) async fn get(
    State(app): State<App>,
    entering: Entering,
    Asked(asked): Asked<Onward>,
) -> Result<Response, Problem> {
    let next = local(&asked.next).to_owned();
    if entering.signed_in.standing != Standing::FactorNeeded {
        return Ok(go(&onward(&entering.frame, &entering.signed_in, &next)));
    }
    let page = give(&app, entering, None, next).await?;
    Ok(with_passkey(page.passkey.is_some(), shown_here(&page)))
}

/// A code, and where to go on to.
#[derive(Deserialize)]
pub(super) struct Answer {
    #[serde(default)]
    code: String,
    /// What a browser answered, instead.
    #[serde(default)]
    passkey: String,
    #[serde(default)]
    next: String,
}

/// What is wrong with a code, in words.
fn wrong(words: Words, code: &str) -> String {
    let waits = code == Reason::RateLimited.code();
    words.say(if waits { "sign-in-wait" } else { "factor-wrong" })
}

/// Takes the second factor.
pub(super) async fn post(
    State(app): State<App>,
    Sent { seated, typed }: Sent<Answer, Entering>,
) -> Result<Response, Problem> {
    let next = local(&typed.next).to_owned();
    match proved(&app, &seated.signed_in, &typed.code, &typed.passkey).await {
        Ok(opened) => {
            Ok(with_cookie(go(&onward(&seated.frame, &opened.signed_in, &next)), &opened))
        }
        Err(error) => {
            let (code, _) = refused(error)?;
            let fault = wrong(seated.frame.words, &code);
            let page = give(&app, seated, Some(fault), next).await?;
            Ok(with_passkey(page.passkey.is_some(), redrawn(&page)))
        }
    }
}

#[derive(Template)]
#[template(path = "account/enrol.html")]
struct Enrol {
    frame: Frame,
    /// What the app is given; nothing before it is made.
    given: Option<Given>,
    code: Field,
    next: String,
}

/// What an app is given: to scan, to type, and for the form that comes back.
struct Given {
    qr: String,
    secret: String,
    uri: String,
}

impl Given {
    fn of(words: Words, uri: &str) -> Self {
        let secret = uri.split(['?', '&']).find_map(|part| part.strip_prefix("secret="));
        let letters: Vec<char> = secret.unwrap_or_default().chars().collect();
        // In groups of four, as it is typed into an app by who cannot scan.
        let groups: Vec<String> = letters.chunks(4).map(|four| four.iter().collect()).collect();
        let qr = qr::svg(uri, &words.say("enrol-qr"));
        Self { qr, secret: groups.join(" "), uri: uri.to_owned() }
    }
}

impl Enrol {
    fn new(frame: Frame, uri: Option<&str>, next: String) -> Self {
        let words = frame.words;
        Self {
            given: uri.map(|uri| Given::of(words, uri)),
            code: Field::text(CODE, words.say("enrol-code"))
                .hint(words.say("enrol-code-hint"))
                .complete("one-time-code")
                .digits()
                .most(10)
                .required(),
            frame,
            next,
        }
    }
}

/// Says what an app is for, and offers to begin; who has one already sees its account.
pub(super) async fn begin(entering: Entering, Asked(asked): Asked<Onward>) -> Response {
    let next = local(&asked.next).to_owned();
    if entering.signed_in.has_factor {
        return go(&entering.frame.to("/account"));
    }
    shown_here(&Enrol::new(entering.frame, None, next))
}

#[derive(Template)]
#[template(path = "account/codes.html")]
pub(super) struct Codes {
    frame: Frame,
    shown: Vec<String>,
    onward: String,
}

impl Codes {
    /// Recovery codes, and where to go on to.
    pub(super) const fn new(frame: Frame, shown: Vec<String>, onward: String) -> Self {
        Self { frame, shown, onward }
    }
}

fn codes(frame: Frame, codes: &[SecretString], onward: String) -> Codes {
    let shown = codes.iter().map(|code| code.expose_secret().to_owned()).collect();
    Codes::new(frame, shown, onward)
}

/// What comes back from an app: nothing at first, then its code.
#[derive(Deserialize)]
pub(super) struct FirstCode {
    #[serde(default)]
    code: String,
    /// What the app was given, to draw it again when the code is wrong.
    #[serde(default)]
    uri: String,
    #[serde(default)]
    next: String,
}

/// Makes the secret of an app; then takes its first code and shows the recovery codes, once.
pub(super) async fn confirm(
    State(app): State<App>,
    Sent { seated, typed }: Sent<FirstCode, Entering>,
) -> Result<Response, Problem> {
    let Entering { frame, signed_in } = seated;
    let next = local(&typed.next).to_owned();
    if typed.uri.is_empty() {
        let enrolment = factor::enrol(&app.instance, &signed_in).await?;
        let uri = enrolment.uri.expose_secret();
        return Ok(shown_here(&Enrol::new(frame, Some(uri), next)));
    }
    match factor::give(&app.instance, &signed_in, proof(&typed.code)).await {
        Ok((opened, shown)) => {
            let onward = onward(&frame, &opened.signed_in, &next);
            if shown.is_empty() {
                return Ok(with_cookie(go(&onward), &opened));
            }
            // The page's own form of signing out names the new token.
            let frame = frame.again(&opened.signed_in);
            Ok(with_cookie(shown_here(&codes(frame, &shown, onward)), &opened))
        }
        Err(error) => {
            let (code, _) = refused(error)?;
            let fault = wrong(frame.words, &code);
            let mut page = Enrol::new(frame, Some(&typed.uri), next);
            page.code = page.code.fault(Some(fault));
            Ok(redrawn(&page))
        }
    }
}

/// Ten new recovery codes; the old ones are worthless.
pub(super) async fn renew(
    State(app): State<App>,
    Sent { seated, .. }: Sent<Nothing, Entering>,
) -> Result<Response, Problem> {
    let shown = factor::renew_codes(&app.instance, &seated.signed_in).await?;
    let onward = seated.frame.to("/account");
    Ok(shown_here(&codes(seated.frame, &shown, onward)))
}

/// Forgets the app, for another one.
pub(super) async fn remove(
    State(app): State<App>,
    Sent { seated, .. }: Sent<Nothing, Entering>,
) -> Result<Response, Problem> {
    factor::remove(&app.instance, &seated.signed_in).await?;
    let to = if is_open(&seated) { "/account/factor" } else { "/sign-in" };
    Ok(go(&seated.frame.to(to)))
}
