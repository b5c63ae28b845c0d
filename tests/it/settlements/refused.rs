//! Goal: a settlement that cannot be is refused with its reason, and nothing is learned of what
//! belongs to others.

use carnet::base::id::{Funder, Id, Payment, Settlement, Structure};
use serde_json::json;

use super::payday::{Accounts, Payday, next_day, post};
use crate::harness::{World, on_both_engines};
use crate::registers::funder_body;
use crate::scheme::Plan;

async fn a_settlement_looks_at_days_that_were(world: World) {
    let payday = Payday::new(&world, &Plan::default(), Accounts::Known).await;
    let (_, nothing) = payday.settle(&world, "2026-11-22").await;
    assert_eq!(
        (nothing.code().as_str(), &nothing.json()["state"]),
        ("wrong-state", &json!("nothing-due"))
    );
    payday.redeem(&world, 0, 0).await;
    let (_, future) = payday.settle(&world, "2026-11-23").await;
    assert_eq!(future.code(), "invalid-request");
    assert_eq!(future.json()["errors"][0]["pointer"], "/cut_off_on");
    let (_, early) = payday.settle(&world, "2026-11-21").await;
    assert_eq!(early.json()["state"], "nothing-due");

    let (id, drawn) = payday.settle(&world, "2026-11-22").await;
    drawn.good();
    let (_, second) = payday.settle(&world, "2026-11-22").await;
    assert_eq!((second.code().as_str(), &second.json()["state"]), ("wrong-state", &json!("drawn")));
    post(&world, &format!("settlements/{id}/approval"), &payday.approver).await.good();
    next_day(&world);
    payday.redeem(&world, 0, 1).await;
    let (_, back) = payday.settle(&world, "2026-11-21").await;
    assert_eq!((back.code().as_str(), back.status.as_u16()), ("already-settled", 409));
    // The same day again counts what was written after the first.
    let (_, same) = payday.settle(&world, "2026-11-22").await;
    assert_eq!(same.json()["state"], "nothing-due");
    payday.settle(&world, "2026-11-23").await.1.good();

    let path = format!("/api/v1/settlements?funder_id={}", payday.scheme.funder_id);
    let listed = world.get(&path, &payday.scheme.funder).await.good();
    let states: Vec<_> =
        listed.as_array().unwrap().iter().map(|row| row["state"].clone()).collect();
    assert_eq!(states, [json!("approved"), json!("drawn")]);
}

async fn foreign_and_unknown_ids_look_alike(world: World) {
    let payday = Payday::new(&world, &Plan::default(), Accounts::Known).await;
    let used = payday.redeem(&world, 0, 0).await;
    let (id, [mine, _]) = payday.pay(&world, "2026-11-22").await;
    let other: Id<Funder> = world.id();
    let path = format!("/api/v1/organisations/{other}");
    world.put(&path, &world.operator, funder_body("Ville", "pledged")).await.good();
    let stranger = world.key("funder", &other.to_string(), None).await;
    let unknown: Id<Settlement> = world.id();
    let nobody: Id<Structure> = world.id();
    let payment = mine.unwrap()["id"].as_str().unwrap().to_owned();
    let (never, structure): (Id<Payment>, _) = (world.id(), payday.payees[0].0);
    for (foreign, unknown) in [
        (format!("settlements/{id}"), format!("settlements/{unknown}")),
        (format!("settlements/{id}/pain.001.xml"), format!("settlements/{unknown}/pain.001.xml")),
        (
            format!("settlements/{id}/statements/{structure}"),
            format!("settlements/{unknown}/statements/{structure}"),
        ),
        (format!("payments/{payment}/vouchers"), format!("payments/{never}/vouchers")),
        (
            format!("settlements?funder_id={}", payday.scheme.funder_id),
            format!("settlements?funder_id={}", Id::<Funder>::from_uuid(nobody.uuid())),
        ),
        (format!("vouchers/{}/payment", used.serial), "vouchers/0999999-01/payment".to_owned()),
    ] {
        let foreign = world.get(&format!("/api/v1/{foreign}"), &stranger).await;
        let unknown = world.get(&format!("/api/v1/{unknown}"), &stranger).await;
        assert_eq!((foreign.code(), &foreign.bytes), ("not-found".to_owned(), &unknown.bytes));
    }
    let approval = format!("settlements/{id}/approval");
    assert_eq!(post(&world, &approval, &stranger).await.code(), "not-found");
    let missing =
        world.get(&format!("/api/v1/settlements/{id}/statements/{nobody}"), &world.operator).await;
    assert_eq!(missing.code(), "not-found");
    let body = json!({ "funder_id": Id::<Funder>::from_uuid(nobody.uuid()),
        "cut_off_on": "2026-11-22" });
    let path = format!("/api/v1/settlements/{unknown}");
    assert_eq!(world.put(&path, &world.operator, body.clone()).await.code(), "not-found");
    assert_eq!(world.put(&path, &payday.approver, body).await.code(), "not-permitted");
    for action in ["confirmation", "rejection"] {
        let path = format!("payments/{never}/{action}");
        assert_eq!(post(&world, &path, &world.operator).await.code(), "not-found");
        assert_eq!(post(&world, &path, &payday.approver).await.code(), "not-permitted");
    }
}

async fn an_unused_voucher_has_no_payment_yet(world: World) {
    let payday = Payday::new(&world, &Plan::default(), Accounts::Known).await;
    let used = payday.redeem(&world, 0, 0).await;
    let path = format!("/api/v1/vouchers/{}/payment", used.serial);
    let trace = world.get(&path, &payday.payees[0].2).await.good();
    assert_eq!(
        (&trace["uses"][0]["state"], &trace["uses"][0]["payments"]),
        (&json!("pending"), &json!([]))
    );
    let path = format!("{path}?funder_id={}", payday.scheme.funder_id);
    assert_eq!(world.get(&path, &payday.scheme.funder).await.good(), trace);
    assert_eq!(world.get(&path, &payday.payees[1].2).await.code(), "not-found");
    let unused = "/api/v1/vouchers/0000001-02/payment";
    assert_eq!(world.get(unused, &payday.scheme.funder).await.good()["uses"], json!([]));
    assert_eq!(world.get(unused, &payday.payees[0].2).await.code(), "not-found");
    assert_eq!(world.get(unused, &payday.scheme.venue).await.code(), "not-permitted");
}

async fn a_repayment_is_written_once(world: World) {
    let payday = Payday::new(&world, &Plan::default(), Accounts::Known).await;
    assert_eq!(payday.repay(&world, 0, 1000).await.code(), "not-found");
    payday.redeem(&world, 0, 0).await;
    assert_eq!(payday.repay(&world, 0, 0).await.code(), "invalid-request");
    let id: Id<carnet::base::id::Repayment> = world.id();
    let path = format!("/api/v1/repayments/{id}");
    let body = |cents: i64| {
        json!({
            "funder_id": payday.scheme.funder_id, "structure_id": payday.payees[0].0,
            "amount": { "cents": cents, "currency": "EUR" }, "reference": "VIR 2026-7"
        })
    };
    let first = world.put(&path, &world.operator, body(500)).await;
    let again = world.put(&path, &world.operator, body(500)).await;
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 200));
    assert_eq!(first.bytes, again.bytes);
    assert_eq!(world.put(&path, &world.operator, body(600)).await.code(), "differs");
    assert_eq!(world.put(&path, &payday.payees[0].2, body(500)).await.code(), "not-permitted");
    assert_eq!(payday.due(&world, 0).await, 1500);
}

on_both_engines!(
    a_settlement_looks_at_days_that_were,
    foreign_and_unknown_ids_look_alike,
    an_unused_voucher_has_no_payment_yet,
    a_repayment_is_written_once,
);
