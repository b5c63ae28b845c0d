//! `/distributor`: the desk of who holds books and hands them over.
//!
//! Promises: works without script, by keyboard, in three gestures; a role finds only what it may
//! do; nothing can be written about a person. Does not: hold rules, or read rows by itself.

mod book;
mod cover;
mod facts;
mod hand_over;
mod letter;
mod loss;
mod parcel;
mod statistics;
mod stock;
mod vocabulary;

use axum::Router;
use axum::routing::{get, post};

use super::words::Words;
use crate::domain::access::Actor;
use crate::domain::refusal::Reason;
use crate::service::Error;
use crate::web::App;
use crate::web::problem::Problem;

/// The pages of this desk: path, and key of its words.
pub(super) const TABS: &[(&str, &str)] = &[
    ("/distributor", "distributor-home"),
    ("/distributor/hand-over", "distributor-hand-over"),
    ("/distributor/receive", "distributor-receive"),
    ("/distributor/books", "distributor-books"),
    ("/distributor/statistics", "distributor-statistics"),
];

/// The routes.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/B/{number}", get(cover::get))
        .route("/b/{number}", get(cover::get))
        .route("/distributor", get(stock::get))
        .route("/distributor/sites/{id}", get(stock::site))
        .route("/distributor/hand-over", get(hand_over::get).post(hand_over::post))
        .route("/distributor/receive", get(parcel::get).post(parcel::post))
        .route("/distributor/books", get(book::ask).post(book::find))
        .route("/distributor/books/{number}", get(book::get))
        .route("/distributor/books/{number}/move", post(book::moves))
        .route("/distributor/books/{number}/return", post(book::returns))
        .route("/distributor/books/{number}/found", post(loss::found))
        .route("/distributor/books/{number}/lost", get(loss::ask).post(loss::lose))
        .route("/distributor/letter/{number}", get(letter::get))
        .route("/distributor/statistics", get(statistics::get))
        .route("/distributor/statistics.csv", get(statistics::csv))
}

/// What is said first of something: how it looks, a title, a sentence, and where to go on.
#[derive(Debug, Clone)]
struct Verdict {
    look: &'static str,
    title: String,
    advice: String,
    /// Address and words.
    link: Option<(String, String)>,
}

/// This desk is for who works for a distributor.
fn at_desk(actor: &Actor) -> Result<(), Problem> {
    if actor.role.is_distributors() { Ok(()) } else { Err(Reason::NotPermitted.into()) }
}

/// Whether a book is not where it was when the page was drawn: then it is drawn again.
fn has_moved(error: &Error) -> bool {
    matches!(error.reason(), Some(Reason::WrongState | Reason::NotFound))
}

/// What was just done, in words.
fn done(words: Words, done: &str) -> Option<String> {
    let keys = [
        ("received", "distributor-done-received"),
        ("moved", "distributor-done-moved"),
        ("returned", "distributor-done-returned"),
        ("lost", "distributor-done-lost"),
        ("found", "distributor-done-found"),
        ("waits", "distributor-done-waits"),
    ];
    let key = keys.iter().find(|(word, _)| *word == done).map(|(_, key)| *key);
    key.map(|key| words.say(key))
}
