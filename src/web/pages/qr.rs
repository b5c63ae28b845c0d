//! A QR code as a picture inside a page.
//!
//! Promises: black on white with its quiet zone (ISO/IEC 18004), sharp at any size, without script.
//! Does not: show what is in it in words.

use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode};

/// The quiet zone, in modules.
const QUIET: usize = 4;

/// The picture of a text; empty when the text is too long for one.
#[must_use]
pub(in crate::web) fn svg(text: &str, label: &str) -> String {
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::M) else {
        return String::new();
    };
    let (width, colors) = (code.width(), code.to_colors());
    let mut path = String::new();
    for (y, row) in colors.chunks(width).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|one, other| one == other) {
            if run.first() == Some(&Color::Dark) {
                let (left, top, long) = (x + QUIET, y + QUIET, run.len());
                // Writing into a text cannot fail.
                let _ = write!(path, "M{left} {top}h{long}v1h-{long}z");
            }
            x += run.len();
        }
    }
    let side = width + 2 * QUIET;
    let label = label.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    format!(
        "<svg class=\"qr\" viewBox=\"0 0 {side} {side}\" role=\"img\" aria-label=\"{label}\" \
         shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"></path>\
         <path fill=\"#000\" d=\"{path}\"></path></svg>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_dark_module_is_drawn_and_nothing_else() {
        let text = "https://pass.exemple.fr/pair#abc";
        let svg = svg(text, "a \"b\" <c>");
        assert!(svg.contains("aria-label=\"a &quot;b&quot; &lt;c>\""), "{svg}");
        let code = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
        let dark = code.to_colors().iter().filter(|color| **color == Color::Dark).count();
        let runs =
            svg.split('h').skip(1).filter_map(|part| part.split('v').next()?.parse::<usize>().ok());
        let drawn: usize = runs.sum();
        // The white ground is drawn too, as one run.
        assert_eq!(drawn, dark + code.width() + 2 * QUIET);
        assert!(super::svg(&"x".repeat(5000), "").is_empty());
    }
}
