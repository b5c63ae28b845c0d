//! `/distributor/statistics`: what was answered at hand-overs, by month and site.
//!
//! Promises: a count that could tell a person apart is not shown, on the page or in the file. Does
//! not: know a book.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::{at_desk, vocabulary};
use crate::domain::organisation::SiteProfile;
use crate::domain::statement::inert;
use crate::domain::statistic::{Answer, FEW, Month};
use crate::service::hand_over;
use crate::service::tally::{self, Counts, MONTHS};
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::Asked;
use crate::web::pages::desk::{Seated, shown_here};
use crate::web::pages::field::Field;
use crate::web::pages::words::Words;
use crate::web::problem::Problem;

/// What the page is asked.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Query {
    #[serde(default)]
    month: String,
    #[serde(default)]
    site: String,
}

/// A question with its answers.
struct Table {
    question: String,
    /// Answer and count, in words.
    rows: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "distributor/statistics.html")]
struct Page {
    frame: Frame,
    month: Field,
    site: Option<Field>,
    title: String,
    tables: Vec<Table>,
    csv: String,
}

/// A month in words: `novembre 2026`.
fn said(words: Words, month: Month) -> String {
    // The day is said first in both languages; a month has none.
    let day = words.day(month.first());
    day.split_once('\u{a0}').map_or(day.clone(), |(_, rest)| rest.to_owned())
}

/// How often, in words; what is few is not told.
fn number(words: Words, count: i64) -> String {
    match u64::try_from(count) {
        Ok(0) | Err(_) => words.number(0),
        Ok(_) if count < FEW => words.with("distributor-few", [("count", FEW.into())]),
        Ok(count) => words.number(count),
    }
}

/// The last twelve months, the newest first.
fn months(now: Month) -> Vec<Month> {
    let count = usize::try_from(MONTHS).unwrap_or(1);
    std::iter::successors(Some(now), |month| Some(month.before())).take(count).collect()
}

/// The counts of a month.
pub(super) async fn get(
    State(app): State<App>,
    seated: Seated,
    Asked(asked): Asked<Query>,
) -> Result<Response, Problem> {
    at_desk(&seated.actor)?;
    let now = tally::month(&app.instance).await?;
    let months = months(now);
    let month = months.iter().find(|month| month.to_string() == asked.month).copied();
    let month = month.unwrap_or(now);
    let counts = tally::counts(&app.instance, &seated.actor, (month, month)).await?;
    let sites = hand_over::sites(&app.instance, &seated.actor).await?;
    let chosen = sites.iter().find(|site| site.site_id.to_string() == asked.site);
    let frame = seated.frame;
    let words = frame.words;
    let of: Vec<(String, String)> =
        months.iter().map(|month| (month.to_string(), said(words, *month))).collect();
    let pairs: Vec<(&str, &str)> = of.iter().map(|(code, text)| (&**code, &**text)).collect();
    let field = Field::choice("month", words.say("distributor-month"), &pairs);
    Ok(shown_here(&Page {
        title: said(words, month),
        tables: tables(words, &counts, chosen),
        month: field.value(&month.to_string()),
        site: site_field(words, &sites, &asked.site),
        csv: frame.to("/distributor/statistics.csv"),
        frame,
    }))
}

/// A choice of site, where there are several.
fn site_field(words: Words, sites: &[SiteProfile], asked: &str) -> Option<Field> {
    let all = words.say("distributor-all-sites");
    let named = sites.iter().map(|site| (site.site_id.to_string(), site.name.to_string()));
    let named: Vec<(String, String)> = named.collect();
    let mut pairs = vec![("", all.as_str())];
    pairs.extend(named.iter().map(|(id, name)| (&**id, &**name)));
    let field = || Field::choice("site", words.say("distributor-site"), &pairs).value(asked);
    (sites.len() > 1).then(field)
}

/// The counts of one site, or of all, question by question.
fn tables(words: Words, counts: &[Counts], chosen: Option<&SiteProfile>) -> Vec<Table> {
    let mut sums: BTreeMap<Answer, i64> = BTreeMap::new();
    let wanted = |it: &&Counts| chosen.is_none_or(|site| site.site_id == it.site.site_id);
    for (answer, count) in counts.iter().filter(wanted).flat_map(|it| &it.counts) {
        *sums.entry(*answer).or_default() += count;
    }
    if sums.is_empty() {
        return Vec::new();
    }
    let row = |answer: Answer| {
        let count = sums.get(&answer).copied().unwrap_or(0);
        (vocabulary::answer(words, answer), number(words, count))
    };
    let table = |(question, answers): (&str, Vec<Answer>)| Table {
        question: vocabulary::question(words, question),
        rows: answers.into_iter().map(row).collect(),
    };
    vocabulary::all().map(table).collect()
}

/// The counts of the last twelve months as CSV (RFC 4180), in UTF-8.
pub(super) async fn csv(State(app): State<App>, seated: Seated) -> Result<Response, Problem> {
    at_desk(&seated.actor)?;
    let words = seated.frame.words;
    let now = tally::month(&app.instance).await?;
    let first = months(now).last().copied().unwrap_or(now);
    let counts = tally::counts(&app.instance, &seated.actor, (first, now)).await?;
    let mut writer = csv::Writer::from_writer(Vec::new());
    let fault = |error: csv::Error| Problem::fault(&error);
    let heads = [
        words.say("distributor-month"),
        words.say("distributor-site"),
        words.say("distributor-question"),
        words.say("distributor-answer"),
        words.say("distributor-number"),
    ];
    writer.write_record(heads).map_err(fault)?;
    for Counts { site, month, counts } in &counts {
        for (question, answers) in vocabulary::all() {
            for answer in answers.into_iter().filter(|answer| counts.contains_key(answer)) {
                let count = counts.get(&answer).copied().unwrap_or(0);
                let few = format!("<{FEW}");
                let count = if count < FEW { few } else { count.to_string() };
                let question = vocabulary::question(words, question);
                let said = vocabulary::answer(words, answer);
                let site = inert(site.name.as_str());
                let cells = [month.to_string(), site, question, said, count];
                writer.write_record(cells).map_err(fault)?;
            }
        }
    }
    let bytes = writer.into_inner().map_err(|error| Problem::fault(&error))?;
    let kind = HeaderValue::from_static("text/csv; charset=utf-8; header=present");
    let name = HeaderValue::from_static("attachment; filename=\"statistics.csv\"");
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, bytes).into_response())
}
