//! TLS in the server itself, and the proxies that it believes.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Extension;
use axum::routing::get;
use carnet::server::{Opened, Running, Server};
use carnet::web::peer::Peer;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::cli::{program, until_it_listens};
use crate::harness::{Engine, World, run};
use crate::server::{Client, config};

const DATA: &str = "tests/data/tls";

/// Puts one of the test's certificates in place; a key as its owner alone reads it.
fn install(dir: &Path, name: &str) {
    for (from, to) in [("pem", "tls.pem"), ("key", "tls.key")] {
        let to = dir.join(to);
        fs::copy(format!("{DATA}/{name}.{from}"), &to).unwrap();
        fs::set_permissions(&to, fs::Permissions::from_mode(0o600)).unwrap();
    }
}

/// The status of `/healthz` over TLS, for a client that trusts one certificate.
async fn health(address: SocketAddr, trusts: &str) -> Result<u16, std::io::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(format!("{DATA}/{trusts}.pem")).unwrap()).unwrap();
    let client = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(address).await?;
    let name = "localhost".try_into().unwrap();
    let stream = TlsConnector::from(Arc::new(client)).connect(name, stream).await?;
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = hyper::Request::get("/healthz").header("host", "localhost");
    let answer = sender.send_request(request.body(Full::<Bytes>::default()).unwrap()).await;
    Ok(answer.unwrap().status().as_u16())
}

/// A server with a file of its own, and a route that says who asks.
async fn started(world: &World, file: &str) -> Running {
    fs::write(world.dir.join("carnet.toml"), format!("[server]\n{file}")).unwrap();
    let config = config(world, &[]);
    let opened = Opened::open(&config).await.unwrap();
    let told = |Extension(peer): Extension<Peer>| async move {
        format!("{} {}", peer.address, peer.secure)
    };
    let more = axum::Router::new().route("/peer", get(told));
    Server::start_with(opened, &config, more).await.unwrap()
}

async fn speaks_tls(world: World) {
    install(&world.dir, "one");
    let server = started(&world, "tls_certificate = 'tls.pem'\ntls_key = 'tls.key'\n").await;
    assert_eq!(health(server.address, "one").await.unwrap(), 200);
    assert!(health(server.address, "two").await.is_err(), "another certificate is not trusted");

    install(&world.dir, "two");
    assert_eq!(health(server.address, "one").await.unwrap(), 200, "nobody said to read it again");
    server.reload().unwrap();
    assert_eq!(health(server.address, "two").await.unwrap(), 200);
    assert!(health(server.address, "one").await.is_err());

    // What cannot be used changes nothing.
    fs::copy(format!("{DATA}/one.key"), world.dir.join("tls.key")).unwrap();
    assert!(server.reload().is_err());
    install(&world.dir, "two");
    fs::set_permissions(world.dir.join("tls.key"), fs::Permissions::from_mode(0o644)).unwrap();
    let error = server.reload().unwrap_err().to_string();
    assert!(error.contains("chmod 600"), "{error}");
    assert_eq!(health(server.address, "two").await.unwrap(), 200);
    server.stop().await.unwrap();
}

#[test]
fn the_server_speaks_tls_and_reads_its_certificate_again() {
    run(Engine::Sqlite, speaks_tls);
}

/// As a supervisor does it: the program, its certificate renewed, SIGHUP.
#[test]
fn a_hangup_reads_the_certificate_again() {
    run(Engine::Sqlite, |world: World| async move {
        install(&world.dir, "one");
        let text = "[server]\ntls_certificate = 'tls.pem'\ntls_key = 'tls.key'\n";
        fs::write(world.dir.join("carnet.toml"), text).unwrap();
        let mut command = program(&world.dir);
        command.env("CARNET_DATABASE__URL", &world.url);
        command.args(["serve", "--listen", "127.0.0.1:0"]).stdin(Stdio::null());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let said = until_it_listens(&mut child);
        let address = said.trim_end().rsplit("https://").next().unwrap().parse().unwrap();
        assert_eq!(health(address, "one").await.unwrap(), 200);
        install(&world.dir, "two");
        let id = child.id().to_string();
        assert!(Command::new("kill").args(["-HUP", &id]).status().unwrap().success());
        let mut told = false;
        for _ in 0..100 {
            told = health(address, "two").await.is_ok();
            if told {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert!(told, "the old certificate is still shown");
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        assert!(child.wait().unwrap().success());
    });
}

/// Who connects and says nothing holds a place for a while only.
#[test]
fn a_handshake_that_does_not_come_is_not_waited_for() {
    run(Engine::Sqlite, |world: World| async move {
        install(&world.dir, "one");
        let [certificate, key] =
            ["tls.pem", "tls.key"].map(|name| world.dir.join(name).display().to_string());
        let more = [
            ("server.tls_certificate", certificate.as_str()),
            ("server.tls_key", key.as_str()),
            ("limits.idle_seconds", "1"),
        ];
        let server = Server::start(&config(&world, &more)).await.unwrap();
        let mut silent = TcpStream::connect(server.address).await.unwrap();
        let mut byte = [0];
        let closed = tokio::time::timeout(Duration::from_secs(10), silent.read(&mut byte)).await;
        assert_eq!(closed.unwrap().unwrap(), 0);
        server.stop().await.unwrap();
    });
}

async fn peer(server: &Running, forwarded: &str) -> String {
    let mut client = Client::to(server.address).await;
    let request = hyper::Request::get("/peer")
        .header("host", "x")
        .header("x-forwarded-for", forwarded)
        .header("x-forwarded-proto", "https");
    client.send(request.body(Full::default()).unwrap()).await.text
}

async fn believes_its_proxies(world: World) {
    let server = started(&world, "trusted_proxies = []\n").await;
    assert_eq!(peer(&server, "1.2.3.4").await, "127.0.0.1 false", "nobody is believed by itself");
    server.stop().await.unwrap();
    let server = started(&world, "trusted_proxies = ['127.0.0.0/8', '10.0.0.1']\n").await;
    assert_eq!(peer(&server, "6.6.6.6, 1.2.3.4, 10.0.0.1").await, "1.2.3.4 true");
    server.stop().await.unwrap();
}

#[test]
fn only_listed_proxies_are_believed() {
    run(Engine::Sqlite, believes_its_proxies);
}

/// A certificate without its key, or the other way round, is a mistake and not plain HTTP.
#[test]
fn half_a_certificate_is_refused() {
    run(Engine::Sqlite, |world: World| async move {
        install(&world.dir, "one");
        fs::write(world.dir.join("carnet.toml"), "[server]\ntls_key = 'tls.key'\n").unwrap();
        let error = Server::start(&config(&world, &[])).await.err().unwrap().to_string();
        assert!(error.contains("go together"), "{error}");
    });
}
