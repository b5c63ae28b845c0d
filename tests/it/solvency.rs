//! Goal: anyone sees what is held and owed, the figures are those of the ledgers, and a structure
//! finds its own amount in the published sum by a reckoning that is not ours.

use carnet::base::id::{Id, Venue};
use data_encoding::BASE64;
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use crate::harness::{World, on_both_engines};
use crate::registers::structure_body;
use crate::scheme::{OFFERING, Scheme};
use crate::state::meddle;

/// The root that a proof leads to, reckoned from its description in `schemas/`.
fn climbed(proof: &Value) -> (i64, String) {
    let hash = |node: &Value| BASE64.decode(node.as_str().unwrap().as_bytes()).unwrap();
    let mut cents = proof["due"]["cents"].as_i64().unwrap();
    let mut bytes = vec![0];
    bytes.extend(hash(&proof["blind"]));
    bytes.extend(proof["structure_id"].as_str().unwrap().as_bytes());
    bytes.extend(cents.to_be_bytes());
    let mut at = digest(&SHA256, &bytes).as_ref().to_vec();
    for step in proof["path"].as_array().unwrap() {
        let node = (hash(&step["node"]["hash"]), step["node"]["cents"].as_i64().unwrap());
        assert!(node.1 >= 0);
        let here = (at.clone(), cents);
        let (left, right) = if step["side"] == "left" { (&node, &here) } else { (&here, &node) };
        let mut bytes = vec![1];
        for (hash, cents) in [left, right] {
            bytes.extend(hash);
            bytes.extend(cents.to_be_bytes());
        }
        at = digest(&SHA256, &bytes).as_ref().to_vec();
        cents = left.1 + right.1;
    }
    (cents, BASE64.encode(&at))
}

/// Another structure with a venue that redeems one voucher; its key.
async fn another(world: &World, scheme: &Scheme, voucher: (usize, usize)) -> String {
    let structure: Id<carnet::base::id::Structure> = world.id();
    let path = format!("/api/v1/organisations/{structure}");
    world.put(&path, &world.operator, structure_body("Une autre")).await.good();
    let venue: Id<Venue> = world.id();
    let path = format!("/api/v1/venues/{venue}");
    let body = json!({
        "structure_id": structure, "name": "Salle", "commune": "23096", "offerings": [OFFERING]
    });
    world.put(&path, &world.operator, body).await.good();
    let state = json!({ "state": "qualified" });
    world.put(&format!("{path}/state"), &world.operator, state).await.good();
    let key = world.key("structure", &structure.to_string(), None).await;
    let id: Id<carnet::base::id::Redemption> = world.id();
    let body = json!({
        "presented": scheme.voucher(voucher.0, voucher.1).url, "venue_id": venue,
        "offering": OFFERING
    });
    world.put(&format!("/api/v1/redemptions/{id}"), &key, body).await.good();
    key
}

async fn solvency(world: &World) -> Value {
    // An answer may be five seconds old.
    world.clock.advance_seconds(6);
    world.get("/api/v1/solvency", "").await.good().clone()
}

async fn anyone_sees_and_each_finds_its_own(world: World) {
    assert_eq!(solvency(&world).await["ledgers"], json!([]));
    let scheme = Scheme::new(&world).await;
    let empty = solvency(&world).await;
    assert_eq!(empty["ledgers"][0]["due_root"]["cents"], 0);
    for position in 0..3 {
        scheme.redeem(&world, &scheme.voucher(0, position).url).await.good();
    }
    let others = another(&world, &scheme, (1, 0)).await;
    let third = another(&world, &scheme, (1, 1)).await;

    let seen = solvency(&world).await;
    assert_eq!(seen["holds"], true);
    let ledger = &seen["ledgers"][0];
    let path = format!("/api/v1/ledgers/{}/balances", scheme.funder_id);
    let balances = world.get(&path, &world.operator).await.good().clone();
    assert_eq!(ledger["totals"], balances["totals"]);
    assert_eq!(ledger["size"], balances["size"]);
    assert_eq!(seen["totals"]["due"]["cents"], 5000);
    assert_eq!(seen["in_circulation"], seen["totals"]["float"]);
    assert_eq!(seen["volume_12_months"]["cents"], 5000);
    assert!(ledger["checkpoint"].as_str().unwrap().contains("/ledger/funder_"));

    for (key, cents) in [(&scheme.structure, 3000), (&others, 1000), (&third, 1000)] {
        let proofs = world.get("/api/v1/solvency/due", key).await.good().clone();
        let proof = &proofs.as_array().unwrap()[0];
        assert_eq!(proof["due"]["cents"], cents);
        let (sum, hash) = climbed(proof);
        assert_eq!(json!({ "cents": sum, "hash": hash }), ledger["due_root"]);
        let mut less = proof.clone();
        less["due"]["cents"] = json!(cents - 1);
        assert_ne!(climbed(&less).1, hash);
    }
    let nosy = world.get("/api/v1/solvency/due", &world.operator).await;
    assert_eq!(nosy.code(), "not-permitted");

    // A year later the volume is gone, and what is owed is not.
    world.clock.advance_seconds(366 * 86_400);
    let later = solvency(&world).await;
    assert_eq!(later["volume_12_months"]["cents"], 0);
    assert_eq!(later["totals"]["due"]["cents"], 5000);
}

async fn what_does_not_add_up_is_shown(world: World) {
    let scheme = Scheme::new(&world).await;
    scheme.redeem(&world, &scheme.voucher(0, 0).url).await.good();
    assert_eq!(solvency(&world).await["holds"], true);
    let sql = "UPDATE account SET credits_cents = credits_cents - 500 WHERE account LIKE 'due:%'";
    meddle(&world, sql).await.unwrap();
    let seen = solvency(&world).await;
    assert_eq!(
        (&seen["holds"], &seen["ledgers"][0]["identity"]["holds"]),
        (&json!(false), &json!(false))
    );
}

on_both_engines!(anyone_sees_and_each_finds_its_own, what_does_not_add_up_is_shown);
