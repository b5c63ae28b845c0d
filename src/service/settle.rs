//! Settling: what a funder owes structures up to a day becomes payments, a second person approves
//! them, the bank's answers are written down.
//!
//! Promises: a movement is counted by one settlement that stands; a payment is drawn up once,
//! whatever is retried or stops half-way; nobody both settles and approves. Does not: send anything
//! to a bank.

mod bank;
mod decide;
mod draw;
mod history;
mod read;
mod statement;
mod trace;

pub use bank::{confirm, reject, repay};
pub use decide::{approve, cancel};
pub(super) use decide::{approving, file_again};
pub use draw::settle;
pub use read::{PaymentView, SettlementView, file, list, read};
pub use statement::statement;
pub(super) use trace::payments_of;
pub use trace::{PaidVouchers, PaymentStep, Use, VoucherTrace, voucher_payment, vouchers};

use super::error::Error;
use crate::base::id::{AnyId, Funder, Id, Payment, Settlement};
use crate::domain::ledger::entry::LedgerId;
use crate::domain::organisation::OrganisationId;
use crate::domain::refusal::Reason;
use crate::domain::settlement::SettlementState;
use crate::store::ledger::HeadRow;
use crate::store::settlement::{PaymentRow, SettlementRow};
use crate::store::{self, Tx};

/// The most payments of one transaction: between two of them the counter is served.
const CHUNK: usize = 200;

/// A settlement with the ledger that holds it.
#[derive(Debug, Clone)]
struct Placed {
    /// The ledger.
    head: HeadRow,
    /// Whose it is.
    funder: Id<Funder>,
    /// As stored.
    row: SettlementRow,
}

impl Placed {
    /// The settlement of this id.
    ///
    /// # Errors
    /// `not-found`.
    async fn find(tx: &mut Tx, id: Id<Settlement>) -> Result<Self, Error> {
        let (head, funder) = ledger_of(tx, &id.to_string()).await?;
        let row = store::settlement::find(tx, head.ledger_no, &id.to_string()).await?;
        Ok(Self { head, funder, row: row.ok_or(Reason::NotFound)? })
    }

    /// The settlement that stood when this one was opened.
    ///
    /// # Errors
    /// [`Error`].
    async fn before(&self, tx: &mut Tx) -> Result<Option<SettlementRow>, Error> {
        let rows = store::settlement::of_ledger(tx, self.head.ledger_no).await?;
        let earlier = rows.into_iter().filter(|row| row.opened_seq < self.row.opened_seq);
        standing(earlier)
    }
}

/// The payment of this id with its ledger.
async fn placed_payment(
    tx: &mut Tx,
    id: Id<Payment>,
) -> Result<(HeadRow, Id<Funder>, PaymentRow), Error> {
    let (head, funder) = ledger_of(tx, &id.to_string()).await?;
    let row = store::settlement::find_payment(tx, head.ledger_no, &id.to_string()).await?;
    Ok((head, funder, row.ok_or(Reason::NotFound)?))
}

/// The ledger in which something was created; unknown ids are answered `not-found`.
pub(super) async fn ledger_of(
    tx: &mut Tx,
    creation_id: &str,
) -> Result<(HeadRow, Id<Funder>), Error> {
    let created = store::ledger::created(tx, &[creation_id]).await?;
    let place = created.first().ok_or(Reason::NotFound)?;
    let heads = store::ledger::heads(tx, &[place.ledger_no]).await?;
    let head = heads.into_iter().next().ok_or(Reason::NotFound)?;
    let ledger: LedgerId =
        head.ledger_id.parse().map_err(|_| Error::Fault("malformed ledger id".to_owned()))?;
    Ok((head, ledger.funder().ok_or(Reason::NotFound)?))
}

/// The newest settlement of some, oldest first, that was not cancelled.
fn standing(
    rows: impl DoubleEndedIterator<Item = SettlementRow>,
) -> Result<Option<SettlementRow>, Error> {
    for row in rows.rev() {
        if row.state()? != SettlementState::Cancelled {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

/// An id of a funder, structure or operator as an organisation's.
fn organisation(id: impl Into<AnyId>) -> Result<OrganisationId, Error> {
    OrganisationId::try_from(id.into()).map_err(|_| Reason::NotFound.into())
}
