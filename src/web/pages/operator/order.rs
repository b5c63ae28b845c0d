//! `/operator/orders/{id}`: an order, the money that carries it, and its activation.
//!
//! Promises: it says whether the deposit covers the order and what is missing; a deposit is
//! recorded once, however often its form is sent. Does not: place orders (their funder does).

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::Operating;
use super::notice::{Notice, Query, turned};
use super::typed::money;
use crate::base::id::{Deposit, Id, Order};
use crate::domain::access::Action;
use crate::domain::ledger::account::AccountKind;
use crate::domain::order::{DepositRequest, OrderState, Reference};
use crate::service::order::{self, ReadOrder};
use crate::service::{find, observe};
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::{Asked, Nothing, fresh, named};
use crate::web::pages::desk::{Sent, Turned, go, redrawn, shown_here};
use crate::web::pages::field::{Field, begin_at_fault};
use crate::web::pages::words::Words;
use crate::web::problem::Problem;

#[derive(Template)]
#[template(path = "operator/order.html")]
struct Page {
    frame: Frame,
    notice: Notice,
    id: String,
    title: String,
    state: String,
    look: &'static str,
    facts: Vec<(String, String)>,
    /// Whether the deposit form is drawn, and the button that activates.
    records: bool,
    activates: bool,
    by_two: Option<String>,
    deposit_id: String,
    amount: Field,
    reference: Field,
}

/// The fields of a deposit.
fn fields(words: Words, missing: i64) -> (Field, Field) {
    let suggested = words.cents(missing);
    let suggested: String = suggested.chars().filter(|c| !c.is_whitespace() && *c != '€').collect();
    let amount = Field::text("amount", words.say("operator-deposit-amount"))
        .hint(words.say("operator-deposit-amount-hint"))
        .complete("off")
        .most(20)
        .required();
    let amount = if missing > 0 { amount.value(&suggested) } else { amount };
    let reference = Field::text("reference", words.say("operator-deposit-reference"))
        .hint(words.say("operator-deposit-reference-hint"))
        .complete("off")
        .most(35)
        .required();
    (amount, reference)
}

/// What an order is worth, in cents.
const fn worth(read: &ReadOrder) -> i64 {
    read.view.books * (read.view.vouchers_per_book as i64) * read.view.face_cents
}

fn facts(words: Words, read: &ReadOrder, deposit: i64) -> Vec<(String, String)> {
    let profile = &read.campaign.profile;
    let count = |key: &str, count: i64| words.with(key, [("count", count.into())]);
    let face = words.cents(read.view.face_cents);
    let per_book = count("operator-vouchers", i64::from(read.view.vouchers_per_book));
    let values = [("per", per_book.into()), ("face", face.into())];
    let mut facts = vec![
        (words.say("operator-order-books"), count("operator-books", read.view.books)),
        (words.say("operator-order-book"), words.with("operator-order-each", values)),
        (words.say("operator-order-worth"), words.cents(worth(read))),
        (words.say("operator-order-deposit"), words.cents(deposit)),
        (
            words.say("operator-order-valid"),
            words.with(
                "operator-from-to",
                [
                    ("from", words.day(profile.valid_from).into()),
                    ("to", words.day(profile.valid_until).into()),
                ],
            ),
        ),
    ];
    if read.view.issued < read.view.books {
        facts.push((words.say("operator-order-made"), count("operator-books", read.view.issued)));
    }
    facts
}

/// What is said first of an order, and how it looks.
fn state(words: Words, read: &ReadOrder, deposit: i64) -> (String, &'static str) {
    match read.view.state() {
        OrderState::Active => (words.say("operator-order-active"), "good"),
        OrderState::Issuing => (words.say("operator-order-issuing"), "wait"),
        OrderState::Issued if deposit >= worth(read) => {
            let deposit = words.cents(deposit);
            (words.with("operator-order-covered", [("deposit", deposit.into())]), "wait")
        }
        OrderState::Issued => {
            let (deposit, missing) = (words.cents(deposit), words.cents(worth(read) - deposit));
            let values = [("deposit", deposit.into()), ("missing", missing.into())];
            (words.with("operator-order-short", values), "wait")
        }
    }
}

async fn page(
    app: &App,
    operating: &Operating,
    id: Id<Order>,
    notice: Notice,
) -> Result<Page, Problem> {
    let Operating { frame, actor } = operating;
    let words = frame.words;
    let read = order::read(&app.instance, actor, id).await?;
    let funder = read.campaign.profile.funder_id;
    let (_, balance) = observe::balances(&app.instance, actor, funder.into()).await?;
    let deposit = balance.totals.totals.iter().find(|it| it.kind == AccountKind::Deposit);
    let deposit = deposit.map_or(0, |it| it.cents);
    let names = find::names(&app.instance, actor, [funder.any()]).await?;
    let (state, look) = state(words, &read, deposit);
    let is_active = read.view.state() == OrderState::Active;
    let (amount, reference) = fields(words, worth(&read) - deposit);
    let moves = operating.may(Action::MoveMoney) && !is_active;
    let least = app.instance.settings.two_people.order_cents;
    let by_two = (worth(&read) > least).then(|| words.say("operator-second-order"));
    Ok(Page {
        id: id.to_string(),
        title: format!("{} · {}", names.of(&funder), read.campaign.profile.name),
        state,
        look,
        facts: facts(words, &read, deposit),
        records: moves && deposit < worth(&read),
        activates: moves && deposit >= worth(&read) && read.view.state() == OrderState::Issued,
        by_two: by_two.filter(|_| moves),
        deposit_id: fresh::<Deposit>(app),
        amount,
        reference,
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

/// A deposit.
#[derive(Debug, Deserialize)]
pub(super) struct Money {
    id: String,
    amount: String,
    reference: String,
}

/// Records money that came in for the funder.
pub(super) async fn deposit(
    State(app): State<App>,
    Path(id): Path<String>,
    Sent { seated, typed }: Sent<Money, Operating>,
) -> Result<Response, Turned> {
    let (order_id, deposit_id): (Id<Order>, Id<Deposit>) = (named(&id)?, named(&typed.id)?);
    let words = seated.frame.words;
    let amount = money(&typed.amount);
    let reference = Reference::try_from(typed.reference.clone()).ok();
    let (Some(sum), Some(checked)) = (amount, reference.clone()) else {
        let mut page = page(&app, &seated, order_id, Notice::default()).await?;
        let wrong = |bad: bool, key: &str| bad.then(|| words.say(key));
        let fault = wrong(amount.is_none(), "operator-deposit-amount-wrong");
        page.amount = page.amount.value(&typed.amount).fault(fault);
        let fault = wrong(reference.is_none(), "operator-deposit-reference-wrong");
        page.reference = page.reference.value(&typed.reference).fault(fault);
        begin_at_fault([&mut page.amount, &mut page.reference]);
        page.deposit_id = typed.id;
        return Ok(redrawn(&page));
    };
    let read = order::read(&app.instance, &seated.actor, order_id).await?;
    let funder_id = read.campaign.profile.funder_id;
    let request = DepositRequest { funder_id, amount: sum, reference: checked };
    let done = order::deposit(&app.instance, &seated.actor, deposit_id, request).await;
    ended(&app, &seated, order_id, done.map(|_| "deposit")).await
}

/// Activates the order.
pub(super) async fn activate(
    State(app): State<App>,
    Path(id): Path<String>,
    Sent { seated, .. }: Sent<Nothing, Operating>,
) -> Result<Response, Turned> {
    let id: Id<Order> = named(&id)?;
    let done = order::activate(&app.instance, &seated.actor, id).await;
    ended(&app, &seated, id, done.map(|_| "activated")).await
}

async fn ended(
    app: &App,
    operating: &Operating,
    id: Id<Order>,
    done: Result<&str, crate::service::Error>,
) -> Result<Response, Turned> {
    match done {
        Ok(done) => Ok(go(&operating.frame.to(&format!("/operator/orders/{id}?done={done}")))),
        Err(error) => {
            let notice = turned(&operating.frame, error)?;
            Ok(redrawn(&page(app, operating, id, notice).await?))
        }
    }
}
