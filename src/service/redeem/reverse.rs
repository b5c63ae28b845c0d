//! Reversing: a redemption is undone, the voucher is worth its value again.
//!
//! Promises: a venue may until a settlement has looked past it, the operator also afterwards, as
//! long as the structure's due account holds the amount. Does not: delete anything; a reversal is a
//! row that opens the next round.

use async_trait::async_trait;

use crate::base::id::{Id, Redemption};
use crate::base::money::Money;
use crate::domain::access::{Action, Actor, Owner};
use crate::domain::fact::Fact;
use crate::domain::ledger::account::Account;
use crate::domain::ledger::balance::Living;
use crate::domain::ledger::transfer;
use crate::domain::redemption::RedemptionReversed;
use crate::domain::refusal::Reason;
use crate::domain::settlement::SettlementState;
use crate::service::error::Error;
use crate::service::instance::Instance;
use crate::service::redeem::owner_of;
use crate::service::writer::desk::{Decided, Desk, Draft};
use crate::service::writer::{Done, Write, fact_at};
use crate::store;

struct Reverse {
    actor: Actor,
    id: Id<Redemption>,
    owner: Owner,
}

#[async_trait]
impl Write for Reverse {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        self.actor.permit(Action::Reverse, &self.owner)?;
        if let Some(known) = desk.created(format!("{}/reversal", self.id)).await? {
            return Ok(Decided::Known(known));
        }
        let known = desk.created(self.id).await?.ok_or(Reason::NotFound)?;
        let no = known.ledger_no;
        desk.refresh(&[no]).await?;
        let (entry, fact) = desk.fact(&known).await?;
        let Fact::VoucherRedeemed(body) = fact else { return Err(Reason::NotFound.into()) };
        if !self.actor.reaches_all(Action::ReverseSettled) {
            let settlements = store::settlement::of_ledger(&mut desk.tx, no).await?;
            for settlement in settlements {
                let stands = settlement.state()? != SettlementState::Cancelled;
                if stands && settlement.cut_off_seq >= known.seq {
                    return Err(Reason::AlreadySettled.into());
                }
            }
        }
        let money = entry.transfers.first().copied();
        let Some((Account::Float(campaign), Account::Due(structure), cents)) =
            money.map(|money| (money.debit, money.credit, money.cents))
        else {
            return Err(Error::Fault(format!("line {} redeems nothing", known.seq)));
        };
        let amount = Money::from_cents(cents)
            .map_err(|error| Error::Fault(format!("line {}: {error}", known.seq)))?;
        let campaigns = store::campaign::of_ledger(&mut desk.tx, no).await?;
        let lapsed = campaigns
            .iter()
            .find(|row| row.view.campaign_id == campaign)
            .is_some_and(|row| row.view.lapsed);
        let fact = RedemptionReversed {
            voucher: body.voucher,
            round: body.round,
            redemption_seq: known.seq,
            venue_id: body.venue_id,
        };
        let draft = Draft::new(no, self.actor.id, self.id, fact);
        let funder = entry.ledger.funder().ok_or(Reason::NotFound)?;
        Ok(if lapsed {
            draft.moving(transfer::reversed_after_lapse(structure, funder, amount)).into()
        } else {
            // The planted bug gives twice the money for twice the voucher: the float still adds up.
            let times = if crate::base::planted::is("reversal-twice") { 2 } else { 1 };
            let amount = amount.checked_times(times).unwrap_or(amount);
            let living = Living { campaign, face_cents: cents, change: times };
            draft.moving(transfer::reversed(structure, campaign, amount)).living(living).into()
        })
    }
}

/// Undoes a redemption.
///
/// # Errors
/// `already-settled` for a venue once a settlement has looked past it, `balance-short` when the
/// money has left, `not-found` for unknown and foreign ids alike.
pub async fn reverse(
    instance: &Instance,
    actor: &Actor,
    id: Id<Redemption>,
) -> Result<Done, Error> {
    actor.may_ever(Action::Reverse)?;
    let mut tx = instance.database.read().await?;
    let known = store::ledger::created(&mut tx, &[id.to_string()]).await?;
    let known = known.first().ok_or(Reason::NotFound)?;
    let (entry, fact) = fact_at(&mut tx, known.ledger_no, known.seq).await?;
    let Fact::VoucherRedeemed(body) = fact else { return Err(Reason::NotFound.into()) };
    drop(tx);
    let owner = owner_of(instance, &entry, body.venue_id).await?;
    instance.door.write(Reverse { actor: *actor, id, owner }).await
}
