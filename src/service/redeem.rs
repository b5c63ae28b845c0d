//! Redeeming: from what a person shows to a line, and its undoing.
//!
//! Promises: a signature is verified in the request's own task, so that a forgery never waits in
//! the queue; a retry with the same id gives the same bytes for ever. Does not: decide (see
//! `domain::redemption`).

mod reverse;
mod show;

pub use reverse::reverse;
pub use show::{CheckRequest, Checked, check};

use std::collections::VecDeque;

use serde::Serialize;
use tokio::sync::oneshot;

use self::show::{is_typed, sees, shown, shown_once};
use super::error::Error;
use super::instance::Instance;
use super::meter;
use super::order::funder_owner;
use super::receipt::receipt;
use super::refused::{self, About, Refused};
use super::register::venue_owner;
use super::writer::counter::{RedeemJob, Redeemed, Shown};
use super::writer::{fact_at, understood};
use crate::base::clock::Timestamp;
use crate::base::id::{Id, Redemption, Venue};
use crate::base::money::Money;
use crate::domain::access::{Action, Actor, Owner, Permit};
use crate::domain::fact::Fact;
use crate::domain::ledger::entry::Entry;
use crate::domain::ledger::receipt::Receipt;
use crate::domain::offering::Offering;
use crate::domain::organisation::OrganisationId;
use crate::domain::quota::Class;
use crate::domain::redemption::{RedemptionRequest, VoucherRedeemed};
use crate::domain::refusal::{Reason, Refusal};
use crate::domain::serial::Serial;
use crate::store;

/// A redemption, as its line says it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct RedemptionAnswer {
    /// The redemption.
    #[schema(value_type = String, example = "redemption_01h455vb4pex5vsknk084sn02q")]
    pub id: Id<Redemption>,
    /// The voucher's serial number.
    #[schema(value_type = String, example = "0004217-03")]
    pub voucher: Serial,
    /// Where.
    #[schema(value_type = String)]
    pub venue_id: Id<Venue>,
    /// What was done.
    pub offering: Offering,
    /// How much it pays.
    pub amount: Money,
    /// When it was recorded.
    #[schema(value_type = String, format = DateTime)]
    pub redeemed_at: Timestamp,
    /// When it happened, by the venue's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub occurred_at: Option<Timestamp>,
    /// The receipt: keep it; it proves what is owed without us.
    pub receipt: Receipt,
}

/// A permit for something at a venue.
pub(super) async fn permit_at(
    instance: &Instance,
    actor: &Actor,
    action: Action,
    venue_id: Id<Venue>,
) -> Result<Permit, Error> {
    actor.may_ever(action)?;
    // A venue's key is bound to its venue when it is granted: nothing to look up.
    if actor.venue == Some(venue_id) {
        let organisations = [Some(actor.organisation), None];
        return Ok(
            actor.permit(action, &Owner { organisations, venue: Some(venue_id), made_by: None })?
        );
    }
    let structure = instance.structure_of(venue_id).await?;
    let owner = structure.map_or(Owner::NOBODY, |structure| venue_owner(structure, venue_id));
    let permit = actor.permit(action, &owner)?;
    if structure.is_none() { Err(Reason::NotFound.into()) } else { Ok(permit) }
}

/// Redeems one voucher: whether this request wrote it, and the answer.
///
/// # Errors
/// [`Error`]: the first reason in order of precedence.
pub async fn redeem(
    instance: &Instance,
    actor: &Actor,
    id: Id<Redemption>,
    request: &RedemptionRequest,
) -> Result<(bool, RedemptionAnswer), Error> {
    let shown = ready(instance, actor, id, request, false).await;
    let about = about(request, &shown);
    let answered = shown.and_then(|shown| hand_in(instance, actor, id, request, shown));
    let answered = answer(instance, id, request, answered).await;
    note(instance, actor, Class::Redeem, about, &answered);
    answered
}

/// What a refusal of a redemption would be about.
fn about<'a>(request: &'a RedemptionRequest, shown: &Result<Shown, Error>) -> About<'a> {
    About {
        venue: Some(request.venue_id),
        voucher: shown.as_ref().ok().map(|shown| (shown.ledger_no, shown.serial)),
        presented: &request.presented,
        ..About::default()
    }
}

/// Notes a refusal; what was never printed may be an attempt to pass it off. That somebody may not
/// ask at all, or that we have no time, is no attempt.
fn note<T>(
    instance: &Instance,
    actor: &Actor,
    class: Class,
    about: About<'_>,
    answered: &Result<T, Error>,
) {
    let Err(Error::Refused(refusal)) = answered else { return };
    match refusal.reason {
        Reason::NotSignedIn
        | Reason::NotPermitted
        | Reason::InvalidRequest
        | Reason::NotFound
        | Reason::Busy
        | Reason::OutcomeUnknown => return,
        Reason::TokenForged => instance.limiter.trials.forged(actor, instance.clock.now()),
        _ => {}
    }
    refused::note_about(instance, Refused::of(actor), class, refusal, about);
}

/// What was presented, found genuine, by somebody who may redeem there.
async fn ready(
    instance: &Instance,
    actor: &Actor,
    id: Id<Redemption>,
    request: &RedemptionRequest,
    batch: bool,
) -> Result<Shown, Error> {
    permit_at(instance, actor, Action::Redeem, request.venue_id).await?;
    match shown(instance, actor, &request.presented, batch).await {
        Ok(shown) => Ok(shown),
        Err(error) => known_first(instance, id, request, error).await,
    }
}

type Answered = oneshot::Receiver<Result<Redeemed, Error>>;

/// Puts a redemption into the writer's queue.
fn hand_in(
    instance: &Instance,
    actor: &Actor,
    id: Id<Redemption>,
    request: &RedemptionRequest,
    shown: Shown,
) -> Result<Answered, Error> {
    let (answer, answered) = oneshot::channel();
    instance.door.redeem(RedeemJob {
        redemption_id: id,
        actor: actor.id,
        sees: sees(actor),
        shown,
        venue_id: request.venue_id,
        offering: request.offering,
        occurred_at: request.occurred_at,
        answer,
    })?;
    Ok(answered)
}

async fn answer(
    instance: &Instance,
    id: Id<Redemption>,
    request: &RedemptionRequest,
    answered: Result<Answered, Error>,
) -> Result<(bool, RedemptionAnswer), Error> {
    let redeemed = match answered {
        Ok(answered) => answered.await.unwrap_or(Err(Reason::OutcomeUnknown.into())),
        Err(error) => Err(error),
    };
    meter::redemption(&redeemed);
    match redeemed? {
        Redeemed::Fresh { recorded_at, body, amount, receipt, .. } => {
            let occurred_at = request.occurred_at;
            Ok((true, answer_of(id, &body, amount, recorded_at, occurred_at, receipt)))
        }
        Redeemed::Known(ledger_no, seq) => {
            Ok((false, written(instance, id, ledger_no, seq).await?))
        }
    }
}

/// A known id goes before a bad token: a retry finds its answer even when the key that signed the
/// voucher was revoked since, and one with other content is told so.
async fn known_first(
    instance: &Instance,
    id: Id<Redemption>,
    request: &RedemptionRequest,
    error: Error,
) -> Result<Shown, Error> {
    let genuine_matters = matches!(
        error.reason(),
        Some(Reason::TokenForged | Reason::Specimen | Reason::VoucherUnknown | Reason::RateLimited)
    );
    if !genuine_matters {
        return Err(error);
    }
    let mut tx = instance.database.read().await?;
    let known = store::ledger::created(&mut tx, &[id.to_string()]).await?;
    drop(tx);
    if known.is_empty() {
        return Err(error);
    }
    // An id is known for ever: the writer gives the old answer, or says that this differs.
    shown_once(instance, &request.presented).await.map_err(|_| Reason::Differs.into())
}

fn answer_of(
    id: Id<Redemption>,
    body: &VoucherRedeemed,
    amount: Money,
    redeemed_at: Timestamp,
    occurred_at: Option<Timestamp>,
    receipt: Receipt,
) -> RedemptionAnswer {
    let VoucherRedeemed { voucher, venue_id, offering, .. } = *body;
    RedemptionAnswer { id, voucher, venue_id, offering, amount, redeemed_at, occurred_at, receipt }
}

/// The answer of a redemption that was written before.
async fn written(
    instance: &Instance,
    id: Id<Redemption>,
    ledger_no: i64,
    seq: i64,
) -> Result<RedemptionAnswer, Error> {
    let mut tx = instance.database.read().await?;
    let receipt = receipt(&mut tx, ledger_no, seq).await?;
    let (entry, fact) = understood(ledger_no, seq, &receipt.line)?;
    let Fact::VoucherRedeemed(body) = fact else {
        return Err(Error::Fault(format!("line {seq} of ledger {ledger_no} redeems nothing")));
    };
    let amount = amount(&entry)?;
    Ok(answer_of(id, &body, amount, entry.recorded_at, entry.occurred_at, receipt))
}

fn amount(entry: &Entry) -> Result<Money, Error> {
    let cents = entry.transfers.first().map(|transfer| transfer.cents);
    let amount = cents.and_then(|cents| Money::from_cents(cents).ok());
    amount.ok_or_else(|| Error::Fault(format!("line {} moves no money", entry.seq)))
}

/// Redeems several vouchers, each answered by itself: one bad voucher fails none of the others.
///
/// # Errors
/// Never as a whole but for a request that is not well formed.
pub async fn redeem_batch(
    instance: &Instance,
    actor: &Actor,
    requests: &[(Id<Redemption>, RedemptionRequest)],
) -> Result<Vec<Result<(bool, RedemptionAnswer), Error>>, Error> {
    actor.may_ever(Action::Redeem)?;
    if !(1..=100).contains(&requests.len()) {
        let detail = "a batch has 1 to 100 redemptions";
        return Err(Refusal::invalid("/redemptions", detail).into());
    }
    instance.limiter.many(actor, Class::Redeem, requests.len(), instance.clock.now())?;
    // Checked side by side, handed in one after the other: of two equal vouchers the first wins.
    let checked = side_by_side(instance, actor, requests).await;
    let asked = requests.iter().zip(&checked);
    let abouts: Vec<About<'_>> = asked.map(|((_, request), it)| about(request, it)).collect();
    let handed_in = requests.iter().zip(checked).map(|((id, request), shown)| {
        shown.and_then(|shown| hand_in(instance, actor, *id, request, shown))
    });
    let handed_in: Vec<Result<Answered, Error>> = handed_in.collect();
    let answers = requests
        .iter()
        .zip(handed_in)
        .map(|((id, request), answered)| answer(instance, *id, request, answered));
    let answers = futures_util::future::join_all(answers).await;
    for (answered, about) in answers.iter().zip(abouts) {
        note(instance, actor, Class::Redeem, about, answered);
    }
    Ok(answers)
}

/// What each of a batch presents, in its order: typed codes one after the other where trials are
/// counted, so that a batch is no way to try many at once; everything else side by side.
async fn side_by_side(
    instance: &Instance,
    actor: &Actor,
    requests: &[(Id<Redemption>, RedemptionRequest)],
) -> Vec<Result<Shown, Error>> {
    let in_turn = instance.limiter.trials.are_counted();
    let waits = |request: &RedemptionRequest| in_turn && is_typed(&request.presented);
    let typed = async {
        let mut checked = VecDeque::new();
        for (id, request) in requests.iter().filter(|(_, request)| waits(request)) {
            checked.push_back(ready(instance, actor, *id, request, true).await);
        }
        checked
    };
    let others = requests.iter().filter(|(_, request)| !waits(request));
    let others = others.map(|(id, request)| ready(instance, actor, *id, request, true));
    let others = futures_util::future::join_all(others);
    let (mut typed, others) = futures_util::future::join(typed, others).await;
    let mut others = VecDeque::from(others);
    let next = |(_, request): &(Id<Redemption>, RedemptionRequest)| {
        let place = if waits(request) { &mut typed } else { &mut others };
        place.pop_front().expect("each request was checked once")
    };
    requests.iter().map(next).collect()
}

/// A redemption and what became of it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct RedemptionState {
    /// The redemption.
    #[serde(flatten)]
    pub redemption: RedemptionAnswer,
    /// Whether it was undone.
    pub reversed: bool,
}

/// A redemption as it stands.
///
/// # Errors
/// `not-found` for unknown and foreign ids alike.
pub async fn read(
    instance: &Instance,
    actor: &Actor,
    id: Id<Redemption>,
) -> Result<RedemptionState, Error> {
    actor.may_ever(Action::ReadRedemption)?;
    let mut tx = instance.read_as(actor).await?;
    let known = store::ledger::created(&mut tx, &[id.to_string()]).await?;
    let known = known.first().ok_or(Reason::NotFound)?;
    let (entry, fact) = fact_at(&mut tx, known.ledger_no, known.seq).await?;
    let Fact::VoucherRedeemed(body) = fact else { return Err(Reason::NotFound.into()) };
    let owner = owner_of(instance, &entry, body.venue_id).await?;
    actor.permit(Action::ReadRedemption, &owner)?;
    let serial = body.voucher;
    let (book, position) = (serial.book().get(), serial.position());
    let reversed =
        store::redemption::reversed(&mut tx, known.ledger_no, book, position, body.round).await?;
    drop(tx);
    let redemption = written(instance, id, known.ledger_no, known.seq).await?;
    Ok(RedemptionState { redemption, reversed: reversed.is_some() })
}

/// Who owns a redemption: the venue's structure, and the ledger's funder.
async fn owner_of(instance: &Instance, entry: &Entry, venue_id: Id<Venue>) -> Result<Owner, Error> {
    let structure = instance.structure_of(venue_id).await?;
    let structure = structure.and_then(|id| OrganisationId::try_from(id.any()).ok());
    let funder = entry.ledger.funder().map(funder_owner).unwrap_or_default();
    let organisations = [structure, funder.organisations[0]];
    Ok(Owner { organisations, venue: Some(venue_id), made_by: Some(entry.actor) })
}
