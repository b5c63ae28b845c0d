//! `/structure/payments/statements/…`: what a settlement counted on the structure's account, line
//! by line.
//!
//! Promises: from the balance before to the balance after, as the statement's file has it. Does
//! not: add anything up.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};

use super::{Told, structure_of};
use crate::base::id::{Id, Settlement};
use crate::domain::statement::{Movement, MovementKind};
use crate::service::settle;
use crate::web::App;
use crate::web::pages::asked::{Asked, named};
use crate::web::pages::desk::{Seated, shown_here};
use crate::web::pages::words::Words;
use crate::web::pages::{Frame, shelf};
use crate::web::problem::Problem;

/// How many movements a page has.
pub(super) const PAGE: usize = 100;

/// A movement, in words.
pub(super) struct Move {
    pub(super) on: String,
    pub(super) kind: String,
    pub(super) serial: String,
    pub(super) venue: String,
    pub(super) offering: String,
    pub(super) amount: String,
}

#[derive(Template)]
#[template(path = "structure/statement.html")]
struct Page {
    frame: Frame,
    funder: String,
    payee: String,
    period: String,
    opening: String,
    closing: String,
    /// Whether nothing is paid by it.
    carried: bool,
    moves: Vec<Move>,
    next: Option<String>,
    path: String,
}

fn kind(words: Words, kind: MovementKind) -> String {
    words.say(match kind {
        MovementKind::Redeemed => "structure-move-redeemed",
        MovementKind::Reversed => "structure-move-reversed",
        MovementKind::PaymentDrawn => "structure-move-drawn",
        MovementKind::PaymentRejected => "structure-move-rejected",
        MovementKind::PaymentCancelled => "structure-move-cancelled",
        MovementKind::Repaid => "structure-move-repaid",
    })
}

/// Movements, in words.
pub(super) fn moves<'m>(words: Words, movements: impl Iterator<Item = &'m Movement>) -> Vec<Move> {
    let shown = |movement: &Movement| Move {
        on: words.day(movement.on),
        kind: kind(words, movement.kind),
        serial: movement.serial.clone().unwrap_or_default(),
        venue: movement.venue.as_ref().map(|venue| venue.name.clone()).unwrap_or_default(),
        offering: movement.offering.map(|it| shelf::done(words, it)).unwrap_or_default(),
        amount: words.cents(movement.amount.cents()),
    };
    movements.map(shown).collect()
}

/// Where a page of a list begins, and where the next one does.
pub(super) fn page_of(from: &str, count: usize) -> (usize, Option<usize>) {
    let from = from.parse::<usize>().unwrap_or_default().min(count);
    let next = from + PAGE;
    (from, (next < count).then_some(next))
}

/// The page.
pub(super) async fn get(
    State(app): State<App>,
    seated: Seated,
    Path(id): Path<String>,
    Asked(told): Asked<Told>,
) -> Result<Response, Problem> {
    let Seated { frame, actor, .. } = seated;
    let structure = structure_of(&actor)?;
    let words = frame.words;
    let id: Id<Settlement> = named(&id)?;
    let known = settle::statement(&app.instance, &actor, id, structure).await?;
    let (from, next) = page_of(&told.from, known.movements.len());
    let shown = known.movements.iter().skip(from).take(PAGE);
    let days =
        [("from", words.day(known.period.from).into()), ("to", words.day(known.period.to).into())];
    let path = format!("/structure/payments/statements/{id}");
    Ok(shown_here(&Page {
        funder: known.funder_name.clone(),
        payee: format!("{}, {}", known.structure.name, known.structure.registration),
        period: words.with("structure-statement-period", days),
        opening: words.cents(known.opening_balance.cents()),
        closing: words.cents(known.closing_balance.cents()),
        carried: known.closing_balance.cents() <= 0,
        moves: moves(words, shown),
        next: next.map(|from| frame.to(&format!("{path}?from={from}"))),
        path,
        frame,
    }))
}

/// The statement as a table for a spreadsheet.
pub(super) async fn csv(
    State(app): State<App>,
    seated: Seated,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let structure = structure_of(&seated.actor)?;
    let id: Id<Settlement> = named(&id)?;
    let known = settle::statement(&app.instance, &seated.actor, id, structure).await?;
    let name = format!("attachment; filename=\"{id}.csv\"");
    let name = HeaderValue::from_str(&name).map_err(|error| Problem::fault(&error))?;
    let kind = HeaderValue::from_static("text/csv; charset=utf-8; header=present");
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, known.to_csv()).into_response())
}
