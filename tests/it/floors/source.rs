//! The source tree as the rules see it, and what a rule is.
//!
//! Promises: a rule is first shown to catch what was planted for it and to pass what is innocent,
//! and only then believed about the tree. Does not: know any rule.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use super::scanner::{self, Literal};

/// One file of Rust, read and told apart.
#[derive(Debug)]
pub(super) struct Source {
    /// Its path from the root of the repository, with `/`.
    pub(super) path: String,
    /// Its text as written.
    pub(super) text: String,
    /// Its text without comments and the insides of literals.
    pub(super) code: String,
    literals: Vec<Literal>,
    /// The lines, from 1 and inclusive, of items compiled for tests only.
    tests: Vec<(usize, usize)>,
}

impl Source {
    /// A file that says `text`.
    pub(super) fn new(path: &str, text: &str) -> Self {
        let scanner::Scan { code, literals } = scanner::scan(text);
        let tests = test_items(&code);
        Self { path: path.to_owned(), text: text.to_owned(), code, literals, tests }
    }

    /// Whether the path begins with one of these.
    pub(super) fn is_one_of(&self, beginnings: &[&str]) -> bool {
        beginnings.iter().any(|beginning| self.path.starts_with(beginning))
    }

    /// The path inside the crate: `src/web/api/mod.rs` is `["web", "api"]`; none outside `src`.
    pub(super) fn module(&self) -> Option<Vec<&str>> {
        let inside = self.path.strip_prefix("src/")?.strip_suffix(".rs")?;
        let mut module: Vec<&str> = inside.split('/').collect();
        if matches!(module.last(), Some(&("mod" | "lib"))) {
            module.pop();
        }
        Some(module)
    }

    /// Whether a line, or the whole file, is compiled for tests only.
    pub(super) fn is_test(&self, line: usize) -> bool {
        self.path.starts_with("tests/")
            || self.path.contains("/tests/")
            || self.path.ends_with("/tests.rs")
            || self.tests.iter().any(|&(first, last)| (first..=last).contains(&line))
    }

    /// The words of the code and the byte each begins at.
    pub(super) fn words(&self) -> impl Iterator<Item = (usize, &str)> {
        scanner::words(&self.code)
    }

    /// The string literals outside of tests.
    pub(super) fn literals(&self) -> impl Iterator<Item = &Literal> {
        self.literals.iter().filter(|literal| !self.is_test(literal.line))
    }

    /// The line, from 1, of a byte of the code.
    pub(super) fn line(&self, byte: usize) -> usize {
        line(&self.code, byte)
    }

    /// What is wrong where, for a person.
    pub(super) fn offence(&self, line: usize, what: &str) -> String {
        format!("{}:{line}: {what}", self.path)
    }
}

fn line(code: &str, byte: usize) -> usize {
    code.bytes().take(byte).filter(|&b| b == b'\n').count() + 1
}

/// The lines of what `#[cfg(test)]` or `mod tests` covers.
fn test_items(code: &str) -> Vec<(usize, usize)> {
    let marks = ["#[cfg(test)]", "mod tests {"];
    let begins = marks.iter().flat_map(|mark| {
        let skip = if mark.starts_with('#') { mark.len() } else { 0 };
        code.match_indices(mark).map(move |(at, _)| (at, at + skip))
    });
    let items = begins.filter_map(|(at, from)| {
        let body = scanner::body_or_end(code, from)?;
        let end = if code[body..].starts_with('{') { scanner::closing(code, body)? } else { body };
        Some((line(code, at), line(code, end)))
    });
    items.collect()
}

/// A path and the text of the file there, made up to try a rule.
pub(super) type Snippet<'a> = (&'a str, &'a str);

/// A rule of the house: what it asks, how it is checked, and the proof that the check works.
pub(super) struct Rule<'a> {
    /// What is asked, and what for.
    pub(super) asks: &'a str,
    /// The offences in one file.
    pub(super) check: fn(&Source) -> Vec<String>,
    /// Planted offences: each must be caught.
    pub(super) caught: &'a [Snippet<'a>],
    /// Innocent neighbours: each must pass.
    pub(super) passed: &'a [Snippet<'a>],
}

impl Rule<'_> {
    /// Tries the rule on what was planted, then holds the tree to it.
    pub(super) fn hold(&self) {
        self.prove();
        let offences: Vec<String> = TREE.iter().flat_map(self.check).collect();
        assert!(offences.is_empty(), "{}\n\n{}\n", self.asks, offences.join("\n"));
    }

    /// A rule that catches nothing says nothing: the negative and positive controls.
    fn prove(&self) {
        assert!(!self.caught.is_empty() && !self.passed.is_empty(), "a rule without controls");
        for (path, text) in self.caught {
            let offences = (self.check)(&Source::new(path, text));
            assert!(!offences.is_empty(), "not caught: {path}: {text}");
        }
        for (path, text) in self.passed {
            let offences = (self.check)(&Source::new(path, text));
            assert!(offences.is_empty(), "wrongly caught: {text}: {offences:?}");
        }
    }
}

/// Every Rust file under `src` and `tests`.
pub(super) static TREE: LazyLock<Vec<Source>> = LazyLock::new(|| {
    let mut sources = Vec::new();
    for folder in ["src", "tests"] {
        for path in files(folder) {
            let file = Path::new(ROOT).join(&path);
            if file.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(file).expect("a text file");
                sources.push(Source::new(&path, &text));
            }
        }
    }
    sources
});

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The paths, from the root of the repository, of all files under a folder; none without it.
pub(super) fn files(folder: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(Path::new(ROOT).join(folder)) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.expect("a readable folder");
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.file_type().expect("a file type").is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn the_tree_is_really_read() {
    let paths: Vec<&str> = TREE.iter().map(|source| source.path.as_str()).collect();
    for known in ["src/lib.rs", "src/base/money.rs", "tests/it/floors/source.rs"] {
        assert!(paths.contains(&known), "{known} is missing from {paths:?}");
    }
}

#[test]
fn what_is_compiled_for_tests_is_known() {
    let text = "fn a() {}\n#[cfg(test)]\nuse b::{c};\n#[cfg(test)]\nmod tests {\n  d\n}\nfn e() {}";
    let source = Source::new("src/base/x.rs", text);
    let tested: Vec<usize> = (1..=8).filter(|&line| source.is_test(line)).collect();
    assert_eq!(tested, [2, 3, 4, 5, 6, 7]);
    assert!(Source::new("src/domain/x/tests.rs", "").is_test(1));
    assert!(!Source::new("src/domain/attests.rs", "").is_test(1));
}
