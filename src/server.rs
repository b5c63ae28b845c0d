//! Floor 6: from a configuration to a running server, and back to nothing.
//!
//! Promises: what was asked before the stop is answered, what was handed to the writer is written,
//! and the database is closed last, all within the stop's time. Does not: read the command line.

pub(crate) mod accept;
pub mod doctor;
mod held;
pub mod log;
mod night;
mod observe;
mod outside;
mod settings;
pub mod signer;
pub mod tls;
mod witnesses;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use self::settings::{retention, settings};
use crate::base::clock::{Clock, SystemClock};
use crate::base::entropy::{Entropy, SystemEntropy};
use crate::config::{Config, MailConfig, OpenIdConfig};
use crate::domain::refusal::Reason;
use crate::server::tls::Tls;
use crate::service::keys::{Keys, KeysError};
use crate::service::mail::{MailError, Post};
use crate::service::people::breach::{Breaches, BreachesError};
use crate::service::people::openid::{OpenId, OpenIdError, Provider};
use crate::service::sign_in::uses;
use crate::service::signer::{Signer, Signing};
use crate::service::{Error, Instance, Settings, issue, refused};
use crate::store::{Database, DatabaseOptions, StoreError};
use crate::web::{self, App};

/// How often orders that stand still are looked for.
const RESUME: Duration = Duration::from_secs(5);

/// Why a server does not start or stop.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The keys cannot be used.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The instance cannot be used.
    #[error(transparent)]
    Service(#[from] Error),
    /// The database is not what was acknowledged.
    #[error("{0}")]
    Unsound(String),
    /// The database is empty.
    #[error(
        "there is no operator in the database: run `carnet init`, or say where the instance is"
    )]
    NotFounded,
    /// The system gives no thread for the writer.
    #[error("the writer cannot start: {0}")]
    Runtime(std::io::Error),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        error: std::io::Error,
    },
    /// The mail that is configured cannot be used.
    #[error(transparent)]
    Mail(#[from] MailError),
    /// The provider that is configured cannot be used.
    #[error(transparent)]
    OpenId(#[from] OpenIdError),
    /// A list of stolen passwords that is configured cannot be used.
    #[error(transparent)]
    Breaches(#[from] BreachesError),
    /// A witness that is configured cannot be used.
    #[error("{0}")]
    Witness(String),
    /// The signer does not fit, or does not start.
    #[error("the signer: {0}")]
    Signer(String),
    /// What would go over a network could be read there.
    #[error("{0}")]
    Exposed(String),
    /// The certificate, or its key, cannot be used.
    #[error("{0}")]
    Tls(String),
    /// The stop took longer than it may; what was not answered is unknown to its askers.
    #[error("not everything was answered within {0:?}")]
    StopTimeout(Duration),
}

/// The way out for letters, where one is configured.
fn post(config: &Config) -> Result<Option<Post>, ServerError> {
    let MailConfig { smtp, from, .. } = &config.mail;
    let post = |server| Post::new(server, from, &config.server.host);
    Ok(smtp.as_ref().map(post).transpose()?)
}

/// Where people may sign in too, where a provider is configured.
fn openid(config: &Config) -> Result<Option<Arc<OpenId>>, ServerError> {
    let OpenIdConfig { issuer, client_id, client_secret, scopes, .. } = config.openid.clone();
    if issuer.is_empty() {
        return Ok(None);
    }
    let provider = Provider {
        issuer,
        client_id,
        client_secret,
        scopes,
        trusts_email: config.openid.trusts_email,
        second_factor_acr: config.openid.second_factor_acr.clone(),
    };
    Ok(Some(Arc::new(OpenId::new(provider, &config.server.host)?)))
}

/// The lists of stolen passwords, where any is configured.
fn breaches(config: &Config) -> Result<Option<Arc<Breaches>>, BreachesError> {
    let file = config.passwords.breaches_file.as_ref().map(|file| config.dir.join(file));
    Ok(Breaches::new(&config.passwords.breaches, file.as_deref())?.map(Arc::new))
}

/// Opens the database that a configuration names and brings its schema up to date.
///
/// # Errors
/// [`StoreError`]; [`StoreError::Unfit`] for one that could be anybody's (`database.plain_text`).
pub async fn open_database(config: &Config) -> Result<Database, StoreError> {
    outside::database(config).map_err(|why| StoreError::Unfit(why.to_string()))?;
    let url = config.database.url.reveal().to_owned();
    Database::open(&DatabaseOptions { url, readers: config.database.readers }).await
}

/// An instance with its writer at work; for whoever needs no socket.
#[derive(Debug)]
pub struct Opened {
    /// The instance.
    pub instance: Arc<Instance>,
    stop: watch::Sender<bool>,
    writing: JoinHandle<()>,
}

impl Opened {
    /// Opens what a configuration names, on the machine's own time and chance.
    ///
    /// # Errors
    /// [`ServerError`].
    pub async fn open(config: &Config) -> Result<Self, ServerError> {
        let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy::default()));
        Self::open_with(config, clock, entropy).await
    }

    /// Opens what a configuration names, with a signer that is there already.
    ///
    /// # Errors
    /// [`ServerError`].
    pub async fn open_beside(config: &Config, signer: Signer) -> Result<Self, ServerError> {
        let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy::default()));
        Self::open_all(config, clock, entropy, signer).await
    }

    /// Opens what a configuration names. Where no signer has a socket, this process signs by
    /// itself: it is a command of whoever may read the key files.
    ///
    /// # Errors
    /// [`ServerError`].
    pub async fn open_with(
        config: &Config,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, ServerError> {
        let signer = match &config.signer.socket {
            Some(socket) => Signer::at(socket.clone(), config.signer.timeout),
            None => {
                let place = signer::place(config);
                Signer::here(Signing::open(&place, clock.clone(), entropy.clone())?)
            }
        };
        Self::open_all(config, clock, entropy, signer).await
    }

    async fn open_all(
        config: &Config,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        signer: Signer,
    ) -> Result<Self, ServerError> {
        outside::mail(config).and_then(|()| outside::named(config))?;
        let keys = Arc::new(Keys::load(&config.keys.dir)?);
        let database = open_database(config).await?;
        let (post, openid, breaches) = (post(config)?, openid(config)?, breaches(config)?);
        let settings = Settings { post, openid, breaches, ..settings(config) };
        let (instance, writer) = Instance::new(database, clock, entropy, keys, signer, settings);
        let (stop, stopped) = watch::channel(false);
        let writing = writer.start(told(stopped)).map_err(ServerError::Runtime)?;
        Ok(Self { instance: Arc::new(instance), stop, writing })
    }

    /// Answers every write that was handed in, then closes the database.
    pub async fn close(self) {
        if let Err(error) = refused::keep(&self.instance).await {
            tracing::warn!(error = %error, "what was refused last is not noted");
        }
        if let Err(error) = uses::keep(&self.instance, true).await {
            tracing::warn!(error = %error, "which keys were used last is not written down");
        }
        self.stop.send_replace(true);
        if let Err(error) = self.writing.await {
            tracing::error!(error = %error, "the writer did not end well");
        }
        self.instance.database.close().await;
    }
}

/// Ends when the sender says stop, or is gone.
async fn told(mut stopped: watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stop| *stop).await;
}

/// A server.
#[derive(Debug, Clone, Copy)]
pub struct Server;

impl Server {
    /// Starts what a configuration describes.
    ///
    /// # Errors
    /// [`ServerError`]; the instance must be founded.
    pub async fn start(config: &Config) -> Result<Running, ServerError> {
        Self::start_on(Opened::open(config).await?, config).await
    }

    /// Starts serving an instance that is open.
    ///
    /// # Errors
    /// [`ServerError`]; the instance must be founded.
    pub async fn start_on(opened: Opened, config: &Config) -> Result<Running, ServerError> {
        Self::start_with(opened, config, Router::new()).await
    }

    /// Starts serving an instance that is open, with more routes than the API's: what the bench
    /// compares must stand on the same server.
    ///
    /// # Errors
    /// [`ServerError`]; the instance must be founded.
    pub async fn start_with(
        opened: Opened,
        config: &Config,
        more: Router,
    ) -> Result<Running, ServerError> {
        founded(&opened.instance).await?;
        signer::fits(&opened.instance).await?;
        let guard = night::Guard::sound(&opened.instance, &config.audit).await?;
        let outside = witnesses::listed(&config.witnesses)?;
        let listening = Listening::at(&opened, config, more).await?;
        let Listening { address, tls, accepting, stop, stopped } = listening;
        tokio::spawn(observe::upkeep(told(stopped.clone())));
        witnesses::send(&opened.instance, &config.witnesses, outside, &stopped)?;
        tokio::spawn(resume(opened.instance.clone(), stopped.clone()));
        tokio::spawn(night::note(opened.instance.clone(), stopped.clone()));
        let counting = (opened.instance.clone(), config.abuse.signals_nightly);
        tokio::spawn(night::signals(counting, stopped.clone()));
        let periods = (config.retention.nightly, retention(&config.retention));
        tokio::spawn(night::purge(opened.instance.clone(), periods, stopped.clone()));
        let guarding = tokio::spawn(guard.run(opened.instance.clone(), stopped));
        tracing::info!(%address, host = config.server.host, "listening");
        let stop_timeout = config.server.stop_timeout;
        Ok(Running { address, opened, tls, stop, accepting, guarding, stop_timeout })
    }
}

/// A server that answers, before anything else runs beside it.
struct Listening {
    address: SocketAddr,
    tls: Option<Arc<Tls>>,
    accepting: JoinHandle<()>,
    stop: watch::Sender<bool>,
    stopped: watch::Receiver<bool>,
}

impl Listening {
    /// Listens where a configuration says, unless others could read what is told there.
    async fn at(opened: &Opened, config: &Config, more: Router) -> Result<Self, ServerError> {
        outside::listening(config)?;
        let own = (config.server.tls_certificate.as_deref(), config.server.tls_key.as_deref());
        let tls = Tls::of(own.0, own.1)?.map(Arc::new);
        let address = config.server.listen;
        let failed = |error| ServerError::Listen { address, error };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let app = App { instance: opened.instance.clone() };
        let (own, _) = web::routes(app, config.server.request_timeout);
        let (stop, stopped) = watch::channel(false);
        let face = accept::Face {
            router: observe::watched(own.merge(more)),
            limits: config.limits.clone(),
            tls: tls.clone(),
            trusted: config.server.trusted_proxies.clone().into(),
        };
        let accepting = tokio::spawn(accept::run(listener, face, stopped.clone()));
        Ok(Self { address, tls, accepting, stop, stopped })
    }
}

/// Refuses an instance that nobody made.
async fn founded(instance: &Instance) -> Result<(), ServerError> {
    match instance.operator().await {
        Err(Error::Fault(_)) => Err(ServerError::NotFounded),
        known => Ok(known.map(drop)?),
    }
}

/// Goes on with the orders that were being issued when the server last stopped, and from then on
/// with those that stand still because the signer or the database was away.
async fn resume(instance: Arc<Instance>, stopped: watch::Receiver<bool>) {
    let (mut seen, mut all) = (issue::Unfinished::new(), true);
    let mut stop = std::pin::pin!(told(stopped));
    loop {
        let resumed = tokio::select! {
            resumed = issue::resume(&instance, &mut seen, all) => resumed,
            () = &mut stop => return,
        };
        match resumed {
            Err(error) if !matches!(error.reason(), Some(Reason::Busy | Reason::SignerAway)) => {
                tracing::error!(error = %error, "an order's books could not all be made");
            }
            _ => {}
        }
        all = false;
        if tokio::time::timeout(RESUME, &mut stop).await.is_ok() {
            return;
        }
    }
}

/// A server at work. It stops when this is dropped; [`Running::stop`] waits for the last answer.
#[derive(Debug)]
pub struct Running {
    /// Where it listens; the real port when the configuration said 0.
    pub address: SocketAddr,
    opened: Opened,
    tls: Option<Arc<Tls>>,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
    guarding: JoinHandle<()>,
    stop_timeout: Duration,
}

impl Running {
    /// The instance that is served.
    #[must_use]
    pub const fn instance(&self) -> &Arc<Instance> {
        &self.opened.instance
    }

    /// Whether it speaks TLS itself.
    #[must_use]
    pub const fn speaks_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// Reads the certificate again, where the server speaks TLS itself.
    ///
    /// # Errors
    /// [`ServerError::Tls`]; the old one is then shown on.
    pub fn reload(&self) -> Result<(), ServerError> {
        self.tls.as_ref().map_or(Ok(()), |tls| tls.reload())
    }

    /// Takes no new connection, answers what was asked, writes what was handed in, closes.
    ///
    /// # Errors
    /// [`ServerError::StopTimeout`] when that takes longer than it may.
    pub async fn stop(self) -> Result<(), ServerError> {
        let Self { opened, stop, accepting, guarding, stop_timeout, .. } = self;
        let orderly = async {
            stop.send_replace(true);
            if let Err(error) = accepting.await {
                tracing::error!(error = %error, "accepting did not end well");
            }
            // Keeps the last checkpoints, while the database is still open.
            if let Err(error) = guarding.await {
                tracing::error!(error = %error, "keeping checkpoints did not end well");
            }
            opened.close().await;
        };
        let stopped = tokio::time::timeout(stop_timeout, orderly).await;
        stopped.map_err(|_| ServerError::StopTimeout(stop_timeout))
    }
}
