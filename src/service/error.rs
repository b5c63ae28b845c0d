//! What a service verb answers when it does not do what was asked.
//!
//! Promises: a refusal (the asker's matter) and a fault (ours) are never mixed up. Does not: speak
//! to people.

use secrecy::SecretString;

use super::keys::KeysError;
use super::writer::Done;
use crate::domain::ledger::balance::BalanceError;
use crate::domain::refusal::{Reason, Refusal};
use crate::store::StoreError;

/// A "no", or a fault.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The asker may read why.
    #[error("refused: {}", .0.reason.code())]
    Refused(Refusal),
    /// The store could not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Neither: it was written down as a proposal, and waits for another person.
    #[error("it waits for a second person")]
    Proposed(Box<Proposed>),
    /// Something that cannot be: logged once, shown as a reference number.
    #[error("fault: {0}")]
    Fault(String),
}

/// What waits for another person.
#[derive(Debug)]
pub struct Proposed {
    /// The line of the proposal.
    pub done: Done,
    /// The secret of a key that does not live yet: for who asked, once.
    pub secret: Option<SecretString>,
}

impl Proposed {
    /// The answer of a write that became a proposal.
    #[must_use]
    pub fn of(done: Done) -> Error {
        Error::Proposed(Box::new(Self { done, secret: None }))
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Reason> for Error {
    fn from(reason: Reason) -> Self {
        Self::Refused(reason.into())
    }
}

impl From<BalanceError> for Error {
    /// Money that is not there is the asker's matter; books that do not balance are ours.
    fn from(error: BalanceError) -> Self {
        match Refusal::short(&error) {
            Some(refusal) => refusal.into(),
            None if error == BalanceError::Malformed => {
                Refusal::invalid("/amount", "this moves no money").into()
            }
            None => Self::Fault(error.to_string()),
        }
    }
}

impl From<KeysError> for Error {
    fn from(error: KeysError) -> Self {
        Self::Fault(error.to_string())
    }
}

impl Error {
    /// The reason, when it is a refusal.
    #[must_use]
    pub const fn reason(&self) -> Option<Reason> {
        match self {
            Self::Refused(refusal) => Some(refusal.reason),
            Self::Store(_) | Self::Proposed(_) | Self::Fault(_) => None,
        }
    }
}
