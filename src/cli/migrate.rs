//! `carnet migrate`: the schema, brought up to date before the server starts.
//!
//! Promises: does nothing when there is nothing to do. Does not: go back to an older schema.

use super::failure::Failure;
use super::place::Place;
use crate::server::open_database;

/// Bring the schema of the database up to date. The server does it too when it starts.
#[derive(Debug, clap::Args)]
pub struct Migrate {
    #[command(flatten)]
    place: Place,
}

impl Migrate {
    /// Migrates.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn run(self) -> Result<(), Failure> {
        let config = self.place.load(Vec::new())?;
        open_database(&config).await?.close().await;
        println!("{} is up to date.", config.database.url);
        Ok(())
    }
}
