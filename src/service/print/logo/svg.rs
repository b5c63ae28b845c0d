//! SVG logos: drawn once into a PNG, which is then checked like any other.
//!
//! Promises: nothing outside the file is read, no script and no machine's font is used, so the same
//! drawing gives the same picture everywhere. Does not: set text; a drawing with letters must have
//! them as outlines.

use std::sync::Arc;

use resvg::{tiny_skia, usvg};

use super::LogoError;

/// The longer side of the picture, in pixels: sharp at the size it is printed.
const PIXELS: u16 = 1400;

/// Elements that would need a font, a script or another document.
const REFUSED: [&str; 5] = ["<text", "<script", "<foreignObject", "<image", "<!ENTITY"];

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
    if let Some(element) = REFUSED.iter().find(|element| text.contains(**element)) {
        let what = element.trim_start_matches('<');
        return Err(LogoError::Svg(format!("turn its `{what}` parts into outlines")));
    }
    let options = usvg::Options {
        image_href_resolver: usvg::ImageHrefResolver {
            resolve_data: Box::new(|_, _: Arc<Vec<u8>>, _| None),
            resolve_string: Box::new(|_, _| None),
        },
        ..usvg::Options::default()
    };
    let tree =
        usvg::Tree::from_str(text, &options).map_err(|error| LogoError::Svg(error.to_string()))?;
    draw(&tree).ok_or_else(|| refuse("it has no size that can be drawn"))
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
        for part in
            ["<text>Département</text>", "<script>1</script>", "<image href='file:///etc/passwd'/>"]
        {
            let drawing = MARK.replace("</svg>", &format!("{part}</svg>"));
            assert!(matches!(to_png(drawing.as_bytes()), Err(LogoError::Svg(_))), "{part}");
        }
        assert!(matches!(to_png(b"<svg"), Err(LogoError::Svg(_))));
    }
}
