//! Goal: no page ever shows a key, and no sentence is kept that no page says.

use std::collections::BTreeSet;
use std::path::Path;

use super::*;

/// The keys of a Fluent file: what stands before ` = ` at the beginning of a line.
fn keys(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .filter_map(|line| line.split_once(" =").map(|(key, _)| key))
        .filter(|key| key.starts_with(|c: char| c.is_ascii_lowercase()) && !key.contains(' '))
}

fn all(language: Language) -> BTreeSet<&'static str> {
    let files = FILES.iter().find(|(of, _)| *of == language).unwrap().1;
    let mut found = BTreeSet::new();
    for key in files.iter().flat_map(|text| keys(text)) {
        assert!(found.insert(key), "{key} stands twice in {}", language.code());
    }
    found
}

/// Everything that pages and templates are made of, but for words and tests.
fn sources(dir: &Path, texts: &mut String) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, texts);
        } else if path.extension().is_some_and(|it| it == "rs" || it == "html")
            && !path.ends_with("tests.rs")
        {
            texts.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
}

/// What looks like a key in quotes: the first argument of `say` or `with`, or a row of a table.
fn asked(source: &str) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    for opening in ["say(\"", "with(\"", "with(\n                \""] {
        for part in source.split(opening).skip(1) {
            found.extend(part.split('"').next());
        }
    }
    // `starts_with("/api/")` and its like ask for no words.
    found.retain(|key| key.starts_with(|c: char| c.is_ascii_lowercase()));
    found
}

/// What is missing, too many or unused: empty when all is well.
fn faults<'k>(
    french: &BTreeSet<&'k str>,
    english: &BTreeSet<&'k str>,
    source: &'k str,
) -> Vec<String> {
    let mut faults = Vec::new();
    for key in french.symmetric_difference(english) {
        faults.push(format!("{key} is not in both languages"));
    }
    for key in french.iter().filter(|key| !source.contains(&format!("\"{key}\""))) {
        faults.push(format!("{key} is used nowhere"));
    }
    for key in asked(source).into_iter().filter(|key| !french.contains(key)) {
        faults.push(format!("{key} is asked for and not there"));
    }
    faults
}

#[test]
fn both_languages_have_the_words_that_pages_use() {
    let mut source = String::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web/pages"), &mut source);
    let faults = faults(&all(Language::French), &all(Language::English), &source);
    assert!(faults.is_empty(), "{faults:#?}");
}

/// Negative control.
#[test]
fn a_word_that_is_missing_extra_or_unused_is_noticed() {
    let set = |keys: &[&'static str]| keys.iter().copied().collect::<BTreeSet<_>>();
    let source = "w.say(\"a\"), w.with(\"b\", [])";
    assert!(faults(&set(&["a", "b"]), &set(&["a", "b"]), source).is_empty());
    for (french, english) in
        [(&["a"][..], &["a", "b"][..]), (&["a", "b"], &["a"]), (&["a", "b", "c"], &["a", "b", "c"])]
    {
        assert_eq!(faults(&set(french), &set(english), source).len().min(1), 1);
    }
    assert_eq!(faults(&set(&["a"]), &set(&["a"]), source).len(), 1);
}

#[test]
fn every_file_is_sound_and_every_value_is_named_alike() {
    for (language, texts) in FILES {
        for text in texts {
            let read = FluentResource::try_new((*text).to_owned());
            assert!(read.is_ok(), "{}: {:?}", language.code(), read.err().map(|it| it.1));
            assert!(!text.contains("TODO"));
        }
    }
    let values = |language: Language| -> BTreeSet<(String, String)> {
        let files = FILES.iter().find(|(of, _)| *of == language).unwrap().1;
        let mut found = BTreeSet::new();
        for text in files {
            let mut key = String::new();
            for line in text.lines() {
                key = keys(line).next().map_or(key, ToOwned::to_owned);
                for part in line.split("{ $").skip(1) {
                    let name: String = part.chars().take_while(char::is_ascii_lowercase).collect();
                    found.insert((key.clone(), name));
                }
            }
        }
        found
    };
    assert_eq!(values(Language::French), values(Language::English));
}

#[test]
fn amounts_days_and_hours_are_as_people_write_them() {
    let (french, english) = (Words::of(Language::French), Words::of(Language::English));
    let plain = |text: String| text.replace([NO_BREAK, NARROW], " ");
    let amounts = [
        (1000, "10 €", "€10"),
        (1250, "12,50 €", "€12.50"),
        (123_456_705, "1 234 567,05 €", "€1,234,567.05"),
        (-5, "\u{2212}0,05 €", "\u{2212}€0.05"),
    ];
    for (cents, in_french, in_english) in amounts {
        assert_eq!(plain(french.cents(cents)), in_french);
        assert_eq!(plain(english.cents(cents)), in_english);
    }
    let day = |text: &str| text.parse::<Day>().unwrap();
    assert_eq!(plain(french.day(day("2026-03-03"))), "3 mars 2026");
    assert_eq!(plain(english.day(day("2026-03-03"))), "3 March 2026");
    assert_eq!(plain(french.day(day("2027-01-01"))), "1er janvier 2027");
    assert_eq!(plain(french.hour(9 * 60)), "9 h");
    assert_eq!(plain(french.hour(12 * 60 + 5)), "12 h 05");
    assert_eq!(plain(english.hour(12 * 60 + 5)), "12:05");
    assert_eq!(french.weekday(6), "dimanche");
    assert_eq!(Words::of(Language::French).say("no-such-key"), "no-such-key");
}
