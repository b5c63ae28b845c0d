//! Goal: a provider says who somebody is, to the browser that asked, once; it lets nobody in whom
//! nobody invited, and gives no right. The provider is a small real one (`OpenID` Connect Core 1.0,
//! code flow, PKCE, ES256).

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Query, State};
use axum::http::{HeaderMap, Request, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use carnet::base::clock::Timestamp;
use carnet::service::http::Client;
use carnet::service::people::openid::{OpenId, Provider};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use ring::digest;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::{Browser, PASSWORD, invitation, joined, structure};
use crate::harness::{Answer, BEGIN, Engine, HOST, World, on_both_engines};

/// The class in which the provider asked for two factors.
const TWO: &str = "https://proconnect.gouv.fr/assurance/self-asserted-2fa";
/// The operator's own number.
const SIRET: &str = "73282932000074";

/// Whom the provider knows, and how it lies.
#[derive(Default)]
struct Book {
    /// Who sits in front of the browser.
    who: Value,
    acr: String,
    lie: &'static str,
    /// What each code was given for: nonce and challenge.
    codes: HashMap<String, (String, String)>,
}

type Shared = State<Arc<Place>>;

struct Place {
    issuer: String,
    book: Mutex<Book>,
}

/// A provider at work.
pub(crate) struct Proconnect(Arc<Place>);

impl Proconnect {
    pub(crate) async fn open() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let place = Arc::new(Place { issuer, book: Mutex::default() });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/jwks", get(keys))
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .route("/userinfo", get(userinfo))
            .with_state(place.clone());
        tokio::spawn(async move { axum_serve(listener, router).await });
        Self(place)
    }

    pub(crate) fn client(&self) -> Arc<OpenId> {
        let provider = Provider {
            issuer: self.0.issuer.clone(),
            client_id: "carnet".into(),
            client_secret: SecretString::from("the provider knows it"),
            scopes: vec!["email".into(), "siret".into()],
            trusts_email: false,
            second_factor_acr: vec![TWO.into()],
        };
        Arc::new(OpenId::new(provider, HOST).unwrap())
    }

    /// Who sits in front of the browser from now on.
    pub(crate) fn sits(&self, sub: &str, email: &str, verified: bool, siret: Option<&str>) {
        let mut who = json!({ "sub": sub, "email": email, "email_verified": verified });
        if let Some(siret) = siret {
            who["siret"] = json!(siret);
        }
        self.0.book.lock().unwrap().who = who;
    }

    fn with(&self, acr: &str, lie: &'static str) {
        let mut book = self.0.book.lock().unwrap();
        acr.clone_into(&mut book.acr);
        book.lie = lie;
    }
}

/// Serves a router without axum's own server, which is not built in.
pub(super) async fn axum_serve(listener: tokio::net::TcpListener, router: Router) {
    while let Ok((stream, _)) = listener.accept().await {
        let service = hyper_util::service::TowerToHyperService::new(router.clone());
        tokio::spawn(async move {
            let io = hyper_util::rt::TokioIo::new(stream);
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(io, service).await;
        });
    }
}

async fn metadata(State(place): Shared) -> Json<Value> {
    let at = |path: &str| format!("{}/{path}", place.issuer);
    Json(json!({
        "issuer": place.issuer, "authorization_endpoint": at("authorize"),
        "token_endpoint": at("token"), "userinfo_endpoint": at("userinfo"),
        "jwks_uri": at("jwks"), "response_types_supported": ["code"],
        "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["ES256"]
    }))
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_slice(&[seed; 32]).unwrap()
}

async fn keys() -> Json<Value> {
    let point = key(3).verifying_key().to_encoded_point(false);
    let [x, y] = [point.x(), point.y()].map(|part| BASE64URL_NOPAD.encode(part.unwrap()));
    Json(json!({ "keys": [{
        "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "1", "x": x, "y": y
    }] }))
}

async fn authorize(State(place): Shared, Query(asked): Query<HashMap<String, String>>) -> Response {
    assert_eq!(asked["code_challenge_method"], "S256");
    assert_eq!(asked["redirect_uri"], format!("https://{HOST}/openid/callback"));
    let mut book = place.book.lock().unwrap();
    let code = format!("code-{}", asked["state"]);
    book.codes.insert(code.clone(), (asked["nonce"].clone(), asked["code_challenge"].clone()));
    let back = format!("{}?code={code}&state={}", asked["redirect_uri"], asked["state"]);
    (StatusCode::FOUND, [(header::LOCATION, back)]).into_response()
}

fn refused() -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" }))).into_response()
}

async fn token(State(place): Shared, headers: HeaderMap, form: String) -> Response {
    // What is read of the form needs no escapes.
    let pairs = form.split('&').filter_map(|pair| pair.split_once('='));
    let given: HashMap<&str, &str> = pairs.collect();
    let basic = headers.get(header::AUTHORIZATION).map(|value| value.to_str().unwrap());
    let expected = BASE64.encode(b"carnet:the+provider+knows+it");
    if basic != Some(&format!("Basic {expected}")) {
        return refused();
    }
    let mut book = place.book.lock().unwrap();
    // A code is good once.
    let Some((nonce, challenge)) = book.codes.remove(given["code"]) else {
        return refused();
    };
    let hash = digest::digest(&digest::SHA256, given["code_verifier"].as_bytes());
    if BASE64URL_NOPAD.encode(hash.as_ref()) != challenge {
        return refused();
    }
    let begin: Timestamp = BEGIN.parse().unwrap();
    let now = begin.millis() / 1000;
    let lies = |lie: &str| book.lie == lie;
    let mut claims = json!({
        "iss": place.issuer, "aud": "carnet", "sub": book.who["sub"], "nonce": nonce,
        "iat": now, "exp": if lies("expired") { now - 1 } else { now + 30 * 86_400 }
    });
    if !book.acr.is_empty() {
        claims["acr"] = json!(book.acr);
    }
    for (member, value) in [("nonce", "another"), ("aud", "another"), ("iss", "https://x.example")]
    {
        if lies(member) {
            claims[member] = json!(value);
        }
    }
    let head = json!({ "alg": "ES256", "kid": "1", "typ": "JWT" });
    let parts = [head, claims].map(|part| BASE64URL_NOPAD.encode(part.to_string().as_bytes()));
    let text = parts.join(".");
    let signature: Signature = key(if lies("key") { 4 } else { 3 }).sign(text.as_bytes());
    let id_token = format!("{text}.{}", BASE64URL_NOPAD.encode(&signature.to_bytes()));
    let answer = json!({ "access_token": "access", "token_type": "Bearer", "id_token": id_token });
    Json(answer).into_response()
}

async fn userinfo(State(place): Shared) -> Json<Value> {
    let book = place.book.lock().unwrap();
    let mut who = book.who.clone();
    if book.lie == "sub" {
        who["sub"] = json!("somebody else");
    }
    Json(who)
}

async fn visited(engine: Engine) -> (World, Proconnect) {
    let provider = Proconnect::open().await;
    let world = World::with(engine, HOST, 7, None, Some(provider.client())).await;
    (world, provider)
}

/// A browser that leaves for the provider: the cookie that it keeps, and where it is sent back to.
async fn leave(world: &World) -> (String, String) {
    let left = world.get("/openid/begin", "").await;
    assert_eq!(left.status, 303);
    let cookie = left.header("set-cookie").split(';').next().unwrap().to_owned();
    assert!(cookie.starts_with("__Host-carnet-openid="), "{cookie}");
    let request = Request::get(left.header("location")).body(Vec::new()).unwrap();
    let sent = Client::new().unwrap().send(request).await.unwrap();
    assert_eq!(sent.status(), 302);
    let back = sent.headers()[header::LOCATION].to_str().unwrap();
    (cookie, back.strip_prefix(&format!("https://{HOST}")).unwrap().to_owned())
}

async fn come_back(world: &World, cookie: &str, path: &str) -> Answer {
    let request = Request::get(path).header("cookie", cookie);
    // As browsers do after a redirection from elsewhere.
    let request = request.header("sec-fetch-site", "cross-site");
    world.send(request.body(axum::body::Body::empty()).unwrap()).await
}

/// Signs in at the provider, as whoever sits there.
pub(crate) async fn sign_in(world: &World) -> Result<Browser<'_>, String> {
    let (cookie, path) = leave(world).await;
    let answer = come_back(world, &cookie, &path).await;
    if answer.status != 303 {
        return Err(answer.code());
    }
    assert_eq!(answer.header("location"), "/", "nowhere else");
    let cookies = answer.headers.get_all("set-cookie").iter();
    let cookies: Vec<&str> = cookies.map(|value| value.to_str().unwrap()).collect();
    let token = cookies.iter().find_map(|cookie| cookie.strip_prefix("__Host-carnet="));
    let mut browser = Browser::new(world);
    token.unwrap().split(';').next().unwrap().clone_into(&mut browser.token);
    browser.get("sessions/current").await.good();
    Ok(browser)
}

async fn who_was_invited_signs_in_at_the_provider(world: World) {
    assert_eq!(world.get("/openid/begin", "").await.code(), "not-found", "none is configured");
    let (world, provider) = visited(world.engine).await;
    let own = structure(&world, "A").await.to_string();
    super::invited(&world, invitation("ana@exemple.fr", "structure", &own)).await;
    provider.sits("ana-1", "Ana@exemple.fr", true, None);
    let mut ana = sign_in(&world).await.unwrap();
    assert_eq!(ana.standing(), "factor-missing", "the provider asked for one factor only");
    ana.enrol().await;
    ana.get(&format!("organisations/{own}")).await.good();
    let person = ana.session["person_id"].clone();
    let listed = world.get("/api/v1/people", &world.operator).await.good();
    assert_eq!(listed[0]["state"], "active");
    // Another address at the provider, the same person.
    provider.sits("ana-1", "ana.durand@exemple.fr", true, None);
    provider.with(TWO, "");
    let again = sign_in(&world).await.unwrap();
    assert_eq!((again.session["person_id"].clone(), again.standing()), (person, "open"));
    assert_eq!(again.session["second_factor_is_fresh"], true);
    let id = ana.session["person_id"].as_str().unwrap();
    let path = format!("/api/v1/people/{id}/state");
    world.put(&path, &world.operator, json!({ "state": "disabled" })).await.good();
    assert_eq!(sign_in(&world).await.err().as_deref(), Some("sign-in-failed"));
    world.ask("DELETE", &format!("/api/v1/people/{id}"), &world.operator, None).await.good();
    assert_eq!(sign_in(&world).await.err().as_deref(), Some("sign-in-failed"));
    crate::audit::holds(&world).await;
}

async fn strangers_stay_out(world: World) {
    let (world, provider) = visited(world.engine).await;
    let own = world.operator_id.to_string();
    joined(&world, invitation("ana@exemple.fr", "auditor", &own)).await;
    for (sub, email, verified) in
        [("eve-1", "eve@exemple.fr", true), ("eve-1", "ana@exemple.fr", false)]
    {
        provider.sits(sub, email, verified, None);
        assert_eq!(sign_in(&world).await.err().as_deref(), Some("sign-in-failed"), "{email}");
    }
    provider.sits("ana-1", "ana@exemple.fr", true, None);
    assert_eq!(sign_in(&world).await.unwrap().standing(), "open");
}

async fn a_siret_keeps_to_its_organisation(world: World) {
    let (world, provider) = visited(world.engine).await;
    let operator = world.operator_id.to_string();
    let own = structure(&world, "A").await.to_string();
    let mut ana = joined(&world, invitation("ana@exemple.fr", "auditor", &operator)).await;
    let link = format!("/api/v1/memberships/{}", world.id::<carnet::base::id::Membership>());
    let body = invitation("ana@exemple.fr", "structure", &own);
    let other = world.put(&link, &world.operator, body).await.good()["id"].clone();
    ana.sign_in("ana@exemple.fr", PASSWORD).await.good();
    assert_eq!(ana.session["memberships"].as_array().unwrap().len(), 2, "the control");
    provider.sits("ana-1", "ana@exemple.fr", true, Some(SIRET));
    let mut bound = sign_in(&world).await.unwrap();
    assert_eq!(bound.session["memberships"].as_array().unwrap().len(), 1);
    assert_eq!(
        (bound.standing(), &bound.session["memberships"][0]["role"]),
        ("open", &json!("auditor"))
    );
    let choice = json!({ "membership_id": other });
    assert_eq!(bound.put("sessions/current/membership", choice).await.code(), "not-found");
    provider.sits("ana-1", "ana@exemple.fr", true, Some("55203253400646"));
    let elsewhere = sign_in(&world).await.unwrap();
    assert_eq!(elsewhere.standing(), "membership-needed");
    assert_eq!(elsewhere.session["memberships"], json!([]));
}

async fn a_token_that_does_not_hold_opens_nothing(world: World) {
    let (world, provider) = visited(world.engine).await;
    let own = world.operator_id.to_string();
    joined(&world, invitation("ana@exemple.fr", "auditor", &own)).await;
    provider.sits("ana-1", "ana@exemple.fr", true, None);
    for lie in ["key", "nonce", "aud", "iss", "expired", "sub"] {
        provider.with("", lie);
        assert_eq!(sign_in(&world).await.err().as_deref(), Some("sign-in-failed"), "{lie}");
    }
    provider.with("", "");
    // Another browser's return: somebody would be signed in as the thief.
    let (cookie, path) = leave(&world).await;
    let (other, _) = leave(&world).await;
    for wrong in ["", other.as_str()] {
        assert_eq!(come_back(&world, wrong, &path).await.code(), "sign-in-failed");
    }
    assert_eq!(come_back(&world, &cookie, &path).await.status, 303, "the control");
    assert_eq!(come_back(&world, &cookie, &path).await.code(), "sign-in-failed", "once");
    let (cookie, path) = leave(&world).await;
    world.clock.advance_seconds(600);
    assert_eq!(come_back(&world, &cookie, &path).await.code(), "sign-in-failed", "too late");
    let stray = come_back(&world, &cookie, "/openid/callback?error=access_denied").await;
    assert_eq!(stray.code(), "sign-in-failed");
}

/// Walks the two routes, for the tour.
pub(crate) async fn walk(engine: Engine) {
    let (world, provider) = visited(engine).await;
    let own = world.operator_id.to_string();
    joined(&world, invitation("ana@exemple.fr", "auditor", &own)).await;
    provider.sits("ana-1", "ana@exemple.fr", true, None);
    sign_in(&world).await.unwrap();
}

on_both_engines!(
    who_was_invited_signs_in_at_the_provider,
    strangers_stay_out,
    a_siret_keeps_to_its_organisation,
    a_token_that_does_not_hold_opens_nothing,
);
