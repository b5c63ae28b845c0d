//! Goal: `add-checkpoint` answers as C2SP tlog-witness says, by the real program, and what it
//! co-signed can be read again by monitors.

use carnet::domain::ledger::consistency::consistency_text;
use carnet::domain::ledger::cosignature::of_note;
use carnet::domain::ledger::log::leaf_hash;
use carnet::service::http::{Answer, Client, HttpError};
use carnet::service::witness::origin_hash;

use super::log::Log;
use super::{Witnessing, keygen};
use crate::harness::fresh_dir;

const ORIGIN: &str = "h.example/ledger/x";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_status_is_the_specification_s() {
    let dir = fresh_dir();
    let key = keygen(&dir);
    let (log, fork) = (Log::of(ORIGIN), Log::forked(ORIGIN, 5));
    let list = format!("[[ledger]]\nvkey = \"{}\"\n", log.key.verifier_key());
    std::fs::write(dir.join("ledgers.toml"), list).unwrap();
    let arguments = ["--listen", "127.0.0.1:0", "--ledgers", "ledgers.toml"];
    let witness = Witnessing::begin(&dir, &arguments);
    let (address, client) = (witness.address(), Client::new().unwrap());
    let add = format!("{address}/add-checkpoint");
    let post = async |text: String| client.post(&add, text).await.unwrap();
    let cosigned = |answer: &Answer, note: &str| {
        assert_eq!((answer.status, answer.kind.as_str()), (200, "text/plain; charset=utf-8"));
        of_note(&format!("{note}{}", answer.text), std::slice::from_ref(&key)).unwrap().len()
    };
    let shown = format!("{address}/{}/checkpoint", origin_hash(log.key.origin()));
    assert_eq!(client.get(&shown).await.unwrap().status, 404);
    // Nothing is known: from nothing, and again from there.
    let conflict = post(log.growth(3, 9)).await;
    let said = (conflict.status, conflict.kind.as_str(), conflict.text.as_str());
    assert_eq!(said, (409, "text/x.tlog.size", "0\n"));
    assert_eq!(cosigned(&post(log.growth(0, 9)).await, &log.note(9)), 1);
    assert_eq!(cosigned(&post(log.growth(9, 9)).await, &log.note(9)), 1);
    assert_eq!(cosigned(&post(log.growth(9, 20)).await, &log.note(20)), 1);
    let note = client.get(&shown).await.unwrap().text;
    assert_eq!(of_note(&note, std::slice::from_ref(&key)).unwrap().len(), 1);
    assert!(note.starts_with(&log.note(20)), "{note}");

    let (good, proof) = (log.note(30), log.proof(20, 30));
    let stranger = Log::signed_by(ORIGIN, 8);
    let forged = log.growth(20, 30).replace("\n30\n", "\n31\n");
    let empty = log.key.sign_checkpoint(0, &leaf_hash(b""));
    for (name, request, status) in [
        ("known from elsewhere", log.growth(9, 30), 409),
        ("smaller than what is known", log.growth(9, 12), 409),
        ("another log", Log::of("h.example/ledger/y").growth(20, 30), 404),
        ("an unknown key", stranger.growth(20, 30), 403),
        ("a forged size", forged, 403),
        ("backwards", consistency_text(31, &[], &good), 400),
        ("not a request", "hello\n".to_owned(), 400),
        ("nothing", String::new(), 400),
        ("too many hashes", consistency_text(20, &vec![proof[0]; 64], &good), 400),
        ("no hashes", consistency_text(20, &[], &good), 422),
        ("a hash too many", consistency_text(20, &[&proof[..], &proof[..1]].concat(), &good), 422),
        ("a fork", fork.growth(20, 30), 422),
        ("a fork of the same size", fork.growth(20, 20), 422),
        ("a wrong empty tree", consistency_text(0, &[], &empty), 422),
    ] {
        let answer = post(request).await;
        assert_eq!(answer.status, status, "{name}: {}", answer.text);
        assert!(!answer.text.contains('\u{2014}'), "{name}: {}", answer.text);
    }
    // What is too long is not read to its end, so that its sender may see a closed connection: a
    // client of its own, because a kept connection may be found closed at the next question.
    match Client::new().unwrap().post(&add, "x".repeat(100_000)).await {
        Ok(answer) => assert_eq!(answer.status, 413),
        Err(error) => assert!(matches!(error, HttpError::Away(_)), "{error}"),
    }
    assert_eq!(client.get(&shown).await.unwrap().text, note, "nothing of that was remembered");
    assert_eq!(cosigned(&post(log.growth(20, 30)).await, &good), 1, "the control");
    let (code, log) = witness.stop();
    assert!(code == 1 && log.contains("ALARM") && log.contains("two histories of 20"), "{log}");
    let folder = dir.join("state").join(origin_hash(fork.key.origin()));
    let kept = std::fs::read_dir(folder).unwrap().flatten();
    let kept = kept.filter(|it| it.file_name().to_string_lossy().starts_with("evidence-"));
    assert_eq!(kept.count(), 1, "a bad proof may be anybody's; two histories are the log's");
}

/// Two requests at once cannot cross: one of them is told where the other left.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_race_goes_forward_only() {
    let dir = fresh_dir();
    keygen(&dir);
    let log = Log::of(ORIGIN);
    let vkey = log.key.verifier_key().to_string();
    let witness = Witnessing::begin(&dir, &["--listen", "127.0.0.1:0", "--vkey", &vkey]);
    let (add, client) = (format!("{}/add-checkpoint", witness.address()), Client::new().unwrap());
    let mut known = 0;
    for round in 1..6 {
        let mut asked = tokio::task::JoinSet::new();
        for step in 1..5 {
            let (client, add) = (client.clone(), add.clone());
            let (to, request) = (known + step, log.growth(known, known + step));
            asked.spawn(async move { (to, client.post(&add, request).await.unwrap()) });
        }
        let mut taken = Vec::new();
        let mut told = Vec::new();
        while let Some(Ok((to, answer))) = asked.join_next().await {
            match answer.status {
                200 => taken.push(to),
                409 => told.push(answer.text.trim().parse::<u64>().unwrap()),
                status => panic!("{status} {}", answer.text),
            }
        }
        assert_eq!(taken.len(), 1, "round {round}");
        assert!(told.iter().all(|size| *size == taken[0]), "{taken:?} {told:?}");
        known = taken[0];
    }
    assert_eq!(witness.stop().0, 0);
}
