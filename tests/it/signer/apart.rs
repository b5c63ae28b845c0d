//! A server and its signer, each with its own keys.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use carnet::base::id::{Id, Order, Settlement};
use carnet::config::Layers;
use carnet::domain::refusal::Reason;
use carnet::server::Server;
use serde_json::{Value, json};

use super::{Apart, apart, block_on, names};
use crate::harness::{Engine, World};
use crate::scheme::{Plan, Scheme};

async fn order(world: &World, scheme: &Scheme, id: Id<Order>) -> Value {
    let body = json!({ "campaign_id": scheme.campaign_id, "books": 1 });
    world.put(&format!("/api/v1/orders/{id}"), &world.operator, body).await.good()
}

async fn print(world: &World, id: Id<Order>) -> crate::harness::Answer {
    world.get(&format!("/api/v1/orders/{id}/books.pdf"), &world.operator).await
}

/// Redeems, checks, settles, blocks, audits with the signer there; then all but print without it.
async fn all_but_print(engine: Engine) {
    let (world, mut signer) = apart(engine, "").await;
    let scheme = Scheme::plan(&world, &Plan { books: 3, ..Plan::default() }).await;
    assert_eq!(names(&world.dir.join("keys")), ["log.key", "tag.key"]);
    scheme.redeem(&world, &scheme.voucher(0, 0).url).await.good();
    let first = print(&world, scheme.order_id).await;
    assert_eq!(first.status, 200);
    crate::audit::holds(&world).await;

    signer.kill();
    scheme.redeem(&world, &scheme.voucher(0, 1).url).await.good();
    scheme.redeem(&world, &scheme.voucher(0, 2).code).await.good();
    let twice = scheme.redeem(&world, &scheme.voucher(0, 0).code).await;
    assert_eq!(twice.code(), "voucher-already-redeemed");
    let check = json!({ "presented": scheme.voucher(1, 0).url, "venue_id": scheme.venue_id });
    world.post("/api/v1/voucher-checks", &scheme.venue, Some(check)).await.good();
    let settlement: Id<Settlement> = world.id();
    let body = json!({ "funder_id": scheme.funder_id, "cut_off_on": "2026-11-22" });
    let path = format!("/api/v1/settlements/{settlement}");
    world.put(&path, &world.operator, body).await.good();

    let away = print(&world, scheme.order_id).await;
    assert_eq!((away.status.as_u16(), away.code().as_str()), (503, "signer-away"));
    assert_eq!(away.retry_after.as_deref(), Some("1"));
    let waiting: Id<Order> = world.id();
    assert_eq!(order(&world, &scheme, waiting).await["state"], "issuing");

    signer.start();
    // Intent first: nothing is signed for books that the journal does not have.
    let early = print(&world, waiting).await;
    assert_eq!((early.code().as_str(), &early.json()["state"]), ("wrong-state", &json!("issuing")));
    assert!(!signer.record().contains(&waiting.to_string()));
    let again = print(&world, scheme.order_id).await;
    assert_eq!(again.bytes, first.bytes, "the same paper");
    // What was acknowledged is not lost: the same request goes on with it.
    assert_eq!(order(&world, &scheme, waiting).await["state"], "issued");
    assert_eq!(print(&world, waiting).await.status, 200);
    assert!(signer.record().contains(&waiting.to_string()));
    crate::audit::holds(&world).await;
}

#[test]
fn a_server_without_those_keys_does_all_but_print() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        crate::harness::run(engine, |_| all_but_print(engine));
    }
}

/// A server that nobody asks again makes the books of an order that waited for the signer.
#[test]
fn an_order_that_waited_is_issued_when_the_signer_is_back() {
    block_on(async {
        let (world, mut signer) = apart(Engine::Sqlite, "").await;
        let scheme = Scheme::new(&world).await;
        signer.kill();
        let socket = signer.socket().display().to_string();
        let more = [
            ("server.listen", "127.0.0.1:0".to_owned()),
            ("database.url", world.url.clone()),
            ("signer.socket", socket),
        ];
        let (dir, overrides) = (Some(world.dir.clone()), more.to_vec());
        let config = Layers { dir, overrides, ..Layers::default() }.load().unwrap();
        let server = Server::start(&config).await.unwrap();
        let waiting: Id<Order> = world.id();
        assert_eq!(order(&world, &scheme, waiting).await["state"], "issuing");
        signer.start();
        let path = format!("/api/v1/orders/{waiting}");
        let mut state = json!(null);
        for _ in 0..300 {
            state = world.get(&path, &world.operator).await.good()["state"].clone();
            if state == "issued" {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(state, "issued");
        server.stop().await.unwrap();
    });
}

/// The kernel says who asks; who is not listed is not answered.
#[test]
fn a_stranger_is_not_answered() {
    block_on(async {
        let world = World::new(Engine::Sqlite).await;
        let place = carnet::service::signer::SigningPlace {
            keys: world.dir.join("keys"),
            state: world.dir.join("signer"),
            ceilings: carnet::domain::signing::Ceilings { vouchers: 1, cents: 1 },
        };
        let mut apart = Apart::new(&place, "allow_uids = [4000000]\n");
        apart.start();
        let error = apart.signer().state().await.unwrap_err();
        assert_eq!(error.reason(), Some(Reason::SignerAway));
        apart.kill();
        let own = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(&place.keys).unwrap());
        let text = std::fs::read_to_string(apart.dir.join("carnet.toml")).unwrap();
        let text = text.replace("4000000", &format!("4000000, {own}"));
        std::fs::write(apart.dir.join("carnet.toml"), text).unwrap();
        apart.start();
        assert_eq!(apart.signer().state().await.unwrap().keys.len(), 1);
    });
}

/// What is not a message ends the connection, and nothing else.
#[test]
fn a_broken_message_ends_its_connection_only() {
    block_on(async {
        let (_world, signer) = apart(Engine::Sqlite, "").await;
        for broken in [
            &b"\xff\xff\xff\xff"[..],
            b"\x04\x00\x00\x01",
            b"\x00\x00\x00\x05hello",
            b"\x00\x00\x00\x0f{\"unsealed\":{}}",
            b"\x00\x00\x00\x01",
        ] {
            let mut stream = UnixStream::connect(signer.socket()).unwrap();
            stream.write_all(broken).unwrap();
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer);
            assert!(answer.is_empty(), "{broken:?}: {answer:?}");
        }
        assert_eq!(signer.signer().state().await.unwrap().keys.len(), 1);
    });
}

/// The wrong key of tags would make codes that nobody finds: such a server does not start.
#[test]
fn keys_that_do_not_belong_together_are_refused() {
    block_on(async {
        let (world, signer) = apart(Engine::Sqlite, "").await;
        let other = "00".repeat(32);
        let file = world.dir.join("keys/tag.key");
        std::fs::write(&file, other).unwrap();
        let socket = signer.socket().display().to_string();
        let more = [("signer.socket", socket.as_str())];
        let config = crate::server::config(&world, &more);
        let refused = Server::start(&config).await.err().unwrap().to_string();
        assert!(refused.contains("tag.key"), "{refused}");
    });
}
