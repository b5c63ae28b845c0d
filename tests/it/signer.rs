//! Goal: what makes vouchers is apart from what serves. A server without those keys does all but
//! print; the signer keeps to its record and its ceilings, answers nobody else, and comes back.

mod apart;
mod record;
mod started;

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use carnet::domain::keyring::Revoked;
use carnet::service::signer::{RECORD, Signer, SigningPlace};

use crate::cli::program;
use crate::harness::{Engine, HOST, World};

/// `carnet signer` in a process of its own, with its keys where no server looks.
pub(crate) struct Apart {
    child: Option<Child>,
    dir: PathBuf,
}

impl Apart {
    /// A directory of its own, near the root because a socket's path is short; the keys that make
    /// vouchers move there.
    fn new(place: &SigningPlace, more: &str) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::SeqCst);
        let dir = format!("/tmp/carnet-test-{}-{number}", std::process::id());
        let dir = PathBuf::from(dir);
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::DirBuilder::new().mode(0o700).create(&dir).unwrap();
        for name in ["code.key", "voucher-001.key"] {
            std::fs::copy(place.keys.join(name), dir.join(name)).unwrap();
            std::fs::remove_file(place.keys.join(name)).unwrap();
        }
        let config = format!("[signer]\nsocket = 'socket'\nkeys = '.'\nstate = 'state'\n{more}");
        std::fs::write(dir.join("carnet.toml"), config).unwrap();
        Self { child: None, dir }
    }

    fn socket(&self) -> PathBuf {
        self.dir.join("socket")
    }

    fn signer(&self) -> Signer {
        Signer::at(self.socket(), Duration::from_secs(10))
    }

    /// Starts it and waits until it listens.
    fn start(&mut self) {
        let bug = std::env::var_os("CARNET_PLANTED_BUG");
        let mut child = program(&self.dir)
            .envs(bug.map(|bug| ("CARNET_PLANTED_BUG", bug)))
            .arg("signer")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
        assert!(said.contains("listens on"), "{said}");
        self.child = Some(child);
    }

    /// What it wrote down.
    fn record(&self) -> String {
        std::fs::read_to_string(self.dir.join("state").join(RECORD)).unwrap()
    }

    /// Kills it.
    fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        if self.child.is_some() {
            self.kill();
        }
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// A world whose signer is apart, with more lines in the signer's configuration.
async fn apart(engine: Engine, more: &str) -> (World, Apart) {
    let mut made = None;
    let world = World::made(engine, HOST, 7, Revoked::Refused, |place, _| {
        let mut apart = Apart::new(place, more);
        apart.start();
        let signer = apart.signer();
        made = Some(apart);
        signer
    })
    .await;
    (world, made.unwrap())
}

/// Runs a test on a runtime of its own.
fn block_on(test: impl Future<Output = ()>) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.unwrap().block_on(test);
}

/// The names in a directory.
fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}
