//! Rights by two: roles that touch money, their end, and the way past who is gone for ever.
//!
//! Goal: nobody makes itself a second person, and nobody gets rid of the one there is.

use carnet::base::id::{Id, Membership, Person};
use carnet::domain::access::Role;
use carnet::service::people::invite;
use serde_json::json;

use super::{OLD, account, approve, lines, payee, proposed, put_if, two, withdraw};
use crate::harness::{World, on_both_engines};
use crate::people::{Browser, invitation, joined, structure};
use crate::scheme::Scheme;

async fn a_money_role_is_granted_by_two(world: World) {
    let (mut nora, mut paul) = two(&world).await;
    let own = world.operator_id.to_string();
    let id: Id<Membership> = world.id();
    let path = format!("memberships/{id}");
    let body = invitation("ana@exemple.fr", "operator", &own);
    let proposal = proposed(&nora.put(&path, body.clone()).await);
    // Nobody is there yet, and nobody has a link.
    assert_eq!(lines(&world, "membership-granted").await, 2);
    let read = paul.get(&proposal).await.good();
    assert_eq!(
        (&read["deed"], &read["content"]["email"]),
        (&json!("grant-membership"), &json!("ana@exemple.fr"))
    );
    let approved = approve(&mut paul, &proposal).await.good();
    let link = approved["link"]["address"].as_str().unwrap().to_owned();
    // Once: the same answer later shows no link, and whoever asked sees none.
    assert!(approve(&mut paul, &proposal).await.good()["link"].is_null());
    assert!(nora.put(&path, body).await.good()["link"].is_null());
    let mut ana = Browser::new(&world);
    ana.join(&link).await.good();
    ana.enrol().await;
    assert_eq!(ana.standing(), "open");
    // A role that touches no money is granted by one, and ended by one.
    let id: Id<Membership> = world.id();
    let body = invitation("bo@exemple.fr", "auditor", &own);
    nora.give().await.good();
    assert_eq!(nora.put(&format!("memberships/{id}"), body).await.status, 201);
    assert_eq!(nora.post(&format!("memberships/{id}/end"), None).await.status, 201);
    crate::audit::holds(&world).await;
}

async fn nobody_joins_as_somebody_else(world: World) {
    let (mut nora, mut paul) = two(&world).await;
    let own = world.operator_id.to_string();
    let path = format!("memberships/{}", world.id::<Membership>());
    let proposal = proposed(&nora.put(&path, invitation("ana@exemple.fr", "operator", &own)).await);
    approve(&mut paul, &proposal).await.good();
    let people = nora.get("people").await.good();
    let people = people.as_array().unwrap();
    let ana = people.iter().find(|person| person["email"] == "ana@exemple.fr").unwrap();
    // A new link would be Nora's to use, and she would be two; so would Paul's other password be.
    let again = format!("people/{}/invitation", ana["id"].as_str().unwrap());
    assert_eq!(nora.post(&again, None).await.json()["state"], "mail-needed");
    let person = paul.session["person_id"].as_str().unwrap();
    let reset = format!("people/{person}/password-reset");
    assert_eq!(nora.post(&reset, None).await.json()["state"], "mail-needed");
    // Of somebody who decides nothing by two it is shown as ever.
    let path = format!("memberships/{}", world.id::<Membership>());
    let bo = nora.put(&path, invitation("bo@exemple.fr", "auditor", &own)).await.good();
    let again = format!("people/{}/invitation", bo["person_id"].as_str().unwrap());
    assert!(nora.post(&again, None).await.good()["address"].is_string());
}

async fn nobody_gets_rid_of_the_other(world: World) {
    let (mut nora, mut paul) = two(&world).await;
    let membership = paul.session["membership_id"].as_str().unwrap().to_owned();
    let person = paul.session["person_id"].as_str().unwrap().to_owned();
    let end = format!("memberships/{membership}/end");
    let proposal = proposed(&nora.post(&end, None).await);
    assert_eq!(approve(&mut nora, &proposal).await.code(), "second-person-needed");
    // Nor by another door: kept out, or erased.
    let state = nora.put(&format!("people/{person}/state"), json!({ "state": "disabled" })).await;
    assert_eq!(state.json()["state"], "decides");
    let erased = nora.ask("DELETE", &format!("people/{person}"), None).await;
    assert_eq!(proposed(&erased), proposal, "the same proposal");
    let path = format!("/api/v1/people/{person}");
    let program = world.ask("DELETE", &path, &world.operator, None).await;
    assert_eq!(program.json()["state"], "key-of-nobody");
    paul.get("proposals").await.good();
    // Paul may refuse, or leave by himself.
    withdraw(&mut paul, &proposal).await.good();
    assert_eq!(paul.post(&end, None).await.status, 201);
    crate::audit::holds(&world).await;
}

async fn who_is_gone_for_ever_is_retired_at_the_machine(world: World) {
    let (nora, paul) = two(&world).await;
    let person: Id<Person> = paul.session["person_id"].as_str().unwrap().parse().unwrap();
    let (_, path) = payee(&world).await;
    proposed(&put_if(&nora, &path, &account(OLD), None).await);
    assert_eq!(invite::retire(&world.instance, person).await.unwrap(), 1);
    // The ledger says who did it: the operator itself, which no session is.
    let export = format!("/api/v1/ledgers/{}/export", world.operator_id);
    let text = world.get(&export, &world.operator).await.text();
    let line = text.lines().find(|line| line.contains(r#""kind":"membership-ended""#)).unwrap();
    assert!(line.contains(&format!(r#""actor":"{}""#, world.operator_id)), "{line}");
    // Nora is alone again, and the rule is not in force.
    assert_eq!(put_if(&nora, &path, &account(OLD), None).await.status, 201);
    assert!(invite::retire(&world.instance, person).await.is_err());
    crate::audit::holds(&world).await;
}

async fn who_has_left_proposes_nothing_any_more(world: World) {
    let (mut nora, mut paul) = two(&world).await;
    let own = world.operator_id.to_string();
    let third = proposed(
        &nora
            .put(
                &format!("memberships/{}", world.id::<Membership>()),
                invitation("ana@exemple.fr", "approver", &own),
            )
            .await,
    );
    let link = approve(&mut paul, &third).await.good()["link"]["address"].clone();
    let mut ana = Browser::new(&world);
    ana.join(link.as_str().unwrap()).await.good();
    ana.enrol().await;
    let (_, path) = payee(&world).await;
    nora.give().await.good();
    let proposal = proposed(&put_if(&nora, &path, &account(OLD), None).await);
    let membership = nora.session["membership_id"].as_str().unwrap().to_owned();
    nora.post(&format!("memberships/{membership}/end"), None).await.good();
    let said = approve(&mut ana, &proposal).await;
    assert_eq!(said.json()["state"], "proposer-gone");
    assert_eq!(lines(&world, "bank-account-recorded").await, 0);
    crate::audit::holds(&world).await;
}

async fn each_sees_its_own_proposals(world: World) {
    let (mut nora, _) = two(&world).await;
    let (mine, other) = (structure(&world, "La Quincaillerie").await, structure(&world, "B").await);
    let reader = {
        let key: Id<carnet::base::id::ApiKey> = world.id();
        let body = json!({ "role": "structure-accountant", "organisation_id": other });
        nora.put(&format!("api-keys/{key}"), body).await.good()["secret"].clone()
    };
    let reader = reader.as_str().unwrap();
    assert!(world.get("/api/v1/proposals", reader).await.good().as_array().unwrap().is_empty());
    let path = format!("organisations/{mine}/bank-account");
    let proposal = proposed(&put_if(&nora, &path, &account(OLD), None).await);
    let foreign = world.get(&format!("/api/v1/{proposal}"), reader).await;
    let unknown = world.get("/api/v1/proposals/proposal_01h455vb4pex5vsknk084sn02q", reader).await;
    assert_eq!((foreign.status.as_u16(), &foreign.bytes), (404, &unknown.bytes));
    for verb in ["approval", "withdrawal"] {
        let said = world.post(&format!("/api/v1/{proposal}/{verb}"), reader, None).await;
        assert!(matches!(said.status.as_u16(), 403 | 404), "{}", said.json());
    }
}

/// Keys of every role, and of another structure, made before two people decide.
async fn keys_of_all(world: &World) -> (Scheme, Vec<(Role, String, bool)>) {
    let scheme = Scheme::new(world).await;
    let other = structure(world, "Ailleurs").await;
    let mut keys = Vec::new();
    for role in Role::ALL {
        let own = match role.noun() {
            "operator" => world.operator_id.to_string(),
            "funder" => scheme.funder_id.to_string(),
            "distributor" => scheme.distributor_id.to_string(),
            _ => scheme.structure_id.to_string(),
        };
        let venue = role.is_at_a_venue().then(|| scheme.venue_id.to_string());
        let key = world.key(role.as_str(), &own, venue.as_deref()).await;
        keys.push((role, key, true));
        if role.noun() == "structure" && venue.is_none() {
            keys.push((role, world.key(role.as_str(), &other.to_string(), None).await, false));
        }
    }
    (scheme, keys)
}

async fn no_role_reads_or_decides_beyond_its_rights(world: World) {
    let (scheme, keys) = keys_of_all(&world).await;
    let (mut nora, mut paul) = two(&world).await;
    let path = format!("organisations/{}/bank-account", scheme.structure_id);
    let proposal = proposed(&put_if(&nora, &path, &account(OLD), None).await);
    let path = format!("/api/v1/{proposal}");
    let unknown = "/api/v1/proposals/proposal_01h455vb4pex5vsknk084sn02q";
    for (role, key, own) in &keys {
        let read = world.get(&path, key).await;
        let listed = world.get("/api/v1/proposals", key).await.good();
        let shows = match role {
            // Who may record the account itself, and the operator's second.
            Role::Operator | Role::Approver => true,
            Role::Structure => *own,
            // The ledger says it to it, the vault does not.
            Role::Auditor => {
                assert!(read.good()["content"].is_null(), "{role}");
                false
            }
            _ => false,
        };
        let bytes = String::from_utf8_lossy(&read.bytes).into_owned();
        assert_eq!(bytes.contains(OLD), shows, "{role} {own}: {bytes}");
        let seen = shows || matches!(role, Role::Auditor);
        assert_eq!(listed.as_array().unwrap().len(), usize::from(seen), "{role} {own}");
        if !seen {
            assert_eq!(read.bytes, world.get(unknown, key).await.bytes, "{role} {own}");
        }
        for verb in ["approval", "withdrawal"] {
            let said = world.post(&format!("{path}/{verb}"), key, None).await;
            let refused = if seen { "not-permitted" } else { "not-found" };
            // A stranger is told of nothing, whatever its role never does.
            let known = [refused, "not-permitted", "not-found"].contains(&said.code().as_str());
            assert!(
                known && (seen || verb == "withdrawal" || said.code() == "not-found"),
                "{role}"
            );
        }
    }
    for (method, verb) in [("GET", ""), ("POST", "/approval"), ("POST", "/withdrawal")] {
        let said = world.ask(method, &format!("{path}{verb}"), "", None).await;
        assert_eq!(said.code(), "not-signed-in");
    }
    assert_eq!(nora.get(&proposal).await.good()["state"], "waiting");
    paul.give().await.good();
    nora.give().await.good();
    approve(&mut paul, &proposal).await.good();
}

async fn of_two_who_approve_one_does(world: World) {
    let (mut nora, mut paul) = two(&world).await;
    let own = world.operator_id.to_string();
    let path = format!("memberships/{}", world.id::<Membership>());
    let granted = proposed(&nora.put(&path, invitation("ana@exemple.fr", "approver", &own)).await);
    let link = approve(&mut paul, &granted).await.good()["link"]["address"].clone();
    let mut ana = Browser::new(&world);
    ana.join(link.as_str().unwrap()).await.good();
    ana.enrol().await;
    let (_, path) = payee(&world).await;
    for round in 0..4 {
        nora.give().await.good();
        paul.give().await.good();
        ana.give().await.good();
        let mut body = account(OLD);
        body["holder"] = json!(format!("Titulaire {round}"));
        let version = (round > 0).then_some(round);
        let proposal = proposed(&put_if(&nora, &path, &body, version).await);
        let (one, other) =
            tokio::join!(approve(&mut paul, &proposal), approve(&mut ana, &proposal));
        let mut said = [one.status.as_u16(), other.status.as_u16()];
        said.sort_unstable();
        assert_eq!(said, [201, 409], "{} {}", one.json(), other.json());
    }
    assert_eq!(lines(&world, "bank-account-recorded").await, 4);
    crate::audit::holds(&world).await;
}

async fn a_structures_managers_decide_by_two(world: World) {
    // Both managers join before the rule is in force.
    let id = structure(&world, "La Quincaillerie").await;
    let mut ana = joined(&world, invitation("ana@exemple.fr", "structure", &id.to_string())).await;
    let mut bo = joined(&world, invitation("bo@exemple.fr", "structure", &id.to_string())).await;
    ana.enrol().await;
    bo.enrol().await;
    let (mut nora, mut paul) = two(&world).await;
    ana.give().await.good();
    bo.give().await.good();
    let path = format!("organisations/{id}/bank-account");
    let proposal = proposed(&put_if(&ana, &path, &account(OLD), None).await);
    assert_eq!(approve(&mut ana, &proposal).await.code(), "second-person-needed");
    // The operator's approver is the second person of the operator's proposals only.
    assert_eq!(approve(&mut paul, &proposal).await.code(), "not-permitted");
    assert_eq!(bo.get("proposals").await.good().as_array().unwrap().len(), 1);
    assert_eq!(approve(&mut bo, &proposal).await.status, 201);
    let change = proposed(&put_if(&bo, &path, &account(super::NEW), Some(1)).await);
    nora.give().await.good();
    // Whoever is kept out asks for nothing any more.
    let person = bo.session["person_id"].as_str().unwrap().to_owned();
    for (state, status) in [("disabled", 409), ("active", 201)] {
        let path = format!("people/{person}/state");
        nora.put(&path, json!({ "state": state })).await.good();
        // The operator may record it too.
        let said = approve(&mut nora, &change).await;
        assert_eq!(said.status, status, "{}", said.json());
        assert!(status == 201 || said.json()["state"] == "proposer-gone");
    }
    crate::audit::holds(&world).await;
}

on_both_engines!(
    a_money_role_is_granted_by_two,
    nobody_joins_as_somebody_else,
    nobody_gets_rid_of_the_other,
    who_is_gone_for_ever_is_retired_at_the_machine,
    who_has_left_proposes_nothing_any_more,
    each_sees_its_own_proposals,
    no_role_reads_or_decides_beyond_its_rights,
    of_two_who_approve_one_does,
    a_structures_managers_decide_by_two,
);
