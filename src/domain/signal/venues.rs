//! What a venue's register says against what was redeemed there: its capacity (S5) and its opening
//! hours (S7).
//!
//! Promises: a scan is placed by the clock on the wall at the ledger's place; one evening outside
//! the hours raises nothing. Does not: know whether the hours in a register are right, or what they
//! were before: four weeks are held against those of today.

use std::collections::BTreeMap;

use super::{Scan, Seen, SignalKind, Thresholds, happened};
use crate::base::day::{Day, Zone};
use crate::base::id::{AnyId, Id, Venue};
use crate::base::planted;
use crate::domain::opening_hours::OpeningHours;
use crate::domain::venue::Capacity;

/// S7 looks at so many days: a habit shows in four weeks.
pub const AFTER_HOURS_DAYS: i64 = 28;
/// A scan that is told later than this happened when it was told, as far as hours go: a phone's
/// outbox waits for a connection, not for a week.
const PLAUSIBLE_SECONDS: i64 = 7 * 86_400;

/// What a venue redeemed in a month up to a day.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// The venue.
    pub venue: Id<Venue>,
    /// Vouchers that stand, in all ledgers, by their civil days.
    pub vouchers: i64,
    /// What was agreed.
    pub capacity: Capacity,
}

/// A venue that scanned outside its opening hours.
#[derive(Debug, Clone)]
pub struct AfterHours {
    /// The venue.
    pub venue: Id<Venue>,
    /// Scans of the day outside the hours.
    pub count: usize,
    /// All scans of the day.
    pub of: usize,
    /// Scans outside the hours by civil day, those of the last [`AFTER_HOURS_DAYS`].
    pub days: BTreeMap<Day, usize>,
}

/// When a venue may be expected to scan.
#[derive(Debug, Clone, Copy)]
pub struct Schedule<'a> {
    /// When it is open.
    pub hours: &'a OpeningHours,
    /// The time zone of the ledger in which its scans stand.
    pub zone: &'a Zone,
    /// How many minutes it may scan before it opens and after it closes.
    pub margin_minutes: u16,
}

impl Schedule<'_> {
    /// The civil day of a scan outside of it; `None` for one within.
    ///
    /// A scan happened when its device says so, unless that is ahead of the line, or more than a
    /// week before it.
    #[must_use]
    pub fn outside(&self, scan: &Scan) -> Option<Day> {
        let told = happened(scan);
        let plausible = told.plus_seconds(PLAUSIBLE_SECONDS) >= scan.at;
        let at = if plausible { told } else { scan.at };
        let day = self.zone.day_of(at);
        let minute = if planted::is("hours-elsewhere") {
            u16::try_from(at.millis().rem_euclid(86_400_000) / 60_000).unwrap_or(0)
        } else {
            self.zone.minute_of(at)
        };
        let open = self.hours.is_open_around(day, minute, self.margin_minutes);
        if open { None } else { Some(day) }
    }
}

/// Raises S5 and S7.
pub(super) fn raise(
    seen: &Seen,
    least: &Thresholds,
    add: &mut impl FnMut(SignalKind, AnyId, usize, usize),
) {
    for Load { venue, vouchers, capacity } in &seen.loads {
        let (used, agreed) = (i128::from(*vouchers), i128::from(capacity.vouchers()));
        if used * 100 > agreed * i128::from(least.capacity_percent) {
            let [used, agreed] = [*vouchers, capacity.vouchers()]
                .map(|number| usize::try_from(number).unwrap_or(usize::MAX));
            add(SignalKind::OverCapacity, venue.any(), used, agreed);
        }
    }
    for AfterHours { venue, count, of, days } in &seen.after_hours {
        let often = days.values().filter(|count| **count >= least.after_hours_vouchers).count();
        if *count >= least.after_hours_vouchers && often >= least.after_hours_days {
            add(SignalKind::AfterHours, venue.any(), *count, *of);
        }
    }
}

#[cfg(test)]
mod tests;
