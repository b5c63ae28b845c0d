//! What `carnet bench` is asked, and `carnet bench world`, which leaves a world for outside tools.
//!
//! Promises: a measurement leaves nothing behind; a world is complete when its `world.json` is
//! there. Does not: measure (see [`super::run`]).

use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ValueEnum;

use super::{Place, Scratch, Size, drive, run, world};
use crate::cli::export::bar;
use crate::cli::failure::Failure;

/// Measure what this machine does, with durable commits.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Bench {
    #[command(subcommand)]
    what: Option<WorldCommand>,
    #[command(flatten)]
    target: Target,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
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

/// Where to work.
#[derive(Debug, clap::Args)]
struct Target {
    /// Which engine
    #[arg(long, value_enum, default_value = "sqlite")]
    engine: EngineName,
    /// For PostgreSQL, the URL of a server where databases can be made
    #[arg(long, value_name = "URL", env = "CARNET_BENCH_POSTGRES", hide_env_values = true)]
    server: Option<String>,
}

impl Target {
    fn place(self, dir: PathBuf) -> Result<Place, Failure> {
        let (engine, server) = match (self.engine, self.server) {
            (EngineName::Sqlite, _) => ("sqlite", None),
            (EngineName::Postgres, Some(server)) => ("postgres", Some(server)),
            (EngineName::Postgres, None) => {
                return Err(Failure::usage("--server URL: where is PostgreSQL?"));
            }
        };
        Ok(Place { engine, dir, server })
    }
}

#[derive(Debug, clap::Subcommand)]
enum WorldCommand {
    /// Redeem in a world of 10,000 vouchers and in a large one
    Growth {
        /// How many vouchers the large one has
        #[arg(long, default_value_t = 1_000_000)]
        vouchers: i64,
        /// Print JSON instead of a table
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        target: Target,
    },
    /// Leave a world of active vouchers that outside tools can load
    World {
        /// How many vouchers
        #[arg(long, default_value_t = 10_000)]
        vouchers: i64,
        /// An empty directory, or one that is not there yet
        #[arg(long)]
        dir: PathBuf,
        #[command(flatten)]
        target: Target,
    },
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
        let (growth, target, json) = match self.what {
            Some(WorldCommand::World { vouchers, dir, target }) => {
                return leave(vouchers, &dir, target).await;
            }
            Some(WorldCommand::Growth { vouchers, json, target }) => (Some(vouchers), target, json),
            None => (None, self.target, self.json),
        };
        let temporary = std::env::temp_dir();
        let scratch =
            Scratch::below(&temporary).map_err(|error| Failure::unwritten(&temporary, &error))?;
        let place = target.place(scratch.0.clone())?;
        let Self { vouchers, redemptions, books, .. } = self;
        let size = Size { vouchers, redemptions, books };
        let report = match growth {
            Some(large) => Box::pin(super::growth::growth(place, large)).await?,
            None => {
                enough(&size)?;
                Box::pin(run(place, size)).await?
            }
        };
        if json {
            let text = serde_json::to_string(&report);
            println!("{}", text.map_err(|error| Failure::software(error.to_string()))?);
        } else {
            println!("{}", report.table());
        }
        Ok(())
    }
}

/// Whether each row has something to redeem.
fn enough(size: &Size) -> Result<(), Failure> {
    if size.redemptions < FEWEST {
        return Err(Failure::usage(format!("--redemptions: {FEWEST} at least")));
    }
    let (there, spent) = (usize::try_from(size.vouchers).unwrap_or(0), size.spent());
    if there < spent {
        return Err(Failure::usage(format!(
            "--vouchers: {there} are too few for rows of {} redemptions, which spend {spent}",
            size.redemptions
        )));
    }
    Ok(())
}

/// The fewest redemptions: the smallest row has a twentieth of them.
const FEWEST: usize = 20;

/// Makes a world in a directory: database, keys, `carnet.toml`, `tokens.txt`, `codes.txt` and, last
/// of all, `world.json`.
async fn leave(vouchers: i64, dir: &Path, target: Target) -> Result<(), Failure> {
    if !(1..=10_000_000).contains(&vouchers) {
        return Err(Failure::usage("--vouchers: 1 to 10000000"));
    }
    let unwritten = |error: std::io::Error| Failure::unwritten(dir, &error);
    fs::create_dir_all(dir).map_err(unwritten)?;
    if fs::read_dir(dir).map_err(unwritten)?.next().is_some() {
        return Err(Failure::usage(format!("{} is not empty", dir.display())));
    }
    let place = target.place(dir.to_owned())?;
    let url = place.fresh("carnet_bench_world").await?;
    let host = "PASS.EXEMPLE.FR";
    let (instance, mut writer) = world::open(&url, dir, host).await?;
    let progress = bar(vouchers / world::PER_BOOK, "books");
    let told = progress.clone();
    let filling = world::fill(Arc::new(instance), vouchers, move |made, _| {
        told.set_position(u64::try_from(made).unwrap_or(0));
    });
    let world = Box::pin(drive(&mut writer, filling)).await?;
    progress.finish_and_clear();
    let create = |name: &str| fs::File::create(dir.join(name)).map(BufWriter::new);
    let (mut tokens, mut codes) =
        (create("tokens.txt").map_err(unwritten)?, create("codes.txt").map_err(unwritten)?);
    let mut written = Ok(());
    let most = usize::try_from(vouchers).unwrap_or(usize::MAX);
    let each = |voucher: &crate::service::print::PrintedVoucher| {
        if written.is_ok() {
            written = writeln!(tokens, "{}", voucher.url)
                .and_then(|()| writeln!(codes, "{}", voucher.code));
        }
    };
    world.vouchers(most, each).await?;
    written.and_then(|()| tokens.flush()).and_then(|()| codes.flush()).map_err(unwritten)?;
    let url = if place.server.is_some() { url } else { "sqlite:carnet_bench_world.db".to_owned() };
    let config = format!("[database]\nurl = \"{url}\"\n\n[server]\nhost = \"{host}\"\n");
    fs::write(dir.join("carnet.toml"), config).map_err(unwritten)?;
    let file = serde_json::to_string_pretty(&world.file);
    let file = file.map_err(|error| Failure::software(error.to_string()))?;
    fs::write(dir.join("world.json"), format!("{file}\n")).map_err(unwritten)?;
    world.instance.database.close().await;
    println!("{vouchers} active vouchers; serve them with:");
    println!("  carnet serve --config {}", dir.join("carnet.toml").display());
    Ok(())
}
