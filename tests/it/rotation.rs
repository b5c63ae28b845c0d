//! Keys that sign vouchers begin and end in another process than the one that serves.
//!
//! Goal: a server that nobody told believes a new key and refuses a revoked one within a second,
//! and a retry finds its answer all the same.

use carnet::base::clock::Clock as _;
use carnet::base::id::{Id, Order, Redemption};
use carnet::base::money::Money;
use carnet::domain::code::Code;
use carnet::domain::keyring::Revoked;
use carnet::domain::refusal::Reason;
use carnet::domain::token::{Token, VoucherKey};
use carnet::service::keys::Keys;
use carnet::service::rotate;
use serde_json::{Value, json};

use crate::harness::{Engine, HOST, World, in_this_process, on_both_engines};
use crate::scheme::{Scheme, printed};

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

/// What `carnet keys add` does, in another process than the one that serves: a file and a line.
async fn add_elsewhere(world: &World, key_id: u8) {
    let elsewhere = world.second_instance().await;
    let actor = rotate::operator_at_the_machine(&elsewhere).await.unwrap();
    let key = Keys::add_voucher_key(&world.dir.join("keys"), key_id, elsewhere.entropy.as_ref());
    let until = world.clock.now().plus_seconds(86_400);
    rotate::add(&elsewhere, &actor, key.unwrap().public(), until).await.unwrap();
}

/// The key that signed a printed token: the second of its 80 bytes.
fn key_of(url: &str) -> u8 {
    carnet::base::base32::decode(url.rsplit('/').next().unwrap()).unwrap()[1]
}

/// The drill of a stolen key: revoked, replaced, and what is printed from then on is good; no
/// server was started again.
async fn an_open_order_prints_with_the_newest_living_key(world: World) {
    let scheme = Scheme::new(&world).await;
    assert_eq!(key_of(&scheme.voucher(0, 0).url), 1);
    revoke_elsewhere(&world).await;
    world.clock.advance_seconds(2);
    let path = format!("/api/v1/orders/{}", scheme.order_id);
    let refused = world.get(&format!("{path}/books.pdf"), &world.operator).await;
    assert_eq!(
        (refused.code().as_str(), &refused.json()["state"]),
        ("wrong-state", &json!("no-signing-key"))
    );
    add_elsewhere(&world, 2).await;
    world.clock.advance_seconds(2);
    assert_eq!(world.get(&format!("{path}/books.pdf"), &world.operator).await.status, 200);
    assert_eq!(world.get(&format!("{path}/specimen.pdf"), &world.operator).await.status, 200);
    let books = printed(&world, scheme.order_id, 2).await;
    for (old, new) in scheme.books.iter().zip(&books) {
        for (old, new) in old.vouchers.iter().zip(&new.vouchers) {
            assert_eq!((&old.serial, &old.code), (&new.serial, &new.code));
            assert_eq!(key_of(&new.url), 2);
        }
    }
    let forged = scheme.redeem(&world, &scheme.voucher(0, 0).url).await;
    assert_eq!(forged.code(), "token-forged");
    scheme.redeem(&world, &books[0].vouchers[0].url).await.good();
    let twice = scheme.redeem(&world, &scheme.voucher(0, 0).code).await;
    assert_eq!(twice.code(), "voucher-already-redeemed");
    // The revoked key is of no more use to a server that forgot: the signer did not.
    let asked = carnet::domain::signing::BooksAsked {
        ledger_id: scheme.funder_id.into(),
        order_id: scheme.order_id,
        face_cents: 1000,
        retired: Vec::new(),
        books: vec![carnet::domain::signing::BookAsked {
            book: 1,
            key_id: 1,
            vouchers: 10,
            counter: 0,
        }],
    };
    let refused = world.instance.signer.print(asked).await.unwrap_err();
    assert_eq!(refused.reason(), Some(Reason::SigningRefused));
    crate::audit::holds(&world).await;
}

/// Whoever has a signing key has no codes: what it signs is forged, and stays so when vouchers of
/// revoked keys are believed by their codes.
async fn a_stolen_key_alone_redeems_nothing(world: World) {
    let scheme = Scheme::new(&world).await;
    let seed = carnet::service::keys::read_secret(&world.dir.join("keys/voucher-001.key"));
    let key = VoucherKey::from_seed(1, &seed.unwrap());
    let serial = scheme.voucher(0, 0).serial.parse().unwrap();
    let face = Money::from_cents(1000).unwrap();
    let guess = |number| {
        let token = Token::new(serial, face, Code::from_number(number).unwrap()).unwrap();
        key.sign(&token).to_url(HOST)
    };
    let other: Code = scheme.voucher(0, 1).code.parse().unwrap();
    for number in [1, other.number()] {
        let refused = scheme.redeem(&world, &guess(number)).await;
        assert_eq!(refused.code(), "token-forged");
        let check = json!({ "presented": guess(number), "venue_id": scheme.venue_id });
        let refused = world.post("/api/v1/voucher-checks", &scheme.venue, Some(check)).await;
        assert_eq!(refused.code(), "token-forged");
    }
    scheme.redeem(&world, &scheme.voucher(0, 0).url).await.good();
}

/// The switch: paper of a revoked key is worth what the ledger says when its code is right.
async fn revoked_paper_is_believed_by_its_code(engine: Engine) {
    let world = World::made(engine, HOST, 7, Revoked::Accepted, in_this_process).await;
    let scheme = Scheme::new(&world).await;
    revoke_elsewhere(&world).await;
    world.clock.advance_seconds(2);
    let check = json!({ "presented": scheme.voucher(0, 0).url, "venue_id": scheme.venue_id });
    world.post("/api/v1/voucher-checks", &scheme.venue, Some(check)).await.good();
    scheme.redeem(&world, &scheme.voucher(0, 0).url).await.good();
    let twice = scheme.redeem(&world, &scheme.voucher(0, 0).url).await;
    assert_eq!(twice.code(), "voucher-already-redeemed");
    // It signs no more, whatever is believed.
    assert_eq!(order(&world, &scheme).await, Err("wrong-state".to_owned()));
    let face = Money::from_cents(1000).unwrap();
    let seed = carnet::service::keys::read_secret(&world.dir.join("keys/voucher-001.key"));
    let serial = scheme.voucher(0, 2).serial.parse().unwrap();
    let token = Token::new(serial, face, Code::from_number(5).unwrap()).unwrap();
    let forged = VoucherKey::from_seed(1, &seed.unwrap()).sign(&token).to_url(HOST);
    assert_eq!(scheme.redeem(&world, &forged).await.code(), "token-forged");
}

#[test]
fn a_switch_says_what_becomes_of_revoked_paper() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        crate::harness::run(engine, |_| revoked_paper_is_believed_by_its_code(engine));
    }
}

on_both_engines!(
    a_key_revoked_elsewhere_signs_and_pays_no_more,
    a_retry_outlives_its_key,
    an_open_order_prints_with_the_newest_living_key,
    a_stolen_key_alone_redeems_nothing,
);
