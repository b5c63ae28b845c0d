//! The signer that `carnet serve` starts for itself.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::block_on;
use crate::cli::{carnet, program, until_it_listens};
use crate::harness::{Engine, World, fresh_dir};
use crate::scheme::Scheme;
use crate::server::Client;

/// `carnet serve` at the place of a world.
struct Serving {
    child: Child,
    address: SocketAddr,
}

impl Serving {
    fn begin(world: &World) -> Self {
        let mut command = program(&world.dir);
        command.env("CARNET_DATABASE__URL", &world.url).env("SECRET_OF_THE_SHELL", "hush");
        command.args(["serve", "--listen", "127.0.0.1:0"]).stdin(Stdio::null());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let said = until_it_listens(&mut child);
        let address = said.trim_end().rsplit("http://").next().unwrap().parse().unwrap();
        Self { child, address }
    }

    /// Its signer, if there is one now.
    fn signer(&self) -> Option<u32> {
        let own = self.child.id().to_string();
        std::fs::read_dir("/proc").unwrap().find_map(|entry| {
            let id: u32 = entry.unwrap().file_name().to_str()?.parse().ok()?;
            let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
            let (state, parent) = {
                let mut words = stat.rsplit(')').next()?.split_whitespace();
                (words.next()?, words.next()?)
            };
            (parent == own && state != "Z").then_some(id)
        })
    }

    async fn another_signer(&self, than: u32) -> u32 {
        for _ in 0..200 {
            if let Some(id) = self.signer().filter(|id| *id != than) {
                return id;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("no signer came back");
    }

    fn runtime_dir(&self) -> PathBuf {
        std::env::temp_dir().join(format!("carnet-{}-0", self.child.id()))
    }
}

fn send(signal: &str, id: u32) {
    assert!(Command::new("kill").args([signal, &id.to_string()]).status().unwrap().success());
}

async fn gone(id: u32) {
    let path = format!("/proc/{id}");
    for _ in 0..200 {
        let stat = std::fs::read_to_string(format!("{path}/stat")).unwrap_or_default();
        let dead = stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z'));
        if !Path::new(&path).exists() || dead {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("process {id} is still there");
}

async fn print(serving: &Serving, world: &World, scheme: &Scheme) -> (u16, String) {
    let mut client = Client::to(serving.address).await;
    let path = format!("/api/v1/orders/{}/books.pdf", scheme.order_id);
    let head = format!("Bearer {}", world.operator);
    let request = hyper::Request::get(path).header("authorization", head).header("host", "x");
    let got = client.send(request.body(http_body_util::Full::default()).unwrap()).await;
    (got.status, got.text)
}

#[test]
fn it_comes_back_when_it_dies_and_ends_with_its_server() {
    block_on(async {
        let world = World::new(Engine::Sqlite).await;
        let scheme = Scheme::new(&world).await;
        let mut serving = Serving::begin(&world);
        let first = serving.signer().expect("a signer");
        let environment = std::fs::read_to_string(format!("/proc/{first}/environ")).unwrap();
        assert!(!environment.contains("hush"), "{environment}");
        let mode = std::fs::metadata(serving.runtime_dir()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        assert_eq!(print(&serving, &world, &scheme).await.0, 200);

        send("-KILL", first);
        gone(first).await;
        // Until it is back a request may be told so, and nothing else.
        let second = serving.another_signer(first).await;
        let mut told = (503, String::new());
        for _ in 0..100 {
            told = print(&serving, &world, &scheme).await;
            assert!(told.0 == 200 || told.1.contains("signer-away"), "{}", told.1);
            if told.0 == 200 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(told.0, 200);

        // A terminal's Ctrl-C reaches both: the signer waits for its server.
        send("-INT", second);
        assert_eq!(print(&serving, &world, &scheme).await.0, 200);
        let dir = serving.runtime_dir();
        send("-TERM", serving.child.id());
        assert!(serving.child.wait().unwrap().success());
        gone(second).await;
        assert!(!dir.exists(), "nothing is left behind");
    });
}

/// What is wrong with the signer's keys is said by the server, in its one line.
#[test]
fn what_it_cannot_start_for_is_said() {
    let dir = fresh_dir();
    carnet(&dir, &["init"]).good();
    let key = dir.join("keys/code.key");
    std::fs::set_permissions(key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let serve = carnet(&dir, &["serve", "--listen", "127.0.0.1:0"]);
    serve.failed(78, &["the signer", "code.key", "chmod 600"]);
}

#[test]
fn it_ends_when_its_server_is_killed() {
    block_on(async {
        let world = World::new(Engine::Sqlite).await;
        let mut serving = Serving::begin(&world);
        let signer = serving.signer().expect("a signer");
        serving.child.kill().unwrap();
        serving.child.wait().unwrap();
        gone(signer).await;
        assert!(!serving.runtime_dir().exists(), "nothing is left behind");
    });
}
