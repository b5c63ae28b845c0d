//! Proof: what the story left is counted, exported and checked as a stranger would.
//!
//! Promises: receipts and exports are read back from their files, with the public keys from theirs;
//! the audit rebuilds everything from the lines. Does not: trust the instance that wrote them.

use std::fs;

use super::cast::Cast;
use super::stage::{Stage, written};
use super::ware::Ware;
use super::{expect, untrue};
use crate::base::id::{Funder, Id, Operator};
use crate::cli::failure::Failure;
use crate::domain::keyring::KeyList;
use crate::domain::ledger::account::AccountKind;
use crate::domain::ledger::checkpoint::{Checkpoint, VerifierKey};
use crate::domain::ledger::entry::LedgerId;
use crate::domain::ledger::log::{Edge, Hash, leaf_hash};
use crate::domain::ledger::receipt::{Receipt, verify};
use crate::service::audit::{self, Verdict};
use crate::service::{export, observe};

/// Tells how many redemptions there were, and what was refused how often.
pub(super) fn count(stage: &Stage) -> Result<(), Failure> {
    stage.begin(58, 8, "What it came to")?;
    let [tokens, codes] = stage.accepted;
    println!("  {} redemptions: {tokens} by token, {codes} by typed code", tokens + codes);
    let refused: u32 = stage.refused.values().sum();
    println!("  {refused} refusals of {} sorts:", stage.refused.len());
    let sorts: Vec<String> =
        stage.refused.iter().map(|(code, times)| format!("{code:<26}{times:>3}")).collect();
    for pair in sorts.chunks(2) {
        println!("    {}", pair.join("    "));
    }
    let total = usize::try_from(tokens + codes).map_err(untrue)?;
    expect(total == stage.redeemed.len(), "a redemption was not counted")
}

/// Balances, receipts, exports and the audit.
pub(super) async fn check(stage: &Stage, cast: &Cast, ware: &Ware) -> Result<(), Failure> {
    for (funder, text) in [
        (cast.held.id, "Syndicat numérique de la Creuse (held)"),
        (cast.pledged.id, "Agglomération du Bassin minier (pledged)"),
    ] {
        balances(stage, cast, funder, text).await?;
    }
    let keys = observe::public_keys(&stage.instance).await?;
    let path = ware.write_json("carnet-keys.json", &keys)?;
    let keys = fs::read(&path).map_err(|error| Failure::unread(&path, &error))?;
    let keys: KeyList = serde_json::from_slice(&keys).map_err(untrue)?;
    let log_keys = keys.log_keys.iter().map(|key| key.parse());
    let log_keys: Vec<VerifierKey> = log_keys.collect::<Result<_, _>>().map_err(untrue)?;
    println!("\nChecked from the files, with the public keys alone");
    receipts(stage, ware, &log_keys)?;
    let operator: Option<Id<Operator>> = cast.operator.organisation.to();
    let operator = operator.ok_or_else(|| untrue("there is no operator"))?;
    for ledger in
        [LedgerId::from(cast.held.id), LedgerId::from(cast.pledged.id), LedgerId::from(operator)]
    {
        exported(stage, cast, ware, ledger, &log_keys).await?;
    }
    audited(stage).await
}

/// The trial balance of a ledger, and both halves of P1.
async fn balances(
    stage: &Stage,
    cast: &Cast,
    funder: Id<Funder>,
    text: &str,
) -> Result<(), Failure> {
    let found = observe::balances(&stage.instance, &cast.auditor, LedgerId::from(funder)).await?;
    let (head, trial) = found;
    println!("\nLedger {}\n  {text}, {} lines", head.ledger_id, head.size);
    let mut parts = Vec::new();
    for total in &trial.totals.totals {
        println!("    {:<8}{:>12}", total.kind.as_str(), written(total.cents));
        if total.kind != AccountKind::Funds {
            parts.push(written(total.cents));
        }
    }
    let identity = trial.totals.identity;
    println!(
        "  P1: funds = deposit + float + due + paying + refund\n      {} = {}",
        written(identity.funds.cents),
        parts.join(" + ")
    );
    let equal = identity.funds.cents == identity.owed.cents;
    expect(identity.holds && equal, "P1 does not hold")?;
    for float in &trial.floats {
        println!(
            "      float:{}\n        {} = {} × {} vouchers",
            float.campaign_id,
            written(float.cents),
            written(float.face_cents),
            float.vouchers
        );
        let counted = float.face_cents * float.vouchers == float.cents;
        expect(float.holds && counted, "a float is not its vouchers' worth")?;
    }
    Ok(())
}

/// Writes every receipt, reads it back and verifies it.
fn receipts(stage: &Stage, ware: &Ware, keys: &[VerifierKey]) -> Result<(), Failure> {
    for redeemed in &stage.redeemed {
        let path = ware.write_json(&format!("receipts/{}.json", redeemed.id), &redeemed.receipt)?;
        let bytes = fs::read(&path).map_err(|error| Failure::unread(&path, &error))?;
        let receipt: Receipt = serde_json::from_slice(&bytes).map_err(untrue)?;
        verify(&receipt, keys).map_err(untrue)?;
    }
    println!("  {} receipts hold, each against its signed checkpoint", stage.redeemed.len());
    Ok(())
}

/// Writes a ledger and its checkpoint, reads both back and compares the roots.
async fn exported(
    stage: &Stage,
    cast: &Cast,
    ware: &Ware,
    ledger: LedgerId,
    keys: &[VerifierKey],
) -> Result<(), Failure> {
    let begun = export::begin(&stage.instance, &cast.auditor, ledger).await?;
    let (mut text, mut seq) = (String::new(), 0);
    while seq < begun.size {
        let lines = export::page(&stage.instance, &begun, seq).await?;
        expect(!lines.is_empty(), "an export ends too early")?;
        seq += i64::try_from(lines.len()).map_err(untrue)?;
        for line in lines {
            text.push_str(&line);
            text.push('\n');
        }
    }
    let note = begun.checkpoint;
    let path = ware.write(&format!("ledger-{ledger}.jsonl"), text.as_bytes())?;
    ware.write(&format!("ledger-{ledger}.checkpoint"), note.as_bytes())?;
    let lines = fs::read_to_string(&path).map_err(|error| Failure::unread(&path, &error))?;
    let leaves: Vec<Hash> = lines.lines().map(|line| leaf_hash(line.as_bytes())).collect();
    let mut edge = Edge::empty();
    edge.append(&leaves);
    let checkpoint = Checkpoint::open(&note, keys).map_err(untrue)?;
    let same = checkpoint.root == edge.root() && checkpoint.size == edge.size();
    expect(same, format!("the lines of {ledger} do not hash to its checkpoint"))?;
    println!("  {ledger}: {} lines hash to the root that was signed", leaves.len());
    Ok(())
}

/// Replays all lines and compares every row.
async fn audited(stage: &Stage) -> Result<(), Failure> {
    let (database, keys) = (&stage.instance.database, &stage.instance.keys);
    let report = audit::run(database, keys, &stage.instance.signer, &mut |_| ()).await?;
    let rows: i64 = report.tables.iter().map(|(_, rows)| rows).sum();
    let verdict = report.verdict();
    println!(
        "  audit: {} ledgers replayed, {rows} rows rebuilt and compared: {}",
        report.ledgers.len(),
        if verdict == Verdict::Holds { "everything holds" } else { "NOT everything holds" }
    );
    let first = report.findings.first();
    let what = first.map(|found| format!("{} {} {}", found.table, found.key, found.column));
    let skipped = report.skipped.first().cloned();
    let what = what.or(skipped).unwrap_or_default();
    expect(verdict == Verdict::Holds, format!("the audit does not hold: {what}"))
}
