//! What lies where: a distributor's sites, their books by campaign, how long they have lain.
//!
//! Promises: shows an organisation its own sites; what should be known is decided by
//! `domain::stock`. Does not: move anything.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::day::Day;
use crate::base::id::{Id, Site};
use crate::domain::access::{Action, Actor, Owner};
use crate::domain::campaign::CampaignProfile;
use crate::domain::ledger::entry::Entry;
use crate::domain::organisation::SiteProfile;
use crate::domain::refusal::Reason;
use crate::domain::serial::BookNumber;
use crate::domain::stock::{Alert, alerts};
use crate::service::error::Error;
use crate::service::instance::Instance;
use crate::store::ledger::HeadRow;
use crate::store::{self, Tx};

/// The most runs of one part of a site's stock.
const RUNS: i64 = 200;

/// Books of one campaign at one site.
#[derive(Debug, Clone)]
pub struct Shelf {
    /// The rules of the campaign.
    pub rules: CampaignProfile,
    /// How many books.
    pub books: i64,
    /// The day on which the oldest of them came.
    pub oldest: Day,
    /// Today, on its ledger's calendar.
    pub today: Day,
    /// What should be known.
    pub alerts: Vec<Alert>,
}

/// A site with what lies there.
#[derive(Debug, Clone)]
pub struct SiteStock {
    /// The site.
    pub site: SiteProfile,
    /// By campaign; empty when nothing is left.
    pub shelves: Vec<Shelf>,
}

/// Books without a gap that came together.
#[derive(Debug, Clone)]
pub struct Run {
    /// The first.
    pub first: BookNumber,
    /// The last, included.
    pub last: BookNumber,
    /// The rules of their campaign.
    pub rules: CampaignProfile,
    /// The day on which they came.
    pub since: Day,
    /// How many days ago that is.
    pub age: i64,
}

/// A part of a site's stock.
#[derive(Debug, Clone)]
pub struct Runs {
    /// The site.
    pub site: SiteProfile,
    /// In order of number.
    pub runs: Vec<Run>,
    /// Pass it as `after` to go on.
    pub next: Option<i64>,
}

/// What is the same for all books of a ledger.
#[derive(Debug)]
pub(super) struct Calendar {
    /// Today, on its calendar.
    pub(super) today: Day,
    /// The rules of its campaigns by number.
    pub(super) campaigns: BTreeMap<i64, CampaignProfile>,
}

/// Ledgers by number, with the campaigns that the reader may see.
pub(super) async fn calendars(
    instance: &Instance,
    tx: &mut Tx,
    ledgers: &BTreeSet<i64>,
) -> Result<BTreeMap<i64, Calendar>, Error> {
    let numbers: Vec<i64> = ledgers.iter().copied().collect();
    let mut calendars = BTreeMap::new();
    for head in store::ledger::heads(tx, &numbers).await? {
        let rows = store::campaign::of_ledger(tx, head.ledger_no).await?;
        let campaigns = rows.into_iter().map(|row| (row.campaign_no, row.view.profile)).collect();
        calendars.insert(head.ledger_no, Calendar { today: today(instance, &head)?, campaigns });
    }
    Ok(calendars)
}

/// Today, on a ledger's calendar.
fn today(instance: &Instance, head: &HeadRow) -> Result<Day, Error> {
    Ok(head.zone()?.day_of(instance.clock.now()))
}

/// The days of some lines. A line is somebody else's to read; its day is told to whom the book is.
async fn days_of(
    instance: &Instance,
    places: BTreeSet<(i64, i64)>,
) -> Result<BTreeMap<(i64, i64), Day>, Error> {
    let places: Vec<(i64, i64)> = places.into_iter().collect();
    let mut tx = instance.database.read().await?;
    let mut days = BTreeMap::new();
    for (no, seq, line) in store::ledger::lines_at(&mut tx, &places).await? {
        let entry = Entry::parse(&line).map_err(|error| Error::Fault(error.to_string()))?;
        days.insert((no, seq), entry.on);
    }
    Ok(days)
}

/// The sites of the asker's organisation, in its own order; none when it is no distributor.
///
/// # Errors
/// `not-permitted` for who reads no organisation.
pub async fn sites(instance: &Instance, actor: &Actor) -> Result<Vec<SiteProfile>, Error> {
    actor.permit(Action::ReadOrganisation, &Owner::organisation(actor.organisation))?;
    let mut tx = instance.read_as(actor).await?;
    let row = store::organisation::find(&mut tx, actor.organisation).await?;
    Ok(row.ok_or(Reason::NotFound)?.profile()?.sites)
}

/// One site of the asker's organisation.
///
/// # Errors
/// `not-found` for unknown and foreign sites alike.
pub async fn site(instance: &Instance, actor: &Actor, id: Id<Site>) -> Result<SiteProfile, Error> {
    let sites = sites(instance, actor).await?;
    let found = sites.into_iter().find(|site| site.site_id == id);
    Ok(found.ok_or(Reason::NotFound)?)
}

/// What lies at each site of the asker's organisation.
///
/// # Errors
/// `not-permitted` for who reads no books.
pub async fn shelves(instance: &Instance, actor: &Actor) -> Result<Vec<SiteStock>, Error> {
    actor.permit(Action::ReadBook, &Owner::organisation(actor.organisation))?;
    let sites = sites(instance, actor).await?;
    let ids: Vec<Id<Site>> = sites.iter().map(|site| site.site_id).collect();
    let mut tx = instance.read_as(actor).await?;
    let rows = store::shelf::counts(&mut tx, &ids).await?;
    let ledgers = rows.iter().map(|row| row.ledger_no).collect();
    let calendars = calendars(instance, &mut tx, &ledgers).await?;
    drop(tx);
    let places = rows.iter().map(|row| (row.ledger_no, row.oldest_seq)).collect();
    let days = days_of(instance, places).await?;
    let mut by_site: BTreeMap<String, Vec<Shelf>> = BTreeMap::new();
    for row in rows {
        let found = calendars.get(&row.ledger_no).and_then(|calendar| {
            let rules = calendar.campaigns.get(&row.campaign_no)?.clone();
            Some((rules, *days.get(&(row.ledger_no, row.oldest_seq))?, calendar.today))
        });
        let (rules, oldest, today) = found.ok_or_else(|| lost(row.ledger_no))?;
        let alerts = alerts(oldest, rules.valid_until, today);
        let shelf = Shelf { rules, books: row.books, oldest, today, alerts };
        by_site.entry(row.site_id).or_default().push(shelf);
    }
    let stock = |site: SiteProfile| SiteStock {
        shelves: by_site.remove(&site.site_id.to_string()).unwrap_or_default(),
        site,
    };
    Ok(sites.into_iter().map(stock).collect())
}

fn lost(ledger_no: i64) -> Error {
    Error::Fault(format!("ledger {ledger_no}: a book without its campaign or line"))
}

/// Runs of books at a site with numbers above `after`.
///
/// # Errors
/// `not-found` for unknown and foreign sites alike.
pub async fn runs(
    instance: &Instance,
    actor: &Actor,
    id: Id<Site>,
    after: i64,
) -> Result<Runs, Error> {
    actor.permit(Action::ReadBook, &Owner::organisation(actor.organisation))?;
    let site = site(instance, actor, id).await?;
    let mut tx = instance.read_as(actor).await?;
    let mut rows = store::shelf::runs(&mut tx, id, after, RUNS + 1).await?;
    let most = usize::try_from(RUNS).unwrap_or(usize::MAX);
    let more = rows.len() > most;
    rows.truncate(most);
    let ledgers = rows.iter().map(|row| row.ledger_no).collect();
    let calendars = calendars(instance, &mut tx, &ledgers).await?;
    drop(tx);
    let next = rows.last().filter(|_| more).map(|row| row.last_no);
    let places = rows.iter().map(|row| (row.ledger_no, row.custody_seq)).collect();
    let days = days_of(instance, places).await?;
    let run = |row: store::shelf::RunRow| {
        let calendar = calendars.get(&row.ledger_no)?;
        let since = *days.get(&(row.ledger_no, row.custody_seq))?;
        Some(Run {
            first: BookNumber::new(u32::try_from(row.first_no).ok()?),
            last: BookNumber::new(u32::try_from(row.last_no).ok()?),
            rules: calendar.campaigns.get(&row.campaign_no)?.clone(),
            since,
            age: since.days_to(calendar.today),
        })
    };
    let run = |row: store::shelf::RunRow| {
        let no = row.ledger_no;
        run(row).ok_or_else(|| lost(no))
    };
    Ok(Runs { site, runs: rows.into_iter().map(run).collect::<Result<_, _>>()?, next })
}
