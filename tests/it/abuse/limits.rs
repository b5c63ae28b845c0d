//! Goal: each caller and each address has its own limit, on by default; what is over it does
//! nothing and says when to come back.

use carnet::base::id::{Id, Redemption};
use serde_json::{Value, json};

use super::{ask_from, default_config, default_quotas, limited};
use crate::harness::{World, on_both_engines};
use crate::scheme::{OFFERING, Scheme};
use crate::state::everything;

/// How often a check succeeds before it is too much, and the answer's `Retry-After`.
async fn checks(world: &World, secret: &str, body: &Value) -> (u32, String) {
    for count in 0..200 {
        let answer = world.ask("POST", "/api/v1/voucher-checks", secret, Some(body.clone())).await;
        if answer.status == 429 {
            assert_eq!(answer.code(), "rate-limited");
            let seconds = answer.json()["retry_after_seconds"].to_string();
            assert_eq!(answer.retry_after.as_deref(), Some(seconds.as_str()));
            return (count, seconds);
        }
        answer.good();
    }
    (200, String::new())
}

#[test]
fn everything_is_limited_unless_somebody_says_otherwise() {
    let all = format!("{:?}", default_quotas());
    assert!(!all.contains("None") && !default_quotas().are_lifted(), "{all}");
    assert_eq!(default_config().abuse.unknown_codes_per_caller, Some(10));
}

async fn a_caller_is_held_to_its_rate(world: World) {
    let scheme = Scheme::new(&world).await;
    let body = json!({ "presented": scheme.voucher(0, 0).url, "venue_id": scheme.venue_id });
    // The negative control: where limits are lifted, as for the bench, nothing is held up.
    assert_eq!(checks(&world, &scheme.venue, &body).await, (200, String::new()));
    let world = limited(world, default_quotas()).await;
    assert_eq!(checks(&world, &scheme.venue, &body).await, (60, "1".to_owned()));
    let other = json!({ "presented": scheme.voucher(0, 0).url, "venue_id": scheme.other_venue_id });
    assert_eq!(checks(&world, &scheme.other_venue, &other).await.0, 60, "another has its own");
    // Another class of question is another count.
    world.get(&format!("/api/v1/venues/{}", scheme.venue_id), &scheme.venue).await.good();
    world.clock.advance_seconds(1);
    assert_eq!(checks(&world, &scheme.venue, &body).await.0, 1, "as many as flowed in");
    world.clock.advance_seconds(3600);
    assert_eq!(checks(&world, &scheme.venue, &body).await.0, 60, "a quiet hour saves a minute");
}

async fn a_batch_counts_as_what_it_holds(world: World) {
    let scheme = Scheme::new(&world).await;
    let world = limited(world, default_quotas()).await;
    let batch = |first: usize, count: usize| {
        let item = |at: usize| {
            let id: Id<Redemption> = world.id();
            let presented = &scheme.voucher(at / 10, at % 10).url;
            json!({
                "id": id, "presented": presented, "venue_id": scheme.venue_id,
                "offering": OFFERING
            })
        };
        json!({ "redemptions": (first..first + count).map(item).collect::<Vec<_>>() })
    };
    let path = "/api/v1/redemption-batches";
    for round in 0..4 {
        let all = world.post(path, &scheme.venue, Some(batch(0, 15))).await.good();
        let first = &all["results"][0]["status"];
        assert_eq!(first, if round == 0 { 201 } else { 409 });
    }
    let before = everything(&world).await;
    let refused = world.post(path, &scheme.venue, Some(batch(15, 5))).await;
    assert_eq!(refused.code(), "rate-limited");
    assert_eq!(everything(&world).await, before, "too much does nothing");
    let wait: i64 = refused.retry_after.unwrap().parse().unwrap();
    world.clock.advance_seconds(wait);
    let all = world.post(path, &scheme.venue, Some(batch(15, 5))).await.good();
    assert_eq!(all["results"][4]["status"], 201, "who waited as it was told is served");
}

async fn an_address_has_so_many_wrong_passwords(world: World) {
    let world = limited(world, default_quotas()).await;
    // Each of another account: the limit of an account is another one.
    let sign_in = async |address: &str, number: usize| {
        let body = json!({ "email": format!("ana{number}@exemple.fr"), "password": "falsch" });
        ask_from(&world, address, ("POST", "/api/v1/sessions"), "", &body).await
    };
    for number in 0..20 {
        assert_eq!(sign_in("9.9.9.9", number).await.code(), "sign-in-failed");
    }
    assert_eq!(sign_in("9.9.9.9", 20).await.code(), "rate-limited");
    assert_eq!(sign_in("9.9.9.8", 20).await.code(), "sign-in-failed");
    for number in 0..20 {
        let address = format!("2001:db8:1:2::{number:x}");
        assert_eq!(sign_in(&address, 100 + number).await.code(), "sign-in-failed");
    }
    // A home has 2^64 addresses of IPv6, and is one place.
    assert_eq!(sign_in("2001:db8:1:2:ffff::1", 200).await.code(), "rate-limited");
    assert_eq!(sign_in("2001:db8:1:3::1", 200).await.code(), "sign-in-failed");
    // Who cannot sign in there can still ask for everything else, and 15 minutes give it all back.
    let health = ask_from(&world, "9.9.9.9", ("GET", "/healthz"), "", &Value::Null).await;
    assert_eq!(health.status, 200);
    let solvency = ("GET", "/api/v1/solvency");
    ask_from(&world, "9.9.9.9", solvency, "", &Value::Null).await.good();
    world.clock.advance_seconds(45);
    assert_eq!(sign_in("9.9.9.9", 21).await.code(), "sign-in-failed");
    assert_eq!(sign_in("9.9.9.9", 22).await.code(), "rate-limited");
}

/// Behind a proxy of this machine that nobody listed everybody has its address: who guesses there
/// must not be able to keep everybody else out.
async fn a_proxy_that_nobody_listed_is_not_locked_out(world: World) {
    let world = limited(world, default_quotas()).await;
    for number in 0..30 {
        let body = json!({ "email": format!("ana{number}@exemple.fr"), "password": "falsch" });
        let path = ("POST", "/api/v1/sessions");
        let answer = ask_from(&world, "127.0.0.1", path, "", &body).await;
        assert_eq!(answer.code(), "sign-in-failed");
    }
}

/// A counter of thirty people behind one address signs in every morning.
async fn who_signs_in_well_costs_its_address_nothing(world: World) {
    drop(crate::people::first_operator(&world).await);
    let world = limited(world, default_quotas()).await;
    for _ in 0..30 {
        let body = json!({ "email": "nora@exemple.fr", "password": crate::people::PASSWORD });
        ask_from(&world, "9.9.9.9", ("POST", "/api/v1/sessions"), "", &body).await.good();
    }
}

async fn an_address_has_so_many_requests(world: World) {
    let quotas = carnet::domain::quota::Quotas {
        address: Some("5/min".parse().unwrap()),
        ..Default::default()
    };
    let world = limited(world, quotas).await;
    let ask = async |address: &str| {
        let path = ("GET", "/.well-known/carnet-keys.json");
        ask_from(&world, address, path, "", &Value::Null).await
    };
    for _ in 0..5 {
        ask("9.9.9.9").await.good();
    }
    let refused = ask("9.9.9.9").await;
    let said = (refused.code(), refused.retry_after.unwrap());
    assert_eq!(said, ("rate-limited".to_owned(), "12".to_owned()));
    ask("9.9.9.8").await.good();
}

on_both_engines!(
    a_caller_is_held_to_its_rate,
    a_batch_counts_as_what_it_holds,
    an_address_has_so_many_wrong_passwords,
    a_proxy_that_nobody_listed_is_not_locked_out,
    who_signs_in_well_costs_its_address_nothing,
    an_address_has_so_many_requests,
);
