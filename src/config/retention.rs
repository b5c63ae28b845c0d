//! `[retention]`: how long what is nobody's proof is kept.
//!
//! Promises: every period is at least a day. Does not: take anything away (see `service::purge`).

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
}

fn up_to_ten_years<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    bounded(deserializer, 3660)
}
