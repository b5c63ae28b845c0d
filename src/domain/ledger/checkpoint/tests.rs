//! Checkpoints against the examples of the C2SP specifications, and against forgers.
//!
//! Promises: every changed byte of a note is refused, and no text makes the reader panic. Does
//! not: test Ed25519 itself.

use data_encoding::BASE64;
use proptest::prelude::*;
use ring::signature::Ed25519KeyPair;

use super::*;
use crate::domain::ledger::log::leaf_hash;

const NAME: &str = "carnet.example/ledger/funder_01h455vb4pex5vsknk084sn02q";

fn log_key() -> LogKey {
    LogKey::from_seed(NAME.parse().unwrap(), &[7; 32])
}

fn known() -> Vec<VerifierKey> {
    vec![log_key().verifier_key().clone()]
}

fn good_note() -> String {
    log_key().sign_checkpoint(42, &leaf_hash(b"root"))
}

/// A signature line over any text by the log's key, under any name.
fn signature_line(name: &str, text: &str) -> String {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    let vkey = log_key().verifier_key().to_string();
    let key_id = vkey.split('+').nth(1).unwrap();
    let mut bytes = data_encoding::HEXLOWER.decode(key_id.as_bytes()).unwrap();
    bytes.extend_from_slice(pair.sign(text.as_bytes()).as_ref());
    format!("\u{2014} {name} {}\n", BASE64.encode(&bytes))
}

fn signed(text: &str) -> String {
    format!("{text}\n{}", signature_line(NAME, text))
}

#[test]
fn the_example_of_signed_note_verifies() {
    let vkey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    let key: VerifierKey = vkey.parse().unwrap();
    assert_eq!(key.to_string(), vkey);
    let note = "This is an example message.\n\n\u{2014} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnag\
                v1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
    let keys = [key];
    let (text, signers) = open_note(note, &keys).unwrap();
    assert_eq!((text, signers[0]), ("This is an example message.\n", &keys[0]));
    let not_a_size = NoteError::Text("the second line is not a size");
    assert_eq!(Checkpoint::open(note, &keys), Err(not_a_size));
}

#[test]
fn what_was_signed_is_read_back() {
    let note = good_note();
    let checkpoint = Checkpoint::open(&note, &known()).unwrap();
    assert_eq!(checkpoint.origin.as_str(), NAME);
    assert_eq!(checkpoint.origin.last_segment(), "funder_01h455vb4pex5vsknk084sn02q");
    assert_eq!((checkpoint.size, checkpoint.root), (42, leaf_hash(b"root")));
    assert_eq!(note, signed(&checkpoint.text()));
    let peer = tlog_tiles::Checkpoint::from_bytes(checkpoint.text().as_bytes());
    let peer = peer.unwrap();
    assert_eq!((peer.origin(), peer.size()), (NAME, 42));
    assert_eq!(&peer.hash().0, checkpoint.root.as_bytes());
    let empty = log_key().sign_checkpoint(0, &empty_root());
    assert_eq!(Checkpoint::open(&empty, &known()).unwrap().size, 0);
}

#[test]
fn extension_lines_are_kept() {
    let text = format!("{NAME}\n1\n{}\nfirst\nsecond one\n", leaf_hash(b""));
    let checkpoint = Checkpoint::open(&signed(&text), &known()).unwrap();
    assert_eq!(checkpoint.extensions, ["first", "second one"]);
    assert_eq!(checkpoint.text(), text);
}

#[test]
fn a_witness_does_not_disturb() {
    // The cosignature of the example in C2SP tlog-cosignature.
    let witness = "\u{2014} witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI\
                   5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";
    let (text, line) = (good_note().replace("\n\n", "\n\0"), good_note());
    let (text, line) = (text.split('\0').next().unwrap(), line.split("\n\n").nth(1).unwrap());
    let long_name = format!("\u{2014} {} AAAAAAA=\n", "w".repeat(300));
    for lines in [[line, witness, ""], [witness, line, line], [&long_name, line, witness]] {
        let note = format!("{text}\n{}", lines.concat());
        assert!(Checkpoint::open(&note, &known()).is_ok(), "{note}");
    }
    let unknown = format!("{text}\n{witness}");
    assert_eq!(Checkpoint::open(&unknown, &known()), Err(NoteError::UnknownKeys));
    let crowd = format!("{text}\n{line}{}", witness.repeat(100));
    assert_eq!(Checkpoint::open(&crowd, &known()), Err(NoteError::TooLong));
}

#[test]
fn strangers_are_left_out() {
    let stranger = signature_line("stranger.example", "text\n");
    let note = format!("{}{stranger}", good_note());
    assert_eq!(without_strangers(&note, &known()), good_note());
    assert_eq!(without_strangers(&good_note(), &known()), good_note());
}

#[test]
fn one_forged_signature_spoils_the_note() {
    let forged = signature_line(NAME, "something else\n");
    let note = good_note() + &forged;
    assert_eq!(Checkpoint::open(&note, &known()), Err(NoteError::Forged(NAME.parse().unwrap())));
    assert_eq!(Checkpoint::open(&good_note(), &[]), Err(NoteError::UnknownKeys));
    let stranger = LogKey::from_seed(NAME.parse().unwrap(), &[8; 32]).verifier_key().clone();
    let unknown = Checkpoint::open(&good_note(), std::slice::from_ref(&stranger));
    assert_eq!(unknown, Err(NoteError::UnknownKeys));
    let both = [stranger, known().remove(0)];
    assert!(Checkpoint::open(&good_note(), &both).is_ok());
}

#[test]
fn a_log_speaks_for_itself_only() {
    let other = format!("carnet.example/ledger/other\n1\n{}\n", leaf_hash(b""));
    let foreign = NoteError::ForeignOrigin("carnet.example/ledger/other".to_owned());
    assert_eq!(Checkpoint::open(&signed(&other), &known()), Err(foreign));
}

#[test]
fn malformed_texts_are_refused() {
    let root = leaf_hash(b"");
    let size = "the second line is not a size";
    let hash = "the third line is not a root hash";
    let cases = [
        (format!("{NAME}\n"), size),
        (format!("{NAME}\n01\n{root}\n"), size),
        (format!("{NAME}\n+1\n{root}\n"), size),
        (format!("{NAME}\n-1\n{root}\n"), size),
        (format!("{NAME}\n\n{root}\n"), size),
        (format!("{NAME}\n9223372036854775808\n{root}\n"), size),
        (format!("{NAME}\n18446744073709551616\n{root}\n"), size),
        (format!("{NAME}\n1\n"), hash),
        (format!("{NAME}\n1\nAAAA\n"), hash),
        (format!("{NAME}\n0\n{root}\n"), "the root is not that of an empty log"),
        (format!("{NAME}\n1\n{root}\n\nafter\n"), "an extension line is empty"),
    ];
    for (text, reason) in cases {
        let answer = Checkpoint::open(&signed(&text), &known());
        assert_eq!(answer, Err(NoteError::Text(reason)), "{text:?}");
    }
}

#[test]
fn malformed_notes_are_refused() {
    let note = good_note();
    let open = |note: &str| Checkpoint::open(note, &known()).unwrap_err();
    assert_eq!(open(""), NoteError::Unsigned);
    assert_eq!(open("\n\n"), NoteError::Unsigned);
    assert_eq!(open(note.split_inclusive("\n\n").next().unwrap()), NoteError::Unsigned);
    assert_eq!(open(&note.replace("\n\n", "\n")), NoteError::Unsigned);
    assert_eq!(open(&note.replace('\n', "\r\n")), NoteError::Control);
    assert_eq!(open(note.trim_end()), NoteError::SignatureLine(1));
    assert_eq!(open(&(note.clone() + "and more\n")), NoteError::SignatureLine(2));
    assert_eq!(open(&(note.clone() + "\u{2014} name\n")), NoteError::SignatureLine(2));
    assert_eq!(open(&(note.clone() + "\u{2014} name AAAA\n")), NoteError::SignatureLine(2));
    assert_eq!(open(&(note.clone() + "\u{2014} a+b AAAAAAA=\n")), NoteError::SignatureLine(2));
    assert_eq!(open(&(note.clone() + "\u{2014}  AAAAAAA=\n")), NoteError::SignatureLine(2));
    assert_eq!(open(&note.replace('\u{2014}', "-")), NoteError::SignatureLine(1));
    assert_eq!(open(&"x".repeat(MAX_NOTE + 1)), NoteError::TooLong);
}

#[test]
fn every_changed_bit_of_a_note_is_noticed() {
    let note = good_note();
    for bit in 0..note.len() * 8 {
        let mut bytes = note.clone().into_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Ok(changed) = String::from_utf8(bytes) {
            assert!(Checkpoint::open(&changed, &known()).is_err(), "{changed}");
        }
    }
}

#[test]
fn a_verifier_key_has_one_text() {
    let vkey = log_key().verifier_key().to_string();
    assert_eq!(vkey.parse::<VerifierKey>().unwrap(), *log_key().verifier_key());
    assert_eq!(format!("{:?}", log_key()), format!("LogKey({vkey})"));
    let json = serde_json::to_string(log_key().verifier_key()).unwrap();
    assert_eq!(serde_json::from_str::<VerifierKey>(&json).unwrap().to_string(), vkey);
    let mut parts = vkey.splitn(3, '+');
    let mut part = || parts.next().unwrap().to_owned();
    let (name, id, material) = (part(), part(), part());
    let other_kind = BASE64.encode(&[4; 33]);
    let cases = [
        (String::new(), VerifierKeyError::Malformed),
        (name.clone(), VerifierKeyError::Malformed),
        (format!("{name}+{id}"), VerifierKeyError::Malformed),
        (format!("+{id}+{material}"), VerifierKeyError::Malformed),
        (format!("a b+{id}+{material}"), VerifierKeyError::Malformed),
        (format!("{name}+{}+{material}", id.to_uppercase()), VerifierKeyError::Malformed),
        (format!("{name}+{id}00+{material}"), VerifierKeyError::Malformed),
        (format!("{name}+{id}+"), VerifierKeyError::Malformed),
        (format!("{name}+{id}+{material}+"), VerifierKeyError::Malformed),
        (format!("{name}+{id}+AQ=="), VerifierKeyError::Malformed),
        (format!("{name}+{id}+{other_kind}"), VerifierKeyError::Algorithm),
        (format!("{name}x+{id}+{material}"), VerifierKeyError::KeyId),
        (format!("{name}+00000000+{material}"), VerifierKeyError::KeyId),
    ];
    for (text, error) in cases {
        assert_eq!(text.parse::<VerifierKey>(), Err(error), "{text}");
    }
}

#[test]
fn an_origin_fits_in_a_signature_line() {
    assert_eq!("".parse::<Origin>(), Err(OriginError::Empty));
    assert_eq!("x".repeat(256).parse::<Origin>(), Err(OriginError::TooLong));
    for bad in ["a b", "a+b", "a\nb", "a\u{a0}b", "a\u{2028}b", "a\u{7f}b", "\0"] {
        assert_eq!(bad.parse::<Origin>(), Err(OriginError::Character), "{bad:?}");
    }
    assert_eq!("plain".parse::<Origin>().unwrap().last_segment(), "plain");
    assert!(serde_json::from_str::<Origin>("\"a b\"").is_err());
}

proptest! {
    #[test]
    fn no_text_opens_or_panics(note in any::<String>(), piece in "[\n\u{2014} +=0-9A-Za-z]{0,80}") {
        prop_assert!(Checkpoint::open(&note, &known()).is_err());
        prop_assert!(Checkpoint::open(&piece, &known()).is_err());
        let longer = Checkpoint::open(&(good_note() + &piece), &known());
        prop_assert!(longer.is_ok() == piece.is_empty());
        prop_assert!(note.parse::<VerifierKey>().is_err() && piece.parse::<VerifierKey>().is_err());
    }
}
