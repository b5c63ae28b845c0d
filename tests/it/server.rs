//! Goal: a real server on a real socket answers in problem documents, numbers its requests, closes
//! what is idle, and when told to stop loses nothing that was asked.

use std::net::SocketAddr;
use std::time::Duration;

use carnet::base::id::{Id, Redemption, Structure};
use carnet::config::{Config, Layers};
use carnet::server::{Running, Server, ServerError};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::harness::{World, on_both_engines};
use crate::registers::structure_body;
use crate::scheme::Scheme;

/// A configuration for the place of a world, with a free port and short times.
pub(crate) fn config(world: &World, more: &[(&'static str, &str)]) -> Config {
    let own = [("server.listen", "127.0.0.1:0"), ("database.url", world.url.as_str())];
    let times = [("server.request_timeout_seconds", "20"), ("limits.idle_seconds", "20")];
    let all = own.iter().chain(&times).chain(more);
    let overrides = all.map(|(key, value)| (*key, (*value).to_owned())).collect();
    let dir = Some(world.dir.clone());
    Layers { dir, overrides, ..Layers::default() }.load().unwrap()
}

async fn started(world: &World, more: &[(&'static str, &str)]) -> Running {
    Server::start(&config(world, more)).await.unwrap()
}

/// A connection that is kept.
pub(crate) struct Client(SendRequest<Full<Bytes>>);

pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) head: hyper::HeaderMap,
    pub(crate) text: String,
}

impl Got {
    fn code(&self) -> String {
        assert_eq!(self.head["content-type"], "application/problem+json", "{}", self.text);
        let json: Value = serde_json::from_str(&self.text).unwrap();
        json["code"].as_str().unwrap().to_owned()
    }
}

impl Client {
    pub(crate) async fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        let (sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        Self(sender)
    }

    pub(crate) async fn send(&mut self, request: Request<Full<Bytes>>) -> Got {
        self.0.ready().await.unwrap();
        let response: Response<_> = self.0.send_request(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if parts.status.is_client_error() || parts.status.is_server_error() {
            crate::canary::quiet("an answer that is no success", &text);
        }
        Got { status: parts.status.as_u16(), head: parts.headers, text }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Got {
        self.send(request("GET", path, "", String::new())).await
    }
}

fn request(method: &str, path: &str, secret: &str, body: String) -> Request<Full<Bytes>> {
    let builder = Request::builder().method(method).uri(path).header("host", "localhost");
    let builder = builder.header("authorization", format!("Bearer {secret}"));
    builder.body(Full::new(Bytes::from(body))).unwrap()
}

fn registration(world: &World, id: Id<Structure>) -> Request<Full<Bytes>> {
    let path = format!("/api/v1/organisations/{id}");
    request("PUT", &path, &world.operator, structure_body("La Quincaillerie").to_string())
}

async fn a_server_answers_and_is_measured(world: World) {
    let server = started(&world, &[]).await;
    let mut client = Client::to(server.address).await;
    assert_eq!(client.get("/healthz").await.text, "ok\n");
    assert_eq!(client.get("/readyz").await.text, "ready\n");
    assert_eq!(client.get("/nothing").await.code(), "not-found");
    assert_eq!(client.send(request("POST", "/healthz", "", String::new())).await.status, 404);
    assert_eq!(client.send(request("TRACE", "/healthz", "", String::new())).await.status, 404);
    assert_eq!(client.send(registration(&world, world.id())).await.status, 201);
    client.get("/V/04V0SECRET").await;
    let scheme = Scheme::new(&world).await;
    for presented in [&scheme.voucher(0, 0).url, "nonsense"] {
        let path = format!("/api/v1/redemptions/{}", world.id::<Redemption>());
        let body = scheme.body(presented).to_string();
        client.send(request("PUT", &path, &scheme.venue, body)).await;
    }
    let measures = client.get("/metrics").await;
    assert!(measures.head["content-type"].to_str().unwrap().starts_with("text/plain"));
    assert_eq!(measures.head["x-content-type-options"], "nosniff");
    let answers = ["/healthz", "/nothing", "/metrics", "/openapi.json", "/problems/fault"];
    for path in answers {
        let head = client.get(path).await.head;
        let held = head["strict-transport-security"].to_str().unwrap().to_owned();
        assert_eq!(held, "max-age=63072000; includeSubDomains", "{path}");
        assert!(head.contains_key("content-security-policy"), "{path}");
    }
    for expected in [
        r#"carnet_requests_total{method="PUT",route="/api/v1/organisations/{id}",status="201"}"#,
        r#"carnet_request_seconds_bucket{method="GET",route="/healthz",le="0.001"}"#,
        r#"carnet_redemptions_total{outcome="redeemed"}"#,
        r#"carnet_redemptions_total{outcome="token-malformed"}"#,
        r#"carnet_writer_batch_size_bucket{le="256"}"#,
        "carnet_writer_queue_depth",
    ] {
        assert!(measures.text.contains(expected), "{expected}\n{}", measures.text);
    }
    assert!(!measures.text.contains("SECRET"));
    crate::canary::quiet("/metrics", &measures.text);
    server.stop().await.unwrap();
}

async fn requests_are_numbered(world: World) {
    let server = started(&world, &[]).await;
    let mut client = Client::to(server.address).await;
    let number = |got: &Got| got.head["x-request-id"].to_str().unwrap().to_owned();
    let [first, second] = [client.get("/healthz").await, client.get("/nothing").await];
    assert!(number(&first).len() > 20);
    assert_ne!(number(&first), number(&second));
    for (sent, kept) in [("call-7.b", true), ("with space", false), (&"x".repeat(65), false)] {
        let mut asked = request("GET", "/healthz", "", String::new());
        asked.headers_mut().insert("x-request-id", sent.parse().unwrap());
        let got = client.send(asked).await;
        assert_eq!(number(&got) == sent, kept, "{sent}");
    }
    server.stop().await.unwrap();
}

async fn too_large_is_a_problem_document(world: World) {
    let server = started(&world, &[]).await;
    let large = "x".repeat(carnet::web::api::BODY_LIMIT + 1);
    let id: Id<Structure> = world.id();
    let path = format!("/api/v1/organisations/{id}");
    let mut client = Client::to(server.address).await;
    let got = client.send(request("PUT", &path, &world.operator, large.clone())).await;
    assert_eq!((got.status, got.code().as_str()), (413, "too-large"));

    // Without its length said first.
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = format!(
        "PUT {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
         transfer-encoding: chunked\r\n\r\n{:x}\r\n",
        world.operator,
        large.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(format!("{large}\r\n0\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = vec![0; 4000];
    let length = stream.read(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]).into_owned();
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("problem+json"), "{answer}");
    server.stop().await.unwrap();
}

async fn an_idle_connection_is_closed_and_does_not_hold_up_a_stop(world: World) {
    let server = started(&world, &[("limits.idle_seconds", "1")]).await;
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    let mut rest = Vec::new();
    let closed = tokio::time::timeout(Duration::from_secs(10), idle.read_to_end(&mut rest)).await;
    closed.expect("closed in time").unwrap();
    server.stop().await.unwrap();

    let server = started(&world, &[("server.stop_timeout_seconds", "5")]).await;
    let _silent = TcpStream::connect(server.address).await.unwrap();
    let mut client = Client::to(server.address).await;
    client.get("/healthz").await;
    let address = server.address;
    server.stop().await.unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

/// What goes over a network without TLS that shows who answers is not begun, unless somebody said
/// so in so many words.
async fn a_way_that_others_could_read_stops_the_start(world: World) {
    let database = ("database.url", "postgres://carnet:hush@db.example/carnet");
    let letters = ("mail.smtp", "smtp://carnet:hush@mail.example");
    let from = ("mail.from", "Carnet <carnet@exemple.fr>");
    let open = ("server.listen", "0.0.0.0:0");
    for (more, words) in [
        ([database, from], "the database on db.example could be anybody"),
        ([letters, from], "say mail.plain_text = true"),
        ([("openid.issuer", "http://id.example"), from], "openid.issuer: http://id.example"),
        ([open, from], "say server.plain_text = true"),
    ] {
        let refused = Server::start(&config(&world, &more)).await.err().unwrap().to_string();
        assert!(refused.contains(words) && !refused.contains("hush"), "{refused}");
    }
    let said = [letters, from, open, ("mail.plain_text", "true"), ("server.plain_text", "true")];
    started(&world, &said).await.stop().await.unwrap();
}

on_both_engines!(
    a_way_that_others_could_read_stops_the_start,
    a_server_answers_and_is_measured,
    requests_are_numbered,
    too_large_is_a_problem_document,
    an_idle_connection_is_closed_and_does_not_hold_up_a_stop,
);

/// SQLite lets a test hold every write up: whoever has its lock.
mod held_up {
    use super::*;
    use crate::harness::{Engine, run};

    const MOMENT: Duration = Duration::from_millis(300);

    #[test]
    fn a_stop_answers_what_is_under_way() {
        run(Engine::Sqlite, |world| async move {
            let server = started(&world, &[]).await;
            let (address, id): (_, Id<Structure>) = (server.address, world.id());
            let lock = world.instance.database.write().await.unwrap();
            let mut client = Client::to(address).await;
            let asked = registration(&world, id);
            let asking = tokio::spawn(async move { client.send(asked).await });
            tokio::time::sleep(MOMENT).await;
            let stopping = tokio::spawn(server.stop());
            tokio::time::sleep(MOMENT).await;
            assert!(!asking.is_finished() && !stopping.is_finished());
            assert!(TcpStream::connect(address).await.is_err(), "no new connections");
            lock.rollback().await.unwrap();
            let got = asking.await.unwrap();
            assert_eq!(got.status, 201, "{}", got.text);
            assert_eq!(got.head["connection"], "close");
            stopping.await.unwrap().unwrap();
            let path = format!("/api/v1/organisations/{id}");
            world.get(&path, &world.operator).await.good();
        });
    }

    #[test]
    fn a_write_that_takes_too_long_is_unknown_and_asked_again() {
        run(Engine::Sqlite, |world| async move {
            let server = started(&world, &[("server.request_timeout_seconds", "1")]).await;
            let id: Id<Structure> = world.id();
            let lock = world.instance.database.write().await.unwrap();
            let mut client = Client::to(server.address).await;
            let got = client.send(registration(&world, id)).await;
            assert_eq!((got.status, got.code().as_str()), (503, "outcome-unknown"));
            assert_eq!(got.head["retry-after"], "1");
            lock.rollback().await.unwrap();
            let again = client.send(registration(&world, id)).await;
            assert!(matches!(again.status, 200 | 201), "{}", again.text);
            server.stop().await.unwrap();
        });
    }

    #[test]
    fn a_stop_does_not_wait_for_ever() {
        run(Engine::Sqlite, |world| async move {
            let server = started(&world, &[("server.stop_timeout_seconds", "1")]).await;
            let lock = world.instance.database.write().await.unwrap();
            let mut client = Client::to(server.address).await;
            let asked = registration(&world, world.id());
            tokio::spawn(async move { client.send(asked).await });
            tokio::time::sleep(MOMENT).await;
            let stopped = server.stop().await;
            assert!(matches!(stopped, Err(ServerError::StopTimeout(_))), "{stopped:?}");
            lock.rollback().await.unwrap();
        });
    }
}
