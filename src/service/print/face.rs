//! The three fonts of a printed book, and text set in them.
//!
//! Atkinson Hyperlegible was drawn for readers with low vision, and keeps `0 O`, `1 l I` apart; its
//! Mono is for what is typed. Both are under the SIL Open Font License (see `fonts/`).
//!
//! Promises: any text can be set: what the fonts lack shows as `?`, what cannot be seen is left
//! out,
//! and no glyph is without its character (PDF/A). Does not: set right-to-left scripts.

use std::sync::LazyLock;

use harfrust::{
    Direction, FontRef, ShapeOptions, ShapePlan, Shaper, ShaperData, UnicodeBuffer, script,
};
use krilla::Data;
use krilla::text::{Font, GlyphId, KrillaGlyph};

use super::french::{NARROW, NO_BREAK};
use super::units::{EM, Length, TypeSize, ems, set_width};

/// Which of the fonts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Running text.
    Regular,
    /// What must be seen first.
    Bold,
    /// What must be typed.
    Mono,
}

const FILES: [&[u8]; 3] = [
    include_bytes!("fonts/AtkinsonHyperlegibleNext-Regular.ttf"),
    include_bytes!("fonts/AtkinsonHyperlegibleNext-Bold.ttf"),
    include_bytes!("fonts/AtkinsonHyperlegibleMono-SemiBold.ttf"),
];

struct Face {
    font: Font,
    shaper: Shaper<'static>,
    plan: ShapePlan,
}

static PARSED: LazyLock<[(FontRef<'static>, ShaperData); 3]> = LazyLock::new(|| {
    FILES.map(|file| {
        let font = FontRef::new(file).expect("the fonts are ours and a test opens them");
        let data = ShaperData::new(&font);
        (font, data)
    })
});

static FACES: LazyLock<[Face; 3]> = LazyLock::new(|| {
    [0, 1, 2].map(|at| {
        let (parsed, data) = &PARSED[at];
        let shaper = data.shaper(parsed).build();
        assert_eq!(shaper.units_per_em(), EM, "layout counts in thousandths of an em");
        let font = Font::new(Data::from(FILES[at]), 0);
        let plan = ShapePlan::new(&shaper, Direction::LeftToRight, Some(script::LATIN), None, &[]);
        Face { font: font.expect("the fonts are ours and a test opens them"), shaper, plan }
    })
});

impl Style {
    fn face(self) -> &'static Face {
        &FACES[match self {
            Self::Regular => 0,
            Self::Bold => 1,
            Self::Mono => 2,
        }]
    }

    /// The font, to draw with. Cheap: it is shared.
    pub(super) fn font(self) -> Font {
        self.face().font.clone()
    }
}

/// A text on one line, set in a font: its glyphs, ready to draw at any size.
#[derive(Debug, Clone)]
pub(super) struct Run {
    /// The font.
    pub(super) style: Style,
    /// The text that the glyphs show.
    pub(super) text: String,
    /// Its glyphs.
    pub(super) glyphs: Vec<KrillaGlyph>,
    advance: i32,
    ink: i32,
}

impl Run {
    /// Sets a text on one line.
    pub(super) fn new(style: Style, text: &str) -> Self {
        let run = Self::shaped(style, text);
        if run.glyphs.iter().all(|glyph| glyph.glyph_id.to_u32() != 0) {
            return run;
        }
        let mut shown = String::with_capacity(text.len());
        let mut at = usize::MAX;
        for glyph in &run.glyphs {
            if glyph.text_range.start == at {
                continue;
            }
            at = glyph.text_range.start;
            let missing =
                |other: &KrillaGlyph| other.text_range.start == at && other.glyph_id.to_u32() == 0;
            if run.glyphs.iter().any(missing) {
                shown.push('?');
            } else {
                shown.push_str(&text[glyph.text_range.clone()]);
            }
        }
        Self::shaped(style, &shown)
    }

    fn shaped(style: Style, text: &str) -> Self {
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.set_direction(Direction::LeftToRight);
        buffer.set_script(script::LATIN);
        let face = style.face();
        let shaped = face.shaper.shape(buffer, ShapeOptions::new().plan(Some(&face.plan)));
        let starts: Vec<usize> =
            shaped.glyph_infos().iter().map(|info| info.cluster as usize).collect();
        let mut glyphs = Vec::with_capacity(starts.len());
        let (mut advance, mut ink) = (0, 0);
        for (at, (info, place)) in
            shaped.glyph_infos().iter().zip(shaped.glyph_positions()).enumerate()
        {
            let start = starts[at];
            let end = starts[at..].iter().copied().find(|next| *next > start);
            let range = start..end.unwrap_or(text.len());
            advance += place.x_advance;
            if text.get(range.clone()) != Some(" ") {
                ink = advance;
            }
            glyphs.push(KrillaGlyph::new(
                GlyphId::new(info.glyph_id),
                ems(place.x_advance),
                ems(place.x_offset),
                ems(place.y_offset),
                ems(place.y_advance),
                range,
                None,
            ));
        }
        Self { style, text: text.to_owned(), glyphs, advance, ink }
    }

    /// Width in thousandths of an em.
    pub(super) fn advance(&self) -> i32 {
        self.advance
    }

    /// The same without the spaces at the end.
    pub(super) fn ink(&self) -> i32 {
        self.ink
    }

    /// The width at a size, without the spaces at the end.
    pub(super) fn width(&self, size: TypeSize) -> Length {
        set_width(self.ink, size)
    }
}

/// A text that people typed, fit to be set: runs of blanks become one space, invisible and control
/// characters go.
pub(super) fn clean(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{2007}' => shown.push(NO_BREAK),
            NO_BREAK | NARROW => shown.push(c),
            _ if c.is_whitespace() => {
                if !shown.is_empty() && !shown.ends_with(' ') {
                    shown.push(' ');
                }
            }
            _ if c.is_control() || is_invisible(c) => {}
            _ => shown.push(c),
        }
    }
    shown.truncate(shown.trim_end().len());
    shown
}

/// Characters that have no shape of their own and would confuse a reader or a PDF checker.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2061}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_font_opens_and_covers_french_and_codes() {
        let french = "ÀÂÇÉÈÊËÎÏÔÙÛÜŒÆàâçéèêëîïôùûüÿœæ€«»’–—…·n°0123456789";
        for style in [Style::Regular, Style::Bold, Style::Mono] {
            let run = Run::new(style, french);
            assert_eq!(run.text, french, "{style:?}");
            assert!(run.width(120) > 0);
        }
        let mono = |text| Run::new(Style::Mono, text).ink();
        assert_eq!(mono("0OIl-ABC"), 8 * mono("W"));
    }

    #[test]
    fn what_the_fonts_lack_shows_as_a_question_mark() {
        assert_eq!(Run::new(Style::Regular, "Łódź 東京 \u{e000}✂").text, "Łódź ?? ??");
        // A letter and its combining accent are one shape, even when typed apart.
        let run = Run::new(Style::Regular, "e\u{301}te\u{301}");
        assert_eq!(run.text, "e\u{301}te\u{301}");
        assert_eq!(run.glyphs.len(), 3);
        assert_eq!(run.glyphs[0].text_range, 0..3);
    }

    #[test]
    fn typed_text_is_cleaned() {
        assert_eq!(clean("  Ville\t de\nLyon\u{200b}\u{202e} "), "Ville de Lyon");
        assert_eq!(clean("10\u{202f}€"), "10\u{202f}€");
        assert_eq!(clean(" \n "), "");
    }

    #[test]
    fn spaces_have_the_width_they_should() {
        let width = |text| Run::new(Style::Bold, text).ink();
        assert!(width("10€") < width("10\u{202f}€"), "our fonts lack it; the shaper makes it");
        assert!(width("10\u{202f}€") < width("10\u{a0}€"));
        assert_eq!(width("mot "), width("mot"));
    }
}
