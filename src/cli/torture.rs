//! `carnet torture`: harm done on purpose, to copies only, and who notices.
//!
//! Promises: works in a temporary directory and in databases that it makes and removes itself; the
//! same seed makes the same harm. Does not: look at any instance of yours.

mod cells;
mod dice;
mod flips;
mod histories;
mod judges;
pub mod report;
pub mod tamper;
mod world;

use std::process::ExitCode;

pub use self::world::Size;
use super::failure::Failure;

/// Harm made-up ledgers on purpose, and see who notices.
#[derive(Debug, clap::Args)]
pub struct Torture {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Change every column of every table past its triggers, cut, restore and fork histories, flip
    /// bits; say which judge notices; exit code 0 when none stays silent, 1 when all do once
    Tamper(tamper::Tamper),
}

impl Torture {
    /// Does the harm and reports.
    ///
    /// # Errors
    /// [`Failure`] when it could not be done.
    pub async fn run(self) -> Result<ExitCode, Failure> {
        match self.what {
            What::Tamper(tamper) => tamper.run().await,
        }
    }
}
