//! The right edge of a growing tree: all that a writer must hold to add leaves.
//!
//! Promises: memory for at most 255 hashes a tile level; an append costs about one hash a leaf, and
//! proofs for its leaves cost none. Does not: prove older leaves (see `proof`).

use super::{Hash, MAX_SIZE, TILE_HEIGHT, TILE_WIDTH, Tile, empty_root, node_hash, perfect_root};

/// How many tile levels the largest tree has.
const LEVELS: usize = 8;

/// The roots of the perfect subtrees that a tree's size is the sum of, the smallest first.
///
/// Each set bit of the size is one of them; a peak at height h is the root of 2^h leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Peaks {
    size: u64,
    hashes: Vec<Hash>,
}

impl Peaks {
    /// The peak of this height, when the size has one.
    fn at(&self, height: u32) -> Option<Hash> {
        let here = (self.size >> height) & 1 == 1;
        here.then(|| self.hashes[peaks_below(self.size, height)])
    }

    /// For each peak the root over it and all smaller ones; the last is the root of the tree.
    fn roots(&self) -> Vec<Hash> {
        let mut roots: Vec<Hash> = Vec::with_capacity(self.hashes.len());
        for peak in &self.hashes {
            let root = roots.last().map_or(*peak, |smaller| node_hash(peak, smaller));
            roots.push(root);
        }
        roots
    }
}

/// How many peaks of a tree are lower than `height`.
fn peaks_below(size: u64, height: u32) -> usize {
    count((size & ((1 << height) - 1)).count_ones().into())
}

fn heights(size: u64) -> impl Iterator<Item = u32> {
    (0..u64::BITS).filter(move |height| (size >> height) & 1 == 1)
}

fn count(number: u64) -> usize {
    usize::try_from(number).expect("what is counted here is in memory")
}

fn length(leaves: &[Hash]) -> u64 {
    u64::try_from(leaves.len()).expect("a list is shorter than 2^64")
}

/// The right edge of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    peaks: Peaks,
    /// Per level the hashes of the tile that is not full yet, level 0 first.
    partial_tiles: [Vec<Hash>; LEVELS],
}

/// Why hashes are not the edge of a tree of that size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EdgeError {
    /// A level has another number of hashes than the size asks for.
    #[error("the incomplete tile of level {level} has {expected} hashes, not {found}")]
    Width {
        /// The tile level.
        level: usize,
        /// What the size asks for.
        expected: usize,
        /// What was brought.
        found: usize,
    },
    /// A size beyond [`MAX_SIZE`].
    #[error("no tree has {0} leaves")]
    TooLarge(u64),
}

impl Edge {
    /// The edge of a tree without leaves.
    #[must_use]
    pub const fn empty() -> Self {
        let peaks = Peaks { size: 0, hashes: Vec::new() };
        Self { peaks, partial_tiles: [const { Vec::new() }; LEVELS] }
    }

    /// The edge of a stored tree: per level, 0 first, the hashes of its incomplete last tile.
    ///
    /// The tile of level l has `floor(size / 256^l) mod 256` hashes; an empty one is an empty
    /// list, or missing at the end.
    ///
    /// # Errors
    /// [`EdgeError`] when a tile's length does not follow from the size.
    pub fn restore(size: u64, partial_tiles: Vec<Vec<Hash>>) -> Result<Self, EdgeError> {
        if size > MAX_SIZE {
            return Err(EdgeError::TooLarge(size));
        }
        let mut edge = Self::empty();
        for (level, tile) in partial_tiles.into_iter().enumerate() {
            match edge.partial_tiles.get_mut(level) {
                Some(place) => *place = tile,
                None if tile.is_empty() => {}
                None => {
                    return Err(EdgeError::Width { level, expected: 0, found: tile.len() });
                }
            }
        }
        for (level, tile) in edge.partial_tiles.iter().enumerate() {
            let expected = usize::from(size.to_le_bytes()[level]);
            if expected != tile.len() {
                return Err(EdgeError::Width { level, expected, found: tile.len() });
            }
        }
        let mut hashes = Vec::new();
        for height in heights(size) {
            let tile = &edge.partial_tiles[count((height / TILE_HEIGHT).into())];
            let wide = 1_usize << (height % TILE_HEIGHT);
            // Larger peaks of this tile lie to the left: they are the bits above this one.
            let start = tile.len() & !(2 * wide - 1);
            hashes.push(perfect_root(&tile[start..start + wide]));
        }
        edge.peaks = Peaks { size, hashes };
        Ok(edge)
    }

    /// How many leaves the tree has; the index of the next one.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.peaks.size
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.peaks.roots().last().copied().unwrap_or_else(empty_root)
    }

    /// Per level, 0 first, the hashes of the tile that is not full yet; what
    /// [`Edge::restore`] takes.
    #[must_use]
    pub fn partial_tiles(&self) -> &[Vec<Hash>] {
        &self.partial_tiles
    }

    /// Adds leaves at the right, and says what came of it.
    pub fn append(&mut self, leaves: &[Hash]) -> Growth {
        let size = self.peaks.size + length(leaves);
        let rows = rows_above(&self.peaks, leaves);
        let completed = self.fill_tiles(&rows);
        let newest = |height: u32| rows.get(count(height.into())).and_then(|row| row.last());
        let hashes = heights(size)
            .filter_map(|height| newest(height).copied().or_else(|| self.peaks.at(height)))
            .collect();
        let grown = Peaks { size, hashes };
        let roots = grown.roots();
        let before = std::mem::replace(&mut self.peaks, grown);
        Growth { before, size, rows, roots, completed }
    }

    /// Puts the new hashes of each tile level into its incomplete tile; gives the ones that are
    /// full now, lower levels first.
    fn fill_tiles(&mut self, rows: &[Vec<Hash>]) -> Vec<Tile> {
        let mut completed = Vec::new();
        let rows_of_tiles = rows.iter().step_by(count(TILE_HEIGHT.into()));
        for ((level, tile), row) in (0_u8..).zip(&mut self.partial_tiles).zip(rows_of_tiles) {
            let spanned = TILE_HEIGHT * (u32::from(level) + 1);
            let mut index = self.peaks.size.checked_shr(spanned).unwrap_or(0);
            for hash in row {
                tile.push(*hash);
                if tile.len() == TILE_WIDTH {
                    completed.push(Tile { level, index, hashes: std::mem::take(tile) });
                    index += 1;
                }
            }
        }
        completed
    }
}

/// Per height, leaves first, the roots of the perfect subtrees that new leaves complete.
fn rows_above(before: &Peaks, leaves: &[Hash]) -> Vec<Vec<Hash>> {
    let mut rows = vec![leaves.to_vec()];
    for height in 0.. {
        let row = &rows[count(height.into())];
        // A peak of this height waits for its right neighbour, which is the first of the row.
        let mut nodes = before.at(height).into_iter().chain(row.iter().copied());
        let mut above = Vec::with_capacity(row.len().div_ceil(2));
        while let (Some(left), Some(right)) = (nodes.next(), nodes.next()) {
            above.push(node_hash(&left, &right));
        }
        if above.is_empty() {
            break;
        }
        rows.push(above);
    }
    rows
}

/// What an append made: tiles to keep, and enough to prove each of its leaves.
#[derive(Debug, Clone)]
pub struct Growth {
    before: Peaks,
    size: u64,
    /// Per height the subtree roots that this append completed.
    rows: Vec<Vec<Hash>>,
    /// For each peak of the new tree the root over it and all smaller ones.
    roots: Vec<Hash>,
    completed: Vec<Tile>,
}

impl Growth {
    /// The tiles that this append filled, lower levels first, to store with it.
    #[must_use]
    pub fn completed_tiles(&self) -> &[Tile] {
        &self.completed
    }

    /// The inclusion proof (RFC 6962, 2.1.1) of a leaf of this append in the tree after it.
    ///
    /// # Panics
    /// When the leaf is not of this append: its left neighbours are not here.
    #[must_use]
    pub fn inclusion(&self, seq: u64) -> Vec<Hash> {
        assert!((self.before.size..self.size).contains(&seq), "leaf {seq} is of another append");
        let tree_height = u64::BITS - (self.size - 1).leading_zeros();
        let mut proof = Vec::with_capacity(count(tree_height.into()));
        for height in 0..tree_height {
            let sibling = (seq >> height) ^ 1;
            let perfect = self.size >> height;
            if sibling < perfect {
                proof.push(self.perfect(height, sibling));
            } else if sibling == perfect {
                // The last node of a row may be imperfect: the root over all smaller peaks.
                let smaller = peaks_below(self.size, height);
                proof.extend(smaller.checked_sub(1).map(|last| self.roots[last]));
            }
        }
        proof
    }

    /// The root of a perfect subtree that this append made, or of the one just left of it.
    fn perfect(&self, height: u32, index: u64) -> Hash {
        match index.checked_sub(self.before.size >> height) {
            Some(place) => self.rows[count(height.into())][count(place)],
            None => self.before.at(height).expect("a left sibling from before is a peak"),
        }
    }
}
