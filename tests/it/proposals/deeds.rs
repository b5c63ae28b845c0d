//! Orders, vouchers, signing keys and settlements: what is much is decided by two.
//!
//! Goal: each verb that can do much harm proposes, is carried out as it was asked, and refuses
//! what would be refused.

use carnet::base::clock::Clock as _;
use carnet::base::id::{Block, Closing, Deposit, Id, Movement};
use carnet::service::keys::Keys;
use carnet::service::{Error, rotate};
use serde_json::{Value, json};

use super::{approve, back, key_by_two, lines, proposed, put_if, two};
use crate::harness::{World, on_both_engines};
use crate::people::{Browser, PASSWORD};
use crate::scheme::{Plan, Scheme};
use crate::settlements::payday::{Accounts, Payday, next_day};

/// Books of 20 vouchers, six of them, of so much each.
fn plan(cents: i64, activate: bool) -> Plan {
    let rules = json!({
        "face_value": { "cents": cents, "currency": "EUR" }, "vouchers_per_book": 20
    });
    Plan { books: 6, deposit_cents: 120 * cents, activate, rules, ..Plan::default() }
}

/// Lines of a kind in a funder's ledger.
async fn of_funder(world: &World, scheme: &Scheme, kind: &str) -> usize {
    let path = format!("/api/v1/ledgers/{}/export", scheme.funder_id);
    let text = world.get(&path, &world.operator).await.text();
    text.lines().filter(|line| line.contains(&format!(r#""kind":"{kind}""#))).count()
}

async fn a_big_order_is_activated_by_two(world: World) {
    // 120 vouchers of 500 euros: above 50,000. The second order has the sum itself.
    let big = Scheme::plan(&world, &Plan { books: 5, ..plan(50_000, false) }).await;
    let bigger = Scheme::plan(&world, &Plan { books: 6, ..plan(50_000, false) }).await;
    let (mut nora, mut paul) = two(&world).await;
    let activate = |scheme: &Scheme| format!("orders/{}/activation", scheme.order_id);
    assert_eq!(nora.post(&activate(&big), None).await.status, 201, "the sum itself");
    let proposal = proposed(&nora.post(&activate(&bigger), None).await);
    let read = paul.get(&proposal).await.good();
    assert_eq!(read["about"], json!(bigger.order_id));
    assert_eq!(read["amount"]["cents"], 6_000_000, "what is needed to decide");
    assert_eq!(of_funder(&world, &bigger, "order-activated").await, 0);
    paul.give().await.good();
    approve(&mut paul, &proposal).await.good();
    assert_eq!(of_funder(&world, &bigger, "order-activated").await, 1);
    let done = nora.post(&activate(&bigger), None).await;
    assert_eq!(done.status, 200, "as it was asked");
    crate::audit::holds(&world).await;
}

async fn what_is_refused_later_still_waits(world: World) {
    let poor = Plan { deposit_cents: 1000, ..plan(50_000, false) };
    let scheme = Scheme::plan(&world, &poor).await;
    let (mut nora, mut paul) = two(&world).await;
    let path = format!("orders/{}/activation", scheme.order_id);
    // Money that is missing is missed when it is carried out.
    let proposal = proposed(&nora.post(&path, None).await);
    paul.give().await.good();
    assert_eq!(approve(&mut paul, &proposal).await.code(), "balance-short");
    assert_eq!(lines(&world, "proposal-approved").await, 0);
    let deposit: Id<Deposit> = world.id();
    let body = json!({
        "funder_id": scheme.funder_id, "reference": "MANDAT 2",
        "amount": { "cents": 6_000_000, "currency": "EUR" }
    });
    world.put(&format!("/api/v1/deposits/{deposit}"), &world.operator, body).await.good();
    assert_eq!(approve(&mut paul, &proposal).await.status, 201, "it still waited");
    // What is done already is not proposed again.
    assert_eq!(nora.post(&path, None).await.status, 200);
    assert_eq!(
        nora.post("orders/order_01h455vb4pex5vsknk084sn02q/activation", None).await.status,
        404
    );
    crate::audit::holds(&world).await;
}

async fn many_vouchers_are_voided_by_two(world: World) {
    let scheme = Scheme::plan(&world, &plan(1000, true)).await;
    let (mut nora, mut paul) = two(&world).await;
    let book = |at: usize| {
        let serial = &scheme.voucher(at, 0).serial;
        serial.split('-').next().unwrap().to_owned()
    };
    let run = |last: usize| json!({ "first": book(0), "last": book(last) });
    nora.give().await.good();
    // Five books have a hundred vouchers: not too many for one.
    let small: Id<Block> = world.id();
    let body = json!({ "target": { "books": run(4) }, "reason": "misprint" });
    assert_eq!(nora.put(&format!("blocks/{small}"), body).await.status, 201);
    let block: Id<Block> = world.id();
    for target in [json!({ "books": run(5) }), json!({ "order": scheme.order_id })] {
        let id = if target["order"].is_null() { block } else { world.id() };
        let body = json!({ "target": target, "reason": "misprint" });
        let proposal = proposed(&nora.put(&format!("blocks/{id}"), body.clone()).await);
        approve(&mut paul, &proposal).await.good();
        assert_eq!(nora.put(&format!("blocks/{id}"), body).await.status, 200);
    }
    assert_eq!(of_funder(&world, &scheme, "vouchers-blocked").await, 3);
    let mut moved = run(5);
    moved["to"] = json!("in_stock");
    moved["site_id"] = json!(scheme.site_id);
    let movement: Id<Movement> = world.id();
    assert_eq!(nora.put(&format!("movements/{movement}"), moved).await.status, 201);
    let lost: Id<Movement> = world.id();
    let mut body = run(5);
    body["to"] = json!("lost");
    paul.give().await.good();
    nora.give().await.good();
    let proposal = proposed(&nora.put(&format!("movements/{lost}"), body).await);
    approve(&mut paul, &proposal).await.good();
    let path = format!("/api/v1/books/{}", book(5));
    assert_eq!(world.get(&path, &world.operator).await.good()["custody"], "lost");
    crate::audit::holds(&world).await;
    let key = key_by_two(&world, (&mut nora, &mut paul), "operator").await;
    a_campaign_ends(&world, &scheme, &key).await;
}

/// The key of a program closes a campaign of 120 vouchers, as far as a program can.
async fn a_campaign_ends(world: &World, scheme: &Scheme, key: &str) {
    world.clock.set("2027-03-01T10:00:00.000Z".parse().unwrap());
    let closing: Id<Closing> = world.id();
    let path = format!("/api/v1/closings/{closing}");
    let body = json!({ "campaign_id": scheme.campaign_id });
    let proposal = proposed(&world.put(&path, key, body).await);
    let mut paul = Browser::new(world);
    paul.sign_in("paul@exemple.fr", PASSWORD).await.good();
    assert_eq!(approve(&mut paul, &proposal).await.code(), "second-factor-needed");
    assert_eq!(of_funder(world, scheme, "campaign-closed").await, 0);
}

async fn a_signing_key_begins_and_ends_by_two(world: World) {
    let (_, mut paul) = two(&world).await;
    let actor = rotate::operator_at_the_machine(&world.instance).await.unwrap();
    let entropy = world.instance.entropy.as_ref();
    let key = Keys::add_voucher_key(&world.dir.join("keys"), 2, entropy).unwrap();
    let until = world.clock.now().plus_seconds(86_400);
    let listed = async || rotate::list(&world.instance, &actor).await.unwrap().len();
    let waiting = |done: Result<_, Error>| match done {
        Err(Error::Proposed(proposed)) => {
            let line: Value = serde_json::from_str(&proposed.done.receipt.line).unwrap();
            assert_eq!(line["actor"], json!(world.operator_id));
            format!("proposals/{}", line["id"].as_str().unwrap())
        }
        other => panic!("{other:?}"),
    };
    let proposal = waiting(rotate::add(&world.instance, &actor, key.public(), until).await);
    assert_eq!(listed().await, 1);
    assert_eq!(paul.get(&proposal).await.good()["content"]["key_id"], 2);
    approve(&mut paul, &proposal).await.good();
    assert_eq!(listed().await, 2);
    let again = rotate::add(&world.instance, &actor, key.public(), until).await.unwrap();
    assert!(!again.fresh);
    let proposal = waiting(rotate::revoke(&world.instance, &actor, 1).await);
    approve(&mut paul, &proposal).await.good();
    assert!(!rotate::revoke(&world.instance, &actor, 1).await.unwrap().fresh);
    crate::audit::holds(&world).await;
}

async fn a_program_is_no_second_person_of_a_settlement(world: World) {
    let payday = Payday::new(&world, &Plan::default(), Accounts::Known).await;
    let (mut nora, mut paul) = two(&world).await;
    payday.redeem(&world, 0, 0).await;
    next_day(&world);
    nora = back(&nora, "nora@exemple.fr").await;
    paul = back(&paul, "paul@exemple.fr").await;
    let id: Id<carnet::base::id::Settlement> = world.id();
    let body = json!({ "funder_id": payday.scheme.funder_id, "cut_off_on": "2026-11-22" });
    let path = format!("settlements/{id}");
    put_if(&nora, &path, &body, None).await.good();
    let approval = format!("/api/v1/{path}/approval");
    // The approver's key of before, which a key granted, speaks for nobody.
    let nobodys = world.post(&approval, &payday.approver, None).await;
    assert_eq!(nobodys.json()["state"], "key-of-nobody");
    let key = key_by_two(&world, (&mut nora, &mut paul), "approver").await;
    let proposal = proposed(&world.post(&approval, &key, None).await);
    assert_eq!(of_funder(&world, &payday.scheme, "settlement-approved").await, 0);
    // Nora drew it up: as an operator she never approves.
    assert_eq!(approve(&mut nora, &proposal).await.code(), "not-permitted");
    approve(&mut paul, &proposal).await.good();
    assert_eq!(of_funder(&world, &payday.scheme, "settlement-approved").await, 1);
    // A person with a fresh second factor is the second one by itself.
    payday.redeem(&world, 0, 1).await;
    next_day(&world);
    let (drawn, answer) = payday.settle(&world, "2026-11-23").await;
    answer.good();
    let mut paul = back(&paul, "paul@exemple.fr").await;
    // But not of what a key of nobody drew up: that may have been Paul.
    proposed(&paul.post(&format!("settlements/{drawn}/approval"), None).await);
    let mut nora = back(&nora, "nora@exemple.fr").await;
    nora.post(&format!("settlements/{drawn}/cancellation"), None).await.good();
    let key = key_by_two(&world, (&mut nora, &mut paul), "operator").await;
    let next: Id<carnet::base::id::Settlement> = world.id();
    let body = json!({ "funder_id": payday.scheme.funder_id, "cut_off_on": "2026-11-23" });
    world.put(&format!("/api/v1/settlements/{next}"), &key, body).await.good();
    assert_eq!(paul.post(&format!("settlements/{next}/approval"), None).await.status, 201);
    crate::audit::holds(&world).await;
}

on_both_engines!(
    a_big_order_is_activated_by_two,
    what_is_refused_later_still_waits,
    many_vouchers_are_voided_by_two,
    a_signing_key_begins_and_ends_by_two,
    a_program_is_no_second_person_of_a_settlement,
);
