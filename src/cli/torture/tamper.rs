//! `carnet torture tamper`: what the owner of a database can change, and who notices.
//!
//! Promises: exit code 1 when a change stays silent that need not be; the same seed and numbers
//! make the same changes. Does not: leave anything behind, unless it is killed.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use clap::ValueEnum;
use indicatif::ProgressBar;

use super::cells::{self, Cell, Rows, excuse};
use super::dice::Dice;
use super::histories;
use super::judges::Said;
use super::report::{History, Report, Tally};
use super::world::{Size, World, open};
use crate::cli::bench::Scratch;
use crate::cli::export::bar;
use crate::cli::failure::Failure;
use crate::store::Database;
use crate::store::tables::TABLES;
use crate::store::torture::{Owner, Workshop, change};

/// Change every column of every table past its triggers, cut, restore and fork histories, flip
/// bits; say which judge notices.
///
/// A small world is lived in, on a database of its own. Then, as somebody with the rights of the
/// database's owner and a stolen log key could: each column of each table is edited, swapped
/// between two rows, missing with its row, there in a row too many; ledgers are cut back;
/// yesterday's copy is restored; a line is changed and everything after it signed again; single
/// bits flip in the SQLite file, its log and an export. Three judges are asked each time: the
/// database's own lines (`carnet audit`), the checkpoints kept outside it, and a witness, a receipt
/// or a co-signature. Exit code 0 when each change was noticed by one of them, 1 when one was not.
#[derive(Debug, clap::Args)]
pub struct Tamper {
    /// Which engine
    #[arg(long, value_enum, default_value = "sqlite")]
    engine: EngineName,
    /// For PostgreSQL, the URL of a server where databases can be made
    #[arg(long, value_name = "URL", env = "CARNET_BENCH_POSTGRES", hide_env_values = true)]
    server: Option<String>,
    /// The seed of the world and of the changes
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Make only so many changes of columns, on a smaller world; all of them unless told
    #[arg(long, value_name = "N")]
    sample: Option<usize>,
    /// How many bits are flipped
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    flips: usize,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum EngineName {
    Sqlite,
    Postgres,
}

impl Tamper {
    /// Tampers and reports.
    ///
    /// # Errors
    /// [`Failure`] when it could not be done.
    pub async fn run(self) -> Result<ExitCode, Failure> {
        let server = match (self.engine, self.server) {
            (EngineName::Sqlite, _) => None,
            (EngineName::Postgres, Some(server)) => Some(server),
            (EngineName::Postgres, None) => {
                return Err(Failure::usage("--server URL: where is PostgreSQL?"));
            }
        };
        let size = if self.sample.is_some() { Size::SMALL } else { Size::WHOLE };
        let plan = Plan {
            server,
            seed: self.seed,
            size,
            sample: self.sample,
            flips: self.flips,
            told: true,
        };
        let temporary = std::env::temp_dir();
        let scratch =
            Scratch::below(&temporary).map_err(|error| Failure::unwritten(&temporary, &error))?;
        let report = Box::pin(run(plan, &scratch.0)).await?;
        if self.json {
            let text = serde_json::to_string_pretty(&report);
            println!("{}", text.map_err(|error| Failure::software(error.to_string()))?);
        } else {
            print!("{}", report.table());
        }
        Ok(if report.silent.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// How much is tampered with, and where.
#[derive(Debug, Clone)]
pub struct Plan {
    /// A PostgreSQL server where databases can be made; SQLite without.
    pub server: Option<String>,
    /// The seed of the world and of the changes.
    pub seed: u64,
    /// How large the world is.
    pub size: Size,
    /// How many changes of columns; all of them unless told. Of a sample the histories are a
    /// tenth, yesterday's copy and missing triggers among them.
    pub sample: Option<usize>,
    /// How many bits are flipped.
    pub flips: usize,
    /// Whether a bar shows how far it is.
    pub told: bool,
}

/// Tampers with a world of its own, in an empty directory.
///
/// # Errors
/// [`Failure`] when the world cannot be made, or does not hold before or after.
pub async fn run(plan: Plan, dir: &Path) -> Result<Report, Failure> {
    let workshop = match &plan.server {
        None => Workshop::in_directory(dir.to_owned()),
        Some(server) => Workshop::on_server(server.clone()),
    };
    let done = Box::pin(tamper(&plan, &workshop, dir)).await;
    workshop.clear().await?;
    done
}

async fn tamper(plan: &Plan, workshop: &Workshop, dir: &Path) -> Result<Report, Failure> {
    let world = Box::pin(World::live(workshop, dir, plan.seed, plan.size)).await?;
    let dice = Dice::new(plan.seed);
    let engine = if plan.server.is_some() { "postgres" } else { "sqlite" };
    let (columns, histories, flips) = (Vec::new(), Vec::new(), BTreeMap::new());
    let (excuses, elsewhere, silent) = (BTreeMap::new(), Vec::new(), Vec::new());
    let seed = plan.seed;
    let mut report = Report { engine, seed, columns, histories, flips, excuses, elsewhere, silent };
    let rows = columns_of(plan, workshop, (&world, &dice), &mut report).await?;
    histories_of(plan, workshop, (&world, &rows, &dice), &mut report).await?;
    let bar = plan.bar(plan.flips, "bits");
    let (flips, silent) = super::flips::flip(&world, dir, (plan.flips, &dice), &bar).await?;
    bar.finish_and_clear();
    if flips.values().any(|flipped| flipped.excused > 0) {
        let excused = TABLES.iter().filter_map(|table| Some((table.name, excuse(table)?)));
        report.excuses.extend(excused);
    }
    report.flips = flips;
    report.silent.extend(silent);
    Ok(report)
}

impl Plan {
    fn bar(&self, length: usize, what: &str) -> ProgressBar {
        if self.told {
            bar(i64::try_from(length).unwrap_or(i64::MAX), what)
        } else {
            ProgressBar::hidden()
        }
    }
}

/// Whether everything holds, for every judge.
async fn sound(world: &World, database: &Database) -> Result<(), Failure> {
    for said in [
        world.judges.own(database).await,
        world.judges.outside(database).await,
        world.judges.outsiders(database).await,
    ] {
        if said != Said::Holds {
            let text = format!("the world does not hold where nothing was changed: {said:?}");
            return Err(Failure::software(text));
        }
    }
    Ok(())
}

/// Changes columns one by one in a copy, and takes each change back.
async fn columns_of(
    plan: &Plan,
    workshop: &Workshop,
    (world, dice): (&World, &Dice),
    report: &mut Report,
) -> Result<Rows, Failure> {
    let victim = workshop.make(Some(&world.today)).await?;
    let owner = Owner::of(victim.url()).await?;
    let database = open(victim.url()).await?;
    sound(world, &database).await?;
    let before = cells::rows(&database).await?;
    let mut all = cells::all(&before, dice);
    if let Some(count) = plan.sample {
        all = cells::sample(all, count, dice);
    }
    let bar = plan.bar(all.len(), "changes");
    let mut tallies: BTreeMap<(&str, usize), Tally> = BTreeMap::new();
    for cell in all {
        let tally = tallies.entry((cell.table.name, cell.column)).or_default();
        one(world, (&owner, &database), &cell, (tally, report)).await?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    let after = cells::rows(&database).await?;
    if before != after {
        return Err(Failure::software("a change was not taken back"));
    }
    sound(world, &database).await?;
    owner.close().await;
    database.close().await;
    workshop.remove(victim).await?;
    for table in TABLES {
        for (place, (column, _)) in table.columns.iter().enumerate() {
            if let Some(tally) = tallies.remove(&(table.name, place)) {
                report.columns.push((table.name, column, tally));
            }
        }
    }
    Ok(before)
}

/// Makes a change, asks the judges one after the other until one notices, and takes it back.
async fn one(
    world: &World,
    (owner, database): (&Owner, &Database),
    cell: &Cell,
    (tally, report): (&mut Tally, &mut Report),
) -> Result<(), Failure> {
    let mut made = None;
    for one in &cell.changes {
        if change(owner, one).await.is_ok() {
            made = Some(one);
            break;
        }
    }
    let Some(made) = made else {
        tally.refused += 1;
        return Ok(());
    };
    tally.add(cell.way);
    let (told, table) = (cell.told(made), cell.table);
    let mut silent = |why: &str| {
        tally.silent += 1;
        report.silent.push(format!("{told}: {why}"));
    };
    let (own, places) = world.judges.audited(database).await;
    if let Said::Fault(why) = &own {
        silent(why);
    } else if own.is_heard() {
        tally.own += 1;
        if matches!(own, Said::No(_)) && !cell.is_at(&places) {
            tally.elsewhere += 1;
            report.elsewhere.push(told);
        }
        tally.undecided += u32::from(matches!(own, Said::Unknown(_)));
    } else if world.judges.outside(database).await.is_heard() {
        tally.outside += 1;
    } else if world.judges.outsiders(database).await.is_heard() {
        tally.outsiders += 1;
    } else if let Some(why) = excuse(table) {
        tally.excused += 1;
        report.excuses.insert(table.name, why);
    } else {
        silent("nobody noticed");
    }
    change(owner, &made.clone().undone()).await?;
    Ok(())
}

/// Puts other histories in place of the true one.
async fn histories_of(
    plan: &Plan,
    workshop: &Workshop,
    (world, rows, dice): (&World, &Rows, &Dice),
    report: &mut Report,
) -> Result<(), Failure> {
    let mut all = histories::all(rows, dice);
    if plan.sample.is_some() {
        let tenth = all.len().div_ceil(10);
        let rest = all.split_off(2);
        all.extend(rest.into_iter().step_by(10).take(tenth));
    }
    let bar = plan.bar(all.len(), "histories");
    for forgery in &all {
        for history in histories::judged(workshop, world, rows, forgery).await? {
            let History { own, outside, outsiders, what } = &history;
            let all = [own, outside, outsiders];
            let failed = all.iter().any(|said| matches!(said, Said::Fault(_)));
            if failed || !all.iter().any(|said| said.is_heard()) {
                report.silent.push(what.clone());
            }
            report.histories.push(history);
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}
