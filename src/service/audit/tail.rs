//! The tail of each ledger, looked at before anything is served: the newest checkpoint is the one
//! that this instance signed over the lines that are there.
//!
//! Promises: reads at most 256 lines and a few tiles a ledger. Does not: look at older lines (see
//! `audit::run`).

use crate::domain::ledger::checkpoint::Checkpoint;
use crate::service::error::Error;
use crate::service::keys::Keys;
use crate::service::receipt::unsigned;
use crate::service::writer::head::Head;
use crate::store::ledger::HeadRow;
use crate::store::{self, Database, Tx};

/// What is wrong with the ends of the ledgers, one sentence each; nothing when they hold.
///
/// # Errors
/// [`Error`] when the database does not answer.
pub async fn tails(database: &Database, keys: &Keys) -> Result<Vec<String>, Error> {
    let mut tx = database.read().await?;
    let mut wrong = Vec::new();
    for row in store::ledger::all_heads(&mut tx).await? {
        let ledger_id = row.ledger_id.clone();
        match tail(&mut tx, keys, row).await {
            Ok(None) => {}
            Ok(Some(why)) | Err(Error::Fault(why)) => {
                wrong.push(format!("ledger {ledger_id}: {why}"));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(wrong)
}

async fn tail(tx: &mut Tx, keys: &Keys, row: HeadRow) -> Result<Option<String>, Error> {
    let (no, size) = (row.ledger_no, row.size);
    if !store::ledger::lines(tx, no, size, i64::MAX, 1).await?.is_empty() {
        return Ok(Some(format!("it has lines behind its end, which is {size}")));
    }
    let Some((signed, note)) = store::checkpoint::newest_checkpoint(tx, no).await? else {
        return Ok(Some("it has no checkpoint".to_owned()));
    };
    if signed != size {
        return Ok(Some(format!("it has {size} lines; its newest checkpoint covers {signed}")));
    }
    let head = Head::load(tx, keys, row).await?;
    let key = head.log_key.verifier_key().clone();
    Ok(match Checkpoint::open(&note, &[key]) {
        Err(error) => Some(format!("its newest checkpoint: {error}")),
        Ok(checkpoint) if checkpoint.size != unsigned(size) => {
            Some("its newest checkpoint is of another size".to_owned())
        }
        Ok(checkpoint) if checkpoint.root != head.edge.root() => {
            Some("its last lines are not those that were signed".to_owned())
        }
        Ok(_) => None,
    })
}
