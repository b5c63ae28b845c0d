//! Proofs about a tree of any size: made from tiles, and checked.
//!
//! Promises: making names the O(log n) tiles it needs before it needs them, so that an async store
//! can bring them; checking is strict, with a reason for each refusal. Does not: check that tiles
//! are true; a proof from wrong tiles fails at the verifier.

use std::collections::BTreeMap;

use super::{Hash, MAX_SIZE, TILE_HEIGHT, TILE_WIDTH, TileId, node_hash, perfect_root};

/// Tiles by level and index, each with at least as many hashes as its [`TileId`] asked for.
pub type Tiles = BTreeMap<(u8, u64), Vec<Hash>>;

/// Why a proof cannot be made, or does not prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// A tree without leaves.
    #[error("a tree without leaves proves nothing")]
    Empty,
    /// A size beyond [`MAX_SIZE`].
    #[error("no tree has {0} leaves")]
    TooLarge(u64),
    /// A leaf beyond the end of the tree.
    #[error("a tree of {size} leaves has no leaf {seq}")]
    Beyond {
        /// The leaf asked for.
        seq: u64,
        /// The size of the tree.
        size: u64,
    },
    /// An earlier tree that is larger than the later one.
    #[error("a tree of {to} leaves cannot follow one of {from}")]
    Backwards {
        /// The size of the earlier tree.
        from: u64,
        /// The size of the later tree.
        to: u64,
    },
    /// A proof with too few or too many hashes.
    #[error("the proof has {found} hashes where {expected} are needed")]
    Length {
        /// What the sizes ask for.
        expected: usize,
        /// What was brought.
        found: usize,
    },
    /// An inclusion proof that leads elsewhere: another line, place or tree.
    #[error("the proof does not lead from this leaf to this root")]
    Root,
    /// A consistency proof that does not rebuild the earlier root.
    #[error("the proof does not lead to the earlier root")]
    EarlierRoot,
    /// A consistency proof that does not rebuild the later root: history was changed.
    #[error("the proof does not lead to the later root")]
    LaterRoot,
    /// A tile is not there or too short.
    #[error("tile {} of level {} is not there with {} hashes", .0.index, .0.level, .0.width)]
    Tile(TileId),
}

/// Neighbouring leaves whose root is one hash of a proof. The start is a multiple of the power of
/// two that is not less than the length.
#[derive(Debug, Clone, Copy)]
struct Span {
    start: u64,
    end: u64,
}

impl Span {
    /// Where the tree over these leaves parts: the left side is the largest power of two that
    /// leaves something for the right (RFC 6962, 2.1). The span has two leaves or more.
    fn halves(self) -> (Self, Self) {
        let left = 1 << (self.end - self.start - 1).ilog2();
        let middle = self.start + left;
        (Self { start: self.start, end: middle }, Self { start: middle, end: self.end })
    }

    /// The perfect subtrees that it is made of, the largest (and leftmost) first.
    fn perfect_parts(self) -> impl Iterator<Item = Perfect> {
        let mut start = self.start;
        std::iter::from_fn(move || {
            let height = self.end.checked_sub(start)?.checked_ilog2()?;
            let part = Perfect { height, index: start >> height };
            start += 1 << height;
            Some(part)
        })
    }
}

/// A perfect subtree: of 2^height leaves, the index-th of its kind.
#[derive(Debug, Clone, Copy)]
struct Perfect {
    height: u32,
    index: u64,
}

impl Perfect {
    /// The tile whose hashes lead to its root, in a tree of `size` leaves.
    fn tile(self, size: u64) -> TileId {
        let level = self.height / TILE_HEIGHT;
        let index = self.index >> (TILE_HEIGHT - self.height % TILE_HEIGHT);
        let entries = (size >> (TILE_HEIGHT * level)) - (index << TILE_HEIGHT);
        let width = u16::try_from(entries.min(256)).expect("256 fits");
        TileId { level: u8::try_from(level).expect("a tree has 8 levels at most"), index, width }
    }

    /// Its root, from its tile.
    fn root(self, size: u64, tiles: &Tiles) -> Result<Hash, ProofError> {
        let id = self.tile(size);
        let tile = tiles.get(&(id.level, id.index)).ok_or(ProofError::Tile(id))?;
        let wide = 1_u64 << (self.height % TILE_HEIGHT);
        let start = (self.index * wide) % 256;
        let place = |number: u64| usize::try_from(number).expect("a place in a tile fits");
        let enough = (usize::from(id.width)..=TILE_WIDTH).contains(&tile.len());
        let hashes = tile.get(place(start)..place(start + wide)).filter(|_| enough);
        hashes.map(perfect_root).ok_or(ProofError::Tile(id))
    }
}

/// The tiles that [`inclusion_proof`] needs, each once.
///
/// # Errors
/// [`ProofError`] when the tree has no such leaf.
pub fn tiles_for_inclusion(seq: u64, size: u64) -> Result<Vec<TileId>, ProofError> {
    Ok(tiles_of(&inclusion_spans(seq, size)?, size))
}

/// The tiles that [`consistency_proof`] needs, each once; none when the sizes are the same.
///
/// # Errors
/// [`ProofError`] when one of the sizes is 0 or `from` is more than `to`.
pub fn tiles_for_consistency(from: u64, to: u64) -> Result<Vec<TileId>, ProofError> {
    Ok(tiles_of(&consistency_spans(from, to)?, to))
}

/// The proof (RFC 6962, 2.1.1) that a leaf is in the tree of that size, nearest hash first.
///
/// # Errors
/// [`ProofError`] when the tree has no such leaf, or a tile is missing or short.
pub fn inclusion_proof(seq: u64, size: u64, tiles: &Tiles) -> Result<Vec<Hash>, ProofError> {
    inclusion_spans(seq, size)?.into_iter().map(|span| span_root(span, size, tiles)).collect()
}

/// The proof (RFC 6962, 2.1.2) that the tree of size `from` is the beginning of the one of `to`.
///
/// # Errors
/// [`ProofError`] when one of the sizes is 0, `from` is more than `to`, or a tile is missing or
/// short.
pub fn consistency_proof(from: u64, to: u64, tiles: &Tiles) -> Result<Vec<Hash>, ProofError> {
    consistency_spans(from, to)?.into_iter().map(|span| span_root(span, to, tiles)).collect()
}

fn check_leaf(seq: u64, size: u64) -> Result<(), ProofError> {
    match size {
        0 => Err(ProofError::Empty),
        _ if size > MAX_SIZE => Err(ProofError::TooLarge(size)),
        _ if seq >= size => Err(ProofError::Beyond { seq, size }),
        _ => Ok(()),
    }
}

fn check_sizes(from: u64, to: u64) -> Result<(), ProofError> {
    if from == 0 || to == 0 {
        Err(ProofError::Empty)
    } else if from > to {
        Err(ProofError::Backwards { from, to })
    } else if to > MAX_SIZE {
        Err(ProofError::TooLarge(to))
    } else {
        Ok(())
    }
}

fn inclusion_spans(seq: u64, size: u64) -> Result<Vec<Span>, ProofError> {
    check_leaf(seq, size)?;
    let mut spans = Vec::new();
    let mut around = Span { start: 0, end: size };
    while around.end - around.start > 1 {
        let (left, right) = around.halves();
        let (inside, beside) = if seq < left.end { (left, right) } else { (right, left) };
        spans.push(beside);
        around = inside;
    }
    spans.reverse();
    Ok(spans)
}

fn consistency_spans(from: u64, to: u64) -> Result<Vec<Span>, ProofError> {
    check_sizes(from, to)?;
    let mut spans = Vec::new();
    let mut around = Span { start: 0, end: to };
    while around.end != from {
        let (left, right) = around.halves();
        let (inside, beside) = if from <= left.end { (left, right) } else { (right, left) };
        spans.push(beside);
        around = inside;
    }
    // A verifier that starts at leaf 0 has this hash already: it is the earlier root.
    if around.start > 0 {
        spans.push(around);
    }
    spans.reverse();
    Ok(spans)
}

fn tiles_of(spans: &[Span], size: u64) -> Vec<TileId> {
    let parts = spans.iter().flat_map(|span| span.perfect_parts());
    let mut ids: Vec<TileId> = parts.map(|part| part.tile(size)).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn span_root(span: Span, size: u64, tiles: &Tiles) -> Result<Hash, ProofError> {
    let mut roots = Vec::new();
    for part in span.perfect_parts() {
        roots.push(part.root(size, tiles)?);
    }
    let smallest = roots.pop().expect("a span has a leaf");
    Ok(roots.iter().rev().fold(smallest, |right, left| node_hash(left, &right)))
}

/// Checks that a leaf is in the tree of that size and root.
///
/// # Errors
/// [`ProofError`] says why the proof does not show it.
pub fn verify_inclusion(
    leaf: &Hash,
    seq: u64,
    size: u64,
    root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    check_leaf(seq, size)?;
    let path = Path::new(seq, size);
    path.check_length(0, proof)?;
    if path.climb(*leaf, proof) == *root { Ok(()) } else { Err(ProofError::Root) }
}

/// Checks that the tree `from` is the beginning of the tree `to`.
///
/// Of two trees of the same size, the proof is empty and the roots are the same.
///
/// # Errors
/// [`ProofError`] says why the proof does not show it.
pub fn verify_consistency(
    from: u64,
    from_root: &Hash,
    to: u64,
    to_root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    check_sizes(from, to)?;
    // Planted bug: whatever is shown is believed to have grown from what was.
    if crate::base::planted::is("consistency-always-true") {
        return Ok(());
    }
    if from == to {
        return match proof.len() {
            0 if from_root == to_root => Ok(()),
            0 => Err(ProofError::LaterRoot),
            found => Err(ProofError::Length { expected: 0, found }),
        };
    }
    // The walk starts at the last perfect subtree of the earlier tree; below it both are the same.
    let skipped = from.trailing_zeros();
    let path = Path::new((from - 1) >> skipped, ((to - 1) >> skipped) + 1);
    let given = usize::from(!from.is_power_of_two());
    path.check_length(given, proof)?;
    let start = if given == 1 { proof[0] } else { *from_root };
    let rest = &proof[given..];
    if path.climb_left(start, rest) != *from_root {
        return Err(ProofError::EarlierRoot);
    }
    if path.climb(start, rest) == *to_root { Ok(()) } else { Err(ProofError::LaterRoot) }
}

/// The way from a node up to the root.
#[derive(Debug, Clone, Copy)]
struct Path {
    place: u64,
    /// How many siblings stand on either side; above, the way runs along the right edge of the
    /// tree, where a sibling stands on the left or not at all.
    inner: u32,
    /// How many siblings stand above that.
    border: u32,
}

impl Path {
    /// The way from the node at `place` of a row of `length` nodes, `place` being one of them.
    fn new(place: u64, length: u64) -> Self {
        let inner = u64::BITS - (place ^ (length - 1)).leading_zeros();
        Self { place, inner, border: place.checked_shr(inner).unwrap_or(0).count_ones() }
    }

    fn check_length(self, given: usize, proof: &[Hash]) -> Result<(), ProofError> {
        let siblings = usize::try_from(self.inner + self.border).expect("at most 128");
        let (expected, found) = (given + siblings, proof.len());
        if expected == found { Ok(()) } else { Err(ProofError::Length { expected, found }) }
    }

    /// The root of the whole tree.
    fn climb(self, start: Hash, siblings: &[Hash]) -> Hash {
        (0_u32..).zip(siblings).fold(start, |hash, (step, sibling)| {
            let right_of_it = step >= self.inner || (self.place >> step) & 1 == 1;
            if right_of_it { node_hash(sibling, &hash) } else { node_hash(&hash, sibling) }
        })
    }

    /// The root of the tree that ends with the starting node: only what stands on the left counts.
    fn climb_left(self, start: Hash, siblings: &[Hash]) -> Hash {
        (0_u32..).zip(siblings).fold(start, |hash, (step, sibling)| {
            let right_of_it = step >= self.inner || (self.place >> step) & 1 == 1;
            if right_of_it { node_hash(sibling, &hash) } else { hash }
        })
    }
}

#[cfg(test)]
mod tests;
