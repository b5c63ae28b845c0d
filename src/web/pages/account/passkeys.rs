//! `/account/passkeys`: the passkeys of a person, made and forgotten.
//!
//! Promises: a browser is asked only where somebody pressed a button; without script the page says
//! that it takes one, and an app does as well. Does not: judge what a browser answers.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde_json::Value;

use super::factor::Codes;
use super::{onward, with_cookie};
use crate::base::clock::Timestamp;
use crate::base::id::{Id, Passkey};
use crate::base::text::Name;
use crate::domain::refusal::Reason;
use crate::service::Error;
use crate::service::people::passkey;
use crate::service::people::session::SignedIn;
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::{Nothing, fresh};
use crate::web::pages::desk::{Entering, Sent, go, redrawn, scripted, shown_here};
use crate::web::pages::field::Field;
use crate::web::problem::Problem;

#[derive(Template)]
#[template(path = "account/passkeys.html")]
struct Page {
    frame: Frame,
    /// Id, name, and when it was made.
    kept: Vec<(String, String, String)>,
    /// What the browser is asked, once somebody wants one.
    options: Option<String>,
    id: String,
    name: Field,
}

async fn page(
    app: &App,
    frame: Frame,
    signed_in: &SignedIn,
    options: Option<Value>,
) -> Result<Page, Problem> {
    let (words, zone) = (frame.words, app.instance.zone().await?);
    let mut kept = Vec::new();
    for row in passkey::list(&app.instance, signed_in).await? {
        let made = words.moment(Timestamp::from_millis(row.created_at), &zone);
        let made = words.with("passkeys-made", [("moment", made.into())]);
        kept.push((row.id().map_err(Error::from)?.to_string(), row.name.clone(), made));
    }
    let name = Field::text("name", words.say("passkeys-name")).most(100).required();
    Ok(Page {
        kept,
        options: options.map(|options| options.to_string()),
        id: fresh::<Passkey>(app),
        name: name.hint(words.say("passkeys-name-hint")),
        frame,
    })
}

/// The passkeys that there are.
pub(super) async fn get(
    State(app): State<App>,
    Entering { frame, signed_in }: Entering,
) -> Result<Response, Problem> {
    Ok(shown_here(&page(&app, frame, &signed_in, None).await?))
}

/// Makes what a browser needs to make one.
pub(super) async fn begin(
    State(app): State<App>,
    Sent { seated, .. }: Sent<Nothing, Entering>,
) -> Result<Response, Problem> {
    let Entering { frame, signed_in } = seated;
    let options = passkey::begin(&app.instance, &signed_in).await?;
    Ok(scripted(shown_here(&page(&app, frame, &signed_in, Some(options)).await?)))
}

/// A passkey that a browser made.
#[derive(Deserialize)]
pub(super) struct Made {
    id: Id<Passkey>,
    name: String,
    passkey: String,
}

/// Keeps it; the first factor of a person comes with recovery codes, shown once.
pub(super) async fn add(
    State(app): State<App>,
    Sent { seated, typed }: Sent<Made, Entering>,
) -> Result<Response, Problem> {
    let Entering { frame, signed_in } = seated;
    let Ok(name) = Name::new(&typed.name) else {
        let options = passkey::begin(&app.instance, &signed_in).await?;
        let mut page = page(&app, frame, &signed_in, Some(options)).await?;
        let fault = page.frame.words.say("join-name-wrong");
        page.name = page.name.value(&typed.name).fault(Some(fault));
        return Ok(scripted(redrawn(&page)));
    };
    let credential = serde_json::from_str(&typed.passkey).map_err(|_| Reason::SecondFactorWrong)?;
    let added = passkey::add(&app.instance, &signed_in, typed.id, &name, credential).await;
    let (opened, shown) = added?;
    if shown.is_empty() {
        return Ok(with_cookie(go(&frame.to("/account/passkeys")), &opened));
    }
    let onward = onward(&frame, &opened.signed_in, "/desk");
    let shown = shown.iter().map(|code| code.expose_secret().to_owned()).collect();
    let page = Codes::new(frame.again(&opened.signed_in), shown, onward);
    Ok(with_cookie(shown_here(&page), &opened))
}

/// Which one is forgotten.
#[derive(Debug, Deserialize)]
pub(super) struct Forgotten {
    #[serde(rename = "passkey-id")]
    id: Id<Passkey>,
}

/// Forgets one.
pub(super) async fn remove(
    State(app): State<App>,
    Sent { seated, typed }: Sent<Forgotten, Entering>,
) -> Result<Response, Problem> {
    passkey::remove(&app.instance, &seated.signed_in, typed.id).await?;
    Ok(go(&seated.frame.to("/account/passkeys")))
}
