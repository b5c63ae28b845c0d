//! `[retention]`: how long what is nobody's proof is kept.
//!
//! Promises: every period is at least a day, and what accounts need is kept as long as the law
//! says. Does not: take anything away (see `service::purge`).

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::{bounded, minute_of_day};

/// `[retention]`
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct RetentionConfig {
    /// When the purge runs each day, in minutes after midnight UTC; `None` for never.
    #[serde(rename = "nightly_utc", deserialize_with = "minute_of_day")]
    pub nightly: Option<u32>,
    /// Days for which failed attempts to sign in are kept.
    #[serde(deserialize_with = "up_to_ten_years")]
    pub attempts_days: u32,
    /// Days for which it is noted what was refused.
    #[serde(deserialize_with = "up_to_ten_years")]
    pub refused_attempts_days: u32,
    /// Days for which signals are kept.
    #[serde(deserialize_with = "up_to_ten_years")]
    pub signals_days: u32,
    /// Days after which who left is forgotten.
    #[serde(deserialize_with = "up_to_ten_years")]
    pub people_days: u32,
    /// Years after the year that last needed them for which payment files, accounts that were
    /// replaced or are idle, and replaced logos are kept.
    #[serde(deserialize_with = "from_10_to_100")]
    pub accounting_years: u32,
}

fn from_10_to_100<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    match bounded(deserializer, 100)? {
        years @ 10.. => Ok(years),
        years => Err(D::Error::custom(format!("{years} is not from 10 to 100"))),
    }
}

fn up_to_ten_years<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    bounded(deserializer, 3660)
}
