//! Civil days and the time zone that says which day a moment falls on.
//!
//! Promises: `2026-11-22` in and out, comparable as text and as value. Does not: know holidays (see
//! `domain::holiday`) or who is open.

use std::fmt;
use std::str::FromStr;

use jiff::{ToSpan, civil};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::clock::Timestamp;

/// A day of the civil calendar, without a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(civil::Date);

impl Day {
    /// The day `days` later (or earlier, when negative); stops at the ends of the calendar.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        Self(self.0.saturating_add(days.days()))
    }

    /// How many days later the other day is; below zero when it is earlier.
    #[must_use]
    pub fn days_to(self, other: Self) -> i64 {
        other.0.duration_since(self.0).as_hours() / 24
    }

    /// The day of the week: 0 for Monday to 6 for Sunday.
    #[must_use]
    pub fn weekday(self) -> u8 {
        self.0.weekday().to_monday_zero_offset().unsigned_abs()
    }

    /// The first day of its month.
    #[must_use]
    pub fn month_begin(self) -> Self {
        Self(self.0.first_of_month())
    }

    /// Its year, month (1 to 12) and day of the month (from 1).
    #[must_use]
    pub fn numbers(self) -> (i16, u8, u8) {
        (self.0.year(), self.0.month().unsigned_abs(), self.0.day().unsigned_abs())
    }

    /// The last day of the year that is `years` after this day's; stops at the calendar's end.
    #[must_use]
    pub fn end_of_year(self, years: i64) -> Self {
        let of_year = self.0.saturating_add(jiff::Span::new().years(years.clamp(-19_000, 19_000)));
        Self(of_year.last_of_year())
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// What was given is not a day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a day; write it like 2026-11-22")]
pub struct DayError;

impl FromStr for Day {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() != 10 {
            return Err(DayError);
        }
        text.parse().map(Self).map_err(|_| DayError)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A time zone by its IANA name, like `Europe/Paris` or `Indian/Reunion`.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone(jiff::tz::TimeZone);

/// No such time zone in the bundled IANA database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no time zone is called {0:?}; write it like Europe/Paris")]
pub struct ZoneError(String);

impl Zone {
    /// The civil day on which a moment falls here.
    #[must_use]
    pub fn day_of(&self, moment: Timestamp) -> Day {
        Day(moment.to_jiff().to_zoned(self.0.clone()).date())
    }

    /// The minutes that the clock on the wall shows here at a moment, from 0 to 1439.
    #[must_use]
    pub fn minute_of(&self, moment: Timestamp) -> u16 {
        let time = moment.to_jiff().to_zoned(self.0.clone()).time();
        u16::from(time.hour().unsigned_abs()) * 60 + u16::from(time.minute().unsigned_abs())
    }

    /// The IANA name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }
}

impl FromStr for Zone {
    type Err = ZoneError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        jiff::tz::TimeZone::get(name).map(Self).map_err(|_| ZoneError(name.to_owned()))
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        name.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_moment_is_another_day_elsewhere() {
        let moment: Timestamp = "2026-11-22T22:30:00.000Z".parse().unwrap();
        let paris: Zone = "Europe/Paris".parse().unwrap();
        let reunion: Zone = "Indian/Reunion".parse().unwrap();
        assert_eq!(paris.day_of(moment).to_string(), "2026-11-22");
        assert_eq!(reunion.day_of(moment).to_string(), "2026-11-23");
        assert_eq!((paris.minute_of(moment), reunion.minute_of(moment)), (23 * 60 + 30, 150));
        assert!("Mars/Olympus".parse::<Zone>().is_err());
    }

    #[test]
    fn a_day_knows_its_week_and_month() {
        let day: Day = "2026-11-22".parse().unwrap();
        assert_eq!((day.weekday(), day.plus_days(1).weekday()), (6, 0));
        assert_eq!(
            (day.month_begin().to_string(), day.numbers()),
            ("2026-11-01".into(), (2026, 11, 22))
        );
    }

    #[test]
    fn a_day_is_written_one_way() {
        let day: Day = "2026-02-28".parse().unwrap();
        assert_eq!(day.plus_days(1).to_string(), "2026-03-01");
        assert_eq!(day.days_to(day.plus_days(365)), 365);
        assert_eq!(day.days_to(day.plus_days(-31)), -31);
        assert!("2026-2-28".parse::<Day>().is_err());
        assert!("2026-02-30".parse::<Day>().is_err());
    }
}
