//! `/structure/redemptions`: what was redeemed, looked for by venue, days, funder and where its
//! money is; and the same as a table to keep.
//!
//! Promises: the table has what the page has, on all its pages. Does not: prove anything (each
//! redemption's own page has its receipt).

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::{Faults, fault, structure_of, venues};
use crate::base::day::Day;
use crate::base::id::{Id, Venue};
use crate::base::money::decimal;
use crate::domain::access::Actor;
use crate::domain::statement::inert;
use crate::service::earn::{self, Before, Course, Earned, Filter, State as Worth};
use crate::web::App;
use crate::web::pages::asked::Asked;
use crate::web::pages::desk::{Seated, redrawn, shown_here};
use crate::web::pages::field::{Field, begin_at_fault};
use crate::web::pages::words::Words;
use crate::web::pages::{Frame, shelf};
use crate::web::problem::Problem;

/// How many rows a page has.
const ROWS: i64 = 50;

/// How many rows are read at once for a table to keep.
const CHUNK: i64 = 1000;

/// The most rows of a table to keep; more are asked for by shorter times.
const MOST: i64 = 50_000;

/// What is looked for, as the address says it.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Sought {
    #[serde(default)]
    venue: String,
    #[serde(default)]
    funder: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    before: String,
}

/// A redemption in a list.
pub(super) struct Line {
    pub(super) path: String,
    pub(super) on: String,
    pub(super) serial: String,
    pub(super) venue: String,
    pub(super) offering: String,
    pub(super) funder: String,
    pub(super) state: String,
    pub(super) undone: bool,
    pub(super) amount: String,
}

#[derive(Template)]
#[template(path = "structure/redemptions.html")]
struct Page {
    frame: Frame,
    /// The fields of what is looked for.
    fields: Vec<Field>,
    /// Whether anything is looked for.
    sought: bool,
    sum: String,
    lines: Vec<Line>,
    /// Whether there is more than one venue.
    many: bool,
    /// Whether there is more than one funder.
    funders: bool,
    next: Option<String>,
    table: String,
    too_many: Option<String>,
}

/// Where the money of a redemption may be: word in the address, key, and what is looked for.
const STATES: [(&str, &str, Worth); 5] = [
    ("due", "structure-worth-due", Worth::Due),
    ("paying", "structure-worth-paying", Worth::Paying),
    ("paid", "structure-worth-paid", Worth::Paid),
    ("offset", "structure-worth-offset", Worth::Offset),
    ("undone", "structure-worth-undone", Worth::Undone),
];

/// Where the money of a redemption is, in words.
pub(super) fn worth(words: Words, course: Course) -> String {
    words.say(match course {
        Course::Due => "structure-worth-due",
        Course::Paying(_) => "structure-worth-paying",
        Course::Paid(_) => "structure-worth-paid",
        Course::Offset => "structure-worth-offset",
        Course::Undone => "structure-worth-undone",
        Course::Taken => "structure-worth-taken",
    })
}

/// A venue's name; what is not among them is not named.
fn named(venues: &[(Id<Venue>, String)], id: Id<Venue>) -> String {
    let found = venues.iter().find(|(known, _)| *known == id);
    found.map(|(_, name)| name.clone()).unwrap_or_default()
}

fn line(words: Words, earned: &Earned, venues: &[(Id<Venue>, String)]) -> Line {
    Line {
        path: format!("/structure/redemptions/{}", earned.redemption_id),
        on: words.day(earned.on),
        serial: earned.voucher.to_string(),
        venue: named(venues, earned.venue_id),
        offering: shelf::done(words, earned.offering),
        funder: earned.funder_name.clone(),
        state: worth(words, earned.course),
        undone: earned.course == Course::Undone,
        amount: words.amount(earned.amount),
    }
}

/// The newest redemptions, for the first page of the desk.
pub(super) async fn newest(
    app: &App,
    actor: &Actor,
    words: Words,
    limit: i64,
) -> Result<Vec<Line>, Problem> {
    let venues = venues::names(app, actor).await?;
    let found = earn::redemptions(&app.instance, actor, &Filter::default(), None, limit).await?;
    Ok(found.items.iter().map(|it| line(words, it, &venues)).collect())
}

/// What is looked for, and what is wrong with it.
fn judged(words: Words, sought: &Sought) -> (Filter, Faults) {
    let mut faults = Faults::new();
    let mut day = |name: &'static str, text: &str| -> Option<Day> {
        let day = text.parse().ok();
        if day.is_none() && !text.is_empty() {
            faults.push((name, words.say("structure-fault-day")));
        }
        day
    };
    let (from, to) = (day("from", &sought.from), day("to", &sought.to));
    if from.is_some_and(|from| to.is_some_and(|to| to < from)) {
        faults.push(("to", words.say("structure-fault-days")));
    }
    let state = STATES.iter().find(|(word, _, _)| *word == sought.state);
    let filter = Filter {
        venue: sought.venue.parse().ok(),
        funder: sought.funder.parse().ok(),
        from,
        to,
        state: state.map(|(_, _, state)| *state),
    };
    (filter, faults)
}

/// `MILLISECONDS.LEDGER.LINE`.
fn place(text: &str) -> Option<Before> {
    let mut parts = text.split('.').map(str::parse);
    let mut next = || parts.next()?.ok();
    Some((next()?, next()?, next()?))
}

/// The address of the same search, at a path and with a place.
fn address(frame: &Frame, path: &str, sought: &Sought, before: Option<Before>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let said = [
        ("venue", &sought.venue),
        ("funder", &sought.funder),
        ("from", &sought.from),
        ("to", &sought.to),
        ("state", &sought.state),
    ];
    for (name, value) in said.into_iter().filter(|(_, value)| !value.is_empty()) {
        query.append_pair(name, value);
    }
    if let Some((at, no, seq)) = before {
        query.append_pair("before", &format!("{at}.{no}.{seq}"));
    }
    let query = query.finish();
    let mark = if query.is_empty() { "" } else { "?" };
    frame.to(&format!("{path}{mark}{query}"))
}

/// The fields of what is looked for: those among which there is something to choose.
async fn fields(
    app: &App,
    actor: &Actor,
    words: Words,
    (sought, faults): (&Sought, &Faults),
    venues: &[(Id<Venue>, String)],
) -> Result<Vec<Field>, Problem> {
    let all = words.say("structure-all");
    let mut fields = Vec::new();
    if venues.len() > 1 {
        let ids: Vec<String> = venues.iter().map(|(id, _)| id.to_string()).collect();
        let mut of = vec![("", all.as_str())];
        of.extend(ids.iter().zip(venues).map(|(id, (_, name))| (id.as_str(), name.as_str())));
        let label = words.say("structure-venue");
        fields.push(Field::choice("venue", label, &of).value(&sought.venue));
    }
    let day = |name: &'static str, key: &str, value: &str| {
        let field = Field::text(name, words.say(key)).kind("date").value(value);
        field.fault(fault(faults, name))
    };
    fields.push(day("from", "structure-from", &sought.from));
    fields.push(day("to", "structure-to", &sought.to));
    begin_at_fault(&mut fields);
    if !earn::sees_money(actor) {
        return Ok(fields);
    }
    let said = STATES.map(|(word, key, _)| (word, words.say(key)));
    let mut of = vec![("", all.as_str())];
    of.extend(said.iter().map(|(word, text)| (*word, text.as_str())));
    fields.push(Field::choice("state", words.say("structure-state"), &of).value(&sought.state));
    let dues = earn::dues(&app.instance, actor).await?;
    if dues.len() > 1 {
        let ids: Vec<String> = dues.iter().map(|due| due.funder_id.to_string()).collect();
        let mut of = vec![("", all.as_str())];
        let named = ids.iter().zip(&dues);
        of.extend(named.map(|(id, due)| (id.as_str(), due.funder_name.as_str())));
        let label = words.say("structure-funder");
        fields.push(Field::choice("funder", label, &of).value(&sought.funder));
    }
    Ok(fields)
}

async fn page(
    app: &App,
    seated: Seated,
    sought: &Sought,
    too_many: bool,
) -> Result<(Page, bool), Problem> {
    let Seated { frame, actor, .. } = seated;
    structure_of(&actor)?;
    let words = frame.words;
    let venues = venues::names(app, &actor).await?;
    let (filter, faults) = judged(words, sought);
    let (mut lines, mut next, mut sum) = (Vec::new(), None, (0, 0));
    if faults.is_empty() {
        let before = place(&sought.before);
        let found = earn::redemptions(&app.instance, &actor, &filter, before, ROWS).await?;
        lines = found.items.iter().map(|it| line(words, it, &venues)).collect();
        next = found.next;
        sum = earn::sum(&app.instance, &actor, &filter).await?;
    }
    let (count, cents) = sum;
    let said = [("count", count.into()), ("sum", words.cents(cents).into())];
    let fields = fields(app, &actor, words, (sought, &faults), &venues).await?;
    let at = "/structure/redemptions";
    let page = Page {
        sought: filter.venue.is_some()
            || filter.funder.is_some()
            || filter.from.is_some()
            || filter.to.is_some()
            || filter.state.is_some(),
        sum: words.with("structure-redemptions-sum", said),
        funders: fields.iter().any(|field| field.is_named("funder")),
        fields,
        lines,
        many: venues.len() > 1,
        next: next.map(|before| address(&frame, at, sought, Some(before))),
        table: address(&frame, "/structure/redemptions.csv", sought, None),
        too_many: too_many.then(|| {
            let most = words.number(MOST.unsigned_abs());
            words.with("structure-fault-too-many", [("most", most.into())])
        }),
        frame,
    };
    Ok((page, !faults.is_empty() || too_many))
}

/// The page.
pub(super) async fn get(
    State(app): State<App>,
    seated: Seated,
    Asked(sought): Asked<Sought>,
) -> Result<Response, Problem> {
    let (page, wrong) = page(&app, seated, &sought, false).await?;
    Ok(if wrong { redrawn(&page) } else { shown_here(&page) })
}

/// The same as a table to keep.
pub(super) async fn csv(
    State(app): State<App>,
    seated: Seated,
    Asked(sought): Asked<Sought>,
) -> Result<Response, Problem> {
    structure_of(&seated.actor)?;
    let words = seated.frame.words;
    let (filter, faults) = judged(words, &sought);
    let instance = &app.instance;
    let (count, _) = earn::sum(instance, &seated.actor, &filter).await?;
    if !faults.is_empty() || count > MOST {
        return Ok(redrawn(&page(&app, seated, &sought, count > MOST).await?.0));
    }
    let venues = venues::names(&app, &seated.actor).await?;
    let mut rows = Vec::new();
    let mut before = None;
    loop {
        let found = earn::redemptions(instance, &seated.actor, &filter, before, CHUNK).await?;
        rows.extend(found.items.iter().map(|it| cells(words, it, &venues)));
        before = found.next;
        if before.is_none() {
            break;
        }
    }
    Ok(kept(words, &rows))
}

const COLUMNS: [&str; 8] = [
    "structure-column-day",
    "structure-column-serial",
    "structure-venue",
    "structure-column-offering",
    "structure-funder",
    "structure-state",
    "structure-column-amount",
    "structure-column-redemption",
];

fn cells(words: Words, earned: &Earned, venues: &[(Id<Venue>, String)]) -> [String; 8] {
    [
        earned.on.to_string(),
        inert(&earned.voucher.to_string()),
        inert(&named(venues, earned.venue_id)),
        shelf::done(words, earned.offering),
        inert(&earned.funder_name),
        worth(words, earned.course),
        decimal(earned.amount.cents(), ','),
        earned.redemption_id.to_string(),
    ]
}

/// A table as French spreadsheets open it: a mark of UTF-8, semicolons, decimal commas.
fn kept(words: Words, rows: &[[String; 8]]) -> Response {
    let mut builder = csv::WriterBuilder::new();
    builder.delimiter(b';').terminator(csv::Terminator::CRLF);
    let mut table = builder.from_writer("\u{feff}".as_bytes().to_vec());
    let same = "every row has as many cells, and memory takes them";
    table.write_record(COLUMNS.map(|key| words.say(key))).expect(same);
    for row in rows {
        table.write_record(row).expect(same);
    }
    let bytes = table.into_inner().expect("writing to memory does not fail");
    let kind = HeaderValue::from_static("text/csv; charset=utf-8; header=present");
    let name = HeaderValue::from_static("attachment; filename=\"redemptions.csv\"");
    let private = HeaderValue::from_static("no-store");
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, private),
    ];
    (headers, bytes).into_response()
}
