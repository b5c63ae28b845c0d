//! `carnet serve`: the API, until told to stop.
//!
//! Promises: with nothing there at all it makes an instance first; SIGTERM and SIGINT stop it in
//! order, a second one at once; SIGHUP reads the certificate again; as long as nobody can sign in
//! it prints a link for the first. Does not: go to the background.

use std::io::IsTerminal as _;

use axum::Router;
use secrecy::ExposeSecret as _;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::failure::Failure;
use super::init::{Founder, create, tell};
use super::place::Place;
use super::restore::{CONSEQUENCE, tell as tell_missing};
use crate::config::Config;
use crate::server::signer::Started;
use crate::server::{Opened, Running, Server, log};
use crate::service::audit::Outside;
use crate::service::people::invite;
use crate::service::restore::missing;

/// Serve the API; in an empty directory, make an instance first.
#[derive(Debug, clap::Args)]
pub struct Serve {
    #[command(flatten)]
    place: Place,
    /// The address and port to listen on [default: server.listen]
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Answer those alone who decide whether an older copy of the database goes on (see `carnet
    /// restore`)
    #[arg(long)]
    held: bool,
}

impl Serve {
    /// Serves until told to stop.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn run(self) -> Result<(), Failure> {
        let overrides = self.listen.map(|listen| ("server.listen", listen));
        let config = self.place.load(overrides.into_iter().collect())?;
        log::begin(&config.log)?;
        if !self.place.has_file() && is_empty(&config) {
            let secret = create(&config, &Founder::unnamed()?, &[]).await?;
            println!("A new instance is in the directory {}\n", config.dir.display());
            tell(&secret);
        }
        let signals = Signals::of_server()?;
        if self.held {
            return hold(&config, signals).await;
        }
        let (running, signer) = begin(&config).await?;
        if let Some(link) = invite::first(running.instance()).await? {
            println!("Nobody can sign in yet. This link, good once, makes the first operator:\n");
            println!("    {}\n", link.address.expose_secret());
        }
        let scheme = if running.speaks_tls() { "https" } else { "http" };
        println!("Carnet listens on {scheme}://{}", running.address);
        until_told(running, signer, signals).await
    }
}

/// Holds the instance until told to stop, for those who decide.
async fn hold(config: &Config, signals: Signals) -> Result<(), Failure> {
    let opened = Opened::open(config).await?;
    let missing = missing(&opened.instance, &Outside::at(&config.audit.checkpoints)).await;
    match &missing {
        Ok(missing) => tell_missing(missing),
        Err(error) => tracing::error!(error = %error, "it is not known what is missing"),
    }
    let running = Server::hold(opened, config).await?;
    println!("\n{CONSEQUENCE}\n");
    println!(
        "Two people decide: one asks with POST /api/v1/losses/acceptance, another approves the \
         proposal.\nThe first line that is written so in the operator's ledger ends the way back: \
         put lines back before.\nThen stop this, and serve without --held."
    );
    println!("Carnet is held, and listens on {}", running.address);
    until_told(running, None, signals).await
}

/// Starts the server, and before it a signer where none has a socket.
async fn begin(config: &Config) -> Result<(Running, Option<Started>), Failure> {
    begin_with(config, Router::new()).await
}

/// The same, with more routes.
pub(super) async fn begin_with(
    config: &Config,
    more: Router,
) -> Result<(Running, Option<Started>), Failure> {
    if config.signer.socket.is_some() {
        let opened = Opened::open(config).await?;
        return Ok((Server::start_with(opened, config, more).await?, None));
    }
    let program = std::env::current_exe();
    let program = program.map_err(|error| Failure::software(format!("no program: {error}")))?;
    let signer = Started::start(config, &program).await?;
    let opened = Opened::open_beside(config, signer.signer().clone()).await;
    let running = match opened {
        Ok(opened) => Server::start_with(opened, config, more).await,
        Err(error) => Err(error),
    };
    match running {
        Ok(running) => Ok((running, Some(signer))),
        Err(error) => {
            signer.stop().await;
            Err(error.into())
        }
    }
}

/// Serves until told to stop, then answers what was asked.
///
/// # Errors
/// [`Failure`], also when it was told twice.
pub(super) async fn until_told(
    running: Running,
    signer: Option<Started>,
    mut signals: Signals,
) -> Result<(), Failure> {
    while signals.heard().await == Heard::Reload {
        match running.reload() {
            Ok(()) => tracing::info!("the certificate was read again"),
            Err(error) => tracing::error!(error = %error, "the old certificate stays"),
        }
    }
    tracing::info!("stopping: what was asked is answered first");
    tokio::select! {
        stopped = running.stop() => stopped?,
        () = signals.next() => return Err(Failure::unavailable("stopped at once, as told")),
    }
    if let Some(signer) = signer {
        signer.stop().await;
    }
    tracing::info!("stopped");
    Ok(())
}

/// Whether nobody made an instance here.
fn is_empty(config: &Config) -> bool {
    let keys = config.keys.dir.join("code.key").exists();
    let file = config.database.url.file().is_some_and(std::path::Path::exists);
    !keys && !file
}

/// The signals that a program is told by; made before it starts, so that none is missed.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Option<Signal>,
}

/// What a signal means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heard {
    Stop,
    Reload,
}

impl Signals {
    /// Those that stop a program.
    pub(super) fn new() -> Result<Self, Failure> {
        let listen = |kind| {
            let failed = |error| Failure::software(format!("cannot listen to signals: {error}"));
            signal(kind).map_err(failed)
        };
        let terminate = listen(SignalKind::terminate())?;
        Ok(Self { terminate, interrupt: listen(SignalKind::interrupt())?, hangup: None })
    }

    /// Those, and SIGHUP: a supervisor means the certificate. A terminal that closes ends what it
    /// started, as ever.
    pub(super) fn of_server() -> Result<Self, Failure> {
        let failed = |error| Failure::software(format!("cannot listen to signals: {error}"));
        let hangup = (!std::io::stdin().is_terminal()).then(|| signal(SignalKind::hangup()));
        Ok(Self { hangup: hangup.transpose().map_err(failed)?, ..Self::new()? })
    }

    async fn heard(&mut self) -> Heard {
        let Self { terminate, interrupt, hangup } = self;
        let hung_up = async {
            match hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = terminate.recv() => Heard::Stop,
            _ = interrupt.recv() => Heard::Stop,
            _ = hung_up => Heard::Reload,
        }
    }

    /// Waits until the program is to stop.
    pub(super) async fn next(&mut self) {
        while self.heard().await == Heard::Reload {}
    }
}
