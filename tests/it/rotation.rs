//! Keys that sign vouchers begin and end in another process than the one that serves.
//!
//! Goal: a server that nobody told believes a new key and refuses a revoked one within a second,
//! and a retry finds its answer all the same.

use carnet::base::clock::Clock as _;
use carnet::base::id::{Id, Order, Redemption};
use carnet::service::keys::Keys;
use carnet::service::rotate;
use serde_json::{Value, json};

use crate::harness::{World, on_both_engines};
use crate::scheme::Scheme;

/// Revokes the first key as `carnet keys revoke` does: in a process of its own.
async fn revoke_elsewhere(world: &World) {
    let elsewhere = world.second_instance().await;
    let actor = rotate::operator_at_the_machine(&elsewhere).await.unwrap();
    rotate::revoke(&elsewhere, &actor, 1).await.unwrap();
}

/// The key that a new order would be signed with, or the refusal's code.
async fn order(world: &World, scheme: &Scheme) -> Result<i64, String> {
    let path = format!("/api/v1/orders/{}", world.id::<Order>());
    let body = json!({ "campaign_id": scheme.campaign_id, "books": 1 });
    let answer = world.put(&path, &world.operator, body).await;
    if !answer.status.is_success() {
        return Err(answer.code());
    }
    let answer = answer.json();
    let line: Value = serde_json::from_str(answer["receipt"]["line"].as_str().unwrap()).unwrap();
    Ok(line["body"]["key_id"].as_i64().unwrap())
}

async fn a_key_revoked_elsewhere_signs_and_pays_no_more(world: World) {
    let scheme = Scheme::new(&world).await;
    let check = json!({ "presented": scheme.voucher(0, 0).url, "venue_id": scheme.venue_id });
    world.ask("POST", "/api/v1/voucher-checks", &scheme.venue, Some(check.clone())).await.good();
    revoke_elsewhere(&world).await;
    assert_eq!(order(&world, &scheme).await, Err("wrong-state".to_owned()));

    world.clock.set("2026-11-22T10:00:01.000Z".parse().unwrap());
    let refused = world.ask("POST", "/api/v1/voucher-checks", &scheme.venue, Some(check)).await;
    assert_eq!(refused.code(), "token-forged");
    let refused = scheme.redeem(&world, &scheme.voucher(0, 0).url).await;
    assert_eq!(refused.code(), "token-forged");
    scheme.redeem(&world, &scheme.voucher(0, 1).code).await.good();

    let elsewhere = world.second_instance().await;
    let actor = rotate::operator_at_the_machine(&elsewhere).await.unwrap();
    let key = Keys::add_voucher_key(&world.dir.join("keys"), 2, elsewhere.entropy.as_ref());
    let until = world.clock.now().plus_seconds(86_400);
    rotate::add(&elsewhere, &actor, key.unwrap().public(), until).await.unwrap();
    assert_eq!(order(&world, &scheme).await, Ok(2));
}

async fn a_retry_outlives_its_key(world: World) {
    let scheme = Scheme::new(&world).await;
    let id: Id<Redemption> = world.id();
    let path = format!("/api/v1/redemptions/{id}");
    let body = scheme.body(&scheme.voucher(0, 0).url);
    let first = world.put(&path, &scheme.venue, body.clone()).await;
    assert_eq!(first.status, 201);
    revoke_elsewhere(&world).await;
    world.clock.set("2026-11-22T10:00:01.000Z".parse().unwrap());
    let again = world.put(&path, &scheme.venue, body).await;
    assert_eq!((again.status.as_u16(), again.bytes), (200, first.bytes));
    let other = scheme.body(&scheme.voucher(0, 1).url);
    assert_eq!(world.put(&path, &scheme.venue, other).await.code(), "differs");
}

on_both_engines!(a_key_revoked_elsewhere_signs_and_pays_no_more, a_retry_outlives_its_key);
