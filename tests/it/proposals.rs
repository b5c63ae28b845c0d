//! Two people: what weighs much is asked for by one and approved by another.
//!
//! Goal: nobody alone sends money elsewhere, makes money's people or ends a signing key, whatever
//! roles, memberships, sessions and keys it has.

mod accounts;
mod deeds;
mod rights;

use axum::body::Body;
use carnet::base::id::{Id, Membership, Structure};
use serde_json::{Value, json};

use crate::harness::{Answer, BEGIN, Engine, World, on_both_engines};
use crate::people::{
    Browser, PASSWORD, first_operator, invitation, joined, structure as new_structure,
};

/// Sound account numbers.
pub(crate) const OLD: &str = "FR7630006000011234567890189";
pub(crate) const NEW: &str = "DE89370400440532013000";

/// An operator and its second person, an approver; both have just given their second factors.
pub(crate) async fn two(world: &World) -> (Browser<'_>, Browser<'_>) {
    let own = world.operator_id.to_string();
    let mut nora = joined(world, invitation("nora@exemple.fr", "operator", &own)).await;
    let mut paul = joined(world, invitation("paul@exemple.fr", "approver", &own)).await;
    nora.enrol().await;
    paul.enrol().await;
    assert_eq!((nora.standing(), paul.standing()), ("open", "open"));
    (nora, paul)
}

/// The same person on another day: signed in again, with its second factor.
pub(crate) async fn back<'a>(before: &Browser<'a>, email: &str) -> Browser<'a> {
    let mut browser = Browser { app: before.app.clone(), ..Browser::new(before.world) };
    browser.sign_in(email, PASSWORD).await.good();
    browser.give().await.good();
    browser
}

/// An account of a holder.
pub(crate) fn account(iban: &str) -> Value {
    json!({ "iban": iban, "holder": "La Quincaillerie" })
}

/// Asks as a person, under the version that it read.
pub(crate) async fn put_if(
    browser: &Browser<'_>,
    path: &str,
    body: &Value,
    version: Option<i64>,
) -> Answer {
    let mut request = browser.request("PUT", &format!("/api/v1/{path}"));
    if let Some(version) = version {
        request = request.header("if-match", format!("\"{version}\""));
    }
    browser.world.send(request.body(Body::from(body.to_string())).unwrap()).await
}

/// The proposal that an answer says it made.
#[track_caller]
pub(crate) fn proposed(answer: &Answer) -> String {
    let body = answer.good();
    assert_eq!((answer.status.as_u16(), &body["state"]), (202, &json!("waiting")), "{body}");
    assert_eq!(answer.header("cache-control"), "no-store");
    format!("proposals/{}", body["id"].as_str().unwrap())
}

pub(crate) async fn approve(browser: &mut Browser<'_>, proposal: &str) -> Answer {
    browser.post(&format!("{proposal}/approval"), None).await
}

pub(crate) async fn withdraw(browser: &mut Browser<'_>, proposal: &str) -> Answer {
    browser.post(&format!("{proposal}/withdrawal"), None).await
}

/// How many lines of a kind the operator's ledger has.
pub(crate) async fn lines(world: &World, kind: &str) -> usize {
    let path = format!("/api/v1/ledgers/{}/export", world.operator_id);
    let text = world.get(&path, &world.operator).await.text();
    text.lines().filter(|line| line.contains(&format!(r#""kind":"{kind}""#))).count()
}

/// A structure without an account, and where its account is put.
pub(crate) async fn payee(world: &World) -> (Id<Structure>, String) {
    let id = new_structure(world, "La Quincaillerie").await;
    (id, format!("organisations/{id}/bank-account"))
}

/// What no part of another test asks: a proposal is listed, read, approved and given up.
pub(crate) async fn walk(engine: Engine) {
    once(&World::new(engine).await).await;
}

/// One proposal is approved, another given up, where somebody may be there already.
pub(crate) async fn once(world: &World) {
    let (nora, mut paul) = two(world).await;
    let (_, path) = payee(world).await;
    let first = proposed(&put_if(&nora, &path, &account(OLD), None).await);
    let second = proposed(&put_if(&nora, &path, &account(NEW), None).await);
    assert_eq!(paul.get("proposals").await.good().as_array().unwrap().len(), 2);
    paul.get(&first).await.good();
    approve(&mut paul, &first).await.good();
    withdraw(&mut paul, &second).await.good();
}

async fn one_person_is_never_two(world: World) {
    let (mut nora, mut paul) = two(&world).await;
    let (_, path) = payee(&world).await;
    let proposal = proposed(&put_if(&nora, &path, &account(OLD), None).await);
    assert_eq!(approve(&mut nora, &proposal).await.code(), "second-person-needed");
    // In another session, as the approver that the two of them made it.
    let own = world.operator_id.to_string();
    let id: Id<Membership> = world.id();
    let more = invitation("nora@exemple.fr", "approver", &own);
    let granted = proposed(&nora.put(&format!("memberships/{id}"), more).await);
    assert_eq!(approve(&mut nora, &granted).await.code(), "second-person-needed");
    approve(&mut paul, &granted).await.good();
    let mut again = back(&nora, "nora@exemple.fr").await;
    let choice = json!({ "membership_id": id });
    again.put("sessions/current/membership", choice).await.good();
    assert_eq!((again.standing(), &again.session["membership_id"]), ("open", &json!(id)));
    assert_eq!(approve(&mut again, &proposal).await.code(), "second-person-needed");
    assert_eq!(lines(&world, "bank-account-recorded").await, 0);
    paul.give().await.good();
    assert_eq!(approve(&mut paul, &proposal).await.status, 201);
    assert_eq!(lines(&world, "bank-account-recorded").await, 1);
    crate::audit::holds(&world).await;
}

async fn a_key_is_the_person_who_granted_it(world: World) {
    let (mut nora, mut paul) = two(&world).await;
    let own = world.operator_id.to_string();
    let key: Id<carnet::base::id::ApiKey> = world.id();
    let path = format!("api-keys/{key}");
    let body = json!({ "role": "operator", "organisation_id": own });
    let asked = nora.put(&path, body.clone()).await;
    let granting = proposed(&asked);
    let secret = asked.json()["secret"].as_str().unwrap().to_owned();
    // The same again is the same proposal, and shows nothing.
    let again = nora.put(&path, body.clone()).await;
    assert_eq!((proposed(&again), again.json()["secret"].is_null()), (granting.clone(), true));
    // It opens nothing before the second person has approved.
    assert_eq!(world.get("/api/v1/api-keys", &secret).await.code(), "not-signed-in");
    approve(&mut paul, &granting).await.good();
    world.get("/api/v1/api-keys", &secret).await.good();
    let (_, account_path) = payee(&world).await;
    let asked = world.put(&format!("/api/v1/{account_path}"), &secret, account(OLD)).await;
    let proposal = proposed(&asked);
    assert_eq!(approve(&mut nora, &proposal).await.code(), "second-person-needed");
    // No program is a second person.
    for program in [&secret, &world.operator] {
        let path = format!("/api/v1/{proposal}/approval");
        assert_eq!(world.post(&path, program, None).await.code(), "not-permitted");
    }
    paul.give().await.good();
    approve(&mut paul, &proposal).await.good();
    assert_eq!(nora.put(&path, body).await.status, 200);
    crate::audit::holds(&world).await;
}

async fn a_stale_second_factor_decides_nothing(world: World) {
    let (mut nora, mut paul) = two(&world).await;
    let (_, path) = payee(&world).await;
    let proposal = proposed(&put_if(&nora, &path, &account(OLD), None).await);
    world.clock.advance_seconds(600);
    let stale = put_if(&nora, &path, &account(NEW), None).await;
    assert_eq!(stale.code(), "second-factor-needed");
    assert_eq!(approve(&mut paul, &proposal).await.code(), "second-factor-needed");
    assert_eq!(withdraw(&mut paul, &proposal).await.code(), "second-factor-needed");
    assert_eq!(withdraw(&mut nora, &proposal).await.code(), "second-factor-needed");
    // Reading takes none.
    assert_eq!(paul.get(&proposal).await.good()["content"]["iban"], OLD);
    assert_eq!(lines(&world, "bank-account-recorded").await, 0);
    paul.give().await.good();
    assert_eq!(approve(&mut paul, &proposal).await.status, 201);
}

async fn what_is_approved_is_done_once(world: World) {
    let (nora, mut paul) = two(&world).await;
    let (_, path) = payee(&world).await;
    let asked = put_if(&nora, &path, &account(OLD), None).await;
    let proposal = proposed(&asked);
    let again = put_if(&nora, &path, &account(OLD), None).await;
    assert_eq!((again.status.as_u16(), &again.bytes), (202, &asked.bytes));
    let [first, second] =
        [approve(&mut paul, &proposal).await, approve(&mut paul, &proposal).await];
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (201, 200));
    assert_eq!(first.bytes, second.bytes);
    let said = first.json();
    assert_eq!((&said["state"], said["content"].is_null()), (&json!("approved"), true));
    assert_eq!(lines(&world, "proposal-approved").await, 1);
    assert_eq!(lines(&world, "bank-account-recorded").await, 1);
    // Whoever asked asks again, and it is written.
    let done = put_if(&nora, &path, &account(OLD), None).await;
    assert_eq!((done.status.as_u16(), done.etag.as_deref()), (200, Some("\"1\"")));
    assert_eq!(withdraw(&mut paul, &proposal).await.json()["state"], "approved");
    // The content went with the decision, and the lines alone say so.
    let mut tx = world.instance.database.read().await.unwrap();
    let rows = carnet::store::proposal::waiting(&mut tx, BEGIN.parse().unwrap(), 9).await;
    assert!(rows.unwrap().is_empty());
    drop(tx);
    crate::audit::holds(&world).await;
}

async fn what_is_withdrawn_or_late_does_nothing(world: World) {
    let (mut nora, mut paul) = two(&world).await;
    let (_, path) = payee(&world).await;
    let given_up = proposed(&put_if(&nora, &path, &account(OLD), None).await);
    let [first, again] =
        [withdraw(&mut nora, &given_up).await, withdraw(&mut nora, &given_up).await];
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 200));
    assert_eq!(approve(&mut paul, &given_up).await.json()["state"], "withdrawn");
    let late = proposed(&put_if(&nora, &path, &account(OLD), None).await);
    assert_ne!(late, given_up);
    world.clock.advance_seconds(7 * 86_400);
    paul = back(&paul, "paul@exemple.fr").await;
    assert_eq!(approve(&mut paul, &late).await.json()["state"], "expired");
    assert_eq!(paul.get(&late).await.good()["state"], "expired");
    assert!(paul.get("proposals").await.good().as_array().unwrap().is_empty());
    // At night it is given up, and what rested in the vault goes.
    carnet::service::propose::expire(&world.instance).await.unwrap();
    assert_eq!(paul.get(&late).await.good()["state"], "withdrawn");
    assert_eq!(lines(&world, "bank-account-recorded").await, 0);
    assert_eq!(lines(&world, "proposal-withdrawn").await, 2);
    crate::audit::holds(&world).await;
}

async fn a_changed_content_is_noticed(world: World) {
    let (nora, mut paul) = two(&world).await;
    let (_, path) = payee(&world).await;
    let proposal = proposed(&put_if(&nora, &path, &account(OLD), None).await);
    let id = proposal.strip_prefix("proposals/").unwrap();
    let edit = |from: &str, to: &str| {
        let replaced = format!("REPLACE(content, '{from}', '{to}')");
        format!("UPDATE proposal SET content = {replaced} WHERE proposal_id = '{id}'")
    };
    world.run_sql(&edit(OLD, NEW)).await;
    assert_eq!(approve(&mut paul, &proposal).await.json()["state"], "content-changed");
    let report = crate::audit::report(&world).await;
    assert!(report.findings.iter().any(|found| found.table == "proposal"), "{report:?}");
    world.run_sql(&edit(NEW, OLD)).await;
    crate::audit::holds(&world).await;
    // A longer life is seen too.
    let later =
        format!("UPDATE proposal SET expires_at = expires_at + 1 WHERE proposal_id = '{id}'");
    world.run_sql(&later).await;
    assert_eq!(approve(&mut paul, &proposal).await.json()["state"], "content-changed");
    world.run_sql(&later.replace('+', "-")).await;
    assert_eq!(approve(&mut paul, &proposal).await.status, 201);
}

async fn nobody_fills_the_vault_alone(world: World) {
    let (nora, _) = two(&world).await;
    let (_, path) = payee(&world).await;
    let mut holder = account(OLD);
    for number in 0..50 {
        holder["holder"] = json!(format!("Titulaire {number}"));
        proposed(&put_if(&nora, &path, &holder, None).await);
    }
    let more = put_if(&nora, &path, &account(OLD), None).await;
    assert_eq!(more.json()["state"], "too-many-proposals");
    // The same again is no more.
    proposed(&put_if(&nora, &path, &holder, None).await);
}

async fn a_key_that_nobody_granted_proposes_nothing(world: World) {
    let (mut nora, mut paul) = two(&world).await;
    let (_, path) = payee(&world).await;
    let path = format!("/api/v1/{path}");
    // Who founded the instance was shown this one, and would be both.
    let founders = world.put(&path, &world.operator, account(OLD)).await;
    assert_eq!(founders.json()["state"], "key-of-nobody");
    let first = world.get("/api/v1/api-keys", &world.operator).await.good();
    assert!(!first.as_array().unwrap().is_empty(), "it does all else as ever");
    // One that a person granted speaks for that person.
    let key = key_by_two(&world, (&mut nora, &mut paul), "operator").await;
    proposed(&world.put(&path, &key, account(OLD)).await);
    assert_eq!(lines(&world, "proposal-made").await, 2);
    crate::audit::holds(&world).await;
}

/// A key of the operator that one person asked for and the other approved.
pub(crate) async fn key_by_two(
    world: &World,
    (nora, paul): (&mut Browser<'_>, &mut Browser<'_>),
    role: &str,
) -> String {
    let key: Id<carnet::base::id::ApiKey> = world.id();
    let body = json!({ "role": role, "organisation_id": world.operator_id });
    nora.give().await.good();
    let asked = nora.put(&format!("api-keys/{key}"), body).await;
    paul.give().await.good();
    approve(paul, &proposed(&asked)).await.good();
    asked.json()["secret"].as_str().unwrap().to_owned()
}

async fn alone_there_is_no_rule(world: World) {
    let mut nora = first_operator(&world).await;
    let (_, path) = payee(&world).await;
    assert_eq!(put_if(&nora, &path, &account(OLD), None).await.status, 201);
    // Somebody who was invited and has not joined is nobody's second person.
    let own = world.operator_id.to_string();
    let member = format!("memberships/{}", world.id::<Membership>());
    let invited = nora.put(&member, invitation("paul@exemple.fr", "approver", &own)).await.good();
    let (_, path) = payee(&world).await;
    assert_eq!(put_if(&nora, &path, &account(OLD), None).await.status, 201);
    let mut paul = Browser::new(&world);
    paul.join(invited["link"]["address"].as_str().unwrap()).await.good();
    let (_, path) = payee(&world).await;
    nora.give().await.good();
    proposed(&put_if(&nora, &path, &account(OLD), None).await);
}

on_both_engines!(
    one_person_is_never_two,
    a_key_is_the_person_who_granted_it,
    a_stale_second_factor_decides_nothing,
    what_is_approved_is_done_once,
    what_is_withdrawn_or_late_does_nothing,
    a_changed_content_is_noticed,
    nobody_fills_the_vault_alone,
    a_key_that_nobody_granted_proposes_nothing,
    alone_there_is_no_rule,
);
