//! Who reads a page: only the language.
//!
//! Promises: `?lang=` decides, else the browser's wish, else French; nothing is kept, no cookie is
//! set. Does not: know a person.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::request::Parts;

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// First, and whenever nothing else is wished.
    French,
    /// Second.
    English,
}

impl Language {
    /// The code (BCP 47).
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::French => "fr",
            Self::English => "en",
        }
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::French => Self::English,
            Self::English => Self::French,
        }
    }

    fn named(text: &str) -> Option<Self> {
        [Self::French, Self::English].into_iter().find(|language| language.code() == text)
    }
}

/// Who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visitor {
    /// In this language.
    pub language: Language,
    /// Whether the address asks for it: then the links of the page do too.
    pub chose: bool,
}

impl Visitor {
    /// The reader of an address and an `Accept-Language`.
    #[must_use]
    pub fn of(query: Option<&str>, wishes: &str) -> Self {
        let pairs = query.unwrap_or_default().split('&');
        let chosen = pairs.filter_map(|pair| pair.strip_prefix("lang=")).find_map(Language::named);
        let language = chosen.unwrap_or_else(|| wished(wishes));
        Self { language, chose: chosen.is_some() }
    }

    /// The same, who perhaps chose a language in a form.
    #[must_use]
    pub fn choosing(self, code: Option<&str>) -> Self {
        let chosen = code.and_then(Language::named);
        chosen.map_or(self, |language| Self { language, chose: true })
    }
}

/// The wish that weighs most (RFC 9110, 12.5.4); of equal ones the first.
fn wished(wishes: &str) -> Language {
    let mut best = (0, Language::French);
    for wish in wishes.split(',') {
        let mut parts = wish.split(';').map(str::trim);
        let tag = parts.next().unwrap_or_default().to_ascii_lowercase();
        let primary = tag.split('-').next().unwrap_or_default();
        let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(1000, thousandths);
        if let Some(language) = Language::named(primary).filter(|_| weight > best.0) {
            best = (weight, language);
        }
    }
    best.1
}

/// A weight like `0.8` in thousandths; 0 when it is none.
fn thousandths(text: &str) -> u32 {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = rest.chars().chain("000".chars()).take(3).collect();
    match (whole, digits.parse::<u32>()) {
        ("1", Ok(_)) => 1000,
        ("0", Ok(weight)) => weight,
        _ => 0,
    }
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let wishes = parts.headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Ok(Self::of(parts.uri.query(), wishes.unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn french_unless_english_is_wished_more() {
        let language = |query, wishes| Visitor::of(query, wishes).language.code();
        for (wishes, expected) in [
            ("", "fr"),
            ("*", "fr"),
            ("de, it;q=0.5", "fr"),
            ("en-GB,en;q=0.9,fr;q=0.8", "en"),
            ("fr-FR,fr;q=0.9,en;q=0.8", "fr"),
            ("en;q=0.3, fr-CH;q=0.7", "fr"),
            ("EN;q=0.301, fr;q=0.3", "en"),
            ("en;q=x", "fr"),
            ("en;q=0", "fr"),
        ] {
            assert_eq!(language(None, wishes), expected, "{wishes}");
        }
        assert_eq!(language(Some("near=x&lang=en"), "fr"), "en");
        assert_eq!(language(Some("lang=<b>"), "en"), "en");
        assert!(Visitor::of(Some("lang=fr"), "en").chose && !Visitor::of(None, "en").chose);
    }
}
