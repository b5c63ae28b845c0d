//! Goal: a new book takes over exactly what a lost one had left; the old vouchers answer so, the
//! new ones pay, and no money moves.

use carnet::base::id::{Id, Redemption, Replacement};
use carnet::domain::serial::{BookNumber, Serial};
use carnet::service::signer::keys::SigningKeys;
use carnet::store;
use carnet::store::code::TagRow;
use serde_json::{Value, json};

use super::{float, into_stock, moves, read, run, size};
use crate::harness::{Answer, World, on_both_engines};
use crate::scheme::{Plan, Scheme, printed};

async fn replaces(world: &World, secret: &str, book: u32) -> Answer {
    let id: Id<Replacement> = world.id();
    let body = json!({ "book": format!("{book:07}") });
    world.put(&format!("/api/v1/replacements/{id}"), secret, body).await
}

/// Vouchers that are active, counted book by book through the API.
async fn living(world: &World, books: std::ops::RangeInclusive<u32>) -> i64 {
    let mut sum = 0;
    for book in books {
        let counts: Value = read(world, &world.operator, book).await["counts"].clone();
        sum += counts["active"].as_i64().unwrap_or(0);
    }
    sum
}

async fn a_new_book_takes_over(world: World) {
    let scheme = Scheme::new(&world).await;
    let operator = &world.operator;
    let spent: Id<Redemption> = world.id();
    let spent = format!("/api/v1/redemptions/{spent}");
    world.put(&spent, &scheme.venue, scheme.body(&scheme.voucher(0, 0).url)).await.good();
    scheme.redeem(&world, &scheme.voucher(0, 9).code).await.good();
    moves(&world, operator, into_stock(1, 1, scheme.site_id)).await.good();
    moves(&world, operator, run(1, 1, "lost")).await.good();
    let before = (float(&world, &scheme).await, size(&world, &scheme).await);
    let id: Id<Replacement> = world.id();
    let path = format!("/api/v1/replacements/{id}");
    let first = world.put(&path, operator, json!({ "book": "0000001" })).await;
    assert_eq!(first.status, 201, "{}", first.json());
    let body = first.good();
    assert_eq!((&body["book"], &body["by"]), (&json!("0000001"), &json!("0000003")));
    assert_eq!(body["positions"], json!([2, 3, 4, 5, 6, 7, 8, 9]));
    let again = world.put(&path, operator, json!({ "book": "0000001" })).await;
    assert_eq!((again.status.as_u16(), &again.bytes), (200, &first.bytes));
    let other = world.put(&path, operator, json!({ "book": "0000002" })).await;
    assert_eq!(other.code(), "differs");
    assert_eq!(
        (float(&world, &scheme).await, size(&world, &scheme).await),
        (before.0, before.1 + 1)
    );
    assert_eq!(living(&world, 1..=3).await, before.0.1);

    let old = read(&world, operator, 1).await;
    assert_eq!(old["counts"], json!({ "redeemed": 2, "replaced": 8 }));
    assert_eq!(old["replaced_by"], "0000003");
    let new = read(&world, operator, 3).await;
    assert_eq!((&new["custody"], &new["counts"]), (&json!("at_printer"), &json!({ "active": 8 })));
    let books = printed(&world, scheme.order_id, 3).await;
    assert_eq!((books[2].serial.as_str(), books[2].vouchers.len()), ("0000003", 8));
    for shown in [&scheme.voucher(0, 1).url, &scheme.voucher(0, 1).code] {
        assert_eq!(scheme.redeem(&world, shown).await.code(), "voucher-replaced");
    }
    let used = scheme.redeem(&world, &scheme.voucher(0, 0).url).await;
    assert_eq!(used.code(), "voucher-already-redeemed");
    scheme.redeem(&world, &books[2].vouchers[0].url).await.good();
    scheme.redeem(&world, &books[2].vouchers[7].code).await.good();
    assert_eq!(float(&world, &scheme).await, (16_000, 16));

    // What was spent before is not replaced: undone, it pays again, on the old paper.
    world.ask("PUT", &format!("{spent}/reversal"), &scheme.venue, None).await.good();
    assert_eq!(living(&world, 1..=3).await, 17);
    scheme.redeem(&world, &scheme.voucher(0, 0).code).await.good();
    assert_eq!(scheme.redeem(&world, &scheme.voucher(0, 1).url).await.code(), "voucher-replaced");
    assert_eq!(float(&world, &scheme).await, (16_000, 16));
}

async fn only_a_lost_book_is_replaced_and_once(world: World) {
    let rules = json!({ "vouchers_per_book": 2 });
    let scheme = Scheme::plan(&world, &Plan { books: 3, rules, ..Plan::default() }).await;
    let operator = &world.operator;
    for secret in [&scheme.distributor, &scheme.funder, &scheme.venue] {
        assert_eq!(replaces(&world, secret, 1).await.code(), "not-permitted");
    }
    let stuck = async |book: u32, state: &str| {
        let before = size(&world, &scheme).await;
        let answer = replaces(&world, operator, book).await;
        assert_eq!(
            (answer.code().as_str(), &answer.json()["state"]),
            ("wrong-state", &json!(state))
        );
        assert_eq!(size(&world, &scheme).await, before);
    };
    stuck(1, "at_printer").await;
    assert_eq!(replaces(&world, operator, 99).await.code(), "not-found");
    moves(&world, operator, run(1, 3, "lost")).await.good();
    for position in [0, 1] {
        scheme.redeem(&world, &scheme.voucher(0, position).url).await.good();
    }
    stuck(1, "spent").await;
    replaces(&world, operator, 2).await.good();
    stuck(2, "replaced").await;
    // The new book is a book like any other: lost in its turn, it is replaced in its turn.
    moves(&world, operator, run(4, 4, "lost")).await.good();
    let third = replaces(&world, operator, 4).await.good();
    assert_eq!((&third["by"], &third["positions"]), (&json!("0000005"), &json!([1, 2])));
    let books = printed(&world, scheme.order_id, 5).await;
    assert_eq!(scheme.redeem(&world, &books[3].vouchers[0].url).await.code(), "voucher-replaced");
    scheme.redeem(&world, &books[4].vouchers[0].url).await.good();
    assert_eq!(float(&world, &scheme).await, (3_000, 3));
    assert_eq!(living(&world, 1..=5).await, 3);
    // The next order goes on after it.
    let next = Scheme::plan(&world, &Plan { books: 1, ..Plan::default() }).await;
    assert_eq!(next.books[0].serial, "0000006");
    world.clock.set("2027-02-01T10:00:00.000Z".parse().unwrap());
    stuck(3, "lapsed").await;
}

async fn a_book_is_replaced_before_its_order_is_active(world: World) {
    let plan = Plan { activate: false, ..Plan::default() };
    let scheme = Scheme::plan(&world, &plan).await;
    let operator = &world.operator;
    moves(&world, operator, run(1, 1, "lost")).await.good();
    replaces(&world, operator, 1).await.good();
    let books = printed(&world, scheme.order_id, 3).await;
    let early = scheme.redeem(&world, &books[2].vouchers[0].url).await;
    assert_eq!(early.code(), "order-not-active");
    assert_eq!(read(&world, operator, 3).await["counts"], json!({ "unfunded": 10 }));
    let path = format!("/api/v1/orders/{}/activation", scheme.order_id);
    world.post(&path, operator, None).await.good();
    assert_eq!(float(&world, &scheme).await, (20_000, 20));
    assert_eq!(living(&world, 1..=3).await, 20);
    scheme.redeem(&world, &books[2].vouchers[0].url).await.good();
}

/// Two servers replace books of one database at the same time: the series has no number twice.
async fn a_race_gives_each_its_own_number(world: World) {
    let rules = json!({ "vouchers_per_book": 1 });
    let scheme = Scheme::plan(&world, &Plan { books: 12, rules, ..Plan::default() }).await;
    moves(&world, &world.operator, run(1, 12, "lost")).await.good();
    let app = carnet::web::App { instance: world.second_instance().await };
    let (other, _) = carnet::web::routes(app, std::time::Duration::from_mins(1));
    let routers = [world.router.clone(), other];
    let mut clients = tokio::task::JoinSet::new();
    for book in 1..=12_usize {
        let (router, secret) = (routers[book % 2].clone(), world.operator.clone());
        let id: Id<Replacement> = world.id();
        clients.spawn(async move {
            loop {
                let request = axum::http::Request::builder()
                    .method("PUT")
                    .uri(format!("/api/v1/replacements/{id}"))
                    .header("authorization", format!("Bearer {secret}"))
                    .body(axum::body::Body::from(
                        json!({ "book": format!("{book:07}") }).to_string(),
                    ))
                    .unwrap();
                let response = tower::ServiceExt::oneshot(router.clone(), request).await.unwrap();
                match response.status().as_u16() {
                    200 | 201 => break,
                    503 => {}
                    other => panic!("status {other}"),
                }
            }
        });
    }
    clients.join_all().await;
    let mut numbers = std::collections::BTreeSet::new();
    for book in 1..=12 {
        let old = read(&world, &world.operator, book).await;
        numbers.insert(old["replaced_by"].as_str().unwrap().to_owned());
    }
    let expected = (13..=24).map(|book| format!("{book:07}")).collect();
    assert_eq!(numbers, expected);
    assert_eq!(living(&world, 1..=24).await, 12);
    assert_eq!(float(&world, &scheme).await, (12_000, 12));
}

/// A tag that is taken: the new book's codes are derived again, and none is shared.
async fn a_taken_tag_raises_the_counter(world: World) {
    let scheme = Scheme::new(&world).await;
    moves(&world, &world.operator, run(1, 1, "lost")).await.good();
    let keys = &world.instance.keys;
    let serial = Serial::new(BookNumber::new(3), 4).unwrap();
    let signing = SigningKeys::load(&world.dir.join("keys")).unwrap();
    let code = signing.code_key(scheme.funder_id.into()).unwrap().code(serial, 0);
    let mut tx = world.instance.database.write().await.unwrap();
    let head = store::ledger::head(&mut tx, &scheme.funder_id.to_string()).await.unwrap().unwrap();
    let tags = [keys.tag_key().tag(code)];
    let taken: Vec<TagRow> = TagRow::of_book(head.ledger_no, 4_000_000, &tags).collect();
    store::code::add_codes(&mut tx, &taken).await.unwrap();
    tx.commit().await.unwrap();
    let body = replaces(&world, &world.operator, 1).await.good();
    assert!(body["receipt"]["line"].as_str().unwrap().contains("\"counter\":1"));
    let books = printed(&world, scheme.order_id, 3).await;
    for (position, voucher) in books[2].vouchers.iter().enumerate() {
        let shown = if position % 2 == 0 { &voucher.code } else { &voucher.url };
        scheme.redeem(&world, shown).await.good();
    }
}

on_both_engines!(
    a_race_gives_each_its_own_number,
    a_taken_tag_raises_the_counter,
    a_new_book_takes_over,
    only_a_lost_book_is_replaced_and_once,
    a_book_is_replaced_before_its_order_is_active,
);
