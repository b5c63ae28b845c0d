//! TLS in the server itself: a certificate and its key, from files.
//!
//! Promises: TLS 1.2 and 1.3 by rustls on ring; the files are read again when asked for, and a pair
//! that cannot be used changes nothing; a key that others can read is refused. Does not: get a
//! certificate (a proxy such as Caddy does).

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::ServerError;
use crate::service::keys::is_private;

/// The certificate that is shown, and where it comes from.
#[derive(Debug)]
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    config: RwLock<Arc<ServerConfig>>,
}

impl Tls {
    /// Reads the files that a configuration names; `None` when it names none.
    ///
    /// # Errors
    /// [`ServerError::Tls`] when it names one only, or they cannot be used.
    pub fn of(certificate: Option<&Path>, key: Option<&Path>) -> Result<Option<Self>, ServerError> {
        match (certificate, key) {
            (None, None) => Ok(None),
            (Some(certificate), Some(key)) => {
                let config = RwLock::new(Arc::new(read(certificate, key)?));
                let (certificate, key) = (certificate.to_owned(), key.to_owned());
                Ok(Some(Self { certificate, key, config }))
            }
            _ => Err(wrong("server.tls_certificate and server.tls_key go together")),
        }
    }

    /// Reads the files again: connections from now on see the new certificate.
    ///
    /// # Errors
    /// [`ServerError::Tls`] when they cannot be used; the old certificate is then shown on.
    pub fn reload(&self) -> Result<(), ServerError> {
        let config = Arc::new(read(&self.certificate, &self.key)?);
        *self.config.write().unwrap_or_else(PoisonError::into_inner) = config;
        Ok(())
    }

    /// Who shakes hands with the next client.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        self.config.read().unwrap_or_else(PoisonError::into_inner).clone().into()
    }
}

fn wrong(why: impl std::fmt::Display) -> ServerError {
    ServerError::Tls(why.to_string())
}

fn read(certificate: &Path, key: &Path) -> Result<ServerConfig, ServerError> {
    let of = |path: &Path, why: &dyn std::fmt::Display| wrong(format!("{}: {why}", path.display()));
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| of(certificate, &error))?;
    if chain.is_empty() {
        return Err(of(certificate, &"there is no certificate in it"));
    }
    let metadata = std::fs::metadata(key).map_err(|error| of(key, &error))?;
    if !is_private(key, &metadata) {
        return Err(of(key, &"it can be read by others: run chmod 600 on it"));
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| of(key, &error))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(wrong)?
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(|error| of(certificate, &error))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
