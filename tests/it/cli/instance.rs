//! Goal: an instance is made once, served from nothing, stopped in order; its keys rotate, its
//! ledgers and books are written out.

use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use carnet::domain::keyring::Revoked;
use carnet::domain::ledger::checkpoint::{Checkpoint, VerifierKey};
use carnet::domain::ledger::log::{Edge, leaf_hash};
use carnet::domain::totp;

use super::{at, carnet, is_private, names, program, secret, until_it_listens};
use crate::harness::{Engine, World, fresh_dir, on_both_engines, run};
use crate::scheme::Scheme;
use crate::server::Client;

#[test]
fn init_makes_an_instance_once() {
    let dir = fresh_dir();
    let arguments = ["init", "--dir", "here", "--host", "Pass.Exemple.fr", "--name", "Coop"];
    let out = carnet(&dir, &arguments).good();
    assert!(out.contains("carnet serve --dir here"), "{out}");
    let here = dir.join("here");
    for file in ["carnet.toml", "carnet.db", "keys/code.key", "keys/log.key", "keys"] {
        assert!(is_private(&here.join(file)), "{file}");
    }
    let toml = std::fs::read_to_string(here.join("carnet.toml")).unwrap();
    assert!(toml.contains("host = \"Pass.Exemple.fr\"") && !toml.contains("listen"), "{toml}");
    let secret = secret(&out).to_owned();
    assert!(!std::fs::read(here.join("carnet.db")).unwrap().is_empty());

    let before: Vec<_> = names(&here);
    carnet(&dir, &arguments).failed(73, &["carnet.toml", "already"]);
    std::fs::remove_file(here.join("carnet.toml")).unwrap();
    carnet(&dir, &arguments).failed(73, &["already"]);
    assert_eq!(names(&here).len(), before.len() - 1, "a refused init leaves what was there");
    let call = carnet(&dir, &["init", "--dir", "there", "--siret", "73282932000075"]);
    call.failed(64, &["--siret", "mistyped"]);
    let url = "postgres://u:hush@127.0.0.1:none/none";
    let call = carnet(&dir, &["init", "--dir", "there", "--database", url]);
    call.failed(69, &["database"]);
    assert!(!call.err.contains("hush"));
    assert!(!dir.join("there").exists(), "what failed leaves nothing");
    let keys = carnet(&dir, &["api-key", "list", "--dir", "here"]).good();
    assert!(keys.contains("operator") && !keys.contains(&secret), "{keys}");
}

/// The program while it serves.
struct Serving(Child, String);

impl Serving {
    fn begin(dir: &Path) -> Self {
        Self::telling(dir, "info,sqlx=warn")
    }

    /// The same, with a log of so much.
    fn telling(dir: &Path, level: &str) -> Self {
        let mut child = program(dir)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .env("CARNET_LOG__LEVEL", level)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = until_it_listens(&mut child);
        Self(child, said)
    }

    fn address(&self) -> std::net::SocketAddr {
        self.1.trim_end().rsplit("http://").next().unwrap().parse().unwrap()
    }

    /// Stops it and gives its log.
    fn stop(mut self) -> String {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        assert!(self.0.wait().unwrap().success());
        let mut log = String::new();
        self.0.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        crate::canary::quiet("the log", &log);
        log
    }
}

/// A page of a server that serves here, in the browser of somebody.
struct Page {
    client: Client,
    cookie: String,
    csrf: String,
    said: serde_json::Value,
}

impl Page {
    async fn open(serving: &Serving) -> Self {
        let client = Client::to(serving.address()).await;
        Self { client, cookie: String::new(), csrf: String::new(), said: serde_json::Value::Null }
    }

    async fn ask(&mut self, method: &str, path: &str, body: serde_json::Value) -> u16 {
        let request = hyper::Request::builder().method(method).uri(format!("/api/v1/{path}"));
        let request = request.header("host", "x").header("origin", "http://localhost:8080");
        let request = request.header("sec-fetch-site", "same-origin");
        let request = request.header("cookie", &self.cookie).header("carnet-csrf", &self.csrf);
        let body = http_body_util::Full::new(body.to_string().into());
        let answer = self.client.send(request.body(body).unwrap()).await;
        if let Some(cookie) = answer.head.get("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            cookie.split(';').next().unwrap().clone_into(&mut self.cookie);
        }
        self.said = serde_json::from_str(&answer.text).unwrap_or_default();
        if let Some(csrf) = self.said["csrf"].as_str() {
            csrf.clone_into(&mut self.csrf);
        }
        answer.status
    }
}

/// The log names who asked, who signed in by what, who could not, and who asked for more than it
/// may, each by an id; the request's own line holds the id too.
#[tokio::test]
async fn who_signs_in_and_who_may_not_is_told_by_ids() {
    use serde_json::json;
    let dir = fresh_dir();
    let serving = Serving::begin(&dir);
    let key = secret(&serving.1).to_owned();
    let mut page = Page::open(&serving).await;
    let link = serving.1.lines().find(|line| line.contains("/join/")).unwrap().trim();
    let token = link.rsplit('/').next().unwrap().to_owned();
    let (email, password) = ("canary@canary.example", "canary brume velours moulin");
    let newcomer =
        json!({ "token": token, "email": email, "password": password, "name": "Canary" });
    assert_eq!(page.ask("POST", "joinings", newcomer.clone()).await, 201);
    let person = page.said["person_id"].as_str().unwrap().to_owned();
    let known = json!({ "email": email, "password": password });
    let wrong = json!({ "email": email, "password": "canary canary canary" });
    let nobody = json!({ "email": "nobody@canary.example", "password": password });
    for (body, status) in [(known, 201), (wrong, 401), (nobody, 401)] {
        assert_eq!(page.ask("POST", "sessions", body).await, status);
    }
    let session = page.cookie.clone();
    assert_eq!(page.ask("POST", "joinings", newcomer).await, 410);
    page.cookie.clone_from(&session);
    assert_eq!(page.ask("POST", "totp", json!({})).await, 201);
    let app = page.said["secret"].as_str().unwrap().to_owned();
    let app = data_encoding::BASE32_NOPAD.decode(app.as_bytes()).unwrap();
    assert_eq!(page.ask("PUT", "sessions/current/factor", json!({ "totp": "12" })).await, 422);
    assert_eq!(page.ask("GET", "people", json!({})).await, 403, "no second factor yet");
    let now = carnet::base::clock::Clock::now(&carnet::base::clock::SystemClock);
    let digits = totp::password_of(&app, totp::step_of(now));
    assert_eq!(page.ask("PUT", "sessions/current/factor", json!({ "totp": digits })).await, 200);
    assert_eq!(page.ask("GET", "solvency/due", json!({})).await, 403);
    let request = hyper::Request::get("/api/v1/solvency/due").header("host", "x");
    let request = request.header("authorization", format!("Bearer {key}"));
    let asked = request.body(http_body_util::Full::default()).unwrap();
    assert_eq!(page.client.send(asked).await.status, 403);

    let log = serving.stop();
    let told = |words: &[&str]| {
        let there = log.lines().any(|line| words.iter().all(|word| line.contains(word)));
        assert!(there, "{words:?} is not in the log:\n{log}");
    };
    let person = format!("person={person}");
    for way in ["link", "password"] {
        told(&["event=\"signed-in\"", &format!("way=\"{way}\""), &person, "session=session_"]);
    }
    told(&["WARN", "sign-in-failed", "way=\"password\"", "person_", "code=\"sign-in-failed\""]);
    told(&["sign-in-failed", "way=\"password\" person=\"\" code=\"sign-in-failed\""]);
    told(&["sign-in-failed", "way=\"link\"", "code=\"link-ended\""]);
    told(&["event=\"factor-failed\" way=\"totp\"", &person, "code=\"second-factor-wrong\""]);
    told(&["event=\"factor-given\" way=\"totp\"", &person]);
    let quoted = person.replace("person=", "actor=\"");
    told(&["event=\"right-refused\"", "route=\"/api/v1/people\"", "second-factor-needed", &quoted]);
    for actor in [quoted.as_str(), "actor=\"api-key_"] {
        told(&["event=\"right-refused\"", "/solvency/due", "code=\"not-permitted\"", actor]);
        told(&[" request ", "/solvency/due", "status=403 code=\"not-permitted\"", actor]);
    }
    let held = page.cookie.split('=').nth(1).unwrap();
    for secret in ["canary", token.as_str(), key.as_str(), held, session.split('=').nth(1).unwrap()]
    {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
}

#[tokio::test]
async fn serve_needs_nothing_at_all() {
    let dir = fresh_dir();
    let serving = Serving::begin(&dir);
    let key = secret(&serving.1).to_owned();
    let mut client = Client::to(serving.address()).await;
    assert_eq!(client.get("/readyz").await.status, 200);
    let path = "/api/v1/venues";
    let request = |secret: &str| {
        let head = format!("Bearer {secret}");
        let request = hyper::Request::get(path).header("authorization", head);
        request.header("host", "x").body(http_body_util::Full::default()).unwrap()
    };
    assert_eq!(client.send(request(&key)).await.status, 200);
    assert_eq!(client.send(request("carnet_wrong")).await.status, 401);
    for hidden in
        ["/V/HIDDENTOKEN", "/v/hiddentoken", "/api/v1/redemptions/HIDDENTOKEN?a=HIDDENTOKEN"]
    {
        client.get(hidden).await;
    }
    // The link that makes the first operator: in no log, and of no use after another start.
    let link = serving.1.lines().find(|line| line.contains("/join/")).unwrap().trim().to_owned();
    let page = link.strip_prefix("http://localhost:8080").unwrap();
    assert_eq!(client.get(page).await.status, 200);
    let log = serving.stop();
    assert!(!log.contains(page.rsplit('/').next().unwrap()), "{log}");
    assert!(log.contains("route=\"/api/v1/venues\" status=200"), "{log}");
    assert!(log.contains("status=401 code=\"not-signed-in\""), "{log}");
    assert!(!log.to_lowercase().contains("hiddentoken") && !log.contains(&key), "{log}");
    assert_eq!(log.matches(" request ").count(), 4, "pages of vouchers are not logged: {log}");

    let serving = Serving::begin(&dir);
    assert!(!serving.1.contains("carnet_"), "the first key is shown once");
    let mut client = Client::to(serving.address()).await;
    assert_eq!(client.send(request(&key)).await.status, 200);
    serving.stop();
}

/// The canary: people join, sign in, fail to, and forget, and the log of it names nobody.
#[tokio::test]
async fn the_log_of_people_names_nobody() {
    let dir = fresh_dir();
    let serving = Serving::telling(&dir, "info,carnet=trace,sqlx=warn");
    let mut client = Client::to(serving.address()).await;
    let link = serving.1.lines().find(|line| line.contains("/join/")).unwrap().trim().to_owned();
    let token = link.rsplit('/').next().unwrap().to_owned();
    let request = |path: &str, body: serde_json::Value| {
        let request = hyper::Request::post(format!("/api/v1/{path}")).header("host", "x");
        request.body(http_body_util::Full::new(body.to_string().into())).unwrap()
    };
    let (email, password) = ("canary@canary.example", "canary brume velours moulin");
    let joining = serde_json::json!({
        "token": token, "email": email, "password": password, "name": "Canary"
    });
    let joined = client.send(request("joinings", joining)).await;
    assert_eq!(joined.status, 201, "{}", joined.text);
    let cookie = joined.head["set-cookie"].to_str().unwrap().to_owned();
    for (path, status, body) in [
        ("sessions", 201, serde_json::json!({ "email": email, "password": password })),
        ("sessions", 401, serde_json::json!({ "email": email, "password": "canary wrong" })),
        ("sessions", 400, serde_json::json!({ "email": "canary", "password": password })),
        ("password-resets", 202, serde_json::json!({ "email": email })),
        ("passwords", 410, serde_json::json!({ "token": token, "password": password })),
    ] {
        let answer = client.send(request(path, body)).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
        assert!(!answer.text.contains("canary wrong"), "{}", answer.text);
    }
    let metrics = client.get("/metrics").await.text;
    let log = serving.stop();
    assert!(log.contains("route=\"/api/v1/joinings\" status=201"), "the control: {log}");
    let held = cookie.split(['=', ';']).nth(1).unwrap();
    for text in [&log, &metrics] {
        assert!(!text.to_lowercase().contains("canary"), "{text}");
        assert!(!text.contains(&token) && !text.contains(held), "{text}");
    }
}

#[test]
fn a_place_without_an_instance_is_said_so() {
    let dir = fresh_dir();
    carnet(&dir, &["keys", "list"]).failed(78, &["carnet init"]);
    carnet(&dir, &["init"]).good();
    std::fs::remove_file(dir.join("carnet.db")).unwrap();
    let serve = carnet(&dir, &["serve", "--listen", "127.0.0.1:0"]);
    serve.failed(78, &["no operator", "carnet init"]);
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(dir.join("keys/log.key"), mode).unwrap();
    carnet(&dir, &["keys", "list"]).failed(77, &["chmod 600"]);
}

async fn keys_rotate_at_the_machine(world: World) {
    let added = at(&world, &["keys", "add", "--days", "30"]).good();
    assert!(added.contains("Key 2") && is_private(&world.dir.join("keys/voucher-002.key")));
    let listed = at(&world, &["keys", "list"]).good();
    let states: Vec<&str> = listed.lines().map(|line| line.rsplit("  ").next().unwrap()).collect();
    assert_eq!(states, ["state", "verifies", "signs"], "{listed}");
    at(&world, &["keys", "revoke", "1"]).failed(64, &["--yes"]);
    at(&world, &["keys", "revoke", "9", "--yes"]).failed(65, &["not-found"]);
    at(&world, &["keys", "revoke", "1", "--yes"]).good();
    assert!(at(&world, &["keys", "list"]).good().contains("revoked"));
    let mut tx = world.instance.database.read().await.unwrap();
    let records = carnet::store::access::voucher_keys(&mut tx).await.unwrap();
    let accepted = records.iter().map(|record| record.key.is_accepted(Revoked::Refused));
    assert_eq!(accepted.collect::<Vec<_>>(), [false, true]);

    let granted = at(&world, &["api-key", "grant", "--role", "auditor"]).good();
    let auditor = secret(&granted).to_owned();
    world.get("/api/v1/venues", &auditor).await.good();
    let id = granted.split(':').next().unwrap();
    at(&world, &["api-key", "revoke", id]).good();
    world.clock.advance_seconds(2);
    assert_eq!(world.get("/api/v1/venues", &auditor).await.code(), "not-signed-in");
    at(&world, &["api-key", "grant", "--role", "venue"]).failed(65, &["structure"]);
}

async fn an_export_is_the_lines_under_their_checkpoint(world: World) {
    let scheme = Scheme::new(&world).await;
    let used = scheme.redeem(&world, &scheme.voucher(0, 0).url).await;
    used.good();
    let funder = scheme.funder_id.to_string();
    at(&world, &["export", "--ledger", &funder, "--out", "out"]).good();
    let out = world.dir.join("out");
    let lines = std::fs::read_to_string(out.join(format!("ledger-{funder}.jsonl"))).unwrap();
    let note = std::fs::read_to_string(out.join(format!("ledger-{funder}.checkpoint"))).unwrap();
    assert!(lines.contains("voucher-redeemed") && lines.ends_with("}\n"));
    let first: serde_json::Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    let key: VerifierKey = first["body"]["log_key"].as_str().unwrap().parse().unwrap();
    let checkpoint = Checkpoint::open(&note, &[key]).unwrap();
    let hashes: Vec<_> = lines.lines().map(|line| leaf_hash(line.as_bytes())).collect();
    let mut edge = Edge::empty();
    edge.append(&hashes);
    assert_eq!((edge.size(), edge.root()), (checkpoint.size, checkpoint.root));
    assert!(names(&out).iter().all(|path| path.extension().is_none_or(|it| it != "part")));
    let unknown = "funder_01h455vb4pex5vsknk084sn02q";
    at(&world, &["export", "--ledger", unknown]).failed(65, &["not-found"]);
    at(&world, &["export", "--ledger", "x"]).failed(64, &["funder_"]);
}

on_both_engines!(keys_rotate_at_the_machine, an_export_is_the_lines_under_their_checkpoint);

#[test]
fn printing_goes_on_where_it_stopped() {
    run(Engine::Sqlite, |world| async move {
        let scheme = Scheme::new(&world).await;
        let order = scheme.order_id.to_string();
        let print = |from: &str| {
            at(&world, &["print", "--order", &order, "--from", from, "--to", "2", "--out", "out"])
        };
        let out = world.dir.join("out");
        std::fs::create_dir_all(&out).unwrap();
        let file = out.join(format!("books-{order}-00002-00002.pdf"));
        std::fs::write(out.join(format!("books-{order}-00002-00002.pdf.part")), "cut").unwrap();
        let said = print("2").good();
        assert!(said.contains("1 files") && said.contains("0 of them"), "{said}");
        let made = std::fs::read(&file).unwrap();
        assert!(made.starts_with(b"%PDF-") && is_private(&file));
        std::fs::write(&file, "kept").unwrap();
        assert!(print("2").good().contains("1 of them"));
        assert_eq!(std::fs::read(&file).unwrap(), b"kept");
        print("3").failed(64, &["1 to 2"]);
        assert_eq!(names(&out).len(), 1);
    });
}
