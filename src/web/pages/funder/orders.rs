//! `/funder/orders`: the orders, and each with where it stands and what it waits for.
//!
//! Promises: a step that is the operator's is said to be so. Does not: fund or activate.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::ordering::money;
use super::{ROWS, asked_id, count, done, writes};
use crate::base::id::{Campaign, Id, Order};
use crate::domain::access::Action;
use crate::domain::book::Custody;
use crate::domain::ledger::account::Account;
use crate::domain::ledger::entry::Entry;
use crate::domain::order::{OrderState, OrderView};
use crate::service::follow::{self, OrderLine};
use crate::service::order::ReadOrder;
use crate::service::{observe, order};
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::{Asked, named};
use crate::web::pages::desk::{Seated, shown_here};
use crate::web::pages::words::Words;
use crate::web::problem::Problem;

/// Books of one file.
const FILE: i64 = 100;
/// Files that are linked, at most; the numbers of others are typed into the address.
const FILES: i64 = 200;

/// What an address asks.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Query {
    campaign: String,
    before: Option<i64>,
    done: String,
}

/// An order in the list.
struct Row {
    link: String,
    campaign: String,
    books: String,
    worth: String,
    state: String,
}

#[derive(Template)]
#[template(path = "funder/orders.html")]
struct List {
    frame: Frame,
    writes: bool,
    rows: Vec<Row>,
    next: Option<String>,
}

/// The words of a state.
const fn state_key(state: OrderState) -> &'static str {
    match state {
        OrderState::Issuing => "funder-order-issuing",
        OrderState::Issued => "funder-order-issued",
        OrderState::Active => "funder-order-active",
    }
}

const fn vouchers(view: &OrderView) -> i64 {
    view.books.saturating_mul(view.vouchers_per_book as i64)
}

/// The orders, newest first.
///
/// # Errors
/// A refusal or a fault.
pub(super) async fn list(
    seated: Seated,
    State(app): State<App>,
    Asked(asked): Asked<Query>,
) -> Result<Response, Problem> {
    let Seated { frame, actor, .. } = seated;
    let words = frame.words;
    let of: Option<Id<Campaign>> = asked_id(&asked.campaign)?;
    let before = asked.before.unwrap_or(i64::MAX);
    let page = follow::orders(&app.instance, &actor, of, before, ROWS).await?;
    let row = |line: &OrderLine| Row {
        link: frame.to(&format!("/funder/orders/{}", line.view.order_id)),
        campaign: line.campaign_name.to_string(),
        books: count(words, line.view.books),
        worth: words.cents(vouchers(&line.view).saturating_mul(line.view.face_cents)),
        state: words.say(state_key(line.view.state())),
    };
    let campaign = of.map(|id| format!("&campaign={id}")).unwrap_or_default();
    let next = page.next.map(|at| frame.to(&format!("/funder/orders?before={at}{campaign}")));
    let rows = page.items.iter().map(row).collect();
    Ok(shown_here(&List { writes: writes(&actor), rows, next, frame }))
}

/// A step of an order's road.
struct Step {
    /// `done`, `now` or `later`.
    class: &'static str,
    title: String,
    /// The same in words.
    state: String,
    text: String,
}

#[derive(Template)]
#[template(path = "funder/order.html")]
struct Page {
    frame: Frame,
    done: Option<String>,
    id: String,
    campaign: String,
    campaign_link: String,
    state: String,
    said: String,
    steps: Vec<Step>,
    /// The files of its books: address and label; none for who does not print.
    files: Vec<(String, String)>,
    specimen: Option<String>,
    /// Where its books are: label and number.
    custody: Vec<(String, String)>,
    books_link: String,
}

/// One order.
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
    let id: Id<Order> = named(&id)?;
    let funder = follow::funder_of(&actor)?;
    let read = order::read(&app.instance, &actor, id).await?;
    let (_, trial) = observe::balances(&app.instance, &actor, funder.into()).await?;
    let deposit = Account::Deposit(funder);
    let held = trial.accounts.iter().find(|line| line.account == deposit);
    let held = held.map_or(0, |line| line.balance.cents);
    let (view, profile) = (&read.view, &read.campaign.profile);
    let ready = view.state() != OrderState::Issuing;
    let prints = ready && actor.may(Action::PrintBooks);
    let said = [
        ("books", view.books.into()),
        ("many", count(words, view.books).into()),
        ("vouchers", count(words, vouchers(view)).into()),
        ("face", words.cents(view.face_cents).into()),
        ("worth", words.cents(vouchers(view).saturating_mul(view.face_cents)).into()),
    ];
    Ok(shown_here(&Page {
        done: done(words, &asked.done),
        id: id.to_string(),
        campaign: profile.name.to_string(),
        campaign_link: frame.to(&format!("/funder/campaigns/{}", read.campaign.campaign_id)),
        state: words.say(state_key(view.state())),
        said: words.with("funder-order-said", said),
        steps: steps(words, &read, held),
        files: if prints { files(words, id, read.books) } else { Vec::new() },
        specimen: prints.then(|| format!("/api/v1/orders/{id}/specimen.pdf")),
        custody: custody(words, &read.custody),
        books_link: frame.to(&format!("/funder/books?order={id}")),
        frame,
    }))
}

/// The road of an order, step by step.
fn steps(words: Words, read: &ReadOrder, held: i64) -> Vec<Step> {
    let view = &read.view;
    let worth = vouchers(view).saturating_mul(view.face_cents);
    let placed = Entry::parse(&read.receipt.line).map(|entry| words.day(entry.on));
    let placed = [("day", placed.unwrap_or_default().into())];
    let made =
        [("made", count(words, view.issued).into()), ("books", count(words, view.books).into())];
    let step = |class: &'static str, title: &str, text: String| {
        let state = match class {
            "done" => "funder-step-is-done",
            "now" => "funder-step-is-now",
            _ => "funder-step-is-later",
        };
        Step { class, title: words.say(title), state: words.say(state), text }
    };
    let (issued, active) = (view.state() != OrderState::Issuing, view.active);
    let class = |done: bool, now: bool| match (done, now) {
        (true, _) => "done",
        (false, true) => "now",
        (false, false) => "later",
    };
    let funded = if active {
        words.say("funder-step-active-text")
    } else if held >= worth {
        words.say("funder-step-operator")
    } else {
        let missing = money(words, held, worth);
        format!("{missing} {}", words.say("funder-step-deposit"))
    };
    let at = |custody: Custody| {
        let found = read.custody.iter().find(|(known, _)| known == custody.as_str());
        found.map_or(0, |(_, books)| *books)
    };
    let delivered = read.books - at(Custody::AtPrinter);
    let delivery =
        [("books", count(words, delivered).into()), ("all", count(words, read.books).into())];
    vec![
        step("done", "funder-step-placed", words.with("funder-step-placed-text", placed)),
        step(class(issued, true), "funder-step-made", words.with("funder-step-made-text", made)),
        step(class(active, issued), "funder-step-active", funded),
        step(
            class(active && delivered == read.books, active),
            "funder-step-delivered",
            words.with("funder-step-delivered-text", delivery),
        ),
    ]
}

/// The files of an order's books, a hundred books each.
fn files(words: Words, id: Id<Order>, books: i64) -> Vec<(String, String)> {
    let begins = (0..=books.div_euclid(FILE)).map(|at| at * FILE + 1);
    let begins = begins.filter(|from| *from <= books);
    let file = |from: i64| {
        let to = (from + FILE - 1).min(books);
        let values = [("from", count(words, from).into()), ("to", count(words, to).into())];
        let address = format!("/api/v1/orders/{id}/books.pdf?from={from}&to={to}");
        (address, words.with("funder-order-file", values))
    };
    begins.take(usize::try_from(FILES).unwrap_or(0)).map(file).collect()
}

/// The words of where a book's paper is.
pub(super) const fn custody_key(custody: Custody) -> &'static str {
    match custody {
        Custody::AtPrinter => "funder-custody-at-printer",
        Custody::InStock => "funder-custody-in-stock",
        Custody::HandedOver => "funder-custody-handed-over",
        Custody::Returned => "funder-custody-returned",
        Custody::Lost => "funder-custody-lost",
        Custody::Destroyed => "funder-custody-destroyed",
    }
}

fn custody(words: Words, counts: &[(String, i64)]) -> Vec<(String, String)> {
    let row = |at: Custody| {
        let (_, books) = counts.iter().find(|(known, _)| known == at.as_str())?;
        Some((words.say(custody_key(at)), count(words, *books)))
    };
    Custody::ALL.into_iter().filter_map(row).collect()
}
