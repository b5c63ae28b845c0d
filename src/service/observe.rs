//! Observing: lines, balances and proofs of a ledger, and the keys that check them.
//!
//! Promises: lines and balances per structure go to those of DESIGN section 5 only; totals, hashes,
//! proofs and checkpoints to anyone; only what is committed is shown. Does not: write, or
//! export (see `export`).

pub(super) mod proof;

use std::collections::{BTreeMap, HashSet};

pub use proof::{
    Checkpointed, Consistency, Proved, TilePath, checkpoint, consistency, inclusion, tile,
};

use super::error::Error;
use super::instance::Instance;
use super::writer::understood;
use crate::base::id::{Campaign, Id, Venue};
use crate::base::page::{LIMIT, Page};
use crate::domain::access::{Action, Actor, Owner};
use crate::domain::keyring::KeyList;
use crate::domain::ledger::entry::LedgerId;
use crate::domain::observation::{Own, Totals, TrialBalance};
use crate::domain::organisation::OrganisationId;
use crate::domain::refusal::Reason;
use crate::store::campaign::CampaignRow;
use crate::store::ledger::HeadRow;
use crate::store::{self, Tx};

/// Lines that one request looks at, at most, in search of a structure's own.
const LOOK: i64 = 10 * LIMIT;

/// A line and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its place, from 0.
    pub seq: i64,
    /// Its exact text, without a line end.
    pub line: String,
}

/// The head of a ledger; unknown ones are answered `not-found`.
async fn head(tx: &mut Tx, id: LedgerId) -> Result<HeadRow, Error> {
    let row = store::ledger::head(tx, &id.to_string()).await?;
    row.ok_or_else(|| Reason::NotFound.into())
}

fn owner(id: LedgerId) -> Owner {
    OrganisationId::try_from(id.any()).map_or(Owner::NOBODY, Owner::organisation)
}

/// Lines of a ledger after a place: all for those who may read the ledger, its own for a structure.
///
/// A structure's page may be short, or even empty, and still have a `next`: one request looks at
/// 10,000 lines at most.
///
/// # Errors
/// [`Error`].
pub async fn entries(
    instance: &Instance,
    actor: &Actor,
    id: LedgerId,
    after: i64,
    limit: i64,
) -> Result<Page<Line>, Error> {
    let limit = limit.clamp(1, LIMIT);
    let reads_all = actor.may(Action::ReadLedger);
    if reads_all {
        actor.permit(Action::ReadLedger, &owner(id))?;
    } else {
        actor.permit(Action::ReadOwnLines, &Owner::organisation(actor.organisation))?;
    }
    let mut tx = instance.read_as(actor).await?;
    let head = head(&mut tx, id).await?;
    let from = after.saturating_add(1).max(0);
    if !reads_all {
        return own_entries(&mut tx, actor, &head, from, limit).await;
    }
    let lines = store::ledger::lines(&mut tx, head.ledger_no, from, head.size, limit).await?;
    let items: Vec<Line> = lines.into_iter().map(|(seq, line)| Line { seq, line }).collect();
    let next = items.last().map(|line| line.seq).filter(|seq| seq + 1 < head.size);
    Ok(Page { items, next })
}

async fn own_entries(
    tx: &mut Tx,
    actor: &Actor,
    head: &HeadRow,
    mut from: i64,
    limit: i64,
) -> Result<Page<Line>, Error> {
    let structure = actor.organisation.to().ok_or(Reason::NotPermitted)?;
    let mut venues = HashSet::new();
    for row in store::venue::list(tx).await? {
        if row.structure_id == structure.to_string() {
            venues.extend(row.venue_id.parse::<Id<Venue>>());
        }
    }
    let own = Own { structure, venues };
    let (until, mut items) = ((from + LOOK).min(head.size), Vec::new());
    while from < until {
        let to = (from + LIMIT).min(until);
        for (seq, line) in store::ledger::lines(tx, head.ledger_no, from, to, LIMIT).await? {
            let (entry, fact) = understood(head.ledger_no, seq, &line)?;
            if own.sees(&entry, &fact) {
                items.push(Line { seq, line });
                if i64::try_from(items.len()).is_ok_and(|found| found == limit) {
                    let next = (seq + 1 < head.size).then_some(seq);
                    return Ok(Page { items, next });
                }
            }
        }
        from = to;
    }
    let next = (until < head.size).then_some(until - 1);
    Ok(Page { items, next })
}

/// The trial balance of a ledger, and both halves of P1.
///
/// # Errors
/// [`Error`].
pub async fn balances(
    instance: &Instance,
    actor: &Actor,
    id: LedgerId,
) -> Result<(HeadRow, TrialBalance), Error> {
    actor.permit(Action::ReadLedger, &owner(id))?;
    let mut tx = instance.read_as(actor).await?;
    let head = head(&mut tx, id).await?;
    let balances = store::ledger::balances(&mut tx, head.ledger_no).await?;
    let faces = faces(&mut tx, head.ledger_no).await?;
    Ok((head, TrialBalance::of(&balances, &faces)))
}

/// The face value of each campaign's vouchers, in cents. An order fixes the rules of its campaign,
/// so there is one face value once there is a float.
pub(super) async fn faces(
    tx: &mut Tx,
    ledger_no: i64,
) -> Result<BTreeMap<Id<Campaign>, i64>, Error> {
    let campaigns = store::campaign::of_ledger(tx, ledger_no).await?;
    let face = |row: &CampaignRow| (row.view.campaign_id, row.view.profile.face_value.cents());
    Ok(campaigns.iter().map(face).collect())
}

/// What anyone may see of a ledger's money, with the checkpoint that it stands under.
///
/// # Errors
/// [`Error`].
pub async fn totals(instance: &Instance, id: LedgerId) -> Result<(Totals, Checkpointed), Error> {
    let mut tx = instance.database.read().await?;
    let head = head(&mut tx, id).await?;
    let balances = store::ledger::balances(&mut tx, head.ledger_no).await?;
    let checkpoint = proof::cosigned(&mut tx, head.ledger_no, None, 0).await?;
    Ok((Totals::of(&balances), checkpoint))
}

/// The public keys of the instance: all that sign vouchers, and those of every ledger.
///
/// # Errors
/// [`Error`].
pub async fn public_keys(instance: &Instance) -> Result<KeyList, Error> {
    let ring = instance.keyring().await?;
    let mut tx = instance.database.read().await?;
    // As the lines say: after a take-over a ledger has keys that no master of ours gives.
    let keys = store::leaving::log_keys(&mut tx).await?;
    let log_keys = keys.into_iter().map(|(_, _, vkey)| vkey).collect();
    Ok(KeyList::new(ring.records(), log_keys))
}
