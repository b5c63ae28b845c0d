//! Dice that fall the same way for the same seed.
//!
//! Promises: what is chosen depends on the seed and on the order of the throws. Does not: fit any
//! secret.

use crate::base::entropy::{SeededEntropy, bytes};

/// Dice.
#[derive(Debug)]
pub(super) struct Dice(SeededEntropy);

impl Dice {
    pub(super) const fn new(seed: u64) -> Self {
        Self(SeededEntropy::new(seed))
    }

    /// A number below another; 0 when there is none below.
    pub(super) fn below(&self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(u64::MAX).max(1);
        usize::try_from(u64::from_be_bytes(bytes(&self.0)) % end).unwrap_or(0)
    }

    /// One of some; `None` when there are none.
    pub(super) fn one<'a, T>(&self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.below(of.len()))
    }

    /// Some in another order.
    pub(super) fn shuffle<T>(&self, of: &mut [T]) {
        for last in (1..of.len()).rev() {
            of.swap(last, self.below(last + 1));
        }
    }
}
