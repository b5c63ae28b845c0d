//! How a venue is found and reached, as an organisation: its street, phone and pages.
//!
//! Promises: each has a syntax in which no sentence fits, and one text. Does not: ask whether the
//! street, the number or the page is there; hold what is a person's own.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

/// The host of the national register of accessible places.
const ACCESSIBILITY_HOST: &str = "acceslibre.beta.gouv.fr";
/// The most bytes of an address of a page.
const LONGEST_URL: usize = 300;
/// Beginnings of numbers of France and its overseas collectivities, as the national directory of
/// places of mediation has them (standard-mediation-num 1.0.2, `telephone`; its 269 is 262 today).
const PREFIXES: [&str; 9] = ["33", "262", "508", "590", "594", "596", "681", "687", "689"];

/// Why a text is not what it is given as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ContactError {
    /// Not a number of France.
    #[error("a phone number has ten digits, like 05 55 51 00 00, or begins with +33 or so")]
    Phone,
    /// Not an address of a page.
    #[error("an address of a page begins with https:// and a host, like https://example.fr/rdv")]
    Url,
    /// A page of somewhere else.
    #[error("this page is not one of https://acceslibre.beta.gouv.fr/")]
    Accessibility,
    /// Not a number and the name of a street.
    #[error("a street has 3 to 70 letters, digits and spaces, like 8 avenue Fayolle")]
    Street,
    /// Not a postcode.
    #[error("a postcode has five digits, like 23000")]
    Postcode,
}

/// A phone number: ten national digits, or E.164 with a French prefix; no blanks.
#[derive(Debug, Clone, PartialEq, Eq, Hash, ToSchema)]
#[schema(value_type = String, max_length = 13, example = "0555510000")]
pub struct Phone(String);

impl FromStr for Phone {
    type Err = ContactError;

    /// Forgives spaces, dots and hyphens between digits.
    fn from_str(text: &str) -> Result<Self, ContactError> {
        let kept = |c: &char| !matches!(c, ' ' | '.' | '-' | '\u{a0}' | '\u{202f}');
        let number: String = text.trim().chars().filter(kept).collect();
        let digits = |text: &str, lengths: std::ops::RangeInclusive<usize>| {
            lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        let national = number
            .strip_prefix('0')
            .is_some_and(|rest| digits(rest, 9..=9) && !rest.starts_with('0'));
        let abroad = number.strip_prefix('+').is_some_and(|rest| {
            let after = PREFIXES.iter().find_map(|prefix| rest.strip_prefix(prefix));
            after.is_some_and(|after| digits(after, 6..=9))
        });
        if national || abroad { Ok(Self(number)) } else { Err(ContactError::Phone) }
    }
}

/// The address of a page (RFC 3986): `https`, a host of at least two labels, no user, no port.
#[derive(Debug, Clone, PartialEq, Eq, Hash, ToSchema)]
#[schema(value_type = String, max_length = 300, example = "https://mediatheque.example.fr/rdv")]
pub struct PageUrl(String);

impl PageUrl {
    /// The host, in lower case.
    #[must_use]
    pub fn host(&self) -> &str {
        let rest = self.0.strip_prefix("https://").unwrap_or_default();
        rest.split(['/', '?', '#']).next().unwrap_or_default()
    }
}

impl FromStr for PageUrl {
    type Err = ContactError;

    /// Forgives blanks around it and capitals in the host.
    fn from_str(text: &str) -> Result<Self, ContactError> {
        let text = text.trim();
        let scheme = text.get(..8).filter(|scheme| scheme.eq_ignore_ascii_case("https://"));
        let rest = scheme.map(|_| &text[8..]).ok_or(ContactError::Url)?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (host, path) = rest.split_at(end);
        let host = host.to_ascii_lowercase();
        // The last label is a name: an address of four numbers is nobody's page.
        let name = host.rsplit('.').next().unwrap_or_default();
        let named = host.contains('.') && name.starts_with(|c: char| c.is_ascii_alphabetic());
        let lawful = text.len() <= LONGEST_URL
            && host.len() <= 253
            && named
            && host.split('.').all(is_label)
            && is_path(path);
        if lawful { Ok(Self(format!("https://{host}{path}"))) } else { Err(ContactError::Url) }
    }
}

/// A label of a host (RFC 1123, 2.1).
fn is_label(label: &str) -> bool {
    let plain = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    plain && (1..=63).contains(&label.len()) && label.trim_matches('-') == label
}

/// Path, query and fragment without quotes, blanks or an `@`.
fn is_path(path: &str) -> bool {
    let bytes = path.as_bytes();
    bytes.iter().enumerate().all(|(at, byte)| match byte {
        b'%' => bytes.get(at + 1..at + 3).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit)),
        byte => byte.is_ascii_alphanumeric() || b"-._~/?#=&+,:;!".contains(byte),
    })
}

/// A page of Acceslibre, the national register of how accessible places are.
#[derive(Debug, Clone, PartialEq, Eq, Hash, ToSchema)]
#[schema(
    value_type = String,
    max_length = 300,
    example = "https://acceslibre.beta.gouv.fr/app/23-gueret/a/mediatheque/erp/mediatheque/"
)]
pub struct AccessibilityUrl(PageUrl);

impl FromStr for AccessibilityUrl {
    type Err = ContactError;

    /// Forgives what [`PageUrl`] forgives.
    fn from_str(text: &str) -> Result<Self, ContactError> {
        let page: PageUrl = text.parse()?;
        let there = page.host() == ACCESSIBILITY_HOST;
        if there { Ok(Self(page)) } else { Err(ContactError::Accessibility) }
    }
}

/// Number and street, or what stands for it in a village: 3 to 70 characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, ToSchema)]
#[schema(value_type = String, min_length = 3, max_length = 70, example = "8 avenue Fayolle")]
pub struct Street(String);

impl FromStr for Street {
    type Err = ContactError;

    /// Forgives blanks around it.
    fn from_str(text: &str) -> Result<Self, ContactError> {
        let text = text.trim();
        let plain =
            |c: char| c.is_alphanumeric() || matches!(c, ' ' | '\'' | '’' | '-' | '.' | ',' | '/');
        let lawful = (3..=70).contains(&text.chars().count())
            && text.chars().all(plain)
            && text.starts_with(char::is_alphanumeric)
            && text.chars().any(char::is_alphabetic);
        if lawful { Ok(Self(text.to_owned())) } else { Err(ContactError::Street) }
    }
}

/// A postcode: five digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, ToSchema)]
#[schema(value_type = String, pattern = r"^\d{5}$", example = "23000")]
pub struct Postcode(String);

impl FromStr for Postcode {
    type Err = ContactError;

    /// Forgives blanks around it.
    fn from_str(text: &str) -> Result<Self, ContactError> {
        let text = text.trim();
        let plain = text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit());
        if plain { Ok(Self(text.to_owned())) } else { Err(ContactError::Postcode) }
    }
}

/// Where a venue is, in its commune.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// Number and street.
    pub street: Street,
    /// The postcode.
    pub postcode: Postcode,
}

impl fmt::Display for AccessibilityUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

macro_rules! as_text {
    ($($text:ident),+) => {$(
        impl fmt::Display for $text {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

macro_rules! in_json {
    ($($text:ident),+) => {$(
        impl Serialize for $text {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $text {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}

as_text!(Phone, PageUrl, Street, Postcode);
in_json!(Phone, PageUrl, AccessibilityUrl, Street, Postcode);

#[cfg(test)]
mod tests {
    use super::*;

    /// What each of these is kept as; `None` for a refusal.
    #[track_caller]
    fn check<T: FromStr<Err = ContactError> + fmt::Display + PartialEq + fmt::Debug>(
        good: &[(&str, &str)],
        bad: &[&str],
        error: ContactError,
    ) {
        for (written, kept) in good {
            let value: T = written.parse().unwrap_or_else(|error| panic!("{written}: {error}"));
            assert_eq!(value.to_string(), *kept);
            assert_eq!(kept.parse::<T>(), Ok(value));
        }
        for text in bad {
            assert_eq!(text.parse::<T>(), Err(error), "{text}");
        }
    }

    #[test]
    fn a_phone_number_is_one_of_france() {
        let good = [
            ("05 55.51-00\u{a0}00", "0555510000"),
            ("+33 5 55 51 00 00", "+33555510000"),
            ("+262 262 40 00 00", "+262262400000"),
            ("+508410000", "+508410000"),
        ];
        let bad = [
            "",
            "+",
            "3939",
            "0055510000",
            "055551000",
            "05555100000",
            "+32555510000",
            "+3355551",
            "+335555100001",
            "05 55 51 00 00 Ana",
            "０５５５５１００００",
            "+33(0)555510000",
        ];
        check::<Phone>(&good, &bad, ContactError::Phone);
    }

    #[test]
    fn a_page_is_one_of_the_web() {
        let good = [
            ("https://example.fr", "https://example.fr"),
            (
                " HTTPS://Media.Example.FR/Rdv?a=1&b=%C3%A9#x ",
                "https://media.example.fr/Rdv?a=1&b=%C3%A9#x",
            ),
            ("https://xn--mdia-bpa.fr/", "https://xn--mdia-bpa.fr/"),
        ];
        let long = format!("https://example.fr/{}", "x".repeat(300));
        let bad = [
            "",
            "https://",
            "http://example.fr",
            "https://localhost/",
            "https://1.2.3.4/",
            "https://ana@example.fr/",
            "https://example.fr/ana@example.fr",
            "https://example.fr:8/",
            "https://-a.fr/",
            "https://a..fr/",
            "https://example.fr/a b",
            "https://example.fr/\"x",
            "https://example.fr/<x>",
            "https://example.fr/%zz",
            "https://example.fr/%a",
            "https://médi.fr/",
            "javascript:alert(1)",
            "https://example.fr\\@x.fr/",
            &long,
        ];
        check::<PageUrl>(&good, &bad, ContactError::Url);
        let page = "https://acceslibre.beta.gouv.fr/app/23-gueret/a/mediatheque/erp/mediatheque/";
        let elsewhere = ["https://acceslibre.beta.gouv.fr.example.fr/", "https://example.fr/app/"];
        check::<AccessibilityUrl>(&[(page, page)], &elsewhere, ContactError::Accessibility);
    }

    #[test]
    fn a_street_is_no_sentence() {
        let good = [
            (" 8 avenue Fayolle ", "8 avenue Fayolle"),
            ("12 bis, rue de l’Église", "12 bis, rue de l’Église"),
            ("Le Bourg", "Le Bourg"),
        ];
        let long = "a".repeat(71);
        let bad = [
            "",
            "12",
            "123",
            "'x rue",
            "1 rue\nde",
            "ana@example.fr",
            "1 rue; x",
            "=1+1 rue",
            "a\u{202e}bc",
            &long,
        ];
        check::<Street>(&good, &bad, ContactError::Street);
        let bad = ["", "2300", "230000", "2A004", "２３０００"];
        check::<Postcode>(&[(" 23000", "23000")], &bad, ContactError::Postcode);
    }
}
