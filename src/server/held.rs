//! A server that is held: the database lacks what was acknowledged, and only those who decide on
//! that are answered.
//!
//! Promises: no checkpoint is kept, sent or co-signed, nothing is purged or issued meanwhile; what
//! was kept outside the database stays as it is. Does not: begin to serve when it is decided; the
//! next start does.

use axum::Router;

use super::{Listening, Opened, Running, Server, ServerError, founded, told};
use crate::config::Config;
use crate::service::audit::{Outside, tails};
use crate::service::restore;

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
        let listening = Listening::at(&opened, config, Router::new()).await?;
        let Listening { address, tls, accepting, stop, stopped } = listening;
        let guarding = tokio::spawn(told(stopped));
        tracing::warn!(%address, "held: only those who decide are answered");
        let stop_timeout = config.server.stop_timeout;
        Ok(Running { address, opened, tls, stop, accepting, guarding, stop_timeout })
    }
}
