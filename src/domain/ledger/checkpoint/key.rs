//! The two halves of a log's key: the one that signs checkpoints, and the one that anyone holds.
//!
//! Promises: a signing key never prints its secret; a verifier key has one text (the vkey of C2SP
//! signed-note). Does not: make, keep or retire keys.

use std::fmt;
use std::str::FromStr;

use data_encoding::{BASE64, HEXLOWER};
use ring::digest;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Checkpoint, Origin, SIGNATURE};
use crate::base::base64;
use crate::domain::ledger::log::Hash;
use crate::domain::signature::holds;

/// Signature type 0x01 of C2SP signed-note: Ed25519 over the text as it is.
const PLAIN_ED25519: u8 = 0x01;

/// The public half of a log's key, under the log's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    origin: Origin,
    key_id: [u8; 4],
    public_key: [u8; 32],
}

impl VerifierKey {
    /// The verifier key of a log from its Ed25519 public key.
    #[must_use]
    pub fn new(origin: Origin, public_key: [u8; 32]) -> Self {
        let key_id = key_id(&origin, PLAIN_ED25519, &public_key);
        Self { origin, key_id, public_key }
    }

    /// The log that this key speaks for.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The Ed25519 public key.
    #[must_use]
    pub const fn public_key(&self) -> &[u8; 32] {
        &self.public_key
    }

    pub(super) fn is(&self, name: &str, key_id: [u8; 4]) -> bool {
        self.origin.as_str() == name && self.key_id == key_id
    }

    pub(super) fn verifies(&self, text: &str, signature: &[u8]) -> bool {
        holds(&self.public_key, text.as_bytes(), signature)
    }
}

/// Why a text is not a verifier key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifierKeyError {
    /// Not three parts, or a part that cannot be read.
    #[error("not a verifier key; it is a name, 8 hexadecimal digits and base 64, joined by +")]
    Malformed,
    /// Another algorithm than the one asked for.
    #[error("not an Ed25519 key of the type that is needed here: 1 for a log, 4 for a witness")]
    Algorithm,
    /// An id that is not of this name and key: one of the three was changed.
    #[error("the key's id is not that of its name and public key")]
    KeyId,
}

/// The vkey of C2SP signed-note: `<name>+<key id>+<base64 of type and public key>`.
impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&vkey(&self.origin, self.key_id, PLAIN_ED25519, &self.public_key))
    }
}

impl FromStr for VerifierKey {
    type Err = VerifierKeyError;

    fn from_str(text: &str) -> Result<Self, VerifierKeyError> {
        let (origin, public_key) = read_vkey(text, PLAIN_ED25519)?;
        Ok(Self::new(origin, public_key))
    }
}

/// The vkey of an Ed25519 key of some type.
pub(in crate::domain::ledger) fn vkey(
    name: &Origin,
    key_id: [u8; 4],
    kind: u8,
    key: &[u8; 32],
) -> String {
    let mut material = [kind; 33];
    material[1..].copy_from_slice(key);
    format!("{name}+{}+{}", HEXLOWER.encode(&key_id), BASE64.encode(&material))
}

/// The name and the 32 bytes of a vkey of that type.
pub(in crate::domain::ledger) fn read_vkey(
    text: &str,
    expected: u8,
) -> Result<(Origin, [u8; 32]), VerifierKeyError> {
    let malformed = VerifierKeyError::Malformed;
    let (name, rest) = text.split_once('+').ok_or(malformed)?;
    let (id, material) = rest.split_once('+').ok_or(malformed)?;
    let name: Origin = name.parse().map_err(|_| malformed)?;
    let id = HEXLOWER.decode(id.as_bytes()).map_err(|_| malformed)?;
    let material = base64::decode(material).ok_or(malformed)?;
    let (kind, key) = material.split_first().ok_or(malformed)?;
    if id.len() != 4 {
        return Err(malformed);
    }
    if *kind != expected {
        return Err(VerifierKeyError::Algorithm);
    }
    let key = key.try_into().map_err(|_| malformed)?;
    if key_id(&name, expected, &key)[..] == id {
        Ok((name, key))
    } else {
        Err(VerifierKeyError::KeyId)
    }
}

impl Serialize for VerifierKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for VerifierKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The key that signs a log's checkpoints.
pub struct LogKey {
    pair: Ed25519KeyPair,
    verifier: VerifierKey,
}

impl LogKey {
    /// The key of a log from its secret seed (RFC 8032, 5.1.5).
    #[must_use]
    pub fn from_seed(origin: Origin, seed: &[u8; 32]) -> Self {
        let pair = pair(seed);
        let verifier = VerifierKey::new(origin, public_key(&pair));
        Self { pair, verifier }
    }

    /// The half that may be published.
    #[must_use]
    pub const fn verifier_key(&self) -> &VerifierKey {
        &self.verifier
    }

    /// The log that this key signs for.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.verifier.origin
    }

    /// The signed note that says: this log has so many lines, and this root.
    ///
    /// Whoever signs two roots that contradict each other is caught for ever: sign only what the
    /// same commit writes.
    #[must_use]
    pub fn sign_checkpoint(&self, size: u64, root: &Hash) -> String {
        let origin = self.verifier.origin.clone();
        let text = Checkpoint { origin, size, root: *root, extensions: Vec::new() }.text();
        let mut signature = self.verifier.key_id.to_vec();
        signature.extend_from_slice(self.pair.sign(text.as_bytes()).as_ref());
        let signature = BASE64.encode(&signature);
        format!("{text}\n{SIGNATURE}{} {signature}\n", self.verifier.origin)
    }
}

/// Prints the public half only.
impl fmt::Debug for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogKey({})", self.verifier)
    }
}

/// The start of `SHA-256(name ‖ newline ‖ type ‖ public key)` (C2SP signed-note).
pub(in crate::domain::ledger) fn key_id(name: &Origin, kind: u8, public_key: &[u8; 32]) -> [u8; 4] {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(name.as_str().as_bytes());
    context.update(&[b'\n', kind]);
    context.update(public_key);
    let digest = context.finish();
    *digest.as_ref().first_chunk().expect("SHA-256 gives 32 bytes")
}

pub(in crate::domain::ledger) fn pair(seed: &[u8; 32]) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(seed).expect("any 32 bytes are a seed")
}

pub(in crate::domain::ledger) fn public_key(pair: &Ed25519KeyPair) -> [u8; 32] {
    pair.public_key().as_ref().try_into().expect("an Ed25519 public key has 32 bytes")
}
