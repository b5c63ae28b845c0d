//! `/accessibility` and `/legal`: what a public site owes its readers.
//!
//! Promises: what the configuration says, and plainly what it does not say. Does not: claim a
//! conformance that nobody has checked.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::visitor::Visitor;
use super::{Frame, shown};
use crate::service::Legal;
use crate::web::App;

#[derive(Template)]
#[template(path = "accessibility.html")]
struct Accessibility {
    frame: Frame,
    contact: Option<String>,
}

#[derive(Template)]
#[template(path = "legal.html")]
struct Imprint {
    frame: Frame,
    /// What is said, and the text; `None` where nothing is configured.
    said: Vec<(String, Option<String>)>,
    site: String,
}

/// A configured text; `None` when it is empty.
fn told(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// The statement of accessibility.
pub async fn accessibility(visitor: Visitor, State(app): State<App>) -> Response {
    let contact = told(&app.instance.settings.legal.contact);
    shown(&Accessibility { frame: Frame::new(visitor), contact })
}

/// The legal notice.
pub async fn legal(visitor: Visitor, State(app): State<App>) -> Response {
    let frame = Frame::new(visitor);
    let words = frame.words;
    let Legal { publisher, address, director, hosting, contact } = &app.instance.settings.legal;
    let said = vec![
        (words.say("legal-publisher"), told(publisher)),
        (words.say("legal-address"), told(address)),
        (words.say("legal-director"), told(director)),
        (words.say("legal-hosting"), told(hosting)),
        (words.say("legal-contact"), told(contact)),
    ];
    shown(&Imprint { frame, said, site: app.instance.settings.host.clone() })
}
