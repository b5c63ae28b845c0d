//! Base 64 as keys, hashes and signatures are written: the standard alphabet, padded (RFC 4648, 4).
//!
//! Promises: a value has one text. Does not: read the looser spellings that decoders put up with,
//! such as padding in the middle.

use data_encoding::BASE64;

/// The bytes of a text; `None` when they would be written otherwise.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let bytes = BASE64.decode(text.as_bytes()).ok()?;
    // Two padded texts in a row decode too, and would be a second text of the same bytes.
    (BASE64.encode(&bytes) == text).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_one_text() {
        assert_eq!(decode("AAEC").as_deref(), Some(&[0, 1, 2][..]));
        assert_eq!(decode("AAE=").as_deref(), Some(&[0, 1][..]));
        assert_eq!(decode("").as_deref(), Some(&[][..]));
        assert_eq!(BASE64.decode(b"AA==AQ==").unwrap(), [0, 1], "the decoder puts up with this");
        for other in ["AA==AQ==", "AAE", "AAF=", "AAEC\n", "A", "-_-_"] {
            assert_eq!(decode(other), None, "{other}");
        }
    }
}
