//! What goes over a network: encrypted, and with whoever it should be, or not at all.
//!
//! Promises: one sentence for each way that others could read, with the key that says otherwise;
//! sockets and this machine's own addresses are free. Does not: connect anywhere, or look at
//! certificates (whoever connects does).

use std::fmt;

use url::Url;

use super::ServerError;
use crate::base::host;
use crate::config::Config;
use crate::domain::diagnosis::Diagnosis;
use crate::service::mail as letters;
use crate::store::database::outside::exposed;

/// A way that others could read, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Exposed {
    finding: String,
    mend: &'static str,
}

impl fmt::Display for Exposed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.finding, self.mend)
    }
}

impl From<Exposed> for ServerError {
    fn from(exposed: Exposed) -> Self {
        Self::Exposed(exposed.to_string())
    }
}

impl Exposed {
    /// As the doctor says it.
    pub(super) fn diagnosed(self, check: &'static str) -> Diagnosis {
        Diagnosis::fail(check, self.finding, self.mend)
    }
}

/// Why the database is not asked.
pub(super) fn database(config: &Config) -> Result<(), Exposed> {
    let host = exposed(config.database.url.reveal()).filter(|_| !config.database.plain_text);
    let Some(host) = host else { return Ok(()) };
    let mend = "put ?sslmode=verify-full behind database.url (and &sslrootcert=FILE for an \
                authority of your own), or say database.plain_text = true";
    Err(Exposed { finding: format!("the database on {host} could be anybody"), mend })
}

/// Why no letter is sent.
pub(super) fn mail(config: &Config) -> Result<(), Exposed> {
    let host = config.mail.smtp.as_ref().and_then(letters::exposed);
    let Some(host) = host.filter(|_| !config.mail.plain_text) else { return Ok(()) };
    let mend = "write smtps://USER:PASSWORD@HOST or smtp://HOST:587?tls=required into mail.smtp, \
                or say mail.plain_text = true";
    Err(Exposed { finding: format!("letters to {host} could be read on the way"), mend })
}

/// Why nobody is listened to.
pub(super) fn listening(config: &Config) -> Result<(), Exposed> {
    let server = &config.server;
    let closed = server.listen.ip().to_canonical().is_loopback();
    if server.plain_text || closed || server.tls_certificate.is_some() {
        return Ok(());
    }
    let mend = "give server.tls_certificate and server.tls_key, listen on 127.0.0.1 behind a \
                proxy (deploy/Caddyfile), or say server.plain_text = true";
    Err(Exposed {
        finding: format!("what {} is told could be read on the way", server.listen),
        mend,
    })
}

/// Why a provider or a witness is not asked: TLS is all that they are asked by.
pub(super) fn named(config: &Config) -> Result<(), Exposed> {
    let witnesses = config.witnesses.list.iter().map(|witness| ("witnesses.list", &witness.url));
    let own = [
        ("openid.issuer", &config.openid.issuer),
        ("passwords.breaches", &config.passwords.breaches),
    ];
    let mut all = own.into_iter().chain(witnesses);
    let Some((key, url)) = all.find(|(_, url)| is_plain(url)) else { return Ok(()) };
    let finding = format!("{key}: {url} could be anybody");
    Err(Exposed { finding, mend: "write an address that begins with https://" })
}

/// Whether an address is of HTTP without TLS, on another machine. What is no address is refused by
/// whoever uses it.
fn is_plain(url: &str) -> bool {
    let url = Url::parse(url).ok();
    url.is_some_and(|url| url.scheme() == "http" && !url.host_str().is_some_and(host::is_here))
}
