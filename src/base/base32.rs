//! Crockford's base 32: the alphabet of ids, tokens and typed codes.
//!
//! Promises: one text per value when encoding; when decoding for people, forgives case, `O` for
//! `0` and `I` or `L` for `1`. Does not: add check characters (see `domain::code`).

use std::sync::LazyLock;

use data_encoding::{Encoding, Specification};

/// The 32 symbols in order of value, upper case.
pub const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static UPPER: LazyLock<Encoding> = LazyLock::new(|| {
    let mut spec = Specification::new();
    spec.symbols.push_str("0123456789ABCDEFGHJKMNPQRSTVWXYZ");
    spec.translate.from.push_str("abcdefghjkmnpqrstvwxyzOoIiLl");
    spec.translate.to.push_str("ABCDEFGHJKMNPQRSTVWXYZ001111");
    spec.encoding().expect("the alphabet is 32 different symbols and each translation has a target")
});

/// Upper-case text of whole bytes, without padding; 5 bytes give 8 characters.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    UPPER.encode(bytes)
}

/// The bytes behind a text, forgiving what people and fonts mix up.
///
/// `None` when a character is outside the alphabet, the length is impossible or trailing bits are
/// not zero (so that a value has one text only).
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    UPPER.decode(text.as_bytes()).ok()
}

/// The value (0 to 31) of one character, forgiving as [`decode`]; `None` outside the alphabet.
#[must_use]
pub fn value_of(character: char) -> Option<u8> {
    let folded = match character.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let position = ALPHABET.iter().position(|symbol| char::from(*symbol) == folded)?;
    u8::try_from(position).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forgives_what_people_mix_up() {
        let text = encode(&[0x08, 0x42, 0x10, 0x84, 0x21]);
        assert_eq!(decode(&text.to_lowercase()), decode(&text));
        assert_eq!(value_of('o'), Some(0));
        assert_eq!(value_of('L'), Some(1));
        assert_eq!(value_of('U'), None);
    }
}
