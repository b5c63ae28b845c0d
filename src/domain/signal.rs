//! Signals: what in a day looks unlike honest work, counted from lines and notes that name nobody.
//!
//! Promises: whole numbers only; the same day gives the same signals under the same ids; a signal
//! is a question to a person and decides nothing: no money is held or refused because of one.
//! Does not: know who is behind a key or a voucher, or read anything (see `service::signals`).

mod binomial;
mod thresholds;
mod venues;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use uuid::Builder;

use self::binomial::{Share, is_rare};
pub use self::thresholds::Thresholds;
pub use self::venues::{AFTER_HOURS_DAYS, AfterHours, Load, Schedule};
use crate::base::clock::Timestamp;
use crate::base::day::Day;
use crate::base::id::{AnyId, Id, Signal, Site, Venue};

/// What looks unlike honest work.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum SignalKind {
    /// S1: one device scans faster than a person can serve. `count`: the most in a minute.
    Pace,
    /// S2: whole books at one venue within minutes, several of them. `count`: books.
    WholeBooks,
    /// S3: vouchers shown at a venue that were used at another one within a day, as copies are.
    /// `count`: vouchers.
    Copies,
    /// S4: one device shows many codes and symbols that do not exist. `count` of all that it
    /// showed.
    Unknown,
    /// S5: a venue redeemed more in a month than it agreed with the operator. `count`: vouchers of
    /// the month so far; `of`: the capacity.
    OverCapacity,
    /// S6: most of one worker's books end at one venue, far above what others of its site give
    /// there. `count` of its books.
    Steering,
    /// S7: a venue scans outside its opening hours, and not for the first time. `count` of its
    /// scans of the day.
    AfterHours,
    /// S8: a venue is offline for its whole day while others are not. `count` of its scans.
    Offline,
    /// S9: a device's clock is more than ten minutes ahead. `count`: scans.
    ClockAhead,
    /// S10: vouchers are redeemed of books that still lie in a stock. `count`: books.
    FromStock,
}

impl SignalKind {
    /// All kinds.
    pub const ALL: [Self; 10] = [
        Self::Pace,
        Self::WholeBooks,
        Self::Copies,
        Self::Unknown,
        Self::OverCapacity,
        Self::Steering,
        Self::AfterHours,
        Self::Offline,
        Self::ClockAhead,
        Self::FromStock,
    ];

    /// The word in lines, tables and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pace => "pace",
            Self::WholeBooks => "whole-books",
            Self::Copies => "copies",
            Self::Unknown => "unknown",
            Self::OverCapacity => "over-capacity",
            Self::Steering => "steering",
            Self::AfterHours => "after-hours",
            Self::Offline => "offline",
            Self::ClockAhead => "clock-ahead",
            Self::FromStock => "from-stock",
        }
    }

    /// The kind of a stored word.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Raised {
    /// What.
    pub kind: SignalKind,
    /// Whose: a device or key, a venue, a worker.
    pub about: AnyId,
    /// On which day (UTC).
    pub on: Day,
    /// How much of it.
    pub count: i64,
    /// Of how many, where that says something; else the same as `count`.
    pub of: i64,
}

impl Raised {
    /// The id: that of what, whose and when, so that the same signal is raised once. A UUID of
    /// version 8 (RFC 9562), of SHA-256 over the three with a zero byte after each.
    ///
    /// # Panics
    /// Never: SHA-256 gives more bytes than a UUID has.
    #[must_use]
    pub fn id(&self) -> Id<Signal> {
        let text = format!("{}\0{}\0{}\0", self.kind.as_str(), self.about, self.on);
        let hash = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
        let bytes = *hash.as_ref().first_chunk().expect("SHA-256 gives 32 bytes");
        Id::from_uuid(Builder::from_custom_bytes(bytes).into_uuid())
    }
}

/// What a person decided about a signal. There is no text: it would hold a name one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// There is an honest reason: the same is not raised again about the same one for a while.
    Explained,
    /// It is looked at again.
    Watched,
    /// The venue, or the worker, was called or visited.
    Visited,
    /// The venue was suspended, or the key ended, by the verb for that.
    Suspended,
    /// It was handed to the funder, or the law.
    Reported,
}

impl SignalKind {
    /// Whether the same is not raised again about the same one on a day, because it was on an
    /// earlier day and by what was decided then: an honest reason stands for a while, and what
    /// looks at a quarter or a month is raised once in it.
    #[must_use]
    pub fn is_quiet(self, raised_on: Day, decision: Option<Decision>, on: Day) -> bool {
        let explained = decision == Some(Decision::Explained);
        let same_month = raised_on.month_begin() == on.month_begin();
        let for_days = if explained || self == Self::Steering { PATH_DAYS } else { 0 };
        let still = on <= raised_on.plus_days(for_days);
        raised_on < on && (still || self == Self::OverCapacity && same_month)
    }
}

/// Body of `signal-decided`. The line's `id` is the signal, its `actor` who decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignalDecided {
    /// What looked unlike honest work.
    pub signal: SignalKind,
    /// Whose it was.
    pub about_id: AnyId,
    /// On which day.
    pub raised_on: Day,
    /// How much of it.
    pub count: i64,
    /// Of how many.
    pub of: i64,
    /// What was decided.
    pub decision: Decision,
}

impl SignalDecided {
    /// The line of a decision about a signal.
    #[must_use]
    pub const fn of(raised: Raised, decision: Decision) -> Self {
        let Raised { kind, about, on, count, of } = raised;
        Self { signal: kind, about_id: about, raised_on: on, count, of, decision }
    }

    /// The signal.
    #[must_use]
    pub const fn raised(&self) -> Raised {
        let Self { signal, about_id, raised_on, count, of, .. } = *self;
        Raised { kind: signal, about: about_id, on: raised_on, count, of }
    }
}

/// A redemption, as its line says it.
#[derive(Debug, Clone, Copy)]
pub struct Scan {
    /// When it was recorded.
    pub at: Timestamp,
    /// When it happened, by the device's clock.
    pub occurred_at: Option<Timestamp>,
    /// The device, key or person.
    pub actor: AnyId,
    /// Where.
    pub venue: Id<Venue>,
    /// The book: its ledger and number.
    pub book: (i64, u32),
    /// Whether the book lies in a stock, as far as anybody said.
    pub in_stock: bool,
    /// The civil day, when the venue has opening hours and this was outside of them.
    pub outside_on: Option<Day>,
}

/// A refused attempt, as far as it matters here.
#[derive(Debug, Clone)]
pub struct Miss {
    /// Who.
    pub actor: AnyId,
    /// Where.
    pub venue: Option<Id<Venue>>,
    /// A keyed hash of the voucher or code.
    pub subject: Option<String>,
    /// Whether there is no such code, or the symbol was forged.
    pub unknown: bool,
    /// Whether the voucher had been used at another venue less than a day before.
    pub elsewhere: bool,
}

/// A book that was handed over, and where its first voucher was used.
#[derive(Debug, Clone, Copy)]
pub struct Path {
    /// Where from.
    pub site: Id<Site>,
    /// By whom.
    pub worker: AnyId,
    /// Where to.
    pub venue: Id<Venue>,
}

/// What is known of a day.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Its redemptions.
    pub scans: Vec<Scan>,
    /// What was refused.
    pub misses: Vec<Miss>,
    /// Books that were handed over in the last [`PATH_DAYS`] days.
    pub paths: Vec<Path>,
    /// What venues with a capacity redeemed in the month up to the day.
    pub loads: Vec<Load>,
    /// Venues that scanned outside their opening hours on the day, and when they did before.
    pub after_hours: Vec<AfterHours>,
}

/// For how long a worker's books are followed.
pub const PATH_DAYS: i64 = 90;

/// S2: so many whole books are a harvest when chance brings them less often than once in so many
/// days: people spend one at a workshop, at any venue in fifty books or less.
const WHOLE_BOOKS_CHANCE: u64 = 10_000;
const WHOLE_BOOKS_OF: u32 = 50;
/// S8: a bad connection has its good hours, so 19 in 20 scans are offline, while 1 in 5 of the
/// others at most.
const OFFLINE_SHARE: (usize, usize) = (19, 20);
const OFFLINE_OTHERS: usize = 5;

/// The signals of a day, by the words of what and whose.
#[must_use]
pub fn raised(on: Day, seen: &Seen, least: &Thresholds) -> Vec<Raised> {
    let mut all = Vec::new();
    let mut add = |kind, about: AnyId, count: usize, of: usize| {
        let [count, of] = [count, of].map(|number| i64::try_from(number).unwrap_or(i64::MAX));
        all.push(Raised { kind, about, on, count, of });
    };
    let by_actor = grouped(&seen.scans, |scan| scan.actor);
    for (actor, scans) in &by_actor {
        let pace = most_within(scans.iter().map(|scan| happened(scan)), 60);
        if pace > least.pace {
            add(SignalKind::Pace, *actor, pace, pace);
        }
        let ahead = |scan: &&&Scan| {
            scan.occurred_at.is_some_and(|at| at > scan.at.plus_seconds(least.clock_ahead_seconds))
        };
        let ahead = scans.iter().filter(ahead).count();
        if ahead >= least.clock_ahead_scans {
            add(SignalKind::ClockAhead, *actor, ahead, scans.len());
        }
    }
    let by_venue = grouped(&seen.scans, |scan| scan.venue.any());
    let late = |scan: &&Scan| {
        scan.occurred_at.is_some_and(|at| at.plus_seconds(least.offline_seconds) < scan.at)
    };
    let late_in_all = seen.scans.iter().filter(late).count();
    let harvests: BTreeMap<AnyId, (u32, u32)> =
        by_venue.iter().map(|(venue, scans)| (*venue, whole_books(scans, least))).collect();
    for (venue, (whole, books)) in &harvests {
        if wide(*whole) >= least.whole_books && is_harvest(*venue, &harvests) {
            add(SignalKind::WholeBooks, *venue, wide(*whole), wide(*books));
        }
    }
    for (venue, scans) in &by_venue {
        let stock: BTreeSet<_> =
            scans.iter().filter(|scan| scan.in_stock).map(|scan| scan.book).collect();
        if stock.len() >= least.from_stock_books {
            add(SignalKind::FromStock, *venue, stock.len(), grouped_books(scans).len());
        }
        let own = scans.iter().filter(|scan| late(scan)).count();
        let (others, others_late) = (seen.scans.len() - scans.len(), late_in_all - own);
        let enough = scans.len().min(others) >= least.offline_scans;
        let mostly = own * OFFLINE_SHARE.1 >= scans.len() * OFFLINE_SHARE.0;
        if enough && mostly && others_late * OFFLINE_OTHERS <= others {
            add(SignalKind::Offline, *venue, own, scans.len());
        }
    }
    misses(seen, &by_actor, least, &mut add);
    steering(&seen.paths, least, &mut add);
    venues::raise(seen, least, &mut add);
    all.sort_by_cached_key(|it| (it.kind.as_str(), it.about.to_string()));
    all
}

/// When a scan happened, by the device where it says so and is not ahead.
fn happened(scan: &Scan) -> Timestamp {
    scan.occurred_at.map_or(scan.at, |at| at.min(scan.at))
}

fn grouped<K: Ord>(scans: &[Scan], key: impl Fn(&Scan) -> K) -> BTreeMap<K, Vec<&Scan>> {
    let mut groups: BTreeMap<K, Vec<&Scan>> = BTreeMap::new();
    for scan in scans {
        groups.entry(key(scan)).or_default().push(scan);
    }
    groups
}

fn grouped_books<'a>(scans: &[&'a Scan]) -> BTreeMap<(i64, u32), Vec<&'a Scan>> {
    let mut books: BTreeMap<(i64, u32), Vec<&Scan>> = BTreeMap::new();
    for scan in scans {
        books.entry(scan.book).or_default().push(scan);
    }
    books
}

/// The most moments within so many seconds.
fn most_within(moments: impl Iterator<Item = Timestamp>, seconds: i64) -> usize {
    let mut moments: Vec<Timestamp> = moments.collect();
    moments.sort_unstable();
    let (mut first, mut most) = (0, 0);
    for at in 0..moments.len() {
        while moments[at] >= moments[first].plus_seconds(seconds) {
            first += 1;
        }
        most = most.max(at + 1 - first);
    }
    most
}

/// How many books were spent whole within minutes, of how many.
fn whole_books(scans: &[&Scan], least: &Thresholds) -> (u32, u32) {
    let quick = |scans: &&Vec<&Scan>| {
        let moments = scans.iter().map(|scan| happened(scan));
        most_within(moments, least.whole_book_seconds) >= least.whole_book_vouchers
    };
    let books = grouped_books(scans);
    (narrow(books.values().filter(quick).count()), narrow(books.len()))
}

/// Whether more whole books come to a venue than chance brings there, by what other venues have.
fn is_harvest(venue: AnyId, all: &BTreeMap<AnyId, (u32, u32)>) -> bool {
    let (whole, books) = all.get(&venue).copied().unwrap_or_default();
    let sum = |of: fn(&(u32, u32)) -> u32| all.values().map(of).sum::<u32>();
    let others = (sum(|it| it.0) - whole, sum(|it| it.1) - books);
    let share =
        Share { part: others.0 + others.1 / WHOLE_BOOKS_OF + 1, of: others.1 + WHOLE_BOOKS_OF };
    is_rare(whole, books, share, WHOLE_BOOKS_CHANCE)
}

fn narrow(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn wide(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

fn misses(
    seen: &Seen,
    by_actor: &BTreeMap<AnyId, Vec<&Scan>>,
    least: &Thresholds,
    add: &mut impl FnMut(SignalKind, AnyId, usize, usize),
) {
    let mut copies: BTreeMap<AnyId, BTreeSet<&str>> = BTreeMap::new();
    let mut shown: BTreeMap<AnyId, (usize, usize)> = BTreeMap::new();
    for miss in &seen.misses {
        let shown = shown.entry(miss.actor).or_default();
        shown.0 += usize::from(miss.unknown);
        shown.1 += 1;
        if let (true, Some(venue), Some(subject)) = (miss.elsewhere, miss.venue, &miss.subject) {
            copies.entry(venue.any()).or_default().insert(subject);
        }
    }
    for (venue, vouchers) in copies {
        if vouchers.len() >= least.copies {
            add(SignalKind::Copies, venue, vouchers.len(), vouchers.len());
        }
    }
    for (actor, (unknown, missed)) in shown {
        let all = missed + by_actor.get(&actor).map_or(0, Vec::len);
        if unknown >= least.unknown_codes && unknown * 100 > all * least.unknown_codes_percent {
            add(SignalKind::Unknown, actor, unknown, all);
        }
    }
}

/// Workers of whose books more end at a venue than chance would bring there, by what the other
/// workers of the same site give: a village has one venue, and that is nobody's choice.
fn steering(
    paths: &[Path],
    least: &Thresholds,
    add: &mut impl FnMut(SignalKind, AnyId, usize, usize),
) {
    let mut sites: BTreeMap<AnyId, BTreeMap<AnyId, BTreeMap<AnyId, u32>>> = BTreeMap::new();
    for path in paths {
        let workers = sites.entry(path.site.any()).or_default();
        *workers.entry(path.worker).or_default().entry(path.venue.any()).or_default() += 1;
    }
    let pairs: usize = sites.values().flat_map(BTreeMap::values).map(BTreeMap::len).sum();
    let pairs = u64::try_from(pairs.max(1)).unwrap_or(u64::MAX);
    for workers in sites.values() {
        let total: u32 = workers.values().flat_map(BTreeMap::values).sum();
        for (worker, venues) in workers {
            let own: u32 = venues.values().sum();
            let others = total - own;
            if wide(own.min(others)) < least.steering_books {
                continue;
            }
            for (venue, count) in venues {
                let at_venue: u32 = workers.values().filter_map(|venues| venues.get(venue)).sum();
                // As if the others had given one more there: no share is none for ever.
                let share = Share { of: others + 2, part: at_venue - count + 1 };
                if count * 2 > own && is_rare(*count, own, share, pairs.saturating_mul(1000)) {
                    add(SignalKind::Steering, *worker, wide(*count), wide(own));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
