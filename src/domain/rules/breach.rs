//! Breaches: the sentences for what a line must not say after the lines above it.
//!
//! Promises: a sentence names the thing and what was expected of it. Does not: tell who did it.

use crate::base::day::Day;
use crate::base::id::AnyId;

/// Which rule a line breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Breach {
    /// The id is of another noun than the kind is about.
    #[error("no line of this kind is about {0}")]
    Noun(AnyId),
    /// The venue's word on time, on a line that no venue asked for.
    #[error("only a redemption says when it happened by another clock")]
    Occurred,
    /// A funder's kind in the operator's ledger, or the other way.
    #[error("a line of this kind belongs in another ledger")]
    OtherLedger,
    /// The id was created before.
    #[error("{0} is created a second time")]
    Twice(AnyId),
    /// Something that no line above made.
    #[error("no line above made {0}")]
    Unknown(String),
    /// Money that the kind does not move, or not so.
    #[error("the transfers are not those of this line's kind and body")]
    Transfers,
    /// A value that follows from the lines above, and is another.
    #[error("{what} is {found}; by the lines above it is {expected}")]
    Differs {
        /// Which value.
        what: &'static str,
        /// What follows.
        expected: String,
        /// What the line says.
        found: String,
    },
    /// A state in which this does not happen.
    #[error("{what} is {state}")]
    State {
        /// What is in that state.
        what: String,
        /// The state.
        state: &'static str,
    },
    /// Too early or too late by the campaign's days.
    #[error("{on} is not among the days of {campaign}")]
    Days {
        /// The line's day.
        on: Day,
        /// The campaign.
        campaign: AnyId,
    },
    /// A venue or a service that the campaign does not pay, or once too often.
    #[error("{campaign} does not pay this: {why}")]
    Campaign {
        /// The campaign.
        campaign: AnyId,
        /// Which of its rules.
        why: &'static str,
    },
    /// Something of a register that is fixed.
    #[error("{0} cannot change any more")]
    Fixed(&'static str),
    /// One person who settles and approves.
    #[error("who opened a settlement does not approve it")]
    SamePerson,
    /// One person who proposes and approves.
    #[error("who asked for something, or granted the key that did, does not approve it")]
    OnePerson,
    /// Gone from the vault before its time was over.
    #[error("accounts needed it on {0}, and the years that they are kept for are not over")]
    Early(Day),
    /// A number outside what verbs write.
    #[error("{0} is out of its bounds")]
    Bounds(&'static str),
}

impl Breach {
    /// `Ok` when a value is what the lines above make it.
    pub(super) fn unless_same<T: PartialEq + ToString>(
        what: &'static str,
        expected: &T,
        found: &T,
    ) -> Result<(), Self> {
        if expected == found {
            return Ok(());
        }
        Err(Self::Differs { what, expected: expected.to_string(), found: found.to_string() })
    }

    /// Something that no line above made.
    pub(super) fn unknown(what: &(impl ToString + ?Sized)) -> Self {
        Self::Unknown(what.to_string())
    }

    /// Something in a state in which this does not happen.
    pub(super) fn state(what: &(impl ToString + ?Sized), state: &'static str) -> Self {
        Self::State { what: what.to_string(), state }
    }
}
