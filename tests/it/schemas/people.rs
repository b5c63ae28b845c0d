//! The part of the tour that people walk: every route that takes a cookie, a link or a password.
//!
//! Goal: as for the tour, each is asked once and says yes.

use carnet::base::id::{Id, Membership};
use serde_json::json;

use super::routes::row;
use crate::harness::World;
use crate::people::{
    Browser, OTHER_PASSWORD, PASSWORD, first_operator, invitation, invited, token_of,
};

/// Walks it; gives what was asked, as method and template.
pub(super) async fn walk(world: &World) -> Vec<(&'static str, &'static str)> {
    let mut asked = Vec::new();
    let mut note = |method: &str, path: &str| {
        let (method, template, ..) = row(method, path).unwrap();
        asked.push((*method, *template));
    };
    let mut nora = first_operator(world).await;
    note("POST", "/api/v1/joinings");
    note("POST", "/api/v1/totp");
    note("PUT", "/api/v1/sessions/current/factor");
    let own = world.operator_id.to_string();
    let member = format!("memberships/{}", world.id::<Membership>());
    let granted = nora.put(&member, invitation("ana@exemple.fr", "auditor", &own)).await.good();
    note("PUT", &format!("/api/v1/{member}"));
    let person = granted["person_id"].as_str().unwrap();
    let choice = json!({ "membership_id": nora.session["membership_id"] });
    for (method, path, body) in [
        ("POST", format!("people/{person}/invitation"), None),
        ("POST", format!("{member}/end"), None),
        ("PUT", "sessions/current/membership".to_owned(), Some(choice)),
        ("GET", "sessions".to_owned(), None),
        ("GET", "sessions/current".to_owned(), None),
        ("GET", "recovery-codes".to_owned(), None),
        ("POST", "recovery-codes".to_owned(), None),
        ("DELETE", "totp".to_owned(), None),
        ("GET", "people".to_owned(), None),
    ] {
        nora.ask(method, &path, body).await.good();
        note(method, &format!("/api/v1/{path}"));
    }
    let link = invited(world, invitation("bo@exemple.fr", "auditor", &own)).await;
    for path in ["join", "reset"] {
        let path = format!("/{path}/{}", token_of(&link));
        world.get(&path, "").await.good();
        note("GET", &path);
    }
    for path in ["sessions/current".to_owned(), "sessions".to_owned(), String::new()] {
        let mut nora = Browser::new(world);
        nora.sign_in("nora@exemple.fr", PASSWORD).await.good();
        note("POST", "/api/v1/sessions");
        let id: Id<carnet::base::id::Session> =
            nora.session["id"].as_str().unwrap().parse().unwrap();
        let path = if path.is_empty() { format!("sessions/{id}") } else { path };
        nora.ask("DELETE", &path, None).await.good();
        note("DELETE", &format!("/api/v1/{path}"));
    }
    let id = nora.session["person_id"].as_str().unwrap().to_owned();
    let operator = &world.operator;
    let link = world.post(&format!("/api/v1/people/{id}/password-reset"), operator, None).await;
    note("POST", &format!("/api/v1/people/{id}/password-reset"));
    let token = token_of(link.good()["address"].as_str().unwrap()).to_owned();
    let mut nora = Browser::new(world);
    nora.post("password-resets", Some(json!({ "email": "nora@exemple.fr" }))).await.good();
    note("POST", "/api/v1/password-resets");
    let body = json!({ "token": token, "password": OTHER_PASSWORD });
    nora.post("passwords", Some(body)).await.good();
    note("POST", "/api/v1/passwords");
    nora.sign_in("nora@exemple.fr", OTHER_PASSWORD).await.good();
    let body = json!({ "current": OTHER_PASSWORD, "password": PASSWORD });
    nora.put("passwords/current", body).await.good();
    note("PUT", "/api/v1/passwords/current");
    let path = format!("/api/v1/people/{id}");
    world.put(&format!("{path}/state"), operator, json!({ "state": "disabled" })).await.good();
    note("PUT", &format!("{path}/state"));
    world.ask("DELETE", &path, operator, None).await.good();
    note("DELETE", &path);
    asked
}
