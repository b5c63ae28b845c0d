//! Statements: what a settlement counted on one structure's account, down to the voucher.
//!
//! Promises: made from lines only, so that it reads the same whenever it is asked for; it adds up
//! to the payment, or it is not given out. A structure that is paid nothing because it owes, or is
//! owed nothing, has a statement too, and its balance is carried over. Does not: explain a
//! settlement that was cancelled.

use std::collections::HashMap;

use super::history::History;
use super::{Placed, organisation};
use crate::base::id::{Id, Settlement, Structure, Venue};
use crate::base::money::Balance;
use crate::domain::access::{Action, Actor, Owner};
use crate::domain::fact::Fact;
use crate::domain::ledger::account::Account;
use crate::domain::ledger::entry::Entry;
use crate::domain::refusal::{Reason, Refusal};
use crate::domain::serial::Serial;
use crate::domain::settlement::{PaymentState, SettlementState, Window};
use crate::domain::statement::{Movement, MovementKind, Payee, Period, Statement, VenueName};
use crate::service::error::Error;
use crate::service::instance::Instance;
use crate::service::receipt::unsigned;
use crate::service::writer::{fact_at, understood};
use crate::store::settlement::{PaymentRow, SettlementRow};
use crate::store::transfer::StoredTransfer;
use crate::store::{self, Tx};

/// A structure's statement of a settlement.
///
/// # Errors
/// [`Error`]; `wrong-state` before the settlement is drawn up and after it was cancelled.
pub async fn statement(
    instance: &Instance,
    actor: &Actor,
    id: Id<Settlement>,
    structure: Id<Structure>,
) -> Result<Statement, Error> {
    actor.may_ever(Action::ReadStatement)?;
    let mut tx = instance.read_as(actor).await?;
    let placed = Placed::find(&mut tx, id).await?;
    let organisations = [Some(organisation(structure)?), Some(organisation(placed.funder)?)];
    actor.permit(Action::ReadStatement, &Owner { organisations, ..Owner::NOBODY })?;
    let payment = payment(&mut tx, &placed, id, structure).await?;
    if payment.is_none() && !is_shown(&mut tx, &placed, structure).await? {
        return Err(Reason::NotFound.into());
    }
    drop(tx);
    compose(&mut instance.database.read().await?, &placed, id, (structure, payment)).await
}

/// What a settlement pays a structure, as far as who reads is shown it.
async fn payment(
    tx: &mut Tx,
    placed: &Placed,
    id: Id<Settlement>,
    structure: Id<Structure>,
) -> Result<Option<PaymentRow>, Error> {
    let payments = store::settlement::payments(tx, placed.head.ledger_no, &id.to_string()).await?;
    Ok(payments.into_iter().find(|row| row.structure_id == structure))
}

/// Whether who reads sees that a structure that is paid nothing has anything in a settlement. A
/// statement also has what its reader is not shown elsewhere: how the funder was called at the
/// time, the settlement's first line.
async fn is_shown(tx: &mut Tx, placed: &Placed, structure: Id<Structure>) -> Result<bool, Error> {
    let (no, opened_seq) = (placed.head.ledger_no, placed.row.opened_seq);
    let since = store::settlement::payments_since(tx, no, structure, opened_seq).await?;
    let balances = store::ledger::balances(tx, no).await?;
    let before = placed.before(tx).await?;
    Ok(!since.is_empty()
        || balances.balance(Account::Due(structure)).cents() != 0
        || !counted(tx, placed, before.as_ref(), structure).await?.is_empty())
}

/// The statement of a structure and what it is paid, for those who may read it.
pub(super) async fn compose(
    tx: &mut Tx,
    placed: &Placed,
    id: Id<Settlement>,
    (structure, payment): (Id<Structure>, Option<PaymentRow>),
) -> Result<Statement, Error> {
    let state = placed.row.state()?;
    if matches!(state, SettlementState::Opened | SettlementState::Cancelled) {
        return Err(Refusal::wrong_state(state.as_str()).into());
    }
    let no = placed.head.ledger_no;
    let before = placed.before(tx).await?;
    let counted = counted(tx, placed, before.as_ref(), structure).await?;
    let moved: i64 = counted.iter().map(|transfer| signed(transfer, structure)).sum();
    let opening = match &payment {
        Some(row) => row.opening_cents,
        None => closing(tx, placed, structure).await? - moved,
    };
    if payment.is_none() && counted.is_empty() && opening == 0 {
        return Err(Reason::NotFound.into());
    }
    let lines = Lines::load(tx, no, &counted).await?;
    let funder = organisation(placed.funder)?;
    let payee = organisation(structure)?;
    let history = History::load(tx, &[payee, funder], &lines.venues()).await?;
    let (opened, _) = fact_at(tx, no, placed.row.opened_seq).await?;
    let profile = history.organisation(payee, opened.recorded_at)?;
    let movement = |transfer| lines.movement(transfer, structure, &history);
    let statement = Statement {
        structure: Payee {
            id: structure,
            name: profile.name.to_string(),
            registration: profile.registration.clone(),
        },
        funder_name: history.organisation(funder, opened.recorded_at)?.name.to_string(),
        settlement_id: id,
        period: period(tx, placed, before.as_ref()).await?,
        opening_balance: Balance::from_cents(opening),
        movements: counted.iter().map(movement).collect::<Result<_, _>>()?,
        closing_balance: Balance::from_cents(opening + moved),
    };
    let paid = payment.map_or(opening + moved, |row| row.cents);
    if !statement.adds_up() || paid != opening + moved {
        return Err(Error::Fault(format!("the statement of {structure} in {id} does not add up")));
    }
    Ok(statement)
}

/// The transfers that the settlement counts on a structure's account, in order.
async fn counted(
    tx: &mut Tx,
    placed: &Placed,
    before: Option<&SettlementRow>,
    structure: Id<Structure>,
) -> Result<Vec<StoredTransfer>, Error> {
    let (window, last) = (placed.row.window(), before.map(SettlementRow::window));
    // What it counts and the one before did not is younger than that one's cut-off.
    let after = last.map_or(-1, |last| last.cut_off_seq);
    let account = Some(Account::Due(structure));
    let no = placed.head.ledger_no;
    let mut found = store::transfer::transfers(tx, no, after, window.opened_seq, account).await?;
    found.retain(|transfer| window.counts(last, transfer.seq, transfer.about_seq));
    Ok(found)
}

/// What the account held for a settlement that pays it nothing: what it holds now, with what was
/// paid since, less what the settlement does not count.
async fn closing(tx: &mut Tx, placed: &Placed, structure: Id<Structure>) -> Result<i64, Error> {
    let no = placed.head.ledger_no;
    let window = placed.row.window();
    let balances = store::ledger::balances(tx, no).await?;
    let sums = store::settlement::due_sums(tx, no, window.cut_off_seq, window, None).await?;
    let since = store::settlement::payments_since(tx, no, structure, window.opened_seq).await?;
    let paid: i64 =
        since.iter().filter(|row| row.state != PaymentState::Cancelled).map(|row| row.cents).sum();
    let later = sums.get(&structure).map_or(0, |sums| sums.later);
    Ok(balances.balance(Account::Due(structure)).cents() + paid - later)
}

/// From the day after the last settlement's, or the first of the ledger, to the cut-off.
async fn period(
    tx: &mut Tx,
    placed: &Placed,
    before: Option<&SettlementRow>,
) -> Result<Period, Error> {
    let fault = |_| Error::Fault("a settlement's day".to_owned());
    let to = placed.row.cut_off_on.parse().map_err(fault)?;
    let from = match before {
        Some(row) => row.cut_off_on.parse::<crate::base::day::Day>().map_err(fault)?.plus_days(1),
        None => fact_at(tx, placed.head.ledger_no, 0).await?.0.on,
    };
    // Two settlements up to one day: the second spans that day alone.
    Ok(Period { from: from.min(to), to })
}

/// By how much a transfer changes what is due to a structure.
fn signed(transfer: &StoredTransfer, structure: Id<Structure>) -> i64 {
    let account = Account::Due(structure).to_string();
    if transfer.credit == account { transfer.cents } else { -transfer.cents }
}

/// The lines behind some movements, and for reversals those of their redemptions.
struct Lines(HashMap<i64, (Entry, Fact)>);

impl Lines {
    async fn load(tx: &mut Tx, no: i64, transfers: &[StoredTransfer]) -> Result<Self, Error> {
        let mut places: Vec<(i64, i64)> = transfers
            .iter()
            .flat_map(|transfer| [(no, transfer.seq), (no, transfer.about_seq)])
            .collect();
        places.sort_unstable();
        places.dedup();
        let mut lines = HashMap::with_capacity(places.len());
        for (no, seq, line) in store::ledger::lines_at(tx, &places).await? {
            lines.insert(seq, understood(no, seq, &line)?);
        }
        Ok(Self(lines))
    }

    fn at(&self, seq: i64) -> Result<&(Entry, Fact), Error> {
        self.0.get(&seq).ok_or_else(|| Error::Fault(format!("there is no line {seq}")))
    }

    /// Every venue that they name.
    fn venues(&self) -> Vec<Id<Venue>> {
        let venue = |(_, fact): &(Entry, Fact)| match fact {
            Fact::VoucherRedeemed(body) => Some(body.venue_id),
            _ => None,
        };
        let mut venues: Vec<Id<Venue>> = self.0.values().filter_map(venue).collect();
        venues.sort_unstable();
        venues.dedup();
        venues
    }

    fn movement(
        &self,
        transfer: &StoredTransfer,
        structure: Id<Structure>,
        history: &History,
    ) -> Result<Movement, Error> {
        let (entry, fact) = self.at(transfer.seq)?;
        let kind = match fact {
            Fact::VoucherRedeemed(_) => MovementKind::Redeemed,
            Fact::RedemptionReversed(_) => MovementKind::Reversed,
            Fact::PaymentRejected(_) => MovementKind::PaymentRejected,
            Fact::StructureRepaid(_) => MovementKind::Repaid,
            other => {
                let what = format!("a {} moved what is due to {structure}", other.kind());
                return Err(Error::Fault(what));
            }
        };
        let mut movement = Movement {
            seq: unsigned(transfer.seq),
            on: entry.on,
            kind,
            venue: None,
            offering: None,
            serial: None,
            amount: Balance::from_cents(signed(transfer, structure)),
        };
        // A reversal is about its redemption; every other line about itself.
        let (entry, fact) = self.at(transfer.about_seq)?;
        if let Fact::VoucherRedeemed(body) = fact {
            let name = history.venue_name(body.venue_id, entry.recorded_at)?.to_string();
            movement.venue = Some(VenueName { id: body.venue_id, name });
            movement.offering = Some(body.offering);
            movement.serial = Some(Serial::to_string(&body.voucher));
        }
        Ok(movement)
    }
}

/// Whether a settlement that stands counts a line, and not the one before it.
pub(super) fn counts(row: &SettlementRow, before: Option<Window>, seq: i64) -> bool {
    row.window().counts(before, seq, seq)
}
