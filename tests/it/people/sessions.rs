//! Goal: a cookie is worth what its person proved, in its person's own browser, for a while.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use super::{Browser, PASSWORD, first_operator, invitation, joined, structure};
use crate::cli::at;
use crate::harness::{HOST, World, on_both_engines};

/// Whether a token still is somebody's.
async fn lives(world: &World, token: &str) -> bool {
    let mut browser = Browser::new(world);
    token.clone_into(&mut browser.token);
    browser.get("sessions/current").await.status.is_success()
}

async fn a_session_is_rotated_at_each_step(world: World) {
    let own = structure(&world, "A").await.to_string();
    let mut ana = joined(&world, invitation("ana@exemple.fr", "structure", &own)).await;
    let joined = ana.token.clone();
    assert!(lives(&world, &joined).await);
    ana.enrol().await;
    let proved = ana.token.clone();
    assert!(joined != proved && !lives(&world, &joined).await, "the factor gives a new token");
    let choice = json!({ "membership_id": ana.session["membership_id"] });
    ana.put("sessions/current/membership", choice).await.good();
    let chosen = ana.token.clone();
    assert!(proved != chosen && !lives(&world, &proved).await, "a choice gives a new token");
    // Somebody planted a session in the browser before: it is not the one that is signed in.
    ana.sign_in("ana@exemple.fr", PASSWORD).await.good();
    assert!(ana.token != chosen && !lives(&world, &chosen).await, "signing in ends it");
    let mut fixed = Browser::new(&world);
    "0".repeat(52).clone_into(&mut fixed.token);
    fixed.sign_in("ana@exemple.fr", PASSWORD).await.good();
    assert!(!lives(&world, &"0".repeat(52)).await);
    assert!(lives(&world, &fixed.token).await && lives(&world, &ana.token).await);
}

async fn another_site_changes_nothing_with_our_cookie(world: World) {
    let nora = first_operator(&world).await;
    let path = format!("/api/v1/sessions/{}", nora.session["id"].as_str().unwrap());
    let own = format!("https://{HOST}");
    let (csrf, other) = (nora.csrf.as_str(), "0".repeat(64));
    let tries: [(&str, &[(&str, &str)]); 7] = [
        ("nothing of ours", &[]),
        ("another site", &[("origin", "https://evil.example"), ("carnet-csrf", csrf)]),
        ("no origin", &[("carnet-csrf", csrf), ("sec-fetch-site", "same-origin")]),
        ("no token", &[("origin", &own), ("sec-fetch-site", "same-origin")]),
        ("another token", &[("origin", &own), ("carnet-csrf", &other)]),
        (
            "a neighbour",
            &[("origin", &own), ("carnet-csrf", csrf), ("sec-fetch-site", "same-site")],
        ),
        ("plain HTTP", &[("origin", "http://pass.exemple.fr"), ("carnet-csrf", csrf)]),
    ];
    for (what, headers) in tries {
        let mut request = Request::delete(&path)
            .header("cookie", format!("__Host-carnet={}", nora.token))
            .header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = world.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 403, "{what}");
        assert_eq!(answer.code(), "foreign-origin", "{what}");
        assert!(lives(&world, &nora.token).await, "{what}");
    }
    // Signing somebody in from another site (as oneself) is refused as well.
    for (name, value) in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")] {
        let body = json!({ "email": "nora@exemple.fr", "password": PASSWORD });
        let request = Request::post("/api/v1/sessions").header(name, value);
        let answer = world.send(request.body(Body::from(body.to_string())).unwrap()).await;
        assert_eq!(answer.code(), "foreign-origin");
    }
    // The negative control: our own page does it; and a key needs none of it.
    world.key("auditor", &world.operator_id.to_string(), None).await;
    let mut own_page = nora.clone();
    own_page.ask("DELETE", "sessions/current", None).await.good();
    assert!(!lives(&world, &nora.token).await);
}

async fn sessions_are_listed_and_ended(world: World) {
    let own = world.operator_id.to_string();
    let mut ana = joined(&world, invitation("ana@exemple.fr", "auditor", &own)).await;
    let mut tokens = vec![ana.token.clone()];
    for _ in 0..3 {
        world.clock.advance_seconds(1);
        let mut other = Browser::new(&world);
        other.sign_in("ana@exemple.fr", PASSWORD).await.good();
        tokens.push(other.token);
    }
    let listed = ana.get("sessions").await.good();
    assert_eq!(listed.as_array().unwrap().len(), 4);
    let current: Vec<bool> =
        listed.as_array().unwrap().iter().map(|one| one["is_current"] == true).collect();
    assert_eq!(current, [true, false, false, false]);
    let second = listed[1]["id"].as_str().unwrap();
    let ended = ana.ask("DELETE", &format!("sessions/{second}"), None).await;
    assert_eq!((ended.good()["ended"].as_i64(), ended.header("set-cookie")), (Some(1), ""));
    assert_eq!(ended.header("clear-site-data"), "", "this browser goes on");
    assert!(!lives(&world, &tokens[1]).await && lives(&world, &tokens[2]).await);
    // Somebody else's session looks like none.
    let mut eve = joined(&world, invitation("eve@exemple.fr", "auditor", &own)).await;
    let third = listed[2]["id"].as_str().unwrap();
    let foreign = eve.ask("DELETE", &format!("sessions/{third}"), None).await;
    assert_eq!(foreign.code(), "not-found");
    let out = ana.ask("DELETE", "sessions/current", None).await;
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(out.header("clear-site-data"), "\"cache\"");
    assert!(!lives(&world, &tokens[0]).await && lives(&world, &tokens[2]).await);
    let mut again = Browser::new(&world);
    again.sign_in("ana@exemple.fr", PASSWORD).await.good();
    assert_eq!(again.ask("DELETE", "sessions", None).await.good()["ended"], 3);
    assert!(!lives(&world, &tokens[3]).await && lives(&world, &eve.token).await);
}

/// To end another session than one's own takes a proof of just now; to sign out takes none.
async fn other_sessions_end_after_a_new_proof(world: World) {
    let own = world.operator_id.to_string();
    let ana = joined(&world, invitation("ana@exemple.fr", "auditor", &own)).await;
    let mut other = Browser::new(&world);
    other.sign_in("ana@exemple.fr", PASSWORD).await.good();
    let path = format!("sessions/{}", ana.session["id"].as_str().unwrap());
    world.clock.advance_seconds(5 * 60);
    let late = other.ask("DELETE", &path, None).await;
    assert_eq!(late.json()["state"], "sign-in-again", "who has a password only gives it again");
    assert_eq!(other.ask("DELETE", "sessions", None).await.json()["state"], "sign-in-again");
    other.sign_in("ana@exemple.fr", PASSWORD).await.good();
    other.ask("DELETE", &path, None).await.good();
    assert!(!lives(&world, &ana.token).await);
    // Who has a second factor gives that one, however lately it signed in.
    other.enrol().await;
    let mut third = Browser::new(&world);
    third.app.clone_from(&other.app);
    third.sign_in("ana@exemple.fr", PASSWORD).await.good();
    let path = format!("sessions/{}", other.session["id"].as_str().unwrap());
    assert_eq!(third.ask("DELETE", &path, None).await.code(), "second-factor-needed");
    third.give().await.good();
    world.clock.advance_seconds(5 * 60);
    assert_eq!(third.ask("DELETE", &path, None).await.code(), "second-factor-needed");
    third.give().await.good();
    third.ask("DELETE", &path, None).await.good();
    assert!(!lives(&world, &other.token).await);
    world.clock.advance_seconds(5 * 60);
    third.ask("DELETE", "sessions/current", None).await.good();
}

/// After a theft the operator signs one person out, or everybody, from a page or at the machine.
async fn the_operator_ends_the_sessions_of_others(world: World) {
    let mut nora = first_operator(&world).await;
    let own = world.operator_id.to_string();
    let mut ana = joined(&world, invitation("ana@exemple.fr", "auditor", &own)).await;
    let mut bo = joined(&world, invitation("bo@exemple.fr", "auditor", &own)).await;
    let of_ana = format!("people/{}/sessions", ana.session["person_id"].as_str().unwrap());
    for path in [of_ana.as_str(), "sessions/all"] {
        assert_eq!(bo.ask("DELETE", path, None).await.code(), "not-permitted");
    }
    world.clock.advance_seconds(5 * 60);
    assert_eq!(nora.ask("DELETE", &of_ana, None).await.code(), "second-factor-needed");
    nora.give().await.good();
    assert_eq!(nora.ask("DELETE", &of_ana, None).await.good()["ended"], 1);
    assert!(!lives(&world, &ana.token).await && lives(&world, &bo.token).await);
    let nobody = format!("people/{}/sessions", world.id::<carnet::base::id::Person>());
    assert_eq!(nora.ask("DELETE", &nobody, None).await.code(), "not-found");
    ana.sign_in("ana@exemple.fr", PASSWORD).await.good();
    assert_eq!(nora.ask("DELETE", "sessions/all", None).await.good()["ended"], 3);
    for token in [&nora.token, &ana.token, &bo.token] {
        assert!(!lives(&world, token).await);
    }
    // At the machine, which also tells its log who did it; programs go on.
    bo.sign_in("bo@exemple.fr", PASSWORD).await.good();
    ana.sign_in("ana@exemple.fr", PASSWORD).await.good();
    let person = bo.session["person_id"].as_str().unwrap();
    let one = at(&world, &["sessions", "end", "--person", person]);
    assert!(one.err.contains("sessions-ended") && one.err.contains(&own), "{}", one.err);
    assert!(one.good().contains("1 sessions ended") && lives(&world, &ana.token).await);
    assert!(at(&world, &["sessions", "end", "--all"]).good().contains("1 sessions ended"));
    assert!(!lives(&world, &ana.token).await);
    at(&world, &["sessions", "end"]).failed(64, &["--all"]);
    world.get("/api/v1/venues", &world.operator).await.good();
}

async fn a_session_ends_when_idle_and_when_old(world: World) {
    let own = world.operator_id.to_string();
    let mut ana = joined(&world, invitation("ana@exemple.fr", "auditor", &own)).await;
    world.clock.advance_seconds(30 * 60 - 1);
    ana.get("venues").await.good();
    world.clock.advance_seconds(30 * 60);
    assert_eq!(ana.get("venues").await.code(), "not-signed-in");
    ana.sign_in("ana@exemple.fr", PASSWORD).await.good();
    for _ in 0..35 {
        world.clock.advance_seconds(20 * 60);
        ana.get("venues").await.good();
    }
    world.clock.advance_seconds(20 * 60);
    assert_eq!(ana.get("venues").await.code(), "not-signed-in", "twelve hours");
}

async fn guessing_is_slow_then_shut_and_says_nothing(world: World) {
    let own = world.operator_id.to_string();
    joined(&world, invitation("ana@exemple.fr", "auditor", &own)).await;
    let mut said = Vec::new();
    for email in ["ana@exemple.fr", "nobody@exemple.fr"] {
        let mut eve = Browser::new(&world);
        let mut answers = Vec::new();
        for _ in 0..5 {
            answers.push(eve.sign_in(email, "a wrong password").await);
        }
        // The right one too: it is the attempt that waits.
        let slow = eve.sign_in(email, PASSWORD).await;
        assert_eq!(
            (slow.code().as_str(), slow.retry_after.as_deref()),
            ("rate-limited", Some("1"))
        );
        answers.push(slow);
        for seconds in [1, 2, 4, 8, 16] {
            world.clock.advance_seconds(seconds);
            answers.push(eve.sign_in(email, "a wrong password").await);
        }
        world.clock.advance_seconds(60);
        let shut = eve.sign_in(email, PASSWORD).await;
        assert_eq!(shut.retry_after.as_deref(), Some("840"));
        answers.push(shut);
        said.push(answers.into_iter().map(|answer| answer.bytes).collect::<Vec<_>>());
    }
    assert_eq!(said[0], said[1], "an unknown account answers like a known one");
    let text = String::from_utf8(said[0][0].clone()).unwrap();
    assert!(text.contains("sign-in-failed"), "{text}");
    world.clock.advance_seconds(840);
    Browser::new(&world).sign_in("ana@exemple.fr", PASSWORD).await.good();
    // A good end is a new beginning.
    assert_eq!(
        Browser::new(&world).sign_in("ana@exemple.fr", "wrong").await.code(),
        "sign-in-failed"
    );
}

async fn many_guesses_at_once_are_no_way_around(world: World) {
    let own = world.operator_id.to_string();
    joined(&world, invitation("ana@exemple.fr", "auditor", &own)).await;
    let mut browsers: Vec<Browser<'_>> = (0..12).map(|_| Browser::new(&world)).collect();
    let guesses = browsers.iter_mut().map(|eve| eve.sign_in("ana@exemple.fr", "a wrong one"));
    let answers = futures_util::future::join_all(guesses).await;
    let looked_at = answers.iter().filter(|answer| answer.code() == "sign-in-failed").count();
    assert_eq!(looked_at, 5);
}

async fn a_body_cannot_say_what_one_is(world: World) {
    let own = world.operator_id.to_string();
    let mut ana = joined(&world, invitation("ana@exemple.fr", "auditor", &own)).await;
    for (extra, value) in
        [("role", json!("operator")), ("organisation_id", json!(own)), ("factor_at", json!(1))]
    {
        let mut body = json!({ "email": "ana@exemple.fr", "password": PASSWORD });
        body[extra] = value.clone();
        let answer = ana.post("sessions", Some(body)).await;
        assert_eq!(answer.code(), "invalid-request", "{extra}");
        let mut body = json!({ "membership_id": ana.session["membership_id"] });
        body[extra] = value;
        let answer = ana.put("sessions/current/membership", body).await;
        assert_eq!(answer.code(), "invalid-request", "{extra}");
    }
    let mut body = invitation("bo@exemple.fr", "auditor", &own);
    body["person_id"] = ana.session["person_id"].clone();
    let path = format!("/api/v1/memberships/{}", world.id::<carnet::base::id::Membership>());
    assert_eq!(world.put(&path, &world.operator, body).await.code(), "invalid-request");
}

on_both_engines!(
    a_session_is_rotated_at_each_step,
    another_site_changes_nothing_with_our_cookie,
    sessions_are_listed_and_ended,
    other_sessions_end_after_a_new_proof,
    the_operator_ends_the_sessions_of_others,
    a_session_ends_when_idle_and_when_old,
    guessing_is_slow_then_shut_and_says_nothing,
    many_guesses_at_once_are_no_way_around,
    a_body_cannot_say_what_one_is,
);
