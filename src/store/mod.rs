//! Floor 3: where facts rest. The only floor that knows SQL.
//!
//! Promises: one text for both engines, every statement takes a set and is prepared on both by a
//! test; lines and their projections are written in one transaction. Does not: decide anything.

pub mod access;
pub mod book;
pub mod campaign;
pub mod checkpoint;
pub mod code;
pub mod cosignature;
pub mod counter;
pub mod database;
pub mod dialect;
pub mod earning;
pub mod factor;
pub mod leaving;
pub mod ledger;
pub mod membership;
pub mod name;
pub mod openid;
pub mod order;
pub mod organisation;
pub mod passkey;
pub mod person;
pub mod progress;
pub mod projection;
pub mod proposal;
pub mod purge;
pub mod redemption;
pub mod refused;
pub mod scratch;
pub mod seat;
pub mod session;
pub mod settlement;
pub mod shelf;
pub mod signal;
pub mod statistic;
pub mod story;
pub mod tables;
pub mod torture;
pub mod transfer;
pub mod vault;
pub mod venue;
pub mod waiting;

pub use database::{Database, DatabaseOptions};
pub use dialect::{StoreError, Tx};

/// Every statement of this floor by name, for the test that prepares them on both engines.
#[must_use]
pub fn statements() -> Vec<(&'static str, dialect::Statement)> {
    let mut all = [
        access::STATEMENTS,
        book::STATEMENTS,
        campaign::STATEMENTS,
        checkpoint::STATEMENTS,
        code::STATEMENTS,
        cosignature::STATEMENTS,
        counter::STATEMENTS,
        earning::STATEMENTS,
        factor::STATEMENTS,
        leaving::STATEMENTS,
        ledger::STATEMENTS,
        membership::STATEMENTS,
        name::STATEMENTS,
        openid::STATEMENTS,
        order::STATEMENTS,
        organisation::STATEMENTS,
        passkey::STATEMENTS,
        person::STATEMENTS,
        progress::STATEMENTS,
        purge::STATEMENTS,
        proposal::STATEMENTS,
        redemption::STATEMENTS,
        refused::STATEMENTS,
        session::STATEMENTS,
        settlement::STATEMENTS,
        shelf::STATEMENTS,
        signal::STATEMENTS,
        statistic::STATEMENTS,
        story::STATEMENTS,
        transfer::STATEMENTS,
        vault::STATEMENTS,
        venue::STATEMENTS,
        waiting::STATEMENTS,
    ]
    .concat();
    all.extend(purge::aging_statements());
    all.extend(tables::statements());
    all.extend(torture::statements());
    all.extend(ledger::together_statements());
    all.extend(counter::together_statements());
    all
}
