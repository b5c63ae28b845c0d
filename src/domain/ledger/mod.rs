//! The ledger: accounts, transfers and balances, entries and their lines, the Merkle log over the
//! lines, signed checkpoints and receipts.
//!
//! Promises: everything that a verifier needs, with no other floor than `base`. Does not: read
//! lines from anywhere.

pub mod account;
pub mod balance;
pub mod checkpoint;
pub mod consistency;
pub mod entry;
pub mod log;
pub mod receipt;
pub mod transfer;
