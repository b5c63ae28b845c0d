//! What a witness remembers: a directory with the last co-signed checkpoint of each log, and with
//! what was shown in its place.
//!
//! Promises: a checkpoint is on the disk, whole, before it counts; evidence is never overwritten;
//! one process at a time. Does not: judge.
//!
//! ```text
//! DIR/lock
//! DIR/<SHA-256 of the origin>/checkpoint              the note, co-signed; served as it is
//! DIR/<SHA-256 of the origin>/evidence-<hash>/{known,shown,why}
//! ```

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use ring::digest::{SHA256, digest};

use super::Followed;
use crate::domain::ledger::checkpoint::{Checkpoint, NoteError, Origin};
use crate::domain::ledger::witness::Objection;

const FILE: &str = "checkpoint";

/// How much evidence of one log is kept: a liar has as much of it as he likes.
const EVIDENCE: usize = 100;

/// Why a witness cannot remember.
#[derive(Debug, thiserror::Error)]
pub enum MemoryError {
    /// A file cannot be read or written.
    #[error("{path}: {error}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// What is remembered of a log does not hold under the key that was given for it.
    #[error("{path} is not a checkpoint of {origin} under the key that was given: {why}")]
    Foreign {
        /// The file.
        path: PathBuf,
        /// The log.
        origin: Origin,
        /// What is wrong.
        why: NoteError,
    },
    /// Another process remembers there.
    #[error("{0} is used by another witness that runs")]
    Busy(PathBuf),
    /// The work was stopped from outside.
    #[error("stopped: {0}")]
    Stopped(String),
}

/// What is remembered, with its place on the disk.
#[derive(Debug)]
pub struct Memory {
    dir: PathBuf,
    /// Held as long as this lives.
    _lock: File,
    known: BTreeMap<Origin, (Checkpoint, String)>,
}

/// How a log is named in paths: the SHA-256 of its origin in hexadecimal (C2SP tlog-witness).
#[must_use]
pub fn origin_hash(origin: &Origin) -> String {
    hash(origin.as_str())
}

fn hash(text: &str) -> String {
    HEXLOWER.encode(digest(&SHA256, text.as_bytes()).as_ref())
}

fn at(path: &Path) -> impl Fn(io::Error) -> MemoryError + '_ {
    |error| MemoryError::File { path: path.to_owned(), error }
}

impl Memory {
    /// Opens a directory, which is made when it is not there, and reads what it says of ledgers.
    pub(super) fn open(dir: &Path, followed: &[Followed]) -> Result<Self, MemoryError> {
        fs::create_dir_all(dir).map_err(at(dir))?;
        let path = dir.join("lock");
        let mut options = OpenOptions::new();
        let lock =
            options.write(true).create(true).truncate(false).open(&path).map_err(at(&path))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => MemoryError::Busy(dir.to_owned()),
            TryLockError::Error(error) => MemoryError::File { path, error },
        })?;
        let mut memory = Self { dir: dir.to_owned(), _lock: lock, known: BTreeMap::new() };
        for followed in followed {
            memory.read(followed)?;
        }
        Ok(memory)
    }

    fn read(&mut self, followed: &Followed) -> Result<(), MemoryError> {
        let origin = followed.key.origin();
        let path = self.folder(origin).join(FILE);
        let note = match fs::read_to_string(&path) {
            Ok(note) => note,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(MemoryError::File { path, error }),
        };
        // Planted bug: each start is the first one, and any history is as good as another.
        if crate::base::planted::is("witness-forgets") {
            return Ok(());
        }
        match Checkpoint::open(&note, std::slice::from_ref(&followed.key)) {
            Ok(checkpoint) => {
                self.known.insert(origin.clone(), (checkpoint, note));
                Ok(())
            }
            Err(why) => Err(MemoryError::Foreign { path, origin: origin.clone(), why }),
        }
    }

    fn folder(&self, origin: &Origin) -> PathBuf {
        self.dir.join(origin_hash(origin))
    }

    /// The last co-signed checkpoint of a log.
    pub(super) fn known(&self, origin: &Origin) -> Option<&Checkpoint> {
        self.known.get(origin).map(|(checkpoint, _)| checkpoint)
    }

    /// The last co-signed note of a log by the hash of its origin.
    pub(super) fn note_of(&self, hash: &str) -> Option<String> {
        let found = self.known.iter().find(|(origin, _)| origin_hash(origin) == hash);
        found.map(|(_, (_, note))| note.clone())
    }

    /// Puts a co-signed checkpoint in the place of the last one, and says where it is.
    pub(super) fn remember(
        &mut self,
        origin: &Origin,
        checkpoint: Checkpoint,
        note: String,
    ) -> Result<PathBuf, MemoryError> {
        let folder = self.folder(origin);
        self.make(&folder)?;
        let (path, fresh) = (folder.join(FILE), folder.join("checkpoint.new"));
        let mut file = File::create(&fresh).map_err(at(&fresh))?;
        file.write_all(note.as_bytes()).and_then(|()| file.sync_all()).map_err(at(&fresh))?;
        fs::rename(&fresh, &path).map_err(at(&path))?;
        sync(&folder)?;
        self.known.insert(origin.clone(), (checkpoint, note));
        Ok(path)
    }

    /// Keeps what a log showed beside what it showed before. The same lie is kept once.
    pub(super) fn keep_evidence(
        &self,
        origin: &Origin,
        objection: &Objection,
        shown: &str,
    ) -> Result<Option<PathBuf>, MemoryError> {
        let folder = self.folder(origin);
        self.make(&folder)?;
        let known = self.known.get(origin).map_or("", |(_, note)| note);
        let name = format!("evidence-{}", &hash(&format!("{known}\n{shown}"))[..16]);
        let path = folder.join(name);
        if path.exists() {
            return Ok(Some(path));
        }
        let entries = fs::read_dir(&folder).map_err(at(&folder))?.flatten();
        let is_evidence =
            |entry: &fs::DirEntry| entry.file_name().to_string_lossy().starts_with("evidence-");
        if entries.filter(is_evidence).count() >= EVIDENCE {
            return Ok(None);
        }
        // Under its last name only once it is whole.
        let fresh = folder.join("unfinished-evidence");
        fs::create_dir_all(&fresh).map_err(at(&fresh))?;
        let why = format!("{origin}: {objection}\n");
        for (name, text) in [("known", known), ("shown", shown), ("why", why.as_str())] {
            let path = fresh.join(name);
            let mut file = File::create(&path).map_err(at(&path))?;
            file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(at(&path))?;
        }
        fs::rename(&fresh, &path).map_err(at(&path))?;
        sync(&folder)?;
        Ok(Some(path))
    }

    /// Makes the folder of a log, so that a power cut does not take it away again.
    fn make(&self, folder: &Path) -> Result<(), MemoryError> {
        if !folder.exists() {
            fs::create_dir_all(folder).map_err(at(folder))?;
            sync(&self.dir)?;
        }
        Ok(())
    }
}

/// Makes names durable: a rename is in its directory.
fn sync(dir: &Path) -> Result<(), MemoryError> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(at(dir))
}
