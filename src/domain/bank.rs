//! Bank accounts: an IBAN that a SEPA transfer can reach, and a bank's BIC.
//!
//! Promises: an account that parses has the right length, form and check digits for its country;
//! it is never printed whole by mistake, nor repeated in an error. Does not: know whether the
//! account exists or whose it is; the payer's bank verifies the payee.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use iban::IbanLike as _;
use ring::digest;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

/// The countries whose banks take part in the SEPA schemes, by the code their IBANs begin with.
///
/// European Payments Council, EPC409-09 (list of SEPA scheme countries): 41 countries since Serbia
/// in May 2025, and Gibraltar, which has IBANs of its own. French overseas departments, the
/// Channel Islands and the like use their State's code. So do banks of the Pacific collectivities,
/// which are outside SEPA: only the bank itself can tell those apart.
const SEPA: [&str; 42] = [
    "AD", "AL", "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GI",
    "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MC", "MD", "ME", "MK", "MT", "NL",
    "NO", "PL", "PT", "RO", "RS", "SE", "SI", "SK", "SM", "VA",
];

/// An account number after ISO 13616, in a country that SEPA transfers reach.
///
/// Shown as `FR…2606` everywhere; [`Iban::reveal`] is the only way to the whole. There is no
/// `Serialize` for the same reason: who stores or sends an account has to write it out.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Iban(iban::Iban);

/// Why a text is not an account number. Never holds the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IbanError {
    /// Not the length or the characters of an IBAN of its country.
    #[error(
        "not an account number of its country; write it like FR14 2004 1010 0505 0001 3M02 606"
    )]
    Form,
    /// The check digits do not fit (ISO 7064, mod 97-10).
    #[error("this account number is mistyped: its check digits do not fit")]
    Check,
    /// A sound IBAN of a country outside the SEPA schemes.
    #[error("this account is in a country that SEPA transfers do not reach")]
    NotSepa,
}

impl Iban {
    /// The whole number in electronic form, without spaces: for the vault and the payment file.
    #[must_use]
    pub fn reveal(&self) -> &str {
        self.0.electronic_str()
    }

    /// The country code it begins with.
    #[must_use]
    pub fn country(&self) -> &str {
        self.0.country_code()
    }
}

impl FromStr for Iban {
    type Err = IbanError;

    /// Forgives spaces anywhere and lower case.
    fn from_str(text: &str) -> Result<Self, IbanError> {
        let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let parsed = compact.to_ascii_uppercase().parse::<iban::Iban>();
        let number = parsed.map_err(|error| match error {
            iban::ParseIbanError::InvalidBaseIban {
                source: iban::ParseBaseIbanError::InvalidChecksum,
            } => IbanError::Check,
            _ => IbanError::Form,
        })?;
        if SEPA.binary_search(&number.country_code()).is_err() {
            return Err(IbanError::NotSepa);
        }
        Ok(Self(number))
    }
}

impl fmt::Display for Iban {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = self.reveal();
        write!(f, "{}…{}", self.country(), &whole[whole.len() - 4..])
    }
}

impl fmt::Debug for Iban {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<'de> Deserialize<'de> for Iban {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl utoipa::PartialSchema for Iban {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .write_only(true)
            .min_length(Some(15))
            .max_length(Some(42))
            .examples(["FR1420041010050500013M02606"])
            .into()
    }
}

impl ToSchema for Iban {}

/// What a journal line says about an account: it can be recognised, not read.
///
/// Lower-case hexadecimal of SHA-256 over `"carnet/iban/v1\0"`, the 16 bytes of salt, the IBAN in
/// electronic form, a zero byte and the holder's name. There are few enough IBANs to try them all,
/// so the salt is a secret: it rests in the vault beside the account and is erased with it.
#[must_use]
pub fn salted_hash(salt: &[u8; 16], iban: &Iban, holder: &str) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(b"carnet/iban/v1\0");
    context.update(salt);
    context.update(iban.reveal().as_bytes());
    context.update(&[0]);
    context.update(holder.as_bytes());
    HEXLOWER.encode(context.finish().as_ref())
}

/// A bank's code after ISO 9362: 8 or 11 characters. SEPA transfers do without it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[schema(value_type = String, example = "PSSTFRPPPAR")]
#[schema(pattern = "^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$")]
pub struct Bic(String);

/// What was given is not a BIC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a bank's BIC; write it like PSSTFRPPPAR")]
pub struct BicError;

impl Bic {
    /// The code, in upper case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Bic {
    type Err = BicError;

    /// The form is `BICFIDec2014Identifier` of ISO 20022; forgives spaces and lower case.
    fn from_str(text: &str) -> Result<Self, BicError> {
        let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let code = compact.to_ascii_uppercase();
        let fits = matches!(code.len(), 8 | 11)
            && code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
            && code.bytes().skip(4).take(2).all(|b| b.is_ascii_uppercase());
        if fits { Ok(Self(code)) } else { Err(BicError) }
    }
}

impl fmt::Display for Bic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bic {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sound numbers by python-stdnum 2.2, `stdnum.iban`; mostly the IBAN registry's examples.
    #[test]
    fn agrees_with_another_implementation() {
        for good in [
            "FR14 2004 1010 0505 0001 3M02 606",
            "fr1420041010050500013m02606",
            "FR7630006000011234567890189",
            "DE89370400440532013000",
            "MC5811222000010123456789030",
            "AL47212110090000000235698741",
            "RS35260005601001611379",
            "GI75NWBK000000007099453",
            "MD24AG000225100013104168",
            "ME25505000012345678951",
            "MK07250120000058984",
            "SM86U0322509800000000270100",
            "VA59001123000012345678",
        ] {
            assert!(good.parse::<Iban>().is_ok(), "{good}");
        }
        let mistyped = "FR7630006000011234567890188".parse::<Iban>();
        assert_eq!(mistyped, Err(IbanError::Check));
        for form in ["", "FR76", "30006000011234567890189", "FR76-3000-6000", "ÉR76"] {
            assert!(form.parse::<Iban>().is_err(), "{form}");
        }
    }

    #[test]
    fn only_accounts_that_sepa_reaches() {
        for far in ["TN5910006035183598478831", "BR1800000000141455123924100C2"] {
            assert_eq!(far.parse::<Iban>(), Err(IbanError::NotSepa), "{far}");
        }
        assert!(SEPA.is_sorted());
    }

    #[test]
    fn an_account_is_not_shown_by_mistake() {
        let iban: Iban = "FR14 2004 1010 0505 0001 3M02 606".parse().unwrap();
        assert_eq!(iban.to_string(), "FR…2606");
        assert_eq!(format!("{iban:?}"), "FR…2606");
        assert_eq!(iban.reveal(), "FR1420041010050500013M02606");
        let error = serde_json::from_str::<Iban>(r#""FR7630006000011234567890188""#).unwrap_err();
        assert!(!error.to_string().contains("0006"), "{error}");
    }

    #[test]
    fn a_hash_recognises_an_account() {
        let iban: Iban = "FR1420041010050500013M02606".parse().unwrap();
        let holder = "La Quincaillerie";
        let hash = salted_hash(&[7; 16], &iban, holder);
        // printf 'carnet/iban/v1\0', 16 bytes 07, the IBAN, a zero byte, the holder | sha256sum
        let expected = "36b147cd3c7b2ce9b29cd82c1f9ba39f9ca47e494fb5937d104205888f7e6521";
        assert_eq!(hash, expected);
        assert_ne!(hash, salted_hash(&[8; 16], &iban, holder));
        assert_ne!(hash, salted_hash(&[7; 16], &iban, "La Quincailleri"));
    }

    #[test]
    fn banks_have_eight_or_eleven_characters() {
        assert_eq!("psst frpp par".parse::<Bic>().unwrap().as_str(), "PSSTFRPPPAR");
        assert_eq!("BDFEFRPP".parse::<Bic>().unwrap().to_string(), "BDFEFRPP");
        for bad in ["", "BDFEFRPPA", "BDFE1RPP", "BDFEFRP", "BDFEFRPPXXXX", "BDFÉFRP"] {
            assert_eq!(bad.parse::<Bic>(), Err(BicError), "{bad}");
        }
    }
}
