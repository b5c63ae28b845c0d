//! Goal: the paper moves along the arrows of custody and no other way, a run as a whole; a
//! distributor keeps to its sites; a hand-over makes a book worth something where the campaign
//! says so; nobody reads here where or when a voucher was used.

mod block;
mod replacement;

use carnet::base::id::{Block, HandOver, Id, Movement};
use carnet::domain::book::Custody;
use carnet::domain::ledger::account::Account;
use carnet::store;
use serde_json::{Value, json};

use crate::harness::{Answer, World, on_both_engines};
use crate::scheme::{Plan, Scheme};

/// How many lines the funder's ledger has.
async fn size(world: &World, scheme: &Scheme) -> i64 {
    let mut tx = world.instance.database.read().await.unwrap();
    let head = store::ledger::head(&mut tx, &scheme.funder_id.to_string()).await.unwrap();
    head.unwrap().size
}

/// The cents and the living vouchers of the campaign's float, in a ledger that adds up.
async fn float(world: &World, scheme: &Scheme) -> (i64, i64) {
    let mut tx = world.instance.database.read().await.unwrap();
    let head = store::ledger::head(&mut tx, &scheme.funder_id.to_string()).await.unwrap();
    let balances = store::ledger::balances(&mut tx, head.unwrap().ledger_no).await.unwrap();
    balances.check_funded().unwrap();
    let tally = balances.tally(Account::Float(scheme.campaign_id));
    (tally.credits - tally.debits, tally.vouchers)
}

pub(crate) fn run(first: u32, last: u32, to: &str) -> Value {
    json!({ "first": format!("{first:07}"), "last": format!("{last:07}"), "to": to })
}

pub(crate) fn into_stock(first: u32, last: u32, site: impl serde::Serialize) -> Value {
    let mut body = run(first, last, "in_stock");
    body["site_id"] = json!(site);
    body
}

pub(crate) async fn moves(world: &World, secret: &str, body: Value) -> Answer {
    let id: Id<Movement> = world.id();
    world.put(&format!("/api/v1/movements/{id}"), secret, body).await
}

async fn hands_over(
    world: &World,
    secret: &str,
    book: &str,
    site: impl serde::Serialize,
) -> Answer {
    let id: Id<HandOver> = world.id();
    let body = json!({ "book": book, "site_id": site });
    world.put(&format!("/api/v1/hand-overs/{id}"), secret, body).await
}

async fn read(world: &World, secret: &str, book: u32) -> Value {
    world.get(&format!("/api/v1/books/{book:07}"), secret).await.good()
}

/// Brings a book that is at the printer into a custody.
async fn bring(world: &World, scheme: &Scheme, book: u32, to: Custody) {
    let operator = &world.operator;
    if matches!(to, Custody::InStock | Custody::HandedOver | Custody::Returned) {
        moves(world, operator, into_stock(book, book, scheme.site_id)).await.good();
    }
    match to {
        Custody::AtPrinter | Custody::InStock => {}
        Custody::HandedOver => {
            let book = format!("{book:07}");
            hands_over(world, operator, &book, scheme.site_id).await.good();
        }
        Custody::Returned | Custody::Lost | Custody::Destroyed => {
            moves(world, operator, run(book, book, to.as_str())).await.good();
        }
    }
}

/// The arrows as the house drew them, told a second time so that one copy guards the other.
const ARROWS: [&str; 15] = [
    "at_printer in_stock",
    "at_printer lost",
    "at_printer destroyed",
    "in_stock in_stock",
    "in_stock handed_over",
    "in_stock returned",
    "in_stock lost",
    "in_stock destroyed",
    "handed_over returned",
    "handed_over lost",
    "returned in_stock",
    "returned lost",
    "returned destroyed",
    "lost returned",
    "lost destroyed",
];

async fn every_arrow_holds_and_no_other(world: World) {
    let scheme = Scheme::plan(&world, &Plan { books: 36, ..Plan::default() }).await;
    let operator = world.operator.clone();
    let mut book = 0;
    for from in Custody::ALL {
        for to in Custody::ALL {
            book += 1;
            bring(&world, &scheme, book, from).await;
            let before = size(&world, &scheme).await;
            let answer = match to {
                Custody::HandedOver => {
                    let number = book.to_string();
                    hands_over(&world, &operator, &number, scheme.site_id).await
                }
                Custody::InStock => {
                    moves(&world, &operator, into_stock(book, book, scheme.site_id)).await
                }
                _ => moves(&world, &operator, run(book, book, to.as_str())).await,
            };
            let arrow = format!("{} {}", from.as_str(), to.as_str());
            let lawful = ARROWS.contains(&arrow.as_str());
            if lawful {
                assert_eq!(answer.status, 201, "{from:?} to {to:?}: {}", answer.json());
            } else if to == Custody::AtPrinter {
                assert_eq!(answer.code(), "invalid-request");
            } else {
                assert_eq!(answer.code(), "wrong-state", "{from:?} to {to:?}");
                assert_eq!(answer.json()["state"], from.as_str());
            }
            assert_eq!(size(&world, &scheme).await, before + i64::from(lawful));
            let now = if lawful { to } else { from };
            assert_eq!(read(&world, &operator, book).await["custody"], now.as_str());
        }
    }
    assert_eq!(float(&world, &scheme).await, (360_000, 360));
}

async fn a_run_goes_whole_or_not_at_all(world: World) {
    let scheme = Scheme::plan(&world, &Plan { books: 4, ..Plan::default() }).await;
    Scheme::plan(&world, &Plan { books: 1, ..Plan::default() }).await;
    let operator = world.operator.clone();
    moves(&world, &operator, run(3, 3, "destroyed")).await.good();
    let before = size(&world, &scheme).await;
    let stuck = moves(&world, &operator, into_stock(1, 4, scheme.site_id)).await;
    assert_eq!(
        (stuck.code().as_str(), &stuck.json()["state"]),
        ("wrong-state", &json!("destroyed"))
    );
    let missing = moves(&world, &operator, run(4, 9, "lost")).await;
    assert_eq!(missing.code(), "not-found");
    assert_eq!(moves(&world, &operator, run(9, 9, "lost")).await.code(), "not-found");
    let mut sited = run(1, 2, "lost");
    sited["site_id"] = json!(scheme.site_id);
    for (body, pointer) in [
        (run(4, 5, "lost"), "/last"),
        (run(2, 1, "lost"), "/last"),
        (run(1, 1001, "lost"), "/last"),
        (run(1, 2, "in_stock"), "/site_id"),
        (sited, "/site_id"),
        (run(1, 2, "handed_over"), "/to"),
        (run(1, 2, "at_printer"), "/to"),
    ] {
        let answer = moves(&world, &operator, body.clone()).await;
        assert_eq!(answer.code(), "invalid-request", "{body}");
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{body}");
    }
    assert_eq!(size(&world, &scheme).await, before);
    assert_eq!(read(&world, &operator, 1).await["custody"], "at_printer");

    let id: Id<Movement> = world.id();
    let path = format!("/api/v1/movements/{id}");
    let first = world.put(&path, &operator, into_stock(1, 2, scheme.site_id)).await;
    assert_eq!(first.status, 201, "{}", first.json());
    moves(&world, &operator, run(1, 2, "returned")).await.good();
    let again = world.put(&path, &operator, into_stock(1, 2, scheme.site_id)).await;
    assert_eq!((again.status.as_u16(), &again.bytes), (200, &first.bytes));
    for other in [into_stock(1, 1, scheme.site_id), run(8, 9, "lost")] {
        assert_eq!(world.put(&path, &operator, other).await.code(), "differs");
    }
    assert_eq!(read(&world, &operator, 2).await["custody"], "returned");
}

async fn a_distributor_keeps_to_its_sites(world: World) {
    let scheme = Scheme::plan(&world, &Plan { books: 4, ..Plan::default() }).await;
    let other = Scheme::plan(&world, &Plan { books: 1, ..Plan::default() }).await;
    let (mine, theirs) = (&scheme.distributor, &other.distributor);
    moves(&world, mine, into_stock(1, 3, scheme.site_id)).await.good();
    let before = size(&world, &scheme).await;
    let unknown: Id<carnet::base::id::Site> = world.id();
    let nowhere = moves(&world, mine, into_stock(4, 4, unknown)).await;
    for (secret, body) in [
        (mine, into_stock(1, 1, other.site_id)),
        (theirs, into_stock(1, 1, other.site_id)),
        (theirs, run(1, 1, "lost")),
        (mine, run(4, 4, "lost")),
        (mine, run(2, 4, "returned")),
        (mine, run(1, 5, "lost")),
    ] {
        let answer = moves(&world, secret, body.clone()).await;
        assert_eq!((answer.status.as_u16(), &answer.bytes), (404, &nowhere.bytes), "{body}");
    }
    for secret in [&scheme.funder, &scheme.venue, &scheme.structure] {
        let answer = moves(&world, secret, run(1, 1, "lost")).await;
        assert_eq!(answer.code(), "not-permitted");
        let answer = hands_over(&world, secret, "1", scheme.site_id).await;
        assert_eq!(answer.code(), "not-permitted");
    }
    for (secret, site) in [(mine, other.site_id), (theirs, scheme.site_id), (theirs, other.site_id)]
    {
        assert_eq!(hands_over(&world, secret, "0000001", site).await.code(), "not-found");
    }
    let away = hands_over(&world, &world.operator, "0000001", other.site_id).await;
    assert_eq!((away.code().as_str(), &away.json()["state"]), ("wrong-state", &json!("in_stock")));
    assert_eq!(size(&world, &scheme).await, before);
    // A retry finds its answer though the book is out of reach by now; another's retry does not.
    let id: Id<Movement> = world.id();
    let path = format!("/api/v1/movements/{id}");
    let first = world.put(&path, mine, run(1, 1, "returned")).await;
    moves(&world, theirs, into_stock(1, 1, other.site_id)).await.good();
    let again = world.put(&path, mine, run(1, 1, "returned")).await;
    assert_eq!((again.status.as_u16(), &again.bytes), (200, &first.bytes));
    assert_eq!(world.put(&path, theirs, run(1, 1, "returned")).await.code(), "differs");
    assert_eq!(moves(&world, mine, run(1, 1, "lost")).await.code(), "not-found");
    // What it lost it may find again.
    moves(&world, mine, run(2, 2, "lost")).await.good();
    moves(&world, mine, run(2, 2, "returned")).await.good();
}

/// Whom a venue is told to call about the first voucher, which was not handed over.
async fn holder(world: &World, scheme: &Scheme) -> Value {
    let body = json!({ "presented": scheme.voucher(0, 0).url, "venue_id": scheme.venue_id });
    let no = world.post("/api/v1/voucher-checks", &scheme.venue, Some(body)).await;
    assert_eq!(no.code(), "voucher-inactive");
    no.json()["holder"].clone()
}

async fn a_hand_over_activates(world: World) {
    let rules = json!({ "activation": "on_hand_over" });
    let scheme = Scheme::plan(&world, &Plan { rules, ..Plan::default() }).await;
    let voucher = scheme.voucher(0, 0);
    assert_eq!(holder(&world, &scheme).await, Value::Null, "nobody to call at the printer");
    moves(&world, &scheme.distributor, into_stock(1, 2, scheme.site_id)).await.good();
    assert_eq!(scheme.redeem(&world, &voucher.url).await.code(), "voucher-inactive");
    assert_eq!(holder(&world, &scheme).await, "CCAS de Guéret, Accueil");
    assert_eq!(read(&world, &world.operator, 1).await["counts"], json!({ "inactive": 10 }));
    let before = size(&world, &scheme).await;
    let id: Id<HandOver> = world.id();
    let path = format!("/api/v1/hand-overs/{id}");
    let body = |book: &str| json!({ "book": book, "site_id": scheme.site_id });
    let cover = scheme.books[0].cover_url.clone();
    let first = world.put(&path, &scheme.distributor, body(&cover)).await;
    assert_eq!(first.status, 201, "{}", first.json());
    // The same book, typed this time: the same hand-over.
    let again = world.put(&path, &scheme.distributor, body("1")).await;
    assert_eq!((again.status.as_u16(), &again.bytes), (200, &first.bytes));
    for other in ["2", "99"] {
        assert_eq!(world.put(&path, &scheme.distributor, body(other)).await.code(), "differs");
    }
    let twice = hands_over(&world, &scheme.distributor, &cover, scheme.site_id).await;
    assert_eq!(twice.code(), "wrong-state");
    assert_eq!(twice.json()["state"], "handed_over");
    let nothing = hands_over(&world, &scheme.distributor, "my book", scheme.site_id).await;
    assert_eq!(nothing.json()["errors"][0]["pointer"], "/book");
    assert_eq!(size(&world, &scheme).await, before + 1);
    scheme.redeem(&world, &voucher.url).await.good();
    assert_eq!(scheme.redeem(&world, &scheme.voucher(1, 0).url).await.code(), "voucher-inactive");
    // Given back and in stock again, it was handed over all the same.
    moves(&world, &scheme.distributor, run(1, 1, "returned")).await.good();
    scheme.redeem(&world, &scheme.voucher(0, 1).url).await.good();
    assert_eq!(float(&world, &scheme).await, (18_000, 18));
}

async fn a_book_is_read_by_those_who_may(world: World) {
    let scheme = Scheme::plan(&world, &Plan { books: 3, ..Plan::default() }).await;
    let other = Scheme::plan(&world, &Plan { books: 1, ..Plan::default() }).await;
    let unknown = world.get("/api/v1/books/0000099", &world.operator).await;
    for secret in [&scheme.distributor, &other.funder, &other.distributor] {
        let answer = world.get("/api/v1/books/0000001", secret).await;
        assert_eq!((answer.status.as_u16(), &answer.bytes), (404, &unknown.bytes));
    }
    assert_eq!(world.get("/api/v1/books/0000001", &scheme.venue).await.code(), "not-permitted");
    moves(&world, &scheme.distributor, into_stock(1, 2, scheme.site_id)).await.good();
    scheme.redeem(&world, &scheme.voucher(0, 3).url).await.good();
    let block: Id<Block> = world.id();
    let target = json!({ "target": { "voucher": "0000001-05" }, "reason": "copied" });
    world.put(&format!("/api/v1/blocks/{block}"), &scheme.funder, target).await.good();
    let auditor = world.key("auditor", &world.operator_id.to_string(), None).await;
    let counts = json!({ "active": 8, "blocked": 1, "redeemed": 1 });
    for secret in [&world.operator, &scheme.funder, &auditor] {
        let body = read(&world, secret, 1).await;
        assert_eq!(body["site_id"], json!(scheme.site_id));
        assert_eq!(body["order_id"], json!(scheme.order_id));
        assert_eq!(body["campaign_id"], json!(scheme.campaign_id));
        assert_eq!(body["counts"], counts);
        assert_eq!(body["vouchers"][3], json!({ "serial": "0000001-04", "worth": "redeemed" }));
        assert_eq!(body["vouchers"][4]["worth"], "blocked");
    }
    let seen = read(&world, &scheme.distributor, 1).await;
    assert_eq!(seen["counts"], counts);
    let keys: Vec<&String> = seen.as_object().unwrap().keys().collect();
    let expected =
        ["book", "campaign_id", "counts", "custody", "face_value", "order_id", "site_id"];
    assert_eq!(keys, expected, "which, where and when is not a distributor's");

    let path = format!("/api/v1/sites/{}/stock", scheme.site_id);
    let stock = world.get(&path, &scheme.distributor).await.good();
    let (order, campaign) = (scheme.order_id, scheme.campaign_id);
    let item = |book: &str| json!({ "book": book, "order_id": order, "campaign_id": campaign });
    assert_eq!(stock, json!({ "items": [item("0000001"), item("0000002")] }));
    let rest = world.get(&format!("{path}?after=1"), &auditor).await.good();
    assert_eq!(rest, json!({ "items": [item("0000002")] }));
    hands_over(&world, &scheme.distributor, "1", scheme.site_id).await.good();
    assert_eq!(world.get(&path, &world.operator).await.good(), rest);
    for secret in [&other.distributor, &scheme.funder] {
        assert_eq!(world.get(&path, secret).await.code(), "not-found");
    }
    world.clock.set("2027-02-01T10:00:00.000Z".parse().unwrap());
    let lapsed = read(&world, &scheme.distributor, 2).await;
    assert_eq!(lapsed["counts"], json!({ "lapsed": 10 }));
}

on_both_engines!(
    every_arrow_holds_and_no_other,
    a_run_goes_whole_or_not_at_all,
    a_distributor_keeps_to_its_sites,
    a_hand_over_activates,
    a_book_is_read_by_those_who_may,
);
