//! Reading custody: one book, and the stock of a site.
//!
//! Promises: a distributor sees how many vouchers of its book are worth what, never which; nobody
//! sees here where or when one was used. Does not: show codes or tokens.

use std::collections::BTreeMap;

use super::{Held, distributor, held, ledger_of};
use crate::base::id::{Campaign, Id, Order, Site};
use crate::base::money::Money;
use crate::base::page::{LIMIT, Page};
use crate::domain::access::{Action, Actor, Owner};
use crate::domain::book::Custody;
use crate::domain::ledger::entry::LedgerId;
use crate::domain::redemption::Scene;
use crate::domain::refusal::Reason;
use crate::domain::serial::{BookNumber, Serial};
use crate::domain::voucher::Worth;
use crate::service::error::Error;
use crate::service::instance::Instance;
use crate::service::writer::scene::{book_views, scene};
use crate::store::book::StockRow;
use crate::store::ledger::HeadRow;
use crate::store::{self, Tx};

/// A book as it stands.
#[derive(Debug, Clone)]
pub struct BookState {
    /// Its number.
    pub book: BookNumber,
    /// Where its paper is.
    pub custody: Custody,
    /// The site that holds it, handed it over or lost it.
    pub site_id: Option<Id<Site>>,
    /// Its order.
    pub order_id: Id<Order>,
    /// Its campaign.
    pub campaign_id: Id<Campaign>,
    /// Face value of each voucher.
    pub face_value: Money,
    /// The book that took over from it.
    pub replaced_by: Option<BookNumber>,
    /// How many vouchers are worth what.
    pub counts: BTreeMap<Worth, u8>,
    /// What each voucher is worth; `None` for a distributor.
    pub vouchers: Option<Vec<(Serial, Worth)>>,
}

/// A book as it stands.
///
/// # Errors
/// `not-found` for unknown and foreign books alike.
pub async fn read(
    instance: &Instance,
    actor: &Actor,
    book: BookNumber,
) -> Result<BookState, Error> {
    actor.may_ever(Action::ReadBook)?;
    let no = ledger_of(instance, book).await?.ok_or(Reason::NotFound)?;
    let mut tx = instance.read_as(actor).await?;
    let heads = store::ledger::heads(&mut tx, &[no]).await?;
    let head = heads.into_iter().next().ok_or(Reason::NotFound)?;
    let rows = store::book::find(&mut tx, &[(no, book.get())]).await?;
    let found = held(&mut tx, rows).await?.into_iter().next().ok_or(Reason::NotFound)?;
    actor.permit(Action::ReadBook, &found.owner(head.ledger_id.parse().ok()))?;
    let scene = scene_of(&mut tx, &head, book).await?;
    drop(tx);
    told(instance, &head, book, (&found, &scene), actor.role.is_distributors())
}

/// A book of a ledger as it stands, for a verb that has its own permit.
///
/// # Errors
/// `not-found`.
pub(in crate::service) async fn state_of(
    instance: &Instance,
    book: BookNumber,
    ledger_no: i64,
) -> Result<BookState, Error> {
    let mut tx = instance.database.read().await?;
    let heads = store::ledger::heads(&mut tx, &[ledger_no]).await?;
    let head = heads.into_iter().next().ok_or(Reason::NotFound)?;
    let rows = store::book::find(&mut tx, &[(ledger_no, book.get())]).await?;
    let found = held(&mut tx, rows).await?.into_iter().next().ok_or(Reason::NotFound)?;
    let scene = scene_of(&mut tx, &head, book).await?;
    drop(tx);
    told(instance, &head, book, (&found, &scene), false)
}

/// What is told of a book: today, in the ledger's time zone.
fn told(
    instance: &Instance,
    head: &HeadRow,
    book: BookNumber,
    (found, scene): (&Held, &Scene),
    aggregated: bool,
) -> Result<BookState, Error> {
    let zone: crate::base::day::Zone =
        head.time_zone.parse().map_err(|_| Error::Fault("unknown time zone".to_owned()))?;
    let today = zone.day_of(instance.clock.now());
    let serials = (1..=u8::MAX).map_while(|position| Serial::new(book, position).ok());
    let vouchers: Vec<(Serial, Worth)> =
        serials.filter_map(|serial| Some((serial, scene.worth(serial, today)?))).collect();
    // A book of an order that is still being made is not there yet.
    if vouchers.is_empty() {
        return Err(Reason::NotFound.into());
    }
    state(book, found, scene, vouchers, aggregated)
}

/// The scene of a ledger with one book.
async fn scene_of(tx: &mut Tx, head: &HeadRow, book: BookNumber) -> Result<Scene, Error> {
    let ledger: LedgerId = head.ledger_id.parse().map_err(|_| Reason::NotFound)?;
    let mut scene = scene(tx, head.ledger_no, ledger.funder().ok_or(Reason::NotFound)?).await?;
    for ((_, number), view) in book_views(tx, &[(head.ledger_no, book.get())]).await? {
        scene.books.insert(number, view);
    }
    Ok(scene)
}

fn state(
    book: BookNumber,
    found: &Held,
    scene: &Scene,
    vouchers: Vec<(Serial, Worth)>,
    aggregated: bool,
) -> Result<BookState, Error> {
    let fault = |what: &str| Error::Fault(format!("book {book}: {what}"));
    let order = scene.orders.get(&found.row.order_no).ok_or_else(|| fault("no order"))?;
    let campaign = scene.campaigns.get(&order.campaign_no).ok_or_else(|| fault("no campaign"))?;
    let site = found.row.site_id.as_ref().map(|site| site.parse());
    let by = found.row.replaced_by.map(u32::try_from).transpose();
    let mut counts = BTreeMap::new();
    for (_, worth) in &vouchers {
        *counts.entry(*worth).or_default() += 1;
    }
    Ok(BookState {
        book,
        custody: found.custody,
        site_id: site.transpose().map_err(|_| fault("malformed site"))?,
        order_id: order.order_id,
        campaign_id: campaign.campaign_id,
        face_value: Money::from_cents(order.face_cents).map_err(|_| fault("face value"))?,
        replaced_by: by.map_err(|_| fault("malformed replacement"))?.map(BookNumber::new),
        counts,
        vouchers: (!aggregated).then_some(vouchers),
    })
}

/// The stock of a site, or a part of it.
pub type Stock = Page<StockRow>;

/// Books in the stock of a site, in order of number, from above `after` on.
///
/// # Errors
/// `not-found` for unknown and foreign sites alike.
pub async fn stock(
    instance: &Instance,
    actor: &Actor,
    site: Id<Site>,
    after: i64,
) -> Result<Stock, Error> {
    actor.may_ever(Action::ReadBook)?;
    let mut tx = instance.read_as(actor).await?;
    let owner = distributor(&mut tx, site).await?;
    actor.permit(Action::ReadBook, &Owner::organisation(owner))?;
    let mut items = store::book::stock(&mut tx, &site.to_string(), after, LIMIT + 1).await?;
    let limit = usize::try_from(LIMIT).unwrap_or(usize::MAX);
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|row| row.book_no);
    Ok(Page { items, next })
}
