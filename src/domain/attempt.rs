//! Failed attempts to sign in: first slow, then shut for a while.
//!
//! Promises: an attempt counts before its password is looked at, so that many at once are no way
//! around; the answer depends on what was typed and from where, never on whether there is such an
//! account. Does not: know who attempts; it counts under a hash.

use crate::base::clock::Timestamp;

/// From so many failures on, each attempt waits twice as long as the one before.
pub const SLOW_FROM: i64 = 5;

/// From so many failures on nothing is tried for [`LOCK_SECONDS`].
pub const LOCK_FROM: i64 = 10;

/// How long an account stays shut from an address; also how long failures are remembered.
pub const LOCK_SECONDS: i64 = 15 * 60;

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
        let Some(known) = known else { return Ok(Self { failures: 1, last_at: now }) };
        let forgotten = known.last_at.plus_seconds(LOCK_SECONDS);
        if now >= forgotten {
            return Ok(Self { failures: 1, last_at: now });
        }
        let over = match known.failures {
            few if few < SLOW_FROM => known.last_at,
            some if some < LOCK_FROM => {
                let doubled = u32::try_from(some - SLOW_FROM).unwrap_or(0);
                known.last_at.plus_seconds(1_i64 << doubled)
            }
            _ => forgotten,
        };
        if now < over {
            return Err(((over.millis() - now.millis()) / 1000).max(1));
        }
        Ok(Self { failures: known.failures + 1, last_at: now })
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
