//! Goal: a witness follows a ledger that grows, by its real program and over a real socket, and
//! keeps its word whatever a log shows it; a server brings its checkpoints to it, and shows what
//! it says.

mod add;
mod liars;
mod log;
pub(crate) mod pushed;

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Stdio};

use carnet::domain::ledger::checkpoint::{Checkpoint, VerifierKey};
use carnet::domain::ledger::cosignature::{Cosigner, WitnessKey, of_note};
use carnet::server::Server;
use carnet::service::witness::origin_hash;

use crate::cli::{Call, carnet, is_private, program};
use crate::harness::{World, fresh_dir, on_both_engines};
use crate::ledgers::log_key;
use crate::ledgers::long::grow;
use crate::server::config;

/// Makes a key by the program, and gives its public half.
pub(crate) fn keygen(dir: &Path) -> WitnessKey {
    let call = carnet(dir, &["witness", "keygen", "--name", "witness.example.org/w1"]);
    assert!(call.err.contains("secret"), "{}", call.err);
    assert!(is_private(&dir.join("witness.key")));
    call.good().trim().parse().unwrap()
}

/// Where the state of a log is.
fn state(dir: &Path, key: &VerifierKey) -> PathBuf {
    dir.join("state").join(origin_hash(key.origin()))
}

/// One look of the program at a ledger.
fn once(dir: &Path, url: &str, vkey: &VerifierKey) -> Call {
    let vkey = vkey.to_string();
    let own = ["witness", "--once", "--state", "state", "--key", "witness.key"];
    carnet(dir, &[&own[..], &["--ledger", url, "--vkey", &vkey]].concat())
}

/// The program while it witnesses.
pub(crate) struct Witnessing(Child, BufReader<ChildStdout>, String);

impl Witnessing {
    /// Starts it with some arguments, and waits until it said something.
    pub(crate) fn begin(dir: &Path, arguments: &[&str]) -> Self {
        let own = ["witness", "--state", "state", "--key", "witness.key"];
        let mut child = program(dir)
            .args([&own[..], arguments].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let mut it = Self(child, out, String::new());
        it.hears("");
        it
    }

    /// Waits for a line with some words.
    pub(crate) fn hears(&mut self, words: &str) -> String {
        loop {
            let mut line = String::new();
            assert!(self.1.read_line(&mut line).unwrap() > 0, "it ended: {}", self.2);
            self.2.push_str(&line);
            if line.contains(words) {
                return line;
            }
        }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> String {
        let line = self.2.lines().find_map(|line| line.split_once("listens on ")).unwrap();
        line.1.trim().to_owned()
    }

    /// Tells it to stop; gives its exit code and what it said on standard error.
    pub(crate) fn stop(mut self) -> (i32, String) {
        let id = self.0.id().to_string();
        let mut kill = std::process::Command::new("kill");
        assert!(kill.args(["-TERM", &id]).status().unwrap().success());
        let code = self.0.wait().unwrap().code().unwrap();
        let mut log = String::new();
        self.0.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        (code, log)
    }
}

/// What is remembered must be the log's, and co-signed.
fn remembered(dir: &Path, log: &VerifierKey, witness: &WitnessKey) -> Checkpoint {
    let note = std::fs::read_to_string(state(dir, log).join("checkpoint")).unwrap();
    let cosigned = of_note(&note, std::slice::from_ref(witness)).unwrap();
    assert_eq!(cosigned.len(), 1, "{note}");
    Checkpoint::open(&note, std::slice::from_ref(log)).unwrap()
}

async fn a_witness_follows_a_ledger_that_grows(world: World) {
    let server = Server::start(&config(&world, &[])).await.unwrap();
    let key = log_key(&world, world.operator_id).await;
    let url = format!("http://{}/ledger/{}", server.address, world.operator_id);
    let dir = fresh_dir();
    let witness = keygen(&dir);
    // Nothing is trusted because it is there.
    let call = carnet(
        &dir,
        &["witness", "--once", "--state", "state", "--key", "witness.key", "--ledger", &url],
    );
    call.failed(64, &["--vkey", "not asked whom to trust"]);
    let first = once(&dir, &url, &key).good();
    assert!(first.contains("first time"), "{first}");
    let mut size = remembered(&dir, &key, &witness).size;
    assert!(once(&dir, &url, &key).good().contains("as before"));
    // Over one commit, over many at once, over the edge of tiles, and a complete tile's end.
    for sizes in [&[size + 1][..], &[60, 61, 200], &[256], &[257, 700]] {
        grow(&world, sizes).await;
        let said = once(&dir, &url, &key).good();
        let to = *sizes.last().unwrap();
        assert!(said.contains(&format!("{size} lines grew to {to}")), "{said}");
        size = remembered(&dir, &key, &witness).size;
        assert_eq!(size, to);
    }
    // While it runs, and after the last look.
    let vkey = key.to_string();
    let mut running =
        Witnessing::begin(&dir, &["--every", "1s", "--ledger", &url, "--vkey", &vkey]);
    let call = once(&dir, &url, &key);
    call.failed(69, &["used by another witness"]);
    grow(&world, &[701]).await;
    running.hears("700 lines grew to 701");
    assert_eq!(running.stop(), (0, String::new()));
    assert_eq!(remembered(&dir, &key, &witness).size, 701);
    server.stop().await.unwrap();
    // Nobody there is no alarm, and no "holds" either.
    let call = once(&dir, &url, &key);
    assert_eq!((call.code, call.out.as_str()), (2, ""));
    assert!(call.err.contains("could not be looked at"), "{}", call.err);
}

on_both_engines!(a_witness_follows_a_ledger_that_grows);

#[test]
fn a_witness_s_key_is_made_once() {
    let dir = fresh_dir();
    let key = keygen(&dir);
    assert_eq!(key.name().as_str(), "witness.example.org/w1");
    let text = std::fs::read_to_string(dir.join("witness.key")).unwrap();
    assert_eq!(Cosigner::read(&text).unwrap().key(), &key);
    let again = carnet(&dir, &["witness", "keygen", "--name", "x.example/w"]);
    again.failed(73, &["witness.key", "never overwritten"]);
    assert_eq!(std::fs::read_to_string(dir.join("witness.key")).unwrap(), text);
    carnet(&dir, &["witness", "keygen", "--name", "a b"]).failed(64, &["--name", "spaces"]);
    carnet(&dir, &["witness", "--once"]).failed(64, &["--state"]);
    let own = ["witness", "--once", "--state", "state", "--key", "witness.key"];
    carnet(&dir, &own).failed(64, &["no ledger to follow"]);
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(dir.join("witness.key"), open).unwrap();
    let log = log::Log::of("h.example/ledger/x").key.verifier_key().clone();
    once(&dir, "http://127.0.0.1:1/ledger/x", &log).failed(77, &["witness.key", "chmod 600"]);
}
