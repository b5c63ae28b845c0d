//! Goal: nobody chooses a password that was stolen elsewhere; whoever is asked about it learns five
//! digits of a hash; and who chooses one never waits long for somebody who does not answer.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::routing::get;
use carnet::service::Settings;
use carnet::service::people::breach::Breaches;
use data_encoding::HEXUPPER;
use ring::digest;
use serde_json::json;

use super::openid::axum_serve;
use super::{Browser, OTHER_PASSWORD, PASSWORD, invitation, invited, joined, token_of};
use crate::abuse::resettled;
use crate::harness::{World, on_both_engines};

fn hash(password: &str) -> String {
    let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
    HEXUPPER.encode(hash.as_ref())
}

/// A service that knows some passwords, and remembers what it was asked.
#[derive(Clone, Default)]
struct Range {
    /// Each with how often it was stolen.
    known: Arc<Mutex<Vec<(String, u32)>>>,
    heard: Arc<Mutex<Vec<String>>>,
    silent: Arc<Mutex<bool>>,
}

impl Range {
    async fn open(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/range", listener.local_addr().unwrap());
        let router = Router::new().route("/range/{told}", get(answer)).with_state(self.clone());
        tokio::spawn(async move { axum_serve(listener, router).await });
        address
    }
}

async fn answer(State(range): State<Range>, Path(told): Path<String>, asked: Request) -> String {
    let silent = *range.silent.lock().unwrap();
    if silent {
        tokio::time::sleep(Duration::from_mins(1)).await;
    }
    range.heard.lock().unwrap().push(format!("{} {:?}", asked.uri(), asked.headers()));
    let known = range.known.lock().unwrap().clone();
    let lines = known.iter().filter_map(|(hash, times)| {
        Some(format!("{}:{times}\r\n", hash.strip_prefix(told.as_str())?))
    });
    lines.collect()
}

async fn a_stolen_password_is_chosen_by_nobody(world: World) {
    let own = world.operator_id.to_string();
    let range = Range::default();
    let service = Breaches::new(&range.open().await, None).unwrap().map(Arc::new);
    let settings = Settings { breaches: service, ..world.instance.settings.clone() };
    let world = resettled(world, settings).await;
    let (stolen, padding) = (hash(PASSWORD), hash(OTHER_PASSWORD));
    *range.known.lock().unwrap() = vec![(stolen.clone(), 3), (padding, 0)];

    let link = invited(&world, invitation("ana@exemple.fr", "auditor", &own)).await;
    let mut ana = Browser::new(&world);
    let refused = ana.join(&link).await;
    assert_eq!(refused.json()["errors"][0]["pointer"], "/password", "{}", refused.json());
    let body = json!({ "token": token_of(&link), "password": OTHER_PASSWORD });
    ana.post("joinings", Some(body)).await.good();
    let change = json!({ "current": OTHER_PASSWORD, "password": PASSWORD });
    assert_eq!(ana.put("passwords/current", change.clone()).await.code(), "invalid-request");
    let heard = range.heard.lock().unwrap().clone();
    assert_eq!(heard.len(), 3);
    for (asked, password) in heard.iter().zip([PASSWORD, OTHER_PASSWORD, PASSWORD]) {
        let hash = hash(password);
        let (told, kept) = hash.split_at(5);
        assert!(asked.contains(&format!("/range/{told} ")), "{asked}");
        assert!(!asked.contains(&kept[..8]) && asked.contains("add-padding"), "{asked}");
    }
    // Nobody answers: the password is chosen after a moment, and not refused.
    *range.silent.lock().unwrap() = true;
    let changed =
        tokio::time::timeout(Duration::from_secs(20), ana.put("passwords/current", change));
    changed.await.expect("two seconds").good();
}

async fn a_file_of_stolen_passwords_does_as_well(world: World) {
    let own = world.operator_id.to_string();
    let path = world.dir.join("stolen.txt");
    let mut lines: Vec<String> =
        (0..1000).map(|number| hash(&format!("password {number}"))).collect();
    lines.push(hash(PASSWORD));
    lines.sort();
    std::fs::write(&path, lines.join("\n")).unwrap();
    let breaches = Breaches::new("", Some(&path)).unwrap().map(Arc::new);
    let settings = Settings { breaches, ..world.instance.settings.clone() };
    let world = resettled(world, settings).await;
    let link = invited(&world, invitation("ana@exemple.fr", "auditor", &own)).await;
    let mut ana = Browser::new(&world);
    assert_eq!(ana.join(&link).await.code(), "invalid-request");
    let body = json!({ "token": token_of(&link), "password": OTHER_PASSWORD });
    ana.post("joinings", Some(body)).await.good();
    // The file is gone: people go on choosing.
    std::fs::remove_file(&path).unwrap();
    joined(&world, invitation("bo@exemple.fr", "auditor", &own)).await;
}

on_both_engines!(a_stolen_password_is_chosen_by_nobody, a_file_of_stolen_passwords_does_as_well);
