//! A lost book: nobody can spend it from the moment on that somebody says so; and found again.
//!
//! Promises: blocked first, then lost, so that a stop between leaves what is safe; the same asked
//! again changes nothing. Does not: give new paper (see `replacement`).

use super::book::read;
use super::sheet::sheet;
use super::{block, movement, unblock};
use crate::base::id::{Block, Id, Movement};
use crate::domain::access::{Action, Actor};
use crate::domain::book::{BlockReason, BlockRequest, BlockTarget, Custody, MovementRequest};
use crate::domain::refusal::{Reason, Refusal};
use crate::domain::serial::BookNumber;
use crate::service::error::Error;
use crate::service::instance::Instance;

/// A movement of one book to nowhere.
const fn gone(book: BookNumber, to: Custody) -> MovementRequest {
    MovementRequest { first: book, last: book, to, site_id: None }
}

/// Blocks a book that is lost or stolen and says that nobody knows where it is.
///
/// # Errors
/// `wrong-state` with its custody when it cannot be lost; `not-found` when it is another's;
/// `not-permitted` for who may not block; `Proposed` where two people decide.
pub async fn lose(
    instance: &Instance,
    actor: &Actor,
    book: BookNumber,
    (movement_id, block_id): (Id<Movement>, Id<Block>),
    reason: BlockReason,
) -> Result<(), Error> {
    actor.may_ever(Action::Block)?;
    let custody = read(instance, actor, book).await?.custody;
    let target = BlockTarget::Books { first: book, last: book };
    let request = BlockRequest { target, reason };
    let lost = gone(book, Custody::Lost);
    // Lost already: only the same request is answered as before, and another one blocks nothing.
    if custody == Custody::Lost {
        movement(instance, actor, movement_id, lost).await?;
        block(instance, actor, block_id, request).await?;
        return Ok(());
    }
    if !custody.may_become(Custody::Lost) {
        return Err(Refusal::wrong_state(custody.as_str()).into());
    }
    block(instance, actor, block_id, request).await?;
    movement(instance, actor, movement_id, lost).await?;
    Ok(())
}

/// A lost book turned up: what its distributor blocked of it is free again, and it is given back,
/// which makes it nobody's until a site receives it.
///
/// # Errors
/// As for [`movement`](super::movement()).
pub async fn find(
    instance: &Instance,
    actor: &Actor,
    book: BookNumber,
    id: Id<Movement>,
) -> Result<(), Error> {
    actor.may_ever(Action::Block)?;
    // Freed first: once it is given back, its way is no longer the distributor's to read.
    let blocks = match sheet(instance, actor, book).await {
        Ok(sheet) if sheet.state.custody == Custody::Lost => sheet.blocks,
        Ok(_) => Vec::new(),
        Err(Error::Refused(refusal)) if refusal.reason == Reason::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    for block in blocks {
        match unblock(instance, actor, block).await {
            // What another organisation blocked stays blocked.
            Err(Error::Refused(refusal)) if refusal.reason == Reason::NotFound => {}
            done => drop(done?),
        }
    }
    movement(instance, actor, id, gone(book, Custody::Returned)).await?;
    Ok(())
}
