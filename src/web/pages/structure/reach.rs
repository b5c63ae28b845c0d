//! `/structure/venues/…/contact`: how a venue is reached, and how accessible it is.
//!
//! Promises: each line is optional, and says what is wrong with it. Does not: hold a person's own
//! address.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::place::{editable, onward};
use super::{Faults, Told, fault, is_stale, said, version_of};
use crate::domain::person::Email;
use crate::domain::venue::VenueProfile;
use crate::service::register;
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::Asked;
use crate::web::pages::desk::{Seated, Sent, go, redrawn, shown_here};
use crate::web::pages::field::{Field, begin_at_fault};
use crate::web::pages::words::Words;
use crate::web::problem::Problem;

/// What was typed.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Typed {
    version: String,
    #[serde(default)]
    sitting: String,
    phone: String,
    mailbox: String,
    appointments: String,
    website: String,
    accessibility: String,
}

#[derive(Template)]
#[template(path = "structure/contact.html")]
struct Page {
    frame: Frame,
    done: Option<String>,
    stale: bool,
    name: String,
    action: String,
    fields: [Field; 5],
    version: String,
    sitting: String,
}

fn page(
    frame: Frame,
    (id, name): (&str, String),
    typed: Typed,
    faults: &Faults,
    (done, stale): (Option<String>, bool),
) -> Page {
    let words = frame.words;
    let line = |name: &'static str, key: &str, hint: &str, value: &str, most: u16| {
        Field::text(name, words.say(key))
            .hint(words.say(hint))
            .value(value)
            .most(most)
            .complete("off")
            .fault(fault(faults, name))
    };
    let mut fields = [
        line("phone", "structure-reach-phone", "structure-reach-phone-hint", &typed.phone, 24)
            .kind("tel"),
        line(
            "mailbox",
            "structure-reach-mailbox",
            "structure-reach-mailbox-hint",
            &typed.mailbox,
            254,
        )
        .kind("email"),
        line(
            "appointments",
            "structure-reach-appointments",
            "structure-reach-appointments-hint",
            &typed.appointments,
            300,
        )
        .kind("url"),
        line(
            "website",
            "structure-reach-website",
            "structure-reach-website-hint",
            &typed.website,
            300,
        )
        .kind("url"),
        line(
            "accessibility",
            "structure-reach-accessibility",
            "structure-reach-accessibility-hint",
            &typed.accessibility,
            300,
        )
        .kind("url"),
    ];
    begin_at_fault(&mut fields);
    let action = format!("/structure/venues/{id}/contact");
    let (version, sitting) = (typed.version, typed.sitting);
    Page { frame, done, stale, name, action, fields, version, sitting }
}

/// The form.
pub(super) async fn get(
    State(app): State<App>,
    seated: Seated,
    Path(id): Path<String>,
    Asked(told): Asked<Told>,
) -> Result<Response, Problem> {
    let Seated { frame, actor, .. } = seated;
    let venue = editable(&app, &actor, &id).await?;
    let known = &venue.profile;
    let text = |it: Option<String>| it.unwrap_or_default();
    let typed = Typed {
        version: venue.version.to_string(),
        sitting: told.sitting,
        phone: text(known.phone.as_ref().map(ToString::to_string)),
        mailbox: text(known.mailbox.as_ref().map(|it| it.as_str().to_owned())),
        appointments: text(known.appointments.as_ref().map(ToString::to_string)),
        website: text(known.website.as_ref().map(ToString::to_string)),
        accessibility: text(known.accessibility.as_ref().map(ToString::to_string)),
    };
    let done = said(frame.words, &told.done);
    let at = (id.as_str(), known.name.to_string());
    Ok(shown_here(&page(frame, at, typed, &Faults::new(), (done, false))))
}

/// A line that may be empty.
fn line<T>(
    typed: &str,
    read: impl FnOnce(&str) -> Option<T>,
    (name, text): (&'static str, String),
    faults: &mut Faults,
) -> Option<T> {
    let typed = typed.trim();
    if typed.is_empty() {
        return None;
    }
    let value = read(typed);
    if value.is_none() {
        faults.push((name, text));
    }
    value
}

/// A venue's register with what was typed, or what is wrong.
fn judged(words: Words, typed: &Typed, before: VenueProfile) -> Result<VenueProfile, Faults> {
    let mut faults = Faults::new();
    let page = |key: &str| words.say(key);
    let phone = line(
        &typed.phone,
        |it| it.parse().ok(),
        ("phone", page("structure-fault-phone")),
        &mut faults,
    );
    let mailbox = line(
        &typed.mailbox,
        |it| Email::new(it).ok(),
        ("mailbox", page("structure-fault-mailbox")),
        &mut faults,
    );
    let url = page("structure-fault-url");
    let appointments =
        line(&typed.appointments, |it| it.parse().ok(), ("appointments", url.clone()), &mut faults);
    let website = line(&typed.website, |it| it.parse().ok(), ("website", url), &mut faults);
    let accessibility = line(
        &typed.accessibility,
        |it| it.parse().ok(),
        ("accessibility", page("structure-fault-accessibility")),
        &mut faults,
    );
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(VenueProfile { phone, mailbox, website, appointments, accessibility, ..before })
}

/// Takes the form.
pub(super) async fn post(
    State(app): State<App>,
    Path(id): Path<String>,
    Sent { seated, typed }: Sent<Typed>,
) -> Result<Response, Problem> {
    let Seated { frame, actor, .. } = seated;
    let venue = editable(&app, &actor, &id).await?;
    let at = (id.as_str(), venue.profile.name.to_string());
    let profile = match judged(frame.words, &typed, venue.profile) {
        Ok(profile) => profile,
        Err(faults) => return Ok(redrawn(&page(frame, at, typed, &faults, (None, false)))),
    };
    let if_match = version_of(&typed.version);
    match register::venue(&app.instance, &actor, venue.venue_id, profile, if_match).await {
        Ok(_) => Ok(go(&frame.to(&onward(&id, "", "contact", &typed.sitting)))),
        Err(error) => match is_stale(&error) {
            Some(version) => {
                let typed = Typed { version: version.to_string(), ..typed };
                Ok(redrawn(&page(frame, at, typed, &Faults::new(), (None, true))))
            }
            None => Err(error.into()),
        },
    }
}
