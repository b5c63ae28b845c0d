//! The one integration-test binary: what Carnet does as a whole, and how its source is kept.
//!
//! Goal: one link and one start for every test that needs more than one floor.

mod audit;
mod custody;
mod floors;
mod harness;
mod ledgers;
mod payment_file;
mod redemptions;
mod registers;
mod scheme;
mod statements;
