//! `/operator/organisations/{id}/keys`: a program gets a key, and loses it.
//!
//! Promises: a secret is shown once, with the answer to the form that made it. Does not: keep it.

use axum::extract::{Path, State};
use axum::response::Response;
use secrecy::ExposeSecret as _;
use serde::Deserialize;

use super::Operating;
use super::founding::{Form, about};
use super::notice::{Notice, turned};
use super::person::{From, Once, choices, part, roles, venues};
use super::typed::end_of;
use crate::base::id::{ApiKey, Id};
use crate::domain::access::{Action, KeyRequest};
use crate::domain::organisation::OrganisationId;
use crate::service::register::{self, Registered};
use crate::service::{Error, propose, sign_in};
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::{fresh, named};
use crate::web::pages::desk::{Sent, Turned, go, redrawn, shown_here};
use crate::web::pages::field::Field;
use crate::web::problem::Problem;

/// What is typed.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Typed {
    id: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    venue: String,
    #[serde(default)]
    until: String,
    #[serde(default)]
    rights: Vec<String>,
}

fn form(frame: Frame, read: &Registered, venues: &[(String, String)], typed: &Typed) -> Form {
    let words = frame.words;
    let roles = roles(words, read.organisation_id, true);
    let mut fields = vec![
        Field::one("role", words.say("operator-key-role"), &choices(&roles)).value(&typed.role),
    ];
    if !venues.is_empty() {
        let field = Field::choice("venue", words.say("operator-member-venue"), &choices(venues));
        fields.push(field.hint(words.say("operator-venue-choice-hint")).value(&typed.venue));
    }
    let reads = words.say("operator-key-reads-only");
    fields.push(
        Field::ticks("rights", words.say("operator-key-rights"), &[("reads-only", &reads)])
            .values(&typed.rights),
    );
    fields.push(
        Field::text("until", words.say("operator-key-until-field"))
            .hint(words.say("operator-key-until-hint"))
            .kind("date")
            .value(&typed.until),
    );
    Form {
        title: words.say("operator-key-title"),
        notice: Notice::default(),
        about: Some(about(&frame, &read.profile.name, read.organisation_id)),
        leads: vec![words.say("operator-key-lead"), words.say("operator-second-role")],
        hidden: vec![("id", typed.id.clone())],
        fields,
        button: words.say("operator-key-go"),
        frame,
    }
}

/// The form.
pub(super) async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    operating: Operating,
) -> Result<Response, Problem> {
    operating.actor.may_ever(Action::GrantKey)?;
    let id: OrganisationId = named(&id)?;
    let read = register::read(&app.instance, &operating.actor, id).await?;
    let venues = venues(&app.instance, &operating, id).await?;
    let typed = Typed { id: fresh::<ApiKey>(&app), ..Typed::default() };
    Ok(shown_here(&form(operating.frame, &read, &venues, &typed)))
}

/// Grants it.
pub(super) async fn post(
    State(app): State<App>,
    Path(id): Path<String>,
    Sent { seated, typed }: Sent<Typed, Operating>,
) -> Result<Response, Turned> {
    let (id, key_id) = (named::<OrganisationId>(&id)?, named::<Id<ApiKey>>(&typed.id)?);
    let read = register::read(&app.instance, &seated.actor, id).await?;
    let venues = venues(&app.instance, &seated, id).await?;
    let Operating { frame, actor } = seated;
    let words = frame.words;
    let now = app.instance.clock.now();
    let zone = app.instance.zone().await?;
    let expires_at = end_of(&typed.until, &zone).filter(|at| *at > now);
    let part = part(id, &typed.role, &typed.venue);
    let bad_day = !typed.until.trim().is_empty() && expires_at.is_none();
    let (Ok((role, venue_id)), false) = (part, bad_day) else {
        let fault = bad_day.then(|| words.say("operator-key-until-wrong"));
        let mut form = form(frame, &read, &venues, &typed).wrong("until", fault);
        if let Err((field, key)) = part {
            form = form.wrong(field, Some(words.say(key)));
        }
        return Ok(redrawn(&form));
    };
    let reads_only = typed.rights.iter().any(|right| right == "reads-only");
    let request = KeyRequest { role, organisation_id: id, venue_id, reads_only, expires_at };
    let to = format!("/operator/organisations/{id}");
    let (secret, proposal) = match sign_in::grant(&app.instance, &actor, key_id, request).await {
        Ok((_, Some(secret))) => (secret, None),
        Ok((_, None)) => return Ok(go(&frame.to(&to))),
        Err(Error::Proposed(mut proposed)) if proposed.secret.is_some() => {
            let secret = proposed.secret.take().unwrap_or_default();
            (secret, Some(propose::of_line(proposed.done)?.id))
        }
        Err(error) => {
            let notice = turned(&frame, error)?;
            return Ok(redrawn(&Form { notice, ..form(frame, &read, &venues, &typed) }));
        }
    };
    let mut leads = vec![words.say("operator-secret-lead")];
    let mut back = (frame.to(&to), words.say("operator-link-back"));
    if let Some(id) = proposal {
        leads.push(words.say("operator-secret-second"));
        let to = frame.to(&format!("/operator/proposals/{id}"));
        back = (to, words.say("operator-proposal-see"));
    }
    Ok(shown_here(&Once {
        title: words.say("operator-secret-title"),
        leads,
        label: words.say("operator-secret-label"),
        secret: secret.expose_secret().to_owned(),
        back,
        frame,
    }))
}

/// Ends a key: it is refused from the next request on.
pub(super) async fn end(
    State(app): State<App>,
    Path(id): Path<String>,
    Sent { seated, typed }: Sent<From, Operating>,
) -> Result<Response, Problem> {
    let Operating { frame, actor } = seated;
    let (key, of): (Id<ApiKey>, OrganisationId) = (named(&id)?, named(&typed.of)?);
    sign_in::revoke(&app.instance, &actor, key).await?;
    Ok(go(&frame.to(&format!("/operator/organisations/{of}?done=revoked"))))
}
