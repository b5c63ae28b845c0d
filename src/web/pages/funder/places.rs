//! Places as people type them into a campaign's rules: departments and communes by name or code.
//!
//! Promises: a name that several communes have is not guessed. Does not: know postcodes: a
//! perimeter is of communes.

use super::reading;
use crate::domain::place::Place;
use crate::domain::territory::{Area, CommuneCode, Perimeter};
use crate::web::pages::words::Words;

/// What cannot be told from a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unplaced {
    /// No place of this name or code.
    Unknown(String),
    /// These communes have the name.
    Several(String, Vec<CommuneCode>),
    /// More places than a perimeter holds.
    TooMany,
}

impl Unplaced {
    /// What to do about it.
    pub(super) fn said(&self, words: Words) -> String {
        match self {
            Self::Unknown(text) => {
                words.with("funder-place-unknown", [("place", text.as_str().into())])
            }
            Self::Several(text, communes) => {
                let some = communes.iter().take(5).map(|code| reading::area(&Area::Commune(*code)));
                let some: Vec<String> = some.collect();
                let values = [("place", text.as_str().into()), ("some", some.join(", ").into())];
                words.with("funder-place-several", values)
            }
            Self::TooMany => words.with(
                "funder-place-many",
                [("most", i64::try_from(Perimeter::LIMIT).unwrap_or(i64::MAX).into())],
            ),
        }
    }
}

/// One place: `Creuse`, `23`, `Guéret`, `23096`, `Saint-Denis (93)`.
pub(super) fn area(text: &str) -> Result<Area, Unplaced> {
    let text = text.trim();
    if let Ok(area) = text.parse() {
        return Ok(area);
    }
    let (name, within) = match text.strip_suffix(')').and_then(|rest| rest.split_once('(')) {
        Some((name, code)) => (name.trim(), Some(code.trim().to_uppercase())),
        None => (text, None),
    };
    if let Some(department) = Place::department(name)
        && within.as_deref().is_none_or(|code| code == department.as_str())
    {
        return Ok(Area::Department(department));
    }
    let unknown = || Unplaced::Unknown(text.chars().take(60).collect());
    let Some(Place::Communes(communes)) = Place::of(name) else { return Err(unknown()) };
    let fits = |code: &CommuneCode| {
        within.as_deref().is_none_or(|within| code.department().as_str() == within)
    };
    let found: Vec<CommuneCode> = communes.into_iter().filter(fits).collect();
    match found.as_slice() {
        [] => Err(unknown()),
        [one] => Ok(Area::Commune(*one)),
        _ => Err(Unplaced::Several(name.chars().take(60).collect(), found)),
    }
}

/// A perimeter, a place a line or between commas; nothing means anywhere.
pub(super) fn perimeter(text: &str) -> Result<Perimeter, Unplaced> {
    let parts = text.split(['\n', ',', ';']).map(str::trim).filter(|part| !part.is_empty());
    let areas = parts.map(area).collect::<Result<Vec<Area>, Unplaced>>()?;
    Perimeter::new(areas).map_err(|_| Unplaced::TooMany)
}

/// A perimeter as it stands in a field, a place a line.
pub(super) fn typed(perimeter: &Perimeter) -> String {
    perimeter.areas().iter().map(reading::area).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_known_by_name_or_code() {
        for (text, code) in [
            ("Creuse", "23"),
            ("creuse (23)", "23"),
            ("23", "23"),
            ("2a", "2A"),
            ("Guéret", "23096"),
            ("gueret (23)", "23096"),
            ("23096", "23096"),
            ("Saint-Denis (93)", "93066"),
            ("cotes d'armor", "22"),
        ] {
            assert_eq!(area(text).map(|area| area.as_str().to_owned()), Ok(code.into()), "{text}");
        }
        assert!(matches!(area("Saint-Denis"), Err(Unplaced::Several(_, some)) if some.len() > 1));
        for text in ["Nulle-Part", "23000", "Guéret (19)", "(23)"] {
            assert!(matches!(area(text), Err(Unplaced::Unknown(_))), "{text}");
        }
    }

    #[test]
    fn a_perimeter_reads_back_as_it_was_typed() {
        let some = perimeter("Creuse, Limoges\nSaint-Denis (93)\n\n").unwrap();
        assert_eq!(some.areas().len(), 3);
        assert_eq!(perimeter(&typed(&some)).unwrap(), some);
        assert!(perimeter(" \n").unwrap().is_anywhere());
    }
}
