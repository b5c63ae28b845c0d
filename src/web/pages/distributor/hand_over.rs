//! `/distributor/hand-over`: a book goes to a person, in three gestures: scan, answer or not, give.
//!
//! Promises: no field in which a person could be described; the same form sent twice hands over
//! and counts once; a code that pays is not written into an address or a page. Does not: tie an
//! answer to a book.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::facts::{Facts, facts};
use super::{Verdict, at_desk, has_moved, vocabulary};
use crate::base::id::{HandOver, Id, Site};
use crate::domain::book::{Custody, HandOverRequest};
use crate::domain::refusal::Reason;
use crate::domain::serial::BookNumber;
use crate::domain::statistic::Answer;
use crate::domain::token::Presented;
use crate::domain::voucher::Worth;
use crate::service::hand_over::{self, Sheet};
use crate::service::{Error, tally};
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::{Asked, fresh, known};
use crate::web::pages::desk::{Seated, Sent, go, redrawn, shown_here};
use crate::web::pages::field::Field;
use crate::web::pages::words::Words;
use crate::web::problem::Problem;

/// The most characters that are read of what was scanned.
const LONGEST: u16 = 200;

/// What the page is asked.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Query {
    /// The book that a camera read, or that was found.
    #[serde(default)]
    book: String,
    /// The book that was just handed over.
    #[serde(default)]
    done: String,
}

/// What was typed: a book to find, or one to hand over, with an id and answers.
#[derive(Debug, Deserialize)]
pub(super) struct Typed {
    book: String,
    #[serde(default)]
    id: String,
    #[serde(default)]
    age: String,
    #[serde(default)]
    gender: String,
    #[serde(default)]
    situation: String,
    #[serde(default)]
    need: String,
}

impl Typed {
    /// The answers that are of the list.
    fn answers(&self) -> Vec<Answer> {
        let given = [
            ("age", &self.age),
            ("gender", &self.gender),
            ("situation", &self.situation),
            ("need", &self.need),
        ];
        given.iter().filter_map(|(question, answer)| Answer::of(question, answer)).collect()
    }
}

#[derive(Template)]
#[template(path = "distributor/scan.html")]
struct Scan {
    frame: Frame,
    /// What became of the last book, or stands in the way of this one.
    verdict: Option<Verdict>,
    book: Field,
    nothing_here: bool,
}

#[derive(Template)]
#[template(path = "distributor/give.html")]
struct Give {
    frame: Frame,
    id: String,
    facts: Facts,
    /// What should be known before it is given.
    warning: Option<String>,
    questions: Vec<Field>,
}

/// The field that a scanner types into.
pub(super) fn scanned(words: Words, name: &str, label: String, fault: Option<String>) -> Field {
    Field::text(name, label)
        .hint(words.say("distributor-scan-hint"))
        .most(LONGEST)
        .complete("off")
        .required()
        .fault(fault)
}

/// The book in what was typed, or what is wrong with it. Nothing of a code that pays is kept.
pub(super) fn read(words: Words, typed: &str) -> Result<BookNumber, String> {
    BookNumber::from_keys(typed).map_err(|_| {
        // A scanner may believe in another keyboard (see `BookNumber::from_keys`).
        let pays = Presented::parse(typed).is_ok() || typed.contains("!V!");
        words.say(if pays { "distributor-scan-voucher" } else { "distributor-scan-wrong" })
    })
}

/// A page that waits for a book.
fn scan(frame: Frame, verdict: Option<Verdict>, fault: Option<String>) -> Scan {
    let words = frame.words;
    let book = scanned(words, "book", words.say("distributor-scan"), fault).focused();
    Scan { frame, verdict, book, nothing_here: false }
}

/// The page: what to scan, what was scanned, or what was done.
pub(super) async fn get(
    State(app): State<App>,
    seated: Seated,
    Asked(asked): Asked<Query>,
) -> Result<Response, Problem> {
    at_desk(&seated.actor)?;
    let words = seated.frame.words;
    if let Ok(book) = BookNumber::from_keys(&asked.done) {
        let sheet = hand_over::sheet(&app.instance, &seated.actor, book).await?;
        if sheet.state.custody == Custody::HandedOver {
            let verdict = handed_over(&seated.frame, &sheet);
            return Ok(shown_here(&scan(seated.frame, Some(verdict), None)));
        }
    }
    if asked.book.is_empty() {
        let mut page = scan(seated.frame, None, None);
        let sites = hand_over::sites(&app.instance, &seated.actor).await?;
        page.nothing_here = sites.is_empty();
        return Ok(shown_here(&page));
    }
    match read(words, &asked.book) {
        Ok(book) => offer(&app, seated, book).await,
        Err(fault) => Ok(redrawn(&scan(seated.frame, None, Some(fault)))),
    }
}

/// A book that was found: it can be given, or something stands in the way.
async fn offer(app: &App, seated: Seated, book: BookNumber) -> Result<Response, Problem> {
    let words = seated.frame.words;
    let sheet = match hand_over::sheet(&app.instance, &seated.actor, book).await {
        Ok(sheet) => sheet,
        Err(error) if error.reason() == Some(Reason::NotFound) => {
            return unknown(app, seated, book).await;
        }
        Err(error) => return Err(error.into()),
    };
    if let Some(verdict) = stands(&seated.frame, &sheet) {
        return Ok(shown_here(&scan(seated.frame, Some(verdict), None)));
    }
    Ok(shown_here(&Give {
        id: fresh::<HandOver>(app),
        facts: facts(words, &sheet),
        warning: warning(words, &sheet),
        questions: vocabulary::fields(words),
        frame: seated.frame,
    }))
}

/// A book that lies at no site of one's own: perhaps it only has to be received.
async fn unknown(app: &App, seated: Seated, book: BookNumber) -> Result<Response, Problem> {
    let (frame, words) = (seated.frame.clone(), seated.frame.words);
    let sites = hand_over::sites(&app.instance, &seated.actor).await?;
    if let Some(site) = sites.first() {
        let run = (book, book);
        let parts = hand_over::parcel(&app.instance, &seated.actor, run, site.site_id).await?;
        if parts.iter().all(|part| part.verdict == hand_over::Verdict::Ready) {
            let to = frame.to(&format!("/distributor/receive?first={book}"));
            let verdict = Verdict {
                look: "wait",
                title: words.with("distributor-unreceived", [("book", book.to_string().into())]),
                advice: words.say("distributor-unreceived-advice"),
                link: Some((to, words.say("distributor-receive-go"))),
            };
            return Ok(shown_here(&scan(frame, Some(verdict), None)));
        }
    }
    let fault = words.with("distributor-unknown", [("book", book.to_string().into())]);
    Ok(redrawn(&scan(frame, None, Some(fault))))
}

/// What stands in the way of giving a book that is in stock: how it looks, its words, and what to
/// do.
pub(super) fn kept_back(sheet: &Sheet) -> Option<(&'static str, &'static str, &'static str)> {
    let only = |worth: Worth| sheet.state.counts.keys().all(|known| *known == worth);
    if sheet.state.replaced_by.is_some() {
        Some(("bad", "distributor-stands-replaced", "distributor-stands-replaced-advice"))
    } else if only(Worth::Blocked) {
        Some(("bad", "distributor-stands-blocked", "distributor-stands-blocked-advice"))
    } else if sheet.today > sheet.rules.valid_until {
        Some(("bad", "distributor-stands-over", "distributor-stands-over-advice"))
    } else {
        None
    }
}

/// What stands in the way of giving a book; `None` when nothing does.
fn stands(frame: &Frame, sheet: &Sheet) -> Option<Verdict> {
    let words = frame.words;
    let book = sheet.state.book;
    let keys = match sheet.state.custody {
        Custody::InStock => kept_back(sheet)?,
        Custody::HandedOver => {
            ("wait", "distributor-stands-given", "distributor-stands-given-advice")
        }
        Custody::Returned | Custody::AtPrinter => {
            ("wait", "distributor-stands-away", "distributor-stands-away-advice")
        }
        Custody::Lost => ("bad", "distributor-stands-lost", "distributor-stands-lost-advice"),
        Custody::Destroyed => {
            ("bad", "distributor-stands-destroyed", "distributor-stands-destroyed-advice")
        }
    };
    let (look, title, advice) = keys;
    let to = frame.to(&format!("/distributor/books/{book}"));
    Some(Verdict {
        look,
        title: words.with(title, [("book", book.to_string().into())]),
        advice: words.say(advice),
        link: Some((to, words.say("distributor-see"))),
    })
}

/// What should be known before a book is given.
fn warning(words: Words, sheet: &Sheet) -> Option<String> {
    if sheet.state.counts.contains_key(&Worth::Unfunded) {
        return Some(words.say("distributor-warn-unfunded"));
    }
    if sheet.today < sheet.rules.valid_from {
        let day = words.day(sheet.rules.valid_from);
        return Some(words.with("distributor-warn-early", [("day", day.into())]));
    }
    let left = sheet.today.days_to(sheet.rules.valid_until);
    let soon = left <= crate::domain::stock::END_DAYS;
    soon.then(|| words.with("distributor-warn-ends", [("count", left.into())]))
}

/// What is said once a book is given.
fn handed_over(frame: &Frame, sheet: &Sheet) -> Verdict {
    let (words, book) = (frame.words, sheet.state.book);
    let to = frame.to(&format!("/distributor/letter/{book}"));
    Verdict {
        look: "good",
        title: words.with("distributor-given", [("book", book.to_string().into())]),
        advice: words.say("distributor-given-advice"),
        link: Some((to, words.say("distributor-letter-go"))),
    }
}

/// Finds a book, or hands it over.
pub(super) async fn post(
    State(app): State<App>,
    Sent { seated, typed }: Sent<Typed>,
) -> Result<Response, Problem> {
    at_desk(&seated.actor)?;
    let words = seated.frame.words;
    let book = match read(words, &typed.book) {
        Ok(book) => book,
        Err(fault) => return Ok(redrawn(&scan(seated.frame, None, Some(fault)))),
    };
    let found = seated.frame.to(&format!("/distributor/hand-over?book={book}"));
    if typed.id.is_empty() {
        return Ok(go(&found));
    }
    match give(&app, &seated, book, &typed).await {
        Ok(()) => Ok(go(&seated.frame.to(&format!("/distributor/hand-over?done={book}")))),
        Err(error) if has_moved(&error) => Ok(go(&found)),
        Err(error) => Err(error.into()),
    }
}

/// Hands a book over from where it lies; then, apart from it, counts the answers once.
async fn give(app: &App, seated: &Seated, book: BookNumber, typed: &Typed) -> Result<(), Error> {
    let actor = &seated.actor;
    let id: Id<HandOver> = known(&typed.id)?;
    let state = hand_over::read(&app.instance, actor, book).await?;
    let site_id: Id<Site> = state.site_id.ok_or(Reason::WrongState)?;
    let request = HandOverRequest { book: book.to_string(), site_id };
    let done = hand_over::hand_over(&app.instance, actor, id, &request).await?;
    if done.fresh
        && let Err(error) = tally::count(&app.instance, actor, site_id, &typed.answers()).await
    {
        // The book is with a person; that a number was not raised must not undo it.
        tracing::warn!(%error, "the answers of a hand-over were not counted");
    }
    Ok(())
}
