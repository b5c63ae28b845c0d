//! Goal: who asks too much waits, who guesses is slowed and then locked, and nobody else notices;
//! what was refused is remembered without anybody's name, and for no longer than it must be.

mod guesses;
mod limits;
mod purge;
mod refused;
pub(crate) mod signals;
mod uses;
mod venues;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use carnet::config::{Config, Layers};
use carnet::domain::quota::Quotas;
use carnet::domain::signal::Thresholds;
use carnet::service::{Instance, Settings};
use carnet::store::{Database, DatabaseOptions};
use carnet::web::peer::Peer;
use carnet::web::{self, App};
use serde_json::Value;

use crate::harness::{Answer, World};

/// The configuration as it comes, without any file.
pub(crate) fn default_config() -> Config {
    Layers::default().load().unwrap()
}

/// What an installation that changed nothing limits.
pub(crate) fn default_quotas() -> Quotas {
    carnet::server::settings(&default_config()).quotas
}

/// The same world, served by a process with these quotas.
pub(crate) async fn limited(world: World, quotas: Quotas) -> World {
    let settings = Settings { quotas, ..world.instance.settings.clone() };
    resettled(world, settings).await
}

/// The same world, served by a process with these thresholds.
pub(crate) async fn choosing(world: World, signals: Thresholds) -> World {
    let settings = Settings { signals, ..world.instance.settings.clone() };
    resettled(world, settings).await
}

/// The same world, served by a process that chose otherwise.
pub(crate) async fn resettled(mut world: World, settings: Settings) -> World {
    let options = DatabaseOptions { url: world.url.clone(), readers: 4 };
    let database = Database::open(&options).await.unwrap();
    let old = &world.instance;
    let (instance, writer) = Instance::new(
        database,
        world.clock.clone(),
        old.entropy.clone(),
        old.keys.clone(),
        old.signer.clone(),
        settings,
    );
    tokio::spawn(writer.run());
    let instance = Arc::new(instance);
    let app = App { instance: instance.clone() };
    let (router, _) = web::routes(app, Duration::from_secs(30));
    (world.instance, world.router) = (instance, router);
    world
}

/// Asks from an address.
pub(crate) async fn ask_from(
    world: &World,
    address: &str,
    (method, path): (&str, &str),
    secret: &str,
    body: &Value,
) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    if !secret.is_empty() {
        request = request.header("authorization", format!("Bearer {secret}"));
    }
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    let request = request.header("content-type", "application/json");
    let mut request = request.body(body).unwrap();
    let address: IpAddr = address.parse().unwrap();
    request.extensions_mut().insert(Peer { address, secure: true });
    world.send(request).await
}
