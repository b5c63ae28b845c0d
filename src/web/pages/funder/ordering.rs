//! `/funder/orders/new`: an order, read back with its worth and its proof before it is placed.
//!
//! Promises: no order without its proof approved: who places it says that the proof was looked at,
//! and the order's line says who and when; a form sent twice places one order. Does not: fund it.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::{count, writes};
use crate::base::id::{Campaign, Id, Order};
use crate::domain::ledger::account::Account;
use crate::domain::order::{BOOK_LIMIT, OrderRequest};
use crate::domain::refusal::Reason;
use crate::service::follow::{self, Followed, Overview};
use crate::service::{issue, observe, order};
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::{Asked, fresh, named};
use crate::web::pages::desk::{Seated, Sent, go, redrawn, shown_here};
use crate::web::pages::field::{Field, begin_at_fault};
use crate::web::pages::words::Words;
use crate::web::problem::Problem;

/// What is typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    order: String,
    campaign: String,
    books: String,
    step: String,
    approved: String,
}

#[derive(Template)]
#[template(path = "funder/order_new.html")]
struct Form {
    frame: Frame,
    order: String,
    fields: Vec<Field>,
    /// Whether there is a campaign to order for.
    none: bool,
}

#[derive(Template)]
#[template(path = "funder/order_review.html")]
struct Review {
    frame: Frame,
    kept: Vec<(&'static str, String)>,
    campaign: String,
    proof: String,
    said: String,
    money: String,
    covered: bool,
    tick: Field,
}

type Faults = BTreeMap<&'static str, String>;

/// The form.
///
/// # Errors
/// A refusal or a fault.
pub(super) async fn begin(
    seated: Seated,
    State(app): State<App>,
    Asked(asked): Asked<Typed>,
) -> Result<Response, Problem> {
    let Seated { frame, actor, .. } = seated;
    if !writes(&actor) {
        return Err(Reason::NotPermitted.into());
    }
    let known = follow::overview(&app.instance, &actor).await?;
    let typed = Typed { order: fresh::<Order>(&app), campaign: asked.campaign, ..Typed::default() };
    Ok(shown_here(&form(frame, &known, &typed, &Faults::new())))
}

/// Reads the order back, or places it.
///
/// # Errors
/// A refusal or a fault.
pub(super) async fn post(State(app): State<App>, sent: Sent<Typed>) -> Result<Response, Problem> {
    let Sent { seated: Seated { frame, actor, .. }, typed } = sent;
    if !writes(&actor) {
        return Err(Reason::NotPermitted.into());
    }
    let words = frame.words;
    let known = follow::overview(&app.instance, &actor).await?;
    let mut faults = Faults::new();
    let campaign = typed.campaign.parse().ok();
    let campaign = campaign.and_then(|id| orderable(&known).find(|it| it.campaign_id == id));
    let books = typed.books.split_whitespace().collect::<String>().parse::<i64>().ok();
    let books = books.filter(|books| (1..=BOOK_LIMIT).contains(books));
    if campaign.is_none() {
        faults.insert("campaign", words.say("funder-fault-choose"));
    }
    if books.is_none() {
        let most = count(words, BOOK_LIMIT);
        faults.insert("books", words.with("funder-fault-books", [("most", most.into())]));
    }
    let (Some(campaign), Some(books)) = (campaign, books) else {
        return Ok(redrawn(&form(frame, &known, &typed, &faults)));
    };
    if typed.step == "edit" {
        return Ok(shown_here(&form(frame, &known, &typed, &faults)));
    }
    let (_, trial) = observe::balances(&app.instance, &actor, known.funder_id.into()).await?;
    let deposit = Account::Deposit(known.funder_id);
    let held = trial.accounts.iter().find(|line| line.account == deposit);
    let held = held.map_or(0, |line| line.balance.cents);
    if typed.step == "keep" && typed.approved.is_empty() {
        let fault = Some(words.say("funder-fault-proof"));
        return Ok(redrawn(&review(frame, &typed, (campaign, books), held, fault)));
    }
    if typed.step == "keep" {
        let id: Id<Order> = named(&typed.order)?;
        let request = OrderRequest { campaign_id: campaign.campaign_id, books };
        order::place(&app.instance, &actor, id, request).await?;
        issue::begin(&app.instance, id).await;
        return Ok(go(&frame.to(&format!("/funder/orders/{id}?done=order-placed"))));
    }
    Ok(shown_here(&review(frame, &typed, (campaign, books), held, None)))
}

/// The proof of a campaign's books: one whose vouchers never pay.
///
/// # Errors
/// A refusal or a fault.
pub(super) async fn proof(
    seated: Seated,
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id: Id<Campaign> = named(&id)?;
    let file = issue::proof_pdf(&app.instance, &seated.actor, id).await?;
    let kind = (header::CONTENT_TYPE, "application/pdf");
    Ok(([kind, (header::CACHE_CONTROL, "no-store")], file).into_response())
}

/// Campaigns whose books can still be ordered, newest first.
fn orderable(known: &Overview) -> impl Iterator<Item = &Followed> {
    let today = known.today;
    known
        .campaigns
        .iter()
        .rev()
        .filter(move |it| !it.lapsed && today <= it.profile.accepted_until())
}

fn form(frame: Frame, known: &Overview, typed: &Typed, faults: &Faults) -> Form {
    let words = frame.words;
    let choices: Vec<(String, String)> = orderable(known)
        .map(|it| (it.campaign_id.to_string(), it.profile.name.to_string()))
        .collect();
    let choices: Vec<(&str, &str)> =
        choices.iter().map(|(id, name)| (id.as_str(), name.as_str())).collect();
    let most = count(words, BOOK_LIMIT);
    let mut fields = vec![
        Field::choice("campaign", words.say("funder-order-campaign"), &choices)
            .value(&typed.campaign)
            .fault(faults.get("campaign").cloned()),
        Field::text("books", words.say("funder-order-books"))
            .hint(words.with("funder-order-books-hint", [("most", most.into())]))
            .value(&typed.books)
            .digits()
            .most(7)
            .required()
            .fault(faults.get("books").cloned()),
    ];
    begin_at_fault(&mut fields);
    Form { order: typed.order.clone(), none: choices.is_empty(), fields, frame }
}

fn review(
    frame: Frame,
    typed: &Typed,
    (campaign, books): (&Followed, i64),
    held: i64,
    fault: Option<String>,
) -> Review {
    let words = frame.words;
    let vouchers = books * i64::from(campaign.profile.vouchers_per_book);
    let worth = campaign.worth(vouchers);
    let said = [
        ("books", books.into()),
        ("many", count(words, books).into()),
        ("vouchers", count(words, vouchers).into()),
        ("face", words.amount(campaign.profile.face_value).into()),
        ("worth", words.cents(worth).into()),
    ];
    Review {
        kept: vec![
            ("order", typed.order.clone()),
            ("campaign", typed.campaign.clone()),
            ("books", typed.books.clone()),
        ],
        campaign: campaign.profile.name.to_string(),
        proof: format!("/funder/campaigns/{}/proof.pdf", campaign.campaign_id),
        said: words.with("funder-order-said", said),
        money: money(words, held, worth),
        covered: held >= worth,
        tick: tick(words, typed, fault),
        frame,
    }
}

/// Whether the deposit covers an order, in words.
pub(super) fn money(words: Words, held: i64, worth: i64) -> String {
    let values = [
        ("held", words.cents(held).into()),
        ("worth", words.cents(worth).into()),
        ("missing", words.cents((worth - held).max(0)).into()),
    ];
    words.with(if held >= worth { "funder-money-enough" } else { "funder-money-missing" }, values)
}

fn tick(words: Words, typed: &Typed, fault: Option<String>) -> Field {
    let label = words.say("funder-order-approve");
    let ticked = if typed.approved.is_empty() { Vec::new() } else { vec!["yes".to_owned()] };
    Field::ticks("approved", words.say("funder-order-proof"), &[("yes", &label)])
        .values(&ticked)
        .fault(fault)
}
