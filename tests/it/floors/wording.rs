//! Words that the house does without, and where French is spoken.

use super::source::{Rule, Source};

/// Names that say nothing about what a thing is.
const EMPTY_WORDS: [&str; 8] =
    ["manager", "managers", "helper", "helpers", "util", "utils", "info", "infos"];

/// The words in a name: `BookInfo` and `book_info` both hold `book` and `info`.
fn words_of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for character in name.chars() {
        if character == '_' || character.is_uppercase() {
            words.push(String::new());
        }
        if character != '_' {
            words.last_mut().expect("never empty").extend(character.to_lowercase());
        }
    }
    words
}

fn empty_name(source: &Source) -> Vec<String> {
    let declares = ["struct", "enum", "trait", "mod", "type", "union"];
    let words: Vec<(usize, &str)> = source.words().collect();
    let pairs = words.windows(2).filter(|pair| declares.contains(&pair[0].1));
    let empty = pairs.filter(|pair| {
        let adjacent = source.code[pair[0].0 + pair[0].1.len()..pair[1].0].trim().is_empty();
        adjacent && words_of(pair[1].1).iter().any(|word| EMPTY_WORDS.contains(&word.as_str()))
    });
    empty.map(|pair| source.offence(source.line(pair[1].0), pair[1].1)).collect()
}

const EMPTY_NAME: Rule<'_> = Rule {
    asks: "No Manager, Helper, Util or Info: they say that the right noun was not looked for.",
    check: empty_name,
    caught: &[
        ("src/service/redeem.rs", "pub struct VoucherManager;"),
        ("src/service/redeem.rs", "enum InfoKind {}"),
        ("src/base/text.rs", "trait TextUtils {}"),
        ("src/lib.rs", "pub mod utils;"),
        ("tests/it/main.rs", "mod test_helpers;"),
        ("src/web/actor.rs", "type Helper = Actor;"),
    ],
    passed: &[
        ("src/service/redeem.rs", "// struct Manager\nstruct Informant; enum Utility {}"),
        ("src/service/redeem.rs", "tracing::info!(\"struct Info\"); let info: Helpers = f();"),
        ("src/service/redeem.rs", "let mod_ = 1; fn type_of(manager: u8) {}"),
    ],
};

#[test]
fn names_say_something() {
    EMPTY_NAME.hold();
}

fn unfinished(source: &Source) -> Vec<String> {
    let mut offences = Vec::new();
    for (at, word) in source.words() {
        let (line, after) = (source.line(at), &source.code[at + word.len()..]);
        let is_call = source.code[..at].trim_end().ends_with('.') && after.starts_with("()");
        let found = match word {
            "todo" | "unimplemented" | "dbg" => after.starts_with('!'),
            "unwrap" => is_call && !source.is_test(line),
            _ => false,
        };
        if found {
            offences.push(source.offence(line, word));
        }
    }
    offences
}

const UNFINISHED: Rule<'_> = Rule {
    asks: "No todo!, unimplemented! or dbg!, and no unwrap() outside tests: \
           expect(\"why it cannot fail\") or an error.",
    check: unfinished,
    caught: &[
        ("src/domain/book.rs", "fn lapse() { todo!() }"),
        ("tests/it/api.rs", "fn lapse() { unimplemented!(\"later\") }"),
        ("src/domain/book.rs", "let n = dbg!(count);"),
        ("src/domain/book.rs", "let n = book\n    .first()\n    .unwrap();"),
        ("src/cli/serve.rs", "#[cfg(test)]\nmod tests { f().unwrap(); }\nfn g() { h().unwrap(); }"),
    ],
    passed: &[
        ("src/domain/book.rs", "// todo!\nlet n = \"dbg!(x).unwrap()\"; let todo = dbg;"),
        ("src/domain/book.rs", "f().unwrap_or_default(); g().expect(\"a digit\");"),
        ("src/domain/book.rs", "#[cfg(test)]\nmod tests { fn f() { g().unwrap(); } }"),
        ("src/domain/book/tests.rs", "g().unwrap();"),
        ("tests/it/api.rs", "g().unwrap();"),
    ],
};

#[test]
fn nothing_is_left_unfinished() {
    UNFINISHED.hold();
}

/// Where people are spoken to in French, or where the French names of things are kept.
const FRENCH: [&str; 12] = [
    "src/bin/",
    "src/cli/demo",
    "src/domain/mediation",
    "src/domain/offering",
    "src/domain/statement",
    "src/domain/territory",
    "src/service/mail/words",
    "src/service/print",
    "src/web/pages",
    "src/web/problem",
    "src/web/words",
    "tests/",
];

fn stray_french(source: &Source) -> Vec<String> {
    if source.is_one_of(&FRENCH) {
        return Vec::new();
    }
    let is_french = |c: char| "àâäæçéèêëîïôöœùûüÿ".contains(c.to_lowercase().next().unwrap_or(c));
    let found = source.literals().filter(|literal| literal.text.contains(is_french));
    found.map(|literal| source.offence(literal.line, &literal.text)).collect()
}

const STRAY_FRENCH: Rule<'_> = Rule {
    asks: "French is spoken on pages, on paper and in problem pages, where a translator finds it.",
    check: stray_french,
    caught: &[
        ("src/service/redeem.rs", "let says = \"chèque déjà encaissé\";"),
        ("src/domain/book.rs", "#[error(\"\\u{c9}chec\")]"),
        ("src/web/api/books.rs", "let says = r\"À signer\";"),
    ],
    passed: &[
        ("src/domain/book.rs", "/// Un chèque déjà encaissé.\nlet says = \"redeemed … “x” — y\";"),
        ("src/domain/book.rs", "let fold = 'é'; /* où */"),
        ("src/domain/book.rs", "#[cfg(test)]\nmod tests { const VENUE: &str = \"Guéret\"; }"),
        ("src/web/pages/scan.rs", "let says = \"déjà encaissé\";"),
        ("src/web/words.rs", "let says = \"déjà encaissé\";"),
        ("src/service/print/cover.rs", "let says = \"à détacher\";"),
        ("tests/it/api.rs", "let says = \"Guéret\";"),
    ],
};

#[test]
fn french_is_spoken_where_people_read() {
    STRAY_FRENCH.hold();
}

fn silenced(source: &Source) -> Vec<String> {
    let found = source.words().filter(|(at, word)| {
        let before = source.code[..*at].trim_end();
        let opens = ["#[", "#!["].iter().any(|mark| before.ends_with(mark));
        let line = before.rsplit('\n').next().unwrap_or_default();
        let conditional = line.contains("cfg_attr(") && before.ends_with(',');
        *word == "allow" && (opens || conditional)
    });
    found.map(|(at, _)| source.offence(source.line(at), "#[allow(…)]")).collect()
}

const SILENCED: Rule<'_> = Rule {
    asks: "No #[allow]: #[expect(…, reason = \"…\")] says why, and goes when it is needless.",
    check: silenced,
    caught: &[
        ("src/base/id.rs", "#[allow(dead_code)]\nfn f() {}"),
        ("src/lib.rs", "#![allow(missing_docs)]"),
        ("tests/it/api.rs", "#[cfg_attr(test, allow(dead_code))]"),
    ],
    passed: &[
        ("src/base/id.rs", "// #[allow(dead_code)]\nlet says = \"#[allow(x)]\"; allow(venue);"),
        ("src/base/id.rs", "#[expect(clippy::too_many_lines, reason = \"a table\")]\nfn f() {}"),
    ],
};

#[test]
fn no_lint_is_silenced() {
    SILENCED.hold();
}
