//! `carnet doctor`: whether an installation is fit, and what to mend.
//!
//! Promises: exit code 0 when nothing fails, 1 when something does; each thing that is not as it
//! should be is followed by what to do, in plain words. Does not: mend, or start anything.

use std::process::ExitCode;

use serde::Serialize;

use super::failure::Failure;
use super::place::Place;
use super::table;
use crate::domain::diagnosis::{Diagnosis, Grade, verdict};
use crate::server::doctor::examine;

/// Examine an installation and say what to mend; run it as the server's own user.
#[derive(Debug, clap::Args)]
pub struct Doctor {
    #[command(flatten)]
    place: Place,
    /// Compare the clock with the `Date` that this address answers with
    #[arg(long, value_name = "URL")]
    time_from: Option<String>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report<'a> {
    verdict: Grade,
    checks: &'a [Diagnosis],
}

impl Doctor {
    /// Examines, and says what it found.
    ///
    /// # Errors
    /// [`Failure`] when the report cannot be written.
    pub async fn run(self) -> Result<ExitCode, Failure> {
        let found = match self.place.load(Vec::new()) {
            Ok(config) => examine(&config, self.time_from.as_deref()).await,
            Err(failure) => {
                let mend = "correct the key that it names; deploy/config.toml documents each one";
                vec![Diagnosis::fail("configuration", failure.to_string(), mend)]
            }
        };
        let verdict = verdict(&found);
        if self.json {
            let report = Report { verdict, checks: &found };
            let text = serde_json::to_string_pretty(&report);
            println!("{}", text.map_err(|error| Failure::software(error.to_string()))?);
        } else {
            print(&found, verdict);
        }
        Ok(ExitCode::from(u8::from(verdict == Grade::Fail)))
    }
}

fn print(found: &[Diagnosis], verdict: Grade) {
    let row = |one: &Diagnosis| {
        [one.state.as_str().to_owned(), one.check.to_owned(), one.finding.clone()]
    };
    table::print(["STATE", "CHECK", "FINDING"], &found.iter().map(row).collect::<Vec<_>>());
    println!();
    for one in found {
        if let Some(mend) = &one.mend {
            println!("{} {}: {mend}", one.state.as_str(), one.check);
        }
    }
    println!(
        "{}",
        match verdict {
            Grade::Ok => "Everything is as it should be.",
            Grade::Warn => "It can run; the warnings above are worth an hour.",
            Grade::Fail => "Mend what failed before people rely on it.",
        }
    );
}
