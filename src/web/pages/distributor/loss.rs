//! `/distributor/books/…/lost`: a book is lost or stolen; and found again.
//!
//! Promises: says what it means before it is done: nobody can spend the book from then on. Does
//! not: ask how it happened, or to whom.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::facts::{Facts, facts};
use super::{at_desk, has_moved};
use crate::base::id::{Block, Movement};
use crate::domain::access::Action;
use crate::domain::book::{BlockReason, Custody};
use crate::service::{Error, hand_over};
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::{fresh, known, named};
use crate::web::pages::desk::{Seated, Sent, go, shown_here};
use crate::web::pages::field::Field;
use crate::web::problem::Problem;

#[derive(Template)]
#[template(path = "distributor/lost.html")]
struct Page {
    frame: Frame,
    facts: Facts,
    reason: Field,
    movement: String,
    block: String,
}

/// What is lost, and how.
#[derive(Debug, Deserialize)]
pub(super) struct Lost {
    movement: String,
    block: String,
    reason: String,
}

/// Asks before a book is lost.
pub(super) async fn ask(
    State(app): State<App>,
    seated: Seated,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    at_desk(&seated.actor)?;
    seated.actor.may_ever(Action::Block).map_err(Problem::from)?;
    let book = named(&number)?;
    let sheet = hand_over::sheet(&app.instance, &seated.actor, book).await?;
    let frame = seated.frame;
    if !sheet.state.custody.may_become(Custody::Lost) {
        return Ok(go(&frame.to(&format!("/distributor/books/{book}"))));
    }
    let words = frame.words;
    let (lost, stolen) =
        (words.say("distributor-reason-lost"), words.say("distributor-reason-stolen"));
    let of = [("lost", lost.as_str()), ("stolen", stolen.as_str())];
    let reason = Field::one("reason", words.say("distributor-reason"), &of).value("lost");
    Ok(shown_here(&Page {
        facts: facts(words, &sheet),
        reason,
        movement: fresh::<Movement>(&app),
        block: fresh::<Block>(&app),
        frame,
    }))
}

/// A book is lost: blocked at once.
pub(super) async fn lose(
    State(app): State<App>,
    Path(number): Path<String>,
    Sent { seated, typed }: Sent<Lost>,
) -> Result<Response, Problem> {
    at_desk(&seated.actor)?;
    let book = named(&number)?;
    let ids = (known(&typed.movement)?, known(&typed.block)?);
    let stolen = typed.reason == "stolen";
    let reason = if stolen { BlockReason::Stolen } else { BlockReason::Lost };
    let page = format!("/distributor/books/{book}");
    let to = match hand_over::lose(&app.instance, &seated.actor, book, ids, reason).await {
        Ok(()) => format!("{page}?done=lost"),
        Err(Error::Proposed(_)) => format!("{page}?done=waits"),
        Err(error) if has_moved(&error) => page,
        Err(error) => return Err(error.into()),
    };
    Ok(go(&seated.frame.to(&to)))
}

/// What was found.
#[derive(Debug, Deserialize)]
pub(super) struct Found {
    id: String,
}

/// A lost book turned up: free again, and ready to go back into a stock.
pub(super) async fn found(
    State(app): State<App>,
    Path(number): Path<String>,
    Sent { seated, typed }: Sent<Found>,
) -> Result<Response, Problem> {
    at_desk(&seated.actor)?;
    let book = named(&number)?;
    let id = known(&typed.id)?;
    let page = format!("/distributor/books/{book}");
    let to = match hand_over::find(&app.instance, &seated.actor, book, id).await {
        Ok(()) => format!("/distributor/receive?first={book}&done=found"),
        Err(error) if has_moved(&error) => page,
        Err(error) => return Err(error.into()),
    };
    Ok(go(&seated.frame.to(&to)))
}
