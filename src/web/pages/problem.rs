//! The page behind a problem's `type`: what it means and what to do, in both languages.
//!
//! Promises: the reader's language first, the other one below, because programs send people here
//! whose language they do not know. Does not: know what happened to whom; the page is the same for
//! everybody.

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Response};

use super::visitor::{Language, Visitor};
use super::{Frame, shown};
use crate::domain::refusal::Reason;
use crate::web::problem::Problem;
use crate::web::problem::words::{self, Words};

/// The code of a fault, which is ours and not a refusal.
const FAULT: &str = "fault";

#[derive(Template)]
#[template(path = "problem.html")]
struct Page<'p> {
    frame: Frame,
    code: &'p str,
    status: u16,
    first: Words,
    second: Words,
}

/// The page of a code; unknown ones are not found.
pub async fn get(visitor: Visitor, Path(code): Path<String>) -> Response {
    let reason = Reason::ALL.iter().find(|reason| reason.code() == code);
    let (status, french, english) = match reason {
        Some(reason) => (reason.status(), words::french(*reason), words::english(*reason)),
        None if code == FAULT => (500, words::FAULT_FRENCH, words::FAULT_ENGLISH),
        None => return Problem::from(Reason::NotFound).into_response(),
    };
    let (first, second) = match visitor.language {
        Language::French => (french, english),
        Language::English => (english, french),
    };
    shown(&Page { frame: Frame::new(visitor), code: &code, status, first, second })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_escaped_and_speaks_both_languages() {
        let first = Words { title: "a < b & \"c\"", advice: "d’e." };
        let second = Words { title: "<script>", advice: "f." };
        let frame = Frame::new(Visitor::of(None, ""));
        let html = Page { frame, code: "x-y", status: 409, first, second }.render().unwrap();
        assert!(html.contains("<html lang=\"fr\">"), "{html}");
        assert!(html.contains("a &#60; b &#38; &#34;c&#34;</h1>"), "{html}");
        assert!(html.contains("<section lang=\"en\""), "{html}");
        assert!(html.contains("&#60;script&#62;</h2>") && !html.contains("<script"), "{html}");
    }
}
