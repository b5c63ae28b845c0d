//! The Merkle log over the lines of a ledger: hashes, tiles, the growing edge and proofs.
//!
//! Promises: the tree of RFC 6962 section 2.1 with SHA-256, cut into tiles as C2SP tlog-tiles cuts
//! it; the same leaves give the same root however they were batched. Does not: keep or read lines
//! and tiles; the caller brings them.

use std::fmt;
use std::str::FromStr;

use data_encoding::{BASE64, HEXLOWER};
use ring::digest;

mod edge;
mod proof;

pub use edge::{Edge, EdgeError, Growth};
pub use proof::{
    ProofError, Tiles, consistency_proof, inclusion_proof, tiles_for_consistency,
    tiles_for_inclusion, verify_consistency, verify_inclusion,
};

use crate::base::base64;

/// How many hashes a full tile holds (C2SP tlog-tiles).
pub const TILE_WIDTH: usize = 256;

/// How many levels of the tree one tile spans: its root is the hash this high above its hashes.
const TILE_HEIGHT: u32 = 8;

/// The largest tree: what a database's integer can number.
pub const MAX_SIZE: u64 = i64::MAX as u64;

/// A SHA-256 hash of a leaf, of a subtree or of the whole tree.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Hash([u8; 32]);

impl Hash {
    /// A hash from its bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// How many characters its text has.
    pub const TEXT_LEN: usize = 44;

    /// Appends its text, as [`fmt::Display`] gives it: every redemption's proof has up to twenty.
    pub fn append_to(&self, text: &mut String) {
        BASE64.encode_append(&self.0, text);
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

/// Standard base 64 with padding, as checkpoints and proofs write a hash.
impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", BASE64.encode_display(&self.0))
    }
}

/// What was given is not a hash, or not whole hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a hash: 32 bytes, in text as 44 characters of base 64")]
pub struct HashError;

impl FromStr for Hash {
    type Err = HashError;

    fn from_str(text: &str) -> Result<Self, HashError> {
        let bytes = base64::decode(text).ok_or(HashError)?;
        bytes.try_into().map(Self).map_err(|_| HashError)
    }
}

/// The hash of a leaf: `SHA-256(0x00 ‖ line)` (RFC 6962, 2.1).
#[must_use]
pub fn leaf_hash(line: &[u8]) -> Hash {
    let mut context = digest::Context::new(&digest::SHA256);
    // Planted bug: without the prefix, an inner node could pass for a leaf.
    if !crate::base::planted::is("leaf-prefix") {
        context.update(&[0x00]);
    }
    context.update(line);
    finished(context.finish())
}

/// The hash of a node: `SHA-256(0x01 ‖ left ‖ right)` (RFC 6962, 2.1).
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [0x01; 65];
    bytes[1..33].copy_from_slice(&left.0);
    bytes[33..].copy_from_slice(&right.0);
    finished(digest::digest(&digest::SHA256, &bytes))
}

/// The root of a tree without leaves: the hash of nothing (RFC 6962, 2.1).
#[must_use]
pub fn empty_root() -> Hash {
    finished(digest::digest(&digest::SHA256, b""))
}

fn finished(digest: digest::Digest) -> Hash {
    Hash(digest.as_ref().try_into().expect("SHA-256 gives 32 bytes"))
}

/// A full tile: 256 neighbouring hashes, each the root of `256^level` leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// 0 for leaf hashes; above, each hash is the root of a full tile one level down.
    pub level: u8,
    /// Which tile of its level, from the left and from 0.
    pub index: u64,
    /// Always [`TILE_WIDTH`] hashes.
    pub hashes: Vec<Hash>,
}

/// A tile by its place, and how much of it is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TileId {
    /// 0 for leaf hashes; above, each hash is the root of a full tile one level down.
    pub level: u8,
    /// Which tile of its level, from the left and from 0.
    pub index: u64,
    /// How many hashes it has in the tree asked about, 1 to 256. More may be brought: a tile only
    /// grows at its right end.
    pub width: u16,
}

/// The hash that stands for a full tile one level up.
#[must_use]
pub fn tile_root(hashes: &[Hash; TILE_WIDTH]) -> Hash {
    perfect_root(hashes)
}

/// A tile's hashes one after the other, as C2SP tlog-tiles serves them.
#[must_use]
pub fn tile_bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

/// The hashes of a tile kept as [`tile_bytes`].
///
/// # Errors
/// [`HashError`] when the bytes are not whole hashes.
pub fn tile_from_bytes(bytes: &[u8]) -> Result<Vec<Hash>, HashError> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    if rest.is_empty() { Ok(hashes.iter().copied().map(Hash).collect()) } else { Err(HashError) }
}

/// The root over a power of two of neighbouring hashes.
fn perfect_root(hashes: &[Hash]) -> Hash {
    debug_assert!(hashes.len().is_power_of_two(), "only such a subtree is perfect");
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        row = row.chunks_exact(2).map(|pair| node_hash(&pair[0], &pair[1])).collect();
    }
    row[0]
}

#[cfg(test)]
mod tests;
