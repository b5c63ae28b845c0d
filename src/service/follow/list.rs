//! The lists behind a funder's numbers: orders, books, uses, venues, movements of an account.
//!
//! Promises: pages by a key, at most [`LIMIT`] rows each; a campaign of somebody else is answered
//! like one that does not exist. Does not: count.

use std::collections::BTreeMap;

use super::{Opened, open};
use crate::base::day::Day;
use crate::base::id::{Campaign, Id, Order, Redemption, Structure, Venue};
use crate::base::page::{LIMIT, Page};
use crate::base::text::Name;
use crate::domain::access::Actor;
use crate::domain::fact::Fact;
use crate::domain::ledger::account::Account;
use crate::domain::offering::Offering;
use crate::domain::order::{OrderView, Reference};
use crate::domain::progress::Stage;
use crate::domain::refusal::Reason;
use crate::domain::serial::Serial;
use crate::service::error::Error;
use crate::service::instance::Instance;
use crate::service::writer::understood;
use crate::store;
use crate::store::progress::{BookFilter, BookLine, UseFilter, VenueUse};

/// Cuts a list that was asked for one row too many, and says where it goes on.
fn page<T>(mut items: Vec<T>, limit: i64, key: impl Fn(&T) -> i64) -> Page<T> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(key);
    Page { items, next }
}

/// The number of a campaign in the opened ledger; none for none.
async fn number(opened: &mut Opened, campaign: Option<Id<Campaign>>) -> Result<Option<i64>, Error> {
    let Some(id) = campaign else { return Ok(None) };
    let rows = store::campaign::of_ledger(&mut opened.tx, opened.head.ledger_no).await?;
    let row = rows.into_iter().find(|row| row.view.campaign_id == id);
    Ok(Some(row.ok_or(Reason::NotFound)?.campaign_no))
}

/// An order in a list.
#[derive(Debug, Clone)]
pub struct OrderLine {
    /// Its number in the ledger.
    pub order_no: i64,
    /// The order.
    pub view: OrderView,
    /// Its campaign.
    pub campaign_id: Id<Campaign>,
    /// What the campaign is called.
    pub campaign_name: Name,
}

/// Orders before a line, newest first; of one campaign, or of all.
///
/// # Errors
/// [`Error`].
pub async fn orders(
    instance: &Instance,
    actor: &Actor,
    campaign: Option<Id<Campaign>>,
    before: i64,
    limit: i64,
) -> Result<Page<OrderLine>, Error> {
    let limit = limit.clamp(1, LIMIT);
    let mut opened = open(instance, actor).await?;
    let campaign_no = number(&mut opened, campaign).await?;
    let Opened { mut tx, head, .. } = opened;
    let no = head.ledger_no;
    let rows = store::order::page(&mut tx, no, campaign_no, before, limit + 1).await?;
    let campaigns = store::campaign::of_ledger(&mut tx, no).await?;
    let mut lines = Vec::with_capacity(rows.len());
    for (order_no, view) in rows {
        let campaign = campaigns.iter().find(|row| row.campaign_no == view.campaign_no);
        let campaign = &campaign.ok_or(Reason::NotFound)?.view;
        let campaign_name = campaign.profile.name.clone();
        lines.push(OrderLine { order_no, view, campaign_id: campaign.campaign_id, campaign_name });
    }
    Ok(page(lines, limit, |line| line.order_no))
}

/// Books with a number above `after`; of one campaign or order, or at one stage.
///
/// # Errors
/// [`Error`].
pub async fn books(
    instance: &Instance,
    actor: &Actor,
    (campaign, order): (Option<Id<Campaign>>, Option<Id<Order>>),
    stage: Option<Stage>,
    after: i64,
    limit: i64,
) -> Result<Page<BookLine>, Error> {
    let limit = limit.clamp(1, LIMIT);
    let mut opened = open(instance, actor).await?;
    let campaign_no = number(&mut opened, campaign).await?;
    let Opened { mut tx, head, .. } = opened;
    let mut order_no = None;
    if let Some(id) = order {
        let created = store::ledger::created(&mut tx, &[id.to_string()]).await?;
        let own = created.into_iter().find(|row| row.ledger_no == head.ledger_no);
        order_no = Some(own.ok_or(Reason::NotFound)?.seq);
    }
    let filter = BookFilter { campaign_no, order_no, stage };
    let rows =
        store::progress::book_page(&mut tx, head.ledger_no, filter, after, limit + 1).await?;
    Ok(page(rows, limit, |row| row.book_no))
}

/// A voucher that was used.
#[derive(Debug, Clone)]
pub struct Used {
    /// Its line in the ledger.
    pub seq: i64,
    /// The redemption.
    pub redemption_id: Id<Redemption>,
    /// Its civil day.
    pub on: Day,
    /// The voucher.
    pub voucher: Serial,
    /// What was done.
    pub offering: Offering,
    /// What it was worth, in cents.
    pub cents: i64,
    /// The line that undid it.
    pub undone: Option<i64>,
    /// Where.
    pub place: UsedWhere,
}

/// Where a voucher was used, as the ledger says.
#[derive(Debug, Clone)]
pub struct UsedWhere {
    /// The venue.
    pub venue_id: Id<Venue>,
    /// Its name.
    pub name: Name,
    /// The name of its commune.
    pub commune: &'static str,
    /// The structure that is paid.
    pub structure_name: Name,
}

/// Which uses are asked for.
#[derive(Debug, Clone, Copy)]
pub struct Uses {
    /// Of vouchers of this campaign.
    pub campaign: Option<Id<Campaign>>,
    /// At this venue.
    pub venue: Option<Id<Venue>>,
    /// From this civil day; from the first one when absent.
    pub from: Option<Day>,
    /// To this one, included; to today when absent.
    pub to: Option<Day>,
}

/// Vouchers that were used before a line, newest first, those that were undone included.
///
/// # Errors
/// [`Error`].
pub async fn uses(
    instance: &Instance,
    actor: &Actor,
    asked: Uses,
    before: i64,
    limit: i64,
) -> Result<Page<Used>, Error> {
    let limit = limit.clamp(1, LIMIT);
    let mut opened = open(instance, actor).await?;
    let campaign_no = number(&mut opened, asked.campaign).await?;
    let Opened { mut tx, head, today, .. } = opened;
    let no = head.ledger_no;
    let mut venue_no = None;
    if let Some(venue) = asked.venue {
        let known = store::venue::admissions(&mut tx, no).await?;
        let found = known.into_iter().find(|row| row.venue_id == venue);
        venue_no = Some(found.ok_or(Reason::NotFound)?.venue_no);
    }
    let from = asked.from.unwrap_or_else(|| today.plus_days(-366 * 20));
    let filter = UseFilter { campaign_no, venue_no, from, to: asked.to.unwrap_or(today) };
    let rows = store::progress::uses(&mut tx, no, filter, before, limit + 1).await?;
    let mut used = Vec::with_capacity(rows.len());
    for row in rows {
        let (entry, fact) = understood(no, row.seq, &row.line)?;
        let (Fact::VoucherRedeemed(body), Some(redemption_id)) = (fact, entry.id.to()) else {
            return Err(Error::Fault(format!("ledger {no}, line {} redeems nothing", row.seq)));
        };
        let place = UsedWhere {
            venue_id: row.venue_id,
            name: row.admitted.name,
            commune: row.admitted.commune.name(),
            structure_name: row.admitted.structure_name,
        };
        used.push(Used {
            seq: row.seq,
            redemption_id,
            on: entry.on,
            voucher: body.voucher,
            offering: body.offering,
            cents: row.cents,
            undone: row.undone,
            place,
        });
    }
    Ok(page(used, limit, |row| row.seq))
}

/// Venues by how many vouchers were used there, most first, at most `limit`.
///
/// # Errors
/// [`Error`].
pub async fn venues(
    instance: &Instance,
    actor: &Actor,
    campaign: Option<Id<Campaign>>,
    limit: i64,
) -> Result<Vec<VenueUse>, Error> {
    let mut opened = open(instance, actor).await?;
    let campaign_no = number(&mut opened, campaign).await?;
    let limit = limit.clamp(1, LIMIT);
    let no = opened.head.ledger_no;
    Ok(store::progress::venues(&mut opened.tx, no, campaign_no, limit).await?)
}

/// The structures that a funder's ledger knows, by name as it was last admitted.
///
/// # Errors
/// [`Error`].
pub async fn structures(
    instance: &Instance,
    actor: &Actor,
) -> Result<BTreeMap<Id<Structure>, Name>, Error> {
    let mut opened = open(instance, actor).await?;
    let rows = store::venue::admissions(&mut opened.tx, opened.head.ledger_no).await?;
    Ok(rows.into_iter().map(|row| (row.structure_id, row.body.structure_name)).collect())
}

/// Money that moved.
#[derive(Debug, Clone)]
pub struct Moved {
    /// Its line in the ledger.
    pub seq: i64,
    /// Its civil day.
    pub on: Day,
    /// What happened, as lines say it.
    pub kind: &'static str,
    /// What the bank or the accountant calls it, where money came in or went back.
    pub reference: Option<Reference>,
    /// By how many cents the account changed.
    pub cents: i64,
}

/// What moved on an account of the actor's ledger before a line, newest first.
///
/// # Errors
/// [`Error`].
pub async fn movements(
    instance: &Instance,
    actor: &Actor,
    account: Account,
    before: i64,
    limit: i64,
) -> Result<Page<Moved>, Error> {
    let limit = limit.clamp(1, LIMIT);
    let Opened { mut tx, head, .. } = open(instance, actor).await?;
    let (no, name) = (head.ledger_no, account.to_string());
    let rows = store::progress::movements(&mut tx, no, &name, before, limit + 1).await?;
    let mut moved = Vec::with_capacity(rows.len());
    for row in rows {
        let (entry, fact) = understood(no, row.seq, &row.line)?;
        // `funds` grows by debits, every other account by credits.
        let grows = (row.debit == name) == matches!(account, Account::Funds(_));
        let reference = match &fact {
            Fact::DepositRecorded(body) => Some(body.reference.clone()),
            Fact::DepositWithdrawn(body) => Some(body.0.reference.clone()),
            Fact::RefundRolledOver(body) => Some(body.0.reference.clone()),
            Fact::RefundPaidBack(body) => Some(body.0.reference.clone()),
            _ => None,
        };
        let cents = if grows { row.cents } else { -row.cents };
        moved.push(Moved { seq: row.seq, on: entry.on, kind: fact.kind(), reference, cents });
    }
    Ok(page(moved, limit, |row| row.seq))
}
