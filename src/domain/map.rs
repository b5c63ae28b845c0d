//! Maps: how a department looks from above, and where its communes are on it.
//!
//! Promises: whole units, y downwards, as a drawing wants them (`territory/README.md` tells how the
//! lists are made). Does not: know distances, or streets.

use super::territory::{CommuneCode, DepartmentCode, row};

static OUTLINES: &str = include_str!("territory/outlines.txt");
static CENTRES: &str = include_str!("territory/centres.txt");

/// How long a commune's cell in [`CENTRES`] is: the rest of its code, then x and y in three digits.
/// Overseas the department's code has one more character than is left out.
const CELL: usize = 9;
/// How many characters of a code all communes of a line share.
const SHARED: usize = 2;

/// A department from above, its longer side 999 units long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DepartmentMap {
    /// From west to east, in units.
    pub width: u16,
    /// From north to south, in units.
    pub height: u16,
    /// The outline, as the data of an SVG path (SVG 2, 9.3).
    pub outline: &'static str,
}

impl DepartmentMap {
    /// The map of a department; `None` for collectivities that the source does not draw.
    #[must_use]
    pub fn of(department: DepartmentCode) -> Option<Self> {
        let mut parts = row(OUTLINES, department.as_str())?.splitn(3, ' ');
        let (width, height) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        Some(Self { width, height, outline: parts.next()? })
    }
}

/// Where a commune's town hall is on its department's map, or its middle where that is not known;
/// of an arrondissement, the whole commune's.
#[must_use]
pub fn centre(commune: CommuneCode) -> Option<(u16, u16)> {
    let whole = commune.whole();
    let rest = whole.as_str().get(SHARED..)?;
    let cells = row(CENTRES, whole.department().as_str())?;
    let cells = cells.as_bytes().chunks_exact(CELL);
    let cell = cells.into_iter().find(|cell| cell.starts_with(rest.as_bytes()))?;
    let number = |from: usize| {
        let digits = cell[from..from + 3].iter();
        digits.fold(0_u16, |number, digit| number * 10 + u16::from(digit.wrapping_sub(b'0')))
    };
    Some((number(3), number(6)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_commune_is_on_the_map_of_its_department() {
        let mut without = 0;
        for commune in CommuneCode::all() {
            let map = DepartmentMap::of(commune.department());
            let place = centre(commune);
            assert!(map.is_some() || place.is_none(), "{}", commune.as_str());
            match map.zip(place) {
                Some((map, (x, y))) => {
                    assert!(x <= map.width && y <= map.height, "{}", commune.as_str());
                }
                None => without += 1,
            }
        }
        // The collectivities of the Pacific, and the six villages that fell for France.
        assert!(without < 120, "{without}");
    }

    #[test]
    fn every_outline_is_drawn_in_few_characters() {
        let known = OUTLINES.lines().filter_map(|line| line.split(' ').next());
        let maps: Vec<_> = known.map(|code| DepartmentMap::of(code.parse().unwrap())).collect();
        assert_eq!(maps.len(), 101);
        for map in maps.into_iter().map(Option::unwrap) {
            assert_eq!(map.width.max(map.height), 999);
            assert!((100..2_000).contains(&map.outline.len()), "{}", map.outline);
            let plain = |c: char| c.is_ascii_digit() || "Mlz -".contains(c);
            assert!(map.outline.starts_with('M') && map.outline.chars().all(plain));
        }
    }

    #[test]
    fn towns_are_where_they_are() {
        let at = |code: &str| centre(code.parse().unwrap()).unwrap();
        let (gueret, souterraine, aubusson) = (at("23096"), at("23176"), at("23008"));
        assert!(souterraine.0 < gueret.0 && gueret.0 < aubusson.0, "from west to east");
        assert!(gueret.1 < aubusson.1, "from north to south");
        assert_eq!(at("13201"), at("13055"), "an arrondissement is where its commune is");
        assert!(centre("97105".parse().unwrap()).is_some(), "overseas too");
        let pacific: CommuneCode = "98735".parse().unwrap();
        assert_eq!((centre(pacific), DepartmentMap::of(pacific.department())), (None, None));
    }
}
