//! Posting: drafts become lines, leaves, balances, a checkpoint and receipts.
//!
//! Promises: rule P1 is checked for every line before it is written; one checkpoint a ledger and
//! commit; receipts are made from memory. Does not: commit.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::desk::Draft;
use super::head::Head;
use crate::base::clock::Timestamp;
use crate::domain::ledger::account::Account;
use crate::domain::ledger::entry::Entry;
use crate::domain::ledger::log::{Growth, leaf_hash};
use crate::domain::ledger::receipt::{Receipt, proof_text};
use crate::service::error::Error;
use crate::service::receipt::{signed, unsigned};
use crate::store::ledger::{AccountRow, Addition, CheckpointRow, HeadMove, TileRow};
use crate::store::projection::Written;

/// A receipt before it is made, or after it was given.
pub(super) const BLANK: Receipt = Receipt { line: String::new(), proof: String::new() };

/// Lines that are ready to be written.
#[derive(Debug, Default)]
pub(super) struct Posted {
    /// The lines with their meaning, in the order of the drafts.
    pub written: Vec<Written>,
    /// Their bytes.
    pub lines: Vec<String>,
    proofs: Vec<Proof>,
    checkpoints: Vec<CheckpointRow>,
    tiles: Vec<TileRow>,
    heads: Vec<HeadMove>,
    accounts: Vec<AccountRow>,
}

/// What the receipts of one ledger's lines are made from.
#[derive(Debug)]
struct Proof {
    growth: Growth,
    note: String,
    /// The lines: by their place among all, and in the ledger.
    places: Vec<(usize, u64)>,
}

/// Gives drafts their places, moments, leaves and receipts, and moves what the heads remember.
///
/// # Errors
/// [`Error::Refused`] when an account is short; what is remembered of the ledgers must then be
/// forgotten.
pub(super) fn post(
    drafts: Vec<Draft>,
    heads: &mut HashMap<i64, Head>,
    now: Timestamp,
) -> Result<Posted, Error> {
    let mut posted = Posted::default();
    let mut leaves: BTreeMap<i64, Vec<(usize, u64)>> = BTreeMap::new();
    let mut touched: BTreeSet<(i64, Account)> = BTreeSet::new();
    for draft in drafts {
        let no = draft.ledger_no;
        let missing = || Error::Fault(format!("ledger {no} was not loaded"));
        let head = heads.get_mut(&no).ok_or_else(missing)?;
        head.balances.apply(&draft.transfers, draft.living)?;
        for transfer in &draft.transfers {
            touched.extend([(no, transfer.debit), (no, transfer.credit)]);
        }
        let (written, line) = enter(draft, head, now)?;
        leaves.entry(no).or_default().push((posted.lines.len(), unsigned(written.entry.seq)));
        posted.written.push(written);
        posted.lines.push(line);
    }
    for (no, places) in leaves {
        let missing = || Error::Fault(format!("ledger {no} was not loaded"));
        seal(&mut posted, heads.get_mut(&no).ok_or_else(missing)?, places);
    }
    for (no, account) in touched {
        if let Some(head) = heads.get(&no) {
            let tally = head.balances.tally(account);
            posted.accounts.push(AccountRow {
                no,
                account,
                debits: tally.debits,
                credits: tally.credits,
                vouchers: tally.vouchers,
            });
        }
    }
    Ok(posted)
}

/// Makes the line of one draft and counts it in the head.
fn enter(draft: Draft, head: &mut Head, now: Timestamp) -> Result<(Written, String), Error> {
    let moment = head.moment(now);
    let entry = Entry {
        ledger: head.ledger,
        seq: head.row.size,
        id: draft.id,
        kind: draft.fact.kind().to_owned(),
        recorded_at: moment.now,
        occurred_at: draft.occurred_at,
        on: moment.today,
        actor: draft.actor,
        transfers: draft.transfers,
        body: draft.fact.body(),
    };
    let line = entry.to_line().map_err(|error| Error::Fault(error.to_string()))?;
    head.row.size += 1;
    head.row.recorded_at = moment.now.millis();
    Ok((Written { ledger_no: draft.ledger_no, entry, fact: draft.fact }, line))
}

/// Hashes a ledger's new lines and signs its checkpoint.
fn seal(posted: &mut Posted, head: &mut Head, places: Vec<(usize, u64)>) {
    let no = head.row.ledger_no;
    let hashes: Vec<_> =
        places.iter().map(|(at, _)| leaf_hash(posted.lines[*at].as_bytes())).collect();
    let growth = head.edge.append(&hashes);
    let note = head.log_key.sign_checkpoint(head.edge.size(), &head.edge.root());
    for tile in growth.completed_tiles() {
        let (level, number) = (i64::from(tile.level), signed(tile.index));
        posted.tiles.push(TileRow::new(no, level, number, &tile.hashes));
    }
    posted.checkpoints.push(CheckpointRow { no, size: head.row.size, note: note.clone() });
    posted.proofs.push(Proof { growth, note, places });
    posted.heads.push(HeadMove { no, size: head.row.size, at: head.row.recorded_at });
}

impl Posted {
    /// The receipts, in the order of the drafts. To be given out once all is committed.
    pub(super) fn receipts(&self) -> Vec<Receipt> {
        let mut receipts = vec![BLANK; self.lines.len()];
        for proof in &self.proofs {
            for &(at, seq) in &proof.places {
                receipts[at] = self.receipt(proof, at, seq);
            }
        }
        receipts
    }

    /// The receipt of the first draft.
    ///
    /// # Errors
    /// [`Error::Fault`] when there is none.
    pub(super) fn first_receipt(&self) -> Result<Receipt, Error> {
        let mut proofs =
            self.proofs.iter().filter_map(|proof| Some((proof, *proof.places.first()?)));
        let first = proofs.find(|(_, (at, _))| *at == 0);
        let (proof, (at, seq)) = first.ok_or_else(|| Error::Fault("nothing was posted".into()))?;
        Ok(self.receipt(proof, at, seq))
    }

    fn receipt(&self, proof: &Proof, at: usize, seq: u64) -> Receipt {
        Receipt {
            line: self.lines[at].clone(),
            proof: proof_text(seq, &proof.growth.inclusion(seq), &proof.note),
        }
    }

    /// The rows of the journal and its nearest projections.
    pub(super) fn addition(&self) -> Addition<'_> {
        let mut addition = Addition {
            checkpoints: self.checkpoints.clone(),
            tiles: self.tiles.clone(),
            heads: self.heads.clone(),
            accounts: self.accounts.clone(),
            ..Addition::default()
        };
        for (written, line) in self.written.iter().zip(&self.lines) {
            addition.enter(written, line);
        }
        addition
    }
}
