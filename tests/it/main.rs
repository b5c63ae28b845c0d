//! The one integration-test binary: what Carnet does as a whole, and how its source is kept.
//!
//! Goal: one link and one start for every test that needs more than one floor.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by stopping")]

mod abuse;
mod audit;
mod bookkeeping;
mod browser;
mod canary;
mod cli;
mod custody;
mod demo;
mod deploy;
mod doctor;
mod faults;
mod floors;
mod fuzz;
mod guard;
mod harness;
mod histories;
mod hostile;
mod journal;
mod leaving;
mod ledgers;
mod pages;
mod payment_file;
mod people;
mod planted;
mod properties;
pub(crate) mod proposals;
mod redemptions;
mod registers;
mod restore;
pub(crate) mod rights;
mod rotation;
mod schemas;
mod scheme;
mod security;
mod server;
mod settlements;
mod signer;
mod solvency;
mod state;
mod statements;
mod store_contract;
mod torture;
mod verify;
mod witness;
mod wycheproof;
