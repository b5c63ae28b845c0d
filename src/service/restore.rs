//! Restoring: an older copy of the database goes on, with the lines that it lacks or without them.
//!
//! Promises: what is missing is told ledger by ledger; what is lost for good is accepted by two
//! people where two are there, in lines that name what was acknowledged and what was found; the
//! checkpoints that were kept stay on the disk. Does not: serve anything before, or ask a witness
//! to forget: it never co-signs the shorter history.

mod put_back;

pub use put_back::{Back, put_back};

use async_trait::async_trait;

use super::audit::{Lost, Outside};
use super::error::Error;
use super::instance::Instance;
use super::propose::{Asked, in_force, weigh};
use super::receipt::{signed, unsigned};
use super::writer::desk::{Decided, Decision, Desk, Draft, OPERATOR_LEDGER};
use super::writer::{Done, Write};
use crate::base::clock::Timestamp;
use crate::domain::access::{Action, Actor, Owner};
use crate::domain::fact::{LedgerRestored, LossAccepted};
use crate::domain::ledger::checkpoint::{Checkpoint, Origin, parts};
use crate::domain::ledger::log::Edge;
use crate::domain::proposal::{Act, Matter};
use crate::domain::refusal::{Reason, Refusal};
use crate::domain::restoration::{LedgerLoss, Loss, Tip};
use crate::domain::session::Assurance;
use crate::store;

/// What a ledger lacks.
#[derive(Debug, Clone)]
pub struct Missing {
    /// What was acknowledged, and what was found.
    pub loss: LedgerLoss,
    /// When its last line was written that is there; `None` when there is none.
    pub last_at: Option<Timestamp>,
    /// Other lines stand in the place of those that were acknowledged.
    pub is_forked: bool,
    /// Where the acknowledged checkpoint is kept.
    pub file: String,
}

impl Missing {
    /// How many acknowledged lines are not there; those that others took the place of not counted.
    #[must_use]
    pub const fn lines(&self) -> i64 {
        let missing = self.loss.remembered.size - self.loss.found.size;
        if missing > 0 { missing } else { 0 }
    }
}

/// What was acknowledged and is not in the database, ledger by ledger, but for what was accepted.
///
/// # Errors
/// [`Error`], also when a kept checkpoint is not one of this instance.
pub async fn missing(instance: &Instance, outside: &Outside) -> Result<Vec<Missing>, Error> {
    let mut all = Vec::new();
    for lost in outside.lost(&instance.database).await? {
        all.push(told(instance, lost).await?);
    }
    Ok(all)
}

async fn told(instance: &Instance, lost: Lost) -> Result<Missing, Error> {
    let fault = |why: &dyn std::fmt::Display| Error::Fault(format!("{}: {why}", lost.file));
    let ledger_id = lost.ledger_id.parse().map_err(|_| fault(&"it is named after no ledger"))?;
    let text = parts(&lost.kept).map(|(text, _)| text);
    let origin = text.and_then(|text| text.lines().next()?.parse::<Origin>().ok());
    let origin = origin.ok_or_else(|| fault(&"its last line is no checkpoint"))?;
    let key = [instance.keys.log_key(origin).verifier_key().clone()];
    let said = Checkpoint::open(&lost.kept, &key).map_err(|error| fault(&error))?;
    let remembered = Tip { size: signed(said.size), root: said.root };
    let mut tx = instance.database.read().await?;
    let head = store::ledger::head(&mut tx, &lost.ledger_id).await?;
    let mut found = Tip { size: 0, root: Edge::empty().root() };
    if let Some(head) = &head
        && let Some((_, note)) =
            store::checkpoint::newest_checkpoint(&mut tx, head.ledger_no).await?
    {
        let said = Checkpoint::open(&note, &key).map_err(|error| fault(&error))?;
        found = Tip { size: signed(said.size), root: said.root };
    }
    let is_forked = found.size >= remembered.size;
    let last_at = head.filter(|head| head.size > 0);
    let last_at = last_at.map(|head| Timestamp::from_millis(head.recorded_at));
    let loss = LedgerLoss { ledger_id, remembered, found };
    Ok(Missing { loss, last_at, is_forked, file: lost.file })
}

/// What keeps an instance from serving: what it lacked when it was held.
#[derive(Debug)]
pub struct Held {
    missing: Vec<Missing>,
}

/// Holds an instance that lacks something: from now on it answers those who decide, and nobody
/// else. Gives whether it is held.
///
/// # Errors
/// [`Error`].
pub async fn hold(instance: &Instance, outside: &Outside) -> Result<bool, Error> {
    let missing = missing(instance, outside).await?;
    if missing.is_empty() {
        return Ok(false);
    }
    Ok(instance.held.set(Held { missing }).is_ok())
}

/// What is missing of a held instance and nobody accepted yet; nothing of one that serves.
///
/// # Errors
/// `not-permitted`; [`Error`].
pub async fn losses(instance: &Instance, actor: &Actor) -> Result<Vec<Missing>, Error> {
    actor.permit(Action::ReadLosses, &Owner::NOBODY)?;
    left(instance).await
}

/// What nobody accepted yet of what was missing when the instance was held.
async fn left(instance: &Instance) -> Result<Vec<Missing>, Error> {
    let Some(held) = instance.held.get() else { return Ok(Vec::new()) };
    let mut tx = instance.database.read().await?;
    let mut left = Vec::new();
    for missing in &held.missing {
        let name = missing.loss.remembered.lost_from(&missing.loss.ledger_id.to_string());
        if store::ledger::created(&mut tx, &[name]).await?.is_empty() {
            left.push(missing.clone());
        }
    }
    Ok(left)
}

/// Accepts what is missing of a held instance: the shorter history goes on.
///
/// # Errors
/// `wrong-state` with `nothing-lost`, `done`, `not-lost` or `written-meanwhile`; `not-permitted`
/// for a program where two people decide.
pub async fn accept(instance: &Instance, actor: &Actor) -> Result<Done, Error> {
    actor.permit(Action::AcceptLoss, &Owner::NOBODY)?;
    let losses = left(instance).await?.iter().map(|it| it.loss).collect();
    instance.door.write(accepting(actor, losses)).await
}

/// The write that accepts losses.
pub(in crate::service) const fn accepting(actor: &Actor, losses: Vec<LedgerLoss>) -> Accept {
    Accept { actor: *actor, losses }
}

/// Accepts losses, as they were found.
pub(in crate::service) struct Accept {
    actor: Actor,
    losses: Vec<LedgerLoss>,
}

#[async_trait]
impl Write for Accept {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        self.actor.permit(Action::AcceptLoss, &Owner::NOBODY)?;
        if self.losses.is_empty() {
            return Err(Refusal::wrong_state("nothing-lost").into());
        }
        // Who holds a key, or the machine, is neither of two people.
        let is_person = self.actor.assurance != Assurance::Program;
        if !is_person && in_force(&mut desk.tx).await? {
            return Err(Reason::NotPermitted.into());
        }
        desk.refresh(&[OPERATOR_LEDGER]).await?;
        let mut own = Vec::new();
        let mut theirs = Vec::new();
        for loss in &self.losses {
            let (id, body) = (loss.ledger_id, loss.loss());
            if desk.created(body.remembered.lost_from(&id.to_string())).await?.is_some() {
                return Err(Refusal::wrong_state("done").into());
            }
            own.push(Draft::new(OPERATOR_LEDGER, self.actor.id, id.any(), LossAccepted(body)));
            if store::ledger::head(&mut desk.tx, &id.to_string()).await?.is_none() {
                continue;
            }
            let no = desk.ledger(id).await?;
            still(desk, no, &body).await?;
            // Another operator keeps it, and writes its lines.
            if no != OPERATOR_LEDGER && desk.head(no)?.released().is_none() {
                theirs.push(Draft::new(no, self.actor.id, id.any(), LedgerRestored(body)));
            }
        }
        let first = self.losses[0];
        own.append(&mut theirs);
        let decision = Decision { drafts: own, ..Decision::default() };
        let act = Act::AcceptLoss { ledger_id: first.ledger_id, losses: self.losses.clone() };
        let (actor, action, owner) = (&self.actor, Action::AcceptLoss, Owner::NOBODY);
        weigh(desk, Asked { actor, action, owner, matter: Matter::Loss, act }, decision).await
    }
}

/// Whether a ledger is what was found: a funder's to its end; of the operator's own, which this
/// proposal is a line of, the beginning; and whether what was acknowledged is still not there.
async fn still(desk: &mut Desk<'_>, no: i64, loss: &Loss) -> Result<(), Error> {
    let Loss { remembered, found } = loss;
    let head = desk.head(no)?;
    let size = head.row.size;
    let key = [head.log_key.verifier_key().clone()];
    let mut had = [false, found.size == 0];
    for (had, tip) in had.iter_mut().zip([remembered, found]) {
        let note = store::checkpoint::at(&mut desk.tx, no, tip.size).await?;
        let said = note.and_then(|note| Checkpoint::open(&note, &key).ok());
        *had |= said.is_some_and(|said| (said.size, said.root) == (unsigned(tip.size), tip.root));
    }
    let moved = no != OPERATOR_LEDGER && size != found.size;
    match had {
        [false, true] if !moved => Ok(()),
        [true, _] => Err(Refusal::wrong_state("not-lost").into()),
        _ => Err(Refusal::wrong_state("written-meanwhile").into()),
    }
}
