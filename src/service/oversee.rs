//! Overseeing: every ledger with its end, its last checkpoint and its witnesses; lines by place.
//!
//! Promises: who reads every ledger sees them all, nobody else sees any. Does not: check anything
//! (see `audit`).

use super::error::Error;
use super::instance::Instance;
use crate::base::clock::Timestamp;
use crate::domain::access::{Action, Actor, Owner};
use crate::domain::keyring::VoucherKeyRecord;
use crate::domain::ledger::entry::LedgerId;
use crate::store;

/// A ledger as it stands.
#[derive(Debug, Clone)]
pub struct LedgerState {
    /// The ledger.
    pub ledger_id: LedgerId,
    /// `held`, `pledged`, or `operator`.
    pub mode: String,
    /// How many lines it has.
    pub size: i64,
    /// When the last one was written.
    pub last_at: Timestamp,
    /// The newest checkpoint that witnesses co-signed, and how many of them did.
    pub cosigned: Option<(i64, i64)>,
    /// The key that signs its checkpoints, as a C2SP verifier key.
    pub log_key: String,
}

/// Every ledger, the operator's first.
///
/// # Errors
/// `not-permitted`; `not-found` for who does not read every ledger.
pub async fn ledgers(instance: &Instance, actor: &Actor) -> Result<Vec<LedgerState>, Error> {
    actor.permit(Action::ReadLedger, &Owner::NOBODY)?;
    let mut tx = instance.read_as(actor).await?;
    let heads = store::ledger::all_heads(&mut tx).await?;
    let watched = store::cosignature::watched(&mut tx).await?;
    let keys = store::leaving::log_keys(&mut tx).await?;
    let mut states = Vec::with_capacity(heads.len());
    for head in heads {
        let odd = |_| Error::Fault("malformed ledger id".to_owned());
        let cosigned = watched.iter().find(|(no, ..)| *no == head.ledger_no);
        // The newest key of a ledger signs it: a take-over adds one.
        let key = keys.iter().filter(|(no, ..)| *no == head.ledger_no).max_by_key(|key| key.1);
        states.push(LedgerState {
            ledger_id: head.ledger_id.parse().map_err(odd)?,
            mode: head.mode,
            size: head.size,
            last_at: Timestamp::from_millis(head.recorded_at),
            cosigned: cosigned.map(|(_, size, count)| (*size, *count)),
            log_key: key.map(|(_, _, vkey)| vkey.clone()).unwrap_or_default(),
        });
    }
    Ok(states)
}

/// Every key that signs vouchers, ended ones included, by issuer.
///
/// # Errors
/// `not-permitted`; `not-found` for who does not read every ledger.
pub async fn voucher_keys(
    instance: &Instance,
    actor: &Actor,
) -> Result<Vec<VoucherKeyRecord>, Error> {
    actor.permit(Action::ReadLedger, &Owner::NOBODY)?;
    Ok(instance.keyring().await?.records().to_vec())
}
