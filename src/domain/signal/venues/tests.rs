//! Goal: a venue beyond what it agreed, or that scans at night, is raised; honest venues, whose
//! workshops run late and which open for an evening now and then, are not.

use super::super::{Raised, raised};
use super::*;
use crate::base::clock::Timestamp;
use crate::base::id::ApiKey;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn venue(number: u128) -> Id<Venue> {
    Id::from_uuid(uuid::Uuid::from_u128(number + 1))
}

/// A scan at a moment of UTC.
fn scan(at: Timestamp, occurred_at: Option<Timestamp>) -> Scan {
    let actor = Id::<ApiKey>::from_uuid(uuid::Uuid::from_u128(7)).any();
    let (book, venue) = ((2, 1), venue(0));
    Scan { at, occurred_at, actor, venue, book, in_stock: false, outside_on: None }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// What is raised about one venue: scans outside the hours today and on days before.
fn late(today: usize, before: &[(&str, usize)]) -> Vec<Raised> {
    let on = day("2026-11-22");
    let days = before.iter().map(|(text, count)| (day(text), *count)).chain([(on, today)]);
    let here = AfterHours { venue: venue(0), count: today, of: 40, days: days.collect() };
    let seen = Seen { after_hours: vec![here], ..Seen::default() };
    raised(on, &seen, &Thresholds::default())
}

#[test]
fn s5_a_venue_beyond_what_it_agreed() {
    let least = Thresholds::default();
    let raised = |vouchers: i64, least: &Thresholds| {
        let capacity = Capacity::try_from(400).unwrap();
        let load = Load { venue: venue(0), vouchers, capacity };
        let seen = Seen { loads: vec![load], ..Seen::default() };
        raised(day("2026-11-22"), &seen, least)
    };
    assert_eq!(raised(400, &least), []);
    let found = raised(401, &least);
    let [one] = found[..] else { panic!("{found:?}") };
    assert_eq!((one.kind, one.about), (SignalKind::OverCapacity, venue(0).any()));
    assert_eq!((one.count, one.of), (401, 400));
    let half_more = Thresholds { capacity_percent: 150, ..least };
    assert_eq!(raised(600, &half_more), []);
    assert_eq!(raised(601, &half_more).len(), 1);
}

#[test]
fn s7_a_venue_that_scans_outside_its_hours_day_after_day() {
    let before = [("2026-11-10", 12), ("2026-11-20", 5)];
    let found = late(8, &before);
    let [one] = found[..] else { panic!("{found:?}") };
    assert_eq!((one.kind, one.about), (SignalKind::AfterHours, venue(0).any()));
    assert_eq!((one.count, one.of), (8, 40));
    assert_eq!(late(4, &before), [], "some scans are an oversight");
    assert_eq!(late(8, &before[..1]), [], "two evenings in four weeks are invitations");
    assert_eq!(late(8, &[("2026-11-10", 4), ("2026-11-20", 4)]), []);
}

#[test]
fn a_scan_is_placed_by_the_clock_of_the_ledger() {
    let hours: OpeningHours = "Mo-Fr 09:00-12:00".parse().unwrap();
    let [paris, reunion]: [Zone; 2] =
        ["Europe/Paris", "Indian/Reunion"].map(|it| it.parse().unwrap());
    let outside = |zone: &Zone, scan: &Scan| {
        Schedule { hours: &hours, zone, margin_minutes: 60 }.outside(scan)
    };
    let monday = day("2026-11-23");
    for (moment, in_paris, in_reunion) in [
        ("2026-11-23T06:59:59.000Z", Some(monday), None),
        ("2026-11-23T07:00:00.000Z", None, None),
        ("2026-11-23T08:59:00.000Z", None, None),
        ("2026-11-23T09:00:00.000Z", None, Some(monday)),
        ("2026-11-23T11:59:00.000Z", None, Some(monday)),
        ("2026-11-23T12:00:00.000Z", Some(monday), Some(monday)),
        ("2026-11-23T21:00:00.000Z", Some(monday), Some(monday.plus_days(1))),
    ] {
        let scan = scan(at(moment), None);
        assert_eq!(outside(&paris, &scan), in_paris, "{moment}");
        assert_eq!(outside(&reunion, &scan), in_reunion, "{moment}");
    }
    // The device's word, when it can be: not ahead of the line, and no more than a week before it.
    let (night, morning) = (at("2026-11-23T22:00:00.000Z"), at("2026-11-23T09:00:00.000Z"));
    assert_eq!(outside(&paris, &scan(night, Some(morning))), None, "told at night");
    assert_eq!(outside(&paris, &scan(morning, Some(night))), None, "a clock that is ahead");
    let long_ago = at("2026-11-16T09:00:00.000Z");
    assert_eq!(outside(&paris, &scan(night, Some(long_ago))), Some(monday));
}

/// Chance from a seed (a linear congruential generator; its high bits).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// A made-up year: in how many of a thousand days a venue has an evening outside its hours.
/// Gives what was raised, and of how many days of venues.
fn a_year(evening: u64) -> (usize, usize) {
    const VENUES: u128 = 60;
    const DAYS: i64 = 300;
    let zone: Zone = "Indian/Reunion".parse().unwrap();
    let hours: OpeningHours =
        "Mo-Fr 09:00-12:30,14:00-18:00; Sa 09:00-12:00; PH off".parse().unwrap();
    let schedule = Schedule { hours: &hours, zone: &zone, margin_minutes: 60 };
    let (mut dice, mut alerts, mut scans) = (Dice(7), 0, 0);
    for number in 0..VENUES {
        let mut days: BTreeMap<Day, usize> = BTreeMap::new();
        for passed in 0..DAYS {
            let on = day("2026-01-05").plus_days(passed);
            let midnight = at(&format!("{on}T00:00:00.000Z")).plus_seconds(-4 * 3600);
            let mut minutes = Vec::new();
            // A workshop begins while it is open, and its last voucher is scanned late.
            for open in schedule.hours.on(on) {
                for _ in 0..dice.below(4) {
                    let begin = u64::from(open.from) + dice.below(u64::from(open.to - open.from));
                    minutes.extend((0..dice.below(12)).map(|step| begin + step * 5));
                }
            }
            if dice.below(1000) < evening {
                minutes.extend((0..16).map(|step| 20 * 60 + step));
            }
            scans += minutes.len();
            let mut count = 0;
            for minute in &minutes {
                let moment = midnight.plus_seconds(i64::try_from(*minute).unwrap() * 60);
                if let Some(day) = schedule.outside(&scan(moment, None)) {
                    *days.entry(day).or_default() += 1;
                    count += 1;
                }
            }
            days.retain(|day, _| *day > on.plus_days(-AFTER_HOURS_DAYS));
            let of = minutes.len();
            let here = AfterHours { venue: venue(number), count, of, days: days.clone() };
            let seen = Seen { after_hours: vec![here], ..Seen::default() };
            alerts += raised(on, &seen, &Thresholds::default()).len();
        }
    }
    assert!(scans > 100_000, "{scans} scans are no year");
    (alerts, usize::try_from(VENUES).unwrap() * usize::try_from(DAYS).unwrap())
}

#[test]
fn an_evening_now_and_then_raises_less_than_one_in_a_thousand_days() {
    let (alerts, venue_days) = a_year(10);
    // Half of what may be raised is left for the signals of the other made-up year.
    assert!(alerts * 2000 < venue_days, "{alerts} in {venue_days}");
    // Negative control: what is no exception any more is seen.
    let (alerts, _) = a_year(250);
    assert!(alerts > 1_000, "{alerts}");
}
