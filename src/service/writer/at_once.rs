//! The counter's short road: one statement reads, one writes and commits, where a transaction
//! around them would take four round trips to the engine or its thread.
//!
//! Promises: gives what the long road gives, or nothing, and then the long road is taken. Does not:
//! go when something must be read again, a venue comes first or an id is known.
//!
//! Why two transactions are as safe as one: what a decision depends on in a funder's ledger (books,
//! uses, blocks, tags) changes only with a line, and the places of the new lines follow from the
//! size that was read, so whoever wrote between makes the primary key of `entry` refuse them. Keys
//! and venues are rows of the operator's ledger, which neither road locks.

use super::Writer;
use super::counter::{RedeemJob, Redeemed, ledgers, read};
use super::desk::OPERATOR_LEDGER;
use crate::domain::fact::Fact;
use crate::domain::refusal::Reason;
use crate::service::error::Error;
use crate::store;
use crate::store::dialect::StoreError;

impl Writer {
    /// Redeems a batch by the short road; `None` when that cannot be, with nothing written.
    pub(super) async fn redeem_at_once(
        &mut self,
        jobs: &[RedeemJob],
    ) -> Result<Option<Vec<Result<Redeemed, Error>>>, Error> {
        // The bug on purpose answers between the write and its commit, which are one here.
        if crate::base::planted::is("answer-before-commit") {
            return Ok(None);
        }
        let mut tx = self.database.lend().await?;
        // A connection that died since its last use is replaced on the long road.
        let Ok(read) = read(&mut tx, jobs).await else { return Ok(None) };
        if !self.remembers(&read, jobs) {
            tx.rollback().await?;
            return Ok(None);
        }
        let loaded = self.loaded(read, std::collections::HashMap::new())?;
        let now = self.clock.now();
        let (drafts, verdicts) = self.decide(jobs, &loaded, now)?;
        if !drafts.iter().all(|draft| matches!(draft.fact, Fact::VoucherRedeemed(_))) {
            tx.rollback().await?;
            self.forget();
            return Ok(None);
        }
        self.write_batch(tx, (drafts, verdicts), now, unanswered).await.map(Some)
    }

    /// Whether memory is what the database says, and has all that the batch needs.
    fn remembers(&self, read: &store::counter::Loaded, jobs: &[RedeemJob]) -> bool {
        let wanted = 1 + ledgers(jobs).len();
        let same = |&(no, size): &(i64, i64)| {
            if no == OPERATOR_LEDGER {
                return self.venues_at == size;
            }
            self.heads.get(&no).is_some_and(|head| head.row.size == size && head.scene.is_some())
        };
        read.created.is_empty()
            && read.sizes.len() == wanted
            && read.sizes.iter().all(same)
            && jobs.iter().all(|job| self.venues.contains_key(&job.venue_id))
    }
}

/// What an error of a statement that commits means: undone when the engine says why, else nobody
/// knows.
fn unanswered(error: StoreError) -> Error {
    if error.is_clash() || error.is_refusal() {
        return Error::Store(error);
    }
    tracing::error!(error = %error, "a write was not answered");
    Reason::OutcomeUnknown.into()
}
