//! Receipts: a line of a ledger with the proof that it is in (C2SP tlog-proof), checked offline.
//!
//! Promises: a receipt that verifies needs nobody's word but the log's key; any other text gives a
//! reason, never a panic. Does not: say what a line means, nor whether a later line undid it.

use serde::{Deserialize, Serialize};

use super::checkpoint::{Checkpoint, NoteError, Origin, VerifierKey, decimal};
use super::log::{Hash, ProofError, leaf_hash, verify_inclusion};
use crate::base::base64;

/// The first line of a proof: the format and its version (C2SP tlog-proof).
const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// The longest line of a ledger, in bytes: what a tlog-tiles entry bundle can carry.
const MAX_LINE: usize = 65_535;

/// Proof that a line is in its ledger, for whoever is owed what it says. Keep both texts as they
/// are: they can be checked without the operator, even when nothing else is left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The exact line of the ledger, without its newline.
    pub line: String,
    /// A C2SP tlog-proof: the line's place, the way to the root, and the signed checkpoint.
    pub proof: String,
}

/// What a receipt proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The place of the line in its ledger.
    pub seq: u64,
    /// How many lines the ledger had at the receipt's checkpoint.
    pub size: u64,
    /// The root over them, to compare with other checkpoints.
    pub root: Hash,
    /// The ledger's log.
    pub origin: Origin,
}

/// Why a receipt proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// The line is not a ledger's; says why.
    #[error("the line is not one of a ledger: {0}")]
    Line(&'static str),
    /// The proof's text is not a tlog-proof; says why.
    #[error("the proof cannot be read: {0}")]
    Proof(&'static str),
    /// The checkpoint inside the proof is not to be believed.
    #[error(transparent)]
    Checkpoint(#[from] NoteError),
    /// The line is not in the log of the checkpoint: it was changed, or never written.
    #[error("the line is not in the ledger: {0}")]
    Inclusion(#[from] ProofError),
    /// The line names another ledger than the checkpoint.
    #[error("the line is of {line:?}, the checkpoint of {origin}")]
    OtherLedger {
        /// What the line says.
        line: String,
        /// Whose checkpoint it is.
        origin: Origin,
    },
    /// The line names another place than the one proved.
    #[error("the line says that it is number {line}, the proof {proof}")]
    OtherSeq {
        /// What the line says.
        line: u64,
        /// What the proof says.
        proof: u64,
    },
}

/// The text of a proof (C2SP tlog-proof) that line `seq` is in the tree of a signed checkpoint.
#[must_use]
pub fn proof_text(seq: u64, inclusion: &[Hash], checkpoint_note: &str) -> String {
    let first = format!("{HEADER}\nindex {seq}\n");
    let size = first.len() + inclusion.len() * (Hash::TEXT_LEN + 1) + 1 + checkpoint_note.len();
    let mut text = String::with_capacity(size);
    text.push_str(&first);
    for hash in inclusion {
        hash.append_to(&mut text);
        text.push('\n');
    }
    text.push('\n');
    text.push_str(checkpoint_note);
    text
}

/// Checks a receipt offline, with the keys of the logs one trusts.
///
/// # Errors
/// [`ReceiptError`] says why the receipt does not prove its line.
pub fn verify(receipt: &Receipt, keys: &[VerifierKey]) -> Result<Verified, ReceiptError> {
    let said = Head::of(&receipt.line)?;
    let (seq, inclusion, note) = read_proof(&receipt.proof)?;
    let Checkpoint { origin, size, root, .. } = Checkpoint::open(note, keys)?;
    let leaf = leaf_hash(receipt.line.as_bytes());
    verify_inclusion(&leaf, seq, size, &root, &inclusion)?;
    // A true line under a true proof can still be shown as something else than it is.
    if said.ledger != origin.last_segment() {
        return Err(ReceiptError::OtherLedger { line: said.ledger, origin });
    }
    if said.seq != seq {
        return Err(ReceiptError::OtherSeq { line: said.seq, proof: seq });
    }
    Ok(Verified { seq, size, root, origin })
}

/// What a line says about its own place.
#[derive(Deserialize)]
struct Head {
    ledger: String,
    seq: u64,
}

impl Head {
    fn of(line: &str) -> Result<Self, ReceiptError> {
        if line.len() > MAX_LINE {
            return Err(ReceiptError::Line("it has more than 65535 bytes"));
        }
        if line.bytes().any(|byte| byte < 0x20) {
            return Err(ReceiptError::Line("it contains control characters"));
        }
        // Without this a JSON list of the two values would do.
        if !line.starts_with('{') {
            return Err(ReceiptError::Line("it is not a JSON object"));
        }
        let unreadable = ReceiptError::Line("it is not JSON with a ledger and a seq");
        serde_json::from_str(line).map_err(|_| unreadable)
    }
}

/// The place, the inclusion proof and the checkpoint note of a tlog-proof.
fn read_proof(text: &str) -> Result<(u64, Vec<Hash>, &str), ReceiptError> {
    let bad = ReceiptError::Proof;
    let (head, note) = text.split_once("\n\n").ok_or(bad("it has no checkpoint"))?;
    let mut lines = head.split('\n').peekable();
    if lines.next() != Some(HEADER) {
        return Err(bad("its first line is not c2sp.org/tlog-proof@v1"));
    }
    // Extra data is opaque and not authenticated: it must be well formed, and is passed over.
    if let Some(extra) = lines.peek().and_then(|line| line.strip_prefix("extra ")) {
        base64::decode(extra).ok_or(bad("its extra data is not base 64"))?;
        lines.next();
    }
    let index = lines.next().and_then(|line| line.strip_prefix("index "));
    let seq = index.and_then(decimal).ok_or(bad("it has no index"))?;
    let hashes = lines.map(|line| line.parse().map_err(|_| bad("one of its hashes is malformed")));
    Ok((seq, hashes.collect::<Result<_, _>>()?, note))
}

#[cfg(test)]
mod tests;
