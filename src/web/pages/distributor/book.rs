//! `/distributor/books/…`: one book: where its paper is and was, and what can be done with it.
//!
//! Promises: only what this role may do with a book that is where this one is; never where or when
//! a voucher was used. Does not: show a book of somebody else.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::facts::{Facts, custody, facts, worths};
use super::hand_over::{kept_back, read, scanned};
use super::{Verdict, at_desk, done, has_moved};
use crate::base::id::{Id, Movement, Site};
use crate::domain::access::{Action, Actor};
use crate::domain::book::{BlockReason, Custody, MovementRequest};
use crate::domain::refusal::{Reason, Refusal};
use crate::domain::serial::BookNumber;
use crate::service::hand_over::{self, Sheet, Step};
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::{Asked, fresh, known, named};
use crate::web::pages::desk::{Seated, Sent, go, redrawn, shown_here};
use crate::web::pages::field::Field;
use crate::web::pages::words::Words;
use crate::web::problem::Problem;

#[derive(Template)]
#[template(path = "distributor/find.html")]
struct Find {
    frame: Frame,
    book: Field,
}

/// What was typed to find a book.
#[derive(Debug, Deserialize)]
pub(super) struct Sought {
    book: String,
}

/// What happened to the paper, in words.
struct Way {
    day: String,
    said: String,
}

#[derive(Template)]
#[template(path = "distributor/book.html")]
struct Page {
    frame: Frame,
    done: Option<String>,
    verdict: Verdict,
    facts: Facts,
    worths: Vec<String>,
    trail: Vec<Way>,
    /// Ids of what a form on the page would do.
    movement: String,
    other: String,
    acts: Acts,
    sites: Option<Field>,
    contact: Option<String>,
}

/// What can be done with a book that is where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Acts(Vec<&'static str>);

impl Acts {
    /// Whether one of them can be done.
    fn can(&self, act: &str) -> bool {
        self.0.contains(&act)
    }
}

/// What a role may do with a book.
fn acts(actor: &Actor, sheet: &Sheet) -> Acts {
    let (at, replaced) = (sheet.state.custody, sheet.state.replaced_by.is_some());
    let blocks = actor.may(Action::Block);
    let moves = actor.may(Action::MoveBooks);
    let (here, away) = (at == Custody::InStock, at == Custody::HandedOver);
    // Who is sent on to where it is refused has walked in vain.
    let gives = here && kept_back(sheet).is_none();
    let all = [
        ("give", gives && actor.may(Action::HandOver)),
        ("print", gives || away),
        ("move", here && moves),
        ("return", (here || away) && moves),
        // A worker may not block, and a loss that leaves a book payable would be none.
        ("lose", at.may_become(Custody::Lost) && moves && blocks),
        ("find", at == Custody::Lost && moves && blocks),
        ("renew", at == Custody::Lost && !replaced),
    ];
    Acts(all.into_iter().filter(|(_, can)| *can).map(|(act, _)| act).collect())
}

/// The field that finds a book.
fn sought(words: Words, fault: Option<String>) -> Field {
    scanned(words, "book", words.say("distributor-find"), fault).focused()
}

/// Asks for a book.
pub(super) async fn ask(seated: Seated) -> Result<Response, Problem> {
    at_desk(&seated.actor)?;
    let book = sought(seated.frame.words, None);
    Ok(shown_here(&Find { frame: seated.frame, book }))
}

/// Finds a book.
pub(super) async fn find(
    State(app): State<App>,
    Sent { seated, typed }: Sent<Sought>,
) -> Result<Response, Problem> {
    at_desk(&seated.actor)?;
    let words = seated.frame.words;
    let fault = match read(words, &typed.book) {
        Err(fault) => fault,
        Ok(book) => match hand_over::read(&app.instance, &seated.actor, book).await {
            Ok(_) => return Ok(go(&seated.frame.to(&format!("/distributor/books/{book}")))),
            Err(error) if error.reason() == Some(Reason::NotFound) => {
                words.with("distributor-unknown", [("book", book.to_string().into())])
            }
            Err(error) => return Err(error.into()),
        },
    };
    let book = sought(words, Some(fault));
    Ok(redrawn(&Find { frame: seated.frame, book }))
}

/// What a book's page is asked.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Query {
    #[serde(default)]
    done: String,
}

/// The page of a book.
pub(super) async fn get(
    State(app): State<App>,
    seated: Seated,
    Path(number): Path<String>,
    Asked(asked): Asked<Query>,
) -> Result<Response, Problem> {
    at_desk(&seated.actor)?;
    let book = named(&number)?;
    let sheet = hand_over::sheet(&app.instance, &seated.actor, book).await?;
    let sites = hand_over::sites(&app.instance, &seated.actor).await?;
    let frame = seated.frame;
    let words = frame.words;
    let others: Vec<(String, String)> = sites
        .iter()
        .filter(|site| Some(site.site_id) != sheet.state.site_id)
        .map(|site| (site.site_id.to_string(), site.name.to_string()))
        .collect();
    let pairs: Vec<(&str, &str)> = others.iter().map(|(id, name)| (&**id, &**name)).collect();
    let acts = acts(&seated.actor, &sheet);
    let to_site = words.say("distributor-move-to");
    let contact = app.instance.settings.legal.contact.trim().to_owned();
    Ok(shown_here(&Page {
        done: done(words, &asked.done),
        verdict: verdict(&frame, &sheet),
        facts: facts(words, &sheet),
        worths: worths(words, &sheet),
        trail: sheet.trail.iter().map(|(day, step)| way(words, &words.day(*day), step)).collect(),
        movement: fresh::<Movement>(&app),
        other: fresh::<Movement>(&app),
        sites: (acts.can("move") && !pairs.is_empty())
            .then(|| Field::choice("site", to_site, &pairs)),
        acts,
        contact: Some(contact).filter(|contact| !contact.is_empty()),
        frame,
    }))
}

/// Where a book is, said first.
fn verdict(frame: &Frame, sheet: &Sheet) -> Verdict {
    let words = frame.words;
    let at = sheet.state.custody;
    let kept = kept_back(sheet).filter(|_| at == Custody::InStock);
    let title = match kept {
        Some((_, title, _)) => words.with(title, [("book", sheet.state.book.to_string().into())]),
        None => custody(words, at),
    };
    let (look, advice) = match at {
        Custody::InStock => {
            kept.map_or(("good", "distributor-is-in-stock"), |(look, _, advice)| (look, advice))
        }
        Custody::HandedOver => ("good", "distributor-is-handed-over"),
        Custody::AtPrinter | Custody::Returned => ("wait", "distributor-is-away"),
        Custody::Lost => ("bad", "distributor-is-lost"),
        Custody::Destroyed => ("bad", "distributor-is-destroyed"),
    };
    let link = sheet.state.replaced_by.map(|by| {
        let said = words.with("distributor-replaced-by", [("book", by.to_string().into())]);
        (frame.to(&format!("/distributor/books/{by}")), said)
    });
    Verdict { look, title, advice: words.say(advice), link }
}

/// A step of the paper's way in words.
fn way(words: Words, day: &str, step: &Step) -> Way {
    let at = |key: &str, other: &str, site: &Option<String>| match site {
        Some(site) => words.with(key, [("site", site.clone().into())]),
        None => words.say(other),
    };
    let said = match step {
        Step::Ordered => words.say("distributor-way-ordered"),
        Step::Moved(Custody::InStock, site) => {
            at("distributor-way-received", "distributor-way-received-elsewhere", site)
        }
        Step::HandedOver(site) => {
            at("distributor-way-given", "distributor-way-given-elsewhere", site)
        }
        Step::Moved(to, _) => custody(words, *to),
        Step::Blocked(BlockReason::Lost) => words.say("distributor-way-blocked-lost"),
        Step::Blocked(BlockReason::Stolen) => words.say("distributor-way-blocked-stolen"),
        Step::Blocked(_) => words.say("distributor-way-blocked"),
        Step::Replaces(old) => {
            words.with("distributor-way-replaces", [("book", old.to_string().into())])
        }
    };
    Way { day: day.to_owned(), said }
}

/// A form that moves one book.
#[derive(Debug, Deserialize)]
pub(super) struct Movements {
    id: String,
    #[serde(default)]
    site: String,
}

/// Moves a book to another site of one's own.
pub(super) async fn moves(
    State(app): State<App>,
    Path(number): Path<String>,
    Sent { seated, typed }: Sent<Movements>,
) -> Result<Response, Problem> {
    let site: Id<Site> =
        typed.site.parse().map_err(|_| Refusal::invalid("/site", "choose a site"))?;
    let book = named(&number)?;
    send(&app, &seated, (&typed.id, book), (Custody::InStock, Some(site)), "moved").await
}

/// Gives a book back.
pub(super) async fn returns(
    State(app): State<App>,
    Path(number): Path<String>,
    Sent { seated, typed }: Sent<Movements>,
) -> Result<Response, Problem> {
    let book = named(&number)?;
    send(&app, &seated, (&typed.id, book), (Custody::Returned, None), "returned").await
}

/// Moves a book, and shows where it is then.
async fn send(
    app: &App,
    seated: &Seated,
    (id, book): (&str, BookNumber),
    (to, site_id): (Custody, Option<Id<Site>>),
    word: &str,
) -> Result<Response, Problem> {
    at_desk(&seated.actor)?;
    let id: Id<Movement> = known(id)?;
    let request = MovementRequest { first: book, last: book, to, site_id };
    let page = format!("/distributor/books/{book}");
    match hand_over::movement(&app.instance, &seated.actor, id, request).await {
        // A book that was given back is nobody's: its page is another's to see from now on.
        Ok(_) if to == Custody::Returned => {
            Ok(go(&seated.frame.to(&format!("/distributor?done={word}"))))
        }
        Ok(_) => Ok(go(&seated.frame.to(&format!("{page}?done={word}")))),
        Err(error) if has_moved(&error) => Ok(go(&seated.frame.to(&page))),
        Err(error) => Err(error.into()),
    }
}
