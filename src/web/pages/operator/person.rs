//! `/operator/organisations/{id}/people`: a person is invited, and what a person is ends.
//!
//! Promises: the link of an invitation is shown once, where it could not be sent; a right that two
//! people grant is asked of the other one. Does not: choose passwords.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use secrecy::ExposeSecret as _;
use serde::Deserialize;

use super::Operating;
use super::founding::{Form, about};
use super::notice::{Notice, turned};
use crate::base::clock::Timestamp;
use crate::base::id::{Id, Membership, Person, Venue};
use crate::base::text::Name;
use crate::domain::access::{Action, Role};
use crate::domain::organisation::OrganisationId;
use crate::domain::person::{Email, MembershipRequest};
use crate::service::people::invite::{self, Link};
use crate::service::register::{self, Registered};
use crate::service::{Instance, find};
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::{fresh, named};
use crate::web::pages::desk::{Sent, Turned, go, redrawn, role_key, shown_here};
use crate::web::pages::field::Field;
use crate::web::pages::words::Words;
use crate::web::problem::Problem;

/// Something that is shown once: a link or a secret.
#[derive(Template)]
#[template(path = "operator/secret.html")]
pub(super) struct Once {
    pub(super) frame: Frame,
    pub(super) title: String,
    pub(super) leads: Vec<String>,
    pub(super) label: String,
    pub(super) secret: String,
    pub(super) back: (String, String),
}

/// What is typed.
#[derive(Default, Deserialize)]
pub(super) struct Typed {
    id: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    venue: String,
}

/// The roles of people in an organisation: value and words.
pub(super) fn roles(words: Words, id: OrganisationId, devices: bool) -> Vec<(String, String)> {
    let noun = id.any().noun().as_str();
    let of = Role::ALL.into_iter().filter(|role| role.noun() == noun);
    let of = of.filter(|role| devices || *role != Role::Device);
    of.map(|role| (role.as_str().to_owned(), words.say(role_key(role)))).collect()
}

/// The venues of a structure, after an empty choice: value and name.
pub(super) async fn venues(
    instance: &Instance,
    operating: &Operating,
    id: OrganisationId,
) -> Result<Vec<(String, String)>, Problem> {
    if id.any().noun().as_str() != Role::Structure.noun() {
        return Ok(Vec::new());
    }
    let none = operating.frame.words.say("operator-venue-none");
    let rows = find::venues_of(instance, &operating.actor, id.any()).await?;
    let rows = rows.into_iter().map(|(id, name, _)| (id, name));
    Ok(std::iter::once((String::new(), none)).chain(rows).collect())
}

/// Pairs as a choice takes them.
pub(super) fn choices(of: &[(String, String)]) -> Vec<(&str, &str)> {
    of.iter().map(|(value, label)| (value.as_str(), label.as_str())).collect()
}

fn form(frame: Frame, read: &Registered, venues: &[(String, String)], typed: &Typed) -> Form {
    let words = frame.words;
    let roles = roles(words, read.organisation_id, false);
    let mut fields = vec![
        Field::text("name", words.say("operator-member-name"))
            .complete("off")
            .most(100)
            .required()
            .value(&typed.name),
        Field::text("email", words.say("operator-member-email"))
            .kind("email")
            .complete("off")
            .most(254)
            .required()
            .value(&typed.email),
        Field::one("role", words.say("operator-member-role"), &choices(&roles)).value(&typed.role),
    ];
    if !venues.is_empty() {
        let field = Field::choice("venue", words.say("operator-member-venue"), &choices(venues));
        fields.push(field.hint(words.say("operator-venue-choice-hint")).value(&typed.venue));
    }
    Form {
        title: words.say("operator-invite-title"),
        notice: Notice::default(),
        about: Some(about(&frame, &read.profile.name, read.organisation_id)),
        leads: vec![words.say("operator-invite-lead"), words.say("operator-second-role")],
        hidden: vec![("id", typed.id.clone())],
        fields,
        button: words.say("operator-invite-go"),
        frame,
    }
}

/// The form.
pub(super) async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    operating: Operating,
) -> Result<Response, Problem> {
    operating.actor.may_ever(Action::GrantMembership)?;
    let id: OrganisationId = named(&id)?;
    let read = register::read(&app.instance, &operating.actor, id).await?;
    let venues = venues(&app.instance, &operating, id).await?;
    let typed = Typed { id: fresh::<Membership>(&app), ..Typed::default() };
    Ok(shown_here(&form(operating.frame, &read, &venues, &typed)))
}

/// A field that is wrong, and the key of why.
pub(super) type Wrong = (&'static str, &'static str);

/// A role with its venue, or the field that is wrong and why.
pub(super) fn part(
    id: OrganisationId,
    role: &str,
    venue: &str,
) -> Result<(Role, Option<Id<Venue>>), Wrong> {
    let role = Role::of(role).filter(|role| role.noun() == id.any().noun().as_str());
    let role = role.ok_or(("role", "operator-role-wrong"))?;
    let venue = venue.parse().ok();
    if role.is_at_a_venue() && venue.is_none() {
        return Err(("venue", "operator-venue-needed"));
    }
    Ok((role, venue.filter(|_| role.is_at_a_venue())))
}

/// Invites.
pub(super) async fn post(
    State(app): State<App>,
    Path(id): Path<String>,
    Sent { seated, typed }: Sent<Typed, Operating>,
) -> Result<Response, Turned> {
    let (id, membership) = (named::<OrganisationId>(&id)?, named::<Id<Membership>>(&typed.id)?);
    let read = register::read(&app.instance, &seated.actor, id).await?;
    let venues = venues(&app.instance, &seated, id).await?;
    let Operating { frame, actor } = seated;
    let words = frame.words;
    let (name, email) = (Name::new(&typed.name), Email::new(&typed.email));
    let part = part(id, &typed.role, &typed.venue);
    let (Ok(name), Ok(email), Ok((role, venue_id))) = (name, email, part) else {
        let fault = |bad: bool, key: &str| bad.then(|| words.say(key));
        let form = form(frame, &read, &venues, &typed);
        let form =
            form.wrong("name", fault(Name::new(&typed.name).is_err(), "operator-name-wrong"));
        let bad = Email::new(&typed.email).is_err();
        let mut form = form.wrong("email", fault(bad, "operator-email-wrong"));
        if let Err((field, key)) = part {
            form = form.wrong(field, Some(words.say(key)));
        }
        return Ok(redrawn(&form));
    };
    let request = MembershipRequest { email, name, role, organisation_id: id, venue_id };
    let to = format!("/operator/organisations/{id}");
    match invite::grant(&app.instance, &actor, membership, request).await {
        Ok(granted) => {
            let link = granted.link.filter(|link| !link.sent);
            let Some(link) = link else { return Ok(go(&frame.to(&format!("{to}?done=granted")))) };
            once(&app, frame, &link, to).await
        }
        Err(error) => {
            let notice = turned(&frame, error)?;
            Ok(redrawn(&Form { notice, ..form(frame, &read, &venues, &typed) }))
        }
    }
}

/// The link of an invitation, this once.
async fn once(app: &App, frame: Frame, link: &Link, to: String) -> Result<Response, Turned> {
    let words = frame.words;
    let until = moment(app, words, link.expires_at).await?;
    Ok(shown_here(&Once {
        title: words.say("operator-link-title"),
        leads: vec![
            words.say("operator-link-lead"),
            words.with("operator-link-until", [("moment", until.into())]),
        ],
        label: words.say("operator-link-label"),
        secret: link.address.expose_secret().to_owned(),
        back: (frame.to(&to), words.say("operator-link-back")),
        frame,
    }))
}

async fn moment(app: &App, words: Words, at: Timestamp) -> Result<String, Problem> {
    Ok(words.moment(at, &app.instance.zone().await?))
}

/// Where somebody comes from who presses a button of a list.
#[derive(Debug, Deserialize)]
pub(super) struct From {
    /// The organisation whose page it is.
    pub(super) of: String,
}

/// Ends what a person is.
pub(super) async fn end(
    State(app): State<App>,
    Path(id): Path<String>,
    Sent { seated, typed }: Sent<From, Operating>,
) -> Result<Response, Turned> {
    let Operating { frame, actor } = seated;
    let (membership, of): (Id<Membership>, OrganisationId) = (named(&id)?, named(&typed.of)?);
    let to = format!("/operator/organisations/{of}");
    match invite::end(&app.instance, &actor, membership).await {
        Ok(_) => Ok(go(&frame.to(&format!("{to}?done=ended")))),
        Err(error) => {
            turned(&frame, error)?;
            Ok(go(&frame.to(&to)))
        }
    }
}

/// Makes a new link for somebody who has not joined.
pub(super) async fn again(
    State(app): State<App>,
    Path(id): Path<String>,
    Sent { seated, typed }: Sent<From, Operating>,
) -> Result<Response, Turned> {
    let Operating { frame, actor } = seated;
    let (person, of): (Id<Person>, OrganisationId) = (named(&id)?, named(&typed.of)?);
    let to = format!("/operator/organisations/{of}");
    match invite::again(&app.instance, &actor, person).await {
        Ok(link) if !link.sent => once(&app, frame, &link, to).await,
        Ok(_) => Ok(go(&frame.to(&format!("{to}?done=granted")))),
        Err(error) => {
            let words = frame.words;
            Ok(redrawn(&Once {
                title: words.say("operator-link-not"),
                leads: turned(&frame, error)?.bad.into_iter().collect(),
                label: String::new(),
                secret: String::new(),
                back: (frame.to(&to), words.say("operator-link-back")),
                frame,
            }))
        }
    }
}
