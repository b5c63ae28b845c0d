//! `/operator/payments/{id}`: one bank transfer, the vouchers that it pays, and what the bank said.
//!
//! Promises: voucher by voucher, what it adds up to. Does not: read bank statements.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::Operating;
use super::notice::{Notice, Query, turned};
use crate::base::id::{Id, Payment};
use crate::domain::access::Action;
use crate::domain::settlement::PaymentState;
use crate::domain::statement::{Movement, MovementKind};
use crate::service::{find, settle};
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::{Asked, named};
use crate::web::pages::desk::{Sent, Turned, go, redrawn, shown_here};
use crate::web::pages::words::Words;
use crate::web::problem::Problem;

/// The most vouchers on the page; the statement has them all.
const SHOWN: usize = 500;

/// Where a payment stands, in words.
pub(super) const fn state_key(state: PaymentState) -> &'static str {
    match state {
        PaymentState::Drawn => "operator-payment-drawn",
        PaymentState::Approved => "operator-payment-approved",
        PaymentState::Confirmed => "operator-payment-confirmed",
        PaymentState::Rejected => "operator-payment-rejected",
        PaymentState::Cancelled => "operator-payment-cancelled",
    }
}

/// A voucher that it pays.
struct Voucher {
    to: String,
    serial: String,
    day: String,
    venue: String,
    what: String,
    amount: String,
}

#[derive(Template)]
#[template(path = "operator/payment.html")]
struct Page {
    frame: Frame,
    notice: Notice,
    reference: String,
    title: String,
    state: String,
    look: &'static str,
    amount: String,
    settlement: String,
    statement: String,
    vouchers: Vec<Voucher>,
    more: Option<String>,
    decides: bool,
}

fn voucher(words: Words, movement: &Movement) -> Voucher {
    let serial = movement.serial.clone().unwrap_or_default();
    let what = match movement.kind {
        MovementKind::Redeemed => "operator-movement-redemption",
        MovementKind::Reversed => "operator-movement-reversal",
        _ => "operator-movement-other",
    };
    Voucher {
        to: format!("/operator/books/{serial}"),
        day: words.day(movement.on),
        venue: movement.venue.as_ref().map(|venue| venue.name.clone()).unwrap_or_default(),
        what: words.say(what),
        amount: words.cents(movement.amount.cents()),
        serial,
    }
}

async fn page(
    app: &App,
    operating: &Operating,
    id: Id<Payment>,
    notice: Notice,
) -> Result<Page, Problem> {
    let Operating { frame, actor } = operating;
    let words = frame.words;
    let paid = settle::vouchers(&app.instance, actor, id).await?;
    let payment = paid.payment;
    let names = find::names(&app.instance, actor, [payment.structure_id.any()]).await?;
    let settlement = payment.settlement_id;
    let statement =
        format!("/api/v1/settlements/{settlement}/statements/{}?format=csv", payment.structure_id);
    let hidden = paid.vouchers.len().saturating_sub(SHOWN);
    let vouchers = paid.vouchers.iter().take(SHOWN).map(|it| voucher(words, it)).collect();
    Ok(Page {
        reference: id.any().bare_upper(),
        title: names.of(&payment.structure_id),
        state: words.say(state_key(payment.state)),
        look: match payment.state {
            PaymentState::Drawn | PaymentState::Approved => "wait",
            PaymentState::Confirmed => "good",
            PaymentState::Rejected | PaymentState::Cancelled => "bad",
        },
        amount: words.amount(payment.amount),
        settlement: format!("/operator/settlements/{settlement}"),
        statement,
        vouchers,
        more: (hidden > 0).then(|| words.with("operator-work-more", [("count", hidden.into())])),
        decides: payment.state == PaymentState::Approved && operating.may(Action::Settle),
        notice,
        frame: frame.clone(),
    })
}

/// The page.
pub(super) async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    operating: Operating,
    Asked(asked): Asked<Query>,
) -> Result<Response, Problem> {
    let notice = Notice::done(operating.frame.words, &asked);
    Ok(shown_here(&page(&app, &operating, named(&id)?, notice).await?))
}

/// What the bank said.
#[derive(Debug, Deserialize)]
pub(super) struct Typed {
    outcome: String,
}

/// Writes down that the bank paid, or did not.
pub(super) async fn post(
    State(app): State<App>,
    Path(id): Path<String>,
    Sent { seated, typed }: Sent<Typed, Operating>,
) -> Result<Response, Turned> {
    let id: Id<Payment> = named(&id)?;
    let (instance, actor) = (&app.instance, &seated.actor);
    let (done, said) = if typed.outcome == "confirmed" {
        (settle::confirm(instance, actor, id).await, "confirmed")
    } else {
        (settle::reject(instance, actor, id).await, "rejected")
    };
    match done {
        Ok(_) => Ok(go(&seated.frame.to(&format!("/operator/payments/{id}?done={said}")))),
        Err(error) => {
            let notice = turned(&seated.frame, error)?;
            Ok(redrawn(&page(&app, &seated, id, notice).await?))
        }
    }
}
