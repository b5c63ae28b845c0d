//! Goal: whatever is changed in an export, in any line and any value, and by any bit, the true
//! checkpoint gives it away.

use carnet::domain::verifier::{Digested, Verdict};

use super::{Export, funders, text};

/// A change of an export, and what to call it.
pub(super) struct Change {
    pub(super) what: String,
    /// The lines from the first that is another.
    pub(super) from: usize,
    pub(super) lines: Vec<String>,
}

/// Where each value of a line stands, and the keys on the way to it.
pub(super) fn values(line: &str) -> Vec<(String, std::ops::Range<usize>)> {
    let bytes = line.as_bytes();
    let (mut found, mut keys, mut key) = (Vec::new(), Vec::new(), String::new());
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        match bytes[at] {
            b'{' | b'[' => keys.push(std::mem::take(&mut key)),
            b'}' | b']' => drop(keys.pop()),
            b',' | b':' => {}
            b'"' => {
                at += 1;
                while bytes[at] != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                if bytes.get(at + 1) == Some(&b':') {
                    line[start + 1..at].clone_into(&mut key);
                } else {
                    found.push((path(&keys, &key), start + 1..at));
                }
            }
            _ => {
                while !b",}]".contains(&bytes[at]) {
                    at += 1;
                }
                found.push((path(&keys, &key), start..at));
                continue;
            }
        }
        at += 1;
    }
    found
}

fn path(keys: &[String], key: &str) -> String {
    let keys = keys.iter().map(String::as_str).chain([key]);
    keys.filter(|key| !key.is_empty()).collect::<Vec<_>>().join(".")
}

/// The kind of a line.
pub(super) fn kind(line: &str) -> &str {
    let (_, rest) = line.split_once(r#""kind":""#).unwrap();
    rest.split('"').next().unwrap()
}

/// Another value of the same look: one more, or another last character.
fn another(value: &str) -> String {
    if let Ok(number) = value.parse::<i64>()
        && number.to_string() == value
    {
        return (number + 1).to_string();
    }
    let mut value = value.to_owned();
    match value.pop() {
        Some('0') => value.push('1'),
        Some(_) => value.push('0'),
        None => value.push('x'),
    }
    value
}

/// Every line with every value changed: once to something new, once to what other lines say there.
pub(super) fn edits(lines: &[String]) -> Vec<Change> {
    let mut changes = Vec::new();
    let parsed: Vec<_> = lines.iter().map(|line| values(line)).collect();
    for (at, line) in lines.iter().enumerate() {
        for (path, place) in &parsed[at] {
            let value = &line[place.clone()];
            let mut others = vec![another(value)];
            let elsewhere = lines.iter().zip(&parsed).flat_map(|(line, values)| {
                let same = values.iter().filter(|(other, _)| other == path);
                same.map(|(_, place)| &line[place.clone()])
            });
            others.extend(elsewhere.filter(|other| *other != value).take(1).map(str::to_owned));
            for other in others {
                let mut lines = lines.to_vec();
                lines[at].replace_range(place.clone(), &other);
                let what = format!("{}: {path}", kind(line));
                changes.push(Change { what, from: at, lines });
            }
        }
    }
    changes
}

/// Every line left out, written twice, and exchanged with the next.
pub(super) fn moves(lines: &[String]) -> Vec<Change> {
    let mut changes = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let mut change = |what: &str, lines: Vec<String>| {
            changes.push(Change { what: format!("{}: {what}", kind(line)), from: at, lines });
        };
        let mut deleted = lines.to_vec();
        deleted.remove(at);
        change("deleted", deleted);
        let mut twice = lines.to_vec();
        twice.insert(at, line.clone());
        change("inserted", twice);
        if at + 1 < lines.len() {
            let mut swapped = lines.to_vec();
            swapped.swap(at, at + 1);
            change(&format!("exchanged with {}", kind(&lines[at + 1])), swapped);
        }
    }
    changes
}

#[test]
fn every_change_of_an_export_is_found() {
    funders(|export| {
        let digested: Vec<Digested> =
            export.lines.iter().map(|line| Digested::of(line.as_bytes())).collect();
        let mut count = 0;
        for change in edits(&export.lines).into_iter().chain(moves(&export.lines)) {
            let mut verifier = export.verifier(&export.note);
            digested[..change.from].iter().for_each(|line| verifier.take(line.clone()));
            let changed = &change.lines[change.from..];
            changed.iter().for_each(|line| verifier.take(Digested::of(line.as_bytes())));
            let report = verifier.end();
            assert_eq!(report.verdict, Verdict::Violated, "{} at {}", change.what, change.from);
            count += 1;
        }
        assert!(count > 900, "{count}");
    });
}

/// Chance from a seed (Knuth's MMIX constants), so that a failure can be seen again.
fn roll(state: &mut u64, sides: usize) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from((*state >> 33) % u64::try_from(sides).unwrap()).unwrap()
}

/// What a verifier says of a file of lines; one whose last line has no end is no export.
fn judge_file(export: &Export, file: &[u8]) -> Option<Verdict> {
    let lines = file.strip_suffix(b"\n")?;
    let lines: Vec<&[u8]> = lines.split(|byte| *byte == b'\n').collect();
    Some(export.judge(&lines, &export.note).verdict)
}

#[test]
fn no_flipped_bit_goes_unseen() {
    let seed = std::env::var("CARNET_TEST_SEED").map_or(20_261_122, |seed| seed.parse().unwrap());
    eprintln!("CARNET_TEST_SEED={seed}");
    let mut dice: u64 = seed;
    funders(|export| {
        let file = text(&export.lines).into_bytes();
        assert_eq!(judge_file(&export, &file), Some(Verdict::Holds));
        for _ in 0..600 {
            let (at, bit) = (roll(&mut dice, file.len()), roll(&mut dice, 8));
            let mut flipped = file.clone();
            flipped[at] ^= 1 << bit;
            let verdict = judge_file(&export, &flipped);
            assert!(verdict.is_none_or(|it| it == Verdict::Violated), "bit {bit} of byte {at}");
        }
        // And in the checkpoint: whatever it is then, no key signed it.
        let keys = [export.key.verifier_key().clone()];
        for _ in 0..600 {
            let mut note = export.note.clone().into_bytes();
            let (at, bit) = (roll(&mut dice, note.len()), roll(&mut dice, 8));
            note[at] ^= 1 << bit;
            let note = String::from_utf8(note);
            let opened = note.map(|note| super::Checkpoint::open(&note, &keys));
            assert!(!matches!(opened, Ok(Ok(_))), "bit {bit} of byte {at} of the checkpoint");
        }
    });
}
