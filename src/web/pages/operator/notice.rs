//! What is said above a page: that something was done, or kindly why it was not.
//!
//! Promises: what waits for a second person leads to the proposal; a "no" that a person can act on
//! is a sentence on the page where it was asked. Does not: hide any other refusal.

use serde::Deserialize;

use crate::domain::refusal::{Reason, Refusal};
use crate::service::{Error, propose};
use crate::web::pages::Frame;
use crate::web::pages::desk::Turned;
use crate::web::pages::words::Words;

/// What the address of a page asks.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Query {
    /// What was just done.
    pub(super) done: String,
    /// What is looked for.
    pub(super) q: String,
    /// Which kind of thing.
    pub(super) kind: String,
    /// Where a list goes on.
    pub(super) after: String,
}

/// Sentences by what was done.
const DONE: &[(&str, &str)] = &[
    ("proposed", "operator-done-proposed"),
    ("approved", "operator-done-approved"),
    ("withdrawn", "operator-done-withdrawn"),
    ("qualified", "operator-done-qualified"),
    ("suspended", "operator-done-suspended"),
    ("deposit", "operator-done-deposit"),
    ("activated", "operator-done-activated"),
    ("drawn", "operator-done-drawn"),
    ("settled", "operator-done-settled"),
    ("cancelled", "operator-done-cancelled"),
    ("confirmed", "operator-done-confirmed"),
    ("rejected", "operator-done-rejected"),
    ("decided", "operator-done-decided"),
    ("registered", "operator-done-registered"),
    ("site", "operator-done-site"),
    ("account", "operator-done-account"),
    ("granted", "operator-done-granted"),
    ("ended", "operator-done-ended"),
    ("revoked", "operator-done-revoked"),
    ("accepted", "operator-done-accepted"),
    ("replaced", "operator-done-replaced"),
];

/// Sentences by the state that stands in the way.
const STATES: &[(&str, &str)] = &[
    ("bank-account-missing", "operator-no-account"),
    ("nothing-due", "operator-no-due"),
    ("opened", "operator-no-settling"),
    ("drawn", "operator-no-settling"),
    ("over", "operator-no-over"),
    ("issuing", "operator-no-issuing"),
    ("granted", "operator-no-granted"),
    ("mail-needed", "operator-no-mail"),
    ("joined", "operator-no-joined"),
    ("key-of-nobody", "operator-no-key"),
    ("too-many-proposals", "operator-no-many"),
    ("payment-file-unfit", "operator-no-file"),
    ("expired", "operator-no-expired"),
    ("proposer-gone", "operator-no-proposer"),
    ("content-changed", "operator-no-content"),
    ("spent", "operator-no-spent"),
    ("lapsed", "operator-no-lapsed"),
    ("replaced", "operator-no-replaced"),
];

/// What is said above a page.
#[derive(Debug, Clone, Default)]
pub(super) struct Notice {
    /// That something was done.
    pub(super) good: Option<String>,
    /// Why something was not.
    pub(super) bad: Option<String>,
}

impl Notice {
    /// What was just done, as the address says it.
    pub(super) fn done(words: Words, asked: &Query) -> Self {
        let known = DONE.iter().find(|(done, _)| *done == asked.done);
        Self { good: known.map(|(_, key)| words.say(key)), bad: None }
    }
}

/// What is said above the form of somebody who was refused.
///
/// # Errors
/// The way to the proposal, of what waits for a second person; the error itself, where no sentence
/// of ours says what to do.
pub(super) fn turned(frame: &Frame, error: Error) -> Result<Notice, Turned> {
    match error {
        Error::Proposed(proposed) => {
            let id = propose::of_line(proposed.done)?.id;
            Err(Turned::To(frame.to(&format!("/operator/proposals/{id}?done=proposed"))))
        }
        Error::Refused(refusal) => match said(frame.words, &refusal) {
            Some(why) => Ok(Notice { good: None, bad: Some(why) }),
            None => Err(refusal.into()),
        },
        other => Err(other.into()),
    }
}

/// A refusal in a sentence.
fn said(words: Words, refusal: &Refusal) -> Option<String> {
    let members = &refusal.members;
    Some(match refusal.reason {
        Reason::BalanceShort => {
            let missing = words.cents(members.missing_cents.unwrap_or(0));
            words.with("operator-no-balance", [("missing", missing.into())])
        }
        Reason::SecondPersonNeeded => words.say("operator-no-second"),
        Reason::AlreadySettled => words.say("operator-no-settled"),
        Reason::WrongState => {
            let state = members.state.unwrap_or_default();
            let known = STATES.iter().find(|(known, _)| *known == state);
            words.say(known.map_or("operator-no-longer", |(_, key)| key))
        }
        Reason::Differs | Reason::StaleVersion => words.say("operator-no-longer"),
        Reason::InvalidRequest => words.say("operator-no-form"),
        _ => return None,
    })
}
