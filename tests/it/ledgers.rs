//! Goal: everyone reads what the design gives them and no more; what is served proves what it
//! claims, to our verifier and to another one; a retry, an export and a proof tell one story.

pub(crate) mod long;

use std::collections::BTreeSet;

use carnet::base::id::{Campaign, Funder, Id, Redemption, Structure};
use carnet::domain::ledger::checkpoint::{Checkpoint, VerifierKey};
use carnet::domain::ledger::consistency;
use carnet::domain::ledger::receipt::{Receipt, verify};
use carnet::domain::refusal::Reason;
use serde_json::{Value, json};

use crate::harness::{Answer, World, on_both_engines};
use crate::registers::{funder_body, structure_body};
use crate::scheme::{OFFERING, Scheme};

/// The key that signs a ledger's checkpoints, as the instance publishes it.
pub(crate) async fn log_key(world: &World, ledger: impl std::fmt::Display) -> VerifierKey {
    let list = world.get("/.well-known/carnet-keys.json", "").await.good();
    let keys = list["log_keys"].as_array().unwrap().iter();
    let keys: Vec<VerifierKey> = keys.map(|key| key.as_str().unwrap().parse().unwrap()).collect();
    let name = format!("pass.exemple.fr/ledger/{ledger}");
    keys.into_iter().find(|key| key.origin().as_str() == name).unwrap()
}

/// The newest checkpoint of a ledger, and its note.
async fn newest(world: &World, ledger: impl std::fmt::Display) -> (Checkpoint, String) {
    let key = log_key(world, &ledger).await;
    let answer = world.get(&format!("/ledger/{ledger}/checkpoint"), "").await;
    assert_eq!(answer.header("cache-control"), "no-store");
    let note = answer.text();
    (Checkpoint::open(&note, &[key]).unwrap(), note)
}

async fn who_reads_what(world: World) {
    let scheme = Scheme::new(&world).await;
    scheme.redeem(&world, &scheme.voucher(0, 0).url).await.good();
    let other: Id<Funder> = world.id();
    let path = format!("/api/v1/organisations/{other}");
    world.put(&path, &world.operator, funder_body("Ville", "held")).await.good();
    let operator = world.operator_id.to_string();
    let approver = world.key("approver", &operator, None).await;
    let auditor = world.key("auditor", &operator, None).await;
    let other = world.key("funder", &other.to_string(), None).await;
    let path = |what: &str| format!("/api/v1/ledgers/{}/{what}", scheme.funder_id);
    // Who, then what it gets for entries, and for balances and export.
    for (name, secret, entries, all) in [
        ("operator", &world.operator, "", ""),
        ("approver", &approver, "", ""),
        ("auditor", &auditor, "", ""),
        ("funder", &scheme.funder, "", ""),
        ("other funder", &other, "not-found", "not-found"),
        ("structure", &scheme.structure, "", "not-permitted"),
        ("venue", &scheme.venue, "not-permitted", "not-permitted"),
        ("distributor", &scheme.distributor, "not-permitted", "not-permitted"),
        ("nobody", &String::new(), "not-signed-in", "not-signed-in"),
    ] {
        let expected = [("entries", entries), ("balances", all), ("export", all)];
        for (what, code) in expected {
            let answer = world.get(&path(what), secret).await;
            let found = if answer.status.is_success() { String::new() } else { answer.code() };
            assert_eq!(found, code, "{name} asks for {what}");
        }
    }
    let unknown: Id<Funder> = world.id();
    for what in ["entries", "balances", "export"] {
        let path = format!("/api/v1/ledgers/{unknown}/{what}");
        assert_eq!(world.get(&path, &world.operator).await.code(), "not-found");
        assert_eq!(world.get(&path, &scheme.funder).await.code(), "not-found");
    }
    // The operator's own ledger is nobody else's.
    let own = format!("/api/v1/ledgers/{}/entries", world.operator_id);
    world.get(&own, &auditor).await.good();
    assert_eq!(world.get(&own, &scheme.funder).await.code(), "not-found");
}

/// All pages of a list.
async fn pages(world: &World, path: &str, secret: &str, limit: i64) -> Vec<Value> {
    let (mut items, mut after) = (Vec::new(), -1);
    loop {
        let page = format!("{path}?after={after}&limit={limit}");
        let body = world.get(&page, secret).await.good();
        items.extend(body["items"].as_array().unwrap().iter().cloned());
        match body["next"].as_i64() {
            Some(next) => after = next,
            None => return items,
        }
    }
}

async fn a_structure_sees_its_own_lines(world: World) {
    let scheme = Scheme::new(&world).await;
    scheme.redeem(&world, &scheme.voucher(0, 0).url).await.good();
    let stranger: Id<Structure> = world.id();
    let path = format!("/api/v1/organisations/{stranger}");
    world.put(&path, &world.operator, structure_body("Ailleurs")).await.good();
    let stranger = world.key("structure", &stranger.to_string(), None).await;
    let path = format!("/api/v1/ledgers/{}/entries", scheme.funder_id);
    let all = pages(&world, &path, &scheme.funder, 3).await;
    let seqs: Vec<i64> = all.iter().map(|item| item["seq"].as_i64().unwrap()).collect();
    assert_eq!(seqs, (0..i64::try_from(all.len()).unwrap()).collect::<Vec<_>>());

    let kind = |item: &Value| {
        let line: Value = serde_json::from_str(item["line"].as_str().unwrap()).unwrap();
        line["kind"].as_str().unwrap().to_owned()
    };
    let own = pages(&world, &path, &scheme.structure, 1).await;
    let kinds: Vec<String> = own.iter().map(kind).collect();
    assert_eq!(kinds, ["venue-admitted", "voucher-redeemed"]);
    assert!(own.iter().all(|item| all.contains(item)));
    assert_eq!(pages(&world, &path, &stranger, 10).await, Vec::<Value>::new());

    let path = format!("/api/v1/ledgers/{}/entries", world.operator_id);
    let own: BTreeSet<String> =
        pages(&world, &path, &scheme.structure, 2).await.iter().map(kind).collect();
    let expected =
        ["api-key-granted", "organisation-registered", "venue-registered", "venue-state-set"];
    assert_eq!(own, expected.map(str::to_owned).into());
}

async fn the_trial_balance_adds_up(world: World) {
    let scheme = Scheme::new(&world).await;
    for position in 0..3 {
        scheme.redeem(&world, &scheme.voucher(0, position).url).await.good();
    }
    let path = format!("/api/v1/ledgers/{}/balances", scheme.funder_id);
    let body = world.get(&path, &scheme.funder).await.good();
    let money = |cents: i64| json!({ "cents": cents, "currency": "EUR" });
    let identity = json!({ "funds": money(1_000_000), "owed": money(1_000_000), "holds": true });
    assert_eq!(body["identity"], identity);
    let float = json!({
        "campaign_id": scheme.campaign_id, "cents": 17_000, "vouchers": 17, "face_cents": 1000,
        "holds": true
    });
    assert_eq!(body["floats"], json!([float]));
    let due = json!({
        "account": format!("due:{}", scheme.structure_id), "kind": "due", "debits": money(0),
        "credits": money(3000), "balance": money(3000), "vouchers": 0
    });
    assert!(body["accounts"].as_array().unwrap().contains(&due), "{body}");

    // Anyone sees the same totals, no account, and the checkpoint that they stand under.
    let public = world.get(&format!("/ledger/{}/totals", scheme.funder_id), "").await;
    let (checkpoint, note) = newest(&world, scheme.funder_id).await;
    let totals = public.good();
    assert_eq!(totals["totals"], body["totals"]);
    assert_eq!((&totals["checkpoint"], &totals["identity"]), (&json!(note), &identity));
    assert_eq!(totals["size"], json!(checkpoint.size));
    for hidden in ["structure_", "campaign_", "accounts", "venue_"] {
        assert!(!public.text().contains(hidden), "{hidden} is public");
    }
}

async fn proofs_hold_and_never_change(world: World) {
    let scheme = Scheme::new(&world).await;
    let ledger = scheme.funder_id;
    let key = log_key(&world, ledger).await;
    let mut receipts = Vec::new();
    for position in 0..4 {
        let body = scheme.redeem(&world, &scheme.voucher(1, position).url).await.good();
        receipts.push(serde_json::from_value::<Receipt>(body["receipt"].clone()).unwrap());
    }
    for receipt in &receipts {
        let known = verify(receipt, std::slice::from_ref(&key)).unwrap();
        // The same proof, asked for again: the same bytes, and fit for any cache.
        let path = format!("/ledger/{ledger}/proof?seq={}&size={}", known.seq, known.size);
        let answer = world.get(&path, "").await;
        assert_eq!(answer.text(), receipt.proof);
        assert!(answer.header("cache-control").contains("immutable"));
        let latest = world.get(&format!("/ledger/{ledger}/proof?seq={}", known.seq), "").await;
        assert_eq!(latest.header("cache-control"), "no-store");
        let fresh = Receipt { line: receipt.line.clone(), proof: latest.text() };
        let later = verify(&fresh, std::slice::from_ref(&key)).unwrap();
        assert!(later.size >= known.size);
        let other = Receipt { line: receipts[0].line.clone(), proof: latest.text() };
        assert_eq!(verify(&other, std::slice::from_ref(&key)).is_ok(), *receipt == receipts[0]);
    }
    let (checkpoint, _) = newest(&world, ledger).await;
    let size = checkpoint.size;
    for bad in [
        format!("proof?seq={size}"),
        "proof?seq=-1".to_owned(),
        format!("proof?seq=0&size={}", size + 1),
        "checkpoint?size=0".to_owned(),
        format!("checkpoint?size={}", size + 1),
        format!("consistency?from=1&to={}", size + 1),
    ] {
        let answer = world.get(&format!("/ledger/{ledger}/{bad}"), "").await;
        assert_eq!(answer.code(), "not-found", "{bad}");
    }
    for bad in ["proof", "consistency", "proof?seq=x", "consistency?from=-1"] {
        let answer = world.get(&format!("/ledger/{ledger}/{bad}"), "").await;
        assert_eq!(answer.code(), "invalid-request", "{bad}");
    }
    let unknown: Id<Funder> = world.id();
    for what in ["checkpoint", "totals", "tile/0/000.p/1", "proof?seq=0", "consistency?from=1"] {
        let answer = world.get(&format!("/ledger/{unknown}/{what}"), "").await;
        assert_eq!(answer.code(), "not-found", "{what}");
    }
}

/// The kept checkpoints of a ledger, found as anyone can: by asking for each size.
async fn kept(world: &World, ledger: impl std::fmt::Display, size: u64) -> Vec<Checkpoint> {
    let key = log_key(world, &ledger).await;
    let mut kept = Vec::new();
    for size in 1..=size {
        let answer = world.get(&format!("/ledger/{ledger}/checkpoint?size={size}"), "").await;
        if answer.status.is_success() {
            assert!(answer.header("cache-control").contains("immutable"));
            kept.push(Checkpoint::open(&answer.text(), std::slice::from_ref(&key)).unwrap());
        }
    }
    kept
}

/// The text that proves growth from one kept checkpoint to another.
async fn growth(world: &World, ledger: impl std::fmt::Display, from: u64, to: u64) -> Answer {
    world.get(&format!("/ledger/{ledger}/consistency?from={from}&to={to}"), "").await
}

async fn every_pair_of_checkpoints_is_consistent(world: World) {
    let scheme = Scheme::new(&world).await;
    for position in 0..10 {
        scheme.redeem(&world, &scheme.voucher(0, position).url).await.good();
    }
    let ledger = scheme.funder_id;
    let key = [log_key(&world, ledger).await];
    let (newest, _) = newest(&world, ledger).await;
    let kept = kept(&world, ledger, newest.size).await;
    assert!(kept.len() > 12, "{} checkpoints", kept.len());
    for from in &kept {
        for to in kept.iter().filter(|to| to.size >= from.size) {
            let text = growth(&world, ledger, from.size, to.size).await.text();
            let found = consistency::verify(&text, from.size, &from.root, &key).unwrap();
            assert_eq!(&found, to);
            let root = tlog_tiles::Hash(*to.root.as_bytes());
            let hashes = text.split_once("\n\n").unwrap().0.lines().skip(1);
            let proof = hashes.map(|hash| tlog_tiles::Hash::parse_hash(hash).unwrap()).collect();
            let earlier = tlog_tiles::Hash(*from.root.as_bytes());
            tlog_tiles::check_tree(&proof, to.size, root, from.size, earlier).unwrap();
        }
        let other = kept.iter().find(|other| other.size != from.size).unwrap();
        let text = growth(&world, ledger, from.size, newest.size).await.text();
        assert!(consistency::verify(&text, from.size, &other.root, &key).is_err());
    }
    // Whoever never saw the ledger asks from nothing.
    let text = growth(&world, ledger, 0, newest.size).await.text();
    let nothing = carnet::domain::ledger::log::empty_root();
    assert_eq!(consistency::verify(&text, 0, &nothing, &key).unwrap(), newest);
    assert_eq!(growth(&world, ledger, newest.size, kept[0].size).await.code(), "invalid-request");
}

async fn a_batch_is_proved_under_one_checkpoint(world: World) {
    let scheme = Scheme::new(&world).await;
    let item = |position: usize| {
        let mut item = scheme.body(&scheme.voucher(0, position).url);
        item["id"] = json!(world.id::<Redemption>());
        item
    };
    let items: Vec<Value> = (0..8).map(item).collect();
    let body = json!({ "redemptions": items });
    let answer = world.post("/api/v1/redemption-batches", &scheme.venue, Some(body)).await.good();
    let ledger = scheme.funder_id;
    let key = [log_key(&world, ledger).await];
    for result in answer["results"].as_array().unwrap() {
        let receipt = &result["redemption"]["receipt"];
        let receipt: Receipt = serde_json::from_value(receipt.clone()).unwrap();
        let known = verify(&receipt, &key).unwrap();
        let path = format!("/ledger/{ledger}/proof?seq={}&size={}", known.seq, known.size);
        assert_eq!(world.get(&path, "").await.text(), receipt.proof);
        // The checkpoint is the batch's; one in its middle was never signed.
        if known.seq + 1 < known.size {
            let inner = format!("/ledger/{ledger}/checkpoint?size={}", known.seq + 1);
            assert_eq!(world.get(&inner, "").await.code(), "not-found");
        }
    }
}

async fn each_problem_has_its_page(world: World) {
    for reason in Reason::ALL {
        let page = world.get(&format!("/problems/{}", reason.code()), "").await;
        assert_eq!((page.status.as_u16(), page.kind.as_str()), (200, "text/html; charset=utf-8"));
        let html = page.text();
        let places = ["lang=\"fr\"", "lang=\"en\"", reason.code()].map(|part| html.find(part));
        assert!(places.is_sorted() && places[0].is_some(), "{html}");
        assert!(!html.contains("<script"));
    }
    let fault = world.get("/problems/fault", "").await.text();
    assert!(fault.contains("Une panne") && fault.contains("Something broke"));
    assert_eq!(world.get("/problems/no-such-code", "").await.code(), "not-found");
    assert_eq!(world.get("/problems/%3Cscript%3E", "").await.code(), "not-found");
}

async fn the_keys_are_all_listed(world: World) {
    let scheme = Scheme::new(&world).await;
    let answer = world.get("/.well-known/carnet-keys.json", "").await;
    let list: carnet::domain::keyring::KeyList = serde_json::from_slice(&answer.bytes).unwrap();
    assert_eq!(list.log_keys.len(), 2, "the operator's and the funder's");
    assert_eq!(list.voucher_keys.len(), 1);
    let ring = world.instance.keyring().await.unwrap();
    assert_eq!(list.voucher_keys[0], ring.records()[0].key);
    log_key(&world, scheme.funder_id).await;
    let campaign: Id<Campaign> = scheme.campaign_id;
    assert!(!answer.text().contains(&campaign.to_string()) && !OFFERING.is_empty());
}

on_both_engines!(
    who_reads_what,
    a_structure_sees_its_own_lines,
    the_trial_balance_adds_up,
    proofs_hold_and_never_change,
    every_pair_of_checkpoints_is_consistent,
    a_batch_is_proved_under_one_checkpoint,
    each_problem_has_its_page,
    the_keys_are_all_listed,
);
