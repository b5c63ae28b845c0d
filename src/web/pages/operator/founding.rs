//! `/operator/organisations/new`: a funder, a structure or a distributor begins; a distributor gets
//! one more site.
//!
//! Promises: each fault stands at its field, and what was typed stays; sent twice, a form makes one
//! organisation. Does not: make the two keys of a funder, which nobody but the funder may hold.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::Operating;
use super::notice::{Notice, Query, turned};
use super::organisation::making;
use crate::base::day::Zone;
use crate::base::id::{Distributor, Funder, Noun, Site, Structure};
use crate::base::text::Name;
use crate::domain::access::Action;
use crate::domain::organisation::{
    LedgerTerms, Mode, OrganisationId, OrganisationProfile, SiteProfile,
};
use crate::domain::refusal::Reason;
use crate::domain::registration::Registration;
use crate::domain::territory::CommuneCode;
use crate::service::{Error, register};
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::{Asked, fresh, named};
use crate::web::pages::desk::{Sent, Turned, go, redrawn, shown_here};
use crate::web::pages::field::{Field, begin_at_fault};
use crate::web::pages::words::Words;
use crate::web::problem::Problem;

/// A form with a title and fields; also that of an account, a person and a key.
#[derive(Template)]
#[template(path = "operator/form.html")]
pub(super) struct Form {
    pub(super) frame: Frame,
    pub(super) notice: Notice,
    pub(super) title: String,
    /// What it is about, and where that is.
    pub(super) about: Option<(String, String)>,
    pub(super) leads: Vec<String>,
    /// Hidden fields.
    pub(super) hidden: Vec<(&'static str, String)>,
    pub(super) fields: Vec<Field>,
    pub(super) button: String,
}

impl Form {
    /// The same with a fault at a field, when there is one; typing begins at the first.
    pub(super) fn wrong(mut self, name: &str, fault: Option<String>) -> Self {
        let field = self.fields.iter_mut().find(|field| field.is_named(name));
        if let (Some(field), Some(fault)) = (field, fault) {
            *field = field.clone().fault(Some(fault));
        }
        begin_at_fault(&mut self.fields);
        self
    }
}

/// What is typed of an organisation.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Typed {
    kind: String,
    id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    registration: String,
    #[serde(default)]
    mode: String,
    #[serde(default)]
    time_zone: String,
    #[serde(default)]
    recovery_key: String,
    #[serde(default)]
    age_recipient: String,
}

/// The kinds that can be made here.
fn noun(kind: &str) -> Result<Noun, Reason> {
    let nouns = [Noun::Funder, Noun::Structure, Noun::Distributor];
    let found = nouns.into_iter().find(|noun| noun.as_str() == kind);
    found.ok_or(Reason::NotFound)
}

fn form(frame: Frame, noun: Noun, typed: &Typed) -> Form {
    let words = frame.words;
    let line = |name: &str, key: &str, hint: &str, value: &str, most| {
        let field = Field::text(name, words.say(key)).most(most).required().value(value);
        field.hint(words.say(hint)).complete("off")
    };
    let mut leads = Vec::new();
    let mut fields = vec![
        line("name", "operator-field-name", "operator-field-name-hint", &typed.name, 140),
        line(
            "registration",
            "operator-field-number",
            "operator-field-number-hint",
            &typed.registration,
            20,
        ),
    ];
    if noun == Noun::Funder {
        leads.push(words.say("operator-funder-lead"));
        let (held, pledged) = (words.say("operator-mode-held"), words.say("operator-mode-pledged"));
        let modes = [("held", held.as_str()), ("pledged", pledged.as_str())];
        fields.extend([
            Field::one("mode", words.say("operator-field-mode"), &modes)
                .hint(words.say("operator-field-mode-hint"))
                .value(&typed.mode),
            line(
                "time_zone",
                "operator-field-zone",
                "operator-field-zone-hint",
                &typed.time_zone,
                60,
            ),
            line(
                "recovery_key",
                "operator-field-recovery",
                "operator-field-recovery-hint",
                &typed.recovery_key,
                60,
            ),
            line(
                "age_recipient",
                "operator-field-age",
                "operator-field-age-hint",
                &typed.age_recipient,
                80,
            ),
        ]);
    } else if noun == Noun::Structure {
        leads.push(words.say("operator-structure-lead"));
    } else {
        leads.push(words.say("operator-distributor-lead"));
    }
    Form {
        title: words.say(making(noun)),
        notice: Notice::default(),
        about: None,
        leads,
        hidden: vec![("kind", typed.kind.clone()), ("id", typed.id.clone())],
        fields,
        button: words.say("operator-register"),
        frame,
    }
}

/// The form.
pub(super) async fn get(
    State(app): State<App>,
    operating: Operating,
    Asked(asked): Asked<Query>,
) -> Result<Response, Problem> {
    operating.actor.may_ever(Action::CreateOrganisation)?;
    let kind = asked.kind;
    let noun = noun(&kind)?;
    let id = match noun {
        Noun::Funder => fresh::<Funder>(&app),
        Noun::Structure => fresh::<Structure>(&app),
        _ => fresh::<Distributor>(&app),
    };
    let (mode, time_zone) = ("held".to_owned(), app.instance.zone().await?.name().to_owned());
    let typed = Typed { kind, id, mode, time_zone, ..Typed::default() };
    Ok(shown_here(&form(operating.frame, noun, &typed)))
}

/// The terms of a funder's ledger, or the name of the field that is wrong.
fn terms(typed: &Typed) -> Result<LedgerTerms, (&'static str, &'static str)> {
    let mode = if typed.mode == "pledged" { Mode::Pledged } else { Mode::Held };
    let zone = typed.time_zone.trim().parse::<Zone>();
    let time_zone = zone.map_err(|_| ("time_zone", "operator-field-zone-wrong"))?;
    let recovery_key = typed.recovery_key.trim().to_owned();
    let age_recipient = typed.age_recipient.trim().to_owned();
    Ok(LedgerTerms { mode, time_zone, recovery_key, age_recipient })
}

/// What a form says, or every field that is wrong.
fn profile(
    noun: Noun,
    typed: &Typed,
) -> Result<OrganisationProfile, Vec<(&'static str, &'static str)>> {
    let mut wrong = Vec::new();
    let name = Name::new(&typed.name).map_err(|_| wrong.push(("name", "operator-name-wrong")));
    let registration = typed.registration.parse::<Registration>();
    let registration =
        registration.map_err(|_| wrong.push(("registration", "operator-field-number-wrong")));
    let ledger = (noun == Noun::Funder).then(|| terms(typed)).transpose();
    let ledger = ledger.map_err(|fault| wrong.push(fault));
    match (name, registration, ledger) {
        (Ok(name), Ok(registration), Ok(ledger)) => {
            Ok(OrganisationProfile { name, registration, sites: Vec::new(), ledger })
        }
        _ => Err(wrong),
    }
}

/// Registers it.
pub(super) async fn post(
    State(app): State<App>,
    Sent { seated, typed }: Sent<Typed, Operating>,
) -> Result<Response, Turned> {
    let Operating { frame, actor } = seated;
    let (noun, id) = (noun(&typed.kind)?, named::<OrganisationId>(&typed.id)?);
    if id.any().noun() != noun {
        return Err(Reason::NotFound.into());
    }
    let profile = match profile(noun, &typed) {
        Ok(profile) => profile,
        Err(wrong) => return Ok(redrawn(&faulty(frame, noun, &typed, &wrong))),
    };
    match register::organisation(&app.instance, &actor, id, profile, None).await {
        Ok(_) => Ok(go(&frame.to(&format!("/operator/organisations/{id}?done=registered")))),
        Err(error) => {
            let wrong = pointed(&error);
            if !wrong.is_empty() {
                return Ok(redrawn(&faulty(frame, noun, &typed, &wrong)));
            }
            let notice = turned(&frame, error)?;
            Ok(redrawn(&Form { notice, ..form(frame, noun, &typed) }))
        }
    }
}

/// The fields of the keys that the register does not take.
fn pointed(error: &Error) -> Vec<(&'static str, &'static str)> {
    let known = [
        ("/ledger/recovery_key", "recovery_key", "operator-field-recovery-wrong"),
        ("/ledger/age_recipient", "age_recipient", "operator-field-age-wrong"),
    ];
    let Error::Refused(refusal) = error else { return Vec::new() };
    let faults = refusal.members.errors.iter();
    let faults = faults.filter_map(|fault| known.iter().find(|(at, ..)| *at == fault.pointer));
    faults.map(|(_, field, key)| (*field, *key)).collect()
}

fn faulty(frame: Frame, noun: Noun, typed: &Typed, wrong: &[(&str, &str)]) -> Form {
    let words = frame.words;
    let form = form(frame, noun, typed);
    wrong.iter().fold(form, |form, (name, key)| form.wrong(name, Some(words.say(key))))
}

/// What is typed of a site.
#[derive(Debug, Default, Deserialize)]
pub(super) struct TypedSite {
    id: String,
    version: i64,
    #[serde(default)]
    name: String,
    #[serde(default)]
    commune: String,
}

fn site_form(frame: Frame, about: (String, String), typed: &TypedSite) -> Form {
    let words = frame.words;
    let field = |name: &str, key: &str, hint: &str, value: &str| {
        let field = Field::text(name, words.say(key)).hint(words.say(hint)).complete("off");
        field.most(140).required().value(value)
    };
    let commune = "operator-site-commune";
    Form {
        title: words.say("operator-site-new"),
        notice: Notice::default(),
        about: Some(about),
        leads: Vec::new(),
        hidden: vec![("id", typed.id.clone()), ("version", typed.version.to_string())],
        fields: vec![
            field("name", "operator-site-name", "operator-site-name-hint", &typed.name),
            field("commune", commune, "operator-site-commune-hint", &typed.commune),
        ],
        button: words.say("operator-site-add"),
        frame,
    }
}

/// Where an organisation is shown, and its name.
pub(super) fn about(frame: &Frame, name: &Name, id: OrganisationId) -> (String, String) {
    (frame.to(&format!("/operator/organisations/{id}")), name.to_string())
}

/// The form of a site.
pub(super) async fn site(
    State(app): State<App>,
    Path(id): Path<String>,
    Operating { frame, actor }: Operating,
) -> Result<Response, Problem> {
    actor.may_ever(Action::EditOrganisation)?;
    let id: OrganisationId = named(&id)?;
    let read = register::read(&app.instance, &actor, id).await?;
    let about = about(&frame, &read.profile.name, id);
    let (site, version) = (fresh::<Site>(&app), read.version);
    let typed = TypedSite { id: site, version, ..TypedSite::default() };
    Ok(shown_here(&site_form(frame, about, &typed)))
}

/// The commune of a code, or of a name that only one has.
fn commune(words: Words, text: &str) -> Result<CommuneCode, String> {
    use crate::domain::place::Place;
    if let Ok(code) = text.parse() {
        return Ok(code);
    }
    match Place::of(text) {
        Some(Place::Communes(communes)) if communes.len() == 1 => Ok(communes[0]),
        Some(Place::Communes(_)) => Err(words.say("operator-commune-many")),
        _ => Err(words.say("operator-commune-wrong")),
    }
}

/// Adds the site.
pub(super) async fn add_site(
    State(app): State<App>,
    Path(id): Path<String>,
    Sent { seated, typed }: Sent<TypedSite, Operating>,
) -> Result<Response, Turned> {
    let Operating { frame, actor } = seated;
    let words = frame.words;
    let (id, site_id) = (named::<OrganisationId>(&id)?, named(&typed.id)?);
    let read = register::read(&app.instance, &actor, id).await?;
    let about = about(&frame, &read.profile.name, id);
    let (name, at) = (Name::new(&typed.name).ok(), commune(words, &typed.commune));
    let (Some(name), Ok(commune)) = (name.clone(), at.clone()) else {
        let fault = name.is_none().then(|| words.say("operator-name-wrong"));
        let form = site_form(frame, about, &typed).wrong("name", fault);
        return Ok(redrawn(&form.wrong("commune", at.err())));
    };
    let mut profile = read.profile;
    let to = frame.to(&format!("/operator/organisations/{id}?done=site"));
    if profile.sites.iter().any(|site| site.site_id == site_id) {
        return Ok(go(&to));
    }
    profile.sites.push(SiteProfile { site_id, name, commune });
    let done = register::organisation(&app.instance, &actor, id, profile, Some(typed.version));
    match done.await {
        Ok(_) => Ok(go(&to)),
        Err(error) => {
            let notice = turned(&frame, error)?;
            Ok(redrawn(&Form { notice, ..site_form(frame, about, &typed) }))
        }
    }
}
