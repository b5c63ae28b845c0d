//! `/account`: one's name, parts, second factor, password and sessions.
//!
//! Promises: what ends or changes a way of signing in asks for the second factor first. Does not:
//! show anything of somebody else.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use secrecy::SecretString;
use serde::Deserialize;

use super::sign_in::password_field;
use super::{refused, with_cookie, without_cookie};
use crate::base::id::{Id, Session};
use crate::domain::refusal::Reason;
use crate::service::people::{factor, leave, reset};
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::{Asked, named};
use crate::web::pages::desk::{Entering, Sent, go, redrawn, role_key, shown_here};
use crate::web::pages::field::{Field, begin_at_fault};
use crate::web::pages::words::Words;
use crate::web::problem::Problem;

/// One session.
struct Shown {
    id: String,
    opened: String,
    seen: String,
    current: bool,
}

#[derive(Template)]
#[template(path = "account/own.html")]
struct Page {
    frame: Frame,
    name: String,
    parts: Vec<(String, String)>,
    has_factor: bool,
    codes_left: Option<String>,
    sessions: Vec<Shown>,
    done: Option<String>,
}

/// What was just done.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Done {
    #[serde(default)]
    done: String,
}

/// The page.
pub(super) async fn get(
    State(app): State<App>,
    Entering { frame, signed_in }: Entering,
    Asked(asked): Asked<Done>,
) -> Result<Response, Problem> {
    let words = frame.words;
    let mut parts = Vec::new();
    for membership in &signed_in.memberships {
        let role = membership.role().map_err(crate::service::Error::from)?;
        parts.push((membership.organisation_name.clone(), words.say(role_key(role))));
    }
    let codes_left = if signed_in.has_factor {
        let left = factor::codes_left(&app.instance, &signed_in).await?;
        Some(words.with("account-codes-left", [("count", left.into())]))
    } else {
        None
    };
    let zone = app.instance.zone().await?;
    let sessions = leave::list(&app.instance, &signed_in).await?.into_iter();
    let told = |key: &str, at| words.with(key, [("moment", words.moment(at, &zone).into())]);
    let shown = |it: leave::Listed| Shown {
        id: it.session_id.to_string(),
        opened: told("account-session-opened", it.opened_at),
        seen: told("account-session-seen", it.seen_at),
        current: it.is_current,
    };
    let done = match asked.done.as_str() {
        "password" => Some(words.say("account-done-password")),
        "sessions" => Some(words.say("account-done-sessions")),
        _ => None,
    };
    Ok(shown_here(&Page {
        name: signed_in.name().to_owned(),
        parts,
        has_factor: signed_in.has_factor,
        codes_left,
        sessions: sessions.map(shown).collect(),
        done,
        frame,
    }))
}

#[derive(Template)]
#[template(path = "account/password.html")]
struct Password {
    frame: Frame,
    current: Field,
    chosen: Field,
    again: Field,
}

impl Password {
    fn new(frame: Frame) -> Self {
        let (chosen, again) = chosen_fields(frame.words);
        let current = password_field(frame.words, "current", "password-current");
        Self { current: current.complete("current-password").focused(), chosen, again, frame }
    }

    /// The same, where typing begins at what is wrong.
    fn begun(mut self) -> Self {
        begin_at_fault([&mut self.current, &mut self.chosen, &mut self.again]);
        self
    }
}

/// The fields of a new password, twice.
pub(super) fn chosen_fields(words: Words) -> (Field, Field) {
    let chosen = password_field(words, "chosen", "password-chosen").complete("new-password");
    let again = password_field(words, "again", "password-again").complete("new-password");
    (chosen.hint(words.say("password-hint")), again)
}

/// What is wrong with a password, in words: the rule's own are for programs.
pub(super) fn password_fault(words: Words, detail: &str) -> String {
    let key = if detail.contains("at least") {
        "password-short"
    } else if detail.contains("at most") {
        "password-long"
    } else if detail.contains("stolen") {
        "password-stolen"
    } else {
        "password-guessed"
    };
    words.say(key)
}

/// The form for another password.
pub(super) async fn password(Entering { frame, .. }: Entering) -> Response {
    shown_here(&Password::new(frame))
}

/// The old password and the new one, twice.
#[derive(Deserialize)]
pub(super) struct Typed {
    current: String,
    chosen: String,
    again: String,
}

/// Changes the password.
pub(super) async fn changed(
    State(app): State<App>,
    Sent { seated, typed }: Sent<Typed, Entering>,
) -> Result<Response, Problem> {
    let Entering { frame, signed_in } = seated;
    let words = frame.words;
    let mut page = Password::new(frame.clone());
    if typed.chosen != typed.again {
        page.again = page.again.fault(Some(words.say("password-differs")));
        return Ok(redrawn(&page.begun()));
    }
    let current = SecretString::from(typed.current);
    let chosen = SecretString::from(typed.chosen);
    match reset::change(&app.instance, &signed_in, &current, &chosen).await {
        Ok(opened) => Ok(with_cookie(go(&frame.to("/account?done=password")), &opened)),
        Err(error) => {
            let (code, detail) = refused(error)?;
            if code == Reason::InvalidRequest.code() {
                page.chosen = page.chosen.fault(Some(password_fault(words, &detail)));
            } else {
                let waits = code == Reason::RateLimited.code();
                let key = if waits { "sign-in-wait" } else { "password-wrong" };
                page.current = page.current.fault(Some(words.say(key)));
            }
            Ok(redrawn(&page.begun()))
        }
    }
}

/// Which session ends; all of them when none is named.
#[derive(Debug, Deserialize)]
pub(super) struct Ended {
    #[serde(default)]
    session: String,
}

/// Ends one session, or all.
pub(super) async fn end(
    State(app): State<App>,
    Sent { seated, typed }: Sent<Ended, Entering>,
) -> Result<Response, Problem> {
    let Entering { frame, signed_in } = seated;
    let one: Option<Id<Session>> = match typed.session.as_str() {
        "" => None,
        id => Some(named(id)?),
    };
    leave::end(&app.instance, &signed_in, one).await?;
    if one.is_none_or(|id| id == signed_in.session_id) {
        return Ok(without_cookie(go(&frame.to("/sign-in"))));
    }
    Ok(go(&frame.to("/account?done=sessions")))
}
