//! `/funder/uses`: the vouchers that were used, and what became of one.
//!
//! Promises: newest first, pages by a key, those that were undone are told. Does not: know by whom.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::settlements::payment_key;
use super::{ROWS, as_query, asked_id, filter};
use crate::base::day::Day;
use crate::base::id::{Campaign, Id, Venue};
use crate::domain::refusal::Reason;
use crate::domain::serial::Serial;
use crate::service::follow::{self, Uses};
use crate::service::settle;
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::Asked;
use crate::web::pages::desk::{Seated, shown_here};
use crate::web::pages::field::Field;
use crate::web::pages::shelf;
use crate::web::problem::Problem;

/// What an address asks.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Query {
    pub(super) campaign: String,
    pub(super) venue: String,
    pub(super) from: String,
    pub(super) to: String,
    before: Option<i64>,
    long: String,
}

impl Query {
    /// The uses that are asked for; a day that is none is left out.
    pub(super) fn uses(&self) -> Result<Uses, Reason> {
        let campaign: Option<Id<Campaign>> = asked_id(&self.campaign)?;
        let venue: Option<Id<Venue>> = asked_id(&self.venue)?;
        let day = |text: &str| text.parse::<Day>().ok();
        Ok(Uses { campaign, venue, from: day(&self.from), to: day(&self.to) })
    }

    /// What is asked for, as a query.
    pub(super) fn filter(&self) -> String {
        let uses = self.uses().ok();
        let day = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
        let (from, to) = uses.map(|it| (day(it.from), day(it.to))).unwrap_or_default();
        let (campaign, venue) = (&self.campaign, &self.venue);
        filter(&[("campaign", campaign), ("venue", venue), ("from", &from), ("to", &to)])
    }
}

/// A use in the list.
struct Row {
    day: String,
    serial: String,
    link: String,
    place: String,
    venue: String,
    offering: String,
    amount: String,
    undone: bool,
    line: String,
}

#[derive(Template)]
#[template(path = "funder/uses.html")]
struct List {
    frame: Frame,
    kept: Vec<(&'static str, String)>,
    days: Vec<Field>,
    rows: Vec<Row>,
    next: Option<String>,
    export: String,
    /// Whether a file would have been too long.
    long: bool,
}

/// The vouchers that were used.
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
    let funder = follow::funder_of(&actor)?;
    let before = asked.before.unwrap_or(i64::MAX);
    let page = follow::uses(&app.instance, &actor, asked.uses()?, before, ROWS).await?;
    let row = |it: &follow::Used| Row {
        day: words.day(it.on),
        serial: it.voucher.to_string(),
        link: frame.to(&format!("/funder/vouchers/{}", it.voucher)),
        place: it.place.commune.to_owned(),
        venue: it.place.name.to_string(),
        offering: shelf::done(words, it.offering),
        amount: words.cents(it.cents),
        undone: it.undone.is_some(),
        line: format!("/api/v1/ledgers/{funder}/entries?after={}&limit=1", it.seq - 1),
    };
    let day = |name: &str, key: &str, value: &str| {
        Field::text(name, words.say(key)).kind("date").value(value)
    };
    let filter = asked.filter();
    let kept = [("campaign", asked.campaign.clone()), ("venue", asked.venue.clone())];
    Ok(shown_here(&List {
        kept: kept.into_iter().filter(|(_, value)| !value.is_empty()).collect(),
        days: vec![
            day("from", "funder-uses-from", &asked.from),
            day("to", "funder-uses-to", &asked.to),
        ],
        rows: page.items.iter().map(row).collect(),
        next: page.next.map(|at| frame.to(&format!("/funder/uses?before={at}{filter}"))),
        export: as_query(&filter),
        long: !asked.long.is_empty(),
        frame,
    }))
}

/// A use of one voucher.
struct Trace {
    day: String,
    amount: String,
    undone: bool,
    uses_link: String,
    /// Each payment that counts it: the settlement, and where the payment stands.
    payments: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "funder/voucher.html")]
struct Page {
    frame: Frame,
    serial: String,
    book_link: String,
    traces: Vec<Trace>,
}

/// What became of a voucher.
///
/// # Errors
/// A refusal or a fault.
pub(super) async fn voucher(
    seated: Seated,
    State(app): State<App>,
    Path(serial): Path<String>,
) -> Result<Response, Problem> {
    let Seated { frame, actor, .. } = seated;
    let words = frame.words;
    let serial: Serial = serial.parse().map_err(|_| Reason::NotFound)?;
    let funder = follow::funder_of(&actor)?;
    let trace = settle::voucher_payment(&app.instance, &actor, serial, Some(funder)).await?;
    let payments = |it: &settle::Use| -> Vec<(String, String)> {
        let steps = it.payments.iter();
        let step = |step: &settle::PaymentStep| {
            let key = step.payment.map_or("funder-payment-none", |(_, state)| payment_key(state));
            let link = frame.to(&format!("/funder/money/settlements/{}", step.settlement_id));
            (link, words.say(key))
        };
        steps.map(step).collect()
    };
    let used = |it: &settle::Use| Trace {
        day: words.day(it.redeemed_on),
        amount: words.amount(it.amount),
        undone: it.reversed,
        uses_link: frame.to(&format!("/funder/uses?venue={}", it.venue_id)),
        payments: payments(it),
    };
    Ok(shown_here(&Page {
        serial: serial.to_string(),
        book_link: frame.to(&format!("/funder/books/{}", serial.book())),
        traces: trace.uses.iter().map(used).collect(),
        frame,
    }))
}
