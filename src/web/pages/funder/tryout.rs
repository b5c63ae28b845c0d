//! The try-out: what the counter would say of a voucher at a place, on a day, for a service.
//!
//! Promises: asked of the decision that real redemptions are asked of, and said in one sentence.
//! Does not: know the rule that decides.

use serde::Deserialize;

use super::places;
use crate::base::day::Day;
use crate::base::id::{Id, Venue};
use crate::domain::access::Actor;
use crate::domain::campaign::{Activation, CampaignProfile};
use crate::domain::offering::Offering;
use crate::domain::refusal::Reason;
use crate::domain::territory::{Area, CommuneCode};
use crate::service::rehearse::{self, Rehearsed, Stand};
use crate::service::{Instance, directory};
use crate::web::pages::field::Field;
use crate::web::pages::shelf;
use crate::web::pages::words::Words;
use crate::web::problem::Problem;

/// The most venues to choose from; beyond, the commune is typed.
const MOST: usize = 200;

/// What is typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    pub(super) venue: String,
    pub(super) commune: String,
    pub(super) day: String,
    pub(super) offering: String,
    pub(super) before: String,
    pub(super) fresh: String,
}

/// The form and what came of it.
#[derive(Debug, Clone)]
pub(super) struct Tryout {
    pub(super) fields: Vec<Field>,
    /// The sentence, and whether it is a yes.
    pub(super) said: Option<(String, bool)>,
}

/// What was asked, or the field that is wrong.
struct Asked {
    day: Day,
    offering: Offering,
    stand: Stand,
    before: u8,
}

/// Tries some rules out, when that is asked.
///
/// # Errors
/// A refusal or a fault.
pub(super) async fn tryout(
    instance: &Instance,
    actor: &Actor,
    words: Words,
    rules: &CampaignProfile,
    typed: &Typed,
) -> Result<Tryout, Problem> {
    let venues = directory::venues(instance).await?;
    let mut choices: Vec<(String, String)> =
        vec![(String::new(), words.say("funder-try-anywhere"))];
    choices.extend(venues.iter().take(MOST).map(|it| {
        let place = it.profile.commune.name();
        (it.venue_id.to_string(), format!("{place} : {}", it.profile.name))
    }));
    let asked = (!typed.day.is_empty()).then(|| read(words, typed));
    let (mut fault, mut said) = (None, None);
    match asked {
        Some(Ok(asked)) => {
            let Asked { day, offering, stand, before } = asked;
            let handed_over = typed.fresh.is_empty();
            let asked = rehearse::Asked { stand, offering, day, handed_over, before };
            let done = rehearse::rehearse(instance, actor, rules.clone(), asked).await?;
            said = Some(sentence(words, rules, &asked, &done));
        }
        Some(Err(wrong)) => fault = Some(wrong),
        None => {}
    }
    Ok(Tryout { fields: fields(words, rules, typed, &choices, fault.as_ref()), said })
}

/// What was typed, or which field is wrong and why.
fn read(words: Words, typed: &Typed) -> Result<Asked, (&'static str, String)> {
    let wrong = |field: &'static str, key: &str| (field, words.say(key));
    let day = typed.day.parse().map_err(|_| wrong("day", "funder-fault-day"))?;
    let offering = typed.offering.parse().map_err(|_| wrong("offering", "funder-fault-choose"))?;
    let before = match typed.before.trim() {
        "" => 0,
        text => text.parse().map_err(|_| wrong("before", "funder-fault-number"))?,
    };
    let stand = if typed.venue.is_empty() {
        Stand::Somewhere(commune(words, &typed.commune)?)
    } else {
        let venue: Id<Venue> =
            typed.venue.parse().map_err(|_| wrong("venue", "funder-fault-choose"))?;
        Stand::Venue(venue)
    };
    Ok(Asked { day, offering, stand, before })
}

fn commune(words: Words, text: &str) -> Result<CommuneCode, (&'static str, String)> {
    match places::area(text) {
        Ok(Area::Commune(code)) => Ok(code),
        Ok(Area::Department(_)) => Err(("commune", words.say("funder-fault-commune"))),
        Err(_) if text.trim().is_empty() => Err(("commune", words.say("funder-fault-commune"))),
        Err(unplaced) => Err(("commune", unplaced.said(words))),
    }
}

fn fields(
    words: Words,
    rules: &CampaignProfile,
    typed: &Typed,
    choices: &[(String, String)],
    wrong: Option<&(&'static str, String)>,
) -> Vec<Field> {
    let fault = |name: &str| wrong.filter(|(at, _)| *at == name).map(|(_, why)| why.clone());
    let pairs = |of: &[(String, String)]| -> Vec<(String, String)> { of.to_vec() };
    let venues = pairs(choices);
    let venues: Vec<(&str, &str)> =
        venues.iter().map(|(value, label)| (value.as_str(), label.as_str())).collect();
    let offerings: Vec<(&str, String)> =
        Offering::ALL.iter().map(|it| (it.code(), shelf::done(words, *it))).collect();
    let offerings: Vec<(&str, &str)> =
        offerings.iter().map(|(code, label)| (*code, label.as_str())).collect();
    let day = if typed.day.is_empty() { rules.valid_from.to_string() } else { typed.day.clone() };
    let mut fields = vec![
        Field::choice("venue", words.say("funder-try-venue"), &venues)
            .value(&typed.venue)
            .fault(fault("venue")),
        Field::text("commune", words.say("funder-try-commune"))
            .hint(words.say("funder-try-commune-hint"))
            .value(&typed.commune)
            .most(80)
            .fault(fault("commune")),
        Field::text("day", words.say("funder-try-day"))
            .kind("date")
            .value(&day)
            .fault(fault("day")),
        Field::choice("offering", words.say("funder-try-offering"), &offerings)
            .value(&typed.offering)
            .fault(fault("offering")),
    ];
    if rules.vouchers_per_book_venue_day.is_some() {
        let value = if typed.before.is_empty() { "0" } else { &typed.before };
        fields.push(
            Field::text("before", words.say("funder-try-before"))
                .kind("number")
                .value(value)
                .fault(fault("before")),
        );
    }
    if rules.activation == Activation::OnHandOver {
        let label = words.say("funder-try-fresh-yes");
        let ticked = if typed.fresh.is_empty() { Vec::new() } else { vec!["yes".to_owned()] };
        fields.push(
            Field::ticks("fresh", words.say("funder-try-fresh"), &[("yes", &label)])
                .values(&ticked),
        );
    }
    fields
}

/// The answer as a sentence, and whether it is a yes.
fn sentence(
    words: Words,
    rules: &CampaignProfile,
    asked: &rehearse::Asked,
    done: &Rehearsed,
) -> (String, bool) {
    let place = match &done.venue {
        Some(name) => format!("{} ({name})", done.commune.name()),
        None => done.commune.name().to_owned(),
    };
    let what = [
        ("place", place.into()),
        ("day", words.day(asked.day).into()),
        ("offering", shelf::done(words, asked.offering).into()),
    ];
    let Some(refused) = &done.refused else { return (words.with("funder-try-yes", what), true) };
    let values = [
        ("from", words.day(rules.valid_from).into()),
        ("last", words.day(rules.accepted_until()).into()),
        ("count", i64::from(rules.vouchers_per_book_venue_day.unwrap_or(0)).into()),
    ];
    let why = words.with(why(refused.reason, rules.structures.is_empty()), values);
    let [place, day, offering] = what;
    let values = [place, day, offering, ("why", why.into())];
    (words.with("funder-try-no", values), false)
}

/// Why, as a part of a sentence.
const fn why(reason: Reason, any_structure: bool) -> &'static str {
    match reason {
        Reason::VoucherInactive => "funder-why-inactive",
        Reason::VoucherNotYetValid => "funder-why-early",
        Reason::VoucherLapsed => "funder-why-late",
        Reason::VenueNotQualified if any_structure => "funder-why-unqualified",
        Reason::VenueNotQualified => "funder-why-unlisted",
        Reason::VenueSuspended => "funder-why-suspended",
        Reason::OutOfPerimeter => "funder-why-outside",
        Reason::OfferingNotCovered => "funder-why-offering",
        Reason::LimitExceeded => "funder-why-limit",
        _ => "funder-why-other",
    }
}
