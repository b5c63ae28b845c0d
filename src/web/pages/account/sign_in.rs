//! Signing in, choosing what to be, and going.
//!
//! Promises: a wrong address and a wrong password are told alike. Does not: keep the password
//! longer than the request.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use secrecy::SecretString;
use serde::Deserialize;

use super::{local, onward, refused, with_cookie, without_cookie};
use crate::base::id::{Id, Membership};
use crate::domain::person::Email;
use crate::domain::refusal::Reason;
use crate::service::people::{choose as choosing, factor, leave, session};
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::{Asked, Nothing};
use crate::web::pages::desk::{
    Entering, Sent, SentByGuest, Turned, go, redrawn, role_key, shown_here,
};
use crate::web::pages::field::Field;
use crate::web::pages::step::proof;
use crate::web::pages::visitor::Visitor;
use crate::web::pages::words::Words;
use crate::web::problem::Problem;

#[derive(Template)]
#[template(path = "account/sign_in.html")]
struct Page {
    frame: Frame,
    fault: Option<String>,
    email: Field,
    password: Field,
    next: String,
    has_openid: bool,
}

/// Where to go on to.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Onward {
    #[serde(default)]
    pub(super) next: String,
}

fn page(app: &App, frame: Frame, next: &str, email: &str, fault: Option<String>) -> Page {
    let words = frame.words;
    Page {
        email: Field::text("email", words.say("sign-in-email"))
            .kind("email")
            .complete("username")
            .most(254)
            .required()
            .value(email)
            .focused(),
        password: password_field(words, "password", "sign-in-password")
            .complete("current-password"),
        next: local(next).to_owned(),
        has_openid: app.instance.settings.openid.is_some(),
        frame,
        fault,
    }
}

/// A field for a password; what was typed is never drawn again.
pub(super) fn password_field(words: Words, name: &str, key: &str) -> Field {
    Field::text(name, words.say(key)).kind("password").most(256).required()
}

/// The page; whoever is signed in goes on at once.
pub(super) async fn get(
    State(app): State<App>,
    visitor: Visitor,
    Asked(asked): Asked<Onward>,
    entering: Result<Entering, Turned>,
) -> Response {
    let next = local(&asked.next).to_owned();
    if let Ok(entering) = entering {
        return go(&onward(&entering.frame, &entering.signed_in, &next));
    }
    let frame = Frame::new(visitor).hidden();
    let frame = frame.asking(&[("next", &next)]);
    shown_here(&page(&app, frame, &next, "", None))
}

/// What is typed to sign in.
#[derive(Deserialize)]
pub(super) struct Typed {
    email: String,
    password: String,
    /// The code of the app, where a form brings it along.
    #[serde(default)]
    code: String,
    #[serde(default)]
    next: String,
}

/// Signs in.
pub(super) async fn post(
    State(app): State<App>,
    SentByGuest { frame, guest, typed }: SentByGuest<Typed>,
) -> Result<Response, Problem> {
    let Typed { email, password, code, next } = typed;
    let words = frame.words;
    let failed =
        |key: &str| Ok(redrawn(&page(&app, frame.clone(), &next, &email, Some(words.say(key)))));
    let Ok(address) = Email::new(&email) else { return failed("sign-in-wrong") };
    let password = SecretString::from(password);
    let opened = session::sign_in(&app.instance, &address, &password, None, &guest).await;
    let mut opened = match opened {
        Ok(opened) => opened,
        Err(error) => {
            let (code, _) = refused(error)?;
            let waits = code == Reason::RateLimited.code();
            return failed(if waits { "sign-in-wait" } else { "sign-in-wrong" });
        }
    };
    if !code.trim().is_empty()
        && let Ok((proved, _)) = factor::give(&app.instance, &opened.signed_in, proof(&code)).await
    {
        opened = proved;
    }
    Ok(with_cookie(go(&onward(&frame, &opened.signed_in, &next)), &opened))
}

/// Signs out.
pub(super) async fn out(
    State(app): State<App>,
    Sent { seated, .. }: Sent<Nothing, Entering>,
) -> Result<Response, Problem> {
    leave::end(&app.instance, &seated.signed_in, Some(seated.signed_in.session_id)).await?;
    Ok(without_cookie(go(&seated.frame.to("/"))))
}

/// What somebody may be.
struct Choice {
    id: String,
    organisation: String,
    role: String,
    current: bool,
}

#[derive(Template)]
#[template(path = "account/choose.html")]
struct Choices {
    frame: Frame,
    of: Vec<Choice>,
    next: String,
}

/// All that somebody may be.
pub(super) async fn choices(
    Entering { frame, signed_in }: Entering,
    Asked(asked): Asked<Onward>,
) -> Result<Response, Problem> {
    let next = local(&asked.next).to_owned();
    let current = signed_in.membership_id()?;
    let mut of = Vec::new();
    for membership in &signed_in.memberships {
        let read = || Ok::<_, crate::service::Error>((membership.id()?, membership.role()?));
        let (id, role) = read()?;
        of.push(Choice {
            id: id.to_string(),
            organisation: membership.organisation_name.clone(),
            role: frame.words.say(role_key(role)),
            current: current == Some(id),
        });
    }
    Ok(shown_here(&Choices { frame, of, next }))
}

/// What is chosen.
#[derive(Debug, Deserialize)]
pub(super) struct Chosen {
    membership: Id<Membership>,
    #[serde(default)]
    next: String,
}

/// Chooses what to be.
pub(super) async fn choose(
    State(app): State<App>,
    Sent { seated, typed }: Sent<Chosen, Entering>,
) -> Result<Response, Problem> {
    let Entering { frame, signed_in } = seated;
    let opened = choosing::choose(&app.instance, &signed_in, typed.membership).await?;
    // Another desk has other pages: where somebody was going is not for whom it is now.
    let next = if signed_in.membership.is_some() { "/desk" } else { &typed.next };
    Ok(with_cookie(go(&onward(&frame, &opened.signed_in, next)), &opened))
}
