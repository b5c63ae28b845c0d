//! QR symbols as shapes: one path of rectangles each, sharp at any printer's resolution.
//!
//! Promises: error correction level M, the smallest version that holds the text, so that texts of
//! one length give symbols of one size; the quiet zone is the layout's to keep ([`QUIET`]). Does
//! not: put a logo in the middle; at a given size, larger modules beat it.

use krilla::geom::{Path, PathBuilder, Rect};
use qrcode::bits::Bits;
use qrcode::types::{Mode, QrError};
use qrcode::{Color, EcLevel, QrCode, Version};

/// White modules that a reader needs on each side.
pub(super) const QUIET: i32 = 4;

/// A symbol: a square of modules, by rows.
#[derive(Debug)]
pub(super) struct Symbol {
    side: usize,
    dark: Vec<bool>,
}

impl Symbol {
    /// The symbol that says a text.
    ///
    /// # Errors
    /// [`QrError::DataTooLong`] when no version holds it.
    pub(super) fn new(text: &str) -> Result<Self, QrError> {
        let bytes = text.as_bytes();
        let code = if bytes.iter().copied().all(is_alphanumeric) {
            let mut bits = smallest(bytes.len())?;
            bits.push_alphanumeric_data(bytes)?;
            bits.push_terminator(EcLevel::M)?;
            QrCode::with_bits(bits, EcLevel::M)?
        } else {
            QrCode::with_error_correction_level(bytes, EcLevel::M)?
        };
        let side = code.width();
        let dark = code.into_colors().into_iter().map(|color| color == Color::Dark).collect();
        Ok(Self { side, dark })
    }

    /// Modules on a side, without the quiet zone.
    pub(super) fn side(&self) -> i32 {
        i32::try_from(self.side).expect("a symbol has 177 modules on a side at most")
    }

    /// Its dark modules as one path in module units: few rectangles, small and fast to write.
    pub(super) fn path(&self) -> Path {
        let mut path = PathBuilder::new();
        for (left, top, right, bottom) in self.rectangles() {
            let edge = |at: usize| f32::from(u16::try_from(at).unwrap_or(u16::MAX));
            let rect = Rect::from_ltrb(edge(left), edge(top), edge(right), edge(bottom));
            path.push_rect(rect.expect("a run has at least one module"));
        }
        path.finish().expect("every symbol has dark modules")
    }

    /// Runs of dark modules in a row, each grown down as far as the very same run goes on.
    fn rectangles(&self) -> Vec<(usize, usize, usize, usize)> {
        let mut open: Vec<(usize, usize, usize)> = Vec::new();
        let mut done = Vec::with_capacity(self.side * 8);
        for y in 0..=self.side {
            let runs = if y < self.side { self.runs(y) } else { Vec::new() };
            open.retain(|&(left, right, top)| {
                let goes_on = runs.contains(&(left, right));
                if !goes_on {
                    done.push((left, top, right, y));
                }
                goes_on
            });
            for (left, right) in runs {
                if !open.iter().any(|&(l, r, _)| (l, r) == (left, right)) {
                    open.push((left, right, y));
                }
            }
        }
        done
    }

    fn runs(&self, y: usize) -> Vec<(usize, usize)> {
        let row = &self.dark[y * self.side..(y + 1) * self.side];
        let mut runs = Vec::with_capacity(self.side / 2);
        let mut x = 0;
        for run in row.chunk_by(|a, b| a == b) {
            if run[0] {
                runs.push((x, x + run.len()));
            }
            x += run.len();
        }
        runs
    }
}

/// An empty symbol of the smallest version that holds so many alphanumeric characters.
fn smallest(length: usize) -> Result<Bits, QrError> {
    for number in 1..=40 {
        let version = Version::Normal(number);
        let bits = Bits::new(version);
        let header = 4 + Mode::Alphanumeric.length_bits_count(version);
        let needed = header + Mode::Alphanumeric.data_bits_count(length);
        if needed <= bits.max_len(EcLevel::M)? {
            return Ok(bits);
        }
    }
    Err(QrError::DataTooLong)
}

/// The 45 characters of the dense mode.
fn is_alphanumeric(byte: u8) -> bool {
    byte.is_ascii_digit() || byte.is_ascii_uppercase() || b" $%*+-./:".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_takes_version_6_up_to_a_prefix_of_26() {
        let text = |length: usize| "7".repeat(length);
        assert_eq!(Symbol::new(&text(154)).unwrap().side(), 41);
        assert_eq!(Symbol::new(&text(155)).unwrap().side(), 45);
        assert_eq!(Symbol::new("https://exemple.fr/remise").unwrap().side(), 25);
        assert!(Symbol::new(&text(4000)).is_err());
    }

    #[test]
    fn rectangles_cover_exactly_the_dark_modules() {
        let symbol =
            Symbol::new("HTTPS://PASS.EXEMPLE.FR/V/0123456789ABCDEFGHJKMNPQRSTVWXYZ").unwrap();
        let mut painted = vec![0; symbol.side * symbol.side];
        for (left, top, right, bottom) in symbol.rectangles() {
            for y in top..bottom {
                for x in left..right {
                    painted[y * symbol.side + x] += 1;
                }
            }
        }
        let dark: Vec<i32> = symbol.dark.iter().map(|dark| i32::from(*dark)).collect();
        assert_eq!(painted, dark);
    }
}
