//! Replacements: a new book takes over the unspent vouchers of a lost one.
//!
//! Promises: from one line on the old vouchers are worth nothing and the new ones as much, so that
//! no money moves and as many vouchers live as before; what was spent stays with the old book, and
//! so does the right to undo it. Does not: print (the order's file has the new book), or tell who
//! lost it.

use async_trait::async_trait;

use super::{Held, ledger_of, replayed, run, voiding};
use crate::base::id::{Id, Replacement};
use crate::domain::access::{Action, Actor, Owner};
use crate::domain::book::{BookReplaced, Custody, ReplacementRequest};
use crate::domain::fact::Fact;
use crate::domain::ledger::receipt::Receipt;
use crate::domain::organisation::OrganisationId;
use crate::domain::proposal::Act;
use crate::domain::refusal::{Reason, Refusal};
use crate::domain::serial::BookNumber;
use crate::service::error::Error;
use crate::service::instance::Instance;
use crate::service::issue::{Prepared, prepare};
use crate::service::order::signing_key;
use crate::service::writer::desk::{Decided, Decision, Desk, Draft};
use crate::service::writer::scene::book_views;
use crate::service::writer::{Write, understood};
use crate::store::code::TagRow;
use crate::store::{self};

/// How often a number is looked for that nobody takes meanwhile.
const TRIES: usize = 20;
/// The state of a number that was taken meanwhile: told to nobody.
pub(in crate::service) const MOVED: &str = "moved";
/// The most vouchers of a book.
const VOUCHERS: u8 = 20;

/// A write that replaces a book.
pub(in crate::service) struct Replace {
    actor: Actor,
    id: Id<Replacement>,
    issuer: OrganisationId,
    ledger_no: Option<i64>,
    book: BookNumber,
    /// The number that the new book was thought to get, and the tags of its codes; or why there
    /// are none.
    prepared: Result<Prepared, Error>,
}

#[async_trait]
impl Write for Replace {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        self.actor.permit(Action::Replace, &Owner::NOBODY)?;
        if let Some(no) = self.ledger_no {
            desk.refresh(&[no]).await?;
        }
        let same =
            |fact: &Fact| matches!(fact, Fact::BookReplaced(known) if known.book == self.book);
        let known = replayed(desk, &self.actor, Action::Replace, self.id, same).await?;
        if let Some(known) = known {
            return Ok(Decided::Known(known));
        }
        let no = self.ledger_no.ok_or(Reason::NotFound)?;
        let books = run(&mut desk.tx, no, (self.book, self.book)).await?;
        let old = books.into_iter().next().ok_or(Reason::NotFound)?;
        let positions = self.unspent(desk, no, &old).await?;
        let (by, counter, codes) = self.codes(desk, no, positions.len()).await?;
        let key_id = signing_key(desk, self.issuer, no).await?;
        // After a take-over the lost book may be of a former issuer; the new one is ours.
        let other = old.row.issuer_id != self.issuer.to_string();
        let issuer_id = other.then_some(self.issuer);
        let vouchers = i64::try_from(positions.len()).unwrap_or(i64::MAX);
        let fact = BookReplaced { book: self.book, positions, by, counter, key_id, issuer_id };
        let drafts = vec![Draft::new(no, self.actor.id, self.id, fact)];
        let decision = Decision { drafts, codes, ..Decision::default() };
        let request = ReplacementRequest { book: self.book };
        let act = Act::ReplaceBook { replacement_id: self.id, request };
        let (actor, weight) = ((&self.actor, Action::Replace), (vouchers, Owner::NOBODY));
        voiding(desk, actor, weight, act, decision).await
    }
}

impl Replace {
    /// The positions that a new book takes over; refused when there is nothing to take.
    async fn unspent(&self, desk: &mut Desk<'_>, no: i64, old: &Held) -> Result<Vec<u8>, Error> {
        if old.custody != Custody::Lost {
            return Err(Refusal::wrong_state(old.custody.as_str()).into());
        }
        if old.row.replaced_by.is_some() {
            return Err(Refusal::wrong_state("replaced").into());
        }
        let orders = store::order::of_ledger(&mut desk.tx, no).await?;
        let order = orders.into_iter().find(|(order_no, _)| *order_no == old.row.order_no);
        let (_, order) = order.ok_or(Reason::NotFound)?;
        let campaigns = store::campaign::of_ledger(&mut desk.tx, no).await?;
        let campaign = campaigns.into_iter().find(|row| row.campaign_no == order.campaign_no);
        let campaign = campaign.ok_or(Reason::NotFound)?.view;
        if campaign.lapsed || desk.moment(no)?.today > campaign.profile.accepted_until() {
            return Err(Refusal::wrong_state("lapsed").into());
        }
        let views = book_views(&mut desk.tx, &[(no, self.book.get())]).await?;
        let (_, view) = views.into_iter().next().ok_or(Reason::NotFound)?;
        let takes = |position: &u8| view.live(*position).is_none() && !view.is_replaced(*position);
        let positions: Vec<u8> = (1..=view.vouchers).filter(takes).collect();
        if positions.is_empty() {
            return Err(Refusal::wrong_state("spent").into());
        }
        Ok(positions)
    }

    /// The next number of the series, with the counter and tags of its codes.
    async fn codes(
        &self,
        desk: &mut Desk<'_>,
        no: i64,
        vouchers: usize,
    ) -> Result<(BookNumber, u32, Vec<TagRow>), Error> {
        let last = store::book::last_number(&mut desk.tx, &self.issuer.to_string(), no).await?;
        let prepared = match &self.prepared {
            Ok(prepared) => prepared,
            Err(Error::Refused(refusal)) => return Err(refusal.clone().into()),
            Err(error) => return Err(Error::Fault(error.to_string())),
        };
        let book = prepared.books.first().filter(|book| i64::from(book.book) == last + 1);
        let moved = || Refusal::wrong_state(MOVED);
        let book = book.ok_or_else(moved)?;
        let own = book.tags.get(..vouchers).ok_or_else(moved)?;
        let rows = TagRow::of_book(no, book.book, own).collect();
        Ok((BookNumber::new(book.book), book.counter, rows))
    }
}

/// A book that was replaced.
#[derive(Debug, Clone)]
pub struct Replaced {
    /// What the line says.
    pub body: BookReplaced,
    /// Whether this request wrote it.
    pub fresh: bool,
    /// Its receipt.
    pub receipt: Receipt,
}

/// Makes a new book for the unspent vouchers of a lost one.
///
/// # Errors
/// `wrong-state` with what stands in the way: its custody when it is not lost, `replaced`,
/// `spent`, `lapsed`; `Proposed` for so many vouchers that two people decide.
pub async fn replace(
    instance: &Instance,
    actor: &Actor,
    id: Id<Replacement>,
    request: ReplacementRequest,
) -> Result<Replaced, Error> {
    let mut tries = 0;
    let done = loop {
        tries += 1;
        let write = replacing(instance, actor, id, request).await?;
        match instance.door.write(write).await {
            // Somebody else took the number meanwhile.
            Err(Error::Refused(refusal))
                if refusal.members.state == Some(MOVED) && tries < TRIES => {}
            done => break done?,
        }
    };
    match understood(done.ledger_no, done.seq, &done.receipt.line)?.1 {
        Fact::BookReplaced(body) => Ok(Replaced { body, fresh: done.fresh, receipt: done.receipt }),
        other => Err(Error::Fault(format!("a replacement has a line of kind {}", other.kind()))),
    }
}

/// The write that replaces a book.
///
/// # Errors
/// As [`replace`].
pub(in crate::service) async fn replacing(
    instance: &Instance,
    actor: &Actor,
    id: Id<Replacement>,
    request: ReplacementRequest,
) -> Result<Replace, Error> {
    actor.may_ever(Action::Replace)?;
    let book = request.book;
    let ledger_no = ledger_of(instance, book).await?;
    let issuer = instance.operator().await?;
    let prepared = match ledger_no {
        Some(no) => prepare(instance, issuer, no, (1, VOUCHERS), true).await,
        None => Err(Reason::NotFound.into()),
    };
    Ok(Replace { actor: *actor, id, issuer, ledger_no, book, prepared })
}
