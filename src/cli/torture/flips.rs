//! Flipped bits: in the SQLite file and its write-ahead log while the server was at work, and in
//! the files of an export.
//!
//! Promises: a flip that leaves every row of every table as it was is harmless, and nothing else
//! is; no byte of an export is passed over. Does not: flip two bits at once.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;

use super::cells::{Rows, rows};
use super::dice::Dice;
use super::judges::Said;
use super::report::Flipped;
use super::world::{World, fault, open};
use crate::cli::failure::Failure;
use crate::cli::verify::ledger::{Examined, Papers, examine};
use crate::domain::verifier::Verdict;
use crate::service::Error;

/// What came of some flips: by sort of file, and what nobody noticed.
pub(super) type Found = (BTreeMap<&'static str, Flipped>, Vec<String>);

/// A file, and a bit of it.
#[derive(Debug, Clone)]
struct Flip {
    sort: &'static str,
    path: PathBuf,
    bit: usize,
}

/// What became of one flip.
enum Fate {
    Refused,
    Harmless,
    Own(Said),
    Outside,
    Outsiders,
    /// Nobody noticed, or the program failed: says which.
    Silent(String),
}

/// Copies a file with one bit flipped.
fn flipped(from: &Path, to: &Path, bit: Option<usize>) -> std::io::Result<()> {
    let mut bytes = fs::read(from)?;
    if let Some(bit) = bit
        && let Some(byte) = bytes.get_mut(bit / 8)
    {
        *byte ^= 1 << (bit % 8);
    }
    fs::write(to, bytes)
}

/// The bits to flip: half in the database's file, a quarter in its log, the others in exports.
fn chosen(world: &World, count: usize, dice: &Dice) -> Result<Vec<Flip>, Error> {
    let mut flips = Vec::new();
    let mut add = |sort, path: &Path| -> Result<(), Error> {
        let bits = usize::try_from(fs::metadata(path).map_err(fault)?.len()).map_err(fault)? * 8;
        flips.push(Flip { sort, path: path.to_owned(), bit: dice.below(bits) });
        Ok(())
    };
    for number in 0..count {
        match (&world.at_work, number % 8) {
            (Some((main, _)), 0..4) => add("database", main)?,
            (Some((_, log)), 4 | 5) => add("log", log)?,
            _ => {
                let exports = dice.one(&world.exports);
                let (ledger, dir) = exports.ok_or_else(|| fault("there is no export"))?;
                match dice.below(4) {
                    0 => add("checkpoint", &dir.join(format!("ledger-{ledger}.checkpoint")))?,
                    1 => add("receipt", &dir.join("receipts/0.json"))?,
                    _ => add("lines", &dir.join(format!("ledger-{ledger}.jsonl")))?,
                }
            }
        }
    }
    Ok(flips)
}

/// Flips bits, one after the other on as many copies as there are cores.
pub(super) async fn flip(
    world: &World,
    dir: &Path,
    (count, dice): (usize, &Dice),
    bar: &ProgressBar,
) -> Result<Found, Failure> {
    let flips = chosen(world, count, dice)?;
    let control = control(world, dir).await?;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(8);
    let work = |worker: usize| -> Result<Vec<(Flip, Fate)>, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let dir = dir.join(format!("flips-{worker}"));
        fs::create_dir_all(&dir).map_err(fault)?;
        runtime.map_err(fault)?.block_on(async {
            let mut fates = Vec::new();
            for flip in flips.iter().skip(worker).step_by(cores) {
                fates.push((flip.clone(), fate(world, &dir, flip, &control).await?));
                bar.inc(1);
            }
            Ok(fates)
        })
    };
    let mut found = Found::default();
    let done = tokio::task::block_in_place(|| {
        std::thread::scope(|scope| {
            let work = &work;
            let threads: Vec<_> =
                (0..cores).map(|worker| scope.spawn(move || work(worker))).collect();
            threads.into_iter().map(std::thread::ScopedJoinHandle::join).collect::<Vec<_>>()
        })
    });
    for fates in done {
        for (flip, fate) in fates.map_err(|_| fault("a thread stopped in a panic"))?? {
            count_one(&mut found, &flip, fate);
        }
    }
    Ok(found)
}

fn count_one((sorts, silent): &mut Found, flip: &Flip, fate: Fate) {
    let it = sorts.entry(flip.sort).or_default();
    it.made += 1;
    match fate {
        Fate::Refused => it.refused += 1,
        Fate::Harmless => it.harmless += 1,
        Fate::Own(Said::No(why)) if why.starts_with("file ") => it.damaged += 1,
        Fate::Own(Said::Unknown(_)) => it.undecided += 1,
        Fate::Own(_) => it.own += 1,
        Fate::Outside => it.outside += 1,
        Fate::Outsiders => it.outsiders += 1,
        Fate::Silent(why) => {
            it.silent += 1;
            silent.push(format!(
                "bit {} of {} ({}): {why}",
                flip.bit,
                flip.path.display(),
                flip.sort
            ));
        }
    }
}

/// What is read where nothing was flipped; everything must hold there.
async fn control(world: &World, dir: &Path) -> Result<Rows, Failure> {
    for (ledger, export) in &world.exports {
        let note = export.join(format!("ledger-{ledger}.checkpoint"));
        match verified(world, export, &note, &export.join("receipts")) {
            Fate::Silent(_) => {}
            _ => return Err(Failure::software(format!("the export of {ledger} does not hold"))),
        }
    }
    let Some((main, log)) = &world.at_work else { return Ok(Rows::new()) };
    let (file, wal) = (dir.join("control.db"), dir.join("control.db-wal"));
    flipped(main, &file, None).and_then(|()| flipped(log, &wal, None)).map_err(fault)?;
    let database = open(&format!("sqlite:{}", file.display())).await?;
    let (control, said) = (rows(&database).await?, world.judges.own(&database).await);
    database.close().await;
    match said {
        Said::Holds => Ok(control),
        said => Err(Failure::software(format!("the database at work does not hold: {said:?}"))),
    }
}

async fn fate(world: &World, dir: &Path, flip: &Flip, control: &Rows) -> Result<Fate, Error> {
    match (&world.at_work, flip.sort) {
        (Some(files), "database" | "log") => database(world, dir, files, (flip, control)).await,
        _ => export(world, dir, flip).map_err(fault),
    }
}

async fn database(
    world: &World,
    dir: &Path,
    (main, log): &(PathBuf, PathBuf),
    (flip, control): (&Flip, &Rows),
) -> Result<Fate, Error> {
    let (file, wal) = (dir.join("flipped.db"), dir.join("flipped.db-wal"));
    let bit = |of: &Path| (flip.path == of).then_some(flip.bit);
    flipped(main, &file, bit(main)).map_err(fault)?;
    flipped(log, &wal, bit(log)).map_err(fault)?;
    let _ = fs::remove_file(dir.join("flipped.db-shm"));
    let Ok(database) = open(&format!("sqlite:{}", file.display())).await else {
        return Ok(Fate::Refused);
    };
    let fate = judged(world, &database, control).await;
    database.close().await;
    Ok(fate)
}

/// Asks the judges one after the other, until one notices.
async fn judged(world: &World, database: &crate::store::Database, control: &Rows) -> Fate {
    let sound = async {
        let mut tx = database.read().await?;
        crate::store::database::damage(&mut tx).await
    };
    let sound = sound.await.is_ok_and(|damage| damage.is_empty());
    let same = rows(database).await.is_ok_and(|rows| rows == *control);
    if sound && same {
        return Fate::Harmless;
    }
    match world.judges.own(database).await {
        Said::Fault(why) => return Fate::Silent(why),
        Said::Holds => {}
        said => return Fate::Own(said),
    }
    match world.judges.outside(database).await {
        Said::Holds => {}
        _ => return Fate::Outside,
    }
    match world.judges.outsiders(database).await {
        Said::Holds => Fate::Silent("other rows, and everything holds".to_owned()),
        _ => Fate::Outsiders,
    }
}

fn export(world: &World, dir: &Path, flip: &Flip) -> std::io::Result<Fate> {
    let receipts = dir.join("receipts");
    fs::create_dir_all(&receipts)?;
    let of = flip.path.parent().unwrap_or(&flip.path);
    let own = if flip.sort == "receipt" { of.parent().unwrap_or(of) } else { of };
    let (mut lines, mut note, mut shown) = (own.to_owned(), None, own.join("receipts"));
    let name = flip.path.file_name().unwrap_or_default();
    let changed = if flip.sort == "receipt" { receipts.join(name) } else { dir.join(name) };
    flipped(&flip.path, &changed, Some(flip.bit))?;
    match flip.sort {
        "lines" => lines.clone_from(&changed),
        "checkpoint" => note = Some(changed.clone()),
        _ => shown = receipts,
    }
    let ledger = world.exports.iter().find(|(_, dir)| dir == own).map(|(ledger, _)| *ledger);
    let told = ledger.map(|ledger| own.join(format!("ledger-{ledger}.checkpoint")));
    let note = note.or(told).unwrap_or_default();
    let fate = verified(world, &lines, &note, &shown);
    fs::remove_file(changed)?;
    Ok(fate)
}

/// What a stranger's verifier says of an export; a fault of the program is one of silence.
fn verified(world: &World, lines: &Path, note: &Path, receipts: &Path) -> Fate {
    let papers = Papers { export: lines, checkpoint: note, receipts: Some(receipts), since: None };
    let keys = world.judges.trusted();
    let examined = std::panic::catch_unwind(|| examine(papers, keys, false));
    match examined {
        Err(_) => Fate::Silent("the verifier stopped in a panic".to_owned()),
        Ok(Err(why)) => Fate::Own(Said::Unknown(why.to_string())),
        Ok(Ok(Examined::Forged(_, why))) => Fate::Own(Said::No(why.to_string())),
        Ok(Ok(Examined::Judged { report, .. })) => match report.verdict {
            Verdict::Violated => Fate::Own(Said::No(report.first.unwrap_or_default())),
            Verdict::Undecided => Fate::Own(Said::Unknown(report.undecided.unwrap_or_default())),
            Verdict::Holds => Fate::Silent("the verifier says that it holds".to_owned()),
        },
    }
}
