//! `/structure/register`: the name and number of the structure.
//!
//! Promises: a mistyped SIRET is noticed at once; a register that changed meanwhile is not written
//! over unseen. Does not: ask the national registers.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::{Faults, fault, is_stale, structure_of, version_of};
use crate::base::text::{Name, NameError};
use crate::domain::access::{Action, Owner};
use crate::domain::registration::{Registration, RegistrationError};
use crate::service::register;
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::desk::{Seated, Sent, go, redrawn, shown_here};
use crate::web::pages::field::{Field, begin_at_fault};
use crate::web::pages::words::Words;
use crate::web::problem::Problem;

/// What was typed.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Typed {
    name: String,
    registration: String,
    version: String,
}

#[derive(Template)]
#[template(path = "structure/register.html")]
struct Page {
    frame: Frame,
    stale: bool,
    name: Field,
    registration: Field,
    version: String,
}

fn page(frame: Frame, typed: Typed, faults: &Faults, stale: bool) -> Page {
    let words = frame.words;
    let mut page = Page {
        name: Field::text("name", words.say("structure-register-name"))
            .hint(words.say("structure-register-name-hint"))
            .value(&typed.name)
            .most(140)
            .complete("organization")
            .required()
            .fault(fault(faults, "name")),
        registration: Field::text("registration", words.say("structure-register-number"))
            .hint(words.say("structure-register-number-hint"))
            .value(&typed.registration)
            .most(24)
            .required()
            .fault(fault(faults, "registration")),
        version: typed.version,
        stale,
        frame,
    };
    begin_at_fault([&mut page.name, &mut page.registration]);
    page
}

/// The form.
pub(super) async fn get(State(app): State<App>, seated: Seated) -> Result<Response, Problem> {
    let Seated { frame, actor, .. } = seated;
    structure_of(&actor)?;
    actor.permit(Action::EditOrganisation, &Owner::organisation(actor.organisation))?;
    let known = register::read(&app.instance, &actor, actor.organisation).await?;
    let typed = Typed {
        name: known.profile.name.to_string(),
        registration: known.profile.registration.number().to_owned(),
        version: known.version.to_string(),
    };
    Ok(shown_here(&page(frame, typed, &Vec::new(), false)))
}

/// The sentence about a name that cannot be one.
pub(super) fn name_fault(words: Words, error: NameError) -> String {
    words.say(match error {
        NameError::Empty => "structure-fault-name",
        NameError::TooLong => "structure-fault-name-long",
        NameError::Control => "structure-fault-name-odd",
    })
}

fn registration_fault(words: Words, error: RegistrationError) -> String {
    words.say(match error {
        RegistrationError::SiretForm => "structure-fault-siret-form",
        RegistrationError::SiretCheck => "structure-fault-siret-check",
        RegistrationError::RnaForm => "structure-fault-rna",
    })
}

/// Takes the form.
pub(super) async fn post(
    State(app): State<App>,
    Sent { seated, typed }: Sent<Typed>,
) -> Result<Response, Problem> {
    let Seated { frame, actor, .. } = seated;
    structure_of(&actor)?;
    let words = frame.words;
    let name = Name::new(&typed.name);
    let registration: Result<Registration, _> = typed.registration.parse();
    let (name, registration) = match (name, registration) {
        (Ok(name), Ok(registration)) => (name, registration),
        (name, registration) => {
            let name = name.err().map(|error| ("name", name_fault(words, error)));
            let number = registration.err();
            let number = number.map(|error| ("registration", registration_fault(words, error)));
            let faults = name.into_iter().chain(number).collect();
            return Ok(redrawn(&page(frame, typed, &faults, false)));
        }
    };
    let known = register::read(&app.instance, &actor, actor.organisation).await?;
    let mut profile = known.profile;
    (profile.name, profile.registration) = (name, registration);
    let if_match = version_of(&typed.version);
    let id = actor.organisation;
    match register::organisation(&app.instance, &actor, id, profile, if_match).await {
        Ok(_) => Ok(go(&frame.to("/structure?done=register"))),
        Err(error) => match is_stale(&error) {
            Some(version) => {
                let typed = Typed { version: version.to_string(), ..typed };
                Ok(redrawn(&page(frame, typed, &Vec::new(), true)))
            }
            None => Err(error.into()),
        },
    }
}
