//! Checkpoints kept outside the database: what this machine has acknowledged, whatever the database
//! says later.
//!
//! Promises: one file a ledger, appended and fsynced, one JSON object a line; a line cut short by a
//! crash is passed over; a database that lacks what is kept here is found. Does not: see a database
//! and its directory that were put back together (a witness, or whoever holds a receipt, does).

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::AuditReport;
use crate::domain::fact::Fact;
use crate::domain::ledger::checkpoint::parts;
use crate::domain::restoration::Tip;
use crate::service::error::Error;
use crate::service::writer::desk::OPERATOR_LEDGER;
use crate::service::writer::fact_at;
use crate::store::ledger::HeadRow;
use crate::store::{self, Database, Tx};

/// No kept checkpoint is longer than this many bytes.
const LONGEST: u64 = 4096;

/// A checkpoint as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    size: i64,
    note: String,
}

/// What the database does not have any more.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "ledger {ledger_id}: {size} lines were acknowledged ({file}), and {found}. The database is an \
     older copy, or was changed. Put the newest copy back, or see `carnet restore`; nothing is \
     served before"
)]
pub struct Lost {
    /// The ledger.
    pub ledger_id: String,
    /// How many lines were acknowledged.
    pub size: i64,
    /// What the database says.
    pub found: String,
    /// Where the acknowledged checkpoint is kept.
    pub file: String,
    /// The acknowledged checkpoint.
    pub kept: String,
    stored: String,
}

/// The directory of kept checkpoints.
#[derive(Debug)]
pub struct Outside {
    dir: PathBuf,
    sizes: HashMap<String, i64>,
}

impl Outside {
    /// The directory; it is made when the first checkpoint is kept.
    #[must_use]
    pub fn at(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), sizes: HashMap::new() }
    }

    fn file(&self, ledger_id: &str) -> PathBuf {
        self.dir.join(format!("{ledger_id}.jsonl"))
    }

    /// Keeps the newest checkpoint of each ledger that grew since the last time; how many did.
    ///
    /// # Errors
    /// [`Error`] when the database does not answer or the directory cannot be written.
    pub async fn keep(&mut self, database: &Database) -> Result<usize, Error> {
        let mut tx = database.read().await?;
        let mut grown = Vec::new();
        for head in store::ledger::all_heads(&mut tx).await? {
            if self.sizes.get(&head.ledger_id).is_none_or(|size| *size < head.size)
                && let Some((size, note)) =
                    store::checkpoint::newest_checkpoint(&mut tx, head.ledger_no).await?
            {
                grown.push((head.ledger_id, Kept { size, note }));
            }
        }
        drop(tx);
        let count = grown.len();
        for (ledger_id, kept) in grown {
            let file = self.file(&ledger_id);
            let size = kept.size;
            let known = match self.sizes.get(&ledger_id) {
                Some(_) => None,
                None => last(&file).map_err(|error| unwritten(&file, &error))?,
            };
            if known.as_ref() != Some(&kept) {
                let path = file.clone();
                let written = tokio::task::spawn_blocking(move || append(&path, &kept)).await;
                let written = written.map_err(|error| Error::Fault(error.to_string()))?;
                written.map_err(|error| unwritten(&file, &error))?;
            }
            self.sizes.insert(ledger_id, size);
        }
        Ok(count)
    }

    /// What was acknowledged and is not in the database, unless a line of the operator's ledger
    /// says that it is lost for good.
    ///
    /// # Errors
    /// [`Error`] when the database does not answer or the directory cannot be read.
    pub async fn lost(&self, database: &Database) -> Result<Vec<Lost>, Error> {
        let mut tx = database.read().await?;
        let heads = store::ledger::all_heads(&mut tx).await?;
        let mut lost = Vec::new();
        for (ledger_id, kept) in self.all()? {
            let head = heads.iter().find(|head| head.ledger_id == ledger_id);
            let (found, stored) = compare(&mut tx, head, &kept).await?;
            if let Some(found) = found
                && !accepted(&mut tx, &ledger_id, &kept).await?
            {
                let (file, size) = (self.file(&ledger_id).display().to_string(), kept.size);
                lost.push(Lost { ledger_id, size, found, file, kept: kept.note, stored });
            }
        }
        Ok(lost)
    }

    /// Adds what is lost to the findings of an audit.
    ///
    /// # Errors
    /// [`Error`] as for [`Self::lost`].
    pub async fn judge(&self, database: &Database, report: &mut AuditReport) -> Result<(), Error> {
        for lost in self.lost(database).await? {
            let key = format!("{}/{}", lost.ledger_id, lost.size);
            report.find("checkpoint", key, "kept outside", &lost.kept, &lost.stored);
        }
        Ok(())
    }

    /// The last kept checkpoint of every ledger.
    fn all(&self) -> Result<Vec<(String, Kept)>, Error> {
        let unread = |error: io::Error| unwritten(&self.dir, &error);
        let entries = match fs::read_dir(&self.dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(unread)?,
        };
        let mut all = Vec::new();
        for entry in entries {
            let path = entry.map_err(unread)?.path();
            let ledger_id = path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned);
            let ours = path.extension().is_some_and(|extension| extension == "jsonl");
            if let (true, Some(ledger_id)) = (ours, ledger_id)
                && let Some(kept) = last(&path).map_err(|error| unwritten(&path, &error))?
            {
                all.push((ledger_id, kept));
            }
        }
        all.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(all)
    }
}

/// Whether a line accepts that what a checkpoint acknowledged is lost (see `service::restore`).
async fn accepted(tx: &mut Tx, ledger_id: &str, kept: &Kept) -> Result<bool, Error> {
    let root = parts(&kept.note).and_then(|(text, _)| text.lines().nth(2)?.parse().ok());
    let Some(root) = root else { return Ok(false) };
    let name = Tip { size: kept.size, root }.lost_from(ledger_id);
    let known = store::ledger::created(tx, &[name]).await?;
    let Some(known) = known.first().filter(|row| row.ledger_no == OPERATOR_LEDGER) else {
        return Ok(false);
    };
    let (_, fact) = fact_at(tx, known.ledger_no, known.seq).await?;
    Ok(matches!(fact, Fact::LossAccepted(_)))
}

/// What is wrong, if anything, and the checkpoint that the database has at that size.
async fn compare(
    tx: &mut Tx,
    head: Option<&HeadRow>,
    kept: &Kept,
) -> Result<(Option<String>, String), Error> {
    let Some(head) = head else {
        return Ok((Some("the database does not know it".to_owned()), String::new()));
    };
    if head.size < kept.size {
        return Ok((Some(format!("the database has {}", head.size)), String::new()));
    }
    let stored = store::checkpoint::at(tx, head.ledger_no, kept.size).await?.unwrap_or_default();
    let found = (stored != kept.note).then(|| "the database has others in their place".to_owned());
    Ok((found, stored))
}

fn unwritten(path: &Path, error: &io::Error) -> Error {
    Error::Fault(format!("{}: {error}", path.display()))
}

/// The last whole line of a file; `None` when there is no file, or no whole line in it.
fn last(path: &Path) -> io::Result<Option<Kept>> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(2 * LONGEST)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    // What follows the last newline was cut short: it was never told to anyone.
    let Some((whole, _)) = text.rsplit_once('\n') else { return Ok(None) };
    let kept = whole.rsplit('\n').find_map(|line| serde_json::from_str(line).ok());
    let spoilt = || io::Error::new(io::ErrorKind::InvalidData, "no line in it is a checkpoint");
    kept.map(Some).ok_or_else(spoilt)
}

fn append(path: &Path, kept: &Kept) -> io::Result<()> {
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir)?;
    }
    let fresh = !path.exists();
    let mut file = OpenOptions::new().create(true).read(true).append(true).open(path)?;
    let mut line = Vec::new();
    // A line that a crash cut short ends here, so that the next one stands alone.
    let length = file.metadata()?.len();
    if length > 0 {
        let mut end = [0];
        file.seek(SeekFrom::Start(length - 1))?;
        file.read_exact(&mut end)?;
        if end != *b"\n" {
            line.push(b'\n');
        }
    }
    serde_json::to_writer(&mut line, kept)?;
    line.push(b'\n');
    file.write_all(&line)?;
    file.sync_all()?;
    match path.parent() {
        // The name of a new file is durable with its directory.
        Some(dir) if fresh => File::open(dir)?.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    //! Goal: what is kept is found again, whatever a crash left behind it.

    use super::*;

    #[test]
    fn a_line_cut_short_is_passed_over_and_ended() {
        let dir = std::env::temp_dir().join(format!("carnet-outside-{}", std::process::id()));
        let path = dir.join("ledger.jsonl");
        assert_eq!(last(&path).unwrap(), None);
        let (one, two) = (
            Kept { size: 1, note: "a\n1\n\n— a b\n".to_owned() },
            Kept { size: 2, note: "a\n2\n\n— a b\n".to_owned() },
        );
        append(&path, &one).unwrap();
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"{\"size\":2,\"no").unwrap();
        assert_eq!(last(&path).unwrap(), Some(one));
        append(&path, &two).unwrap();
        assert_eq!(last(&path).unwrap(), Some(two));
        fs::remove_dir_all(dir).unwrap();
    }
}
