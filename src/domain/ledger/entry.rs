//! Entries and their lines: what the journal holds (DESIGN section 5, `schemas/entry.json`).
//!
//! Promises: an entry has one line, compact JSON in documented key order, at most
//! [`LINE_LIMIT`] bytes; parsing a line and writing it again gives the same bytes. Does not: know
//! what the kinds mean (see `domain::fact`).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::transfer::Transfer;
use crate::base::clock::Timestamp;
use crate::base::day::Day;
use crate::base::id::{AnyId, Funder, Id, IdError, Noun, Operator};
use crate::base::planted;

/// The longest line, in bytes: the limit of an entry bundle in C2SP tlog-tiles.
pub const LINE_LIMIT: usize = 65_535;

/// A ledger is named by its owner: a funder, or the operator for its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LedgerId(AnyId);

impl LedgerId {
    /// The owner as an id of any noun.
    #[must_use]
    pub const fn any(self) -> AnyId {
        self.0
    }

    /// The funder whose ledger it is; `None` for the operator's.
    #[must_use]
    pub fn funder(self) -> Option<Id<Funder>> {
        self.0.to()
    }
}

impl From<Id<Funder>> for LedgerId {
    fn from(id: Id<Funder>) -> Self {
        Self(id.any())
    }
}

impl From<Id<Operator>> for LedgerId {
    fn from(id: Id<Operator>) -> Self {
        Self(id.any())
    }
}

impl fmt::Display for LedgerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for LedgerId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let any: AnyId = text.parse().map_err(|_| IdError::Malformed("funder"))?;
        match any.noun() {
            Noun::Funder | Noun::Operator => Ok(Self(any)),
            other => Err(IdError::WrongNoun { expected: "funder", found: other.as_str() }),
        }
    }
}

impl Serialize for LedgerId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LedgerId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// One entry of a ledger. The order of the fields is the order of the keys in its line.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The ledger.
    pub ledger: LedgerId,
    /// Its place, from 0: the leaf's index in the Merkle tree.
    pub seq: i64,
    /// What it is about: the id that the caller made.
    pub id: AnyId,
    /// What happened, like `voucher-redeemed`.
    pub kind: String,
    /// When the server wrote it; never decreases within a ledger.
    pub recorded_at: Timestamp,
    /// When the caller says it happened; a remark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<Timestamp>,
    /// The civil day of `recorded_at` in the ledger's time zone.
    pub on: Day,
    /// Who asked.
    pub actor: AnyId,
    /// The money that it moved, so that a stranger can recompute every balance.
    pub transfers: Vec<Transfer>,
    /// The rest, by kind.
    pub body: Box<RawValue>,
}

/// Why a text is not the line of an entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// Longer than [`LINE_LIMIT`].
    #[error("the line has {0} bytes, more than 65535")]
    TooLong(usize),
    /// Not the JSON of an entry.
    #[error("not an entry: {0}")]
    Malformed(String),
    /// The same content, but not written in the one way.
    #[error("not in canonical form: the entry would be written otherwise")]
    NotCanonical,
}

impl Entry {
    /// The line, without a line end.
    ///
    /// # Errors
    /// [`LineError::TooLong`].
    pub fn to_line(&self) -> Result<String, LineError> {
        let line =
            serde_json::to_string(self).map_err(|error| LineError::Malformed(error.to_string()))?;
        if line.len() > LINE_LIMIT { Err(LineError::TooLong(line.len())) } else { Ok(line) }
    }

    /// The entry of a line.
    ///
    /// # Errors
    /// [`LineError`] when it is too long, not an entry, or not in the one canonical form.
    pub fn parse(line: &str) -> Result<Self, LineError> {
        if line.len() > LINE_LIMIT {
            return Err(LineError::TooLong(line.len()));
        }
        let entry: Self =
            serde_json::from_str(line).map_err(|error| LineError::Malformed(error.to_string()))?;
        if entry.seq < 0 {
            return Err(LineError::Malformed("seq counts from 0".to_owned()));
        }
        let canonical = entry.to_line()? == line || planted::is("line-not-canonical");
        if canonical { Ok(entry) } else { Err(LineError::NotCanonical) }
    }
}
