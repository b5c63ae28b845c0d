//! What a witness decides: whether what a log shows now grew from what it showed before.
//!
//! Promises: nothing is accepted that is not signed by the log's known key and, once something was
//! remembered, proved to have grown from it; the rules and their order are those of C2SP
//! tlog-witness. Does not: remember, fetch or sign anything.

use super::checkpoint::{Checkpoint, NoteError, VerifierKey};
use super::consistency::{ConsistencyError, Growth};
use super::log::ProofError;

/// Why a witness does not co-sign.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Objection {
    /// Not the text of such a request; says why.
    #[error("{0}")]
    Unreadable(ConsistencyError),
    /// The checkpoint is not the log's: another key, another log, or not a checkpoint at all.
    #[error("{0}")]
    Note(#[from] NoteError),
    /// The proof says that it begins after the checkpoint that it leads to.
    #[error("a tree of {to} lines cannot have grown from one of {from}")]
    Backwards {
        /// The earlier size, as the text says.
        from: u64,
        /// The size of the checkpoint.
        to: u64,
    },
    /// The proof begins elsewhere than at what is remembered.
    #[error("the proof begins at line {from}, and {known} lines are remembered")]
    OtherStart {
        /// What is remembered; 0 when nothing is.
        known: u64,
        /// Where the proof begins.
        from: u64,
    },
    /// Fewer lines than the log showed before.
    #[error("the log went back from {known} lines to {shown}")]
    Rollback {
        /// What is remembered.
        known: u64,
        /// What is shown now.
        shown: u64,
    },
    /// As many lines as before, but others: the log signed two histories.
    #[error("the log shows two histories of {size} lines")]
    Fork {
        /// The size of both.
        size: u64,
    },
    /// The proof does not show that the log grew from what is remembered.
    #[error("the log does not show that its {to} lines begin with the {known} of before: {why}")]
    Proof {
        /// What is remembered.
        known: u64,
        /// What is shown now.
        to: u64,
        /// What is wrong with the proof.
        why: ProofError,
    },
}

/// What a checkpoint is to what is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight {
    /// The same lines.
    Same(Checkpoint),
    /// More lines: a proof must show that they begin with those of before.
    More(Checkpoint),
}

/// Looks at a checkpoint before its proof is asked for.
///
/// # Errors
/// [`Objection::Note`], [`Objection::Rollback`] or [`Objection::Fork`].
pub fn look(
    known: Option<&Checkpoint>,
    keys: &[VerifierKey],
    note: &str,
) -> Result<Sight, Objection> {
    let shown = Checkpoint::open(note, keys)?;
    let Some(known) = known else { return Ok(Sight::More(shown)) };
    if shown.size < known.size {
        return Err(Objection::Rollback { known: known.size, shown: shown.size });
    }
    if shown.size > known.size {
        return Ok(Sight::More(shown));
    }
    if shown.root == known.root {
        Ok(Sight::Same(shown))
    } else {
        Err(Objection::Fork { size: shown.size })
    }
}

/// Judges a request to co-sign: `old SIZE`, the proof, an empty line, the checkpoint.
///
/// What is accepted must be remembered before it is co-signed.
///
/// # Errors
/// [`Objection`], in the order of C2SP tlog-witness.
pub fn judge<'t>(
    known: Option<&Checkpoint>,
    keys: &[VerifierKey],
    request: &'t str,
) -> Result<(Checkpoint, &'t str), Objection> {
    let growth = Growth::read(request).map_err(Objection::Unreadable)?;
    let shown = Checkpoint::open(growth.note, keys)?;
    let (from, to) = (growth.from, shown.size);
    if from > to {
        return Err(Objection::Backwards { from, to });
    }
    let size = known.map_or(0, |known| known.size);
    if from != size {
        return Err(Objection::OtherStart { known: size, from });
    }
    // Of the tree without lines there is one root only, which the checkpoint was checked to have.
    let root = known.map_or_else(super::log::empty_root, |known| known.root);
    if from == to && shown.root != root {
        return Err(Objection::Fork { size });
    }
    match growth.leads(&root, to, &shown.root) {
        Ok(()) => Ok((shown, growth.note)),
        Err(why) => Err(Objection::Proof { known: size, to, why }),
    }
}

/// The name of the log that a note is about, before anything of it is believed.
#[must_use]
pub fn claimed_origin(note: &str) -> &str {
    note.split('\n').next().unwrap_or_default()
}

#[cfg(test)]
mod tests;
