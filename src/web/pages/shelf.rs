//! Venues as people read of them: hours in words, how to get there, what is done.
//!
//! Promises: a name, an address or a number is shown as its register has it. Does not: choose which
//! venues are shown.

use crate::domain::contact::Phone;
use crate::domain::offering::Offering;
use crate::domain::opening_hours::{Hours, OpeningHours};
use crate::domain::place::Nearness;
use crate::domain::venue::VenueProfile;
use crate::service::directory::Listed;
use crate::web::pages::words::Words;

/// One venue.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    pub(super) name: String,
    /// The structure, where it is called otherwise.
    pub(super) structure: Option<String>,
    pub(super) street: Option<String>,
    /// Postcode and commune.
    pub(super) town: String,
    /// Days and hours.
    pub(super) hours: Vec<(String, String)>,
    pub(super) phone: Option<(String, String)>,
    pub(super) mailbox: Option<String>,
    pub(super) website: Option<String>,
    pub(super) appointments: Option<String>,
    pub(super) accessibility: Option<String>,
    pub(super) offerings: Vec<String>,
}

impl Shown {
    /// Whether there is any way to reach it or to know more.
    pub(super) const fn has_ways(&self) -> bool {
        self.phone.is_some()
            || self.mailbox.is_some()
            || self.website.is_some()
            || self.appointments.is_some()
            || self.accessibility.is_some()
    }
}

/// Some venues that are equally near.
#[derive(Debug, Clone)]
pub(super) struct Shelf {
    /// How near; none where no place was asked for.
    pub(super) title: Option<String>,
    pub(super) venues: Vec<Shown>,
}

/// Ranked venues as shelves, at most so many venues; and how many are left out.
pub(super) fn shelves(
    words: Words,
    ranked: &[(Nearness, &Listed)],
    most: usize,
) -> (Vec<Shelf>, usize) {
    let shown = &ranked[..ranked.len().min(most)];
    let shelf = |group: &[(Nearness, &Listed)]| Shelf {
        title: group.first().map(|(nearness, _)| {
            words.say(match nearness {
                Nearness::Here => "venues-here",
                Nearness::Department => "venues-department",
                Nearness::Elsewhere => "venues-elsewhere",
            })
        }),
        venues: group.iter().map(|(_, venue)| show(words, venue)).collect(),
    };
    let groups = shown.chunk_by(|one, other| one.0 == other.0).map(shelf).collect();
    (groups, ranked.len() - shown.len())
}

/// A venue in words.
pub(super) fn show(words: Words, venue: &Listed) -> Shown {
    told(words, &venue.profile, venue.structure_name.as_str())
}

/// The register of a venue of a structure in words.
pub(super) fn told(words: Words, profile: &VenueProfile, structure: &str) -> Shown {
    let (name, structure) = (profile.name.to_string(), structure.to_owned());
    let town = match &profile.address {
        Some(address) => format!("{} {}", address.postcode, profile.commune.name()),
        None => format!("{} ({})", profile.commune.name(), profile.commune.department().name()),
    };
    let text = |it: &dyn ToString| it.to_string();
    Shown {
        structure: (structure != name).then_some(structure),
        name,
        street: profile.address.as_ref().map(|address| address.street.to_string()),
        town,
        hours: profile.opening_hours.as_ref().map_or_else(Vec::new, |it| hours(words, it)),
        phone: profile.phone.as_ref().map(|phone| (spaced(phone), phone.to_string())),
        mailbox: profile.mailbox.as_ref().map(|mailbox| mailbox.as_str().to_owned()),
        website: profile.website.as_ref().map(|it| text(it)),
        appointments: profile.appointments.as_ref().map(|it| text(it)),
        accessibility: profile.accessibility.as_ref().map(|it| text(it)),
        offerings: profile.offerings.iter().map(|offering| done(words, *offering)).collect(),
    }
}

/// What is done, in words.
pub(super) fn done(words: Words, offering: Offering) -> String {
    words.say(match offering {
        Offering::Procedures => "offering-procedures",
        Offering::EverydayTools => "offering-everyday-tools",
        Offering::Employment => "offering-employment",
        Offering::Safety => "offering-safety",
        Offering::Parenthood => "offering-parenthood",
        Offering::Leisure => "offering-leisure",
        Offering::Culture => "offering-culture",
        Offering::Access => "offering-access",
        Offering::Equipment => "offering-equipment",
    })
}

/// `05 55 51 00 00`: two digits at a time, as numbers are said.
fn spaced(phone: &Phone) -> String {
    let number = phone.to_string();
    if number.starts_with('+') {
        return number;
    }
    let digits: Vec<char> = number.chars().collect();
    let pairs: Vec<String> = digits.chunks(2).map(|pair| pair.iter().collect()).collect();
    pairs.join("\u{a0}")
}

/// Opening hours, days that are alike put together.
fn hours(words: Words, hours: &OpeningHours) -> Vec<(String, String)> {
    let week = hours.week();
    let mut rows = Vec::new();
    let mut first = 0;
    for group in week.chunk_by(|one, other| one == other) {
        let last = first + group.len() - 1;
        if !group[0].is_empty() {
            let (from, to) = (words.weekday(first), words.weekday(last));
            let days = match group.len() {
                7 => words.say("hours-every-day"),
                1 => from,
                2 => words.with("hours-pair", [("first", from.into()), ("last", to.into())]),
                _ => words.with("hours-range", [("first", from.into()), ("last", to.into())]),
            };
            rows.push((days, times(words, group[0])));
        }
        first = last + 1;
    }
    if rows.is_empty() {
        return rows;
    }
    if week.contains(&&[][..]) {
        rows.push((words.say("hours-other-days"), words.say("hours-closed")));
    }
    match hours.holidays() {
        Some([]) => rows.push((words.say("hours-holidays"), words.say("hours-closed"))),
        Some(some) => rows.push((words.say("hours-holidays"), times(words, some))),
        None => {}
    }
    rows
}

/// `9 h à 12 h 30, 14 h à 18 h`.
fn times(words: Words, hours: &[Hours]) -> String {
    let one = |hours: &Hours| {
        if (hours.from, hours.to) == (0, 1440) {
            return words.say("hours-all-day");
        }
        let (from, to) = (words.hour(hours.from), words.hour(hours.to));
        words.with("hours-between", [("from", from.into()), ("to", to.into())])
    };
    hours.iter().map(one).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::pages::visitor::Language;

    #[test]
    fn hours_are_said_in_words() {
        let said = |text: &str, language| -> Vec<String> {
            let rows = hours(Words::of(language), &text.parse().unwrap());
            let row = |(days, times): &(String, String)| format!("{days} : {times}");
            rows.iter().map(|it| row(it).replace('\u{a0}', " ")).collect()
        };
        let text = "Mo-Fr 09:00-12:30,14:00-18:00; Sa 09:00-12:00; PH off";
        assert_eq!(
            said(text, Language::French),
            [
                "du lundi au vendredi : 9 h à 12 h 30, 14 h à 18 h",
                "samedi : 9 h à 12 h",
                "autres jours : fermé",
                "jours fériés : fermé",
            ]
        );
        assert_eq!(
            said("Mo,Tu 10:00-12:00", Language::English),
            ["Monday and Tuesday : 10:00 to 12:00", "other days : closed"]
        );
        assert_eq!(said("24/7", Language::French), ["tous les jours : 24 heures sur 24"]);
        assert!(said("Mo-Su off", Language::French).is_empty());
    }

    #[test]
    fn a_number_is_spaced_as_it_is_said() {
        let spaced = |text: &str| spaced(&text.parse().unwrap()).replace('\u{a0}', " ");
        assert_eq!(spaced("0555510000"), "05 55 51 00 00");
        assert_eq!(spaced("+33555510000"), "+33555510000");
    }
}
