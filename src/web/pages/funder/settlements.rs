//! `/funder/money/settlements/{id}`: what is paid to whom, each payment down to its vouchers;
//! approved here where the funder pays by itself.
//!
//! Promises: a button only for who may press it, and words for whom it waits for otherwise. Does
//! not: draw up, or pay.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::{count, done};
use crate::base::id::{Id, Proposal, Settlement, Structure};
use crate::domain::access::{Action, Actor};
use crate::domain::proposal::ProposalState;
use crate::domain::refusal::Reason;
use crate::domain::settlement::{PaymentState, SettlementState};
use crate::domain::statement::{Movement, MovementKind};
use crate::service::propose::{self, ProposalView};
use crate::service::settle::{self, SettlementView};
use crate::service::{Error, follow};
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::{Asked, named};
use crate::web::pages::desk::{Seated, Sent, go, shown_here};
use crate::web::pages::shelf;
use crate::web::problem::Problem;

/// Movements on the page of a statement; the file has all of them.
const MOVEMENTS: usize = 300;

/// A settlement in a list.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) link: String,
    pub(super) cut_off: String,
    pub(super) payments: String,
    pub(super) total: String,
    pub(super) state: String,
}

/// The words of where a settlement stands.
const fn state_key(state: SettlementState) -> &'static str {
    match state {
        SettlementState::Opened => "funder-settlement-opened",
        SettlementState::Drawn => "funder-settlement-drawn",
        SettlementState::Approved => "funder-settlement-approved",
        SettlementState::Cancelled => "funder-settlement-cancelled",
    }
}

/// The words of where a payment stands.
pub(super) const fn payment_key(state: PaymentState) -> &'static str {
    match state {
        PaymentState::Drawn => "funder-payment-drawn",
        PaymentState::Approved => "funder-payment-approved",
        PaymentState::Confirmed => "funder-payment-confirmed",
        PaymentState::Rejected => "funder-payment-rejected",
        PaymentState::Cancelled => "funder-payment-cancelled",
    }
}

/// Settlements, newest first.
pub(super) fn rows(frame: &Frame, settlements: &[SettlementView]) -> Vec<Row> {
    let words = frame.words;
    let row = |it: &SettlementView| Row {
        link: frame.to(&format!("/funder/money/settlements/{}", it.settlement_id)),
        cut_off: words.day(it.cut_off_on),
        payments: count(words, it.payment_count),
        total: words.amount(it.total),
        state: words.say(state_key(it.state)),
    };
    settlements.iter().rev().map(row).collect()
}

/// A payment.
struct Payment {
    name: String,
    amount: String,
    state: String,
    /// Its statement; none of what was cancelled.
    link: Option<String>,
}

/// What an address asks.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Query {
    done: String,
}

#[derive(Template)]
#[template(path = "funder/settlement.html")]
struct Page {
    frame: Frame,
    done: Option<String>,
    id: String,
    cut_off: String,
    total: String,
    state: String,
    payments: Vec<Payment>,
    /// Who has to do what, in words.
    waits: Option<String>,
    /// Whether the button is there, and the proposal that it approves, if it is one.
    approves: bool,
    proposal: String,
    /// The file for the bank.
    file: Option<String>,
}

/// One settlement.
///
/// # Errors
/// A refusal or a fault.
pub(super) async fn get(
    seated: Seated,
    State(app): State<App>,
    Path(id): Path<String>,
    Asked(asked): Asked<Query>,
) -> Result<Response, Problem> {
    let Seated { frame, actor, .. } = seated;
    let words = frame.words;
    let id: Id<Settlement> = named(&id)?;
    let known = follow::overview(&app.instance, &actor).await?;
    let view = settle::read(&app.instance, &actor, id).await?;
    let names = follow::structures(&app.instance, &actor).await?;
    let proposed = proposed(&app, &actor, id).await?;
    let may = known.pledged && actor.may(Action::ApproveSettlement);
    let own = proposed.as_ref().is_some_and(|it| it.made_by == actor.id);
    let drawn = view.state == SettlementState::Drawn;
    let waits = match view.state {
        SettlementState::Opened => Some("funder-settlement-wait-drawing"),
        SettlementState::Drawn if !known.pledged => Some("funder-settlement-wait-operator"),
        SettlementState::Drawn if !may => Some("funder-settlement-wait-manager"),
        SettlementState::Drawn if own => Some("funder-settlement-wait-second"),
        SettlementState::Drawn if proposed.is_some() => Some("funder-settlement-wait-you-second"),
        SettlementState::Drawn => Some("funder-settlement-wait-you"),
        SettlementState::Approved | SettlementState::Cancelled => None,
    };
    let name =
        |id: &Id<Structure>| names.get(id).map_or_else(|| id.to_string(), ToString::to_string);
    let payment = |it: &settle::PaymentView| Payment {
        name: name(&it.structure_id),
        amount: words.amount(it.amount),
        state: words.say(payment_key(it.state)),
        link: (view.state != SettlementState::Cancelled).then(|| {
            frame.to(&format!("/funder/money/settlements/{id}/statements/{}", it.structure_id))
        }),
    };
    let approved = view.state == SettlementState::Approved;
    Ok(shown_here(&Page {
        done: done(words, &asked.done),
        id: id.to_string(),
        cut_off: words.day(view.cut_off_on),
        total: words.amount(view.total),
        state: words.say(state_key(view.state)),
        payments: view.payments.iter().map(payment).collect(),
        waits: waits.map(|key| words.say(key)),
        approves: drawn && may && !own,
        proposal: proposed.map(|it| it.id.to_string()).unwrap_or_default(),
        file: (approved && known.pledged).then(|| format!("/api/v1/settlements/{id}/pain.001.xml")),
        frame: frame.clone(),
    }))
}

/// The approval of a settlement that waits for a second person.
async fn proposed(
    app: &App,
    actor: &Actor,
    id: Id<Settlement>,
) -> Result<Option<ProposalView>, Problem> {
    let waiting = propose::list(&app.instance, actor).await?;
    let about = |it: &ProposalView| it.about == id.any() && it.state == ProposalState::Waiting;
    Ok(waiting.into_iter().find(about))
}

/// The button.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Pressed {
    proposal: String,
}

/// Approves a settlement, or the proposal of it.
///
/// # Errors
/// A refusal or a fault.
pub(super) async fn approve(
    State(app): State<App>,
    Path(id): Path<String>,
    sent: Sent<Pressed>,
) -> Result<Response, Problem> {
    let Sent { seated: Seated { frame, actor, .. }, typed } = sent;
    let id: Id<Settlement> = named(&id)?;
    follow::funder_of(&actor)?;
    let key = if typed.proposal.is_empty() {
        match settle::approve(&app.instance, &actor, id).await {
            Ok(_) => "settlement-approved",
            Err(Error::Proposed(_)) => "settlement-proposed",
            Err(error) => return Err(error.into()),
        }
    } else {
        let proposal: Id<Proposal> = named(&typed.proposal)?;
        let waiting = proposed(&app, &actor, id).await?;
        // Only what is about this settlement is approved on its page.
        if waiting.is_none_or(|it| it.id != proposal) {
            return Err(Reason::NotFound.into());
        }
        propose::approve(&app.instance, &actor, proposal).await?;
        "settlement-approved"
    };
    Ok(go(&frame.to(&format!("/funder/money/settlements/{id}?done={key}"))))
}

/// A movement of a statement.
struct Moved {
    day: String,
    what: String,
    venue: String,
    offering: String,
    serial: Option<(String, String)>,
    amount: String,
}

#[derive(Template)]
#[template(path = "funder/statement.html")]
struct StatementPage {
    frame: Frame,
    name: String,
    registration: String,
    period: String,
    opening: String,
    closing: String,
    adds_up: bool,
    rows: Vec<Moved>,
    left_out: Option<String>,
    back: String,
    file: String,
}

/// The words of why an account changed.
const fn movement_key(kind: MovementKind) -> &'static str {
    match kind {
        MovementKind::Redeemed => "funder-movement-redeemed",
        MovementKind::Reversed => "funder-movement-reversed",
        MovementKind::PaymentDrawn => "funder-movement-drawn",
        MovementKind::PaymentRejected => "funder-movement-rejected",
        MovementKind::PaymentCancelled => "funder-movement-cancelled",
        MovementKind::Repaid => "funder-movement-repaid",
    }
}

/// A structure's statement.
///
/// # Errors
/// A refusal or a fault.
pub(super) async fn statement(
    seated: Seated,
    State(app): State<App>,
    Path((id, structure)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let Seated { frame, actor, .. } = seated;
    let words = frame.words;
    let (id, structure): (Id<Settlement>, Id<Structure>) = (named(&id)?, named(&structure)?);
    follow::funder_of(&actor)?;
    let statement = settle::statement(&app.instance, &actor, id, structure).await?;
    let row = |it: &Movement| Moved {
        day: words.day(it.on),
        what: words.say(movement_key(it.kind)),
        venue: it.venue.as_ref().map(|venue| venue.name.clone()).unwrap_or_default(),
        offering: it.offering.map(|offering| shelf::done(words, offering)).unwrap_or_default(),
        serial: it
            .serial
            .as_ref()
            .map(|serial| (serial.clone(), frame.to(&format!("/funder/vouchers/{serial}")))),
        amount: words.cents(it.amount.cents()),
    };
    let left_out = statement.movements.len().saturating_sub(MOVEMENTS);
    let days = [
        ("from", words.day(statement.period.from).into()),
        ("to", words.day(statement.period.to).into()),
    ];
    Ok(shown_here(&StatementPage {
        name: statement.structure.name.clone(),
        registration: statement.structure.registration.to_string(),
        period: words.with("funder-statement-period", days),
        opening: words.cents(statement.opening_balance.cents()),
        closing: words.cents(statement.closing_balance.cents()),
        adds_up: statement.adds_up(),
        rows: statement.movements.iter().take(MOVEMENTS).map(row).collect(),
        left_out: (left_out > 0)
            .then(|| words.with("funder-statement-left-out", [("count", left_out.into())])),
        back: frame.to(&format!("/funder/money/settlements/{id}")),
        file: format!("/api/v1/settlements/{id}/statements/{structure}?format=csv"),
        frame: frame.clone(),
    }))
}
