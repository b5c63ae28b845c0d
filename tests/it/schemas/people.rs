//! The part of the tour that people walk: every route that takes a cookie, a link or a password.
//!
//! Goal: as for the tour, each is asked once and says yes.

use carnet::base::id::Membership;
use serde_json::json;

use super::routes::row;
use crate::harness::World;
use crate::people::passkeys::{Device, prove, register};
use crate::people::{
    Browser, OTHER_PASSWORD, PASSWORD, first_operator, invitation, invited, token_of,
};

/// Method and template of what was asked.
type Asked = Vec<(&'static str, &'static str)>;

fn note(asked: &mut Asked, method: &str, path: &str) {
    let (method, template, ..) = row(method, path).unwrap();
    asked.push((*method, *template));
}

/// Walks it; gives what was asked.
pub(super) async fn walk(world: &World) -> Asked {
    let mut asked = Asked::new();
    let mut nora = first_operator(world).await;
    for (method, path) in
        [("POST", "joinings"), ("POST", "totp"), ("PUT", "sessions/current/factor")]
    {
        note(&mut asked, method, &format!("/api/v1/{path}"));
    }
    let own = world.operator_id.to_string();
    let member = format!("memberships/{}", world.id::<Membership>());
    let granted = nora.put(&member, invitation("ana@exemple.fr", "auditor", &own)).await.good();
    note(&mut asked, "PUT", &format!("/api/v1/{member}"));
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
        ("POST", "passkeys/options".to_owned(), None),
        ("GET", "passkeys".to_owned(), None),
        ("DELETE", "totp".to_owned(), None),
        ("GET", "people".to_owned(), None),
    ] {
        nora.ask(method, &path, body).await.good();
        note(&mut asked, method, &format!("/api/v1/{path}"));
    }
    let mut phone = Device::new(7);
    register(&mut nora, &mut phone).await.good();
    prove(&mut nora, &mut phone).await.good();
    note(&mut asked, "POST", "/api/v1/sessions/current/passkey-options");
    let listed = nora.get("passkeys").await.good();
    let path = format!("passkeys/{}", listed[0]["id"].as_str().unwrap());
    nora.ask("DELETE", &path, None).await.good();
    note(&mut asked, "PUT", &format!("/api/v1/{path}"));
    note(&mut asked, "DELETE", &format!("/api/v1/{path}"));
    let link = invited(world, invitation("bo@exemple.fr", "auditor", &own)).await;
    for path in ["joinings", "password-resets"] {
        let path = format!("/api/v1/{path}/{}", token_of(&link));
        world.get(&path, "").await.good();
        note(&mut asked, "GET", &path);
    }
    leave(world, &nora, &mut asked).await;
    crate::proposals::walk(world.engine).await;
    for (method, verb) in [("GET", ""), ("POST", "/approval"), ("POST", "/withdrawal")] {
        note(&mut asked, method, &format!("/api/v1/proposals/x{verb}"));
    }
    note(&mut asked, "GET", "/api/v1/proposals");
    crate::people::openid::walk(world.engine).await;
    note(&mut asked, "GET", "/openid/begin");
    note(&mut asked, "GET", "/openid/callback");
    asked
}

/// Goes, in every way that there is.
async fn leave(world: &World, nora: &Browser<'_>, asked: &mut Asked) {
    for path in ["sessions/current".to_owned(), "sessions".to_owned(), String::new()] {
        let mut nora = Browser::new(world);
        nora.sign_in("nora@exemple.fr", PASSWORD).await.good();
        note(asked, "POST", "/api/v1/sessions");
        let id = nora.session["id"].as_str().unwrap();
        let path = if path.is_empty() { format!("sessions/{id}") } else { path };
        nora.ask("DELETE", &path, None).await.good();
        note(asked, "DELETE", &format!("/api/v1/{path}"));
    }
    let id = nora.session["person_id"].as_str().unwrap();
    let operator = &world.operator;
    let path = format!("/api/v1/people/{id}/password-reset");
    let link = world.post(&path, operator, None).await.good();
    note(asked, "POST", &path);
    let token = token_of(link["address"].as_str().unwrap());
    let mut nora = Browser::new(world);
    nora.post("password-resets", Some(json!({ "email": "nora@exemple.fr" }))).await.good();
    note(asked, "POST", "/api/v1/password-resets");
    let body = json!({ "token": token, "password": OTHER_PASSWORD });
    nora.post("passwords", Some(body)).await.good();
    note(asked, "POST", "/api/v1/passwords");
    nora.sign_in("nora@exemple.fr", OTHER_PASSWORD).await.good();
    let body = json!({ "current": OTHER_PASSWORD, "password": PASSWORD });
    nora.put("passwords/current", body).await.good();
    note(asked, "PUT", "/api/v1/passwords/current");
    let path = format!("/api/v1/people/{id}");
    for path in [format!("{path}/sessions"), "/api/v1/sessions/all".to_owned()] {
        world.ask("DELETE", &path, operator, None).await.good();
        note(asked, "DELETE", &path);
    }
    world.put(&format!("{path}/state"), operator, json!({ "state": "disabled" })).await.good();
    note(asked, "PUT", &format!("{path}/state"));
    world.ask("DELETE", &path, operator, None).await.good();
    note(asked, "DELETE", &path);
}
