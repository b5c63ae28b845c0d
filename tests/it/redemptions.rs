//! Goal: one voucher pays once, whatever is retried or raced; every refusal has its reason in the
//! order of the list and leaves no line; what is answered is proved.

use std::collections::BTreeSet;

use carnet::base::id::{Id, Redemption, Venue};
use carnet::domain::ledger::receipt::{Receipt, verify};
use carnet::store;
use serde_json::{Value, json};

use crate::harness::{World, on_both_engines};
use crate::scheme::{OFFERING, Plan, Scheme};

/// How many lines the funder's ledger has.
async fn size(world: &World, scheme: &Scheme) -> i64 {
    let mut tx = world.instance.database.read().await.unwrap();
    let head = store::ledger::head(&mut tx, &scheme.funder_id.to_string()).await.unwrap();
    head.unwrap().size
}

async fn a_voucher_pays_once_by_token_or_code(world: World) {
    let scheme = Scheme::new(&world).await;
    let id: Id<Redemption> = world.id();
    let path = format!("/api/v1/redemptions/{id}");
    let voucher = scheme.voucher(0, 2);
    let first = world.put(&path, &scheme.venue, scheme.body(&voucher.url)).await;
    assert_eq!(first.status, 201, "{}", first.json());
    let body = first.good();
    assert_eq!(body["voucher"], "0000001-03");
    assert_eq!(body["amount"], json!({ "cents": 1000, "currency": "EUR" }));
    let again = world.put(&path, &scheme.venue, scheme.body(&voucher.url)).await;
    assert_eq!((again.status.as_u16(), &again.bytes), (200, &first.bytes));
    // The same voucher shown the other way, under the same id: still the same redemption.
    let typed = world.put(&path, &scheme.venue, scheme.body(&voucher.code)).await;
    assert_eq!((typed.status.as_u16(), &typed.bytes), (200, &first.bytes));

    let before = size(&world, &scheme).await;
    for presented in [&voucher.url, &voucher.code] {
        let refused = scheme.redeem(&world, presented).await;
        assert_eq!(refused.code(), "voucher-already-redeemed");
        assert_eq!(refused.json()["same_venue"], true);
        assert_eq!(refused.json()["redeemed_at"], "2026-11-22T10:00:00.000Z");
        assert_eq!(refused.json()["venue_id"], json!(scheme.venue_id));
    }
    let other = world.put(&path, &scheme.venue, scheme.body(&scheme.voucher(0, 3).url)).await;
    assert_eq!(other.code(), "differs");
    assert_eq!(size(&world, &scheme).await, before);

    let lower = scheme.voucher(0, 4).code.to_lowercase().replace('-', " ");
    assert_eq!(scheme.redeem(&world, &lower).await.status, 201);
}

async fn a_receipt_proves_the_redemption(world: World) {
    let scheme = Scheme::new(&world).await;
    let body = scheme.redeem(&world, &scheme.voucher(0, 0).url).await.good();
    let receipt: Receipt = serde_json::from_value(body["receipt"].clone()).unwrap();
    let origin = format!("pass.exemple.fr/ledger/{}", scheme.funder_id);
    let key = world.instance.keys.log_key(origin.parse().unwrap()).verifier_key().clone();
    verify(&receipt, &[key]).unwrap();
    let line: Value = serde_json::from_str(&receipt.line).unwrap();
    assert_eq!(line["kind"], "voucher-redeemed");
    assert_eq!(line["transfers"][0]["credit"], format!("due:{}", scheme.structure_id));
    let secret = scheme.voucher(0, 0);
    for hidden in [&secret.code, &secret.url[27..]] {
        assert!(!receipt.line.contains(hidden), "a secret in a line");
    }
}

async fn every_refusal_leaves_no_line(world: World) {
    let rules = json!({ "perimeter": ["23"], "vouchers_per_book_venue_day": 2 });
    let scheme = Scheme::plan(&world, &Plan { rules, ..Plan::default() }).await;
    scheme.redeem(&world, &scheme.voucher(0, 0).url).await.good();
    let before = size(&world, &scheme).await;
    let good = scheme.voucher(1, 0).url.clone();
    let mut forged = good.clone();
    forged.replace_range(good.len() - 1.., if good.ends_with('0') { "8" } else { "0" });
    let mistyped = {
        let code = &scheme.voucher(1, 0).code;
        let last = if code.ends_with('7') { '8' } else { '7' };
        format!("{}{last}", &code[..code.len() - 1])
    };
    for (presented, code) in [
        ("", "token-malformed"),
        ("HTTPS://EXEMPLE.FR/V/123", "token-malformed"),
        (mistyped.as_str(), "code-mistyped"),
        ("7QK3-M9X2-TBVA", "voucher-unknown"),
        (forged.as_str(), "token-forged"),
        (scheme.voucher(0, 0).url.as_str(), "voucher-already-redeemed"),
    ] {
        assert_eq!(scheme.redeem(&world, presented).await.code(), code, "{presented}");
    }
    let away = json!({
        "presented": good, "venue_id": scheme.other_venue_id, "offering": OFFERING
    });
    let path = || format!("/api/v1/redemptions/{}", world.id::<Redemption>());
    assert_eq!(world.put(&path(), &scheme.other_venue, away).await.code(), "out-of-perimeter");
    let mut wrong = scheme.body(&good);
    wrong["offering"] = json!("parentalite-et-education-avec-le-numerique");
    assert_eq!(world.put(&path(), &scheme.venue, wrong).await.code(), "offering-not-covered");
    let foreign = world.put(&path(), &scheme.other_venue, scheme.body(&good)).await;
    assert_eq!(foreign.code(), "not-found");
    assert_eq!(world.put(&path(), "", scheme.body(&good)).await.code(), "not-signed-in");
    let funder = world.put(&path(), &scheme.funder, scheme.body(&good)).await;
    assert_eq!(funder.code(), "not-permitted");
    assert_eq!(size(&world, &scheme).await, before);

    scheme.redeem(&world, &scheme.voucher(0, 1).url).await.good();
    assert_eq!(scheme.redeem(&world, &scheme.voucher(0, 2).url).await.code(), "limit-exceeded");
    let suspended = json!({ "state": "suspended" });
    let venue = format!("/api/v1/venues/{}/state", scheme.venue_id);
    world.put(&venue, &world.operator, suspended).await.good();
    assert_eq!(scheme.redeem(&world, &good).await.code(), "venue-suspended");
    world.put(&venue, &world.operator, json!({ "state": "qualified" })).await.good();

    world.clock.set("2027-01-31T22:30:00.000Z".parse().unwrap());
    scheme.redeem(&world, &good).await.good();
    world.clock.set("2027-01-31T23:30:00.000Z".parse().unwrap());
    let late = scheme.redeem(&world, &scheme.voucher(1, 1).url).await;
    assert_eq!(late.code(), "voucher-lapsed");
    assert_eq!(late.json()["valid_until"], "2026-12-31");
}

async fn nothing_circulates_unfunded(world: World) {
    let plan = Plan { deposit_cents: 19_999, activate: false, ..Plan::default() };
    let scheme = Scheme::plan(&world, &plan).await;
    let url = &scheme.voucher(0, 0).url;
    assert_eq!(scheme.redeem(&world, url).await.code(), "order-not-active");
    let before = size(&world, &scheme).await;
    let path = format!("/api/v1/orders/{}/activation", scheme.order_id);
    let short = world.post(&path, &world.operator, None).await;
    assert_eq!(
        (short.code().as_str(), &short.json()["missing_cents"]),
        ("balance-short", &json!(1))
    );
    assert_eq!(size(&world, &scheme).await, before);
    let deposit = json!({
        "funder_id": scheme.funder_id, "reference": "MANDAT 2",
        "amount": { "cents": 1, "currency": "EUR" }
    });
    let id: Id<carnet::base::id::Deposit> = world.id();
    world.put(&format!("/api/v1/deposits/{id}"), &world.operator, deposit).await.good();
    world.post(&path, &world.operator, None).await.good();
    scheme.redeem(&world, url).await.good();
}

async fn a_reversal_opens_the_next_round(world: World) {
    let scheme = Scheme::new(&world).await;
    let voucher = scheme.voucher(0, 0);
    let id: Id<Redemption> = world.id();
    let path = format!("/api/v1/redemptions/{id}");
    let first = world.put(&path, &scheme.venue, scheme.body(&voucher.url)).await;
    let undo = format!("{path}/reversal");
    let foreign = world.ask("PUT", &undo, &scheme.other_venue, None).await;
    assert_eq!(foreign.code(), "not-found");
    let undone = world.ask("PUT", &undo, &scheme.venue, None).await;
    assert_eq!(undone.status, 201, "{}", undone.json());
    let again = world.ask("PUT", &undo, &scheme.venue, None).await;
    assert_eq!((again.status.as_u16(), &again.bytes), (200, &undone.bytes));
    assert_eq!(world.get(&path, &scheme.venue).await.good()["reversed"], true);
    // The redemption's own answer stays what it was.
    let retried = world.put(&path, &scheme.venue, scheme.body(&voucher.url)).await;
    assert_eq!((retried.status.as_u16(), &retried.bytes), (200, &first.bytes));
    let second = scheme.redeem(&world, &voucher.url).await.good();
    assert!(second["receipt"]["line"].as_str().unwrap().contains("\"round\":2"));
    assert_eq!(scheme.redeem(&world, &voucher.code).await.code(), "voucher-already-redeemed");
}

async fn a_batch_answers_one_by_one(world: World) {
    let scheme = Scheme::new(&world).await;
    let mut items = Vec::new();
    for position in 0..10 {
        let mut item = scheme.body(&scheme.voucher(0, position).url);
        item["id"] = json!(world.id::<Redemption>());
        items.push(item);
    }
    items[3]["presented"] = items[2]["presented"].clone();
    items[5]["presented"] = json!("nonsense");
    items[7]["id"] = items[6]["id"].clone();
    let url = scheme.voucher(0, 9).url.clone();
    let flipped = if url.ends_with('0') { "8" } else { "0" };
    items[9]["presented"] = json!(format!("{}{flipped}", &url[..url.len() - 1]));
    let path = "/api/v1/redemption-batches";
    let answer = world.post(path, &scheme.venue, Some(json!({ "redemptions": items }))).await;
    let results = answer.good()["results"].as_array().unwrap().clone();
    let statuses: Vec<u64> =
        results.iter().map(|result| result["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [201, 201, 201, 409, 201, 422, 201, 409, 201, 422]);
    assert_eq!(results[3]["problem"]["code"], "voucher-already-redeemed");
    assert_eq!(results[7]["problem"]["code"], "differs");
    assert_eq!(results[9]["problem"]["code"], "token-forged");
    let empty = world.post(path, &scheme.venue, Some(json!({ "redemptions": [] }))).await;
    assert_eq!(empty.code(), "invalid-request");
}

async fn a_check_changes_nothing(world: World) {
    let scheme = Scheme::new(&world).await;
    let before = size(&world, &scheme).await;
    let check =
        |presented: &str, venue: Id<Venue>| json!({ "presented": presented, "venue_id": venue });
    let path = "/api/v1/voucher-checks";
    let url = scheme.voucher(0, 0).url.clone();
    let body = check(&url, scheme.venue_id);
    let good = world.post(path, &scheme.venue, Some(body.clone())).await.good();
    assert_eq!(
        (&good["voucher"], &good["accepted_until"]),
        (&json!("0000001-01"), &json!("2027-01-31"))
    );
    assert_eq!(size(&world, &scheme).await, before);
    scheme.redeem(&world, &url).await.good();
    let used = world.post(path, &scheme.venue, Some(body)).await;
    assert_eq!(used.code(), "voucher-already-redeemed");
}

/// 64 clients race for the same vouchers, through two servers on one database.
async fn a_race_has_one_winner(world: World) {
    let scheme = Scheme::new(&world).await;
    let second = world.second_instance().await;
    let app = carnet::web::App { instance: second };
    let (router, _) = carnet::web::routes(app, std::time::Duration::from_mins(1));
    let routers = [world.router.clone(), router];
    let mut clients = tokio::task::JoinSet::new();
    for client in 0..64_usize {
        let router = routers[client % 2].clone();
        let secret = scheme.venue.clone();
        let requests: Vec<(String, Value)> = (0..10)
            .map(|position| {
                let id: Id<Redemption> = world.id();
                let url = &scheme.voucher(0, position).url;
                (format!("/api/v1/redemptions/{id}"), scheme.body(url))
            })
            .collect();
        clients.spawn(async move {
            let mut won = Vec::new();
            for (position, (path, body)) in requests.into_iter().enumerate() {
                loop {
                    let request = axum::http::Request::builder()
                        .method("PUT")
                        .uri(&path)
                        .header("authorization", format!("Bearer {secret}"))
                        .body(axum::body::Body::from(body.to_string()))
                        .unwrap();
                    let response =
                        tower::ServiceExt::oneshot(router.clone(), request).await.unwrap();
                    match response.status().as_u16() {
                        201 => won.push(position),
                        409 => {}
                        503 => continue,
                        other => panic!("status {other}"),
                    }
                    break;
                }
            }
            won
        });
    }
    let won: Vec<usize> = clients.join_all().await.into_iter().flatten().collect();
    let distinct: BTreeSet<usize> = won.iter().copied().collect();
    assert_eq!((won.len(), distinct.len()), (10, 10), "{won:?}");
    let mut tx = world.instance.database.read().await.unwrap();
    let head = store::ledger::head(&mut tx, &scheme.funder_id.to_string()).await.unwrap().unwrap();
    let lines = store::ledger::lines(&mut tx, head.ledger_no, 0, head.size, 1000).await.unwrap();
    let redeemed = lines.iter().filter(|(_, line)| line.contains("voucher-redeemed")).count();
    assert_eq!(redeemed, 10);
    let balances = store::ledger::balances(&mut tx, head.ledger_no).await.unwrap();
    balances.check_funded().unwrap();
}

on_both_engines!(
    a_voucher_pays_once_by_token_or_code,
    a_receipt_proves_the_redemption,
    every_refusal_leaves_no_line,
    nothing_circulates_unfunded,
    a_reversal_opens_the_next_round,
    a_batch_answers_one_by_one,
    a_check_changes_nothing,
    a_race_has_one_winner,
);
