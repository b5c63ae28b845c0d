//! `carnet demo`: a whole scheme in one directory, from the first order to the payment file.
//!
//! Promises: what is told has happened, through the service's own verbs, in a fresh SQLite
//! database; whatever does not come out as told ends the program with an error; the same seed on
//! the same day makes the same world. Does not: keep anything secret (a seed that is known makes
//! keys that are known), or touch a directory that no demo made.

mod books;
mod cast;
mod counter;
mod custody;
mod money;
mod people;
mod proof;
mod stage;
mod ware;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use secrecy::ExposeSecret as _;

use self::cast::Cast;
use self::people::Player;
use self::stage::Stage;
use self::ware::{HOST, Ware};
use super::failure::Failure;
use super::serve::{Signals, begin_with, until_told};
use crate::base::clock::{Clock as _, ManualClock, SystemClock};
use crate::base::entropy::{Entropy, SeededEntropy};
use crate::config::{Config, FILE_NAME, Layers};
use crate::server::{Opened, log};
use crate::service::keys::Keys;
use crate::web::pages::demo;

/// How many days before today the story begins.
const DAYS: i64 = 60;

/// The ports that are tried, from the usual one on.
const PORTS: std::ops::Range<u16> = 8080..8180;

/// Play a whole scheme in a fresh directory, then serve it.
///
/// Two funders, three distributors, four structures with six venues, 40 printed books, two months
/// of redemptions and refusals, settlements and bank files. The keys of a demo are made from its
/// seed: they are not secret, and no real scheme may stand on them.
#[derive(Debug, clap::Args)]
pub struct Demo {
    /// Where; a directory that a demo made is replaced
    #[arg(long, value_name = "DIR", default_value = "./demo")]
    dir: PathBuf,
    /// Stop at the end of the story instead of serving
    #[arg(long)]
    exit: bool,
    /// The seed of every key and id
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

impl Demo {
    /// Plays the story, then serves what it left until told to stop.
    ///
    /// # Errors
    /// [`Failure`], also when something in the story does not come out as it should.
    pub async fn run(self) -> Result<(), Failure> {
        let ware = Ware::fresh(&self.dir)?;
        let config = configure(&ware, [("server.host", HOST.to_owned())])?;
        println!("Carnet's demo, in {}\n", self.dir.display());
        println!(
            "Seed {}: its keys are not secret. All people and bodies are invented,",
            self.seed
        );
        println!("the communes are real.");
        let (opened, mut stage) = open(&config, self.seed).await?;
        let (Cast { held: funder, .. }, players) = story(&mut stage, &ware).await?;
        opened.close().await;
        if self.exit {
            let file = ware.path(FILE_NAME);
            println!("\nServe it with: carnet serve --config {}", file.display());
            return Ok(());
        }
        let config = configure(&ware, at(free_port()))?;
        log::begin(&config.log)?;
        let signals = Signals::of_server()?;
        let page = demo::router(people::known(players)?, Arc::new(SystemClock));
        let (running, signer) = begin_with(&config, page).await?;
        let host = &config.server.host;
        println!("\nCarnet listens on http://{host}; Ctrl-C stops it. Try:\n");
        println!("  http://{host}/demo      everybody there is, with a button each to sign in\n");
        println!(
            "  curl -H 'Authorization: Bearer {}' http://{host}/api/v1/ledgers/{}/balances\n",
            funder.key.expose_secret(),
            funder.id
        );
        println!("Keys of the other roles: {}", ware.path("api-keys.json").display());
        until_told(running, signer, signals).await
    }
}

/// An instance at the beginning of the story, and the stage that stands on it.
async fn open(config: &Config, seed: u64) -> Result<(Opened, Stage), Failure> {
    let now = SystemClock.now();
    // Whole days only: what is made depends on the seed and the day, not on the hour.
    let midnight = now.millis() - now.millis().rem_euclid(86_400_000);
    let begin = crate::base::clock::Timestamp::from_millis(midnight).plus_seconds(-DAYS * 86_400);
    let clock = Arc::new(ManualClock::new(begin));
    let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(seed));
    Keys::create(&config.keys.dir, entropy.as_ref())?;
    Keys::add_voucher_key(&config.keys.dir, 1, entropy.as_ref())?;
    let opened = Opened::open_with(config, clock.clone(), entropy).await?;
    let stage = Stage::new(opened.instance.clone(), clock, begin)?;
    Ok((opened, stage))
}

/// The story, day by day; each chapter checks what it tells.
async fn story(stage: &mut Stage, ware: &Ware) -> Result<(Cast, Vec<Player>), Failure> {
    let mut cast = cast::gather(stage, ware).await?;
    let mut shelf = books::order_and_print(stage, &cast, ware).await?;
    custody::deliver(stage, &cast, &mut shelf).await?;
    counter::first_weeks(stage, &cast, &mut shelf).await?;
    custody::mishaps(stage, &cast, &mut shelf, ware).await?;
    let first = money::first_settlements(stage, &cast, &mut shelf, ware).await?;
    counter::later_weeks(stage, &cast, &mut shelf).await?;
    money::season_ends(stage, &cast, &shelf).await?;
    money::second_settlement(stage, &mut cast, &first, ware).await?;
    counter::last_days(stage, &cast, &mut shelf).await?;
    let players = people::join_all(stage, &cast, ware).await?;
    proof::count(stage)?;
    proof::check(stage, &cast, ware).await?;
    Ok((cast, players))
}

/// The configuration of the world: its own file and nothing of the environment, which may speak of
/// another instance.
fn configure(
    ware: &Ware,
    overrides: impl IntoIterator<Item = (&'static str, String)>,
) -> Result<Config, Failure> {
    let layers = Layers {
        dir: Some(ware.dir().to_owned()),
        file: Some(ware.path(FILE_NAME)),
        environment: Vec::new(),
        overrides: overrides.into_iter().collect(),
    };
    Ok(layers.load()?)
}

/// How a world is served that nobody else should see: under the name of this machine, because
/// browsers keep a session's cookie without TLS for that alone, and passkeys want a name.
fn at(port: Option<u16>) -> impl Iterator<Item = (&'static str, String)> {
    let keys = |port: u16| {
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        [("server.listen", listen.to_string()), ("server.host", format!("localhost:{port}"))]
    };
    port.map(keys).into_iter().flatten()
}

/// The first port from the usual one on that nobody listens on.
fn free_port() -> Option<u16> {
    PORTS.into_iter().find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
}

/// A failure of the story: what was told has not come out.
fn untrue(what: impl std::fmt::Display) -> Failure {
    Failure::software(format!("the demo did not come out as it should: {what}"))
}

/// Ends the story unless something is so.
fn expect(so: bool, what: impl std::fmt::Display) -> Result<(), Failure> {
    if so { Ok(()) } else { Err(untrue(what)) }
}

/// A path as a person types it.
fn shown(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
