//! Books that lie at a site: what somebody should know of them before it is too late.
//!
//! Promises: decided from days and counts alone. Does not: forbid anything.

use crate::base::day::Day;

/// From how many days on a book lies too long: short campaigns are used best, forgotten drawers
/// not at all.
pub const OLD_DAYS: i64 = 90;
/// How many days before its last one a campaign is about to end.
pub const END_DAYS: i64 = 60;

/// What somebody should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Alert {
    /// The last day of its vouchers is over: nothing is handed over any more.
    Over,
    /// Its last day comes within [`END_DAYS`]: so many days are left.
    Ends(i64),
    /// The oldest book has been lying for so many days, [`OLD_DAYS`] or more.
    Old(i64),
}

/// What should be known of books of one campaign at one site.
#[must_use]
pub fn alerts(oldest: Day, valid_until: Day, today: Day) -> Vec<Alert> {
    let mut found = Vec::new();
    let left = today.days_to(valid_until);
    if today > valid_until {
        found.push(Alert::Over);
    } else if left <= END_DAYS {
        found.push(Alert::Ends(left));
    }
    let age = oldest.days_to(today);
    if age >= OLD_DAYS {
        found.push(Alert::Old(age));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn old_stock_and_the_end_of_a_campaign_are_told() {
        let told = |oldest, until| alerts(day(oldest), day(until), day("2026-11-22"));
        assert_eq!(told("2026-11-01", "2027-12-31"), []);
        assert_eq!(told("2026-08-24", "2027-12-31"), [Alert::Old(90)]);
        assert_eq!(told("2026-08-25", "2027-01-21"), [Alert::Ends(60)]);
        assert_eq!(told("2026-11-01", "2027-01-22"), []);
        assert_eq!(told("2026-11-01", "2026-11-22"), [Alert::Ends(0)]);
        assert_eq!(told("2026-01-01", "2026-11-21"), [Alert::Over, Alert::Old(325)]);
    }
}
