//! `carnet purge`: take away what was kept long enough, as the server does every night.
//!
//! Promises: says how many rows of each table; with `--dry-run` takes nothing. Does not: touch
//! lines or what is rebuilt from them.

use super::failure::Failure;
use super::place::Place;
use super::table;
use crate::server::{Opened, retention};
use crate::service::purge::{self, Purged};

/// Take away what was kept as long as [retention] says; the ledgers and their proofs stay.
#[derive(Debug, clap::Args)]
pub struct Purge {
    #[command(flatten)]
    place: Place,
    /// Only say how many rows would go
    #[arg(long)]
    dry_run: bool,
}

impl Purge {
    /// Purges, or says what a purge would do.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn run(self) -> Result<(), Failure> {
        let config = self.place.load(Vec::new())?;
        let (opened, periods) = (Opened::open(&config).await?, retention(&config.retention));
        let purged = if self.dry_run {
            purge::look(&opened.instance, periods).await
        } else {
            purge::run(&opened.instance, periods).await
        };
        opened.close().await;
        let row = |it: &Purged| [it.table.to_owned(), it.rows.to_string()];
        let rows: Vec<[String; 2]> = purged?.iter().map(row).collect();
        let heading = if self.dry_run { "would go" } else { "went" };
        table::print(["table", heading], &rows);
        Ok(())
    }
}
