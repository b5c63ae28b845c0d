//! The counter as a browser gets it: its shell in both languages, its files, its service worker.
//!
//! Goal: whatever the shell and the service worker name is there, and small enough for an old phone
//! with a bad connection; no script but our own runs; the shell tells nothing of anybody. What a
//! person does with it is played in a browser (`tests/browser/counter.mjs`).

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Request;
use serde_json::Value;

use super::html::Html;
use super::{labelled, page, read};
use crate::harness::{Answer, World, on_both_engines};

/// What is asked for before vouchers can be read: the most, in bytes over the wire.
const FIRST_LOAD: usize = 500_000;

async fn packed(world: &World, path: &str, encodings: &str) -> Answer {
    let request = Request::builder().uri(path).header("accept-encoding", encodings);
    world.send(request.body(Body::empty()).unwrap()).await
}

/// What the page brings along for its modules.
fn told(html: &Html, text: &str) -> Value {
    let element = html.all("script").find(|it| it.get("type") == Some("application/json"));
    assert_eq!(element.unwrap().get("id"), Some("counter-words"));
    let data = text.split_once("id=\"counter-words\">").unwrap().1;
    serde_json::from_str(data.split_once("</script>").unwrap().0).unwrap()
}

fn is_guarded(at: &str, answer: &Answer, html: &Html) {
    let policy = answer.header("content-security-policy");
    for part in [
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval';",
        "connect-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(part), "{at}: {policy}");
    }
    assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{policy}");
    let senses = answer.header("permissions-policy");
    assert!(senses.starts_with("camera=(self), microphone=()"), "{at}: {senses}");
    assert_eq!(answer.header("cache-control"), "no-cache", "{at}");
    assert!(!answer.headers.contains_key("set-cookie"), "{at}");
    // One script to run and one to read; nothing inline, nothing from elsewhere.
    let scripts: Vec<_> = html.all("script").collect();
    assert_eq!(scripts.len(), 2, "{at}");
    let address = scripts[1].get("src").unwrap();
    assert!(scripts[1].get("type") == Some("module") && address.starts_with("/counter/"), "{at}");
    for element in &html.elements {
        for (name, value) in &element.attributes {
            assert!(!name.starts_with("on") && name != "style", "{at}: {name}");
            assert!(!value.contains("://"), "{at}: {value}");
        }
    }
}

async fn the_shell_speaks_both_languages_and_is_guarded(world: World) {
    for path in ["/counter", "/pair"] {
        let mut said = Vec::new();
        for language in ["fr", "en"] {
            let at = format!("{path} ({language})");
            let (answer, html) = read(&world, path, language).await;
            is_guarded(&at, &answer, &html);
            labelled(&at, &html);
            let text = answer.text();
            assert!(text.len() < 40_000, "{at}: {} bytes", text.len());
            assert_eq!(html.first("html").unwrap().get("lang"), Some(language), "{at}");
            assert_eq!((html.all("h1").count(), html.all("main").count()), (1, 1), "{at}");
            assert_eq!(html.first("a").unwrap().get("href"), Some("#main"), "{at}");
            assert_eq!(html.all("noscript").count(), 1, "{at}: who has no script is told");
            let told = told(&html, &text);
            assert_eq!(told["language"], language, "{at}");
            let outside = text.replace(&told.to_string(), "");
            assert!(!outside.contains(">counter-") && !outside.contains("{ $"), "{at}");
            let vary: Vec<_> = answer.headers.get_all("vary").iter().collect();
            assert!(vary.iter().any(|it| *it == "accept-language"), "{at}: {vary:?}");
            said.push(html.text);
        }
        assert_ne!(said[0], said[1], "{path} is not translated");
    }
    // The same for everybody: a key changes nothing on it.
    let nobody = page(&world, "/counter", "fr").await.bytes;
    let request = Request::builder().uri("/counter").header("accept-language", "fr");
    let request = request.header("authorization", format!("Bearer {}", world.operator));
    let somebody = world.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(somebody.bytes, nobody);
}

/// What stands between two texts, everywhere.
fn between<'t>(text: &'t str, before: &'t str, after: &'t str) -> BTreeSet<&'t str> {
    text.split(before).skip(1).filter_map(|rest| rest.split(after).next()).collect()
}

async fn the_modules_find_what_they_name(world: World) {
    let (answer, html) = read(&world, "/counter", "fr").await;
    let (pair_answer, pair) = read(&world, "/pair", "fr").await;
    let (text, told) = (answer.text(), told(&html, &answer.text()));
    assert_eq!(told["words"], self::told(&pair, &pair_answer.text())["words"]);
    let first = html.all("script").find_map(|it| it.get("src")).unwrap();
    let others = html.all("link").filter(|it| it.get("rel") == Some("modulepreload"));
    let others: Vec<_> = others.filter_map(|it| it.get("href")).collect();
    let pairs = pair.all("script").find_map(|it| it.get("src")).unwrap();
    let folder = first.rsplit_once('/').unwrap().0;
    let mut spoken = BTreeSet::new();
    for module in others.iter().copied().chain([first, pairs]) {
        let answer = world.get(module, "").await;
        assert_eq!(answer.kind, "text/javascript; charset=utf-8", "{module}");
        assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
        let code = answer.text();
        let ids = if module == pairs { &pair.ids } else { &html.ids };
        for id in between(&code, "at('", "')") {
            assert!(ids.contains(&format!("counter-{id}")), "{module}: {id}");
        }
        for import in between(&code, "from './", "';") {
            let import = format!("{folder}/{import}");
            let known = others.contains(&import.as_str()) || module == pairs;
            assert!(known, "{module} imports {import}, which is not loaded with it");
        }
        assert!(!code.contains("innerHTML") && !code.contains("eval("), "{module}");
        spoken.extend(between(&code, "say('", "'").into_iter().map(str::to_owned));
        for stem in between(&code, "count('", "'") {
            spoken.extend(["one", "many"].map(|form| format!("{stem}-{form}")));
        }
    }
    for key in spoken {
        assert!(told["words"][&key].is_string(), "{key} has no words");
    }
    assert!(text.contains(folder));
}

async fn the_first_load_is_small(world: World) {
    let (_, html) = read(&world, "/counter", "fr").await;
    let shell = packed(&world, "/counter", "gzip, deflate, br").await;
    assert_eq!(shell.header("content-encoding"), "gzip");
    let told = told(&html, &page(&world, "/counter", "fr").await.text());
    let reader = told["reader"].as_str().unwrap();
    let links = html.all("link").filter_map(|it| it.get("href"));
    let scripts = html.all("script").filter_map(|it| it.get("src"));
    let mut files: Vec<String> = links.chain(scripts).map(str::to_owned).collect();
    files.extend(["scan.js", "zxing.js", "zxing.wasm"].map(|name| format!("{reader}/{name}")));
    files.push("/counter-sw.js".to_owned());
    let mut bytes = shell.bytes.len();
    for file in &files {
        let answer = packed(&world, file, "gzip, deflate, br").await;
        assert_eq!(answer.status, 200, "{file}");
        bytes += answer.bytes.len();
    }
    assert!(bytes < FIRST_LOAD, "{bytes} bytes over the wire");
    let wasm = format!("{reader}/zxing.wasm");
    for (wishes, encoding) in [("br", "br"), ("gzip", "gzip"), ("br;q=0", ""), ("", "")] {
        let answer = packed(&world, &wasm, wishes).await;
        assert_eq!(answer.header("content-encoding"), encoding, "{wishes}");
        assert_eq!(
            (answer.kind.as_str(), answer.header("vary")),
            ("application/wasm", "accept-encoding")
        );
        let magic = answer.bytes.starts_with(b"\0asm\x01\0\0\0");
        assert_eq!(magic, encoding.is_empty(), "{wishes}");
    }
}

async fn no_other_file_is_known(world: World) {
    let (_, html) = read(&world, "/counter", "fr").await;
    let first = html.all("script").find_map(|it| it.get("src")).unwrap();
    let (folder, name) = first.rsplit_once('/').unwrap();
    for other in [
        format!("{folder}/worker.js"),
        format!("{folder}/..%2fpage.mjs"),
        format!("{folder}/zxing.wasm"),
        format!("/counter/0000000000000000/{name}"),
    ] {
        assert_eq!(world.get(&other, "").await.code(), "not-found", "{other}");
    }
}

async fn what_a_phone_keeps_is_the_shell_alone(world: World) {
    let worker = world.get("/counter-sw.js", "").await;
    assert_eq!(worker.kind, "text/javascript; charset=utf-8");
    assert_eq!(worker.header("cache-control"), "no-cache", "or a phone never gets a newer one");
    let policy = worker.header("content-security-policy");
    assert!(policy.contains("connect-src 'self'"), "{policy}");
    let code = worker.text();
    assert!(!code.contains('@') && !code.contains("/api/"), "{code}");
    let list = code.split_once("const FILES = ").unwrap().1.split_once(";\n").unwrap().0;
    let files: Vec<String> = serde_json::from_str(list).unwrap();
    for file in &files {
        assert!(world.get(file, "").await.status.is_success(), "{file}");
    }
    let (_, html) = read(&world, "/counter", "fr").await;
    let links = html.all("link").filter(|it| it.get("rel") != Some("manifest"));
    for link in links.filter_map(|it| it.get("href")) {
        assert!(files.iter().any(|file| file == link), "{link} is missing without a connection");
    }
    for language in ["fr", "en"] {
        let manifest = page(&world, "/counter.webmanifest", language).await;
        assert_eq!(manifest.kind, "application/manifest+json");
        let said = manifest.json();
        assert_eq!((&said["lang"], &said["scope"]), (&language.into(), &"/counter".into()));
        for icon in said["icons"].as_array().unwrap() {
            let answer = world.get(icon["src"].as_str().unwrap(), "").await;
            assert!(answer.kind == "image/png" && answer.bytes.starts_with(b"\x89PNG"));
        }
    }
}

on_both_engines!(
    the_shell_speaks_both_languages_and_is_guarded,
    the_modules_find_what_they_name,
    the_first_load_is_small,
    no_other_file_is_known,
    what_a_phone_keeps_is_the_shell_alone,
);
