//! Carnet: an open voucher ledger for digital inclusion.
//!
//! Start at `ARCHITECTURE.md`. Floors, from the ground up: [`base`], `domain`, `store`, `service`,
//! `web`, `server`, `cli`; imports go down only, and `tests/it/floors.rs` keeps it so.

pub mod base;
pub mod cli;
pub mod config;
pub mod domain;
pub mod server;
pub mod service;
pub mod store;
pub mod web;
