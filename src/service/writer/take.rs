//! Taking lines that another operator wrote: part of an import, in one transaction.
//!
//! Promises: a chunk goes where the last one ended, or nowhere; nobody sees it before the ledger
//! has its own row (see `service::import`). Does not: check lines; they were read before.

use tokio::sync::oneshot;

use super::{Job, TRIES, Writer, commit};
use crate::domain::refusal::{Reason, Refusal};
use crate::service::error::Error;
use crate::service::register::next_ledger_no;
use crate::store;
use crate::store::code::TagRow;
use crate::store::leaving::ImportRow;
use crate::store::ledger::{AccountRow, Addition, CheckpointRow, TileRow};
use crate::store::projection::Written;

/// Lines that follow each other, with all that they make. Ledger numbers are filled in here.
#[derive(Debug, Clone, Default)]
pub struct Chunk {
    /// The ledger.
    pub ledger_id: String,
    /// How many lines come in all.
    pub size: i64,
    /// The root over all of them.
    pub root: String,
    /// The place of the first line of this chunk.
    pub from: i64,
    /// The lines.
    pub lines: Vec<String>,
    /// Their meaning.
    pub written: Vec<Written>,
    /// Tags of the codes of books that they issue.
    pub tags: Vec<TagRow>,
    /// Tiles that become complete.
    pub tiles: Vec<TileRow>,
    /// Checkpoints that the former operator kept.
    pub checkpoints: Vec<CheckpointRow>,
    /// Accounts as they stand after.
    pub accounts: Vec<AccountRow>,
}

impl Chunk {
    fn number(&mut self, no: i64) {
        self.written.iter_mut().for_each(|it| it.ledger_no = no);
        self.tags.iter_mut().for_each(|it| it.no = no);
        self.tiles.iter_mut().for_each(|it| it.no = no);
        self.checkpoints.iter_mut().for_each(|it| it.no = no);
        self.accounts.iter_mut().for_each(|it| it.no = no);
    }

    fn addition(&self) -> Addition<'_> {
        let mut addition = Addition {
            tiles: self.tiles.clone(),
            checkpoints: self.checkpoints.clone(),
            accounts: self.accounts.clone(),
            ..Addition::default()
        };
        for (written, line) in self.written.iter().zip(&self.lines) {
            addition.enter(written, line);
        }
        addition
    }
}

impl super::Door {
    /// Hands a chunk in and waits for its commit.
    ///
    /// # Errors
    /// [`Error`]; `differs` when the import is not where the chunk begins.
    pub async fn take(&self, chunk: Chunk) -> Result<(), Error> {
        let (answer, answered) = oneshot::channel();
        self.hand_in(Job::Take(Box::new(chunk), answer))?;
        answered.await.unwrap_or(Err(Reason::OutcomeUnknown.into()))
    }
}

impl Writer {
    pub(super) async fn take(&mut self, mut chunk: Chunk) -> Result<(), Error> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.try_take(&mut chunk).await {
                Err(Error::Store(error)) if error.is_clash() && tries < TRIES => {}
                other => return other,
            }
        }
    }

    async fn try_take(&mut self, chunk: &mut Chunk) -> Result<(), Error> {
        let mut tx = self.database.write().await?;
        let begun = match store::leaving::find(&mut tx, &chunk.ledger_id).await? {
            Some(row) => row,
            None => {
                let row = ImportRow {
                    ledger_id: chunk.ledger_id.clone(),
                    ledger_no: next_ledger_no(&mut tx).await?,
                    size: chunk.size,
                    root: chunk.root.clone(),
                    next_seq: 0,
                };
                store::leaving::begin(&mut tx, &row).await?;
                row
            }
        };
        let same = (begun.size, &begun.root) == (chunk.size, &chunk.root);
        let to = chunk.from + i64::try_from(chunk.lines.len()).unwrap_or(0);
        let advanced = store::leaving::advance(&mut tx, &chunk.ledger_id, chunk.from, to).await?;
        if !same || !advanced {
            tx.rollback().await?;
            let detail = "another import of this ledger began here, from another export";
            return Err(Refusal::invalid("", detail).into());
        }
        chunk.number(begun.ledger_no);
        store::projection::record(&mut tx, &chunk.addition(), &chunk.written).await?;
        store::code::add_codes(&mut tx, &chunk.tags).await?;
        commit(tx).await
    }
}
