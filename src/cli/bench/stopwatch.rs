//! A stopwatch: the one place of a bench that reads the machine's clock.
//!
//! Promises: monotonic microseconds. Does not: decide anything; only reports use it.

use std::time::Instant;

/// A started stopwatch.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "a bench measures the machine, not the domain")]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Microseconds since the start.
    #[must_use]
    pub fn micros(self) -> u128 {
        self.0.elapsed().as_micros()
    }
}
