//! Floor 7: the command line.
//!
//! Promises: verbs of the service, with `--help` that reads well. Does not: hold rules.

pub mod bench;
