//! `/structure`: the desk of who is paid, and of its venues.
//!
//! Promises: every payment can be read voucher by voucher; whoever is bound to a venue sees that
//! venue only. Does not: hold rules, or read rows by itself.

mod bank;
mod devices;
mod home;
mod hours;
mod members;
mod organisation;
mod payments;
mod place;
mod reach;
mod redemption;
mod redemptions;
mod standing;
mod statement;
mod venues;

use axum::Router;
use axum::routing::{get, post};
use serde::Deserialize;

use super::words::Words;
use crate::base::id::{Id, Structure};
use crate::domain::access::Actor;
use crate::domain::refusal::{Reason, Refusal};
use crate::service::Error;
use crate::web::App;

/// The tabs of the desk: path, and key of its words.
pub(super) const TABS: &[(&str, &str)] = &[
    ("/structure", "structure-tab-home"),
    ("/structure/venues", "structure-tab-venues"),
    ("/structure/redemptions", "structure-tab-redemptions"),
    ("/structure/payments", "structure-tab-payments"),
    ("/structure/devices", "structure-tab-devices"),
    ("/structure/members", "structure-tab-members"),
];

/// The tabs of who reads what the structure is paid.
pub(super) const ACCOUNTANT_TABS: &[(&str, &str)] = &[
    ("/structure", "structure-tab-home"),
    ("/structure/venues", "structure-tab-venues"),
    ("/structure/redemptions", "structure-tab-redemptions"),
    ("/structure/payments", "structure-tab-payments"),
];

/// The tabs of who keeps one venue.
pub(super) const VENUE_TABS: &[(&str, &str)] = &[
    ("/counter", "structure-tab-counter"),
    ("/structure", "structure-tab-venue"),
    ("/structure/redemptions", "structure-tab-redemptions"),
    ("/structure/devices", "structure-tab-devices"),
    ("/structure/members", "structure-tab-members"),
];

/// The tabs of who redeems at one venue.
pub(super) const COUNTER_TABS: &[(&str, &str)] = &[
    ("/counter", "structure-tab-counter"),
    ("/structure", "structure-tab-venue"),
    ("/structure/redemptions", "structure-tab-redemptions"),
];

/// The routes.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/structure", get(home::get))
        .route("/structure/register", get(organisation::get).post(organisation::post))
        .route("/structure/account", get(bank::get).post(bank::post))
        .route("/structure/venues", get(venues::list))
        .route("/structure/venues/new", get(place::begin).post(place::made))
        .route("/structure/venues/{id}", get(venues::one))
        .route("/structure/venues/{id}/place", get(place::get).post(place::post))
        .route("/structure/venues/{id}/hours", get(hours::get).post(hours::post))
        .route("/structure/venues/{id}/contact", get(reach::get).post(reach::post))
        .route("/structure/redemptions", get(redemptions::get))
        .route("/structure/redemptions.csv", get(redemptions::csv))
        .route("/structure/redemptions/{id}", get(redemption::get))
        .route("/structure/redemptions/{id}/undo", post(redemption::undo))
        .route("/structure/redemptions/{id}/receipt.json", get(redemption::receipt))
        .route("/structure/payments", get(payments::list))
        .route("/structure/payments/{id}", get(payments::one))
        .route("/structure/payments/statements/{id}", get(statement::get))
        .route("/structure/payments/statements/{id}/statement.csv", get(statement::csv))
        .route("/structure/proofs.json", get(payments::proofs))
        .route("/structure/devices", get(devices::list))
        .route("/structure/devices/pairing", post(devices::pair))
        .route("/structure/devices/{id}/end", get(devices::confirm).post(devices::end))
        .route("/structure/members", get(members::list))
        .route("/structure/members/new", get(members::begin).post(members::invite))
        .route("/structure/members/{id}/end", get(members::confirm).post(members::end))
        .route("/structure/people/{id}/invitation", post(members::again))
}

/// The structure whose desk it is; whoever works for another body has none here.
fn structure_of(actor: &Actor) -> Result<Id<Structure>, Reason> {
    actor.organisation.to().ok_or(Reason::NotPermitted)
}

/// What pages here are asked.
#[derive(Debug, Default, Deserialize)]
struct Told {
    /// What was just done.
    #[serde(default)]
    done: String,
    /// Whether the page is a step of joining, which goes on to the next.
    #[serde(default)]
    sitting: String,
    /// Where a list begins.
    #[serde(default)]
    from: String,
}

/// What is said of what was just done: word in the address, and key.
const DONE: &[(&str, &str)] = &[
    ("register", "structure-done-register"),
    ("account", "structure-done-account"),
    ("account-proposed", "structure-done-account-proposed"),
    ("place", "structure-done-place"),
    ("hours", "structure-done-hours"),
    ("contact", "structure-done-contact"),
    ("venue", "structure-done-venue"),
    ("undone", "structure-done-undone"),
    ("device-ended", "structure-done-device-ended"),
    ("member-ended", "structure-done-member-ended"),
    ("invited", "structure-done-invited"),
    ("proposed", "structure-done-proposed"),
];

/// The sentence about what was just done.
fn said(words: Words, done: &str) -> Option<String> {
    DONE.iter().find(|(word, _)| *word == done).map(|(_, key)| words.say(key))
}

/// What is wrong with a form: the field, and the sentence.
type Faults = Vec<(&'static str, String)>;

/// The sentence about a field.
fn fault(faults: &[(&'static str, String)], name: &str) -> Option<String> {
    faults.iter().find(|(field, _)| *field == name).map(|(_, text)| text.clone())
}

/// Whether a register changed since it was read; then its version now.
fn is_stale(error: &Error) -> Option<i64> {
    let Error::Refused(Refusal { reason, members }) = error else { return None };
    let stale = matches!(reason, Reason::StaleVersion | Reason::Differs);
    members.version.filter(|_| stale)
}

/// The version that a form was drawn for.
fn version_of(text: &str) -> Option<i64> {
    text.parse().ok().filter(|version| *version > 0)
}
