//! Proofs for anyone: checkpoints, hash tiles, inclusion and consistency.
//!
//! Promises: what is proved is proved under a checkpoint that a commit kept, so that a copy of the
//! database cannot be made to sign anything new. Does not: show a line.

use std::str::FromStr;

use super::{Error, Instance, Reason, Tx, head};
use crate::domain::ledger::consistency::consistency_text;
use crate::domain::ledger::entry::LedgerId;
use crate::domain::ledger::log::{
    TILE_WIDTH, TileId, consistency_proof, inclusion_proof, tile_bytes, tiles_for_consistency,
    tiles_for_inclusion,
};
use crate::domain::ledger::receipt::proof_text;
use crate::domain::refusal::Refusal;
use crate::service::receipt::{tiles, unsigned};
use crate::store;

/// A kept checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpointed {
    /// How many lines it covers.
    pub size: i64,
    /// The signed note.
    pub note: String,
}

/// The checkpoint of a size, or the newest one.
pub(super) async fn kept(
    tx: &mut Tx,
    ledger_no: i64,
    size: Option<i64>,
) -> Result<Checkpointed, Error> {
    let found = match size {
        Some(size) => store::checkpoint::at(tx, ledger_no, size)
            .await?
            .map(|note| Checkpointed { size, note }),
        None => {
            let newest = store::checkpoint::newest_checkpoint(tx, ledger_no).await?;
            newest.map(|(size, note)| Checkpointed { size, note })
        }
    };
    found.ok_or_else(|| Reason::NotFound.into())
}

/// A checkpoint with what witnesses co-signed since, which is not part of what a commit kept.
pub(in crate::service) async fn cosigned(
    tx: &mut Tx,
    ledger_no: i64,
    size: Option<i64>,
    witnesses: i64,
) -> Result<Checkpointed, Error> {
    let size = match size {
        None if witnesses > 0 => {
            let newest = store::cosignature::newest(tx, ledger_no, witnesses).await?;
            Some(newest.ok_or(Reason::NotFound)?)
        }
        size => size,
    };
    let mut found = kept(tx, ledger_no, size).await?;
    let lines = store::cosignature::of_checkpoint(tx, ledger_no, found.size).await?;
    if i64::try_from(lines.len()).is_ok_and(|count| count < witnesses) {
        return Err(Reason::NotFound.into());
    }
    found.note.extend(lines);
    Ok(found)
}

/// A checkpoint of a ledger: the newest one, the newest with so many co-signatures, or the one that
/// a commit kept at a size. With a size alone it is what the commit kept, which never changes; else
/// co-signatures stand under it.
///
/// # Errors
/// `not-found` for an unknown ledger, a size at which no commit ended, or one that has not so many
/// co-signatures; `invalid-request` for a number of witnesses that cannot be.
pub async fn checkpoint(
    instance: &Instance,
    id: LedgerId,
    size: Option<i64>,
    witnesses: Option<i64>,
) -> Result<Checkpointed, Error> {
    if witnesses.is_some_and(|count| !(0..=100).contains(&count)) {
        return Err(Refusal::invalid("/witnesses", "a number from 0 to 100").into());
    }
    let mut tx = instance.database.read().await?;
    let no = head(&mut tx, id).await?.ledger_no;
    if size.is_some() && witnesses.is_none() {
        return kept(&mut tx, no, size).await;
    }
    cosigned(&mut tx, no, size, witnesses.unwrap_or(0)).await
}

/// The place of a hash tile as C2SP tlog-tiles writes it in a path: `0/x001/234.p/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TilePath(pub TileId);

/// What was given is not the path of a hash tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a hash tile; write it like 0/x001/234 or 0/x001/234.p/8")]
pub struct TilePathError;

impl FromStr for TilePath {
    type Err = TilePathError;

    fn from_str(text: &str) -> Result<Self, TilePathError> {
        let (level, rest) = text.split_once('/').ok_or(TilePathError)?;
        let level = number(level, 2).and_then(|level| u8::try_from(level).ok());
        // 256^8 leaves are more than a log can have: no level 8 is ever served.
        let level = level.filter(|level| *level < 8).ok_or(TilePathError)?;
        let (index, width) = match rest.split_once(".p/") {
            Some((index, width)) => {
                let width = number(width, 3).filter(|width| (1..256).contains(width));
                (index, width.ok_or(TilePathError)?)
            }
            None => (rest, 256),
        };
        let index = index_of(index).ok_or(TilePathError)?;
        let width = u16::try_from(width).map_err(|_| TilePathError)?;
        Ok(Self(TileId { level, index, width }))
    }
}

/// A number in decimal without leading zeros, of so many digits at most.
fn number(text: &str, digits: usize) -> Option<u64> {
    let plain = text.len() <= digits && text.bytes().all(|byte| byte.is_ascii_digit());
    let short = text == "0" || !text.starts_with('0');
    if plain && short { text.parse().ok() } else { None }
}

/// An index in groups of three digits, all but the last behind an `x`.
fn index_of(text: &str) -> Option<u64> {
    let mut index = 0_u64;
    let mut groups = text.split('/').peekable();
    let mut first = true;
    while let Some(group) = groups.next() {
        let digits = match groups.peek() {
            Some(_) => group.strip_prefix('x')?,
            None => group,
        };
        if digits.len() != 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        // One index has one path: no leading groups of zeros.
        if first && groups.peek().is_some() && digits == "000" {
            return None;
        }
        first = false;
        index = index.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
    }
    Some(index)
}

/// The hashes of a tile, one after the other.
///
/// # Errors
/// `not-found` when the ledger has not so many hashes there.
pub async fn tile(instance: &Instance, id: LedgerId, path: TilePath) -> Result<Vec<u8>, Error> {
    let TilePath(tile) = path;
    let mut tx = instance.database.read().await?;
    let head = head(&mut tx, id).await?;
    let there = unsigned(head.size) >> (8 * u32::from(tile.level));
    let needed = tile.index.checked_mul(256).and_then(|n| n.checked_add(u64::from(tile.width)));
    if needed.is_none_or(|needed| needed > there) {
        return Err(Reason::NotFound.into());
    }
    let found = tiles(&mut tx, head.ledger_no, &[tile]).await?;
    let hashes = found.get(&(tile.level, tile.index)).map_or(&[][..], Vec::as_slice);
    let width = usize::from(tile.width).min(TILE_WIDTH);
    let hashes = hashes.get(..width).ok_or_else(|| Error::Fault(format!("a hole in {tile:?}")))?;
    Ok(tile_bytes(hashes))
}

/// An inclusion proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proved {
    /// The size of its checkpoint.
    pub size: i64,
    /// The C2SP tlog-proof.
    pub text: String,
}

/// The proof that a line is in its ledger, under a kept checkpoint.
///
/// # Errors
/// `not-found` for an unknown ledger, line or checkpoint.
pub async fn inclusion(
    instance: &Instance,
    id: LedgerId,
    seq: i64,
    size: Option<i64>,
) -> Result<Proved, Error> {
    let mut tx = instance.database.read().await?;
    let no = head(&mut tx, id).await?.ledger_no;
    let checkpoint = kept(&mut tx, no, size).await?;
    if seq < 0 || seq >= checkpoint.size {
        return Err(Reason::NotFound.into());
    }
    let hole = |error| Error::Fault(format!("ledger {no}: {error}"));
    let (place, width) = (unsigned(seq), unsigned(checkpoint.size));
    let wanted = tiles_for_inclusion(place, width).map_err(hole)?;
    let found = tiles(&mut tx, no, &wanted).await?;
    let path = inclusion_proof(place, width, &found).map_err(hole)?;
    Ok(Proved { size: checkpoint.size, text: proof_text(place, &path, &checkpoint.note) })
}

/// A consistency proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consistency {
    /// The size of its checkpoint.
    pub to: i64,
    /// See `domain::ledger::consistency`.
    pub text: String,
}

/// The proof that a ledger grew from its first `from` lines to a kept checkpoint.
///
/// # Errors
/// `not-found` for an unknown ledger or checkpoint, `invalid-request` when `from` is beyond it.
pub async fn consistency(
    instance: &Instance,
    id: LedgerId,
    from: i64,
    to: Option<i64>,
) -> Result<Consistency, Error> {
    let mut tx = instance.database.read().await?;
    let no = head(&mut tx, id).await?.ledger_no;
    let checkpoint = kept(&mut tx, no, to).await?;
    if from < 0 || from > checkpoint.size {
        let detail = "a size from 0 to that of the later checkpoint";
        return Err(Refusal::invalid("/from", detail).into());
    }
    let hole = |error| Error::Fault(format!("ledger {no}: {error}"));
    let (from, to) = (unsigned(from), unsigned(checkpoint.size));
    let mut path = Vec::new();
    if from > 0 {
        let wanted = tiles_for_consistency(from, to).map_err(hole)?;
        let found = tiles(&mut tx, no, &wanted).await?;
        path = consistency_proof(from, to, &found).map_err(hole)?;
    }
    let text = consistency_text(from, &path, &checkpoint.note);
    Ok(Consistency { to: checkpoint.size, text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_has_one_path() {
        let tile = |level, index, width| Ok(TilePath(TileId { level, index, width }));
        assert_eq!("0/000".parse(), tile(0, 0, 256));
        assert_eq!("0/x001/234".parse(), tile(0, 1234, 256));
        assert_eq!("1/x123/x456/789.p/8".parse(), tile(1, 123_456_789, 8));
        for bad in [
            "",
            "0",
            "0/",
            "0/0",
            "0/0000",
            "00/000",
            "8/000",
            "0/x000/001",
            "0/001/234",
            "0/x001",
            "0/000.p/0",
            "0/000.p/256",
            "0/000.p/08",
            "0/000.p",
            "entries/000",
            "-1/000",
            "0/+01",
            "0/x999/x999/x999/x999/x999/x999/x999/999",
            "0/000/",
            "data/000",
        ] {
            assert_eq!(bad.parse::<TilePath>(), Err(TilePathError), "{bad}");
        }
    }
}
