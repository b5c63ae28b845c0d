//! Goal: each planted fraud is raised, and a year of honest work raises next to nothing. The honest
//! year has what honest years have: whole books at a workshop, typing mistakes, used vouchers shown
//! again, bad connections, slow clocks, villages with one venue.

use super::*;
use crate::base::id::{ApiKey, Kind};

/// Chance from a seed (`SplitMix64`).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// Whether something happens that does so in so many of a thousand.
    fn per_mille(&mut self, part: u64) -> bool {
        self.below(1000) < part
    }
}

fn id<K: Kind>(number: u64) -> Id<K> {
    Id::from_uuid(uuid::Uuid::from_u128(u128::from(number) + 1))
}

fn device(number: u64) -> AnyId {
    id::<ApiKey>(number).any()
}

fn day() -> Day {
    "2026-11-22".parse().unwrap()
}

fn at(seconds: i64) -> Timestamp {
    "2026-11-22T08:00:00.000Z".parse::<Timestamp>().unwrap().plus_seconds(seconds)
}

/// A scan that was told at once.
fn scan(seconds: i64, venue: u64, book: u32) -> Scan {
    Scan {
        at: at(seconds),
        occurred_at: None,
        actor: device(venue),
        venue: id(venue),
        book: (2, book),
        in_stock: false,
        outside_on: None,
    }
}

/// What is raised by default.
fn by_default(on: Day, seen: &Seen) -> Vec<Raised> {
    raised(on, seen, &Thresholds::default())
}

fn miss(venue: u64, subject: u64) -> Miss {
    Miss {
        actor: device(venue),
        venue: Some(id(venue)),
        subject: Some(subject.to_string()),
        unknown: false,
        elsewhere: false,
    }
}

/// The honest work of a day at some venues.
struct Work {
    dice: Dice,
    venues: u64,
    next_book: u32,
}

impl Work {
    fn new(seed: u64, venues: u64) -> Self {
        Self { dice: Dice(seed), venues, next_book: 1 }
    }

    fn day(&mut self) -> Seen {
        let mut seen = Seen::default();
        for venue in 0..self.venues {
            self.at_venue(venue, &mut seen);
        }
        seen
    }

    fn at_venue(&mut self, venue: u64, seen: &mut Seen) {
        let dice = &mut self.dice;
        // One in eight has a bad connection: on most days some of its scans are told late.
        let outage = if venue.is_multiple_of(8) { dice.below(700) } else { dice.below(20) };
        let drift = i64::try_from(dice.below(120)).unwrap() - 60;
        let mut now = 0;
        for _ in 0..dice.below(25) {
            now += 60 + i64::try_from(dice.below(2400)).unwrap();
            self.next_book += 1;
            // A workshop costs one to four vouchers; once in fifty times somebody spends a book.
            let vouchers = if dice.per_mille(20) { 10 } else { 1 + dice.below(4) };
            let late = dice.per_mille(outage);
            for _ in 0..vouchers {
                now += 4 + i64::try_from(dice.below(10)).unwrap();
                let mut scan = scan(now, venue, self.next_book);
                if late || dice.per_mille(500) {
                    scan.occurred_at = Some(at(now + drift));
                }
                if late {
                    scan.at = at(now + 600 + i64::try_from(dice.below(7200)).unwrap());
                }
                // Once in five hundred a hand-over was not written down yet.
                scan.in_stock = dice.per_mille(2);
                seen.scans.push(scan);
            }
            // Somebody shows a used voucher again, here or from elsewhere, or types a wrong code
            // whose check character fits by accident.
            if dice.per_mille(30) {
                let elsewhere = dice.per_mille(200);
                let subject = dice.next();
                seen.misses.push(Miss { elsewhere, ..miss(venue, subject) });
            }
            if dice.per_mille(5) {
                let subject = dice.next();
                seen.misses.push(Miss { unknown: true, ..miss(venue, subject) });
            }
        }
    }

    /// Hand-overs of a quarter: workers of a site send people to the venues near it, each with its
    /// own habits; a village has one venue and one worker.
    fn paths(&mut self, sites: u64) -> Vec<Path> {
        let mut paths = Vec::new();
        for site in 0..sites {
            let (workers, near) = if site.is_multiple_of(3) { (1, 1) } else { (3, 4) };
            for worker in 0..workers {
                for _ in 0..10 + self.dice.below(60) {
                    let venue = site * 4 + self.dice.below(near);
                    let worker = device(1000 + site * 10 + worker);
                    paths.push(Path { site: id(site), worker, venue: id(venue) });
                }
            }
        }
        paths
    }
}

fn kinds(seen: &Seen) -> Vec<SignalKind> {
    by_default(day(), seen).iter().map(|it| it.kind).collect()
}

#[test]
fn honest_work_raises_less_than_one_in_a_thousand_days_of_a_venue() {
    let mut work = Work::new(7, 60);
    let (mut found, mut scans) = (Vec::new(), 0);
    let days = 300;
    for number in 0..days {
        let mut seen = work.day();
        if number % 30 == 0 {
            seen.paths = work.paths(20);
        }
        scans += seen.scans.len();
        found.extend(by_default(day(), &seen));
    }
    let venue_days = 60 * days;
    assert!(scans > 400_000, "{scans} scans are no year");
    let mut counts: BTreeMap<SignalKind, usize> = BTreeMap::new();
    for it in &found {
        *counts.entry(it.kind).or_default() += 1;
    }
    assert!(found.len() * 2000 < venue_days, "{} in {venue_days}: {counts:?}", found.len());
}

/// An honest day with a fraud in it: what is raised beside what the day raises by itself.
fn with(fraud: impl FnOnce(&mut Seen)) -> Vec<Raised> {
    let mut work = Work::new(11, 30);
    let mut seen = work.day();
    seen.paths = work.paths(9);
    let honest = by_default(day(), &seen);
    assert_eq!(honest, [], "the day is honest without it");
    fraud(&mut seen);
    by_default(day(), &seen)
}

#[track_caller]
fn only(kind: SignalKind, about: AnyId, found: &[Raised]) {
    let [one] = found else { panic!("{found:?}") };
    assert_eq!((one.kind, one.about), (kind, about));
    assert!(one.count > 0 && one.count <= one.of, "{one:?}");
}

#[test]
fn s1_a_device_that_scans_faster_than_people_walk_in() {
    let quick = |seen: &mut Seen, step: i64| {
        let scans = (0..30).map(|number| scan(30_000 + number * step, 40, 9_000));
        let books = (9_000..).step_by(1);
        seen.scans.extend(scans.zip(books).map(|(it, book)| Scan { book: (2, book), ..it }));
    };
    only(SignalKind::Pace, device(40), &with(|seen| quick(seen, 2)));
    assert_eq!(with(|seen| quick(seen, 4)), [], "one in four seconds is a queue at the counter");
    // A queue of scans that is told at once after a bad connection was made at an honest pace.
    let told_at_once = with(|seen| {
        let scans = (0..15).map(|number| Scan {
            occurred_at: Some(at(20_000 + i64::from(number) * 90)),
            ..scan(36_000, 40, 9_000 + number)
        });
        seen.scans.extend(scans);
    });
    assert_eq!(told_at_once, []);
}

#[test]
fn s2_books_that_are_spent_whole_without_anybody() {
    let found = with(|seen| {
        for book in 0..3 {
            let scans = (0..10)
                .map(|number| scan(25_000 + i64::from(book) * 900 + number * 20, 40, 9_000 + book));
            seen.scans.extend(scans);
        }
    });
    only(SignalKind::WholeBooks, id::<Venue>(40).any(), &found);
}

#[test]
fn s3_copies_that_come_to_a_second_venue() {
    let copies = |count| {
        with(|seen| {
            let misses =
                (0..count).map(|number| Miss { elsewhere: true, ..miss(40, 900 + number) });
            seen.misses.extend(misses);
        })
    };
    only(SignalKind::Copies, id::<Venue>(40).any(), &copies(3));
    assert_eq!(copies(1), [], "one is a mistake");
    // The same voucher shown again and again is one voucher.
    let again = with(|seen| {
        seen.misses.extend((0..9).map(|_| Miss { elsewhere: true, ..miss(40, 900) }));
    });
    assert_eq!(again, []);
}

#[test]
fn s4_a_device_that_guesses_codes() {
    let guesses = |scans: i64| {
        with(|seen| {
            let misses = (0..8).map(|number| Miss { unknown: true, ..miss(40, 900 + number) });
            seen.misses.extend(misses);
            seen.scans.extend(
                (0..scans)
                    .map(|number| scan(number * 60, 40, 9_000 + u32::try_from(number).unwrap())),
            );
        })
    };
    only(SignalKind::Unknown, device(40), &guesses(100));
    assert_eq!(guesses(500), [], "less than 2 in 100 is bad print");
}

#[test]
fn s6_a_worker_whose_books_all_end_at_one_venue() {
    let steer = |others: u64| {
        with(|seen| {
            let path =
                |worker, venue| Path { site: id(77), worker: device(worker), venue: id(venue) };
            seen.paths.extend((0..20).map(|_| path(5_001, 40)));
            seen.paths.extend((0..60).map(|number| path(5_002, 40 + number % others)));
        })
    };
    only(SignalKind::Steering, device(5_001), &steer(5));
    assert_eq!(steer(1), [], "a village with one venue");
}

#[test]
fn s8_a_venue_that_is_offline_alone() {
    let found = with(|seen| {
        seen.scans.extend((0..30).map(|number| Scan {
            occurred_at: Some(at(i64::from(number) * 300)),
            ..scan(36_000, 40, 9_000 + number)
        }));
    });
    only(SignalKind::Offline, id::<Venue>(40).any(), &found);
    // When the whole region is offline, nobody is.
    let mut all = Work::new(11, 30).day();
    for scan in &mut all.scans {
        scan.occurred_at = Some(happened(scan));
        scan.at = scan.at.plus_seconds(7200);
    }
    assert!(!kinds(&all).contains(&SignalKind::Offline));
}

#[test]
fn s9_a_clock_that_is_ahead() {
    let ahead = |seconds: i64| {
        with(|seen| {
            seen.scans.extend((0..5).map(|number| Scan {
                occurred_at: Some(at(i64::from(number) * 300 + seconds)),
                ..scan(i64::from(number) * 300, 40, 9_000 + number)
            }));
        })
    };
    only(SignalKind::ClockAhead, device(40), &ahead(700));
    assert_eq!(ahead(300), []);
}

#[test]
fn s10_books_that_are_spent_from_a_stock() {
    let stolen = |books: u32| {
        with(|seen| {
            seen.scans.extend((0..books).map(|number| Scan {
                in_stock: true,
                ..scan(i64::from(number) * 600, 40, 9_000 + number)
            }));
        })
    };
    only(SignalKind::FromStock, id::<Venue>(40).any(), &stolen(4));
    assert_eq!(stolen(1), [], "one was not written down yet");
}

#[test]
fn the_same_signal_has_one_id() {
    let one = Raised { kind: SignalKind::Pace, about: device(1), on: day(), count: 21, of: 21 };
    assert_eq!(one.id(), Raised { count: 40, of: 40, ..one }.id());
    assert_ne!(one.id(), Raised { about: device(2), ..one }.id());
    assert_ne!(one.id(), Raised { on: day().plus_days(1), ..one }.id());
    assert_ne!(one.id(), Raised { kind: SignalKind::ClockAhead, ..one }.id());
    for kind in SignalKind::ALL {
        assert_eq!(SignalKind::of(kind.as_str()), Some(kind));
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
    }
}

/// Each threshold is looked at: with another one the same day looks otherwise.
#[test]
fn what_an_operator_chooses_counts() {
    let mut seen = Work::new(11, 30).day();
    for number in 0..30 {
        seen.scans.push(scan(30_000 + i64::from(number) * 4, 40, 9_000 + number));
    }
    assert_eq!(by_default(day(), &seen), []);
    let stricter = Thresholds { pace: 10, ..Thresholds::default() };
    let found = raised(day(), &seen, &stricter);
    assert!(found.iter().any(|it| it.about == device(40)), "{found:?}");
    let laxer = Thresholds { pace: 1_000, ..Thresholds::default() };
    assert_eq!(raised(day(), &seen, &laxer), []);
}

#[test]
fn what_was_raised_is_quiet_for_its_while() {
    let on = |text: &str| -> Day { text.parse().unwrap() };
    let quiet = |kind: SignalKind, decision, from: &str, to: &str| {
        kind.is_quiet(on(from), decision, on(to))
    };
    for (kind, decision, to, expected) in [
        (SignalKind::Pace, None, "2026-11-21", false),
        (SignalKind::Pace, Some(Decision::Watched), "2026-11-21", false),
        (SignalKind::Pace, Some(Decision::Explained), "2026-11-21", true),
        (SignalKind::Pace, Some(Decision::Explained), "2027-02-18", true),
        (SignalKind::Pace, Some(Decision::Explained), "2027-02-19", false),
        (SignalKind::Pace, Some(Decision::Explained), "2026-11-20", false),
        (SignalKind::Steering, None, "2027-02-18", true),
        (SignalKind::OverCapacity, None, "2026-11-30", true),
        (SignalKind::OverCapacity, None, "2026-12-01", false),
        (SignalKind::OverCapacity, Some(Decision::Explained), "2026-12-01", true),
        (SignalKind::AfterHours, None, "2026-11-21", false),
    ] {
        let found = quiet(kind, decision, "2026-11-20", to);
        assert_eq!(found, expected, "{kind:?} {decision:?} {to}");
    }
}
