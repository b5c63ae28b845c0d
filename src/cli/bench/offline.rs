//! Verifying offline, measured: the ledger that the bench has written, as a stranger reads it.
//!
//! Promises: the row counts lines of a ledger that holds; anything else fails the bench. Does not:
//! measure how an export is written.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use indicatif::ProgressBar;

use super::report::rate;
use super::stopwatch::Stopwatch;
use super::world::World;
use crate::cli::verify::lines::feed;
use crate::domain::ledger::checkpoint::Checkpoint;
use crate::domain::verifier::{Verdict, Verifier};
use crate::service::Error;
use crate::service::export::{begin, page};

/// Exports the funder's ledger into a file and verifies it: how many lines a second.
///
/// # Errors
/// [`Error`], also when the ledger does not hold.
pub(super) async fn verify(world: &World, dir: &Path) -> Result<i64, Error> {
    let fault = |error: &dyn std::fmt::Display| Error::Fault(error.to_string());
    let begun = begin(&world.instance, &world.actor, world.file.funder_id.into()).await?;
    let path = dir.join("bench-ledger.jsonl");
    let mut file = BufWriter::new(File::create(&path).map_err(|error| fault(&error))?);
    let mut seq = 0;
    while seq < begun.size {
        let lines = page(&world.instance, &begun, seq).await?;
        seq += i64::try_from(lines.len()).unwrap_or(i64::MAX);
        for line in lines {
            writeln!(file, "{line}").map_err(|error| fault(&error))?;
        }
    }
    file.flush().map_err(|error| fault(&error))?;
    let origin = begun.checkpoint.lines().next().unwrap_or_default();
    let key = world.instance.keys.log_key(origin.parse().map_err(|error| fault(&error))?);
    let keys = [key.verifier_key().clone()];
    let watch = Stopwatch::start();
    let checkpoint = Checkpoint::open(&begun.checkpoint, &keys).map_err(|error| fault(&error))?;
    let mut verifier = Verifier::new(checkpoint, &keys);
    feed(&path, &mut verifier, &ProgressBar::hidden()).map_err(|error| fault(&error))?;
    let report = verifier.end();
    let speed = rate(usize::try_from(report.size).unwrap_or(0), watch.micros());
    if report.verdict == Verdict::Holds {
        Ok(speed)
    } else {
        Err(Error::Fault(report.first.or(report.undecided).unwrap_or_default()))
    }
}
