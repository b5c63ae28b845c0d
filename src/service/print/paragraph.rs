//! Text in a given space: broken into lines, made smaller, at the very last cut short.
//!
//! Promises: what it returns is never wider or higher than what it was given. Does not: hyphenate.

use super::face::{Run, Style};
use super::units::{Length, PT, TypeSize, cap_height, set_width};

/// Lines of one size, stacked. Its height goes from the top of the capitals of the first line to
/// the baseline of the last: what the eye takes for the edges.
#[derive(Debug, Clone)]
pub(super) struct Block {
    /// The lines.
    pub(super) lines: Vec<Run>,
    /// The size of all of them.
    pub(super) size: TypeSize,
    /// From one baseline to the next.
    pub(super) leading: Length,
    /// The end of the text is missing.
    pub(super) is_cut: bool,
}

/// What a text is set in and how its lines are spaced.
#[derive(Debug, Clone, Copy)]
pub(super) struct Set {
    /// The font.
    pub(super) style: Style,
    /// The size, the largest one when the text may shrink.
    pub(super) size: TypeSize,
    /// From baseline to baseline, in hundredths of the size.
    pub(super) leading: i32,
}

impl Set {
    /// Text of a size, with the usual line spacing.
    pub(super) const fn new(style: Style, size: TypeSize) -> Self {
        Self { style, size, leading: 130 }
    }

    /// The same, smaller or larger.
    pub(super) const fn at(self, size: TypeSize) -> Self {
        Self { style: self.style, size, leading: self.leading }
    }

    /// A text on as many lines as it takes.
    pub(super) fn wrap(self, text: &str, width: Length) -> Block {
        let leading = set_width(self.leading * 10, self.size);
        Block { lines: lines(self, text, width), size: self.size, leading, is_cut: false }
    }

    /// A text in a box: smaller by half points down to `least` until it fits, then cut with `…`.
    pub(super) fn fit(self, text: &str, least: TypeSize, width: Length, height: Length) -> Block {
        let mut set = self;
        loop {
            let mut block = set.wrap(text, width);
            if block.height() <= height {
                return block;
            }
            if set.size <= least {
                block.cut(width, height);
                return block;
            }
            set = set.at((set.size - PT / 2).max(least));
        }
    }

    /// Like [`Set::fit`], with lines of about one length: no lone word at the end.
    pub(super) fn balance(
        self,
        text: &str,
        least: TypeSize,
        width: Length,
        height: Length,
    ) -> Block {
        let mut best = self.fit(text, least, width, height);
        let (mut short, mut long) = (width / 2, width);
        while !best.is_cut && long - short > 50 && (2..=4).contains(&best.lines.len()) {
            let middle = short.midpoint(long);
            let block = self.at(best.size).wrap(text, middle);
            if block.lines.len() > best.lines.len() {
                short = middle;
            } else {
                long = middle;
                best = block;
            }
        }
        best
    }

    /// A text on one line: smaller until it fits the width, then cut.
    pub(super) fn line(self, text: &str, least: TypeSize, width: Length) -> Block {
        self.fit(text, least, width, cap_height(self.size))
    }
}

impl Block {
    /// Height from the first line's capitals to the last baseline.
    pub(super) fn height(&self) -> Length {
        let more = i32::try_from(self.lines.len().saturating_sub(1)).unwrap_or(i32::MAX);
        cap_height(self.size).saturating_add(more.saturating_mul(self.leading))
    }

    /// Width of its widest line.
    pub(super) fn width(&self) -> Length {
        self.lines.iter().map(|line| line.width(self.size)).max().unwrap_or(0)
    }

    /// The whole text.
    pub(super) fn text(&self) -> String {
        self.lines.iter().map(|line| line.text.as_str()).collect()
    }

    fn cut(&mut self, width: Length, height: Length) {
        self.is_cut = true;
        while self.lines.len() > 1 && self.height() > height {
            self.lines.pop();
        }
        let Some(last) = self.lines.pop() else { return };
        let mut text = last.text.trim_end().to_owned();
        loop {
            let run = Run::new(last.style, &format!("{text}…"));
            if run.width(self.size) <= width || text.is_empty() {
                self.lines.push(run);
                return;
            }
            text.pop();
        }
    }
}

/// Greedy lines. A line's own text keeps the space it was broken at, so that a screen reader does
/// not run two words into one.
fn lines(set: Set, text: &str, width: Length) -> Vec<Run> {
    let whole = Run::new(set.style, text);
    if whole.width(set.size) <= width {
        return vec![whole];
    }
    let fits = |text: &str| Run::new(set.style, text).width(set.size) <= width;
    let words: Vec<Word> = text
        .split_inclusive([' ', '-', '/'])
        .map(|text| {
            let run = Run::new(set.style, text);
            Word { text, advance: run.advance(), ink: run.ink() }
        })
        .collect();
    let mut lines = Vec::new();
    let mut rest = &words[..];
    while let Some(first) = rest.first() {
        let mut count = taken(rest, set.size, width);
        let mut line = joined(set.style, &rest[..count]);
        // Words were measured apart: a pair kerned across the space may be a hair wider.
        while count > 1 && line.width(set.size) > width {
            count -= 1;
            line = joined(set.style, &rest[..count]);
        }
        if line.width(set.size) <= width {
            lines.push(line);
        } else {
            lines.extend(pieces(set.style, first.text, fits));
        }
        rest = &rest[count..];
    }
    lines
}

/// A word with the space or hyphen behind it, measured.
struct Word<'a> {
    text: &'a str,
    advance: i32,
    ink: i32,
}

/// How many words stand on a line: at least one.
fn taken(words: &[Word<'_>], size: TypeSize, width: Length) -> usize {
    let mut start = 0;
    let fitting = words.iter().take_while(|word| {
        let end = start + word.ink;
        start += word.advance;
        set_width(end, size) <= width
    });
    fitting.count().max(1)
}

fn joined(style: Style, words: &[Word<'_>]) -> Run {
    Run::new(style, &words.iter().map(|word| word.text).collect::<String>())
}

/// A word wider than the line, broken wherever it must be.
fn pieces(style: Style, word: &str, fits: impl Fn(&str) -> bool) -> Vec<Run> {
    let mut pieces = Vec::new();
    let mut rest = word;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(longest(rest, &fits));
        pieces.push(Run::new(style, piece));
        rest = after;
    }
    pieces
}

/// Where to break a word wider than the line: after as many characters as fit, at least one.
fn longest(word: &str, fits: impl Fn(&str) -> bool) -> usize {
    let ends = word.char_indices().map(|(at, c)| at + c.len_utf8());
    let first = word.chars().next().map_or(0, char::len_utf8);
    ends.take_while(|end| fits(&word[..*end])).last().unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: Set = Set::new(Style::Regular, 140);

    #[test]
    fn lines_break_at_spaces_and_hyphens_and_lose_nothing() {
        let text = "Communauté d’agglomération de Saint-Quentin-en-Yvelines et environs";
        let block = TEXT.wrap(text, 4000);
        assert!(block.lines.len() > 2);
        assert_eq!(block.text(), text);
        let ends = |line: &Run| line.text.ends_with([' ', '-']) || line.text.ends_with("environs");
        assert!(block.lines.iter().all(ends), "{:?}", block.text());
    }

    #[test]
    fn no_break_spaces_hold() {
        let block = TEXT.wrap("il reste encore 31\u{a0}décembre\u{a0}2027", 4400);
        assert_eq!(block.lines.last().unwrap().text, "31\u{a0}décembre\u{a0}2027");
    }

    #[test]
    fn long_texts_shrink_then_are_cut() {
        let name = "Syndicat mixte interdépartemental pour le numérique ".repeat(3);
        let shrunk = TEXT.fit(&name, 80, 6000, 1200);
        assert!(shrunk.size < 140 && shrunk.height() <= 1200);
        let cut = TEXT.fit(&name, 120, 3000, 800);
        assert!(
            cut.is_cut && cut.text().ends_with('…') && cut.width() <= 3000 && cut.height() <= 800
        );
    }

    #[test]
    fn balanced_lines_leave_no_lone_word() {
        let text = "un atelier ou un accompagnement pour apprendre à se servir du numérique";
        let block = TEXT.balance(text, 100, 14_000, 3000);
        let widths: Vec<Length> = block.lines.iter().map(|line| line.width(140)).collect();
        assert!(widths.len() == 2 && widths[1] * 4 > widths[0] * 3, "{widths:?}");
        assert_eq!(block.text(), text);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn nothing_ever_leaves_its_box(
            text in "[ a-zA-ZéÉ0-9€’/\u{4e00}-]{0,160}", width in 1500..12_000, height in 400..2500,
        ) {
            let block = TEXT.fit(&text, 60, width, height);
            prop_assert!(block.height() <= height);
            prop_assert!(block.width() <= width);
        }
    }
}
