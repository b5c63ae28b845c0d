//! `/join/…` and `/reset/…`: what the links of mails open; and `/forgot`, which asks for one.
//!
//! Promises: opening a link changes nothing, so that a mail scanner that follows it does no harm;
//! whoever asks for a link learns nothing about who has an account. Does not: send mail.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use secrecy::SecretString;
use serde::Deserialize;

use super::own::{chosen_fields, password_fault};
use super::{onward, refused, with_cookie};
use crate::base::text::Name;
use crate::domain::person::Email;
use crate::domain::refusal::Reason;
use crate::service::people::join::{self as joining, Newcomer};
use crate::service::people::reset as resetting;
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::desk::{SentByGuest, go, redrawn, shown_here};
use crate::web::pages::field::{Field, begin_at_fault};
use crate::web::pages::visitor::Visitor;
use crate::web::pages::words::Words;
use crate::web::problem::Problem;

/// How `join::look` calls the link of the first operator.
const FIRST: &str = "first";

#[derive(Template)]
#[template(path = "account/join.html")]
struct Page {
    frame: Frame,
    title: &'static str,
    lead: &'static str,
    fields: Vec<Field>,
    go: &'static str,
}

impl Page {
    /// The page of a link; what was typed stands in it, but for passwords.
    fn new(frame: Frame, purpose: &str, email: &str, name: &str) -> Self {
        let words = frame.words;
        let (chosen, again) = chosen_fields(words);
        let mut fields = Vec::new();
        let (title, lead, go) = match purpose {
            FIRST => {
                let own = Field::text("name", words.say("join-name")).most(100).complete("name");
                fields.push(own.required().value(name).focused());
                let own = Field::text("email", words.say("sign-in-email")).kind("email").most(254);
                fields.push(own.required().value(email).complete("username"));
                ("join-first-title", "join-first-lead", "join-go")
            }
            "reset" => ("reset-title", "reset-lead", "reset-go"),
            _ => ("join-title", "join-lead", "join-go"),
        };
        fields.extend([chosen, again]);
        Self { frame, title, lead, fields, go }
    }

    /// Ties what is wrong to its field.
    fn with_fault(mut self, name: &str, fault: &str) -> Self {
        if let Some(field) = self.fields.iter_mut().find(|field| field.is_named(name)) {
            *field = field.clone().fault(Some(fault.to_owned()));
        }
        begin_at_fault(&mut self.fields);
        self
    }
}

async fn look(app: &App, token: String) -> Result<&'static str, Problem> {
    let (purpose, _) = joining::look(&app.instance, &SecretString::from(token)).await?;
    Ok(purpose.as_str())
}

/// The page of an invitation.
pub(super) async fn join(
    State(app): State<App>,
    visitor: Visitor,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    let purpose = look(&app, token).await?;
    Ok(shown_here(&Page::new(Frame::new(visitor).hidden(), purpose, "", "")))
}

/// The page of a link to choose another password.
pub(super) async fn reset(
    state: State<App>,
    visitor: Visitor,
    token: Path<String>,
) -> Result<Response, Problem> {
    join(state, visitor, token).await
}

/// What is typed on the page of a link.
#[derive(Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    email: String,
    #[serde(default)]
    name: String,
    chosen: String,
    again: String,
}

/// What is wrong before anything is asked: the field and the key of the words.
fn fault(typed: &Typed, is_first: bool) -> Option<(&'static str, &'static str)> {
    if is_first && Name::new(&typed.name).is_err() {
        return Some(("name", "join-name-wrong"));
    }
    if is_first && Email::new(&typed.email).is_err() {
        return Some(("email", "email-wrong"));
    }
    (typed.chosen != typed.again).then_some(("again", "password-differs"))
}

/// Who makes itself known by the first link.
fn newcomer(typed: &Typed) -> Option<Newcomer> {
    let (email, name) = (Email::new(&typed.email).ok()?, Name::new(&typed.name).ok()?);
    Some(Newcomer { email, name })
}

/// Joins: the person has a password, and is signed in.
pub(super) async fn joined(
    State(app): State<App>,
    Path(token): Path<String>,
    SentByGuest { frame, guest, typed }: SentByGuest<Typed>,
) -> Result<Response, Problem> {
    let purpose = look(&app, token.clone()).await?;
    let words = frame.words;
    let page = Page::new(frame.clone(), purpose, &typed.email, &typed.name);
    if let Some((name, key)) = fault(&typed, purpose == FIRST) {
        return Ok(redrawn(&page.with_fault(name, &words.say(key))));
    }
    let newcomer = newcomer(&typed).filter(|_| purpose == FIRST);
    let (token, chosen) = (SecretString::from(token), SecretString::from(typed.chosen));
    match joining::join(&app.instance, &token, &chosen, newcomer, &guest).await {
        Ok(opened) => {
            let to = onward(&frame, &opened.signed_in, "/desk");
            Ok(with_cookie(go(&to), &opened))
        }
        Err(error) => Ok(redrawn(&page.with_fault("chosen", &weak(words, error)?))),
    }
}

/// What is wrong with a password that was refused.
fn weak(words: Words, error: crate::service::Error) -> Result<String, Problem> {
    let (code, detail) = refused(error)?;
    if code == Reason::RateLimited.code() {
        return Ok(words.say("sign-in-wait"));
    }
    Ok(password_fault(words, &detail))
}

/// Chooses another password by a link; whoever has it signs in anew.
pub(super) async fn done(
    State(app): State<App>,
    Path(token): Path<String>,
    SentByGuest { frame, typed, .. }: SentByGuest<Typed>,
) -> Result<Response, Problem> {
    let purpose = look(&app, token.clone()).await?;
    let words = frame.words;
    let page = Page::new(frame.clone(), purpose, "", "");
    if let Some((name, key)) = fault(&typed, false) {
        return Ok(redrawn(&page.with_fault(name, &words.say(key))));
    }
    let (token, chosen) = (SecretString::from(token), SecretString::from(typed.chosen));
    match resetting::by_link(&app.instance, &token, &chosen).await {
        Ok(_) => Ok(go(&frame.to("/sign-in"))),
        Err(error) => Ok(redrawn(&page.with_fault("chosen", &weak(words, error)?))),
    }
}

#[derive(Template)]
#[template(path = "account/forgot.html")]
struct Forgot {
    frame: Frame,
    email: Field,
    sent: bool,
}

fn forgotten(frame: Frame, typed: &str, fault: Option<&str>, sent: bool) -> Forgot {
    let words = frame.words;
    let email = Field::text("email", words.say("sign-in-email")).kind("email").most(254);
    let email = email.complete("username").required().value(typed).focused();
    Forgot { email: email.fault(fault.map(|key| words.say(key))), frame, sent }
}

/// The form that asks for a link.
pub(super) async fn forgot(visitor: Visitor) -> Response {
    shown_here(&forgotten(Frame::new(visitor).hidden(), "", None, false))
}

/// An address.
#[derive(Deserialize)]
pub(super) struct Address {
    email: String,
}

/// Asks for a link; the answer is the same for every address.
pub(super) async fn ask(
    State(app): State<App>,
    SentByGuest { frame, guest, typed }: SentByGuest<Address>,
) -> Result<Response, Problem> {
    let Ok(email) = Email::new(&typed.email) else {
        return Ok(redrawn(&forgotten(frame, &typed.email, Some("email-wrong"), false)));
    };
    match resetting::ask(&app.instance, email, &guest).await {
        Ok(()) => Ok(shown_here(&forgotten(frame, "", None, true))),
        Err(error) => {
            refused(error)?;
            Ok(redrawn(&forgotten(frame, &typed.email, Some("sign-in-wait"), false)))
        }
    }
}
