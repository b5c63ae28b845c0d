//! A campaign's rules read back in sentences, as one would say them aloud.
//!
//! Promises: each rule is said, also the one that is left open. Does not: judge (see `tryout`).

use std::collections::BTreeMap;

use crate::base::id::{Id, Structure};
use crate::base::text::Name;
use crate::domain::campaign::{Activation, CampaignProfile};
use crate::domain::offering::Offering;
use crate::domain::territory::Area;
use crate::web::pages::shelf;
use crate::web::pages::words::Words;

/// Some things in a row: `a, b et c`.
pub(super) fn list(words: Words, of: &[String]) -> String {
    match of {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => {
            let (first, last) = (first.join(", "), last.clone());
            words.with("funder-and", [("first", first.into()), ("last", last.into())])
        }
    }
}

/// An area as people know it: a commune with its department.
pub(super) fn area(area: &Area) -> String {
    match area {
        Area::Department(code) => format!("{} ({})", code.name(), code.as_str()),
        Area::Commune(code) => format!("{} ({})", code.name(), code.department().as_str()),
    }
}

/// The rules in sentences.
pub(super) fn sentences(
    words: Words,
    rules: &CampaignProfile,
    names: &BTreeMap<Id<Structure>, Name>,
) -> Vec<String> {
    let vouchers = i64::from(rules.vouchers_per_book);
    let face = words.amount(rules.face_value);
    let worth = words.cents(rules.face_value.cents().saturating_mul(vouchers));
    let book = [("vouchers", vouchers.into()), ("face", face.into()), ("worth", worth.into())];
    let days = [
        ("from", words.day(rules.valid_from).into()),
        ("until", words.day(rules.valid_until).into()),
    ];
    let mut said = vec![words.with("funder-read-book", book), words.with("funder-read-days", days)];
    said.push(if rules.grace_days == 0 {
        words.say("funder-read-no-grace")
    } else {
        let last = words.day(rules.accepted_until());
        let grace = i64::from(rules.grace_days);
        words.with("funder-read-grace", [("days", grace.into()), ("last", last.into())])
    });
    said.push(if rules.perimeter.is_anywhere() {
        words.say("funder-read-anywhere")
    } else {
        let places: Vec<String> = rules.perimeter.areas().iter().map(area).collect();
        words.with("funder-read-places", [("places", list(words, &places).into())])
    });
    said.push(if rules.structures.is_empty() {
        words.say("funder-read-any-structure")
    } else {
        let name =
            |id: &Id<Structure>| names.get(id).map_or_else(|| id.to_string(), Name::to_string);
        let named: Vec<String> = rules.structures.iter().map(name).collect();
        words.with("funder-read-structures", [("names", list(words, &named).into())])
    });
    said.push(if rules.offerings.is_empty() || rules.offerings.len() == Offering::ALL.len() {
        words.say("funder-read-any-offering")
    } else {
        let done = rules.offerings.iter().map(|offering| shelf::done(words, *offering));
        let done: Vec<String> = done.collect();
        words.with("funder-read-offerings", [("offerings", list(words, &done).into())])
    });
    said.push(match rules.vouchers_per_book_venue_day {
        None => words.say("funder-read-no-limit"),
        Some(limit) => words.with("funder-read-limit", [("count", i64::from(limit).into())]),
    });
    said.push(words.say(match rules.activation {
        Activation::OnDelivery => "funder-read-on-delivery",
        Activation::OnHandOver => "funder-read-on-hand-over",
    }));
    said
}
