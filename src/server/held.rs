//! A server that is held: the database lacks what was acknowledged, and only those who decide on
//! that are answered.
//!
//! Promises: no checkpoint is kept, sent or co-signed, nothing is purged or issued meanwhile; what
//! was kept outside the database stays as it is. Does not: begin to serve when it is decided; the
//! next start does.

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;

use super::tls::Tls;
use super::{Opened, Running, Server, ServerError, accept, founded, observe, told};
use crate::config::Config;
use crate::service::audit::{Outside, tails};
use crate::service::restore;
use crate::web::{self, App};

impl Server {
    /// Starts holding an instance that lacks something.
    ///
    /// # Errors
    /// [`ServerError`]; [`ServerError::Unsound`] when nothing is missing, or when the copy does not
    /// hold by itself.
    pub async fn hold(opened: Opened, config: &Config) -> Result<Running, ServerError> {
        let instance = &opened.instance;
        founded(instance).await?;
        let wrong = tails(&instance.database, &instance.keys).await?;
        if !wrong.is_empty() {
            return Err(ServerError::Unsound(wrong.join("\n")));
        }
        if !restore::hold(instance, &Outside::at(&config.audit.checkpoints)).await? {
            let nothing = "nothing that was acknowledged is missing: serve without --held";
            return Err(ServerError::Unsound(nothing.to_owned()));
        }
        let own = (config.server.tls_certificate.as_deref(), config.server.tls_key.as_deref());
        let tls = Tls::of(own.0, own.1)?.map(Arc::new);
        let address = config.server.listen;
        let failed = |error| ServerError::Listen { address, error };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let app = App { instance: instance.clone() };
        let (own, _) = web::routes(app, config.server.request_timeout);
        let (stop, stopped) = watch::channel(false);
        let face = accept::Face {
            router: observe::watched(own),
            limits: config.limits.clone(),
            tls: tls.clone(),
            trusted: config.server.trusted_proxies.clone().into(),
        };
        let accepting = tokio::spawn(accept::run(listener, face, stopped.clone()));
        let guarding = tokio::spawn(told(stopped));
        tracing::warn!(%address, "held: only those who decide are answered");
        let stop_timeout = config.server.stop_timeout;
        Ok(Running { address, opened, tls, stop, accepting, guarding, stop_timeout })
    }
}
