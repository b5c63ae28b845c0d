//! The redemptions of a structure, over all ledgers: found by venue, funder, days and where their
//! worth is.
//!
//! Promises: newest first, page by page; a page costs the same statement whatever is looked for.
//! Does not: prove anything (a redemption's own page has its receipt).

use std::collections::HashMap;

use super::course::{Settled, Stretch, stretches};
use super::{Course, funder_of, names, own, sees_money};
use crate::base::clock::Timestamp;
use crate::base::day::Day;
use crate::base::id::{Funder, Id, Payment, Redemption, Structure, Venue};
use crate::base::money::Money;
use crate::domain::access::{Action, Actor, Owner};
use crate::domain::fact::Fact;
use crate::domain::offering::Offering;
use crate::domain::refusal::Reason;
use crate::domain::serial::Serial;
use crate::domain::settlement::{PaymentState, SettlementState};
use crate::service::error::Error;
use crate::service::instance::Instance;
use crate::service::writer::understood;
use crate::store::earning::{DueRow, EarnedRow, Sought, Span, Undone};
use crate::store::{self, Tx};

pub use crate::store::earning::Before;

/// Where the worth of a redemption is, as somebody looks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// In no payment yet.
    Due,
    /// On its way.
    Paying,
    /// Paid.
    Paid,
    /// Counted against what the structure owed.
    Offset,
    /// Undone.
    Undone,
}

impl State {
    fn has(self, course: Course) -> bool {
        match course {
            Course::Due => self == Self::Due,
            Course::Paying(_) => self == Self::Paying,
            Course::Paid(_) => self == Self::Paid,
            Course::Offset => self == Self::Offset,
            Course::Undone | Course::Taken => self == Self::Undone,
        }
    }
}

/// Which redemptions are looked for; all where nothing is said.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// At this venue.
    pub venue: Option<Id<Venue>>,
    /// Of vouchers of this funder.
    pub funder: Option<Id<Funder>>,
    /// From this civil day on.
    pub from: Option<Day>,
    /// To this one.
    pub to: Option<Day>,
    /// With their worth here.
    pub state: Option<State>,
}

/// A redemption as its structure sees it.
#[derive(Debug, Clone)]
pub struct Earned {
    /// The redemption.
    pub redemption_id: Id<Redemption>,
    /// The voucher's serial number.
    pub voucher: Serial,
    /// Where.
    pub venue_id: Id<Venue>,
    /// Who owes.
    pub funder_id: Id<Funder>,
    /// Its name.
    pub funder_name: String,
    /// What was done.
    pub offering: Offering,
    /// How much it pays.
    pub amount: Money,
    /// The civil day, in the funder's time zone.
    pub on: Day,
    /// When.
    pub at: Timestamp,
    /// Where its worth is.
    pub course: Course,
}

/// A page of redemptions.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Newest first.
    pub items: Vec<Earned>,
    /// Where the list goes on.
    pub next: Option<Before>,
}

/// A ledger that knows the structure.
struct Known {
    no: i64,
    funder: Id<Funder>,
    stretches: Vec<Stretch>,
}

impl Known {
    fn course(&self, seq: i64) -> Course {
        let found = self.stretches.iter().find(|(after, upto, _)| *after < seq && seq <= *upto);
        found.map_or(Course::Due, |(_, _, course)| *course)
    }
}

/// What is looked for, in the ledgers where it may be.
struct Search {
    sought: Sought,
    ledgers: Vec<Known>,
}

/// Who may ask for what: the structure, and the one venue of who is bound to it.
fn permitted(actor: &Actor, filter: &Filter) -> Result<(Id<Structure>, Option<Id<Venue>>), Error> {
    let venue = actor.venue.or(filter.venue);
    if filter.venue.is_some() && filter.venue != venue {
        return Err(Reason::NotFound.into());
    }
    let owner = Owner { venue, ..Owner::organisation(actor.organisation) };
    actor.permit(Action::ReadRedemption, &owner)?;
    let tells = matches!(filter.state, None | Some(State::Undone));
    if !tells && !sees_money(actor) {
        return Err(Reason::NotPermitted.into());
    }
    Ok((own(actor)?, venue))
}

async fn search(tx: &mut Tx, actor: &Actor, filter: &Filter) -> Result<Search, Error> {
    let (structure, venue) = permitted(actor, filter)?;
    let mut ledgers = Vec::new();
    for row in store::earning::admitting(tx, structure).await? {
        let funder = funder_of(&row.ledger_id)?;
        if filter.funder.is_none_or(|wanted| wanted == funder) {
            let stretches = if sees_money(actor) {
                stretches_of(tx, &row, structure).await?
            } else {
                vec![(-1, i64::MAX, Course::Taken)]
            };
            ledgers.push(Known { no: row.ledger_no, funder, stretches });
        }
    }
    let (wanted, undone) = match filter.state {
        None => (None, Undone::With),
        Some(State::Undone) => (None, Undone::Only),
        Some(state) => (Some(state), Undone::Without),
    };
    let mut spans = Vec::new();
    for known in &ledgers {
        let no = known.no;
        match wanted {
            None => spans.push(Span { no, after: -1, upto: i64::MAX }),
            Some(state) => spans.extend(
                known
                    .stretches
                    .iter()
                    .filter(|(_, _, course)| state.has(*course))
                    .map(|&(after, upto, _)| Span { no, after, upto }),
            ),
        }
    }
    let day = |day: Option<Day>, open: &str| day.map_or(open.to_owned(), |day| day.to_string());
    let (from, to) = (day(filter.from, "0000-01-01"), day(filter.to, "9999-12-31"));
    Ok(Search { sought: Sought { spans, structure, venue, from, to, undone }, ledgers })
}

/// Where the worth of a structure's redemptions in a ledger is.
async fn stretches_of(
    tx: &mut Tx,
    ledger: &DueRow,
    structure: Id<Structure>,
) -> Result<Vec<Stretch>, Error> {
    let no = ledger.ledger_no;
    let payments = store::settlement::payments_since(tx, no, structure, -1).await?;
    let rejected = payments.iter().filter(|row| row.state == PaymentState::Rejected);
    let outcome = |id: Id<Payment>| format!("{id}/outcome");
    let ids: Vec<String> = rejected.clone().map(|row| outcome(row.payment_id)).collect();
    let lines = store::ledger::created(tx, &ids).await?;
    let line = |id: Id<Payment>| {
        let found = lines.iter().find(|row| row.creation_id == outcome(id));
        found.map(|row| (id, row.seq))
    };
    let rejections: HashMap<_, _> = rejected.filter_map(|row| line(row.payment_id)).collect();
    let mut settled = Vec::new();
    for row in store::settlement::of_ledger(tx, no).await? {
        if matches!(row.state()?, SettlementState::Drawn | SettlementState::Approved) {
            let of = |payment: &&store::settlement::PaymentRow| {
                payment.settlement_id.to_string() == row.settlement_id
            };
            let payment = payments.iter().find(of).map(|it| (it.payment_id, it.state));
            settled.push(Settled { window: row.window(), payment });
        }
    }
    Ok(stretches(&settled, &rejections))
}

/// The redemptions of the actor's structure, or of its one venue, before a place; at most `limit`.
///
/// # Errors
/// `not-permitted` for whoever reads no redemption, or asks for payments without reading
/// statements; `not-found` for another venue than the one that the actor is bound to.
pub async fn redemptions(
    instance: &Instance,
    actor: &Actor,
    filter: &Filter,
    before: Option<Before>,
    limit: i64,
) -> Result<Found, Error> {
    let mut tx = instance.read_as(actor).await?;
    let Search { sought, ledgers } = search(&mut tx, actor, filter).await?;
    let rows = store::earning::redemptions(&mut tx, &sought, before, limit + 1).await?;
    drop(tx);
    let names = names(instance, ledgers.iter().map(|known| known.funder)).await?;
    let more = i64::try_from(rows.len()).is_ok_and(|found| found > limit);
    let shown = &rows[..rows.len().min(usize::try_from(limit).unwrap_or(usize::MAX))];
    let place = |row: &EarnedRow| (row.redeemed_at, row.ledger_no, row.seq);
    let next = shown.last().filter(|_| more).map(place);
    let items = shown.iter().map(|row| earned(row, &ledgers, &names));
    Ok(Found { items: items.collect::<Result<_, _>>()?, next })
}

fn earned(
    row: &EarnedRow,
    ledgers: &[Known],
    names: &HashMap<Id<Funder>, String>,
) -> Result<Earned, Error> {
    let odd = || Error::Fault(format!("ledger {}, line {} is no use", row.ledger_no, row.seq));
    let (entry, fact) = understood(row.ledger_no, row.seq, &row.line)?;
    let Fact::VoucherRedeemed(body) = fact else { return Err(odd()) };
    let known = ledgers.iter().find(|known| known.no == row.ledger_no).ok_or_else(odd)?;
    let cents = entry.transfers.first().map(|transfer| transfer.cents);
    let amount = cents.and_then(|cents| Money::from_cents(cents).ok());
    Ok(Earned {
        redemption_id: entry.id.to().ok_or_else(odd)?,
        voucher: body.voucher,
        venue_id: row.venue_id,
        funder_id: known.funder,
        funder_name: names.get(&known.funder).cloned().unwrap_or_default(),
        offering: body.offering,
        amount: amount.ok_or_else(odd)?,
        on: entry.on,
        at: entry.recorded_at,
        course: if row.reversed { Course::Undone } else { known.course(row.seq) },
    })
}

/// How many redemptions are looked for, and their sum in cents.
///
/// # Errors
/// As [`redemptions`].
pub async fn sum(instance: &Instance, actor: &Actor, filter: &Filter) -> Result<(i64, i64), Error> {
    let mut tx = instance.read_as(actor).await?;
    let sought = search(&mut tx, actor, filter).await?.sought;
    Ok(store::earning::sum(&mut tx, &sought).await?)
}

/// Where the worth of a redemption that stands is, by its line in a funder's ledger.
///
/// # Errors
/// `not-permitted` for whoever reads no redemption.
pub async fn course(
    instance: &Instance,
    actor: &Actor,
    funder: Id<Funder>,
    seq: i64,
) -> Result<Course, Error> {
    let filter = Filter { funder: Some(funder), ..Filter::default() };
    let mut tx = instance.read_as(actor).await?;
    let ledgers = search(&mut tx, actor, &filter).await?.ledgers;
    Ok(ledgers.first().map_or(Course::Taken, |known| known.course(seq)))
}
