//! Goal: a person can be kept out at once and forgotten for good, and the ledger proves what it
//! proved; no line, answer or log of the story holds a name, an address or a secret.

use carnet::base::id::{Funder, Id};
use carnet::domain::ledger::receipt::{Receipt, verify};
use serde_json::{Value, json};

use super::{PASSWORD, first_operator, invitation, joined, structure};
use crate::harness::{World, on_both_engines};
use crate::registers::funder_body;

async fn who_is_kept_out_is_refused_at_once(world: World) {
    let own = structure(&world, "A").await.to_string();
    let mut ana = joined(&world, invitation("ana@exemple.fr", "structure", &own)).await;
    ana.enrol().await;
    let register = format!("organisations/{own}");
    ana.get(&register).await.good();
    let person = ana.session["person_id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/people/{person}/state");
    let state = |state: &str| json!({ "state": state });
    world.put(&path, &world.operator, state("disabled")).await.good();
    assert_eq!(ana.get(&register).await.code(), "not-signed-in");
    let kept_out = ana.sign_in("ana@exemple.fr", PASSWORD).await;
    let nobody = ana.sign_in("nobody@exemple.fr", PASSWORD).await;
    assert_eq!((kept_out.code().as_str(), &kept_out.bytes), ("sign-in-failed", &nobody.bytes));
    world.put(&path, &world.operator, state("active")).await.good();
    ana.sign_in("ana@exemple.fr", PASSWORD).await.good();
    assert_eq!(ana.standing(), "factor-needed");
    // A manager keeps nobody out, and nobody is made to look invited.
    let mut bo = joined(&world, invitation("bo@exemple.fr", "structure", &own)).await;
    bo.enrol().await;
    let mine = format!("people/{person}/state");
    assert_eq!(bo.put(&mine, state("disabled")).await.code(), "not-permitted");
    let invited = world.put(&path, &world.operator, state("invited")).await;
    assert_eq!(invited.code(), "invalid-request");
}

async fn people_are_seen_by_their_own(world: World) {
    let [own, other] = [structure(&world, "A").await, structure(&world, "B").await];
    let mut ana = joined(&world, invitation("ana@exemple.fr", "structure", &own.to_string())).await;
    ana.enrol().await;
    joined(&world, invitation("bo@exemple.fr", "structure", &other.to_string())).await;
    let emails = |people: &Value| -> Vec<String> {
        let people = people.as_array().unwrap().iter();
        let mut emails: Vec<String> =
            people.map(|one| one["email"].as_str().unwrap().to_owned()).collect();
        emails.sort();
        emails
    };
    let seen = ana.get("people").await.good();
    assert_eq!(emails(&seen), ["ana@exemple.fr"]);
    assert_eq!(seen[0]["memberships"][0]["organisation_name"], "A");
    let all = world.get("/api/v1/people", &world.operator).await.good();
    assert_eq!(emails(&all), ["ana@exemple.fr", "bo@exemple.fr"]);
    let auditor = world.key("auditor", &world.operator_id.to_string(), None).await;
    assert_eq!(world.get("/api/v1/people", &auditor).await.code(), "not-permitted");
}

async fn an_erased_person_leaves_every_proof_valid(world: World) {
    let mut nora = first_operator(&world).await;
    let funder: Id<Funder> = world.id();
    let done = nora.put(&format!("organisations/{funder}"), funder_body("Ville", "held")).await;
    let receipt: Receipt = serde_json::from_value(done.good()["receipt"].clone()).unwrap();
    let person = nora.session["person_id"].as_str().unwrap().to_owned();
    assert!(receipt.line.contains(&person));
    let own = world.operator_id.to_string();
    let mut ana = joined(&world, invitation("ana@exemple.fr", "auditor", &own)).await;
    assert_eq!(ana.ask("DELETE", &format!("people/{person}"), None).await.code(), "not-permitted");
    world.clock.advance_seconds(300);
    let mine = format!("people/{person}");
    assert_eq!(nora.ask("DELETE", &mine, None).await.code(), "second-factor-needed");
    nora.give().await.good();
    nora.ask("DELETE", &mine, None).await.good();
    assert_eq!(nora.get("sessions/current").await.code(), "not-signed-in");
    assert_eq!(nora.sign_in("nora@exemple.fr", PASSWORD).await.code(), "sign-in-failed");
    let path = format!("/api/v1/people/{person}");
    let again = world.ask("DELETE", &path, &world.operator, None).await;
    assert_eq!(again.code(), "not-found");
    let people = world.get("/api/v1/people", &world.operator).await.text();
    assert!(!people.contains("Nora") && !people.contains(&person), "{people}");
    // Who reads only and has no second factor may go by itself too.
    let ana_id = ana.session["person_id"].as_str().unwrap().to_owned();
    ana.ask("DELETE", &format!("people/{ana_id}"), None).await.good();
    crate::audit::holds(&world).await;
    let origin = format!("pass.exemple.fr/ledger/{}", world.operator_id);
    let key = world.instance.keys.log_key(origin.parse().unwrap()).verifier_key().clone();
    verify(&receipt, &[key]).unwrap();
    // The address is free again, for somebody new.
    joined(&world, invitation("nora@exemple.fr", "auditor", &own)).await;
}

/// Everything that anybody could read of the operator's ledger.
async fn lines(world: &World) -> String {
    let path = format!("/api/v1/ledgers/{}/export", world.operator_id);
    world.get(&path, &world.operator).await.text()
}

async fn no_line_names_anybody(world: World) {
    let mut nora = first_operator(&world).await;
    let own = world.operator_id.to_string();
    let mut ana = joined(&world, invitation("ana@exemple.fr", "auditor", &own)).await;
    let codes = ana.enrol().await;
    let text = lines(&world).await;
    assert!(text.contains(nora.session["person_id"].as_str().unwrap()), "the control: {text}");
    let secret = carnet::domain::totp::typed(&nora.app);
    let mut hidden = vec!["exemple.fr\"", "nora@", "ana@", "Nora", "Durand", PASSWORD, &secret];
    hidden.extend([nora.token.as_str(), nora.csrf.as_str(), ana.token.as_str()]);
    hidden.extend(codes.iter().map(String::as_str));
    for word in hidden {
        assert!(!text.contains(word), "{word} is in a line");
    }
    // Nor does a stolen database hold what signs in.
    let mut stored = String::new();
    for table in carnet::store::tables::TABLES {
        let mut tx = world.instance.database.read().await.unwrap();
        for row in carnet::store::tables::page(&mut tx, table, None, 1000).await.unwrap() {
            stored.extend(row.into_iter().flatten());
            stored.push('\n');
        }
    }
    assert!(stored.contains("nora@exemple.fr"), "the control: people are somewhere");
    let bytes = data_encoding::HEXLOWER.encode(&nora.app);
    for word in [PASSWORD, &secret, &bytes, &nora.token, &nora.csrf, &ana.token, &codes[0]] {
        assert!(!stored.contains(word), "{word} is in the database");
    }
    nora.get("venues").await.good();
}

on_both_engines!(
    who_is_kept_out_is_refused_at_once,
    people_are_seen_by_their_own,
    an_erased_person_leaves_every_proof_valid,
    no_line_names_anybody,
);
