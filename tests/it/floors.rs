//! How the house is kept: the rules of `CONTRIBUTING.md` that a program can check.
//!
//! Goal: an import that goes up, SQL outside the store, a file nobody can read fail here and not
//! in a review. Each rule first catches what is planted for it (`source::Rule`), because a check
//! that finds nothing proves nothing.

mod imports;
mod scanner;
mod shape;
mod source;
mod statements;
mod wording;
