//! What is done for a person at a venue: the nine services of the national directory.
//!
//! Promises: the codes are the official French labels in lower case, without accents, joined with
//! hyphens, so that a file of the national directory maps without a table of our own. Does not: say
//! which of them a campaign pays for.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! offerings {
    ($($(#[doc = $doc:literal])* $variant:ident = $code:literal $label:literal),+ $(,)?) => {
        /// One service of the field `services` in the schema of places of digital mediation
        /// (`standard-mediation-num`, version 1.0.2).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(Serialize, Deserialize)]
        pub enum Offering {
            $($(#[doc = $doc])* #[serde(rename = $code)] $variant),+
        }

        impl Offering {
            /// All of them, in the schema's order.
            pub const ALL: [Self; 9] = [$(Self::$variant),+];

            /// The code in requests, lines and addresses.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// The official French label, to the letter.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $(Self::$variant => $label),+ }
            }
        }
    };
}

offerings! {
    /// Help with administrative procedures online.
    Procedures = "aide-aux-demarches-administratives"
        "Aide aux démarches administratives",
    /// Everyday digital tools.
    EverydayTools = "maitrise-des-outils-numeriques-du-quotidien"
        "Maîtrise des outils numériques du quotidien",
    /// Finding work with digital means.
    Employment = "insertion-professionnelle-via-le-numerique"
        "Insertion professionnelle via le numérique",
    /// Safe use.
    Safety = "utilisation-securisee-du-numerique"
        "Utilisation sécurisée du numérique",
    /// Parenthood and education.
    Parenthood = "parentalite-et-education-avec-le-numerique"
        "Parentalité et éducation avec le numérique",
    /// Leisure and making things.
    Leisure = "loisirs-et-creations-numeriques"
        "Loisirs et créations numériques",
    /// Understanding the digital world.
    Culture = "comprehension-du-monde-numerique"
        "Compréhension du monde numérique",
    /// Internet access and computers on the spot.
    Access = "acces-internet-et-materiel-informatique"
        "Accès internet et matériel informatique",
    /// Computers at a solidarity price.
    Equipment = "acquisition-de-materiel-informatique-a-prix-solidaire"
        "Acquisition de matériel informatique à prix solidaire",
}

impl utoipa::PartialSchema for Offering {
    // Derived inside the macro, it would name the variants and not their codes.
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .description(Some("What is done for a person: a service of the national directory."))
            .enum_values(Some(Self::ALL.map(Self::code)))
            .examples([Self::Procedures.code()])
            .into()
    }
}

impl ToSchema for Offering {}

impl fmt::Display for Offering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// No offering has this code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an offering; write it like aide-aux-demarches-administratives")]
pub struct OfferingError;

impl FromStr for Offering {
    type Err = OfferingError;

    /// Reads the code, or the official label as the national directory's files carry it.
    fn from_str(text: &str) -> Result<Self, OfferingError> {
        let text = text.trim();
        Self::ALL
            .into_iter()
            .find(|offering| offering.code() == text || offering.label() == text)
            .ok_or(OfferingError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rule from label to code, written a second time.
    fn slug(label: &str) -> String {
        let plain = |c: char| match c {
            'é' | 'è' => 'e',
            'î' => 'i',
            'à' => 'a',
            ' ' => '-',
            other => other,
        };
        label.to_lowercase().chars().map(plain).collect()
    }

    #[test]
    fn a_code_is_the_label_made_plain() {
        for offering in Offering::ALL {
            assert_eq!(offering.code(), slug(offering.label()));
            assert!(offering.code().bytes().all(|b| b.is_ascii_lowercase() || b == b'-'));
        }
    }

    #[test]
    fn codes_and_labels_parse_back() {
        for offering in Offering::ALL {
            assert_eq!(offering.to_string().parse(), Ok(offering));
            assert_eq!(offering.label().parse(), Ok(offering));
            let json = serde_json::to_string(&offering).unwrap();
            assert_eq!(json, format!("\"{}\"", offering.code()));
            assert_eq!(serde_json::from_str::<Offering>(&json).unwrap(), offering);
        }
        assert_eq!("médiation".parse::<Offering>(), Err(OfferingError));
    }
}
