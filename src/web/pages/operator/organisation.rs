//! `/operator/organisations`: who is registered here; and one of them with its venues, sites,
//! people, keys and bank account.
//!
//! Promises: an account number is never shown whole; people are shown to who invites them only.
//! Does not: show money (see the settlements).

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use super::Operating;
use super::notice::{Notice, Query};
use super::venue::state_key;
use crate::base::day::Zone;
use crate::base::id::{AnyId, Noun};
use crate::domain::access::Action;
use crate::domain::organisation::{Mode, OrganisationId};
use crate::domain::person::PersonState;
use crate::domain::venue::VenueState;
use crate::service::find::{self, Names};
use crate::service::people::erase;
use crate::service::register::{self, Registered};
use crate::service::sign_in::{self, KeyState};
use crate::service::{Error, Instance};
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::{Asked, named};
use crate::web::pages::desk::{role_key, shown_here};
use crate::web::pages::words::Words;
use crate::web::problem::Problem;

/// The kinds of organisations, each with the key of its words.
pub(super) const KINDS: &[(Noun, &str, &str)] = &[
    (Noun::Funder, "operator-kind-funders", "operator-kind-funder"),
    (Noun::Structure, "operator-kind-structures", "operator-kind-structure"),
    (Noun::Distributor, "operator-kind-distributors", "operator-kind-distributor"),
    (Noun::Operator, "operator-kind-operators", "operator-kind-operator"),
];

/// An organisation in the list.
struct Row {
    to: String,
    name: String,
    number: String,
}

#[derive(Template)]
#[template(path = "operator/organisations.html")]
struct List {
    frame: Frame,
    notice: Notice,
    /// Kinds: address, words, whether it is the one that is shown.
    kinds: Vec<(String, String, bool)>,
    rows: Vec<Row>,
    next: Option<String>,
    make: Option<(String, String)>,
}

/// The list.
pub(super) async fn list(
    State(app): State<App>,
    operating: Operating,
    Asked(asked): Asked<Query>,
) -> Result<Response, Problem> {
    let kind = KINDS.iter().find(|(noun, ..)| noun.as_str() == asked.kind).unwrap_or(&KINDS[1]);
    let creates = operating.may(Action::CreateOrganisation) && kind.0 != Noun::Operator;
    let Operating { frame, actor } = operating;
    let words = frame.words;
    let (found, more) = find::organisations(&app.instance, &actor, kind.0, &asked.after).await?;
    let address = |noun: Noun| format!("/operator/organisations?kind={}", noun.as_str());
    let next = found.last().filter(|_| more);
    let next = next.map(|last| format!("{}&after={}", address(kind.0), last.id));
    let row = |it: &find::ListedOrganisation| Row {
        to: format!("/operator/organisations/{}", it.id),
        name: it.profile.name.to_string(),
        number: it.profile.registration.to_string(),
    };
    let make = creates.then(|| {
        let to = format!("/operator/organisations/new?kind={}", kind.0.as_str());
        (to, words.say(making(kind.0)))
    });
    Ok(shown_here(&List {
        notice: Notice::done(words, &asked),
        kinds: KINDS
            .iter()
            .map(|(noun, plural, _)| (address(*noun), words.say(plural), *noun == kind.0))
            .collect(),
        rows: found.iter().map(row).collect(),
        next,
        make,
        frame,
    }))
}

/// The words of the form that makes one.
pub(super) const fn making(noun: Noun) -> &'static str {
    match noun {
        Noun::Funder => "operator-new-funder",
        Noun::Distributor => "operator-new-distributor",
        _ => "operator-new-structure",
    }
}

/// A person of the organisation.
struct Person {
    id: String,
    name: String,
    email: String,
    state: &'static str,
    invited: bool,
    /// What it is: the membership, and its role in words.
    parts: Vec<(String, String)>,
}

/// A key of the organisation.
struct Key {
    id: String,
    role: String,
    at: Option<String>,
    state: String,
    lives: bool,
}

#[derive(Template)]
#[template(path = "operator/organisation.html")]
struct Page {
    frame: Frame,
    notice: Notice,
    id: String,
    name: String,
    facts: Vec<(String, String)>,
    /// Where money goes, of who is paid or pays by itself.
    accounts: Option<Vec<String>>,
    records: bool,
    venues: Option<Vec<(String, String, String)>>,
    sites: Option<Vec<(String, String)>>,
    edits: bool,
    people: Option<Vec<Person>>,
    keys: Vec<Key>,
    grants_keys: bool,
}

impl Page {
    /// A page about the same organisation.
    fn at(&self, part: &str) -> String {
        self.frame.to(&format!("/operator/organisations/{}/{part}", self.id))
    }
}

/// What a register says.
fn facts(words: Words, read: &Registered) -> Vec<(String, String)> {
    let noun = read.organisation_id.any().noun();
    let kind = KINDS.iter().find(|(known, ..)| *known == noun);
    let kind = kind.map(|(_, _, key)| words.say(key)).unwrap_or_default();
    let mut facts = vec![
        (words.say("operator-organisation-kind"), kind),
        (words.say("operator-organisation-number"), read.profile.registration.to_string()),
    ];
    if let Some(terms) = &read.profile.ledger {
        let mode = match terms.mode {
            Mode::Held => "operator-mode-held",
            Mode::Pledged => "operator-mode-pledged",
        };
        facts.push((words.say("operator-organisation-money"), words.say(mode)));
        let zone = terms.time_zone.name().to_owned();
        facts.push((words.say("operator-organisation-zone"), zone));
    }
    facts
}

/// The bank accounts in words: the one in force, and the one to come.
fn accounts(words: Words, zone: &Zone, read: &Registered) -> Vec<String> {
    let shown = read.accounts.iter().map(|account| match account.in_force_at {
        None => account.account.clone(),
        Some(at) => {
            let moment = words.moment(at, zone);
            let values = [("account", account.account.clone().into()), ("moment", moment.into())];
            words.with("operator-account-to-come", values)
        }
    });
    shown.collect()
}

async fn people(
    instance: &Instance,
    operating: &Operating,
    id: OrganisationId,
) -> Result<Option<Vec<Person>>, Problem> {
    if !operating.may(Action::ReadPeople) {
        return Ok(None);
    }
    let words = operating.frame.words;
    let mut people = Vec::new();
    for (row, held) in erase::list_of(instance, &operating.actor, id).await? {
        let state = row.state().map_err(Error::from)?;
        let mut parts = Vec::new();
        for membership in held {
            let role = membership.role().map_err(Error::from)?;
            let id = membership.id().map_err(Error::from)?;
            parts.push((id.to_string(), words.say(role_key(role))));
        }
        people.push(Person {
            id: row.person_id,
            name: row.name,
            email: row.email,
            state: match state {
                PersonState::Invited => "operator-person-invited",
                PersonState::Active => "operator-person-active",
                PersonState::Disabled => "operator-person-disabled",
            },
            invited: state == PersonState::Invited,
            parts,
        });
    }
    Ok(Some(people))
}

fn key(words: Words, zone: &Zone, names: &Names, state: &KeyState) -> Key {
    let day = |at| words.day(zone.day_of(at));
    let said = match (state.revoked_at, state.expires_at, state.used_at) {
        (Some(at), ..) => words.with("operator-key-ended", [("day", day(at).into())]),
        (_, Some(at), _) => {
            // It ends with its last day.
            let last = day(at.plus_seconds(-1));
            words.with("operator-key-until", [("day", last.into())])
        }
        (_, _, Some(at)) => words.with("operator-key-used", [("day", day(at).into())]),
        _ => words.say("operator-key-unused"),
    };
    Key {
        id: state.actor.id.to_string(),
        role: words.say(role_key(state.actor.role)),
        at: state.actor.venue.map(|venue| names.of(&venue)),
        state: said,
        lives: state.revoked_at.is_none(),
    }
}

/// The keys of an organisation, living ones first.
async fn keys(
    instance: &Instance,
    operating: &Operating,
    id: OrganisationId,
    zone: &Zone,
) -> Result<Vec<Key>, Problem> {
    if !operating.may(Action::ReadKeys) {
        return Ok(Vec::new());
    }
    let Operating { frame, actor } = operating;
    let mut found = sign_in::list(instance, actor).await?;
    found.retain(|key| key.actor.organisation == id);
    found.sort_by_key(|key| (key.revoked_at.is_some(), key.actor.id));
    let venues: Vec<AnyId> =
        found.iter().filter_map(|key| key.actor.venue.map(crate::base::id::Id::any)).collect();
    let names = find::names(instance, actor, venues).await?;
    Ok(found.iter().map(|state| key(frame.words, zone, &names, state)).collect())
}

/// One organisation.
pub(super) async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    operating: Operating,
    Asked(asked): Asked<Query>,
) -> Result<Response, Problem> {
    let id: OrganisationId = named(&id)?;
    let (instance, words) = (&app.instance, operating.frame.words);
    let read = register::read(instance, &operating.actor, id).await?;
    let zone = instance.zone().await?;
    let noun = id.any().noun();
    let mut venues = None;
    if noun == Noun::Structure {
        let rows = find::venues_of(instance, &operating.actor, id.any()).await?;
        let row = |(id, name, state): (String, String, String)| {
            let state = VenueState::of(&state).map(|state| words.say(state_key(state)));
            (format!("/operator/venues/{id}"), name, state.unwrap_or_default())
        };
        venues = Some(rows.into_iter().map(row).collect());
    }
    let sites = (noun == Noun::Distributor).then(|| {
        let sites = read.profile.sites.iter();
        sites.map(|site| (site.name.to_string(), site.commune.name().to_owned())).collect()
    });
    let pledged = read.profile.ledger.as_ref().is_some_and(|it| it.mode == Mode::Pledged);
    let is_payee = matches!(noun, Noun::Structure | Noun::Operator) || pledged;
    let page = Page {
        notice: Notice::done(words, &asked),
        id: id.to_string(),
        name: read.profile.name.to_string(),
        facts: facts(words, &read),
        accounts: is_payee.then(|| accounts(words, &zone, &read)),
        records: operating.may(Action::RecordBankAccount),
        venues,
        sites,
        edits: operating.may(Action::EditOrganisation),
        people: people(instance, &operating, id).await?,
        keys: keys(instance, &operating, id, &zone).await?,
        grants_keys: operating.may(Action::GrantKey),
        frame: operating.frame,
    };
    Ok(shown_here(&page))
}
