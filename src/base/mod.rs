//! Floor 1: the small words every other floor speaks: ids, money, time, chance.
//!
//! Promises: pure values with one text form each. Does not: know the domain, touch a disk, or a
//! clock other than through [`clock::Clock`] and [`entropy::Entropy`].

pub mod base32;
pub mod base64;
pub mod clock;
pub mod day;
pub mod entropy;
pub mod host;
pub mod id;
pub mod money;
pub mod page;
pub mod planted;
pub mod rate;
pub mod text;
