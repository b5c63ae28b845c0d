//! `carnet export`: a directory with all that another operator, or an accountant, needs; or a
//! ledger's money as an accountant's journal.
//!
//! Promises: memory stays flat; a file has its name only when it is whole. Does not: stop the
//! server, which may run meanwhile.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};

use super::failure::Failure;
use super::place::Place;
use crate::domain::bookkeeping::{Form, Journal};
use crate::domain::ledger::entry::LedgerId;
use crate::server::Opened;
use crate::service::Instance;
use crate::service::export::{Export as Begun, begin, checkpoints, keys, page, sealed};
use crate::service::import::KeptCheckpoint;
use crate::service::rotate::operator_at_the_machine;

/// What an accountant reads first.
const README: &str = include_str!("export/README.txt");

/// Write a ledger: its lines, checkpoints, public keys, and what only its funder may open; or its
/// money as an accountant\'s journal.
#[derive(Debug, clap::Args)]
pub struct Export {
    #[command(flatten)]
    place: Place,
    /// The ledger: the id of its funder, or of the operator
    #[arg(long, value_name = "ID")]
    ledger: LedgerId,
    /// Where the files go
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    /// Write the money alone: hledger (ledger-ID.journal), beancount (ledger-ID.beancount) or csv
    /// (ledger-ID.csv)
    #[arg(long, value_enum)]
    format: Option<FormName>,
}

/// The forms of a journal, as they are asked for.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum FormName {
    Hledger,
    Beancount,
    Csv,
}

impl Export {
    /// Writes both files.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn run(self) -> Result<(), Failure> {
        let config = self.place.load(Vec::new())?;
        let opened = Opened::open(&config).await?;
        let form = self.format.map(|name| match name {
            FormName::Hledger => Form::Hledger,
            FormName::Beancount => Form::Beancount,
            FormName::Csv => Form::Csv,
        });
        let done = match form {
            Some(form) => write_journal(&opened, self.ledger, form, &self.out).await,
            None => write(&opened, self.ledger, &self.out).await,
        };
        opened.close().await;
        done
    }
}

/// Writes a ledger's export into a directory, and says where.
///
/// # Errors
/// [`Failure`].
pub async fn write(opened: &Opened, ledger: LedgerId, out: &Path) -> Result<(), Failure> {
    let (lines, size, checkpoint) = files(&opened.instance, ledger, out).await?;
    println!("{}: {size} lines", lines.display());
    println!("{}", checkpoint.display());
    Ok(())
}

/// Writes a ledger's export into a directory, and gives the file of its lines, how many they are,
/// and the file of their checkpoint.
pub(super) async fn files(
    instance: &Instance,
    ledger: LedgerId,
    out: &Path,
) -> Result<(PathBuf, i64, PathBuf), Failure> {
    let actor = operator_at_the_machine(instance).await?;
    let begun = begin(instance, &actor, ledger).await?;
    fs::create_dir_all(out).map_err(|error| Failure::unwritten(out, &error))?;
    let lines = out.join(format!("ledger-{ledger}.jsonl"));
    let part = part_of(&lines);
    write_lines(instance, &begun, &part).await?;
    finish(&part, &lines)?;
    let checkpoint = out.join(format!("ledger-{ledger}.checkpoint"));
    write_whole(&checkpoint, begun.checkpoint.as_bytes())?;
    write_kept(instance, &begun, &out.join(format!("ledger-{ledger}.checkpoints"))).await?;
    let keys = serde_json::to_string_pretty(&keys(instance, &begun).await?);
    let keys = keys.map_err(|error| Failure::software(error.to_string()))? + "\n";
    write_whole(&out.join("carnet-keys.json"), keys.as_bytes())?;
    write_whole(&out.join("README.txt"), README.as_bytes())?;
    if let Some(bytes) = sealed(instance, &begun).await? {
        write_whole(&out.join("sealed.age"), &bytes)?;
    }
    Ok((lines, begun.size, checkpoint))
}

/// The checkpoints that commits kept, as JSON lines.
async fn write_kept(instance: &Instance, begun: &Begun, path: &Path) -> Result<(), Failure> {
    let part = part_of(path);
    let failed = |error: std::io::Error| Failure::unwritten(&part, &error);
    let mut file = BufWriter::new(File::create(&part).map_err(failed)?);
    let mut after = 0;
    loop {
        let kept = checkpoints(instance, begun, after).await?;
        let Some((last, _)) = kept.last() else { break };
        after = *last;
        for (size, note) in kept {
            let line = serde_json::to_string(&KeptCheckpoint { size, note });
            let line = line.map_err(|error| Failure::software(error.to_string()))?;
            writeln!(file, "{line}").map_err(failed)?;
        }
    }
    end(file, "").map_err(failed)?;
    finish(&part, path)
}

/// Writes a ledger's money as a journal into a directory.
async fn write_journal(
    opened: &Opened,
    ledger: LedgerId,
    form: Form,
    out: &Path,
) -> Result<(), Failure> {
    let actor = operator_at_the_machine(&opened.instance).await?;
    let begun = begin(&opened.instance, &actor, ledger).await?;
    fs::create_dir_all(out).map_err(|error| Failure::unwritten(out, &error))?;
    let path = out.join(format!("ledger-{ledger}.{}", form.extension()));
    let part = part_of(&path);
    let (mut journal, head) = Journal::begin(form);
    let mut head = Some(head);
    let text = |line: &str| {
        let text = journal.line(line).map_err(|error| Failure::data(format!("{error}: {line}")))?;
        Ok(head.take().unwrap_or_default() + &text)
    };
    let file = write_texts(&opened.instance, &begun, &part, text).await?;
    let failed = |error: std::io::Error| Failure::unwritten(&part, &error);
    end(file, &journal.end()).map_err(failed)?;
    finish(&part, &path)?;
    println!("{}: {} lines", path.display(), begun.size);
    Ok(())
}

async fn write_lines(instance: &Instance, begun: &Begun, part: &Path) -> Result<(), Failure> {
    let file = write_texts(instance, begun, part, |line| Ok(format!("{line}\n"))).await?;
    end(file, "").map_err(|error| Failure::unwritten(part, &error))
}

/// Writes a text for each line of a ledger.
async fn write_texts(
    instance: &Instance,
    begun: &Begun,
    part: &Path,
    mut text: impl FnMut(&str) -> Result<String, Failure>,
) -> Result<BufWriter<File>, Failure> {
    let failed = |error: std::io::Error| Failure::unwritten(part, &error);
    let mut file = BufWriter::new(File::create(part).map_err(failed)?);
    let bar = bar(begun.size, "lines");
    let mut seq = 0;
    loop {
        let lines = page(instance, begun, seq).await?;
        if lines.is_empty() {
            break;
        }
        for line in &lines {
            file.write_all(text(line)?.as_bytes()).map_err(failed)?;
        }
        seq += i64::try_from(lines.len()).unwrap_or(i64::MAX);
        bar.set_position(u64::try_from(seq).unwrap_or_default());
    }
    bar.finish_and_clear();
    Ok(file)
}

/// Ends a file with a text, durably.
fn end(mut file: BufWriter<File>, text: &str) -> std::io::Result<()> {
    file.write_all(text.as_bytes())?;
    file.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()
}

/// A progress bar on standard error; nothing is drawn where nobody looks.
pub(super) fn bar(length: i64, what: &str) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(length).unwrap_or_default());
    let template = format!("{{wide_bar}} {{human_pos}}/{{human_len}} {what}, {{eta}} left");
    match ProgressStyle::with_template(&template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// The name of a file that is not whole yet.
pub(super) fn part_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

/// Gives a whole file its name.
pub(super) fn finish(part: &Path, path: &Path) -> Result<(), Failure> {
    fs::rename(part, path).map_err(|error| Failure::unwritten(path, &error))
}

/// Writes a file that is there whole, or not at all.
pub(super) fn write_whole(path: &Path, content: &[u8]) -> Result<(), Failure> {
    let part = part_of(path);
    let failed = |error: std::io::Error| Failure::unwritten(&part, &error);
    let mut file = File::create(&part).map_err(failed)?;
    file.write_all(content).and_then(|()| file.sync_all()).map_err(failed)?;
    finish(&part, path)
}
