//! Public holidays of France.
//!
//! Promises: the eleven of the Code du travail (article L3133-1), which are the same everywhere.
//! Does not: know those of Alsace and Moselle or of the overseas departments (articles L3134-13 and
//! L3422-2), school holidays, or what a prefect decided.

use crate::base::day::Day;

/// Those with a date: month and day.
const FIXED: [(u8, u8); 8] =
    [(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)];
/// Those that follow Easter, in days after it: Easter Monday, Ascension, Whit Monday.
const AFTER_EASTER: [i64; 3] = [1, 39, 50];

/// Whether a day is a public holiday everywhere in France.
#[must_use]
pub fn is_public(day: Day) -> bool {
    let (year, month, date) = day.numbers();
    let easter = easter(year);
    let follows = |days: &i64| {
        let earlier = day.plus_days(-days).numbers();
        (earlier.0, (earlier.1, earlier.2)) == (year, easter)
    };
    FIXED.contains(&(month, date)) || AFTER_EASTER.iter().any(follows)
}

/// Month and day of Easter Sunday in the Gregorian calendar (the anonymous algorithm of 1876, as in
/// Meeus, *Astronomical Algorithms*, chapter 8).
fn easter(year: i16) -> (u8, u8) {
    let year = i32::from(year);
    let golden = year.rem_euclid(19);
    let (century, rest) = (year.div_euclid(100), year.rem_euclid(100));
    let corrected = century - century / 4 - (century - (century + 8) / 25 + 1) / 3;
    let epact = (19 * golden + corrected + 15).rem_euclid(30);
    let weekday = (32 + 2 * (century % 4) + 2 * (rest / 4) - epact - rest % 4).rem_euclid(7);
    let late = (golden + 11 * epact + 22 * weekday) / 451;
    let days = epact + weekday - 7 * late + 114;
    let number = |number: i32| u8::try_from(number).unwrap_or(0);
    (number(days / 31), number(days % 31 + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easter_is_when_it_was() {
        let known = [
            (1818, (3, 22)),
            (1943, (4, 25)),
            (2000, (4, 23)),
            (2024, (3, 31)),
            (2025, (4, 20)),
            (2026, (4, 5)),
            (2027, (3, 28)),
            (2038, (4, 25)),
        ];
        for (year, day) in known {
            assert_eq!(easter(year), day, "{year}");
        }
    }

    #[test]
    fn a_year_has_its_eleven() {
        let first: Day = "2026-01-01".parse().unwrap();
        let year = (0..365).map(|days| first.plus_days(days));
        let found: Vec<String> =
            year.filter(|day| is_public(*day)).map(|day| day.to_string()[5..].to_owned()).collect();
        let expected = [
            "01-01", "04-06", "05-01", "05-08", "05-14", "05-25", "07-14", "08-15", "11-01",
            "11-11", "12-25",
        ];
        assert_eq!(found, expected);
    }
}
