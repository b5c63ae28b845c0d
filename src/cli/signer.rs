//! `carnet signer`: the process that makes codes and signs vouchers, apart from the server.
//!
//! Promises: it listens on the Unix socket of the configuration and nowhere else, and answers only
//! the users that are listed there; SIGTERM and SIGINT stop it. Does not: open a database.

use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};

use super::failure::Failure;
use super::place::Place;
use super::serve::Signals;
use crate::base::clock::SystemClock;
use crate::base::entropy::SystemEntropy;
use crate::server::log;
use crate::server::signer::{Orders, READY, place};
use crate::service::signer::wire::Socket;
use crate::service::signer::{Signing, SigningPlace};

/// Sign vouchers for a server, as another user and without a network.
///
/// It needs `code.key`, the voucher keys and a directory for its record (`[signer]` in the
/// configuration), no database and no log key. A server without `signer.socket` starts its own.
#[derive(Debug, clap::Args)]
pub struct Signer {
    #[command(flatten)]
    place: Place,
    /// Started by a server: orders come by standard input, and its end is the end
    #[arg(long, hide = true)]
    started: bool,
}

impl Signer {
    /// Signs until told to stop.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn run(self) -> Result<(), Failure> {
        if self.started {
            return started().await;
        }
        let config = self.place.load(Vec::new())?;
        let socket = config.signer.socket.clone();
        let path = socket.ok_or_else(|| Failure::config("signer.socket says nowhere to listen"))?;
        log::begin(&config.log)?;
        let mut signals = Signals::new()?;
        let signing = open(&place(&config))?;
        make_dir(&path)?;
        let socket = listen(&path, config.signer.allow_uids.clone()).await?;
        println!("The signer listens on {}", path.display());
        socket.serve(signing, signals.next()).await;
        Ok(())
    }
}

/// Signs for the server that started this process, for as long as it holds the pipe.
async fn started() -> Result<(), Failure> {
    // A terminal's Ctrl-C goes to both: the server still needs what it asked for.
    let _heard = Signals::new()?;
    let mut input = BufReader::new(tokio::io::stdin());
    let mut line = String::new();
    let read = input.read_line(&mut line).await;
    read.map_err(|error| Failure::software(format!("no orders: {error}")))?;
    let orders: Orders = serde_json::from_str(&line)
        .map_err(|error| Failure::usage(format!("only a server starts a signer so: {error}")))?;
    log::begin(&orders.log())?;
    let signing = open(&orders.place)?;
    let socket = listen(&orders.socket, Vec::new()).await?;
    println!("{READY}");
    let ended = async {
        let mut rest = Vec::new();
        let _ = input.read_to_end(&mut rest).await;
    };
    socket.serve(signing, ended).await;
    // A server that was killed left its directory.
    let _ = orders.socket.parent().map(std::fs::remove_dir);
    Ok(())
}

fn open(place: &SigningPlace) -> Result<Arc<Signing>, Failure> {
    let entropy = Arc::new(SystemEntropy::default());
    Ok(Arc::new(Signing::open(place, Arc::new(SystemClock), entropy)?))
}

async fn listen(path: &Path, uids: Vec<u32>) -> Result<Socket, Failure> {
    let failed = |error| Failure::unavailable(format!("{}: {error}", path.display()));
    Socket::bind(path, uids).await.map_err(failed)
}

/// Makes the directory of the socket when nobody did: its user and group enter.
fn make_dir(socket: &Path) -> Result<(), Failure> {
    let Some(dir) = socket.parent().filter(|dir| !dir.exists()) else { return Ok(()) };
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o750).create(dir);
    made.map_err(|error| Failure::unwritten(dir, &error))
}
