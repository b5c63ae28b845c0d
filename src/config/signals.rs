//! `[signals]`: from when on what a day looks like is raised to the operator.
//!
//! Promises: every number is at least 1. Does not: count (see `domain::signal`).

use serde::{Deserialize, Deserializer};

use super::bounded;

/// `[signals]`
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct SignalsConfig {
    /// S1: scans that one device may make in a minute.
    #[serde(deserialize_with = "up_to_a_million")]
    pub pace: u32,
    /// S2: vouchers of one book that are a whole book…
    #[serde(deserialize_with = "up_to_a_million")]
    pub whole_book_vouchers: u32,
    /// … within so many minutes…
    #[serde(deserialize_with = "up_to_a_day")]
    pub whole_book_minutes: u32,
    /// … and how many such books.
    #[serde(deserialize_with = "up_to_a_million")]
    pub whole_books: u32,
    /// S3: vouchers at one venue that were just used at another one.
    #[serde(deserialize_with = "up_to_a_million")]
    pub copies: u32,
    /// S4: codes that do not exist…
    #[serde(deserialize_with = "up_to_a_million")]
    pub unknown_codes: u32,
    /// … and more than so many in a hundred.
    #[serde(deserialize_with = "up_to_a_hundred")]
    pub unknown_codes_percent: u32,
    /// S5: how many in a hundred of its capacity a venue may redeem.
    #[serde(deserialize_with = "up_to_a_million")]
    pub capacity_percent: u32,
    /// S6: books below which nothing is said of a worker.
    #[serde(deserialize_with = "up_to_a_million")]
    pub steering_books: u32,
    /// S7: scans outside opening hours on a day…
    #[serde(deserialize_with = "up_to_a_million")]
    pub after_hours_vouchers: u32,
    /// … on so many days of four weeks…
    #[serde(deserialize_with = "up_to_four_weeks")]
    pub after_hours_days: u32,
    /// … and how many minutes beside the hours are nothing.
    #[serde(deserialize_with = "up_to_half_a_day")]
    pub after_hours_margin_minutes: u16,
    /// S8: minutes after which a scan was offline…
    #[serde(deserialize_with = "up_to_a_day")]
    pub offline_minutes: u32,
    /// … and scans below which nothing is said.
    #[serde(deserialize_with = "up_to_a_million")]
    pub offline_scans: u32,
    /// S9: minutes by which a clock may be ahead…
    #[serde(deserialize_with = "up_to_a_day")]
    pub clock_ahead_minutes: u32,
    /// … and in how many scans it is not.
    #[serde(deserialize_with = "up_to_a_million")]
    pub clock_ahead_scans: u32,
    /// S10: books that are spent while they lie in a stock.
    #[serde(deserialize_with = "up_to_a_million")]
    pub from_stock_books: u32,
}

fn up_to_a_million<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    bounded(deserializer, 1_000_000)
}

fn up_to_a_hundred<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    bounded(deserializer, 100)
}

fn up_to_a_day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    bounded(deserializer, 24 * 60)
}

fn up_to_four_weeks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    bounded(deserializer, 28)
}

fn up_to_half_a_day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    let minutes = bounded(deserializer, 12 * 60)?;
    Ok(u16::try_from(minutes).expect("half a day has 720 minutes"))
}
