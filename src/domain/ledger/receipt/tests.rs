//! Receipts: a golden one, all of a batch, and every way to be handed a false one.
//!
//! Promises: the format stays readable for ever (`tests/golden/receipt.json`), and no text makes
//! the verifier panic. Does not: need a database or a server, as a holder of receipts has none.

use proptest::prelude::*;

use super::*;
use crate::domain::ledger::checkpoint::LogKey;
use crate::domain::ledger::log::Edge;

const LEDGER: &str = "funder_01h455vb4pex5vsknk084sn02q";

const GOLDEN: &str = include_str!("../../../../tests/golden/receipt.json");

/// The key that the golden receipt was signed with; its seed is no secret.
const VKEY: &str = "carnet.example/ledger/funder_01h455vb4pex5vsknk084sn02q+a128d7e9+\
                    AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs";

fn key(ledger: &str) -> LogKey {
    LogKey::from_seed(format!("carnet.example/ledger/{ledger}").parse().unwrap(), &[7; 32])
}

fn known() -> Vec<VerifierKey> {
    vec![key(LEDGER).verifier_key().clone()]
}

fn line(ledger: &str, seq: u64) -> String {
    format!(
        "{{\"ledger\":\"{ledger}\",\"seq\":{seq},\"id\":\"note_{seq}\",\"kind\":\"noted\",\
         \"transfers\":[],\"body\":{{\"text\":\"Guéret\"}}}}"
    )
}

/// The receipts of the last batch of a ledger with these lines.
fn receipts(key: &LogKey, lines: &[String], batch: usize) -> Vec<Receipt> {
    let leaves: Vec<Hash> = lines.iter().map(|line| leaf_hash(line.as_bytes())).collect();
    let (old, new) = leaves.split_at(lines.len() - batch);
    let mut edge = Edge::empty();
    edge.append(old);
    let growth = edge.append(new);
    let note = key.sign_checkpoint(edge.size(), &edge.root());
    let receipt = |(seq, line): (usize, &String)| {
        let seq = u64::try_from(seq).unwrap();
        Receipt { line: line.clone(), proof: proof_text(seq, &growth.inclusion(seq), &note) }
    };
    lines.iter().enumerate().skip(old.len()).map(receipt).collect()
}

fn lines(count: u64) -> Vec<String> {
    (0..count).map(|seq| line(LEDGER, seq)).collect()
}

fn good() -> Receipt {
    receipts(&key(LEDGER), &lines(11), 3).remove(1)
}

#[test]
fn the_golden_receipt_still_verifies() {
    let golden: Receipt = serde_json::from_str(GOLDEN).unwrap();
    let verified = verify(&golden, &[VKEY.parse().unwrap()]).unwrap();
    assert_eq!((verified.seq, verified.size), (9, 11));
    assert_eq!(verified.origin.last_segment(), LEDGER);
    assert_eq!(golden, good(), "the same line and key must give the same receipt for ever");
    assert_eq!(GOLDEN.trim_end(), serde_json::to_string_pretty(&golden).unwrap());
}

#[test]
fn every_line_of_a_batch_has_its_receipt() {
    for (old, batch) in [(0, 1), (0, 2), (1, 1), (255, 2), (256, 256), (300, 7)] {
        let lines = lines(old + batch);
        let batch = usize::try_from(batch).unwrap();
        for (seq, receipt) in (old..).zip(receipts(&key(LEDGER), &lines, batch)) {
            let verified = verify(&receipt, &known()).unwrap();
            assert_eq!((verified.seq, verified.size), (seq, lines.len() as u64));
        }
    }
}

#[test]
fn every_changed_byte_is_noticed() {
    let good = good();
    for bit in 0..(good.line.len() + good.proof.len()) * 8 {
        let (mut line, mut proof) =
            (good.line.clone().into_bytes(), good.proof.clone().into_bytes());
        let (place, mask) = (bit / 8, 1 << (bit % 8));
        match place.checked_sub(line.len()) {
            None => line[place] ^= mask,
            Some(place) => proof[place] ^= mask,
        }
        if let (Ok(line), Ok(proof)) = (String::from_utf8(line), String::from_utf8(proof)) {
            let changed = Receipt { line, proof };
            assert!(verify(&changed, &known()).is_err(), "{changed:?}");
        }
    }
}

#[test]
fn a_receipt_is_of_its_line_only() {
    let all = receipts(&key(LEDGER), &lines(11), 11);
    for (seq, receipt) in all.iter().enumerate() {
        let other = Receipt { line: all[(seq + 1) % 11].line.clone(), ..receipt.clone() };
        assert_eq!(verify(&other, &known()), Err(ReceiptError::Inclusion(ProofError::Root)));
    }
    let foreign = key("funder_01h455vb4pex5vsknk084sn02r").verifier_key().clone();
    let unknown = ReceiptError::Checkpoint(NoteError::UnknownKeys);
    assert_eq!(verify(&good(), &[foreign]), Err(unknown));
}

#[test]
fn a_line_must_be_where_it_says() {
    let shifted: Vec<String> = (1..4).map(|seq| line(LEDGER, seq)).collect();
    let receipt = receipts(&key(LEDGER), &shifted, 1).remove(0);
    assert_eq!(verify(&receipt, &known()), Err(ReceiptError::OtherSeq { line: 3, proof: 2 }));
    let other = "funder_01h455vb4pex5vsknk084sn02r";
    let receipt = receipts(&key(LEDGER), &[line(other, 0)], 1).remove(0);
    let origin = key(LEDGER).origin().clone();
    let error = ReceiptError::OtherLedger { line: other.to_owned(), origin };
    assert_eq!(verify(&receipt, &known()), Err(error));
}

#[test]
fn lines_that_cannot_be_are_refused_even_when_logged() {
    let same = line(LEDGER, 0);
    let cases = [
        (String::new(), "it is not a JSON object"),
        (format!("[\"{LEDGER}\",0]"), "it is not a JSON object"),
        (format!(" {same}"), "it is not a JSON object"),
        (format!("{same}\n"), "it contains control characters"),
        (same.replace("\"seq\":0", "\"seq\":-1"), "it is not JSON with a ledger and a seq"),
        (same.replace("\"seq\":0", "\"seq\":0.0"), "it is not JSON with a ledger and a seq"),
        (same.replace("\"seq\":0", "\"seq\":\"0\""), "it is not JSON with a ledger and a seq"),
        (
            same.replace("\"seq\":0", "\"seq\":1,\"seq\":0"),
            "it is not JSON with a ledger and a seq",
        ),
        (same.replace("\"seq\":0,", ""), "it is not JSON with a ledger and a seq"),
        (format!("{same}{same}"), "it is not JSON with a ledger and a seq"),
        (format!("{{\"x\":{}", "[".repeat(60_000)), "it is not JSON with a ledger and a seq"),
        (same.replace("Guéret", &"x".repeat(65_535)), "it has more than 65535 bytes"),
    ];
    for (line, reason) in cases {
        let receipt = receipts(&key(LEDGER), &[line], 1).remove(0);
        assert_eq!(verify(&receipt, &known()), Err(ReceiptError::Line(reason)), "{receipt:?}");
    }
}

#[test]
fn proofs_that_cannot_be_read_are_refused() {
    let good = good();
    let changed = |from: &str, to: &str| good.proof.replacen(from, to, 1);
    let first_hash = good.proof.lines().nth(2).unwrap();
    let cases = [
        (String::new(), "it has no checkpoint"),
        (good.proof.replace("\n\n", "\n"), "it has no checkpoint"),
        (changed("\n\n", "\n"), "one of its hashes is malformed"),
        (changed("@v1", "@v2"), "its first line is not c2sp.org/tlog-proof@v1"),
        (changed("index 9\n", ""), "it has no index"),
        (changed("index 9", "index 09"), "it has no index"),
        (changed("index 9", "index +9"), "it has no index"),
        (changed("index 9", "index  9"), "it has no index"),
        (changed("index 9", "index 99999999999999999999"), "it has no index"),
        (changed("index 9", "extra !\nindex 9"), "its extra data is not base 64"),
        (changed("index 9", "extra AAAA\nextra AAAA\nindex 9"), "it has no index"),
        (changed(first_hash, "AAAA"), "one of its hashes is malformed"),
        (changed(first_hash, &format!("{first_hash} ")), "one of its hashes is malformed"),
        (changed("index 9", "index 9\r"), "it has no index"),
    ];
    for (proof, reason) in cases {
        let receipt = Receipt { line: good.line.clone(), proof };
        assert_eq!(verify(&receipt, &known()), Err(ReceiptError::Proof(reason)), "{receipt:?}");
    }
}

#[test]
fn a_proof_must_fit_its_checkpoint() {
    let good = good();
    let changed = |from: &str, to: &str| good.proof.replacen(from, to, 1);
    let first_hash = good.proof.lines().nth(2).unwrap();
    let proof = changed("index 9", "extra AAAA\nindex 9");
    assert!(verify(&Receipt { proof, ..good.clone() }, &known()).is_ok());
    let proof = changed("index 9", "index 11");
    let beyond = ReceiptError::Inclusion(ProofError::Beyond { seq: 11, size: 11 });
    assert_eq!(verify(&Receipt { proof, ..good.clone() }, &known()), Err(beyond));
    let proof = changed("index 9\n", &format!("index 9\n{first_hash}\n"));
    let length = ReceiptError::Inclusion(ProofError::Length { expected: 3, found: 4 });
    assert_eq!(verify(&Receipt { proof, ..good }, &known()), Err(length));
}

proptest! {
    #[test]
    fn no_text_verifies_or_panics(
        line in any::<String>(),
        proof in any::<String>(),
        piece in "[\n\u{2014} +=/@.a-z0-9A-Z]{0,60}",
    ) {
        let good = good();
        let after = format!("c2sp.org/tlog-proof@v1\nindex {piece}\n\n{}", good.proof);
        for proof in [proof, piece, after] {
            let receipt = Receipt { line: line.clone(), proof: proof.clone() };
            prop_assert!(verify(&receipt, &known()).is_err());
            let receipt = Receipt { line: good.line.clone(), proof };
            prop_assert!(verify(&receipt, &known()).is_err());
        }
        let receipt = Receipt { line, proof: good.proof };
        prop_assert!(verify(&receipt, &known()).is_err());
    }
}
