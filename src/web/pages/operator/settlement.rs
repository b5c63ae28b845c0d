//! `/operator/settlements`: what is due, drawn up as payments, approved by a second person, sent to
//! the bank and answered by it.
//!
//! Promises: who drew a settlement up finds no button that approves it, but who does. Does not:
//! send the file to a bank.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::Operating;
use super::notice::{Notice, Query, turned};
use super::payment::state_key as payment_state;
use crate::base::day::Day;
use crate::base::id::{AnyId, Funder, Id, Settlement};
use crate::domain::access::{Action, Role};
use crate::domain::settlement::{PaymentState, SettlementRequest, SettlementState};
use crate::service::attend::{self, Waiting};
use crate::service::find::{self, Names};
use crate::service::oversee;
use crate::service::settle::{self, SettlementView};
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::{Asked, fresh, named};
use crate::web::pages::desk::{Sent, Turned, go, redrawn, shown_here};
use crate::web::pages::field::Field;
use crate::web::pages::words::Words;
use crate::web::problem::Problem;

/// The most settlements of a funder that are listed: the newest.
const SHOWN: usize = 12;

/// A settlement in a list.
struct Row {
    to: String,
    until: String,
    state: String,
    count: String,
    total: String,
}

/// A funder and its settlements.
struct Ledger {
    funder: String,
    name: String,
    due: Option<String>,
    /// The form that draws one up: the id of what it makes, and its day.
    form: Option<(String, Field)>,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "operator/settlements.html")]
struct List {
    frame: Frame,
    notice: Notice,
    ledgers: Vec<Ledger>,
}

/// Where a settlement stands, in words.
const fn state_key(state: SettlementState) -> &'static str {
    match state {
        SettlementState::Opened => "operator-settlement-opened",
        SettlementState::Drawn => "operator-settlement-drawn",
        SettlementState::Approved => "operator-settlement-approved",
        SettlementState::Cancelled => "operator-settlement-cancelled",
    }
}

fn row(words: Words, view: &SettlementView) -> Row {
    Row {
        to: format!("/operator/settlements/{}", view.settlement_id),
        until: words.day(view.cut_off_on),
        state: words.say(state_key(view.state)),
        count: words.number(view.payment_count.unsigned_abs()),
        total: words.amount(view.total),
    }
}

/// The day up to which a settlement looks: yesterday, whose lines are all there.
fn day_field(words: Words, funder: Id<Funder>, day: &str) -> Field {
    Field::text(&format!("day-{funder}"), words.say("operator-settle-day"))
        .hint(words.say("operator-settle-day-hint"))
        .kind("date")
        .required()
        .value(day)
}

/// What is due to a funder's structures, unless a settlement waits.
fn due(words: Words, waiting: &Waiting, funder: Id<Funder>) -> Option<String> {
    let due = waiting.dues.iter().find(|due| due.funder_id == funder && !due.is_begun)?;
    let values = [("sum", words.cents(due.cents).into()), ("count", due.structures.into())];
    Some(words.with("operator-work-dues-item", values))
}

async fn page(app: &App, operating: &Operating, notice: Notice) -> Result<List, Problem> {
    let Operating { frame, actor } = operating;
    let words = frame.words;
    let waiting = attend::waiting(&app.instance, actor).await?;
    let ledgers = oversee::ledgers(&app.instance, actor).await?;
    let funders: Vec<Id<Funder>> = ledgers.iter().filter_map(|it| it.ledger_id.funder()).collect();
    let names = find::names(&app.instance, actor, funders.iter().map(|id| id.any())).await?;
    let yesterday = app.instance.zone().await?.day_of(app.instance.clock.now()).plus_days(-1);
    let mut shown = Vec::new();
    for funder in funders {
        let views = settle::list(&app.instance, actor, funder).await?;
        let due = due(words, &waiting, funder);
        let form = due
            .as_ref()
            .filter(|_| operating.may(Action::Settle))
            .map(|_| (fresh::<Settlement>(app), day_field(words, funder, &yesterday.to_string())));
        shown.push(Ledger {
            funder: funder.to_string(),
            name: names.of(&funder),
            due,
            form,
            rows: views.iter().rev().take(SHOWN).map(|view| row(words, view)).collect(),
        });
    }
    Ok(List { frame: frame.clone(), notice, ledgers: shown })
}

/// The settlements of every funder, and what can be drawn up.
pub(super) async fn list(
    State(app): State<App>,
    operating: Operating,
    Asked(asked): Asked<Query>,
) -> Result<Response, Problem> {
    let notice = Notice::done(operating.frame.words, &asked);
    Ok(shown_here(&page(&app, &operating, notice).await?))
}

/// What is drawn up; the field of the day is named after its funder.
#[derive(Deserialize)]
pub(super) struct Drawing {
    id: String,
    funder: String,
    #[serde(flatten)]
    fields: std::collections::HashMap<String, String>,
}

/// Draws a settlement up.
pub(super) async fn draw(
    State(app): State<App>,
    Sent { seated, typed }: Sent<Drawing, Operating>,
) -> Result<Response, Turned> {
    let (id, funder_id): (Id<Settlement>, Id<Funder>) = (named(&typed.id)?, named(&typed.funder)?);
    let words = seated.frame.words;
    let written = typed.fields.get(&format!("day-{funder_id}")).cloned().unwrap_or_default();
    let today = app.instance.zone().await?.day_of(app.instance.clock.now());
    let day = written.trim().parse::<Day>().ok().filter(|day| *day <= today);
    let Some(cut_off_on) = day else {
        let mut page = page(&app, &seated, Notice::default()).await?;
        for ledger in page.ledgers.iter_mut().filter(|it| it.funder == typed.funder) {
            let fault = Some(words.say("operator-settle-day-wrong"));
            let field = day_field(words, funder_id, &written).fault(fault);
            ledger.form = Some((typed.id.clone(), field));
        }
        return Ok(redrawn(&page));
    };
    let request = SettlementRequest { funder_id, cut_off_on };
    match settle::settle(&app.instance, &seated.actor, id, request).await {
        Ok(_) => Ok(go(&seated.frame.to(&format!("/operator/settlements/{id}?done=drawn")))),
        Err(error) => {
            let notice = turned(&seated.frame, error)?;
            Ok(redrawn(&page(&app, &seated, notice).await?))
        }
    }
}

/// A payment of a settlement.
struct Paid {
    to: String,
    name: String,
    amount: String,
    state: String,
}

#[derive(Template)]
#[template(path = "operator/settlement.html")]
struct Page {
    frame: Frame,
    notice: Notice,
    id: String,
    title: String,
    state: String,
    look: &'static str,
    next: String,
    facts: Vec<(String, String)>,
    payments: Vec<Paid>,
    approves: bool,
    cancels: bool,
    /// Where drawing up goes on that stopped half-way: funder and day.
    goes_on: Option<(String, String, String)>,
    file: Option<String>,
}

/// What happens next with a settlement, for whoever reads.
fn next(words: Words, view: &SettlementView, role: Role, pledged: bool) -> String {
    let open = view.payments.iter().filter(|it| it.state == PaymentState::Approved).count();
    words.say(match view.state {
        SettlementState::Opened => "operator-next-opened",
        SettlementState::Drawn if role == Role::Approver => "operator-next-approve",
        SettlementState::Drawn if pledged => "operator-next-pledged",
        SettlementState::Drawn => "operator-next-drawn",
        SettlementState::Approved if open > 0 => "operator-next-bank",
        SettlementState::Approved => "operator-next-done",
        SettlementState::Cancelled => "operator-next-cancelled",
    })
}

fn payments(words: Words, names: &Names, view: &SettlementView) -> Vec<Paid> {
    let paid = view.payments.iter().map(|payment| Paid {
        to: format!("/operator/payments/{}", payment.payment_id),
        name: names.of(&payment.structure_id),
        amount: words.amount(payment.amount),
        state: words.say(payment_state(payment.state)),
    });
    paid.collect()
}

async fn one(
    app: &App,
    operating: &Operating,
    id: Id<Settlement>,
    notice: Notice,
) -> Result<Page, Problem> {
    let Operating { frame, actor } = operating;
    let words = frame.words;
    let view = settle::read(&app.instance, actor, id).await?;
    let mut ids: Vec<AnyId> = vec![view.funder_id.any()];
    ids.extend(view.payments.iter().map(|payment| payment.structure_id.any()));
    let names = find::names(&app.instance, actor, ids).await?;
    let ledgers = oversee::ledgers(&app.instance, actor).await?;
    let own = ledgers.iter().find(|it| it.ledger_id.funder() == Some(view.funder_id));
    let pledged = own.is_some_and(|it| it.mode == "pledged");
    let count = words.number(view.payment_count.unsigned_abs());
    let until = words.day(view.cut_off_on);
    let goes_on = view.state == SettlementState::Opened && operating.may(Action::Settle);
    let day = view.cut_off_on.to_string();
    Ok(Page {
        id: id.to_string(),
        title: names.of(&view.funder_id),
        state: words.say(state_key(view.state)),
        look: match view.state {
            SettlementState::Opened | SettlementState::Drawn => "wait",
            SettlementState::Approved => "good",
            SettlementState::Cancelled => "",
        },
        next: next(words, &view, actor.role, pledged),
        facts: vec![
            (words.say("operator-settlement-day"), until),
            (words.say("operator-settlement-count"), count),
            (words.say("operator-settlement-total"), words.amount(view.total)),
        ],
        payments: payments(words, &names, &view),
        approves: view.state == SettlementState::Drawn && actor.role == Role::Approver,
        cancels: view.state == SettlementState::Drawn && operating.may(Action::CancelSettlement),
        goes_on: goes_on.then(|| (id.to_string(), view.funder_id.to_string(), day)),
        file: (view.state == SettlementState::Approved)
            .then(|| format!("/api/v1/settlements/{id}/pain.001.xml")),
        notice,
        frame: frame.clone(),
    })
}

/// One settlement.
pub(super) async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    operating: Operating,
    Asked(asked): Asked<Query>,
) -> Result<Response, Problem> {
    let notice = Notice::done(operating.frame.words, &asked);
    Ok(shown_here(&one(&app, &operating, named(&id)?, notice).await?))
}

/// What is decided.
#[derive(Debug, Deserialize)]
pub(super) struct Typed {
    decision: String,
}

/// Approves a settlement, or cancels it.
pub(super) async fn decide(
    State(app): State<App>,
    Path(id): Path<String>,
    Sent { seated, typed }: Sent<Typed, Operating>,
) -> Result<Response, Turned> {
    let id: Id<Settlement> = named(&id)?;
    let (instance, actor) = (&app.instance, &seated.actor);
    let (done, said) = if typed.decision == "approve" {
        (settle::approve(instance, actor, id).await, "settled")
    } else {
        (settle::cancel(instance, actor, id).await, "cancelled")
    };
    match done {
        Ok(_) => Ok(go(&seated.frame.to(&format!("/operator/settlements/{id}?done={said}")))),
        Err(error) => {
            let notice = turned(&seated.frame, error)?;
            Ok(redrawn(&one(&app, &seated, id, notice).await?))
        }
    }
}
