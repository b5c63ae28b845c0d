//! Goal: a venue's phone is paired by a code that its manager shows, does what a counter does at
//! that venue and nothing else, and stops at the request after it was ended. Keys end by
//! themselves, and some only read.

use carnet::base::id::{ApiKey, Id, Redemption};
use serde_json::{Value, json};

use crate::harness::{Answer, World, on_both_engines};
use crate::scheme::Scheme;

fn secret(fill: &str) -> String {
    // 256 bits end in the first bit of the last character.
    format!("carnet_{}0", fill.repeat(51))
}

async fn offered(world: &World, scheme: &Scheme, by: &str) -> (String, Value) {
    let path = format!("/api/v1/venues/{}/pairings", scheme.venue_id);
    let shown = world.post(&path, by, None).await.good();
    let url = shown["url"].as_str().unwrap();
    let pairing = url.strip_prefix("https://pass.exemple.fr/pair#").unwrap().to_owned();
    (shown["id"].as_str().unwrap().to_owned(), json!(pairing))
}

async fn pair(world: &World, pairing: &Value, secret: &str) -> Answer {
    let body = json!({ "pairing": pairing, "secret": secret });
    world.post("/api/v1/devices", "", Some(body)).await
}

async fn a_phone_redeems_for_its_venue_only(world: World) {
    let scheme = Scheme::new(&world).await;
    let (id, pairing) = offered(&world, &scheme, &scheme.structure).await;
    let phone = secret("a");
    let first = pair(&world, &pairing, &phone).await;
    assert_eq!((first.status.as_u16(), first.json()["id"].as_str()), (201, Some(id.as_str())));
    // A lost answer is asked for again; another phone is another device.
    let again = pair(&world, &pairing, &phone).await;
    assert_eq!((again.status.as_u16(), &again.bytes), (200, &first.bytes));
    assert_eq!(pair(&world, &pairing, &secret("b")).await.code(), "differs");

    let done: Id<Redemption> = world.id();
    let path = format!("/api/v1/redemptions/{done}");
    world.put(&path, &phone, scheme.body(&scheme.voucher(0, 0).url)).await.good();
    let mut elsewhere = scheme.body(&scheme.voucher(0, 1).url);
    elsewhere["venue_id"] = json!(scheme.other_venue_id);
    let other: Id<Redemption> = world.id();
    let other = format!("/api/v1/redemptions/{other}");
    assert_eq!(world.put(&other, &phone, elsewhere).await.code(), "not-found");
    // It undoes what it did, not what its colleagues did at the same venue.
    world.put(&other, &scheme.venue, scheme.body(&scheme.voucher(0, 2).url)).await.good();
    let undone = world.put(&format!("{other}/reversal"), &phone, Value::Null).await;
    assert_eq!(undone.code(), "not-found");
    assert_eq!(world.get(&other, &phone).await.code(), "not-found");
    world.ask("PUT", &format!("{path}/reversal"), &phone, None).await.good();
    for path in ["/api/v1/api-keys".to_owned(), format!("/api/v1/orders/{}", scheme.order_id)] {
        assert_eq!(world.get(&path, &phone).await.code(), "not-permitted");
    }

    let listed = world.get("/api/v1/api-keys", &scheme.structure).await.good();
    let listed = listed.as_array().unwrap().iter().find(|key| key["id"] == *id).unwrap().clone();
    assert_eq!(listed["role"], "device");
    let end = format!("/api/v1/api-keys/{id}/revocation");
    assert_eq!(world.post(&end, &scheme.other_venue, None).await.code(), "not-found");
    world.post(&end, &scheme.structure, None).await.good();
    let ended = world.put(&path, &phone, scheme.body(&scheme.voucher(0, 3).url)).await;
    assert_eq!(ended.code(), "not-signed-in");
    crate::audit::holds(&world).await;
}

async fn a_pairing_is_no_more_than_it_says(world: World) {
    let scheme = Scheme::new(&world).await;
    let (_, pairing) = offered(&world, &scheme, &scheme.venue).await;
    let text = pairing.as_str().unwrap();
    let other = scheme.other_venue_id.to_string();
    let forged = text.replace(&scheme.venue_id.to_string(), &other);
    for wrong in [json!(forged), json!(""), json!(text[..text.len() - 1])] {
        assert_eq!(pair(&world, &wrong, &secret("a")).await.code(), "invalid-request");
    }
    for weak in ["carnet_a", "hunter2", &secret("A")] {
        assert_eq!(pair(&world, &pairing, weak).await.code(), "invalid-request");
    }
    // Whoever offered it has lost its own key meanwhile.
    let operator = &world.operator;
    let keys = world.get("/api/v1/api-keys", operator).await.good();
    let of_venue = keys
        .as_array()
        .unwrap()
        .iter()
        .find(|key| key["role"] == "venue" && key["venue_id"] == json!(scheme.venue_id));
    let id = of_venue.unwrap()["id"].as_str().unwrap().to_owned();
    world.post(&format!("/api/v1/api-keys/{id}/revocation"), operator, None).await.good();
    assert_eq!(pair(&world, &pairing, &secret("a")).await.code(), "not-signed-in");
    let (_, late) = offered(&world, &scheme, &scheme.structure).await;
    world.clock.advance_seconds(15 * 60);
    let refused = pair(&world, &late, &secret("a")).await;
    assert_eq!(refused.json()["state"], "pairing-expired");
}

/// Where a demo has no certificate, the link is one that a browser can open.
async fn a_pairing_opens_where_its_server_is(world: World) {
    let local = World::founded(world.engine, "localhost:8080", 8).await;
    for (world, begin) in [(&world, "https://pass.exemple.fr/"), (&local, "http://localhost:8080/")]
    {
        let scheme = Scheme::new(world).await;
        let path = format!("/api/v1/venues/{}/pairings", scheme.venue_id);
        let shown = world.post(&path, &scheme.venue, None).await.good();
        let url = shown["url"].as_str().unwrap();
        assert!(url.starts_with(&format!("{begin}pair#api-key_")), "{url}");
    }
}

async fn keys_end_by_themselves_and_some_only_read(world: World) {
    let scheme = Scheme::new(&world).await;
    let operator = &world.operator;
    let grant = async |more: Value| {
        let id: Id<ApiKey> = world.id();
        let mut body = json!({ "role": "operator", "organisation_id": world.operator_id });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.put(&format!("/api/v1/api-keys/{id}"), operator, body).await
    };
    let secret_of = |answer: Answer| answer.good()["secret"].as_str().unwrap().to_owned();
    let past = grant(json!({ "expires_at": "2026-11-22T10:00:00.000Z" })).await;
    assert_eq!(past.json()["errors"][0]["pointer"], "/expires_at");
    let reader = secret_of(grant(json!({ "reads_only": true })).await);
    let brief = secret_of(grant(json!({ "expires_at": "2026-11-22T11:00:00.000Z" })).await);
    let path = format!("/api/v1/orders/{}", scheme.order_id);
    world.get(&path, &reader).await.good();
    let body = json!({ "campaign_id": scheme.campaign_id, "books": 2 });
    assert_eq!(world.put(&path, &reader, body.clone()).await.code(), "not-permitted");
    world.put(&path, &brief, body.clone()).await.good();
    world.clock.set("2026-11-22T10:59:59.999Z".parse().unwrap());
    world.get(&path, &brief).await.good();
    world.clock.advance_seconds(1);
    assert_eq!(world.get(&path, &brief).await.code(), "not-signed-in");
    assert_eq!(world.put(&path, &brief, body).await.code(), "not-signed-in");
    crate::audit::holds(&world).await;
}

on_both_engines!(
    a_phone_redeems_for_its_venue_only,
    a_pairing_is_no_more_than_it_says,
    a_pairing_opens_where_its_server_is,
    keys_end_by_themselves_and_some_only_read,
);
