//! Goal: a co-signature says one text, one time and one witness; whatever else is shown in its
//! place is refused or passed over.

use ring::digest::{SHA256, digest};

use super::super::checkpoint::{Checkpoint, LogKey};
use super::super::log::leaf_hash;
use super::*;

const LOG: &str = "carnet.example/ledger/x";
const AT: u64 = 1_679_315_147;

fn cosigner(name: &str, seed: u8) -> Cosigner {
    Cosigner::from_seed(name.parse().unwrap(), &[seed; 32])
}

fn note() -> String {
    LogKey::from_seed(LOG.parse().unwrap(), &[7; 32]).sign_checkpoint(3, &leaf_hash(b"root"))
}

#[test]
fn the_key_id_is_that_of_the_specification() {
    let key = cosigner("witness.example.com/w1", 1).key().clone();
    // SHA-256(name, newline, 0x04, key), the first four bytes (C2SP tlog-cosignature).
    let hashed = [&b"witness.example.com/w1\n\x04"[..], &key.public_key].concat();
    assert_eq!(key.key_id[..], digest(&SHA256, &hashed).as_ref()[..4]);
    let text = key.to_string();
    assert_eq!(text.parse::<WitnessKey>().as_ref(), Ok(&key));
    let log = LogKey::from_seed(LOG.parse().unwrap(), &[7; 32]).verifier_key().to_string();
    assert_eq!(log.parse::<WitnessKey>(), Err(VerifierKeyError::Algorithm));
    let renamed = text.replace("/w1+", "/w2+");
    assert_eq!(renamed.parse::<WitnessKey>(), Err(VerifierKeyError::KeyId));
}

#[test]
fn a_line_has_the_form_of_the_specification() {
    let cosigner = cosigner("witness.example.com/w1", 1);
    let note = note();
    let (text, _) = parts(&note).unwrap();
    let line = cosigner.cosign(text, AT);
    // The time of the specification's example, whose line reads `…PwAAAABkGFDL…`.
    let bytes = line.strip_prefix("\u{2014} witness.example.com/w1 ").unwrap().trim_end();
    let bytes = BASE64.decode(bytes.as_bytes()).unwrap();
    assert_eq!(
        (bytes.len(), &bytes[4..12]),
        (4 + 8 + 64, &[0, 0, 0, 0, 0x64, 0x18, 0x50, 0xcb][..])
    );
    let signed = format!("cosignature/v1\ntime 1679315147\n{text}");
    assert!(holds(&cosigner.key.public_key, signed.as_bytes(), &bytes[12..]));
    assert!(text.ends_with('\n') && !text.ends_with("\n\n"));
}

#[test]
fn a_cosigned_note_is_still_the_log_s() {
    let (one, two) = (cosigner("w.example/1", 1), cosigner("w.example/2", 2));
    let note = note();
    let (text, _) = parts(&note).unwrap();
    let whole = format!("{note}{}{}", one.cosign(text, AT), two.cosign(text, AT + 1));
    let keys = [one.key().clone(), two.key().clone()];
    let found = of_note(&whole, &keys).unwrap();
    let times: Vec<_> = found.iter().map(|it| (it.key.name().as_str(), it.at)).collect();
    assert_eq!(times, [("w.example/1", AT), ("w.example/2", AT + 1)]);
    assert_eq!(of_note(&whole, &keys[1..]).unwrap().len(), 1);
    let log = LogKey::from_seed(LOG.parse().unwrap(), &[7; 32]).verifier_key().clone();
    assert_eq!(Checkpoint::open(&whole, &[log]).unwrap().size, 3);
}

#[test]
fn what_does_not_hold_spoils_the_lines() {
    let cosigner = cosigner("w.example/1", 1);
    let keys = [cosigner.key().clone()];
    let note = note();
    let (text, _) = parts(&note).unwrap();
    let good = cosigner.cosign(text, AT);
    let forged = Err(CosignatureError::Forged(keys[0].name().clone()));
    assert_eq!(cosignatures(&text.replace("\n3\n", "\n4\n"), &good, &keys), forged);
    assert_eq!(cosignatures(text, &cosigner.cosign(text, 0), &keys), forged, "no time");
    assert_eq!(cosignatures(text, &cosigner.cosign(text, u64::MAX), &keys), forged, "too late");
    // Another time under the same signature.
    let bytes = good.rsplit_once(' ').unwrap().1.trim_end();
    let mut bytes = BASE64.decode(bytes.as_bytes()).unwrap();
    bytes[11] ^= 1;
    let later = format!("{SIGNATURE}w.example/1 {}\n", BASE64.encode(&bytes));
    assert_eq!(cosignatures(text, &later, &keys), forged);
    bytes.truncate(11);
    let short = format!("{SIGNATURE}w.example/1 {}\n", BASE64.encode(&bytes));
    assert_eq!(cosignatures(text, &short, &keys), forged);
    // A plain signature by the same seed is no co-signature: the id is another one.
    let plain = LogKey::from_seed("w.example/1".parse().unwrap(), &[1; 32]);
    let plain = plain.sign_checkpoint(3, &leaf_hash(b"root"));
    assert_eq!(cosignatures(text, parts(&plain).unwrap().1, &keys), Ok(Vec::new()));
    let stranger = self::cosigner("w.example/1", 9).cosign(text, AT);
    assert_eq!(cosignatures(text, &stranger, &keys), Ok(Vec::new()));
    assert_eq!(cosignatures(text, good.trim_end(), &keys), Err(CosignatureError::Line(1)));
    assert_eq!(cosignatures(text, "hello\n", &keys), Err(CosignatureError::Line(1)));
    let crowd = good.repeat(101);
    assert_eq!(cosignatures(text, &crowd, &keys), Err(CosignatureError::TooMany));
}

#[test]
fn a_private_key_is_read_again_and_never_shown() {
    let cosigner = cosigner("w.example/1", 1);
    let text = cosigner.reveal();
    let again = Cosigner::read(&format!("{text}\n")).unwrap();
    assert_eq!(again.key(), cosigner.key());
    assert!(!format!("{cosigner:?}").contains("PRIVATE"));
    let damaged = text.replace("+BAEBAQ", "+BAEBAA");
    assert_ne!(damaged, text);
    for bad in [damaged.as_str(), "", "PRIVATE+KEY+x", &cosigner.key().to_string()] {
        assert_eq!(Cosigner::read(bad).err(), Some(CosignerError::Malformed), "{bad}");
    }
}

/// A checkpoint of a public log of certificates, as four public witnesses co-signed it in 2026 by
/// three other programs than ours.
const PUBLIC: &str = "arche2025h1.staging.ct.transparency.dev
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

\u{2014} arche2025h1.staging.ct.transparency.dev \
ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75Mdh\
L1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=
\u{2014} transparency.dev/DEV:witness-little-garden \
2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhIgcqoXHAwVk\
jZr4AscylP3v7sEodkRAErumC2q44vdgJY096st5BQ==
\u{2014} witness1.smartit.nu/witness1 \
pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEc\
xZ75W3u5hNI7TOQtmJbqmNWVuE0tgh0XwzdZsDsUAQ==
\u{2014} remora.n621.de \
2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9\
DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==
\u{2014} witness.stagemole.eu \
Z/euoAAAAABqEiEgw0i+7g2ENfDAWHmtRzCfKTHSDwYDJA2NmKeGi9Y8FtEy\
OUvVr+AJmIY/2TUFucgKi7lI7cUiOvKFYe/TmN9DAg==
";

/// The keys that these witnesses publish.
const WITNESSES: [&str; 4] = [
    "transparency.dev/DEV:witness-little-garden+d8042a87+\
     BCtusOxINQNUTN5Oj8HObRkh2yHf/MwYaGX4CPdiVEPM",
    "witness1.smartit.nu/witness1+a48c820f+BPSFWg9G6KPiO7QPryYO5Xq4oYJJ+kAvLKLSimDhoxMO",
    "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
    "witness.stagemole.eu+67f7aea0+BEqSG3yu9YrmcM3BHvQYTxwFj3uSWakQepafafpUqklv",
];

#[test]
fn public_witnesses_are_believed() {
    let keys: Vec<WitnessKey> = WITNESSES.iter().map(|key| key.parse().unwrap()).collect();
    assert_eq!(keys.iter().map(ToString::to_string).collect::<Vec<_>>(), WITNESSES);
    let found = of_note(PUBLIC, &keys).unwrap();
    let times: Vec<u64> = found.iter().map(|it| it.at).collect();
    assert_eq!(found.iter().map(|it| it.key.clone()).collect::<Vec<_>>(), keys);
    assert_eq!(times, [0x6a12_2120; 4]);
    let log = "arche2025h1.staging.ct.transparency.dev+ba2f06c0+\
               AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f";
    let log = [log.parse().unwrap()];
    assert_eq!(Checkpoint::open(PUBLIC, &log).unwrap().size, 1_432_088_532);
    let other = PUBLIC.replace("1432088532", "1432088533");
    assert!(matches!(of_note(&other, &keys), Err(CosignatureError::Forged(_))));
    assert!(Checkpoint::open(&other, &log).is_err());
}
