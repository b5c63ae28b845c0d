//! Speed over HTTP: a real server and a real client on this machine, each with its own threads.
//!
//! Promises: keep-alive connections, one request at a time on each; every answer's status is
//! checked. Does not: share a runtime between the two sides.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::routing::put;
use axum::{Json, Router};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use super::report::rate;
use super::stopwatch::Stopwatch;
use crate::base::id::{Id, Redemption};
use crate::domain::redemption::RedemptionRequest;
use crate::domain::refusal::Reason;
use crate::domain::token::Presented;
use crate::service::{Error, Instance};
use crate::web::actor::Asker;
use crate::web::api::extract::{Body, Path};
use crate::web::problem::Problem;
use crate::web::{App, api};

/// One request of the client.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The path.
    pub path: String,
    /// The JSON body.
    pub body: String,
}

/// Serves an instance, with two more routes that show what the server costs without the ledger,
/// until the process ends.
///
/// # Errors
/// [`Error::Fault`] when no port can be had.
pub async fn serve(instance: Arc<Instance>) -> Result<SocketAddr, Error> {
    let fault = |error: std::io::Error| Error::Fault(error.to_string());
    let app = App { instance };
    let extra = Router::new()
        .route("/bench/empty/{id}", put(empty))
        .route("/bench/verify/{id}", put(verify));
    // The same server: what limits, times and shields a redemption does so to its ceilings.
    let (router, _) = api::routes_and(extra, app, Duration::from_secs(30));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(fault)?;
    let address = listener.local_addr().map_err(fault)?;
    let listener = axum::serve::ListenerExt::tap_io(listener, |stream| {
        let _ = stream.set_nodelay(true);
    });
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

/// A signed-in PUT that does nothing.
async fn empty(
    _: Asker,
    _: Path<Id<Redemption>>,
    _: Body<serde_json::Value>,
) -> Result<Json<BTreeMap<String, String>>, Problem> {
    Ok(Json(BTreeMap::new()))
}

/// A signed-in PUT that checks the token's signature and does nothing.
async fn verify(
    State(app): State<App>,
    _: Asker,
    _: Path<Id<Redemption>>,
    Body(request): Body<RedemptionRequest>,
) -> Result<Json<BTreeMap<String, String>>, Problem> {
    let presented = Presented::parse(&request.presented).map_err(|_| Reason::TokenMalformed)?;
    let Presented::Token(token) = presented else { return Err(Reason::TokenMalformed.into()) };
    let ring = app.instance.keyring().await?;
    ring.verify(&token).map_err(|_| Reason::TokenForged)?;
    Ok(Json(BTreeMap::new()))
}

/// What a load came to.
#[derive(Debug, Default)]
pub struct Load {
    /// How many microseconds it all took.
    elapsed: u128,
    /// Microseconds of each answer.
    pub micros: Vec<u32>,
}

impl Load {
    /// Answers a second.
    #[must_use]
    pub fn per_second(&self) -> i64 {
        rate(self.micros.len(), self.elapsed)
    }

    /// Counts another load, sent after this one, with it.
    pub fn add(&mut self, other: Self) {
        self.elapsed += other.elapsed;
        self.micros.extend(other.micros);
    }
}

/// Sends all requests over so many connections, from a thread of its own. With `pace`, each
/// connection starts one request every so many microseconds instead of at once.
///
/// # Errors
/// [`Error::Fault`] on the first answer that is no success.
pub async fn load(
    address: SocketAddr,
    secret: String,
    asks: Vec<Ask>,
    connections: usize,
    pace: Option<u64>,
) -> Result<Load, Error> {
    let run = move || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Error::Fault(error.to_string()))?
            .block_on(drive(address, secret, asks, connections, pace))
    };
    tokio::task::spawn_blocking(run)
        .await
        .map_err(|error| Error::Fault(format!("the client stopped: {error}")))?
}

async fn drive(
    address: SocketAddr,
    secret: String,
    asks: Vec<Ask>,
    connections: usize,
    pace: Option<u64>,
) -> Result<Load, Error> {
    if asks.is_empty() {
        return Err(Error::Fault("nothing to ask: the vouchers have run out".to_owned()));
    }
    let queue = Arc::new(Mutex::new(asks));
    let bearer = format!("Bearer {secret}");
    let watch = Stopwatch::start();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..connections {
        tasks.spawn(client(address, bearer.clone(), queue.clone(), pace));
    }
    let mut micros = Vec::new();
    while let Some(done) = tasks.join_next().await {
        let done = done.map_err(|error| Error::Fault(error.to_string()))?;
        micros.extend(done.map_err(Error::Fault)?);
    }
    Ok(Load { elapsed: watch.micros(), micros })
}

async fn client(
    address: SocketAddr,
    bearer: String,
    queue: Arc<Mutex<Vec<Ask>>>,
    pace: Option<u64>,
) -> Result<Vec<u32>, String> {
    let stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
    stream.set_nodelay(true).map_err(|error| error.to_string())?;
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    tokio::spawn(connection);
    let mut ticks = pace.map(|micros| tokio::time::interval(Duration::from_micros(micros)));
    let mut micros = Vec::new();
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let Some(ask) = next else { return Ok(micros) };
        if let Some(ticks) = &mut ticks {
            ticks.tick().await;
        }
        let request = hyper::Request::put(ask.path)
            .header("host", "localhost")
            .header("authorization", &bearer)
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(ask.body)))
            .map_err(|error| error.to_string())?;
        let watch = Stopwatch::start();
        let response = sender.send_request(request).await.map_err(|error| error.to_string())?;
        let status = response.status();
        let body = response.into_body().collect().await.map_err(|error| error.to_string())?;
        micros.push(u32::try_from(watch.micros()).unwrap_or(u32::MAX));
        if !status.is_success() {
            let body = String::from_utf8_lossy(&body.to_bytes()).into_owned();
            return Err(format!("status {status}: {body}"));
        }
    }
}
