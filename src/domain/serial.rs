//! Serials: the public numbers `0004217` of a book and `0004217-03` of a voucher in it.
//!
//! Promises: one text per number; when reading, forgives blanks, typographic hyphens and missing
//! leading zeros. Does not: redeem anything, nor name the issuer: a serial is for support, stock
//! and statements, and two issuers may have printed the same one.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::printed;

/// The highest position: a book holds 1 to 20 vouchers.
pub const POSITION_MAX: u8 = 20;

/// The room of a book in a printed address: `HTTPS://HOST/B/0004217`.
const ROOM: &str = "B";

/// Why a text is not a serial or a book number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SerialError {
    /// Other characters than digits, no hyphen, or a number beyond 32 bits.
    #[error("not a serial number; write a book like 0004217 and a voucher like 0004217-03")]
    Malformed,
    /// A position outside 1 to 20.
    #[error("a book holds 20 vouchers at most; the position goes from 01 to 20")]
    Position,
}

/// The number of a book: issuer-wide, one continuous series; printed with at least 7 digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, utoipa::ToSchema)]
#[schema(value_type = String, pattern = "^[0-9]{7,10}$", example = "0004217")]
pub struct BookNumber(u32);

impl BookNumber {
    /// A book by its number.
    #[must_use]
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The number, as stored and as in the token.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// What the QR code on the cover says: `HTTPS://HOST/B/0004217`, all in capitals.
    ///
    /// It carries the public number only: a hand-over needs a signed-in distributor, so knowing
    /// the number gives nothing. `host` may carry a port.
    #[must_use]
    pub fn cover_url(self, host: &str) -> String {
        printed::url(host, ROOM, &self.to_string())
    }

    /// The book named by what was scanned or typed at a hand-over: a cover's address, whatever its
    /// host, or the number alone.
    ///
    /// # Errors
    /// [`SerialError::Malformed`] when it is neither.
    pub fn from_cover(text: &str) -> Result<Self, SerialError> {
        let text = printed::trimmed(text);
        printed::rest(text, ROOM).unwrap_or(text).parse()
    }

    /// The book named by what came through a keyboard: as [`Self::from_cover`] has it, by the
    /// serial of one of its vouchers, or by a scanner that believes that the keyboard is American
    /// where it is French.
    ///
    /// # Errors
    /// [`SerialError::Malformed`] when it is none of them.
    pub fn from_keys(text: &str) -> Result<Self, SerialError> {
        if let Ok(book) = Self::from_cover(text) {
            return Ok(book);
        }
        if let Ok(serial) = printed::trimmed(text).parse::<Serial>() {
            return Ok(serial.book());
        }
        // On a French keyboard the keys of digits give none.
        if text.bytes().any(|byte| byte.is_ascii_digit()) {
            return Err(SerialError::Malformed);
        }
        Self::from_cover(&text.chars().map(american).collect::<String>())
    }
}

/// What an American keyboard has on the key that gives this on a French one.
const fn american(c: char) -> char {
    match c {
        'à' => '0',
        '&' => '1',
        'é' => '2',
        '"' => '3',
        '\'' => '4',
        '(' => '5',
        '-' => '6',
        'è' => '7',
        '_' => '8',
        'ç' => '9',
        '!' => '/',
        'M' => ':',
        '?' => 'M',
        ',' => 'm',
        ':' => '.',
        ')' => '-',
        'A' => 'Q',
        'Q' => 'A',
        'W' => 'Z',
        'Z' => 'W',
        'a' => 'q',
        'q' => 'a',
        'w' => 'z',
        'z' => 'w',
        other => other,
    }
}

impl fmt::Display for BookNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:07}", self.0)
    }
}

impl FromStr for BookNumber {
    type Err = SerialError;

    fn from_str(text: &str) -> Result<Self, SerialError> {
        digits(text)?.parse().map(Self).map_err(|_| SerialError::Malformed)
    }
}

/// The public number of one voucher: its book and its position in it, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Serial {
    book: BookNumber,
    position: u8,
}

impl Serial {
    /// A voucher by its place.
    ///
    /// # Errors
    /// [`SerialError::Position`] outside 1 to [`POSITION_MAX`].
    pub const fn new(book: BookNumber, position: u8) -> Result<Self, SerialError> {
        if position == 0 || position > POSITION_MAX {
            return Err(SerialError::Position);
        }
        Ok(Self { book, position })
    }

    /// The book that it was torn from.
    #[must_use]
    pub const fn book(self) -> BookNumber {
        self.book
    }

    /// Its position in the book, 1 to [`POSITION_MAX`].
    #[must_use]
    pub const fn position(self) -> u8 {
        self.position
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:02}", self.book, self.position)
    }
}

impl FromStr for Serial {
    type Err = SerialError;

    fn from_str(text: &str) -> Result<Self, SerialError> {
        let parts = text.split_once(printed::is_hyphen);
        let (book, position) = parts.ok_or(SerialError::Malformed)?;
        let book = book.parse()?;
        let position = digits(position)?.parse().map_err(|_| SerialError::Position)?;
        Self::new(book, position)
    }
}

/// The ASCII digits of a text without its blanks; a second hyphen or a sign is no digit.
fn digits(text: &str) -> Result<String, SerialError> {
    let text: String = text.chars().filter(|c| !printed::is_blank(*c)).collect();
    let numeric = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    numeric.then_some(text).ok_or(SerialError::Malformed)
}

impl Serialize for BookNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for BookNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for Serial {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Serial {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl utoipa::PartialSchema for Serial {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some("^[0-9]{7,10}-(0[1-9]|1[0-9]|20)$"))
            .examples(["0004217-03"])
            .into()
    }
}

impl utoipa::ToSchema for Serial {
    fn name() -> std::borrow::Cow<'static, str> {
        std::borrow::Cow::Borrowed("Serial")
    }
}

#[cfg(test)]
mod tests {
    //! Goal: one text per number out, every honest spelling of it in, nothing else.

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_serial_prints_as_on_paper_and_reads_as_people_write() {
        let serial = Serial::new(BookNumber::new(4217), 3).unwrap();
        assert_eq!(serial.to_string(), "0004217-03");
        for spelling in [
            "0004217-03",
            "4217-3",
            " 0 004 217 - 03 ",
            "4217\u{2011}03",
            "4217 \u{2013} 3",
            "\u{feff}4217\u{2212}003\r\n",
        ] {
            assert_eq!(spelling.parse(), Ok(serial), "{spelling:?}");
        }
        let grown = Serial::new(BookNumber::new(u32::MAX), 20).unwrap();
        assert_eq!(grown.to_string(), "4294967295-20");
        assert_eq!(grown.to_string().parse(), Ok(grown));
    }

    #[test]
    fn what_is_not_a_serial_is_refused() {
        for bad in ["", "-", "4217", "-3", "4217-", "+4217-3", "4217-3-1", "4217--3", "42O7-3"] {
            assert_eq!(bad.parse::<Serial>(), Err(SerialError::Malformed), "{bad}");
        }
        assert_eq!("4294967296-01".parse::<Serial>(), Err(SerialError::Malformed));
        for outside in ["4217-0", "4217-21", "4217-300"] {
            assert_eq!(outside.parse::<Serial>(), Err(SerialError::Position), "{outside}");
        }
        assert!(serde_json::from_str::<Serial>(r#""4217-21""#).is_err());
        assert!(serde_json::from_str::<Serial>("4217").is_err());
    }

    #[test]
    fn a_cover_carries_the_public_number_only() {
        let book = BookNumber::new(4217);
        let url = book.cover_url("pass.example.fr");
        assert_eq!(url, "HTTPS://PASS.EXAMPLE.FR/B/0004217");
        for spelling in [&*url, &url.to_lowercase(), "http://other.example/b/4217\n", " 4 217 "] {
            assert_eq!(BookNumber::from_cover(spelling), Ok(book), "{spelling:?}");
        }
        for bad in ["HTTPS://H/V/0004217", "HTTPS://H/B/0004217/1", "HTTPS://H/B/", "0004217-03"] {
            assert_eq!(BookNumber::from_cover(bad), Err(SerialError::Malformed), "{bad}");
        }
    }

    #[test]
    fn a_keyboard_of_another_country_is_understood() {
        let book = BookNumber::new(4217);
        for spelling in [
            "HTTPSM!!PQSS:EXQ?PLE:FR!B!ààà'é&è",
            "'é&è",
            " ààà'é&è\r\n",
            "4217",
            "0004217-03",
            " HTTPS://PASS.EXAMPLE.FR/B/0004217\r\n",
        ] {
            assert_eq!(BookNumber::from_keys(spelling), Ok(book), "{spelling}");
        }
        for bad in ["", "my book", "HTTPS://H/V/ABC", "0004217-21", "é&è 4", "à)é"] {
            assert_eq!(BookNumber::from_keys(bad), Err(SerialError::Malformed), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn every_serial_comes_back(book: u32, position in 1..=POSITION_MAX) {
            let serial = Serial::new(BookNumber::new(book), position).unwrap();
            prop_assert_eq!(serial.to_string().parse(), Ok(serial));
            let json = serde_json::to_string(&serial).unwrap();
            prop_assert_eq!(serde_json::from_str::<Serial>(&json).unwrap(), serial);
            let number = serial.book();
            prop_assert_eq!(BookNumber::from_cover(&number.cover_url("h")), Ok(number));
        }
    }
}
