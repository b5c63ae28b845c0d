//! The signer of a server: where it is, and the one that a server without any starts for itself.
//!
//! Promises: a signer that is started here listens in a directory that only its user enters, gets
//! its orders over a pipe and not over the command line, is started again when it dies, and ends
//! with the server, even when the server is killed: its pipe is closed then. Does not: read a key
//! that makes vouchers.

use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::{ServerError, told};
use crate::base::clock::SystemClock;
use crate::base::entropy::SystemEntropy;
use crate::config::{Config, LogConfig, LogFormat};
use crate::domain::code::Code;
use crate::domain::refusal::Reason;
use crate::domain::signing::Ceilings;
use crate::service::Instance;
use crate::service::keys::KeysError;
use crate::service::signer::{Signer, Signing, SigningPlace};

/// What a started signer says on its standard output once it listens.
pub const READY: &str = "ready";
/// The shortest and the longest time until a signer that died is started again.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));
/// A signer that lived so long did not die of how it was started.
const SETTLED: Duration = Duration::from_mins(1);
/// How long a signer may take to listen, and to end.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest path of a socket that every system takes.
const SOCKET_PATH: usize = 100;

/// What a signer that is started gets to know, as one line of JSON on its standard input.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Orders {
    /// Its keys, its record and its ceilings.
    pub place: SigningPlace,
    /// Where it listens.
    pub socket: PathBuf,
    /// How much it tells.
    pub log_level: String,
    /// Whether it tells in JSON.
    pub log_json: bool,
}

impl Orders {
    /// How it tells.
    #[must_use]
    pub fn log(&self) -> LogConfig {
        let format = if self.log_json { LogFormat::Json } else { LogFormat::Text };
        LogConfig { format, level: self.log_level.clone() }
    }
}

/// Where a configuration has the signer's things.
#[must_use]
pub fn place(config: &Config) -> SigningPlace {
    let signer = &config.signer;
    let ceilings = Ceilings { vouchers: signer.vouchers_per_day, cents: signer.cents_per_day };
    SigningPlace { keys: signer.keys.clone(), state: signer.state.clone(), ceilings }
}

/// The signer of a command: the one that listens where the configuration says, else this process.
///
/// # Errors
/// [`KeysError`] when this process is to sign and cannot.
pub fn of(config: &Config) -> Result<Signer, KeysError> {
    if let Some(socket) = &config.signer.socket {
        return Ok(Signer::at(socket.clone(), config.signer.timeout));
    }
    let entropy = Arc::new(SystemEntropy::default());
    Ok(Signer::here(Signing::open(&place(config), Arc::new(SystemClock), entropy)?))
}

/// Whether server and signer have keys that belong together. A signer that is away is waited for
/// later: whatever is printed already is redeemed without it.
///
/// # Errors
/// [`ServerError::Signer`] when no typed code of new books would ever be found.
pub(super) async fn fits(instance: &Instance) -> Result<(), ServerError> {
    let state = match instance.signer.state().await {
        Err(error) if error.reason() == Some(Reason::SignerAway) => {
            tracing::warn!("the signer is away: nothing can be issued or printed until it is back");
            return Ok(());
        }
        state => state?,
    };
    let one = Code::from_number(1).map(|one| instance.keys.tag_key().tag(one).stored());
    if one == Some(state.tag_of_one) {
        return Ok(());
    }
    Err(ServerError::Signer("tag.key is not that of the signer's code.key".to_owned()))
}

/// A signer that this process started, and starts again.
#[derive(Debug)]
pub struct Started {
    signer: Signer,
    dir: PathBuf,
    stop: watch::Sender<bool>,
    keeping: JoinHandle<()>,
}

impl Started {
    /// Starts a signer with a program, which is this one, and waits until it listens.
    ///
    /// # Errors
    /// [`ServerError::Signer`] with what the signer said when it ended instead.
    pub async fn start(config: &Config, program: &Path) -> Result<Self, ServerError> {
        let failed = |error: std::io::Error| ServerError::Signer(error.to_string());
        let dir = private_dir().map_err(failed)?;
        let socket = dir.join("signer");
        let mut place = place(config);
        for path in [&mut place.keys, &mut place.state] {
            *path = std::path::absolute(&*path).map_err(failed)?;
        }
        let orders = Orders {
            place,
            socket: socket.clone(),
            log_level: config.log.level.clone(),
            log_json: config.log.format == LogFormat::Json,
        };
        let began = begin(program, &orders).await;
        let began = match began {
            Ok(began) => began,
            Err(why) => {
                let _ = std::fs::remove_dir_all(&dir);
                return Err(ServerError::Signer(why));
            }
        };
        let (stop, stopped) = watch::channel(false);
        let keeping = tokio::spawn(keep(program.to_owned(), orders, began, stopped));
        let signer = Signer::at(socket, config.signer.timeout);
        Ok(Self { signer, dir, stop, keeping })
    }

    /// The way to it, which stays the same when it is started again.
    #[must_use]
    pub const fn signer(&self) -> &Signer {
        &self.signer
    }

    /// Ends it: last of all, after what the server had to answer.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        let _ = self.keeping.await;
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// A new directory that only this user enters, near the root because a socket's path is short.
fn private_dir() -> std::io::Result<PathBuf> {
    let named = |name| std::env::var_os(name).filter(|dir| !dir.is_empty()).map(PathBuf::from);
    let places = [named("RUNTIME_DIRECTORY"), named("XDG_RUNTIME_DIR"), Some(std::env::temp_dir())];
    let mut last = std::io::Error::from(std::io::ErrorKind::NotFound);
    for parent in places.into_iter().flatten().chain([PathBuf::from("/tmp")]) {
        for number in 0..1000 {
            let dir = parent.join(format!("carnet-{}-{number}", std::process::id()));
            if dir.as_os_str().len() > SOCKET_PATH - "/signer".len() {
                break;
            }
            match std::fs::DirBuilder::new().mode(0o700).create(&dir) {
                Ok(()) => return Ok(dir),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => {
                    last = error;
                    break;
                }
            }
        }
    }
    Err(last)
}

/// A signer under way: it ends when its standard input is closed.
struct Began {
    child: Child,
    orders: ChildStdin,
}

/// Starts the program and waits until it says that it listens; else what it said.
async fn begin(program: &Path, orders: &Orders) -> Result<Began, String> {
    let said = |error: std::io::Error| error.to_string();
    let mut command = Command::new(program);
    command.arg("signer").arg("--started").env_clear().current_dir("/").kill_on_drop(true);
    if cfg!(feature = "planted-bugs") {
        let bug = std::env::var_os("CARNET_PLANTED_BUG");
        command.envs(bug.map(|bug| ("CARNET_PLANTED_BUG", bug)));
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(said)?;
    let gone = || "it has no pipes".to_owned();
    let mut input = child.stdin.take().ok_or_else(gone)?;
    let mut output = BufReader::new(child.stdout.take().ok_or_else(gone)?);
    let mut errors = BufReader::new(child.stderr.take().ok_or_else(gone)?);
    let text = serde_json::to_string(orders).map_err(|error| error.to_string())? + "\n";
    let mut line = String::new();
    let ready = async {
        input.write_all(text.as_bytes()).await?;
        output.read_line(&mut line).await
    };
    let ready = tokio::time::timeout(PATIENCE, ready).await;
    if matches!(ready, Ok(Ok(_))) && line.trim_end() == READY {
        tokio::spawn(pass_on(errors));
        return Ok(Began { child, orders: input });
    }
    drop(input);
    let _ = child.start_kill();
    let mut last = String::new();
    while let Ok(1..) = errors
        .read_line({
            line.clear();
            &mut line
        })
        .await
    {
        line.trim().trim_start_matches("carnet: ").clone_into(&mut last);
    }
    let _ = child.wait().await;
    Err(if last.is_empty() { "it ended without a word".to_owned() } else { last })
}

/// Its log goes where the server's does.
async fn pass_on(from: BufReader<impl AsyncRead + Unpin>) {
    let mut lines = from.lines();
    while let Ok(Some(line)) = lines.next_line().await {
        eprintln!("{line}");
    }
}

/// Starts the signer again whenever it dies, until told to stop; then ends it.
async fn keep(program: PathBuf, orders: Orders, first: Began, stopped: watch::Receiver<bool>) {
    let mut stop = std::pin::pin!(told(stopped));
    let mut pause = PAUSES.0;
    let mut running = Some(first);
    loop {
        if let Some(mut began) = running.take() {
            tokio::select! {
                status = settle(&mut began.child, &mut pause) => {
                    tracing::error!(status, "the signer ended; it is started again");
                }
                () = &mut stop => return end(began).await,
            }
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = &mut stop => return,
        }
        pause = PAUSES.1.min(pause * 2);
        match begin(&program, &orders).await {
            Ok(began) => running = Some(began),
            Err(why) => tracing::error!(why, "the signer does not start"),
        }
    }
}

/// Waits until it dies; a long life makes the next pause short again.
async fn settle(child: &mut Child, pause: &mut Duration) -> String {
    let ended = match tokio::time::timeout(SETTLED, child.wait()).await {
        Ok(ended) => ended,
        Err(_) => {
            *pause = PAUSES.0;
            child.wait().await
        }
    };
    ended.map_or_else(|error| error.to_string(), |status| status.to_string())
}

async fn end(began: Began) {
    let Began { mut child, orders } = began;
    drop(orders);
    if tokio::time::timeout(PATIENCE, child.wait()).await.is_err() {
        let _ = child.kill().await;
    }
}
