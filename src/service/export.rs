//! Exporting a ledger: its lines in order, and the checkpoint that covers exactly these.
//!
//! Promises: the lines are the stored bytes, page by page, so that memory stays flat; what was
//! begun ends at the checkpoint that it began with, whatever is written meanwhile. Does not: write
//! files.

mod sealed;

pub use sealed::sealed;

use super::error::Error;
use super::instance::Instance;
use super::writer::desk::OPERATOR_LEDGER;
use crate::domain::access::{Action, Actor, Owner, Tenant};
use crate::domain::keyring::KeyList;
use crate::domain::ledger::entry::LedgerId;
use crate::domain::organisation::OrganisationId;
use crate::domain::refusal::Reason;
use crate::store;

/// How many lines are read at a time.
pub const PAGE: i64 = 1000;

/// An export under way.
#[derive(Debug, Clone)]
pub struct Export {
    /// The ledger.
    pub ledger_id: LedgerId,
    /// How many lines it holds: all those before this seq.
    pub size: i64,
    /// The signed checkpoint over them.
    pub checkpoint: String,
    ledger_no: i64,
    /// For whom it is.
    tenant: Option<Tenant>,
}

/// Begins an export at the newest checkpoint.
///
/// # Errors
/// `not-found` for unknown and foreign ledgers alike.
pub async fn begin(
    instance: &Instance,
    actor: &Actor,
    ledger_id: LedgerId,
) -> Result<Export, Error> {
    let owner = OrganisationId::try_from(ledger_id.any()).map_err(|_| Reason::NotFound)?;
    actor.permit(Action::ReadLedger, &Owner::organisation(owner))?;
    let mut tx = instance.read_as(actor).await?;
    let head = store::ledger::head(&mut tx, &ledger_id.to_string()).await?;
    let ledger_no = head.ok_or(Reason::NotFound)?.ledger_no;
    let newest = store::checkpoint::newest_checkpoint(&mut tx, ledger_no).await?;
    let missing = || Error::Fault(format!("ledger {ledger_no} has no checkpoint"));
    let (size, checkpoint) = newest.ok_or_else(missing)?;
    // Whoever is not shown the last line is shown nothing, rather than an export with holes.
    if store::ledger::lines(&mut tx, ledger_no, size - 1, size, 1).await?.is_empty() {
        return Err(Reason::NotFound.into());
    }
    Ok(Export { ledger_id, size, checkpoint, ledger_no, tenant: actor.tenant() })
}

/// Checkpoints that commits kept, of sizes above `after`, at most [`PAGE`] of them: size and note.
///
/// A receipt has the first checkpoint that covers its line. With all of them the next operator
/// gives every old receipt byte for byte.
///
/// # Errors
/// [`Error`].
pub async fn checkpoints(
    instance: &Instance,
    export: &Export,
    after: i64,
) -> Result<Vec<(i64, String)>, Error> {
    let mut tx = instance.database.read_as(export.tenant.as_ref()).await?;
    let (no, to) = (export.ledger_no, export.size);
    Ok(store::leaving::checkpoints(&mut tx, no, after, to, PAGE).await?)
}

/// The public keys that a reader of the export needs, as JSON: those of the ledger's log, that of
/// the operator's own, and those that sign vouchers, each with its issuer.
///
/// # Errors
/// [`Error`].
pub async fn keys(instance: &Instance, export: &Export) -> Result<serde_json::Value, Error> {
    let ring = instance.keyring().await?;
    let mut tx = instance.database.read().await?;
    let all = store::leaving::log_keys(&mut tx).await?;
    let of = |no: i64| all.iter().filter(move |(ledger, ..)| *ledger == no);
    let operator = of(OPERATOR_LEDGER).next_back().map(|(_, _, vkey)| vkey.clone());
    let mut log_keys: Vec<String> = of(export.ledger_no).map(|(_, _, vkey)| vkey.clone()).collect();
    log_keys.extend(operator.clone().filter(|_| export.ledger_no != OPERATOR_LEDGER));
    let fault = |error: serde_json::Error| Error::Fault(error.to_string());
    let mut list = serde_json::to_value(KeyList::new(ring.records(), log_keys)).map_err(fault)?;
    // The same order as the list has: by issuer and key id.
    let mut issuers: Vec<_> =
        ring.records().iter().map(|record| (record.issuer_id, record.key.key_id)).collect();
    issuers.sort_unstable();
    if let Some(keys) = list["voucher_keys"].as_array_mut() {
        for (key, (issuer, _)) in keys.iter_mut().zip(issuers) {
            key["issuer_id"] = serde_json::json!(issuer);
        }
    }
    list["operator_log_key"] = serde_json::json!(operator);
    Ok(list)
}

/// The lines from `seq` on, at most [`PAGE`] of them; none at the end.
///
/// # Errors
/// [`Error::Fault`] when the journal has a hole.
pub async fn page(instance: &Instance, export: &Export, seq: i64) -> Result<Vec<String>, Error> {
    let until = export.size.min(seq.saturating_add(PAGE));
    if seq >= until {
        return Ok(Vec::new());
    }
    let mut tx = instance.database.read_as(export.tenant.as_ref()).await?;
    let lines = store::ledger::lines(&mut tx, export.ledger_no, seq, until, PAGE).await?;
    if !lines.iter().map(|(at, _)| *at).eq(seq..until) {
        return Err(Error::Fault(format!("ledger {} has a hole", export.ledger_no)));
    }
    Ok(lines.into_iter().map(|(_, line)| line).collect())
}
