//! What `carnet bench` is asked.
//!
//! Promises: leaves nothing behind. Does not: measure (see [`super::run`]).

use clap::ValueEnum;

use super::{Place, Scratch, Size, run};
use crate::cli::failure::Failure;

/// Measure what this machine does, with durable commits.
#[derive(Debug, clap::Args)]
pub struct Bench {
    /// Which engine
    #[arg(long, value_enum, default_value = "sqlite")]
    engine: EngineName,
    /// For PostgreSQL, the URL of a server where databases can be made
    #[arg(long, value_name = "URL", env = "CARNET_BENCH_POSTGRES", hide_env_values = true)]
    server: Option<String>,
    /// Vouchers issued before anything is redeemed
    #[arg(long, default_value_t = 100_000)]
    vouchers: i64,
    /// Redemptions of each row
    #[arg(long, default_value_t = 20_000)]
    redemptions: usize,
    /// Books printed
    #[arg(long, default_value_t = 60)]
    books: i64,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum EngineName {
    Sqlite,
    Postgres,
}

impl Bench {
    /// Measures and prints the table.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn run(self) -> Result<(), Failure> {
        let temporary = std::env::temp_dir();
        let scratch =
            Scratch::below(&temporary).map_err(|error| Failure::unwritten(&temporary, &error))?;
        let (engine, server) = match (self.engine, self.server) {
            (EngineName::Sqlite, _) => ("sqlite", None),
            (EngineName::Postgres, Some(server)) => ("postgres", Some(server)),
            (EngineName::Postgres, None) => {
                return Err(Failure::usage("--server URL: where is PostgreSQL?"));
            }
        };
        let place = Place { engine, dir: scratch.0.clone(), server };
        let Self { vouchers, redemptions, books, .. } = self;
        let report = Box::pin(run(place, Size { vouchers, redemptions, books })).await?;
        println!("{}", report.table());
        Ok(())
    }
}
