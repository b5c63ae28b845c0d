//! The page behind a problem's `type`, in both languages; and a problem that a person's own request
//! met, as a page.
//!
//! Promises: `/problems/…` is the same for everybody, the reader's language first and the other one
//! below, because programs send people here whose language they do not know; whoever asks as a
//! browser does is answered in words, not in JSON. Does not: change what programs are told.

use askama::Template;
use axum::extract::{FromRequestParts as _, Path, Request};
use axum::http::header::{self, HeaderValue};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::visitor::{Language, Visitor};
use super::{Frame, shown};
use crate::domain::refusal::Reason;
use crate::web::problem::Problem;
use crate::web::problem::advice;
use crate::web::problem::words::Words;

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

/// The status of a code, and its words in French and English.
fn said(code: &str) -> Option<(u16, Words, Words)> {
    if code == FAULT {
        return Some((500, advice::FAULT_FRENCH, advice::FAULT_ENGLISH));
    }
    let reason = Reason::ALL.iter().find(|reason| reason.code() == code)?;
    Some((reason.status(), advice::french(*reason), advice::english(*reason)))
}

/// The page of a code; unknown ones are not found.
pub async fn get(visitor: Visitor, Path(code): Path<String>) -> Response {
    let Some((status, french, english)) = said(&code) else {
        return Problem::from(Reason::NotFound).into_response();
    };
    let (first, second) = match visitor.language {
        Language::French => (french, english),
        Language::English => (english, french),
    };
    shown(&Page { frame: Frame::new(visitor), code: &code, status, first, second })
}

#[derive(Template)]
#[template(path = "trouble.html")]
struct Trouble<'t> {
    frame: Frame,
    said: Words,
    look: &'static str,
    code: &'t str,
    details: Vec<String>,
    reference: Option<&'t str>,
    again: &'static str,
    again_words: &'static str,
}

/// Whether whoever asks shows pages to a person.
fn reads_pages(headers: &HeaderMap) -> bool {
    let wishes = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    wishes.is_some_and(|wishes| wishes.contains("text/html"))
}

/// Says a problem to a person as a page, and to a program as it is.
pub async fn told(request: Request, next: Next) -> Response {
    if !reads_pages(request.headers()) || request.uri().path().starts_with("/api/") {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let Ok(visitor) = Visitor::from_request_parts(&mut parts, &()).await;
    let response = next.run(Request::from_parts(parts, body)).await;
    match Problem::told_by(&response) {
        Some(problem) => as_page(visitor, &problem, response),
        None => response,
    }
}

/// The answer with a page instead of its document; what else it says stands.
fn as_page(visitor: Visitor, problem: &Problem, answer: Response) -> Response {
    let Some((_, french, english)) = said(&problem.code) else { return answer };
    let said = if visitor.language == Language::French { french } else { english };
    let signs_in = problem.status == StatusCode::UNAUTHORIZED;
    let (again, again_words) =
        if signs_in { ("/sign-in", "trouble-sign-in") } else { ("/desk", "trouble-desk") };
    let page = Trouble {
        frame: Frame::new(visitor).hidden(),
        said,
        look: if problem.status == 404 { "" } else { "bad" },
        code: &problem.code,
        details: problem.members.errors.iter().map(|fault| fault.detail.clone()).collect(),
        reference: problem.instance.as_deref(),
        again,
        again_words,
    };
    let (mut page, body) = shown(&page).into_parts();
    let (mut parts, _) = answer.into_parts();
    page.headers.remove(header::CACHE_CONTROL);
    parts.headers.remove(header::CONTENT_LENGTH);
    for (name, value) in page.headers.drain() {
        if let Some(name) = name {
            parts.headers.insert(name, value);
        }
    }
    parts.headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    Response::from_parts(parts, body)
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
