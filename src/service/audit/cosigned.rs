//! Co-signatures cannot be rebuilt from the lines, because the key is a witness's: each is checked
//! against the checkpoint that it speaks of.
//!
//! Promises: a row that its witness did not sign is found, and so is one whose checkpoint is gone.
//! Does not: notice a row that is missing; the witness has its own memory.

use super::report::{AuditReport, Step};
use crate::domain::ledger::checkpoint::parts;
use crate::domain::ledger::cosignature::{WitnessKey, cosignatures};
use crate::service::error::Error;
use crate::store::tables::{self, Row, Table};
use crate::store::{self, Tx};

/// Rows of one page.
const PAGE: i64 = 200;

/// Checks every co-signature.
pub(super) async fn check(
    live: &mut Tx,
    table: &'static Table,
    report: &mut AuditReport,
    progress: &mut (dyn FnMut(Step) + Send),
) -> Result<(), Error> {
    let (mut after, mut count): (Option<Row>, i64) = (None, 0);
    loop {
        let rows = tables::page(live, table, after.as_ref(), PAGE).await?;
        let Some(last) = rows.last() else { break };
        after = Some(last.clone());
        for row in &rows {
            if let Some((column, expected)) = fault(live, row).await? {
                let place = table.columns.iter().position(|(name, _)| *name == column);
                let stored = place.and_then(|place| row.get(place)?.as_deref()).unwrap_or("null");
                report.find(table.name, table.key_of(row), column, expected, stored);
            }
            count += 1;
        }
        progress(Step { table: table.name, done: count, of: None });
    }
    progress(Step { table: table.name, done: count, of: Some(count) });
    report.tables.push((table.name, count));
    Ok(())
}

/// The column of a row that is wrong, and what should be there.
async fn fault(live: &mut Tx, row: &Row) -> Result<Option<(&'static str, &'static str)>, Error> {
    let bad = || Error::Fault("a row of the journal cannot be read".to_owned());
    let [Some(no), Some(size), Some(witness), Some(line)] = row.as_slice() else {
        return Err(bad());
    };
    let (no, size) = (no.parse().map_err(|_| bad())?, size.parse().map_err(|_| bad())?);
    let Ok(key) = witness.parse::<WitnessKey>() else {
        return Ok(Some(("witness", "the key of a witness")));
    };
    let note = store::checkpoint::at(live, no, size).await?;
    let Some((text, _)) = note.as_deref().and_then(parts) else {
        return Ok(Some(("size", "that of a kept checkpoint")));
    };
    let found = cosignatures(text, line, &[key]);
    // That line and nothing beside it: what a stranger signed is passed over when it is read.
    let holds = found.is_ok_and(|found| found.len() == 1 && found[0].line == *line);
    Ok((!holds).then_some(("line", "the witness's signature over the checkpoint")))
}
