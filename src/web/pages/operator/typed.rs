//! What people type: sums and days.
//!
//! Promises: a sum is read as people write it in either language; what cannot be read is told, not
//! guessed. Does not: judge.

use crate::base::clock::Timestamp;
use crate::base::day::{Day, Zone};
use crate::base::money::{Money, cents_in};

/// A sum above zero: `1 250,50`, `1250.5`, `80 €`.
pub(super) fn money(text: &str) -> Option<Money> {
    let plain: String = text.chars().filter(|c| !c.is_whitespace() && *c != '€').collect();
    // Where there is a point, commas are between thousands.
    let point = if plain.contains('.') { "" } else { "." };
    let plain = plain.replace(',', point);
    let (euros, cents) = plain.split_once('.').unwrap_or((&plain, ""));
    let sum = cents_in(euros, cents, 10)?;
    Money::from_cents(sum).ok().filter(|sum| *sum != Money::ZERO)
}

/// The first moment after a day, where somebody is; `None` for what is no day. No time zone is
/// further than fourteen hours from UTC, and all of them begin their days at a quarter of an hour.
pub(super) fn end_of(text: &str, zone: &Zone) -> Option<Timestamp> {
    let day: Day = text.trim().parse().ok()?;
    let begin: Timestamp = format!("{day}T00:00:00.000Z").parse().ok()?;
    let quarters = (-14 * 4)..=(38 * 4);
    let mut moments = quarters.map(|quarter| begin.plus_seconds(quarter * 900));
    moments.find(|at| zone.day_of(*at) > day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_read_as_people_write_them() {
        let read = |text| money(text).map(Money::cents);
        for (text, cents) in [
            ("80", 8000),
            ("1 250,50", 125_050),
            ("1\u{202f}250,5 €", 125_050),
            ("€0.05", 5),
            ("12.", 1200),
            ("€1,250.50", 125_050),
        ] {
            assert_eq!(read(text), Some(cents), "{text}");
        }
        for text in ["", "0", "-5", "1,234,5", "12,345", "1.2.3", "a", "99999999999"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_day_ends_when_the_next_begins() {
        let end = |text, zone: &str| end_of(text, &zone.parse().unwrap()).map(|at| at.to_string());
        for (zone, says) in [
            ("Europe/Paris", "2026-12-31T23:00:00.000Z"),
            ("Indian/Reunion", "2026-12-31T20:00:00.000Z"),
            ("UTC", "2027-01-01T00:00:00.000Z"),
            ("Pacific/Tahiti", "2027-01-01T10:00:00.000Z"),
        ] {
            assert_eq!(end("2026-12-31", zone).as_deref(), Some(says), "{zone}");
        }
        assert_eq!(end("31/12/2026", "UTC"), None);
    }
}
