//! `/structure/venues/…/hours`: when a venue is open, day by day.
//!
//! Promises: what is typed is read as people write hours (`9h30`, `09:30`), and is kept in the one
//! syntax of the register; a day that is wrong says so itself. Does not: know seasons.

use std::fmt::Write as _;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::place::{editable, onward};
use super::{Told, is_stale, said, version_of};
use crate::domain::opening_hours::{Hours, HoursError, OpeningHours};
use crate::domain::venue::VenueProfile;
use crate::service::register;
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::Asked;
use crate::web::pages::desk::{Seated, Sent, go, redrawn, shown_here};
use crate::web::pages::field::Field;
use crate::web::pages::words::Words;
use crate::web::problem::Problem;

/// The days as the register names them, from Monday.
const DAYS: [&str; 7] = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];

/// The spans of a day that the form has at least: morning and afternoon.
const SPANS: usize = 2;

/// What was typed: times in order of day, span, begin and end.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Typed {
    version: String,
    #[serde(default)]
    sitting: String,
    #[serde(default)]
    times: Vec<String>,
    #[serde(default)]
    holidays: String,
}

/// One time of the form.
struct Time {
    id: String,
    label: String,
    value: String,
}

/// A day of the form.
struct DayRow {
    name: String,
    number: usize,
    spans: Vec<(Time, Time)>,
    fault: Option<String>,
}

#[derive(Template)]
#[template(path = "structure/hours.html")]
struct Page {
    frame: Frame,
    done: Option<String>,
    stale: bool,
    name: String,
    action: String,
    days: Vec<DayRow>,
    wrong: bool,
    holidays: Field,
    version: String,
    sitting: String,
}

/// What is wrong, by day.
type DayFaults = Vec<Option<String>>;

/// Nothing is wrong.
fn sound() -> DayFaults {
    vec![None; DAYS.len()]
}

/// How many spans of a day were typed.
fn spans_of(times: &[String]) -> usize {
    (times.len() / (2 * DAYS.len())).max(SPANS)
}

fn page(
    frame: Frame,
    (id, name): (&str, String),
    typed: Typed,
    faults: DayFaults,
    (done, stale): (Option<String>, bool),
) -> Page {
    let words = frame.words;
    let count = spans_of(&typed.times);
    let time = |day: usize, span: usize, end: usize| {
        let at = (day * count + span) * 2 + end;
        let key = if end == 0 { "structure-hours-from" } else { "structure-hours-to" };
        let said = [("day", words.weekday(day).into()), ("number", (span + 1).into())];
        let value = typed.times.get(at).cloned().unwrap_or_default();
        Time { id: format!("t{at}"), label: words.with(key, said), value }
    };
    let wrong = faults.iter().any(Option::is_some);
    let days = faults.into_iter().enumerate().map(|(number, fault)| DayRow {
        name: words.weekday(number),
        number,
        spans: (0..count).map(|span| (time(number, span, 0), time(number, span, 1))).collect(),
        fault,
    });
    let days = days.collect();
    let (unsaid, closed) =
        (words.say("structure-holidays-unsaid"), words.say("structure-holidays-closed"));
    let kept = words.with("structure-holidays-kept", [("hours", typed.holidays.as_str().into())]);
    let mut choices = vec![("", unsaid.as_str()), ("off", closed.as_str())];
    if !["", "off"].contains(&typed.holidays.as_str()) {
        choices.push((typed.holidays.as_str(), kept.as_str()));
    }
    let holidays = Field::choice("holidays", words.say("structure-hours-holidays"), &choices)
        .value(&typed.holidays);
    let action = format!("/structure/venues/{id}/hours");
    let (version, sitting) = (typed.version, typed.sitting);
    Page { frame, done, stale, name, action, days, wrong, holidays, version, sitting }
}

/// `09:30` for the form.
fn clock(minutes: u16) -> String {
    // A field for times ends the day at 23:59.
    let minutes = minutes.min(24 * 60 - 1);
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// What a form shows of hours that are known.
fn as_typed(known: Option<&OpeningHours>) -> (Vec<String>, String) {
    let Some(known) = known else { return (Vec::new(), String::new()) };
    let week = known.week();
    let count = week.iter().map(|day| day.len()).max().unwrap_or(0).max(SPANS);
    let mut times = Vec::with_capacity(7 * count * 2);
    for day in week {
        for span in 0..count {
            let hours = day.get(span);
            times.push(hours.map(|it| clock(it.from)).unwrap_or_default());
            times.push(hours.map(|it| clock(it.to)).unwrap_or_default());
        }
    }
    let holidays = match known.holidays() {
        None => String::new(),
        Some([]) => "off".to_owned(),
        Some(hours) => hours.iter().map(Hours::to_string).collect::<Vec<_>>().join(","),
    };
    (times, holidays)
}

/// `9h30`, `9 h`, `9:30` or `09:30` as the register writes it; the last minute of a day is its end.
fn plain(time: &str) -> String {
    let time: String = time.chars().filter(|c| !c.is_whitespace()).collect();
    let (hour, minute) = time.split_once(['h', 'H', ':', '.']).unwrap_or((&time, ""));
    let minute = if minute.is_empty() { "00" } else { minute };
    let time = format!("{hour:0>2}:{minute}");
    if time == "23:59" { "24:00".to_owned() } else { time }
}

/// The spans of a day as the register writes them; empty when it is closed.
fn day_text(words: Words, times: &[String]) -> Result<String, String> {
    let mut text = String::new();
    for pair in times.chunks(2) {
        let [from, to] = pair else { continue };
        let (from, to) = (from.trim(), to.trim());
        if from.is_empty() && to.is_empty() {
            continue;
        }
        if from.is_empty() || to.is_empty() {
            return Err(words.say("structure-fault-hours-half"));
        }
        let comma = if text.is_empty() { "" } else { "," };
        // Writing into a text cannot fail.
        let _ = write!(text, "{comma}{}-{}", plain(from), plain(to));
    }
    if text.is_empty() {
        return Ok(text);
    }
    let read: Result<OpeningHours, HoursError> = format!("Mo {text}").parse();
    match read {
        Ok(hours) => {
            let written = hours.week()[0].iter().map(Hours::to_string);
            Ok(written.collect::<Vec<_>>().join(","))
        }
        Err(HoursError::Order(_)) => Err(words.say("structure-fault-hours-order")),
        Err(HoursError::Overlap(_)) => Err(words.say("structure-fault-hours-overlap")),
        Err(_) => Err(words.say("structure-fault-hours-form")),
    }
}

/// What was typed, as the register has it; none when nothing is said.
fn judged(words: Words, typed: &Typed) -> Result<Option<OpeningHours>, DayFaults> {
    let width = spans_of(&typed.times) * 2;
    let mut faults = sound();
    let mut days: Vec<(String, String)> = Vec::new();
    for (number, name) in DAYS.iter().enumerate() {
        let from = (number * width).min(typed.times.len());
        let to = (from + width).min(typed.times.len());
        match day_text(words, &typed.times[from..to]) {
            Ok(text) if text.is_empty() => {}
            // Days with the same hours are one rule: a text has a most.
            Ok(text) => match days.iter_mut().find(|(_, known)| *known == text) {
                Some((names, _)) => names.extend([",", name]),
                None => days.push(((*name).to_owned(), text)),
            },
            Err(fault) => faults[number] = Some(fault),
        }
    }
    if faults.iter().any(Option::is_some) {
        return Err(faults);
    }
    if days.is_empty() {
        return Ok(None);
    }
    if !typed.holidays.is_empty() {
        days.push(("PH".to_owned(), typed.holidays.clone()));
    }
    let text = days.iter().map(|(names, hours)| format!("{names} {hours}"));
    let whole = text.collect::<Vec<_>>().join("; ").parse();
    whole.map(Some).map_err(|_| {
        // Each day is sound: only their sum can be too long, or the holidays were tampered with.
        faults[0] = Some(words.say("structure-fault-hours-long"));
        faults
    })
}

/// The form.
pub(super) async fn get(
    State(app): State<App>,
    seated: Seated,
    Path(id): Path<String>,
    Asked(told): Asked<Told>,
) -> Result<Response, Problem> {
    let Seated { frame, actor, .. } = seated;
    let venue = editable(&app, &actor, &id).await?;
    let (times, holidays) = as_typed(venue.profile.opening_hours.as_ref());
    let version = venue.version.to_string();
    let typed = Typed { version, sitting: told.sitting, times, holidays };
    let done = said(frame.words, &told.done);
    let at = (id.as_str(), venue.profile.name.to_string());
    Ok(shown_here(&page(frame, at, typed, sound(), (done, false))))
}

/// Takes the form.
pub(super) async fn post(
    State(app): State<App>,
    Path(id): Path<String>,
    Sent { seated, typed }: Sent<Typed>,
) -> Result<Response, Problem> {
    let Seated { frame, actor, .. } = seated;
    let venue = editable(&app, &actor, &id).await?;
    let at = (id.as_str(), venue.profile.name.to_string());
    let opening_hours = match judged(frame.words, &typed) {
        Ok(hours) => hours,
        Err(faults) => return Ok(redrawn(&page(frame, at, typed, faults, (None, false)))),
    };
    let profile = VenueProfile { opening_hours, ..venue.profile };
    let if_match = version_of(&typed.version);
    match register::venue(&app.instance, &actor, venue.venue_id, profile, if_match).await {
        Ok(_) => Ok(go(&frame.to(&onward(&id, "contact", "hours", &typed.sitting)))),
        Err(error) => match is_stale(&error) {
            Some(version) => {
                let typed = Typed { version: version.to_string(), ..typed };
                Ok(redrawn(&page(frame, at, typed, sound(), (None, true))))
            }
            None => Err(error.into()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::pages::visitor::Language;

    const WORDS: Words = Words::of(Language::French);

    fn typed(days: [&[&str]; 7], holidays: &str) -> Typed {
        let mut times = Vec::new();
        for day in days {
            for place in 0..4 {
                times.push((*day.get(place).unwrap_or(&"")).to_owned());
            }
        }
        Typed { times, holidays: holidays.to_owned(), ..Typed::default() }
    }

    #[test]
    fn a_week_is_written_as_the_register_has_it_and_read_back() {
        let day: &[&str] = &["9h", "12 h 30", "14:00", "18:00"];
        let week = typed([day, day, &[], day, day, &["", "", "09:00", "12:00"], &[]], "off");
        let hours = judged(WORDS, &week).unwrap().unwrap();
        let text = "Mo-Tu,Th-Fr 09:00-12:30,14:00-18:00; Sa 09:00-12:00; PH off";
        assert_eq!(hours.to_string(), text);
        let (times, holidays) = as_typed(Some(&hours));
        assert_eq!((times.len(), holidays.as_str()), (28, "off"));
        assert_eq!(times[..4], ["09:00", "12:30", "14:00", "18:00"]);
        let again = Typed { times, holidays, ..Typed::default() };
        assert_eq!(judged(WORDS, &again).unwrap().unwrap(), hours);
        assert_eq!(judged(WORDS, &typed([&[]; 7], "off")).unwrap(), None);
    }

    #[test]
    fn more_spans_than_two_are_kept() {
        let hours: OpeningHours = "Mo 08:00-09:00,10:00-11:00,12:00-24:00".parse().unwrap();
        let (times, holidays) = as_typed(Some(&hours));
        assert_eq!(times.len(), 42);
        let again = Typed { times, holidays, ..Typed::default() };
        assert_eq!(judged(WORDS, &again).unwrap().unwrap(), hours);
    }

    #[test]
    fn a_wrong_day_says_so_itself() {
        for wrong in [
            &["9:00"][..],
            &["", "12:00"],
            &["12:00", "9:00"],
            &["9:00", "13:00", "12:00", "18:00"],
            &["neuf", "dix"],
            &["25:00", "26:00"],
        ] {
            let faults = judged(WORDS, &typed([&[], wrong, &[], &[], &[], &[], &[]], ""));
            let faults = faults.unwrap_err();
            assert!(faults[1].is_some() && faults[0].is_none(), "{wrong:?}");
        }
        let odd = typed([&["9:00", "10:00"], &[], &[], &[], &[], &[], &[]], "<b>");
        assert!(judged(WORDS, &odd).is_err());
    }
}
