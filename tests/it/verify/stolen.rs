//! Goal: whoever stole the log key can sign any history, but not one that breaks a rule: what the
//! rules alone catch is counted here, and what they cannot is a list that grows by no surprise.

use std::collections::BTreeSet;

use carnet::domain::verifier::{Digested, Report, Verdict};

use super::tamper::{Change, digested, edits, kind, moves};
use super::{Export, funders};

/// Values that a forger with the key can change, by their place in the line, and in which kinds:
/// words that no other line depends on. A checkpoint or a receipt kept elsewhere gives it away; of
/// an amount that came or went through the bank, the bank's own paper does.
const UNSEEN_EDITS: &[(&str, &[&str])] = &[
    // Who asked is in the operator's ledger; here only the second person is told from the first.
    ("actor", &["*"]),
    ("body.age_recipient", &["ledger-opened"]),
    ("body.commune", &["venue-admitted"]),
    ("body.counter", &["book-replaced"]),
    ("body.file_hash", &["settlement-approved"]),
    ("body.first", &["books-moved"]),
    ("body.issuer_id", &["books-issued"]),
    ("body.key_id", &["book-replaced", "order-placed"]),
    ("body.last", &["books-moved"]),
    ("body.name", &["ledger-opened", "venue-admitted"]),
    ("body.profile.grace_days", &["campaign-registered"]),
    ("body.profile.name", &["campaign-registered"]),
    ("body.profile.valid_until", &["campaign-registered"]),
    ("body.recovery_key", &["ledger-opened"]),
    ("body.reference", MONEY),
    ("body.registration.rna", &["venue-admitted"]),
    ("body.structure_name", &["venue-admitted"]),
    // An id that no later line names.
    ("id", &["book-handed-over", "book-replaced", "books-moved", "campaign-closed"]),
    ("id", &["voucher-redeemed", "vouchers-blocked"]),
    ("id", MONEY),
    // Between the lines around it.
    ("recorded_at", &["order-activated", "venue-admitted"]),
    ("transfers.cents", MONEY),
];

/// Kinds whose amount comes from outside the ledger.
const MONEY: &[&str] = &[
    "deposit-recorded",
    "deposit-withdrawn",
    "refund-paid-back",
    "refund-rolled-over",
    "structure-repaid",
];

/// Lines that a forger with the key can leave out, write twice or exchange: nothing that follows
/// them depends on it. Each would be missed by who holds its receipt.
const UNSEEN_MOVES: &[&str] = &[
    "book-handed-over: deleted",
    "book-replaced: deleted",
    "campaign-registered: exchanged with deposit-recorded",
    "deposit-recorded: exchanged with order-placed",
    "deposit-withdrawn: deleted",
    "redemption-reversed: deleted",
    "refund-paid-back: deleted",
    "refund-rolled-over: deleted",
    // Of a settlement that was cancelled.
    "settlement-drawn: deleted",
    "vault-purged: deleted",
    "vault-purged: exchanged with vault-purged",
    "venue-admitted: inserted",
    "vouchers-blocked: deleted",
    "vouchers-unblocked: deleted",
];

/// Lines with their numbers as a forger would write them, references to them included.
fn renumbered(lines: &[String]) -> Vec<String> {
    let old: Vec<i64> = lines.iter().map(|line| number(line, r#""seq":"#).unwrap()).collect();
    let now = |seq: i64| {
        let at = old.iter().position(|old| *old >= seq).unwrap_or(old.len());
        i64::try_from(at).unwrap()
    };
    let mut numbered = Vec::new();
    for (at, line) in (0_i64..).zip(lines) {
        let mut line = line.clone();
        for (key, to) in [
            (r#""seq":"#, Some(at)),
            (r#""redemption_seq":"#, number(&line, r#""redemption_seq":"#).map(now)),
            (r#""cut_off_seq":"#, number(&line, r#""cut_off_seq":"#).map(|seq| now(seq + 1) - 1)),
        ] {
            if let Some(to) = to {
                let start = line.find(key).unwrap() + key.len();
                let end = start + line[start..].find([',', '}']).unwrap();
                line.replace_range(start..end, &to.to_string());
            }
        }
        numbered.push(line);
    }
    numbered
}

fn number(line: &str, key: &str) -> Option<i64> {
    let start = line.find(key)? + key.len();
    line[start..].split([',', '}']).next()?.parse().ok()
}

/// What a verifier says when the forger signs: the root is the forger's own.
fn judge(export: &Export, digested: &[Digested], change: &Change) -> Report {
    let mut verifier = export.verifier(&export.signed(&change.lines));
    change.read(&mut verifier, digested);
    verifier.end()
}

/// What nobody saw of some changes, and how many were seen.
fn unseen(export: &Export, changes: impl IntoIterator<Item = Change>) -> (BTreeSet<String>, usize) {
    let read = digested(&export.lines);
    let (mut unseen, mut seen) = (BTreeSet::new(), 0);
    for change in changes {
        let report = judge(export, &read, &change);
        if report.verdict == Verdict::Holds {
            unseen.insert(change.what);
        } else {
            seen += 1;
        }
    }
    (unseen, seen)
}

#[test]
fn the_rules_alone_catch_a_stolen_key() {
    funders(|export| {
        let honest = export.judge(&export.lines, &export.signed(&export.lines));
        assert_eq!((honest.verdict, honest.first), (Verdict::Holds, None));
        let (missed, seen) = unseen(&export, edits(&export.lines));
        let kinds: BTreeSet<&str> = export.lines.iter().map(|line| kind(line)).collect();
        let mut listed = BTreeSet::new();
        for (path, of) in UNSEEN_EDITS {
            let all: Vec<&str> = kinds.iter().copied().collect();
            let of = if *of == ["*"] { &all[..] } else { of };
            listed.extend(of.iter().map(|kind| format!("{kind}: {path}")));
        }
        assert_eq!(missed, listed, "of {seen} edits that are seen");
        assert!(seen > 600, "{seen}");
    });
}

#[test]
fn the_rules_alone_catch_lines_that_moved() {
    funders(|export| {
        let moved = moves(&export.lines).into_iter().map(|change| {
            let lines = renumbered(&change.lines);
            Change { lines, from: 0, ..change }
        });
        let (missed, seen) = unseen(&export, moved);
        let listed: BTreeSet<String> = UNSEEN_MOVES.iter().map(|it| (*it).to_owned()).collect();
        assert_eq!(missed, listed, "of {seen} moves that are seen");
        assert!(seen > 100, "{seen}");
    });
}
