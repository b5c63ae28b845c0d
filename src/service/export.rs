//! Exporting a ledger: its lines in order, and the checkpoint that covers exactly these.
//!
//! Promises: the lines are the stored bytes, page by page, so that memory stays flat; what was
//! begun ends at the checkpoint that it began with, whatever is written meanwhile. Does not: write
//! files, nor seal the funder's bundle.

use super::error::Error;
use super::instance::Instance;
use crate::domain::access::{Action, Actor, Owner};
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
    let mut tx = instance.database.read().await?;
    let head = store::ledger::head(&mut tx, &ledger_id.to_string()).await?;
    let ledger_no = head.ok_or(Reason::NotFound)?.ledger_no;
    let newest = store::checkpoint::newest_checkpoint(&mut tx, ledger_no).await?;
    let missing = || Error::Fault(format!("ledger {ledger_no} has no checkpoint"));
    let (size, checkpoint) = newest.ok_or_else(missing)?;
    Ok(Export { ledger_id, size, checkpoint, ledger_no })
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
    let mut tx = instance.database.read().await?;
    let lines = store::ledger::lines(&mut tx, export.ledger_no, seq, until, PAGE).await?;
    if !lines.iter().map(|(at, _)| *at).eq(seq..until) {
        return Err(Error::Fault(format!("ledger {} has a hole", export.ledger_no)));
    }
    Ok(lines.into_iter().map(|(_, line)| line).collect())
}
