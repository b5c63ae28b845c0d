//! Bank accounts: a changed one waits, and whoever is paid sees it come.
//!
//! Goal: a stolen session, or two bribed people, still leave the structure three days to object.

use carnet::base::id::Membership;
use serde_json::{Value, json};

use super::{NEW, OLD, account, approve, payee, proposed, put_if, two};
use crate::harness::{HOST, World, on_both_engines};
use crate::people::letters::{Mailbox, link_in};
use crate::people::{Browser, invitation};
use crate::scheme::Plan;
use crate::settlements::payday::{Accounts, OPERATOR_IBAN, Payday};

const HOURS: i64 = 3600;

/// Records an account of a payee, as the operator's key.
async fn record(world: &World, payday: &Payday, iban: &str, version: Option<i64>) -> u16 {
    let path = format!("/api/v1/organisations/{}/bank-account", payday.scheme.structure_id);
    let body = Some(account(iban));
    let answer = world.ask_if("PUT", &path, &world.operator, body, version).await;
    answer.good();
    answer.status.as_u16()
}

/// What the file of a settlement says, once it is approved.
async fn file(world: &World, payday: &Payday, on: &str) -> String {
    let (id, _) = payday.pay(world, on).await;
    world.get(&format!("/api/v1/settlements/{id}/pain.001.xml"), &world.operator).await.text()
}

async fn a_changed_account_waits(world: World) {
    let payday = Payday::new(&world, &Plan::default(), Accounts::Missing).await;
    let operator = format!("/api/v1/organisations/{}/bank-account", world.operator_id);
    world.put(&operator, &world.operator, account(OPERATOR_IBAN)).await.good();
    // The first counts at once; nobody has two people here.
    assert_eq!(record(&world, &payday, OLD, None).await, 201);
    payday.redeem(&world, 0, 0).await;
    assert_eq!(record(&world, &payday, NEW, Some(1)).await, 201);
    world.clock.advance_seconds(24 * HOURS);
    let text = file(&world, &payday, "2026-11-22").await;
    assert!(text.contains(OLD) && !text.contains(NEW), "paid where it was");
    payday.redeem(&world, 0, 1).await;
    world.clock.advance_seconds(24 * HOURS);
    // Opened one moment before the time: the old one, whenever it is approved.
    world.clock.advance_seconds(24 * HOURS - 1);
    let (id, drawn) = payday.settle(&world, "2026-11-23").await;
    drawn.good();
    world.clock.advance_seconds(HOURS);
    let path = format!("/api/v1/settlements/{id}");
    world.post(&format!("{path}/approval"), &payday.approver, None).await.good();
    let text = world.get(&format!("{path}/pain.001.xml"), &world.operator).await.text();
    assert!(text.contains(OLD) && !text.contains(NEW), "paid where it was at the opening");
    payday.redeem(&world, 0, 2).await;
    world.clock.advance_seconds(24 * HOURS);
    let text = file(&world, &payday, "2026-11-25").await;
    assert!(text.contains(NEW) && !text.contains(OLD), "paid where it is now");
    crate::audit::holds(&world).await;
}

async fn what_is_changed_again_in_time_never_counts(world: World) {
    let payday = Payday::new(&world, &Plan::default(), Accounts::Missing).await;
    let operator = format!("/api/v1/organisations/{}/bank-account", world.operator_id);
    world.put(&operator, &world.operator, account(OPERATOR_IBAN)).await.good();
    record(&world, &payday, OLD, None).await;
    record(&world, &payday, NEW, Some(1)).await;
    world.clock.advance_seconds(48 * HOURS);
    // The structure objects: its own account again.
    record(&world, &payday, OLD, Some(2)).await;
    payday.redeem(&world, 0, 0).await;
    // The other one's time would have come, and this one's has not.
    world.clock.advance_seconds(36 * HOURS);
    let text = file(&world, &payday, "2026-11-24").await;
    assert!(text.contains(OLD) && !text.contains(NEW));
    crate::audit::holds(&world).await;
}

async fn the_structure_sees_both(world: World) {
    let (mut nora, mut paul) = two(&world).await;
    let (id, path) = payee(&world).await;
    let secret = {
        let key: carnet::base::id::Id<carnet::base::id::ApiKey> = world.id();
        let body = json!({ "role": "structure-accountant", "organisation_id": id });
        let made = nora.put(&format!("api-keys/{key}"), body).await.good();
        made["secret"].as_str().unwrap().to_owned()
    };
    let register = format!("/api/v1/organisations/{id}");
    let seen = async |secret: &str| -> Value {
        world.get(&register, secret).await.good()["bank_accounts"].clone()
    };
    assert!(seen(&secret).await.is_null());
    let first = proposed(&put_if(&nora, &path, &account(OLD), None).await);
    assert!(seen(&secret).await.is_null(), "proposed is not recorded");
    approve(&mut paul, &first).await.good();
    let old = json!({ "version": 1, "account": "FR…0189" });
    assert_eq!(seen(&secret).await, json!([old]));
    let change = proposed(&put_if(&nora, &path, &account(NEW), Some(1)).await);
    assert_eq!(paul.get(&change).await.good()["content"]["iban"], NEW);
    assert_eq!(seen(&secret).await, json!([old]));
    approve(&mut paul, &change).await.good();
    let accounts = seen(&secret).await;
    assert_eq!((&accounts[0], &accounts[1]["account"]), (&old, &json!("DE…3000")));
    let from: carnet::base::clock::Timestamp =
        accounts[1]["in_force_at"].as_str().unwrap().parse().unwrap();
    let now = carnet::base::clock::Clock::now(world.clock.as_ref());
    assert_eq!(from, now.plus_seconds(72 * HOURS));
    world.clock.advance_seconds(72 * HOURS);
    assert_eq!(seen(&secret).await, json!([{ "version": 2, "account": "DE…3000" }]));
    // Who is somebody else sees nothing of it.
    let auditor = {
        let key: carnet::base::id::Id<carnet::base::id::ApiKey> = world.id();
        let body = json!({ "role": "auditor", "organisation_id": world.operator_id });
        let made = world.put(&format!("/api/v1/api-keys/{key}"), &world.operator, body).await;
        made.good()["secret"].as_str().unwrap().to_owned()
    };
    assert!(seen(&auditor).await.is_null());
    crate::audit::holds(&world).await;
}

async fn whoever_is_paid_is_written_to(world: World) {
    let mailbox = Mailbox::open().await;
    let world = World::with(world.engine, HOST, 7, Some(mailbox.post()), None).await;
    let (id, path) = payee(&world).await;
    let own = id.to_string();
    let member = |role: &str| invitation(&format!("{role}@exemple.fr"), role, &own);
    for (number, role) in [(1, "structure"), (2, "structure-accountant")] {
        let path = format!("/api/v1/memberships/{}", world.id::<Membership>());
        world.put(&path, &world.operator, member(role)).await.good();
        let link = link_in(&mailbox.wait(number).await[number - 1]);
        Browser::new(&world).join(&link).await.good();
    }
    let put = async |iban: &str, version: Option<i64>| {
        let body = Some(account(iban));
        let path = format!("/api/v1/{path}");
        world.ask_if("PUT", &path, &world.operator, body, version).await
    };
    // The first account is no news; a changed one is, to its managers, without a word of where.
    put(OLD, None).await.good();
    put(NEW, Some(1)).await.good();
    let letters = mailbox.wait(3).await;
    assert!(letters[2].contains("To: structure@exemple.fr"), "{}", letters[2]);
    assert!(letters[2].contains("à partir du 2026-11-25T10:0"), "{}", letters[2]);
    assert!(![OLD, NEW].iter().any(|iban| letters[2].contains(&iban[4..])));
    // Where two people decide, at the proposal already.
    let mut people = Vec::new();
    for (number, role) in [(4, "operator"), (5, "approver")] {
        let path = format!("/api/v1/memberships/{}", world.id::<Membership>());
        let body = invitation(&format!("{role}@exemple.fr"), role, &world.operator_id.to_string());
        world.put(&path, &world.operator, body).await.good();
        let link = link_in(&mailbox.wait(number).await[number - 1]);
        let mut browser = Browser::new(&world);
        browser.join(&link).await.good();
        browser.enrol().await;
        people.push(browser);
    }
    let [nora, paul] = people.as_mut_slice() else { panic!("two people") };
    let proposal = proposed(&put_if(nora, &path, &account(OLD), Some(2)).await);
    assert!(mailbox.wait(6).await[5].contains("une seconde personne doit approuver"));
    // The same again is no news.
    proposed(&put_if(nora, &path, &account(OLD), Some(2)).await);
    mailbox.wait(6).await;
    approve(paul, &proposal).await.good();
    assert!(mailbox.wait(7).await[6].contains("Another bank account is recorded"));
}

on_both_engines!(
    whoever_is_paid_is_written_to,
    a_changed_account_waits,
    what_is_changed_again_in_time_never_counts,
    the_structure_sees_both,
);
