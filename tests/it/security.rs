//! Goal: the table of `deploy/security.md` has every requirement of ASVS 5.0.0, level 1 and 2, and
//! names nothing that is not there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// How many requirements of level 1 and 2 each section has; they are numbered from 1 (ASVS 5.0.0).
const SECTIONS: &str = "1.1:2 1.2:9 1.3:11 1.4:3 1.5:2 2.1:3 2.2:3 2.3:4 2.4:1 3.2:2 3.3:4 3.4:6 \
    3.5:5 3.7:2 4.1:3 4.2:1 4.3:2 4.4:4 5.1:1 5.2:3 5.3:2 5.4:3 6.1:3 6.2:12 6.3:4 6.4:4 6.5:5 \
    6.6:3 6.8:4 7.1:3 7.2:4 7.3:2 7.4:5 7.5:2 7.6:2 8.1:2 8.2:3 8.3:1 8.4:1 9.1:3 9.2:4 10.1:2 \
    10.2:2 10.3:4 10.4:11 10.5:5 10.6:2 10.7:3 11.1:2 11.2:3 11.3:3 11.4:4 11.5:1 11.6:1 12.1:3 \
    12.2:2 12.3:4 13.1:1 13.2:5 13.3:2 13.4:5 14.1:2 14.2:4 14.3:3 15.1:3 15.2:3 15.3:7 16.1:1 \
    16.2:5 16.3:4 16.4:3 16.5:3 17.1:1 17.2:4 17.3:2";

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn required() -> BTreeSet<String> {
    let sections = SECTIONS.split_whitespace().map(|section| section.split_once(':').unwrap());
    let numbered = sections.flat_map(|(section, count)| {
        let count: usize = count.parse().unwrap();
        (1..=count).map(move |number| format!("V{section}.{number}"))
    });
    numbered.collect()
}

/// The Rust files below a folder.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'
}

/// The names of the tests in a file: functions that are marked, and those that run on both engines.
fn tests_of(text: &str) -> BTreeSet<String> {
    let marks = ["#[test]", "#[tokio::test"];
    let mut names = BTreeSet::new();
    for mark in marks {
        for rest in text.split(mark).skip(1) {
            let name = rest.split_once("fn ").map_or("", |(_, name)| name);
            names.insert(name.chars().take_while(|c| is_word(*c)).collect());
        }
    }
    for block in text.split("on_both_engines!(").skip(1) {
        let block = block.split(");").next().unwrap();
        let lines = block.lines().map(str::trim).filter(|line| !line.starts_with("//"));
        let words = lines.flat_map(|line| line.split(|c| !is_word(c)));
        names.extend(words.filter(|word| text.contains(&format!("fn {word}("))).map(str::to_owned));
    }
    names
}

fn all_tests() -> BTreeSet<String> {
    let mut files = Vec::new();
    for folder in ["src", "tests/it"] {
        sources(&Path::new(ROOT).join(folder), &mut files);
    }
    files.iter().flat_map(|file| tests_of(&fs::read_to_string(file).unwrap())).collect()
}

/// What is wrong with one row: its state, and what it names.
fn wrong(row: &[&str], tests: &BTreeSet<String>) -> Vec<String> {
    let [id, asks, state, shown] = row else { return vec![format!("not four cells: {row:?}")] };
    let mut wrongs = Vec::new();
    let mut say = |what: String| wrongs.push(format!("{id}: {what}"));
    let named: Vec<&str> = shown.split('`').skip(1).step_by(2).collect();
    let admits = shown.contains("open:") || shown.contains("open by ");
    match *state {
        "kept" if named.is_empty() || admits => say("kept names what keeps it, no more".into()),
        "partly" if named.is_empty() || !admits => say("partly names both halves".into()),
        "open" if !admits => say("open says what lacks".into()),
        "none" if admits || shown.split_whitespace().count() < 2 => say("none says why".into()),
        "kept" | "partly" | "open" | "none" => {}
        other => say(format!("{other} is no state")),
    }
    if asks.is_empty() || asks.len() > 60 {
        say("says in a few words what is asked".into());
    }
    for name in named {
        let is_file = name.contains(['/', '.']);
        let there =
            if is_file { Path::new(ROOT).join(name).is_file() } else { tests.contains(name) };
        if !there {
            say(format!("there is no {name}"));
        }
    }
    wrongs
}

/// What is wrong with the table in a text.
fn wrongs(text: &str, tests: &BTreeSet<String>) -> Vec<String> {
    let mut counts: BTreeMap<String, usize> = required().into_iter().map(|id| (id, 0)).collect();
    let mut found = Vec::new();
    for line in text.lines().filter(|line| line.starts_with("| V")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        match counts.get_mut(cells[0]) {
            Some(count) => *count += 1,
            None => found.push(format!("{} is no requirement", cells[0])),
        }
        found.extend(wrong(&cells, tests));
    }
    let odd = counts.iter().filter(|(_, count)| **count != 1);
    found.extend(odd.map(|(id, count)| format!("{id} is there {count} times")));
    found
}

fn table() -> String {
    fs::read_to_string(Path::new(ROOT).join("deploy/security.md")).unwrap()
}

#[test]
fn every_requirement_has_its_row() {
    assert_eq!(required().len(), 70 + 183, "level 1 and level 2 of ASVS 5.0.0");
    let tests = all_tests();
    assert!(tests.len() > 300 && tests.contains("every_requirement_has_its_row"));
    let wrongs = wrongs(&table(), &tests);
    assert!(wrongs.is_empty(), "{}", wrongs.join("\n"));
    let count = |state: &str| table().matches(&format!("| {state} |")).count();
    let [kept, partly, open, none] = ["kept", "partly", "open", "none"].map(count);
    println!("ASVS 5.0.0: {kept} kept, {partly} partly, {open} open, {none} do not apply");
}

/// Negative control: each offence that is planted in a copy of the table is told.
#[test]
fn a_row_that_is_wrong_is_seen() {
    let (table, tests) = (table(), all_tests());
    let row = table.lines().find(|line| line.starts_with("| V1.2.4 |")).unwrap();
    let of = |line: &str| table.replace(row, line);
    let planted = [
        (of(""), "V1.2.4 is there 0 times"),
        (of(&format!("{row}\n{row}")), "V1.2.4 is there 2 times"),
        (of(&row.replace("V1.2.4", "V1.2.40")), "V1.2.40 is no requirement"),
        (of(&row.replace("sql_stays_in_the_store", "sql_stays")), "there is no sql_stays"),
        (of(&row.replace("sql_stays_in_the_store", "src/no.rs")), "there is no src/no.rs"),
        (of(&row.replace("| kept |", "| maybe |")), "maybe is no state"),
        (of(&row.replace("| kept |", "| partly |")), "partly names both halves"),
        (of(&row.replace("| kept |", "| open |")), "open says what lacks"),
        (of("| V1.2.4 | no SQL injection | kept | surely |"), "kept names what keeps it"),
        (of("| V1.2.4 | no SQL injection | none | no |"), "none says why"),
        (of("| V1.2.4 | no SQL injection |"), "not four cells"),
    ];
    for (copy, said) in planted {
        let found = wrongs(&copy, &tests);
        assert!(found.iter().any(|wrong| wrong.contains(said)), "{said}: {found:?}");
    }
    assert!(!tests.contains("wrongs") && !tests.contains("table"), "only tests count as tests");
}
