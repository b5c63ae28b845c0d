//! The growing log against three judges: the published vectors of Certificate Transparency,
//! RFC 6962's own recursion, and another implementation (`tlog_tiles`).
//!
//! Promises: every size up to 600 in many splits, and the sizes around full tiles. Does not:
//! measure speed.

use tlog_tiles::tlog;

use super::*;

/// Distinct leaves, the same at each run.
pub(super) fn leaves(count: usize) -> Vec<Hash> {
    (0..count).map(|number| leaf_hash(&number.to_be_bytes())).collect()
}

/// RFC 6962, 2.1, word for word.
pub(super) fn naive_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            node_hash(&naive_root(left), &naive_root(right))
        }
    }
}

/// All the hashes of all tile levels of one large tree: it serves tiles of any smaller size.
pub(super) struct Shelf(Vec<Vec<Hash>>);

impl Shelf {
    pub(super) fn new(leaves: &[Hash]) -> Self {
        let mut levels = vec![leaves.to_vec()];
        while levels.last().unwrap().len() >= TILE_WIDTH {
            let (tiles, _) = levels.last().unwrap().as_chunks::<TILE_WIDTH>();
            let roots = tiles.iter().map(tile_root).collect();
            levels.push(roots);
        }
        Self(levels)
    }

    /// Exactly what was asked for.
    fn serve(&self, ids: &[TileId]) -> Tiles {
        let tile = |id: &TileId| {
            let start = usize::try_from(id.index).unwrap() * TILE_WIDTH;
            let row = &self.0[usize::from(id.level)];
            ((id.level, id.index), row[start..start + usize::from(id.width)].to_vec())
        };
        ids.iter().map(tile).collect()
    }

    pub(super) fn inclusion(&self, seq: u64, size: u64) -> Vec<Hash> {
        let tiles = self.serve(&tiles_for_inclusion(seq, size).unwrap());
        inclusion_proof(seq, size, &tiles).unwrap()
    }

    pub(super) fn consistency(&self, from: u64, to: u64) -> Vec<Hash> {
        let tiles = self.serve(&tiles_for_consistency(from, to).unwrap());
        consistency_proof(from, to, &tiles).unwrap()
    }

    fn partial_tiles(&self, size: u64) -> Vec<Vec<Hash>> {
        let width = |level: usize| usize::try_from(size >> (8 * level)).unwrap();
        let last = |level: usize, row: &Vec<Hash>| {
            let end = width(level).min(row.len());
            row[end - end % TILE_WIDTH..end].to_vec()
        };
        self.0.iter().enumerate().map(|(level, row)| last(level, row)).collect()
    }
}

/// The other implementation's store of hashes.
pub(super) struct Peer(Vec<tlog::Hash>);

impl tlog::HashReader for Peer {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog::Hash>, tlog::Error> {
        Ok(indexes.iter().map(|index| self.0[usize::try_from(*index).unwrap()]).collect())
    }
}

impl Peer {
    pub(super) fn new(leaves: &[Hash]) -> Self {
        let mut peer = Self(Vec::new());
        for (number, leaf) in (0..).zip(leaves) {
            let leaf = tlog::Hash(*leaf.as_bytes());
            let new = tlog::stored_hashes_for_record_hash(number, leaf, &peer).unwrap();
            peer.0.extend(new);
        }
        peer
    }

    pub(super) fn root(&self, size: u64) -> Hash {
        Hash(tlog::tree_hash(size, self).unwrap().0)
    }

    pub(super) fn inclusion(&self, seq: u64, size: u64) -> Vec<Hash> {
        tlog::prove_record(size, seq, self).unwrap().into_iter().map(|hash| Hash(hash.0)).collect()
    }

    pub(super) fn consistency(&self, from: u64, to: u64) -> Vec<Hash> {
        tlog::prove_tree(to, from, self).unwrap().into_iter().map(|hash| Hash(hash.0)).collect()
    }
}

/// The leaves and roots that the Certificate Transparency implementations test with.
const KNOWN: [(&str, &str); 8] = [
    ("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
    ("00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
    ("10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
    ("2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
    ("3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
    ("40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
    ("5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
    (
        "606162636465666768696a6b6c6d6e6f",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ),
];

#[test]
fn grows_the_published_trees() {
    let mut edge = Edge::empty();
    let none = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(format!("{:?}", edge.root()), none);
    for (leaf, root) in KNOWN {
        edge.append(&[leaf_hash(&HEXLOWER.decode(leaf.as_bytes()).unwrap())]);
        assert_eq!(format!("{:?}", edge.root()), root);
    }
}

#[test]
fn a_hash_has_one_text() {
    let hash = empty_root();
    assert_eq!(hash.to_string(), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    assert_eq!(hash.to_string().parse(), Ok(hash));
    let bad = [
        "",
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=",
        "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=",
        " 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuA==",
        "Y9W5Rwxko4U+Ma2AyJCt+PE=2W5Z+ReIBwwUSZrwq1wb",
    ];
    for text in bad {
        assert_eq!(text.parse::<Hash>(), Err(HashError), "{text:?}");
    }
    let tile = leaves(3);
    assert_eq!(tile_from_bytes(&tile_bytes(&tile)), Ok(tile));
    assert_eq!(tile_from_bytes(&[0; 33]), Err(HashError));
}

#[test]
fn every_split_into_batches_gives_the_same_tree() {
    let all = leaves(601);
    let shelf = Shelf::new(&all);
    let peer = Peer::new(&all);
    for size in 0..all.len() {
        assert_eq!(peer.root(size as u64), naive_root(&all[..size]), "{size}");
    }
    for split in 1..40_usize {
        let mut edge = Edge::empty();
        let mut sizes =
            (0..).map(|turn: usize| (turn * turn * 31 + turn * 7 + split) % (split * 5));
        while usize::try_from(edge.size()).unwrap() < all.len() {
            let start = usize::try_from(edge.size()).unwrap();
            let end = all.len().min(start + sizes.next().unwrap());
            let growth = edge.append(&all[start..end]);
            assert_eq!(edge.size(), end as u64);
            assert_eq!(edge.root(), peer.root(end as u64));
            for seq in start..end {
                let proof = growth.inclusion(seq as u64);
                assert_eq!(proof, peer.inclusion(seq as u64, end as u64), "{seq} of {end}");
            }
            for tile in growth.completed_tiles() {
                let id = TileId { level: tile.level, index: tile.index, width: 256 };
                assert_eq!(shelf.serve(&[id])[&(tile.level, tile.index)], tile.hashes);
            }
            let restored = Edge::restore(edge.size(), shelf.partial_tiles(edge.size()));
            assert_eq!(restored, Ok(edge.clone()));
        }
    }
}

#[test]
fn tiles_meet_without_a_seam() {
    let all = leaves(65_800);
    let (shelf, peer) = (Shelf::new(&all), Peer::new(&all));
    let sizes = [1, 255, 256, 257, 511, 512, 65_279, 65_280, 65_281];
    let later = [65_535, 65_536, 65_537, 65_791, 65_792, 65_793, 65_800];
    let sizes: Vec<u64> = sizes.into_iter().chain(later).collect();
    let mut edge = Edge::empty();
    for &size in &sizes {
        let start = edge.size();
        let place = |number: u64| usize::try_from(number).unwrap();
        let growth = edge.append(&all[place(start)..place(size)]);
        assert_eq!(edge.root(), peer.root(size), "{size}");
        assert_eq!(Edge::restore(size, shelf.partial_tiles(size)), Ok(edge.clone()));
        let edges = [0, 1, 255, 256, 257, 65_535, 65_536, 65_537, size - 1];
        for seq in edges.into_iter().filter(|seq| *seq < size) {
            let proof = shelf.inclusion(seq, size);
            assert_eq!(proof, peer.inclusion(seq, size), "{seq} of {size}");
            if seq >= start {
                assert_eq!(growth.inclusion(seq), proof, "{seq} of {size}");
            }
            let leaf = all[place(seq)];
            assert_eq!(verify_inclusion(&leaf, seq, size, &edge.root(), &proof), Ok(()));
        }
        for &from in sizes.iter().filter(|from| **from <= size) {
            let proof = shelf.consistency(from, size);
            assert_eq!(proof, peer.consistency(from, size), "{from} to {size}");
            let earlier = peer.root(from);
            assert_eq!(verify_consistency(from, &earlier, size, &edge.root(), &proof), Ok(()));
        }
    }
}

#[test]
fn an_edge_that_does_not_fit_is_refused() {
    let level_0 = leaves(3);
    let width = EdgeError::Width { level: 0, expected: 4, found: 3 };
    assert_eq!(Edge::restore(4, vec![level_0.clone()]), Err(width));
    let width = EdgeError::Width { level: 1, expected: 1, found: 0 };
    assert_eq!(Edge::restore(259, vec![level_0.clone()]), Err(width));
    let mut tiles = vec![Vec::new(); 9];
    assert_eq!(Edge::restore(0, tiles.clone()), Ok(Edge::empty()));
    tiles[8] = level_0;
    assert_eq!(Edge::restore(0, tiles), Err(EdgeError::Width { level: 8, expected: 0, found: 3 }));
    assert_eq!(Edge::restore(u64::MAX, Vec::new()), Err(EdgeError::TooLarge(u64::MAX)));
}

#[test]
fn an_append_of_nothing_changes_nothing() {
    let mut edge = Edge::empty();
    edge.append(&[]);
    assert_eq!(edge, Edge::empty());
    edge.append(&leaves(300));
    let before = edge.clone();
    assert!(edge.append(&[]).completed_tiles().is_empty());
    assert_eq!(edge, before);
}

#[test]
fn the_largest_tree_still_grows() {
    for height in [8, 56, 62, 63] {
        let size = (1_u64 << height) - 1;
        let width = |level: usize| usize::from(size.to_le_bytes()[level]);
        let mut edge = Edge::restore(size, (0..8).map(|level| leaves(width(level))).collect());
        let growth = edge.as_mut().unwrap().append(&leaves(1));
        assert_eq!(growth.inclusion(size).len(), height);
        let full = growth.completed_tiles().iter().map(|tile| (tile.level, tile.index));
        assert!(full.eq((0_u8..).take(height / 8).map(|level| (level, size >> (8 * (level + 1))))));
    }
}
