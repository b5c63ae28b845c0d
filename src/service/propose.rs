//! Proposing: what weighs much is not done but proposed, and done when another person approves.
//!
//! Promises: the verb that was asked decides twice, when it is proposed and when it is approved,
//! so that nothing is proposed that it refuses, and nothing done that no longer may be; the
//! approval and what it approves are one commit; a retry gives the same answer. Does not: know any
//! verb's rules (see `carry`), nor look at balances before it is done.

mod carry;
mod decide;
mod letters;
mod read;

pub use self::decide::{Approved, approve, expire, withdraw};
pub(in crate::service) use self::letters::{tell_account, tell_account_proposed};
pub use self::read::{ProposalView, list, of_line, read};

use data_encoding::HEXLOWER;

use super::error::Error;
use super::writer::desk::{Decided, Decision, Desk, Draft, OPERATOR_LEDGER, VaultRow};
use crate::base::entropy::bytes;
use crate::base::id::{AnyId, Id, Noun, Proposal};
use crate::domain::access::{Action, Actor, Owner, Role};
use crate::domain::proposal::{
    Act, Content, IN_FORCE_FROM, Matter, ProposalApproved, ProposalMade, Weight, may_approve,
    salted_hash, weight,
};
use crate::domain::refusal::{Reason, Refusal};
use crate::domain::session::Assurance;
use crate::service::writer::fact_at;
use crate::store::proposal::ProposalRow;
use crate::store::{self, Tx};

/// How many proposals of one asker may wait at a time: nobody fills the vault alone.
const OWN: usize = 50;
/// How many of all askers are looked through.
const WAITING: i64 = 5000;

/// The second person, while what it approves is decided again.
#[derive(Debug, Clone, Copy)]
pub struct Approval {
    /// The proposal.
    pub id: Id<Proposal>,
    /// Who approves.
    pub approver: Actor,
}

/// What a verb is about to do, as far as two people have to do with it.
pub(in crate::service) struct Asked<'a> {
    /// Who asked.
    pub(in crate::service) actor: &'a Actor,
    /// The right that it takes.
    pub(in crate::service) action: Action,
    /// Whose object it is about.
    pub(in crate::service) owner: Owner,
    /// What its weight depends on.
    pub(in crate::service) matter: Matter,
    /// How it can be done later.
    pub(in crate::service) act: Act,
}

/// The last step of a verb that may need two people: its decision as it is, or a proposal.
///
/// # Errors
/// `second-factor-needed`; `wrong-state` with `key-of-nobody` or `too-many-proposals`; when it is
/// being approved, as [`may_approve`].
pub(in crate::service) async fn weigh(
    desk: &mut Desk<'_>,
    asked: Asked<'_>,
    mut decision: Decision,
) -> Result<Decided, Error> {
    let Asked { actor, action, owner, matter, act } = asked;
    let content = Content::of(actor, (action, owner), matter, act);
    if let Some(Approval { id, approver }) = desk.approval {
        let hands = hands(&mut desk.tx, actor.id).await?;
        may_approve(&approver, &content, &hands)?;
        let approved = Draft::new(OPERATOR_LEDGER, approver.id, id, ProposalApproved {});
        decision.drafts.insert(0, approved);
        decision.vault.push(VaultRow::DecidedProposal(id.to_string()));
        return Ok(decision.into());
    }
    if weight(matter, &desk.terms) == Weight::Alone || !in_force(&mut desk.tx).await? {
        return Ok(decision.into());
    }
    if actor.assurance == Assurance::Stale {
        return Err(Reason::SecondFactorNeeded.into());
    }
    speaks_for_somebody(&mut desk.tx, actor.id).await?;
    propose(desk, &content).await
}

/// Whether two people may be operator or approver: from then on the rule is in force.
pub(in crate::service) async fn in_force(tx: &mut Tx) -> Result<bool, Error> {
    let roles = [Role::Operator, Role::Approver].map(Role::as_str);
    Ok(store::proposal::people(tx, roles).await? >= IN_FORCE_FROM)
}

/// A key that no person granted, as the first one of an instance, may be in anybody's hands: in
/// those of whoever approves, too. It proposes nothing.
async fn speaks_for_somebody(tx: &mut Tx, by: AnyId) -> Result<(), Error> {
    let hands = hands(tx, by).await?;
    let is_nobodys = by.noun() == Noun::ApiKey
        && hands.last().is_none_or(|granter| granter.noun() != Noun::Person);
    if is_nobodys && !crate::base::planted::is("key-of-nobody") {
        return Err(Refusal::wrong_state("key-of-nobody").into());
    }
    Ok(())
}

/// Writes a proposal, unless the same waits already.
async fn propose(desk: &mut Desk<'_>, content: &Content) -> Result<Decided, Error> {
    desk.refresh(&[OPERATOR_LEDGER]).await?;
    let waiting = store::proposal::waiting(&mut desk.tx, desk.now, WAITING).await?;
    let mut own = 0;
    for row in &waiting {
        let Ok(known) = serde_json::from_str::<Content>(&row.content) else { continue };
        if known.proposer.id != content.proposer.id {
            continue;
        }
        own += 1;
        if known.proposer == content.proposer
            && known.act.is(&content.act)
            && let Some(known) = desk.created(&row.proposal_id).await?
        {
            return Ok(Decided::Waiting(known));
        }
    }
    if own >= OWN {
        return Err(Refusal::wrong_state("too-many-proposals").into());
    }
    let id = desk.new_id::<Proposal>();
    let salt = bytes::<16>(desk.entropy);
    let text = serde_json::to_string(content)
        .map_err(|error| Error::Fault(format!("a proposal: {error}")))?;
    let hash = salted_hash(&salt, &text);
    let expires_at = desk.moment(OPERATOR_LEDGER)?.now.plus_seconds(desk.terms.proposal_seconds);
    let (deed, about) = (content.act.deed(), content.act.about());
    let body = ProposalMade { deed, about, expires_at, hash: hash.clone() };
    let row = ProposalRow {
        proposal_id: id.to_string(),
        expires_at: expires_at.millis(),
        salt: HEXLOWER.encode(&salt),
        content: text,
        hash,
    };
    let drafts = vec![Draft::new(OPERATOR_LEDGER, content.proposer.id, id, body)];
    let vault = vec![VaultRow::Proposal(row)];
    Ok(Decision { drafts, vault, ..Decision::default() }.into())
}

/// Who had a hand in what somebody asks: itself, and who granted the key with which it asks, and
/// who granted the key with which that was done.
pub(in crate::service) async fn hands(tx: &mut Tx, by: AnyId) -> Result<Vec<AnyId>, Error> {
    let mut hands = vec![by];
    let mut last = by;
    while last.noun() == Noun::ApiKey {
        let made = store::ledger::created(tx, &[last.to_string()]).await?;
        let Some(made) = made.first() else { break };
        let (entry, _) = fact_at(tx, made.ledger_no, made.seq).await?;
        if hands.contains(&entry.actor) {
            break;
        }
        last = entry.actor;
        hands.push(last);
    }
    Ok(hands)
}
