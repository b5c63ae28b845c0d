//! The page behind a problem's `type`: what it means and what to do, in French and in English.
//!
//! Promises: plain HTML without script, readable by any screen reader; every text is escaped. Does
//! not: know what happened to whom; the page is the same for everybody.

use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64;
use ring::digest::{SHA256, digest};

use super::Problem;
use super::words::{self, Words};
use crate::domain::refusal::Reason;

/// The code of a fault, which is ours and not a refusal.
const FAULT: &str = "fault";

/// The page of a code; unknown ones are not found.
pub async fn get(Path(code): Path<String>) -> Response {
    let reason = Reason::ALL.iter().find(|reason| reason.code() == code);
    let (status, french, english) = match reason {
        Some(reason) => (reason.status(), words::french(*reason), words::english(*reason)),
        None if code == FAULT => (500, words::FAULT_FRENCH, words::FAULT_ENGLISH),
        None => return Problem::from(Reason::NotFound).into_response(),
    };
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    let caching = HeaderValue::from_static("public, max-age=3600");
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, caching)];
    let page = page(&code, status, french, english);
    let mut response = (StatusCode::OK, headers, page).into_response();
    if let Ok(policy) = HeaderValue::from_str(&policy()) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

const STYLE: &str = "body{font:1.125rem/1.5 system-ui,sans-serif;max-width:40rem;\
                     margin:2rem auto;padding:0 1rem}";

/// Only this very style applies, and nothing else is loaded (CSP level 3, hashes).
fn policy() -> String {
    let hash = BASE64.encode(digest(&SHA256, STYLE.as_bytes()).as_ref());
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    )
}

fn page(code: &str, status: u16, french: Words, english: Words) -> String {
    let (code, title) = (escaped(code), escaped(french.title));
    let part = |lang: &str, words: Words| {
        let (title, advice) = (escaped(words.title), escaped(words.advice));
        let level = if lang == "fr" { "h1" } else { "h2" };
        format!("<section lang=\"{lang}\"><{level}>{title}</{level}><p>{advice}</p></section>\n")
    };
    format!(
        "<!DOCTYPE html>\n<html lang=\"fr\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<main>\n{}{}\
         <p><code>{code}</code> · HTTP {status}</p>\n</main>\n</body>\n</html>\n",
        part("fr", french),
        part("en", english),
    )
}

/// A text as HTML shows it.
fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_escaped_and_speaks_both_languages() {
        let french = Words { title: "a < b & \"c\"", advice: "d’e." };
        let english = Words { title: "<script>", advice: "f." };
        let html = page("x-y", 409, french, english);
        assert!(html.contains("<h1>a &lt; b &amp; &quot;c&quot;</h1>"));
        assert!(html.contains("<section lang=\"en\"><h2>&lt;script&gt;</h2>"));
        assert!(!html.contains("<script"));
    }
}
