//! Replacements: a new book takes over the unspent vouchers of a lost one.
//!
//! Promises: from one line on the old vouchers are worth nothing and the new ones as much, so that
//! no money moves and as many vouchers live as before; what was spent stays with the old book, and
//! so does the right to undo it. Does not: print (the order's file has the new book), or tell who
//! lost it.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::{Held, ledger_of, replayed, run};
use crate::base::id::{Id, Replacement};
use crate::domain::access::{Action, Actor, Owner};
use crate::domain::book::{BookReplaced, Custody, ReplacementRequest};
use crate::domain::fact::Fact;
use crate::domain::ledger::receipt::Receipt;
use crate::domain::organisation::OrganisationId;
use crate::domain::refusal::{Reason, Refusal};
use crate::domain::serial::BookNumber;
use crate::service::error::Error;
use crate::service::instance::Instance;
use crate::service::issue::{book_tags, raise_counters};
use crate::service::order::signing_key;
use crate::service::writer::desk::{Decided, Decision, Desk, Draft};
use crate::service::writer::scene::book_views;
use crate::service::writer::{Write, understood};
use crate::store::book::TagRow;
use crate::store::{self};

struct Replace {
    actor: Actor,
    id: Id<Replacement>,
    issuer: OrganisationId,
    ledger_no: Option<i64>,
    book: BookNumber,
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
        let fact = BookReplaced { book: self.book, positions, by, counter, key_id, issuer_id };
        Ok(Decision {
            drafts: vec![Draft::new(no, self.actor.id, self.id, fact)],
            codes,
            ..Decision::default()
        }
        .into())
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
        let (_, _, view) = views.into_iter().next().ok_or(Reason::NotFound)?;
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
        let full = || Error::Fault("the series of book numbers is full".to_owned());
        let last = store::book::last_number(&mut desk.tx, &self.issuer.to_string(), no).await?;
        let by = u32::try_from(last + 1).map_err(|_| full())?;
        let vouchers = u8::try_from(vouchers).map_err(|_| full())?;
        let tags = desk.keys().tag_key().clone();
        let key = desk.head(no)?.code_key.clone();
        let mut rows = BTreeMap::from([(by, (0, book_tags(&key, &tags, by, vouchers, 0)?))]);
        raise_counters(desk, &key, &tags, vouchers, &mut rows).await?;
        let (counter, own) = rows.remove(&by).ok_or_else(full)?;
        Ok((BookNumber::new(by), counter, TagRow::of_book(no, by, &own).collect()))
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
/// `spent`, `lapsed`.
pub async fn replace(
    instance: &Instance,
    actor: &Actor,
    id: Id<Replacement>,
    request: ReplacementRequest,
) -> Result<Replaced, Error> {
    actor.may_ever(Action::Replace)?;
    let book = request.book;
    let ledger_no = ledger_of(instance, book).await?;
    let issuer = instance.operator().await?;
    let write = Replace { actor: *actor, id, issuer, ledger_no, book };
    let done = instance.door.write(write).await?;
    match understood(done.ledger_no, done.seq, &done.receipt.line)?.1 {
        Fact::BookReplaced(body) => Ok(Replaced { body, fresh: done.fresh, receipt: done.receipt }),
        other => Err(Error::Fault(format!("a replacement has a line of kind {}", other.kind()))),
    }
}
