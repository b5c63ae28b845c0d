//! Movements: a run of books goes to a site, back, is lost or destroyed.
//!
//! Promises: all books of the run or none; the operator moves any book, a distributor what its own
//! sites hold, handed over or lost, and what nobody holds into a site of its own. Does not: hand
//! over.

use async_trait::async_trait;

use super::{Held, distributor, ledger_of, length, replayed, run, voiding, weight_of};
use crate::base::id::{Id, Movement};
use crate::domain::access::{Action, Actor, Owner};
use crate::domain::book::{BooksMoved, Custody, MovementRequest};
use crate::domain::fact::Fact;
use crate::domain::organisation::OrganisationId;
use crate::domain::proposal::Act;
use crate::domain::refusal::{Reason, Refusal};
use crate::service::error::Error;
use crate::service::instance::Instance;
use crate::service::writer::desk::{Decided, Decision, Desk, Draft};
use crate::service::writer::{Done, Write};

/// A write that moves books.
pub(in crate::service) struct Move {
    actor: Actor,
    id: Id<Movement>,
    /// The ledger that the first book was found in.
    ledger_no: Option<i64>,
    body: BooksMoved,
}

#[async_trait]
impl Write for Move {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        if let Some(no) = self.ledger_no {
            desk.refresh(&[no]).await?;
        }
        let target = match self.body.site_id {
            Some(site) => {
                let owner = distributor(&mut desk.tx, site).await?;
                self.actor.permit(Action::MoveBooks, &Owner::organisation(owner))?;
                Some(owner)
            }
            None => None,
        };
        let same = |fact: &Fact| *fact == Fact::from(self.body);
        let known = replayed(desk, &self.actor, Action::MoveBooks, self.id, same).await?;
        if let Some(known) = known {
            return Ok(Decided::Known(known));
        }
        let no = self.ledger_no.ok_or(Reason::NotFound)?;
        let books = run(&mut desk.tx, no, (self.body.first, self.body.last)).await?;
        for book in &books {
            self.actor.permit(Action::MoveBooks, &owner(book, target))?;
        }
        if let Some(stuck) = books.iter().find(|book| !book.custody.may_become(self.body.to)) {
            return Err(Refusal::wrong_state(stuck.custody.as_str()).into());
        }
        // The paper of a replaced book is worth nothing: nobody must be given it again.
        let replaced = |book: &Held| book.row.replaced_by.is_some();
        if self.body.to == Custody::InStock && books.iter().any(replaced) {
            return Err(Refusal::wrong_state("replaced").into());
        }
        let draft = Draft::new(no, self.actor.id, self.id, self.body);
        if !matches!(self.body.to, Custody::Lost | Custody::Destroyed) {
            return Ok(draft.into());
        }
        let decision = Decision { drafts: vec![draft], ..Decision::default() };
        // Whose paper it is decides: a funder does not move books.
        let weight = weight_of(&books, None);
        let act = Act::MoveBooks { movement_id: self.id, request: self.body };
        voiding(desk, (&self.actor, Action::MoveBooks), weight, act, decision).await
    }
}

/// Who may move a book: the distributor that has it, or that which receives it from nobody.
pub(super) fn owner(book: &Held, target: Option<OrganisationId>) -> Owner {
    let free = matches!(book.custody, Custody::AtPrinter | Custody::Returned);
    let receiver = if free && book.distributor.is_none() { target } else { None };
    Owner { organisations: [book.distributor, receiver], ..Owner::NOBODY }
}

/// Moves a run of books.
///
/// # Errors
/// `wrong-state` with the custody that stands in the way; `not-found` when a book or the site is
/// not there, or another's, and then none of them moves; `Proposed` for so many that two people
/// decide.
pub async fn movement(
    instance: &Instance,
    actor: &Actor,
    id: Id<Movement>,
    request: MovementRequest,
) -> Result<Done, Error> {
    let write = moving(instance, actor, id, request).await?;
    instance.door.write(write).await
}

/// The write that moves books.
///
/// # Errors
/// As [`movement`].
pub(in crate::service) async fn moving(
    instance: &Instance,
    actor: &Actor,
    id: Id<Movement>,
    request: MovementRequest,
) -> Result<Move, Error> {
    actor.may_ever(Action::MoveBooks)?;
    length(request.first, request.last, "/last")?;
    match (request.to, request.site_id) {
        (Custody::HandedOver, _) => {
            let detail = "a hand-over is a request of its own: PUT /api/v1/hand-overs/{id}";
            return Err(Refusal::invalid("/to", detail).into());
        }
        (Custody::AtPrinter, _) => {
            return Err(Refusal::invalid("/to", "books begin at the printer").into());
        }
        (Custody::InStock, None) => {
            return Err(Refusal::invalid("/site_id", "say which site receives them").into());
        }
        (Custody::Returned | Custody::Lost | Custody::Destroyed, Some(_)) => {
            return Err(Refusal::invalid("/site_id", "only a stock is at a site").into());
        }
        (Custody::InStock, Some(_))
        | (Custody::Returned | Custody::Lost | Custody::Destroyed, None) => {}
    }
    let ledger_no = ledger_of(instance, request.first).await?;
    if actor.reaches_all(Action::MoveBooks) && request.first != request.last {
        let last = ledger_of(instance, request.last).await?;
        if last.is_some() && ledger_no.is_some() && last != ledger_no {
            let detail = "a run lies in one ledger; these books are of two funders";
            return Err(Refusal::invalid("/last", detail).into());
        }
    }
    Ok(Move { actor: *actor, id, ledger_no, body: request })
}
