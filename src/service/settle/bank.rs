//! What the bank did: payments confirmed or rejected one by one, money that a structure gave back.
//!
//! Promises: a payment ends once; a rejected one is due again and counted by the next settlement.
//! Does not: read bank statements.

use async_trait::async_trait;

use super::placed_payment;
use super::read::amount;
use crate::base::id::{Id, Payment, Repayment};
use crate::base::money::Money;
use crate::domain::access::{Action, Actor, Owner};
use crate::domain::fact::{Fact, PaymentConfirmed, PaymentRejected};
use crate::domain::ledger::account::Account;
use crate::domain::ledger::transfer;
use crate::domain::refusal::{Reason, Refusal};
use crate::domain::settlement::{PaymentEnded, PaymentState, RepaymentRequest, StructureRepaid};
use crate::service::error::Error;
use crate::service::instance::Instance;
use crate::service::writer::desk::{Decided, Desk, Draft};
use crate::service::writer::{Done, Write};

/// The bank paid.
///
/// # Errors
/// [`Error`]; `wrong-state` unless the payment is in a file and the bank said nothing else.
pub async fn confirm(instance: &Instance, actor: &Actor, id: Id<Payment>) -> Result<Done, Error> {
    instance.door.write(End { actor: *actor, id, confirmed: true }).await
}

/// The bank did not pay: the amount is due again.
///
/// # Errors
/// [`Error`]; `wrong-state` unless the payment is in a file and the bank said nothing else.
pub async fn reject(instance: &Instance, actor: &Actor, id: Id<Payment>) -> Result<Done, Error> {
    instance.door.write(End { actor: *actor, id, confirmed: false }).await
}

struct End {
    actor: Actor,
    id: Id<Payment>,
    confirmed: bool,
}

#[async_trait]
impl Write for End {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        self.actor.permit(Action::Settle, &Owner::NOBODY)?;
        let (head, funder, row) = placed_payment(&mut desk.tx, self.id).await?;
        desk.refresh(&[head.ledger_no]).await?;
        let asked = if self.confirmed { PaymentState::Confirmed } else { PaymentState::Rejected };
        if row.state == asked {
            let known = desk.created(format!("{}/outcome", self.id)).await?;
            let known = known.ok_or_else(|| Error::Fault("a payment has no end".to_owned()))?;
            return Ok(Decided::Known(known));
        }
        if row.state != PaymentState::Approved {
            return Err(Refusal::wrong_state(row.state.as_str()).into());
        }
        let amount = amount(&row)?;
        let ended = PaymentEnded { structure_id: row.structure_id };
        let (fact, moved) = if self.confirmed {
            let moved = transfer::confirmed(self.id, funder, amount);
            (Fact::PaymentConfirmed(PaymentConfirmed(ended)), moved)
        } else {
            let moved = transfer::returned(self.id, row.structure_id, amount);
            (Fact::PaymentRejected(PaymentRejected(ended)), moved)
        };
        Ok(Draft::new(head.ledger_no, self.actor.id, self.id, fact).moving(moved).into())
    }
}

/// A structure gave money back: a paid redemption can be undone.
///
/// # Errors
/// [`Error`]; `not-found` for a structure that the ledger never owed anything.
pub async fn repay(
    instance: &Instance,
    actor: &Actor,
    id: Id<Repayment>,
    request: RepaymentRequest,
) -> Result<Done, Error> {
    if request.amount == Money::ZERO {
        return Err(Refusal::invalid("/amount/cents", "more than nothing was given back").into());
    }
    instance.door.write(Repay { actor: *actor, id, request }).await
}

struct Repay {
    actor: Actor,
    id: Id<Repayment>,
    request: RepaymentRequest,
}

#[async_trait]
impl Write for Repay {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        self.actor.permit(Action::MoveMoney, &Owner::NOBODY)?;
        let RepaymentRequest { funder_id, structure_id, amount, reference } = &self.request;
        let ledger_no = desk.ledger((*funder_id).into()).await?;
        let body = StructureRepaid { structure_id: *structure_id, reference: reference.clone() };
        let moved = transfer::repaid(*funder_id, *structure_id, *amount);
        if let Some(known) = desk.created(self.id).await? {
            let (entry, fact) = desk.fact(&known).await?;
            let same = known.ledger_no == ledger_no
                && fact == Fact::StructureRepaid(body)
                && entry.transfers == [moved];
            return if same { Ok(Decided::Known(known)) } else { Err(Reason::Differs.into()) };
        }
        let owed = desk.head(ledger_no)?.balances.tally(Account::Due(*structure_id));
        if owed.credits == 0 {
            return Err(Reason::NotFound.into());
        }
        Ok(Draft::new(ledger_no, self.actor.id, self.id, body).moving(moved).into())
    }
}
