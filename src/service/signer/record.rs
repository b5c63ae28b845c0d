//! The signer's record in its file: one line of JSON for each thing that it signed.
//!
//! Promises: a line is on the disk (fsync) before what it tells of is answered; several signers on
//! one file (a server's, and a command's beside it) see each other's lines, because each question
//! is decided under the file's lock after reading what was added; a line that a crash cut off was
//! never answered, and is cut away. Does not: decide (see `domain/signing.rs`), or change a line.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::domain::signing::{Record, RecordLine};
use crate::service::keys::{KeysError, file_error};

/// The name of the file in the state directory.
pub const RECORD: &str = "signed.jsonl";

/// The record on the disk.
#[derive(Debug)]
pub(super) struct RecordFile {
    path: PathBuf,
    held: Mutex<Held>,
}

#[derive(Debug)]
struct Held {
    file: File,
    /// How many bytes were read and taken into account.
    read: u64,
    record: Record,
}

impl RecordFile {
    /// Opens the record of a state directory, and makes both when they are not there.
    pub(super) fn open(state: &Path) -> Result<Self, KeysError> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(state).map_err(|error| file_error(state, error))?;
        let path = state.join(RECORD);
        let failed = |error| file_error(&path, error);
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(failed)?;
        // The name of a new file must outlive a power cut as its lines do.
        File::open(state).and_then(|dir| dir.sync_all()).map_err(failed)?;
        let held = Mutex::new(Held { file, read: 0, record: Record::default() });
        let opened = Self { path, held };
        opened.decide(|_| ((), Vec::new()))?;
        Ok(opened)
    }

    /// Decides on all that was signed until now, and keeps the lines that the decision gives.
    pub(super) fn decide<T>(
        &self,
        decision: impl FnOnce(&Record) -> (T, Vec<RecordLine>),
    ) -> Result<T, KeysError> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.file.lock().map_err(|error| file_error(&self.path, error))?;
        let decided = held.decide(decision);
        let unlocked = held.file.unlock();
        let decided = decided.and_then(|decided| unlocked.map(|()| decided));
        decided.map_err(|error| file_error(&self.path, error))
    }
}

impl Held {
    fn decide<T>(
        &mut self,
        decision: impl FnOnce(&Record) -> (T, Vec<RecordLine>),
    ) -> std::io::Result<T> {
        self.catch_up()?;
        let (decided, lines) = decision(&self.record);
        if !lines.is_empty() {
            let mut text = String::new();
            for line in &lines {
                text.push_str(&serde_json::to_string(line).map_err(std::io::Error::other)?);
                text.push('\n');
            }
            if !crate::base::planted::is("signer-record-unwritten") {
                self.file.write_all(text.as_bytes())?;
                self.file.sync_data()?;
                self.read += u64::try_from(text.len()).map_err(std::io::Error::other)?;
            }
            for line in &lines {
                self.record.apply(line);
            }
        }
        Ok(decided)
    }

    /// Takes what was added since the last look into account.
    fn catch_up(&mut self) -> std::io::Result<()> {
        if self.file.metadata()?.len() == self.read {
            return Ok(());
        }
        let mut text = String::new();
        self.file.seek(SeekFrom::Start(self.read))?;
        self.file.read_to_string(&mut text)?;
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        for line in text[..whole].lines() {
            let line: RecordLine = serde_json::from_str(line).map_err(std::io::Error::other)?;
            self.record.apply(&line);
        }
        self.read += u64::try_from(whole).map_err(std::io::Error::other)?;
        if whole < text.len() {
            // Cut off by a crash before it was answered.
            self.file.set_len(self.read)?;
        }
        Ok(())
    }
}
