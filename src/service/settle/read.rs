//! Reading settlements and their payment files.
//!
//! Promises: the file is the bytes that were approved, checked against the hash in the line. Does
//! not: show payments of a settlement that is not drawn up completely.

use data_encoding::HEXLOWER;
use ring::digest;

use super::Placed;
use crate::base::day::Day;
use crate::base::id::{Funder, Id, Payment, Settlement, Structure};
use crate::base::money::Money;
use crate::domain::access::{Action, Actor};
use crate::domain::fact::Fact;
use crate::domain::refusal::{Reason, Refusal};
use crate::domain::retention::VaultPurged;
use crate::domain::settlement::{PaymentState, SettlementState};
use crate::service::error::Error;
use crate::service::instance::Instance;
use crate::service::order::funder_owner;
use crate::service::writer::fact_at;
use crate::store;
use crate::store::ledger::created;
use crate::store::settlement::{PaymentRow, SettlementRow};

/// A settlement as it stands.
#[derive(Debug, Clone)]
pub struct SettlementView {
    /// The settlement.
    pub settlement_id: Id<Settlement>,
    /// Whose ledger it settles.
    pub funder_id: Id<Funder>,
    /// The last civil day that it looks at.
    pub cut_off_on: Day,
    /// Where it stands.
    pub state: SettlementState,
    /// How many payments; 0 while they are being drawn up.
    pub payment_count: i64,
    /// Their sum.
    pub total: Money,
    /// The payments, by structure; none in a list.
    pub payments: Vec<PaymentView>,
}

impl SettlementView {
    fn of(
        funder_id: Id<Funder>,
        row: &SettlementRow,
        payments: &[PaymentRow],
    ) -> Result<Self, Error> {
        let odd = || Error::Fault(format!("settlement {} is odd", row.settlement_id));
        Ok(Self {
            settlement_id: row.settlement_id.parse().map_err(|_| odd())?,
            funder_id,
            cut_off_on: row.cut_off_on.parse().map_err(|_| odd())?,
            state: row.state()?,
            payment_count: row.payment_count,
            total: Money::from_cents(row.total_cents).map_err(|_| odd())?,
            payments: payments.iter().map(PaymentView::of).collect::<Result<_, _>>()?,
        })
    }
}

/// A payment as it stands.
#[derive(Debug, Clone, Copy)]
pub struct PaymentView {
    /// The payment.
    pub payment_id: Id<Payment>,
    /// The settlement that drew it up.
    pub settlement_id: Id<Settlement>,
    /// Who is paid.
    pub structure_id: Id<Structure>,
    /// How much.
    pub amount: Money,
    /// Where it stands.
    pub state: PaymentState,
}

impl PaymentView {
    /// The payment of a row.
    ///
    /// # Errors
    /// [`Error::Fault`] when the amount is below zero.
    pub(super) fn of(row: &PaymentRow) -> Result<Self, Error> {
        Ok(Self {
            payment_id: row.payment_id,
            settlement_id: row.settlement_id,
            structure_id: row.structure_id,
            amount: amount(row)?,
            state: row.state,
        })
    }
}

/// What a stored payment pays.
///
/// # Errors
/// [`Error::Fault`] when it is below zero.
pub(super) fn amount(row: &PaymentRow) -> Result<Money, Error> {
    let odd = |_| Error::Fault(format!("{} is below zero", row.payment_id));
    Money::from_cents(row.cents).map_err(odd)
}

/// One settlement with its payments.
///
/// # Errors
/// `not-found` for unknown and foreign ids alike.
pub async fn read(
    instance: &Instance,
    actor: &Actor,
    id: Id<Settlement>,
) -> Result<SettlementView, Error> {
    actor.may_ever(Action::ReadSettlement)?;
    let mut tx = instance.read_as(actor).await?;
    let Placed { head, funder, row } = Placed::find(&mut tx, id).await?;
    actor.permit(Action::ReadSettlement, &funder_owner(funder))?;
    let payments = match row.state()? {
        SettlementState::Opened => Vec::new(),
        _ => store::settlement::payments(&mut tx, head.ledger_no, &id.to_string()).await?,
    };
    SettlementView::of(funder, &row, &payments)
}

/// The settlements of a ledger, oldest first, without their payments.
///
/// # Errors
/// `not-found` for unknown and foreign funders alike.
pub async fn list(
    instance: &Instance,
    actor: &Actor,
    funder: Id<Funder>,
) -> Result<Vec<SettlementView>, Error> {
    actor.permit(Action::ReadSettlement, &funder_owner(funder))?;
    let mut tx = instance.read_as(actor).await?;
    let head = store::ledger::head(&mut tx, &funder.to_string()).await?;
    let head = head.ok_or(Reason::NotFound)?;
    let rows = store::settlement::of_ledger(&mut tx, head.ledger_no).await?;
    rows.iter().map(|row| SettlementView::of(funder, row, &[])).collect()
}

/// The payment file of an approved settlement: always the same bytes.
///
/// # Errors
/// [`Error`]; `wrong-state` before it is approved; `no-longer-kept` when its years are over.
pub async fn file(
    instance: &Instance,
    actor: &Actor,
    id: Id<Settlement>,
) -> Result<Vec<u8>, Error> {
    actor.may_ever(Action::ReadSettlement)?;
    let mut tx = instance.read_as(actor).await?;
    let Placed { head, funder, row } = Placed::find(&mut tx, id).await?;
    actor.permit(Action::ReadSettlement, &funder_owner(funder))?;
    let state = row.state()?;
    let (SettlementState::Approved, Some(seq)) = (state, row.decided_seq) else {
        return Err(Refusal::wrong_state(state.as_str()).into());
    };
    let no = head.ledger_no;
    let stored = store::settlement::file(&mut tx, no, &id.to_string()).await?;
    let (_, content) = stored.ok_or_else(|| Error::Fault(format!("{id} has lost its file")))?;
    let purged = VaultPurged::PaymentFile {}.row(&id.to_string());
    if content.is_empty() && !created(&mut tx, &[format!("{purged}/purged")]).await?.is_empty() {
        return Err(Reason::NoLongerKept.into());
    }
    let digest = digest::digest(&digest::SHA256, content.as_bytes());
    let (_, fact) = fact_at(&mut tx, no, seq).await?;
    let promised = matches!(&fact, Fact::SettlementApproved(body)
        if body.file_hash == HEXLOWER.encode(digest.as_ref()));
    if promised {
        Ok(content.into_bytes())
    } else {
        Err(Error::Fault(format!("the file of {id} is not the one that was approved")))
    }
}
