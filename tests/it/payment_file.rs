//! Goal: a bank's reader takes every payment file that we write.
//!
//! The files are held against the official schema by xmllint, another program than ours. Without it
//! these tests pass unseen, unless `CARNET_TEST_TOOLS=required`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::cell::Cell;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use carnet::base::clock::Timestamp;
use carnet::base::money::Money;
use carnet::domain::payment_file::{CreditTransfer, Party, PaymentFile};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(path)
}

/// What xmllint says against the schema; `None` where it is not installed.
fn complaint(xml: &[u8]) -> Option<Result<(), String>> {
    let spawned = Command::new("xmllint")
        .args(["--noout", "--nonet", "--schema"])
        .arg(here("data/pain.001.001.09.xsd"))
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = match spawned {
        Ok(child) => child,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let required = std::env::var("CARNET_TEST_TOOLS").is_ok_and(|text| text == "required");
            assert!(!required, "xmllint is required and not installed");
            eprintln!("skipped: xmllint is not installed");
            return None;
        }
        Err(error) => panic!("xmllint does not start: {error}"),
    };
    child.stdin.take().unwrap().write_all(xml).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Some(if output.status.success() { Ok(()) } else { Err(said) })
}

pub(crate) fn assert_valid(xml: &[u8]) {
    if let Some(Err(said)) = complaint(xml) {
        panic!("{said}\n{}", String::from_utf8_lossy(xml));
    }
}

fn party(name: &str, iban: &str, bic: Option<&str>) -> Party {
    Party {
        name: name.to_owned(),
        iban: iban.parse().unwrap(),
        bic: bic.map(|code| code.parse().unwrap()),
    }
}

fn transfer(id: &str, cents: i64, creditor: Party, remittance: &str) -> CreditTransfer {
    CreditTransfer {
        end_to_end_id: id.to_owned(),
        amount: Money::from_cents(cents).unwrap(),
        creditor,
        remittance: remittance.to_owned(),
    }
}

/// A settlement as one would meet it.
fn usual() -> PaymentFile {
    let association = "Association « Le Lien » – salarié·e·s & bénévoles";
    let library =
        "Médiathèque intercommunale du Sacré-Cœur de l’Île-de-Vassivière et des alentours";
    PaymentFile {
        message_id: "01KAMZ0Q7D9B0X3V5T2R8YHNEC".to_owned(),
        created_at: "2026-11-22T10:00:00.987Z".parse::<Timestamp>().unwrap(),
        requested_on: "2026-11-24".parse().unwrap(),
        debtor: party("Département de la Creuse", "FR7630006000011234567890189", None),
        payments: vec![
            transfer(
                "01KAMZ0Q7E5C1K8M6W4J2F9ZTA",
                123_405,
                party(association, "FR1420041010050500013M02606", None),
                "Pass numérique, règlement d’octobre 2026, 123 chèques",
            ),
            transfer(
                "01KAMZ0Q7E6R3N0P7X5G1D8SVB",
                1000,
                party(library, "MC5811222000010123456789030", Some("CMBRMC2MXXX")),
                "",
            ),
            transfer(
                "01KAMZ0Q7E7T9Q2H4Y6K3B0CWD",
                99_999_999_999,
                party("Łódź-Straße <EURL>", "DE89370400440532013000", None),
                &"Référence très longue ; ".repeat(12),
            ),
        ],
    }
}

#[test]
fn the_usual_file_is_the_golden_one() {
    let xml = usual().to_xml().unwrap();
    let golden = here("golden/pain.001.xml");
    if std::fs::read(&golden).ok().as_ref() != Some(&xml) {
        let now = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pain.001.xml");
        std::fs::write(&now, &xml).unwrap();
        panic!(
            "compare {} with {}, and copy it there if it is right",
            now.display(),
            golden.display()
        );
    }
}

#[test]
fn the_usual_file_holds_to_the_schema() {
    assert_valid(&usual().to_xml().unwrap());
}

#[test]
fn the_schema_is_really_asked() {
    let xml = String::from_utf8(usual().to_xml().unwrap()).unwrap();
    let wrong = xml.replace("SLEV", "ELSE");
    if let Some(answer) = complaint(wrong.as_bytes()) {
        assert!(answer.unwrap_err().contains("ChrgBr"));
    }
}

/// Whatever names and references people write, what we write is valid or we say why not.
#[test]
fn no_text_breaks_the_file() {
    let id = "[A-Za-z0-9?:().,'+-]{1,35}";
    let one = (id, 1_i64..=99_999_999_999, ".{0,160}", ".{0,300}");
    let several = proptest::collection::vec(one, 1..8);
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::with_cases(40), rng);
    let written = Cell::new(0);
    runner
        .run(&(".{1,90}", several), |(debtor, payments)| {
            let mut file = usual();
            file.debtor.name = debtor;
            let iban = "FR1420041010050500013M02606";
            file.payments = payments
                .iter()
                .map(|(id, cents, name, text)| transfer(id, *cents, party(name, iban, None), text))
                .collect();
            if let Ok(xml) = file.to_xml() {
                written.set(written.get() + 1);
                assert_valid(&xml);
            }
            Ok(())
        })
        .unwrap();
    let written = written.get();
    assert!(written > 10, "only {written} files were written: that says nothing");
}
