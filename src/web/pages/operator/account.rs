//! `/operator/organisations/{id}/account`: the bank account of a structure, of the operator, or of
//! a funder whose own accountant pays.
//!
//! Promises: a number that cannot be one is told at its field; where two people record an account,
//! the other one is asked. Does not: show the number that is there.

use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::Operating;
use super::founding::{Form, about};
use super::notice::{Notice, turned};
use crate::base::text::Name;
use crate::domain::access::Action;
use crate::domain::bank::Iban;
use crate::domain::organisation::OrganisationId;
use crate::service::register::{self, BankAccountRequest, Registered};
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::named;
use crate::web::pages::desk::{Sent, Turned, go, redrawn, shown_here};
use crate::web::pages::field::Field;
use crate::web::problem::Problem;

/// What is typed.
#[derive(Default, Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    iban: String,
    #[serde(default)]
    holder: String,
    /// The version that was read; empty when there was none.
    #[serde(default)]
    version: String,
}

fn form(frame: Frame, read: &Registered, typed: &Typed) -> Form {
    let words = frame.words;
    let mut leads = vec![words.say("operator-account-lead")];
    if !read.accounts.is_empty() {
        leads.push(words.say("operator-account-again"));
    }
    leads.push(words.say("operator-second-account"));
    Form {
        title: words.say("operator-account-title"),
        notice: Notice::default(),
        about: Some(about(&frame, &read.profile.name, read.organisation_id)),
        leads,
        hidden: vec![("version", typed.version.clone())],
        fields: vec![
            Field::text("iban", words.say("operator-member-iban"))
                .hint(words.say("operator-account-iban-hint"))
                .complete("off")
                .most(42)
                .required()
                .value(&typed.iban),
            Field::text("holder", words.say("operator-member-holder"))
                .hint(words.say("operator-account-holder-hint"))
                .complete("off")
                .most(140)
                .required()
                .value(&typed.holder),
        ],
        button: words.say("operator-account-record"),
        frame,
    }
}

/// The newest version that there is.
fn version(read: &Registered) -> String {
    let newest = read.accounts.iter().map(|account| account.version).max();
    newest.map(|version| version.to_string()).unwrap_or_default()
}

/// The form.
pub(super) async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    Operating { frame, actor }: Operating,
) -> Result<Response, Problem> {
    actor.may_ever(Action::RecordBankAccount)?;
    let read = register::read(&app.instance, &actor, named(&id)?).await?;
    let holder = read.profile.name.to_string();
    let typed = Typed { holder, version: version(&read), ..Typed::default() };
    Ok(shown_here(&form(frame, &read, &typed)))
}

/// Records it, or asks a second person to.
pub(super) async fn post(
    State(app): State<App>,
    Path(id): Path<String>,
    Sent { seated, typed }: Sent<Typed, Operating>,
) -> Result<Response, Turned> {
    let Operating { frame, actor } = seated;
    let words = frame.words;
    let id: OrganisationId = named(&id)?;
    let read = register::read(&app.instance, &actor, id).await?;
    let iban = typed.iban.parse::<Iban>().is_ok();
    let holder = Name::new(&typed.holder).ok();
    let (true, Some(holder)) = (iban, holder.clone()) else {
        let fault = |bad: bool, key: &str| bad.then(|| words.say(key));
        let form = form(frame, &read, &typed);
        let form = form.wrong("iban", fault(!iban, "operator-account-iban-wrong"));
        return Ok(redrawn(&form.wrong("holder", fault(holder.is_none(), "operator-name-wrong"))));
    };
    let request = BankAccountRequest { iban: typed.iban.clone(), holder };
    let if_match = typed.version.parse().ok();
    match register::bank_account(&app.instance, &actor, id, &request, if_match).await {
        Ok(_) => Ok(go(&frame.to(&format!("/operator/organisations/{id}?done=account")))),
        Err(error) => {
            let notice = turned(&frame, error)?;
            Ok(redrawn(&Form { notice, ..form(frame, &read, &typed) }))
        }
    }
}
