//! Auditing: the lines of every ledger are replayed, and everything else is rebuilt from them.
//!
//! Promises: three questions are asked of one state of the data. Do the lines hold by themselves:
//! form, order, days, balances, rule P1, tree, tiles, signed and co-signed checkpoints? Is every
//! row of every projection what the lines make of it, and every row of the vault what its line
//! hashed? Is each float what the vouchers in circulation are worth, counted from the tables? On
//! SQLite the engine is asked first whether its file is sound, on both whether the triggers stand
//! that refuse to change the journal. The answer is never "holds" when
//! something was passed over. Does not: change anything, or trust a row but the lines.
//!
//! What lines cannot tell is not found here: a ledger that was cut back whole, with its tables (see
//! [`Outside`], a witness, or anyone who kept a checkpoint), a co-signature that is missing, and a
//! checkpoint that is missing between two commits of the same millisecond.

mod compare;
mod cosigned;
mod last;
mod outside;
mod rebuild;
mod report;
mod tail;

pub(in crate::service) use last::Remembered;
pub use last::{LastAudit, last, remember};
pub use outside::{Lost, Outside};
pub use report::{AuditReport, Finding, LedgerCount, Step, Verdict};
pub use tail::tails;

use self::compare::{compare, count_floats};
use self::rebuild::Rebuild;
use super::error::Error;
use super::keys::Keys;
use super::signer::Signer;
use crate::store::scratch::Scratch;
use crate::store::tables::{self, Sort, TABLES};
use crate::store::{self, Database};

/// Audits a database with the keys and the signer of its instance; `progress` hears of each step.
///
/// The rebuilt tables go to the system's temporary directory (`TMPDIR`), and away again.
///
/// # Errors
/// [`Error`] when the database, or the scratch beside it, does not answer.
pub async fn run(
    database: &Database,
    keys: &Keys,
    signer: &Signer,
    progress: &mut (dyn FnMut(Step) + Send),
) -> Result<AuditReport, Error> {
    let scratch = Scratch::new(&std::env::temp_dir()).await?;
    let report = examine(database, (keys, signer), &scratch, progress).await;
    scratch.remove().await;
    report
}

/// What the lines make of every table, whatever the tables say, and what was found on the way: all
/// that whoever has the keys could write beside lines of his own.
///
/// # Errors
/// [`Error`] as for [`run`].
pub async fn rebuilt(
    database: &Database,
    keys: &Keys,
    signer: &Signer,
) -> Result<(Scratch, AuditReport), Error> {
    let scratch = Scratch::new(&std::env::temp_dir()).await?;
    let mut report = AuditReport::default();
    let mut live = database.read().await?;
    Rebuild::new(keys, signer, &scratch, &mut report).run(&mut live, &mut |_| {}).await?;
    Ok((scratch, report))
}

async fn examine(
    database: &Database,
    (keys, signer): (&Keys, &Signer),
    scratch: &Scratch,
    progress: &mut (dyn FnMut(Step) + Send),
) -> Result<AuditReport, Error> {
    let mut report = AuditReport::default();
    let mut live = database.read().await?;
    for damage in store::database::damage(&mut live).await? {
        report.find("file", "", "", "a sound file", &damage);
    }
    if !report.findings.is_empty() {
        report.skip("nothing else was looked at: the database's file is damaged".to_owned());
        return Ok(report);
    }
    for (trigger, on) in store::database::unguarded(&mut live).await? {
        let table = tables::table(&on).map_or("entry", |table| table.name);
        let stands = "none, or another one";
        report.find(table, trigger, "", "a trigger that refuses every change", stands);
    }
    let rebuild = Rebuild::new(keys, signer, scratch, &mut report);
    let (hashed, understood) = rebuild.run(&mut live, progress).await?;
    if report.ledgers.is_empty() {
        report.skip("there is no ledger to audit".to_owned());
    }
    let mut rebuilt = scratch.read().await?;
    for table in TABLES {
        // Planted bug: what nobody compares may say anything.
        if table.name == "block" && crate::base::planted::is("audit-skips-table") {
            continue;
        }
        let compared = match table.sort {
            // The lines are what everything else is compared with.
            Sort::Journal if table.name == "entry" => continue,
            Sort::Journal if table.name == "cosignature" => {
                cosigned::check(&mut live, table, &mut report, progress).await?;
                continue;
            }
            Sort::Scratch => continue,
            Sort::Journal => hashed,
            Sort::Projection | Sort::Vault => hashed && understood,
        };
        if compared {
            compare(&mut live, &mut rebuilt, table, &mut report, progress).await?;
        } else {
            report.skip(format!("{} was not compared: not every line is read", table.name));
        }
    }
    for head in store::ledger::all_heads(&mut live).await? {
        count_floats(&mut live, head.ledger_no, &mut report).await?;
    }
    Ok(report)
}
