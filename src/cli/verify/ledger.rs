//! `carnet verify ledger`: a whole ledger, checked without the operator.
//!
//! Promises: one line says whether it holds, with the first line that does not; what was not asked
//! is said to be not asked; exit code 0 holds, 1 violated, 2 cannot be decided. Does not: reach a
//! network or a database.

use std::fs;
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use serde_json::Value;

use super::super::export::bar;
use super::super::failure::Failure;
use super::{Outcome, Shown, Trust, lines};
use crate::base::money::Money;
use crate::domain::ledger::checkpoint::{Checkpoint, NoteError, VerifierKey};
use crate::domain::ledger::log::leaf_hash;
use crate::domain::ledger::receipt::{Receipt, ReceiptError, verify};
use crate::domain::ledger::witness::claimed_origin;
use crate::domain::verifier::{Report, Verdict, Verifier};

/// What to check, and with which keys.
#[derive(Debug, clap::Args)]
pub(super) struct Ledger {
    /// The lines: ledger-ID.jsonl as exported, or the directory that holds it
    #[arg(value_name = "EXPORT")]
    export: PathBuf,
    /// The signed checkpoint that covers them
    #[arg(long, value_name = "FILE")]
    checkpoint: PathBuf,
    #[command(flatten)]
    trust: Trust,
    /// Receipts: each .json file of this ledger must hold, and its line be there
    #[arg(long, value_name = "DIR")]
    receipts: Option<PathBuf>,
    /// A checkpoint that you kept: the ledger must have grown from it
    #[arg(long, value_name = "FILE")]
    since: Option<PathBuf>,
}

/// What receipts were there.
#[derive(Debug, Default)]
struct Seen {
    own: u64,
    of_others: u64,
    /// Files that are not called `.json`, and directories.
    left_aside: u64,
}

/// What a check of a ledger came to, before it is said.
pub(in crate::cli) enum Examined {
    /// A checkpoint is not what a trusted key signed: which, and why.
    Forged(PathBuf, NoteError),
    /// The lines were judged.
    Judged {
        /// The file of the lines.
        lines: PathBuf,
        /// The checkpoint that they were judged by.
        checkpoint: Checkpoint,
        /// What was found.
        report: Report,
        /// What else was asked, and holds when the report does.
        answered: Vec<String>,
    },
}

/// What is examined.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli) struct Papers<'a> {
    /// The lines, or the directory that holds them.
    pub(in crate::cli) export: &'a Path,
    /// The signed checkpoint that covers them.
    pub(in crate::cli) checkpoint: &'a Path,
    /// A directory of receipts.
    pub(in crate::cli) receipts: Option<&'a Path>,
    /// A checkpoint that was kept.
    pub(in crate::cli) since: Option<&'a Path>,
}

impl Ledger {
    /// Checks, says what was found, and gives it.
    pub(super) fn run(self) -> Outcome {
        match self.check() {
            Ok(outcome) => outcome,
            Err(failure) => {
                eprintln!("carnet: {failure}");
                Outcome::NotChecked
            }
        }
    }

    fn check(self) -> Result<Outcome, Failure> {
        let Self { export, checkpoint, trust, receipts, since } = self;
        let keys = trust.load()?;
        let (receipts, since) = (receipts.as_deref(), since.as_deref());
        let papers = Papers { export: &export, checkpoint: &checkpoint, receipts, since };
        let (lines, checkpoint, report, answered) = match examine(papers, &keys, true)? {
            Examined::Forged(path, why) => {
                println!("{}: DOES NOT HOLD: {why}", path.display());
                return Ok(Outcome::DoesNotHold);
            }
            Examined::Judged { lines, checkpoint, report, answered } => {
                (lines, checkpoint, report, answered)
            }
        };
        say(&lines, &checkpoint, &report);
        if report.verdict == Verdict::Holds {
            tell(&checkpoint, &report, &answered);
        }
        not_asked(since.is_some(), receipts.is_some());
        Ok(match report.verdict {
            Verdict::Holds => Outcome::Holds,
            Verdict::Violated => Outcome::DoesNotHold,
            Verdict::Undecided => Outcome::NotChecked,
        })
    }
}

/// Examines a ledger, with a progress bar or in silence.
///
/// # Errors
/// [`Failure`] when it cannot be judged.
pub(in crate::cli) fn examine(
    papers: Papers<'_>,
    keys: &[VerifierKey],
    told: bool,
) -> Result<Examined, Failure> {
    let Papers { export, checkpoint: note, receipts, since } = papers;
    let checkpoint = match open(note, keys)? {
        Ok(checkpoint) => checkpoint,
        Err(why) => return Ok(Examined::Forged(note.to_owned(), why)),
    };
    let mut verifier = Verifier::new(checkpoint.clone(), keys);
    let mut answered = Vec::new();
    if let Some(path) = since {
        let old = match open(path, keys)? {
            Ok(old) => old,
            Err(why) => return Ok(Examined::Forged(path.to_owned(), why)),
        };
        verifier.expect_root(&format!("the old checkpoint {}", path.display()), &old);
        answered.push(format!("it grew from {} lines ({})", old.size, path.display()));
    }
    if let Some(dir) = receipts {
        let Seen { own, of_others, left_aside } =
            expect_receipts(dir, &checkpoint, keys, &mut verifier)?;
        let told = format!("{own} receipts hold and their lines are there");
        let rest = format!("{of_others} of other ledgers and {left_aside} other files aside");
        answered.push(format!("{told} ({}; {rest})", dir.display()));
    }
    let lines = if export.is_dir() {
        export.join(format!("ledger-{}.jsonl", checkpoint.origin.last_segment()))
    } else {
        export.to_owned()
    };
    let size = i64::try_from(checkpoint.size).unwrap_or(i64::MAX);
    let bar = if told { bar(size, "lines") } else { ProgressBar::hidden() };
    let read = lines::feed(&lines, &mut verifier, &bar);
    bar.finish_and_clear();
    read.map_err(|error| Failure::unread(&lines, &error))?;
    Ok(Examined::Judged { lines, checkpoint, report: verifier.end(), answered })
}

/// Opens a checkpoint, or says why it is not what a trusted key signed.
fn open(path: &Path, keys: &[VerifierKey]) -> Result<Result<Checkpoint, NoteError>, Failure> {
    let note = fs::read_to_string(path).map_err(|error| Failure::unread(path, &error))?;
    match Checkpoint::open(&note, keys) {
        Ok(checkpoint) => Ok(Ok(checkpoint)),
        Err(why @ (NoteError::Forged(_) | NoteError::ForeignOrigin(_))) => Ok(Err(why)),
        Err(why) => Err(Failure::data(format!("{}: {why}", path.display()))),
    }
}

/// Checks the receipts of a directory, and asks for the lines of those of this ledger.
fn expect_receipts(
    dir: &Path,
    checkpoint: &Checkpoint,
    keys: &[VerifierKey],
    verifier: &mut Verifier,
) -> Result<Seen, Failure> {
    let unread = |error: std::io::Error| Failure::unread(dir, &error);
    let entries = fs::read_dir(dir).map_err(unread)?;
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| Ok(entry?.path())).collect::<Result<_, _>>().map_err(unread)?;
    paths.sort();
    let mut seen = Seen::default();
    for path in paths {
        if path.extension().is_none_or(|end| end != "json") || !path.is_file() {
            seen.left_aside += 1;
            continue;
        }
        let name = path.display().to_string();
        let text = fs::read_to_string(&path).map_err(|error| Failure::unread(&path, &error))?;
        let Ok(Shown::Alone(receipt) | Shown::Inside { receipt }) = serde_json::from_str(&text)
        else {
            verifier.undecided(format!("{name} is not a receipt"));
            continue;
        };
        if is_of_another(&receipt, checkpoint) {
            seen.of_others += 1;
            continue;
        }
        seen.own += 1;
        match verify(&receipt, keys) {
            Ok(proved) if proved.origin == checkpoint.origin => {
                let leaf = leaf_hash(receipt.line.as_bytes());
                verifier.expect_line(&name, proved.seq, leaf, proved.size, proved.root);
            }
            Ok(proved) => verifier.wrong(format!("{name} is of another log, {}", proved.origin)),
            Err(why @ ReceiptError::Checkpoint(NoteError::UnknownKeys)) => {
                verifier.undecided(format!("{name}: {why}"));
            }
            Err(why) => verifier.wrong(format!("{name}: {why}")),
        }
    }
    Ok(seen)
}

/// Whether a receipt's line and its proof both say that it is of another ledger. What says nothing
/// is of this one, and so is what says two things: a changed line would else be passed over.
fn is_of_another(receipt: &Receipt, checkpoint: &Checkpoint) -> bool {
    let line: Option<Value> = serde_json::from_str(&receipt.line).ok();
    let ledger = line.as_ref().and_then(|line| line["ledger"].as_str());
    let note = receipt.proof.split_once("\n\n").map_or("", |(_, note)| note);
    ledger.is_some_and(|ledger| ledger != checkpoint.origin.last_segment())
        && claimed_origin(note) != checkpoint.origin.as_str()
}

/// The answer, in one line.
fn say(lines: &Path, checkpoint: &Checkpoint, report: &Report) {
    let (name, size) = (lines.display(), report.size);
    let first = report.first.as_deref().unwrap_or_default();
    match report.verdict {
        Verdict::Holds => println!("{name}: holds: {size} lines of {}", checkpoint.origin),
        Verdict::Violated if report.more == 0 => println!("{name}: DOES NOT HOLD: {first}"),
        Verdict::Violated => {
            let more = report.more;
            println!("{name}: DOES NOT HOLD: {first}; after that, {more} more findings");
        }
        Verdict::Undecided => {
            let why = report.undecided.as_deref().unwrap_or_default();
            println!("{name}: CANNOT BE DECIDED: {why}");
        }
    }
    for restored in &report.restored {
        println!("  {restored}");
    }
}

/// What was found to hold, for who reads on.
fn tell(checkpoint: &Checkpoint, report: &Report, answered: &[String]) {
    println!("  tree: {} lines, root {}", checkpoint.size, checkpoint.root);
    // No balance is below zero where everything holds.
    let kinds = report.totals.iter().filter_map(|total| {
        let held = Money::from_cents(total.cents).ok()?;
        Some(format!("{} {held}", total.kind.as_str()))
    });
    println!("  money: {}", kinds.collect::<Vec<_>>().join(", "));
    if let Some(day) = report.last_on {
        println!("  last line of {day}; every balance, P1 and every rule held at every line");
    }
    for answer in answered {
        println!("  {answer}");
    }
}

/// What nobody asked, and what no line of a ledger can tell.
fn not_asked(since: bool, receipts: bool) {
    if !since {
        println!("  not asked: whether it grew from a checkpoint that you kept (--since)");
    }
    if !receipts {
        println!("  not asked: whether it has the lines of receipts (--receipts)");
    }
    println!(
        "  not in these lines: who was permitted to write, which venues were qualified, codes, \
         bank accounts, and whether a service was given"
    );
}
