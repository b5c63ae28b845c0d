//! Goal: a witness believes a log's growth and nothing else, whatever a log or somebody in its
//! place shows it; each refusal says what it is.

use super::super::checkpoint::LogKey;
use super::super::consistency::consistency_text;
use super::super::log::{
    Edge, Hash, Tiles, consistency_proof, empty_root, leaf_hash, tiles_for_consistency,
};
use super::*;

/// A log of which the lines from `parted` on belong to another history.
struct Log {
    key: LogKey,
    parted: u64,
}

fn log(name: &str) -> Log {
    Log { key: LogKey::from_seed(name.parse().unwrap(), &[7; 32]), parted: u64::MAX }
}

impl Log {
    fn leaves(&self, count: u64) -> Vec<Hash> {
        let other = |number: u64| u64::from(number >= self.parted);
        (0..count)
            .map(|it| leaf_hash(&[it.to_be_bytes(), other(it).to_be_bytes()].concat()))
            .collect()
    }

    fn at(&self, size: u64) -> Checkpoint {
        let mut edge = Edge::empty();
        edge.append(&self.leaves(size));
        let origin = self.key.origin().clone();
        Checkpoint { origin, size, root: edge.root(), extensions: Vec::new() }
    }

    fn note(&self, size: u64) -> String {
        self.key.sign_checkpoint(size, &self.at(size).root)
    }

    fn proof(&self, from: u64, to: u64) -> Vec<Hash> {
        if from == 0 {
            return Vec::new();
        }
        let wanted = tiles_for_consistency(from, to).unwrap();
        let tiles: Tiles =
            wanted.iter().map(|id| ((id.level, id.index), self.leaves(to))).collect();
        consistency_proof(from, to, &tiles).unwrap()
    }

    fn request(&self, from: u64, to: u64) -> String {
        consistency_text(from, &self.proof(from, to), &self.note(to))
    }

    fn keys(&self) -> Vec<VerifierKey> {
        vec![self.key.verifier_key().clone()]
    }
}

const NAME: &str = "h.example/ledger/x";

#[test]
fn growth_is_accepted_from_any_size_to_any_other() {
    let log = log(NAME);
    for from in 0..40 {
        for to in from..40 {
            let known = (from > 0).then(|| log.at(from));
            let request = log.request(from, to);
            let (shown, note) = judge(known.as_ref(), &log.keys(), &request).unwrap();
            assert_eq!((shown, note), (log.at(to), log.note(to).as_str()), "{from} {to}");
        }
    }
}

#[test]
fn what_did_not_grow_is_refused() {
    let (log, fork) = (log(NAME), Log { parted: 5, ..self::log(NAME) });
    let known = log.at(9);
    let objection = |request: &str| judge(Some(&known), &log.keys(), request).unwrap_err();
    let bad = |why| Objection::Proof { known: 9, to: 20, why };
    assert_eq!(objection(&fork.request(9, 9)), Objection::Fork { size: 9 });
    assert_eq!(objection(&fork.request(9, 20)), bad(ProofError::EarlierRoot));
    let mixed = consistency_text(9, &log.proof(9, 20), &fork.note(20));
    assert_eq!(objection(&mixed), bad(ProofError::LaterRoot));
    // Wrong, truncated, too long, swapped.
    let good = log.proof(9, 20);
    let of = |proof: &[Hash]| consistency_text(9, proof, &log.note(20));
    let (count, mut swapped) = (good.len(), good.clone());
    swapped.swap(0, 1);
    assert!(matches!(objection(&of(&swapped)), Objection::Proof { .. }));
    for at in 0..count {
        let mut wrong = good.clone();
        wrong[at] = leaf_hash(b"another");
        assert!(matches!(objection(&of(&wrong)), Objection::Proof { .. }), "hash {at}");
    }
    let length = |found| bad(ProofError::Length { expected: count, found });
    assert_eq!(objection(&of(&good[..count - 1])), length(count - 1));
    assert_eq!(objection(&of(&[])), length(0));
    assert_eq!(objection(&of(&[&good[..], &good[..1]].concat())), length(count + 1));
    let crowd = of(&vec![good[0]; 64]);
    let crowd = objection(&crowd);
    assert!(matches!(crowd, Objection::Unreadable(ConsistencyError::Text(_))), "{crowd:?}");
    // Another tree size under the same proof.
    let other = consistency_text(9, &good, &log.note(21));
    assert!(matches!(objection(&other), Objection::Proof { to: 21, .. }));
    // A start that is not what is remembered.
    for from in [0, 8, 10] {
        let other = Objection::OtherStart { known: 9, from };
        assert_eq!(objection(&log.request(from, 20)), other);
    }
    let backwards = log.request(9, 9).replace("old 9", "old 10");
    assert_eq!(objection(&backwards), Objection::Backwards { from: 10, to: 9 });
    let rewound = consistency_text(9, &[], &log.note(8));
    assert_eq!(objection(&rewound), Objection::Backwards { from: 9, to: 8 });
    assert!(judge(Some(&known), &log.keys(), &of(&good)).is_ok(), "the control");
}

#[test]
fn another_key_or_log_is_refused() {
    let log = log(NAME);
    let known = log.at(9);
    let judged = |request: &str| judge(Some(&known), &log.keys(), request).unwrap_err();
    let stranger =
        Log { key: LogKey::from_seed(NAME.parse().unwrap(), &[8; 32]), ..self::log(NAME) };
    assert_eq!(judged(&stranger.request(9, 20)), Objection::Note(NoteError::UnknownKeys));
    let renamed = self::log("h.example/ledger/y");
    assert_eq!(judged(&renamed.request(9, 20)), Objection::Note(NoteError::UnknownKeys));
    let forged = log.request(9, 20).replace("\n20\n", "\n21\n");
    assert!(matches!(judged(&forged), Objection::Note(NoteError::Forged(_))));
    // Its own key under another log's name.
    let foreign = log.request(9, 20).replacen(NAME, "h.example/ledger/y", 1);
    assert!(matches!(judged(&foreign), Objection::Note(NoteError::Forged(_))));
    assert_eq!(
        claimed_origin(&foreign[foreign.find("h.example").unwrap()..]),
        "h.example/ledger/y"
    );
}

#[test]
fn an_empty_tree_has_one_root() {
    let log = log(NAME);
    assert_eq!(judge(None, &log.keys(), &log.request(0, 0)).unwrap().0.root, empty_root());
    let other = log.key.sign_checkpoint(0, &leaf_hash(b""));
    let refused = judge(None, &log.keys(), &consistency_text(0, &[], &other)).unwrap_err();
    assert!(matches!(refused, Objection::Note(NoteError::Text(_))), "{refused:?}");
    let padded = consistency_text(0, &[leaf_hash(b"")], &log.note(3));
    let refused = judge(None, &log.keys(), &padded).unwrap_err();
    assert!(matches!(refused, Objection::Proof { known: 0, to: 3, .. }), "{refused:?}");
    // What was remembered empty grows without a proof too.
    let empty = log.at(0);
    assert!(judge(Some(&empty), &log.keys(), &log.request(0, 3)).is_ok());
}

#[test]
fn a_look_tells_more_from_same_and_worse() {
    let (log, fork) = (log(NAME), Log { parted: 5, ..self::log(NAME) });
    let (known, keys) = (log.at(9), log.keys());
    let look = |note: &str| look(Some(&known), &keys, note);
    assert_eq!(look(&log.note(9)), Ok(Sight::Same(log.at(9))));
    assert_eq!(look(&log.note(10)), Ok(Sight::More(log.at(10))));
    assert_eq!(look(&fork.note(10)), Ok(Sight::More(fork.at(10))), "the proof will tell");
    assert_eq!(look(&log.note(8)), Err(Objection::Rollback { known: 9, shown: 8 }));
    assert_eq!(look(&fork.note(9)), Err(Objection::Fork { size: 9 }));
    let tree = super::look(None, &keys, &fork.note(9));
    assert_eq!(tree, Ok(Sight::More(fork.at(9))));
}

/// Requests that a log of another program (Sigsum, in the tests of litewitness) sent to a witness:
/// from nothing to one line, and from there to three and to five.
const SIGSUM: &str =
    "sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562";
const SIGSUM_KEY: &str = "ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302ec79cf100f";
const SIGSUM_PROOFS: [(u64, u64, &[&str], &str, &str); 3] = [
    (
        0,
        1,
        &[],
        "KgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "UgIom7fPZTqpxWWhyjWduBvTvGVqsokMbqTArsQilegKoFBJQjUFAmQ0+YeS\
         PM3wfUQMFSzVnnNuWRTYrajXpNUbIQY=",
    ),
    (
        1,
        3,
        &[
            "KgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            "KgIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        ],
        "RcCI1Nk56ZcSmIEfIn0SleqtV7uvrlXNccFx595Iwl0=",
        "UgIom2VbtIcdFbwFAy1n7s6IkAxIY6J/GQOTuZF2ORV39d75cbAj2aQYwyJr\
         e36kezNobZs4SUUdrcawfAB8WVrx6go=",
    ),
    (
        1,
        5,
        &[
            "KgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            "+fUDV+k970B4I3uKrqJM4aP1lloPZP8mvr2Z4wRw2LI=",
            "KgQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        ],
        "QrtXrQZCCvpIgsSmOsah7HdICzMLLyDfxToMql9WTjY=",
        "UgIomw/EOJmWi0i1FQsOj+etB7F8IccFam/jgd6wzRns4QPVmyEZtdvl1U2K\
         EmLOZ/ASRcWJi0tW90dJWAShei7sDww=",
    ),
];

#[test]
fn the_growth_of_another_program_s_log_is_accepted() {
    let key = data_encoding::HEXLOWER.decode(SIGSUM_KEY.as_bytes()).unwrap();
    let keys = [VerifierKey::new(SIGSUM.parse().unwrap(), key.try_into().unwrap())];
    let [(_, _, _, first, _), ..] = SIGSUM_PROOFS;
    let known = Checkpoint {
        origin: SIGSUM.parse().unwrap(),
        size: 1,
        root: first.parse().unwrap(),
        extensions: Vec::new(),
    };
    for (from, to, proof, root, signature) in SIGSUM_PROOFS {
        let hashes: String = proof.iter().flat_map(|hash| [*hash, "\n"]).collect();
        let note = format!("{SIGSUM}\n{to}\n{root}\n\n\u{2014} {SIGSUM} {signature}\n");
        let request = format!("old {from}\n{hashes}\n{note}");
        let known = (from > 0).then_some(&known);
        let (shown, of) = judge(known, &keys, &request).unwrap();
        assert_eq!((shown.size, shown.root.to_string().as_str(), of), (to, root, note.as_str()));
        if let Some(hash) = proof.first() {
            let wrong = request.replacen(hash, root, 1);
            assert!(matches!(judge(known, &keys, &wrong), Err(Objection::Proof { .. })));
        }
    }
}
