//! `[people]`, `[passwords]`, `[two_people]`, `[mail]` and `[openid]`: how people sign in, what two
//! of them decide, and how they are written to.
//!
//! Promises: every number is within bounds in which the rest makes sense; `Debug` shows no
//! password. Does not: know sessions or letters.

use std::path::PathBuf;

use secrecy::{ExposeSecret as _, SecretString};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::bounded;
use super::sections::{not_negative, path_or_none};

/// `[people]`
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct PeopleConfig {
    /// Minutes without a request after which a session is over.
    #[serde(deserialize_with = "up_to_a_day")]
    pub idle_minutes: u32,
    /// Hours after which it is over in any case.
    #[serde(deserialize_with = "up_to_1000")]
    pub longest_hours: u32,
    /// Hours without a request, at a counter.
    #[serde(deserialize_with = "up_to_1000")]
    pub counter_idle_hours: u32,
    /// Days in any case, at a counter.
    #[serde(deserialize_with = "up_to_1000")]
    pub counter_longest_days: u32,
    /// Minutes for which a second factor is good for money, keys and rights.
    #[serde(deserialize_with = "up_to_a_day")]
    pub fresh_factor_minutes: u32,
    /// Of whom a second factor is asked.
    pub second_factor: SecondFactor,
    /// Days for which an invitation is good.
    #[serde(deserialize_with = "up_to_1000")]
    pub invitation_days: u32,
    /// Minutes for which a link to choose another password is good.
    #[serde(deserialize_with = "up_to_a_day")]
    pub reset_minutes: u32,
    /// Memory that a password costs, in KiB; argon2 needs 8.
    #[serde(deserialize_with = "from_8_to_a_gib")]
    pub password_memory_kib: u32,
    /// Passes over that memory.
    #[serde(deserialize_with = "up_to_1000")]
    pub password_passes: u32,
    /// Passwords that are looked at at the same time.
    #[serde(deserialize_with = "up_to_1000")]
    pub passwords_at_once: u32,
}

/// Of whom a second factor is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecondFactor {
    /// Of who touches money or keys.
    Money,
    /// Of everyone.
    Everyone,
}

/// `[passwords]`
#[derive(Debug, Clone, Deserialize)]
pub struct PasswordsConfig {
    /// A service that knows stolen passwords by their hashes; empty for none.
    pub breaches: String,
    /// A file of such hashes.
    #[serde(deserialize_with = "path_or_none")]
    pub breaches_file: Option<PathBuf>,
}

/// `[two_people]`
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct TwoPeopleConfig {
    /// An order worth more is activated by two, in cents.
    #[serde(deserialize_with = "not_negative")]
    pub order_cents: i64,
    /// More vouchers at once are voided by two.
    #[serde(deserialize_with = "not_negative")]
    pub vouchers: i64,
    /// Hours that a changed bank account waits before money goes there.
    #[serde(deserialize_with = "up_to_1000")]
    pub bank_account_hours: u32,
    /// Days that a proposal waits.
    #[serde(deserialize_with = "up_to_1000")]
    pub proposal_days: u32,
}

/// `[mail]`
#[derive(Debug, Clone, Deserialize)]
pub struct MailConfig {
    /// The server, with its password; `None` when there is none.
    #[serde(deserialize_with = "server")]
    pub smtp: Option<SecretString>,
    /// Whether they may go over a network without TLS.
    pub plain_text: bool,
    /// Who letters come from.
    pub from: String,
}

/// `[openid]`
#[derive(Debug, Clone, Deserialize)]
pub struct OpenIdConfig {
    /// The provider; empty for none.
    pub issuer: String,
    /// Who we are there.
    pub client_id: String,
    /// How we prove it.
    #[serde(deserialize_with = "secret")]
    pub client_secret: SecretString,
    /// What it is asked for, beside `openid`.
    pub scopes: Vec<String>,
    /// Whether its word is enough that an address is the person's.
    pub trusts_email: bool,
    /// Classes in which it asked for a second factor.
    pub second_factor_acr: Vec<String>,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}

fn server<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    let text = SecretString::from(String::deserialize(deserializer)?);
    let address = text.expose_secret();
    if address.is_empty() {
        return Ok(None);
    }
    if address.starts_with("smtp://") || address.starts_with("smtps://") {
        return Ok(Some(text));
    }
    Err(D::Error::custom("write smtps://USER:PASSWORD@HOST or smtp://HOST:587?tls=required"))
}

fn up_to_1000<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    bounded(deserializer, 1000)
}

fn up_to_a_day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    bounded(deserializer, 24 * 60)
}

fn from_8_to_a_gib<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    bounded(deserializer, 1024 * 1024).map(|kib| kib.max(8))
}
