//! Floor 2: what Carnet knows, as pure values and decisions.
//!
//! Promises: no async, no database, no web, no clock, no randomness: `now` and `today` are
//! arguments. Does not: read or write anything; `store` rests it, `service` does it.

pub mod bank;
pub mod ledger;
pub mod offering;
pub mod payment_file;
pub mod registration;
pub mod statement;
pub mod territory;
