//! The ledger: accounts, transfers and balances, entries and their lines, the Merkle log over the
//! lines, signed checkpoints, receipts, and what a witness says of them.
//!
//! Promises: everything that a verifier needs, with no other floor than `base`. Does not: read
//! lines from anywhere.

pub mod account;
pub mod balance;
pub mod checkpoint;
pub mod consistency;
pub mod cosignature;
pub mod entry;
pub mod log;
pub mod receipt;
pub mod transfer;
pub mod witness;
