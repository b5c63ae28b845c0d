//! Purging the vault: papers that accounts were kept with go years after they were last needed.
//!
//! Promises: a file stays while the bank owes an answer, an account while money goes there or is
//! owed; each row that goes has its line in the same commit, so that its absence can be told from
//! a loss. Does not: touch a ledger that another operator keeps now.

use std::collections::HashSet;

use async_trait::async_trait;

use crate::base::clock::Timestamp;
use crate::base::day::Day;
use crate::base::id::{AnyId, Noun, Settlement};
use crate::domain::access::{Actor, Role};
use crate::domain::refusal::{Reason, Refusal};
use crate::domain::retention::{VaultPurged, is_over};
use crate::domain::settlement::PaymentState;
use crate::service::error::Error;
use crate::service::instance::Instance;
use crate::service::writer::desk::{Decided, Decision, Desk, Draft, OPERATOR_LEDGER, VaultRow};
use crate::service::writer::{Write, fact_at};
use crate::store::vault::Kept;
use crate::store::{self, Tx};

/// Rows whose time is over.
///
/// # Errors
/// [`Error`].
pub(super) async fn over(instance: &Instance, years: i64) -> Result<Vec<Kept>, Error> {
    let now = instance.clock.now();
    let mut tx = instance.database.read().await?;
    let (mut over, mut passed) = (Vec::new(), HashSet::new());
    for (no, id, what) in store::vault::kept(&mut tx, OPERATOR_LEDGER).await? {
        let is_file = matches!(what, VaultPurged::PaymentFile {});
        if is_file && passed.contains(&no) {
            continue;
        }
        let today = today(&mut tx, no, now).await?;
        // Approved in this order: what comes after a young one is younger.
        let young = is_file && !is_over(approved_on(&mut tx, no, &id).await?, years, today);
        if young || store::leaving::released(&mut tx, no).await?.is_some() {
            passed.insert(no);
            continue;
        }
        let last = last_needed(&mut tx, no, (&id, what), now).await?;
        if last.is_some_and(|last| is_over(last, years, today)) {
            over.push((no, id, what));
        }
    }
    Ok(over)
}

/// Takes the content of a row away, and says so in a line.
///
/// # Errors
/// [`Error`]; `wrong-state` when it is needed after all.
pub(super) async fn purge(instance: &Instance, row: Kept, years: i64) -> Result<(), Error> {
    let operator = instance.operator().await?;
    let actor = Actor::of(operator.any(), Role::Operator, operator);
    instance.door.write(Purge { actor, row, years }).await.map(drop)
}

struct Purge {
    actor: Actor,
    row: Kept,
    years: i64,
}

#[async_trait]
impl Write for Purge {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        let (no, id, what) = &self.row;
        desk.refresh(&[*no]).await?;
        if let Some(known) = desk.created(format!("{}/purged", what.row(id))).await? {
            return Ok(Decided::Known(known));
        }
        let moment = desk.moment(*no)?;
        let last = last_needed(&mut desk.tx, *no, (id, *what), moment.now).await?;
        if !last.is_some_and(|last| is_over(last, self.years, moment.today)) {
            return Err(Refusal::wrong_state("kept").into());
        }
        let about: AnyId = id.parse().map_err(|_| Error::Fault(format!("{id} is no id")))?;
        let drafts = vec![Draft::new(*no, self.actor.id, about, *what)];
        let vault = vec![VaultRow::Purged(*no, id.clone(), *what)];
        Ok(Decision { drafts, vault, ..Decision::default() }.into())
    }
}

/// The civil day of a ledger.
async fn today(tx: &mut Tx, ledger_no: i64, now: Timestamp) -> Result<Day, Error> {
    let heads = store::ledger::heads(tx, &[ledger_no]).await?;
    let zone = heads.first().and_then(|head| head.time_zone.parse().ok());
    let zone: crate::base::day::Zone = zone.ok_or(Reason::NotFound)?;
    Ok(zone.day_of(now))
}

async fn approved_on(tx: &mut Tx, no: i64, id: &str) -> Result<Day, Error> {
    let row = store::settlement::find(tx, no, id).await?;
    let seq = row.and_then(|row| row.decided_seq).ok_or(Reason::NotFound)?;
    Ok(fact_at(tx, no, seq).await?.0.on)
}

/// The day on which accounts last needed a row; `None` while they still do.
async fn last_needed(
    tx: &mut Tx,
    no: i64,
    (id, what): (&str, VaultPurged),
    now: Timestamp,
) -> Result<Option<Day>, Error> {
    if matches!(what, VaultPurged::PaymentFile {}) {
        return last_news(tx, no, id).await;
    }
    if let VaultPurged::BankAccount { version } = what {
        let owner = [id.to_owned()];
        let in_force = store::organisation::accounts_in_force(tx, &owner, now).await?;
        if in_force.first().is_some_and(|row| row.version == version) {
            return idle_since(tx, no, (id, what)).await;
        }
    }
    let Some(next) = what.next() else { return Ok(None) };
    let next = store::ledger::created(tx, &[next.row(id)]).await?;
    match next.first() {
        Some(next) => Ok(Some(fact_at(tx, next.ledger_no, next.seq).await?.0.on)),
        None => Ok(None),
    }
}

/// The day of the last news of a payment file; `None` while the bank owes an answer.
async fn last_news(tx: &mut Tx, no: i64, id: &str) -> Result<Option<Day>, Error> {
    let settlement: AnyId = id.parse().map_err(|_| Reason::NotFound)?;
    if settlement.to::<Settlement>().is_none() {
        return Ok(None);
    }
    let payments = store::settlement::payments(tx, no, id).await?;
    let waits = payments.iter().any(|row| row.state == PaymentState::Approved);
    if waits && !crate::base::planted::is("purge-unconfirmed") {
        return Ok(None);
    }
    let approved = approved_on(tx, no, id).await?;
    match store::vault::last_word(tx, no, id).await? {
        Some(seq) => Ok(Some(approved.max(fact_at(tx, no, seq).await?.0.on))),
        None => Ok(Some(approved)),
    }
}

/// Since when nobody pays to the account that a structure has; `None` while somebody may.
async fn idle_since(
    tx: &mut Tx,
    no: i64,
    (id, what): (&str, VaultPurged),
) -> Result<Option<Day>, Error> {
    let owner: AnyId = id.parse().map_err(|_| Reason::NotFound)?;
    let is_newest = match what.next() {
        Some(next) => store::ledger::created(tx, &[next.row(id)]).await?.is_empty(),
        None => false,
    };
    if owner.noun() != Noun::Structure || !is_newest || store::vault::is_owed(tx, id).await? {
        return Ok(None);
    }
    let made = store::ledger::created(tx, &[what.row(id)]).await?;
    let made = made.first().map(|made| (no, made.seq));
    let mut last = None;
    for (no, seq) in store::vault::last_words_to(tx, id).await?.into_iter().chain(made) {
        last = last.max(Some(fact_at(tx, no, seq).await?.0.on));
    }
    Ok(last)
}
