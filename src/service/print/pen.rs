//! Drawing on a page: every mark is either named in the tag tree or declared an ornament.
//!
//! Promises: PDF/UA's rule that nothing is on a page unnamed, by having no way to draw otherwise;
//! black ink only, so that an office laser printer gives what was designed. Does not: decide where
//! things go.

use std::num::NonZeroU16;

use krilla::color::luma;
use krilla::geom::{PathBuilder, Size, Transform};
use krilla::num::NormalizedF32;
use krilla::paint::{Fill, FillRule, LineCap, Stroke, StrokeDash};
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, BBox, ContentTag, Node, SpanTag, Tag, TagGroup, TagKind,
};

use super::face::Run;
use super::logo::Logo;
use super::paragraph::Block;
use super::qr::Symbol;
use super::units::{Length, cap_height, point, points, rect, type_points};

/// How dark a mark is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    /// Full black: all that is read.
    Black,
    /// Pale grey: what lies under the rest.
    Pale,
    /// White on black.
    White,
}

/// Where the lines of a block stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    /// Start at x.
    Left,
    /// End at x.
    Right,
    /// Centred on x.
    Centre,
}

/// A pen over one page.
pub(super) struct Pen<'a> {
    surface: Surface<'a>,
    page: usize,
}

impl<'a> Pen<'a> {
    /// A pen on a fresh page; its number, from 0, is where pictures are said to be.
    pub(super) fn new(surface: Surface<'a>, page: usize) -> Self {
        Self { surface, page }
    }

    /// Ends the page's drawing.
    pub(super) fn finish(self) {
        self.surface.finish();
    }

    /// A block of text under a tag; `y` is the top of its first line's capitals.
    pub(super) fn text(
        &mut self,
        tag: impl Into<TagKind>,
        (x, y): (Length, Length),
        align: Align,
        block: &Block,
    ) -> Node {
        let mut group = TagGroup::new(tag);
        let identifier = self.surface.start_tagged(ContentTag::Span(SpanTag::empty()));
        self.lines((x, y), align, block, Ink::Black);
        self.surface.end_tagged();
        group.push(identifier);
        group.into()
    }

    /// A heading; its text is its name in a reader's list of headings.
    pub(super) fn heading(&mut self, level: u16, place: (Length, Length), block: &Block) -> Node {
        let level = NonZeroU16::new(level).unwrap_or(NonZeroU16::MIN);
        let name = if block.text().is_empty() { "Carnet".to_owned() } else { block.text() };
        self.text(Tag::Hn(level, Some(name)), place, Align::Left, block)
    }

    /// A QR symbol of a given module size under a figure tag that says what it is for.
    pub(super) fn symbol(
        &mut self,
        (x, y): (Length, Length),
        symbol: &Symbol,
        module: Length,
        alt: &str,
    ) -> Node {
        let side = symbol.side() * module;
        let mut group = self.figure((x, y), (side, side), alt);
        let identifier = self.surface.start_tagged(ContentTag::Other);
        let (scale, left, top) = (points(module), points(x), points(y));
        let at = Transform::from_row(scale, 0.0, 0.0, scale, left, top);
        self.surface.push_transform(&at);
        self.ink(Ink::Black);
        self.surface.draw_path(&symbol.path());
        self.surface.pop();
        self.surface.end_tagged();
        group.push(identifier);
        group.into()
    }

    /// A logo in a box of its own shape, under a figure tag.
    pub(super) fn logo(
        &mut self,
        (x, y): (Length, Length),
        (width, height): (Length, Length),
        logo: &Logo,
        alt: &str,
    ) -> Node {
        let mut group = self.figure((x, y), (width, height), alt);
        let identifier = self.surface.start_tagged(ContentTag::Other);
        self.surface.push_transform(&Transform::from_translate(points(x), points(y)));
        let size = Size::from_wh(points(width), points(height)).expect("a logo has a size");
        self.surface.draw_image(logo.image(), size);
        self.surface.pop();
        self.surface.end_tagged();
        group.push(identifier);
        group.into()
    }

    /// A large pale text turned about a point, under a tag: it says SPECIMEN to everybody.
    pub(super) fn across(
        &mut self,
        (x, y): (Length, Length),
        degrees: i8,
        block: &Block,
        ink: Ink,
    ) -> Node {
        let mut group = TagGroup::new(Tag::P);
        let identifier = self.surface.start_tagged(ContentTag::Span(SpanTag::empty()));
        let turn = Transform::from_rotate_at(f32::from(degrees), points(x), points(y));
        self.surface.push_transform(&turn);
        self.lines((x, y - block.height() / 2), Align::Centre, block, ink);
        self.surface.pop();
        self.surface.end_tagged();
        group.push(identifier);
        group.into()
    }

    /// A number, white in a black disc: an item's label. `y` is the disc's middle.
    pub(super) fn disc(&mut self, (x, y): (Length, Length), radius: Length, label: &Block) -> Node {
        let mut group = TagGroup::new(Tag::Lbl);
        let identifier = self.surface.start_tagged(ContentTag::Other);
        self.ink(Ink::Black);
        self.surface.draw_path(&circle(x, y, radius));
        self.lines((x, y - label.height() / 2), Align::Centre, label, Ink::White);
        self.surface.end_tagged();
        group.push(identifier);
        group.into()
    }

    /// An ornament: a line.
    pub(super) fn rule(
        &mut self,
        (x, y): (Length, Length),
        (to_x, to_y): (Length, Length),
        weight: Length,
        dash: Option<[Length; 2]>,
    ) {
        self.ornament(ArtifactType::Layout);
        let mut path = PathBuilder::new();
        let (from, to) = (point(x, y), point(to_x, to_y));
        path.move_to(from.x, from.y);
        path.line_to(to.x, to.y);
        self.stroke(weight, dash);
        self.surface.draw_path(&path.finish().expect("a line has two ends"));
        self.surface.end_tagged();
    }

    /// An ornament: an empty frame.
    pub(super) fn frame(
        &mut self,
        (x, y): (Length, Length),
        (width, height): (Length, Length),
        weight: Length,
    ) {
        self.ornament(ArtifactType::Layout);
        let mut path = PathBuilder::new();
        path.push_rect(rect(x, y, width, height));
        self.stroke(weight, None);
        self.surface.draw_path(&path.finish().expect("a frame has four sides"));
        self.surface.end_tagged();
    }

    /// An ornament: a pair of scissors open to the right, about 4 mm, on the line at `y`.
    pub(super) fn scissors(&mut self, (x, y): (Length, Length)) {
        self.ornament(ArtifactType::Page);
        let mut white = PathBuilder::new();
        white.push_rect(rect(x - 20, y - 60, 480, 120));
        self.ink(Ink::White);
        self.surface.draw_path(&white.finish().expect("a box has four sides"));
        self.stroke(22, None);
        for side in [-1, 1] {
            self.surface.draw_path(&circle(x + 70, y + side * 75, 55));
            let mut blade = PathBuilder::new();
            let (from, to) = (point(x + 115, y + side * 45), point(x + 430, y - side * 75));
            blade.move_to(from.x, from.y);
            blade.line_to(to.x, to.y);
            self.surface.draw_path(&blade.finish().expect("a blade has two ends"));
        }
        self.surface.end_tagged();
    }

    fn figure(
        &self,
        (x, y): (Length, Length),
        (width, height): (Length, Length),
        alt: &str,
    ) -> TagGroup {
        let place = BBox::new(self.page, rect(x, y, width, height));
        TagGroup::new(Tag::Figure(Some(alt.to_owned())).with_bbox(Some(place)))
    }

    fn ornament(&mut self, kind: ArtifactType) {
        self.surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(kind)));
    }

    fn lines(&mut self, (x, y): (Length, Length), align: Align, block: &Block, ink: Ink) {
        self.ink(ink);
        let mut baseline = y + cap_height(block.size);
        for line in &block.lines {
            let start = match align {
                Align::Left => x,
                Align::Right => x - line.width(block.size),
                Align::Centre => x - line.width(block.size) / 2,
            };
            self.run((start, baseline), line, block);
            baseline += block.leading;
        }
    }

    fn run(&mut self, (x, baseline): (Length, Length), run: &Run, block: &Block) {
        let (font, size) = (run.style.font(), type_points(block.size));
        let start = point(x, baseline);
        self.surface.draw_glyphs(start, &run.glyphs, font, &run.text, size, false);
    }

    fn ink(&mut self, ink: Ink) {
        let paint = luma::Color::new(match ink {
            Ink::Black => 0,
            Ink::Pale => 208,
            Ink::White => 255,
        });
        let rule = FillRule::NonZero;
        self.surface.set_stroke(None);
        let fill = Fill { paint: paint.into(), opacity: NormalizedF32::ONE, rule };
        self.surface.set_fill(Some(fill));
    }

    fn stroke(&mut self, weight: Length, dash: Option<[Length; 2]>) {
        self.surface.set_fill(None);
        self.surface.set_stroke(Some(Stroke {
            paint: luma::Color::black().into(),
            width: points(weight),
            line_cap: LineCap::Butt,
            dash: dash.map(|dash| StrokeDash { array: dash.map(points).to_vec(), offset: 0.0 }),
            ..Stroke::default()
        }));
    }
}

/// A circle by four curves; 55 hundredths of the radius is where a curve's handles stand.
fn circle(x: Length, y: Length, radius: Length) -> krilla::geom::Path {
    let mut path = PathBuilder::new();
    let handle = radius * 55 / 100;
    let start = point(x + radius, y);
    path.move_to(start.x, start.y);
    for (a, b) in [((1, 0), (0, 1)), ((0, 1), (-1, 0)), ((-1, 0), (0, -1)), ((0, -1), (1, 0))] {
        let first = point(x + a.0 * radius + b.0 * handle, y + a.1 * radius + b.1 * handle);
        let second = point(x + b.0 * radius + a.0 * handle, y + b.1 * radius + a.1 * handle);
        let end = point(x + b.0 * radius, y + b.1 * radius);
        path.cubic_to(first.x, first.y, second.x, second.y, end.x, end.y);
    }
    path.close();
    path.finish().expect("a circle has four curves")
}
