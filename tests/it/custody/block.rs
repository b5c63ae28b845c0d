//! Goal: what is blocked is not accepted until its own block ends, whatever other blocks cover;
//! each blocks what is its own.

use carnet::base::id::{Block, Id, Order};
use serde_json::{Value, json};

use super::{float, hands_over, into_stock, moves, read, run, size};
use crate::harness::{Answer, World, on_both_engines};
use crate::scheme::{Plan, Scheme};

fn voucher(serial: &str, reason: &str) -> Value {
    json!({ "target": { "voucher": serial }, "reason": reason })
}

fn books(first: u32, last: u32, reason: &str) -> Value {
    let target =
        json!({ "books": { "first": format!("{first:07}"), "last": format!("{last:07}") } });
    json!({ "target": target, "reason": reason })
}

fn order(id: Id<Order>, reason: &str) -> Value {
    json!({ "target": { "order": id }, "reason": reason })
}

async fn blocks(world: &World, secret: &str, body: Value) -> (Id<Block>, Answer) {
    let id: Id<Block> = world.id();
    let answer = world.put(&format!("/api/v1/blocks/{id}"), secret, body).await;
    (id, answer)
}

async fn ends(world: &World, secret: &str, id: Id<Block>) -> Answer {
    world.post(&format!("/api/v1/blocks/{id}/end"), secret, None).await
}

async fn each_block_holds_on_its_own(world: World) {
    let scheme = Scheme::plan(&world, &Plan { books: 3, ..Plan::default() }).await;
    let (operator, funder) = (&world.operator, &scheme.funder);
    let (one, answer) = blocks(&world, operator, voucher("0000001-01", "copied")).await;
    answer.good();
    let (some, answer) = blocks(&world, funder, books(1, 2, "request")).await;
    answer.good();
    let (all, answer) = blocks(&world, operator, order(scheme.order_id, "misprint")).await;
    answer.good();
    assert_eq!(read(&world, operator, 3).await["counts"], json!({ "blocked": 10 }));
    let refused = async |book, position| {
        let answer = scheme.redeem(&world, &scheme.voucher(book, position).url).await;
        assert_eq!(answer.code(), "voucher-blocked");
    };
    for (book, position) in [(0, 0), (0, 1), (1, 0), (2, 0)] {
        refused(book, position).await;
    }
    ends(&world, operator, all).await.good();
    scheme.redeem(&world, &scheme.voucher(2, 0).url).await.good();
    for (book, position) in [(0, 0), (0, 1), (1, 0)] {
        refused(book, position).await;
    }
    ends(&world, funder, some).await.good();
    refused(0, 0).await;
    scheme.redeem(&world, &scheme.voucher(0, 1).url).await.good();
    let first = ends(&world, operator, one).await;
    assert_eq!(first.status, 201);
    scheme.redeem(&world, &scheme.voucher(0, 0).url).await.good();
    let again = ends(&world, operator, one).await;
    assert_eq!((again.status.as_u16(), &again.bytes), (200, &first.bytes));
    assert_eq!(float(&world, &scheme).await, (27_000, 27));
}

async fn a_block_has_one_content_for_ever(world: World) {
    let scheme = Scheme::new(&world).await;
    let id: Id<Block> = world.id();
    let path = format!("/api/v1/blocks/{id}");
    let first = world.put(&path, &scheme.funder, books(1, 2, "lost")).await;
    assert_eq!(first.status, 201, "{}", first.json());
    let before = size(&world, &scheme).await;
    let again = world.put(&path, &scheme.funder, books(1, 2, "lost")).await;
    assert_eq!((again.status.as_u16(), &again.bytes), (200, &first.bytes));
    for other in [
        books(1, 1, "lost"),
        books(1, 2, "stolen"),
        voucher("0000001-01", "lost"),
        order(world.id(), "lost"),
    ] {
        assert_eq!(world.put(&path, &scheme.funder, other).await.code(), "differs");
    }
    assert_eq!(size(&world, &scheme).await, before);
    ends(&world, &scheme.funder, id).await.good();
    // Ended, it is still what it was: a late retry blocks nothing again.
    let late = world.put(&path, &scheme.funder, books(1, 2, "lost")).await;
    assert_eq!((late.status.as_u16(), &late.bytes), (200, &first.bytes));
    scheme.redeem(&world, &scheme.voucher(0, 0).url).await.good();
}

async fn each_blocks_its_own(world: World) {
    let scheme = Scheme::plan(&world, &Plan { books: 5, ..Plan::default() }).await;
    let other = Scheme::plan(&world, &Plan { books: 1, ..Plan::default() }).await;
    let (mine, theirs) = (&scheme.distributor, &other.distributor);
    moves(&world, mine, into_stock(1, 3, scheme.site_id)).await.good();
    hands_over(&world, mine, "2", scheme.site_id).await.good();
    moves(&world, mine, run(3, 3, "lost")).await.good();
    let before = size(&world, &scheme).await;
    for (secret, body) in [
        (mine, books(1, 4, "lost")),
        (mine, order(scheme.order_id, "lost")),
        (theirs, books(1, 1, "stolen")),
        (theirs, voucher("0000001-01", "stolen")),
        (&other.funder, books(1, 1, "lost")),
        (&other.funder, order(scheme.order_id, "lost")),
        (&world.operator, voucher("0000001-11", "lost")),
        (&world.operator, books(5, 7, "lost")),
        (&world.operator, order(world.id(), "lost")),
    ] {
        let (_, answer) = blocks(&world, secret, body.clone()).await;
        assert_eq!(answer.code(), "not-found", "{body}");
    }
    for (secret, body) in [
        (mine, books(1, 1, "copied")),
        (mine, books(1, 1, "request")),
        (&scheme.venue, books(1, 1, "lost")),
    ] {
        assert_eq!(blocks(&world, secret, body).await.1.code(), "not-permitted");
    }
    let backwards = blocks(&world, mine, books(2, 1, "lost")).await.1;
    assert_eq!(backwards.json()["errors"][0]["pointer"], "/target/books/last");
    assert_eq!(size(&world, &scheme).await, before);

    // In stock, handed over, lost: all three are the distributor's.
    let (own, answer) = blocks(&world, mine, books(1, 3, "stolen")).await;
    answer.good();
    for book in [0, 1, 2] {
        let answer = scheme.redeem(&world, &scheme.voucher(book, 0).code).await;
        assert_eq!(answer.code(), "voucher-blocked");
    }
    let unknown = ends(&world, theirs, world.id()).await;
    for secret in [theirs, &scheme.funder] {
        let answer = ends(&world, secret, own).await;
        assert_eq!((answer.status.as_u16(), &answer.bytes), (404, &unknown.bytes));
    }
    // Another key of the same organisation may end it.
    let colleague = world.key("distributor", &scheme.distributor_id.to_string(), None).await;
    ends(&world, &colleague, own).await.good();
    let (made, answer) = blocks(&world, &world.operator, books(1, 1, "copied")).await;
    answer.good();
    assert_eq!(ends(&world, mine, made).await.code(), "not-found");
    let (own, answer) = blocks(&world, mine, books(1, 1, "lost")).await;
    answer.good();
    ends(&world, &world.operator, own).await.good();
}

on_both_engines!(
    each_block_holds_on_its_own,
    a_block_has_one_content_for_ever,
    each_blocks_its_own
);
