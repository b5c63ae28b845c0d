//! Trials of typed codes: a code that does not exist slows whoever typed it, then locks it for a
//! while.
//!
//! Promises: while somebody is locked no code of its is looked up, right or wrong; many at once are
//! no way around, since what is under way counts until it is known; a right code costs nothing.
//! Does not: look at tokens, which nobody can guess: while codes are locked the counter goes on.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::base::clock::Timestamp;
use crate::base::id::AnyId;
use crate::domain::access::Actor;
use crate::domain::attempt::{Attempts, Patience};
use crate::domain::quota::place;
use crate::domain::refusal::Refusal;
use crate::service::meter;

/// The most of whom failures are remembered; then those of long ago go.
const ROOM: usize = 65_536;

/// Who failed how often.
#[derive(Debug, Default)]
pub(in crate::service) struct Trials {
    callers: Option<Patience>,
    addresses: Option<Patience>,
    counts: Mutex<HashMap<Who, Count>>,
}

/// Whose trials are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Who {
    Caller(AnyId),
    Place(u64),
}

#[derive(Debug, Default, Clone, Copy)]
struct Count {
    attempts: Option<Attempts>,
    /// Trials that nobody knows the end of yet.
    under_way: i64,
}

impl Count {
    fn failures(&self, now: Timestamp, patience: Patience) -> i64 {
        let remembered =
            |attempts: &Attempts| now < attempts.last_at.plus_seconds(patience.lock_seconds);
        self.attempts.filter(remembered).map_or(0, |attempts| attempts.failures)
    }

    fn is_locked(&self, now: Timestamp, patience: Patience) -> bool {
        self.failures(now, patience) >= patience.lock_from
    }

    fn may(&self, now: Timestamp, patience: Patience) -> Result<(), i64> {
        Attempts::may(self.attempts, now, patience)?;
        let failures = self.failures(now, patience);
        // Who is slowed tries one at a time.
        let most = if failures >= patience.slow_from { 1 } else { patience.lock_from - failures };
        if self.under_way >= most { Err(1) } else { Ok(()) }
    }
}

impl Trials {
    pub(super) fn new(callers: Option<Patience>, addresses: Option<Patience>) -> Self {
        Self { callers, addresses, counts: Mutex::default() }
    }

    /// Whether trials are counted at all.
    pub(in crate::service) const fn are_counted(&self) -> bool {
        self.callers.is_some() || self.addresses.is_some()
    }

    /// Begins a trial of a typed code; `None` where they are not counted.
    ///
    /// # Errors
    /// `rate-limited`, with the seconds to wait: nothing is then tried.
    pub(in crate::service) fn begin(
        &self,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Option<Trial<'_>>, Refusal> {
        if !self.are_counted() {
            return Ok(None);
        }
        let whose = self.whose(actor);
        let mut counts = self.counts();
        for (who, patience) in whose.iter().flatten() {
            let count = counts.get(who).copied().unwrap_or_default();
            count.may(now, *patience).map_err(|seconds| {
                meter::limited("code", who.word());
                Refusal::wait(seconds)
            })?;
        }
        for (who, _) in whose.iter().flatten() {
            counts.entry(*who).or_default().under_way += 1;
        }
        Ok(Some(Trial { trials: self, whose, actor: actor.id }))
    }

    /// Counts a forged token, which needs no trial: it is verified by itself.
    pub(in crate::service) fn forged(&self, actor: &Actor, now: Timestamp) {
        if self.are_counted() {
            self.count(&self.whose(actor), actor.id, now);
        }
    }

    fn whose(&self, actor: &Actor) -> Whose {
        let at = actor.address.map(|address| Who::Place(place(address)));
        [self.callers.map(|patience| (Who::Caller(actor.id), patience)), at.zip(self.addresses)]
    }

    fn count(&self, whose: &Whose, actor: AnyId, now: Timestamp) {
        let mut counts = self.counts();
        if counts.len() >= ROOM {
            let fresh = |count: &Count| {
                let day = |attempts: Attempts| now < attempts.last_at.plus_seconds(86_400);
                count.under_way > 0 || count.attempts.is_some_and(day)
            };
            counts.retain(|_, count| fresh(count));
        }
        for (who, patience) in whose.iter().flatten() {
            let count = counts.entry(*who).or_default();
            // Who is locked adds nothing more: not to its own lock, and not to its colleagues'.
            if count.is_locked(now, *patience) {
                return;
            }
            let attempts = Attempts::failed(count.attempts, now, *patience);
            count.attempts = Some(attempts);
            if attempts.failures == patience.lock_from {
                meter::locked(who.word());
                let seconds = patience.lock_seconds;
                let by = who.word();
                tracing::warn!(%actor, by, seconds, "TYPED CODES ARE LOCKED: too many are unknown");
            }
        }
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<Who, Count>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Who {
    const fn word(self) -> &'static str {
        match self {
            Self::Caller(_) => "caller",
            Self::Place(_) => "address",
        }
    }
}

type Whose = [Option<(Who, Patience)>; 2];

/// A trial that is under way, until it is dropped.
#[derive(Debug)]
pub(in crate::service) struct Trial<'a> {
    trials: &'a Trials,
    whose: Whose,
    actor: AnyId,
}

impl Trial<'_> {
    /// There is no such code.
    pub(in crate::service) fn failed(self, now: Timestamp) {
        self.trials.count(&self.whose, self.actor, now);
    }
}

impl Drop for Trial<'_> {
    fn drop(&mut self) {
        let mut counts = self.trials.counts();
        for (who, _) in self.whose.iter().flatten() {
            if let Some(count) = counts.get_mut(who) {
                count.under_way -= 1;
                if count.under_way <= 0 && count.attempts.is_none() {
                    counts.remove(who);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    //! Goal: guessing is slow, then stops; what is right is never slowed by itself.

    use super::*;
    use crate::base::id::{ApiKey, Id, Structure};
    use crate::domain::access::Role;

    const NOW: Timestamp = Timestamp::from_millis(1_795_341_600_000);

    fn actor(number: u128) -> Actor {
        let own: Id<Structure> = Id::from_uuid(uuid::Uuid::from_u128(1));
        let key: Id<ApiKey> = Id::from_uuid(uuid::Uuid::from_u128(number));
        let address = Some([10, 0, 0, 1].into());
        Actor { address, ..Actor::of(key.any(), Role::Device, own.any().try_into().unwrap()) }
    }

    fn trials() -> Trials {
        let of = |lock_from| Patience { slow_from: 3, lock_from, lock_seconds: 900 };
        Trials::new(Some(of(5)), Some(Patience { slow_from: 12, ..of(15) }))
    }

    /// Tries a code that does not exist as soon as one may.
    fn guess(trials: &Trials, actor: &Actor, now: &mut Timestamp) -> i64 {
        let mut waited = 0;
        loop {
            match trials.begin(actor, *now) {
                Ok(trial) => {
                    trial.unwrap().failed(*now);
                    return waited;
                }
                Err(refusal) => {
                    let seconds = refusal.members.retry_after_seconds.unwrap();
                    waited += seconds;
                    *now = now.plus_seconds(seconds);
                }
            }
        }
    }

    #[test]
    fn guessing_is_slow_then_locked_then_forgotten() {
        let (trials, mut now) = (trials(), NOW);
        let waited: Vec<i64> = (0..7).map(|_| guess(&trials, &actor(1), &mut now)).collect();
        assert_eq!(waited, [0, 0, 0, 1, 2, 900, 0]);
    }

    #[test]
    fn a_right_code_costs_nothing_and_leaves_nothing() {
        let trials = trials();
        for _ in 0..1000 {
            drop(trials.begin(&actor(1), NOW).unwrap());
        }
        assert!(trials.counts().is_empty());
    }

    #[test]
    fn many_at_once_are_no_way_around() {
        let trials = trials();
        let under_way: Vec<_> = std::iter::repeat_with(|| trials.begin(&actor(1), NOW))
            .take_while(Result::is_ok)
            .collect();
        assert_eq!(under_way.len(), 5);
        for trial in under_way {
            trial.unwrap().unwrap().failed(NOW);
        }
        let refusal = trials.begin(&actor(1), NOW).unwrap_err();
        assert_eq!(refusal.members.retry_after_seconds, Some(900));
    }

    #[test]
    fn nobody_locks_a_colleague_but_a_gang_is_locked() {
        let trials = trials();
        for _ in 0..100 {
            trials.forged(&actor(1), NOW);
        }
        assert!(trials.begin(&actor(1), NOW).is_err() && trials.begin(&actor(9), NOW).is_ok());
        for number in [2, 3] {
            for _ in 0..5 {
                trials.forged(&actor(number), NOW);
            }
        }
        assert!(trials.begin(&actor(9), NOW).is_err(), "three at one address");
        let elsewhere = Actor { address: Some([10, 0, 0, 2].into()), ..actor(9) };
        assert!(trials.begin(&elsewhere, NOW).is_ok());
    }
}
