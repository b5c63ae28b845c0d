//! Goal: a password alone moves no money, and what proves something once proves it once.

use carnet::base::id::{ApiKey, Deposit, Funder, Id};
use carnet::domain::session::FactorAsked;
use carnet::service::Settings;
use carnet::service::people::Choices;
use serde_json::json;

use super::{Browser, PASSWORD, first_operator, invitation, joined, structure};
use crate::abuse::resettled;
use crate::harness::{World, on_both_engines};
use crate::registers::funder_body;

async fn money_keys_and_rights_need_a_fresh_second_factor(world: World) {
    let mut nora = first_operator(&world).await;
    let funder: Id<Funder> = world.id();
    let path = format!("organisations/{funder}");
    nora.put(&path, funder_body("Ville", "held")).await.good();
    let deposit = || {
        let path = format!("deposits/{}", world.id::<Deposit>());
        let amount = json!({ "cents": 1000, "currency": "EUR" });
        (path, json!({ "funder_id": funder, "amount": amount, "reference": "VIR 1" }))
    };
    let (path, body) = deposit();
    let done = nora.put(&path, body).await.good();
    let line = done["receipt"]["line"].as_str().unwrap();
    let person = nora.session["person_id"].as_str().unwrap();
    assert!(line.contains(&format!(r#""actor":"{person}""#)), "{line}");
    world.clock.advance_seconds(300);
    let key = format!("api-keys/{}", world.id::<ApiKey>());
    let member = format!("memberships/{}", world.id::<carnet::base::id::Membership>());
    let own = world.operator_id.to_string();
    let (path, body) = deposit();
    for (path, body) in [
        (path, body),
        (key, json!({ "role": "auditor", "organisation_id": own })),
        (member, invitation("bo@exemple.fr", "auditor", &own)),
    ] {
        assert_eq!(nora.put(&path, body.clone()).await.code(), "second-factor-needed", "{path}");
        // What touches none of these needs none.
        nora.get(&format!("organisations/{funder}")).await.good();
        nora.give().await.good();
        nora.put(&path, body).await.good();
        world.clock.advance_seconds(300);
    }
    crate::audit::holds(&world).await;
}

async fn who_touches_money_acts_only_with_a_second_factor(world: World) {
    let own = structure(&world, "A").await.to_string();
    let mut ana = joined(&world, invitation("ana@exemple.fr", "structure", &own)).await;
    assert_eq!(ana.standing(), "factor-missing");
    let register = format!("organisations/{own}");
    assert_eq!(ana.get(&register).await.code(), "second-factor-needed");
    ana.enrol().await;
    ana.get(&register).await.good();
    let mut later = Browser::new(&world);
    later.sign_in("ana@exemple.fr", PASSWORD).await.good();
    assert_eq!(later.standing(), "factor-needed");
    assert_eq!(later.get(&register).await.code(), "second-factor-needed");
    // A thief of the password cannot put its own app in the place of the person's.
    assert_eq!(later.post("totp", None).await.code(), "second-factor-needed");
    assert_eq!(later.ask("DELETE", "totp", None).await.code(), "second-factor-needed");
    assert_eq!(later.post("recovery-codes", None).await.code(), "second-factor-needed");
    later.app.clone_from(&ana.app);
    later.give().await.good();
    later.get(&register).await.good();
    assert_eq!(later.post("totp", None).await.code(), "wrong-state");
    later.ask("DELETE", "totp", None).await.good();
    assert_eq!(later.get("recovery-codes").await.good()["left"], 0);
    later.enrol().await;
    assert_eq!(later.get("recovery-codes").await.good()["left"], 10);
    // Who reads only is asked for nothing that it has not.
    let operator = world.operator_id.to_string();
    let reader = joined(&world, invitation("bo@exemple.fr", "auditor", &operator)).await;
    assert_eq!(reader.standing(), "open");
}

async fn a_one_time_password_is_good_once(world: World) {
    let mut nora = first_operator(&world).await;
    let digits = nora.digits();
    let body = json!({ "totp": digits });
    nora.put("sessions/current/factor", body.clone()).await.good();
    let again = nora.put("sessions/current/factor", body.clone()).await;
    assert_eq!(again.code(), "second-factor-wrong");
    // In another browser of the same person too.
    let mut other = Browser::new(&world);
    other.sign_in("nora@exemple.fr", PASSWORD).await.good();
    assert_eq!(other.put("sessions/current/factor", body).await.code(), "second-factor-wrong");
    assert_eq!(other.standing(), "factor-needed");
    for body in [json!({}), json!({ "totp": "1", "recovery_code": "2" })] {
        let answer = other.put("sessions/current/factor", body).await;
        assert_eq!(answer.code(), "invalid-request");
    }
    other.app.clone_from(&nora.app);
    other.give().await.good();
    assert_eq!(other.standing(), "open");
    // Guessing six digits is slow like guessing a password.
    let mut codes = Vec::new();
    for _ in 0..6 {
        let answer = other.put("sessions/current/factor", json!({ "totp": "abc" })).await;
        codes.push(answer.code());
    }
    assert_eq!(codes[4..], ["second-factor-wrong", "rate-limited"]);
}

async fn a_recovery_code_is_good_once(world: World) {
    let own = structure(&world, "A").await.to_string();
    let mut ana = joined(&world, invitation("ana@exemple.fr", "structure", &own)).await;
    let codes = ana.enrol().await;
    assert_eq!(codes.len(), 10);
    let mut later = Browser::new(&world);
    later.sign_in("ana@exemple.fr", PASSWORD).await.good();
    let typed = codes[3].to_uppercase().replace('-', " ");
    let give = |code: &str| json!({ "recovery_code": code });
    later.put("sessions/current/factor", give(&typed)).await.good();
    assert_eq!(later.standing(), "open");
    let again = later.put("sessions/current/factor", give(&codes[3])).await;
    assert_eq!(again.code(), "second-factor-wrong");
    assert_eq!(later.get("recovery-codes").await.good()["left"], 9);
    let renewed = later.post("recovery-codes", None).await.good();
    assert_eq!(renewed["left"], 10);
    let old = later.put("sessions/current/factor", give(&codes[4])).await;
    assert_eq!(old.code(), "second-factor-wrong");
    let new = renewed["recovery_codes"][0].as_str().unwrap().to_owned();
    later.put("sessions/current/factor", give(&new)).await.good();
    // Somebody else's code is nobody's.
    let mut bo = joined(&world, invitation("bo@exemple.fr", "structure", &own)).await;
    let stolen = renewed["recovery_codes"][1].as_str().unwrap().to_owned();
    let refused = bo.put("sessions/current/factor", give(&stolen)).await;
    assert_eq!(refused.code(), "second-factor-wrong");
}

/// Where it is asked of all, nobody reads, hands over or redeems by a password alone.
async fn everyone_has_a_second_factor_where_it_is_asked_of_all(world: World) {
    let choices = Choices { factor_asked: FactorAsked::Everyone, ..world.instance.settings.people };
    let settings = Settings { people: choices, ..world.instance.settings.clone() };
    let own = world.operator_id.to_string();
    // The negative control: as it comes, an auditor reads by its password.
    let mut before = joined(&world, invitation("bo@exemple.fr", "auditor", &own)).await;
    before.get("venues").await.good();
    let token = before.token.clone();
    let world = resettled(world, settings).await;
    let mut before = Browser::new(&world);
    before.token = token;
    assert_eq!(before.get("venues").await.code(), "second-factor-needed", "at the next request");
    let mut ana = joined(&world, invitation("ana@exemple.fr", "auditor", &own)).await;
    assert_eq!(ana.standing(), "factor-missing");
    assert_eq!(ana.get("venues").await.code(), "second-factor-needed");
    ana.enrol().await;
    assert_eq!(ana.standing(), "open");
    ana.get("venues").await.good();
}

on_both_engines!(
    everyone_has_a_second_factor_where_it_is_asked_of_all,
    money_keys_and_rights_need_a_fresh_second_factor,
    who_touches_money_acts_only_with_a_second_factor,
    a_one_time_password_is_good_once,
    a_recovery_code_is_good_once,
);
