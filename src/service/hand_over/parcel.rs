//! A parcel before it is received: which of its books can go into a site's stock, and why not.
//!
//! Promises: says what [`super::movement()`] would say, book by book; a book of somebody else looks
//! like one that does not exist. Does not: write.

use std::collections::BTreeMap;

use super::movement::owner;
use super::{Held, distributor, held, ledger_of, length};
use crate::base::id::{Id, Site};
use crate::base::text::Name;
use crate::domain::access::{Action, Actor, Owner};
use crate::domain::book::{Custody, RANGE_LIMIT};
use crate::domain::organisation::OrganisationId;
use crate::domain::serial::BookNumber;
use crate::service::error::Error;
use crate::service::instance::Instance;
use crate::store::{self, Tx};

/// Whether a book can be received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It can.
    Ready,
    /// It lies there already.
    Here,
    /// Where it is stands in the way.
    Stuck(Custody),
    /// A new book took over from it: its paper is worth nothing.
    Replaced,
    /// Not there, or another's.
    Unknown,
}

/// Books in a row of which the same is true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The first.
    pub first: BookNumber,
    /// The last, included.
    pub last: BookNumber,
    /// Whether they can be received.
    pub verdict: Verdict,
    /// Their campaign; none where nothing is known of them.
    pub campaign: Option<Name>,
}

impl Part {
    /// How many books.
    #[must_use]
    pub const fn books(&self) -> u32 {
        self.last.get() - self.first.get() + 1
    }
}

/// What is true of a book: its verdict and campaign.
type Known = (Verdict, Option<Name>);

/// The parts of a parcel for a site, in order of number.
///
/// # Errors
/// `invalid-request` for a run that is none, `/last`; `not-found` for a site of somebody else.
pub async fn parcel(
    instance: &Instance,
    actor: &Actor,
    (first, last): (BookNumber, BookNumber),
    site: Id<Site>,
) -> Result<Vec<Part>, Error> {
    actor.may_ever(Action::MoveBooks)?;
    length(first, last, "/last")?;
    let ledger_no = ledger_of(instance, first).await?;
    // A parcel comes from nobody: as a tenant its books are not to be seen. Each is permitted.
    let mut tx = instance.database.read().await?;
    let target = distributor(&mut tx, site).await?;
    actor.permit(Action::MoveBooks, &Owner::organisation(target))?;
    let known = match ledger_no {
        Some(no) => books(&mut tx, no, (first, last), (actor, target, site)).await?,
        None => BTreeMap::new(),
    };
    let mut parts: Vec<Part> = Vec::new();
    for number in first.get()..=last.get() {
        let (verdict, campaign) = known.get(&number).cloned().unwrap_or((Verdict::Unknown, None));
        let book = BookNumber::new(number);
        match parts.last_mut().filter(|it| it.verdict == verdict && it.campaign == campaign) {
            Some(part) => part.last = book,
            None => parts.push(Part { first: book, last: book, verdict, campaign }),
        }
    }
    Ok(parts)
}

/// What is true of each book of a run that there is.
async fn books(
    tx: &mut Tx,
    no: i64,
    (first, last): (BookNumber, BookNumber),
    (actor, target, site): (&Actor, OrganisationId, Id<Site>),
) -> Result<BTreeMap<u32, Known>, Error> {
    let rows = store::book::range(tx, no, (first.get(), last.get()), RANGE_LIMIT + 1).await?;
    let orders: BTreeMap<_, _> = store::order::of_ledger(tx, no).await?.into_iter().collect();
    let campaigns = store::campaign::of_ledger(tx, no).await?;
    let mut known = BTreeMap::new();
    for book in held(tx, rows).await? {
        let order = orders.get(&book.row.order_no).filter(|order| order.issued == order.books);
        let own = actor.permit(Action::MoveBooks, &owner(&book, Some(target))).is_ok();
        let Some(order) = order.filter(|_| own) else { continue };
        let campaign = campaigns.iter().find(|row| row.campaign_no == order.campaign_no);
        let name = campaign.map(|row| row.view.profile.name.clone());
        let number = u32::try_from(book.row.book_no);
        let number = number.map_err(|_| Error::Fault("a book's number is too large".into()))?;
        known.insert(number, (verdict(&book, site), name));
    }
    Ok(known)
}

fn verdict(book: &Held, site: Id<Site>) -> Verdict {
    let here = book.row.site_id == Some(site.to_string());
    match book.custody {
        Custody::InStock if here => Verdict::Here,
        custody if !custody.may_become(Custody::InStock) => Verdict::Stuck(custody),
        _ if book.row.replaced_by.is_some() => Verdict::Replaced,
        _ => Verdict::Ready,
    }
}
