//! Proofs against RFC 6962's own recursion and another implementation (`tlog_tiles`).
//!
//! Promises: every small size and place, every flipped bit, every reason of a refusal. Does not:
//! cross many tiles (see the log's own tests).

use proptest::prelude::*;

use super::super::empty_root;
use super::super::tests::{Peer, Shelf, leaves, naive_root};
use super::*;

/// RFC 6962, 2.1.1, word for word.
fn naive_inclusion(seq: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() < 2 {
        return Vec::new();
    }
    let half = leaves.len().next_power_of_two() / 2;
    let (left, right) = leaves.split_at(half);
    let (mut proof, beside) = if seq < half {
        (naive_inclusion(seq, left), right)
    } else {
        (naive_inclusion(seq - half, right), left)
    };
    proof.push(naive_root(beside));
    proof
}

/// RFC 6962, 2.1.2, word for word.
fn naive_consistency(from: usize, leaves: &[Hash], known: bool) -> Vec<Hash> {
    if from == leaves.len() {
        return if known { Vec::new() } else { vec![naive_root(leaves)] };
    }
    let half = leaves.len().next_power_of_two() / 2;
    let (left, right) = leaves.split_at(half);
    let (mut proof, beside) = if from <= half {
        (naive_consistency(from, left, known), right)
    } else {
        (naive_consistency(from - half, right, false), left)
    };
    proof.push(naive_root(beside));
    proof
}

#[test]
fn small_proofs_are_the_ones_of_the_rfc() {
    let all = leaves(40);
    let shelf = Shelf::new(&all);
    for size in 1..=all.len() {
        let tree = &all[..size];
        for seq in 0..size {
            let proof = shelf.inclusion(seq as u64, size as u64);
            assert_eq!(proof, naive_inclusion(seq, tree), "{seq} of {size}");
        }
        for from in 1..=size {
            let proof = shelf.consistency(from as u64, size as u64);
            assert_eq!(proof, naive_consistency(from, tree, true), "{from} to {size}");
        }
    }
}

#[test]
fn proofs_from_tiles_hold_at_every_size() {
    let all = leaves(600);
    let (shelf, peer) = (Shelf::new(&all), Peer::new(&all));
    for size in 1..=600_u64 {
        let root = peer.root(size);
        let step = if size < 70 || size.abs_diff(256) < 2 { 1 } else { 17 };
        for seq in (0..size).rev().step_by(step) {
            let proof = shelf.inclusion(seq, size);
            assert_eq!(proof, peer.inclusion(seq, size), "{seq} of {size}");
            let leaf = all[usize::try_from(seq).unwrap()];
            assert_eq!(verify_inclusion(&leaf, seq, size, &root, &proof), Ok(()));
        }
        for from in (1..=size).rev().step_by(step) {
            let proof = shelf.consistency(from, size);
            assert_eq!(proof, peer.consistency(from, size), "{from} to {size}");
            let earlier = peer.root(from);
            assert_eq!(verify_consistency(from, &earlier, size, &root, &proof), Ok(()));
        }
    }
}

/// Each hash of a list with each of its bits turned.
fn flipped(hashes: &[Hash]) -> impl Iterator<Item = Vec<Hash>> {
    (0..hashes.len() * 256).map(|bit| {
        let mut changed = hashes.to_vec();
        changed[bit / 256].0[bit / 8 % 32] ^= 1 << (bit % 8);
        changed
    })
}

#[test]
fn every_flipped_bit_is_noticed() {
    let all = leaves(13);
    let shelf = Shelf::new(&all);
    for size in 1..=13_u64 {
        let root = naive_root(&all[..usize::try_from(size).unwrap()]);
        for seq in 0..size {
            let mut given = vec![all[usize::try_from(seq).unwrap()], root];
            given.extend(shelf.inclusion(seq, size));
            for bad in flipped(&given) {
                let answer = verify_inclusion(&bad[0], seq, size, &bad[1], &bad[2..]);
                assert_eq!(answer, Err(ProofError::Root), "{seq} of {size}");
            }
        }
        for from in 1..=size {
            let earlier = naive_root(&all[..usize::try_from(from).unwrap()]);
            let mut given = vec![earlier, root];
            given.extend(shelf.consistency(from, size));
            for bad in flipped(&given) {
                let answer = verify_consistency(from, &bad[0], size, &bad[1], &bad[2..]);
                assert!(answer.is_err(), "{from} to {size}");
            }
        }
    }
}

#[test]
fn an_inclusion_proof_is_refused_with_a_reason() {
    let all = leaves(7);
    let (root, shelf) = (naive_root(&all), Shelf::new(&all));
    let proof = shelf.inclusion(2, 7);
    let include = |seq, size, proof: &[Hash]| verify_inclusion(&all[2], seq, size, &root, proof);
    assert_eq!(include(2, 7, &proof), Ok(()));
    assert_eq!(include(2, 0, &[]), Err(ProofError::Empty));
    assert_eq!(include(7, 7, &proof), Err(ProofError::Beyond { seq: 7, size: 7 }));
    assert_eq!(include(2, 7, &proof[1..]), Err(ProofError::Length { expected: 3, found: 2 }));
    assert_eq!(include(3, 7, &proof), Err(ProofError::Root));
    assert_eq!(include(2, u64::MAX, &proof), Err(ProofError::TooLarge(u64::MAX)));
    let longer = [&proof[..], &[root]].concat();
    assert_eq!(include(2, 7, &longer), Err(ProofError::Length { expected: 3, found: 4 }));
}

#[test]
fn a_consistency_proof_is_refused_with_a_reason() {
    let all = leaves(7);
    let (root, shelf) = (naive_root(&all), Shelf::new(&all));
    let earlier = naive_root(&all[..3]);
    let proof = shelf.consistency(3, 7);
    let follow = |from, to, proof: &[Hash]| verify_consistency(from, &earlier, to, &root, proof);
    assert_eq!(follow(3, 7, &proof), Ok(()));
    assert_eq!(follow(0, 7, &[]), Err(ProofError::Empty));
    assert_eq!(follow(0, 0, &[]), Err(ProofError::Empty));
    assert_eq!(follow(8, 7, &proof), Err(ProofError::Backwards { from: 8, to: 7 }));
    assert_eq!(follow(3, u64::MAX, &proof), Err(ProofError::TooLarge(u64::MAX)));
    assert_eq!(follow(3, 7, &[]), Err(ProofError::Length { expected: 4, found: 0 }));
    assert_eq!(follow(7, 7, &proof), Err(ProofError::Length { expected: 0, found: 4 }));
    assert_eq!(follow(7, 7, &[]), Err(ProofError::LaterRoot));
    let forked = verify_consistency(3, &earlier, 7, &earlier, &proof);
    assert_eq!(forked, Err(ProofError::LaterRoot));
    assert_eq!(verify_consistency(3, &root, 7, &root, &proof), Err(ProofError::EarlierRoot));
}

#[test]
fn a_proof_names_the_tile_it_lacks() {
    let all = leaves(7);
    assert_eq!(tiles_for_inclusion(1, 0), Err(ProofError::Empty));
    assert_eq!(tiles_for_consistency(2, 1), Err(ProofError::Backwards { from: 2, to: 1 }));
    assert_eq!(tiles_for_consistency(5, 5), Ok(Vec::new()));
    let needed = TileId { level: 0, index: 0, width: 7 };
    assert_eq!(tiles_for_inclusion(2, 7), Ok(vec![needed]));
    assert_eq!(inclusion_proof(2, 7, &Tiles::new()), Err(ProofError::Tile(needed)));
    let short = Tiles::from([((0, 0), all[..6].to_vec())]);
    assert_eq!(inclusion_proof(2, 7, &short), Err(ProofError::Tile(needed)));
}

proptest! {
    #[test]
    fn any_numbers_are_answered(
        seq in any::<u64>(),
        size in any::<u64>(),
        length in 0..70_usize,
    ) {
        let hashes = leaves(length);
        let root = empty_root();
        prop_assert!(verify_inclusion(&root, seq, size, &root, &hashes).is_err());
        prop_assert!(verify_consistency(seq, &root, size, &root, &hashes).is_err() || seq == size);
        for ids in [tiles_for_inclusion(seq, size), tiles_for_consistency(seq, size)] {
            prop_assert!(ids.is_err() || ids.as_ref().is_ok_and(|ids| ids.len() < 80));
        }
        prop_assert!(inclusion_proof(seq, size, &Tiles::new()).is_err());
    }
}
