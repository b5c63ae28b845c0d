//! Which room may name which: imports go down only.

use super::scanner::is_word;
use super::source::{Rule, Source};

/// The rooms and the floor each stands on.
const ROOMS: [(&str, u8); 9] = [
    ("base", 1),
    ("config", 2),
    ("domain", 2),
    ("store", 3),
    ("service", 4),
    ("web", 5),
    ("server", 6),
    ("cli", 7),
    ("main", 8),
];

fn floor(room: &str) -> Option<u8> {
    ROOMS.iter().find(|(name, _)| *name == room).map(|(_, floor)| *floor)
}

/// Every path of the crate that a file names, as the byte it stands at and its absolute modules.
fn named_paths(source: &Source) -> Vec<(usize, Vec<&str>)> {
    let module = source.module().unwrap_or_default();
    let mut found = Vec::new();
    for (at, word) in source.words() {
        let chained = source.code[..at].ends_with("::") && !source.code[..at].ends_with("self::");
        let goes_on = source.code[at + word.len()..].starts_with("::");
        // Inside `mod tests` a chain of `super` starts one module deeper than the file.
        let from_file = word == "super" && !source.is_test(source.line(at));
        if chained || !goes_on || !(word == "crate" || from_file) {
            continue;
        }
        let mut paths = Vec::new();
        branches(&source.code[at..], &[], &mut paths);
        for path in paths {
            let ups = path.iter().take_while(|part| **part == "super").count();
            let rest = path[ups..].iter().filter(|part| !matches!(**part, "crate" | "self"));
            let trunk = if ups == 0 { 0 } else { module.len().saturating_sub(ups) };
            found.push((at, module[..trunk].iter().chain(rest).copied().collect()));
        }
    }
    found
}

/// Reads one tree of names such as `a::{b, c::d}` into its paths, and gives what comes after it.
fn branches<'a>(mut rest: &'a str, trunk: &[&'a str], found: &mut Vec<Vec<&'a str>>) -> &'a str {
    let mut path = trunk.to_vec();
    loop {
        rest = rest.trim_start();
        if let Some(group) = rest.strip_prefix('{') {
            rest = group.trim_start();
            while !rest.is_empty() && !rest.starts_with('}') {
                rest = branches(rest, &path, found);
                // Over `as name`, up to the next branch.
                rest = &rest[rest.find([',', '}']).unwrap_or(rest.len())..];
                rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
            }
            return rest.strip_prefix('}').unwrap_or(rest);
        }
        let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        if end > 0 {
            path.push(&rest[..end]);
            rest = &rest[end..];
        }
        match rest.trim_start().strip_prefix("::") {
            Some(after) if end > 0 => rest = after,
            _ => break,
        }
    }
    found.push(path);
    rest
}

/// The half of `web` that a path leads into.
fn wing<'a>(path: &[&'a str]) -> Option<&'a str> {
    path.get(1).copied().filter(|name| matches!(*name, "api" | "pages"))
}

/// Why a file of the module `from` may not name `to`, if so.
fn objection(from: &[&str], to: &[&str]) -> Option<String> {
    let (room, target) = (*from.first()?, *to.first()?);
    if room == target {
        return match (room, wing(from), wing(to)) {
            ("web", Some(own), Some(other)) if own != other => {
                Some(format!("web::{own} names web::{other}; both call the service"))
            }
            _ => None,
        };
    }
    let Some(height) = floor(target) else {
        return Some(format!("crate::{target} is no room"));
    };
    if room == "web" && target == "store" {
        return Some("web names store; call the service".to_owned());
    }
    let own = floor(room)?;
    (height >= own).then(|| format!("{room} (floor {own}) names {target} (floor {height})"))
}

fn upward(source: &Source) -> Vec<String> {
    let Some(module) = source.module() else {
        return Vec::new();
    };
    // The root lists the rooms; the programs stand on top of all of them.
    if matches!(module.first(), None | Some(&("main" | "bin"))) {
        return Vec::new();
    }
    if floor(module[0]).is_none() {
        return vec![source.offence(1, "this file is in no room; see ARCHITECTURE.md")];
    }
    let paths = named_paths(source);
    let offences = paths.iter().filter_map(|(at, path)| {
        // A macro of the crate has no room: `crate::name!(…)`.
        let is_macro = path.len() == 1 && source.code[*at..].contains(&format!("{}!", path[0]));
        let why = objection(&module, path).filter(|_| !is_macro)?;
        Some(source.offence(source.line(*at), &why))
    });
    offences.collect()
}

const UPWARD: Rule<'_> = Rule {
    asks: "Imports go down only, so that what a room promises rests on what is below it alone.",
    check: upward,
    caught: &[
        ("src/base/id.rs", "use crate::domain::book::Book;"),
        ("src/domain/book.rs", "fn f() -> crate::store::Row { todo() }"),
        ("src/domain/book.rs", "use crate::config::Config;"),
        ("src/config.rs", "use crate::domain::book::Book;"),
        ("src/store/book.rs", "use crate::{base::{id::Id, day::Day}, service::issue};"),
        ("src/store/book.rs", "use super::super::service::issue;"),
        ("src/store/mod.rs", "use super::{domain::book, service::issue};"),
        ("src/service/redeem.rs", "use crate::web as above;"),
        ("src/web/api/books.rs", "use crate::store::book;"),
        ("src/web/actor.rs", "use crate::{base::id::Id, store::{book, order}};"),
        ("src/web/api/books.rs", "use crate::web::pages::layout;"),
        ("src/web/api/books.rs", "use super::super::pages::layout;"),
        ("src/web/pages/scan.rs", "use crate::web::{actor::Actor, api::books};"),
        ("src/web/api/mod.rs", "crate::server::listen();"),
        ("src/server.rs", "crate::cli::serve::run();"),
        ("src/cli/serve.rs", "crate::main::run();"),
        ("src/cli/serve.rs", "use crate::helpers::run;"),
        ("src/odds.rs", "fn f() {}"),
    ],
    passed: &[
        ("src/base/id.rs", "use super::clock::Timestamp; use crate::base::base32;"),
        ("src/domain/book.rs", "// crate::store\nuse crate::{base::id::Id, domain::order};"),
        ("src/domain/book.rs", "const SAYS: &str = \"crate::store::book\";"),
        ("src/domain/book.rs", "#[cfg(test)]\nmod tests { use super::super::order; }"),
        ("src/domain/ledger/log.rs", "use super::super::{order::{self as o}, venue};"),
        ("src/store/book.rs", "use crate::domain::book::{self, Book}; crate::fetch_all!(tx);"),
        ("src/web/mod.rs", "use crate::web::{api, pages}; use super::service::redeem;"),
        ("src/web/api/books.rs", "use crate::{service, web::{actor, api::page}};"),
        ("src/cli/serve.rs", "pub(crate) use crate::server; pub(in crate::cli) fn f() {}"),
        ("src/main.rs", "use carnet::cli;"),
        ("src/lib.rs", "pub use crate::web::api;"),
        ("src/bin/verify.rs", "use carnet::domain;"),
        ("tests/it/api.rs", "use carnet::store; use crate::harness;"),
    ],
};

#[test]
fn imports_go_down_only() {
    UPWARD.hold();
}

fn impure(source: &Source) -> Vec<String> {
    if !source.is_one_of(&["src/base/", "src/domain/"]) {
        return Vec::new();
    }
    let banned = ["sqlx", "axum", "tokio", "async", "await"];
    let found = source.words().filter(|(_, word)| banned.contains(word));
    found.map(|(at, word)| source.offence(source.line(at), word)).collect()
}

const IMPURE: Rule<'_> = Rule {
    asks: "base and domain name no database, no web, nothing async: they must run in a verifier.",
    check: impure,
    caught: &[
        ("src/domain/book.rs", "#[derive(sqlx::Type)] struct Book;"),
        ("src/domain/book.rs", "use axum::Json;"),
        ("src/base/clock.rs", "tokio::time::sleep(second)"),
        ("src/domain/order.rs", "pub async fn decide() {}"),
        ("src/domain/order.rs", "let answer = later.await;"),
    ],
    passed: &[
        ("src/domain/book.rs", "/// No sqlx, axum, tokio, async.\n#[derive(utoipa::ToSchema)]"),
        ("src/domain/book.rs", "let awaited = \"async tokio\"; let asynchronous = 1;"),
        ("src/store/book.rs", "pub async fn insert() { sqlx::query(SQL).await; }"),
    ],
};

#[test]
fn the_lower_floors_are_pure() {
    IMPURE.hold();
}

fn judging(source: &Source) -> Vec<String> {
    if source.path == "src/domain/signature.rs" {
        return Vec::new();
    }
    let judges = source.words().filter(|(_, word)| *word == "UnparsedPublicKey");
    let lines = judges.map(|(at, _)| source.line(at)).filter(|line| !source.is_test(*line));
    lines.map(|line| source.offence(line, "call domain::signature::holds")).collect()
}

const JUDGING: Rule<'_> = Rule {
    asks: "Signatures are judged in one place, which the public vectors are held against.",
    check: judging,
    caught: &[("src/domain/token.rs", "UnparsedPublicKey::new(&ED25519, key).verify(m, s)")],
    passed: &[
        ("src/domain/signature.rs", "UnparsedPublicKey::new(&ED25519, key).verify(m, s)"),
        ("src/domain/token.rs", "// UnparsedPublicKey\nholds(key, message, signature)"),
        ("src/domain/token/tests.rs", "UnparsedPublicKey::new(&ED25519, key)"),
    ],
};

#[test]
fn signatures_are_judged_in_one_place() {
    JUDGING.hold();
}
