//! The face to people: pages that the program makes and serves by itself.
//!
//! Promises: every page works by keyboard and on a small screen, in French and in English; all but
//! the [`counter`] work without script, and load nothing but a style of [`style`]. Does not: hold
//! rules, or know `api`.

pub mod account;
pub mod asked;
pub mod counter;
pub mod demo;
pub mod desk;
pub mod distributor;
mod field;
pub mod funder;
pub mod home;
mod icon;
mod map;
pub mod notes;
pub mod operator;
pub mod problem;
mod qr;
mod shelf;
pub mod solvency;
mod step;
pub mod structure;
pub mod style;
pub mod venues;
pub mod visitor;
pub mod voucher;
pub mod words;

use askama::Template;
use axum::Router;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use self::desk::Bar;
use self::visitor::Visitor;
use self::words::Words;
use super::App;
use super::problem::Problem;
use crate::service::people::session::{SignedIn, csrf_of};

/// The pages and what they load.
pub fn router(app: &App) -> Router<App> {
    let desks = Router::new()
        .merge(account::router())
        .merge(distributor::router())
        .merge(funder::router())
        .merge(operator::router())
        .merge(structure::router())
        .layer(from_fn_with_state(app.clone(), step::up));
    Router::new()
        .route("/", get(home::get))
        .route("/assets/{name}", get(style::get))
        .route("/favicon.ico", get(icon::get))
        .route("/problems/{code}", get(problem::get))
        .route("/venues", get(venues::get))
        .route("/venues.json", get(venues::json))
        .route("/venues.csv", get(venues::csv))
        .route("/solvency", get(solvency::get))
        .route("/accessibility", get(notes::accessibility))
        .route("/legal", get(notes::legal))
        .route("/V/{token}", get(voucher::get))
        .route("/v/{token}", get(voucher::get))
        .merge(counter::router())
        .merge(desks)
}

/// Only our own style and pictures, and forms that ask ourselves (CSP level 3).
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'none'",
);

/// A page that is the same for everybody who reads its language.
const FOR_ALL: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// What stands around every page.
#[derive(Debug, Clone)]
pub(in crate::web) struct Frame {
    /// The words of the reader's language.
    pub(in crate::web) words: Words,
    /// The address of the style.
    pub(in crate::web) style: &'static str,
    visitor: Visitor,
    /// What the address asks besides the language, encoded, each behind `&`.
    asked: String,
    /// Whether search engines may keep the page.
    pub(in crate::web) indexed: bool,
    /// What stands above the pages of somebody who is signed in.
    pub(in crate::web) bar: Option<Bar>,
}

impl Frame {
    /// The frame of a page that everybody may find.
    pub(in crate::web) fn new(visitor: Visitor) -> Self {
        let words = Words::of(visitor.language);
        Self {
            words,
            style: style::address(),
            visitor,
            asked: String::new(),
            indexed: true,
            bar: None,
        }
    }

    /// The frame of a page that search engines leave out.
    pub(in crate::web) fn hidden(self) -> Self {
        Self { indexed: false, ..self }
    }

    /// The frame of a page whose address asks this; what is empty is not asked.
    pub(in crate::web) fn asking(mut self, asked: &[(&str, &str)]) -> Self {
        for (name, value) in asked.iter().filter(|(_, value)| !value.is_empty()) {
            self.asked.extend(["&", name, "="]);
            for byte in value.bytes() {
                if byte.is_ascii_alphanumeric() {
                    self.asked.push(char::from(byte));
                } else {
                    self.asked.extend(['%', hex(byte >> 4), hex(byte & 15)]);
                }
            }
        }
        self
    }

    /// The frame of a page whose address asks what this query says, but for the language and for
    /// what was just done.
    pub(in crate::web) fn asked_by(mut self, query: Option<&str>) -> Self {
        let pairs = query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        for pair in pairs.filter(|pair| !pair.starts_with("lang=") && !pair.starts_with("done=")) {
            self.asked.extend(["&", pair]);
        }
        self
    }

    /// The frame of a page of somebody who is signed in.
    fn with_bar(self, bar: Bar) -> Self {
        Self { bar: Some(bar), ..self }
    }

    /// The frame of the same person, whose session has another token.
    fn again(mut self, signed_in: &SignedIn) -> Self {
        if let Some(bar) = &mut self.bar {
            bar.csrf = csrf_of(signed_in.token());
        }
        self
    }

    /// The frame in the language of a reader.
    fn speaking(self, visitor: Visitor) -> Self {
        Self { words: Words::of(visitor.language), visitor, ..self }
    }

    /// The address of the style that desks need besides.
    #[expect(clippy::unused_self, reason = "templates ask their frame")]
    pub(in crate::web) fn desk_style(&self) -> &'static str {
        style::of_desks()
    }

    /// The address of the script that asks a browser for a passkey.
    #[expect(clippy::unused_self, reason = "templates ask their frame")]
    pub(in crate::web) fn passkey_script(&self) -> &'static str {
        style::of_passkeys()
    }

    /// The hidden fields of a form: that our own page made it, and the language.
    pub(in crate::web) fn csrf(&self) -> String {
        let mut fields = String::new();
        if let Some(bar) = &self.bar {
            let field = desk::CSRF_FIELD;
            fields = format!("<input type=\"hidden\" name=\"{field}\" value=\"{}\">", bar.csrf);
        }
        if self.visitor.chose {
            let code = self.words.language.code();
            fields.extend(["<input type=\"hidden\" name=\"lang\" value=\"", code, "\">"]);
        }
        fields
    }

    /// Whether the reader chose the language: then forms send it along.
    pub(in crate::web) const fn chose(&self) -> bool {
        self.visitor.chose
    }

    /// The address of another page of ours, in the language that the reader chose.
    pub(in crate::web) fn to(&self, path: &str) -> String {
        if !self.visitor.chose {
            return path.to_owned();
        }
        let mark = if path.contains('?') { '&' } else { '?' };
        format!("{path}{mark}lang={}", self.words.language.code())
    }

    /// The same page in the other language; relative, so that no address is written into it.
    pub(in crate::web) fn other(&self) -> String {
        format!("?lang={}{}", self.words.language.other().code(), self.asked)
    }
}

/// A hexadecimal digit (RFC 3986, 2.1).
fn hex(half: u8) -> char {
    char::from(b"0123456789ABCDEF"[usize::from(half & 15)])
}

/// A page as an answer.
pub(in crate::web) fn shown(page: &impl Template) -> Response {
    let html = match page.render() {
        Ok(html) => html,
        Err(error) => return Problem::fault(&error).into_response(),
    };
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    let headers: [(HeaderName, HeaderValue); 4] = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, FOR_ALL),
        (header::VARY, HeaderValue::from_static("accept-language")),
    ];
    (StatusCode::OK, headers, html).into_response()
}
