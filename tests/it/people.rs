//! People: invited, joining, signing in, proving who they are, going.
//!
//! Goal: whoever holds a password, a cookie or a link alone cannot do what takes more.

mod breaches;
mod erasure;
mod factors;
mod invitations;
pub(crate) mod letters;
pub(crate) mod openid;
pub(crate) mod passkeys;
mod sessions;

use axum::body::Body;
use axum::http::Request;
use carnet::base::clock::Clock as _;
use carnet::base::id::{Id, Membership, Structure};
use carnet::domain::totp;
use carnet::service::people::invite;
use data_encoding::BASE32_NOPAD;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::harness::{Answer, HOST, World};
use crate::registers::structure_body;

/// Passwords that people of the tests choose.
pub(crate) const PASSWORD: &str = "gare bouleau tisane cuivre";
pub(crate) const OTHER_PASSWORD: &str = "brume velours moulin ardoise";

/// A browser, with the cookie that it was given and our own page open in it.
#[derive(Clone)]
pub(crate) struct Browser<'a> {
    pub(crate) world: &'a World,
    /// The token in the cookie; empty for none.
    pub(crate) token: String,
    /// What our page names with each change.
    pub(crate) csrf: String,
    /// What the last answer said of the session.
    pub(crate) session: Value,
    /// The secret in the person's app.
    pub(crate) app: Vec<u8>,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(world: &'a World) -> Self {
        let (token, csrf, session, app) = (String::new(), String::new(), Value::Null, Vec::new());
        Self { world, token, csrf, session, app }
    }

    /// A request as our own page makes it.
    pub(crate) fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        let mut request = Request::builder().method(method).uri(path);
        if !self.token.is_empty() {
            request = request.header("cookie", format!("__Host-carnet={}", self.token));
        }
        if method != "GET" {
            request = request.header("origin", format!("https://{HOST}"));
            request = request.header("sec-fetch-site", "same-origin");
            request = request.header("carnet-csrf", &self.csrf);
        }
        request.header("content-type", "application/json")
    }

    /// Asks, and takes the cookie that comes back.
    pub(crate) async fn ask(&mut self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let path = format!("/api/v1/{path}");
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let answer = self.world.send(self.request(method, &path).body(body).unwrap()).await;
        self.take(&answer);
        answer
    }

    fn take(&mut self, answer: &Answer) {
        let cookie = answer.header("set-cookie");
        if let Some(rest) = cookie.strip_prefix("__Host-carnet=") {
            let attributes = "; Path=/; Secure; HttpOnly; SameSite=Lax";
            assert!(rest.contains(attributes), "{cookie}");
            assert_eq!(answer.header("cache-control"), "no-store");
            rest.split(';').next().unwrap().clone_into(&mut self.token);
        }
        let body = answer.json();
        if answer.status.is_success() && body["csrf"].is_string() {
            body["csrf"].as_str().unwrap().clone_into(&mut self.csrf);
            self.session = body;
        }
    }

    pub(crate) async fn put(&mut self, path: &str, body: Value) -> Answer {
        self.ask("PUT", path, Some(body)).await
    }

    pub(crate) async fn post(&mut self, path: &str, body: Option<Value>) -> Answer {
        self.ask("POST", path, body).await
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", path, None).await
    }

    pub(crate) async fn sign_in(&mut self, email: &str, password: &str) -> Answer {
        self.post("sessions", Some(json!({ "email": email, "password": password }))).await
    }

    /// Joins by a link.
    pub(crate) async fn join(&mut self, link: &str) -> Answer {
        let token = token_of(link);
        self.post("joinings", Some(json!({ "token": token, "password": PASSWORD }))).await
    }

    pub(crate) fn standing(&self) -> &str {
        self.session["standing"].as_str().unwrap()
    }

    /// Puts a new secret into the person's app and gives its first password; the recovery codes.
    pub(crate) async fn enrol(&mut self) -> Vec<String> {
        let made = self.post("totp", None).await.good();
        self.app = BASE32_NOPAD.decode(made["secret"].as_str().unwrap().as_bytes()).unwrap();
        let answer = self.give().await.good();
        let codes = answer["recovery_codes"].as_array().unwrap().iter();
        codes.map(|code| code.as_str().unwrap().to_owned()).collect()
    }

    /// What the app shows half a minute later, when it shows something new.
    pub(crate) fn digits(&self) -> String {
        self.world.clock.advance_seconds(totp::STEP_SECONDS);
        totp::password_of(&self.app, totp::step_of(self.world.clock.now()))
    }

    /// Gives the second factor.
    pub(crate) async fn give(&mut self) -> Answer {
        let digits = self.digits();
        self.put("sessions/current/factor", json!({ "totp": digits })).await
    }
}

/// The last part of a link.
pub(crate) fn token_of(link: &str) -> &str {
    link.rsplit('/').next().unwrap()
}

/// A body that invites.
pub(crate) fn invitation(email: &str, role: &str, organisation: &str) -> Value {
    crate::canary::mark("Ana Durand");
    json!({ "email": email, "name": "Ana Durand", "role": role, "organisation_id": organisation })
}

/// The first operator of a world, with its second factor just given.
pub(crate) async fn first_operator(world: &World) -> Browser<'_> {
    let link = invite::first(&world.instance).await.unwrap().unwrap();
    let token = token_of(link.address.expose_secret()).to_owned();
    let mut browser = Browser::new(world);
    let body = json!({
        "token": token, "password": PASSWORD, "email": "nora@exemple.fr", "name": "Nora Petit"
    });
    crate::canary::mark("Nora Petit");
    browser.post("joinings", Some(body)).await.good();
    assert_eq!(browser.standing(), "factor-missing");
    browser.enrol().await;
    assert_eq!(browser.standing(), "open");
    browser
}

/// Somebody whom the operator's key invited; the link.
pub(crate) async fn invited(world: &World, body: Value) -> String {
    let id: Id<Membership> = world.id();
    let path = format!("/api/v1/memberships/{id}");
    let answer = world.put(&path, &world.operator, body).await.good();
    answer["link"]["address"].as_str().unwrap().to_owned()
}

/// Somebody who was invited and has joined.
pub(crate) async fn joined(world: &World, body: Value) -> Browser<'_> {
    let link = invited(world, body).await;
    let mut browser = Browser::new(world);
    browser.join(&link).await.good();
    browser
}

/// A structure of a name.
pub(crate) async fn structure(world: &World, name: &str) -> Id<Structure> {
    let id: Id<Structure> = world.id();
    let path = format!("/api/v1/organisations/{id}");
    world.put(&path, &world.operator, structure_body(name)).await.good();
    id
}
