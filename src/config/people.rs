//! `[people]` and `[mail]`: how people sign in, and how they are written to.
//!
//! Promises: every number is within bounds in which the rest makes sense; `Debug` shows no
//! password. Does not: know sessions or letters.

use secrecy::{ExposeSecret as _, SecretString};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::bounded;

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

/// `[mail]`
#[derive(Debug, Clone, Deserialize)]
pub struct MailConfig {
    /// The server, with its password; `None` when there is none.
    #[serde(deserialize_with = "server")]
    pub smtp: Option<SecretString>,
    /// Who letters come from.
    pub from: String,
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
