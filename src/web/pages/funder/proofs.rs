//! `/funder/proofs`: how the funder checks its ledger without trusting anybody, and who can act in
//! its name.
//!
//! Promises: links to what the server signs; the commands that check it elsewhere. Does not: prove
//! by itself, or change a right.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::writes;
use crate::domain::access::Action;
use crate::service::people::erase;
use crate::service::{Error, follow, observe, sign_in};
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::desk::{Seated, role_key, shown_here};
use crate::web::pages::words::Words;
use crate::web::problem::Problem;

/// Somebody who acts for the funder.
struct Person {
    name: String,
    roles: String,
}

/// A program's key.
struct Key {
    id: String,
    role: String,
    used: String,
}

#[derive(Template)]
#[template(path = "funder/proofs.html")]
struct Page {
    frame: Frame,
    ledger: String,
    size: String,
    holds: bool,
    checkpoint: String,
    /// Whether who looks may know who else there is.
    tells: bool,
    people: Vec<Person>,
    keys: Vec<Key>,
}

/// The page.
///
/// # Errors
/// A refusal or a fault.
pub(super) async fn get(seated: Seated, State(app): State<App>) -> Result<Response, Problem> {
    let Seated { frame, actor, .. } = seated;
    let words = frame.words;
    let funder = follow::funder_of(&actor)?;
    let (head, trial) = observe::balances(&app.instance, &actor, funder.into()).await?;
    let (_, newest) = observe::totals(&app.instance, funder.into()).await?;
    let zone = head.zone().map_err(Error::from)?;
    let (mut people, mut keys) = (Vec::new(), Vec::new());
    let tells = writes(&actor) && actor.may(Action::ReadPeople);
    if tells {
        for (person, memberships) in erase::list(&app.instance, &actor).await? {
            let mut roles = Vec::new();
            for row in memberships.iter().filter(|row| row.ended_at.is_none()) {
                roles.push(words.say(role_key(row.role().map_err(Error::from)?)));
            }
            if !roles.is_empty() {
                people.push(Person { name: person.name, roles: roles.join(", ") });
            }
        }
        let living = sign_in::list(&app.instance, &actor).await?;
        for key in living.into_iter().filter(|key| key.revoked_at.is_none()) {
            let used = match key.used_at {
                Some(at) => {
                    words.with("funder-key-used", [("moment", words.moment(at, &zone).into())])
                }
                None => words.say("funder-key-unused"),
            };
            let role = words.say(role_key(key.actor.role));
            keys.push(Key { id: key.actor.id.to_string(), role, used });
        }
    }
    Ok(shown_here(&Page {
        ledger: funder.to_string(),
        size: lines(words, head.size),
        holds: trial.totals.identity.holds && trial.floats.iter().all(|float| float.holds),
        checkpoint: newest.note,
        tells,
        people,
        keys,
        frame,
    }))
}

/// How long the ledger is, in words.
fn lines(words: Words, size: i64) -> String {
    let many = super::count(words, size);
    words.with("funder-proof-size", [("count", size.into()), ("many", many.into())])
}
