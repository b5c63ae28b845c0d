//! The desk of a structure and of its venues, by pages without script.
//!
//! Goal: a structure joins in one sitting and changes each step later; what it reads of its money
//! adds up with what the API says; nobody reads another's.

mod money;
mod people;
mod sitting;

use carnet::base::id::{Id, Structure, Venue};

use super::forms::Reader;
use super::html::{Form, Html};
use super::is_sound;
use crate::harness::{Answer, World};
use crate::people::{Browser, invitation, joined};

/// The most that a page may weigh here.
const BYTES: usize = 200_000;

/// Somebody who keeps a structure, with its second factor just given.
async fn keeper<'a>(
    world: &'a World,
    structure: Id<Structure>,
    email: &str,
) -> (Reader<'a>, Browser<'a>) {
    let body = invitation(email, "structure", &structure.to_string());
    let mut browser = joined(world, body).await;
    browser.enrol().await;
    (Reader::new(world, &browser.token), browser)
}

/// Somebody of a role that touches no money, at a venue where it is bound to one.
async fn member<'a>(
    world: &'a World,
    (structure, venue): (Id<Structure>, Option<Id<Venue>>),
    role: &str,
    email: &str,
) -> Reader<'a> {
    let mut body = invitation(email, role, &structure.to_string());
    if let Some(venue) = venue {
        body["venue_id"] = serde_json::json!(venue);
    }
    let browser = joined(world, body).await;
    Reader::new(world, &browser.token)
}

/// A page in both languages, each sound; the French one.
async fn sound(reader: &mut Reader<'_>, path: &str) -> Html {
    let answer = reader.reading("en").open(path).await;
    let html = reader.read(&answer);
    is_sound(path, "en", &answer, &html, BYTES);
    let answer = reader.open(path).await;
    let html = reader.read(&answer);
    is_sound(path, "fr", &answer, &html, BYTES);
    html
}

/// A text with plain blanks.
fn plain(text: &str) -> String {
    text.replace(['\u{a0}', '\u{202f}'], " ")
}

/// A form that was refused: each fault is tied to a field.
#[track_caller]
fn refused(reader: &Reader<'_>, answer: &Answer, says: &str) -> Html {
    assert_eq!(answer.status, 422, "{says}");
    let html = reader.read(answer);
    assert!(plain(&html.text).contains(says), "{says}: {}", html.text);
    let told = html.elements.iter().filter_map(|it| it.get("aria-describedby"));
    let mut ids = told.flat_map(|ids| ids.split(' '));
    assert!(ids.any(|id| id.ends_with("-fault") && html.ids.contains(id)), "{says}");
    html
}

/// Where a link of this text leads.
#[track_caller]
fn link(html: &Html, start: &str) -> String {
    let mut links = html.all("a").filter_map(|link| link.get("href"));
    let found = links.find(|href| href.starts_with(start));
    found.unwrap_or_else(|| panic!("no link begins with {start}")).to_owned()
}

/// A form that somebody sends where it does not belong.
fn sent_to(action: &str, mut form: Form) -> Form {
    action.clone_into(&mut form.action);
    form
}
