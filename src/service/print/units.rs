//! Units of the printed page: whole hundredths of a millimetre, and tenths of a point for type.
//!
//! Promises: every layout decision is made in whole numbers; the one passage to the `f32` points of
//! a PDF is [`scaled`]. Does not: know what is drawn.

use krilla::geom::{Point, Rect};

/// A length or a place on the page, in hundredths of a millimetre, from the top left corner.
pub(super) type Length = i32;

/// A type size in tenths of a point.
pub(super) type TypeSize = i32;

/// One millimetre.
pub(super) const MM: Length = 100;

/// One point of type size.
pub(super) const PT: TypeSize = 10;

/// The em of our fonts, in their own units; checked when they are loaded.
pub(super) const EM: i32 = 1000;

/// Height of capitals in thousandths of the size: the same in all three fonts.
const CAP_HEIGHT: i32 = 668;

/// The only place where a whole number becomes a floating one: `value * numerator / denominator`.
#[expect(
    clippy::float_arithmetic,
    clippy::cast_possible_truncation,
    reason = "krilla takes f32 points; layout is over when this is called, nothing is decided on it"
)]
fn scaled(value: i32, numerator: i32, denominator: i32) -> f32 {
    (f64::from(value) * f64::from(numerator) / f64::from(denominator)) as f32
}

/// A length in points, as a PDF counts: 72 points are 25.4 mm.
pub(super) fn points(length: Length) -> f32 {
    scaled(length, 72, 2540)
}

/// A type size in points.
pub(super) fn type_points(size: TypeSize) -> f32 {
    scaled(size, 1, PT)
}

/// Font units in ems.
pub(super) fn ems(units: i32) -> f32 {
    scaled(units, 1, EM)
}

/// How wide so many font units are at a size, rounded up so that what fits by count fits on paper.
pub(super) fn set_width(units: i32, size: TypeSize) -> Length {
    let wide = i64::from(units) * i64::from(size) * 2540;
    let width = (wide + 719_999).div_euclid(720 * i64::from(EM));
    i32::try_from(width).unwrap_or(i32::MAX)
}

/// Height of a capital letter at a size.
pub(super) fn cap_height(size: TypeSize) -> Length {
    set_width(CAP_HEIGHT, size)
}

/// A size as so many hundredths of itself.
pub(super) fn percent(value: i32, hundredths: i32) -> i32 {
    value * hundredths / 100
}

/// A place on the page.
pub(super) fn point(x: Length, y: Length) -> Point {
    Point::from_xy(points(x), points(y))
}

/// A box on the page.
///
/// # Panics
/// Never: a box with its edges in order exists, and the layout only makes such boxes.
pub(super) fn rect(x: Length, y: Length, width: Length, height: Length) -> Rect {
    Rect::from_ltrb(points(x), points(y), points(x + width), points(y + height))
        .expect("edges are in order and finite")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inch_is_72_points_and_an_em_of_72_points_is_an_inch() {
        assert!((points(2540) - 72.0).abs() < 0.0001);
        assert!((type_points(145) - 14.5).abs() < 0.0001);
        assert_eq!(set_width(EM, 72 * PT), 2540);
        assert_eq!(set_width(1, PT), 1, "rounds up");
        assert_eq!(cap_height(72 * PT), 1697);
    }
}
