//! Restorations: an older copy of a database that goes on, and the lines that say so.
//!
//! Promises: what was acknowledged and what was found are both named, with their roots, so that
//! whoever kept the longer history sees what became of it. Does not: make the two one: a witness of
//! the longer one never co-signs the shorter.

use serde::{Deserialize, Serialize};

use super::ledger::entry::LedgerId;
use super::ledger::log::Hash;
use super::takeover::as_text;

/// The end of a ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Tip {
    /// How many lines.
    pub size: i64,
    /// The root over them.
    #[serde(with = "as_text")]
    #[schema(value_type = String)]
    pub root: Hash,
}

/// What was acknowledged of a ledger and is not there any more. Body of `loss-accepted` in the
/// operator's ledger, whose `id` is the ledger's owner, and of `ledger-restored` in a funder's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Loss {
    /// What was acknowledged: the newest checkpoint that was kept outside the database.
    pub remembered: Tip,
    /// What the database had when it was found.
    pub found: Tip,
}

/// A loss, and whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LedgerLoss {
    /// The ledger.
    #[schema(value_type = String, example = "funder_01h455vb4pex5vsknk084sn02q")]
    pub ledger_id: LedgerId,
    /// What was acknowledged.
    pub remembered: Tip,
    /// What was found.
    pub found: Tip,
}

impl LedgerLoss {
    /// The body of its lines.
    #[must_use]
    pub const fn loss(&self) -> Loss {
        Loss { remembered: self.remembered, found: self.found }
    }
}

impl Tip {
    /// The name under which the line is found that accepts the loss of what came to this end.
    #[must_use]
    pub fn lost_from(&self, ledger_id: &str) -> String {
        format!("{ledger_id}/loss/{}/{}", self.size, self.root)
    }
}
