//! A place as people type it: a commune's name, a postcode, or a department; and how near a venue
//! is to it.
//!
//! Promises: accents, capitals, hyphens and `St` for `Saint` make no difference. Does not: know
//! distances: the same commune, the same department, elsewhere is all that can be said.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization as _;

use super::territory::{CommuneCode, DepartmentCode};
use super::venue::VenueProfile;

/// The most characters that are read: no name of a commune is longer.
const LONGEST: usize = 60;

/// All communes by their names as [`folded`] writes them, in that order.
static BY_NAME: LazyLock<Vec<(String, CommuneCode)>> = LazyLock::new(|| {
    let named = |code: CommuneCode| (folded(code.name()), code);
    let mut all: Vec<_> = CommuneCode::all().map(named).collect();
    all.sort_unstable();
    all
});

/// A place that somebody typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A postcode; several communes may share it.
    Postcode(String),
    /// Communes of one name; there may be many `Saint-Martin`.
    Communes(Vec<CommuneCode>),
    /// A department, and the communes of the same name elsewhere: the Creuse is a river that a
    /// department and a village are named after.
    Department(DepartmentCode, Vec<CommuneCode>),
}

/// How near a venue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Nearness {
    /// In the same commune, or at the same postcode.
    Here,
    /// In the same department.
    Department,
    /// Further away.
    Elsewhere,
}

/// A name without what people leave out: `saint martin`.
#[must_use]
pub fn folded(name: &str) -> String {
    let plain: String = name
        .nfd()
        .filter(|c| !('\u{300}'..='\u{36f}').contains(c))
        .flat_map(char::to_lowercase)
        .flat_map(|c| match c {
            'œ' => vec!['o', 'e'],
            'æ' => vec!['a', 'e'],
            c if c.is_alphanumeric() => vec![c],
            _ => vec![' '],
        })
        .collect();
    let word = |word| match word {
        "st" => "saint",
        "ste" => "sainte",
        other => other,
    };
    plain.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}

impl Place {
    /// The place that a text names; `None` when there is none of that name or number.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.chars().count() > LONGEST {
            return None;
        }
        if text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            let known = department_of(text).is_some();
            return known.then(|| Self::Postcode(text.to_owned()));
        }
        let name = folded(text);
        let begin = BY_NAME.partition_point(|(known, _)| *known < name);
        let same = BY_NAME[begin..].iter().take_while(|(known, _)| *known == name);
        let communes: Vec<CommuneCode> = same.map(|(_, code)| *code).collect();
        (!communes.is_empty()).then_some(Self::Communes(communes))
    }

    /// The same, and a department by its name or number, for who looks around.
    #[must_use]
    pub fn wide(text: &str) -> Option<Self> {
        let small = Self::of(text);
        let department = text.parse().ok().or_else(|| Self::department(text));
        match (department, small) {
            (None, small) => small,
            (Some(department), Some(Self::Communes(communes))) => {
                Some(Self::Department(department, communes))
            }
            (Some(department), _) => Some(Self::Department(department, Vec::new())),
        }
    }

    /// The departments that it is in, by code.
    #[must_use]
    pub fn departments(&self) -> BTreeSet<DepartmentCode> {
        self.each_department().collect()
    }

    /// The same in any order, some perhaps twice: nearness asks for every venue, and makes no set.
    fn each_department(&self) -> impl Iterator<Item = DepartmentCode> {
        let (named, communes) = match self {
            Self::Postcode(postcode) => (department_of(postcode), &[][..]),
            Self::Communes(communes) => (None, communes.as_slice()),
            Self::Department(department, communes) => (Some(*department), communes.as_slice()),
        };
        named.into_iter().chain(communes.iter().map(CommuneCode::department))
    }

    /// The department that a name names, however it is typed.
    #[must_use]
    pub fn department(text: &str) -> Option<DepartmentCode> {
        let name = folded(text);
        DepartmentCode::all().find(|code| folded(code.name()) == name)
    }

    /// How near a venue is.
    #[must_use]
    pub fn nearness(&self, venue: &VenueProfile) -> Nearness {
        let here = match self {
            Self::Postcode(postcode) => {
                let at = venue.address.as_ref().map(|address| address.postcode.to_string());
                at.as_deref() == Some(postcode)
            }
            Self::Communes(communes) | Self::Department(_, communes) => {
                let whole = venue.commune.whole();
                communes.iter().any(|commune| commune.whole() == whole)
            }
        };
        let department = venue.commune.department();
        if here {
            Nearness::Here
        } else if self.each_department().any(|own| own == department) {
            Nearness::Department
        } else {
            Nearness::Elsewhere
        }
    }
}

/// The communes that somebody means who types a name, or an INSEE code, beside a postcode: of
/// several of that name those in the postcode's department, when there are any.
#[must_use]
pub fn communes(name: &str, postcode: &str) -> Vec<CommuneCode> {
    if let Ok(code) = name.parse() {
        return vec![code];
    }
    let Some(Place::Communes(named)) = Place::of(name) else { return Vec::new() };
    let department = department_of(postcode.trim());
    let near: Vec<CommuneCode> =
        named.iter().copied().filter(|it| Some(it.department()) == department).collect();
    if near.is_empty() { named } else { near }
}

/// The department that a postcode begins with; a few communes at a border have their neighbour's.
fn department_of(postcode: &str) -> Option<DepartmentCode> {
    let code = match postcode.get(..3)? {
        "200" | "201" => "2A",
        corsican if corsican.starts_with("20") => "2B",
        overseas if overseas.starts_with("97") || overseas.starts_with("98") => overseas,
        mainland => &mainland[..2],
    };
    code.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_postcode_tells_communes_of_one_name_apart() {
        let codes = |name: &str, postcode: &str| {
            communes(name, postcode).iter().map(CommuneCode::as_str).collect::<Vec<_>>()
        };
        assert_eq!(codes("Guéret", "23000"), ["23096"]);
        assert_eq!(codes("23096", ""), ["23096"]);
        assert_eq!(codes("Saint-Denis", "93200"), ["93066"]);
        assert_eq!(codes("Saint-Denis", "97400"), ["97411"]);
        assert!(codes("Saint-Denis", "").len() > 1);
        // A border commune has its neighbour's postcode: the name decides.
        assert_eq!(codes("Guéret", "87000"), ["23096"]);
        assert!(codes("Nulle-Part", "23000").is_empty());
    }

    fn codes(text: &str) -> Vec<&'static str> {
        match Place::of(text) {
            Some(Place::Communes(communes)) => communes.iter().map(CommuneCode::as_str).collect(),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn a_commune_is_found_however_it_is_typed() {
        for text in ["Guéret", " gueret", "GUERET ", "Gue\u{301}ret"] {
            assert_eq!(codes(text), ["23096"], "{text}");
        }
        assert_eq!(codes("la souterraine"), codes("La-Souterraine"));
        assert_eq!(codes("st vaury"), codes("Saint-Vaury"));
        assert_eq!(codes("l'hay les roses"), codes("L’Haÿ-les-Roses"));
        assert!(codes("Saint-Denis").len() > 1);
        let long = "x".repeat(61);
        for text in ["", " ", "Nulle-Part-sur-Rien", "00000", "99999", "2300", "<b>", &long] {
            assert_eq!(Place::of(text), None, "{text}");
        }
    }

    #[test]
    fn a_department_is_found_by_name_and_number() {
        let codes = |text: &str| -> Vec<&'static str> {
            Place::wide(text).unwrap().departments().iter().map(DepartmentCode::as_str).collect()
        };
        for (text, expected) in [
            ("23", &["23"][..]),
            (" 2a", &["2A"]),
            ("974", &["974"]),
            ("la reunion", &["47", "974"]),
            ("Pas-de-Calais", &["62"]),
            ("Guéret", &["23"]),
            ("23000", &["23"]),
            // A department, and a village by the Somme.
            ("Creuse", &["23", "80"]),
        ] {
            assert_eq!(codes(text), expected, "{text}");
        }
    }

    #[test]
    fn nearness_is_of_commune_postcode_and_department() {
        let venue = |commune: &str, postcode: Option<&str>| -> VenueProfile {
            let mut body = serde_json::json!({
                "structure_id": "structure_01h455vb4pex5vsknk084sn02q", "name": "Ici",
                "commune": commune, "offerings": [],
            });
            if let Some(postcode) = postcode {
                body["address"] = serde_json::json!({ "street": "Le Bourg", "postcode": postcode });
            }
            serde_json::from_value(body).unwrap()
        };
        let near = |text: &str, venue: &VenueProfile| Place::of(text).unwrap().nearness(venue);
        let gueret = venue("23096", Some("23000"));
        assert_eq!(near("Guéret", &gueret), Nearness::Here);
        assert_eq!(near("23000", &gueret), Nearness::Here);
        assert_eq!(near("23000", &venue("23096", None)), Nearness::Department);
        assert_eq!(near("Aubusson", &gueret), Nearness::Department);
        assert_eq!(near("23200", &gueret), Nearness::Department);
        assert_eq!(near("Limoges", &gueret), Nearness::Elsewhere);
        assert_eq!(near("Paris", &venue("75111", None)), Nearness::Here, "an arrondissement");
        let creuse = Place::wide("Creuse").unwrap();
        assert_eq!(creuse.nearness(&gueret), Nearness::Department);
        assert_eq!(creuse.nearness(&venue("80225", None)), Nearness::Here);
        assert_eq!(near("20200", &venue("2B033", None)), Nearness::Department);
        assert_eq!(near("20000", &venue("2A004", None)), Nearness::Department);
        assert_eq!(near("97400", &venue("97411", None)), Nearness::Department);
    }
}
