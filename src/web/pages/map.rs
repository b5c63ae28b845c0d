//! Maps of departments with their venues, drawn by the server.
//!
//! Promises: what a map shows is said beside it in words, and all of it is in the list; names on a
//! map never lie on each other. Does not: need script, or ask another server for pictures.

use std::collections::{BTreeMap, BTreeSet};

use super::Frame;
use crate::domain::map::{DepartmentMap, centre};
use crate::domain::place::Place;
use crate::domain::territory::{CommuneCode, DepartmentCode};
use crate::service::directory::Listed;

/// The most maps of one page: each weighs one or two kilobytes.
const MOST: usize = 12;
/// How high letters are, in units of a map: of one alone, and of one among many, which is smaller
/// (the style says the same); and how wide, about, in tenths of that.
const LETTER: i32 = 52;
const SMALL_LETTER: i32 = 66;
const WIDE_TENTHS: i32 = 6;
/// Around a map, for what lies at its edge.
const MARGIN: i32 = 40;

/// A commune on a map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dot {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) radius: i32,
    /// Its name, where there is room for it.
    pub(super) label: Option<Label>,
}

/// A name on a map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Label {
    pub(super) text: &'static str,
    pub(super) x: i32,
    pub(super) y: i32,
    /// Whether the text ends at its place.
    pub(super) ends: bool,
}

/// A department with its venues.
#[derive(Debug, Clone)]
pub(super) struct Map {
    /// Part of ids on the page.
    pub(super) code: &'static str,
    pub(super) title: String,
    /// All that it shows, in words.
    pub(super) said: String,
    /// Where its venues are listed first; none when they are already.
    pub(super) link: Option<(String, String)>,
    /// The part of the plane that is drawn.
    pub(super) view: String,
    pub(super) outline: &'static str,
    pub(super) dots: Vec<Dot>,
}

/// Four sides of a box: left, top, right, bottom.
type Area = (i32, i32, i32, i32);

fn touch(one: Area, other: Area) -> bool {
    one.0 < other.2 && other.0 < one.2 && one.1 < other.3 && other.1 < one.3
}

/// Places for the names of dots, those of the biggest first; none where it would lie on another
/// name or dot, or beyond the edge.
fn label(dots: &mut [Dot], names: &[&'static str], (width, height): (i32, i32), letter: i32) {
    let around = |&Dot { x, y, radius, .. }: &Dot| (x - radius, y - radius, x + radius, y + radius);
    let mut taken: Vec<Area> = dots.iter().map(around).collect();
    let mut order: Vec<usize> = (0..dots.len()).collect();
    order.sort_by_key(|at| -dots[*at].radius);
    for at in order {
        let (&Dot { x, y, radius, .. }, text) = (&dots[at], names[at]);
        let length = i32::try_from(text.chars().count()).unwrap_or(i32::MAX / 1000);
        let wide = length * letter * WIDE_TENTHS / 10;
        let gap = radius + letter / 4;
        let base = y + letter / 3;
        let high = |base: i32| (base - letter * 3 / 4, base + letter / 4);
        // Beside it, right or left; else above or below.
        let tries = [
            (x + gap, base, false),
            (x - gap, base, true),
            (x, y - gap, x > width / 2),
            (x, y + gap + letter * 3 / 4, x > width / 2),
        ];
        let area = |(x, base, ends): (i32, i32, bool)| {
            let left = if ends { x - wide } else { x };
            (left, high(base).0, left + wide, high(base).1)
        };
        let inside = |it: Area| {
            it.0 >= -MARGIN && it.1 >= -MARGIN && it.2 <= width + MARGIN && it.3 <= height + MARGIN
        };
        let free = |it: Area| !taken.iter().any(|other| touch(it, *other));
        let found = tries.into_iter().find(|place| inside(area(*place)) && free(area(*place)));
        if let Some((x, y, ends)) = found {
            taken.push(area((x, y, ends)));
            dots[at].label = Some(Label { text, x, y, ends });
        }
    }
}

/// How big the dot of a commune is: by its area, as eyes compare areas.
fn radius(venues: usize) -> i32 {
    let squared = 20 * 20 * i32::try_from(venues.min(40)).unwrap_or(1);
    squared.isqrt()
}

/// One department's map; `None` where it has no venue on it, or is drawn nowhere.
fn map(
    frame: &Frame,
    department: DepartmentCode,
    towns: &BTreeMap<CommuneCode, usize>,
    (linked, letter): (bool, i32),
) -> Option<Map> {
    let drawn = DepartmentMap::of(department)?;
    let (width, height) = (i32::from(drawn.width), i32::from(drawn.height));
    let own = towns.iter().filter(|(town, _)| town.department() == department);
    let (mut dots, mut names, mut said, mut count) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for (town, venues) in own {
        said.push(format!("{} ({venues})", town.name()));
        count += venues;
        let Some((x, y)) = centre(*town) else { continue };
        let (x, y) = (i32::from(x), i32::from(y));
        dots.push(Dot { x, y, radius: radius(*venues), label: None });
        names.push(town.name());
    }
    if dots.is_empty() {
        return None;
    }
    label(&mut dots, &names, (width, height), letter);
    let (words, name) = (frame.words, department.name());
    let link = || {
        let said = [("department", name.into()), ("count", count.into())];
        let near = if frame.chose() { "&near=" } else { "?near=" };
        let address = format!("{}{near}{}", frame.to("/venues"), department.as_str());
        (address, words.with("map-link", said))
    };
    let shown = [("count", count.into()), ("towns", said.join(", ").into())];
    let (across, down) = (width + 2 * MARGIN, height + 2 * MARGIN);
    Some(Map {
        code: department.as_str(),
        title: words.with("map-title", [("department", name.into())]),
        said: words.with("map-said", shown),
        link: linked.then(link),
        view: format!("-{MARGIN} -{MARGIN} {across} {down}"),
        outline: drawn.outline,
        dots,
    })
}

/// The maps of a place, or of every department that has a venue: those with the most, if they are
/// many, in the order of their names.
pub(super) fn maps(frame: &Frame, place: Option<&Place>, venues: &[Listed]) -> Vec<Map> {
    let mut towns: BTreeMap<CommuneCode, usize> = BTreeMap::new();
    for venue in venues {
        *towns.entry(venue.profile.commune.whole()).or_default() += 1;
    }
    let mut departments: BTreeMap<DepartmentCode, usize> = BTreeMap::new();
    for (town, venues) in &towns {
        *departments.entry(town.department()).or_default() += venues;
    }
    let asked: Option<BTreeSet<DepartmentCode>> = place.map(Place::departments);
    let mut chosen: Vec<(DepartmentCode, usize)> = departments.into_iter().collect();
    chosen.retain(|(code, _)| asked.as_ref().is_none_or(|asked| asked.contains(code)));
    chosen.sort_by_key(|(_, venues)| std::cmp::Reverse(*venues));
    chosen.truncate(MOST);
    chosen.sort_by_key(|(code, _)| code.name());
    let linked = asked.is_none() && chosen.len() > 1;
    let letter = if chosen.len() > 1 { SMALL_LETTER } else { LETTER };
    let drawn = |(code, _): &(DepartmentCode, usize)| map(frame, *code, &towns, (linked, letter));
    chosen.iter().filter_map(drawn).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dot(x: i32, y: i32) -> Dot {
        Dot { x, y, radius: 18, label: None }
    }

    #[test]
    fn names_lie_beside_their_dots_and_never_on_each_other() {
        let mut dots = [dot(100, 100), dot(900, 500), dot(105, 100), dot(110, 100), dot(115, 100)];
        dots[0].radius += 1;
        let names = ["Guéret", "Aubusson", "Ajain", "Anzême", "Saint-Vaury"];
        label(&mut dots, &names, (999, 900), LETTER);
        let at = |dot: &Dot| dot.label.clone().map(|it| (it.text, it.ends));
        assert!(dots[0].label.is_some(), "the biggest one first");
        assert_eq!(at(&dots[1]), Some(("Aubusson", true)), "it would leave the map");
        let said = dots.iter().filter(|dot| dot.label.is_some()).count();
        assert!(said < 5, "no room for all: {dots:?}");
    }

    #[test]
    fn more_venues_make_a_bigger_dot() {
        assert!(radius(1) < radius(2) && radius(4) == 2 * radius(1) && radius(9_999) < 130);
    }
}
