//! SVG logos: drawn once into a PNG, which is then checked like any other.
//!
//! Promises: nothing outside the file is read, no script and no machine's font is used, so the same
//! drawing gives the same picture everywhere; only listed elements are drawn, so many and so deep,
//! so that a small file costs little. Does not: set text; a drawing with letters must have them as
//! outlines.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use resvg::usvg::roxmltree;
use resvg::{tiny_skia, usvg};

use super::LogoError;

/// The longer side of the picture, in pixels: sharp at the size it is printed.
const PIXELS: u16 = 1400;

/// What a drawing is made of. What needs a font, a script or another document is not here, nor what
/// draws the same part many times: a few lines of it can cost minutes.
const KNOWN: [&str; 18] = [
    "svg",
    "g",
    "path",
    "rect",
    "circle",
    "ellipse",
    "line",
    "polyline",
    "polygon",
    "defs",
    "linearGradient",
    "radialGradient",
    "stop",
    "clipPath",
    "style",
    "title",
    "desc",
    "metadata",
];

/// The most elements and other nodes of a drawing.
const NODES: u32 = 20_000;

/// The most groups in groups: each may take a picture's memory.
const DEPTH: usize = 16;

const SVG: &str = "http://www.w3.org/2000/svg";

/// Whether a file looks like an SVG drawing.
pub(super) fn is_svg(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(1024)];
    head.windows(4).any(|part| part == b"<svg" || part == b"<!DO" || part == b"<?xm")
}

/// The drawing as a PNG image, on a transparent ground.
///
/// # Errors
/// [`LogoError::Svg`] says what cannot be drawn.
pub(super) fn to_png(bytes: &[u8]) -> Result<Vec<u8>, LogoError> {
    let refuse = |why: &str| LogoError::Svg(why.to_owned());
    let text = std::str::from_utf8(bytes).map_err(|_| refuse("it is not UTF-8 text"))?;
    if text.contains("<!ENTITY") || text.contains("dasharray") {
        return Err(refuse("it has entities or dashed lines; turn those into outlines"));
    }
    let options =
        roxmltree::ParsingOptions { allow_dtd: true, nodes_limit: NODES, ..Default::default() };
    let document = roxmltree::Document::parse_with_options(text, options)
        .map_err(|error| LogoError::Svg(error.to_string()))?;
    judge(&document)?;
    let options = usvg::Options {
        image_href_resolver: usvg::ImageHrefResolver {
            resolve_data: Box::new(|_, _: Arc<Vec<u8>>, _| None),
            resolve_string: Box::new(|_, _| None),
        },
        ..usvg::Options::default()
    };
    let tree = usvg::Tree::from_xmltree(&document, &options)
        .map_err(|error| LogoError::Svg(error.to_string()))?;
    // The drawing library panics on numbers that are far too large.
    let drawn = catch_unwind(AssertUnwindSafe(|| draw(&tree)));
    let drawn = drawn.map_err(|_| refuse("it has numbers that are far too large"))?;
    drawn.ok_or_else(|| refuse("it has no size that can be drawn"))
}

/// Refuses what is not drawn here. Elements of other languages (an editor's notes) are passed over,
/// as every drawing program does.
fn judge(document: &roxmltree::Document<'_>) -> Result<(), LogoError> {
    for node in document.descendants().filter(|node| node.tag_name().namespace() == Some(SVG)) {
        let name = node.tag_name().name();
        if !KNOWN.contains(&name) {
            return Err(LogoError::Svg(format!("turn its `{name}` parts into outlines")));
        }
        if node.ancestors().take(DEPTH + 3).count() > DEPTH + 2 {
            return Err(LogoError::Svg(format!("it has more than {DEPTH} groups in each other")));
        }
    }
    Ok(())
}

#[expect(
    clippy::float_arithmetic,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the drawing library measures in floats; the result is clamped to a picture's sides"
)]
fn draw(tree: &usvg::Tree) -> Option<Vec<u8>> {
    let (width, height) = (tree.size().width(), tree.size().height());
    let scale = f32::from(PIXELS) / width.max(height);
    let side = |length: f32| ((length * scale).round() as u32).clamp(1, u32::from(PIXELS));
    let mut picture = tiny_skia::Pixmap::new(side(width), side(height))?;
    let transform = tiny_skia::Transform::from_scale(scale, scale);
    resvg::render(tree, transform, &mut picture.as_mut());
    picture.encode_png().ok()
}

#[cfg(test)]
mod tests {
    use super::super::Logo;
    use super::*;

    const MARK: &str = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 80 40'>\
        <rect width='80' height='40' fill='#1b3a6b'/><circle cx='20' cy='20' r='12' fill='#fff'/>\
        </svg>";

    #[test]
    fn a_drawing_becomes_a_logo() {
        assert!(is_svg(MARK.as_bytes()));
        let png = to_png(MARK.as_bytes()).unwrap();
        assert_eq!(&png[16..24], &[0, 0, 5, 120, 0, 0, 2, 188], "1400 x 700");
        Logo::from_bytes(MARK.as_bytes()).unwrap();
    }

    #[test]
    fn what_reads_elsewhere_is_refused() {
        for part in [
            "<text>Département</text>",
            "<script>1</script>",
            "<s:script xmlns:s='http://www.w3.org/2000/svg'>1</s:script>",
            "<image href='file:///etc/passwd'/>",
            "<foreignObject><p xmlns='http://www.w3.org/1999/xhtml'>1</p></foreignObject>",
        ] {
            let drawing = MARK.replace("</svg>", &format!("{part}</svg>"));
            assert!(matches!(to_png(drawing.as_bytes()), Err(LogoError::Svg(_))), "{part}");
        }
        assert!(matches!(to_png(b"<svg"), Err(LogoError::Svg(_))));
    }

    #[test]
    fn a_small_drawing_that_costs_much_is_refused() {
        let inside = |part: &str| MARK.replace("</svg>", &format!("{part}</svg>"));
        let groups = |depth: usize| {
            let open = "<g opacity='.9'>".repeat(depth);
            inside(&format!("{open}<rect width='9' height='9'/>{}", "</g>".repeat(depth)))
        };
        assert!(to_png(groups(DEPTH - 2).as_bytes()).is_ok());
        let twice = "<use href='#a'/><use href='#a'/>";
        for bad in [
            groups(DEPTH + 1),
            groups(5_000),
            inside(&format!("<g id='a'>{twice}</g>")),
            inside("<filter id='f'><feGaussianBlur stdDeviation='900'/></filter>"),
            inside("<path d='M0 0H80' stroke='#000' stroke-dasharray='.00001'/>"),
            inside(&"<g/>".repeat(30_000)),
            inside("<circle cx='20' cy='20' r='4294967296'/>"),
            format!("<!DOCTYPE svg [<!ENTITY a 'b'>]>{MARK}"),
        ] {
            assert!(matches!(to_png(bad.as_bytes()), Err(LogoError::Svg(_))), "{bad:.300}");
        }
        // An editor's own notes are not drawn, and what runs there is not kept.
        let noted = "<n:view xmlns:n='urn:editor'/><g onload='alert(1)'/>";
        assert_eq!(to_png(inside(noted).as_bytes()).unwrap(), to_png(MARK.as_bytes()).unwrap());
    }
}
