//! Goal: vouchers lapse once nobody may redeem them, their whole worth is the funder's again, and
//! no account gives more than it holds.

use carnet::base::id::{Closing, Id, Withdrawal};
use carnet::domain::ledger::account::AccountKind;
use serde_json::{Value, json};

use super::payday::{Accounts, Payday, total};
use crate::harness::{Answer, World, on_both_engines};
use crate::scheme::Plan;

async fn close(world: &World, payday: &Payday, id: Id<Closing>) -> Answer {
    let body = json!({ "campaign_id": payday.scheme.campaign_id });
    world.put(&format!("/api/v1/closings/{id}"), &world.operator, body).await
}

async fn withdraw(world: &World, payday: &Payday, kind: &str, cents: i64) -> Answer {
    let id: Id<Withdrawal> = world.id();
    let body = withdrawal(payday, kind, cents);
    world.put(&format!("/api/v1/withdrawals/{id}"), &world.operator, body).await
}

fn withdrawal(payday: &Payday, kind: &str, cents: i64) -> Value {
    json!({
        "funder_id": payday.scheme.funder_id, "kind": kind, "reference": "VIR 2027-1",
        "amount": { "cents": cents, "currency": "EUR" }
    })
}

async fn unspent_vouchers_lapse_after_the_days_of_grace(world: World) {
    let payday = Payday::new(&world, &Plan::default(), Accounts::Known).await;
    let used = payday.redeem(&world, 0, 0).await;
    let (id, other): (Id<Closing>, Id<Closing>) = (world.id(), world.id());
    world.clock.set("2027-01-31T22:00:00.000Z".parse().unwrap());
    let early = close(&world, &payday, id).await;
    assert_eq!(
        (early.code().as_str(), &early.json()["state"]),
        ("wrong-state", &json!("not-over"))
    );
    payday.redeem(&world, 0, 1).await;
    world.clock.set("2027-01-31T23:00:00.000Z".parse().unwrap());
    let path = format!("/api/v1/closings/{id}");
    let body = json!({ "campaign_id": payday.scheme.campaign_id });
    let refused = world.put(&path, &payday.scheme.funder, body).await;
    assert_eq!(refused.code(), "not-permitted");
    let closed = close(&world, &payday, id).await;
    assert_eq!(closed.status, 201, "{}", closed.json());
    let line: Value =
        serde_json::from_str(closed.json()["receipt"]["line"].as_str().unwrap()).unwrap();
    assert_eq!(line["body"]["vouchers"], 18);
    let again = close(&world, &payday, id).await;
    assert_eq!((again.status.as_u16(), &again.bytes), (200, &closed.bytes));
    assert_eq!(close(&world, &payday, other).await.json()["state"], "closed");
    let unknown = json!({ "campaign_id": Id::<carnet::base::id::Campaign>::from_uuid(id.uuid()) });
    assert_eq!(world.put(&path, &world.operator, unknown.clone()).await.code(), "differs");
    let path = format!("/api/v1/closings/{other}");
    assert_eq!(world.put(&path, &world.operator, unknown).await.code(), "not-found");

    let balances = payday.balances(&world).await;
    let held = [AccountKind::Float, AccountKind::Refund, AccountKind::Due];
    assert_eq!(held.map(|kind| total(&balances, kind)), [0, 18_000, 2000]);
    let lapsed = payday.scheme.redeem(&world, &payday.scheme.voucher(0, 2).url).await;
    assert_eq!(lapsed.code(), "voucher-lapsed");
    // Undone after the closing: the worth is the funder's, not the float's.
    payday.reverse(&world, &world.operator, &used).await.good();
    let balances = payday.balances(&world).await;
    assert_eq!(held.map(|kind| total(&balances, kind)), [0, 19_000, 1000]);
}

async fn money_goes_back_as_far_as_there_is_some(world: World) {
    let plan = Plan { deposit_cents: 30_000, ..Plan::default() };
    let payday = Payday::new(&world, &plan, Accounts::Known).await;
    let short = withdraw(&world, &payday, "deposit-withdrawn", 10_001).await;
    assert_eq!(
        (short.code().as_str(), &short.json()["missing_cents"]),
        ("balance-short", &json!(1))
    );
    withdraw(&world, &payday, "deposit-withdrawn", 4000).await.good();
    world.clock.set("2027-02-01T10:00:00.000Z".parse().unwrap());
    close(&world, &payday, world.id()).await.good();
    let short = withdraw(&world, &payday, "refund-paid-back", 20_001).await;
    assert_eq!(short.code(), "balance-short");
    withdraw(&world, &payday, "refund-paid-back", 15_000).await.good();
    withdraw(&world, &payday, "refund-rolled-over", 5000).await.good();
    assert_eq!(withdraw(&world, &payday, "refund-rolled-over", 0).await.code(), "invalid-request");
    let balances = payday.balances(&world).await;
    let held = [AccountKind::Funds, AccountKind::Deposit, AccountKind::Refund];
    assert_eq!(held.map(|kind| total(&balances, kind)), [11_000, 11_000, 0]);

    let id: Id<Withdrawal> = world.id();
    let path = format!("/api/v1/withdrawals/{id}");
    let body = withdrawal(&payday, "deposit-withdrawn", 1000);
    let first = world.put(&path, &world.operator, body.clone()).await;
    let again = world.put(&path, &world.operator, body.clone()).await;
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 200));
    assert_eq!(first.bytes, again.bytes);
    let other = withdrawal(&payday, "deposit-withdrawn", 999);
    assert_eq!(world.put(&path, &world.operator, other).await.code(), "differs");
    assert_eq!(world.put(&path, &payday.scheme.funder, body).await.code(), "not-permitted");
}

on_both_engines!(
    unspent_vouchers_lapse_after_the_days_of_grace,
    money_goes_back_as_far_as_there_is_some,
);
