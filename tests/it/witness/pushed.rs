//! Goal: a server brings its checkpoints to witnesses without anybody's waiting, keeps what holds
//! and nothing else, and shows it; nothing that a witness answers can harm it.

use std::time::Duration;

use carnet::config::Layers;
use carnet::domain::ledger::checkpoint::{Checkpoint, parts};
use carnet::domain::ledger::consistency::consistency_text;
use carnet::domain::ledger::cosignature::{Cosigner, WitnessKey, of_note};
use carnet::domain::ledger::log::leaf_hash;
use carnet::server::Server;
use carnet::service::audit::Verdict;
use carnet::service::gather::{Courier, GatherError, Outside};
use carnet::service::http::Client;
use carnet::store;
use carnet::store::cosignature::CosignatureRow;
use carnet::store::ledger::HeadRow;
use serde_json::Value;

use super::log::Stage;
use super::{Witnessing, keygen};
use crate::audit::{holds, report};
use crate::harness::{World, fresh_dir, on_both_engines};
use crate::ledgers::log_key;
use crate::ledgers::long::grow;
use crate::scheme::Scheme;
use crate::server::config;
use crate::state::meddle;

fn cosigner(name: &str) -> Cosigner {
    Cosigner::from_seed(name.parse().unwrap(), &[1; 32])
}

/// The head of the operator's ledger.
async fn head(world: &World) -> HeadRow {
    let mut tx = world.instance.database.read().await.unwrap();
    let id = world.operator_id.to_string();
    store::ledger::head(&mut tx, &id).await.unwrap().unwrap()
}

/// Keeps what two witnesses say of the operator's ledger as it stands.
pub(crate) async fn cosigned(world: &World) {
    let head = head(world).await;
    let path = format!("/ledger/{}/checkpoint?size={}", world.operator_id, head.size);
    let note = world.get(&path, "").await.text();
    let (text, _) = parts(&note).unwrap();
    let row = |name: &str| {
        let cosigner = cosigner(name);
        let (witness, line) = (cosigner.key().to_string(), cosigner.cosign(text, 1_795_341_600));
        CosignatureRow { no: head.ledger_no, size: head.size, witness, line }
    };
    let rows = vec![row("w.example/1"), row("w.example/2")];
    world.instance.door.keep_cosignatures(rows.clone()).await.unwrap();
    // Kept twice is kept once.
    world.instance.door.keep_cosignatures(rows).await.unwrap();
}

async fn co_signatures_are_shown_and_checked(world: World) {
    let scheme = Scheme::new(&world).await;
    let (id, key) = (world.operator_id, log_key(&world, world.operator_id).await);
    let path = |query: &str| format!("/ledger/{id}/checkpoint{query}");
    let bare = world.get(&path(""), "").await.text();
    let size = Checkpoint::open(&bare, std::slice::from_ref(&key)).unwrap().size;
    assert_eq!(world.get(&path("?witnesses=1"), "").await.code(), "not-found");
    cosigned(&world).await;
    let keys: Vec<WitnessKey> =
        ["w.example/1", "w.example/2"].map(|name| cosigner(name).key().clone()).into();
    let newest = world.get(&path(""), "").await;
    assert_eq!(newest.header("cache-control"), "no-store");
    let note = newest.text();
    assert!(note.starts_with(&bare) && of_note(&note, &keys).unwrap().len() == 2, "{note}");
    assert_eq!(Checkpoint::open(&note, std::slice::from_ref(&key)).unwrap().size, size);
    let totals = world.get(&format!("/ledger/{id}/totals"), "").await.good();
    assert_eq!(totals["checkpoint"], Value::from(note.as_str()));
    // What the commit kept is the same bytes for ever; receipts and proofs stand on that.
    let sized = world.get(&path(&format!("?size={size}")), "").await;
    assert!(sized.header("cache-control").contains("immutable"));
    assert_eq!(sized.text(), bare);
    let proof = world.get(&format!("/ledger/{id}/proof?seq=0&size={size}"), "").await.text();
    assert!(proof.ends_with(&bare) && !proof.contains("w.example"), "{proof}");
    // The newest has none yet; the one before is found by how many it has.
    grow(&world, &[size + 1]).await;
    let fresh = world.get(&path(""), "").await.text();
    assert_eq!(of_note(&fresh, &keys).unwrap(), []);
    for query in ["?witnesses=1", "?witnesses=2", &format!("?size={size}&witnesses=2")] {
        let answer = world.get(&path(query), "").await;
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.text(), note, "{query}");
    }
    for query in ["?witnesses=3", &format!("?size={size}&witnesses=3"), "?size=0&witnesses=0"] {
        assert_eq!(world.get(&path(query), "").await.code(), "not-found", "{query}");
    }
    for query in ["?witnesses=-1", "?witnesses=101", "?witnesses=x"] {
        assert_eq!(world.get(&path(query), "").await.code(), "invalid-request", "{query}");
    }
    scheme.redeem(&world, &scheme.voucher(0, 0).url).await.good();
    let counted = holds(&world).await;
    assert!(counted.tables.contains(&("cosignature", 2)), "{:?}", counted.tables);
    // Of a checkpoint that is not there: the ledger was cut back, or the row made up.
    let made_up = "INSERT INTO cosignature (ledger_no, size, witness, line)
        SELECT ledger_no, size + 1000, witness, line FROM cosignature";
    meddle(&world, made_up).await.unwrap();
    let found = report(&world).await;
    assert_eq!((found.verdict(), found.findings.len()), (Verdict::Violated, 2));
    assert!(found.findings.iter().all(|it| (it.table, it.column) == ("cosignature", "size")));
}

/// Two programs and a database: the server and a witness that is not ours to trust.
async fn a_server_is_witnessed(world: World) {
    let (dir, id) = (fresh_dir(), world.operator_id);
    let key = keygen(&dir);
    let vkey = log_key(&world, id).await.to_string();
    let begin = |listen: &str| Witnessing::begin(&dir, &["--listen", listen, "--vkey", &vkey]);
    let witness = begin("127.0.0.1:0");
    let address = witness.address();
    let listed = format!(
        "[witnesses]\nevery_seconds = 1\nlist = [{{ url = \"{address}\", vkey = \"{key}\" }}]\n"
    );
    std::fs::write(world.dir.join("carnet.toml"), listed).unwrap();
    // A ledger that the witness does not follow costs nothing.
    Scheme::new(&world).await;
    let server = Server::start(&config(&world, &[])).await.unwrap();
    let client = Client::new().unwrap();
    let newest = format!("http://{}/ledger/{id}/checkpoint", server.address);
    let shown = async |size: i64| {
        for _ in 0..150 {
            let note = client.get(&newest).await.unwrap().text;
            let cosigned = of_note(&note, std::slice::from_ref(&key)).unwrap();
            if !cosigned.is_empty() && note.contains(&format!("\n{size}\n")) {
                return note;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{size} was not co-signed");
    };
    shown(head(&world).await.size).await;
    grow(&world, &[300]).await;
    shown(300).await;
    // The witness is away, then comes back without its memory, then with it.
    assert_eq!(witness.stop().0, 0);
    grow(&world, &[301]).await;
    std::fs::remove_dir_all(dir.join("state")).unwrap();
    let witness = begin(address.strip_prefix("http://").unwrap());
    let note = shown(301).await;
    let monitored = std::fs::read_dir(dir.join("state")).unwrap().flatten();
    let monitored: Vec<_> = monitored.filter(|it| it.path().is_dir()).collect();
    assert_eq!(monitored.len(), 1);
    let file = monitored[0].path().join("checkpoint");
    assert_eq!(std::fs::read_to_string(file).unwrap(), note);
    assert_eq!(witness.stop().0, 0);
    server.stop().await.unwrap();
    holds(&world).await;
}

/// What is wrong in the configuration stops the start, and is named.
async fn a_witness_that_cannot_be_is_named(world: World) {
    let key = cosigner("w.example/1").key().to_string();
    let log = log_key(&world, world.operator_id).await.to_string();
    for (url, vkey, words) in [
        ("https://w.example", log.as_str(), "witnesses.list[1].vkey: not an Ed25519 key"),
        ("https://w.example", "w.example/1", "witnesses.list[1].vkey: not a verifier key"),
        ("w.example", key.as_str(), "witnesses.list[1].url: not an address"),
        ("http://w.example", key.as_str(), "http://w.example could be anybody"),
    ] {
        let good = format!("{{ url = \"https://w.example\", vkey = \"{key}\" }}");
        let bad = format!("{{ url = \"{url}\", vkey = \"{vkey}\" }}");
        let text = format!("[witnesses]\nlist = [{good}, {bad}]\n");
        std::fs::write(world.dir.join("carnet.toml"), text).unwrap();
        let refused = Server::start(&config(&world, &[])).await.err().unwrap().to_string();
        assert!(refused.contains(words), "{refused}");
    }
    for list in ["list = [{ url = \"http://w.example\" }]", "list = \"x\"", "lists = []"] {
        std::fs::write(world.dir.join("carnet.toml"), format!("[witnesses]\n{list}\n")).unwrap();
        let layers = Layers { dir: Some(world.dir.clone()), ..Layers::default() };
        let error = layers.load().unwrap_err().to_string();
        assert!(error.contains("witnesses.list"), "{list}: {error}");
    }
}

/// A courier to the stage, and the ledger that it brings.
async fn courier(world: &World, stage: &Stage) -> (Courier, HeadRow) {
    let address = format!("http://{}/witness", stage.open().await).parse().unwrap();
    let outside = Outside { key: cosigner("w.example/1").key().clone(), address };
    let courier = Courier::new(world.instance.clone(), Client::new().unwrap(), outside);
    (courier, head(world).await)
}

async fn a_witness_that_lies_is_not_believed(world: World) {
    grow(&world, &[40]).await;
    let stage = Stage::default();
    let (mut courier, head) = courier(&world, &stage).await;
    let bare = format!("/ledger/{}/checkpoint", world.operator_id);
    let note = world.get(&bare, "").await.text();
    let (text, own) = parts(&note).unwrap();
    let (good, other) = (cosigner("w.example/1"), cosigner("w.example/2"));
    let forged = good.cosign(&text.replace("\n40\n", "\n41\n"), 9);
    for (status, answer, words) in [
        (200, String::new(), "without its own"),
        (200, other.cosign(text, 9), "without its own"),
        (200, own.to_owned(), "without its own"),
        (200, forged.clone(), "does not match"),
        (200, format!("{}{forged}", good.cosign(text, 9)), "does not match"),
        (200, "fine\n".to_owned(), "malformed"),
        (403, "\u{1b}[31mno\n".to_owned(), "answers 403:  [31mno"),
        (404, "who?".to_owned(), "answers 404: who?"),
        (409, "9\n".to_owned(), "answers 409"),
        (422, "x".repeat(500), "answers 422: xxx"),
        (302, "elsewhere".to_owned(), "answers 302"),
        (200, "x".repeat(2_000_000), "more than"),
    ] {
        stage.set("/witness/add-checkpoint", status, &answer);
        let error = courier.bring(&head).await.unwrap_err().to_string();
        assert!(error.contains(words) && error.len() < 300, "{words}: {error}");
        assert_eq!(world.get(&bare, "").await.text(), note, "{words}");
    }
    for (text, endless) in [("9\n", true), ("41\n", false), ("-1\n", false), ("x\n", false)] {
        stage.set_kind("/witness/add-checkpoint", 409, text, "text/x.tlog.size");
        match courier.bring(&head).await.unwrap_err() {
            GatherError::Undecided => assert!(endless, "{text}"),
            GatherError::Ahead { seen, there } => assert_eq!((seen, there), (41, 40)),
            GatherError::Refused { status: 409, .. } => assert!(text.len() > 1 && !endless),
            other => panic!("{text}: {other}"),
        }
    }
    stage.set("/witness/add-checkpoint", 200, good.cosign(text, 9));
    assert_eq!(courier.bring(&head).await.unwrap(), 40, "the control");
    assert_eq!(world.get(&bare, "").await.text(), format!("{note}{}", good.cosign(text, 9)));
}

/// An old copy of the database is restored: whoever witnessed what came after it is asked, and
/// says so, and nothing is co-signed.
async fn a_restored_copy_is_told_by_its_witness(world: World) {
    let (dir, id) = (fresh_dir(), world.operator_id);
    let key = keygen(&dir);
    let vkey = log_key(&world, id).await.to_string();
    let witness = Witnessing::begin(&dir, &["--listen", "127.0.0.1:0", "--vkey", &vkey]);
    let client = Client::new().unwrap();
    let log = world.instance.keys.log_key(vkey.split('+').next().unwrap().parse().unwrap());
    let later = log.sign_checkpoint(1000, &leaf_hash(b"what came after"));
    let address = witness.address();
    let add = format!("{address}/add-checkpoint");
    let answer = client.post(&add, consistency_text(0, &[], &later)).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text);
    let outside = Outside { key, address: address.parse().unwrap() };
    let mut courier = Courier::new(world.instance.clone(), client, outside);
    let error = courier.bring(&head(&world).await).await.unwrap_err();
    assert!(matches!(error, GatherError::Ahead { seen: 1000, .. }), "{error}");
    assert!(error.to_string().contains("old copy of the database"));
    let path = format!("/ledger/{id}/checkpoint?witnesses=1");
    assert_eq!(world.get(&path, "").await.code(), "not-found");
    courier.round().await;
    assert_eq!(world.get(&path, "").await.code(), "not-found");
    assert_eq!(witness.stop().0, 0);
}

/// What was refused is not asked again at once, what failed is; a new checkpoint always is.
async fn a_refusal_is_not_asked_for_twice(world: World) {
    grow(&world, &[40]).await;
    let stage = Stage::default();
    let (mut courier, _) = courier(&world, &stage).await;
    let path = "/witness/add-checkpoint";
    for (status, asked) in [(404, 1), (503, 5), (200, 6)] {
        stage.set(path, status, "");
        for _ in 0..4 {
            courier.round().await;
        }
        assert_eq!(stage.asked(path), asked, "{status}");
        let size = u64::try_from(head(&world).await.size).unwrap();
        grow(&world, &[size + 1]).await;
    }
}

on_both_engines!(
    a_witness_that_cannot_be_is_named,
    a_refusal_is_not_asked_for_twice,
    co_signatures_are_shown_and_checked,
    a_server_is_witnessed,
    a_witness_that_lies_is_not_believed,
    a_restored_copy_is_told_by_its_witness,
);
