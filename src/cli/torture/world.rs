//! The world that is tampered with: lived in by every verb, so that no table of it is empty.
//!
//! Promises: made through the service's own verbs in a database that was made to be harmed; the
//! clock moves with every look at it, so that no two commits are of one moment; kept beside it is
//! what outsiders would keep: checkpoints, receipts, co-signatures, yesterday's copy. Does not:
//! change anything after it was made.

mod scheme;
mod story;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::judges::Judges;
use crate::base::clock::{Clock, ManualClock, Timestamp};
use crate::base::entropy::{Entropy, SeededEntropy};
use crate::base::id::{Id, Kind};
use crate::cli::export;
use crate::cli::failure::Failure;
use crate::cli::laboratory;
use crate::domain::ledger::entry::LedgerId;
use crate::service::audit::Outside;
use crate::service::keys::Keys;
use crate::service::signer::Signer;
use crate::service::writer::Writer;
use crate::service::{Error, Instance};
use crate::store::torture::{Victim, Workshop};
use crate::store::{Database, DatabaseOptions};

/// When the story begins.
const BEGIN: &str = "2026-11-22T10:00:00.000Z";

/// A clock that moves on by a second whenever it is looked at.
#[derive(Debug)]
struct Ticking(ManualClock);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        self.0.advance_seconds(1);
        self.0.now()
    }
}

/// What worlds differ in.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Books of the main order, twenty vouchers each; all of them are redeemed in the end. A tile
    /// of the log takes 256 lines.
    pub books: i64,
}

impl Size {
    /// One complete tile: for a sample.
    pub const SMALL: Self = Self { books: 18 };
    /// Two complete tiles.
    pub const WHOLE: Self = Self { books: 31 };
}

/// A world, and what outsiders kept of it.
#[derive(Debug)]
pub(super) struct World {
    /// The database as it is, with nobody connected to it.
    pub(super) today: Victim,
    /// The database as it was in the middle of the story.
    pub(super) yesterday: Victim,
    /// On SQLite: the file and its write-ahead log while the server was at work.
    pub(super) at_work: Option<(PathBuf, PathBuf)>,
    /// The instance's keys.
    pub(super) keys: Arc<Keys>,
    /// Who derives its codes.
    pub(super) signer: Signer,
    /// Those who judge.
    pub(super) judges: Judges,
    /// Exports, one directory a ledger.
    pub(super) exports: Vec<(LedgerId, PathBuf)>,
}

/// An instance at work, between two stops.
struct Life {
    instance: Arc<Instance>,
    clock: Arc<Ticking>,
    stop: oneshot::Sender<()>,
    writing: JoinHandle<()>,
}

/// What stays from one life of an instance to the next.
struct Place<'a> {
    dir: &'a Path,
    host: &'static str,
    url: String,
    clock: Arc<Ticking>,
    entropy: Arc<dyn Entropy>,
}

impl Place<'_> {
    /// Starts the instance, with its keys.
    async fn open(&self) -> Result<Life, Error> {
        let database = open(&self.url).await?;
        let chance = (self.clock.clone() as Arc<dyn Clock>, self.entropy.clone());
        let made = laboratory::instance(database, chance, (self.dir, 2), self.host)?;
        let (instance, writer): (Instance, Writer) = made;
        let (stop, stopped) = oneshot::channel();
        let writing = tokio::spawn(writer.run_until(async {
            let _ = stopped.await;
        }));
        Ok(Life { instance: Arc::new(instance), clock: self.clock.clone(), stop, writing })
    }
}

impl Life {
    fn id<K: Kind>(&self) -> Id<K> {
        Id::new(self.instance.clock.as_ref(), self.instance.entropy.as_ref())
    }

    fn later(&self, days: i64) {
        self.clock.0.advance_seconds(days * 86_400);
    }

    async fn close(self) -> Result<(), Error> {
        let _ = self.stop.send(());
        self.writing.await.map_err(fault)?;
        self.instance.database.close().await;
        Ok(())
    }
}

/// Opens a database as a server does.
pub(super) async fn open(url: &str) -> Result<Database, Error> {
    Ok(Database::open(&DatabaseOptions { url: url.to_owned(), readers: 2 }).await?)
}

/// Something that cannot be.
pub(super) fn fault(what: impl std::fmt::Display) -> Error {
    Error::Fault(what.to_string())
}

/// A value that is written as JSON here.
fn of<T: DeserializeOwned>(value: Value) -> Result<T, Error> {
    serde_json::from_value(value).map_err(fault)
}

impl World {
    /// Lives a world into a database of a workshop, with files in a directory.
    ///
    /// # Errors
    /// [`Failure`].
    pub(super) async fn live(
        workshop: &Workshop,
        dir: &Path,
        seed: u64,
        size: Size,
    ) -> Result<Self, Failure> {
        let made = |error: std::io::Error| Failure::unwritten(dir, &error);
        let begin = BEGIN.parse().map_err(fault)?;
        let place = |host, dir, url, seed| Place {
            dir,
            host,
            url,
            clock: Arc::new(Ticking(ManualClock::new(begin))),
            entropy: Arc::new(SeededEntropy::new(seed)) as Arc<dyn Entropy>,
        };
        let former_dir = dir.join("former");
        fs::create_dir_all(&former_dir).map_err(made)?;
        let url = format!("sqlite:{}", former_dir.join("carnet.db").display());
        let former = place("ancien.exemple.fr", &former_dir, url, seed ^ (1 << 32));
        let today = workshop.make(None).await?;
        let main = place("pass.exemple.fr", dir, today.url().to_owned(), seed);
        let mut outside = Outside::at(&dir.join("checkpoints"));

        let life = main.open().await?;
        let scheme = story::beginning(&life, size).await?;
        outside.keep(&life.instance.database).await?;
        life.close().await?;
        let yesterday = workshop.make(Some(&today)).await?;

        let life = main.open().await?;
        story::middle(&life, &scheme).await?;
        let left = story::leaving(&former, &life).await?;
        story::taking_over(&life, &left).await?;
        life.close().await?;

        let life = main.open().await?;
        story::end(&life, &scheme).await?;
        outside.keep(&life.instance.database).await?;
        let judges = Judges::gather(&life.instance, dir.join("checkpoints")).await?;
        let mut exports = Vec::new();
        for ledger in judges.ledgers() {
            let out = dir.join(format!("export-{ledger}"));
            export::files(&life.instance, ledger, &out).await?;
            judges.write_receipts(ledger, &out.join("receipts")).map_err(made)?;
            exports.push((ledger, out));
        }
        let at_work = today.file().map(|file| as_it_is(file, dir)).transpose().map_err(made)?;
        let (keys, signer) = (life.instance.keys.clone(), life.instance.signer.clone());
        life.close().await?;
        Ok(Self { today, yesterday, at_work, keys, signer, judges, exports })
    }
}

/// Copies a SQLite database while nobody writes, log and all.
fn as_it_is(file: &Path, dir: &Path) -> std::io::Result<(PathBuf, PathBuf)> {
    let (main, log) = (dir.join("at-work.db"), dir.join("at-work.db-wal"));
    let mut wal = file.as_os_str().to_owned();
    wal.push("-wal");
    fs::copy(file, &main)?;
    fs::copy(wal, &log)?;
    Ok((main, log))
}
