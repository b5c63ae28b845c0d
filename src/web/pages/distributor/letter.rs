//! `/distributor/letter/…`: what goes with a book: one page, large, in plain words.
//!
//! Promises: what the book is worth, until when, what for, where, and how to get an appointment.
//! Does not: name anybody, or leave a line on which a name could be asked for.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use super::at_desk;
use super::facts::{Facts, facts};
use crate::domain::book::Custody;
use crate::domain::place::Place;
use crate::service::directory::{self, Listed};
use crate::service::hand_over::{self, Sheet};
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::named;
use crate::web::pages::desk::{Seated, go, shown_here};
use crate::web::pages::shelf::{Shown, done, show};
use crate::web::pages::words::Words;
use crate::web::problem::Problem;

/// The most venues that leave the letter on one page.
const MOST: usize = 3;
/// The most services that are listed.
const MOST_OFFERINGS: usize = 5;

#[derive(Template)]
#[template(path = "distributor/letter.html")]
struct Page {
    frame: Frame,
    facts: Facts,
    offerings: Vec<String>,
    venues: Vec<Door>,
    /// Where all venues are listed.
    list: String,
    back: String,
}

/// A venue on paper, where nothing can be clicked.
struct Door {
    shown: Shown,
    /// Days with their hours; empty when they are not known.
    hours: String,
}

fn door(words: Words, venue: &Listed) -> Door {
    let shown = show(words, venue);
    let line = |(days, times): &(String, String)| {
        let values = [("days", days.clone().into()), ("times", times.clone().into())];
        words.with("distributor-letter-hours", values)
    };
    // Paper has little room: only when it is open.
    let closed = words.say("hours-closed");
    let open = shown.hours.iter().filter(|(_, times)| *times != closed);
    let hours = open.map(line).collect::<Vec<_>>().join(" · ");
    Door { shown, hours }
}

/// The letter of a book that is here, or was handed over here.
pub(super) async fn get(
    State(app): State<App>,
    seated: Seated,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    at_desk(&seated.actor)?;
    let book = named(&number)?;
    let sheet = hand_over::sheet(&app.instance, &seated.actor, book).await?;
    let frame = seated.frame;
    let back = frame.to(&format!("/distributor/books/{book}"));
    if !matches!(sheet.state.custody, Custody::InStock | Custody::HandedOver) {
        return Ok(go(&back));
    }
    let words = frame.words;
    // A long list tells no more than the sentence above it.
    let some = Some(&sheet.rules.offerings).filter(|all| all.len() <= MOST_OFFERINGS);
    let offerings = some.into_iter().flatten().map(|it| done(words, *it)).collect();
    let all = directory::venues(&app.instance).await?;
    let venues = nearest(&sheet, &all);
    Ok(shown_here(&Page {
        facts: facts(words, &sheet),
        offerings,
        venues: venues.into_iter().map(|venue| door(words, venue)).collect(),
        list: app.instance.settings.help_line.clone(),
        back,
        frame,
    }))
}

/// The venues that take the book, the nearest to its site first.
fn nearest<'v>(sheet: &Sheet, all: &'v [Listed]) -> Vec<&'v Listed> {
    let taking = all.iter().filter(|venue| directory::takes(&sheet.rules, venue));
    match &sheet.site {
        Some((_, commune)) => {
            let ranked = directory::nearest(&Place::Communes(vec![*commune]), taking);
            ranked.into_iter().map(|(_, venue)| venue).take(MOST).collect()
        }
        None => taking.take(MOST).collect(),
    }
}
