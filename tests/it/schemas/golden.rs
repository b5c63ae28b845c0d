//! The golden lines (`tests/golden/lines.jsonl`): the operator's and a funder's ledger of a small
//! story in which every kind of entry happens, and the receipt of one of them.
//!
//! Goal: a line keeps its bytes for ever; a stranger has a whole ledger to try a program on.

use std::collections::BTreeMap;

use carnet::base::base32;
use carnet::base::clock::Timestamp;
use carnet::base::day::{Day, Zone};
use carnet::base::id::{AnyId, Id, Kind};
use carnet::domain::fact::Fact;
use carnet::domain::ledger::checkpoint::LogKey;
use carnet::domain::ledger::entry::{Entry, LedgerId};
use carnet::domain::ledger::log::{Edge, leaf_hash};
use carnet::domain::ledger::receipt::{Receipt, proof_text, verify};
use carnet::domain::ledger::transfer::Transfer;
use serde_json::{Value, json};

use super::{faults, samples};

/// The seed of the story's log keys; no secret.
const SEED: [u8; 32] = [7; 32];

/// The host at which its ledgers were opened.
pub(super) const HOST: &str = "carnet.example";

/// When it begins.
pub(super) const BEGIN: &str = "2026-11-02T08:00:00.000Z";

/// An id that is the same in every run, a UUID of version 7.
pub(super) fn id<K: Kind>(number: u16) -> Id<K> {
    let millis = u64::try_from(BEGIN.parse::<Timestamp>().unwrap().millis()).unwrap();
    let mut bytes = [0; 10];
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    Id::from_uuid(uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid())
}

/// The key that signs a ledger's checkpoints in the story.
pub(super) fn log_key(ledger: LedgerId) -> LogKey {
    LogKey::from_seed(format!("{HOST}/ledger/{ledger}").parse().unwrap(), &SEED)
}

/// Writes one ledger, a line every ten minutes.
pub(super) struct Scribe {
    ledger: LedgerId,
    zone: Zone,
    now: Timestamp,
    pub(super) actor: AnyId,
    pub(super) entries: Vec<Entry>,
}

impl Scribe {
    pub(super) fn new(ledger: LedgerId, actor: AnyId) -> Self {
        let (zone, now) = ("Europe/Paris".parse().unwrap(), BEGIN.parse().unwrap());
        Self { ledger, zone, now, actor, entries: Vec::new() }
    }

    /// The place of the next line.
    pub(super) fn seq(&self) -> i64 {
        i64::try_from(self.entries.len()).unwrap()
    }

    /// The moment of the next line.
    pub(super) const fn now(&self) -> Timestamp {
        self.now
    }

    /// The civil day of the next line.
    pub(super) fn today(&self) -> Day {
        self.zone.day_of(self.now)
    }

    pub(super) fn days_pass(&mut self, days: i64) {
        self.now = self.now.plus_seconds(days * 86_400);
    }

    pub(super) fn write(
        &mut self,
        id: impl Into<AnyId>,
        transfers: &[Transfer],
        fact: impl Into<Fact>,
    ) -> &mut Entry {
        let fact = fact.into();
        let entry = Entry {
            ledger: self.ledger,
            seq: self.seq(),
            id: id.into(),
            kind: fact.kind().to_owned(),
            recorded_at: self.now,
            occurred_at: None,
            on: self.today(),
            actor: self.actor,
            transfers: transfers.to_vec(),
            body: fact.body(),
        };
        self.now = self.now.plus_seconds(600);
        self.entries.push(entry);
        self.entries.last_mut().unwrap()
    }
}

fn text() -> String {
    let entries =
        [samples::operator_ledger(), samples::funder_ledger(), samples::moved_ledger()].concat();
    entries.iter().map(|entry| entry.to_line().unwrap() + "\n").collect()
}

/// The receipt of the funder's first redemption, under the checkpoint of the whole ledger.
fn receipt() -> Receipt {
    let entries = samples::funder_ledger();
    let lines: Vec<String> = entries.iter().map(|entry| entry.to_line().unwrap()).collect();
    let leaves: Vec<_> = lines.iter().map(|line| leaf_hash(line.as_bytes())).collect();
    let mut edge = Edge::empty();
    let growth = edge.append(&leaves);
    let note = log_key(entries[0].ledger).sign_checkpoint(edge.size(), &edge.root());
    let at = entries.iter().position(|entry| entry.kind == "voucher-redeemed").unwrap();
    let seq = u64::try_from(at).unwrap();
    Receipt { line: lines[at].clone(), proof: proof_text(seq, &growth.inclusion(seq), &note) }
}

/// Compares with a golden file; a difference is left beside it, to be looked at and moved.
#[track_caller]
fn compare(name: &str, now: &str) {
    let golden = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::fs::read_to_string(&golden).ok().as_deref() != Some(now) {
        let beside = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::write(&beside, now).unwrap();
        panic!(
            "not the golden file any more. Lines are for ever: if a released kind or key changed, \
             undo that; if a kind is new:\n  mv {} {}",
            beside.display(),
            golden.display()
        );
    }
}

#[test]
fn the_lines_are_the_golden_ones() {
    let text = text();
    let mut seen: Vec<&str> = Vec::new();
    for line in text.lines() {
        let entry = Entry::parse(line).unwrap();
        let fact = Fact::of(&entry).unwrap();
        assert_eq!(fact.body().get(), entry.body.get(), "not written in the one way");
        seen.push(fact.kind());
    }
    let missing: Vec<_> = Fact::KINDS.iter().filter(|kind| !seen.contains(kind)).collect();
    assert!(missing.is_empty(), "no golden line of {missing:?}: add one in samples.rs");
    compare("lines.jsonl", &text);
}

#[test]
fn the_golden_receipt_of_a_redemption_verifies() {
    let receipt = receipt();
    let key = log_key(samples::funder_ledger()[0].ledger).verifier_key().clone();
    verify(&receipt, &[key]).unwrap();
    let value = serde_json::to_value(&receipt).unwrap();
    assert_eq!(faults("receipt.json", &value), Vec::<String>::new());
    compare("lines-receipt.json", &(serde_json::to_string_pretty(&receipt).unwrap() + "\n"));
}

/// What a stranger can do who knows no kind: follow the money by `transfers` alone.
#[test]
fn the_money_of_the_golden_lines_adds_up_at_every_line() {
    let mut balances: BTreeMap<String, i64> = BTreeMap::new();
    let mut moved = 0;
    for line in text().lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        for transfer in line["transfers"].as_array().unwrap() {
            let cents = transfer["cents"].as_i64().unwrap();
            for (side, sign) in [("debit", 1), ("credit", -1)] {
                let account = transfer[side].as_str().unwrap();
                let sign = if account.starts_with("funds:") { sign } else { -sign };
                *balances.entry(account.to_owned()).or_default() += sign * cents;
            }
            moved += 1;
        }
        assert!(balances.values().all(|cents| *cents >= 0), "{line} {balances:#?}");
        let of = |funds: bool| -> i64 {
            let kind = balances.iter().filter(|(name, _)| name.starts_with("funds:") == funds);
            kind.map(|(_, cents)| cents).sum()
        };
        assert_eq!(of(true), of(false), "{line} {balances:#?}");
    }
    assert!(moved > 12);
}

/// The examples of `schemas/README.md` are those of the golden files.
#[test]
fn the_readme_quotes_what_is_golden() {
    let readme = std::fs::read_to_string(super::directory().join("README.md")).unwrap();
    let receipt = receipt();
    assert!(readme.contains(&receipt.line), "the line\n{}", receipt.line);
    assert!(readme.contains(receipt.proof.trim_end()), "the proof\n{}", receipt.proof);
    let (_, note) = receipt.proof.split_once("\n\n").unwrap();
    assert!(readme.contains(note.trim_end()), "the checkpoint\n{note}");
    let golden = include_str!("../../golden/token.json");
    let golden: Value = serde_json::from_str(golden).unwrap();
    let voucher = &golden["vouchers"][0];
    let said = [&voucher["url"], &voucher["code"], &voucher["serial"], &voucher["code_number"]];
    for said in said.into_iter().chain([&golden["code_key"], &golden["tag_key"], &voucher["tag"]]) {
        let said = said.as_str().unwrap();
        assert!(readme.contains(said), "{said}");
    }
    let token = voucher["token"].as_str().unwrap();
    assert!(readme.contains(&token[..32]), "{token}");
    for reason in carnet::domain::refusal::Reason::ALL {
        assert!(readme.contains(&format!("`{}`", reason.code())), "{reason:?}");
    }
    for kind in Fact::KINDS {
        assert!(readme.contains(&format!("kinds/{kind}.json")), "{kind}");
    }
}

/// The worked example of the check symbol, step by step as `schemas/README.md` has it.
#[test]
fn the_readme_works_the_check_symbol_out() {
    let readme = std::fs::read_to_string(super::directory().join("README.md")).unwrap();
    let mut state = 0_u8;
    for symbol in "2NWBCED0V9P".chars() {
        let value = base32::value_of(symbol).unwrap();
        let double = if state < 16 { state << 1 } else { state << 1 ^ 0b10_0101 };
        let row = format!("| `{symbol}` | {value} | {state} | {double} | {} |", double ^ value);
        assert!(readme.contains(&row), "{row}");
        state = double ^ value;
    }
    let check = if state < 16 { state << 1 } else { state << 1 ^ 0b10_0101 };
    assert_eq!(base32::ALPHABET[usize::from(check)], b'K');
}

#[test]
fn a_changed_line_is_not_golden() {
    let lines = text();
    let line = lines.lines().find(|line| line.contains("voucher-redeemed")).unwrap();
    let spaced = line.replacen(':', ": ", 1);
    assert!(Entry::parse(&spaced).is_err());
    let value: Value = serde_json::from_str(line).unwrap();
    for (key, other) in [("seq", json!(-1)), ("on", json!("2026-02-30")), ("kind", json!("x"))] {
        let mut changed = value.clone();
        changed[key] = other;
        assert!(!faults("entry.json", &changed).is_empty(), "{key}");
    }
}
