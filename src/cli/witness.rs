//! `carnet witness`: follow ledgers of others, and co-sign that they only grow.
//!
//! Promises: a ledger is believed under the key that was given for it on this machine, never under
//! one that it brings; exit code 0 when everything held, 1 after an alarm, 2 when a ledger could
//! not be looked at; SIGTERM and SIGINT stop it in order. Does not: need an instance or its keys.

mod keygen;
mod ledgers;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Subcommand;
use futures_util::StreamExt as _;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::failure::Failure;
use super::serve::Signals;
use crate::base::clock::SystemClock;
use crate::config::{LimitsConfig, LogConfig, LogFormat};
use crate::domain::ledger::checkpoint::VerifierKey;
use crate::server::accept::{self, Face};
use crate::server::log;
use crate::service::http::{Address, Client};
use crate::service::witness::{Followed, MemoryError, Outcome, Witness as Witnessing};
use crate::web::witness::routes;

/// How many ledgers are asked at the same time.
const AT_ONCE: usize = 8;

/// Follow ledgers of others, and co-sign that they only grow.
///
/// Each ledger is asked for its newest checkpoint and for the proof that it begins with the one of
/// before. What holds is remembered, then co-signed (C2SP tlog-cosignature). What does not is an
/// alarm, and both checkpoints are kept as evidence.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Witness {
    #[command(subcommand)]
    make: Option<Make>,
    /// A ledger, like `https://pass.example.org/ledger/funder_…`
    #[arg(long = "ledger", value_name = "URL")]
    addresses: Vec<Address>,
    /// The verifier key of a ledger, which you got from its operator or funder by another way than
    /// this network; it names the ledger, so the order does not matter
    #[arg(long, value_name = "VKEY")]
    vkey: Vec<VerifierKey>,
    /// A TOML file of ledgers, each as `[[ledger]]` with `vkey` and, if it is to be asked, `url`
    #[arg(long, value_name = "FILE")]
    ledgers: Option<PathBuf>,
    /// Where it remembers; lost, the witness has seen nothing
    #[arg(long, value_name = "DIR", required = true)]
    state: Option<PathBuf>,
    /// The key that it co-signs with, made by `carnet witness keygen`
    #[arg(long, value_name = "FILE", required = true)]
    key: Option<PathBuf>,
    /// Look at each ledger once, then stop
    #[arg(long, conflicts_with_all = ["every", "listen"])]
    once: bool,
    /// How often to look, like 30s, 5m or 1h
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration)]
    every: Duration,
    /// Also take checkpoints that logs send in, at ADDR/add-checkpoint (C2SP tlog-witness)
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
}

#[derive(Debug, Subcommand)]
enum Make {
    /// Make the key that a witness co-signs with, and print its public half
    Keygen(keygen::Keygen),
}

/// A time as people write it: a number and s, m or h.
fn duration(text: &str) -> Result<Duration, String> {
    let advice = || "write it like 30s, 5m or 1h".to_owned();
    let unit = text.chars().last().ok_or_else(advice)?;
    let unit_seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        _ => return Err(advice()),
    };
    let number: u64 = text[..text.len() - 1].parse().map_err(|_| advice())?;
    match number.checked_mul(unit_seconds) {
        Some(seconds @ 1..=86_400) => Ok(Duration::from_secs(seconds)),
        _ => Err("from 1s to 24h".to_owned()),
    }
}

/// What was seen so far, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Seen {
    Holds,
    Unseen,
    Alarm,
}

impl Seen {
    /// As `carnet verify` and `carnet audit` say it.
    fn exit_code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Holds => 0,
            Self::Alarm => 1,
            Self::Unseen => 2,
        })
    }
}

/// What is told of a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Telling {
    All,
    News,
}

impl Witness {
    /// Follows until told to stop.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn run(self) -> Result<ExitCode, Failure> {
        if let Some(Make::Keygen(keygen)) = self.make {
            return keygen.run().map(|()| ExitCode::SUCCESS);
        }
        let missing = || Failure::usage("--state and --key are needed");
        let (state, key) = (self.state.ok_or_else(missing)?, self.key.ok_or_else(missing)?);
        let listed = self.ledgers.as_deref().map(ledgers::read).transpose()?;
        let followed = ledgers::matched(self.addresses, self.vkey, listed.unwrap_or_default())?;
        if self.listen.is_none() && followed.iter().all(|it| it.address.is_none()) {
            return Err(Failure::usage(
                "there is no ledger to follow: give --ledger with --vkey, or --ledgers",
            ));
        }
        log::begin(&LogConfig { format: LogFormat::Text, level: "warn".to_owned() })?;
        let cosigner = keygen::read(&key)?;
        let signals = Signals::new()?;
        let witness = Witnessing::open(cosigner, Arc::new(SystemClock), followed, &state)?;
        let witness = Arc::new(witness);
        let no_roots = |error| Failure::unavailable(format!("no certificates to trust: {error}"));
        let client = Client::new().map_err(no_roots)?;
        if self.once {
            let seen = round(&witness, &client, Telling::All).await?;
            return Ok(seen.exit_code());
        }
        let (stop, stopped) = watch::channel(false);
        let listening = match self.listen {
            Some(address) => Some(listen(address, &witness, stopped).await?),
            None => None,
        };
        let seen = follow(&witness, &client, self.every, signals).await?;
        stop.send_replace(true);
        if let Some(listening) = listening {
            let _ = listening.await;
        }
        // What could not be seen may have been seen later: only an alarm is for ever.
        let alarm = seen == Seen::Alarm || witness.saw_a_fork();
        Ok(if alarm { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }
}

/// Looks again and again until told to stop, and gives the worst that it saw.
async fn follow(
    witness: &Arc<Witnessing>,
    client: &Client,
    every: Duration,
    mut signals: Signals,
) -> Result<Seen, Failure> {
    let (mut worst, mut telling) = (Seen::Holds, Telling::All);
    loop {
        tokio::select! {
            seen = round(witness, client, telling) => worst = worst.max(seen?),
            () = signals.next() => return Ok(worst),
        }
        telling = Telling::News;
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            () = signals.next() => return Ok(worst),
        }
    }
}

/// Looks at each ledger once.
async fn round(
    witness: &Arc<Witnessing>,
    client: &Client,
    telling: Telling,
) -> Result<Seen, Failure> {
    let asked: Vec<Followed> = witness.asked().cloned().collect();
    let looks = futures_util::stream::iter(asked).map(|followed| async move {
        let outcome = witness.follow(client, &followed).await;
        (followed, outcome)
    });
    let mut looks = looks.buffer_unordered(AT_ONCE);
    let mut worst = Seen::Holds;
    while let Some((followed, outcome)) = looks.next().await {
        worst = worst.max(tell(&followed, &outcome?, telling));
    }
    Ok(worst)
}

/// Says what became of one ledger.
fn tell(followed: &Followed, outcome: &Outcome, telling: Telling) -> Seen {
    let origin = followed.key.origin();
    match outcome {
        Outcome::Same { .. } if telling == Telling::News => Seen::Holds,
        Outcome::Same { size } => {
            println!("{origin}: holds, {size} lines as before");
            Seen::Holds
        }
        Outcome::Grown { from: Some(from), to, file } => {
            println!("{origin}: holds, {from} lines grew to {to}; co-signed: {}", file.display());
            Seen::Holds
        }
        Outcome::Grown { from: None, to, file } => {
            let file = file.display();
            println!("{origin}: seen for the first time, with {to} lines; co-signed: {file}");
            Seen::Holds
        }
        Outcome::Unseen(why) => {
            eprintln!("carnet: {origin}: could not be looked at: {why}");
            Seen::Unseen
        }
        Outcome::Alarm { objection, evidence } => {
            let evidence = evidence.as_ref().map_or_else(
                || "there is too much evidence to keep more".to_owned(),
                |path| format!("evidence: {}", path.display()),
            );
            eprintln!("carnet: ALARM: {origin}: {objection}; nothing was co-signed; {evidence}");
            Seen::Alarm
        }
    }
}

/// Takes checkpoints that logs send in, until told to stop.
async fn listen(
    address: SocketAddr,
    witness: &Arc<Witnessing>,
    stopped: watch::Receiver<bool>,
) -> Result<tokio::task::JoinHandle<()>, Failure> {
    let failed = |error| Failure::unavailable(format!("cannot listen on {address}: {error}"));
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    println!("The witness listens on http://{address}");
    let limits = LimitsConfig { connections: 1024, idle: Duration::from_mins(1) };
    Ok(tokio::spawn(accept::run(listener, Face::plain(routes(witness.clone()), limits), stopped)))
}

impl From<MemoryError> for Failure {
    fn from(error: MemoryError) -> Self {
        match error {
            MemoryError::File { .. } => Self::cannot_create(error.to_string()),
            MemoryError::Foreign { .. } => Self::data(error.to_string()),
            MemoryError::Busy(_) | MemoryError::Stopped(_) => Self::unavailable(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_a_unit() {
        let seconds = |text| duration(text).map(|time| time.as_secs()).ok();
        assert_eq!(
            [seconds("1s"), seconds("5m"), seconds("24h")],
            [Some(1), Some(300), Some(86_400)]
        );
        for bad in ["", "s", "60", "0s", "25h", "1d", "-1s", "1.5s", "1 s", "1ss", "é"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }
}
