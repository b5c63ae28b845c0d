//! `/distributor/receive`: a parcel comes; its first and last book are scanned, and what would be
//! received is shown before it is.
//!
//! Promises: the same form sent twice receives once; what cannot be received is told with the
//! reason, run by run. Does not: receive a part of what was confirmed.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::facts::{books, custody};
use super::hand_over::{read, scanned};
use super::{at_desk, done, has_moved};
use crate::base::id::{Id, Movement, Site};
use crate::domain::book::{Custody, MovementRequest, RANGE_LIMIT};
use crate::domain::organisation::SiteProfile;
use crate::domain::serial::BookNumber;
use crate::service::hand_over::{self, Part, Verdict};
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::{Asked, fresh, known};
use crate::web::pages::desk::{Seated, Sent, go, redrawn, shown_here};
use crate::web::pages::field::Field;
use crate::web::pages::words::Words;
use crate::web::problem::Problem;

/// What the page is asked: a run and the site that receives it.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Query {
    #[serde(default)]
    first: String,
    #[serde(default)]
    last: String,
    #[serde(default)]
    site: String,
    #[serde(default)]
    done: String,
}

/// What was typed: a run to look at, or one to receive, with an id.
#[derive(Debug, Deserialize)]
pub(super) struct Typed {
    first: String,
    #[serde(default)]
    last: String,
    #[serde(default)]
    site: String,
    #[serde(default)]
    id: String,
}

/// A part of a parcel in words.
struct Row {
    numbers: String,
    campaign: String,
    books: String,
    said: String,
    good: bool,
    /// An address that asks for this part alone.
    alone: Option<String>,
}

/// What would be received.
struct Preview {
    id: String,
    first: String,
    last: String,
    site: String,
    title: String,
    rows: Vec<Row>,
    /// Whether all of it can be received.
    ready: bool,
}

#[derive(Template)]
#[template(path = "distributor/receive.html")]
struct Page {
    frame: Frame,
    done: Option<String>,
    first: Field,
    last: Field,
    site: Option<Field>,
    only_site: Option<String>,
    preview: Option<Preview>,
    no_site: bool,
}

/// What is wrong, by field.
#[derive(Default)]
struct Faults {
    first: Option<String>,
    last: Option<String>,
}

fn page(frame: Frame, sites: &[SiteProfile], asked: &Query, faults: Faults) -> Page {
    let words = frame.words;
    let named: Vec<(String, String)> =
        sites.iter().map(|it| (it.site_id.to_string(), it.name.to_string())).collect();
    let pairs: Vec<(&str, &str)> = named.iter().map(|(id, name)| (&**id, &**name)).collect();
    let site = (sites.len() > 1).then(|| {
        Field::choice("site", words.say("distributor-receive-site"), &pairs).value(&asked.site)
    });
    let wrong = faults.first.is_some();
    let kept = |typed: &str| {
        typed.parse::<BookNumber>().map_or_else(|_| String::new(), |it| it.to_string())
    };
    let mut first = scanned(words, "first", words.say("distributor-first"), faults.first)
        .value(&kept(&asked.first));
    let mut last = Field::text("last", words.say("distributor-last"))
        .hint(words.say("distributor-last-hint"))
        .most(200)
        .complete("off")
        .fault(faults.last)
        .value(&kept(&asked.last));
    if asked.first.is_empty() || wrong {
        first = first.focused();
    } else if asked.last.is_empty() {
        last = last.focused();
    }
    let only_site = named.first().filter(|_| sites.len() == 1).map(|(id, _)| id.clone());
    let no_site = sites.is_empty();
    Page {
        done: done(words, &asked.done),
        frame,
        first,
        last,
        site,
        only_site,
        preview: None,
        no_site,
    }
}

/// The site that is meant: the one that was chosen, else the first.
fn chosen(sites: &[SiteProfile], typed: &str) -> Option<Id<Site>> {
    let typed: Option<Id<Site>> = typed.parse().ok();
    let found = sites.iter().find(|site| Some(site.site_id) == typed);
    found.or_else(|| sites.first()).map(|site| site.site_id)
}

/// The run in what was typed, or what is wrong with it.
fn run(words: Words, asked: &Query) -> Result<(BookNumber, BookNumber), Faults> {
    let first = read(words, &asked.first)
        .map_err(|fault| Faults { first: Some(fault), ..Faults::default() })?;
    if asked.last.trim().is_empty() {
        return Ok((first, first));
    }
    let wrong = |fault: String| Faults { last: Some(fault), ..Faults::default() };
    let last = read(words, &asked.last).map_err(wrong)?;
    let length = i64::from(last.get()) - i64::from(first.get()) + 1;
    if length < 1 {
        return Err(wrong(words.say("distributor-last-before")));
    }
    if length > RANGE_LIMIT {
        return Err(wrong(words.with("distributor-last-far", [("count", RANGE_LIMIT.into())])));
    }
    Ok((first, last))
}

/// The page, with what would be received when a run is asked for.
pub(super) async fn get(
    State(app): State<App>,
    seated: Seated,
    Asked(asked): Asked<Query>,
) -> Result<Response, Problem> {
    at_desk(&seated.actor)?;
    let words = seated.frame.words;
    let sites = hand_over::sites(&app.instance, &seated.actor).await?;
    let site = chosen(&sites, &asked.site);
    let (Some(site), false) = (site, asked.first.is_empty()) else {
        return Ok(shown_here(&page(seated.frame, &sites, &asked, Faults::default())));
    };
    let (first, last) = match run(words, &asked) {
        Ok(run) => run,
        Err(faults) => return Ok(redrawn(&page(seated.frame, &sites, &asked, faults))),
    };
    let parts = hand_over::parcel(&app.instance, &seated.actor, (first, last), site).await?;
    let mut page = page(seated.frame, &sites, &asked, Faults::default());
    let rows = parts.iter().map(|part| row(&page.frame, part, (site, parts.len() > 1)));
    let ready = parts.iter().all(|part| part.verdict == Verdict::Ready);
    let count = u64::from(last.get() - first.get()) + 1;
    page.preview = Some(Preview {
        id: fresh::<Movement>(&app),
        first: first.to_string(),
        last: last.to_string(),
        site: site.to_string(),
        title: books(words, count),
        rows: rows.collect(),
        ready,
    });
    Ok(shown_here(&page))
}

/// A part in words; `several` when it can be asked for alone.
fn row(frame: &Frame, part: &Part, (site, several): (Id<Site>, bool)) -> Row {
    let words = frame.words;
    let (first, last) = (part.first.to_string(), part.last.to_string());
    let said = match part.verdict {
        Verdict::Ready => words.say("distributor-part-ready"),
        Verdict::Here => words.say("distributor-part-here"),
        Verdict::Stuck(at) => {
            let at = custody(words, at).to_lowercase();
            words.with("distributor-part-stuck", [("custody", at.into())])
        }
        Verdict::Replaced => words.say("distributor-part-replaced"),
        Verdict::Unknown => words.say("distributor-part-unknown"),
    };
    let good = part.verdict == Verdict::Ready;
    let alone = format!("/distributor/receive?first={first}&last={last}&site={site}");
    Row {
        alone: (good && several).then(|| frame.to(&alone)),
        numbers: if first == last {
            first
        } else {
            words.with("distributor-range", [("first", first.into()), ("last", last.into())])
        },
        campaign: part.campaign.as_ref().map(ToString::to_string).unwrap_or_default(),
        books: words.number(u64::from(part.books())),
        said,
        good,
    }
}

/// Looks at a run, or receives it.
pub(super) async fn post(
    State(app): State<App>,
    Sent { seated, typed }: Sent<Typed>,
) -> Result<Response, Problem> {
    at_desk(&seated.actor)?;
    let Typed { first, last, site, id } = typed;
    let asked = Query { first, last, site, done: String::new() };
    let sites = hand_over::sites(&app.instance, &seated.actor).await?;
    let run = run(seated.frame.words, &asked);
    let (first, last) = match run {
        Ok(run) => run,
        Err(faults) => return Ok(redrawn(&page(seated.frame, &sites, &asked, faults))),
    };
    let site = chosen(&sites, &asked.site);
    let last_asked = if asked.last.trim().is_empty() { String::new() } else { last.to_string() };
    let at = site.map(|site| format!("&site={site}")).unwrap_or_default();
    let look = format!("/distributor/receive?first={first}&last={last_asked}{at}");
    let look = seated.frame.to(&look);
    let (Some(site), false) = (site, id.is_empty()) else { return Ok(go(&look)) };
    let id: Id<Movement> = known(&id)?;
    let request = MovementRequest { first, last, to: Custody::InStock, site_id: Some(site) };
    match hand_over::movement(&app.instance, &seated.actor, id, request).await {
        Ok(_) => {
            let to = format!("/distributor/sites/{site}?done=received");
            Ok(go(&seated.frame.to(&to)))
        }
        // The preview says which books, and why.
        Err(error) if has_moved(&error) => Ok(go(&look)),
        Err(error) => Err(error.into()),
    }
}
