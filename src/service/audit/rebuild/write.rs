//! Writing lines again, through the same statements as the writer.
//!
//! Promises: a line that cannot be written again is found by itself, and hides no other. Does not:
//! keep IBANs, pictures or files; the vault's rows get their hashes only.

use std::collections::{BTreeSet, HashMap};

use super::AuditReport;
use crate::base::clock::Timestamp;
use crate::domain::fact::Fact;
use crate::domain::ledger::account::Account;
use crate::domain::ledger::checkpoint::VerifierKey;
use crate::domain::ledger::entry::LedgerId;
use crate::domain::organisation::LedgerOpened;
use crate::service::error::Error;
use crate::store::code::TagRow;
use crate::store::ledger::{AccountRow, Addition, CheckpointRow, HeadMove, HeadRow, TileRow};
use crate::store::organisation::BankAccountRow;
use crate::store::projection::Written;
use crate::store::proposal::ProposalRow;
use crate::store::scratch::Scratch;
use crate::store::{self, StoreError, Tx};

/// What a page of lines makes.
#[derive(Default)]
pub(super) struct Batch {
    /// The row of a ledger that its first line opens.
    pub(super) opening: Option<HeadRow>,
    /// The lines with their meaning.
    pub(super) written: Vec<Written>,
    /// Sizes at which a commit must have ended, because the clock moved on.
    pub(super) commits: BTreeSet<i64>,
    /// Keys that sign from a size on, as take-overs say.
    pub(super) keys: Vec<(i64, VerifierKey)>,
    /// Accounts that moved.
    pub(super) touched: BTreeSet<Account>,
    /// Checkpoints, signed anew.
    pub(super) checkpoints: Vec<CheckpointRow>,
    /// Tiles, hashed anew.
    pub(super) tiles: Vec<TileRow>,
    /// Where the ledger ends.
    pub(super) heads: Vec<HeadMove>,
    /// What its accounts have seen.
    pub(super) accounts: Vec<AccountRow>,
}

/// The row of a ledger, from its first line.
pub(super) fn opening(no: i64, id: LedgerId, opened: &LedgerOpened) -> HeadRow {
    HeadRow {
        ledger_no: no,
        ledger_id: id.to_string(),
        origin: opened.origin.clone(),
        mode: opened.mode.map_or("operator", |mode| mode.as_str()).to_owned(),
        time_zone: opened.time_zone.name().to_owned(),
        size: 0,
        recorded_at: 0,
    }
}

/// Writes a page: its lines, and what stands at its end.
pub(super) async fn write(
    scratch: &Scratch,
    no: i64,
    batch: &Batch,
    books: &HashMap<i64, Vec<TagRow>>,
    report: &mut AuditReport,
) -> Result<(), Error> {
    if let Some(head) = &batch.opening {
        let mut tx = scratch.write().await?;
        match store::ledger::open(&mut tx, head).await {
            Ok(()) => tx.commit().await?,
            Err(error) => refused(error, report, "ledger", no.to_string())?,
        }
    }
    let mut tx = scratch.write().await?;
    match add_lines(&mut tx, &batch.written, books).await {
        Ok(taken) => {
            tx.commit().await?;
            note_taken(no, &taken, report);
        }
        Err(error) if error.is_clash() => {
            tx.rollback().await?;
            for line in &batch.written {
                let mut tx = scratch.write().await?;
                match add_lines(&mut tx, std::slice::from_ref(line), books).await {
                    Ok(taken) => {
                        tx.commit().await?;
                        note_taken(no, &taken, report);
                    }
                    Err(error) => {
                        let key = format!("{no}/{}", line.entry.seq);
                        refused(error, report, "entry", key)?;
                    }
                }
            }
        }
        Err(error) => return Err(error.into()),
    }
    journal(scratch, batch).await
}

/// A row that is there already: two lines say the same thing.
fn refused(
    error: StoreError,
    report: &mut AuditReport,
    table: &'static str,
    key: String,
) -> Result<(), Error> {
    if !error.is_clash() {
        return Err(error.into());
    }
    report.find(table, key, "", "a line above says it already", "a second line of the same");
    Ok(())
}

fn note_taken(no: i64, lines: &[i64], report: &mut AuditReport) {
    for seq in lines {
        let (free, taken) = ("tags that are free", "a tag that is taken");
        report.find("entry", format!("{no}/{seq}"), "counters", free, taken);
    }
}

/// Writes lines, and gives those of which a code's tag was taken.
async fn add_lines(
    tx: &mut Tx,
    lines: &[Written],
    books: &HashMap<i64, Vec<TagRow>>,
) -> Result<Vec<i64>, StoreError> {
    let mut addition = Addition::default();
    for line in lines {
        addition.derive(line);
    }
    store::projection::record(tx, &addition, lines).await?;
    let mut taken = Vec::new();
    for line in lines {
        vault(tx, line).await?;
        if let Some(rows) = books.get(&line.entry.seq) {
            let added = store::code::add_codes(tx, rows).await?;
            if added != rows.len() as u64 {
                taken.push(line.entry.seq);
            }
        }
    }
    Ok(taken)
}

/// What stands for the content of a row that the vault must still hold.
const KEPT: &str = "kept";

/// The row that a line has in the vault: its place and its hash, and whether its content is kept.
async fn vault(tx: &mut Tx, line: &Written) -> Result<(), StoreError> {
    let id = line.entry.id.to_string();
    match &line.fact {
        Fact::BankAccountRecorded(body) => {
            let row = BankAccountRow {
                owner_id: id,
                version: body.version,
                iban: KEPT.to_owned(),
                holder: KEPT.to_owned(),
                salt: KEPT.to_owned(),
                hash: body.hash.clone(),
                changed_at: body.in_force_at.map_or(0, |_| line.entry.recorded_at.millis()),
                in_force_at: body.in_force_at.map_or(0, Timestamp::millis),
            };
            store::organisation::add_bank_account(tx, &row).await
        }
        Fact::ProposalMade(body) => {
            let row = ProposalRow {
                proposal_id: id,
                expires_at: body.expires_at.millis(),
                salt: String::new(),
                content: KEPT.to_owned(),
                hash: body.hash.clone(),
            };
            store::proposal::add(tx, &row).await
        }
        Fact::ProposalApproved(_) | Fact::ProposalWithdrawn(_) => {
            store::proposal::erase(tx, &id).await
        }
        Fact::LogoRecorded(body) => {
            store::organisation::add_logo(tx, &id, body.version, &body.hash, KEPT).await
        }
        Fact::SettlementApproved(body) => {
            store::settlement::add_file(tx, line.ledger_no, &id, &body.file_hash, KEPT).await
        }
        Fact::VaultPurged(body) => store::vault::empty(tx, line.ledger_no, &id, *body).await,
        _ => Ok(()),
    }
}

/// Writes what stands at the end of a page: checkpoints, tiles, head and accounts.
pub(super) async fn journal(scratch: &Scratch, batch: &Batch) -> Result<(), Error> {
    let Batch { checkpoints, tiles, heads, accounts, .. } = batch;
    let addition = Addition {
        checkpoints: checkpoints.clone(),
        tiles: tiles.clone(),
        heads: heads.clone(),
        accounts: accounts.clone(),
        ..Addition::default()
    };
    let mut tx = scratch.write().await?;
    store::ledger::add(&mut tx, &addition).await?;
    tx.commit().await?;
    Ok(())
}
