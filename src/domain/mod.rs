//! Floor 2: what Carnet knows, as pure values and decisions.
//!
//! Promises: no async, no database, no web, no clock, no randomness: `now` and `today` are
//! arguments. Does not: read or write anything; `store` rests it, `service` does it.

pub mod access;
pub mod attempt;
pub mod bank;
pub mod book;
pub mod bookkeeping;
pub mod bundle;
pub mod campaign;
pub mod code;
pub mod contact;
pub mod diagnosis;
pub mod fact;
pub mod holiday;
pub mod keyring;
pub mod leaving;
pub mod ledger;
pub mod mediation;
pub mod observation;
pub mod offering;
pub mod opening_hours;
pub mod order;
pub mod organisation;
pub mod pairing;
pub mod payment_file;
pub mod person;
pub mod place;
pub mod printed;
pub mod proposal;
pub mod quota;
pub mod redemption;
pub mod refusal;
pub mod registration;
pub mod replay;
pub mod restoration;
pub mod retention;
pub mod rules;
pub mod serial;
pub mod session;
pub mod settlement;
pub mod signal;
pub mod signature;
pub mod signing;
pub mod solvency;
pub mod statement;
pub mod statistic;
pub mod stock;
pub mod takeover;
pub mod territory;
pub mod token;
pub mod totp;
pub mod venue;
pub mod verifier;
pub mod voucher;
