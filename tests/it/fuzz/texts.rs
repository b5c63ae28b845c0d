//! Goal: texts that are shown, typed or kept: tokens, codes, ids, lines, receipts, notes.
//! What parses prints back to the same bytes; what is accepted as signed is what was signed.

use std::fmt::Display;
use std::str::FromStr;

use carnet::base::clock::Timestamp;
use carnet::base::day::Day;
use carnet::base::id::{AnyId, ApiKey, Id, Venue};
use carnet::base::money::Money;
use carnet::domain::bank::{Bic, Iban};
use carnet::domain::bookkeeping::{Form, Journal};
use carnet::domain::code::Code;
use carnet::domain::contact::{AccessibilityUrl, PageUrl, Phone, Postcode, Street};
use carnet::domain::fact::Fact;
use carnet::domain::ledger::checkpoint::{Checkpoint, LogKey, Origin, VerifierKey};
use carnet::domain::ledger::consistency::{self, Growth, consistency_text};
use carnet::domain::ledger::cosignature::WitnessKey;
use carnet::domain::ledger::entry::{Entry, LedgerId};
use carnet::domain::ledger::log::{Edge, Hash, leaf_hash};
use carnet::domain::ledger::receipt::{Receipt, Verified, proof_text, verify};
use carnet::domain::opening_hours::OpeningHours;
use carnet::domain::pairing::{Pairing, PairingKey};
use carnet::domain::registration::{Rna, Siret};
use carnet::domain::replay::Parsed;
use carnet::domain::serial::{BookNumber, Serial};
use carnet::domain::token::{Presented, Token, VoucherKey};

use super::{Samples, Verdict, hold};

const LINES: &str = include_str!("../../golden/lines.jsonl");

fn samples(
    name: &'static str,
    corpus: impl IntoIterator<Item = String>,
    words: &'static [&'static str],
) -> Samples {
    let corpus = corpus.into_iter().map(String::into_bytes).collect();
    Samples { name, corpus, words, cost: 1 }
}

fn token(book: u32, number: u64) -> Token {
    let serial = Serial::new(BookNumber::new(book), 3).unwrap();
    let (worth, code) = (Money::from_cents(1000).unwrap(), Code::from_number(number).unwrap());
    Token::new(serial, worth, code).unwrap()
}

/// A token that is believed is the one that was signed; a code has one value however it is typed.
#[test]
fn what_is_shown_at_a_counter_is_genuine_or_refused() {
    let key = VoucherKey::from_seed(3, &[7; 32]);
    let keys = [key.public(), VoucherKey::from_seed(4, &[8; 32]).public()];
    let tokens = [token(4_217, 77), token(u32::MAX, 1), token(0, 9).specimen()];
    let signed = tokens.map(|token| key.sign(&token));
    let urls = signed.iter().map(|signed| signed.to_url("pass.exemple.fr:8443"));
    let texts = signed.iter().map(|signed| signed.to_text().to_lowercase());
    let codes = [1, 77, (1 << 55) - 1].map(|number| Code::from_number(number).unwrap().to_string());
    let words = &["HTTPS://", "http://", "/V/", "/v/", "?", "#", "%", " ", "-", "O", "l", "\u{a0}"];
    hold(&samples("tokens and codes", urls.chain(texts).chain(codes), words), |input| {
        match Presented::parse(&String::from_utf8_lossy(input)) {
            Ok(Presented::Token(shown)) => {
                let believed = shown.verify(&keys);
                if let Ok(verified) = &believed {
                    assert!(tokens.contains(&verified.token), "nobody signed this");
                    let again = key.sign(&verified.token).to_text();
                    assert_eq!(Presented::parse(&again), Ok(Presented::Token(shown)));
                }
                Verdict::of(believed.is_ok())
            }
            Ok(Presented::Code(code)) => {
                let printed = code.to_string();
                assert_eq!((printed.len(), printed.parse()), (14, Ok(code)));
                Verdict::Accepted
            }
            Err(_) => Verdict::Refused,
        }
    });
}

/// Parses, prints and parses again.
fn reads<T: FromStr + Display + PartialEq>(text: &str) -> bool {
    let Ok(value) = text.parse::<T>() else { return false };
    let printed = value.to_string();
    let again = printed.parse::<T>().ok();
    assert!(again.is_some_and(|again| again == value), "{text:?} printed as {printed:?}");
    assert_eq!(printed, printed.parse::<T>().map_or_else(|_| String::new(), |it| it.to_string()));
    true
}

/// An account prints masked: what it reveals is what it is.
fn account(text: &str) -> bool {
    let Ok(iban) = text.parse::<Iban>() else { return false };
    let again = iban.reveal().parse::<Iban>().map(|again| again.reveal().to_owned());
    assert_eq!(again.as_deref(), Ok(iban.reveal()));
    assert!(!text.contains(&iban.to_string()), "an account is shown whole: {iban}");
    true
}

#[test]
fn a_value_has_one_spelling_of_its_own() {
    let key = LogKey::from_seed("carnet.example/ledger/x".parse().unwrap(), &[7; 32]);
    let corpus = [
        "venue_01h455vb4pex5vsknk084sn02q".to_owned(),
        "2026-11-22".into(),
        "2026-11-22T10:00:00.000Z".into(),
        "FR76 3000 6000 0112 3456 7890 189".into(),
        "BNPAFRPP".into(),
        "73282932000074".into(),
        "W231000001".into(),
        "0004217-03".into(),
        "K7QX-M2VD-9T0H".into(),
        Code::from_number(5).unwrap().to_string(),
        "carnet.example/ledger/x".into(),
        key.verifier_key().to_string(),
        leaf_hash(b"x").to_string(),
        "Mo-Fr 09:00-12:30,14:00-18:00; Sa,PH off".into(),
        "+33555510000".into(),
        "https://acceslibre.beta.gouv.fr/app/23-gueret/a/x/erp/y/?a=%C3%A9#z".into(),
        "12 bis, rue de l’Église".into(),
    ];
    let words = &["_", "-", "+", "/", "=", " ", "Z", "T", "24:00", "02-30", "FR", "é", "\u{0}"];
    hold(&samples("values", corpus, words), |input| {
        let text = String::from_utf8_lossy(input);
        let read = [
            reads::<AnyId>(&text),
            reads::<Id<Venue>>(&text),
            reads::<LedgerId>(&text),
            reads::<Day>(&text),
            reads::<Timestamp>(&text),
            account(&text),
            reads::<Bic>(&text),
            reads::<Siret>(&text),
            reads::<Rna>(&text),
            reads::<BookNumber>(&text),
            reads::<Serial>(&text),
            reads::<Code>(&text),
            reads::<Origin>(&text),
            reads::<VerifierKey>(&text),
            reads::<WitnessKey>(&text),
            reads::<Hash>(&text),
            reads::<OpeningHours>(&text),
            reads::<Phone>(&text),
            reads::<PageUrl>(&text),
            reads::<AccessibilityUrl>(&text),
            reads::<Street>(&text),
            reads::<Postcode>(&text),
        ];
        Verdict::of(read.contains(&true))
    });
}

/// A table in which no cell can be computed, and none is torn.
fn plain(rows: &str) {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(rows.as_bytes());
    for row in reader.records() {
        let row = row.unwrap();
        assert_eq!(row.len(), 9, "{rows:?}");
        for cell in &row {
            let first = cell.chars().next().unwrap_or(' ');
            assert!(!"=+-@\t\r＝＋－＠".contains(first), "{rows:?}");
        }
    }
    assert_eq!(rows.matches('\n').count(), rows.matches(",EUR\r\n").count(), "{rows:?}");
}

#[test]
fn a_line_is_canonical_or_refused() {
    let words = &[
        " ",
        "\t",
        "\\u0041",
        "\\/",
        "\"",
        ",",
        ":",
        "{}",
        "[]",
        "null",
        "\"seq\":1,",
        "=1+1",
        ",=1",
        "\\\",=1",
        "\\n",
        "\u{202e}",
        "}",
        "float:",
        "é",
    ];
    let corpus = LINES.lines().map(str::to_owned);
    hold(&samples("lines", corpus, words), |input| {
        let text = String::from_utf8_lossy(input);
        let Ok(entry) = Entry::parse(&text) else { return Verdict::Refused };
        assert_eq!(entry.to_line().unwrap(), text, "two lines for one entry");
        let understood = Parsed::of(&text).is_ok();
        if let Ok(fact) = Fact::of(&entry) {
            let body = fact.body();
            let again = Fact::of(&Entry { body: body.clone(), ..entry }).unwrap().body();
            assert_eq!(again.get(), body.get());
        }
        for form in [Form::Hledger, Form::Beancount, Form::Csv] {
            let (mut journal, _) = Journal::begin(form);
            let written = journal.line(&text).unwrap_or_default();
            if form == Form::Csv {
                plain(&written);
            }
            // One transaction a line: nothing of it begins another.
            let days =
                written.lines().filter(|line| line.starts_with("20") && !line.contains(" open "));
            assert!(days.count() <= 1, "{written}");
            let _ = journal.end();
        }
        Verdict::of(understood)
    });
}

/// What a ledger proves.
struct Proved {
    receipt: Receipt,
    note: String,
    growth: String,
    first_root: Hash,
    checkpoint: Checkpoint,
    keys: Vec<VerifierKey>,
}

fn proved() -> Proved {
    let lines: Vec<&str> = LINES.lines().take(5).collect();
    let ledger = Entry::parse(lines[0]).unwrap().ledger;
    let key =
        LogKey::from_seed(format!("carnet.example/ledger/{ledger}").parse().unwrap(), &[7; 32]);
    let leaves: Vec<Hash> = lines.iter().map(|line| leaf_hash(line.as_bytes())).collect();
    let mut edge = Edge::empty();
    let grown = edge.append(&leaves);
    let note = key.sign_checkpoint(edge.size(), &edge.root());
    let keys = vec![key.verifier_key().clone()];
    let checkpoint = Checkpoint::open(&note, &keys).unwrap();
    let proof = proof_text(3, &grown.inclusion(3), &note);
    let receipt = Receipt { line: lines[3].to_owned(), proof };
    // From one line on, the way up from the first leaf is the proof (RFC 6962, 2.1.2).
    let growth = consistency_text(1, &grown.inclusion(0), &note);
    Proved { receipt, note, growth, first_root: leaves[0], checkpoint, keys }
}

#[test]
fn a_receipt_proves_its_line_and_no_other() {
    let Proved { receipt, checkpoint, keys, .. } = proved();
    let joined = format!("{}\u{0}{}", receipt.line, receipt.proof);
    let words =
        &["\n", "\n\n", "extra ", "index ", "0", "A", "=", "\u{2014} ", "\u{0}", "c2sp.org/"];
    hold(&samples("receipts", [joined], words), |input| {
        let text = String::from_utf8_lossy(input);
        let Some((line, proof)) = text.split_once('\u{0}') else { return Verdict::Refused };
        let shown = Receipt { line: line.to_owned(), proof: proof.to_owned() };
        let Ok(Verified { seq, size, root, .. }) = verify(&shown, &keys) else {
            return Verdict::Refused;
        };
        assert_eq!(line, receipt.line, "another line is proved");
        assert_eq!((seq, size, root), (3, checkpoint.size, checkpoint.root));
        Verdict::Accepted
    });
}

#[test]
fn a_note_says_what_was_signed() {
    let Proved { note, growth, first_root, checkpoint, keys, .. } = proved();
    let words = &["\n", "\n\n", "old ", "0", "1", "A", "=", "\u{2014} ", "+", "é", "\u{85}", "\r"];
    hold(&samples("notes and growth", [note, growth], words), |input| {
        let text = String::from_utf8_lossy(input);
        let opened = Checkpoint::open(&text, &keys);
        if let Ok(opened) = &opened {
            assert_eq!(opened, &checkpoint, "nobody signed this");
            assert!(text.starts_with(&opened.text()));
        }
        if let Ok(Growth { from, proof, note }) = Growth::read(&text) {
            assert_eq!(consistency_text(from, &proof, note), text);
        }
        let grown = consistency::verify(&text, 1, &first_root, &keys);
        if let Ok(grown) = &grown {
            assert_eq!(grown, &checkpoint);
        }
        Verdict::of(opened.is_ok() || grown.is_ok())
    });
}

#[test]
fn a_pairing_is_ours_or_none() {
    let key = PairingKey::new(&[7; 32]);
    let id: Id<ApiKey> = "api-key_01h455vb4pex5vsknk084sn02q".parse().unwrap();
    let venue_id = "venue_01h455vb4pex5vsknk084sn02q".parse().unwrap();
    let expires_at = Timestamp::from_millis(1_795_000_000_000);
    let pairing = Pairing { key_id: id, venue_id, by: id.any(), expires_at };
    let words = &[".", "-", " ", "0", "A", "\n", "api-key_", "é"];
    hold(&samples("pairings", [key.write(&pairing)], words), |input| {
        let text = String::from_utf8_lossy(input);
        let Ok(read) = key.read(&text) else { return Verdict::Refused };
        assert_eq!((read, key.write(&read).as_str()), (pairing, text.trim()));
        Verdict::Accepted
    });
}
