//! What venues agreed and told the public, against what was redeemed there: the data of S5 and S7.
//!
//! Promises: nothing is read about venues without a capacity or hours; a month is counted by the
//! database; four weeks of lines are read only of venues that scanned outside their hours on the
//! day that is looked at, a page at a time. Does not: know what is too much (`domain::signal`).

use std::collections::{BTreeMap, HashMap};

use super::{DAY, PAGE, scan_of};
use crate::base::clock::Timestamp;
use crate::base::day::{Day, Zone};
use crate::base::id::{Id, Venue};
use crate::domain::opening_hours::OpeningHours;
use crate::domain::signal::{AFTER_HOURS_DAYS, AfterHours, Load, Scan, Schedule, Thresholds};
use crate::domain::venue::Capacity;
use crate::service::error::Error;
use crate::service::writer::understood;
use crate::store::{self, Tx};

/// How many venues are looked back at together: each time is one pass over the uses.
const TOGETHER: usize = 50;

/// What the registers say that a day is held against.
pub(super) struct Venues {
    capacities: HashMap<Id<Venue>, Capacity>,
    hours: HashMap<Id<Venue>, OpeningHours>,
    margin_minutes: u16,
    /// So many scans outside the hours on a day are worth a look back.
    enough: usize,
}

impl Venues {
    /// Reads the registers.
    pub(super) async fn read(tx: &mut Tx, least: &Thresholds) -> Result<Self, Error> {
        let (margin_minutes, enough) =
            (least.after_hours_margin_minutes, least.after_hours_vouchers);
        let mut venues =
            Self { capacities: HashMap::new(), hours: HashMap::new(), margin_minutes, enough };
        for row in store::venue::list(tx).await? {
            let profile = row.profile()?;
            let Ok(venue) = row.venue_id.parse() else { continue };
            if let Some(capacity) = row.capacity()? {
                venues.capacities.insert(venue, capacity);
            }
            if let Some(hours) = profile.opening_hours {
                venues.hours.insert(venue, hours);
            }
        }
        Ok(venues)
    }

    /// Says of which scans of a ledger fell outside the hours.
    pub(super) fn place(&self, scans: &mut [Scan], zone: &Zone) {
        let margin_minutes = self.margin_minutes;
        for scan in scans {
            let hours = self.hours.get(&scan.venue);
            let schedule = hours.map(|hours| Schedule { hours, zone, margin_minutes });
            scan.outside_on = schedule.and_then(|schedule| schedule.outside(scan));
        }
    }

    /// What the venues with a capacity redeemed in the month of a day, up to it.
    pub(super) async fn loads(&self, tx: &mut Tx, on: Day) -> Result<Vec<Load>, Error> {
        if self.capacities.is_empty() {
            return Ok(Vec::new());
        }
        let used = store::signal::loads(tx, on.month_begin(), on).await?;
        let load = |(venue, vouchers)| {
            let capacity = *self.capacities.get(&venue)?;
            Some(Load { venue, vouchers, capacity })
        };
        Ok(used.into_iter().filter_map(load).collect())
    }

    /// Which venues scanned outside their hours on the day that begins at a moment, with what they
    /// did in the weeks before it.
    pub(super) async fn after_hours(
        &self,
        tx: &mut Tx,
        begin: Timestamp,
        scans: &[Scan],
    ) -> Result<Vec<AfterHours>, Error> {
        let mut found: BTreeMap<Id<Venue>, AfterHours> = BTreeMap::new();
        for scan in scans.iter().filter(|scan| self.hours.contains_key(&scan.venue)) {
            let venue = scan.venue;
            let new = || AfterHours { venue, count: 0, of: 0, days: BTreeMap::new() };
            let here = found.entry(venue).or_insert_with(new);
            here.of += 1;
            if let Some(day) = scan.outside_on {
                here.count += 1;
                *here.days.entry(day).or_default() += 1;
            }
        }
        found.retain(|_, here| here.count >= self.enough);
        let venues: Vec<Id<Venue>> = found.keys().copied().collect();
        for some in venues.chunks(TOGETHER) {
            self.look_back(tx, some, begin, &mut found).await?;
        }
        Ok(found.into_values().collect())
    }

    /// Adds the scans of some venues outside their hours in the weeks before a moment.
    async fn look_back(
        &self,
        tx: &mut Tx,
        venues: &[Id<Venue>],
        begin: Timestamp,
        found: &mut BTreeMap<Id<Venue>, AfterHours>,
    ) -> Result<(), Error> {
        let heads = store::ledger::all_heads(tx).await?;
        let zones = heads.iter().map(|head| Ok((head.ledger_no, head.zone()?)));
        let zones: HashMap<i64, Zone> = zones.collect::<Result<_, Error>>()?;
        let weeks = (begin.plus_seconds((1 - AFTER_HOURS_DAYS) * DAY), begin);
        let uses = store::signal::uses(tx, venues, weeks).await?;
        for page in uses.chunks(usize::try_from(PAGE).unwrap_or(usize::MAX)) {
            for (no, seq, line) in store::ledger::lines_at(tx, page).await? {
                let (entry, fact) = understood(no, seq, &line)?;
                let (scan, zone) = (scan_of(no, &entry, &fact), zones.get(&no));
                let Some((scan, zone)) = scan.zip(zone) else { continue };
                let mut scan = [scan];
                self.place(&mut scan, zone);
                let [scan] = scan;
                if let (Some(day), Some(here)) = (scan.outside_on, found.get_mut(&scan.venue)) {
                    *here.days.entry(day).or_default() += 1;
                }
            }
        }
        Ok(())
    }
}
