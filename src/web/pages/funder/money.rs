//! `/funder/money`: what the funder's ledger holds, and why it is enough.
//!
//! Promises: the sum of rule P1 stands on the page, from the ledger's own balances; each account
//! leads to what moved on it. Does not: move money (the operator does).

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::settlements::{Row as Settled, rows};
use super::{ROWS, count};
use crate::domain::ledger::account::{Account, AccountKind};
use crate::domain::refusal::Reason;
use crate::service::{follow, observe, settle};
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::Asked;
use crate::web::pages::desk::{Seated, shown_here};
use crate::web::problem::Problem;

/// An account, or all of a kind.
struct Balance {
    label: String,
    hint: String,
    amount: String,
    link: Option<String>,
}

/// What a structure or a campaign has on its account.
struct Part {
    name: String,
    amount: String,
    vouchers: Option<String>,
    link: Option<String>,
}

#[derive(Template)]
#[template(path = "funder/money.html")]
struct Page {
    frame: Frame,
    mode: String,
    funds: Balance,
    owed: Vec<Balance>,
    sum: String,
    holds: bool,
    floats: Vec<Part>,
    dues: Vec<Part>,
    settlements: Vec<Settled>,
}

/// What an account is called, and what that means.
const fn keys(kind: AccountKind, pledged: bool) -> (&'static str, &'static str) {
    match kind {
        AccountKind::Funds if pledged => ("funder-pledged", "funder-pledged-hint"),
        AccountKind::Funds => ("funder-funds", "funder-funds-hint"),
        AccountKind::Deposit => ("funder-deposit", "funder-deposit-hint"),
        AccountKind::Float => ("funder-float", "funder-float-hint"),
        AccountKind::Due => ("funder-due", "funder-due-hint"),
        AccountKind::Paying => ("funder-paying", "funder-paying-hint"),
        AccountKind::Refund => ("funder-refund", "funder-refund-hint"),
    }
}

/// The balances.
///
/// # Errors
/// A refusal or a fault.
pub(super) async fn get(seated: Seated, State(app): State<App>) -> Result<Response, Problem> {
    let Seated { frame, actor, .. } = seated;
    let words = frame.words;
    let known = follow::overview(&app.instance, &actor).await?;
    let (_, trial) = observe::balances(&app.instance, &actor, known.funder_id.into()).await?;
    let names = follow::structures(&app.instance, &actor).await?;
    let settlements = settle::list(&app.instance, &actor, known.funder_id).await?;
    let balance = |kind: AccountKind| {
        let cents =
            trial.totals.totals.iter().filter(|it| it.kind == kind).map(|it| it.cents).sum();
        let (label, hint) = keys(kind, known.pledged);
        let moves = matches!(kind, AccountKind::Funds | AccountKind::Deposit | AccountKind::Refund);
        Balance {
            label: words.say(label),
            hint: words.say(hint),
            amount: words.cents(cents),
            link: moves.then(|| frame.to(&format!("/funder/money/{}", kind.as_str()))),
        }
    };
    let (mut floats, mut dues) = (Vec::new(), Vec::new());
    for line in trial.accounts.iter().filter(|line| line.balance.cents != 0) {
        let amount = words.cents(line.balance.cents);
        match line.account {
            Account::Float(id) => floats.push(Part {
                name: known.campaign(id)?.profile.name.to_string(),
                amount,
                vouchers: Some(count(words, line.vouchers)),
                link: Some(frame.to(&format!("/funder/campaigns/{id}"))),
            }),
            Account::Due(id) => dues.push(Part {
                name: names.get(&id).map_or_else(|| id.to_string(), ToString::to_string),
                amount,
                vouchers: None,
                link: None,
            }),
            _ => {}
        }
    }
    let owed = AccountKind::ALL.into_iter().filter(|kind| *kind != AccountKind::Funds);
    let identity = trial.totals.identity;
    let mode = if known.pledged { "funder-mode-pledged" } else { "funder-mode-held" };
    Ok(shown_here(&Page {
        mode: words.say(mode),
        funds: balance(AccountKind::Funds),
        owed: owed.map(balance).collect(),
        sum: words.cents(identity.owed.cents),
        holds: identity.holds && trial.floats.iter().all(|float| float.holds),
        floats,
        dues,
        settlements: rows(&frame, &settlements),
        frame: frame.clone(),
    }))
}

/// Where a list goes on.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Query {
    before: Option<i64>,
}

/// A movement.
struct Moved {
    day: String,
    what: String,
    reference: String,
    amount: String,
    line: String,
}

#[derive(Template)]
#[template(path = "funder/movements.html")]
struct Movements {
    frame: Frame,
    title: String,
    hint: String,
    amount: String,
    rows: Vec<Moved>,
    next: Option<String>,
}

/// What moved on one account of the funder itself.
///
/// # Errors
/// A refusal or a fault.
pub(super) async fn movements(
    seated: Seated,
    State(app): State<App>,
    Path(name): Path<String>,
    Asked(asked): Asked<Query>,
) -> Result<Response, Problem> {
    let Seated { frame, actor, .. } = seated;
    let words = frame.words;
    let known = follow::overview(&app.instance, &actor).await?;
    let funder = known.funder_id;
    let account = match name.as_str() {
        "funds" => Account::Funds(funder),
        "deposit" => Account::Deposit(funder),
        "refund" => Account::Refund(funder),
        _ => return Err(Reason::NotFound.into()),
    };
    let (_, trial) = observe::balances(&app.instance, &actor, funder.into()).await?;
    let held = trial.accounts.iter().find(|line| line.account == account);
    let before = asked.before.unwrap_or(i64::MAX);
    let page = follow::movements(&app.instance, &actor, account, before, ROWS).await?;
    let row = |it: &follow::Moved| Moved {
        day: words.day(it.on),
        what: words.say(kind_key(it.kind)),
        reference: it.reference.as_ref().map(|it| it.as_str().to_owned()).unwrap_or_default(),
        amount: words.cents(it.cents),
        line: format!("/api/v1/ledgers/{funder}/entries?after={}&limit=1", it.seq - 1),
    };
    let (title, hint) = keys(account.kind(), known.pledged);
    Ok(shown_here(&Movements {
        title: words.say(title),
        hint: words.say(hint),
        amount: words.cents(held.map_or(0, |line| line.balance.cents)),
        rows: page.items.iter().map(row).collect(),
        next: page.next.map(|at| frame.to(&format!("/funder/money/{name}?before={at}"))),
        frame,
    }))
}

/// What happened, in words.
fn kind_key(kind: &str) -> &'static str {
    match kind {
        "deposit-recorded" => "funder-moved-deposit",
        "order-activated" => "funder-moved-order",
        "campaign-closed" => "funder-moved-closed",
        "refund-rolled-over" => "funder-moved-rolled",
        "refund-paid-back" => "funder-moved-paid-back",
        "deposit-withdrawn" => "funder-moved-withdrawn",
        "payment-confirmed" => "funder-moved-payment",
        "structure-repaid" => "funder-moved-repaid",
        "redemption-reversed" => "funder-moved-reversed",
        _ => "funder-moved-other",
    }
}
