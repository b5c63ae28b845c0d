//! Organisations: operator, funders, structures and distributors with their sites.
//!
//! Promises: an organisation's id says what it is; a register's content is what a line holds. Does
//! not: hold people or bank accounts (those rest in the vault).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::registration::Registration;
use super::territory::CommuneCode;
use crate::base::clock::Timestamp;
use crate::base::day::Zone;
use crate::base::id::{AnyId, Id, IdError, Kind, Noun, Site};
use crate::base::text::Name;

/// The id of any organisation: `operator_…`, `funder_…`, `structure_…` or `distributor_…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrganisationId(AnyId);

impl OrganisationId {
    /// The same id as a value of any noun.
    #[must_use]
    pub const fn any(self) -> AnyId {
        self.0
    }

    /// The id as one of kind `K`, when the organisation is one.
    #[must_use]
    pub fn to<K: Kind>(self) -> Option<Id<K>> {
        self.0.to()
    }
}

impl TryFrom<AnyId> for OrganisationId {
    type Error = IdError;

    fn try_from(id: AnyId) -> Result<Self, IdError> {
        match id.noun() {
            Noun::Operator | Noun::Funder | Noun::Structure | Noun::Distributor => Ok(Self(id)),
            other => Err(IdError::WrongNoun { expected: "organisation", found: other.as_str() }),
        }
    }
}

impl FromStr for OrganisationId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let any: AnyId = text.parse().map_err(|_| IdError::Malformed("structure"))?;
        any.try_into()
    }
}

impl fmt::Display for OrganisationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for OrganisationId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for OrganisationId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A place of a distributor that holds a stock of books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SiteProfile {
    /// Its id, made by the caller.
    #[schema(value_type = String, example = "site_01h455vb4pex5vsknk084sn02q")]
    pub site_id: Id<Site>,
    /// Its name.
    pub name: Name,
    /// The commune where it is (INSEE code).
    #[schema(value_type = String, example = "23096")]
    pub commune: CommuneCode,
}

/// How a funder's money is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Really held for the funder on the ring-fenced account.
    Held,
    /// Committed by its public accountant, who pays the structures.
    Pledged,
}

impl Mode {
    /// The word in lines and tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Pledged => "pledged",
        }
    }
}

/// What fixes a funder's ledger for ever, given when the funder is first registered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LedgerTerms {
    /// How the money is kept.
    pub mode: Mode,
    /// IANA name of the time zone whose civil days count.
    #[schema(value_type = String, example = "Europe/Paris")]
    pub time_zone: Zone,
    /// Public half of the key that signs a take-over (base64 of 32 bytes, Ed25519), made by
    /// `carnet funder-keys` and kept offline by the funder.
    #[schema(example = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")]
    pub recovery_key: String,
    /// The age recipient to which every export seals its secrets (`age1…`).
    #[schema(example = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p")]
    pub age_recipient: String,
}

/// The content of an organisation's register: what `PUT /api/v1/organisations/{id}` takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganisationProfile {
    /// Its name.
    pub name: Name,
    /// Its SIRET or RNA number.
    pub registration: Registration,
    /// A distributor's sites; empty for others.
    #[serde(default)]
    pub sites: Vec<SiteProfile>,
    /// A funder's ledger terms: given once, at its first version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ledger: Option<LedgerTerms>,
}

/// Body of `organisation-registered`: a version of the register.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganisationRegistered {
    /// 1 for the first.
    pub version: i64,
    /// The content.
    pub profile: OrganisationProfile,
}

/// Body of `ledger-opened`: the first line of every ledger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerOpened {
    /// `<host at opening>/ledger/<ledger id>`: the name of its checkpoints, for ever.
    pub origin: String,
    /// The owner's name at opening.
    pub name: Name,
    /// The time zone whose civil days count.
    pub time_zone: Zone,
    /// Key that signs the checkpoints, as a C2SP vkey.
    pub log_key: String,
    /// How the money is kept; absent in the operator's ledger, which holds none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// See [`LedgerTerms::recovery_key`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery_key: Option<String>,
    /// See [`LedgerTerms::age_recipient`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_recipient: Option<String>,
}

/// Body of `bank-account-recorded`: the account's number rests in the vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BankAccountRecorded {
    /// 1 for the first.
    pub version: i64,
    /// Salted hash of IBAN and holder, hexadecimal.
    pub hash: String,
    /// From when on money goes there; absent for an account that counts at once, as the first does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_force_at: Option<Timestamp>,
}

/// Body of `logo-recorded`: the picture rests in the vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogoRecorded {
    /// 1 for the first.
    pub version: i64,
    /// SHA-256 of the file as it is kept (the picture drawn again), hexadecimal.
    pub hash: String,
}
