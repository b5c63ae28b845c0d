//! Floor 4: who does it. Each verb takes the actor, gets a permit, loads, lets the domain decide,
//! and hands the decision to the writer.
//!
//! Promises: no row is reached without a permit; every write goes through [`writer`]. Does not:
//! know HTTP or the command line.

pub mod attend;
pub mod audit;
pub mod bear;
pub mod close;
pub mod directory;
pub mod earn;
pub mod error;
pub mod export;
pub mod find;
pub mod follow;
pub mod found;
pub mod gather;
pub mod hand_over;
pub mod http;
pub mod import;
pub mod instance;
pub mod issue;
pub mod keys;
pub mod limit;
pub mod mail;
pub mod meter;
pub mod observe;
pub mod order;
pub mod oversee;
pub mod pair;
pub mod people;
pub mod print;
pub mod propose;
pub mod purge;
pub mod receipt;
pub mod recount;
pub mod redeem;
pub mod refused;
pub mod register;
pub mod rehearse;
pub mod release;
pub mod restore;
pub mod rotate;
mod seek;
pub mod settle;
pub mod sign_in;
pub mod signals;
pub mod signer;
pub mod solvency;
pub mod tally;
pub mod witness;
pub mod writer;

pub use error::Error;
pub use instance::{Instance, Legal, Settings};
