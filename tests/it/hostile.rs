//! Goal: whatever is sent into whatever field, the answer is a refusal with a reason or an
//! acceptance that harms nobody: no fault, no page that breaks, no table that computes; and every
//! answer carries the headers that keep a browser calm.

use axum::body::Body;
use axum::http::Request;
use carnet::domain::access::Role;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::harness::{Answer, World, on_both_engines};
use crate::rights::table::{FREE, TABLE, ask};
use crate::rights::tenant::Tenant;

/// Texts that have broken programs: quotes of SQL and shells, markup, formulas, direction marks,
/// NUL, half a surrogate's escape, letters that grow when they change case, emptiness, length.
fn naughty() -> Vec<String> {
    let mut texts: Vec<String> = [
        "'; DROP TABLE entry; --",
        "\" OR 1=1 --",
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "=HYPERLINK(\"http://x\",\"y\")",
        "@SUM(1+1)*cmd|' /C calc'!A0",
        "\u{202e}gnp.exe",
        "a\u{0}b",
        "a\r\nset-cookie: x=y",
        "ﷺ",
        "İ".repeat(140).as_str(),
        "{{7*7}}${7*7}<%= 7*7 %>",
        "../../../../etc/passwd",
        "%s%n%x",
        "NaN",
        "-1",
        "9223372036854775808",
        "1e400",
        "\u{feff}",
        "\u{1f469}\u{200d}\u{1f52c}",
        "",
        " ",
        "funder_01h455vb4pex5vsknk084sn02q",
        "funder_zzzzzzzzzzzzzzzzzzzzzzzzzz",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.push("x".repeat(100_000));
    texts
}

/// What stands where a value stood.
fn others() -> Vec<Value> {
    let mut values: Vec<Value> = naughty().into_iter().map(Value::from).collect();
    values.extend([
        Value::Null,
        json!(-1),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(0.1),
        json!(true),
        json!([]),
        json!({ "": "" }),
        json!([[[[]]]]),
    ]);
    values
}

/// The places of all values of a document.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                places(value, &format!("{at}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (number, value) in items.iter().enumerate() {
                places(value, &format!("{at}/{number}"), found);
            }
        }
        _ => found.push(at.to_owned()),
    }
}

#[track_caller]
fn calm(what: &str, answer: &Answer) {
    let said = String::from_utf8_lossy(&answer.bytes);
    let said: String = said.chars().take(300).collect();
    assert!(answer.status.as_u16() < 500, "{what}: {} {said}", answer.status);
    for name in ["x-content-type-options", "content-security-policy", "referrer-policy"] {
        assert!(answer.headers.contains_key(name), "{what}: no {name}");
    }
}

async fn no_value_is_a_fault(world: World) {
    let tenant = Tenant::lived(&world).await;
    let mut asked = 0;
    for route in TABLE {
        let role = if route.2.contains('O') { Role::Operator } else { Role::Structure };
        let (method, path, body) = ask(route, &tenant, role, &world);
        let Some(body) = body else { continue };
        let mut found = Vec::new();
        places(&body, "", &mut found);
        for place in found {
            for other in others() {
                let mut changed = body.clone();
                *changed.pointer_mut(&place).unwrap() = other.clone();
                let what = format!("{method} {path} {place} = {:.80}", other.to_string());
                let key = tenant.key(role);
                calm(&what, &world.ask(method, &path, key, Some(changed)).await);
                asked += 1;
            }
        }
        let mut more = body.clone();
        more["role"] = json!("operator");
        let answer = world.ask(method, &path, tenant.key(role), Some(more)).await;
        let known = body.get("role").is_some();
        assert!(known || answer.status == 400, "{method} {path} takes a member it does not know");
    }
    assert!(asked > 1_500, "{asked}");
    crate::audit::holds(&world).await;
}

async fn no_body_is_a_fault(world: World) {
    let tenant = Tenant::lived(&world).await;
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let long = format!("{{\"name\":\"{}\"}}", "x".repeat(10 << 20));
    let bodies: [&[u8]; 8] = [
        b"",
        b"{",
        b"null",
        b"\xff\xfe",
        b"{\"a\":\"\\ud800\"}",
        b"{\"name\":\"a\",\"name\":\"b\"}",
        deep.as_bytes(),
        long.as_bytes(),
    ];
    for route in TABLE {
        let role = if route.2.contains('O') { Role::Operator } else { Role::Structure };
        let (method, path, body) = ask(route, &tenant, role, &world);
        if body.is_none() {
            continue;
        }
        for bytes in bodies {
            let request = Request::builder().method(method).uri(&path);
            let key = format!("Bearer {}", tenant.key(role));
            let request = request.header("authorization", key);
            let request = request.header("content-type", "application/json");
            let answer = world.send(request.body(Body::from(bytes.to_vec())).unwrap()).await;
            calm(&format!("{method} {path} with {} bytes", bytes.len()), &answer);
            assert!(!answer.status.is_success(), "{method} {path} took {} bytes", bytes.len());
        }
    }
}

/// A secret in a wrong place: as the name of a member, as a word, as a value, in an address.
async fn no_refusal_says_back_what_was_sent(world: World) {
    let tenant = Tenant::lived(&world).await;
    let secret = "Zq7-not-to-be-said-back-9xK";
    let quiet = |what: &str, answer: &Answer| {
        let said = String::from_utf8_lossy(&answer.bytes).into_owned();
        assert!(!answer.status.is_success() && !said.contains(secret), "{what}: {said}");
    };
    let mut asked = 0;
    for route in TABLE {
        let role = if route.2.contains('O') { Role::Operator } else { Role::Structure };
        let (method, path, body) = ask(route, &tenant, role, &world);
        let Some(body) = body else { continue };
        let mut more = body.clone();
        more[secret] = json!(1);
        quiet(&path, &world.ask(method, &path, tenant.key(role), Some(more)).await);
        let mut found = Vec::new();
        places(&body, "", &mut found);
        for place in found {
            for wrong in [json!(secret), json!([secret]), json!({ secret: secret })] {
                let mut changed = body.clone();
                *changed.pointer_mut(&place).unwrap() = wrong;
                let answer = world.ask(method, &path, tenant.key(role), Some(changed)).await;
                if !answer.status.is_success() {
                    quiet(&format!("{method} {path} {place}"), &answer);
                    asked += 1;
                }
            }
        }
    }
    assert!(asked > 100, "{asked}");
    for path in ["venues", "redemptions", "vouchers", "books"] {
        let path = format!("/api/v1/{path}/{secret}");
        let request =
            Request::get(&path).header("authorization", format!("Bearer {}", world.operator));
        // Past the check against the document, which knows no such address.
        let answer =
            world.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let bytes = http_body_util::BodyExt::collect(answer.into_body()).await.unwrap().to_bytes();
        assert!(!String::from_utf8_lossy(&bytes).contains(secret), "{path}");
    }
}

async fn no_address_is_a_fault(world: World) {
    let tenant = Tenant::lived(&world).await;
    for route in TABLE.iter().filter(|route| route.1.contains('{')) {
        let (method, path, body) = ask(route, &tenant, Role::Operator, &world);
        let template = route.1;
        let from = template.find('{').unwrap();
        let to = path[from..].find('/').map_or(path.len(), |end| from + end);
        for text in naughty().into_iter().filter(|text| text.len() < 4_000) {
            let name = percent(&text);
            let changed = format!("{}{name}{}", &path[..from], &path[to..]);
            let key = tenant.key(Role::Operator);
            // Past the check against the document, which knows no such address.
            let request = Request::builder().method(method).uri(&changed);
            let request = request.header("authorization", format!("Bearer {key}"));
            let body = body.as_ref().map_or_else(Body::empty, |body| Body::from(body.to_string()));
            let answer = world.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
            assert!(answer.status().as_u16() < 500, "{method} {changed:.120}: {}", answer.status());
        }
    }
}

/// A text as a part of an address (RFC 3986, 2.1).
fn percent(text: &str) -> String {
    let hex = data_encoding::HEXUPPER.encode(text.as_bytes());
    hex.as_bytes()
        .chunks(2)
        .flat_map(|pair| ['%', char::from(pair[0]), char::from(pair[1])])
        .collect()
}

async fn what_was_signed_in_for_is_stored_nowhere(world: World) {
    let tenant = Tenant::lived(&world).await;
    for route in TABLE {
        let (method, path, body) = ask(route, &tenant, Role::Operator, &world);
        let answer = world.ask(method, &path, tenant.key(Role::Operator), body).await;
        let caching = answer.headers.get("cache-control").map(|it| it.to_str().unwrap().to_owned());
        let open = FREE.contains(&(route.0, route.1));
        assert!(open || caching.as_deref() == Some("no-store"), "{method} {path}: {caching:?}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"));
    }
    let page = world.get("/problems/voucher-already-redeemed", "").await;
    let policy = page.header("content-security-policy").to_owned();
    assert!(policy.contains("style-src 'self'") && !policy.contains("unsafe"), "{policy}");
}

/// Another `Host` changes no address that is answered.
async fn our_host_is_ours(world: World) {
    let tenant = Tenant::lived(&world).await;
    let pairing = format!("/api/v1/venues/{}/pairings", tenant.get("venue"));
    for (method, path) in [("POST", pairing.as_str()), ("GET", "/openapi.json")] {
        let request = Request::builder().method(method).uri(path);
        let key = format!("Bearer {}", tenant.key(Role::Operator));
        let request =
            request.header("host", "evil.example").header("x-forwarded-host", "evil.example");
        let request = request.header("authorization", key).body(Body::empty()).unwrap();
        let answer = world.send(request).await;
        assert!(answer.status.is_success());
        assert!(!String::from_utf8_lossy(&answer.bytes).contains("evil.example"), "{path}");
    }
}

on_both_engines!(
    no_value_is_a_fault,
    no_body_is_a_fault,
    no_address_is_a_fault,
    no_refusal_says_back_what_was_sent,
    what_was_signed_in_for_is_stored_nowhere,
    our_host_is_ours,
);
