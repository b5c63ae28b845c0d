//! Goal: whatever a malicious server shows, a witness co-signs nothing but growth, raises an alarm
//! with both checkpoints kept, and goes on from the truth when it comes back.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use carnet::base::clock::ManualClock;
use carnet::domain::ledger::consistency::consistency_text;
use carnet::domain::ledger::cosignature::Cosigner;
use carnet::domain::ledger::log::{Hash, leaf_hash};
use carnet::service::http::Client;
use carnet::service::witness::{Followed, Outcome, Witness};

use super::log::{Log, Stage};
use super::{keygen, once, state};
use crate::cli::carnet;
use crate::harness::{BEGIN, fresh_dir};

const ORIGIN: &str = "h.example/ledger/x";

/// A witness in this process that follows the stage's ledger.
fn witness(dir: &Path, address: std::net::SocketAddr) -> Arc<Witness> {
    let key = Log::of(ORIGIN).key.verifier_key().clone();
    let address = Some(format!("http://{address}/ledger/x").parse().unwrap());
    let cosigner = Cosigner::from_seed("w.example/1".parse().unwrap(), &[1; 32]);
    let clock = Arc::new(ManualClock::new(BEGIN.parse().unwrap()));
    let followed = vec![Followed { key, address }];
    Arc::new(Witness::open(cosigner, clock, followed, &dir.join("state")).unwrap())
}

async fn look(witness: &Arc<Witness>) -> Outcome {
    let followed = witness.asked().next().unwrap().clone();
    witness.follow(&Client::new().unwrap(), &followed).await.unwrap()
}

/// What an alarm says, and where its evidence is.
async fn alarm(witness: &Arc<Witness>) -> (String, PathBuf) {
    match look(witness).await {
        Outcome::Alarm { objection, evidence } => (objection.to_string(), evidence.unwrap()),
        other => panic!("no alarm: {other:?}"),
    }
}

/// What is shown, and words of the objection to it.
type Lie = (&'static str, String, String, &'static str);

/// All that can be shown to a witness that remembers nine lines, and is not their growth.
fn lies() -> Vec<Lie> {
    let (log, fork) = (Log::of(ORIGIN), Log::forked(ORIGIN, 5));
    let (note, good) = (log.note(20), log.proof(9, 20));
    let of = |proof: &[Hash]| consistency_text(9, proof, &note);
    let mut wrong = good.clone();
    wrong[1] = leaf_hash(b"another");
    let mut swapped = good.clone();
    swapped.swap(0, 1);
    let long = [&good[..], &good[..1]].concat();
    let stranger = Log::signed_by(ORIGIN, 8);
    let other = Log::of("h.example/ledger/y");
    let moved = Log::of("new.example/ledger/x");
    let forged = note.replace("\n20\n", "\n21\n");
    let renamed = note.replacen(ORIGIN, "h.example/ledger/y", 1);
    let no_proof = String::new;
    vec![
        ("a wrong hash", note.clone(), of(&wrong), "does not show"),
        ("a truncated proof", note.clone(), of(&good[1..]), "does not show"),
        ("no hashes", note.clone(), of(&[]), "does not show"),
        ("swapped hashes", note.clone(), of(&swapped), "does not show"),
        ("a proof that is too long", note.clone(), of(&long), "does not show"),
        ("64 hashes", note.clone(), of(&vec![good[0]; 64]), "more than 63"),
        ("a text that is no proof", note.clone(), "hello".to_owned(), "cannot be read"),
        ("half a proof", note.clone(), of(&good)[..40].to_owned(), "cannot be read"),
        ("a proof from elsewhere", note.clone(), log.growth(8, 20), "begins at line 8"),
        ("a proof from nothing", note.clone(), log.growth(0, 20), "begins at line 0"),
        ("another tree size", note.clone(), log.growth(9, 19), "does not show"),
        ("a fork that grew", fork.note(20), fork.growth(9, 20), "earlier root"),
        ("a fork under a true proof", fork.note(20), of(&good), "later root"),
        ("a fork of the same size", fork.note(9), no_proof(), "two histories of 9 lines"),
        ("a size going back", log.note(8), log.growth(9, 20), "from 9 lines to 8"),
        ("an empty tree", log.note(0), no_proof(), "from 9 lines to 0"),
        ("an unknown key", stranger.note(20), stranger.growth(9, 20), "known key"),
        ("another ledger's checkpoint", other.note(20), other.growth(9, 20), "known key"),
        ("a changed size", forged.clone(), of(&good), "does not match"),
        ("a changed origin", renamed, of(&good), "does not match"),
        ("a log that moved", moved.note(20), moved.growth(9, 20), "known key"),
        ("half a checkpoint", note[..note.len() - 40].to_owned(), of(&good), "malformed"),
        ("a page of a proxy", "<html></html>\n".to_owned(), no_proof(), "no signatures"),
    ]
}

#[tokio::test]
async fn each_lie_is_an_alarm_and_changes_nothing() {
    let (stage, dir) = (Stage::default(), fresh_dir());
    let address = stage.open().await;
    let (log, key) = (Log::of(ORIGIN), Log::of(ORIGIN).key.verifier_key().clone());
    let witness = witness(&dir, address);
    stage.show(log.note(9), "");
    assert!(matches!(look(&witness).await, Outcome::Grown { from: None, to: 9, .. }));
    let file = state(&dir, &key).join("checkpoint");
    let before = std::fs::read_to_string(&file).unwrap();
    let lies = lies();
    for (name, note, proof, words) in &lies {
        stage.show(note, proof);
        let (said, evidence) = alarm(&witness).await;
        assert!(said.contains(words), "{name}: {said}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), before, "{name}");
        // Both checkpoints, as they were signed; the same lie is kept once and never changed.
        let read = |name: &str| std::fs::read_to_string(evidence.join(name)).unwrap();
        assert_eq!(read("known"), before);
        assert!(read("shown").contains(note.as_str()), "{name}: {}", read("shown"));
        assert!(read("why").contains(&said) && read("why").starts_with(ORIGIN));
        std::fs::write(evidence.join("shown"), "marked").unwrap();
        assert_eq!(alarm(&witness).await.1, evidence, "{name}");
        assert_eq!(read("shown"), "marked", "{name}: evidence is never overwritten");
    }
    let kept = std::fs::read_dir(state(&dir, &key)).unwrap().flatten();
    let kept = kept.filter(|it| it.file_name().to_string_lossy().starts_with("evidence-"));
    assert_eq!(kept.count(), lies.len());
    // The control: the truth is believed, by the same witness and after all that.
    stage.show(log.note(20), log.growth(9, 20));
    assert!(matches!(look(&witness).await, Outcome::Grown { from: Some(9), to: 20, .. }));
    stage.set("/ledger/x/consistency", 500, "");
    stage.set("/ledger/x/checkpoint", 200, log.note(21));
    assert!(matches!(look(&witness).await, Outcome::Unseen(_)), "no proof is no alarm yet");
}

#[tokio::test]
async fn an_empty_tree_is_the_beginning_of_every_tree() {
    let (stage, dir) = (Stage::default(), fresh_dir());
    let witness = witness(&dir, stage.open().await);
    let log = Log::of(ORIGIN);
    let other = log.key.sign_checkpoint(0, &leaf_hash(b""));
    stage.show(other, "");
    assert!(alarm(&witness).await.0.contains("not that of an empty log"));
    stage.show(log.note(0), "");
    assert!(matches!(look(&witness).await, Outcome::Grown { from: None, to: 0, .. }));
    assert!(matches!(look(&witness).await, Outcome::Same { size: 0 }));
    stage.show(log.note(3), "");
    assert!(matches!(look(&witness).await, Outcome::Grown { from: Some(0), to: 3, .. }));
}

#[tokio::test]
async fn what_cannot_be_remembered_is_not_co_signed() {
    let (stage, dir) = (Stage::default(), fresh_dir());
    let witness = witness(&dir, stage.open().await);
    let log = Log::of(ORIGIN);
    stage.show(log.note(9), "");
    look(&witness).await;
    let folder = state(&dir, log.key.verifier_key());
    let before = std::fs::read_to_string(folder.join("checkpoint")).unwrap();
    std::fs::create_dir(folder.join("checkpoint.new")).unwrap();
    stage.show(log.note(20), log.growth(9, 20));
    let followed = witness.asked().next().unwrap().clone();
    let refused = witness.follow(&Client::new().unwrap(), &followed).await;
    assert!(refused.unwrap_err().to_string().contains("checkpoint.new"));
    assert!(witness.add_checkpoint(&log.growth(9, 20)).is_err());
    assert_eq!(std::fs::read_to_string(folder.join("checkpoint")).unwrap(), before);
    std::fs::remove_dir(folder.join("checkpoint.new")).unwrap();
    assert!(witness.add_checkpoint(&log.growth(9, 20)).is_ok(), "the control");
}

#[tokio::test]
async fn a_restart_forgets_nothing() {
    let (stage, dir) = (Stage::default(), fresh_dir());
    let address = stage.open().await;
    let (log, fork) = (Log::of(ORIGIN), Log::forked(ORIGIN, 5));
    stage.show(log.note(9), "");
    let first = witness(&dir, address);
    assert!(matches!(look(&first).await, Outcome::Grown { from: None, to: 9, .. }));
    drop(first);
    let again = witness(&dir, address);
    assert!(matches!(look(&again).await, Outcome::Same { size: 9 }));
    stage.show(fork.note(9), "");
    assert!(alarm(&again).await.0.contains("two histories"));
}

/// The real program: its exit code, its words, and its memory from one run to the next.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_program_says_what_is_wrong() {
    let (stage, dir) = (Stage::default(), fresh_dir());
    let address = stage.open().await;
    keygen(&dir);
    let (log, fork) = (Log::of(ORIGIN), Log::forked(ORIGIN, 5));
    let (key, url) = (log.key.verifier_key(), format!("http://{address}/ledger/x"));
    stage.show(log.note(9), "");
    once(&dir, &url, key).good();
    stage.show(fork.note(20), fork.growth(9, 20));
    let call = once(&dir, &url, key);
    call.failed(1, &["ALARM", ORIGIN, "earlier root", "nothing was co-signed", "evidence-"]);
    assert_eq!(call.out, "");
    stage.show(fork.note(9), "");
    once(&dir, &url, key).failed(1, &["ALARM", "two histories of 9 lines"]);
    stage.show(log.note(8), "");
    once(&dir, &url, key).failed(1, &["ALARM", "went back"]);
    // Somebody else's key for the same log does not open what was remembered under the first.
    let stranger = Log::signed_by(ORIGIN, 8).key.verifier_key().clone();
    once(&dir, &url, &stranger).failed(65, &["checkpoint", "key that was given"]);
    stage.show(log.note(20), log.growth(9, 20));
    assert!(once(&dir, &url, key).good().contains("9 lines grew to 20"));
}

/// One liar keeps nobody else from being witnessed, and is not hidden by them either.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_ledgers_of_many_operators() {
    let (stage, dir) = (Stage::default(), fresh_dir());
    let address = stage.open().await;
    keygen(&dir);
    let ids = ["a", "b", "c", "d"];
    let logs = ids.map(|id| Log::of(&format!("{id}.example/ledger/{id}")));
    let mut list = String::new();
    for (id, log) in ids.iter().zip(&logs) {
        let (vkey, url) = (log.key.verifier_key(), format!("http://{address}/ledger/{id}"));
        writeln!(list, "[[ledger]]\nvkey = \"{vkey}\"\nurl = \"{url}\"").unwrap();
        stage.show_at(id, log.note(9), "");
    }
    std::fs::write(dir.join("ledgers.toml"), &list).unwrap();
    let own = ["witness", "--once", "--state", "state", "--key", "witness.key"];
    let arguments = [&own[..], &["--ledgers", "ledgers.toml"]].concat();
    let said = carnet(&dir, &arguments).good();
    assert_eq!(said.lines().filter(|line| line.contains("first time")).count(), 4, "{said}");
    let [first, second, third, fourth] = &logs;
    stage.show_at("a", first.note(20), first.growth(9, 20));
    stage.show_at("b", Log::forked("b.example/ledger/b", 5).note(9), "");
    stage.show_at("c", third.note(9), "");
    stage.set("/ledger/d/checkpoint", 502, "");
    let call = carnet(&dir, &arguments);
    assert_eq!(call.code, 1, "an alarm is worse than not to have looked: {}", call.err);
    assert!(call.out.contains("a.example/ledger/a: holds, 9 lines grew to 20"), "{}", call.out);
    assert!(call.out.contains("c.example/ledger/c: holds, 9 lines as before"), "{}", call.out);
    assert!(call.err.contains("ALARM: b.example/ledger/b: the log shows two"), "{}", call.err);
    assert!(call.err.contains("d.example/ledger/d: could not be looked at"), "{}", call.err);
    stage.show_at("b", second.note(9), "");
    assert_eq!(carnet(&dir, &arguments).code, 2);
    stage.show_at("d", fourth.note(9), "");
    carnet(&dir, &arguments).good();
    // A list that cannot be read is named, and so is what is wrong in it.
    std::fs::write(dir.join("ledgers.toml"), list.replace("vkey", "vkye")).unwrap();
    carnet(&dir, &arguments).failed(65, &["ledgers.toml", "vkye"]);
    std::fs::write(dir.join("ledgers.toml"), list.replace("http:", "gopher:")).unwrap();
    carnet(&dir, &arguments).failed(65, &["ledgers.toml", "gopher:", "not an address"]);
}
