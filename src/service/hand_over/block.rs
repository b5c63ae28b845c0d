//! Blocks: a voucher, a run of books or an order is not accepted until the block ends.
//!
//! Promises: blocks that overlap hold each on its own; the operator blocks anything, a funder in
//! its own ledger, a distributor what is lost or stolen of its own books; a block is ended by the
//! organisation that made it, or by the operator. Does not: move money.

use async_trait::async_trait;

use super::{funder, ledger_of, length, replayed, run, speaks_for, voiding, weight_of};
use crate::base::id::{Block, Id, Order};
use crate::domain::access::{Action, Actor, Owner, Role};
use crate::domain::book::{BlockRequest, BlockTarget, VouchersBlocked, VouchersUnblocked};
use crate::domain::fact::Fact;
use crate::domain::proposal::Act;
use crate::domain::refusal::Reason;
use crate::domain::serial::BookNumber;
use crate::service::error::Error;
use crate::service::instance::Instance;
use crate::service::writer::desk::{Decided, Decision, Desk, Draft};
use crate::service::writer::{Done, Write};
use crate::store;

/// A write that blocks.
pub(in crate::service) struct Place {
    actor: Actor,
    id: Id<Block>,
    /// The ledger that the first book was found in; an order is found at the desk.
    ledger_no: Option<i64>,
    body: VouchersBlocked,
}

/// The books that a target names; none for an order.
const fn books(target: BlockTarget) -> Option<(BookNumber, BookNumber)> {
    match target {
        BlockTarget::Voucher(serial) => Some((serial.book(), serial.book())),
        BlockTarget::Books { first, last } => Some((first, last)),
        BlockTarget::Order(_) => None,
    }
}

#[async_trait]
impl Write for Place {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        let target = self.body.target;
        let ledger_no = match target {
            BlockTarget::Order(order) => desk.created(order).await?.map(|known| known.ledger_no),
            BlockTarget::Voucher(_) | BlockTarget::Books { .. } => self.ledger_no,
        };
        if let Some(no) = ledger_no {
            desk.refresh(&[no]).await?;
        }
        let same = |fact: &Fact| *fact == Fact::from(self.body);
        let known = replayed(desk, &self.actor, Action::Block, self.id, same).await?;
        if let Some(known) = known {
            return Ok(Decided::Known(known));
        }
        let no = ledger_no.ok_or(Reason::NotFound)?;
        let funder = funder(desk, no)?;
        let (vouchers, owner) = match (target, books(target)) {
            (BlockTarget::Order(order), _) => {
                let owner = Owner { organisations: [funder, None], ..Owner::NOBODY };
                self.actor.permit(Action::Block, &owner)?;
                (vouchers_of(desk, no, order).await?, owner)
            }
            (_, None) => return Err(Reason::NotFound.into()),
            (target, Some(books)) => {
                let books = run(&mut desk.tx, no, books).await?;
                for book in &books {
                    self.actor.permit(Action::Block, &book.owner(funder))?;
                    let past = |position: u8| i64::from(position) > book.row.voucher_count;
                    if matches!(target, BlockTarget::Voucher(serial) if past(serial.position())) {
                        return Err(Reason::NotFound.into());
                    }
                }
                let (vouchers, owner) = weight_of(&books, funder);
                let one = matches!(target, BlockTarget::Voucher(_));
                (if one { 1 } else { vouchers }, owner)
            }
        };
        let draft = Draft::new(no, self.actor.id, self.id, self.body);
        let decision = Decision { drafts: vec![draft], ..Decision::default() };
        let VouchersBlocked { target, reason } = self.body;
        let request = BlockRequest { target, reason };
        let act = Act::BlockVouchers { block_id: self.id, request };
        voiding(desk, (&self.actor, Action::Block), (vouchers, owner), act, decision).await
    }
}

/// How many vouchers an order has.
async fn vouchers_of(desk: &mut Desk<'_>, no: i64, order: Id<Order>) -> Result<i64, Error> {
    let seq = desk.created(order).await?.ok_or(Reason::NotFound)?.seq;
    let orders = store::order::of_ledger(&mut desk.tx, no).await?;
    let found = orders.into_iter().find(|(order_no, _)| *order_no == seq);
    let (_, view) = found.ok_or(Reason::NotFound)?;
    Ok(view.books * i64::from(view.vouchers_per_book))
}

/// Blocks a voucher, a run of books or an order.
///
/// # Errors
/// `not-found` when the target is not there, or another's; `not-permitted` when a distributor says
/// anything but lost or stolen; `Proposed` for so many that two people decide.
pub async fn block(
    instance: &Instance,
    actor: &Actor,
    id: Id<Block>,
    request: BlockRequest,
) -> Result<Done, Error> {
    let write = blocking(instance, actor, id, request).await?;
    instance.door.write(write).await
}

/// The write that blocks.
///
/// # Errors
/// As [`block`].
pub(in crate::service) async fn blocking(
    instance: &Instance,
    actor: &Actor,
    id: Id<Block>,
    request: BlockRequest,
) -> Result<Place, Error> {
    actor.may_ever(Action::Block)?;
    if actor.role == Role::Distributor && !request.reason.is_about_custody() {
        return Err(Reason::NotPermitted.into());
    }
    let ledger_no = match books(request.target) {
        Some((first, last)) => {
            length(first, last, "/target/books/last")?;
            ledger_of(instance, first).await?
        }
        None => None,
    };
    let body = VouchersBlocked { target: request.target, reason: request.reason };
    Ok(Place { actor: *actor, id, ledger_no, body })
}

struct End {
    actor: Actor,
    id: Id<Block>,
}

#[async_trait]
impl Write for End {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        let made = desk.created(self.id).await?.ok_or(Reason::NotFound)?;
        desk.refresh(&[made.ledger_no]).await?;
        let (entry, _) = desk.fact(&made).await?;
        let own = speaks_for(&mut desk.tx, entry.actor, &self.actor).await?;
        let maker = own.then_some(self.actor.organisation);
        let owner = Owner { organisations: [maker, None], ..Owner::NOBODY };
        self.actor.permit(Action::Block, &owner)?;
        if let Some(known) = desk.created(format!("{}/end", self.id)).await? {
            return Ok(Decided::Known(known));
        }
        Ok(Draft::new(made.ledger_no, self.actor.id, self.id, VouchersUnblocked {}).into())
    }
}

/// Ends a block; what other blocks cover stays blocked.
///
/// # Errors
/// `not-found` when there is no such block, or another organisation made it.
pub async fn unblock(instance: &Instance, actor: &Actor, id: Id<Block>) -> Result<Done, Error> {
    actor.may_ever(Action::Block)?;
    instance.door.write(End { actor: *actor, id }).await
}
