//! Bugs on purpose, so that tests can prove that they catch them.
//!
//! Promises: without the feature `planted-bugs` every question is answered `false` at compile time
//! and costs nothing. Does not: exist in a released program.

/// Whether the planted bug of this name was chosen by `CARNET_PLANTED_BUG`.
#[cfg(feature = "planted-bugs")]
#[must_use]
pub fn is(name: &str) -> bool {
    static CHOSEN: std::sync::OnceLock<Option<String>> = std::sync::OnceLock::new();
    CHOSEN.get_or_init(|| std::env::var("CARNET_PLANTED_BUG").ok()).as_deref() == Some(name)
}

/// Whether the planted bug of this name was chosen: never, in a build without them.
#[cfg(not(feature = "planted-bugs"))]
#[must_use]
#[inline]
pub const fn is(_name: &str) -> bool {
    false
}
