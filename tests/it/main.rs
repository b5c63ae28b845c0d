//! The one integration-test binary: what Carnet does as a whole, and how its source is kept.
//!
//! Goal: one link and one start for every test that needs more than one floor.

mod custody;
mod floors;
mod harness;
mod payment_file;
mod properties;
mod redemptions;
mod registers;
mod scheme;
mod statements;
