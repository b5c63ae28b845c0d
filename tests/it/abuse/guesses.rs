//! Goal: whoever tries typed codes that do not exist is slowed, then locked, then told of; a right
//! code is then not tried either, and whoever has the paper's symbol goes on.

use carnet::base::id::{Id, Redemption};
use carnet::domain::code::Code;
use serde_json::{Value, json};

use super::{ask_from, default_quotas, limited};
use crate::harness::{Answer, World, on_both_engines};
use crate::scheme::{OFFERING, Scheme};
use crate::state::everything;

/// A code that is well formed and of no voucher.
fn made_up(number: u64) -> String {
    Code::from_number(number + 1).unwrap().to_string()
}

/// Redeems at a counter under a new id.
async fn redeem(world: &World, scheme: &Scheme, secret: &str, presented: &str) -> Answer {
    let id: Id<Redemption> = world.id();
    redeem_as(world, scheme, secret, id, presented).await
}

async fn redeem_as(
    world: &World,
    scheme: &Scheme,
    secret: &str,
    id: Id<Redemption>,
    presented: &str,
) -> Answer {
    let path = format!("/api/v1/redemptions/{id}");
    let venue = if secret == scheme.other_venue { scheme.other_venue_id } else { scheme.venue_id };
    let body = json!({ "presented": presented, "venue_id": venue, "offering": OFFERING });
    ask_from(world, "9.9.9.9", ("PUT", &path), secret, &body).await
}

/// Tries made-up codes, waiting as told; gives how long it waited before each.
async fn guess(world: &World, scheme: &Scheme, count: u64) -> Vec<i64> {
    let mut waits = Vec::new();
    for number in 0..count {
        let mut waited = 0;
        loop {
            let answer = redeem(world, scheme, &scheme.venue, &made_up(number)).await;
            match answer.code().as_str() {
                "voucher-unknown" => break,
                "rate-limited" => {
                    let wait: i64 = answer.retry_after.unwrap().parse().unwrap();
                    world.clock.advance_seconds(wait);
                    waited += wait;
                }
                other => panic!("{other}"),
            }
        }
        waits.push(waited);
    }
    waits
}

async fn guessing_is_slowed_then_locked(world: World) {
    let scheme = Scheme::new(&world).await;
    let world = limited(world, default_quotas()).await;
    let early = redeem(&world, &scheme, &scheme.venue, &scheme.voucher(0, 0).code).await;
    assert_eq!(early.status, 201, "a right code is tried");
    assert_eq!(guess(&world, &scheme, 10).await, [0, 0, 0, 0, 0, 1, 2, 4, 8, 16]);

    // A right code is answered like any other while it is locked, and nothing of it is done.
    let before = everything(&world).await;
    let right = redeem(&world, &scheme, &scheme.venue, &scheme.voucher(0, 1).code).await;
    let wrong = redeem(&world, &scheme, &scheme.venue, &made_up(99)).await;
    assert_eq!(
        (right.code().as_str(), right.retry_after.as_deref()),
        ("rate-limited", Some("900"))
    );
    assert_eq!((right.status, &right.bytes), (wrong.status, &wrong.bytes));
    let check = json!({ "presented": scheme.voucher(0, 1).code, "venue_id": scheme.venue_id });
    let path = ("POST", "/api/v1/voucher-checks");
    let checked = ask_from(&world, "9.9.9.9", path, &scheme.venue, &check).await;
    assert_eq!((checked.status, &checked.bytes), (wrong.status, &wrong.bytes));
    assert_eq!(everything(&world).await, before);

    // The counter goes on: with the symbol, and at a colleague's device beside it.
    let url = &scheme.voucher(0, 2).url;
    assert_eq!(redeem(&world, &scheme, &scheme.venue, url).await.status, 201);
    let code = &scheme.voucher(0, 3).code;
    assert_eq!(redeem(&world, &scheme, &scheme.other_venue, code).await.status, 201);
    world.clock.advance_seconds(899);
    let still = redeem(&world, &scheme, &scheme.venue, &scheme.voucher(0, 1).code).await;
    assert_eq!(still.retry_after.as_deref(), Some("1"));
    world.clock.advance_seconds(1);
    let after = redeem(&world, &scheme, &scheme.venue, &scheme.voucher(0, 1).code).await;
    assert_eq!(after.status, 201, "then it is over");
}

/// An answer that was lost is asked for again, whatever happened meanwhile.
async fn a_retry_is_answered_while_codes_are_locked(world: World) {
    let scheme = Scheme::new(&world).await;
    let world = limited(world, default_quotas()).await;
    let id: Id<Redemption> = world.id();
    let code = &scheme.voucher(0, 0).code;
    let first = redeem_as(&world, &scheme, &scheme.venue, id, code).await;
    assert_eq!(first.status, 201);
    guess(&world, &scheme, 10).await;
    let again = redeem_as(&world, &scheme, &scheme.venue, id, code).await;
    assert_eq!((again.status.as_u16(), &again.bytes), (200, &first.bytes));
    // And it is no way to try others: right and wrong ones are told the same.
    let right = redeem_as(&world, &scheme, &scheme.venue, id, &scheme.voucher(0, 1).code).await;
    let wrong = redeem_as(&world, &scheme, &scheme.venue, id, &made_up(1)).await;
    assert_eq!((right.code().as_str(), &right.bytes), ("differs", &wrong.bytes));
}

async fn a_batch_is_no_way_around(world: World) {
    let scheme = Scheme::new(&world).await;
    let world = limited(world, default_quotas()).await;
    let item = |presented: &str| {
        let id: Id<Redemption> = world.id();
        json!({
            "id": id, "presented": presented, "venue_id": scheme.venue_id, "offering": OFFERING
        })
    };
    let codes = (0..30).map(made_up);
    let mut items: Vec<Value> = codes.map(|code| item(&code)).collect();
    items.push(item(&scheme.voucher(0, 0).code));
    items.insert(3, item(&scheme.voucher(0, 1).url));
    items.insert(1, item(&scheme.voucher(0, 2).code));
    let batch = Some(json!({ "redemptions": items }));
    let all = world.post("/api/v1/redemption-batches", &scheme.venue, batch).await.good();
    let statuses: Vec<u64> = all["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["status"].as_u64().unwrap())
        .collect();
    assert_eq!(statuses[..8], [404, 201, 404, 404, 201, 404, 404, 429], "in its own order");
    assert!(statuses[7..].iter().all(|status| *status == 429), "{statuses:?}");
}

async fn forged_symbols_count_too(world: World) {
    let scheme = Scheme::new(&world).await;
    let world = limited(world, default_quotas()).await;
    let genuine = &scheme.voucher(0, 0).url;
    let last = if genuine.ends_with('0') { "1" } else { "0" };
    let forged = format!("{}{last}", &genuine[..genuine.len() - 1]);
    for _ in 0..12 {
        let refused = redeem(&world, &scheme, &scheme.venue, &forged).await;
        assert_eq!(refused.code(), "token-forged");
    }
    let locked = redeem(&world, &scheme, &scheme.venue, &scheme.voucher(0, 1).code).await;
    assert_eq!(locked.code(), "rate-limited");
    assert_eq!(redeem(&world, &scheme, &scheme.venue, genuine).await.status, 201);
}

on_both_engines!(
    guessing_is_slowed_then_locked,
    a_retry_is_answered_while_codes_are_locked,
    a_batch_is_no_way_around,
    forged_symbols_count_too,
);
