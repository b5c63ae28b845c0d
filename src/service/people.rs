//! People: invited, joining, signing in, choosing what to be, giving a second factor, going.
//!
//! Promises: what names a person rests in erasable tables; rights are lines of the operator's
//! ledger; every secret that is given out (link, cookie, recovery code) is kept hashed. Does not:
//! know programs (see [`super::sign_in`]), HTTP or cookies.

pub mod breach;
pub mod choose;
pub mod erase;
pub mod factor;
pub mod invite;
pub mod join;
pub mod leave;
pub mod openid;
pub mod passkey;
pub mod password;
pub mod reset;
pub mod session;
mod told;

use data_encoding::HEXLOWER;
use ring::digest;
use secrecy::{ExposeSecret as _, SecretString};

use self::password::Cost;
use crate::base::entropy::{Entropy, bytes};
use crate::base::{base32, host};
use crate::domain::person::Email;
use crate::domain::session::{FactorAsked, Limits};
use crate::service::instance::Instance;
use crate::service::mail::Letter;

/// How an installation wants its people to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choices {
    /// How long sessions last.
    pub limits: Limits,
    /// Of whom a second factor is asked.
    pub factor_asked: FactorAsked,
    /// What a password costs whoever guesses.
    pub cost: Cost,
    /// How long an invitation is good, in seconds.
    pub invitation: i64,
    /// How long a link to choose another password is good, in seconds.
    pub reset: i64,
}

impl Default for Choices {
    fn default() -> Self {
        let (hour, day) = (3600, 86_400);
        let (limits, cost) = (Limits::default(), Cost::default());
        Self { limits, factor_asked: FactorAsked::Money, cost, invitation: 7 * day, reset: hour }
    }
}

/// Sends a letter, when there is mail; gives whether it went out.
pub(super) async fn deliver(instance: &Instance, to: &Email, letter: &Letter) -> bool {
    let Some(post) = &instance.settings.post else { return false };
    let sent = post.send(to, letter).await;
    if let Err(error) = &sent {
        tracing::warn!(error = %error, "a letter was not sent");
    }
    sent.is_ok()
}

/// A new token of 256 random bits: 52 characters.
fn new_token(entropy: &dyn Entropy) -> SecretString {
    SecretString::from(base32::encode(&bytes::<32>(entropy)).to_lowercase())
}

/// What is kept of a token or code.
fn hashed(secret: &SecretString) -> String {
    digested(&["carnet/token/v1", secret.expose_secret()])
}

/// SHA-256 of some texts with a zero byte after each, in hexadecimal.
fn digested(parts: &[&str]) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(part.as_bytes());
        context.update(&[0]);
    }
    HEXLOWER.encode(context.finish().as_ref())
}

/// Whether two texts are the same, in a time that does not say where they differ.
#[must_use]
pub fn same(one: &str, other: &str) -> bool {
    digested(&[one]) == digested(&[other])
}

/// Where pages are: links of this instance begin with it. Plain HTTP on the machine itself only.
#[must_use]
pub fn origin(at: &str) -> String {
    let scheme = if host::is_here(host::name(at)) { "http" } else { "https" };
    format!("{scheme}://{at}")
}
