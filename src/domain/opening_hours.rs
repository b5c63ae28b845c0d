//! Opening hours: when a venue is open, in a part of OpenStreetMap's `opening_hours` that people
//! and programs read alike: days of the week, public holidays, hours, `off`.
//!
//! Promises: what parses prints in one way and parses again as the same; no comment, and so no
//! name, fits in. Does not: know seasons, weeks, school holidays or hours past midnight: a text
//! that says more than is understood here is refused, not cut.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::holiday;
use crate::base::day::Day;

/// The days of a week by their names in OpenStreetMap, from Monday.
const NAMES: [&str; 7] = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];
/// The bits of all days of the week.
const WEEK: u8 = 0b0111_1111;
/// The bit of public holidays.
const HOLIDAY: u8 = 0b1000_0000;
/// The most bytes of a text: those of a value in OpenStreetMap.
const LONGEST: usize = 255;
/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// Hours of one day, in minutes after midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hours {
    /// When it opens.
    pub from: u16,
    /// When it closes, at the latest 1440 (`24:00`).
    pub to: u16,
}

/// What one rule says of its days.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Rule {
    /// Bit 0 is Monday, bit 7 a public holiday.
    days: u8,
    /// In order; none when it is closed.
    hours: Vec<Hours>,
}

/// When a venue is open: rules, of which the last that names a day decides over it.
///
/// The syntax is that of OpenStreetMap's `opening_hours` (specification 0.7.3), the `horaires` of
/// the national directory of places of mediation (standard-mediation-num 1.0.2). Of it: rules
/// between `;`, each with days (`Mo-Fr`, `Mo,We`, `PH` for public holidays; none for all the week)
/// and hours (`09:00-12:30,14:00-18:00`) or `off` (`closed`); and `24/7`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, utoipa::ToSchema)]
#[schema(
    value_type = String,
    max_length = 255,
    example = "Mo-Fr 09:00-12:30,14:00-18:00; Sa 09:00-12:00; PH off"
)]
pub struct OpeningHours(Vec<Rule>);

/// Why a text is not understood as opening hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HoursError {
    /// More than OpenStreetMap holds.
    #[error("opening hours have {} characters at most", LONGEST)]
    TooLong,
    /// Something else than days stands where days are.
    #[error("rule {0}: days are Mo, Tu, We, Th, Fr, Sa, Su and PH, like Mo-Fr or Sa,PH")]
    Days(usize),
    /// Neither hours nor `off`.
    #[error("rule {0}: hours are like 09:00-12:30,14:00-18:00, or off")]
    Hours(usize),
    /// Hours that end before they begin.
    #[error("rule {0}: hours end later than they begin, on the same day, at 24:00 at the latest")]
    Order(usize),
    /// Hours that lie over each other.
    #[error("rule {0}: hours do not overlap")]
    Overlap(usize),
}

impl OpeningHours {
    /// The hours of a civil day, in order; none when it is closed.
    #[must_use]
    pub fn on(&self, day: Day) -> &[Hours] {
        let holiday = if holiday::is_public(day) { HOLIDAY } else { 0 };
        let here = (1 << day.weekday()) | holiday;
        let rule = self.0.iter().rev().find(|rule| rule.days & here != 0);
        rule.map_or(&[], |rule| &rule.hours)
    }

    /// The hours of an ordinary week, from Monday; none where it is closed.
    #[must_use]
    pub fn week(&self) -> [&[Hours]; 7] {
        std::array::from_fn(|day| {
            let rule = self.0.iter().rev().find(|rule| rule.days & (1 << day) != 0);
            rule.map_or(&[][..], |rule| &rule.hours)
        })
    }

    /// The hours of every public holiday; `None` where they are not said, or not the same for all.
    #[must_use]
    pub fn holidays(&self) -> Option<&[Hours]> {
        let last = self.0.iter().rposition(|rule| rule.days & HOLIDAY != 0)?;
        let later = self.0[last + 1..].iter().any(|rule| rule.days & WEEK != 0);
        (!later).then(|| self.0[last].hours.as_slice())
    }

    /// Whether it is open at a minute of a civil day, or within `margin` minutes of it, which may
    /// lie on the day before or after.
    #[must_use]
    pub fn is_open_around(&self, day: Day, minute: u16, margin: u16) -> bool {
        [-1, 0, 1].into_iter().any(|days: i32| {
            let at = i32::from(minute) - days * i32::from(DAY);
            let margin = i32::from(margin);
            let around = |hours: &Hours| {
                i32::from(hours.from) - margin <= at && at < i32::from(hours.to) + margin
            };
            self.on(day.plus_days(days.into())).iter().any(around)
        })
    }
}

impl FromStr for OpeningHours {
    type Err = HoursError;

    /// Forgives spaces, hours of one digit, another order of days or hours, and a last `;`.
    fn from_str(text: &str) -> Result<Self, HoursError> {
        if text.len() > LONGEST {
            return Err(HoursError::TooLong);
        }
        let text = text.trim();
        let parts = text.strip_suffix(';').unwrap_or(text).split(';');
        let rules = (1..).zip(parts).map(|(number, part)| rule(number, part.trim()));
        let hours = Self(rules.collect::<Result<_, _>>()?);
        // What is kept is what is printed, and it is read again.
        if hours.to_string().len() > LONGEST { Err(HoursError::TooLong) } else { Ok(hours) }
    }
}

fn rule(number: usize, text: &str) -> Result<Rule, HoursError> {
    if text == "24/7" {
        return Ok(Rule { days: WEEK, hours: vec![Hours { from: 0, to: DAY }] });
    }
    let closed = ["off", "closed"].into_iter().find_map(|word| text.strip_suffix(word));
    let end = closed.map(str::len).or_else(|| text.find(|c: char| c.is_ascii_digit()));
    let (named, told) = text.split_at(end.ok_or(HoursError::Hours(number))?);
    let named = named.trim();
    let days = if named.is_empty() {
        WEEK
    } else {
        let all = named.split(',').map(|part| days(part.trim()));
        let all = all.reduce(|one, other| Some(one? | other?)).flatten();
        all.ok_or(HoursError::Days(number))?
    };
    if closed.is_some() {
        return Ok(Rule { days, hours: Vec::new() });
    }
    let read = |part: &str| {
        let (from, to) = part.split_once('-').ok_or(HoursError::Hours(number))?;
        let [from, to] = [from, to].map(|time| minutes(time.trim()));
        let (from, to) = from.zip(to).ok_or(HoursError::Hours(number))?;
        if from < to { Ok(Hours { from, to }) } else { Err(HoursError::Order(number)) }
    };
    let mut hours = told.split(',').map(read).collect::<Result<Vec<_>, _>>()?;
    hours.sort_unstable();
    let apart = hours.windows(2).all(|two| two[0].to <= two[1].from);
    if apart { Ok(Rule { days, hours }) } else { Err(HoursError::Overlap(number)) }
}

/// The bits of `Mo`, `Mo-Fr`, `Fr-Mo` or `PH`.
fn days(text: &str) -> Option<u8> {
    if text == "PH" {
        return Some(HOLIDAY);
    }
    let place = |name: &str| NAMES.iter().position(|known| *known == name.trim());
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (place(first)?, place(last)?);
    let count = (last + 7 - first) % 7;
    Some((0..=count).fold(0, |bits, step| bits | (1 << ((first + step) % 7))))
}

/// The minutes of `9:00`, `09:00` or `24:00`.
fn minutes(text: &str) -> Option<u16> {
    let number = |part: &str, lengths: std::ops::RangeInclusive<usize>| {
        let plain = lengths.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        part.parse::<u16>().ok().filter(|_| plain)
    };
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute) = (number(hour, 1..=2)?, number(minute, 2..=2)?);
    Some(hour * 60 + minute).filter(|minutes| minute < 60 && *minutes <= DAY)
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to } = self;
        write!(f, "{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut before = "";
        let is_named = |day: usize| day < 7 && self.days & (1 << day) != 0;
        let mut first = 0;
        while first < 7 {
            let mut end = first;
            while is_named(end) {
                end += 1;
            }
            if end > first {
                write!(f, "{before}{}", NAMES[first])?;
                before = ",";
            }
            if end > first + 1 {
                write!(f, "-{}", NAMES[end - 1])?;
            }
            first = end + 1;
        }
        if self.days & HOLIDAY != 0 {
            write!(f, "{before}PH")?;
        }
        if self.hours.is_empty() {
            return f.write_str(" off");
        }
        for (number, hours) in self.hours.iter().enumerate() {
            write!(f, "{}{hours}", if number == 0 { " " } else { "," })?;
        }
        Ok(())
    }
}

impl fmt::Display for OpeningHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, rule) in self.0.iter().enumerate() {
            write!(f, "{}{rule}", if number == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

impl Serialize for OpeningHours {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for OpeningHours {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
