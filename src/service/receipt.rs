//! Receipts of lines that were written before: the same bytes as the first time.
//!
//! Promises: a receipt is the line, and its proof in the first checkpoint that covers it, whenever
//! it is asked for. Does not: prove anything newer than that checkpoint.

use std::collections::BTreeMap;

use super::error::Error;
use super::instance::Instance;
use super::writer::desk::OPERATOR_LEDGER;
use crate::domain::ledger::log::{
    self, Hash, TILE_WIDTH, TileId, inclusion_proof, leaf_hash, tile_root, tiles_for_inclusion,
};
use crate::domain::ledger::receipt::{Receipt, proof_text};
use crate::store::{self, Tx};

/// The receipt of a line.
///
/// # Errors
/// [`Error::Fault`] when the journal has a hole.
pub async fn receipt(tx: &mut Tx, ledger_no: i64, seq: i64) -> Result<Receipt, Error> {
    let hole = || Error::Fault(format!("ledger {ledger_no} has no line {seq} or no checkpoint"));
    let lines = store::ledger::lines_at(tx, &[(ledger_no, seq)]).await?;
    let (_, _, line) = lines.into_iter().next().ok_or_else(hole)?;
    let (size, note) = store::ledger::covering(tx, ledger_no, seq).await?.ok_or_else(hole)?;
    let (place, width) = (unsigned(seq), unsigned(size));
    let wanted = tiles_for_inclusion(place, width).map_err(|_| hole())?;
    let tiles = tiles(tx, ledger_no, &wanted).await?;
    let path = inclusion_proof(place, width, &tiles).map_err(|_| hole())?;
    Ok(Receipt { line, proof: proof_text(place, &path, &note) })
}

/// The receipt of a line of the operator's ledger for who was shown what the line says: the proof
/// is made from its neighbours' hashes, which who reads for a tenant only cannot read.
///
/// # Errors
/// [`Error::Fault`] when the journal has a hole.
pub async fn receipt_apart(instance: &Instance, seq: i64) -> Result<Receipt, Error> {
    let mut tx = instance.database.read().await?;
    receipt(&mut tx, OPERATOR_LEDGER, seq).await
}

/// A seq or a size for the log, which counts unsigned.
#[must_use]
pub fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// A count for the database, which counts signed.
#[must_use]
pub fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The tiles of a list: complete ones as stored, incomplete ones made from the lines (level 0) or
/// from the roots of the complete tiles below.
///
/// # Errors
/// [`Error::Fault`] when lines or tiles are missing.
pub async fn tiles(tx: &mut Tx, ledger_no: i64, wanted: &[TileId]) -> Result<log::Tiles, Error> {
    let mut tiles = BTreeMap::new();
    let full: Vec<(i64, i64)> =
        wanted.iter().map(|id| (i64::from(id.level), signed(id.index))).collect();
    for (level, number, hashes) in store::ledger::tiles(tx, ledger_no, &full).await? {
        let level = u8::try_from(level).unwrap_or(u8::MAX);
        tiles.insert((level, unsigned(number)), hashes);
    }
    for id in wanted {
        if let std::collections::btree_map::Entry::Vacant(place) = tiles.entry((id.level, id.index))
        {
            place.insert(partial_tile(tx, ledger_no, *id).await?);
        }
    }
    Ok(tiles)
}

/// The first `width` hashes of a tile that is not stored because it is not complete.
pub(super) async fn partial_tile(
    tx: &mut Tx,
    ledger_no: i64,
    id: TileId,
) -> Result<Vec<Hash>, Error> {
    let (width, first) = (i64::from(id.width), signed(id.index) * 256);
    let hashes: Vec<Hash> = if id.level == 0 {
        let lines = store::ledger::lines(tx, ledger_no, first, first + width, width).await?;
        lines.iter().map(|(_, line)| leaf_hash(line.as_bytes())).collect()
    } else {
        let below = i64::from(id.level) - 1;
        let places: Vec<(i64, i64)> =
            (first..first + width).map(|number| (below, number)).collect();
        let found = store::ledger::tiles(tx, ledger_no, &places).await?;
        let roots = found.iter().map(|(_, _, hashes)| {
            let hashes: Option<&[Hash; TILE_WIDTH]> = hashes.as_slice().try_into().ok();
            hashes.map(tile_root)
        });
        roots.collect::<Option<_>>().unwrap_or_default()
    };
    if hashes.len() == usize::from(id.width) {
        Ok(hashes)
    } else {
        Err(Error::Fault(format!("ledger {ledger_no} has a hole in tile {id:?}")))
    }
}
