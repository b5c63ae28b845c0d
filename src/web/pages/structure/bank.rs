//! `/structure/account`: where the money goes.
//!
//! Promises: an account is checked before it is sent and shown only in part afterwards. Does not:
//! say whose the account is; the payer's bank verifies that.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::organisation::name_fault;
use super::{Faults, Told, fault, is_stale, said, structure_of, version_of};
use crate::base::text::Name;
use crate::domain::access::{Action, Owner};
use crate::domain::bank::{Iban, IbanError};
use crate::service::Error;
use crate::service::register::{self, BankAccountRequest};
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::Asked;
use crate::web::pages::desk::{Seated, Sent, go, redrawn, shown_here};
use crate::web::pages::field::{Field, begin_at_fault};
use crate::web::pages::words::Words;
use crate::web::problem::Problem;

/// What was typed.
#[derive(Clone, Deserialize)]
pub(super) struct Typed {
    iban: String,
    holder: String,
    version: String,
}

/// An account that is known.
struct Known {
    account: String,
    /// From when on money goes there.
    label: String,
}

#[derive(Template)]
#[template(path = "structure/account.html")]
struct Page {
    frame: Frame,
    done: Option<String>,
    stale: bool,
    known: Vec<Known>,
    iban: Field,
    holder: Field,
    version: String,
}

/// The accounts that are known, in part, and the version that the next one replaces.
async fn known(app: &App, seated: &Seated) -> Result<(Vec<Known>, String, String), Problem> {
    let Seated { frame, actor, .. } = seated;
    structure_of(actor)?;
    // Who may not change it need not see the page; that a code is asked for comes with the form.
    actor.may_ever(Action::RecordBankAccount)?;
    let read = register::read(&app.instance, actor, actor.organisation).await?;
    let zone = app.instance.zone().await?;
    let words = frame.words;
    let version = read.accounts.iter().map(|account| account.version).max().unwrap_or_default();
    let shown = read.accounts.iter().map(|account| Known {
        account: account.account.clone(),
        label: match account.in_force_at.map(|at| words.moment(at, &zone)) {
            Some(moment) => words.with("structure-account-from", [("moment", moment.into())]),
            None => words.say("structure-account-now"),
        },
    });
    Ok((shown.collect(), version.to_string(), read.profile.name.to_string()))
}

fn page(
    seated: Seated,
    (done, stale): (Option<String>, bool),
    known: Vec<Known>,
    typed: &Typed,
    faults: &Faults,
) -> Page {
    let words = seated.frame.words;
    let mut page = Page {
        done,
        stale,
        known,
        iban: Field::text("iban", words.say("structure-account-iban"))
            .hint(words.say("structure-account-iban-hint"))
            .value(&typed.iban)
            .most(42)
            .complete("off")
            .required()
            .fault(fault(faults, "iban")),
        holder: Field::text("holder", words.say("structure-account-holder"))
            .hint(words.say("structure-account-holder-hint"))
            .value(&typed.holder)
            .most(140)
            .complete("off")
            .required()
            .fault(fault(faults, "holder")),
        version: typed.version.clone(),
        frame: seated.frame,
    };
    begin_at_fault([&mut page.iban, &mut page.holder]);
    page
}

/// The form.
pub(super) async fn get(
    State(app): State<App>,
    seated: Seated,
    Asked(told): Asked<Told>,
) -> Result<Response, Problem> {
    let (known, version, holder) = known(&app, &seated).await?;
    let typed = Typed { iban: String::new(), holder, version };
    let done = said(seated.frame.words, &told.done);
    Ok(shown_here(&page(seated, (done, false), known, &typed, &Vec::new())))
}

fn iban_fault(words: Words, error: IbanError) -> String {
    words.say(match error {
        IbanError::Form => "structure-fault-iban-form",
        IbanError::Check => "structure-fault-iban-check",
        IbanError::NotSepa => "structure-fault-iban-sepa",
    })
}

/// Takes the form.
pub(super) async fn post(
    State(app): State<App>,
    Sent { seated, typed }: Sent<Typed>,
) -> Result<Response, Problem> {
    let (known, _, _) = known(&app, &seated).await?;
    let words = seated.frame.words;
    let (iban, holder) = (typed.iban.parse::<Iban>(), Name::new(&typed.holder));
    let holder = match (iban, holder) {
        (Ok(_), Ok(holder)) => holder,
        (iban, holder) => {
            let iban = iban.err().map(|error| ("iban", iban_fault(words, error)));
            let holder = holder.err().map(|error| ("holder", name_fault(words, error)));
            let faults = iban.into_iter().chain(holder).collect();
            return Ok(redrawn(&page(seated, (None, false), known, &typed, &faults)));
        }
    };
    let id = seated.actor.organisation;
    seated.actor.permit(Action::RecordBankAccount, &Owner::organisation(id))?;
    let request = BankAccountRequest { iban: typed.iban.clone(), holder };
    let if_match = version_of(&typed.version);
    let actor = &seated.actor;
    match register::bank_account(&app.instance, actor, id, &request, if_match).await {
        Ok((_, version)) => {
            let to = if version > 1 { "/structure/account" } else { "/structure" };
            Ok(go(&seated.frame.to(&format!("{to}?done=account"))))
        }
        Err(Error::Proposed(_)) => {
            Ok(go(&seated.frame.to("/structure/account?done=account-proposed")))
        }
        Err(error) => match is_stale(&error) {
            Some(version) => {
                let typed = Typed { version: version.to_string(), ..typed };
                Ok(redrawn(&page(seated, (None, true), known, &typed, &Vec::new())))
            }
            None => Err(error.into()),
        },
    }
}
