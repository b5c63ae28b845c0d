//! Goal: whatever stands in the body of a request, the real router answers: with a success that the
//! schemas allow, or with a problem document below 500; and the books still balance.

use std::panic::AssertUnwindSafe;

use axum::body::Body;
use axum::http::Request;
use carnet::domain::access::Role;
use futures_util::FutureExt as _;

use super::{Run, Samples, Verdict};
use crate::harness::{Engine, World, run};
use crate::rights::table::{Row, TABLE, ask};
use crate::rights::tenant::Tenant;

const WORDS: &[&str] = &[
    "null",
    "true",
    "[]",
    "{}",
    "\"\"",
    "-",
    "{\"\":",
    "[[[[[[",
    "\\u0000",
    "\\ud800",
    "\u{202e}",
    "\u{feff}",
    "\"cents\":",
    "\"id\":",
    "\"role\":\"operator\",",
    "EUR",
    "venue_",
    "2026-02-30",
    "9999-12-31",
    "../",
    "'; --",
    "é",
];

/// One request; what it says of itself.
async fn asked(world: &World, key: &str, (method, path): (&str, &str), body: &[u8]) -> Verdict {
    let request = Request::builder().method(method).uri(path);
    let request = request.header("authorization", format!("Bearer {key}"));
    let request = request.header("content-type", "application/json");
    let answer = world.send(request.body(Body::from(body.to_vec())).unwrap()).await;
    assert!(answer.status.as_u16() < 500, "{}", String::from_utf8_lossy(&answer.bytes));
    Verdict::of(answer.status.is_success())
}

/// A route of the table that takes a body, and who may ask it.
fn role_of(route: &Row) -> Role {
    if route.2.contains('O') { Role::Operator } else { Role::Structure }
}

async fn no_body_is_a_fault(world: World) {
    let tenant = Tenant::lived(&world).await;
    let bodies = |route: &Row| ask(route, &tenant, role_of(route), &world).2;
    let routes: Vec<&Row> = TABLE.iter().filter(|route| bodies(route).is_some()).collect();
    assert!(routes.len() > 15, "{}", routes.len());
    let corpus = routes.iter().filter_map(|route| bodies(route));
    let corpus = corpus.map(|body| body.to_string().into_bytes()).collect();
    let samples = Samples { name: "bodies", corpus, words: WORDS, cost: 5 };
    let mut run = Run::begin(&samples);
    while let Some(input) = run.next() {
        // The route that the sample began as is not known any more: ask two, the same each time.
        let at = usize::try_from(run.round).unwrap() % routes.len();
        let own = routes.iter().position(|route| {
            let body = bodies(route).unwrap_or_default();
            let members = body.as_object().into_iter().flat_map(|body| body.keys());
            let text = String::from_utf8_lossy(&input).into_owned();
            members.map(|name| format!("\"{name}\":")).all(|name| text.contains(&name))
        });
        for at in [Some(at), own].into_iter().flatten() {
            let role = role_of(routes[at]);
            let (method, path, _) = ask(routes[at], &tenant, role, &world);
            let asking = asked(&world, tenant.key(role), (method, &path), &input);
            match AssertUnwindSafe(asking).catch_unwind().await {
                Ok(verdict) => run.answered(verdict),
                Err(what) => {
                    eprintln!("{method} {path}: {}", run.stopped(&input));
                    std::panic::resume_unwind(what);
                }
            }
        }
    }
    run.end();
    crate::audit::holds(&world).await;
}

#[test]
fn no_json_body_is_a_fault() {
    run(Engine::Sqlite, no_body_is_a_fault);
}
