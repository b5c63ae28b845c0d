//! `/solvency`: what is held and what is owed, for anyone to read.
//!
//! Promises: the same figures as `/api/v1/solvency`, in words. Does not: name a structure.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::visitor::Visitor;
use super::words::Words;
use super::{Frame, shown};
use crate::domain::ledger::account::AccountKind;
use crate::service::solvency::{self, LedgerSolvency};
use crate::web::App;
use crate::web::problem::Problem;

/// One funder's ledger.
struct Ledger {
    name: String,
    mode: String,
    holds: bool,
    /// What each account holds, by its name.
    sums: Vec<(String, String)>,
    checkpoint: String,
    totals: String,
}

#[derive(Template)]
#[template(path = "solvency.html")]
struct Page {
    frame: Frame,
    holds: bool,
    held: String,
    owed: String,
    in_circulation: String,
    volume: String,
    ledgers: Vec<Ledger>,
}

/// The page.
///
/// # Errors
/// A fault of the machine, as a problem document.
pub async fn get(visitor: Visitor, State(app): State<App>) -> Result<Response, Problem> {
    let known = solvency::read(&app.instance).await?;
    let frame = Frame::new(visitor);
    let words = frame.words;
    let sum = |owed: bool| -> i64 {
        let identities = known.ledgers.iter().map(|ledger| ledger.totals.identity);
        identities.map(|it| if owed { it.owed.cents } else { it.funds.cents }).sum()
    };
    Ok(shown(&Page {
        holds: known.holds,
        held: words.cents(sum(false)),
        owed: words.cents(sum(true)),
        in_circulation: words.cents(known.in_circulation.cents),
        volume: words.cents(known.volume_12_months.cents),
        ledgers: known.ledgers.iter().map(|it| ledger(words, it)).collect(),
        frame,
    }))
}

fn ledger(words: Words, known: &LedgerSolvency) -> Ledger {
    let sums = known.totals.totals.iter();
    let held = known.mode == "held";
    let mode = words.say(if held { "solvency-mode-held" } else { "solvency-mode-pledged" });
    Ledger {
        name: known.name.clone(),
        mode,
        holds: known.totals.identity.holds && known.floats_hold,
        sums: sums.map(|it| (account(words, it.kind), words.cents(it.cents))).collect(),
        checkpoint: format!("/ledger/{}/checkpoint", known.funder_id),
        totals: format!("/ledger/{}/totals", known.funder_id),
    }
}

/// An account as people call it.
fn account(words: Words, kind: AccountKind) -> String {
    words.say(match kind {
        AccountKind::Funds => "solvency-funds",
        AccountKind::Deposit => "solvency-deposit",
        AccountKind::Float => "solvency-float",
        AccountKind::Due => "solvency-due",
        AccountKind::Paying => "solvency-paying",
        AccountKind::Refund => "solvency-refund",
    })
}
