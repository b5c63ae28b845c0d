//! `/counter`: where a venue takes vouchers, one after the other, into a basket; and `/pair`, where
//! a browser becomes a device of a venue.
//!
//! Promises: the shell is the same for everybody who reads its language, so that a browser may keep
//! it and open it without a connection; who asks, and what is answered, its modules find out by the
//! API. In the modules one decides, one stores, one sends. Does not: hold rules, or read rows.

mod told;
mod ware;

use std::sync::LazyLock;

use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde_json::json;

use self::ware::Ware;
use super::style;
use super::visitor::{Language, Visitor};
use super::words::Words;
use crate::domain::refusal::Reason;
use crate::web::App;
use crate::web::problem::Problem;

/// The routes.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/counter", get(shell))
        .route("/pair", get(pair))
        .route("/counter.webmanifest", get(manifest))
        .route("/counter-sw.js", get(worker))
        .route("/counter/{folder}/{name}", get(file))
}

/// Its own scripts, and a WebAssembly that reads pictures; nothing from elsewhere.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
     img-src 'self' blob:; media-src 'self' blob:; connect-src 'self'; worker-src 'self'; \
     manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// What a worker may, which has the policy of its own file.
const WORKERS_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// Of a device's senses only its camera.
const SENSES: (HeaderName, HeaderValue) = (
    HeaderName::from_static("permissions-policy"),
    HeaderValue::from_static("camera=(self), microphone=(), geolocation=(), payment=(), usb=()"),
);

/// Asked for anew each time: the shell names the files that belong to it.
const FRESH: HeaderValue = HeaderValue::from_static("no-cache");

#[derive(Template)]
#[template(path = "counter/shell.html")]
struct Shell {
    words: Words,
    style: &'static str,
    code: &'static str,
    modules: Vec<&'static str>,
    told: String,
}

#[derive(Template)]
#[template(path = "counter/pair.html")]
struct Pair {
    words: Words,
    style: &'static str,
    code: &'static str,
    told: String,
}

/// Both languages of something that is made once.
type InBoth = [Ware; 2];

/// The one of the two that a reader wants.
fn of(both: &'static InBoth, visitor: Visitor) -> &'static Ware {
    &both[usize::from(visitor.language == Language::English)]
}

fn page(html: Result<String, askama::Error>) -> Ware {
    // A template of ours without a fault at build time has none when it is filled with texts.
    let html = html.expect("texts fill a template");
    Ware::of("text/html; charset=utf-8", html.into_bytes())
}

static SHELLS: LazyLock<InBoth> = LazyLock::new(|| {
    [Language::French, Language::English].map(|language| {
        let words = Words::of(language);
        let code = ware::code().address();
        let told = told::told(words, ware::reader().address());
        let modules = ware::code().modules("page.mjs");
        page(Shell { words, style: style::address(), code, modules, told }.render())
    })
});

static PAIRS: LazyLock<InBoth> = LazyLock::new(|| {
    [Language::French, Language::English].map(|language| {
        let words = Words::of(language);
        let (code, told) = (ware::code().address(), told::told(words, ware::reader().address()));
        page(Pair { words, style: style::address(), code, told }.render())
    })
});

/// The counter.
async fn shell(visitor: Visitor, asked: HeaderMap) -> Response {
    shown(of(&SHELLS, visitor), &asked)
}

/// Where a browser becomes a device; the code is behind `#` and never comes here.
async fn pair(visitor: Visitor, asked: HeaderMap) -> Response {
    shown(of(&PAIRS, visitor), &asked)
}

fn shown(ware: &Ware, asked: &HeaderMap) -> Response {
    let mut response = ware.answer(asked);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(header::CACHE_CONTROL, FRESH);
    headers.append(header::VARY, HeaderValue::from_static("accept-language"));
    headers.insert(SENSES.0, SENSES.1);
    response
}

static MANIFESTS: LazyLock<InBoth> = LazyLock::new(|| {
    [Language::French, Language::English].map(|language| {
        let words = Words::of(language);
        let code = ware::code().address();
        let icon = |size: u16, purpose: &str| {
            json!({
                "src": format!("{code}/icon-{size}.png"),
                "sizes": format!("{size}x{size}"),
                "type": "image/png",
                "purpose": purpose,
            })
        };
        let manifest = json!({
            "id": "/counter",
            "name": words.say("counter-app"),
            "short_name": "Carnet",
            "description": words.say("counter-description"),
            "lang": language.code(),
            "start_url": "/counter",
            "scope": "/counter",
            "display": "standalone",
            "background_color": "#ffffff",
            "theme_color": "#12437a",
            "icons": [icon(192, "any"), icon(512, "any"), icon(512, "maskable")],
        });
        Ware::of("application/manifest+json", manifest.to_string().into_bytes())
    })
});

/// What a phone needs to know to install the counter.
async fn manifest(visitor: Visitor, asked: HeaderMap) -> Response {
    let mut response = of(&MANIFESTS, visitor).answer(&asked);
    response.headers_mut().insert(header::CACHE_CONTROL, FRESH);
    response.headers_mut().append(header::VARY, HeaderValue::from_static("accept-language"));
    response
}

/// The service worker, with the addresses of what it keeps.
static WORKER: LazyLock<Ware> = LazyLock::new(|| {
    let (code, reader) = (ware::code(), ware::reader());
    let mut files = vec![style::address().to_owned()];
    for shelf in [code, reader] {
        files.extend(shelf.names().map(|name| format!("{}/{name}", shelf.address())));
    }
    let shells = SHELLS.iter().map(|shell| shell.plain().as_ref());
    let version = ware::hash(shells.chain(files.iter().map(String::as_bytes)));
    let files = json!(files).to_string();
    let text = include_str!("assets/counter/worker.js");
    let text = text.replace("@version@", &version).replace("@files@", &files);
    Ware::of("text/javascript; charset=utf-8", text.into_bytes())
});

/// The service worker: of this scope, and always the newest one.
async fn worker(asked: HeaderMap) -> Response {
    let mut response = WORKER.answer(&asked);
    response.headers_mut().insert(header::CACHE_CONTROL, FRESH);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, WORKERS_POLICY);
    response
}

/// A file of the counter, under the name of all that belongs to it; any other is not found.
async fn file(Path((folder, name)): Path<(String, String)>, asked: HeaderMap) -> Response {
    let shelves = [ware::code(), ware::reader()];
    let found = shelves.into_iter().find_map(|shelf| shelf.find(&folder, &name));
    let Some(ware) = found else { return Problem::from(Reason::NotFound).into_response() };
    let mut response = ware.answer(&asked);
    let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
    response.headers_mut().insert(header::CACHE_CONTROL, forever);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, WORKERS_POLICY);
    response
}
