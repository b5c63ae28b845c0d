//! Consistency proofs as text: the body that a C2SP tlog-witness takes at `add-checkpoint`.
//!
//! Promises: what is served can be sent to a witness as it is; [`verify`] believes nothing but the
//! log's key and the earlier root that the caller kept. Does not: fetch or keep anything.
//!
//! The text is `old SIZE`, then each hash of the proof in base64 on a line of its own, an empty
//! line, and the later checkpoint as signed:
//!
//! ```text
//! old 20
//! PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
//! jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
//!
//! pass.exemple.fr/ledger/funder_01h455vb4pex5vsknk084sn02q
//! 23
//! 9NERpX1xxqSLVKMfpAnpfcnIk+SlTeGXIHrDdOIMbL4=
//!
//! — pass.exemple.fr/ledger/funder_01h455vb4pex5vsknk084sn02q MDAwMD…
//! ```

use super::checkpoint::{Checkpoint, NoteError, VerifierKey, decimal};
use super::log::{Hash, ProofError, verify_consistency};

/// The most hashes of a proof: what a tlog-witness reads.
const HASH_LIMIT: usize = 63;

/// Why a text does not show that one tree grew from another.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConsistencyError {
    /// Not such a text; says why.
    #[error("the consistency proof cannot be read: {0}")]
    Text(&'static str),
    /// It begins at another size than the one asked about.
    #[error("the proof begins at size {found}, not {expected}")]
    OtherSize {
        /// The size that the caller kept.
        expected: u64,
        /// What the text says.
        found: u64,
    },
    /// The later checkpoint is not to be believed.
    #[error(transparent)]
    Checkpoint(#[from] NoteError),
    /// The later tree did not grow from the earlier one.
    #[error("history was changed: {0}")]
    Proof(#[from] ProofError),
}

/// The text that shows how the tree of a checkpoint grew from one of size `from`.
#[must_use]
pub fn consistency_text(from: u64, proof: &[Hash], checkpoint_note: &str) -> String {
    let mut text = format!("old {from}\n");
    for hash in proof {
        text.push_str(&hash.to_string());
        text.push('\n');
    }
    text.push('\n');
    text.push_str(checkpoint_note);
    text
}

/// What such a text says, not yet believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Growth<'a> {
    /// The earlier size.
    pub from: u64,
    /// The hashes of the proof.
    pub proof: Vec<Hash>,
    /// The later checkpoint with its signatures.
    pub note: &'a str,
}

impl<'a> Growth<'a> {
    /// Reads the text.
    ///
    /// # Errors
    /// [`ConsistencyError::Text`] says what is malformed.
    pub fn read(text: &'a str) -> Result<Self, ConsistencyError> {
        let bad = ConsistencyError::Text;
        let (head, note) = text.split_once("\n\n").ok_or(bad("it has no checkpoint"))?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old ")).and_then(decimal);
        let from = old.ok_or(bad("its first line is not an old size"))?;
        let mut proof: Vec<Hash> = Vec::new();
        for line in lines {
            if proof.len() == HASH_LIMIT {
                return Err(bad("it has more than 63 hashes"));
            }
            proof.push(line.parse().map_err(|_| bad("one of its hashes is malformed"))?);
        }
        Ok(Self { from, proof, note })
    }

    /// Checks that a tree grew from what it was, which the caller kept.
    ///
    /// A tree without lines is the beginning of every tree, and needs no proof.
    ///
    /// # Errors
    /// [`ProofError`].
    pub fn leads(&self, from_root: &Hash, to: u64, to_root: &Hash) -> Result<(), ProofError> {
        if self.from > 0 {
            return verify_consistency(self.from, from_root, to, to_root, &self.proof);
        }
        match self.proof.len() {
            0 => Ok(()),
            found => Err(ProofError::Length { expected: 0, found }),
        }
    }
}

/// Checks that a log still begins with what it was, and gives its later checkpoint.
///
/// # Errors
/// [`ConsistencyError`] says why the text does not show it.
pub fn verify(
    text: &str,
    from: u64,
    from_root: &Hash,
    keys: &[VerifierKey],
) -> Result<Checkpoint, ConsistencyError> {
    let growth = Growth::read(text)?;
    if growth.from != from {
        return Err(ConsistencyError::OtherSize { expected: from, found: growth.from });
    }
    let checkpoint = Checkpoint::open(growth.note, keys)?;
    growth.leads(from_root, checkpoint.size, &checkpoint.root)?;
    Ok(checkpoint)
}

#[cfg(test)]
mod tests {
    use super::super::checkpoint::LogKey;
    use super::super::log::{Edge, leaf_hash, tiles_for_consistency};
    use super::super::log::{Tiles, consistency_proof};
    use super::*;

    fn leaves(count: u64) -> Vec<Hash> {
        (0..count).map(|number| leaf_hash(&number.to_be_bytes())).collect()
    }

    fn root(count: u64) -> Hash {
        let mut edge = Edge::empty();
        edge.append(&leaves(count));
        edge.root()
    }

    #[test]
    fn a_text_proves_growth_and_nothing_else() {
        let key = LogKey::from_seed("h.example/ledger/x".parse().unwrap(), &[7; 32]);
        let keys = [key.verifier_key().clone()];
        let note = key.sign_checkpoint(23, &root(23));
        let wanted = tiles_for_consistency(20, 23).unwrap();
        let tiles: Tiles = wanted.iter().map(|id| ((id.level, id.index), leaves(23))).collect();
        let proof = consistency_proof(20, 23, &tiles).unwrap();
        let text = consistency_text(20, &proof, &note);
        assert!(text.starts_with("old 20\n"));
        assert_eq!(verify(&text, 20, &root(20), &keys).unwrap().size, 23);

        let other = verify(&text, 20, &root(19), &keys).unwrap_err();
        assert_eq!(other, ConsistencyError::Proof(ProofError::EarlierRoot));
        let other = verify(&text, 19, &root(19), &keys).unwrap_err();
        assert_eq!(other, ConsistencyError::OtherSize { expected: 19, found: 20 });
        let forged = text.replace("\n23\n", "\n24\n");
        assert!(matches!(
            verify(&forged, 20, &root(20), &keys),
            Err(ConsistencyError::Checkpoint(NoteError::Forged(_)))
        ));
        let fresh = consistency_text(0, &[], &note);
        assert_eq!(verify(&fresh, 0, &root(0), &keys).unwrap().size, 23);
        for bad in ["", "old 20\n", "new 20\n\n", "old 020\n\n", "old 20\nx\n\n"] {
            let text = format!("{bad}{note}");
            assert!(verify(&text, 20, &root(20), &keys).is_err(), "{bad:?}");
        }
    }
}
