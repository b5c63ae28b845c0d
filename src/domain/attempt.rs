//! Failed attempts, to sign in or to guess a typed code: first slow, then shut for a while.
//!
//! Promises: an attempt to sign in counts before its password is looked at, so that many at once
//! are no way around; the answer depends on what was typed and from where, never on whether there
//! is such an account. Does not: know who attempts; it counts under a hash.

use crate::base::clock::Timestamp;

/// From so many failures on, each attempt waits twice as long as the one before.
pub const SLOW_FROM: i64 = 5;

/// From so many failures on nothing is tried for [`LOCK_SECONDS`].
pub const LOCK_FROM: i64 = 10;

/// How long an account stays shut from an address; also how long failures are remembered.
pub const LOCK_SECONDS: i64 = 15 * 60;

/// When whoever fails is slowed, and when it is shut out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// From so many failures on, each attempt waits twice as long as the one before.
    pub slow_from: i64,
    /// From so many failures on nothing is tried for a while.
    pub lock_from: i64,
    /// How long that is; also how long failures are remembered.
    pub lock_seconds: i64,
}

impl Patience {
    /// With whoever signs in.
    pub const SIGN_IN: Self =
        Self { slow_from: SLOW_FROM, lock_from: LOCK_FROM, lock_seconds: LOCK_SECONDS };
}

/// The longest wait before the lock doubles no further: a bit less than nine hours.
const DOUBLINGS: i64 = 15;

/// What was attempted for one account from one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempts {
    /// How often without success.
    pub failures: i64,
    /// When last.
    pub last_at: Timestamp,
}

impl Attempts {
    /// The count with one attempt more, or in how many seconds one may be made.
    ///
    /// # Errors
    /// The seconds to wait, at least 1.
    pub fn next(known: Option<Self>, now: Timestamp) -> Result<Self, i64> {
        Self::may(known, now, Patience::SIGN_IN)?;
        Ok(Self::failed(known, now, Patience::SIGN_IN))
    }

    /// Whether one more may be made, or in how many seconds.
    ///
    /// # Errors
    /// The seconds to wait, at least 1.
    pub fn may(known: Option<Self>, now: Timestamp, patience: Patience) -> Result<(), i64> {
        let Some(known) = known else { return Ok(()) };
        let forgotten = known.last_at.plus_seconds(patience.lock_seconds);
        let over = match known.failures {
            locked if locked >= patience.lock_from => forgotten,
            few if few < patience.slow_from => known.last_at,
            some => {
                let doubled = (some - patience.slow_from).min(DOUBLINGS);
                known.last_at.plus_seconds(1_i64 << doubled).min(forgotten)
            }
        };
        if now >= forgotten || now >= over {
            return Ok(());
        }
        Err(((over.millis() - now.millis()) / 1000).max(1))
    }

    /// The count with one failure more.
    #[must_use]
    pub fn failed(known: Option<Self>, now: Timestamp, patience: Patience) -> Self {
        let remembered =
            known.filter(|known| now < known.last_at.plus_seconds(patience.lock_seconds));
        Self { failures: remembered.map_or(0, |known| known.failures) + 1, last_at: now }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_are_slow_after_five_and_shut_after_ten() {
        let mut now = Timestamp::from_millis(0);
        let mut known = None;
        let mut waited = Vec::new();
        for _ in 0..10 {
            known = Some(Attempts::next(known, now).unwrap_or_else(|seconds| {
                waited.push(seconds);
                now = now.plus_seconds(seconds);
                Attempts::next(known, now).unwrap()
            }));
        }
        assert_eq!(waited, [1, 2, 4, 8, 16]);
        assert_eq!(Attempts::next(known, now), Err(LOCK_SECONDS));
        assert_eq!(Attempts::next(known, now.plus_seconds(LOCK_SECONDS - 1)), Err(1));
        let after = Attempts::next(known, now.plus_seconds(LOCK_SECONDS)).unwrap();
        assert_eq!(after.failures, 1);
    }
}
