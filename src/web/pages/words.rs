//! What pages say: one Fluent file a page and language, and amounts and days as people write them.
//!
//! Promises: both languages have the same keys, and each is used (tests compare them with what
//! templates and pages ask for); nothing that is put into a sentence is formatted twice. Does not:
//! escape (templates do).

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use super::visitor::Language;
use crate::base::clock::Timestamp;
use crate::base::day::{Day, Zone};
use crate::base::money::Money;

/// The space on which a line never ends.
const NO_BREAK: char = '\u{a0}';
/// The same, narrow: within numbers, and before the sign of the euro.
const NARROW: char = '\u{202f}';

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        /// The texts by language, file by file.
        const FILES: [(Language, &[&str]); 2] = [
            (Language::French, &[$(include_str!(concat!("words/fr/", $name, ".ftl"))),+]),
            (Language::English, &[$(include_str!(concat!("words/en/", $name, ".ftl"))),+]),
        ];
    };
}

files!(
    "account",
    "counter",
    "days",
    "demo",
    "desk",
    "distributor",
    "fields",
    "frame",
    "funder",
    "home",
    "notes",
    "operator",
    "problem",
    "solvency",
    "structure",
    "venues",
    "voucher",
);

type Bundle = FluentBundle<FluentResource>;

static BUNDLES: LazyLock<[Bundle; 2]> = LazyLock::new(|| FILES.map(|file| bundle(&file)));

fn bundle((language, texts): &(Language, &[&str])) -> Bundle {
    let tag: LanguageIdentifier = language.code().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // A mark around each value is for texts that mix directions; ours are copied into forms.
    bundle.set_use_isolating(false);
    for text in *texts {
        // A file with a fault is caught by the tests; what it says right is kept.
        let file = FluentResource::try_new((*text).to_owned()).unwrap_or_else(|(file, _)| file);
        bundle.add_resource_overriding(file);
    }
    bundle
}

/// The words of one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// The language.
    pub language: Language,
}

impl Words {
    /// The words of a language.
    #[must_use]
    pub const fn of(language: Language) -> Self {
        Self { language }
    }

    /// The text of a key.
    #[must_use]
    pub fn say(&self, key: &str) -> String {
        self.with(key, [])
    }

    /// The text of a key with values in it; the key itself where there is none.
    #[must_use]
    pub fn with<'v, const N: usize>(
        &self,
        key: &str,
        values: [(&'v str, FluentValue<'v>); N],
    ) -> String {
        let bundle = &BUNDLES[usize::from(self.language == Language::English)];
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            return key.to_owned();
        };
        let arguments: FluentArgs<'_> = values.into_iter().collect();
        let mut faults = Vec::new();
        bundle.format_pattern(pattern, Some(&arguments), &mut faults).into_owned()
    }

    /// `10 €`, `1 250,50 €`; `€10`, `€1,250.50`. Narrow spaces on which no line ends.
    #[must_use]
    pub fn amount(&self, money: Money) -> String {
        self.cents(money.cents())
    }

    /// The same for a sum that may be below zero.
    #[must_use]
    pub fn cents(&self, cents: i64) -> String {
        let sign = if cents < 0 { "\u{2212}" } else { "" };
        let (euros, rest) = (cents.unsigned_abs() / 100, cents.unsigned_abs() % 100);
        let euros = self.number(euros);
        match (self.language, rest) {
            (Language::French, 0) => format!("{sign}{euros}{NARROW}€"),
            (Language::French, rest) => format!("{sign}{euros},{rest:02}{NARROW}€"),
            (Language::English, 0) => format!("{sign}€{euros}"),
            (Language::English, rest) => format!("{sign}€{euros}.{rest:02}"),
        }
    }

    /// `1 250`; `1,250`.
    #[must_use]
    pub fn number(&self, number: u64) -> String {
        let between = if self.language == Language::French { NARROW } else { ',' };
        let digits = number.to_string();
        let mut text = String::with_capacity(digits.len() * 2);
        for (place, digit) in digits.char_indices() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                text.push(between);
            }
            text.push(digit);
        }
        text
    }

    /// `1er mars 2026`; `1 March 2026`.
    #[must_use]
    pub fn day(&self, day: Day) -> String {
        let (year, month, number) = day.numbers();
        let month = self.say(MONTHS[usize::from(month.clamp(1, 12)) - 1]);
        let first = number == 1 && self.language == Language::French;
        let ordinal = if first { "er" } else { "" };
        format!("{number}{ordinal}{NO_BREAK}{month}{NO_BREAK}{year}")
    }

    /// `mars 2026`; `March 2026`.
    #[must_use]
    pub fn month(&self, day: Day) -> String {
        let (year, month, _) = day.numbers();
        format!("{}{NO_BREAK}{year}", self.say(MONTHS[usize::from(month.clamp(1, 12)) - 1]))
    }

    /// `3 mars 2026 à 14 h 05`; `3 March 2026 at 14:05`: a moment where somebody is.
    #[must_use]
    pub fn moment(&self, at: Timestamp, zone: &Zone) -> String {
        let (day, hour) = (self.day(zone.day_of(at)), self.hour(zone.minute_of(at)));
        self.with("moment", [("day", day.into()), ("hour", hour.into())])
    }

    /// `09:00`: `9 h`, `9 h 30`; `9:00`, `9:30`. Minutes after midnight.
    #[must_use]
    pub fn hour(&self, minutes: u16) -> String {
        let (hour, minute) = (minutes / 60, minutes % 60);
        match (self.language, minute) {
            (Language::French, 0) => format!("{hour}{NO_BREAK}h"),
            (Language::French, minute) => format!("{hour}{NO_BREAK}h{NO_BREAK}{minute:02}"),
            (Language::English, minute) => format!("{hour}:{minute:02}"),
        }
    }

    /// The name of a day of the week, from Monday.
    #[must_use]
    pub fn weekday(&self, number: usize) -> String {
        self.say(WEEKDAYS[number % 7])
    }
}

const MONTHS: [&str; 12] = [
    "month-january",
    "month-february",
    "month-march",
    "month-april",
    "month-may",
    "month-june",
    "month-july",
    "month-august",
    "month-september",
    "month-october",
    "month-november",
    "month-december",
];

const WEEKDAYS: [&str; 7] = [
    "weekday-monday",
    "weekday-tuesday",
    "weekday-wednesday",
    "weekday-thursday",
    "weekday-friday",
    "weekday-saturday",
    "weekday-sunday",
];

#[cfg(test)]
mod tests;
