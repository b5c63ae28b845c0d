//! Goal: an older copy of the database is not served; what exports hold comes back byte for byte;
//! what is lost for good goes on only when two people said so, in lines that name both histories.

use std::path::{Path, PathBuf};

use carnet::base::id::Structure;
use carnet::server::{Opened, Server, ServerError};
use carnet::service::audit::Outside;
use carnet::service::restore;
use serde_json::{Value, json};

use crate::audit::holds;
use crate::cli::at;
use crate::harness::{World, on_both_engines};
use crate::people::{Browser, PASSWORD};
use crate::proposals::{approve, proposed, two};
use crate::registers::structure_body;
use crate::scheme::{Plan, Scheme};
use crate::server::{Client, config};
use crate::settlements::payday::{Accounts, Payday};
use crate::state::everything;

/// Serves for a moment, so that what was acknowledged is kept outside the database.
async fn acknowledged(world: &World) {
    Server::start(&config(world, &[])).await.unwrap().stop().await.unwrap();
}

/// Why a world's database is not served.
async fn refused(world: &World) -> String {
    match Server::start(&config(world, &[])).await {
        Err(ServerError::Unsound(why)) => why,
        other => panic!("{other:?}"),
    }
}

fn kept(world: &World) -> PathBuf {
    world.dir.join("checkpoints")
}

/// Writes the export of a ledger into a directory of the world.
fn export(world: &World, ledger: &str, name: &str) -> String {
    let dir = world.dir.join(name);
    let out = dir.display().to_string();
    at(world, &["export", "--ledger", ledger, "--out", &out]).good();
    out
}

/// What anybody may ask again of a story: its answers, byte for byte.
async fn answers(world: &World, paths: &[String]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for path in paths {
        let answer = world.get(&format!("/api/v1/{path}"), &world.operator).await;
        answer.good();
        all.push(answer.bytes);
    }
    all
}

async fn what_an_export_holds_comes_back(world: World) {
    let payday = Payday::new(&world, &Plan::default(), Accounts::Known).await;
    let funder = payday.scheme.funder_id.to_string();
    payday.redeem(&world, 0, 0).await;
    acknowledged(&world).await;
    let older = export(&world, &funder, "older");
    let copy = world.copied("before").await;
    let mut paths = Vec::new();
    for voucher in 1..4 {
        world.clock.advance_seconds(1);
        let redeemed = payday.redeem(&world, voucher % 2, voucher).await;
        paths.push(format!("redemptions/{}", redeemed.id));
    }
    let (settlement, [payment, _]) = payday.pay(&world, "2026-11-22").await;
    payday.bank(&world, &payment.unwrap(), "confirmation").await.good();
    paths.push(format!("settlements/{settlement}/pain.001.xml"));
    paths.push(format!("settlements/{settlement}"));
    let more = Plan { books: 3, ..Plan::default() };
    let ids = (payday.scheme.funder_id, payday.scheme.campaign_id);
    let (order, books) = Scheme::order(&world, ids, &more).await;
    paths.push(format!("orders/{order}"));
    acknowledged(&world).await;
    let whole = export(&world, &funder, "whole");
    let before = answers(&world, &paths).await;

    let copy = world.on(copy).await;
    let rows = everything(&copy).await;
    let why = refused(&copy).await;
    assert!(why.contains(&funder) && why.contains("were acknowledged"), "{why}");
    let told = at(&copy, &["restore"]);
    assert_eq!(told.code, 75, "{}", told.err);
    assert!(told.out.contains(&funder) && told.out.contains("2026-11-22T10:00"), "{}", told.out);
    // What is no newer, or was changed, puts nothing back.
    at(&copy, &["restore", "--export", &older]).failed(65, &["the export"]);
    let changed = changed(&whole, &funder);
    at(&copy, &["restore", "--export", &changed]).failed(65, &["checkpoint"]);
    assert_eq!(everything(&copy).await, rows);
    refused(&copy).await;

    let done = at(&copy, &["restore", "--export", &whole]).good();
    assert!(done.contains("Everything that was acknowledged is there"), "{done}");
    holds(&copy).await;
    assert_eq!(answers(&copy, &paths).await, before);
    acknowledged(&copy).await;
    // The paper of an order that had to come back is good, and pays once.
    payday.scheme.redeem(&copy, &books[0].vouchers[0].code).await.good();
    let twice = payday.scheme.redeem(&copy, &payday.scheme.voucher(0, 1).url).await;
    assert_eq!(twice.code(), "voucher-already-redeemed");
    let config = config(&copy, &[]);
    let held = Server::hold(Opened::open(&config).await.unwrap(), &config).await;
    assert!(matches!(held, Err(ServerError::Unsound(why)) if why.contains("without --held")));
    let nothing = at(&copy, &["restore"]).good();
    assert!(nothing.contains("Nothing that was acknowledged is missing"), "{nothing}");
    holds(&copy).await;
}

/// A copy of an export in which one line is another.
fn changed(dir: &str, ledger: &str) -> String {
    let to = format!("{dir}-changed");
    std::fs::create_dir_all(&to).unwrap();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, Path::new(&to).join(path.file_name().unwrap())).unwrap();
    }
    let lines = Path::new(&to).join(format!("ledger-{ledger}.jsonl"));
    let text = std::fs::read_to_string(&lines).unwrap();
    let last = text.rfind(r#""reference":"MANDAT"#).unwrap();
    let (head, tail) = text.split_at(last);
    std::fs::write(&lines, head.to_owned() + &tail.replacen("MANDAT", "MANDET", 1)).unwrap();
    to
}

/// A person of a world on an older copy of it: signed in again.
async fn again<'a>(world: &'a World, app: &[u8], email: &str) -> Browser<'a> {
    let mut browser = Browser { app: app.to_owned(), ..Browser::new(world) };
    browser.sign_in(email, PASSWORD).await.good();
    browser.give().await.good();
    browser
}

async fn lines(world: &World, ledger: &str, kind: &str) -> Vec<Value> {
    let path = format!("/api/v1/ledgers/{ledger}/export");
    let text = world.get(&path, &world.operator).await.text();
    let all = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    all.filter(|line| line["kind"] == kind).collect()
}

async fn what_is_lost_takes_two(world: World) {
    let scheme = Scheme::new(&world).await;
    let funder = scheme.funder_id.to_string();
    let (nora, paul) = two(&world).await;
    let (nora, paul) = (nora.app, paul.app);
    scheme.redeem(&world, &scheme.voucher(0, 0).url).await.good();
    acknowledged(&world).await;
    let copy = world.copied("before").await;
    world.clock.advance_seconds(60);
    scheme.redeem(&world, &scheme.voucher(0, 1).url).await.good();
    let path = format!("/api/v1/organisations/{}", world.id::<Structure>());
    world.put(&path, &world.operator, structure_body("Une autre")).await.good();
    acknowledged(&world).await;

    let copy = world.on(copy).await;
    refused(&copy).await;
    // Nobody alone, and nobody at the machine.
    at(&copy, &["restore", "--accept"]).failed(77, &[]);
    refused(&copy).await;
    assert!(restore::hold(&copy.instance, &Outside::at(&kept(&copy))).await.unwrap());
    let ready = copy.get("/readyz", "").await;
    assert_eq!((ready.status.as_u16(), ready.code().as_str()), (503, "held"));
    let redeemed = scheme.redeem(&copy, &scheme.voucher(0, 2).url).await;
    assert_eq!(redeemed.code(), "held");
    assert_eq!(copy.get(&format!("/ledger/{funder}/checkpoint"), "").await.code(), "held");
    let program = copy.post("/api/v1/losses/acceptance", &copy.operator, None).await;
    assert_eq!(program.code(), "not-permitted");
    let mut nora = again(&copy, &nora, "nora@exemple.fr").await;
    let losses = nora.get("losses").await.good();
    let of = |ledger: &str| {
        let losses = losses.as_array().unwrap();
        losses.iter().find(|loss| loss["ledger_id"] == ledger).unwrap().clone()
    };
    assert_eq!(losses.as_array().unwrap().len(), 2, "{losses}");
    let size = |loss: &Value, of: &str| loss[of]["size"].as_i64().unwrap();
    let loss = of(&funder);
    assert_eq!(size(&loss, "remembered"), size(&loss, "found") + 1);
    copy.clock.advance_seconds(400);
    let stale = nora.post("losses/acceptance", None).await;
    assert_eq!(stale.code(), "second-factor-needed");
    nora.give().await.good();
    let proposal = proposed(&nora.post("losses/acceptance", None).await);
    assert_eq!(approve(&mut nora, &proposal).await.code(), "second-person-needed");
    let mut twin = again(&copy, &nora.app, "nora@exemple.fr").await;
    assert_eq!(approve(&mut twin, &proposal).await.code(), "second-person-needed");
    refused(&copy).await;
    let mut paul = again(&copy, &paul, "paul@exemple.fr").await;
    let seen = paul.get(&proposal).await.good();
    assert_eq!(seen["content"]["losses"].as_array().unwrap().len(), 2, "{seen}");
    copy.clock.advance_seconds(400);
    assert_eq!(approve(&mut paul, &proposal).await.code(), "second-factor-needed");
    paul.give().await.good();
    assert_eq!(approve(&mut paul, &proposal).await.status, 201);
    assert_eq!(nora.get("losses").await.good(), json!([]));

    goes_on(&world, &copy, &scheme, &loss).await;
}

/// What was accepted is in the lines; what was kept stays; the next older copy is refused.
async fn goes_on(world: &World, copy: &World, scheme: &Scheme, loss: &Value) {
    let (funder, operator) = (scheme.funder_id.to_string(), world.operator_id.to_string());
    let file = kept(copy).join(format!("{funder}.jsonl"));
    let before = std::fs::read_to_string(&file).unwrap();
    acknowledged(copy).await;
    let after = std::fs::read_to_string(&file).unwrap();
    assert!(after.len() > before.len() && after.starts_with(&before));
    let copy = &copy.on(copy.url.clone()).await;
    holds(copy).await;
    let own = lines(copy, &operator, "loss-accepted").await;
    assert_eq!(own.len(), 2);
    let theirs = lines(copy, &funder, "ledger-restored").await;
    assert_eq!(theirs[0]["body"]["remembered"], loss["remembered"]);
    assert_eq!(theirs[0]["body"]["found"], loss["found"]);
    assert_eq!(theirs[0]["seq"], loss["found"]["size"]);
    // A stranger is told, too.
    let out = export(copy, &funder, "restored");
    let (note, keys) =
        (format!("{out}/ledger-{funder}.checkpoint"), format!("{out}/carnet-keys.json"));
    let asked = ["verify", "ledger", &out, "--checkpoint", &note, "--keys", &keys];
    let said = at(copy, &asked).good();
    assert!(said.contains("an older copy of") && said.contains(": holds: "), "{said}");
    scheme.redeem(copy, &scheme.voucher(0, 1).url).await.good();
    acknowledged(copy).await;
    // It excuses this loss and no other.
    let again = world.copied("longer").await;
    let longer = copy.on(again).await;
    let why = refused(&longer).await;
    assert!(why.contains(&funder), "{why}");
}

/// The operator's own ledger, and one that the copy does not know at all.
async fn what_the_copy_never_knew_comes_back(world: World) {
    acknowledged(&world).await;
    let copy = world.copied("before").await;
    let scheme = Scheme::new(&world).await;
    scheme.redeem(&world, &scheme.voucher(0, 0).url).await.good();
    acknowledged(&world).await;
    let (operator, funder) = (world.operator_id.to_string(), scheme.funder_id.to_string());
    let exports = [export(&world, &operator, "own"), export(&world, &funder, "theirs")];
    let copy = world.on(copy).await;
    let told = at(&copy, &["restore"]);
    assert!(told.code == 75 && told.out.contains("all"), "{}{}", told.out, told.err);
    let arguments = ["restore", "--export", &exports[0], "--export", &exports[1]];
    at(&copy, &arguments).good();
    holds(&copy).await;
    acknowledged(&copy).await;
    let copy = copy.on(copy.url.clone()).await;
    let twice = scheme.redeem(&copy, &scheme.voucher(0, 0).url).await;
    assert_eq!(twice.code(), "voucher-already-redeemed");
    scheme.redeem(&copy, &scheme.voucher(0, 1).code).await.good();
    holds(&copy).await;

    // What rests in the vault is in no export of lines: it is said, and nothing is written.
    let older = copy.copied("again").await;
    let path = format!("/api/v1/organisations/{}/bank-account", scheme.structure_id);
    let account = json!({ "iban": "FR7630006000011234567890189", "holder": "Nous" });
    copy.put(&path, &copy.operator, account).await.good();
    acknowledged(&copy).await;
    let whole = export(&copy, &operator, "with-an-account");
    let older = copy.on(older).await;
    let rows = everything(&older).await;
    at(&older, &["restore", "--export", &whole]).failed(65, &["records a bank account"]);
    assert_eq!(everything(&older).await, rows);
}

/// Over a real socket: not ready, closed to the counter, open to who signs in; it keeps nothing.
async fn a_held_server_answers_who_decides(copy: &World) {
    let before = names(&kept(copy));
    // Who decides signs in: on the open network that takes TLS here too.
    let open = config(copy, &[("server.listen", "0.0.0.0:0")]);
    let heard = Server::hold(Opened::open(&open).await.unwrap(), &open).await;
    assert!(matches!(heard, Err(ServerError::Exposed(why)) if why.contains("plain_text")));
    let config = config(copy, &[]);
    let opened = Opened::open(&config).await.unwrap();
    let server = Server::hold(opened, &config).await.unwrap();
    let mut client = Client::to(server.address).await;
    assert_eq!(client.get("/healthz").await.status, 200);
    for (path, status) in [
        ("/readyz", 503),
        ("/api/v1/venues", 503),
        ("/.well-known/carnet-keys.json", 503),
        ("/api/v1/proposals", 401),
        ("/api/v1/losses", 401),
        ("/api/v1/sessions/current", 401),
    ] {
        assert_eq!(client.get(path).await.status, status, "{path}");
    }
    server.stop().await.unwrap();
    assert_eq!(names(&kept(copy)), before);
    refused(copy).await;
}

/// The files of a directory with what is in them.
fn names(dir: &Path) -> Vec<(PathBuf, String)> {
    let paths = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<_> =
        paths.map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect();
    all.sort();
    all
}

async fn one_alone_is_told_what_it_means(world: World) {
    let scheme = Scheme::new(&world).await;
    acknowledged(&world).await;
    let copy = world.copied("before").await;
    scheme.redeem(&world, &scheme.voucher(0, 0).url).await.good();
    acknowledged(&world).await;
    let copy = world.on(copy).await;
    let told = at(&copy, &["restore"]);
    assert_eq!(told.code, 75);
    assert!(told.out.contains("for ever") && told.out.contains("never co-sign"), "{}", told.out);
    refused(&copy).await;
    a_held_server_answers_who_decides(&copy).await;
    let done = at(&copy, &["restore", "--accept"]).good();
    assert!(done.contains("never co-sign") && done.contains("Accepted"), "{done}");
    acknowledged(&copy).await;
    holds(&copy).await;
    let funder = scheme.funder_id.to_string();
    assert_eq!(lines(&copy, &funder, "ledger-restored").await.len(), 1);
}

on_both_engines!(
    what_an_export_holds_comes_back,
    what_is_lost_takes_two,
    what_the_copy_never_knew_comes_back,
    one_alone_is_told_what_it_means,
);
