//! Short texts that people write: names of organisations, venues, campaigns.
//!
//! Promises: trimmed, not empty, bounded, without control or bidirectional-override characters.
//! Does not: hold anything about a beneficiary; there is no field for it.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

/// A name of an organisation, venue or campaign: 1 to 140 characters on one line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, utoipa::ToSchema)]
#[schema(value_type = String, min_length = 1, max_length = 140)]
pub struct Name(String);

/// Why a text is not a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing but spaces.
    #[error("a name cannot be empty")]
    Empty,
    /// More than 140 characters.
    #[error("a name has 140 characters at most")]
    TooLong,
    /// A control character, one that nobody sees, or one that turns the writing direction.
    #[error("a name cannot contain control characters")]
    Control,
}

impl Name {
    /// A checked name.
    ///
    /// # Errors
    /// [`NameError`] says what is wrong.
    pub fn new(text: &str) -> Result<Self, NameError> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Err(NameError::Empty);
        }
        if trimmed.chars().count() > 140 {
            return Err(NameError::TooLong);
        }
        // Bidirectional overrides would let one name show as another on an approval page.
        let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        // A name that cannot be seen is none.
        let unseen = |c: char| matches!(c, '\u{feff}' | '\u{200b}' | '\u{2060}');
        if trimmed.chars().any(|c| c.is_control() || turns(c) || unseen(c)) {
            return Err(NameError::Control);
        }
        Ok(Self(trimmed.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(&text).map_err(serde::de::Error::custom)
    }
}

/// What a person shows at a counter: whoever reads it can spend it, so nothing prints it by
/// mistake.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bearer(String);

impl std::fmt::Debug for Bearer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bearer(…)")
    }
}

impl std::ops::Deref for Bearer {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<String> for Bearer {
    fn from(text: String) -> Self {
        Self(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_single_lines() {
        assert_eq!(Name::new("  CCAS de Guéret ").unwrap().as_str(), "CCAS de Guéret");
        assert_eq!(Name::new(" "), Err(NameError::Empty));
        assert_eq!(Name::new("a\u{202e}b"), Err(NameError::Control));
        assert_eq!(Name::new(&"é".repeat(141)), Err(NameError::TooLong));
    }
}
