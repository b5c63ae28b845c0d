//! Checkpoints: a log's size and root under its signature (C2SP tlog-checkpoint, a signed note).
//!
//! Promises: nothing of a note is believed before a known key's signature over it holds, and only
//! a key of the same name speaks for an origin. Does not: compare checkpoints (see
//! [`super::witness`]) or check the co-signatures of witnesses (see [`super::cosignature`]).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

use super::log::{Hash, MAX_SIZE, empty_root};
use crate::base::base64;

pub(super) mod key;

pub use key::{LogKey, VerifierKey, VerifierKeyError};

/// The longest note that is looked at, in bytes; sixteen post-quantum signatures fit ten times.
const MAX_NOTE: usize = 1_000_000;

/// The most signatures that are looked at; the specification asks for sixteen at least.
const MAX_SIGNATURES: usize = 100;

/// What a signature line of a note starts with: an em dash and a space.
pub(super) const SIGNATURE: &str = "\u{2014} ";

/// The name of a log for ever, like `carnet.example/ledger/funder_01h…`; also its key's name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, utoipa::ToSchema)]
#[schema(value_type = String, min_length = 1, max_length = 255)]
pub struct Origin(String);

/// Why a text cannot name a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// Nothing.
    #[error("an origin cannot be empty")]
    Empty,
    /// More than 255 bytes, the most that a cosignature can hold (C2SP tlog-cosignature).
    #[error("an origin has 255 bytes at most")]
    TooLong,
    /// A character that a signature line or a verifier key could not carry.
    #[error("an origin has no spaces, no plus and no control characters")]
    Character,
}

impl Origin {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands after the last slash: the ledger's id.
    #[must_use]
    pub fn last_segment(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let stray = |c: char| c.is_whitespace() || c.is_control() || c == '+';
        if text.is_empty() {
            Err(OriginError::Empty)
        } else if text.len() > 255 {
            Err(OriginError::TooLong)
        } else if text.contains(stray) {
            Err(OriginError::Character)
        } else {
            Ok(Self(text.to_owned()))
        }
    }
}

impl<'de> Deserialize<'de> for Origin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The state of a log: how many lines it has, and the root over them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: Origin,
    /// How many lines.
    pub size: u64,
    /// The root of the Merkle tree over them.
    pub root: Hash,
    /// Lines after these three, which we neither write nor understand.
    pub extensions: Vec<String>,
}

/// Why a note is not a checkpoint to believe.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Longer than any honest note.
    #[error("the note has more than {MAX_NOTE} bytes or {MAX_SIGNATURES} signatures")]
    TooLong,
    /// A control character other than the end of a line.
    #[error("the note contains control characters")]
    Control,
    /// No blank line with signatures after it.
    #[error("the note has no signatures after a blank line")]
    Unsigned,
    /// A line among the signatures that is not one, counted from 1.
    #[error("signature line {0} of the note is malformed")]
    SignatureLine(usize),
    /// A signature in the name of a known key that this key did not make.
    #[error("the signature of {0} does not match the note")]
    Forged(Origin),
    /// Only signatures by keys that we do not know.
    #[error("the note is not signed by a known key")]
    UnknownKeys,
    /// The signed text is not a checkpoint; says what is wrong.
    #[error("the note is not a checkpoint: {0}")]
    Text(&'static str),
    /// Signed by known keys, but by none of the log it speaks of.
    #[error("the checkpoint of {0:?} is not signed by a key of that name")]
    ForeignOrigin(String),
}

impl Checkpoint {
    /// Reads a checkpoint from a signed note (C2SP signed-note and tlog-checkpoint).
    ///
    /// Signatures by unknown keys are passed over. Every signature in the name of a known key must
    /// hold, repeated ones too, and one of them must be by a key named like the origin.
    ///
    /// # Errors
    /// [`NoteError`] says what is wrong.
    pub fn open(note: &str, keys: &[VerifierKey]) -> Result<Self, NoteError> {
        let (text, signers) = open_note(note, keys)?;
        let mut lines = text.strip_suffix('\n').unwrap_or(text).split('\n');
        let named = lines.next().unwrap_or_default();
        let size = lines.next().and_then(decimal).filter(|size| *size <= MAX_SIZE);
        let size = size.ok_or(NoteError::Text("the second line is not a size"))?;
        let root = lines.next().and_then(|line| line.parse().ok());
        let root: Hash = root.ok_or(NoteError::Text("the third line is not a root hash"))?;
        if size == 0 && root != empty_root() {
            return Err(NoteError::Text("the root is not that of an empty log"));
        }
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        if extensions.iter().any(String::is_empty) {
            return Err(NoteError::Text("an extension line is empty"));
        }
        let signer = signers.iter().find(|key| key.origin().as_str() == named);
        let signer = signer.ok_or_else(|| NoteError::ForeignOrigin(named.to_owned()))?;
        Ok(Self { origin: signer.origin().clone(), size, root, extensions })
    }

    /// The text that a log signs, with the final newline (C2SP tlog-checkpoint).
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("{}\n{}\n{}\n", self.origin, self.size, self.root);
        for line in &self.extensions {
            text.push_str(line);
            text.push('\n');
        }
        text
    }
}

/// A number as the C2SP formats write it: decimal, without leading zeros or sign.
pub(super) fn decimal(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let short = text == "0" || !text.starts_with('0');
    if plain && short { text.parse().ok() } else { None }
}

/// The signed text of a note with its final newline, and its signature lines, unread.
///
/// The text may hold empty lines itself: the last one parts it from the signatures.
#[must_use]
pub fn parts(note: &str) -> Option<(&str, &str)> {
    let blank = note.rfind("\n\n")?;
    Some((&note[..=blank], &note[blank + 2..]))
}

/// A note with the signatures of these keys only: what strangers added to it is left out.
#[must_use]
pub fn without_strangers(note: &str, keys: &[VerifierKey]) -> String {
    let (text, lines) = parts(note).unwrap_or((note, ""));
    let known = |line: &&str| {
        let signature = Signature::of(line);
        signature.is_some_and(|it| keys.iter().any(|key| key.is(it.name, it.key_id)))
    };
    let lines: String = lines.split_inclusive('\n').filter(known).collect();
    format!("{text}\n{lines}")
}

/// The text of a signed note, and the known keys that signed it, one at least.
fn open_note<'a, 'k>(
    note: &'a str,
    keys: &'k [VerifierKey],
) -> Result<(&'a str, Vec<&'k VerifierKey>), NoteError> {
    if note.len() > MAX_NOTE {
        return Err(NoteError::TooLong);
    }
    if note.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
        return Err(NoteError::Control);
    }
    let (text, signatures) = parts(note).ok_or(NoteError::Unsigned)?;
    if signatures.is_empty() {
        return Err(NoteError::Unsigned);
    }
    let mut signers = Vec::new();
    for (number, line) in (1..).zip(signatures.split_inclusive('\n')) {
        if number > MAX_SIGNATURES {
            return Err(NoteError::TooLong);
        }
        let signature = Signature::of(line).ok_or(NoteError::SignatureLine(number))?;
        // Two keys may share name and id: the id is four bytes of a hash.
        let mut known =
            keys.iter().filter(|key| key.is(signature.name, signature.key_id)).peekable();
        if let Some(first) = known.peek().copied() {
            let signer = known.find(|key| key.verifies(text, &signature.bytes));
            signers.push(signer.ok_or_else(|| NoteError::Forged(first.origin().clone()))?);
        }
    }
    if signers.is_empty() { Err(NoteError::UnknownKeys) } else { Ok((text, signers)) }
}

/// One signature line of a note.
pub(super) struct Signature<'a> {
    pub(super) name: &'a str,
    pub(super) key_id: [u8; 4],
    pub(super) bytes: Vec<u8>,
}

impl<'a> Signature<'a> {
    pub(super) fn of(line: &'a str) -> Option<Self> {
        let line = line.strip_prefix(SIGNATURE)?.strip_suffix('\n')?;
        let (name, signature) = line.split_once(' ')?;
        let lawful = !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '+');
        let signature = base64::decode(signature)?;
        let (key_id, bytes) = signature.split_first_chunk()?;
        let (key_id, bytes) = (*key_id, bytes.to_vec());
        (lawful && !bytes.is_empty()).then_some(Self { name, key_id, bytes })
    }
}

#[cfg(test)]
mod tests;
