//! A book on one sheet, for who holds it: where its paper is and was, and what is printed on it.
//!
//! Promises: the way of the paper only; never where or when a voucher was used, nor the name of
//! another organisation's site. Does not: write.

use std::collections::BTreeMap;

use super::book::{BookState, read};
use super::ledger_of;
use super::shelf::calendars;
use crate::base::day::Day;
use crate::base::id::{Id, Site};
use crate::domain::access::Actor;
use crate::domain::book::{BlockReason, Custody};
use crate::domain::campaign::CampaignProfile;
use crate::domain::fact::Fact;
use crate::domain::refusal::Reason;
use crate::domain::serial::BookNumber;
use crate::domain::territory::CommuneCode;
use crate::service::error::Error;
use crate::service::instance::Instance;
use crate::service::writer::understood;
use crate::store::story::Wanted;
use crate::store::{self, Tx};

/// How many movements are read at once, and how often: a ledger has hundreds, seldom thousands.
const PAGE: i64 = 500;
const PAGES: usize = 40;

/// What happened to the paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Its order was placed.
    Ordered,
    /// It went somewhere: where it was then, and the site's name when it is the asker's.
    Moved(Custody, Option<String>),
    /// It was handed over, at this site.
    HandedOver(Option<String>),
    /// It is blocked since.
    Blocked(BlockReason),
    /// It took over from a lost book.
    Replaces(BookNumber),
}

/// A book on one sheet.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// As it stands.
    pub state: BookState,
    /// The rules of its campaign.
    pub rules: CampaignProfile,
    /// Today, on its ledger's calendar.
    pub today: Day,
    /// The asker's site that holds it, handed it over or lost it: name and commune.
    pub site: Option<(String, CommuneCode)>,
    /// What happened to the paper, the oldest first.
    pub trail: Vec<(Day, Step)>,
    /// Open blocks on the whole book.
    pub blocks: Vec<Id<crate::base::id::Block>>,
}

/// The sheet of a book.
///
/// # Errors
/// `not-found` for unknown and foreign books alike.
pub async fn sheet(instance: &Instance, actor: &Actor, book: BookNumber) -> Result<Sheet, Error> {
    let state = read(instance, actor, book).await?;
    let no = ledger_of(instance, book).await?.ok_or(Reason::NotFound)?;
    let fault = |what: &str| Error::Fault(format!("book {book}: {what}"));
    let mut tx = instance.read_as(actor).await?;
    let own = store::organisation::find(&mut tx, actor.organisation).await?;
    let own = own.map(|row| row.profile()).transpose()?.map_or_else(Vec::new, |it| it.sites);
    let site = state.site_id.and_then(|id| own.iter().find(|site| site.site_id == id));
    let site = site.map(|site| (site.name.to_string(), site.commune));
    let names: Names = own.iter().map(|site| (site.site_id, site.name.to_string())).collect();
    let mut calendars = calendars(instance, &mut tx, &[no].into()).await?;
    drop(tx);
    let calendar = calendars.remove(&no).ok_or_else(|| fault("no ledger"))?;
    // The book was permitted; the lines of its way are in a ledger that the asker does not read.
    let mut tx = instance.database.read().await?;
    let orders = store::order::of_ledger(&mut tx, no).await?;
    let order = orders.into_iter().find(|(_, order)| order.order_id == state.order_id);
    let (order_no, order) = order.ok_or_else(|| fault("no order"))?;
    let rules = calendar.campaigns.get(&order.campaign_no).cloned();
    let blocks = store::shelf::blocks(&mut tx, no, book.get()).await?;
    let mut places = vec![(no, order_no)];
    places.extend(blocks.iter().map(|(_, seq)| (no, *seq)));
    let trail = trail(&mut tx, (no, book), places, &names).await?;
    let block = |(id, _): &(String, i64)| id.parse().map_err(|_| fault("a malformed block"));
    Ok(Sheet {
        rules: rules.ok_or_else(|| fault("no campaign"))?,
        today: calendar.today,
        site,
        trail,
        blocks: blocks.iter().map(block).collect::<Result<_, _>>()?,
        state,
    })
}

/// The asker's own sites by id.
type Names = BTreeMap<Id<Site>, String>;

/// What happened to the paper of a book, from the lines at some places and those that moved it.
async fn trail(
    tx: &mut Tx,
    (no, book): (i64, BookNumber),
    mut places: Vec<(i64, i64)>,
    names: &Names,
) -> Result<Vec<(Day, Step)>, Error> {
    let mut steps = BTreeMap::new();
    let last = store::shelf::last_lines(tx, no, book.get()).await?;
    let (moved, handed_over) = last.ok_or(Reason::NotFound)?;
    places.extend([Some(moved), handed_over].into_iter().flatten().map(|seq| (no, seq)));
    for (no, seq, line) in store::ledger::lines_at(tx, &places).await? {
        let (entry, fact) = understood(no, seq, &line)?;
        if let Some(step) = step(&fact, book, names) {
            steps.insert(seq, (entry.on, step));
        }
    }
    let (mut after, between) = (String::new(), (-1, i64::MAX));
    let wanted = Wanted { ledger_no: no, noun: "movement", between, text: "" };
    for _ in 0..PAGES {
        let rows = store::story::of_noun(tx, &wanted, &after, PAGE).await?;
        let Some((last, ..)) = rows.last() else { break };
        after.clone_from(last);
        for (_, seq, line) in &rows {
            let (entry, fact) = understood(no, *seq, line)?;
            if let Some(step) = step(&fact, book, names) {
                steps.insert(*seq, (entry.on, step));
            }
        }
    }
    Ok(steps.into_values().collect())
}

/// What a line says of a book's paper; `None` when it speaks of others.
fn step(fact: &Fact, book: BookNumber, names: &Names) -> Option<Step> {
    Some(match fact {
        Fact::OrderPlaced(_) => Step::Ordered,
        Fact::BooksMoved(body) if (body.first..=body.last).contains(&book) => {
            Step::Moved(body.to, body.site_id.and_then(|site| names.get(&site).cloned()))
        }
        Fact::BookHandedOver(body) if body.book == book => {
            Step::HandedOver(names.get(&body.site_id).cloned())
        }
        Fact::VouchersBlocked(body) => Step::Blocked(body.reason),
        Fact::BookReplaced(body) if body.by == book => Step::Replaces(body.book),
        _ => return None,
    })
}
