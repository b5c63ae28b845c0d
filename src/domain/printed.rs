//! The addresses in QR codes, their symbols, and the marks that people and machines add when they
//! copy a number.
//!
//! Promises: an address stays in the QR alphanumeric mode (digits, capitals, `:/.-`) and makes
//! symbols of one size; it is read whatever its host, because paper outlives addresses. Does not:
//! know what the text after the address means (see [`super::token`] and [`super::serial`]).

use qrcode::bits::Bits;
use qrcode::{EcLevel, QrCode, Version};

/// The characters of QR alphanumeric mode (ISO/IEC 18004, 7.4.4).
const ALPHANUMERIC: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/// The QR symbol of a printed address: level M, the smallest version that holds it, without the
/// quiet zone. `None` outside the alphanumeric mode or beyond what any symbol holds.
///
/// The text is one segment. Libraries that split by themselves take 7 digits in a row for numeric
/// mode, and the two headers cost more than the digits save: at the limit of a version, some
/// vouchers of a book would then be printed with smaller modules than the others.
#[must_use]
pub fn symbol(address: &str) -> Option<QrCode> {
    let text = address.as_bytes();
    if !text.iter().all(|byte| ALPHANUMERIC.contains(byte)) {
        return None;
    }
    (1..=40).find_map(|version| {
        let mut bits = Bits::new(Version::Normal(version));
        bits.push_alphanumeric_data(text).ok()?;
        bits.push_terminator(EcLevel::M).ok()?;
        QrCode::with_bits(bits, EcLevel::M).ok()
    })
}

/// The address `HTTPS://HOST/ROOM/TEXT` in capitals, as printed.
///
/// Capitals keep the symbol in alphanumeric mode, 5.5 bits a character; a scheme and a host mean
/// the same in capitals (RFC 3986, 3.1 and 3.2.2). `host` may carry a port, for local use.
pub(super) fn url(host: &str, room: &str, text: &str) -> String {
    format!("HTTPS://{}/{room}/{text}", host.to_ascii_uppercase())
}

/// What stands after `/ROOM/` in a printed address; `None` when the text is no such address.
///
/// Scheme and room are read in either case, `http` as `https`: browsers and scanners change both.
pub(super) fn rest<'t>(text: &'t str, room: &str) -> Option<&'t str> {
    let (scheme, after) = text.split_once("://")?;
    let (host, path) = after.split_once('/')?;
    let (found, value) = path.split_once('/')?;
    let secure = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
    let named = !host.is_empty()
        && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b));
    (secure && named && found.eq_ignore_ascii_case(room)).then_some(value)
}

/// The text without the blanks around it, those that do not show included.
pub(super) fn trimmed(text: &str) -> &str {
    text.trim_matches(is_blank)
}

/// A hyphen, or what became of it.
///
/// Word processors and mail programs turn `-` into typographic hyphens, dashes and minus signs.
pub(super) fn is_hyphen(mark: char) -> bool {
    matches!(
        mark,
        '-' | '\u{ad}' | '\u{2010}'
            ..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}'
    )
}

/// White space, and the zero-width marks that travel with copied text.
pub(super) fn is_blank(mark: char) -> bool {
    mark.is_whitespace() || matches!(mark, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_whatever_its_host_and_case() {
        let printed = url("localhost:8080", "V", "ABC");
        assert_eq!(printed, "HTTPS://LOCALHOST:8080/V/ABC");
        assert_eq!(rest(&printed, "V"), Some("ABC"));
        assert_eq!(rest("http://pass.example.fr/v/abc", "V"), Some("abc"));
        assert_eq!(rest("http://[::1]:80/v/a/b", "V"), Some("a/b"));
        for other in [
            "ftp://h/v/abc",
            "https:///v/abc",
            "https://h/b/abc",
            "https://h/x/v/abc",
            "h/v/abc",
            "https://a@h/v/abc",
            "https://h?/v/abc",
            "https://h/vabc",
            "",
        ] {
            assert_eq!(rest(other, "V"), None, "{other}");
        }
    }

    #[test]
    fn a_symbol_is_the_smallest_that_holds_the_text() {
        // ISO/IEC 18004, table 7: alphanumeric characters at level M.
        for (version, holds) in [(1, 20), (5, 122), (6, 154), (7, 178), (40, 3391)] {
            let full = symbol(&"7".repeat(holds)).unwrap();
            assert_eq!(full.version(), Version::Normal(version));
            let more = symbol(&"7".repeat(holds + 1)).map(|symbol| symbol.version());
            assert_eq!(more, (version < 40).then_some(Version::Normal(version + 1)));
        }
        assert!(symbol("https").is_none());
        assert!(symbol("É").is_none());
    }

    #[test]
    fn blanks_and_hyphens_are_known_in_all_their_dress() {
        assert_eq!(trimmed("\u{feff} a b\r\n"), "a b");
        assert!(" \u{a0}\u{202f}\u{2009}\u{200b}\t".chars().all(is_blank));
        assert!("-\u{2011}\u{2013}\u{2014}\u{2212}".chars().all(is_hyphen));
        assert!(!"_./0A".chars().any(|c| is_hyphen(c) || is_blank(c)));
    }
}
