//! Goal: what is due is paid once and explained down to the voucher; a second person decides; what
//! the bank refuses, and what is undone late, comes back in the next settlement.

mod closing;
mod crowd;
mod histories;
pub(crate) mod payday;
mod refused;

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::Request;
use carnet::domain::ledger::account::AccountKind;
use serde_json::{Value, json};

use self::payday::{Accounts, FUNDER_IBAN, OPERATOR_IBAN, Payday, next_day, post, total};
use crate::harness::{World, on_both_engines};
use crate::payment_file::assert_valid;
use crate::scheme::Plan;

fn cents(money: &Value) -> i64 {
    assert_eq!(money["currency"], "EUR");
    money["cents"].as_i64().unwrap()
}

async fn csv(world: &World, path: &str, accept: &str) -> String {
    let request = Request::get(path)
        .header("authorization", format!("Bearer {}", world.operator))
        .header("accept", accept);
    let answer = world.send(request.body(Body::empty()).unwrap()).await;
    answer.good();
    assert!(answer.kind.starts_with("text/csv"), "{}", answer.kind);
    String::from_utf8(answer.bytes).unwrap()
}

async fn the_whole_road_from_voucher_to_bank(world: World) {
    let payday = Payday::new(&world, &Plan::default(), Accounts::Missing).await;
    let (first, second) = (payday.redeem(&world, 0, 0).await, payday.redeem(&world, 0, 1).await);
    let undone = payday.redeem(&world, 0, 2).await;
    payday.redeem(&world, 1, 3).await;
    payday.reverse(&world, &payday.scheme.venue, &undone).await.good();
    next_day(&world);
    let tomorrow = payday.redeem(&world, 0, 4).await;

    let (id, drawn) = payday.settle(&world, "2026-11-22").await;
    assert_eq!(drawn.status, 201, "{}", drawn.json());
    let path = format!("/api/v1/settlements/{id}");
    let body = json!({ "funder_id": payday.scheme.funder_id, "cut_off_on": "2026-11-22" });
    let again = world.put(&path, &world.operator, body.clone()).await;
    assert_eq!((again.status.as_u16(), &again.bytes), (200, &drawn.bytes));
    let mut other = body;
    other["cut_off_on"] = json!("2026-11-23");
    assert_eq!(world.put(&path, &world.operator, other).await.code(), "differs");

    let read = world.get(&path, &payday.scheme.funder).await.good();
    assert_eq!((&read["state"], &read["payment_count"]), (&json!("drawn"), &json!(2)));
    assert_eq!(cents(&read["total"]), 3000);
    let [mine, other] = payday.payments(&world, id).await.map(Option::unwrap);
    assert_eq!((cents(&mine["amount"]), cents(&other["amount"])), (2000, 1000));
    assert_eq!(payday.due(&world, 0).await, 1000);

    // A settlement has looked past the first, not past tomorrow's.
    let late = payday.reverse(&world, &payday.scheme.venue, &first).await;
    assert_eq!(late.code(), "already-settled");
    payday.reverse(&world, &payday.scheme.venue, &tomorrow).await.good();

    let file = format!("{path}/pain.001.xml");
    assert_eq!(world.get(&file, &world.operator).await.json()["state"], "drawn");
    let approval = format!("settlements/{id}/approval");
    let missing = post(&world, &approval, &payday.approver).await;
    assert_eq!((missing.code().as_str(), missing.status.as_u16()), ("wrong-state", 409));
    assert_eq!(missing.json()["state"], "bank-account-missing");
    assert_eq!(missing.json()["organisation_id"], json!(world.operator_id));
    payday.record_accounts(&world).await;
    for secret in [&world.operator, &payday.scheme.funder] {
        assert_eq!(post(&world, &approval, secret).await.code(), "not-permitted");
    }
    let approved = post(&world, &approval, &payday.approver).await;
    assert_eq!(approved.status, 201, "{}", approved.json());
    let again = post(&world, &approval, &payday.approver).await;
    assert_eq!((again.status.as_u16(), &again.bytes), (200, &approved.bytes));

    let [xml, later] =
        [world.get(&file, &world.operator).await, world.get(&file, &payday.scheme.funder).await];
    assert_eq!((xml.kind.as_str(), &xml.bytes), ("application/xml; charset=utf-8", &later.bytes));
    assert_valid(&xml.bytes);
    let text = String::from_utf8(xml.bytes).unwrap();
    let name = |id: &str| format!(">{}<", id.rsplit_once('_').unwrap().1.to_uppercase());
    assert!(text.contains(&name(&id.to_string())) && text.contains(OPERATOR_IBAN), "{text}");
    assert!(text.contains(&name(mine["id"].as_str().unwrap())), "{text}");
    assert!(text.contains("<CtrlSum>30.00</CtrlSum>"), "{text}");

    assert_eq!(payday.bank(&world, &mine, "confirmation").await.status, 201);
    assert_eq!(payday.bank(&world, &mine, "confirmation").await.status, 200);
    let refused = payday.bank(&world, &mine, "rejection").await;
    assert_eq!(
        (refused.code().as_str(), &refused.json()["state"]),
        ("wrong-state", &json!("confirmed"))
    );
    let trace = format!("/api/v1/vouchers/{}/payment", second.serial);
    let trace = world.get(&trace, &payday.scheme.structure).await.good();
    assert_eq!(trace["uses"][0]["state"], "confirmed");
    assert_eq!(trace["uses"][0]["payments"][0]["payment_id"], mine["id"]);
}

async fn a_statement_adds_up_to_the_payment(world: World) {
    let payday = Payday::new(&world, &Plan::default(), Accounts::Known).await;
    let first = payday.redeem(&world, 0, 0).await;
    let second = payday.redeem(&world, 0, 1).await;
    payday.reverse(&world, &payday.scheme.venue, &second).await.good();
    payday.redeem(&world, 0, 1).await;
    payday.redeem(&world, 1, 9).await;
    let (id, [mine, other]) = payday.pay(&world, "2026-11-22").await;
    let (mine, other) = (mine.unwrap(), other.unwrap());

    let (structure, _, key) = &payday.payees[0];
    let path = format!("/api/v1/settlements/{id}/statements/{structure}");
    let statement = world.get(&path, key).await.good();
    let kinds: Vec<&str> = statement["movements"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["redeemed", "redeemed", "reversed", "redeemed"]);
    let movement = &statement["movements"][0];
    assert_eq!(
        (&movement["serial"], &movement["on"]),
        (&json!(first.serial), &json!("2026-11-22"))
    );
    assert_eq!((&movement["venue"]["name"], cents(&movement["amount"])), (&json!("Atelier"), 1000));
    assert_eq!(statement["movements"][2]["serial"], json!(second.serial));
    assert_eq!(
        (cents(&statement["opening_balance"]), cents(&statement["closing_balance"])),
        (0, cents(&mine["amount"]))
    );
    assert_eq!(statement["period"], json!({ "from": "2026-11-22", "to": "2026-11-22" }));

    let asked = csv(&world, &path, "text/csv").await;
    assert_eq!(asked, csv(&world, &format!("{path}?format=csv"), "*/*").await);
    let amounts = asked.lines().skip(1).map(|line| line.split(';').nth(7).unwrap());
    let sum: i64 = amounts
        .filter(|text| !text.is_empty())
        .map(|text| text.replace(',', "").parse::<i64>().unwrap())
        .sum();
    assert_eq!(sum, cents(&mine["amount"]));

    // A renamed venue keeps its old name in what was before.
    let venue = format!("/api/v1/venues/{}", payday.payees[0].1);
    let mut body = json!({ "structure_id": structure, "commune": "23096",
        "offerings": [crate::scheme::OFFERING] });
    body["name"] = json!("Atelier neuf");
    next_day(&world);
    world.ask_if("PUT", &venue, &world.operator, Some(body), Some(1)).await.good();
    assert_eq!(world.get(&path, key).await.good(), statement);

    let paid = format!("/api/v1/payments/{}/vouchers", mine["id"].as_str().unwrap());
    let paid = world.get(&paid, key).await.good();
    assert_eq!(paid["vouchers"], statement["movements"]);
    let foreign = format!("/api/v1/payments/{}/vouchers", other["id"].as_str().unwrap());
    assert_eq!(world.get(&foreign, key).await.code(), "not-found");
    let foreign = format!("/api/v1/settlements/{id}/statements/{}", payday.payees[1].0);
    assert_eq!(world.get(&foreign, key).await.code(), "not-found");
}

async fn a_late_reversal_is_netted_by_the_next(world: World) {
    let payday = Payday::new(&world, &Plan::default(), Accounts::Known).await;
    let old = payday.redeem(&world, 0, 0).await;
    payday.redeem(&world, 0, 1).await;
    payday.pay(&world, "2026-11-22").await;
    next_day(&world);
    // The money has left: the next redemptions, or a repayment, come first.
    let short = payday.reverse(&world, &world.operator, &old).await;
    assert_eq!(
        (short.code().as_str(), &short.json()["missing_cents"]),
        ("balance-short", &json!(1000))
    );
    payday.redeem(&world, 0, 2).await;
    payday.redeem(&world, 0, 3).await;
    payday.reverse(&world, &world.operator, &old).await.good();
    let (id, [mine, _]) = payday.pay(&world, "2026-11-23").await;
    assert_eq!(cents(&mine.unwrap()["amount"]), 1000);
    let statement = payday.statement(&world, id, 0).await.good();
    assert_eq!(statement["movements"].as_array().unwrap().len(), 3);
    assert_eq!(statement["movements"][2]["kind"], "reversed");
    assert_eq!(statement["movements"][2]["serial"], json!(old.serial));
    let trace = format!("/api/v1/vouchers/{}/payment", old.serial);
    let trace = world.get(&trace, &payday.scheme.funder).await.good();
    assert_eq!(trace["uses"][0]["reversed"], true);
}

async fn what_a_structure_owes_is_carried_over(world: World) {
    let payday = Payday::new(&world, &Plan::default(), Accounts::Known).await;
    let old = payday.redeem(&world, 0, 0).await;
    payday.pay(&world, "2026-11-22").await;
    next_day(&world);
    payday.redeem(&world, 1, 1).await;
    next_day(&world);
    // Undone and paid back on the 24th; a settlement up to the 23rd sees the reversal alone,
    // because it counts with its redemption.
    payday.repay(&world, 0, 1000).await.good();
    payday.reverse(&world, &world.operator, &old).await.good();
    payday.redeem(&world, 0, 2).await;
    let (id, [none, other]) = payday.pay(&world, "2026-11-23").await;
    assert!(none.is_none());
    assert_eq!(cents(&other.unwrap()["amount"]), 1000);
    let statement = payday.statement(&world, id, 0).await.good();
    assert_eq!(cents(&statement["closing_balance"]), -1000);
    let trace = format!("/api/v1/vouchers/{}/payment", old.serial);
    let trace = world.get(&trace, &payday.scheme.funder).await.good();
    assert_eq!(trace["uses"][0]["state"], "approved");

    let (id, [mine, none]) = payday.pay(&world, "2026-11-24").await;
    assert!(none.is_none());
    assert_eq!(cents(&mine.unwrap()["amount"]), 1000);
    let statement = payday.statement(&world, id, 0).await.good();
    assert_eq!(cents(&statement["opening_balance"]), -1000);
    let moved: Vec<i64> = statement["movements"]
        .as_array()
        .unwrap()
        .iter()
        .map(|movement| cents(&movement["amount"]))
        .collect();
    assert_eq!(moved, [1000, 1000]);
    assert_eq!(payday.statement(&world, id, 1).await.code(), "not-found");
}

async fn a_rejected_payment_returns(world: World) {
    let payday = Payday::new(&world, &Plan::default(), Accounts::Known).await;
    let used = payday.redeem(&world, 0, 0).await;
    let (_, [mine, _]) = payday.pay(&world, "2026-11-22").await;
    let mine = mine.unwrap();
    next_day(&world);
    assert_eq!(payday.bank(&world, &mine, "rejection").await.status, 201);
    assert_eq!(payday.bank(&world, &mine, "rejection").await.status, 200);
    let refused = payday.bank(&world, &mine, "confirmation").await;
    assert_eq!(refused.json()["state"], "rejected");
    let trace = format!("/api/v1/vouchers/{}/payment", used.serial);
    let pending = world.get(&trace, &payday.scheme.structure).await.good();
    assert_eq!(pending["uses"][0]["state"], "pending");

    payday.redeem(&world, 0, 1).await;
    let (id, [next, _]) = payday.pay(&world, "2026-11-23").await;
    let next = next.unwrap();
    assert_eq!(cents(&next["amount"]), 2000);
    let statement = payday.statement(&world, id, 0).await.good();
    assert_eq!(statement["movements"][0]["kind"], "payment-rejected");
    let paid = world.get(&trace, &payday.scheme.structure).await.good();
    let steps = paid["uses"][0]["payments"].as_array().unwrap();
    assert_eq!((&steps[0]["payment_id"], &steps[1]["payment_id"]), (&mine["id"], &next["id"]));
    assert_eq!(paid["uses"][0]["state"], "approved");
}

async fn a_cancelled_settlement_leaves_no_trace_in_the_balances(world: World) {
    let payday = Payday::new(&world, &Plan::default(), Accounts::Known).await;
    payday.redeem(&world, 0, 0).await;
    payday.redeem(&world, 1, 1).await;
    let held = |balances: carnet::domain::ledger::balance::Balances| -> BTreeMap<String, i64> {
        let held = balances
            .iter()
            .map(|(account, tally)| (account.to_string(), tally.balance(account.kind()).cents()));
        held.filter(|(_, cents)| *cents != 0).collect()
    };
    let before = held(payday.balances(&world).await);
    let (id, drawn) = payday.settle(&world, "2026-11-22").await;
    drawn.good();
    let between = payday.balances(&world).await;
    assert_eq!(
        (total(&between, AccountKind::Due), total(&between, AccountKind::Paying)),
        (0, 2000)
    );
    let path = format!("settlements/{id}/cancellation");
    assert_eq!(post(&world, &path, &payday.scheme.funder).await.code(), "not-permitted");
    let cancelled = post(&world, &path, &payday.approver).await;
    assert_eq!(cancelled.status, 201, "{}", cancelled.json());
    let line: Value =
        serde_json::from_str(cancelled.json()["receipt"]["line"].as_str().unwrap()).unwrap();
    assert_eq!(line["kind"], "settlement-cancelled");
    let again = post(&world, &path, &world.operator).await;
    assert_eq!((again.status.as_u16(), &again.bytes), (200, &cancelled.bytes));
    assert_eq!(held(payday.balances(&world).await), before);
    let approval = post(&world, &format!("settlements/{id}/approval"), &payday.approver).await;
    assert_eq!(approval.json()["state"], "cancelled");
    assert_eq!(payday.statement(&world, id, 0).await.json()["state"], "cancelled");

    let (id, [mine, other]) = payday.pay(&world, "2026-11-22").await;
    assert_eq!((cents(&mine.unwrap()["amount"]), cents(&other.unwrap()["amount"])), (1000, 1000));
    let late = post(&world, &format!("settlements/{id}/cancellation"), &world.operator).await;
    assert_eq!(late.json()["state"], "approved");
}

async fn a_pledging_funder_pays_and_approves_itself(world: World) {
    let plan = Plan { mode: "pledged", ..Plan::default() };
    let payday = Payday::new(&world, &plan, Accounts::Known).await;
    payday.redeem(&world, 0, 0).await;
    let (id, drawn) = payday.settle(&world, "2026-11-22").await;
    drawn.good();
    let approval = format!("settlements/{id}/approval");
    assert_eq!(post(&world, &approval, &world.operator).await.code(), "not-permitted");
    assert_eq!(post(&world, &approval, &payday.scheme.funder).await.status, 201);
    assert_eq!(post(&world, &approval, &payday.approver).await.status, 200);
    let file = world.get(&format!("/api/v1/settlements/{id}/pain.001.xml"), &world.operator).await;
    assert_valid(&file.bytes);
    let text = String::from_utf8(file.bytes).unwrap();
    assert!(text.contains(FUNDER_IBAN) && !text.contains(OPERATOR_IBAN), "{text}");
}

on_both_engines!(
    the_whole_road_from_voucher_to_bank,
    a_statement_adds_up_to_the_payment,
    a_late_reversal_is_netted_by_the_next,
    what_a_structure_owes_is_carried_over,
    a_rejected_payment_returns,
    a_cancelled_settlement_leaves_no_trace_in_the_balances,
    a_pledging_funder_pays_and_approves_itself,
);
