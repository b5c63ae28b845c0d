//! The redemptions of a structure, over all ledgers: found by venue, funder, days and where their
//! worth is.
//!
//! Promises: newest first, page by page; days and pages are ranges of lines, so that a page reads
//! each ledger from its end backwards and stops when it is full. Does not: prove anything (a
//! redemption's own page has its receipt).

use std::collections::HashMap;

use super::course::{Settled, Stretch, stretches};
use super::{Course, funder_of, names, own, sees_money};
use crate::base::clock::Timestamp;
use crate::base::day::Day;
use crate::base::id::{Funder, Id, Payment, Redemption, Structure, Venue};
use crate::base::money::Money;
use crate::domain::access::{Action, Actor, Owner};
use crate::domain::fact::Fact;
use crate::domain::ledger::entry::Entry;
use crate::domain::offering::Offering;
use crate::domain::redemption::VoucherRedeemed;
use crate::domain::refusal::Reason;
use crate::domain::serial::Serial;
use crate::domain::settlement::{PaymentState, SettlementState};
use crate::service::error::Error;
use crate::service::instance::Instance;
use crate::service::seek::{Edge, UpTo, last_lines};
use crate::service::writer::understood;
use crate::store::earning::{DueRow, EarnedRow, Sought, Span, Undone};
use crate::store::redemption::Use;
use crate::store::{self, Tx};

/// Where a list of redemptions goes on: before this moment (milliseconds), ledger and line.
pub type Before = (i64, i64, i64);

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

/// Where to look. Its transactions end one after the other: who holds one and waits for the next
/// would have everybody wait, once all do.
async fn search(
    instance: &Instance,
    actor: &Actor,
    filter: &Filter,
    before: Option<Before>,
) -> Result<Search, Error> {
    let (structure, venue) = permitted(actor, filter)?;
    let mut tx = instance.read_as(actor).await?;
    let mut ledgers = Vec::new();
    for row in store::earning::admitting(&mut tx, structure).await? {
        let funder = funder_of(&row.ledger_id)?;
        if filter.funder.is_none_or(|wanted| wanted == funder) {
            let stretches = if sees_money(actor) {
                stretches_of(&mut tx, &row, structure).await?
            } else {
                vec![(-1, i64::MAX, Course::Taken)]
            };
            ledgers.push(Known { no: row.ledger_no, funder, stretches });
        }
    }
    drop(tx);
    let (wanted, undone) = match filter.state {
        None => (None, Undone::With),
        Some(State::Undone) => (None, Undone::Only),
        Some(state) => (Some(state), Undone::Without),
    };
    let mut spans = Vec::new();
    for (known, span) in ledgers.iter().zip(spans_of(instance, &ledgers, filter, before).await?) {
        let Some(state) = wanted else {
            spans.push(span);
            continue;
        };
        let there = known.stretches.iter().filter(|(_, _, course)| state.has(*course));
        spans.extend(there.map(|&(after, upto, _)| Span {
            no: span.no,
            after: span.after.max(after),
            upto: span.upto.min(upto),
        }));
    }
    spans.retain(|span| span.after < span.upto);
    Ok(Search { sought: Sought { spans, structure, venue, undone }, ledgers })
}

/// The lines of each ledger that are of the days looked for and before a place.
///
/// Lines of a ledger are in order of time, so that the edges are found among all of them: read not
/// as the asker, to whom most are hidden, and for their days and moments only.
async fn spans_of(
    instance: &Instance,
    ledgers: &[Known],
    filter: &Filter,
    before: Option<Before>,
) -> Result<Vec<Span>, Error> {
    let whole = |known: &Known| Span { no: known.no, after: -1, upto: i64::MAX };
    let mut spans: Vec<Span> = ledgers.iter().map(whole).collect();
    if filter.from.is_none() && filter.to.is_none() && before.is_none() {
        return Ok(spans);
    }
    let mut tx = instance.database.read().await?;
    let numbers: Vec<i64> = ledgers.iter().map(|known| known.no).collect();
    let heads = store::ledger::heads(&mut tx, &numbers).await?;
    let sizes: HashMap<i64, i64> = heads.iter().map(|head| (head.ledger_no, head.size)).collect();
    let (mut edges, mut froms) = (Vec::new(), Vec::new());
    for (at, span) in spans.iter_mut().enumerate() {
        let (no, size) = (span.no, sizes.get(&span.no).copied().unwrap_or(0));
        let mut edge = |upto: UpTo, is_from: bool| {
            edges.push(Edge { no, size, upto });
            froms.push((at, is_from));
        };
        if let Some(day) = filter.from {
            edge(UpTo::Before(day), true);
        }
        if let Some(day) = filter.to {
            edge(UpTo::Day(day), false);
        }
        match before {
            None => {}
            Some((_, ledger, seq)) if ledger == no => span.upto = seq.saturating_sub(1),
            // At the same moment, ledgers with a higher number come first.
            Some((millis, ledger, _)) => {
                let last = if no < ledger { millis } else { millis.saturating_sub(1) };
                edge(UpTo::Moment(Timestamp::from_millis(last)), false);
            }
        }
    }
    for (seq, (at, is_from)) in last_lines(&mut tx, &edges).await?.into_iter().zip(froms) {
        let span = &mut spans[at];
        if is_from {
            span.after = seq;
        } else {
            span.upto = span.upto.min(seq);
        }
    }
    Ok(spans)
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
    let Search { sought, ledgers } = search(instance, actor, filter, before).await?;
    let mut tx = instance.read_as(actor).await?;
    let mut redeemed = Vec::new();
    for row in store::earning::redemptions(&mut tx, &sought, limit + 1).await? {
        redeemed.push(Redeemed::of(&row)?);
    }
    redeemed.sort_unstable_by_key(|it| std::cmp::Reverse(it.place()));
    let more = i64::try_from(redeemed.len()).is_ok_and(|found| found > limit);
    redeemed.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let uses: Vec<Use> = redeemed.iter().map(Redeemed::voucher_use).collect();
    let undone = store::redemption::undone(&mut tx, &uses).await?;
    drop(tx);
    let names = names(instance, ledgers.iter().map(|known| known.funder)).await?;
    let next = redeemed.last().filter(|_| more).map(Redeemed::place);
    let mut items = Vec::with_capacity(redeemed.len());
    for it in &redeemed {
        items.push(it.earned(&ledgers, &names, undone.contains(&it.voucher_use()))?);
    }
    Ok(Found { items, next })
}

/// A line that redeemed a voucher.
struct Redeemed {
    ledger_no: i64,
    entry: Entry,
    body: VoucherRedeemed,
}

impl Redeemed {
    fn of(row: &EarnedRow) -> Result<Self, Error> {
        match understood(row.ledger_no, row.seq, &row.line)? {
            (entry, Fact::VoucherRedeemed(body)) => {
                Ok(Self { ledger_no: row.ledger_no, entry, body })
            }
            (entry, _) => Err(odd(row.ledger_no, &entry)),
        }
    }

    fn place(&self) -> Before {
        (self.entry.recorded_at.millis(), self.ledger_no, self.entry.seq)
    }

    fn voucher_use(&self) -> Use {
        Use {
            no: self.ledger_no,
            book: i64::from(self.body.voucher.book().get()),
            position: i64::from(self.body.voucher.position()),
            round: self.body.round,
        }
    }

    fn earned(
        &self,
        ledgers: &[Known],
        names: &HashMap<Id<Funder>, String>,
        undone: bool,
    ) -> Result<Earned, Error> {
        let Self { ledger_no, entry, body } = self;
        let odd = || odd(*ledger_no, entry);
        let known = ledgers.iter().find(|known| known.no == *ledger_no).ok_or_else(odd)?;
        let cents = entry.transfers.first().map(|transfer| transfer.cents);
        let amount = cents.and_then(|cents| Money::from_cents(cents).ok());
        Ok(Earned {
            redemption_id: entry.id.to().ok_or_else(odd)?,
            voucher: body.voucher,
            venue_id: body.venue_id,
            funder_id: known.funder,
            funder_name: names.get(&known.funder).cloned().unwrap_or_default(),
            offering: body.offering,
            amount: amount.ok_or_else(odd)?,
            on: entry.on,
            at: entry.recorded_at,
            course: if undone { Course::Undone } else { known.course(entry.seq) },
        })
    }
}

fn odd(ledger_no: i64, entry: &Entry) -> Error {
    Error::Fault(format!("ledger {ledger_no}, line {} is no use", entry.seq))
}

/// How many redemptions are looked for, and their sum in cents.
///
/// # Errors
/// As [`redemptions`].
pub async fn sum(instance: &Instance, actor: &Actor, filter: &Filter) -> Result<(i64, i64), Error> {
    let sought = search(instance, actor, filter, None).await?.sought;
    let mut tx = instance.read_as(actor).await?;
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
    let ledgers = search(instance, actor, &filter, None).await?.ledgers;
    Ok(ledgers.first().map_or(Course::Taken, |known| known.course(seq)))
}
