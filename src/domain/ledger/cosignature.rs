//! Co-signatures: a witness's word, with its time, that a log's checkpoint grew from all that it
//! saw of this log before (C2SP tlog-cosignature, Ed25519, `cosignature/v1`).
//!
//! Promises: a co-signature is believed under a known key only, and one that does not hold under a
//! known key spoils the text it stands in. Does not: decide whether to co-sign (see
//! [`super::witness`]); post-quantum co-signatures are passed over, as any by an unknown key.

use std::fmt;
use std::str::FromStr;

use data_encoding::{BASE64, HEXLOWER};
use ring::signature::Ed25519KeyPair;
use serde::{Serialize, Serializer};

use super::checkpoint::key::{key_id, pair, public_key, read_vkey, vkey};
use super::checkpoint::{Origin, OriginError, SIGNATURE, Signature, VerifierKeyError, parts};
use crate::base::base64;
use crate::domain::signature::holds;

/// Signature type 0x04 of C2SP signed-note: a timestamped Ed25519 co-signature.
const COSIGNATURE_ED25519: u8 = 0x04;

/// The first line of what is signed, which parts it from everything else that a key may sign.
const HEADER: &str = "cosignature/v1";

/// The most lines that are looked at.
const MAX_LINES: usize = 100;

/// What the file of a witness's private key starts with, as the tools for signed notes write it.
const PRIVATE: &str = "PRIVATE+KEY+";

/// The public half of a witness's key, under the witness's name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct WitnessKey {
    name: Origin,
    key_id: [u8; 4],
    public_key: [u8; 32],
}

impl WitnessKey {
    /// The key of a witness from its Ed25519 public key.
    #[must_use]
    pub fn new(name: Origin, public_key: [u8; 32]) -> Self {
        let key_id = key_id(&name, COSIGNATURE_ED25519, &public_key);
        Self { name, key_id, public_key }
    }

    /// The witness's name: an address without scheme, like `witness.example.org/w1`.
    #[must_use]
    pub const fn name(&self) -> &Origin {
        &self.name
    }
}

/// The vkey of C2SP signed-note, of type 4.
impl fmt::Display for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&vkey(&self.name, self.key_id, COSIGNATURE_ED25519, &self.public_key))
    }
}

impl FromStr for WitnessKey {
    type Err = VerifierKeyError;

    fn from_str(text: &str) -> Result<Self, VerifierKeyError> {
        let (name, public_key) = read_vkey(text, COSIGNATURE_ED25519)?;
        Ok(Self::new(name, public_key))
    }
}

impl Serialize for WitnessKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The key that a witness signs with.
pub struct Cosigner {
    pair: Ed25519KeyPair,
    seed: [u8; 32],
    key: WitnessKey,
}

impl Cosigner {
    /// The key of a witness from its secret seed (RFC 8032, 5.1.5).
    #[must_use]
    pub fn from_seed(name: Origin, seed: &[u8; 32]) -> Self {
        let pair = pair(seed);
        let key = WitnessKey::new(name, public_key(&pair));
        Self { pair, seed: *seed, key }
    }

    /// The half that may be published.
    #[must_use]
    pub const fn key(&self) -> &WitnessKey {
        &self.key
    }

    /// The signature line, with its newline, that says: at this time (in seconds since 1970) this
    /// was the largest tree that I saw of this log, and it grew from all that I saw before.
    ///
    /// `text` is the signed text of the checkpoint, with its final newline. Whoever co-signs two
    /// trees that contradict each other is caught for ever: remember first, then sign.
    #[must_use]
    pub fn cosign(&self, text: &str, at: u64) -> String {
        let signature = self.pair.sign(message(text, at).as_bytes());
        let mut bytes = self.key.key_id.to_vec();
        bytes.extend_from_slice(&at.to_be_bytes());
        bytes.extend_from_slice(signature.as_ref());
        format!("{SIGNATURE}{} {}\n", self.key.name, BASE64.encode(&bytes))
    }

    /// The text of the private key, for a file that only its owner reads.
    #[must_use]
    pub fn reveal(&self) -> String {
        let public = vkey(&self.key.name, self.key.key_id, COSIGNATURE_ED25519, &self.seed);
        format!("{PRIVATE}{public}")
    }

    /// Reads what [`Self::reveal`] wrote.
    ///
    /// # Errors
    /// [`CosignerError`].
    pub fn read(text: &str) -> Result<Self, CosignerError> {
        let bad = CosignerError::Malformed;
        let rest = text.trim_end().strip_prefix(PRIVATE).ok_or(bad)?;
        let mut parts = rest.splitn(3, '+');
        let mut next = || parts.next().ok_or(bad);
        let (name, id, material) = (next()?.parse::<Origin>()?, next()?, next()?);
        let material = base64::decode(material).ok_or(bad)?;
        let (kind, seed) = material.split_first().ok_or(bad)?;
        let seed: &[u8; 32] = seed.try_into().map_err(|_| bad)?;
        if *kind != COSIGNATURE_ED25519 {
            return Err(bad);
        }
        let cosigner = Self::from_seed(name, seed);
        // The id is that of the public half: a damaged seed gives another one.
        if HEXLOWER.encode(&cosigner.key.key_id) == id { Ok(cosigner) } else { Err(bad) }
    }
}

/// Prints the public half only.
impl fmt::Debug for Cosigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cosigner({})", self.key)
    }
}

/// Why a text is not the private key of a witness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CosignerError {
    /// Not what `carnet witness keygen` writes, or damaged.
    #[error("not the private key of a witness, as `carnet witness keygen` writes it")]
    Malformed,
    /// The name in it cannot be one.
    #[error("the witness's name: {0}")]
    Name(#[from] OriginError),
}

/// A co-signature that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosigned {
    /// Whose it is.
    pub key: WitnessKey,
    /// When it was made, in seconds since 1970.
    pub at: u64,
    /// The signature line, with its newline.
    pub line: String,
}

/// Why lines are not co-signatures to believe.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CosignatureError {
    /// More than anybody needs.
    #[error("there are more than {MAX_LINES} signatures")]
    TooMany,
    /// A line that is not a signature line, counted from 1.
    #[error("signature line {0} is malformed")]
    Line(usize),
    /// A line in the name of a known witness that its key did not make over this checkpoint.
    #[error("the co-signature of {0} does not match the checkpoint")]
    Forged(Origin),
}

/// The co-signatures by known keys over a checkpoint's signed text; those by others are passed
/// over.
///
/// # Errors
/// [`CosignatureError`].
pub fn cosignatures(
    text: &str,
    lines: &str,
    keys: &[WitnessKey],
) -> Result<Vec<Cosigned>, CosignatureError> {
    let mut found = Vec::new();
    for (number, line) in (1..).zip(lines.split_inclusive('\n')) {
        if number > MAX_LINES {
            return Err(CosignatureError::TooMany);
        }
        let signature = Signature::of(line).ok_or(CosignatureError::Line(number))?;
        let is = |key: &&WitnessKey| {
            key.name.as_str() == signature.name && key.key_id == signature.key_id
        };
        let mut known = keys.iter().filter(is).peekable();
        let Some(first) = known.peek().copied() else { continue };
        let holds = known.find_map(|key| Some((key, time(key, text, &signature.bytes)?)));
        let (key, at) = holds.ok_or_else(|| CosignatureError::Forged(first.name.clone()))?;
        found.push(Cosigned { key: key.clone(), at, line: line.to_owned() });
    }
    Ok(found)
}

/// The co-signatures by known keys of a whole note.
///
/// # Errors
/// [`CosignatureError`].
pub fn of_note(note: &str, keys: &[WitnessKey]) -> Result<Vec<Cosigned>, CosignatureError> {
    let (text, lines) = parts(note).ok_or(CosignatureError::Line(1))?;
    cosignatures(text, lines, keys)
}

/// When a key co-signed a text, if it did.
fn time(key: &WitnessKey, text: &str, bytes: &[u8]) -> Option<u64> {
    let (at, signature) = bytes.split_first_chunk()?;
    let at = u64::from_be_bytes(*at);
    if at == 0 || i64::try_from(at).is_err() {
        return None;
    }
    holds(&key.public_key, message(text, at).as_bytes(), signature).then_some(at)
}

/// What is signed.
fn message(text: &str, at: u64) -> String {
    format!("{HEADER}\ntime {at}\n{text}")
}

#[cfg(test)]
mod tests;
