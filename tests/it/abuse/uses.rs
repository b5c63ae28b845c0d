//! Goal: whoever looks after keys sees which are used, and the counter does not pay for it.

use carnet::service::sign_in::uses;
use serde_json::Value;

use crate::harness::{World, on_both_engines};
use crate::scheme::Scheme;
use crate::state::everything;

/// The keys of a venue's role, by id, with when they were last used.
async fn listed(world: &World, venue: &str) -> Value {
    let keys = world.get("/api/v1/api-keys", &world.operator).await.good();
    let mut own = keys.as_array().unwrap().iter().filter(|key| key["venue_id"] == venue);
    own.next().unwrap().clone()
}

async fn the_last_use_of_a_key_is_seen(world: World) {
    let scheme = Scheme::new(&world).await;
    let [venue, other] = [scheme.venue_id, scheme.other_venue_id].map(|id| id.to_string());
    assert!(listed(&world, &venue).await["used_at"].is_null(), "nobody used it yet");
    scheme.redeem(&world, &scheme.voucher(0, 0).url).await.good();
    let first = listed(&world, &venue).await;
    assert_eq!(first["used_at"], "2026-11-22T10:00:00.000Z", "before it is written down, too");
    assert!(uses::keep(&world.instance, false).await.unwrap() >= 1);
    assert_eq!(listed(&world, &venue).await["used_at"], first["used_at"]);
    assert!(listed(&world, &other).await["used_at"].is_null(), "another key was not used");

    // A busy counter: one write a minute, whatever it does.
    let before = everything(&world).await["key_use"].clone();
    for position in 1..6 {
        world.clock.advance_seconds(2);
        scheme.redeem(&world, &scheme.voucher(0, position).url).await.good();
        assert_eq!(uses::keep(&world.instance, false).await.unwrap(), 0);
    }
    assert_eq!(everything(&world).await["key_use"], before);
    world.clock.advance_seconds(60);
    assert!(uses::keep(&world.instance, false).await.unwrap() >= 1);
    assert_ne!(everything(&world).await["key_use"], before);
    let later = listed(&world, &venue).await;
    assert_eq!(later["used_at"], "2026-11-22T10:00:10.000Z");

    // Another server that saw it earlier, and tells so later, changes nothing.
    let row = (later["id"].as_str().unwrap().parse().unwrap(), "2026-11-22T09:00:00.000Z");
    let mut tx = world.instance.database.write().await.unwrap();
    let earlier = [(row.0, row.1.parse().unwrap())];
    carnet::store::access::keep_uses(&mut tx, &earlier).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(listed(&world, &venue).await["used_at"], later["used_at"]);
    crate::audit::holds(&world).await;
}

on_both_engines!(the_last_use_of_a_key_is_seen);
