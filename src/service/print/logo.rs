//! A funder's logo: an image that was checked before anything was printed with it.
//!
//! Promises: a [`Logo`] decodes, and its size in bytes and pixels is bounded, so an image cannot
//! fill the memory or make a print run fail half-way; what is kept of an upload is drawn again, so
//! that nothing but its pixels remains. Does not: follow a reference or set text (an SVG drawing is
//! turned into a PNG of 1,400 pixels first, see [`svg`]).

mod redraw;
mod svg;

use krilla::geom::Size;
use krilla::image::Image;
use krilla::page::PageSettings;
use krilla::tagging::{Artifact, ContentTag};
use krilla::{Data, Document};

use super::units::{Length, MM, points};

/// Most bytes of a logo file.
pub const LOGO_BYTES: usize = 512 * 1024;
/// Most bytes of what is kept of it: a palette becomes colours.
const KEPT_BYTES: usize = 4 * LOGO_BYTES;
/// Fewest and most pixels on each side of a logo.
pub const LOGO_PIXELS: std::ops::RangeInclusive<u32> = 16..=2000;

/// A funder's logo, checked. Cheap to clone; it is written once in a file, whatever its pages.
#[derive(Debug, Clone)]
pub struct Logo {
    image: Image,
    width: Length,
    height: Length,
}

/// Why an image cannot be a logo.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogoError {
    /// An SVG drawing that cannot be drawn as it is.
    #[error("the SVG drawing cannot be used: {0}")]
    Svg(String),
    /// Neither PNG nor SVG.
    #[error("a logo is a PNG image or an SVG drawing")]
    NotPng,
    /// More bytes than [`LOGO_BYTES`].
    #[error("a logo file has {LOGO_BYTES} bytes at most")]
    TooHeavy,
    /// Fewer or more pixels than [`LOGO_PIXELS`], or a strip that nobody could read.
    #[error("a logo has 16 to 2000 pixels on each side and is at most 8 times as long as wide")]
    Pixels,
    /// It says it is a PNG but does not decode.
    #[error("the PNG image does not decode: {0}")]
    Broken(String),
}

impl Logo {
    /// What is kept of an uploaded file, a PNG image: the pixels of it, drawn again. Remarks, other
    /// pictures in the same file and whatever stood behind its end are gone. The same file gives
    /// the same bytes.
    ///
    /// # Errors
    /// [`LogoError`] says what is wrong with it.
    pub fn redrawn(bytes: &[u8]) -> Result<Vec<u8>, LogoError> {
        if bytes.len() > LOGO_BYTES {
            return Err(LogoError::TooHeavy);
        }
        let drawn = if svg::is_svg(bytes) { svg::to_png(bytes)? } else { bytes.to_vec() };
        sides(&drawn)?;
        let kept = redraw::again(&drawn)?;
        Self::from_bytes(&kept)?;
        Ok(kept)
    }

    /// Checks a file that was kept: it is really decoded, the way that printing will.
    ///
    /// # Errors
    /// [`LogoError`] says what is wrong with it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LogoError> {
        if bytes.len() > KEPT_BYTES {
            return Err(LogoError::TooHeavy);
        }
        // Kept by an earlier version.
        if svg::is_svg(bytes) {
            return Self::from_png(&svg::to_png(bytes)?);
        }
        Self::from_png(bytes)
    }

    fn from_png(bytes: &[u8]) -> Result<Self, LogoError> {
        let (across, down) = sides(bytes)?;
        let image =
            Image::from_png(Data::from(bytes.to_vec()), false).map_err(LogoError::Broken)?;
        try_out(&image)?;
        let length = |side: u32| Length::try_from(side).unwrap_or(Length::MAX) * MM;
        Ok(Self { image, width: length(across), height: length(down) })
    }

    /// The image, to draw with.
    pub(super) fn image(&self) -> Image {
        self.image.clone()
    }

    /// Width and height of the largest picture of it within a box.
    pub(super) fn within(&self, width: Length, height: Length) -> (Length, Length) {
        let by_height = i64::from(self.width) * i64::from(height) / i64::from(self.height);
        let by_width = i64::from(self.height) * i64::from(width) / i64::from(self.width);
        match (Length::try_from(by_height), Length::try_from(by_width)) {
            (Ok(across), _) if across <= width => (across.max(1), height),
            (_, Ok(down)) => (width, down.max(1)),
            _ => (width, height),
        }
    }
}

/// Width and height of a PNG image, which can be printed. Looked at before decoding: a small file
/// can unfold into a very large picture.
fn sides(bytes: &[u8]) -> Result<(u32, u32), LogoError> {
    let (across, down) = pixels(bytes)?;
    let lawful = [across, down].iter().all(|side| LOGO_PIXELS.contains(side));
    let readable = across.max(down) <= across.min(down).saturating_mul(8);
    if lawful && readable { Ok((across, down)) } else { Err(LogoError::Pixels) }
}

/// Width and height as the file's header says.
fn pixels(bytes: &[u8]) -> Result<(u32, u32), LogoError> {
    let header = bytes.get(..24).filter(|head| head.starts_with(b"\x89PNG\r\n\x1a\n"));
    let header = header.ok_or(LogoError::NotPng)?;
    let number = |at: usize| {
        header[at..at + 4].iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte))
    };
    Ok((number(16), number(20)))
}

/// Prints the image on a page that is thrown away: the decoder that will be used is the judge.
fn try_out(image: &Image) -> Result<(), LogoError> {
    let mut document = Document::new_with(super::settings());
    let settings = PageSettings::from_wh(points(100 * MM), points(100 * MM));
    let mut page = document.start_page_with(settings.expect("a page of 100 mm exists"));
    let mut surface = page.surface();
    let side = points(10 * MM);
    surface.start_tagged(ContentTag::Artifact(Artifact::default()));
    surface.draw_image(image.clone(), Size::from_wh(side, side).expect("10 mm is a size"));
    surface.end_tagged();
    surface.finish();
    page.finish();
    match document.finish() {
        Err(krilla::error::KrillaError::Image(_, _, reason)) => Err(LogoError::Broken(reason)),
        // The page has no title and such: only the image was in question.
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::png;
    use super::*;

    #[test]
    fn a_logo_keeps_its_shape() {
        let logo = Logo::from_bytes(&png(64, 32)).unwrap();
        assert_eq!(logo.within(6000, 2000), (4000, 2000));
        assert_eq!(logo.within(3000, 2000), (3000, 1500));
    }

    #[test]
    fn what_is_not_a_sound_small_png_is_refused() {
        let refusal = |bytes: &[u8]| Logo::redrawn(bytes).unwrap_err();
        assert_eq!(refusal(b"GIF89a"), LogoError::NotPng);
        assert_eq!(refusal(b""), LogoError::NotPng);
        assert_eq!(refusal(&vec![0; LOGO_BYTES + 1]), LogoError::TooHeavy);
        assert_eq!(refusal(&png(8, 64)), LogoError::Pixels);
        assert_eq!(refusal(&png(20, 400)), LogoError::Pixels);
        let mut large = png(64, 64);
        large[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
        assert_eq!(refusal(&large), LogoError::Pixels);
        let whole = png(64, 64);
        assert!(matches!(refusal(&whole[..whole.len() / 2]), LogoError::Broken(_)));
        let mut damaged = png(64, 64);
        let middle = damaged.len() / 2;
        damaged[middle] ^= 0xff;
        assert!(matches!(refusal(&damaged), LogoError::Broken(_)));
    }
}
