//! What the writer remembers of a ledger between commits: its head, the right edge of its tree and
//! its balances.
//!
//! Promises: what is remembered is used only while the database says the same size. Does not:
//! write.

use std::collections::HashMap;

use crate::base::clock::Timestamp;
use crate::base::day::Zone;
use crate::base::id::{Id, Venue};
use crate::domain::ledger::balance::Balances;
use crate::domain::ledger::checkpoint::{LogKey, Origin};
use crate::domain::ledger::entry::LedgerId;
use crate::domain::ledger::log::{Edge, TileId};
use crate::domain::redemption::{Moment, Scene};
use crate::domain::refusal::Refusal;
use crate::service::error::Error;
use crate::service::keys::Keys;
use crate::service::receipt::{partial_tile, unsigned};
use crate::store::ledger::HeadRow;
use crate::store::venue::Admission;
use crate::store::{self, Tx};

/// A ledger as the writer knows it.
#[derive(Debug)]
pub struct Head {
    /// As stored.
    pub row: HeadRow,
    /// Its id.
    pub ledger: LedgerId,
    /// Its time zone.
    pub zone: Zone,
    /// The right edge of its tree.
    pub edge: Edge,
    /// The key of its checkpoints.
    pub log_key: LogKey,
    /// What its accounts hold.
    pub balances: Balances,
    /// Where the ledger went, when another operator keeps it now.
    pub address: Option<String>,
    /// What redemptions depend on; loaded when the first one comes.
    pub scene: Option<Scene>,
    /// The venues that it knows; loaded with the scene.
    pub admitted: HashMap<Id<Venue>, Admission>,
}

impl Head {
    /// Loads all but the scene.
    ///
    /// # Errors
    /// [`Error`] when the journal and its head do not fit.
    pub async fn load(tx: &mut Tx, keys: &Keys, row: HeadRow) -> Result<Self, Error> {
        let edge = edge(tx, row.ledger_no, unsigned(row.size)).await?;
        let balances = store::ledger::balances(tx, row.ledger_no).await?;
        let fault = |what: &str| Error::Fault(format!("ledger {}: {what}", row.ledger_no));
        let zone = row.time_zone.parse().map_err(|_| fault("unknown time zone"))?;
        let origin: Origin = row.origin.parse().map_err(|_| fault("malformed origin"))?;
        let ledger = row.ledger_id.parse().map_err(|_| fault("malformed id"))?;
        Ok(Self {
            ledger,
            zone,
            edge,
            log_key: keys.log_key(origin),
            balances,
            address: store::leaving::released(tx, row.ledger_no).await?,
            scene: None,
            admitted: HashMap::new(),
            row,
        })
    }

    /// Why nothing more is written to this ledger, when another operator keeps it now.
    #[must_use]
    pub fn released(&self) -> Option<Refusal> {
        self.address.as_deref().map(Refusal::released)
    }

    /// The moment of a line written now: never before the last line, on the ledger's own calendar.
    #[must_use]
    pub fn moment(&self, now: Timestamp) -> Moment {
        let now = now.max(Timestamp::from_millis(self.row.recorded_at));
        Moment { now, today: self.zone.day_of(now) }
    }
}

/// The right edge of a stored tree: one partial tile a level.
async fn edge(tx: &mut Tx, ledger_no: i64, size: u64) -> Result<Edge, Error> {
    let mut partial = Vec::new();
    for level in 0..8_u8 {
        let tiles = size >> (8 * u32::from(level));
        let width = u16::try_from(tiles % 256).expect("a remainder of 256 fits");
        let id = TileId { level, index: tiles / 256, width };
        let hashes = if width == 0 { Vec::new() } else { partial_tile(tx, ledger_no, id).await? };
        partial.push(hashes);
    }
    Edge::restore(size, partial)
        .map_err(|error| Error::Fault(format!("ledger {ledger_no}: {error}")))
}
