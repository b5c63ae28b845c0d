//! `/structure/payments`: what each funder owes, what was paid, and the vouchers of each payment.
//!
//! Promises: every payment can be read voucher by voucher; what is due comes with the proof that it
//! is inside the published sum. Does not: say when a payment will be drawn up.

use askama::Template;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};

use super::statement::{Move, PAGE, moves, page_of};
use super::{Told, structure_of};
use crate::base::day::Day;
use crate::base::id::{Id, Payment};
use crate::domain::settlement::PaymentState;
use crate::service::earn::{self, Due, Paid, Place};
use crate::service::settle;
use crate::service::solvency;
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::{Asked, named};
use crate::web::pages::desk::{Seated, shown_here};
use crate::web::pages::words::Words;
use crate::web::problem::Problem;

/// How many payments a page has.
const ROWS: i64 = 24;

/// What a funder owes.
pub(super) struct DueLine {
    pub(super) funder: String,
    pub(super) due: String,
    pub(super) paying: String,
    pub(super) paid: String,
    /// The redemptions that are due.
    pub(super) path: String,
    pub(super) totals: String,
    pub(super) totals_label: String,
}

/// A payment in a list.
pub(super) struct PaidLine {
    pub(super) path: String,
    pub(super) statement: String,
    pub(super) funder: String,
    pub(super) amount: String,
    pub(super) state: String,
    pub(super) look: &'static str,
    pub(super) until: String,
    pub(super) ended: Option<String>,
}

#[derive(Template)]
#[template(path = "structure/payments.html")]
struct List {
    frame: Frame,
    total: String,
    dues: Vec<DueLine>,
    paid: Vec<PaidLine>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "structure/payment.html")]
struct One {
    frame: Frame,
    title: String,
    state: String,
    advice: String,
    look: &'static str,
    statement: String,
    count: String,
    moves: Vec<Move>,
    next: Option<String>,
}

/// What funders owe, in words.
pub(super) fn due_lines(words: Words, dues: &[Due]) -> Vec<DueLine> {
    let line = |due: &Due| DueLine {
        funder: due.funder_name.clone(),
        due: words.cents(due.due_cents),
        paying: words.cents(due.paying_cents),
        paid: words.cents(due.paid_cents),
        path: format!("/structure/redemptions?state=due&funder={}", due.funder_id),
        totals: format!("/ledger/{}/totals", due.funder_id),
        totals_label: words
            .with("structure-proof-totals", [("funder", due.funder_name.as_str().into())]),
    };
    dues.iter().map(line).collect()
}

/// Payments, in words.
pub(super) fn paid_lines(words: Words, paid: &[Paid]) -> Vec<PaidLine> {
    let line = |paid: &Paid| PaidLine {
        path: format!("/structure/payments/{}", paid.payment_id),
        statement: format!("/structure/payments/statements/{}", paid.settlement_id),
        funder: paid.funder_name.clone(),
        amount: words.cents(paid.cents),
        state: words.say(state_key(paid.state)),
        look: look(paid.state),
        until: words.day(paid.cut_off_on),
        ended: paid.ended_on.map(|day| words.day(day)),
    };
    paid.iter().map(line).collect()
}

const fn state_key(state: PaymentState) -> &'static str {
    match state {
        PaymentState::Drawn => "structure-payment-drawn",
        PaymentState::Approved => "structure-payment-approved",
        PaymentState::Confirmed => "structure-payment-confirmed",
        PaymentState::Rejected => "structure-payment-rejected",
        PaymentState::Cancelled => "structure-payment-cancelled",
    }
}

const fn advice_key(state: PaymentState) -> &'static str {
    match state {
        PaymentState::Drawn => "structure-payment-drawn-text",
        PaymentState::Approved => "structure-payment-approved-text",
        PaymentState::Confirmed => "structure-payment-confirmed-text",
        PaymentState::Rejected => "structure-payment-rejected-text",
        PaymentState::Cancelled => "structure-payment-cancelled-text",
    }
}

const fn look(state: PaymentState) -> &'static str {
    match state {
        PaymentState::Confirmed => "good",
        PaymentState::Rejected | PaymentState::Cancelled => "bad",
        PaymentState::Drawn | PaymentState::Approved => "wait",
    }
}

/// `DAY.LEDGER.LINE`.
fn place(text: &str) -> Option<Place> {
    let mut parts = text.split('.');
    let day: Day = parts.next()?.parse().ok()?;
    Some((day, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// What is due and what was paid.
pub(super) async fn list(
    State(app): State<App>,
    seated: Seated,
    Asked(told): Asked<Told>,
) -> Result<Response, Problem> {
    let Seated { frame, actor, .. } = seated;
    structure_of(&actor)?;
    let words = frame.words;
    let dues = earn::dues(&app.instance, &actor).await?;
    let from = place(&told.from);
    let (paid, next) = earn::payments(&app.instance, &actor, from, ROWS).await?;
    let onward =
        |(day, no, seq): Place| frame.to(&format!("/structure/payments?from={day}.{no}.{seq}"));
    Ok(shown_here(&List {
        total: words.cents(dues.iter().map(|due| due.due_cents).sum()),
        dues: due_lines(words, &dues),
        paid: paid_lines(words, &paid),
        next: next.map(onward),
        frame,
    }))
}

/// One payment with its vouchers.
pub(super) async fn one(
    State(app): State<App>,
    seated: Seated,
    Path(id): Path<String>,
    Asked(told): Asked<Told>,
) -> Result<Response, Problem> {
    let Seated { frame, actor, .. } = seated;
    structure_of(&actor)?;
    let words = frame.words;
    let id: Id<Payment> = named(&id)?;
    let paid = settle::vouchers(&app.instance, &actor, id).await?;
    let (from, next) = page_of(&told.from, paid.vouchers.len());
    let shown = paid.vouchers.iter().skip(from).take(PAGE);
    let count = [("count", paid.vouchers.len().into())];
    let state = paid.payment.state;
    let amount = [("amount", words.amount(paid.payment.amount).into())];
    Ok(shown_here(&One {
        title: words.with("structure-payment-title", amount),
        state: words.say(state_key(state)),
        advice: words.say(advice_key(state)),
        look: look(state),
        statement: format!("/structure/payments/statements/{}", paid.payment.settlement_id),
        count: words.with("structure-payment-count", count),
        moves: moves(words, shown),
        next: next.map(|from| frame.to(&format!("/structure/payments/{id}?from={from}"))),
        frame,
    }))
}

/// The proofs that what is due is inside the published sums, as a file.
pub(super) async fn proofs(State(app): State<App>, seated: Seated) -> Result<Response, Problem> {
    structure_of(&seated.actor)?;
    let proofs = solvency::due(&app.instance, &seated.actor).await?;
    let name = HeaderValue::from_static("attachment; filename=\"proofs.json\"");
    let headers = [
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, Json(proofs)).into_response())
}
