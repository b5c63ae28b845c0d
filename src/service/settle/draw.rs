//! Drawing up: a settlement is opened, then its payments are drawn in chunks, then it is complete.
//!
//! Promises: what is paid depends on lines before the opening only, so that drawing up can stop
//! anywhere and go on later; a structure whose account fell short meanwhile (the operator reversed
//! a counted redemption) waits for the next settlement. Does not: make the bank's file.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;

use super::{CHUNK, Placed, standing};
use crate::base::id::{Id, Settlement, Structure};
use crate::base::money::Money;
use crate::domain::access::{Action, Actor, Owner};
use crate::domain::fact::Fact;
use crate::domain::ledger::account::Account;
use crate::domain::ledger::balance::Balances;
use crate::domain::ledger::transfer;
use crate::domain::refusal::{Reason, Refusal};
use crate::domain::settlement::{
    PaymentDrawn, PaymentState, SettlementDrawn, SettlementOpened, SettlementRequest,
    SettlementState, Window, payment_id,
};
use crate::service::error::Error;
use crate::service::instance::Instance;
use crate::service::seek::{Edge, UpTo, last_line};
use crate::service::writer::desk::{Decided, Decision, Desk, Draft};
use crate::service::writer::{Done, Write};
use crate::store;
use crate::store::settlement::DueSums;

/// Draws up a settlement, or goes on with one that stopped half-way.
///
/// # Errors
/// [`Error`]; `wrong-state` while another settlement waits or when nothing is due,
/// `already-settled` for a day before the last settlement's.
pub async fn settle(
    instance: &Instance,
    actor: &Actor,
    id: Id<Settlement>,
    request: SettlementRequest,
) -> Result<Done, Error> {
    let opened = instance.door.write(Open { actor: *actor, id, request }).await?;
    let Some(plan) = plan(instance, id).await? else { return Ok(opened) };
    let plan: Arc<[Planned]> = plan.into();
    loop {
        let draw = Draw { actor: *actor, id, ledger_no: opened.ledger_no, plan: plan.clone() };
        if !instance.door.write(draw).await?.fresh {
            return Ok(opened);
        }
    }
}

struct Open {
    actor: Actor,
    id: Id<Settlement>,
    request: SettlementRequest,
}

#[async_trait]
impl Write for Open {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        self.actor.permit(Action::Settle, &Owner::NOBODY)?;
        let SettlementRequest { funder_id, cut_off_on } = self.request;
        let ledger_no = desk.ledger(funder_id.into()).await?;
        if let Some(known) = desk.created(self.id).await? {
            let (_, fact) = desk.fact(&known).await?;
            let same = known.ledger_no == ledger_no
                && matches!(fact, Fact::SettlementOpened(body) if body.cut_off_on == cut_off_on);
            return if same { Ok(Decided::Known(known)) } else { Err(Reason::Differs.into()) };
        }
        if cut_off_on > desk.moment(ledger_no)?.today {
            let detail = "a settlement looks at days that have begun";
            return Err(Refusal::invalid("/cut_off_on", detail).into());
        }
        self.check_others(desk, ledger_no).await?;
        let size = desk.head(ledger_no)?.row.size;
        let cut_off = Edge { no: ledger_no, size, upto: UpTo::Day(cut_off_on) };
        let cut_off_seq = last_line(&mut desk.tx, cut_off).await?;
        let window = Window { cut_off_seq, opened_seq: size };
        let sums =
            store::settlement::due_sums(&mut desk.tx, ledger_no, cut_off_seq, window, None).await?;
        let closings = closings(&desk.head(ledger_no)?.balances, &sums, &HashMap::new());
        if closings.iter().all(|(_, cents)| *cents <= 0) {
            return Err(Refusal::wrong_state("nothing-due").into());
        }
        let body = SettlementOpened { cut_off_on, cut_off_seq };
        Ok(Draft::new(ledger_no, self.actor.id, self.id, body).into())
    }
}

impl Open {
    /// One settlement at a time, and none looks back behind the last.
    async fn check_others(&self, desk: &mut Desk<'_>, ledger_no: i64) -> Result<(), Error> {
        let rows = store::settlement::of_ledger(&mut desk.tx, ledger_no).await?;
        for row in &rows {
            let state = row.state()?;
            if matches!(state, SettlementState::Opened | SettlementState::Drawn) {
                return Err(Refusal::wrong_state(state.as_str()).into());
            }
        }
        let last = standing(rows.into_iter())?;
        // Days compare as texts.
        if last.is_some_and(|last| last.cut_off_on > self.request.cut_off_on.to_string()) {
            return Err(Reason::AlreadySettled.into());
        }
        Ok(())
    }
}

/// What each structure's account held for a settlement: what it holds now, less what the
/// settlement does not count, and with what it has already paid.
fn closings(
    balances: &Balances,
    sums: &HashMap<Id<Structure>, DueSums>,
    drawn: &HashMap<Id<Structure>, i64>,
) -> Vec<(Id<Structure>, i64)> {
    let closing = |(account, _)| match account {
        Account::Due(structure) => {
            let later = sums.get(&structure).map_or(0, |sums| sums.later);
            let paid = drawn.get(&structure).copied().unwrap_or(0);
            Some((structure, balances.balance(account).cents() - later + paid))
        }
        _ => None,
    };
    balances.iter().filter_map(closing).collect()
}

/// A payment that a settlement is to draw up.
#[derive(Debug, Clone, Copy)]
struct Planned {
    structure: Id<Structure>,
    amount: Money,
    opening_cents: i64,
}

/// The payments of a settlement that is being drawn up; `None` when it is complete or cancelled.
async fn plan(instance: &Instance, id: Id<Settlement>) -> Result<Option<Vec<Planned>>, Error> {
    let mut tx = instance.database.read().await?;
    let placed = Placed::find(&mut tx, id).await?;
    if placed.row.state()? != SettlementState::Opened {
        return Ok(None);
    }
    let no = placed.head.ledger_no;
    let before = placed.before(&mut tx).await?.map(|row| row.window());
    let window = placed.row.window();
    let after = before.map_or(-1, |last| last.cut_off_seq);
    let sums = store::settlement::due_sums(&mut tx, no, after, window, before).await?;
    let payments = store::settlement::payments(&mut tx, no, &id.to_string()).await?;
    let drawn = payments.iter().filter(|row| row.state != PaymentState::Cancelled);
    let drawn = drawn.map(|row| (row.structure_id, row.cents)).collect();
    let balances = store::ledger::balances(&mut tx, no).await?;
    let planned =
        closings(&balances, &sums, &drawn).into_iter().filter_map(|(structure, cents)| {
            let amount = Money::from_cents(cents).ok().filter(|amount| *amount != Money::ZERO)?;
            let counted = sums.get(&structure).map_or(0, |sums| sums.counted);
            Some(Planned { structure, amount, opening_cents: cents - counted })
        });
    Ok(Some(planned.collect()))
}

/// Draws the next payments; with the last of them the settlement is complete.
struct Draw {
    actor: Actor,
    id: Id<Settlement>,
    ledger_no: i64,
    plan: Arc<[Planned]>,
}

#[async_trait]
impl Write for Draw {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        self.actor.permit(Action::Settle, &Owner::NOBODY)?;
        desk.refresh(&[self.ledger_no]).await?;
        let placed = Placed::find(&mut desk.tx, self.id).await?;
        let id = self.id.to_string();
        let drawn = store::settlement::payments(&mut desk.tx, self.ledger_no, &id).await?;
        let cancelled = drawn.iter().any(|row| row.state == PaymentState::Cancelled);
        if placed.row.state()? != SettlementState::Opened || cancelled {
            let known = desk.created(self.id).await?;
            return Ok(Decided::Known(known.ok_or(Reason::NotFound)?));
        }
        let balances = &desk.head(self.ledger_no)?.balances;
        let able: Vec<&Planned> = self
            .plan
            .iter()
            .filter(|planned| !drawn.iter().any(|row| row.structure_id == planned.structure))
            .filter(|planned| {
                let held = balances.balance(Account::Due(planned.structure));
                held.cents() >= planned.amount.cents()
            })
            .collect();
        let chunk = &able[..able.len().min(CHUNK)];
        let mut drafts: Vec<Draft> = chunk.iter().map(|planned| self.draft(planned)).collect();
        if chunk.len() == able.len() {
            let sums = drawn.iter().map(|row| row.cents);
            let total_cents = sums.chain(chunk.iter().map(|planned| planned.amount.cents())).sum();
            let payments = i64::try_from(drawn.len() + chunk.len()).unwrap_or(i64::MAX);
            let body = SettlementDrawn { payments, total_cents };
            drafts.push(Draft::new(self.ledger_no, self.actor.id, self.id, body));
        }
        Ok(Decision { drafts, ..Decision::default() }.into())
    }
}

impl Draw {
    fn draft(&self, planned: &Planned) -> Draft {
        let Planned { structure, amount, opening_cents } = *planned;
        let payment = payment_id(self.id, structure);
        let body = PaymentDrawn { settlement_id: self.id, structure_id: structure, opening_cents };
        Draft::new(self.ledger_no, self.actor.id, payment, body)
            .moving(transfer::drawn(structure, payment, amount))
    }
}
