//! Closing: a campaign's unspent vouchers lapse, and money goes back to its funder.
//!
//! Promises: vouchers lapse only once no venue may redeem them any more, all of them at once; money
//! leaves an account only as far as it holds some. Does not: end orders or hand anything back
//! through a bank.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::instance::Instance;
use super::propose::{Asked, weigh};
use super::writer::desk::{Decided, Decision, Desk, Draft};
use super::writer::{Done, Write};
use crate::base::id::{Campaign, Closing, Funder, Id, Withdrawal};
use crate::base::money::Money;
use crate::domain::access::{Action, Actor, Owner};
use crate::domain::campaign::CampaignClosed;
use crate::domain::fact::{DepositWithdrawn, Fact, RefundPaidBack, RefundRolledOver};
use crate::domain::ledger::account::Account;
use crate::domain::ledger::balance::Living;
use crate::domain::ledger::entry::LedgerId;
use crate::domain::ledger::transfer::{self, Transfer};
use crate::domain::order::{MoneyReturned, Reference};
use crate::domain::proposal::{Act, Matter};
use crate::domain::refusal::{Reason, Refusal};
use crate::store;

/// What `PUT /api/v1/closings/{id}` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClosingRequest {
    /// The campaign whose unspent vouchers lapse.
    #[schema(value_type = String, example = "campaign_01h455vb4pex5vsknk084sn02q")]
    pub campaign_id: Id<Campaign>,
}

/// Lets a campaign's unspent vouchers lapse.
///
/// # Errors
/// [`Error`]; `wrong-state` before its last day of grace has passed, and once it is closed;
/// `Proposed` when so many lapse that two people decide.
pub async fn close(
    instance: &Instance,
    actor: &Actor,
    id: Id<Closing>,
    request: ClosingRequest,
) -> Result<Done, Error> {
    let ClosingRequest { campaign_id } = request;
    instance.door.write(closing(actor, id, campaign_id)).await
}

/// The write that closes a campaign.
pub(super) const fn closing(actor: &Actor, id: Id<Closing>, campaign_id: Id<Campaign>) -> Close {
    Close { actor: *actor, id, campaign_id }
}

/// A write that closes a campaign.
pub(super) struct Close {
    actor: Actor,
    id: Id<Closing>,
    campaign_id: Id<Campaign>,
}

#[async_trait]
impl Write for Close {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        self.actor.permit(Action::MoveMoney, &Owner::NOBODY)?;
        if let Some(known) = desk.created(self.id).await? {
            let (_, fact) = desk.fact(&known).await?;
            let same = matches!(fact, Fact::CampaignClosed(body)
                if body.campaign_id == self.campaign_id);
            return if same { Ok(Decided::Known(known)) } else { Err(Reason::Differs.into()) };
        }
        let first = desk.created(format!("{}/1", self.campaign_id)).await?;
        let ledger_no = first.ok_or(Reason::NotFound)?.ledger_no;
        desk.refresh(&[ledger_no]).await?;
        let campaigns = store::campaign::of_ledger(&mut desk.tx, ledger_no).await?;
        let campaign = campaigns.iter().find(|row| row.view.campaign_id == self.campaign_id);
        let view = &campaign.ok_or(Reason::NotFound)?.view;
        if view.lapsed {
            return Err(Refusal::wrong_state("closed").into());
        }
        if desk.moment(ledger_no)?.today <= view.profile.accepted_until() {
            return Err(Refusal::wrong_state("not-over").into());
        }
        let tally = desk.head(ledger_no)?.balances.tally(Account::Float(self.campaign_id));
        let (account, vouchers) = (Account::Float(self.campaign_id), tally.vouchers);
        let worth = tally.balance(account.kind()).to_money();
        let worth = worth.ok_or_else(|| Error::Fault(format!("{account} is below zero")))?;
        let body = CampaignClosed { campaign_id: self.campaign_id, vouchers };
        let draft = Draft::new(ledger_no, self.actor.id, self.id, body);
        if worth == Money::ZERO {
            return self.by_two(desk, vouchers, draft).await;
        }
        let funder = view.profile.funder_id;
        let face_cents = view.profile.face_value.cents();
        let living = Living { campaign: self.campaign_id, face_cents, change: -vouchers };
        let lapsed = transfer::lapsed(self.campaign_id, funder, worth);
        self.by_two(desk, vouchers, draft.moving(lapsed).living(living)).await
    }
}

impl Close {
    /// Two people let many vouchers lapse.
    async fn by_two(
        &self,
        desk: &mut Desk<'_>,
        vouchers: i64,
        draft: Draft,
    ) -> Result<Decided, Error> {
        let decision = Decision { drafts: vec![draft], ..Decision::default() };
        let (actor, action, owner) = (&self.actor, Action::MoveMoney, Owner::NOBODY);
        let matter = Matter::Vouchers(vouchers);
        let act = Act::CloseCampaign { closing_id: self.id, campaign_id: self.campaign_id };
        weigh(desk, Asked { actor, action, owner, matter, act }, decision).await
    }
}

/// Which way money goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WithdrawalKind {
    /// From the deposit to the funder.
    DepositWithdrawn,
    /// From the refund to the deposit, for the next order.
    RefundRolledOver,
    /// From the refund to the funder.
    RefundPaidBack,
}

/// What `PUT /api/v1/withdrawals/{id}` takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawalRequest {
    /// Whose money it is.
    #[schema(value_type = String, example = "funder_01h455vb4pex5vsknk084sn02q")]
    pub funder_id: Id<Funder>,
    /// Which way it goes.
    pub kind: WithdrawalKind,
    /// How much.
    pub amount: Money,
    /// The bank line or the payment order.
    pub reference: Reference,
}

impl WithdrawalRequest {
    fn fact(&self) -> Fact {
        let body = MoneyReturned { reference: self.reference.clone() };
        match self.kind {
            WithdrawalKind::DepositWithdrawn => DepositWithdrawn(body).into(),
            WithdrawalKind::RefundRolledOver => RefundRolledOver(body).into(),
            WithdrawalKind::RefundPaidBack => RefundPaidBack(body).into(),
        }
    }

    const fn transfer(&self) -> Transfer {
        match self.kind {
            WithdrawalKind::DepositWithdrawn => transfer::withdrawn(self.funder_id, self.amount),
            WithdrawalKind::RefundRolledOver => transfer::rolled_over(self.funder_id, self.amount),
            WithdrawalKind::RefundPaidBack => transfer::paid_back(self.funder_id, self.amount),
        }
    }
}

/// Gives money back to a funder, or lets it roll over into its deposit.
///
/// # Errors
/// [`Error`]; `balance-short` when the account does not hold that much.
pub async fn withdraw(
    instance: &Instance,
    actor: &Actor,
    id: Id<Withdrawal>,
    request: WithdrawalRequest,
) -> Result<Done, Error> {
    if request.amount == Money::ZERO {
        return Err(Refusal::invalid("/amount/cents", "more than nothing goes back").into());
    }
    instance.door.write(Withdraw { actor: *actor, id, request }).await
}

struct Withdraw {
    actor: Actor,
    id: Id<Withdrawal>,
    request: WithdrawalRequest,
}

#[async_trait]
impl Write for Withdraw {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        self.actor.permit(Action::MoveMoney, &Owner::NOBODY)?;
        let ledger_no = desk.ledger(LedgerId::from(self.request.funder_id)).await?;
        let (fact, moved) = (self.request.fact(), self.request.transfer());
        if let Some(known) = desk.created(self.id).await? {
            let (entry, written) = desk.fact(&known).await?;
            let same =
                known.ledger_no == ledger_no && written == fact && entry.transfers == [moved];
            return if same { Ok(Decided::Known(known)) } else { Err(Reason::Differs.into()) };
        }
        Ok(Draft::new(ledger_no, self.actor.id, self.id, fact).moving(moved).into())
    }
}
