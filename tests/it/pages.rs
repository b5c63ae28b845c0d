//! The pages that people read, asked for as a browser does: each in both languages.
//!
//! Goal: whatever a page links to answers, nothing on it is broken HTML, an untranslated key or a
//! script, and it carries the headers that keep a browser to it.

mod account;
mod counter;
mod distributor;
pub(crate) mod forms;
mod funder;
pub(crate) mod html;
mod operator;
mod structure;
mod venues;
mod voucher;

use axum::body::Body;
use axum::http::Request;

use self::html::Html;
use crate::harness::{Answer, World, on_both_engines};

/// The pages that stand by themselves, without a query.
const PAGES: &[&str] = &[
    "/",
    "/venues",
    "/solvency",
    "/accessibility",
    "/legal",
    "/problems/voucher-already-redeemed",
    "/problems/fault",
];

/// How keys of words begin: none may be seen.
const KEYS: &[&str] = &[
    "account-",
    "choose-",
    "codes-",
    "desk-",
    "distributor-",
    "enrol-",
    "factor-",
    "forgot-",
    "funder-",
    "join-",
    "operator-",
    "password-",
    "reset-",
    "role-",
    "sign-in-",
    "step-",
    "structure-",
    "trouble-",
    "frame-",
    "home-",
    "problem-",
    "month-",
    "weekday-",
    "voucher-",
    "near-",
    "venue-",
    "venues-",
    "hours-",
    "offering-",
    "solvency-",
    "accessibility-",
    "legal-",
];

/// A page in a language, as a browser asks for it.
pub(crate) async fn page(world: &World, path: &str, wishes: &str) -> Answer {
    let request = Request::builder().uri(path).header("accept-language", wishes);
    world.send(request.body(Body::empty()).unwrap()).await
}

/// A page in a language, read strictly.
pub(crate) async fn read(world: &World, path: &str, language: &str) -> (Answer, Html) {
    let answer = page(world, path, language).await;
    let html = Html::read(&answer.text()).unwrap_or_else(|fault| panic!("{path}: {fault}"));
    (answer, html)
}

/// What must be true of every page; `bytes` is the most that it and its style may weigh.
pub(crate) fn is_sound(path: &str, language: &str, answer: &Answer, html: &Html, bytes: usize) {
    let at = format!("{path} ({language})");
    assert_eq!(answer.kind, "text/html; charset=utf-8", "{at}");
    let policy = answer.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'self';"), "{at}: {policy}");
    assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{at}: {policy}");
    // A form of one person's page says where it comes from; what everybody reads says nothing.
    let is_own = answer.header("cache-control") == "no-store";
    let referrer = if is_own { "same-origin" } else { "no-referrer" };
    let is_bearers = path.to_ascii_lowercase().starts_with("/v/");
    let referrer = if is_bearers { "no-referrer" } else { referrer };
    assert_eq!(answer.header("referrer-policy"), referrer, "{at}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{at}");
    assert!(!answer.headers.contains_key("set-cookie"), "{at}");
    // Also a page that a form was refused with.
    let text = String::from_utf8_lossy(&answer.bytes);
    assert!(text.len() < bytes, "{at}: {} bytes", text.len());
    assert_eq!(html.first("html").unwrap().get("lang"), Some(language), "{at}");
    assert_eq!(html.all("h1").count(), 1, "{at}");
    assert_eq!(html.all("main").count(), 1, "{at}");
    for banned in ["script", "style", "iframe", "object", "img", "base"] {
        assert_eq!(html.all(banned).count(), 0, "{at}: <{banned}>");
    }
    for element in &html.elements {
        let inline = element.attributes.iter().find(|(name, _)| {
            name.starts_with("on") || ["style", "srcdoc", "background"].contains(&name.as_str())
        });
        assert!(inline.is_none(), "{at}: {inline:?}");
    }
    assert!(html.first("title").is_some() && html.text.contains("Carnet"), "{at}");
    let skip = html.first("a").and_then(|link| link.get("href"));
    assert_eq!(skip, Some("#main"), "{at}: the first link skips to the content");
    assert!(html.ids.contains("main"), "{at}");
    for word in html.text.split_whitespace() {
        // The code of a problem is no key of words.
        let is_key =
            !path.starts_with("/problems/") && KEYS.iter().any(|start| word.starts_with(start));
        assert!(!is_key, "{at}: {word} has no words");
    }
    assert!(!html.text.contains("{ $") && !html.text.contains("{$"), "{at}: a value is missing");
    labelled(&at, html);
}

/// Headings go down one by one; each field has its label.
fn labelled(at: &str, html: &Html) {
    let mut level = 0;
    for element in &html.elements {
        let deep = element.name.strip_prefix('h').and_then(|number| number.parse::<u8>().ok());
        if let Some(deep) = deep {
            assert!(deep <= level + 1, "{at}: <{}> after level {level}", element.name);
            level = deep;
        }
    }
    let labels: Vec<_> = html.all("label").filter_map(|label| label.get("for")).collect();
    let fields = html.all("input").chain(html.all("select")).chain(html.all("textarea"));
    for field in fields.filter(|field| field.get("type") != Some("hidden")) {
        let id = field.get("id").unwrap_or_default();
        assert!(labels.contains(&id), "{at}: a field without its label");
    }
}

async fn every_page_speaks_both_languages(world: World) {
    for path in PAGES {
        let mut said = Vec::new();
        for language in ["fr", "en"] {
            let (answer, html) = read(&world, path, language).await;
            is_sound(path, language, &answer, &html, 30_000);
            assert_eq!(answer.header("vary"), "accept-language", "{path}");
            let (_, chosen) = read(&world, &format!("{path}?lang={language}"), "de").await;
            assert_eq!(chosen.first("html").unwrap().get("lang"), Some(language), "{path}");
            said.push(html.text);
        }
        assert_ne!(said[0], said[1], "{path} is not translated");
    }
    let (_, html) = read(&world, "/", "de, it").await;
    assert_eq!(html.first("html").unwrap().get("lang"), Some("fr"), "French first");
}

/// Every address of ours on every page, in both languages, followed as far as it goes.
pub(crate) async fn follow(world: &World, begin: &[&str]) -> usize {
    let mut waiting: Vec<String> = begin.iter().map(|path| (*path).to_owned()).collect();
    let mut seen = std::collections::BTreeSet::new();
    while let Some(path) = waiting.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        let answer = page(world, &path, "fr").await;
        assert_eq!(answer.status, 200, "{path}");
        if !answer.kind.starts_with("text/html") {
            continue;
        }
        let html = Html::read(&answer.text()).unwrap_or_else(|fault| panic!("{path}: {fault}"));
        let links = html.all("a").chain(html.all("link"));
        for link in links.filter_map(|link| link.get("href")) {
            let own = path.split('?').next().unwrap_or_default();
            match link.split('#').next().unwrap_or_default() {
                "" => {
                    let id = link.strip_prefix('#').unwrap_or_default();
                    assert!(html.ids.contains(id), "{path}: {link} leads nowhere");
                }
                query if query.starts_with('?') => waiting.push(format!("{own}{query}")),
                other if other.starts_with('/') => waiting.push(other.to_owned()),
                outside => {
                    let known = ["https://", "mailto:", "tel:"];
                    assert!(known.iter().any(|start| outside.starts_with(start)), "{outside}");
                }
            }
        }
    }
    seen.len()
}

async fn every_link_answers(world: World) {
    assert!(follow(&world, PAGES).await > 2 * PAGES.len());
}

async fn the_style_is_kept_for_ever_and_no_other_name_is_known(world: World) {
    let (_, html) = read(&world, "/", "fr").await;
    let style = html.first("link").and_then(|link| link.get("href")).unwrap().to_owned();
    let answer = world.get(&style, "").await;
    assert_eq!(answer.kind, "text/css; charset=utf-8");
    assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
    let css = answer.text();
    assert!(
        css.len() < 20_000 && !css.contains("url(") && !css.contains("@import"),
        "{}",
        css.len()
    );
    for other in ["/assets/style.css", "/assets/style-0000000000000000.css", "/assets/..%2fx"] {
        assert_eq!(world.get(other, "").await.code(), "not-found", "{other}");
    }
}

on_both_engines!(
    every_page_speaks_both_languages,
    every_link_answers,
    the_style_is_kept_for_ever_and_no_other_name_is_known,
);
