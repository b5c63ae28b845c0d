//! Solvency: what is held and what is owed, ledger by ledger and in total, for anyone to see.
//!
//! Promises: all figures of an answer are of one state of the data, no older than
//! [`FRESH_SECONDS`]; each structure finds its own amount inside the published sum (see
//! `domain::solvency` for what that proves and what it does not). Does not: name a structure to
//! anyone else.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use tokio::sync::Mutex;

use super::error::Error;
use super::instance::Instance;
use super::observe::faces;
use super::observe::proof::cosigned;
use crate::base::clock::Timestamp;
use crate::base::id::{Funder, Id, Structure};
use crate::domain::access::{Action, Actor, Owner};
use crate::domain::ledger::account::{Account, AccountKind};
use crate::domain::ledger::balance::Balances;
use crate::domain::ledger::checkpoint::Origin;
use crate::domain::ledger::log::Hash;
use crate::domain::observation::{Sum, Totals, TrialBalance};
use crate::domain::refusal::Reason;
use crate::domain::solvency::{Share, Step, SumNode, SumTree, base64};
use crate::store::ledger::HeadRow;
use crate::store::{self, Tx};

/// How old an answer may be: the figures are the same for everybody, and anyone may ask.
pub const FRESH_SECONDS: i64 = 5;

/// Twelve months, as the days of the volume that supervisors ask for.
const YEAR_SECONDS: i64 = 365 * 86_400;

/// One funder's ledger.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct LedgerSolvency {
    /// The funder, whose ledger it is.
    #[schema(value_type = String)]
    pub funder_id: Id<Funder>,
    /// Its name.
    pub name: String,
    /// `held` by the operator, or `pledged` by the funder.
    pub mode: String,
    /// How many lines it sums up.
    pub size: i64,
    /// What the accounts of each kind hold, and whether money held is money owed.
    #[serde(flatten)]
    pub totals: Totals,
    /// Whether each float is what its living vouchers are worth.
    pub floats_hold: bool,
    /// What was redeemed in the last twelve months and not undone.
    pub volume_12_months: Sum,
    /// The sum of what is due, in which each structure finds its own amount.
    pub due_root: SumNode,
    /// The newest checkpoint, signed, with the co-signatures that there are.
    pub checkpoint: String,
}

/// Everything that is held and owed.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Solvency {
    /// When it was so.
    #[schema(value_type = String, format = DateTime)]
    pub as_of: Timestamp,
    /// Whether money held is money owed and every float is right, in every ledger.
    pub holds: bool,
    /// What all ledgers hold together, by kind of account.
    pub totals: BTreeMap<&'static str, Sum>,
    /// The value in circulation: what all vouchers that can still pay are worth.
    pub in_circulation: Sum,
    /// What was redeemed in the last twelve months and not undone.
    pub volume_12_months: Sum,
    /// Funder by funder.
    pub ledgers: Vec<LedgerSolvency>,
}

/// What one ledger owes a structure, with the proof that it is inside the published sum.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct DueProof {
    /// The funder, whose ledger it is.
    #[schema(value_type = String)]
    pub funder_id: Id<Funder>,
    /// How many lines the sum is of.
    pub size: i64,
    /// The structure.
    #[schema(value_type = String)]
    pub structure_id: Id<Structure>,
    /// What it is owed and is in no payment yet.
    pub due: Sum,
    /// What hides the leaf from others.
    #[serde(serialize_with = "base64")]
    #[schema(value_type = String)]
    pub blind: Hash,
    /// From the leaf to the root.
    pub path: Vec<Step>,
    /// The root, as `GET /api/v1/solvency` shows it to anyone.
    pub due_root: SumNode,
}

/// One state of everything.
#[derive(Debug)]
pub(super) struct Snapshot {
    public: Solvency,
    trees: Vec<(usize, Vec<Share>, SumTree)>,
}

/// The last state, for whoever asks next.
pub(super) type Remembered = Mutex<Option<Arc<Snapshot>>>;

/// What is held and owed; open to anyone.
///
/// # Errors
/// [`Error`].
pub async fn read(instance: &Instance) -> Result<Solvency, Error> {
    Ok(snapshot(instance).await?.public.clone())
}

/// What every ledger owes the actor's structure, with proofs; ledgers that never owed it anything
/// are left out.
///
/// # Errors
/// `not-permitted` for whoever is no structure.
pub async fn due(instance: &Instance, actor: &Actor) -> Result<Vec<DueProof>, Error> {
    actor.permit(Action::ReadOwnLines, &Owner::organisation(actor.organisation))?;
    let structure: Id<Structure> = actor.organisation.to().ok_or(Reason::NotPermitted)?;
    let snapshot = snapshot(instance).await?;
    let mut proofs = Vec::new();
    for (at, shares, tree) in &snapshot.trees {
        let Some(share) = shares.iter().find(|share| share.structure == structure) else {
            continue;
        };
        let ledger = &snapshot.public.ledgers[*at];
        let missing = || Error::Fault("a share is not in its tree".to_owned());
        proofs.push(DueProof {
            funder_id: ledger.funder_id,
            size: ledger.size,
            structure_id: structure,
            due: Sum::of(share.cents),
            blind: share.blind,
            path: tree.path(share).ok_or_else(missing)?,
            due_root: tree.root(),
        });
    }
    Ok(proofs)
}

async fn snapshot(instance: &Instance) -> Result<Arc<Snapshot>, Error> {
    // One computes, the others wait for it: anyone may ask, and a sum over a year is not free.
    let mut remembered = instance.solvency.lock().await;
    let now = instance.clock.now();
    if let Some(last) = remembered.as_ref()
        && last.public.as_of <= now
        && now < last.public.as_of.plus_seconds(FRESH_SECONDS)
    {
        return Ok(last.clone());
    }
    let fresh = Arc::new(take(instance, now).await?);
    *remembered = Some(fresh.clone());
    Ok(fresh)
}

async fn take(instance: &Instance, now: Timestamp) -> Result<Snapshot, Error> {
    let mut tx = instance.database.read().await?;
    let (mut ledgers, mut trees) = (Vec::new(), Vec::new());
    for head in store::ledger::all_heads(&mut tx).await? {
        let id: crate::domain::ledger::entry::LedgerId =
            head.ledger_id.parse().map_err(|_| Error::Fault("a ledger's id".to_owned()))?;
        let Some(funder_id) = id.funder() else { continue };
        let balances = store::ledger::balances(&mut tx, head.ledger_no).await?;
        let shares = shares(instance, &head, &balances)?;
        let unsound = || Error::Fault(format!("{} owes less than nothing", head.ledger_id));
        let tree = SumTree::of(&shares).ok_or_else(unsound)?;
        let due_root = tree.root();
        trees.push((ledgers.len(), shares, tree));
        ledgers.push(one(&mut tx, head, funder_id, &balances, due_root, now).await?);
    }
    let mut totals = BTreeMap::new();
    for kind in AccountKind::ALL {
        let of_kind = ledgers.iter().flat_map(|ledger| &ledger.totals.totals);
        let cents = of_kind.filter(|total| total.kind == kind).map(|total| total.cents).sum();
        totals.insert(kind.as_str(), Sum::of(cents));
    }
    let sound = |ledger: &LedgerSolvency| ledger.totals.identity.holds && ledger.floats_hold;
    let public = Solvency {
        as_of: now,
        holds: ledgers.iter().all(sound),
        in_circulation: totals[AccountKind::Float.as_str()],
        volume_12_months: Sum::of(ledgers.iter().map(|it| it.volume_12_months.cents).sum()),
        totals,
        ledgers,
    };
    Ok(Snapshot { public, trees })
}

async fn one(
    tx: &mut Tx,
    head: HeadRow,
    funder_id: Id<Funder>,
    balances: &Balances,
    due_root: SumNode,
    now: Timestamp,
) -> Result<LedgerSolvency, Error> {
    let no = head.ledger_no;
    let trial = TrialBalance::of(balances, &faces(tx, no).await?);
    let owner = funder_id.any().try_into().map_err(|_| Reason::NotFound)?;
    let funder = store::organisation::find(tx, owner).await?;
    let newest = cosigned(tx, no, None, 0).await?;
    let since = now.plus_seconds(-YEAR_SECONDS).millis();
    Ok(LedgerSolvency {
        funder_id,
        name: funder.map(|row| row.name).unwrap_or_default(),
        mode: head.mode,
        size: head.size,
        totals: trial.totals,
        floats_hold: trial.floats.iter().all(|float| float.holds),
        volume_12_months: Sum::of(store::redemption::volume(tx, no, since).await?),
        due_root,
        checkpoint: newest.note,
    })
}

/// What a ledger owes each structure that ever took its vouchers.
fn shares(instance: &Instance, head: &HeadRow, balances: &Balances) -> Result<Vec<Share>, Error> {
    let malformed = |_| Error::Fault(format!("malformed origin of {}", head.ledger_id));
    let origin: Origin = head.origin.parse().map_err(malformed)?;
    let share = |(account, _)| match account {
        Account::Due(structure) => Some(Share {
            structure,
            cents: balances.balance(account).cents(),
            blind: instance.keys.blind(&origin, head.size, structure),
        }),
        _ => None,
    };
    Ok(balances.iter().filter_map(share).collect())
}
