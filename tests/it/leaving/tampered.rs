//! Goal: an export with one thing wrong imports nothing, and says what is wrong.

use std::fs;
use std::path::{Path, PathBuf};

use carnet::domain::takeover::{RecoveryKey, Statement};
use carnet::store;

use super::{Move, NEW_HOST};
use crate::harness::{Engine, World, on_both_engines};

/// A copy of an export.
fn copy(leaving: &Move, export: &Path, name: &str) -> PathBuf {
    let to = leaving.dir.join(name);
    fs::create_dir_all(&to).unwrap();
    for entry in fs::read_dir(export).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
    to
}

/// Changes a file of an export.
fn change(export: &Path, extension: &str, by: impl Fn(String) -> String) {
    let files = fs::read_dir(export).unwrap().map(|entry| entry.unwrap().path());
    let wanted = |path: &PathBuf| path.extension().is_some_and(|it| it == extension);
    for path in files.filter(wanted) {
        let text = fs::read_to_string(&path).unwrap();
        let changed = by(text.clone());
        assert_ne!(changed, text, "nothing to change");
        fs::write(&path, changed).unwrap();
    }
}

/// The import must fail with words about why, and leave nothing that anybody sees.
async fn refused(leaving: &Move, export: &Path, takeover: &Path, words: &str) {
    let said = leaving.import(export, takeover).await.unwrap_err();
    assert!(said.contains(words), "{words}: {said}");
    let database = &leaving.new.instance.database;
    let mut tx = database.read().await.unwrap();
    assert_eq!(store::ledger::all_heads(&mut tx).await.unwrap().len(), 1);
    assert_eq!(store::leaving::unfinished(&mut tx).await.unwrap(), []);
}

async fn ready(world: World) -> (Move, PathBuf, PathBuf) {
    let leaving = Move::new(world).await;
    let (scheme, old) = (&leaving.scheme, &leaving.old);
    for position in 0..3 {
        scheme.redeem(old, &scheme.voucher(0, position).url).await.good();
    }
    let export = leaving.export("good");
    let takeover = leaving.sign(&export);
    (leaving, export, takeover)
}

async fn an_edited_line_imports_nothing(world: World) {
    let (leaving, export, takeover) = ready(world).await;
    let edited = copy(&leaving, &export, "edited");
    change(&edited, "jsonl", |text| text.replace("\"name\":\"Atelier\"", "\"name\":\"Ateliez\""));
    refused(&leaving, &edited, &takeover, "one was changed").await;
    let call = leaving.import_call(&edited, &takeover);
    assert!(call.code == 65 && call.err.lines().count() == 1, "{}", call.err);
    // Nothing but the edit was in the way.
    leaving.import(&export, &takeover).await.unwrap();
}

async fn a_cut_or_padded_export_imports_nothing(world: World) {
    let (leaving, export, takeover) = ready(world).await;
    let cut = copy(&leaving, &export, "cut");
    change(&cut, "jsonl", |text| {
        let lines: Vec<&str> = text.lines().collect();
        lines[..lines.len() - 1].join("\n") + "\n"
    });
    refused(&leaving, &cut, &takeover, "does not cover").await;
    // An honest older part of the ledger is not what the funder signed.
    let older = copy(&leaving, &export, "older");
    let kept = fs::read_dir(&older).unwrap().map(|entry| entry.unwrap().path());
    let kept = kept.filter(|path| path.extension().is_some_and(|it| it == "checkpoints")).last();
    let kept = fs::read_to_string(kept.unwrap()).unwrap();
    let kept: Vec<serde_json::Value> =
        kept.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let before = &kept[kept.len() - 2];
    let size = usize::try_from(before["size"].as_i64().unwrap()).unwrap();
    change(&older, "jsonl", |text| text.split_inclusive('\n').take(size).collect());
    change(&older, "checkpoint", |_| before["note"].as_str().unwrap().to_owned());
    change(&older, "checkpoints", |text| text.split_inclusive('\n').take(kept.len() - 1).collect());
    refused(&leaving, &older, &takeover, "other lines than these").await;
    let half = copy(&leaving, &export, "half");
    change(&half, "jsonl", |text| text[..text.len() - 9].to_owned());
    refused(&leaving, &half, &takeover, "cut off").await;
}

async fn a_strangers_takeover_imports_nothing(world: World) {
    let (leaving, export, takeover) = ready(world).await;
    let said = fs::read_to_string(&takeover).unwrap();
    // Another operator's name under the funder's signature.
    let other = leaving.old.operator_id.to_string();
    let forged = leaving.dir.join("forged.json");
    fs::write(&forged, said.replace(&leaving.new.operator_id.to_string(), &other)).unwrap();
    refused(&leaving, &export, &forged, "another operator").await;
    // Every field is under the signature.
    let signed: serde_json::Value = serde_json::from_str(&said).unwrap();
    let at = signed["signed_at"].as_str().unwrap();
    fs::write(&forged, said.replace(at, "2026-01-01T00:00:00.000Z")).unwrap();
    refused(&leaving, &export, &forged, "recovery key").await;
    // A true signature, of another key.
    let statement: Statement = serde_json::from_str(&said).unwrap();
    let other = RecoveryKey::from_seed(&[9; 32]).sign(statement);
    fs::write(&forged, serde_json::to_string(&other).unwrap()).unwrap();
    refused(&leaving, &export, &forged, "recovery key").await;
}

async fn a_foreign_bundle_imports_nothing(world: World) {
    let (leaving, export, takeover) = ready(world).await;
    let Move { old, scheme, dir, .. } = &leaving;
    // Another funder of the same operator, with the same keys: a bundle that opens, of another
    // ledger.
    let recipient = fs::read_to_string(dir.join("age-identity.txt")).unwrap();
    let recipient = recipient.lines().find_map(|line| line.strip_prefix("# public key: ")).unwrap();
    let mut terms = crate::registers::funder_body("Autre", "held")["ledger"].clone();
    terms["age_recipient"] = serde_json::json!(recipient);
    let plan = crate::scheme::Plan { terms: Some(terms), ..crate::scheme::Plan::default() };
    let other = crate::scheme::Scheme::plan(old, &plan).await;
    let out = dir.join("other");
    let funder = other.funder_id.to_string();
    let arguments = ["export", "--ledger", &funder, "--out", out.to_str().unwrap()];
    super::call(old, "pass.exemple.fr", &arguments).good();
    let swapped = copy(&leaving, &export, "swapped");
    fs::copy(out.join("sealed.age"), swapped.join("sealed.age")).unwrap();
    refused(&leaving, &swapped, &takeover, "of another ledger").await;
    // The right bundle, with one thing changed and sealed again: anybody can seal.
    let bundle = unsealed(&export, dir);
    assert_eq!(crate::schemas::faults("sealed.json", &bundle), Vec::<String>::new());
    let changes = [
        ("/code_key", serde_json::json!("00".repeat(32)), "code key"),
        ("/bank_accounts/0/iban", serde_json::json!("FR7630006000011234567890189"), "hashed"),
        ("/venues", serde_json::json!([]), &scheme.venue_id.to_string()),
        ("/specimen", serde_json::Value::Null, "code key"),
        ("/voucher_keys", serde_json::json!([]), "code key"),
    ];
    for (pointer, value, words) in changes {
        let mut changed = bundle.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        let recipient: age::x25519::Recipient = recipient.parse().unwrap();
        let sealed = age::encrypt(&recipient, changed.to_string().as_bytes()).unwrap();
        fs::write(swapped.join("sealed.age"), sealed).unwrap();
        refused(&leaving, &swapped, &takeover, words).await;
    }
    leaving.import(&export, &takeover).await.unwrap();
}

/// The content of a sealed bundle, checked against its schema.
fn unsealed(export: &Path, dir: &Path) -> serde_json::Value {
    let identity = fs::read_to_string(dir.join("age-identity.txt")).unwrap();
    let identity = identity.lines().find(|line| line.starts_with("AGE-SECRET")).unwrap();
    let identity: age::x25519::Identity = identity.parse().unwrap();
    let sealed = fs::read(export.join("sealed.age")).unwrap();
    let text = age::decrypt(&identity, &sealed).unwrap();
    serde_json::from_slice(&text).unwrap()
}

/// What another program writes at the same time goes on; what stopped goes on where it was.
async fn an_import_that_stopped_goes_on(world: World) {
    let (leaving, export, takeover) = ready(world).await;
    // The first chunk is here, and then the program was killed.
    let instance = &leaving.new.instance;
    let files = carnet::service::import::Files::of(&export).unwrap();
    let whole = carnet::service::import::judge(&files, |_| {}).unwrap();
    let text = fs::read_to_string(&files.lines).unwrap();
    let line = text.lines().next().unwrap();
    let mut replay = carnet::domain::replay::Replay::default();
    let replayed = replay.next(line).unwrap();
    let chunk = carnet::service::writer::take::Chunk {
        ledger_id: whole.ledger_id.to_string(),
        size: whole.size,
        root: whole.root.to_string(),
        lines: vec![line.to_owned()],
        written: vec![carnet::store::projection::Written {
            ledger_no: 0,
            entry: replayed.entry,
            fact: replayed.fact,
        }],
        ..Default::default()
    };
    instance.door.take(chunk.clone()).await.unwrap();
    instance.door.take(chunk).await.unwrap_err();
    // Nobody sees it, an audit says that it cannot judge, and a new funder gets a number beside.
    let path = format!("/ledger/{}/totals", leaving.scheme.funder_id);
    assert_eq!(leaving.new.get(&path, "").await.code(), "not-found");
    let report = crate::audit::report(&leaving.new).await;
    assert_eq!(report.verdict().exit_code(), 2, "{:?}", report.findings);
    crate::scheme::Scheme::new(&leaving.new).await;
    leaving.import(&export, &takeover).await.unwrap();
    assert_eq!(leaving.new.get(&path, "").await.status, 200);
    let mut tx = instance.database.read().await.unwrap();
    let kept = store::checkpoint::newest_checkpoint(&mut tx, 2).await.unwrap().unwrap();
    drop(tx);
    assert!(kept.1.contains("pass.exemple.fr") && NEW_HOST != "pass.exemple.fr");
    assert_ne!(leaving.new.engine, leaving.old.engine);
    assert!(matches!(leaving.new.engine, Engine::Sqlite | Engine::Postgres));
}

on_both_engines!(
    an_edited_line_imports_nothing,
    a_cut_or_padded_export_imports_nothing,
    a_strangers_takeover_imports_nothing,
    a_foreign_bundle_imports_nothing,
    an_import_that_stopped_goes_on,
);
