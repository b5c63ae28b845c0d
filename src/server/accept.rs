//! Accepting connections, and letting them go.
//!
//! Promises: small answers leave at once (`TCP_NODELAY`); a connection that is idle or slow to ask
//! is closed; each request says from which address it came; after the stop the socket is closed and
//! each connection ends after its answer. Does not: speak TLS (a reverse proxy does).

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

use super::told;
use crate::config::LimitsConfig;
use crate::web::cookie::Peer;

/// How long to wait when the system has no more connections to give.
const PAUSE: Duration = Duration::from_millis(50);

/// Serves until told to stop, and until the last connection is done.
pub(crate) async fn run(
    listener: TcpListener,
    router: Router,
    limits: LimitsConfig,
    stopped: watch::Receiver<bool>,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.idle);
    let open = Arc::new(Semaphore::new(usize::try_from(limits.connections).unwrap_or(1)));
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(told(stopped));
    loop {
        let next = async {
            let place = open.clone().acquire_owned().await;
            (place, accepted(&listener).await)
        };
        let (place, (stream, peer)) = tokio::select! {
            next = next => next,
            () = &mut stop => break,
        };
        let service = Named { router: TowerToHyperService::new(router.clone()), peer };
        let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            // A client that went away is no news.
            let _ = connection.await;
            drop(place);
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

/// The routes, as asked from one address.
struct Named {
    router: TowerToHyperService<Router>,
    peer: Peer,
}

impl Service<Request<Incoming>> for Named {
    type Response = <TowerToHyperService<Router> as Service<Request<Incoming>>>::Response;
    type Error = <TowerToHyperService<Router> as Service<Request<Incoming>>>::Error;
    type Future = <TowerToHyperService<Router> as Service<Request<Incoming>>>::Future;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(self.peer);
        self.router.call(request)
    }
}

async fn accepted(listener: &TcpListener) -> (TcpStream, Peer) {
    loop {
        match listener.accept().await {
            Ok((stream, address)) => {
                let _ = stream.set_nodelay(true);
                return (stream, Peer(address.ip()));
            }
            Err(error) => {
                tracing::warn!(error = %error, "a connection was not accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}
