//! `/operator/search`: one input for a serial number, a name, a number, an id or a bank reference.
//!
//! Promises: what one thing answers to is shown at once; what nothing answers to is said kindly,
//! with what can be looked for. Does not: find vouchers by their secret codes.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::Operating;
use super::notice::Query;
use super::organisation::KINDS;
use super::proposal::place;
use crate::base::id::Noun;
use crate::domain::serial::Serial;
use crate::service::find::{self, Found};
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::Asked;
use crate::web::pages::desk::{go, shown_here};
use crate::web::pages::field::Field;
use crate::web::pages::words::Words;
use crate::web::problem::Problem;

/// Something that was found.
struct Hit {
    to: Option<String>,
    name: String,
    kind: String,
}

#[derive(Template)]
#[template(path = "operator/search.html")]
struct Page {
    frame: Frame,
    field: Field,
    asked: bool,
    hits: Vec<Hit>,
}

/// What a thing is, in words.
fn kind(words: Words, noun: Noun) -> String {
    if let Some((_, _, key)) = KINDS.iter().find(|(known, ..)| *known == noun) {
        return words.say(key);
    }
    words.say(match noun {
        Noun::Venue => "operator-kind-venue",
        Noun::Site => "operator-kind-site",
        Noun::Order => "operator-kind-order",
        Noun::Campaign => "operator-kind-campaign",
        Noun::Settlement => "operator-kind-settlement",
        Noun::Payment => "operator-kind-payment",
        Noun::Proposal => "operator-kind-proposal",
        _ => "operator-kind-other",
    })
}

fn hit(words: Words, operating: &Operating, found: &Found) -> Hit {
    match found {
        Found::Book(book, position) => {
            let serial = position.and_then(|position| Serial::new(*book, position).ok());
            let name = serial.map_or_else(|| book.to_string(), |serial| serial.to_string());
            let to = Some(format!("/operator/books/{name}"));
            Hit { to, name, kind: words.say("operator-kind-book") }
        }
        Found::Thing(id, name) => Hit {
            to: place(operating, *id),
            name: name.clone().unwrap_or_else(|| id.to_string()),
            kind: kind(words, id.noun()),
        },
    }
}

/// The page; one thing found is gone to.
pub(super) async fn get(
    State(app): State<App>,
    operating: Operating,
    Asked(asked): Asked<Query>,
) -> Result<Response, Problem> {
    let words = operating.frame.words;
    let found = find::find(&app.instance, &operating.actor, &asked.q).await?;
    let hits: Vec<Hit> = found.iter().map(|found| hit(words, &operating, found)).collect();
    if let [Hit { to: Some(to), .. }] = hits.as_slice() {
        return Ok(go(&operating.frame.to(to)));
    }
    let field = Field::text("q", words.say("operator-search-field"))
        .hint(words.say("operator-search-hint"))
        .kind("search")
        .most(200)
        .complete("off")
        .value(asked.q.trim())
        .focused();
    let asked = !asked.q.trim().is_empty();
    Ok(shown_here(&Page { frame: operating.frame, field, asked, hits }))
}
