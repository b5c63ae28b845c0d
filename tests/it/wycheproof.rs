//! Goal: signatures are judged as the public vectors of Wycheproof say (C2SP,
//! `testvectors_v1/ed25519_test.json`), by the one function that judges tokens, checkpoints,
//! co-signatures and statements (that there is one only: `floors/imports.rs`).

use carnet::domain::signature::holds;
use wycheproof::TestResult;
use wycheproof::eddsa::{TestName, TestSet};

/// How many vectors a judge agrees with, of each verdict, and the numbers of the others.
#[derive(Debug, Default)]
struct Agreement {
    valid: usize,
    invalid: usize,
    disputed: Vec<usize>,
}

fn agreement(judge: fn(&[u8], &[u8], &[u8]) -> bool) -> Agreement {
    let mut agreement = Agreement::default();
    for group in TestSet::load(TestName::Ed25519).unwrap().test_groups {
        for test in group.tests {
            let held = judge(&group.key.pk, &test.msg, &test.sig);
            match (test.result, held) {
                (TestResult::Valid, true) => agreement.valid += 1,
                (TestResult::Invalid, false) => agreement.invalid += 1,
                // Ed25519 has no third verdict in these vectors: it would be looked at by hand.
                _ => agreement.disputed.push(test.tc_id),
            }
        }
    }
    agreement
}

#[test]
fn every_vector_agrees() {
    let found = agreement(holds);
    println!("Wycheproof Ed25519: {} valid and {} invalid agree", found.valid, found.invalid);
    assert_eq!(found.disputed, Vec::<usize>::new());
    assert!(found.valid >= 80 && found.invalid >= 60, "{found:?}");
}

/// Negative control: judges that are too kind or too strict are told by the vectors.
#[test]
fn another_judge_disagrees() {
    assert!(agreement(|_, _, _| true).disputed.len() >= 60);
    assert!(agreement(|_, _, _| false).disputed.len() >= 80);
    let of_any_length = |key: &[u8], message: &[u8], signature: &[u8]| {
        holds(key, message, signature.get(..64).unwrap_or(signature))
    };
    assert!(!agreement(of_any_length).disputed.is_empty());
}
