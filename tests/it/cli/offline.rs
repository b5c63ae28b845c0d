//! Goal: a funder makes its own keys, and anybody checks a receipt, without an instance.

use carnet::base::id::{Funder, Id};
use carnet::domain::keyring::KeyList;
use carnet::domain::ledger::receipt::Receipt;
use serde_json::{Value, json};

use super::{carnet, is_private};
use crate::harness::{Engine, World, run};
use crate::registers::funder_body;

#[test]
fn the_api_takes_the_keys_that_a_funder_makes() {
    run(Engine::Sqlite, |world| async move {
        let call = carnet(&world.dir, &["funder-keys", "--out", "safe", "--mode", "pledged"]);
        assert!(call.err.contains("secret") && call.err.contains("recovery.key"), "{}", call.err);
        let terms: Value = serde_json::from_str(&call.good()).unwrap();
        let mut body = funder_body("Ville", "held");
        body["ledger"] = terms["ledger"].clone();
        let id: Id<Funder> = world.id();
        let path = format!("/api/v1/organisations/{id}");
        let registered = world.put(&path, &world.operator, body).await.good();
        assert_eq!(registered["ledger"]["mode"], "pledged");

        let safe = world.dir.join("safe");
        assert!(
            is_private(&safe.join("recovery.key")) && is_private(&safe.join("age-identity.txt"))
        );
        let identity = std::fs::read_to_string(safe.join("age-identity.txt")).unwrap();
        let identity = identity.lines().find(|line| !line.starts_with('#')).unwrap();
        let identity: age::x25519::Identity = identity.parse().unwrap();
        assert_eq!(terms["ledger"]["age_recipient"], identity.to_public().to_string());
        let seed = std::fs::read_to_string(safe.join("recovery.key")).unwrap();
        let seed = data_encoding::HEXLOWER.decode(seed.trim().as_bytes()).unwrap();
        let pair = ring::signature::Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
        let public = ring::signature::KeyPair::public_key(&pair);
        let public = data_encoding::BASE64.encode(public.as_ref());
        assert_eq!(terms["ledger"]["recovery_key"], public);
        let again = carnet(&world.dir, &["funder-keys", "--out", "safe"]);
        again.failed(73, &["recovery.key", "never overwritten"]);
    });
}

/// A receipt of a world, in a file, and its operator's public keys beside it.
async fn receipt_in(world: &World) -> Receipt {
    let id: Id<Funder> = world.id();
    let path = format!("/api/v1/organisations/{id}");
    let answer = world.put(&path, &world.operator, funder_body("Ville", "held")).await.good();
    let origin = format!("pass.exemple.fr/ledger/{}", world.operator_id);
    let log_key = world.instance.keys.log_key(origin.parse().unwrap());
    let list = KeyList::new(&[], vec![log_key.verifier_key().to_string()]);
    let write = |name: &str, value: Value| {
        std::fs::write(world.dir.join(name), value.to_string()).unwrap();
    };
    write("keys.json", json!(list));
    write("vkey.json", json!(list.log_keys[0]));
    write("answer.json", answer.clone());
    write("receipt.json", answer["receipt"].clone());
    serde_json::from_value(answer["receipt"].clone()).unwrap()
}

#[test]
fn a_receipt_is_checked_without_the_operator() {
    run(Engine::Sqlite, |world| async move {
        let receipt = receipt_in(&world).await;
        let dir = &world.dir;
        let check = |file: &str, trust: [&str; 2]| {
            carnet(dir, &["verify", "receipt", file, trust[0], trust[1]])
        };
        let keys = ["--keys", "keys.json"];
        let holds = check("receipt.json", keys);
        assert!(holds.out.contains("holds: organisation-registered funder_"), "{}", holds.out);
        assert_eq!(holds.code, 0);
        assert_eq!(check("answer.json", keys).code, 0);
        let vkey = std::fs::read_to_string(dir.join("vkey.json")).unwrap();
        assert_eq!(check("receipt.json", ["--vkey", vkey.trim_matches('"')]).code, 0);

        let tampered = receipt.line.replace("Ville", "Vilain");
        let tampered = json!({ "line": tampered, "proof": receipt.proof });
        std::fs::write(dir.join("tampered.json"), tampered.to_string()).unwrap();
        let call = check("tampered.json", keys);
        assert_eq!(call.code, 1);
        assert!(call.out.contains("DOES NOT HOLD"), "{}", call.out);
        let both = ["verify", "receipt", "receipt.json", "tampered.json", "--keys", "keys.json"];
        assert_eq!(carnet(dir, &both).code, 1);
        let other = "pass.exemple.fr/ledger/x";
        let other = world.instance.keys.log_key(other.parse().unwrap());
        assert_eq!(check("receipt.json", ["--vkey", &other.verifier_key().to_string()]).code, 1);

        check("none.json", keys).failed(2, &["none.json"]);
        check("keys.json", keys).failed(2, &["not a receipt"]);
        check("receipt.json", ["--keys", "receipt.json"]).failed(2, &["receipt.json"]);
        check("receipt.json", ["--vkey", "nonsense"]).failed(64, &["--vkey"]);
        let untrusted = carnet(dir, &["verify", "receipt", "receipt.json"]);
        assert_eq!(untrusted.code, 64, "nothing is trusted by default");
    });
}
