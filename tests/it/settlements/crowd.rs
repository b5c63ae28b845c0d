//! Goal: more payments than one transaction draws: interrupted, raced, cancelled and drawn again,
//! each structure is paid once.

use std::time::Duration;

use carnet::base::id::{Id, Redemption, Settlement};
use serde_json::{Value, json};

use super::payday::{Accounts, Payday, post, structure, venue};
use crate::harness::{World, on_both_engines};
use crate::scheme::{OFFERING, Plan};

const CROWD: usize = 203;

async fn a_crowd_is_paid_once(world: World) {
    let plan = Plan { books: 21, ..Plan::default() };
    let payday = Payday::new(&world, &plan, Accounts::Known).await;
    for number in 0..CROWD {
        let (structure_id, key) = structure(&world, &format!("Structure {number}")).await;
        let venue_id = venue(&world, structure_id).await;
        let presented = &payday.scheme.voucher(number / 10, number % 10).url;
        let body = json!({ "presented": presented, "venue_id": venue_id, "offering": OFFERING });
        let id: Id<Redemption> = world.id();
        world.put(&format!("/api/v1/redemptions/{id}"), &key, body).await.good();
    }
    let id = interrupted(&world, &payday).await;
    let path = format!("/api/v1/settlements/{id}");
    let approval = post(&world, &format!("settlements/{id}/approval"), &payday.approver).await;
    assert_eq!(approval.json()["state"], "opened");
    let (_, second) = payday.settle(&world, "2026-11-22").await;
    assert_eq!(second.json()["state"], "opened");
    let body = json!({ "funder_id": payday.scheme.funder_id, "cut_off_on": "2026-11-22" });
    let [one, two] = [&world.operator; 2].map(|key| world.put(&path, key, body.clone()));
    let (one, two) = tokio::join!(one, two);
    assert_eq!(one.good(), two.good());
    let payments = drawn(&world, &path).await;
    assert_eq!(payments.len(), CROWD);

    let cancellation = format!("settlements/{id}/cancellation");
    post(&world, &cancellation, &world.operator).await.good();
    let balances = payday.balances(&world).await;
    assert_eq!(balances.totals()[3].cents, i64::try_from(CROWD).unwrap() * 1000);
    let (next, answer) = payday.settle(&world, "2026-11-22").await;
    answer.good();
    let again = drawn(&world, &format!("/api/v1/settlements/{next}")).await;
    assert_eq!(again.len(), CROWD);
    assert!(payments.iter().all(|payment| !again.contains(payment)), "ids of their own");
}

/// A settlement whose caller went away half-way.
async fn interrupted(world: &World, payday: &Payday) -> Id<Settlement> {
    for _ in 0..5 {
        let id: Id<Settlement> = world.id();
        let path = format!("/api/v1/settlements/{id}");
        let body = json!({ "funder_id": payday.scheme.funder_id, "cut_off_on": "2026-11-22" });
        let state = async || world.get(&path, &world.operator).await.json()["state"].clone();
        let seen = async { while state().await != "opened" {} };
        tokio::select! {
            _ = world.put(&path, &world.operator, body) => {},
            () = seen => {},
        }
        // What was handed in goes on without its caller; the rest does not.
        tokio::time::sleep(Duration::from_millis(200)).await;
        if state().await == "opened" {
            return id;
        }
        let cancellation = format!("settlements/{id}/cancellation");
        post(world, &cancellation, &world.operator).await.good();
    }
    panic!("no settlement was interrupted");
}

async fn drawn(world: &World, path: &str) -> Vec<Value> {
    let read = world.get(path, &world.operator).await.good();
    assert_eq!(read["state"], "drawn");
    assert_eq!(read["total"]["cents"], json!(CROWD * 1000));
    let payments = read["payments"].as_array().unwrap();
    assert_eq!(read["payment_count"], json!(payments.len()));
    payments.iter().map(|payment| payment["id"].clone()).collect()
}

on_both_engines!(a_crowd_is_paid_once);
