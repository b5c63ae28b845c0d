//! The files of an export, read line by line.
//!
//! Promises: memory holds one line, whatever the size; each line is judged before it is given on.
//! Does not: write.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::domain::leaving::{Reading, Whole, Wrong, wrong};
use crate::domain::ledger::log::Growth;
use crate::domain::replay::Replayed;

/// A line of the file of kept checkpoints.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptCheckpoint {
    /// How many lines it covers.
    pub size: i64,
    /// The signed note.
    pub note: String,
}

/// Where the public part of an export is.
#[derive(Debug, Clone)]
pub struct Files {
    /// The lines.
    pub lines: PathBuf,
    /// The newest checkpoint.
    pub checkpoint: PathBuf,
    /// All kept checkpoints; may be missing.
    pub checkpoints: PathBuf,
}

impl Files {
    /// The one export that a directory holds.
    ///
    /// # Errors
    /// [`Wrong`] when there is none, or more than one.
    pub fn of(dir: &Path) -> Result<Self, Wrong> {
        let unread = |error: std::io::Error| wrong(format!("{}: {error}", dir.display()));
        let mut found = Vec::new();
        for entry in std::fs::read_dir(dir).map_err(unread)? {
            let path = entry.map_err(unread)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.starts_with("ledger-") && path.extension().is_some_and(|it| it == "jsonl") {
                found.push(path);
            }
        }
        let [lines] = found.as_slice() else {
            return Err(wrong(format!("{}: it must hold one ledger-….jsonl", dir.display())));
        };
        Ok(Self {
            lines: lines.clone(),
            checkpoint: lines.with_extension("checkpoint"),
            checkpoints: lines.with_extension("checkpoints"),
        })
    }
}

/// A line, judged, with what it makes.
#[derive(Debug)]
pub(in crate::service) struct Step {
    /// Its bytes.
    pub line: String,
    /// What it says.
    pub replayed: Replayed,
    /// What it adds to the tree.
    pub growth: Growth,
    /// The checkpoint that a commit kept after it.
    pub checkpoint: Option<String>,
}

/// An export under way.
pub(in crate::service) struct Source {
    /// What was read so far.
    pub reading: Reading,
    lines: BufReader<File>,
    newest: String,
    kept: Option<BufReader<File>>,
    next: Option<KeptCheckpoint>,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Source({} lines read)", self.reading.replay.size())
    }
}

fn opened(path: &Path) -> Result<BufReader<File>, Wrong> {
    let file = File::open(path).map_err(|error| wrong(format!("{}: {error}", path.display())))?;
    Ok(BufReader::new(file))
}

impl Source {
    /// Opens the files.
    ///
    /// # Errors
    /// [`Wrong`] when one is not there.
    pub(in crate::service) fn open(files: &Files) -> Result<Self, Wrong> {
        let unread =
            |error: std::io::Error| wrong(format!("{}: {error}", files.checkpoint.display()));
        let newest = std::fs::read_to_string(&files.checkpoint).map_err(unread)?;
        let kept =
            if files.checkpoints.exists() { Some(opened(&files.checkpoints)?) } else { None };
        let lines = opened(&files.lines)?;
        let mut source = Self { reading: Reading::default(), lines, newest, kept, next: None };
        source.next = source.kept_after()?;
        Ok(source)
    }

    fn kept_after(&mut self) -> Result<Option<KeptCheckpoint>, Wrong> {
        let Some(kept) = &mut self.kept else { return Ok(None) };
        let mut text = String::new();
        kept.read_line(&mut text).map_err(wrong)?;
        if text.is_empty() {
            return Ok(None);
        }
        let unread = |error| wrong(format!("a kept checkpoint: {error}"));
        serde_json::from_str(&text).map(Some).map_err(unread)
    }

    /// The next line; `None` after the last.
    ///
    /// # Errors
    /// [`Wrong`]: the first thing that does not hold.
    pub(in crate::service) fn step(&mut self) -> Result<Option<Step>, Wrong> {
        let mut line = String::new();
        self.lines.read_line(&mut line).map_err(wrong)?;
        if line.is_empty() {
            return Ok(None);
        }
        if line.pop() != Some('\n') {
            return Err(wrong("the last line is cut off"));
        }
        let (replayed, growth) = self.reading.line(&line)?;
        let size = self.reading.replay.size();
        let mut checkpoint = None;
        if self.next.as_ref().is_some_and(|kept| kept.size <= size)
            && let Some(kept) = self.next.take()
        {
            checkpoint = Some(self.reading.checkpoint(&kept.note)?);
            self.next = self.kept_after()?;
        }
        if self.lines.fill_buf().map_err(wrong)?.is_empty() {
            let newest = self.reading.checkpoint(&self.newest)?;
            checkpoint = checkpoint.or(Some(newest));
        }
        Ok(Some(Step { line, replayed, growth, checkpoint }))
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// [`Wrong`] when checkpoints speak of lines that are not there.
    pub(in crate::service) fn end(self) -> Result<Whole, Wrong> {
        if self.next.is_some() {
            return Err(wrong("a checkpoint covers more lines than there are"));
        }
        self.reading.end()
    }
}

/// Reads a whole export and judges it.
///
/// # Errors
/// [`Wrong`].
pub fn judge(files: &Files, mut progress: impl FnMut(i64)) -> Result<Whole, Wrong> {
    let mut source = Source::open(files)?;
    while source.step()?.is_some() {
        progress(source.reading.replay.size());
    }
    source.end()
}
