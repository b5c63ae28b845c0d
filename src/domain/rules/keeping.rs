//! Keeping under rules: what the vault held goes when its time is over, and not before; what is
//! said of an older copy names two histories.
//!
//! Promises: an account or a logo goes only after another one took its place, and never the one
//! that money goes to; a structure's last account too, years after it was recorded; nothing goes
//! twice. Does not: know what a structure is owed, which stands in other ledgers.

use std::collections::HashMap;

use super::Breach;
use crate::base::clock::Timestamp;
use crate::base::day::Day;
use crate::base::id::{AnyId, Noun};
use crate::domain::ledger::entry::Entry;
use crate::domain::restoration::Loss;
use crate::domain::retention::{LEAST_YEARS, VaultPurged, is_over};

/// A version of an account or a logo.
#[derive(Debug, Clone, Copy)]
struct Version {
    on: Day,
    recorded_at: Timestamp,
    /// From when on it counts; `None` for at once.
    in_force_at: Option<Timestamp>,
    purged: bool,
}

/// What rests in the vault of the operator's ledger, by whose it is and the table.
#[derive(Debug, Default)]
pub(super) struct Keeping {
    versions: HashMap<(AnyId, &'static str), Vec<Version>>,
}

impl Keeping {
    /// A line that records a version; versions were counted before.
    pub(super) fn recorded(
        &mut self,
        entry: &Entry,
        what: VaultPurged,
        in_force_at: Option<Timestamp>,
    ) {
        let (on, recorded_at) = (entry.on, entry.recorded_at);
        let version = Version { on, recorded_at, in_force_at, purged: false };
        self.versions.entry((entry.id, what.table())).or_default().push(version);
    }

    /// `vault-purged` in the operator's ledger.
    pub(super) fn purged(&mut self, entry: &Entry, body: VaultPurged) -> Result<(), Breach> {
        let (VaultPurged::BankAccount { version } | VaultPurged::Logo { version }) = body else {
            return Err(Breach::OtherLedger);
        };
        let row = body.row(&entry.id.to_string());
        let versions = self.versions.get_mut(&(entry.id, body.table()));
        let versions = versions.ok_or_else(|| Breach::unknown(&row))?;
        let place = usize::try_from(version - 1).map_err(|_| Breach::unknown(&row))?;
        let this = *versions.get(place).ok_or_else(|| Breach::unknown(&row))?;
        if this.purged {
            return Err(Breach::state(&row, "purged"));
        }
        let is_account = matches!(body, VaultPurged::BankAccount { .. });
        let idle = is_account && entry.id.noun() == Noun::Structure;
        let last = match versions.get(place + 1) {
            Some(_) if is_account && in_force(versions, entry.recorded_at) == Some(place) => {
                return Err(Breach::state(&row, "in force"));
            }
            Some(next) => next.on,
            // Nothing is due and nothing was paid: that stands in other ledgers.
            None if idle => this.on,
            None => return Err(Breach::state(&row, "in use")),
        };
        on_time(entry, last)?;
        versions[place].purged = true;
        Ok(())
    }
}

/// The place of the account that money goes to at a moment; one that was changed again before its
/// time came never was.
fn in_force(versions: &[Version], at: Timestamp) -> Option<usize> {
    versions.iter().enumerate().rev().find_map(|(place, version)| {
        let Some(from) = version.in_force_at else { return Some(place) };
        let overtaken = versions[place + 1..].iter().any(|later| later.recorded_at < from);
        (from <= at && !overtaken).then_some(place)
    })
}

/// `ledger-restored`: the end that was found is right above.
pub(super) fn restored(entry: &Entry, body: Loss) -> Result<(), Breach> {
    super::moves(entry, &[])?;
    Breach::unless_same("the size that was found", &entry.seq, &body.found.size)?;
    accepted(entry, body)
}

/// `loss-accepted`: two histories, and of the operator's own ledger one that is above.
pub(super) fn accepted(entry: &Entry, body: Loss) -> Result<(), Breach> {
    if body.remembered == body.found || body.remembered.size < 1 || body.found.size < 0 {
        return Err(Breach::Bounds("remembered"));
    }
    let own = entry.id == entry.ledger.any();
    if own && body.found.size > entry.seq { Err(Breach::Bounds("found")) } else { Ok(()) }
}

/// Whether the years are over since accounts last needed something.
pub(super) fn on_time(entry: &Entry, last: Day) -> Result<(), Breach> {
    if is_over(last, LEAST_YEARS, entry.on) { Ok(()) } else { Err(Breach::Early(last)) }
}
