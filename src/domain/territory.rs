//! Territory: communes and departments by their official code, and a campaign's perimeter.
//!
//! Promises: a code that parses is in the official geographic code of 1 January 2026 (INSEE;
//! `territory/README.md` tells how the list is made), and will parse for ever. Does not: know
//! shapes, distances, postal codes or groupings of communes.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

static COMMUNES: &str = include_str!("territory/communes.txt");
static ARRONDISSEMENTS: &str = include_str!("territory/arrondissements.txt");
static DEPARTMENTS: &str = include_str!("territory/departments.txt");

/// Why a text is not a code of the territory.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TerritoryError {
    /// Not a commune of today.
    #[error(
        "{0:?} is not the INSEE code of a commune (not a postal code; a delegated or merged \
         commune goes by the code of its commune of today), like 23096"
    )]
    Commune(String),
    /// Not a department.
    #[error("{0:?} is not the code of a department, like 23, 2A or 974")]
    Department(String),
    /// More codes than a perimeter holds.
    #[error("a perimeter names at most {} codes", Perimeter::LIMIT)]
    TooMany,
}

/// A commune of France by its INSEE code, overseas collectivities included.
///
/// The municipal arrondissements of Paris, Lyon and Marseille parse too, because directories of
/// places give their codes; see [`CommuneCode::whole`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommuneCode(&'static str);

impl CommuneCode {
    /// The code.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        self.0
    }

    /// The official name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        let part = || row(ARRONDISSEMENTS, self.0)?.split_once(' ').map(|(_, name)| name);
        // A code is only made from the two lists, so the code itself is never the answer.
        row(COMMUNES, self.0).or_else(part).unwrap_or(self.0)
    }

    /// The department, or the overseas collectivity that stands in its place.
    #[must_use]
    pub fn department(&self) -> DepartmentCode {
        // The script that makes the lists refuses one where this does not hold.
        let overseas = self.0.starts_with("97") || self.0.starts_with("98");
        DepartmentCode(&self.0[..if overseas { 3 } else { 2 }])
    }

    /// The commune that an arrondissement is a part of; a commune is its own.
    #[must_use]
    pub fn whole(&self) -> Self {
        let part = row(ARRONDISSEMENTS, self.0).and_then(|rest| rest.split_once(' '));
        part.map_or(*self, |(commune, _)| Self(commune))
    }

    /// All communes, without arrondissements, by code.
    pub fn all() -> impl Iterator<Item = Self> {
        COMMUNES.lines().filter_map(|line| line.split_once(' ').map(|(code, _)| Self(code)))
    }

    fn listed(code: &str) -> Option<Self> {
        let found = line(COMMUNES, code).or_else(|| line(ARRONDISSEMENTS, code))?;
        found.split_once(' ').map(|(code, _)| Self(code))
    }
}

impl FromStr for CommuneCode {
    type Err = TerritoryError;

    /// Forgives spaces around it and a small letter in Corsica.
    fn from_str(text: &str) -> Result<Self, TerritoryError> {
        let code = text.trim().to_ascii_uppercase();
        Self::listed(&code).ok_or_else(|| TerritoryError::Commune(quoted(text)))
    }
}

/// A department of France, or an overseas collectivity, by its INSEE code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DepartmentCode(&'static str);

impl DepartmentCode {
    /// The code: two characters, three overseas.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        self.0
    }

    /// The official name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        // A code is only made from the lists, so the code itself is never the answer.
        row(DEPARTMENTS, self.0).unwrap_or(self.0)
    }

    /// All departments and overseas collectivities, by code.
    pub fn all() -> impl Iterator<Item = Self> {
        DEPARTMENTS.lines().filter_map(|line| line.split_once(' ').map(|(code, _)| Self(code)))
    }

    fn listed(code: &str) -> Option<Self> {
        line(DEPARTMENTS, code)?.split_once(' ').map(|(code, _)| Self(code))
    }
}

impl FromStr for DepartmentCode {
    type Err = TerritoryError;

    /// Forgives spaces around it and a small letter in Corsica.
    fn from_str(text: &str) -> Result<Self, TerritoryError> {
        let code = text.trim().to_ascii_uppercase();
        Self::listed(&code).ok_or_else(|| TerritoryError::Department(quoted(text)))
    }
}

/// A department or a commune; departments come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Area {
    /// All communes of a department.
    Department(DepartmentCode),
    /// One commune, or one arrondissement of it.
    Commune(CommuneCode),
}

impl Area {
    /// The code.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Department(code) => code.as_str(),
            Self::Commune(code) => code.as_str(),
        }
    }

    /// The official name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Department(code) => code.name(),
            Self::Commune(code) => code.name(),
        }
    }
}

impl FromStr for Area {
    type Err = TerritoryError;

    /// Two or three characters name a department, any other number a commune.
    fn from_str(text: &str) -> Result<Self, TerritoryError> {
        if matches!(text.trim().len(), 2 | 3) {
            text.parse().map(Self::Department)
        } else {
            text.parse().map(Self::Commune)
        }
    }
}

/// Where a campaign's vouchers are taken: departments and communes; none named means anywhere.
///
/// Kept sorted and without repetition, so that the same perimeter is the same text in a line.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, ToSchema)]
#[schema(value_type = Vec<String>, example = json!(["2A", "23", "974", "69123"]))]
pub struct Perimeter(Vec<Area>);

impl Perimeter {
    /// The most codes it may hold: a journal line of 65,535 bytes has to hold them all and more.
    pub const LIMIT: usize = 2000;

    /// A perimeter of these areas.
    ///
    /// # Errors
    /// [`TerritoryError::TooMany`] beyond [`Self::LIMIT`].
    pub fn new(mut areas: Vec<Area>) -> Result<Self, TerritoryError> {
        areas.sort_unstable();
        areas.dedup();
        if areas.len() > Self::LIMIT { Err(TerritoryError::TooMany) } else { Ok(Self(areas)) }
    }

    /// The areas, departments first, by code.
    #[must_use]
    pub fn areas(&self) -> &[Area] {
        &self.0
    }

    /// Whether it names no area, and so covers all.
    #[must_use]
    pub fn is_anywhere(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a voucher may be used in this commune.
    ///
    /// A place known by its arrondissement is covered by its commune; one known only by the commune
    /// is not covered by an arrondissement, since it may lie in another.
    #[must_use]
    pub fn covers(&self, commune: CommuneCode) -> bool {
        let names = |area| self.0.binary_search(&area).is_ok();
        self.is_anywhere()
            || names(Area::Department(commune.department()))
            || names(Area::Commune(commune))
            || names(Area::Commune(commune.whole()))
    }
}

impl<'de> Deserialize<'de> for Perimeter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let areas = Vec::<Area>::deserialize(deserializer)?;
        Self::new(areas).map_err(serde::de::Error::custom)
    }
}

/// The rest of the line that begins with this code.
pub(super) fn row(list: &'static str, code: &str) -> Option<&'static str> {
    line(list, code)?.split_once(' ').map(|(_, rest)| rest)
}

/// The line that begins with this code and a space, found by halving the sorted text itself: no
/// index to build at start nor to keep in memory.
fn line(list: &'static str, code: &str) -> Option<&'static str> {
    let (mut low, mut high) = (0, list.len());
    while low < high {
        let middle = list.floor_char_boundary(usize::midpoint(low, high));
        let start = list[..middle].rfind('\n').map_or(0, |end| end + 1);
        let end = list[middle..].find('\n').map_or(list.len(), |end| middle + end);
        let found = &list[start..end];
        match found.split(' ').next().unwrap_or_default().cmp(code) {
            Ordering::Less => low = end + 1,
            Ordering::Greater => high = start,
            Ordering::Equal => return Some(found),
        }
    }
    None
}

/// The start of what was given, for an error message.
fn quoted(text: &str) -> String {
    text.chars().take(20).collect()
}

macro_rules! as_text {
    ($code:ident, $($pattern:literal, $example:literal)?) => {
        impl fmt::Display for $code {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Serialize for $code {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $code {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        $(
            impl fmt::Debug for $code {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str(self.as_str())
                }
            }

            impl utoipa::PartialSchema for $code {
                fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                    utoipa::openapi::ObjectBuilder::new()
                        .schema_type(utoipa::openapi::schema::Type::String)
                        .pattern(Some($pattern))
                        .examples([$example])
                        .into()
                }
            }

            impl ToSchema for $code {}
        )?
    };
}

as_text!(CommuneCode, r"^\d[\dAB]\d{3}$", "23096");
as_text!(DepartmentCode, r"^(\d{2}|2[AB]|9[78]\d)$", "23");
as_text!(Area,);

#[cfg(test)]
mod tests {
    use super::*;

    fn commune(code: &str) -> CommuneCode {
        code.parse().unwrap()
    }

    fn perimeter(codes: &[&str]) -> Perimeter {
        serde_json::from_value(serde_json::json!(codes)).unwrap()
    }

    #[test]
    fn every_line_is_found_by_its_code() {
        for list in [COMMUNES, ARRONDISSEMENTS, DEPARTMENTS] {
            assert!(list.lines().is_sorted() && list.ends_with('\n'));
            for expected in list.lines() {
                let code = expected.split(' ').next().unwrap();
                assert_eq!(line(list, code), Some(expected));
            }
        }
        for row in COMMUNES.lines().chain(ARRONDISSEMENTS.lines()) {
            let code = commune(&row[..5]);
            assert!(row.ends_with(code.name()) && code.name() != code.as_str());
            let department = code.department();
            assert_ne!(department.name(), department.as_str());
            assert_eq!(department.as_str().parse(), Ok(department));
        }
        for row in ARRONDISSEMENTS.lines() {
            let whole = commune(&row[..5]).whole();
            assert!(row.contains(whole.as_str()) && line(COMMUNES, whole.as_str()).is_some());
        }
        assert_eq!(COMMUNES.lines().count(), 34_969);
    }

    #[test]
    fn communes_know_name_and_department() {
        for (code, name, department) in [
            ("23096", "Guéret", "Creuse"),
            ("2a004", "Ajaccio", "Corse-du-Sud"),
            (" 97411 ", "Saint-Denis", "La Réunion"),
            ("97502", "Saint-Pierre", "Saint-Pierre-et-Miquelon"),
            ("98735", "Papeete", "Polynésie française"),
            ("69388", "Lyon 8e Arrondissement", "Rhône"),
        ] {
            assert_eq!(commune(code).name(), name);
            assert_eq!(commune(code).department().name(), department);
        }
    }

    #[test]
    fn other_codes_are_refused_by_name() {
        // Postal code, associated commune, too short, too long, other scripts, never given.
        for bad in ["75013", "01120", "", "2309", "230960", "２３０９６", "é096", "99999"] {
            let error = bad.parse::<CommuneCode>();
            assert_eq!(error, Err(TerritoryError::Commune(bad.to_owned())), "{bad}");
        }
        for bad in ["", "20", "97", "979", "2C", "1", "é"] {
            assert!(bad.parse::<DepartmentCode>().is_err(), "{bad}");
        }
        let error = serde_json::from_str::<Perimeter>(r#"["23","75000"]"#).unwrap_err();
        assert!(error.to_string().contains("\"75000\""), "{error}");
    }

    #[test]
    fn a_perimeter_covers_what_it_names() {
        let here = perimeter(&["69123", "23", "2A", "23", "974"]);
        assert_eq!(serde_json::to_string(&here).unwrap(), r#"["23","2A","974","69123"]"#);
        for inside in ["23096", "2A004", "97411", "69123", "69388"] {
            assert!(here.covers(commune(inside)), "{inside}");
        }
        for outside in ["2B033", "97611", "69266", "87085"] {
            assert!(!here.covers(commune(outside)), "{outside}");
        }
    }

    #[test]
    fn no_name_means_anywhere() {
        let anywhere = perimeter(&[]);
        assert!(anywhere.is_anywhere() && anywhere.covers(commune("98735")));
    }

    #[test]
    fn an_arrondissement_is_a_part() {
        let thirteenth = perimeter(&["75113"]);
        assert!(thirteenth.covers(commune("75113")));
        assert!(!thirteenth.covers(commune("75114")));
        assert!(!thirteenth.covers(commune("75056")));
        assert!(perimeter(&["75056"]).covers(commune("75113")));
        assert_eq!(commune("75113").whole(), commune("75056"));
    }

    #[test]
    fn a_perimeter_fits_in_a_line() {
        let all = COMMUNES.lines().map(|line| Area::Commune(commune(&line[..5])));
        let most: Vec<Area> = all.clone().take(Perimeter::LIMIT).collect();
        let text = serde_json::to_string(&Perimeter::new(most).unwrap()).unwrap();
        assert!(text.len() < 20_000);
        assert_eq!(Perimeter::new(all.collect()), Err(TerritoryError::TooMany));
    }
}
