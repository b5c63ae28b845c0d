//! From a payment to its vouchers, and from a voucher to its payments.
//!
//! Promises: both roads lead through the same rule of what a settlement counts; a structure sees
//! its own uses only. Does not: say anything about who held a voucher.

use super::read::PaymentView;
use super::statement::{compose, counts};
use super::{Placed, organisation, placed_payment};
use crate::base::day::Day;
use crate::base::id::{Funder, Id, Payment, Redemption, Settlement, Structure, Venue};
use crate::base::money::Money;
use crate::domain::access::{Action, Actor, Owner, Role};
use crate::domain::fact::Fact;
use crate::domain::ledger::account::Account;
use crate::domain::ledger::entry::LedgerId;
use crate::domain::refusal::Reason;
use crate::domain::serial::Serial;
use crate::domain::settlement::{PaymentState, SettlementState, Window};
use crate::domain::statement::Movement;
use crate::service::error::Error;
use crate::service::instance::Instance;
use crate::service::writer::fact_at;
use crate::store::ledger::HeadRow;
use crate::store::redemption::RoundRow;
use crate::store::settlement::SettlementRow;
use crate::store::{self, Tx};

/// A payment with the vouchers that it pays.
#[derive(Debug, Clone)]
pub struct PaidVouchers {
    /// The payment.
    pub payment: PaymentView,
    /// Redemptions and reversals that it counts, in the ledger's order.
    pub vouchers: Vec<Movement>,
}

/// The vouchers of a payment.
///
/// # Errors
/// `not-found` for unknown and foreign ids alike.
pub async fn vouchers(
    instance: &Instance,
    actor: &Actor,
    id: Id<Payment>,
) -> Result<PaidVouchers, Error> {
    actor.may_ever(Action::ReadStatement)?;
    let mut tx = instance.read_as(actor).await?;
    let (_, funder, payment) = placed_payment(&mut tx, id).await?;
    permit(actor, funder, Some(payment.structure_id))?;
    let placed = Placed::find(&mut tx, payment.settlement_id).await?;
    drop(tx);
    let mut tx = instance.database.read().await?;
    let paid = (payment.structure_id, Some(payment.clone()));
    let statement = compose(&mut tx, &placed, payment.settlement_id, paid).await?;
    let mut vouchers = statement.movements;
    vouchers.retain(|movement| movement.serial.is_some());
    Ok(PaidVouchers { payment: PaymentView::of(&payment)?, vouchers })
}

fn permit(
    actor: &Actor,
    funder: Id<Funder>,
    structure: Option<Id<Structure>>,
) -> Result<(), Error> {
    let structure = structure.map(organisation).transpose()?;
    let organisations = [structure, Some(organisation(funder)?)];
    actor.permit(Action::ReadStatement, &Owner { organisations, ..Owner::NOBODY })?;
    Ok(())
}

/// What became of a voucher.
#[derive(Debug, Clone)]
pub struct VoucherTrace {
    /// Whose voucher it is.
    pub funder_id: Id<Funder>,
    /// The voucher.
    pub serial: Serial,
    /// Each use that the asker may see, oldest first.
    pub uses: Vec<Use>,
}

/// One use of a voucher.
#[derive(Debug, Clone)]
pub struct Use {
    /// The redemption.
    pub redemption_id: Id<Redemption>,
    /// Its day.
    pub redeemed_on: Day,
    /// Where.
    pub venue_id: Id<Venue>,
    /// Who is paid.
    pub structure_id: Id<Structure>,
    /// How much.
    pub amount: Money,
    /// Whether it was undone.
    pub reversed: bool,
    /// The payment that counts it, and after a rejection the one that counts the amount again;
    /// none while no settlement counts it.
    pub payments: Vec<PaymentStep>,
}

/// A payment on the road of a voucher's worth.
#[derive(Debug, Clone, Copy)]
pub struct PaymentStep {
    /// The settlement that counts it.
    pub settlement_id: Id<Settlement>,
    /// The payment; none when the structure was paid nothing, because it owed.
    pub payment: Option<(Id<Payment>, PaymentState)>,
}

/// The payments of a voucher, by its serial number.
///
/// # Errors
/// `not-found` for unknown and foreign serials alike.
pub async fn voucher_payment(
    instance: &Instance,
    actor: &Actor,
    serial: Serial,
    funder: Option<Id<Funder>>,
) -> Result<VoucherTrace, Error> {
    actor.may_ever(Action::ReadStatement)?;
    let book = serial.book().get();
    let ledger_no = if funder.is_some() {
        None
    } else {
        Some(instance.ledger_of_number(book).await?.ok_or(Reason::NotFound)?)
    };
    let mut tx = instance.read_as(actor).await?;
    let (head, funder) = ledger(&mut tx, ledger_no, funder).await?;
    let no = head.ledger_no;
    let books = store::book::find(&mut tx, &[(no, book)]).await?;
    let exists = books.first().is_some_and(|row| i64::from(serial.position()) <= row.voucher_count);
    if !exists {
        return Err(Reason::NotFound.into());
    }
    let rounds = store::counter::load(&mut tx, &[], &[], &[(no, book)], &[]).await?.rounds;
    let settlements = standing(&mut tx, no).await?;
    let mut uses = Vec::new();
    let position = i64::from(serial.position());
    for round in rounds.iter().filter(|round| round.position == position) {
        let found = used(&mut tx, no, round, &settlements).await?;
        if permit(actor, funder, Some(found.structure_id)).is_ok() {
            uses.push(found);
        }
    }
    // A structure that never took it learns nothing, not even that it exists.
    if uses.is_empty() && matches!(actor.role, Role::Structure | Role::StructureAccountant) {
        return Err(Reason::NotFound.into());
    }
    if uses.is_empty() {
        permit(actor, funder, None)?;
    }
    Ok(VoucherTrace { funder_id: funder, serial, uses })
}

async fn ledger(
    tx: &mut Tx,
    ledger_no: Option<i64>,
    funder: Option<Id<Funder>>,
) -> Result<(HeadRow, Id<Funder>), Error> {
    let head = match (ledger_no, funder) {
        (Some(no), _) => store::ledger::heads(tx, &[no]).await?.into_iter().next(),
        (None, Some(funder)) => store::ledger::head(tx, &funder.to_string()).await?,
        (None, None) => None,
    };
    let head = head.ok_or(Reason::NotFound)?;
    let id: LedgerId =
        head.ledger_id.parse().map_err(|_| Error::Fault("malformed ledger id".to_owned()))?;
    Ok((head, id.funder().ok_or(Reason::NotFound)?))
}

/// Settlements that stand and are drawn up, oldest first.
async fn standing(tx: &mut Tx, no: i64) -> Result<Vec<SettlementRow>, Error> {
    let mut rows = Vec::new();
    for row in store::settlement::of_ledger(tx, no).await? {
        if matches!(row.state()?, SettlementState::Drawn | SettlementState::Approved) {
            rows.push(row);
        }
    }
    Ok(rows)
}

async fn used(
    tx: &mut Tx,
    no: i64,
    round: &RoundRow,
    settlements: &[SettlementRow],
) -> Result<Use, Error> {
    let odd = || Error::Fault(format!("ledger {no}, line {} is no redemption", round.seq));
    let (entry, fact) = fact_at(tx, no, round.seq).await?;
    let (Fact::VoucherRedeemed(body), Some(transfer)) = (fact, entry.transfers.first()) else {
        return Err(odd());
    };
    let Account::Due(structure_id) = transfer.credit else { return Err(odd()) };
    Ok(Use {
        redemption_id: entry.id.to().ok_or_else(odd)?,
        redeemed_on: entry.on,
        venue_id: body.venue_id,
        structure_id,
        amount: Money::from_cents(transfer.cents).map_err(|_| odd())?,
        reversed: round.reversed_seq.is_some(),
        payments: steps(tx, no, round.seq, structure_id, settlements).await?,
    })
}

/// The payment that counts a line, and while the bank rejects it, the one that counts the
/// rejection.
async fn steps(
    tx: &mut Tx,
    no: i64,
    seq: i64,
    structure: Id<Structure>,
    settlements: &[SettlementRow],
) -> Result<Vec<PaymentStep>, Error> {
    let mut steps = Vec::new();
    let mut before: Option<Window> = None;
    let mut seq = seq;
    for row in settlements {
        let counted = counts(row, before, seq);
        before = Some(row.window());
        if !counted {
            continue;
        }
        let payments = store::settlement::payments(tx, no, &row.settlement_id).await?;
        let payment = payments.into_iter().find(|payment| payment.structure_id == structure);
        let settlement_id = row.settlement_id.parse();
        let settlement_id =
            settlement_id.map_err(|_| Error::Fault("a settlement's id".to_owned()))?;
        let found = payment.as_ref().map(|payment| (payment.payment_id, payment.state));
        steps.push(PaymentStep { settlement_id, payment: found });
        let Some((id, PaymentState::Rejected)) = found else { break };
        let outcome = store::ledger::created(tx, &[format!("{id}/outcome")]).await?;
        let Some(outcome) = outcome.first() else { break };
        seq = outcome.seq;
    }
    Ok(steps)
}

/// The lines of the payments that count some uses (line, voucher, payee), each with its voucher:
/// where it was drawn up, approved, and what the bank said.
pub(in crate::service) async fn payments_of(
    tx: &mut Tx,
    no: i64,
    uses: &[(i64, u8, Id<Structure>)],
) -> Result<Vec<(i64, u8)>, Error> {
    let settlements = standing(tx, no).await?;
    let mut names = Vec::new();
    for &(seq, position, structure) in uses {
        for step in steps(tx, no, seq, structure, &settlements).await? {
            let Some((payment, _)) = step.payment else { continue };
            names.push((payment.to_string(), position));
            names.push((format!("{}/decision", step.settlement_id), position));
            names.push((format!("{payment}/outcome"), position));
        }
    }
    let ids: Vec<&str> = names.iter().map(|(id, _)| id.as_str()).collect();
    let created = store::ledger::created(tx, &ids).await?;
    let mut found = Vec::new();
    for row in created.iter().filter(|row| row.ledger_no == no) {
        let about = names.iter().filter(|(id, _)| *id == row.creation_id);
        found.extend(about.map(|(_, position)| (row.seq, *position)));
    }
    Ok(found)
}
