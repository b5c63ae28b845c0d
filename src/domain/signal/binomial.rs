//! How likely so many of so many are by chance, in whole numbers.
//!
//! Promises: a fixed point of 60 bits, rounded down at each step, so that the error stays below the
//! number of trials in 2^60. Does not: take more than [`MOST`] trials; of more it looks at a part.

/// The most trials that are looked at: the work grows with their square.
const MOST: u32 = 1000;
/// One, in fixed point.
const ONE: u128 = 1 << 60;

/// A share: a part of a whole.
#[derive(Debug, Clone, Copy)]
pub(super) struct Share {
    pub(super) part: u32,
    pub(super) of: u32,
}

/// Whether at least `count` of `trials`, each with the chance of a share, come less often than once
/// in so many times.
pub(super) fn is_rare(count: u32, trials: u32, share: Share, once_in: u64) -> bool {
    let (count, trials) = if trials > MOST {
        let scaled = u64::from(count) * u64::from(MOST) / u64::from(trials);
        (u32::try_from(scaled).unwrap_or(MOST), MOST)
    } else {
        (count, trials)
    };
    at_least(count, trials, share) * u128::from(once_in) < ONE
}

/// The probability of at least `count` of `trials`, in fixed point.
fn at_least(count: u32, trials: u32, share: Share) -> u128 {
    let yes = ONE * u128::from(share.part.min(share.of)) / u128::from(share.of.max(1));
    let no = ONE - yes;
    let width = usize::try_from(trials).unwrap_or(0) + 1;
    // How likely each number of successes is, one trial after the other.
    let mut likely = vec![0_u128; width];
    likely[0] = ONE;
    for trial in 1..width {
        for successes in (0..=trial).rev() {
            let stays = likely[successes] * no / ONE;
            let grows = if successes > 0 { likely[successes - 1] * yes / ONE } else { 0 };
            likely[successes] = stays + grows;
        }
    }
    likely.iter().skip(usize::try_from(count).unwrap_or(usize::MAX)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_tables_say() {
        let half = Share { part: 1, of: 2 };
        // 56 of 1024: at least 8 of 10 fair throws.
        assert_eq!(at_least(8, 10, half) >> 50, 56);
        assert_eq!(at_least(0, 10, half), ONE);
        assert_eq!(at_least(11, 10, half), 0);
        // 0.1 ^ 3 is one in a thousand, and no less.
        let tenth = Share { part: 1, of: 10 };
        assert!(is_rare(3, 3, tenth, 999) && !is_rare(3, 3, tenth, 1001));
        assert!(!is_rare(10_000, 20_000, half, 1000) && is_rare(12_000, 20_000, half, 1000));
    }
}
