//! A light reader of Rust text: what is code, what is a string literal, what is neither.
//!
//! Promises: `code` has the characters of the text at the same line and column, with comments and
//! the insides of literals turned into spaces, so that a word found in it is a word of the program.
//! Does not: parse; it knows words, braces and literals.

/// A string literal, its escapes undone.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Literal {
    /// The line it begins on, from 1.
    pub(super) line: usize,
    /// What it says.
    pub(super) text: String,
}

/// A text told apart.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// The text with blanks for comments and for the insides of literals.
    pub(super) code: String,
    /// Its string literals, in order.
    pub(super) literals: Vec<Literal>,
}

/// Tells code, comments and literals apart.
pub(super) fn scan(text: &str) -> Scan {
    let mut reader =
        Reader { chars: text.chars().collect(), at: 0, line: 1, scan: Scan::default() };
    while let Some(next) = reader.peek(0) {
        match (next, reader.peek(1)) {
            ('/', Some('/')) => reader.line_comment(),
            ('/', Some('*')) => reader.block_comment(),
            ('"', _) => reader.string(),
            ('r', Some('"' | '#')) if reader.opens_raw_string() => reader.raw_string(),
            ('\'', _) if reader.opens_character() => reader.character(),
            _ => reader.keep(),
        }
    }
    reader.scan
}

/// Whether a character belongs to a word.
pub(super) fn is_word(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}

/// The words of a code and the byte each begins at; numbers are none.
pub(super) fn words(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let runs = code.split(|c| !is_word(c)).map(move |run| {
        // Both slices are of the same text, so the distance is the byte the word begins at.
        (run.as_ptr().addr() - code.as_ptr().addr(), run)
    });
    runs.filter(|(_, run)| run.starts_with(|c: char| c == '_' || c.is_alphabetic()))
}

/// The byte of the brace that closes the one at `open`.
pub(super) fn closing(code: &str, open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, character) in code.bytes().enumerate().skip(open) {
        match character {
            b'{' => depth += 1,
            b'}' if depth <= 1 => return Some(at),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The byte of the first `{` or `;` from `from` on that is in no bracket: where an item's body
/// begins, or where an item without one ends.
pub(super) fn body_or_end(code: &str, from: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, character) in code.bytes().enumerate().skip(from) {
        match character {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.saturating_sub(1),
            b'{' | b';' if depth == 0 => return Some(at),
            _ => {}
        }
    }
    None
}

struct Reader {
    chars: Vec<char>,
    at: usize,
    line: usize,
    scan: Scan,
}

impl Reader {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn keep(&mut self) {
        if let Some(next) = self.peek(0) {
            self.put(next);
        }
    }

    fn blank(&mut self) {
        if let Some(next) = self.peek(0) {
            self.put(if next == '\n' { '\n' } else { ' ' });
        }
    }

    fn put(&mut self, shown: char) {
        self.scan.code.push(shown);
        self.line += usize::from(shown == '\n');
        self.at += 1;
    }

    fn line_comment(&mut self) {
        while self.peek(0).is_some_and(|c| c != '\n') {
            self.blank();
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        loop {
            match (self.peek(0), self.peek(1)) {
                (Some('/'), Some('*')) => depth += 1,
                (Some('*'), Some('/')) => depth -= 1,
                (Some(_), _) => {
                    self.blank();
                    continue;
                }
                (None, _) => return,
            }
            self.blank();
            self.blank();
            if depth == 0 {
                return;
            }
        }
    }

    fn string(&mut self) {
        let line = self.line;
        let mut text = String::new();
        self.keep();
        while let Some(next) = self.peek(0) {
            match next {
                '"' => break,
                '\\' => self.escape(&mut text),
                _ => {
                    text.push(next);
                    self.blank();
                }
            }
        }
        self.keep();
        self.scan.literals.push(Literal { line, text });
    }

    fn escape(&mut self, text: &mut String) {
        self.blank();
        let Some(kind) = self.peek(0) else { return };
        self.blank();
        match kind {
            'n' => text.push('\n'),
            't' => text.push('\t'),
            'r' => text.push('\r'),
            '0' => text.push('\0'),
            'x' => {
                let digits = self.take_while(2, |c| c.is_ascii_hexdigit());
                text.extend(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32));
            }
            'u' => {
                let digits = self.take_while(10, |c| c != '}').replace(['{', '_'], "");
                self.blank();
                text.extend(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32));
            }
            // A line continued: what leads the next one is not said.
            '\n' => drop(self.take_while(usize::MAX, char::is_whitespace)),
            other => text.push(other),
        }
    }

    fn take_while(&mut self, most: usize, belongs: fn(char) -> bool) -> String {
        let mut taken = String::new();
        while let Some(next) = self.peek(0).filter(|&c| belongs(c)) {
            if taken.chars().count() == most {
                break;
            }
            taken.push(next);
            self.blank();
        }
        taken
    }

    /// At an `r`: whether a raw string begins here, rather than a word or a raw word (`r#type`).
    fn opens_raw_string(&self) -> bool {
        let before: String =
            self.chars[..self.at].iter().rev().take_while(|&&c| is_word(c)).collect();
        let mut ahead = 1;
        while self.peek(ahead) == Some('#') {
            ahead += 1;
        }
        matches!(before.as_str(), "" | "b" | "c") && self.peek(ahead) == Some('"')
    }

    fn raw_string(&mut self) {
        let line = self.line;
        self.keep();
        let fences = self.take_while(usize::MAX, |c| c == '#').len();
        self.keep();
        let mut text = String::new();
        while let Some(next) = self.peek(0) {
            if next == '"' && (1..=fences).all(|ahead| self.peek(ahead) == Some('#')) {
                break;
            }
            text.push(next);
            self.blank();
        }
        self.keep();
        (0..fences).for_each(|_| self.blank());
        self.scan.literals.push(Literal { line, text });
    }

    /// At a quote: whether it opens a character, rather than naming a lifetime.
    fn opens_character(&self) -> bool {
        self.peek(1) == Some('\\') || self.peek(2) == Some('\'')
    }

    fn character(&mut self) {
        self.blank();
        if self.peek(0) == Some('\\') {
            self.blank();
        }
        self.blank();
        while self.peek(0).is_some_and(|c| c != '\'') {
            self.blank();
        }
        self.blank();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literals(text: &str) -> Vec<String> {
        scan(text).literals.into_iter().map(|literal| literal.text).collect()
    }

    #[test]
    fn comments_and_literals_leave_blanks_of_the_same_shape() {
        let text = "let a = \"x // y\"; // tail\n/* one /* two */ still */ let b = 'é';\n";
        let code = scan(text).code;
        assert_eq!(code.chars().count(), text.chars().count());
        assert_eq!(code.lines().next(), Some("let a = \"      \";        "));
        assert_eq!(code.lines().nth(1).map(str::trim), Some("let b =    ;"));
    }

    #[test]
    fn quotes_in_characters_and_lifetimes_open_nothing() {
        let text = r#"fn f<'a>(x: &'a str) { g('"', '\'', '{', b'"', '\u{7b}'); h("in") } // 'x"#;
        assert_eq!(literals(text), ["in"]);
        assert_eq!(scan(text).code.matches('{').count(), 1);
    }

    #[test]
    fn raw_strings_end_at_their_own_fence() {
        let text = "let a = r##\"one \"# two\"##; let r#type = br\"\\\"; let c = barr; \"last\"";
        assert_eq!(literals(text), ["one \"# two", "\\", "last"]);
    }

    #[test]
    fn escapes_are_undone() {
        assert_eq!(literals(r#""a\n\"\x41\u{e9}\\" "\" /* "#), ["a\n\"A\u{e9}\\", "\" /* "]);
        assert_eq!(literals("\"SELECT \\\n    1\""), ["SELECT 1"]);
    }

    #[test]
    fn literals_know_their_line_and_words_their_byte() {
        let scan = scan("// é\n\"\n\" \"b\"\n");
        let lines: Vec<usize> = scan.literals.iter().map(|literal| literal.line).collect();
        assert_eq!(lines, [2, 3]);
        let found: Vec<_> = words("é 1x ab::_c").collect();
        assert_eq!(found, [(0, "é"), (6, "ab"), (10, "_c")]);
    }

    #[test]
    fn braces_are_matched_and_bodies_found() {
        let code = "fn f(a: [u8; 2]) -> X { if a { b } }";
        let open = body_or_end(code, 0).expect("a body");
        assert_eq!(open, 22);
        assert_eq!(closing(code, open), Some(code.len() - 1));
        assert_eq!(body_or_end("fn g(a: [u8; 2]);", 0), Some(16));
        assert_eq!(closing("{ {", 0), None);
    }
}
