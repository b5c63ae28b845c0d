//! Earning: what a structure redeemed, is owed and was paid, over the ledgers of all funders.
//!
//! Promises: a structure sees its own only, and whoever is bound to a venue that venue's only; a
//! redemption is said to be where the same rule puts it that statements go by. Does not: show
//! payments to those who redeem at a venue.

mod course;
mod redemptions;

use std::collections::HashMap;

pub use course::Course;
pub use redemptions::{Before, Earned, Filter, Found, State, course, redemptions, sum};

use super::error::Error;
use super::instance::Instance;
use super::writer::understood;
use crate::base::day::Day;
use crate::base::id::{Funder, Id, Payment, Settlement, Structure};
use crate::domain::access::{Action, Actor, Owner};
use crate::domain::ledger::entry::LedgerId;
use crate::domain::refusal::Reason;
use crate::domain::settlement::PaymentState;
use crate::store;
use crate::store::earning::DueRow;

/// What a funder owes and paid.
#[derive(Debug, Clone)]
pub struct Due {
    /// The funder.
    pub funder_id: Id<Funder>,
    /// Its name.
    pub funder_name: String,
    /// Redeemed and in no payment yet, in signed cents: below zero, the structure owes.
    pub due_cents: i64,
    /// In payments that the bank has not confirmed.
    pub paying_cents: i64,
    /// In payments that the bank confirmed.
    pub paid_cents: i64,
}

/// A payment to the structure.
#[derive(Debug, Clone)]
pub struct Paid {
    /// The payment.
    pub payment_id: Id<Payment>,
    /// The settlement that drew it up.
    pub settlement_id: Id<Settlement>,
    /// Who pays.
    pub funder_id: Id<Funder>,
    /// Its name.
    pub funder_name: String,
    /// How much, in cents.
    pub cents: i64,
    /// Where it stands.
    pub state: PaymentState,
    /// The last day of what it pays.
    pub cut_off_on: Day,
    /// The day on which the bank confirmed or rejected it.
    pub ended_on: Option<Day>,
    /// Where the list goes on after it.
    pub place: Place,
}

/// Where a list of payments goes on: before this day, ledger and line.
pub type Place = (Day, i64, i64);

/// The structure that an actor works for.
fn own(actor: &Actor) -> Result<Id<Structure>, Error> {
    actor.organisation.to().ok_or_else(|| Reason::NotPermitted.into())
}

/// Whether an actor may know what its structure is paid.
#[must_use]
pub fn sees_money(actor: &Actor) -> bool {
    actor.permit(Action::ReadStatement, &Owner::organisation(actor.organisation)).is_ok()
}

/// The structure of an actor who may know what it is paid.
fn paid_structure(actor: &Actor) -> Result<Id<Structure>, Error> {
    actor.permit(Action::ReadStatement, &Owner::organisation(actor.organisation))?;
    own(actor)
}

/// Whose ledger it is.
fn funder_of(ledger_id: &str) -> Result<Id<Funder>, Error> {
    let id: Option<LedgerId> = ledger_id.parse().ok();
    id.and_then(LedgerId::funder).ok_or_else(|| Error::Fault(format!("{ledger_id} has no funder")))
}

/// What funders are called: anybody may read that beside what they owe in all.
async fn names(
    instance: &Instance,
    funders: impl Iterator<Item = Id<Funder>>,
) -> Result<HashMap<Id<Funder>, String>, Error> {
    let ids: Vec<String> = funders.map(|id| id.to_string()).collect();
    let mut tx = instance.database.read().await?;
    let found = store::name::organisations(&mut tx, &ids).await?;
    Ok(found.into_iter().filter_map(|(id, name)| Some((id.parse().ok()?, name))).collect())
}

/// What each funder owes and paid the actor's structure, by the funder's name; who never owed it
/// anything is left out.
///
/// # Errors
/// `not-permitted` for whoever may not read its statements.
pub async fn dues(instance: &Instance, actor: &Actor) -> Result<Vec<Due>, Error> {
    let structure = paid_structure(actor)?;
    let mut tx = instance.read_as(actor).await?;
    let rows = store::earning::dues(&mut tx, structure).await?;
    let paid = store::earning::paid(&mut tx, structure).await?;
    drop(tx);
    let funder = |row: &DueRow| Ok::<_, Error>((row.ledger_no, funder_of(&row.ledger_id)?));
    let funders = rows.iter().map(funder).collect::<Result<HashMap<_, _>, _>>()?;
    let names = names(instance, funders.values().copied()).await?;
    let total = |no: i64, states: &[PaymentState]| -> i64 {
        let of = paid.iter().filter(|(ledger, state, _)| *ledger == no && states.contains(state));
        of.map(|(_, _, cents)| cents).sum()
    };
    let mut dues: Vec<Due> = rows
        .iter()
        .map(|row| {
            let funder_id = funders[&row.ledger_no];
            Due {
                funder_id,
                funder_name: names.get(&funder_id).cloned().unwrap_or_default(),
                due_cents: row.cents,
                paying_cents: total(row.ledger_no, &[PaymentState::Drawn, PaymentState::Approved]),
                paid_cents: total(row.ledger_no, &[PaymentState::Confirmed]),
            }
        })
        .collect();
    dues.sort_by(|one, other| {
        (&one.funder_name, one.funder_id).cmp(&(&other.funder_name, other.funder_id))
    });
    Ok(dues)
}

/// The payments of the actor's structure before a place, those of the newest settlement first, at
/// most `limit`; and where the list goes on.
///
/// # Errors
/// `not-permitted` for whoever may not read its statements.
pub async fn payments(
    instance: &Instance,
    actor: &Actor,
    before: Option<Place>,
    limit: i64,
) -> Result<(Vec<Paid>, Option<Place>), Error> {
    let structure = paid_structure(actor)?;
    let (day, no, seq) = match before {
        Some((day, no, seq)) => (day.to_string(), no, seq),
        None => ("9999-12-31".to_owned(), i64::MAX, i64::MAX),
    };
    let mut tx = instance.read_as(actor).await?;
    let rows = store::earning::payments(&mut tx, structure, (&day, no, seq), limit + 1).await?;
    let ledgers: Vec<i64> = rows.iter().map(|row| row.ledger_no).collect();
    let heads = store::ledger::heads(&mut tx, &ledgers).await?;
    let ids: Vec<String> = rows.iter().map(|row| format!("{}/outcome", row.payment_id)).collect();
    let created = store::ledger::created(&mut tx, &ids).await?;
    let places: Vec<(i64, i64)> = created.iter().map(|row| (row.ledger_no, row.seq)).collect();
    let mut ended = HashMap::new();
    for (no, seq, line) in store::ledger::lines_at(&mut tx, &places).await? {
        let (entry, _) = understood(no, seq, &line)?;
        ended.insert(entry.id.to_string(), entry.on);
    }
    drop(tx);
    let funder = |head: &store::ledger::HeadRow| Some((head.ledger_no, funder_of(&head.ledger_id)));
    let mut funders = HashMap::new();
    for (no, funder) in heads.iter().filter_map(funder) {
        funders.insert(no, funder?);
    }
    let names = names(instance, funders.values().copied()).await?;
    let odd = || Error::Fault("a payment of no ledger".to_owned());
    let mut paid = Vec::with_capacity(rows.len());
    for row in &rows {
        let funder_id = *funders.get(&row.ledger_no).ok_or_else(odd)?;
        let cut_off_on: Day = row.cut_off_on.parse().map_err(|_| odd())?;
        paid.push(Paid {
            payment_id: row.payment_id,
            settlement_id: row.settlement_id,
            funder_id,
            funder_name: names.get(&funder_id).cloned().unwrap_or_default(),
            cents: row.cents,
            state: row.state,
            cut_off_on,
            ended_on: ended.get(&row.payment_id.to_string()).copied(),
            place: (cut_off_on, row.ledger_no, row.drawn_seq),
        });
    }
    let more = i64::try_from(paid.len()).is_ok_and(|found| found > limit);
    paid.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = paid.last().filter(|_| more).map(|last| last.place);
    Ok((paid, next))
}
