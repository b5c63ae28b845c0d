//! `carnet audit`: whether everything stored is what the lines say.
//!
//! Promises: exit code 0 when everything holds, 1 when something does not, 2 when not everything
//! could be judged; changes nothing, and may run beside the server. Does not: mend.

use std::process::ExitCode;

use indicatif::ProgressBar;

use super::export::bar;
use super::failure::Failure;
use super::place::Place;
use super::table;
use crate::server::{open_database, signer};
use crate::service::audit::{self, AuditReport, Outside, Step, Verdict};
use crate::service::keys::Keys;

/// Replay every line, compare every table with what the lines say, and the database with the
/// checkpoints kept outside it; exit code 0 holds, 1 does
/// not, 2 cannot be told. The rebuilt tables go to the temporary directory (TMPDIR) meanwhile.
#[derive(Debug, clap::Args)]
pub struct Audit {
    #[command(flatten)]
    place: Place,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

impl Audit {
    /// Audits, and says what it found.
    ///
    /// # Errors
    /// Never: what cannot be judged has its own exit code.
    pub async fn run(self) -> Result<ExitCode, Failure> {
        let report = match self.report().await {
            Ok(report) => report,
            Err(failure) => {
                eprintln!("carnet: {failure}");
                return Ok(ExitCode::from(Verdict::Undecided.exit_code()));
            }
        };
        if self.json {
            let text = serde_json::to_string_pretty(&report);
            println!("{}", text.map_err(|error| Failure::software(error.to_string()))?);
        } else {
            print(&report);
        }
        Ok(ExitCode::from(report.verdict().exit_code()))
    }

    async fn report(&self) -> Result<AuditReport, Failure> {
        let config = self.place.load(Vec::new())?;
        let keys = Keys::load(&config.keys.dir)?;
        let signer = signer::of(&config)?;
        let database = open_database(&config).await?;
        let mut progress = Progress::default();
        let report = audit::run(&database, &keys, &signer, &mut |step| progress.show(step)).await;
        progress.end();
        let mut report = report?;
        Outside::at(&config.audit.checkpoints).judge(&database, &mut report).await?;
        database.close().await;
        Ok(report)
    }
}

/// A bar while lines are replayed; the tables after that are as many rows again.
#[derive(Default)]
struct Progress(Option<ProgressBar>);

impl Progress {
    fn show(&mut self, step: Step) {
        if let (None, Some(lines)) = (&self.0, step.of) {
            self.0 = Some(bar(lines, "lines"));
        }
        if let Some(bar) = self.0.as_ref().filter(|_| step.table == "entry") {
            bar.set_position(u64::try_from(step.done).unwrap_or_default());
        }
    }

    fn end(self) {
        if let Some(bar) = self.0 {
            bar.finish_and_clear();
        }
    }
}

fn print(report: &AuditReport) {
    let head = ["LEDGER", "LINES", "TRANSFERS", "CHECKPOINTS", "TILES"];
    let row = |ledger: &audit::LedgerCount| {
        let counts = [ledger.lines, ledger.transfers, ledger.checkpoints, ledger.tiles];
        let [lines, transfers, checkpoints, tiles] = counts.map(|count| count.to_string());
        [ledger.ledger_id.clone(), lines, transfers, checkpoints, tiles]
    };
    table::print(head, &report.ledgers.iter().map(row).collect::<Vec<_>>());
    println!();
    for finding in &report.findings {
        let place = match finding.column {
            "" => format!("{} {}", finding.table, finding.key),
            column => format!("{} {}, {column}", finding.table, finding.key),
        };
        println!(
            "{place}\n  the lines say  {}\n  it is          {}",
            finding.lines, finding.stored
        );
    }
    if report.more_findings > 0 {
        println!("and {} more", report.more_findings);
    }
    for skipped in &report.skipped {
        println!("not judged: {skipped}");
    }
    let rows: i64 = report.tables.iter().map(|(_, rows)| rows).sum();
    println!(
        "{}",
        match report.verdict() {
            Verdict::Holds => format!("Holds: {rows} rows are what the lines say."),
            Verdict::Violated => "Does not hold.".to_owned(),
            Verdict::Undecided => "Cannot be told: not everything was judged.".to_owned(),
        }
    );
}
