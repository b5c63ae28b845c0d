//! Goal: the pure decisions hold for any state and not only for the examples: a batch is its
//! redemptions one by one, a refusal changes nothing and is the first of its list, money that does
//! not add up never enters the balances.
//!
//! What is expected is computed a second time here, from the words of DESIGN and not from the code.

mod counter;
mod money;

/// So many cases; a failure prints its input, and leaves no file in the source.
fn cases(cases: u32) -> proptest::test_runner::Config {
    proptest::test_runner::Config { cases, failure_persistence: None, ..Default::default() }
}
