//! `/demo`: everybody who plays in the demo, with a button each to sign in as.
//!
//! Promises: served only where `carnet demo` adds it, whose passwords are no secrets; a button
//! posts the ordinary form of signing in. Does not: open a session by itself.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::middleware::from_fn;
use axum::response::Response;
use axum::routing::get;
use secrecy::{ExposeSecret as _, SecretString};

use super::Frame;
use super::desk::shown_here;
use super::visitor::Visitor;
use super::words::Words;
use crate::base::clock::Clock;
use crate::domain::access::Role;
use crate::domain::totp;
use crate::web::shield::shield;

/// Somebody who plays.
#[derive(Debug, Clone)]
pub struct Known {
    /// The name.
    pub name: String,
    /// The address to sign in with.
    pub email: String,
    /// The password.
    pub password: SecretString,
    /// The secret in the person's app, where it has one.
    pub totp: Option<Vec<u8>>,
    /// What it may be, and where.
    pub parts: Vec<(Role, String)>,
}

#[derive(Debug, Clone)]
struct Company {
    people: Arc<[Known]>,
    clock: Arc<dyn Clock>,
}

/// The page of these people; their apps run by the clock.
pub fn router(people: Vec<Known>, clock: Arc<dyn Clock>) -> Router {
    let company = Company { people: people.into(), clock };
    Router::new().route("/demo", get(show)).layer(from_fn(shield)).with_state(company)
}

/// A person and its form.
struct Player {
    name: String,
    email: String,
    password: String,
    /// What its app shows now; empty when it has none.
    code: String,
    /// Where it works, and what it does there.
    parts: Vec<(String, String)>,
    /// What its button says.
    enter: String,
}

#[derive(Template)]
#[template(path = "demo.html")]
struct Page {
    frame: Frame,
    people: Vec<Player>,
}

/// What somebody of a role does, in words.
const fn does(role: Role) -> &'static str {
    match role {
        Role::Operator => "demo-operator",
        Role::Approver => "demo-approver",
        Role::Funder => "demo-funder",
        Role::FunderReader => "demo-funder-reader",
        Role::Distributor => "demo-distributor",
        Role::DistributorWorker => "demo-distributor-worker",
        Role::Structure => "demo-structure",
        Role::StructureAccountant => "demo-structure-accountant",
        Role::Venue => "demo-venue",
        Role::VenueCounter | Role::Device => "demo-venue-counter",
        Role::Auditor => "demo-auditor",
    }
}

fn player(words: Words, known: &Known, step: i64) -> Player {
    let code = known.totp.as_ref().map(|secret| totp::password_of(secret, step));
    let parts = known.parts.iter();
    let first_name = known.name.split(' ').next().unwrap_or_default();
    Player {
        name: known.name.clone(),
        email: known.email.clone(),
        password: known.password.expose_secret().to_owned(),
        code: code.unwrap_or_default(),
        parts: parts.map(|(role, place)| (place.clone(), words.say(does(*role)))).collect(),
        enter: words.with("demo-enter", [("name", first_name.into())]),
    }
}

async fn show(visitor: Visitor, State(company): State<Company>) -> Response {
    let frame = Frame::new(visitor).hidden();
    let step = totp::step_of(company.clock.now());
    let people = company.people.iter().map(|known| player(frame.words, known, step)).collect();
    // Kept by nobody: what an app shows is old in half a minute.
    shown_here(&Page { frame, people })
}
