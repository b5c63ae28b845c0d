//! `/funder/books`: the books behind a number, and one book voucher by voucher.
//!
//! Promises: pages by a key; what each voucher is worth now. Does not: show a code or a token.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::figures::stage_key;
use super::orders::custody_key;
use super::{ROWS, as_query, asked_id, count, filter};
use crate::base::id::{Campaign, Id, Order};
use crate::domain::progress::Stage;
use crate::domain::refusal::Reason;
use crate::domain::serial::BookNumber;
use crate::domain::voucher::Worth;
use crate::service::{Error, follow, hand_over};
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::Asked;
use crate::web::pages::desk::{Seated, shown_here};
use crate::web::problem::Problem;

/// What an address asks.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Query {
    campaign: String,
    order: String,
    stage: String,
    after: Option<i64>,
    long: String,
}

/// A book in the list.
struct Row {
    number: String,
    link: String,
    custody: String,
    site: String,
    used: String,
}

#[derive(Template)]
#[template(path = "funder/books.html")]
struct List {
    frame: Frame,
    stage: Option<String>,
    rows: Vec<Row>,
    next: Option<String>,
    export: String,
    /// Whether a file would have been too long.
    long: bool,
}

/// The books.
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
    let campaign: Option<Id<Campaign>> = asked_id(&asked.campaign)?;
    let order: Option<Id<Order>> = asked_id(&asked.order)?;
    let stage = match asked.stage.as_str() {
        "" => None,
        text => Some(Stage::of(text).ok_or(Reason::NotFound)?),
    };
    let after = asked.after.unwrap_or(-1);
    let page = follow::books(&app.instance, &actor, (campaign, order), stage, after, ROWS).await?;
    let mut rows = Vec::with_capacity(page.items.len());
    for line in &page.items {
        let number = u32::try_from(line.book_no).map(BookNumber::new);
        let number = number.map_err(|_| Problem::fault(&"a book number is out of its range"))?;
        let custody = line.custody().map_err(Error::from)?;
        let values = [
            ("used", count(words, line.used).into()),
            ("vouchers", count(words, line.vouchers).into()),
        ];
        rows.push(Row {
            number: number.to_string(),
            link: frame.to(&format!("/funder/books/{number}")),
            custody: words.say(custody_key(custody)),
            site: line.site_name.clone().unwrap_or_default(),
            used: words.with("funder-used-of", values),
        });
    }
    let filter =
        filter(&[("campaign", &asked.campaign), ("order", &asked.order), ("stage", &asked.stage)]);
    let next = page.next.map(|at| frame.to(&format!("/funder/books?after={at}{filter}")));
    let stage = stage.map(|stage| words.say(stage_key(stage)));
    let export = as_query(&filter);
    let long = !asked.long.is_empty();
    Ok(shown_here(&List { frame, stage, rows, next, export, long }))
}

/// A voucher of a book.
struct Voucher {
    serial: String,
    link: String,
    worth: String,
    class: &'static str,
}

#[derive(Template)]
#[template(path = "funder/book.html")]
struct Page {
    frame: Frame,
    number: String,
    custody: String,
    face: String,
    order_link: String,
    replaced: Option<(String, String)>,
    vouchers: Vec<Voucher>,
}

/// The words and the colour of what a voucher is worth.
const fn worth_key(worth: Worth) -> (&'static str, &'static str) {
    match worth {
        Worth::Unfunded => ("funder-worth-unfunded", "wait"),
        Worth::Inactive => ("funder-worth-inactive", "wait"),
        Worth::Active => ("funder-worth-active", "good"),
        Worth::Redeemed => ("funder-worth-redeemed", "used"),
        Worth::Blocked => ("funder-worth-blocked", "bad"),
        Worth::Replaced => ("funder-worth-replaced", "used"),
        Worth::Lapsed => ("funder-worth-lapsed", "bad"),
    }
}

/// One book.
///
/// # Errors
/// A refusal or a fault.
pub(super) async fn get(
    seated: Seated,
    State(app): State<App>,
    Path(book): Path<String>,
) -> Result<Response, Problem> {
    let Seated { frame, actor, .. } = seated;
    let words = frame.words;
    let number: BookNumber = book.parse().map_err(|_| Reason::NotFound)?;
    follow::funder_of(&actor)?;
    let state = hand_over::read(&app.instance, &actor, number).await?;
    let vouchers = state.vouchers.unwrap_or_default().into_iter().map(|(serial, worth)| {
        let (key, class) = worth_key(worth);
        Voucher {
            link: frame.to(&format!("/funder/vouchers/{serial}")),
            serial: serial.to_string(),
            worth: words.say(key),
            class,
        }
    });
    let replaced = state.replaced_by;
    let page = Page {
        number: number.to_string(),
        custody: words.say(custody_key(state.custody)),
        face: words.amount(state.face_value),
        order_link: frame.to(&format!("/funder/orders/{}", state.order_id)),
        replaced: replaced.map(|by| (by.to_string(), frame.to(&format!("/funder/books/{by}")))),
        vouchers: vouchers.collect(),
        frame: frame.clone(),
    };
    Ok(shown_here(&page))
}
