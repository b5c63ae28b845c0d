//! A rate: so many in a while, written `60/min`, `5/15min`, `30/h` or `100/d`.
//!
//! Promises: at least 1, at most a million, in at most 31 days, so that sums of them in
//! microseconds stay far from the end of 64 bits. Does not: count (see `domain::quota`).

use std::fmt;
use std::str::FromStr;

/// So many in a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    count: u32,
    seconds: u32,
}

/// What was given is no rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a rate; write it like 60/min, 5/15min, 30/h or 100/d")]
pub struct RateError;

/// The most of one rate.
const MOST: u32 = 1_000_000;
/// The longest while, in seconds.
const LONGEST: u32 = 31 * 86_400;
/// The units, with their seconds.
const UNITS: [(&str, u32); 4] = [("s", 1), ("min", 60), ("h", 3600), ("d", 86_400)];

impl Rate {
    /// A rate.
    ///
    /// # Errors
    /// [`RateError`] when either is 0 or too much.
    pub const fn new(count: u32, seconds: u32) -> Result<Self, RateError> {
        if count == 0 || count > MOST || seconds == 0 || seconds > LONGEST {
            return Err(RateError);
        }
        Ok(Self { count, seconds })
    }

    /// How many.
    #[must_use]
    pub const fn count(self) -> u32 {
        self.count
    }

    /// In how many seconds.
    #[must_use]
    pub const fn seconds(self) -> u32 {
        self.seconds
    }
}

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, RateError> {
        let (count, span) = text.split_once('/').ok_or(RateError)?;
        let unit_at = span.find(|c: char| c.is_ascii_alphabetic()).ok_or(RateError)?;
        let (number, unit) = span.split_at(unit_at);
        let digits = |text: &str| {
            let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<u32>().ok().filter(|_| plain).ok_or(RateError)
        };
        let number = if number.is_empty() { 1 } else { digits(number)? };
        let (_, unit) = UNITS.iter().find(|(name, _)| *name == unit).ok_or(RateError)?;
        Self::new(digits(count)?, number.checked_mul(*unit).ok_or(RateError)?)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = |(_, unit): &&(&str, u32)| self.seconds.is_multiple_of(*unit);
        let (name, unit) = UNITS.iter().rev().find(whole).unwrap_or(&UNITS[0]);
        match self.seconds / unit {
            1 => write!(f, "{}/{name}", self.count),
            number => write!(f, "{}/{number}{name}", self.count),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_reads_as_it_is_written() {
        for (text, count, seconds) in
            [("60/min", 60, 60), ("5/15min", 5, 900), ("30/h", 30, 3600), ("1/s", 1, 1)]
        {
            let rate: Rate = text.parse().unwrap();
            assert_eq!((rate.count(), rate.seconds()), (count, seconds));
            assert_eq!(rate.to_string(), text);
        }
        assert_eq!("100/24h".parse::<Rate>().unwrap().to_string(), "100/d");
        for bad in ["", "60", "0/min", "60/", "60/0min", "60/month", "-1/min", "60/+1min", "1/40d"]
        {
            assert_eq!(bad.parse::<Rate>(), Err(RateError), "{bad}");
        }
    }
}
