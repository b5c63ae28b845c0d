//! What is counted of the work: batches, the queue, redemptions by outcome.
//!
//! Promises: labels are words of this program, so that no measure holds a person, a venue or a
//! serial, and their number is bounded. Does not: publish (see `server`).

use metrics::{counter, gauge, histogram};

use super::error::Error;
use super::writer::counter::Redeemed;
use crate::domain::refusal::Reason;

/// Redemptions decided, by `outcome`: `redeemed`, `known`, or the code of the refusal.
pub const REDEMPTIONS: &str = "carnet_redemptions_total";
/// How many redemptions one commit held.
pub const BATCH_SIZE: &str = "carnet_writer_batch_size";
/// 1 when the signer answered the last question, 0 when it did not.
pub const SIGNER: &str = "carnet_signer_answers";
/// How many jobs waited when the writer took a batch.
pub const QUEUE_DEPTH: &str = "carnet_writer_queue_depth";

/// Requests that were answered `rate-limited`, by `class` of what was asked and by whose limit it
/// was: `caller` or `address`.
pub const LIMITED: &str = "carnet_limited_total";
/// Callers and addresses whose typed codes were locked, `by` which of the two.
pub const LOCKED: &str = "carnet_codes_locked_total";

/// Signals that were raised, by `kind`.
pub const SIGNALS: &str = "carnet_signals_raised_total";

pub(super) fn signal(kind: &'static str) {
    counter!(SIGNALS, "kind" => kind).increment(1);
}

/// Refusals that were too many to be noted.
pub const UNNOTED: &str = "carnet_refusals_unnoted_total";

pub(super) fn unnoted() {
    counter!(UNNOTED).increment(1);
}

pub(super) fn limited(class: &'static str, by: &'static str) {
    counter!(LIMITED, "class" => class, "by" => by).increment(1);
}

pub(super) fn locked(by: &'static str) {
    counter!(LOCKED, "by" => by).increment(1);
}

/// Counts a redemption, those that never reached the queue too.
pub(super) fn redemption(redeemed: &Result<Redeemed, Error>) {
    let outcome = match redeemed {
        Ok(Redeemed::Fresh { .. }) => "redeemed",
        Ok(Redeemed::Known(..)) => "known",
        Err(error) => error.reason().map_or("fault", Reason::code),
    };
    counter!(REDEMPTIONS, "outcome" => outcome).increment(1);
}

pub(super) fn batch(size: usize) {
    histogram!(BATCH_SIZE).record(narrow(size));
}

pub(super) fn queue(waiting: usize) {
    gauge!(QUEUE_DEPTH).set(narrow(waiting));
}

pub(super) fn signer(answers: bool) {
    gauge!(SIGNER).set(u8::from(answers));
}

fn narrow(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
