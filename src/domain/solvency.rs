//! Solvency: what is owed to each structure, summed up in one number that each can find itself in.
//!
//! A Merkle sum tree: a leaf is a structure's amount with a blinding number, a node the sum and the
//! hash of its two children with their sums. The root is published; each structure gets the path
//! from its leaf. It proves that its amount is inside the published total, and that no sibling is
//! below zero. It does not prove that everybody was shown the same root (compare it, or ask a
//! witness), nor that a structure which never looks was counted.
//!
//! Promises: pure; no amount below zero has a place in a tree. Does not: hide the sums of a
//! structure's siblings from it (their names are hidden).

use std::cmp::Ordering;

use ring::digest;
use serde::{Serialize, Serializer};

use super::ledger::log::Hash;
use crate::base::id::{Id, Structure};

/// A sum with the hash of all that is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SumNode {
    /// The sum, in cents.
    pub cents: i64,
    /// SHA-256, in base64.
    #[serde(serialize_with = "base64")]
    #[schema(value_type = String)]
    pub hash: Hash,
}

/// A hash as checkpoints write it.
pub(crate) fn base64<S: Serializer>(hash: &Hash, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(hash)
}

/// On which side of a path its sibling stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Before.
    Left,
    /// After.
    Right,
}

/// A step from a leaf to the root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Step {
    /// Where the sibling stands.
    pub side: Side,
    /// The sibling.
    pub node: SumNode,
}

/// One structure's amount in a ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Whose.
    pub structure: Id<Structure>,
    /// How much, in cents.
    pub cents: i64,
    /// What hides the leaf from those who guess.
    pub blind: Hash,
}

impl Share {
    /// The leaf: `SHA-256(0x00 ‖ blind ‖ id of the structure ‖ cents as 8 bytes, big-endian)`.
    #[must_use]
    pub fn leaf(&self) -> SumNode {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(&[0]);
        context.update(self.blind.as_bytes());
        context.update(self.structure.to_string().as_bytes());
        context.update(&self.cents.to_be_bytes());
        SumNode { cents: self.cents, hash: finished(context) }
    }
}

fn finished(context: digest::Context) -> Hash {
    let bytes: [u8; 32] = context.finish().as_ref().try_into().expect("SHA-256 gives 32 bytes");
    Hash::from_bytes(bytes)
}

/// `SHA-256(0x01 ‖ left hash ‖ left cents ‖ right hash ‖ right cents)`; `None` for a sum that is
/// below zero or too large.
fn parent(left: SumNode, right: SumNode) -> Option<SumNode> {
    if left.cents < 0 || right.cents < 0 {
        return None;
    }
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(&[1]);
    for node in [left, right] {
        context.update(node.hash.as_bytes());
        context.update(&node.cents.to_be_bytes());
    }
    Some(SumNode { cents: left.cents.checked_add(right.cents)?, hash: finished(context) })
}

/// The tree over all shares of a ledger, from its leaves to its root.
#[derive(Debug, Clone)]
pub struct SumTree {
    levels: Vec<Vec<SumNode>>,
}

impl SumTree {
    /// The tree of some shares, in order of their hashes so that places tell nothing; `None` when
    /// one is below zero or their sum too large.
    #[must_use]
    pub fn of(shares: &[Share]) -> Option<Self> {
        let mut leaves: Vec<SumNode> = shares.iter().map(Share::leaf).collect();
        if leaves.iter().any(|leaf| leaf.cents < 0) {
            return None;
        }
        leaves.sort_unstable_by(by_hash);
        let mut levels = vec![leaves];
        while let Some(level) = levels.last().filter(|level| level.len() > 1) {
            let above = level.chunks(2).map(|pair| match pair {
                [left, right] => parent(*left, *right),
                alone => alone.first().copied(),
            });
            let above: Option<Vec<SumNode>> = above.collect();
            levels.push(above?);
        }
        Some(Self { levels })
    }

    /// The sum of all shares; of none, zero under the hash of nothing.
    #[must_use]
    pub fn root(&self) -> SumNode {
        let none = || SumNode { cents: 0, hash: finished(digest::Context::new(&digest::SHA256)) };
        self.levels.last().and_then(|level| level.first()).copied().unwrap_or_else(none)
    }

    /// The path of a share; `None` when it is not in the tree.
    #[must_use]
    pub fn path(&self, share: &Share) -> Option<Vec<Step>> {
        let leaf = share.leaf();
        let mut at = self.levels.first()?.iter().position(|node| *node == leaf)?;
        let mut path = Vec::new();
        for level in &self.levels[..self.levels.len() - 1] {
            let (sibling, side) =
                if at % 2 == 0 { (at + 1, Side::Right) } else { (at - 1, Side::Left) };
            // The last of an odd level goes up as it is.
            if let Some(node) = level.get(sibling) {
                path.push(Step { side, node: *node });
            }
            at /= 2;
        }
        Some(path)
    }
}

fn by_hash(one: &SumNode, other: &SumNode) -> Ordering {
    one.hash.as_bytes().cmp(other.hash.as_bytes())
}

/// Whether a share is inside a root, along a path.
#[must_use]
pub fn is_inside(share: &Share, path: &[Step], root: SumNode) -> bool {
    let climb = |node: Option<SumNode>, step: &Step| match step.side {
        Side::Left => parent(step.node, node?),
        Side::Right => parent(node?, step.node),
    };
    share.cents >= 0 && path.iter().fold(Some(share.leaf()), climb) == Some(root)
}

#[cfg(test)]
mod tests {
    //! Goal: every share is found in the sum, and nothing else is.

    use super::*;

    fn shares(count: u8) -> Vec<Share> {
        let share = |number: u8| Share {
            structure: Id::from_uuid(uuid::Uuid::from_u128(u128::from(number) + 1)),
            cents: i64::from(number) * 1000,
            blind: Hash::from_bytes([number; 32]),
        };
        (0..count).map(share).collect()
    }

    #[test]
    fn each_share_is_inside_and_no_other() {
        for count in 0..40 {
            let shares = shares(count);
            let tree = SumTree::of(&shares).unwrap();
            let sum: i64 = shares.iter().map(|share| share.cents).sum();
            assert_eq!(tree.root().cents, sum);
            for share in &shares {
                let path = tree.path(share).unwrap();
                assert!(is_inside(share, &path, tree.root()));
                let more = Share { cents: share.cents + 1, ..*share };
                assert!(!is_inside(&more, &path, tree.root()));
                assert_eq!(tree.path(&more), None);
                let other = SumNode { cents: sum + 1, ..tree.root() };
                assert!(!is_inside(share, &path, other));
                if let Some((last, rest)) = path.split_last() {
                    assert!(!is_inside(share, rest, tree.root()), "a shorter path");
                    let node = SumNode { cents: last.node.cents - 1, ..last.node };
                    let bent = [rest, &[Step { node, ..*last }]].concat();
                    assert!(!is_inside(share, &bent, tree.root()), "a smaller sibling");
                }
            }
        }
    }

    #[test]
    fn nothing_below_zero_hides_a_debt() {
        let mut shares = shares(3);
        shares[1].cents = -500;
        assert!(SumTree::of(&shares).is_none());
        let hidden = SumNode { cents: -1000, hash: shares[0].leaf().hash };
        let step = Step { side: Side::Right, node: hidden };
        let root = SumNode { cents: 1000, ..shares[2].leaf() };
        assert!(!is_inside(&shares[2], &[step], root));
    }
}
