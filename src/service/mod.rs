//! Floor 4: the verbs: each file is one thing somebody does, built from the nouns below.
//!
//! Promises: imports go down only. Does not: speak HTTP or write SQL.

pub mod print;
