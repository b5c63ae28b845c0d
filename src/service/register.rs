//! Registers: organisations, venues and their qualification, bank accounts, logos.
//!
//! Promises: a register changes only under the version that was read (`If-Match`), and each version
//! is a line; the same content again gives the same receipt. Does not: hold campaigns (see
//! `order`).

mod account;
mod organisation;
mod venue;

pub use account::{AccountView, BankAccountRequest, bank_account};
pub(in crate::service) use account::{account_to_come, recording};
pub use organisation::{Registered, logo, organisation, read};
pub(in crate::service) use venue::owner as venue_owner;
pub use venue::{RegisteredVenue, qualify, read_venue, venue, venues};

use super::error::Error;
use super::writer::desk::OPERATOR_LEDGER;
use crate::domain::refusal::{Members, Reason, Refusal};
use crate::store::{self, Tx};

/// The number of the next ledger: above those that are here, and those that are being imported.
pub(super) async fn next_ledger_no(tx: &mut Tx) -> Result<i64, Error> {
    let heads = store::ledger::all_heads(tx).await?;
    let last = heads.last().map_or(OPERATOR_LEDGER, |head| head.ledger_no);
    let coming = store::leaving::unfinished(tx).await?;
    Ok(coming.last().map_or(last, |row| row.ledger_no.max(last)) + 1)
}

/// The version that the next content gets.
///
/// `current` is what the register holds now, `same` whether the content is what it holds,
/// `if_match` the version that the caller read.
///
/// # Errors
/// `differs` without `If-Match`, `stale-version` with another one.
pub(super) fn next_version(current: Option<i64>, if_match: Option<i64>) -> Result<i64, Error> {
    match (current, if_match) {
        (None, None) => Ok(1),
        (Some(now), Some(read)) if now == read => Ok(now + 1),
        (Some(now), None) => {
            let members = Members { version: Some(now), ..Members::default() };
            Err(Refusal::with(Reason::Differs, members).into())
        }
        (now, Some(_)) => {
            let members = Members { version: now, ..Members::default() };
            Err(Refusal::with(Reason::StaleVersion, members).into())
        }
    }
}
