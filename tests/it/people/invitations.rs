//! Goal: a link is good once, and nobody gives a right that is not its own to give.

use carnet::base::id::{Id, Membership};
use carnet::service::people::invite;
use secrecy::ExposeSecret as _;
use serde_json::json;

use super::{Browser, PASSWORD, first_operator, invitation, invited, joined, structure, token_of};
use crate::harness::{World, on_both_engines};

async fn the_first_link_makes_the_first_operator_once(world: World) {
    let before = invite::first(&world.instance).await.unwrap().unwrap();
    let link = invite::first(&world.instance).await.unwrap().unwrap();
    let body = |link: &invite::Link, email: &str| {
        json!({
            "token": token_of(link.address.expose_secret()), "password": PASSWORD,
            "email": email, "name": "Nora Petit"
        })
    };
    let mut browser = Browser::new(&world);
    // A later start of the server shows another link: the one before is worthless.
    let old = browser.post("joinings", Some(body(&before, "x@exemple.fr"))).await;
    assert_eq!(old.code(), "link-ended");
    let path = format!("/api/v1/joinings/{}", token_of(link.address.expose_secret()));
    assert_eq!(world.get(&path, "").await.good()["purpose"], "first");
    let bare = json!({ "token": token_of(link.address.expose_secret()), "password": PASSWORD });
    assert_eq!(browser.post("joinings", Some(bare)).await.code(), "invalid-request");
    browser.post("joinings", Some(body(&link, "Nora@Exemple.fr"))).await.good();
    assert_eq!(browser.session["memberships"][0]["role"], "operator");
    let again = Browser::new(&world).post("joinings", Some(body(&link, "y@exemple.fr"))).await;
    assert_eq!(again.code(), "link-ended");
    assert!(invite::first(&world.instance).await.unwrap().is_none());
    let signed_in = Browser::new(&world).sign_in("nora@exemple.fr", PASSWORD).await;
    assert_eq!(signed_in.status, 201);
    crate::audit::holds(&world).await;
}

async fn an_invitation_is_good_once_and_for_a_week(world: World) {
    let own = structure(&world, "A").await.to_string();
    let link = invited(&world, invitation("ana@exemple.fr", "structure", &own)).await;
    assert!(link.starts_with("https://pass.exemple.fr/join/"), "{link}");
    // Looking at a link, as mail scanners do, does not use it.
    let path = format!("/api/v1/joinings/{}", token_of(&link));
    for _ in 0..2 {
        assert_eq!(world.get(&path, "").await.good()["purpose"], "invitation");
    }
    let mut weak = Browser::new(&world);
    let body = json!({ "token": token_of(&link), "password": "passwordpassword" });
    let refused = weak.post("joinings", Some(body)).await;
    assert_eq!(refused.json()["errors"][0]["pointer"], "/password");
    let body = json!({
        "token": token_of(&link), "password": PASSWORD, "email": "eve@exemple.fr", "name": "Eve"
    });
    assert_eq!(weak.post("joinings", Some(body)).await.code(), "invalid-request");
    Browser::new(&world).join(&link).await.good();
    assert_eq!(Browser::new(&world).join(&link).await.code(), "link-ended");
    assert_eq!(world.get(&path, "").await.code(), "link-ended");
    let unknown = format!("/api/v1/joinings/{}", "0".repeat(52));
    assert_eq!(world.get(&unknown, "").await.bytes, world.get(&path, "").await.bytes);

    let id: Id<Membership> = world.id();
    let path = format!("/api/v1/memberships/{id}");
    let body = invitation("bo@exemple.fr", "structure", &own);
    let first = world.put(&path, &world.operator, body.clone()).await;
    assert_eq!(first.status, 201);
    let again = world.put(&path, &world.operator, body).await;
    assert_eq!((again.status.as_u16(), again.json()["link"].is_null()), (200, true));
    assert_eq!(again.json()["receipt"], first.json()["receipt"]);
    let other = invitation("ben@exemple.fr", "structure", &own);
    assert_eq!(world.put(&path, &world.operator, other).await.code(), "differs");
    let late = first.json()["link"]["address"].as_str().unwrap().to_owned();
    world.clock.advance_seconds(7 * 86_400 - 1);
    world.get(&format!("/api/v1/joinings/{}", token_of(&late)), "").await.good();
    world.clock.advance_seconds(1);
    assert_eq!(Browser::new(&world).join(&late).await.code(), "link-ended");
    let person = first.json()["person_id"].as_str().unwrap().to_owned();
    let resend = format!("/api/v1/people/{person}/invitation");
    let [one, two] = [
        world.post(&resend, &world.operator, None).await.good(),
        world.post(&resend, &world.operator, None).await.good(),
    ];
    let address = |link: &serde_json::Value| link["address"].as_str().unwrap().to_owned();
    assert_eq!(Browser::new(&world).join(&address(&one)).await.code(), "link-ended");
    Browser::new(&world).join(&address(&two)).await.good();
    assert_eq!(world.post(&resend, &world.operator, None).await.code(), "wrong-state");
}

async fn a_race_for_a_link_has_one_winner(world: World) {
    let own = structure(&world, "A").await.to_string();
    let link = invited(&world, invitation("ana@exemple.fr", "structure", &own)).await;
    let mut browsers: Vec<Browser<'_>> = (0..4).map(|_| Browser::new(&world)).collect();
    let joined = browsers.iter_mut().map(|browser| browser.join(&link));
    let answers = futures_util::future::join_all(joined).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
}

async fn nobody_gives_what_is_not_its_own(world: World) {
    let [own, other] = [structure(&world, "A").await, structure(&world, "B").await];
    let (own, other) = (own.to_string(), other.to_string());
    let mut ana = joined(&world, invitation("ana@exemple.fr", "structure", &own)).await;
    ana.enrol().await;
    let path = || format!("memberships/{}", world.id::<Membership>());
    ana.put(&path(), invitation("bo@exemple.fr", "structure", &own)).await.good();
    let operator = world.operator_id.to_string();
    for (role, organisation, code) in [
        ("structure", other.as_str(), "not-found"),
        ("operator", operator.as_str(), "not-found"),
        ("operator", own.as_str(), "invalid-request"),
        ("funder", own.as_str(), "invalid-request"),
        ("venue", own.as_str(), "invalid-request"),
    ] {
        let answer = ana.put(&path(), invitation("cy@exemple.fr", role, organisation)).await;
        assert_eq!(answer.code(), code, "{role} of {organisation}");
    }
    // A program gives nobody rights, but the operator's own.
    let key = world.key("structure", &own, None).await;
    let body = invitation("cy@exemple.fr", "structure", &own);
    let refused = world.put(&format!("/api/v1/{}", path()), &key, body).await;
    assert_eq!(refused.code(), "not-permitted");
    // The operator's person gives any.
    let mut nora = Browser::new(&world);
    let link = invited(&world, invitation("nora@exemple.fr", "operator", &operator)).await;
    nora.join(&link).await.good();
    nora.enrol().await;
    let body = invitation("dee@exemple.fr", "auditor", &operator);
    nora.put(&path(), body.clone()).await.good();
    // The same right twice says nothing new.
    assert_eq!(nora.put(&path(), body).await.code(), "wrong-state");
}

async fn a_right_that_ended_is_refused_at_once(world: World) {
    let own = structure(&world, "A").await.to_string();
    let id: Id<Membership> = world.id();
    let path = format!("/api/v1/memberships/{id}");
    let body = invitation("ana@exemple.fr", "structure", &own);
    let granted = world.put(&path, &world.operator, body).await.good();
    let mut ana = Browser::new(&world);
    ana.join(granted["link"]["address"].as_str().unwrap()).await.good();
    ana.enrol().await;
    let register = format!("organisations/{own}");
    ana.get(&register).await.good();
    let end = format!("{path}/end");
    let [first, again] = [
        world.post(&end, &world.operator, None).await,
        world.post(&end, &world.operator, None).await,
    ];
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 200));
    assert_eq!(first.bytes, again.bytes);
    assert_eq!(ana.get(&register).await.code(), "membership-needed");
    let back = ana.put("sessions/current/membership", json!({ "membership_id": id })).await;
    assert_eq!(back.code(), "not-found");
    crate::audit::holds(&world).await;
}

async fn a_known_address_gets_one_more_right_and_no_second_account(world: World) {
    let [own, other] = [structure(&world, "A").await, structure(&world, "B").await];
    let mut ana = joined(&world, invitation("ana@exemple.fr", "structure", &own.to_string())).await;
    ana.enrol().await;
    let id: Id<Membership> = world.id();
    let body = invitation("Ana@exemple.fr", "structure", &other.to_string());
    let path = format!("/api/v1/memberships/{id}");
    let granted = world.put(&path, &world.operator, body).await.good();
    assert_eq!(granted["person_id"], ana.session["person_id"]);
    assert!(granted["link"].is_null(), "who has joined needs no link");
    assert_eq!(ana.get(&format!("organisations/{other}")).await.code(), "not-found");
    ana.put("sessions/current/membership", json!({ "membership_id": id })).await.good();
    ana.get(&format!("organisations/{other}")).await.good();
    assert_eq!(ana.get(&format!("organisations/{own}")).await.code(), "not-found");

    let mut later = Browser::new(&world);
    later.sign_in("ana@exemple.fr", PASSWORD).await.good();
    assert_eq!(later.session["memberships"].as_array().unwrap().len(), 2);
    assert!(later.session["membership_id"].is_null());
    later.app.clone_from(&ana.app);
    later.give().await.good();
    assert_eq!(later.standing(), "membership-needed");
    assert_eq!(later.get(&format!("organisations/{own}")).await.code(), "membership-needed");
    let wanted = json!({
        "email": "ana@exemple.fr", "password": PASSWORD, "membership_id": id
    });
    later.post("sessions", Some(wanted)).await.good();
    assert_eq!(later.session["membership_id"], json!(id));
    let mut nora = first_or_invited(&world).await;
    let foreign = nora.session["membership_id"].clone();
    let wanted = json!({
        "email": "ana@exemple.fr", "password": PASSWORD, "membership_id": foreign
    });
    assert_eq!(later.post("sessions", Some(wanted)).await.code(), "invalid-request");
    let stolen = json!({ "membership_id": id });
    assert_eq!(nora.put("sessions/current/membership", stolen).await.code(), "not-found");
}

/// An operator's person, where there are people already.
async fn first_or_invited(world: &World) -> Browser<'_> {
    if invite::first(&world.instance).await.unwrap().is_some() {
        return first_operator(world).await;
    }
    let body = invitation("nora@exemple.fr", "operator", &world.operator_id.to_string());
    let mut nora = joined(world, body).await;
    nora.enrol().await;
    nora
}

on_both_engines!(
    the_first_link_makes_the_first_operator_once,
    an_invitation_is_good_once_and_for_a_week,
    a_race_for_a_link_has_one_winner,
    nobody_gives_what_is_not_its_own,
    a_right_that_ended_is_refused_at_once,
    a_known_address_gets_one_more_right_and_no_second_account,
);
