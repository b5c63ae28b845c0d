//! `/structure/redemptions/…`: one redemption, its receipt, and how it is undone.
//!
//! Promises: the receipt is given as it was the first time, as a file that `carnet verify receipt`
//! reads. Does not: undo what a settlement has counted (the service refuses that).

use askama::Template;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};

use super::redemptions::worth;
use super::{Told, said, structure_of};
use crate::base::id::{Id, Redemption};
use crate::domain::access::Action;
use crate::domain::ledger::entry::Entry;
use crate::domain::refusal::Reason;
use crate::service::earn::{self, Course};
use crate::service::redeem::{self, RedemptionState};
use crate::service::{Error, register};
use crate::web::App;
use crate::web::pages::asked::{Asked, Nothing, named};
use crate::web::pages::desk::{Seated, Sent, go, redrawn, shown_here};
use crate::web::pages::words::Words;
use crate::web::pages::{Frame, shelf};
use crate::web::problem::Problem;

#[derive(Template)]
#[template(path = "structure/redemption.html")]
struct Page {
    frame: Frame,
    done: Option<String>,
    fault: Option<String>,
    look: &'static str,
    state: String,
    advice: Option<String>,
    path: String,
    title: String,
    amount: String,
    offering: String,
    venue: String,
    /// Who owes, for those who are told.
    funder: Option<String>,
    recorded: String,
    occurred: Option<String>,
    /// The payment that has it.
    payment: Option<String>,
    undoes: bool,
    check: String,
    checkpoint: String,
}

/// Where the money of a redemption is, as far as somebody is told.
async fn course(
    app: &App,
    seated: &Seated,
    state: &RedemptionState,
    entry: &Entry,
) -> Result<Course, Problem> {
    if state.reversed {
        return Ok(Course::Undone);
    }
    match entry.ledger.funder() {
        Some(funder) => Ok(earn::course(&app.instance, &seated.actor, funder, entry.seq).await?),
        None => Ok(Course::Taken),
    }
}

fn advice(words: Words, course: Course) -> Option<String> {
    let key = match course {
        Course::Due => "structure-worth-due-text",
        Course::Paying(_) => "structure-worth-paying-text",
        Course::Paid(_) => "structure-worth-paid-text",
        Course::Offset => "structure-worth-offset-text",
        Course::Undone => "structure-worth-undone-text",
        Course::Taken => return None,
    };
    Some(words.say(key))
}

async fn page(
    app: &App,
    seated: Seated,
    id: Id<Redemption>,
    (done, fault): (Option<String>, Option<String>),
) -> Result<Page, Problem> {
    structure_of(&seated.actor)?;
    let words = seated.frame.words;
    let state = redeem::read(&app.instance, &seated.actor, id).await?;
    let read = &state.redemption;
    let entry = Entry::parse(&read.receipt.line).map_err(|error| Problem::fault(&error))?;
    let course = course(app, &seated, &state, &entry).await?;
    let venue = register::read_venue(&app.instance, &seated.actor, read.venue_id).await?;
    let zone = app.instance.zone().await?;
    let funder = entry.ledger.funder();
    let dues = if earn::sees_money(&seated.actor) {
        earn::dues(&app.instance, &seated.actor).await?
    } else {
        Vec::new()
    };
    let payment = match course {
        Course::Paying(id) | Course::Paid(id) => Some(format!("/structure/payments/{id}")),
        _ => None,
    };
    let line = words.number(entry.seq.unsigned_abs());
    let serial = [("serial", read.voucher.to_string().into())];
    let settled = payment.is_some() || course == Course::Offset;
    Ok(Page {
        done,
        fault,
        look: match course {
            Course::Due | Course::Paying(_) => "wait",
            Course::Paid(_) | Course::Taken | Course::Offset => "good",
            Course::Undone => "bad",
        },
        state: worth(words, course),
        advice: advice(words, course),
        path: format!("/structure/redemptions/{id}"),
        title: words.with("structure-redemption-title", serial),
        amount: words.amount(read.amount),
        offering: shelf::done(words, read.offering),
        venue: venue.profile.name.to_string(),
        funder: dues.into_iter().find(|it| Some(it.funder_id) == funder).map(|it| it.funder_name),
        recorded: words.moment(read.redeemed_at, &zone),
        occurred: read.occurred_at.map(|at| words.moment(at, &zone)),
        payment,
        undoes: !state.reversed && !settled && seated.actor.may(Action::Reverse),
        check: words.with("structure-receipt-check", [("line", line.into())]),
        checkpoint: format!("/ledger/{}/checkpoint", entry.ledger),
        frame: seated.frame,
    })
}

/// The page.
pub(super) async fn get(
    State(app): State<App>,
    seated: Seated,
    Path(id): Path<String>,
    Asked(told): Asked<Told>,
) -> Result<Response, Problem> {
    let done = said(seated.frame.words, &told.done);
    Ok(shown_here(&page(&app, seated, named(&id)?, (done, None)).await?))
}

/// Undoes it.
pub(super) async fn undo(
    State(app): State<App>,
    Path(id): Path<String>,
    Sent { seated, .. }: Sent<Nothing>,
) -> Result<Response, Problem> {
    structure_of(&seated.actor)?;
    let id: Id<Redemption> = named(&id)?;
    match redeem::reverse(&app.instance, &seated.actor, id).await {
        Ok(_) => {
            let to = format!("/structure/redemptions/{id}?done=undone");
            Ok(go(&seated.frame.to(&to)))
        }
        Err(Error::Refused(refusal))
            if matches!(refusal.reason, Reason::AlreadySettled | Reason::BalanceShort) =>
        {
            let fault = seated.frame.words.say("structure-fault-settled");
            Ok(redrawn(&page(&app, seated, id, (None, Some(fault))).await?))
        }
        Err(error) => Err(error.into()),
    }
}

/// The receipt as a file.
pub(super) async fn receipt(
    State(app): State<App>,
    seated: Seated,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    structure_of(&seated.actor)?;
    let id: Id<Redemption> = named(&id)?;
    let state = redeem::read(&app.instance, &seated.actor, id).await?;
    let name = format!("attachment; filename=\"{id}.receipt.json\"");
    let name = HeaderValue::from_str(&name).map_err(|error| Problem::fault(&error))?;
    let headers = [
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, Json(state.redemption.receipt)).into_response())
}
