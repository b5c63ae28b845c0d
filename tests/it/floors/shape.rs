//! How large a thing may be, and how a file begins.

use super::scanner::{self, is_word};
use super::source::{Rule, Source};

const FILE_LINES: usize = 500;
const FUNCTION_LINES: usize = 70;
const COLUMNS: usize = 100;

fn long_file(source: &Source) -> Vec<String> {
    let lines = source.text.lines().count();
    let what = format!("{lines} lines, {FILE_LINES} at most");
    if lines > FILE_LINES { vec![source.offence(lines, &what)] } else { Vec::new() }
}

#[test]
fn files_fit_in_a_head() {
    let [most, more] = [FILE_LINES, FILE_LINES + 1].map(|count| "// line\n".repeat(count));
    let rule = Rule {
        asks: "At most 500 lines a file: a longer one holds two nouns. Split it.",
        check: long_file,
        caught: &[("src/domain/book.rs", &more), ("tests/it/api.rs", &more)],
        passed: &[("src/domain/book.rs", &most)],
    };
    rule.hold();
}

fn long_function(source: &Source) -> Vec<String> {
    let code = &source.code;
    let mut offences = Vec::new();
    for (at, _) in source.words().filter(|(_, word)| *word == "fn") {
        // `fn(A) -> B` is a type and `fn $name` a macro's; a function has a name.
        let name = code[at + 2..].trim_start();
        let name = &name[..name.find(|c| !is_word(c)).unwrap_or(name.len())];
        let Some(open) = scanner::body_or_end(code, at).filter(|_| !name.is_empty()) else {
            continue;
        };
        let Some(end) = scanner::closing(code, open).filter(|_| code[open..].starts_with('{'))
        else {
            continue;
        };
        let first = source.line(at);
        let lines = source.line(end) - first + 1;
        if lines > FUNCTION_LINES {
            let what = format!("fn {name}: {lines} lines, {FUNCTION_LINES} at most");
            offences.push(source.offence(first, &what));
        }
    }
    offences
}

#[test]
fn functions_fit_on_a_screen() {
    let written = |head: &str, lines: usize| {
        format!("{head} {{\n{}}}\nconst AFTER: u8 = 1;\n", "    step();\n".repeat(lines - 2))
    };
    let [most, more] = [70, 71].map(|lines| written("pub fn pay(cents: [u8; 2])", lines));
    let in_impl = format!("impl Book {{\n{}\n}}", written("    async fn pay(&self)", 71));
    let declared = format!("trait T {{\n    fn pay(&self);\n}}\n{}", "// line\n".repeat(90));
    let closed_in_text = most.replacen("step();", "say(\"{\");", 1);
    let rule = Rule {
        asks: "At most 70 lines a function, from `fn` to its last brace: read without scrolling.",
        check: long_function,
        caught: &[("src/service/settle.rs", &more), ("tests/it/api.rs", &in_impl)],
        passed: &[
            ("src/service/settle.rs", &most),
            ("src/service/settle.rs", &declared),
            ("src/service/settle.rs", &closed_in_text),
        ],
    };
    rule.hold();
}

fn long_line(source: &Source) -> Vec<String> {
    let lines = source.text.lines().enumerate().map(|(at, line)| (at + 1, line));
    let is_address = |line: &str| line.trim_start().starts_with("//") && line.contains("://");
    let long = lines.filter(|(_, line)| line.chars().count() > COLUMNS && !is_address(line));
    long.map(|(at, line)| {
        source.offence(at, &format!("{} columns, {COLUMNS} at most", line.chars().count()))
    })
    .collect()
}

#[test]
fn lines_fit_beside_another_file() {
    let [most, more] = [100, 101].map(|columns| format!("//{}\n", "é".repeat(columns - 2)));
    let literal = format!("const LONG: &str = \"{}\";\n", "x".repeat(90));
    let link = format!("/// See <https://carnet.example/{}>.\n", "x".repeat(90));
    let rule = Rule {
        asks: "At most 100 columns: two files side by side.",
        check: long_line,
        caught: &[("src/base/id.rs", &more), ("src/base/id.rs", &literal)],
        passed: &[("src/base/id.rs", &most), ("src/base/id.rs", &link)],
    };
    rule.hold();
}

fn untold(source: &Source) -> Vec<String> {
    let told = source.text.starts_with("//! ");
    if told { Vec::new() } else { vec![source.offence(1, "does not open with `//!`")] }
}

const UNTOLD: Rule<'_> = Rule {
    asks: "Every file opens with `//!`: what it is, what it promises, what it does not do.",
    check: untold,
    caught: &[
        ("src/domain/book.rs", "use crate::base::id::Id;\n//! Late.\n"),
        ("src/domain/book.rs", "/// A book.\nstruct Book;\n"),
        ("tests/it/api.rs", ""),
    ],
    passed: &[("src/domain/book.rs", "//! A book holds 1 to 20 vouchers.\n\nstruct Book;\n")],
};

#[test]
fn files_say_what_they_are() {
    UNTOLD.hold();
}
