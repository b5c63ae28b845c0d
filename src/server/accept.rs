//! Accepting connections, and letting them go.
//!
//! Promises: small answers leave at once (`TCP_NODELAY`); a connection that is idle, slow to ask or
//! slow to shake hands is closed; each request knows its peer; after the stop the socket is closed
//! and each connection ends after its answer. Does not: answer anything itself.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

use super::tls::Tls;
use super::told;
use crate::config::{LimitsConfig, Network};
use crate::web::peer::Peer;

/// How long to wait when the system has no more connections to give.
const PAUSE: Duration = Duration::from_millis(50);

/// What is served, and how.
#[derive(Clone)]
pub(crate) struct Face {
    /// The routes.
    pub(crate) router: Router,
    /// What is too much.
    pub(crate) limits: LimitsConfig,
    /// The certificate, where the server speaks TLS itself.
    pub(crate) tls: Option<Arc<Tls>>,
    /// The proxies that are believed.
    pub(crate) trusted: Arc<[Network]>,
}

impl Face {
    /// Routes without TLS, with nobody in front that is believed.
    pub(crate) fn plain(router: Router, limits: LimitsConfig) -> Self {
        Self { router, limits, tls: None, trusted: Arc::new([]) }
    }
}

/// Serves until told to stop, and until the last connection is done.
pub(crate) async fn run(listener: TcpListener, face: Face, stopped: watch::Receiver<bool>) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(face.limits.idle);
    let open = Arc::new(Semaphore::new(usize::try_from(face.limits.connections).unwrap_or(1)));
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(told(stopped.clone()));
    loop {
        let next = async {
            let place = open.clone().acquire_owned().await;
            (place, accepted(&listener).await)
        };
        let (place, (stream, from)) = tokio::select! {
            next = next => next,
            () = &mut stop => break,
        };
        let (face, http, watcher) = (face.clone(), http.clone(), graceful.watcher());
        let stopped = stopped.clone();
        tokio::spawn(async move {
            // A client that went away is no news.
            match &face.tls {
                None => converse(&http, &face, stream, from, watcher).await,
                Some(tls) => {
                    let shaken = tokio::select! {
                        shaken = tokio::time::timeout(
                            face.limits.idle,
                            tls.acceptor().accept(stream),
                        ) => shaken,
                        () = told(stopped) => return,
                    };
                    if let Ok(Ok(stream)) = shaken {
                        converse(&http, &face, stream, from, watcher).await;
                    }
                }
            }
            drop(place);
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

/// Answers on one connection until it ends, or after its answer once the server stops.
async fn converse(
    http: &http1::Builder,
    face: &Face,
    stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
    from: IpAddr,
    watcher: hyper_util::server::graceful::Watcher,
) {
    let inner = TowerToHyperService::new(face.router.clone());
    let tls = face.tls.is_some();
    let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        let peer = Peer::of(from, tls, request.headers(), &face.trusted);
        request.extensions_mut().insert(peer);
        inner.call(request)
    });
    let _ = watcher.watch(http.serve_connection(TokioIo::new(stream), service)).await;
}

async fn accepted(listener: &TcpListener) -> (TcpStream, IpAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, from)) => {
                let _ = stream.set_nodelay(true);
                return (stream, from.ip());
            }
            Err(error) => {
                tracing::warn!(error = %error, "a connection was not accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}
