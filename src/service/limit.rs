//! Limits: who asks too much waits, and who tries codes that do not exist is slowed, then locked.
//!
//! Promises: nothing is counted, locked or allocated where nothing is limited; counts take a
//! bounded memory, and a flood of addresses forgets no caller's count; a lock is of one caller, and
//! of an address only after what several callers there did, so that nobody locks a colleague. Does
//! not: outlive the process, or know of another one: each server of several counts by itself.

mod trial;

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use self::trial::Trials;
use super::meter;
use crate::base::clock::Timestamp;
use crate::base::id::AnyId;
use crate::base::rate::Rate;
use crate::domain::access::Actor;
use crate::domain::quota::{Class, Debt, Quotas, give_back, micros, place, take};
use crate::domain::refusal::Refusal;

/// Parts of a table, each with its own lock: those who ask at the same time seldom meet.
const SHARDS: usize = 64;
/// The most that a part remembers: a table takes 9 MB when all of its parts are full.
const SHARD_ROOM: usize = 4096;

/// What is limited, and who asked how much.
#[derive(Debug)]
pub struct Limiter {
    quotas: Quotas,
    callers: Table,
    addresses: Table,
    /// Typed codes that were tried.
    pub(super) trials: Trials,
}

impl Limiter {
    /// Nobody has asked yet.
    #[must_use]
    pub fn new(quotas: Quotas) -> Self {
        let trials = Trials::new(quotas.codes, quotas.address_codes);
        Self { quotas, callers: Table::default(), addresses: Table::default(), trials }
    }

    /// Whether nothing is limited.
    #[must_use]
    pub fn is_lifted(&self) -> bool {
        self.quotas.are_lifted()
    }

    /// Counts a request of a caller.
    ///
    /// # Errors
    /// `rate-limited`, with the seconds to wait.
    pub fn caller(
        &self,
        id: AnyId,
        bound: bool,
        class: Class,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.count(id, bound, class, 1, now)
    }

    /// Counts what one request of an actor does several times.
    ///
    /// # Errors
    /// `rate-limited`, with the seconds to wait.
    pub(super) fn many(
        &self,
        actor: &Actor,
        class: Class,
        times: usize,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let times = u32::try_from(times).unwrap_or(u32::MAX);
        self.count(actor.id, actor.venue.is_some(), class, times, now)
    }

    fn count(
        &self,
        id: AnyId,
        bound: bool,
        class: Class,
        cost: u32,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let Some(rate) = self.quotas.of_caller(class, bound) else { return Ok(()) };
        let taken = self.callers.take(&(id, class), rate, cost, now);
        taken.map_err(|seconds| limited(class, "caller", seconds))
    }

    /// Counts a request from an address.
    ///
    /// # Errors
    /// `rate-limited`, with the seconds to wait.
    pub fn address(&self, address: IpAddr, class: Class, now: Timestamp) -> Result<(), Refusal> {
        let place = place(address);
        let says_no = |seconds| limited(class, "address", seconds);
        if let Some(rate) = self.quotas.address {
            self.addresses.take(&(place, None::<Class>), rate, 1, now).map_err(says_no)?;
        }
        match self.quotas.of_address(class) {
            Some(rate) => self.addresses.take(&(place, Some(class)), rate, 1, now).map_err(says_no),
            None => Ok(()),
        }
    }

    /// Gives an address back what it asked of a class: it came to a good end.
    pub fn forgive(&self, address: IpAddr, class: Class) {
        if let Some(rate) = self.quotas.of_address(class) {
            self.addresses.give_back(&(place(address), Some(class)), rate);
        }
    }
}

fn limited(class: Class, by: &'static str, seconds: i64) -> Refusal {
    meter::limited(class.as_str(), by);
    Refusal::wait(seconds)
}

/// Debts by a keyed hash of who owes them: two that share a hash, of 64 bits, share a count.
#[derive(Debug)]
pub(super) struct Table {
    shards: Vec<Mutex<HashMap<u64, Debt>>>,
    hasher: RandomState,
}

impl Default for Table {
    fn default() -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self { shards, hasher: RandomState::new() }
    }
}

impl Table {
    fn at(&self, who: &impl Hash) -> (u64, &Mutex<HashMap<u64, Debt>>) {
        let hash = self.hasher.hash_one(who);
        let shard = usize::try_from(hash % SHARDS as u64).unwrap_or_default();
        (hash, &self.shards[shard])
    }

    /// Counts; gives the seconds to wait where it is too much.
    pub(super) fn take(
        &self,
        who: &impl Hash,
        rate: Rate,
        cost: u32,
        now: Timestamp,
    ) -> Result<(), i64> {
        let (hash, shard) = self.at(who);
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = take(shard.get(&hash).copied(), rate, cost, now);
        if crate::base::planted::is("rate-limit-ignored") {
            return Ok(());
        }
        let debt = taken?;
        if shard.len() >= SHARD_ROOM && !shard.contains_key(&hash) {
            make_room(&mut shard, now);
        }
        shard.insert(hash, debt);
        Ok(())
    }

    fn give_back(&self, who: &impl Hash, rate: Rate) {
        let (hash, shard) = self.at(who);
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(debt) = shard.get_mut(&hash) {
            *debt = give_back(*debt, rate);
        }
    }
}

/// Forgets who owes nothing any more; when that is not enough, the half that owes least.
fn make_room(shard: &mut HashMap<u64, Debt>, now: Timestamp) {
    let now = micros(now);
    shard.retain(|_, debt| *debt > now);
    if shard.len() > SHARD_ROOM / 2 {
        let mut debts: Vec<Debt> = shard.values().copied().collect();
        let (_, middle, _) = debts.select_nth_unstable(SHARD_ROOM / 2);
        let middle = *middle;
        shard.retain(|_, debt| *debt > middle);
    }
}

#[cfg(test)]
mod tests {
    //! Goal: limits hold for each by itself, in a memory that does not grow.

    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_341_600_000);

    fn limiter() -> Limiter {
        let rate = |text: &str| Some(text.parse().unwrap());
        Limiter::new(Quotas {
            address: rate("100/min"),
            sign_ins: rate("5/min"),
            ..Quotas::default()
        })
    }

    #[test]
    fn each_address_has_its_own_count() {
        let limiter = limiter();
        let at = |last: u8| IpAddr::V4(Ipv4Addr::new(10, 0, 0, last));
        for _ in 0..5 {
            limiter.address(at(1), Class::SignIn, NOW).unwrap();
        }
        let refusal = limiter.address(at(1), Class::SignIn, NOW).unwrap_err();
        assert_eq!(refusal.members.retry_after_seconds, Some(12));
        assert!(limiter.address(at(2), Class::SignIn, NOW).is_ok());
        assert!(limiter.address(at(1), Class::Other, NOW).is_ok());
        limiter.forgive(at(1), Class::SignIn);
        assert!(limiter.address(at(1), Class::SignIn, NOW).is_ok());
    }

    #[test]
    fn a_million_addresses_take_no_more_memory_than_a_quarter_of_one() {
        let limiter = limiter();
        let greedy = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
        for _ in 0..100 {
            limiter.address(greedy, Class::Other, NOW).unwrap();
        }
        for number in 0..1_000_000_u128 {
            let address = IpAddr::V6(Ipv6Addr::from_bits(number << 64));
            limiter.address(address, Class::Other, NOW).unwrap();
        }
        let kept: usize = limiter.addresses.shards.iter().map(|it| it.lock().unwrap().len()).sum();
        assert!(kept <= SHARDS * SHARD_ROOM, "{kept}");
        // Who owes most is forgotten last.
        assert!(limiter.address(greedy, Class::Other, NOW).is_err());
    }
}
