//! Reading proposals: what waits for whom, and what became of the others.
//!
//! Promises: the content is shown to who made it and to who may decide on it; what was decided is
//! known by its lines, without its content. Does not: show a secret.

use crate::base::clock::Timestamp;
use crate::base::id::{AnyId, Id, Proposal};
use crate::base::money::Money;
use crate::domain::access::{Action, Actor};
use crate::domain::fact::Fact;
use crate::domain::ledger::receipt::Receipt;
use crate::domain::proposal::{Content, Deed, ProposalMade, ProposalState, may_read};
use crate::domain::refusal::Reason;
use crate::service::error::Error;
use crate::service::instance::Instance;
use crate::service::receipt::receipt;
use crate::service::writer::{Done, fact_at, understood};
use crate::store::{self, Tx};

/// The most proposals of one list.
const LIST: i64 = 5000;

/// A proposal as it stands.
#[derive(Debug, Clone)]
pub struct ProposalView {
    /// The proposal.
    pub id: Id<Proposal>,
    /// What would be done.
    pub deed: Deed,
    /// To what.
    pub about: AnyId,
    /// Where it stands.
    pub state: ProposalState,
    /// Who asked.
    pub made_by: AnyId,
    /// When.
    pub made_at: Timestamp,
    /// From when on nobody can approve it.
    pub expires_at: Timestamp,
    /// Who decided, and when.
    pub decided: Option<(AnyId, Timestamp)>,
    /// The body of the request, while it waits and for who may decide.
    pub content: Option<serde_json::Value>,
    /// How much it is about, for an order.
    pub amount: Option<Money>,
    /// How many vouchers it is about.
    pub vouchers: Option<i64>,
    /// The receipt of the line that made it.
    pub receipt: Receipt,
}

async fn view(
    tx: &mut Tx,
    id: Id<Proposal>,
    now: Timestamp,
) -> Result<(ProposalView, Option<Content>), Error> {
    let made = store::ledger::created(tx, &[id.to_string()]).await?;
    let made = made.first().ok_or(Reason::NotFound)?;
    let (entry, fact) = fact_at(tx, made.ledger_no, made.seq).await?;
    let Fact::ProposalMade(ProposalMade { deed, about, expires_at, .. }) = fact else {
        return Err(Reason::NotFound.into());
    };
    let receipt = receipt(tx, made.ledger_no, made.seq).await?;
    let decision = store::ledger::created(tx, &[format!("{id}/decision")]).await?;
    let (mut state, mut decided) = (ProposalState::Waiting, None);
    if let Some(row) = decision.first() {
        let (entry, fact) = fact_at(tx, row.ledger_no, row.seq).await?;
        let approved = matches!(fact, Fact::ProposalApproved(_));
        state = if approved { ProposalState::Approved } else { ProposalState::Withdrawn };
        decided = Some((entry.actor, entry.recorded_at));
    } else if expires_at <= now {
        state = ProposalState::Expired;
    }
    let row = store::proposal::find(tx, &id.to_string()).await?;
    let content = row.and_then(|row| serde_json::from_str::<Content>(&row.content).ok());
    let view = ProposalView {
        id,
        deed,
        about,
        state,
        made_by: entry.actor,
        made_at: entry.recorded_at,
        expires_at,
        decided,
        content: None,
        amount: None,
        vouchers: None,
        receipt,
    };
    Ok((view, content))
}

/// A proposal as its own line tells it, to who has just made it.
///
/// # Errors
/// [`Error::Fault`] when the line is another one.
pub fn of_line(done: Done) -> Result<ProposalView, Error> {
    let (entry, fact) = understood(done.ledger_no, done.seq, &done.receipt.line)?;
    let (Fact::ProposalMade(made), Some(id)) = (fact, entry.id.to()) else {
        return Err(Error::Fault(format!("line {} proposes nothing", done.seq)));
    };
    let ProposalMade { deed, about, expires_at, .. } = made;
    Ok(ProposalView {
        id,
        deed,
        about,
        state: ProposalState::Waiting,
        made_by: entry.actor,
        made_at: entry.recorded_at,
        expires_at,
        decided: None,
        content: None,
        amount: None,
        vouchers: None,
        receipt: done.receipt,
    })
}

/// The part of a proposal that an actor may see; `None` when it may see nothing of it.
fn shown(actor: &Actor, view: ProposalView, content: Option<&Content>) -> Option<ProposalView> {
    if let Some(content) = content.filter(|content| may_read(actor, content)) {
        let amount = content.cents.and_then(|cents| Money::from_cents(cents).ok());
        let vouchers = content.vouchers;
        let content = Some(content.act.shown());
        return Some(ProposalView { content, amount, vouchers, ..view });
    }
    let decided = view.decided.is_some_and(|(by, _)| by == actor.id);
    let reads = decided || view.made_by == actor.id || actor.reaches_all(Action::ReadLedger);
    reads.then_some(view)
}

/// A proposal as it stands.
///
/// # Errors
/// `not-found` for unknown and foreign ids alike.
pub async fn read(
    instance: &Instance,
    actor: &Actor,
    id: Id<Proposal>,
) -> Result<ProposalView, Error> {
    let mut tx = instance.database.read().await?;
    let (view, content) = view(&mut tx, id, instance.clock.now()).await?;
    Ok(shown(actor, view, content.as_ref()).ok_or(Reason::NotFound)?)
}

/// What waits, as far as an actor may see it, oldest first.
///
/// # Errors
/// [`Error`].
pub async fn list(instance: &Instance, actor: &Actor) -> Result<Vec<ProposalView>, Error> {
    let now = instance.clock.now();
    let mut tx = instance.database.read().await?;
    let mut listed = Vec::new();
    for row in store::proposal::waiting(&mut tx, now, LIST).await? {
        let Ok(id) = row.proposal_id.parse() else { continue };
        let (view, content) = view(&mut tx, id, now).await?;
        listed.extend(shown(actor, view, content.as_ref()));
    }
    Ok(listed)
}
