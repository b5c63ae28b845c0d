//! `/operator/books/{serial}`: all that happened to a book or a voucher, on one page.
//!
//! Promises: in order, in plain words, each with the number of its line, which leads to the line
//! and its proof. Does not: say who held a voucher, because nobody wrote it down.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use super::Operating;
use super::notice::{Notice, Query};
use super::proposal::place;
use crate::base::id::{AnyId, Id, Replacement};
use crate::domain::access::Action;
use crate::domain::book::{BlockReason, Custody};
use crate::domain::fact::Fact;
use crate::domain::refusal::Reason;
use crate::domain::serial::{BookNumber, Serial};
use crate::domain::voucher::Worth;
use crate::service::find::{self, Names};
use crate::service::hand_over::BookState;
use crate::service::recount::{self, Story, Told};
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::{Asked, fresh, named};
use crate::web::pages::desk::shown_here;
use crate::web::pages::shelf::done;
use crate::web::pages::words::Words;
use crate::web::problem::Problem;

/// A line in words.
struct Step {
    moment: String,
    text: String,
    /// The line, and its number.
    line: (String, i64),
    /// Where the thing itself is shown.
    more: Option<String>,
}

#[derive(Template)]
#[template(path = "operator/book.html")]
struct Page {
    frame: Frame,
    title: String,
    number: BookNumber,
    state: String,
    facts: Vec<(String, String)>,
    notice: Notice,
    /// Where the order is shown.
    order: Option<String>,
    /// The file with this book alone, while it is to be printed.
    file: Option<String>,
    /// The page of the book that took over from it.
    by: Option<(String, String)>,
    /// The id of its replacement, where one can be made.
    replacement: Option<String>,
    /// Each voucher: its page, its number, what it is worth, whether it is the one that is shown.
    vouchers: Vec<(String, String, String, bool)>,
    /// The page of the whole book, when one voucher is shown.
    whole: Option<String>,
    steps: Vec<Step>,
}

/// Where the paper is, in words.
const fn custody(custody: Custody) -> &'static str {
    match custody {
        Custody::AtPrinter => "operator-custody-printer",
        Custody::InStock => "operator-custody-stock",
        Custody::HandedOver => "operator-custody-handed",
        Custody::Returned => "operator-custody-returned",
        Custody::Lost => "operator-custody-lost",
        Custody::Destroyed => "operator-custody-destroyed",
    }
}

/// What a voucher is worth, in words.
const fn worth(worth: Worth) -> &'static str {
    match worth {
        Worth::Unfunded => "operator-worth-unfunded",
        Worth::Inactive => "operator-worth-inactive",
        Worth::Active => "operator-worth-active",
        Worth::Redeemed => "operator-worth-redeemed",
        Worth::Blocked => "operator-worth-blocked",
        Worth::Replaced => "operator-worth-replaced",
        Worth::Lapsed => "operator-worth-lapsed",
    }
}

/// Why something is blocked, in words.
const fn reason(reason: BlockReason) -> &'static str {
    match reason {
        BlockReason::Lost => "operator-reason-lost",
        BlockReason::Stolen => "operator-reason-stolen",
        BlockReason::Copied => "operator-reason-copied",
        BlockReason::Misprint => "operator-reason-misprint",
        BlockReason::Request => "operator-reason-request",
    }
}

/// Everything in the lines that has a name.
fn named_in(story: &Story) -> Vec<AnyId> {
    let mut ids: Vec<AnyId> = story.state.site_id.iter().map(|site| site.any()).collect();
    for told in &story.lines {
        match &told.fact {
            Fact::BooksMoved(body) => ids.extend(body.site_id.map(Id::any)),
            Fact::BookHandedOver(body) => ids.push(body.site_id.any()),
            Fact::VoucherRedeemed(body) => ids.push(body.venue_id.any()),
            Fact::PaymentDrawn(body) => ids.push(body.structure_id.any()),
            Fact::PaymentConfirmed(body) => ids.push(body.0.structure_id.any()),
            Fact::PaymentRejected(body) => ids.push(body.0.structure_id.any()),
            _ => {}
        }
    }
    ids
}

/// Where books went, in words.
fn moved(to: Custody) -> &'static str {
    match to {
        Custody::InStock => "operator-story-stock",
        Custody::Returned => "operator-story-returned",
        Custody::Lost => "operator-story-lost",
        Custody::Destroyed => "operator-story-destroyed",
        Custody::AtPrinter | Custody::HandedOver => "operator-story-moved",
    }
}

/// What a line says, in words.
fn sentence(words: Words, names: &Names, story: &Story, told: &Told) -> String {
    let say = |key: &str| words.say(key);
    let which = which(words, story, told);
    match &told.fact {
        Fact::OrderPlaced(body) => {
            words.with("operator-story-ordered", [("count", body.books.into())])
        }
        Fact::BooksIssued(_) => say("operator-story-issued"),
        Fact::OrderActivated(_) => say("operator-story-activated"),
        Fact::BooksMoved(body) => {
            let site = body.site_id.map(|site| names.of(&site)).unwrap_or_default();
            words.with(moved(body.to), [("site", site.into())])
        }
        Fact::BookHandedOver(body) => {
            let site = names.of(&body.site_id);
            words.with("operator-story-handed", [("site", site.into())])
        }
        Fact::VouchersBlocked(body) => {
            let why = say(reason(body.reason));
            words.with("operator-story-blocked", [("what", which.into()), ("why", why.into())])
        }
        Fact::VouchersUnblocked(_) => {
            words.with("operator-story-unblocked", [("what", which.into())])
        }
        Fact::BookReplaced(body) if body.by == story.state.book => {
            let book = body.book.to_string();
            words.with("operator-story-replaces", [("book", book.into())])
        }
        Fact::BookReplaced(body) => {
            let (book, count) = (body.by.to_string(), body.positions.len());
            let values = [("book", book.into()), ("count", count.into())];
            words.with("operator-story-replaced", values)
        }
        Fact::VoucherRedeemed(body) => {
            let (venue, offering) = (names.of(&body.venue_id), done(words, body.offering));
            let values =
                [("what", which.into()), ("venue", venue.into()), ("offering", offering.into())];
            words.with("operator-story-redeemed", values)
        }
        Fact::RedemptionReversed(_) => {
            words.with("operator-story-reversed", [("what", which.into())])
        }
        Fact::PaymentDrawn(body) => {
            let who = names.of(&body.structure_id);
            words.with("operator-story-drawn", [("what", which.into()), ("who", who.into())])
        }
        Fact::SettlementApproved(_) => {
            words.with("operator-story-approved", [("what", which.into())])
        }
        Fact::PaymentConfirmed(body) => {
            let who = names.of(&body.0.structure_id);
            words.with("operator-story-paid", [("what", which.into()), ("who", who.into())])
        }
        Fact::PaymentRejected(body) => {
            let who = names.of(&body.0.structure_id);
            words.with("operator-story-rejected", [("what", which.into()), ("who", who.into())])
        }
        Fact::PaymentCancelled(_) | Fact::SettlementCancelled(_) => {
            words.with("operator-story-cancelled", [("what", which.into())])
        }
        Fact::CampaignClosed(_) => say("operator-story-lapsed"),
        other => other.kind().to_owned(),
    }
}

/// Which vouchers a line is about.
fn which(words: Words, story: &Story, told: &Told) -> String {
    let serial = |position: &u8| {
        Serial::new(story.state.book, *position).map(|it| it.to_string()).unwrap_or_default()
    };
    let serials: Vec<String> = told.positions.iter().map(serial).collect();
    match serials.as_slice() {
        [] => words.say("operator-story-book"),
        [one] => words.with("operator-story-voucher", [("serial", one.clone().into())]),
        many => {
            let count = many.len();
            let list = many.join(", ");
            let values = [("count", count.into()), ("list", list.into())];
            words.with("operator-story-vouchers", values)
        }
    }
}

fn facts(words: Words, names: &Names, story: &Story) -> Vec<(String, String)> {
    let state = &story.state;
    let mut facts = vec![(words.say("operator-book-face"), words.amount(state.face_value))];
    let counts: BTreeMap<Worth, u8> = state.counts.clone();
    let counted = counts.into_iter().map(|(kind, count)| {
        let worth = words.say(worth(kind));
        words.with("operator-book-counted", [("worth", worth.into()), ("count", count.into())])
    });
    facts.push((words.say("operator-book-worth"), counted.collect::<Vec<_>>().join(" · ")));
    if let Some(site) = state.site_id {
        facts.push((words.say("operator-member-site"), names.of(&site)));
    }
    facts
}

/// The file of a book that is still to be printed.
fn file(operating: &Operating, story: &Story) -> Option<String> {
    let state = &story.state;
    let prints = state.custody == Custody::AtPrinter && operating.may(Action::PrintBooks);
    let (order, place) = (state.order_id, story.place);
    prints.then(|| format!("/api/v1/orders/{order}/books.pdf?from={place}&to={place}"))
}

/// Whether a new book can take over: from a lost one, while something is left of it.
fn can_be_replaced(operating: &Operating, state: &BookState) -> bool {
    let done = [Worth::Redeemed, Worth::Lapsed, Worth::Replaced];
    let is_left = state.counts.iter().any(|(worth, count)| *count > 0 && !done.contains(worth));
    let is_lost = state.custody == Custody::Lost && state.replaced_by.is_none();
    is_lost && is_left && operating.may(Action::Replace)
}

/// The page of a book, or of one of its vouchers.
pub(super) async fn page(
    app: &App,
    operating: &Operating,
    serial: &str,
    notice: Notice,
) -> Result<impl Template + use<>, Problem> {
    let (number, position) = match serial.parse::<Serial>() {
        Ok(serial) => (serial.book(), Some(serial.position())),
        Err(_) => (named::<BookNumber>(serial)?, None),
    };
    let story = recount::book(&app.instance, &operating.actor, number).await?;
    let names = find::names(&app.instance, &operating.actor, named_in(&story)).await?;
    let words = operating.frame.words;
    let vouchers = story.state.vouchers.as_deref().unwrap_or_default().iter();
    let vouchers: Vec<_> = vouchers
        .map(|(serial, value)| {
            let is_shown = position == Some(serial.position());
            let text = serial.to_string();
            (format!("/operator/books/{text}"), text, words.say(worth(*value)), is_shown)
        })
        .collect();
    if position.is_some() && !vouchers.iter().any(|(.., is_shown)| *is_shown) {
        return Err(Reason::NotFound.into());
    }
    let about = |told: &&Told| {
        told.positions.is_empty() || position.is_none_or(|only| told.positions.contains(&only))
    };
    let step = |told: &Told| Step {
        moment: words.moment(told.entry.recorded_at, &story.time_zone),
        text: sentence(words, &names, &story, told),
        line: (format!("/operator/ledgers/{}/{}", story.funder_id, told.seq), told.seq),
        more: place(operating, told.entry.id),
    };
    let title = if position.is_some() {
        words.with("operator-voucher-title", [("serial", serial.into())])
    } else {
        words.with("operator-book-title", [("serial", number.to_string().into())])
    };
    let state = &story.state;
    Ok(Page {
        title,
        number,
        state: words.say(custody(state.custody)),
        facts: facts(words, &names, &story),
        order: place(operating, state.order_id.any()),
        file: file(operating, &story),
        by: state.replaced_by.map(|by| (format!("/operator/books/{by}"), by.to_string())),
        replacement: can_be_replaced(operating, state).then(|| fresh::<Replacement>(app)),
        vouchers,
        whole: position.map(|_| format!("/operator/books/{number}")),
        steps: story.lines.iter().filter(about).map(step).collect(),
        notice,
        frame: operating.frame.clone(),
    })
}

/// The page.
pub(super) async fn get(
    State(app): State<App>,
    Path(serial): Path<String>,
    operating: Operating,
    Asked(asked): Asked<Query>,
) -> Result<Response, Problem> {
    let notice = Notice::done(operating.frame.words, &asked);
    Ok(shown_here(&page(&app, &operating, &serial, notice).await?))
}
