//! Mail: the letters that people are sent, by SMTP.
//!
//! Promises: TLS as the address says (rustls on ring); a letter that cannot be sent is an error of
//! its sender, not of the request; the log never holds an address or a link. Does not: decide who
//! is written to.

mod words;

use std::sync::Arc;
use std::time::Duration;

use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::base::clock::Timestamp;
use crate::base::host;
use crate::domain::person::Email;

/// How long a mail server may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is written to somebody.
#[derive(Debug, Clone)]
pub enum Letter {
    /// Somebody may join.
    Invitation {
        /// For whom, by name.
        organisation: String,
        /// Where to choose a password.
        link: SecretString,
    },
    /// Somebody who has joined may be something more.
    Granted {
        /// For whom, by name.
        organisation: String,
    },
    /// Somebody may choose another password.
    Reset {
        /// Where.
        link: SecretString,
    },
    /// Somebody proposes another bank account.
    AccountProposed {
        /// Whose, by name.
        organisation: String,
    },
    /// Another bank account was recorded.
    AccountChanged {
        /// Whose, by name.
        organisation: String,
        /// From when on money goes there; at once when there was none before.
        from: Option<Timestamp>,
    },
    /// Somebody's password was changed.
    Changed,
}

/// Why there is no mail, or a letter was not taken.
#[derive(Debug, thiserror::Error)]
#[error("mail: {0}")]
pub struct MailError(String);

/// The mail server of an address, when it is on another machine and spoken to without TLS, or with
/// TLS only when it offers that (who sits between takes the offer away).
#[must_use]
pub fn exposed(server: &SecretString) -> Option<String> {
    let url = Url::parse(server.expose_secret()).ok()?;
    let asks = url.query_pairs().find(|(name, _)| name == "tls");
    let safe = url.scheme() == "smtps" || asks.is_some_and(|(_, value)| value == "required");
    let name = url.host_str().unwrap_or_default();
    (!safe && !host::is_here(name)).then(|| name.to_owned())
}

/// The way out for letters.
#[derive(Clone)]
pub struct Post {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    host: Arc<str>,
}

impl std::fmt::Debug for Post {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The transport knows a password.
        f.debug_struct("Post").field("from", &self.from).finish_non_exhaustive()
    }
}

impl Post {
    /// Letters by the server of an address (`smtps://USER:PASSWORD@HOST`, or
    /// `smtp://HOST:587?tls=required`), from a sender, about an instance at a host.
    ///
    /// # Errors
    /// [`MailError`] when the address or the sender is none. Nothing is connected yet.
    pub fn new(server: &SecretString, from: &str, host: &str) -> Result<Self, MailError> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(server.expose_secret())
            // What is wrong may hold the password.
            .map_err(|_| MailError("mail.smtp is not an address of a mail server".into()))?;
        let wrong =
            |_| MailError("mail.from is not a sender, like Carnet <carnet@example.org>".into());
        Ok(Self {
            transport: builder.timeout(Some(PATIENCE)).build(),
            from: from.parse().map_err(wrong)?,
            host: host.into(),
        })
    }

    /// Connects, signs in and takes leave, without a letter.
    ///
    /// # Errors
    /// [`MailError`] when the server is not there, or does not let this sender in.
    pub async fn connects(&self) -> Result<(), MailError> {
        let tested = tokio::time::timeout(PATIENCE * 2, self.transport.test_connection()).await;
        match tested {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err(MailError("the mail server is not well".to_owned())),
            Ok(Err(error)) => {
                let status = error.status().map(|code| code.to_string());
                Err(MailError(status.unwrap_or_else(|| "no answer".to_owned())))
            }
            Err(_) => Err(MailError("the mail server took too long".to_owned())),
        }
    }

    /// Sends a letter.
    ///
    /// # Errors
    /// [`MailError`] when the server is not there or does not take it.
    pub async fn send(&self, to: &Email, letter: &Letter) -> Result<(), MailError> {
        // Whatever is wrong with an address is not repeated: it would stand in a log.
        let unsent = |_| MailError("the letter cannot be written".to_owned());
        let address = to.as_str().parse().map_err(unsent)?;
        let (subject, text) = words::of(letter, &self.host);
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, address))
            .subject(subject)
            .header(ContentType::TEXT_PLAIN)
            .body(text)
            .map_err(|_| MailError("the letter cannot be written".to_owned()))?;
        let sent = tokio::time::timeout(PATIENCE * 2, self.transport.send(message)).await;
        match sent {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => {
                let status = error.status().map(|code| code.to_string());
                let status = status.unwrap_or_else(|| "no answer".to_owned());
                Err(MailError(format!("the mail server did not take a letter: {status}")))
            }
            Err(_) => Err(MailError("the mail server took too long".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_that_others_could_read_is_known_by_its_address() {
        let exposed = |server: &str| exposed(&SecretString::from(server));
        for safe in [
            "smtps://u:hush@mail.example",
            "smtp://mail.example:587?tls=required",
            "smtp://localhost",
            "smtp://127.0.0.1:25",
            "smtp://[::1]:25?tls=opportunistic",
        ] {
            assert_eq!(exposed(safe), None, "{safe}");
        }
        for open in [
            "smtp://u:hush@mail.example",
            "smtp://mail.example:25?tls=opportunistic",
            "smtp://mail.example?tls=opportunistic&tls=required",
            "smtp://mail.example/?x=tls=required",
        ] {
            assert_eq!(exposed(open).as_deref(), Some("mail.example"), "{open}");
        }
    }
}
