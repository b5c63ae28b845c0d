//! Who judges a database that was tampered with: its own lines, the checkpoints that were kept
//! outside it, and who stands outside: a witness, a receipt, a co-signature.
//!
//! Promises: each judge uses what it would have in life, and the code that it would use; a fault of
//! the program while it judges is told apart from any answer. Does not: tamper.

use std::collections::BTreeSet;
use std::fs;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use serde::Serialize;

use super::world::fault;
use crate::base::clock::SystemClock;
use crate::base::entropy::SystemEntropy;
use crate::domain::ledger::checkpoint::{Checkpoint, VerifierKey};
use crate::domain::ledger::entry::LedgerId;
use crate::domain::ledger::receipt::Receipt;
use crate::domain::ledger::witness;
use crate::service::audit::{self, AuditReport, Outside, Verdict};
use crate::service::keys::Keys;
use crate::service::receipt::{receipt, signed};
use crate::service::signer::Signer;
use crate::service::{Error, Instance, observe};
use crate::store::{self, Database};

/// How long an audit of so small a world may take before it counts as one without an end.
const PATIENCE: Duration = Duration::from_mins(2);

/// What a judge says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "said", content = "why")]
pub enum Said {
    /// Everything is as it should be.
    Holds,
    /// Something is not.
    No(String),
    /// It cannot be told: whoever asks is warned.
    Unknown(String),
    /// The program failed: it stopped in a panic, or did not end.
    Fault(String),
}

impl Said {
    /// Whether whoever asked knows that something is wrong.
    #[must_use]
    pub const fn is_heard(&self) -> bool {
        matches!(self, Self::No(_) | Self::Unknown(_))
    }
}

/// Tables and columns in which something was found.
pub(super) type Places = BTreeSet<(&'static str, &'static str)>;

/// What an error says of a database.
fn unanswered(error: &Error) -> Said {
    let told = error.to_string();
    // The engine runs in a thread of its own; its panic is one too.
    if told.contains("worker crashed") { Said::Fault(told) } else { Said::Unknown(told) }
}

/// What a report says of a database.
fn told(report: &AuditReport) -> Said {
    let first = report.findings.first();
    let first = first
        .map(|it| format!("{} {} {}: {} / {}", it.table, it.key, it.column, it.lines, it.stored));
    match report.verdict() {
        Verdict::Holds => Said::Holds,
        Verdict::Violated => Said::No(first.unwrap_or_default()),
        Verdict::Undecided => Said::Unknown(report.skipped.concat()),
    }
}

/// A ledger as a witness remembers it, with what else was given to outsiders.
#[derive(Debug, Clone)]
struct Followed {
    ledger: LedgerId,
    key: VerifierKey,
    seen: Checkpoint,
    /// By line.
    receipts: Vec<Receipt>,
    /// Of which size, and the signature line.
    cosigned: Vec<(i64, String)>,
}

/// The judges of one world.
#[derive(Debug, Clone)]
pub(super) struct Judges {
    keys: Arc<Keys>,
    signer: Signer,
    outside: PathBuf,
    followed: Vec<Followed>,
    /// Every key that ever signed one of the ledgers.
    trusted: Vec<VerifierKey>,
    settings: crate::service::Settings,
}

impl Judges {
    /// Takes what outsiders have of an instance as it is now.
    ///
    /// # Errors
    /// [`Error`].
    pub(super) async fn gather(instance: &Instance, outside: PathBuf) -> Result<Self, Error> {
        let mut tx = instance.database.read().await?;
        let keys = store::leaving::log_keys(&mut tx).await?;
        let mut followed = Vec::new();
        for head in store::ledger::all_heads(&mut tx).await? {
            let no = head.ledger_no;
            let key = keys.iter().rfind(|(ledger, ..)| *ledger == no);
            let key: VerifierKey =
                key.ok_or_else(|| fault("a ledger without a key"))?.2.parse().map_err(fault)?;
            let newest = store::checkpoint::newest_checkpoint(&mut tx, no).await?;
            let (_, note) = newest.ok_or_else(|| fault("a ledger without a checkpoint"))?;
            let seen = Checkpoint::open(&note, std::slice::from_ref(&key)).map_err(fault)?;
            let mut receipts = Vec::new();
            for seq in 0..head.size {
                receipts.push(receipt(&mut tx, no, seq).await?);
            }
            let mut cosigned = Vec::new();
            for size in 1..=head.size {
                let lines = store::cosignature::of_checkpoint(&mut tx, no, size).await?;
                cosigned.extend(lines.into_iter().map(|line| (size, line)));
            }
            let ledger = head.ledger_id.parse().map_err(fault)?;
            followed.push(Followed { ledger, key, seen, receipts, cosigned });
        }
        let trusted = keys.iter().map(|(_, _, key)| key.parse());
        let trusted = trusted.collect::<Result<_, _>>().map_err(fault)?;
        let (keys, signer) = (instance.keys.clone(), instance.signer.clone());
        let settings = instance.settings.clone();
        Ok(Self { keys, signer, outside, followed, trusted, settings })
    }

    /// The ledgers of the world.
    pub(super) fn ledgers(&self) -> impl Iterator<Item = LedgerId> {
        self.followed.iter().map(|followed| followed.ledger)
    }

    /// The keys that a stranger would trust.
    pub(super) fn trusted(&self) -> &[VerifierKey] {
        &self.trusted
    }

    /// Writes some of the receipts of a ledger, one file each.
    ///
    /// # Errors
    /// What the file system says.
    pub(super) fn write_receipts(&self, ledger: LedgerId, dir: &Path) -> std::io::Result<()> {
        fs::create_dir_all(dir)?;
        let of = self.followed.iter().filter(|it| it.ledger == ledger);
        for (number, receipt) in of.flat_map(|it| it.receipts.iter().rev().take(3)).enumerate() {
            fs::write(dir.join(format!("{number}.json")), serde_json::to_vec(receipt)?)?;
        }
        Ok(())
    }

    /// Forgets what was kept outside, as somebody would who has that directory too.
    pub(super) fn without_outside(&self) -> Self {
        Self { outside: self.outside.join("nowhere"), ..self.clone() }
    }

    /// The database's own lines: a whole audit.
    pub(super) async fn own(&self, database: &Database) -> Said {
        self.audited(database).await.0
    }

    /// The same, with every table and column in which something was found. What `serve` looks at
    /// when it starts is looked at too, only so that it stops in no panic.
    pub(super) async fn audited(&self, database: &Database) -> (Said, Places) {
        let mut ignored = |_| {};
        let audit = async {
            let _ = audit::tails(database, &self.keys).await;
            audit::run(database, &self.keys, &self.signer, &mut ignored).await
        };
        let audit = AssertUnwindSafe(audit).catch_unwind();
        let report = match tokio::time::timeout(PATIENCE, audit).await {
            Err(_) => Err(Said::Fault("the audit did not end".to_owned())),
            Ok(Err(_)) => Err(Said::Fault("the audit stopped in a panic".to_owned())),
            Ok(Ok(Err(error))) => Err(unanswered(&error)),
            Ok(Ok(Ok(report))) => Ok(report),
        };
        match report {
            Err(said) => (said, Places::new()),
            Ok(report) => {
                let places = report.findings.iter().map(|it| (it.table, it.column)).collect();
                (told(&report), places)
            }
        }
    }

    /// The checkpoints that were kept outside the database.
    pub(super) async fn outside(&self, database: &Database) -> Said {
        match Outside::at(&self.outside).lost(database).await {
            Err(error) => Said::Unknown(error.to_string()),
            Ok(lost) => lost.first().map_or(Said::Holds, |lost| Said::No(lost.to_string())),
        }
    }

    /// A witness, whoever holds receipts, and the witnesses that co-signed.
    pub(super) async fn outsiders(&self, database: &Database) -> Said {
        let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy::default()));
        let (keys, signer) = (self.keys.clone(), self.signer.clone());
        let settings = self.settings.clone();
        // The writer is dropped: nothing is written.
        let (instance, _) = Instance::new(database.clone(), clock, entropy, keys, signer, settings);
        for followed in &self.followed {
            for said in [
                witnessed(&instance, followed).await,
                cosigned(&instance, followed).await,
                receipted(database, followed).await,
            ] {
                if said != Said::Holds {
                    return said;
                }
            }
        }
        Said::Holds
    }
}

/// Whether the ledger still shows that it grew from what its witness saw.
async fn witnessed(instance: &Instance, followed: &Followed) -> Said {
    let Followed { ledger, key, seen, .. } = followed;
    let shown = observe::consistency(instance, *ledger, signed(seen.size), None).await;
    let shown = match shown {
        Ok(shown) => shown,
        Err(error) => return Said::No(format!("witness: {ledger} shows nothing: {error}")),
    };
    match witness::judge(Some(seen), std::slice::from_ref(key), &shown.text) {
        Ok(_) => Said::Holds,
        Err(objection) => Said::No(format!("witness: {ledger}: {objection}")),
    }
}

/// Whether what witnesses co-signed still stands under the checkpoints.
async fn cosigned(instance: &Instance, followed: &Followed) -> Said {
    for (size, line) in &followed.cosigned {
        let shown = observe::checkpoint(instance, followed.ledger, Some(*size), Some(0)).await;
        if !shown.is_ok_and(|shown| shown.note.contains(line)) {
            let ledger = followed.ledger;
            return Said::No(format!("co-signature: {ledger} at {size} is not shown any more"));
        }
    }
    Said::Holds
}

/// Whether every receipt is still given byte for byte.
async fn receipted(database: &Database, followed: &Followed) -> Said {
    match missed(database, followed).await {
        Ok(None) => Said::Holds,
        Ok(Some(seq)) => Said::No(format!("receipt: line {seq} of {}", followed.ledger)),
        Err(error) => Said::No(format!("receipt: {}: {error}", followed.ledger)),
    }
}

/// The first line whose receipt is another now.
async fn missed(database: &Database, followed: &Followed) -> Result<Option<usize>, Error> {
    let mut tx = database.read().await?;
    let head = store::ledger::head(&mut tx, &followed.ledger.to_string()).await?;
    let no = head.ok_or_else(|| fault("the ledger is gone"))?.ledger_no;
    for (seq, kept) in followed.receipts.iter().enumerate() {
        if receipt(&mut tx, no, i64::try_from(seq).map_err(fault)?).await? != *kept {
            return Ok(Some(seq));
        }
    }
    Ok(None)
}
