//! `/structure/members`: who works here, as what; inviting one more, and ending what somebody is.
//!
//! Promises: nobody is offered a role that it may not give; a link that could not be sent is shown
//! once. Does not: know how people sign in.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use secrecy::ExposeSecret as _;
use serde::Deserialize;

use super::organisation::name_fault;
use super::{Faults, Told, fault, said, structure_of, venues};
use crate::base::id::{Id, Membership, Person};
use crate::base::text::Name;
use crate::domain::access::{Action, Actor, Role};
use crate::domain::person::{Email, MembershipRequest, PersonState};
use crate::domain::refusal::Reason;
use crate::service::Error;
use crate::service::people::erase;
use crate::service::people::invite::{self, Link};
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::{Asked, Nothing, fresh, named};
use crate::web::pages::desk::{Seated, Sent, go, redrawn, role_key, shown_here};
use crate::web::pages::field::{Field, begin_at_fault};
use crate::web::pages::words::Words;
use crate::web::problem::Problem;

/// Somebody who works here, as one thing.
struct Member {
    name: String,
    email: String,
    role: String,
    venue: String,
    state: String,
    /// Whether it has not joined yet: then the invitation can be sent again.
    waits: bool,
    is_asker: bool,
    again: String,
    end: String,
}

#[derive(Template)]
#[template(path = "structure/members.html")]
struct List {
    frame: Frame,
    done: Option<String>,
    members: Vec<Member>,
}

#[derive(Template)]
#[template(path = "structure/invite.html")]
struct Form {
    frame: Frame,
    membership: String,
    email: Field,
    name: Field,
    role: Field,
    venue: Option<Field>,
}

#[derive(Template)]
#[template(path = "structure/invited.html")]
struct Invited {
    frame: Frame,
    link: String,
    until: String,
}

#[derive(Template)]
#[template(path = "structure/member_end.html")]
struct End {
    frame: Frame,
    member: Member,
}

/// The roles that somebody may give here: the same or less, and at a venue only what is of it.
fn roles(actor: &Actor) -> &'static [Role] {
    if actor.venue.is_some() {
        &[Role::VenueCounter, Role::Venue]
    } else {
        &[Role::VenueCounter, Role::Venue, Role::StructureAccountant, Role::Structure]
    }
}

/// What a role is for, in words: for who chooses it.
const fn role_words(role: Role) -> &'static str {
    match role {
        Role::VenueCounter => "structure-role-venue-counter",
        Role::Venue => "structure-role-venue",
        Role::StructureAccountant => "structure-role-accountant",
        _ => "structure-role-structure",
    }
}

/// The people that somebody may see, one row for each thing that they are.
async fn members(app: &App, actor: &Actor, words: Words) -> Result<Vec<Member>, Problem> {
    let venues = venues::names(app, actor).await?;
    let mut members = Vec::new();
    for (person, held) in erase::list(&app.instance, actor).await? {
        let state = person.state().map_err(Error::from)?;
        let id = person.id().map_err(Error::from)?;
        for row in held {
            let at = row.venue().map_err(Error::from)?;
            let venue = venues.iter().find(|(id, _)| Some(*id) == at);
            let role = row.role().map_err(Error::from)?;
            members.push(Member {
                name: person.name.clone(),
                email: person.email.clone(),
                role: words.say(role_key(role)),
                venue: venue.map(|(_, name)| name.clone()).unwrap_or_default(),
                state: words.say(match state {
                    PersonState::Invited => "structure-member-invited",
                    PersonState::Active => "structure-member-active",
                    PersonState::Disabled => "structure-member-disabled",
                }),
                waits: state == PersonState::Invited,
                is_asker: id.any() == actor.id,
                again: format!("/structure/people/{id}/invitation"),
                end: format!("/structure/members/{}/end", row.id().map_err(Error::from)?),
            });
        }
    }
    members.sort_by_cached_key(|member| (member.name.to_lowercase(), member.end.clone()));
    Ok(members)
}

/// The list.
pub(super) async fn list(
    State(app): State<App>,
    seated: Seated,
    Asked(told): Asked<Told>,
) -> Result<Response, Problem> {
    let Seated { frame, actor, .. } = seated;
    structure_of(&actor)?;
    let words = frame.words;
    let members = members(&app, &actor, words).await?;
    Ok(shown_here(&List { done: said(words, &told.done), members, frame }))
}

/// What was typed.
#[derive(Clone, Default, Deserialize)]
pub(super) struct Typed {
    membership: String,
    email: String,
    name: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    venue: String,
}

async fn form(app: &App, seated: Seated, typed: &Typed, faults: &Faults) -> Result<Form, Problem> {
    let Seated { frame, actor, .. } = seated;
    let words = frame.words;
    let said: Vec<(&str, String)> =
        roles(&actor).iter().map(|role| (role.as_str(), words.say(role_words(*role)))).collect();
    let of: Vec<(&str, &str)> = said.iter().map(|(role, text)| (*role, text.as_str())).collect();
    let venues = venues::names(app, &actor).await?;
    let ids: Vec<String> = venues.iter().map(|(id, _)| id.to_string()).collect();
    let none = words.say("structure-invite-no-venue");
    let mut at = vec![("", none.as_str())];
    at.extend(ids.iter().zip(&venues).map(|(id, (_, name))| (id.as_str(), name.as_str())));
    let mut form = Form {
        membership: typed.membership.clone(),
        email: Field::text("email", words.say("structure-invite-email"))
            .hint(words.say("structure-invite-email-hint"))
            .kind("email")
            .value(&typed.email)
            .most(254)
            .complete("off")
            .required()
            .fault(fault(faults, "email")),
        name: Field::text("name", words.say("structure-invite-name"))
            .value(&typed.name)
            .most(140)
            .complete("off")
            .required()
            .fault(fault(faults, "name")),
        role: Field::one("role", words.say("structure-invite-role"), &of)
            .value(&typed.role)
            .fault(fault(faults, "role")),
        venue: actor.venue.is_none().then(|| {
            Field::choice("venue", words.say("structure-venue"), &at)
                .hint(words.say("structure-invite-venue-hint"))
                .value(&typed.venue)
                .fault(fault(faults, "venue"))
        }),
        frame,
    };
    let fields = [&mut form.email, &mut form.name, &mut form.role];
    begin_at_fault(fields.into_iter().chain(&mut form.venue));
    Ok(form)
}

/// The form.
pub(super) async fn begin(State(app): State<App>, seated: Seated) -> Result<Response, Problem> {
    structure_of(&seated.actor)?;
    seated.actor.may_ever(Action::GrantMembership)?;
    let role = Role::VenueCounter.as_str().to_owned();
    let typed = Typed { membership: fresh::<Membership>(&app), role, ..Typed::default() };
    Ok(shown_here(&form(&app, seated, &typed, &Faults::new()).await?))
}

/// What was typed, as a right to give.
fn judged(words: Words, actor: &Actor, typed: &Typed) -> Result<MembershipRequest, Faults> {
    let mut faults = Faults::new();
    let email = Email::new(&typed.email);
    if email.is_err() {
        faults.push(("email", words.say("structure-fault-email")));
    }
    let name = Name::new(&typed.name);
    if let Err(error) = &name {
        faults.push(("name", name_fault(words, *error)));
    }
    let role = roles(actor).iter().find(|role| role.as_str() == typed.role).copied();
    if role.is_none() {
        faults.push(("role", words.say("structure-fault-role")));
    }
    let bound = role.is_some_and(Role::is_at_a_venue);
    let venue_id = match (bound, actor.venue) {
        (false, _) => None,
        (true, Some(own)) => Some(own),
        (true, None) => typed.venue.parse().ok(),
    };
    if bound && venue_id.is_none() {
        faults.push(("venue", words.say("structure-fault-venue")));
    }
    match (email, name, role) {
        (Ok(email), Ok(name), Some(role)) if faults.is_empty() => {
            let organisation_id = actor.organisation;
            Ok(MembershipRequest { email, name, role, organisation_id, venue_id })
        }
        _ => Err(faults),
    }
}

/// What is said of an invitation: that it was sent, or its link, once.
async fn told_link(app: &App, frame: Frame, link: Option<&Link>) -> Result<Response, Problem> {
    match link {
        Some(link) if !link.sent => {
            let zone = app.instance.zone().await?;
            let moment = frame.words.moment(link.expires_at, &zone);
            let until = frame.words.with("structure-invited-until", [("moment", moment.into())]);
            let link = link.address.expose_secret().to_owned();
            Ok(shown_here(&Invited { frame, link, until }))
        }
        _ => Ok(go(&frame.to("/structure/members?done=invited"))),
    }
}

/// Invites somebody.
pub(super) async fn invite(
    State(app): State<App>,
    Sent { seated, typed }: Sent<Typed>,
) -> Result<Response, Problem> {
    structure_of(&seated.actor)?;
    let words = seated.frame.words;
    let id: Id<Membership> = named(&typed.membership)?;
    let request = match judged(words, &seated.actor, &typed) {
        Ok(request) => request,
        Err(faults) => return Ok(redrawn(&form(&app, seated, &typed, &faults).await?)),
    };
    match invite::grant(&app.instance, &seated.actor, id, request).await {
        Ok(granted) => told_link(&app, seated.frame, granted.link.as_ref()).await,
        Err(Error::Proposed(_)) => Ok(go(&seated.frame.to("/structure/members?done=proposed"))),
        // The person is that already.
        Err(Error::Refused(refusal)) if refusal.reason == Reason::WrongState => {
            let faults = vec![("email", words.say("structure-fault-granted"))];
            Ok(redrawn(&form(&app, seated, &typed, &faults).await?))
        }
        Err(error) => Err(error.into()),
    }
}

/// Sends an invitation again; the link before it is good no more.
pub(super) async fn again(
    State(app): State<App>,
    Path(id): Path<String>,
    Sent { seated, .. }: Sent<Nothing>,
) -> Result<Response, Problem> {
    structure_of(&seated.actor)?;
    let id: Id<Person> = named(&id)?;
    let link = invite::again(&app.instance, &seated.actor, id).await?;
    told_link(&app, seated.frame, Some(&link)).await
}

/// Asks whether somebody is to be this no more.
pub(super) async fn confirm(
    State(app): State<App>,
    seated: Seated,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let Seated { frame, actor, .. } = seated;
    structure_of(&actor)?;
    let path = format!("/structure/members/{id}/end");
    let found = members(&app, &actor, frame.words).await?;
    let found = found.into_iter().find(|member| member.end == path);
    let member = found.ok_or_else(|| Problem::from(Reason::NotFound))?;
    Ok(shown_here(&End { frame, member }))
}

/// Ends what somebody is: it is refused from its next request on.
pub(super) async fn end(
    State(app): State<App>,
    Path(id): Path<String>,
    Sent { seated, .. }: Sent<Nothing>,
) -> Result<Response, Problem> {
    structure_of(&seated.actor)?;
    let id: Id<Membership> = named(&id)?;
    match invite::end(&app.instance, &seated.actor, id).await {
        Ok(_) => Ok(go(&seated.frame.to("/structure/members?done=member-ended"))),
        Err(Error::Proposed(_)) => Ok(go(&seated.frame.to("/structure/members?done=proposed"))),
        Err(error) => Err(error.into()),
    }
}
