//! How a structure is registered: a SIRET number, or an RNA number for an association without one.
//!
//! Promises: a parsed number has the right form and check digit, and one text. Does not: know
//! whether the number was ever given out; ask the national registers for that.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

/// The register in which the legal body is found, and its number there.
///
/// The national directory of places of mediation names a structure the same way (`pivot`: SIRET or
/// RNA, standard-mediation-num 1.0.2).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(example = json!({"siret": "73282932000074"}))]
pub enum Registration {
    /// In the register of businesses (Sirene).
    Siret(Siret),
    /// In the national register of associations only.
    Rna(Rna),
}

impl Registration {
    /// The number alone.
    #[must_use]
    pub fn number(&self) -> &str {
        match self {
            Self::Siret(siret) => siret.as_str(),
            Self::Rna(rna) => rna.as_str(),
        }
    }
}

impl fmt::Display for Registration {
    /// The register's name and the number, as in a French letter: `SIRET 73282932000074`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Siret(siret) => write!(f, "SIRET {siret}"),
            Self::Rna(rna) => write!(f, "RNA {rna}"),
        }
    }
}

impl FromStr for Registration {
    type Err = RegistrationError;

    /// Tells the two apart by the RNA's first letter.
    fn from_str(text: &str) -> Result<Self, RegistrationError> {
        if text.trim_start().starts_with(['W', 'w']) {
            text.parse().map(Self::Rna)
        } else {
            text.parse().map(Self::Siret)
        }
    }
}

/// Why a text is not a registration number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RegistrationError {
    /// Not 14 digits.
    #[error("a SIRET number has 14 digits, like 732 829 320 00074")]
    SiretForm,
    /// 14 digits, of which at least one is mistyped.
    #[error("this SIRET number is mistyped: its check digit does not fit")]
    SiretCheck,
    /// Not the form of an RNA number.
    #[error("an RNA number is W and 9 characters, like W751234567")]
    RnaForm,
}

/// A SIRET: the 9 digits of a legal body (SIREN) and 5 of one of its establishments.
///
/// Both the SIREN and the SIRET end in a Luhn check digit (ISO/IEC 7812-1). The establishments of
/// La Poste, except its head office, have none: the sum of their digits is a multiple of 5 instead
/// (INSEE's rule, the same in python-stdnum's `fr.siret`).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Siret(String);

/// The one legal body whose establishments follow another rule.
const LA_POSTE: &str = "356000000";
const LA_POSTE_HEAD_OFFICE: &str = "35600000000048";

impl Siret {
    /// The 14 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The 9 digits of the legal body.
    #[must_use]
    pub fn siren(&self) -> &str {
        &self.0[..9]
    }
}

impl FromStr for Siret {
    type Err = RegistrationError;

    /// Forgives spaces and full stops between the digits.
    fn from_str(text: &str) -> Result<Self, RegistrationError> {
        let number = compact(text);
        if number.len() != 14 || !number.bytes().all(|b| b.is_ascii_digit()) {
            return Err(RegistrationError::SiretForm);
        }
        let siren = &number[..9];
        let la_poste = siren == LA_POSTE && number != LA_POSTE_HEAD_OFFICE;
        let fits = if la_poste { sum(&number).is_multiple_of(5) } else { luhn(&number) };
        // Nine zeros pass Luhn, and are what people type to get past a form.
        if fits && luhn(siren) && siren != "000000000" {
            Ok(Self(number))
        } else {
            Err(RegistrationError::SiretCheck)
        }
    }
}

/// An RNA number: `W` and 9 characters, given to each association declared since 2009.
///
/// After `W` come three characters of the prefecture's office and six digits of a series. The
/// office's begin with the department: two digits on the mainland (`W751…`), `2A` or `2B` in
/// Corsica, `9` and a letter overseas (`W9C1…`). There is no check digit. Numbers of the older
/// prefecture files are not RNA numbers: an association gets one at its next declaration.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Rna(String);

impl Rna {
    /// The 10 characters, letters in upper case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Rna {
    type Err = RegistrationError;

    /// Forgives spaces, full stops and lower case.
    fn from_str(text: &str) -> Result<Self, RegistrationError> {
        let number = compact(text).to_ascii_uppercase();
        let [b'W', first, second, rest @ ..] = number.as_bytes() else {
            return Err(RegistrationError::RnaForm);
        };
        let department = match (first, second) {
            (b'2', b'A' | b'B') => true,
            (b'9', letter) if letter.is_ascii_uppercase() => true,
            (first, second) => first.is_ascii_digit() && second.is_ascii_digit(),
        };
        if department && rest.len() == 7 && rest.iter().all(u8::is_ascii_digit) {
            Ok(Self(number))
        } else {
            Err(RegistrationError::RnaForm)
        }
    }
}

/// A number without the spaces and full stops people group it with.
fn compact(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '.').collect()
}

/// The values of decimal digits, last first.
fn values(digits: &str) -> impl Iterator<Item = u32> {
    digits.chars().rev().filter_map(|digit| digit.to_digit(10))
}

/// The sum of decimal digits.
fn sum(digits: &str) -> u32 {
    values(digits).sum()
}

/// Whether the last digit is the Luhn check digit of those before (ISO/IEC 7812-1, annex B).
fn luhn(digits: &str) -> bool {
    let weighed = values(digits).enumerate().map(|(place, value)| {
        let weighed = if place % 2 == 1 { value * 2 } else { value };
        if weighed > 9 { weighed - 9 } else { weighed }
    });
    weighed.sum::<u32>().is_multiple_of(10)
}

macro_rules! as_text {
    ($number:ident, $pattern:literal, $($example:literal),+) => {
        impl fmt::Display for $number {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $number {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Serialize for $number {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $number {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl utoipa::PartialSchema for $number {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .pattern(Some($pattern))
                    .examples([$($example),+])
                    .into()
            }
        }

        impl ToSchema for $number {}
    };
}

as_text!(Siret, r"^\d{14}$", "73282932000074");
as_text!(Rna, r"^W(\d{2}|2[AB]|9[A-Z])\d{7}$", "W751234567", "W9C1000188");

#[cfg(test)]
mod tests {
    use super::*;

    /// Verdicts of python-stdnum 2.2, `stdnum.fr.siret`; those of La Poste walk its other rule.
    #[test]
    fn agrees_with_another_implementation() {
        for good in [
            "73282932000074",
            "732 829 320 00074",
            " 732.829.320.00074 ",
            "21750001600019",
            "20005478100022",
            "13002526500013",
            "41816609600069",
            "55210055400013",
            "26750045200011",
            "35600000000048",
            "35600000049837",
            "35600000000047",
            "35600000000001",
            "35600000015839",
            "35600000055434",
        ] {
            assert!(good.parse::<Siret>().is_ok(), "{good}");
        }
        for mistyped in [
            "73282932000079",
            "35600000000041",
            "35600000000040",
            "35600000013457",
            "35600000007920",
            "35600000087110",
            "18004601300019",
            "26671400300011",
            "98765432100001",
        ] {
            assert_eq!(mistyped.parse::<Siret>(), Err(RegistrationError::SiretCheck), "{mistyped}");
        }
        for other in ["", "7328293200007", "732829320000745", "73282932A00074", "٧٣٢٨٢٩٣٢٠٠٠٠٧٤"]
        {
            assert_eq!(other.parse::<Siret>(), Err(RegistrationError::SiretForm), "{other}");
        }
    }

    #[test]
    fn zeros_are_nobody() {
        let nobody = "00000000000000".parse::<Siret>();
        assert_eq!(nobody, Err(RegistrationError::SiretCheck));
    }

    #[test]
    fn rna_numbers_know_corsica_and_overseas() {
        for good in ["W751218379", "w9c1000188", "W9R1000088", "W9J1003281", "W2A1000119"] {
            let number: Rna = good.parse().unwrap();
            assert_eq!(number.as_str(), good.to_uppercase());
        }
        assert_eq!("W 2B2 000016".parse::<Rna>().unwrap().as_str(), "W2B2000016");
        for bad in ["W75121837", "W7512183790", "751218379", "2B2P02B1000013", "W1A1000119", "WW"] {
            assert_eq!(bad.parse::<Rna>(), Err(RegistrationError::RnaForm), "{bad}");
        }
    }

    #[test]
    fn the_register_is_named_in_json() {
        let siret: Registration = "732 829 320 00074".parse().unwrap();
        assert_eq!(serde_json::to_string(&siret).unwrap(), r#"{"siret":"73282932000074"}"#);
        assert_eq!(siret.to_string(), "SIRET 73282932000074");
        let rna: Registration = serde_json::from_str(r#"{"rna":"w751218379"}"#).unwrap();
        assert_eq!(rna, "W751218379".parse().unwrap());
        assert_eq!(rna.number(), "W751218379");
        assert!(serde_json::from_str::<Registration>(r#"{"siret":"73282932000079"}"#).is_err());
        assert!(serde_json::from_str::<Registration>(r#"{"siren":"732829320"}"#).is_err());
    }

    #[test]
    fn a_siret_knows_its_legal_body() {
        let siret: Siret = "73282932000074".parse().unwrap();
        assert_eq!(siret.siren(), "732829320");
    }
}
