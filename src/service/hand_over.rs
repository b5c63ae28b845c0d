//! Custody: books move, are handed over, blocked and replaced.
//!
//! Promises: a run of books goes as a whole or not at all; the paper follows the arrows of
//! [`Custody::may_become`]; a distributor reaches what its own sites hold, handed over or lost, and
//! may receive into them books that nobody holds. Does not: move money: a blocked or replaced
//! voucher keeps its value in the float.

mod block;
mod book;
mod loss;
mod movement;
mod parcel;
mod replacement;
mod sheet;
mod shelf;

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;

pub(in crate::service) use self::block::blocking;
pub use self::block::{block, unblock};
pub(in crate::service) use self::book::state_of;
pub use self::book::{BookState, Stock, read, stock};
pub use self::loss::{find, lose};
pub use self::movement::movement;
pub(in crate::service) use self::movement::moving;
pub use self::parcel::{Part, Verdict, parcel};
pub(in crate::service) use self::replacement::{MOVED, replacing};
pub use self::replacement::{Replaced, replace};
pub use self::sheet::{Sheet, Step, sheet};
pub use self::shelf::{Run, Runs, Shelf, SiteStock, runs, shelves, site, sites};

use super::error::Error;
use super::instance::Instance;
use super::propose::{Asked, weigh};
use super::writer::desk::{Decided, Decision, Desk, Draft};
use super::writer::{Done, Write};
use crate::base::id::{AnyId, HandOver, Id, Person, Site};
use crate::domain::access::{Action, Actor, Owner};
use crate::domain::book::{BookHandedOver, Custody, HandOverRequest, RANGE_LIMIT};
use crate::domain::fact::Fact;
use crate::domain::organisation::OrganisationId;
use crate::domain::proposal::{Act, Matter};
use crate::domain::refusal::{Reason, Refusal};
use crate::domain::serial::BookNumber;
use crate::store::book::BookRow;
use crate::store::ledger::CreatedRow;
use crate::store::{self, Tx};

/// A book with what a permit and a move depend on.
#[derive(Debug, Clone)]
struct Held {
    row: BookRow,
    custody: Custody,
    /// Whose site holds it, handed it over or lost it.
    distributor: Option<OrganisationId>,
}

impl Held {
    /// Who may be asked about it: its funder and its distributor.
    fn owner(&self, funder: Option<OrganisationId>) -> Owner {
        Owner { organisations: [funder, self.distributor], ..Owner::NOBODY }
    }
}

/// The ledger of a book that this instance issued, or took over.
async fn ledger_of(instance: &Instance, book: BookNumber) -> Result<Option<i64>, Error> {
    instance.ledger_of_number(book.get()).await
}

/// Two people void many vouchers; whoever has a right to each of the books decides, and the
/// operator.
async fn voiding(
    desk: &mut Desk<'_>,
    (actor, action): (&Actor, Action),
    (vouchers, owner): (i64, Owner),
    act: Act,
    decision: Decision,
) -> Result<Decided, Error> {
    let matter = Matter::Vouchers(vouchers);
    weigh(desk, Asked { actor, action, owner, matter, act }, decision).await
}

/// How many vouchers some books have, and who may be asked about all of them.
fn weight_of<'a>(
    books: impl IntoIterator<Item = &'a Held>,
    funder: Option<OrganisationId>,
) -> (i64, Owner) {
    let (mut vouchers, mut of) = (0, None);
    for book in books {
        vouchers += book.row.voucher_count;
        of = match of {
            None => Some(book.distributor),
            Some(other) if other == book.distributor => Some(other),
            Some(_) => Some(None),
        };
    }
    (vouchers, Owner { organisations: [funder, of.flatten()], ..Owner::NOBODY })
}

/// The length of a run that is well formed.
fn length(first: BookNumber, last: BookNumber, pointer: &str) -> Result<i64, Refusal> {
    let length = i64::from(last.get()) - i64::from(first.get()) + 1;
    if (1..=RANGE_LIMIT).contains(&length) {
        return Ok(length);
    }
    let detail = format!("a run goes from `first` to `last` and holds at most {RANGE_LIMIT} books");
    Err(Refusal::invalid(pointer, detail))
}

/// A whole run of books of one ledger.
///
/// `not-found` when one of them is not there, or its order is still being made: half an order is
/// no order.
async fn run(
    tx: &mut Tx,
    ledger_no: i64,
    (first, last): (BookNumber, BookNumber),
) -> Result<Vec<Held>, Error> {
    let rows =
        store::book::range(tx, ledger_no, (first.get(), last.get()), RANGE_LIMIT + 1).await?;
    let expected = i64::from(last.get()) - i64::from(first.get()) + 1;
    if i64::try_from(rows.len()) != Ok(expected) {
        return Err(Reason::NotFound.into());
    }
    let orders: BTreeMap<_, _> =
        store::order::of_ledger(tx, ledger_no).await?.into_iter().collect();
    let is_whole =
        |row: &BookRow| orders.get(&row.order_no).is_some_and(|order| order.issued == order.books);
    if !rows.iter().all(is_whole) {
        return Err(Reason::NotFound.into());
    }
    held(tx, rows).await
}

async fn held(tx: &mut Tx, rows: Vec<BookRow>) -> Result<Vec<Held>, Error> {
    let sites: BTreeSet<String> = rows.iter().filter_map(|row| row.site_id.clone()).collect();
    let owners = if sites.is_empty() {
        Vec::new()
    } else {
        store::organisation::site_owners(tx, &sites).await?
    };
    let owners: BTreeMap<String, String> = owners.into_iter().collect();
    let held = |row: BookRow| {
        let owner = row.site_id.as_ref().and_then(|site| owners.get(site));
        let distributor = owner.map(|owner| organisation(owner)).transpose()?;
        Ok(Held { custody: row.custody()?, distributor, row })
    };
    rows.into_iter().map(held).collect()
}

fn organisation(text: &str) -> Result<OrganisationId, Error> {
    text.parse().map_err(|_| Error::Fault(format!("{text} is not an organisation")))
}

/// The distributor of a site.
async fn distributor(tx: &mut Tx, site: Id<Site>) -> Result<OrganisationId, Error> {
    let owner = store::organisation::site_owner(tx, &site.to_string()).await?;
    organisation(&owner.ok_or(Reason::NotFound)?.0)
}

/// The funder of a ledger that was refreshed.
fn funder(desk: &Desk<'_>, ledger_no: i64) -> Result<Option<OrganisationId>, Error> {
    Ok(desk.head(ledger_no)?.row.ledger_id.parse().ok())
}

/// Whether a line was written for the asker's organisation: by itself, by a key that is or was of
/// that organisation, or by a person who works or worked for it.
async fn speaks_for(tx: &mut Tx, maker: AnyId, actor: &Actor) -> Result<bool, Error> {
    if maker == actor.id {
        return Ok(true);
    }
    if let Some(person) = maker.to::<Person>() {
        let of = store::membership::organisations(tx, person).await?;
        return Ok(of.contains(&actor.organisation.to_string()));
    }
    let row = store::access::find(tx, maker).await?;
    Ok(row
        .map(|row| row.actor())
        .transpose()?
        .is_some_and(|it| it.organisation == actor.organisation))
}

/// The line of an id that is known: the same organisation said the same, or `differs`.
///
/// Asked before any permit that depends on where books are now: a retry must find its answer even
/// when they have gone on since.
async fn replayed(
    desk: &mut Desk<'_>,
    actor: &Actor,
    action: Action,
    id: impl Into<AnyId>,
    same: impl FnOnce(&Fact) -> bool,
) -> Result<Option<CreatedRow>, Error> {
    let Some(known) = desk.created(id.into()).await? else { return Ok(None) };
    let (entry, fact) = desk.fact(&known).await?;
    let own = actor.reaches_all(action) || speaks_for(&mut desk.tx, entry.actor, actor).await?;
    if own && same(&fact) { Ok(Some(known)) } else { Err(Reason::Differs.into()) }
}

struct Give {
    actor: Actor,
    id: Id<HandOver>,
    /// The ledger that the book was found in.
    ledger_no: Option<i64>,
    body: BookHandedOver,
}

#[async_trait]
impl Write for Give {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        if let Some(no) = self.ledger_no {
            desk.refresh(&[no]).await?;
        }
        let BookHandedOver { book, site_id } = self.body;
        let own = distributor(&mut desk.tx, site_id).await?;
        self.actor.permit(Action::HandOver, &Owner::organisation(own))?;
        let same = |fact: &Fact| *fact == Fact::from(self.body);
        let known = replayed(desk, &self.actor, Action::HandOver, self.id, same).await?;
        if let Some(known) = known {
            return Ok(Decided::Known(known));
        }
        let no = self.ledger_no.ok_or(Reason::NotFound)?;
        for held in run(&mut desk.tx, no, (book, book)).await? {
            if held.distributor.is_some() {
                self.actor.permit(Action::HandOver, &held.owner(None))?;
            }
            let here = held.row.site_id == Some(site_id.to_string());
            if held.custody != Custody::InStock || !here {
                return Err(Refusal::wrong_state(held.custody.as_str()).into());
            }
        }
        Ok(Draft::new(no, self.actor.id, self.id, self.body).into())
    }
}

/// Hands a book over, from the stock of a site to a person; where its campaign says so, its
/// vouchers become active.
///
/// # Errors
/// `wrong-state` with its custody when the book is not in the stock of that site; `not-found` when
/// the site, or the book, is another distributor's.
pub async fn hand_over(
    instance: &Instance,
    actor: &Actor,
    id: Id<HandOver>,
    request: &HandOverRequest,
) -> Result<Done, Error> {
    actor.may_ever(Action::HandOver)?;
    let book = BookNumber::from_cover(&request.book)
        .map_err(|error| Refusal::invalid("/book", error.to_string()))?;
    let mut tx = instance.database.read().await?;
    let same = store::leaving::of_number(&mut tx, book.get()).await?;
    drop(tx);
    // Two issuers may have used the number: the book is the one in the stock of this site.
    let site = Some(request.site_id.to_string());
    let here = same.into_iter().find(|(_, at)| *at == site).map(|(no, _)| no);
    let ledger_no = if here.is_some() { here } else { ledger_of(instance, book).await? };
    let body = BookHandedOver { book, site_id: request.site_id };
    instance.door.write(Give { actor: *actor, id, ledger_no, body }).await
}
