//! Signals: what a day looks like from its lines and from what was refused, and what the operator
//! decides about it.
//!
//! Promises: raises, tells and remembers; nothing here holds money, ends a key or refuses anything.
//! A decision is a line of the operator's ledger. What was explained is not raised again about the
//! same one for a while. Does not: know what is honest (see `domain::signal`).

mod venues;

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use serde::Deserialize;

use self::venues::Venues;
use super::error::Error;
use super::instance::Instance;
use super::meter;
use super::refused;
use super::writer::desk::{Decided, Desk, Draft, OPERATOR_LEDGER};
use super::writer::jot::Jot;
use super::writer::{Done, Write, understood};
use crate::base::clock::Timestamp;
use crate::base::day::{Day, Zone};
use crate::base::id::{AnyId, Id, Signal};
use crate::domain::access::{Action, Actor, Owner};
use crate::domain::book::Custody;
use crate::domain::fact::Fact;
use crate::domain::ledger::entry::Entry;
use crate::domain::quota::Class;
use crate::domain::refusal::{Reason, Refusal};
use crate::domain::signal::{
    Decision, Miss, PATH_DAYS, Path, Raised, Scan, Seen, SignalDecided, raised,
};
use crate::store::ledger::HeadRow;
use crate::store::refused::RefusedRow;
use crate::store::{self, Tx};

/// How many lines are read at once.
const PAGE: i64 = 1000;
/// How many days back anybody may ask.
const BACK: i64 = 62;
/// Seconds of a day.
const DAY: i64 = 86_400;

/// A signal, and what was decided about it.
#[derive(Debug, Clone, Copy)]
pub struct Listed {
    /// The signal.
    pub raised: Raised,
    /// What was decided, when, and by whom.
    pub decided: Option<(Decision, Timestamp, AnyId)>,
}

/// The day that it is (UTC).
///
/// # Panics
/// Never: UTC is a time zone.
#[must_use]
pub fn today(instance: &Instance) -> Day {
    let zone: Zone = "UTC".parse().expect("UTC is a time zone");
    zone.day_of(instance.clock.now())
}

/// The moments at which a day (UTC) begins and ends.
fn bounds(on: Day) -> Result<(Timestamp, Timestamp), Error> {
    let begin = format!("{on}T00:00:00.000Z").parse::<Timestamp>();
    let begin = begin.map_err(|_| Refusal::invalid("/on", "no such day"))?;
    Ok((begin, begin.plus_seconds(DAY)))
}

/// Counts the signals of a day.
///
/// # Errors
/// [`Error`].
async fn count(instance: &Instance, on: Day) -> Result<Vec<Raised>, Error> {
    let (begin, end) = bounds(on)?;
    // Those that wait for the writer are of the day too. A busy writer has its own worries.
    if let Err(error) = refused::keep(instance).await {
        tracing::warn!(error = %error, "the last refusals are not counted");
    }
    let mut tx = instance.database.read().await?;
    let mut seen = Seen::default();
    let least = &instance.settings.signals;
    let venues = Venues::read(&mut tx, least).await?;
    for head in store::ledger::all_heads(&mut tx).await? {
        if head.ledger_no != OPERATOR_LEDGER {
            let first = seen.scans.len();
            scans(&mut tx, &head, (begin, end), &mut seen.scans).await?;
            venues.place(&mut seen.scans[first..], &head.zone()?);
            paths(&mut tx, &head, (begin.plus_seconds(-PATH_DAYS * DAY), end), &mut seen.paths)
                .await?;
        }
    }
    let rows = store::refused::between(&mut tx, begin, end).await?;
    seen.misses = rows.iter().filter_map(miss).collect();
    seen.loads = venues.loads(&mut tx, on).await?;
    seen.after_hours = venues.after_hours(&mut tx, begin, &seen.scans).await?;
    drop(tx);
    Ok(raised(on, &seen, least))
}

/// A line that redeems, as a scan; `None` for another line.
fn scan_of(no: i64, entry: &Entry, fact: &Fact) -> Option<Scan> {
    let Fact::VoucherRedeemed(body) = fact else { return None };
    Some(Scan {
        at: entry.recorded_at,
        occurred_at: entry.occurred_at,
        actor: entry.actor,
        venue: body.venue_id,
        book: (no, body.voucher.book().get()),
        in_stock: false,
        outside_on: None,
    })
}

/// The first line of a ledger that was written at a moment or later; its size when none was.
async fn first_at(tx: &mut Tx, head: &HeadRow, moment: Timestamp) -> Result<i64, Error> {
    let (mut low, mut high) = (0, head.size);
    while low < high {
        let middle = low + (high - low) / 2;
        let lines = store::ledger::lines_at(tx, &[(head.ledger_no, middle)]).await?;
        let missing = || Error::Fault(format!("ledger {} has no line {middle}", head.ledger_no));
        let (no, seq, line) = lines.first().ok_or_else(missing)?;
        let (entry, _) = understood(*no, *seq, line)?;
        if entry.recorded_at < moment {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

/// The redemptions of a ledger on a day.
async fn scans(
    tx: &mut Tx,
    head: &HeadRow,
    (begin, end): (Timestamp, Timestamp),
    scans: &mut Vec<Scan>,
) -> Result<(), Error> {
    let no = head.ledger_no;
    let (mut from, to) = (first_at(tx, head, begin).await?, first_at(tx, head, end).await?);
    while from < to {
        let lines = store::ledger::lines(tx, no, from, to, PAGE).await?;
        let Some((last, _)) = lines.last() else { break };
        from = last + 1;
        let first = scans.len();
        for (seq, line) in &lines {
            let (entry, fact) = understood(no, *seq, line)?;
            scans.extend(scan_of(no, &entry, &fact));
        }
        stocked(tx, &mut scans[first..]).await?;
    }
    Ok(())
}

/// Says of which scans the book lies in a stock still.
async fn stocked(tx: &mut Tx, scans: &mut [Scan]) -> Result<(), Error> {
    let places: HashSet<(i64, u32)> = scans.iter().map(|scan| scan.book).collect();
    let places: Vec<(i64, u32)> = places.into_iter().collect();
    if places.is_empty() {
        return Ok(());
    }
    let mut stock = HashSet::new();
    for row in store::book::find(tx, &places).await? {
        if row.custody()? == Custody::InStock {
            stock.insert((row.ledger_no, u32::try_from(row.book_no).unwrap_or(0)));
        }
    }
    for scan in scans {
        scan.in_stock = stock.contains(&scan.book);
    }
    Ok(())
}

/// Which books were handed over between two moments by whom, and where they were used.
async fn paths(
    tx: &mut Tx,
    head: &HeadRow,
    (begin, end): (Timestamp, Timestamp),
    paths: &mut Vec<Path>,
) -> Result<(), Error> {
    let no = head.ledger_no;
    let (from, to) = (first_at(tx, head, begin).await?, first_at(tx, head, end).await?);
    let mut ways = store::signal::paths(tx, no, from).await?;
    ways.retain(|(seq, ..)| *seq < to);
    let page = usize::try_from(PAGE).unwrap_or(usize::MAX);
    for some in ways.chunks(page) {
        let places: Vec<(i64, i64)> = some.iter().map(|(seq, ..)| (no, *seq)).collect();
        let mut workers = HashMap::new();
        for (_, seq, line) in store::ledger::lines_at(tx, &places).await? {
            workers.insert(seq, understood(no, seq, &line)?.0.actor);
        }
        for (seq, site, venue) in some {
            if let Some(worker) = workers.get(seq) {
                paths.push(Path { site: *site, worker: *worker, venue: *venue });
            }
        }
    }
    Ok(())
}

/// A note of a refusal at a counter; `None` for others.
fn miss(row: &RefusedRow) -> Option<Miss> {
    let reasons = [Reason::VoucherUnknown, Reason::TokenForged];
    let elsewhere = row.elsewhere_at.is_some_and(|at| row.refused_at - at < DAY * 1000);
    Some(Miss {
        actor: row.actor_id.as_deref()?.parse().ok()?,
        venue: Some(row.venue_id.as_deref()?.parse().ok()?),
        subject: row.subject.clone(),
        unknown: reasons.iter().any(|reason| reason.code() == row.reason),
        elsewhere,
    })
}

struct Keep(Vec<Raised>);

#[async_trait]
impl Jot for Keep {
    type Outcome = ();

    async fn write(&self, tx: &mut Tx, now: Timestamp) -> Result<(), Error> {
        Ok(store::signal::raise(tx, &self.0, now).await?)
    }
}

/// Counts the signals of a day, keeps them and says so in the log; gives how many. What was
/// explained lately is left out.
///
/// # Errors
/// [`Error`].
pub async fn raise(instance: &Instance, on: Day) -> Result<usize, Error> {
    let mut found = count(instance, on).await?;
    let mut tx = instance.database.read().await?;
    let known = store::signal::list(&mut tx).await?;
    let known = decided(&mut tx, known).await?;
    drop(tx);
    found.retain(|new| {
        !known.iter().any(|old| {
            let same = (old.raised.kind, old.raised.about) == (new.kind, new.about);
            let decision = old.decided.map(|(decision, ..)| decision);
            same && new.kind.is_quiet(old.raised.on, decision, on)
        })
    });
    if found.is_empty() {
        return Ok(0);
    }
    for Raised { kind, about, count, of, .. } in &found {
        let kind = kind.as_str();
        meter::signal(kind);
        tracing::warn!(kind, %about, %on, count, of, "a signal: somebody should look");
    }
    let count = found.len();
    instance.door.jot(Keep(found)).await?;
    Ok(count)
}

/// Signals with what lines decided about them.
async fn decided(tx: &mut Tx, signals: Vec<Raised>) -> Result<Vec<Listed>, Error> {
    let ids: Vec<String> =
        signals.iter().map(|raised| format!("{}/decision", raised.id())).collect();
    let created = store::ledger::created(tx, &ids).await?;
    let places: Vec<(i64, i64)> = created.iter().map(|row| (row.ledger_no, row.seq)).collect();
    let mut decisions = HashMap::new();
    for (no, seq, line) in store::ledger::lines_at(tx, &places).await? {
        let (entry, fact) = understood(no, seq, &line)?;
        if let Fact::SignalDecided(body) = fact {
            decisions.insert(entry.id, (body.decision, entry.recorded_at, entry.actor));
        }
    }
    let listed = |raised: Raised| {
        let decided = decisions.get(&raised.id().any()).copied();
        Listed { raised, decided }
    };
    Ok(signals.into_iter().map(listed).collect())
}

/// The signals that are kept, the newest day first; those of one day as they are counted now, kept
/// or not.
///
/// # Errors
/// `not-permitted`; `invalid-request` for a day that is still to come, or too long ago;
/// `rate-limited` when days are counted too often.
pub async fn list(
    instance: &Instance,
    actor: &Actor,
    on: Option<Day>,
) -> Result<Vec<Listed>, Error> {
    actor.permit(Action::ReadSignals, &Owner::NOBODY)?;
    let signals = match on {
        Some(on) => {
            let today = today(instance);
            if on > today || on < today.plus_days(-BACK) {
                let detail = format!("a day of the last {BACK}");
                return Err(Refusal::invalid("/on", detail).into());
            }
            // A day is all of its lines.
            instance.limiter.many(actor, Class::Export, 1, instance.clock.now())?;
            count(instance, on).await?
        }
        None => store::signal::list(&mut instance.database.read().await?).await?,
    };
    decided(&mut instance.database.read().await?, signals).await
}

/// What `PUT /api/v1/signals/{id}/decision` takes.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionRequest {
    /// What came of it.
    pub decision: Decision,
}

struct Decide {
    actor: Actor,
    id: Id<Signal>,
    decision: Decision,
}

#[async_trait]
impl Write for Decide {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        self.actor.permit(Action::DecideSignal, &Owner::NOBODY)?;
        desk.refresh(&[OPERATOR_LEDGER]).await?;
        if let Some(known) = desk.created(format!("{}/decision", self.id)).await? {
            let (_, fact) = desk.fact(&known).await?;
            let same = matches!(&fact, Fact::SignalDecided(body)
                if body.decision == self.decision);
            return if same { Ok(Decided::Known(known)) } else { Err(Reason::Differs.into()) };
        }
        let raised = store::signal::find(&mut desk.tx, self.id).await?;
        let fact = SignalDecided::of(raised.ok_or(Reason::NotFound)?, self.decision);
        Ok(Draft::new(OPERATOR_LEDGER, self.actor.id, self.id, fact).into())
    }
}

/// Writes down what came of a signal. It does nothing else: who is suspended is so by another verb.
///
/// # Errors
/// `not-found` when no such signal is kept; `differs` when something else was decided.
pub async fn decide(
    instance: &Instance,
    actor: &Actor,
    id: Id<Signal>,
    request: DecisionRequest,
) -> Result<Done, Error> {
    actor.may_ever(Action::DecideSignal)?;
    let decision = request.decision;
    instance.door.write(Decide { actor: *actor, id, decision }).await
}
