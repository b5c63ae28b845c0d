//! `[abuse]`: how much one caller, or one address, may ask, and how often it may guess.
//!
//! Promises: each rate is one that can be counted, or none (`"0"`). Does not: count (see
//! `domain::quota`).

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::{bounded, minute_of_day};
use crate::base::rate::Rate;

/// `[abuse]`
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct AbuseConfig {
    /// Failed tries to sign in, from an address.
    #[serde(deserialize_with = "rate_or_none")]
    pub sign_ins_per_address: Option<Rate>,
    /// Lookups of bearers, from an address.
    #[serde(deserialize_with = "rate_or_none")]
    pub statuses_per_address: Option<Rate>,
    /// All requests from an address.
    #[serde(deserialize_with = "rate_or_none")]
    pub requests_per_address: Option<Rate>,
    /// Redemptions of a device or person of one venue.
    #[serde(deserialize_with = "rate_or_none")]
    pub redemptions_per_device: Option<Rate>,
    /// Redemptions of a program of several venues.
    #[serde(deserialize_with = "rate_or_none")]
    pub redemptions_per_program: Option<Rate>,
    /// Checks of vouchers, of a caller.
    #[serde(deserialize_with = "rate_or_none")]
    pub checks_per_caller: Option<Rate>,
    /// Requests that pull a ledger out, of a caller.
    #[serde(deserialize_with = "rate_or_none")]
    pub exports_per_caller: Option<Rate>,
    /// Files of printed books, of a caller.
    #[serde(deserialize_with = "rate_or_none")]
    pub prints_per_caller: Option<Rate>,
    /// Every other request, of a caller.
    #[serde(deserialize_with = "rate_or_none")]
    pub requests_per_caller: Option<Rate>,
    /// Unknown typed codes of a caller before it is locked; it is slowed from half of them on.
    #[serde(deserialize_with = "up_to_1000_or_none")]
    pub unknown_codes_per_caller: Option<u32>,
    /// The same for an address.
    #[serde(deserialize_with = "up_to_1000_or_none")]
    pub unknown_codes_per_address: Option<u32>,
    /// When signals are counted each day, in minutes after midnight UTC; `None` for never.
    #[serde(rename = "signals_nightly_utc", deserialize_with = "minute_of_day")]
    pub signals_nightly: Option<u32>,
    /// Minutes for which nothing is tried after that.
    #[serde(deserialize_with = "up_to_a_day")]
    pub unknown_codes_lock_minutes: u32,
}

fn rate_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Rate>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text == "0" {
        return Ok(None);
    }
    let advice = |error| D::Error::custom(format!("{text:?}: {error}, or 0 for no limit"));
    text.parse().map(Some).map_err(advice)
}

fn up_to_1000_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let number = u32::deserialize(deserializer)?;
    match number {
        0 => Ok(None),
        1..=1000 => Ok(Some(number)),
        _ => Err(D::Error::custom(format!("{number} is not from 0 to 1000"))),
    }
}

fn up_to_a_day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    bounded(deserializer, 24 * 60)
}
