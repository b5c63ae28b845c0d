//! Deciding on a proposal: approved and done at once, given up, or too late.
//!
//! Promises: the content is what its line hashed, or nothing is done; who proposed must still be
//! what it was; what is decided is erased from the vault in the same commit. Does not: undo what
//! was done.

use async_trait::async_trait;
use data_encoding::HEXLOWER;

use super::{Approval, carry, hands, letters};
use crate::base::clock::Timestamp;
use crate::base::id::{AnyId, Id, Noun, Person, Proposal};
use crate::domain::access::{Action, Actor, Role};
use crate::domain::fact::Fact;
use crate::domain::ledger::entry::Entry;
use crate::domain::person::PersonState;
use crate::domain::proposal::{
    Act, Content, ProposalMade, ProposalWithdrawn, Proposer, may_approve, may_read, may_withdraw,
    salted_hash,
};
use crate::domain::refusal::{Reason, Refusal};
use crate::domain::session::Assurance;
use crate::service::error::Error;
use crate::service::instance::Instance;
use crate::service::people::invite::{self, Link};
use crate::service::writer::desk::{Decided, Decision, Desk, Draft, OPERATOR_LEDGER, VaultRow};
use crate::service::writer::{Done, Write};
use crate::store;
use crate::store::proposal::ProposalRow;

/// How often it is tried again when a number that was prepared is taken meanwhile.
const TRIES: usize = 20;
/// Expired proposals that are given up in one commit.
const EXPIRED: i64 = 100;

/// What the line of a proposal says, and what it was decided with.
struct Found {
    entry: Entry,
    made: ProposalMade,
}

/// The line of a proposal that nobody decided on, or the answer that was given before.
async fn undecided(
    desk: &mut Desk<'_>,
    id: Id<Proposal>,
    actor: &Actor,
    approves: bool,
) -> Result<Result<Found, Decided>, Error> {
    desk.refresh(&[OPERATOR_LEDGER]).await?;
    let line = desk.created(id).await?.ok_or(Reason::NotFound)?;
    let (entry, fact) = desk.fact(&line).await?;
    let Fact::ProposalMade(made) = fact else { return Err(Reason::NotFound.into()) };
    let Some(known) = desk.created(format!("{id}/decision")).await? else {
        return Ok(Ok(Found { entry, made }));
    };
    let (decided, fact) = desk.fact(&known).await?;
    let reads = actor.reaches_all(Action::ReadLedger);
    if !reads && ![entry.actor, decided.actor].contains(&actor.id) {
        return Err(Reason::NotFound.into());
    }
    let (is_approved, state) = match fact {
        Fact::ProposalApproved(_) => (true, "approved"),
        _ => (false, "withdrawn"),
    };
    // The same answer to the same person; nobody else decided.
    if is_approved == approves && decided.actor == actor.id {
        return Ok(Err(Decided::Known(known)));
    }
    Err(Refusal::wrong_state(state).into())
}

/// What was proposed, as the line hashed it.
fn sound(row: &ProposalRow, found: &Found) -> Result<Content, Error> {
    let salt = HEXLOWER.decode(row.salt.as_bytes()).ok();
    let salt: Option<[u8; 16]> = salt.and_then(|salt| salt.try_into().ok());
    let hash = salt.map(|salt| salted_hash(&salt, &row.content));
    let expires_at = Timestamp::from_millis(row.expires_at);
    let is_whole = hash.as_ref() == Some(&found.made.hash) && expires_at == found.made.expires_at;
    let content: Option<Content> = serde_json::from_str(&row.content).ok();
    match content {
        Some(content) if is_whole && content.proposer.id == found.entry.actor => Ok(content),
        _ => {
            tracing::error!(proposal = %found.entry.id, "the content is not what was proposed");
            Err(Refusal::wrong_state("content-changed").into())
        }
    }
}

/// Whether who proposed is still what it was then.
async fn still_there(desk: &mut Desk<'_>, proposer: &Proposer) -> Result<(), Error> {
    let gone = || Refusal::wrong_state("proposer-gone");
    if let Some(person) = proposer.id.to::<Person>() {
        let row = store::person::find(&mut desk.tx, person).await?.ok_or_else(gone)?;
        if row.state()? != PersonState::Active {
            return Err(gone().into());
        }
        for row in store::membership::living(&mut desk.tx, person).await? {
            let held = (row.role()?, row.organisation()?, row.venue()?);
            if held == (proposer.role, proposer.organisation_id, proposer.venue_id) {
                return Ok(());
            }
        }
        return Err(gone().into());
    }
    if proposer.id.noun() == Noun::ApiKey {
        let row = store::access::find(&mut desk.tx, proposer.id).await?.ok_or_else(gone)?;
        let is_over = row.expires_at.is_some_and(|at| at <= desk.now.millis());
        if is_over || row.revoked_at.is_some() || row.actor()? != proposer.actor() {
            return Err(gone().into());
        }
    }
    Ok(())
}

struct Approve {
    actor: Actor,
    id: Id<Proposal>,
    /// What was read, and the verb that would do it; none of what was decided meanwhile.
    prepared: Option<(ProposalRow, Box<dyn Write>)>,
}

#[async_trait]
impl Write for Approve {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        let found = match undecided(desk, self.id, &self.actor, true).await? {
            Ok(found) => found,
            Err(known) => return Ok(known),
        };
        let row = store::proposal::find(&mut desk.tx, &self.id.to_string()).await?;
        let changed = || Refusal::wrong_state("content-changed");
        let content = sound(&row.ok_or_else(changed)?, &found)?;
        let (read, write) = self.prepared.as_ref().ok_or_else(changed)?;
        sound(read, &found)?;
        let hands = hands(&mut desk.tx, found.entry.actor).await?;
        may_approve(&self.actor, &content, &hands)?;
        if desk.now >= found.made.expires_at {
            return Err(Refusal::wrong_state("expired").into());
        }
        still_there(desk, &content.proposer).await?;
        desk.approval = Some(Approval { id: self.id, approver: self.actor });
        let decided = write.decide(desk).await;
        desk.approval = None;
        match decided? {
            Decided::Write(decision) => {
                let first = decision.drafts.first().map(|draft| &draft.fact);
                if !matches!(first, Some(Fact::ProposalApproved(_))) {
                    return Err(Error::Fault("an act that nobody weighed".to_owned()));
                }
                Ok(Decided::Write(decision))
            }
            // Somebody did it in another way meanwhile.
            Decided::Known(_) | Decided::Waiting(_) => Err(Refusal::wrong_state("done").into()),
        }
    }
}

/// A proposal that was carried out.
#[derive(Debug)]
pub struct Approved {
    /// The line of the approval.
    pub done: Done,
    /// The link of an invitation, for who was not sent it.
    pub link: Option<Link>,
}

/// Approves a proposal: what it says is done in the same commit.
///
/// # Errors
/// As `domain::proposal::may_approve`; `wrong-state` with `withdrawn`, `approved` (by somebody
/// else), `expired`, `proposer-gone`, `done` or `content-changed`; whatever the act itself is
/// refused with now.
pub async fn approve(
    instance: &Instance,
    actor: &Actor,
    id: Id<Proposal>,
) -> Result<Approved, Error> {
    let mut tries = 0;
    loop {
        tries += 1;
        let mut tx = instance.database.read().await?;
        let row = store::proposal::find(&mut tx, &id.to_string()).await?;
        drop(tx);
        let content: Option<Content> =
            row.as_ref().and_then(|row| serde_json::from_str(&row.content).ok());
        let (mut prepared, mut link) = (None, None);
        if let (Some(row), Some(content)) = (row, &content) {
            if !may_read(actor, content) {
                let seen = actor.reaches_all(Action::ReadLedger);
                return Err(if seen { Reason::NotPermitted } else { Reason::NotFound }.into());
            }
            let carried = carry::write(instance, &content.proposer, &content.act).await?;
            link = carried.link;
            prepared = Some((row, carried.write));
        }
        let write = Approve { actor: *actor, id, prepared };
        match instance.door.write(write).await {
            // Somebody else took the number of a book meanwhile.
            Err(Error::Refused(refusal))
                if refusal.members.state == Some(carry::MOVED) && tries < TRIES => {}
            Err(error) => return Err(error),
            Ok(done) => {
                let fresh = content.filter(|_| done.fresh);
                let link = match fresh {
                    Some(content) => afterwards(instance, &content.act, link).await?,
                    None => None,
                };
                return Ok(Approved { done, link });
            }
        }
    }
}

/// What follows an approval outside the ledgers: letters, which the commit does not wait for.
async fn afterwards(
    instance: &Instance,
    act: &Act,
    link: Option<(Link, String)>,
) -> Result<Option<Link>, Error> {
    match act {
        Act::RecordBankAccount { organisation_id, .. } => {
            letters::tell_account(instance, *organisation_id).await?;
            Ok(None)
        }
        Act::GrantMembership { membership_id, .. } => match link {
            Some((link, token_hash)) => {
                invite::welcome(instance, *membership_id, link, &token_hash).await
            }
            None => Ok(None),
        },
        _ => Ok(None),
    }
}

struct Withdraw {
    actor: Actor,
    id: Id<Proposal>,
}

#[async_trait]
impl Write for Withdraw {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        let found = match undecided(desk, self.id, &self.actor, false).await? {
            Ok(found) => found,
            Err(known) => return Ok(known),
        };
        let row = store::proposal::find(&mut desk.tx, &self.id.to_string()).await?;
        // Its maker may always give it up, whatever became of the content.
        if found.entry.actor == self.actor.id {
            if self.actor.assurance == Assurance::Stale {
                return Err(Reason::SecondFactorNeeded.into());
            }
        } else {
            let changed = || Refusal::wrong_state("content-changed");
            let content = sound(&row.ok_or_else(changed)?, &found)?;
            may_withdraw(&self.actor, &content)?;
        }
        Ok(ended(self.actor.id, &[self.id.to_string()], &[self.id]))
    }
}

fn ended(by: AnyId, rows: &[String], ids: &[Id<Proposal>]) -> Decided {
    let draft = |id: &Id<Proposal>| Draft::new(OPERATOR_LEDGER, by, *id, ProposalWithdrawn {});
    let vault = rows.iter().cloned().map(VaultRow::DecidedProposal).collect();
    Decision { drafts: ids.iter().map(draft).collect(), vault, ..Decision::default() }.into()
}

/// Gives a proposal up: by who made it, or by who might approve it.
///
/// # Errors
/// As `domain::proposal::may_withdraw`; `wrong-state` when it was decided.
pub async fn withdraw(instance: &Instance, actor: &Actor, id: Id<Proposal>) -> Result<Done, Error> {
    instance.door.write(Withdraw { actor: *actor, id }).await
}

/// Gives up what nobody decided on in time; gives how many, a hundred at the most.
struct Expire {
    actor: Actor,
}

#[async_trait]
impl Write for Expire {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        desk.refresh(&[OPERATOR_LEDGER]).await?;
        let rows = store::proposal::expired(&mut desk.tx, desk.now, EXPIRED).await?;
        let ids: Vec<String> = rows.into_iter().map(|row| row.proposal_id).collect();
        let parsed: Vec<Id<Proposal>> = ids.iter().filter_map(|id| id.parse().ok()).collect();
        if parsed.is_empty() {
            return Err(Reason::NotFound.into());
        }
        Ok(ended(self.actor.id, &ids, &parsed))
    }
}

/// Gives up, as the operator at its machine, what nobody decided on in time, so that no account
/// number and no address stays in the vault.
///
/// # Errors
/// [`Error`].
pub async fn expire(instance: &Instance) -> Result<(), Error> {
    let operator = instance.operator().await?;
    let actor = Actor::of(operator.any(), Role::Operator, operator);
    loop {
        match instance.door.write(Expire { actor }).await {
            Ok(_) => {}
            Err(Error::Refused(refusal)) if refusal.reason == Reason::NotFound => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}
