//! Rebuilding: the lines are read in order, judged, hashed, and written again into a scratch.
//!
//! Promises: memory holds one page of lines, whatever the size of a ledger; checkpoints are signed
//! anew, so that a kept one is compared byte for byte. Does not: compare (see `compare`).

mod ledger;
mod write;

use self::ledger::Ledger;
use super::report::{AuditReport, LedgerCount, Step};
use crate::domain::fact::FactError;
use crate::domain::replay::Unreadable;
use crate::service::error::Error;
use crate::service::keys::Keys;
use crate::service::signer::Signer;
use crate::store::scratch::Scratch;
use crate::store::tables::{self, Row};
use crate::store::{self, Tx};

/// Lines of one page.
const PAGE: i64 = 1000;

/// A line as stored: ledger, place, text.
type Stored = (i64, i64, String);

/// The rebuilding of all ledgers.
pub(super) struct Rebuild<'a> {
    keys: &'a Keys,
    signer: &'a Signer,
    scratch: &'a Scratch,
    report: &'a mut AuditReport,
    /// Every line was there to be hashed.
    hashed: bool,
    /// Every line was understood, and written again.
    understood: bool,
}

impl<'a> Rebuild<'a> {
    pub(super) const fn new(
        keys: &'a Keys,
        signer: &'a Signer,
        scratch: &'a Scratch,
        report: &'a mut AuditReport,
    ) -> Self {
        Self { keys, signer, scratch, report, hashed: true, understood: true }
    }

    /// Rebuilds everything; says whether every line was hashed, and understood.
    pub(super) async fn run(
        mut self,
        live: &mut Tx,
        progress: &mut (dyn FnMut(Step) + Send),
    ) -> Result<(bool, bool), Error> {
        let heads = store::ledger::all_heads(live).await?;
        // A head may say anything; the sum is for the eye.
        let of = Some(heads.iter().fold(0_i64, |sum, head| sum.saturating_add(head.size)));
        let table = tables::table("entry").ok_or_else(|| Error::Fault("no journal".to_owned()))?;
        let coming = store::leaving::unfinished(live).await?;
        for row in &coming {
            let (id, size) = (&row.ledger_id, row.size);
            self.report.skip(format!("{id} is being imported: {} of {size} lines", row.next_seq));
            // Its rows lie among the others.
            (self.hashed, self.understood) = (false, false);
        }
        let (mut after, mut done): (Option<Row>, i64) = (None, 0);
        let mut current: Option<Ledger> = None;
        loop {
            let rows = tables::page(live, table, after.as_ref(), PAGE).await?;
            let Some(last) = rows.last() else { break };
            after = Some(last.clone());
            done += i64::try_from(rows.len()).unwrap_or(0);
            let lines: Vec<Stored> = rows.into_iter().map(stored).collect::<Result<_, _>>()?;
            for run in lines.chunk_by(|one, next| one.0 == next.0) {
                let no = run[0].0;
                if coming.iter().any(|row| row.ledger_no == no) {
                    continue;
                }
                if current.as_ref().is_none_or(|ledger| ledger.no != no) {
                    self.end(current.take()).await?;
                    current = Some(Ledger::new(no));
                }
                if let Some(ledger) = &mut current {
                    self.run_of_lines(live, ledger, run).await?;
                }
            }
            progress(Step { table: "entry", done, of });
        }
        self.end(current).await?;
        Ok((self.hashed, self.understood))
    }

    /// Counts a ledger that is done, and signs its end.
    async fn end(&mut self, ledger: Option<Ledger>) -> Result<(), Error> {
        let Some(mut ledger) = ledger else { return Ok(()) };
        let mut batch = write::Batch::default();
        batch.checkpoints.extend(ledger.last_checkpoint());
        if let (Some(former), Some(ours)) = (&ledger.former, &ledger.log_key) {
            let (ours, former) = (ours.verifier_key().to_string(), former.to_string());
            self.report.find("entry", format!("{}/0", ledger.no), "log_key", &ours, &former);
        }
        write::journal(self.scratch, &batch).await?;
        let Ledger { no, replay, transfers, checkpoints, tiles, .. } = ledger;
        let ledger_id = replay.ledger().map(|id| id.to_string()).unwrap_or_default();
        let lines = replay.size();
        self.report.ledgers.push(LedgerCount {
            ledger_no: no,
            ledger_id,
            lines,
            transfers,
            checkpoints,
            tiles,
        });
        Ok(())
    }

    async fn run_of_lines(
        &mut self,
        live: &mut Tx,
        ledger: &mut Ledger,
        run: &[Stored],
    ) -> Result<(), Error> {
        if ledger.broken {
            return Ok(());
        }
        let no = ledger.no;
        let (from, holes) = (ledger.replay.size(), run.iter().zip(ledger.replay.size()..));
        let whole = holes.take_while(|((_, seq, _), expected)| seq == expected).count();
        let (run, beyond) = run.split_at(whole);
        if let Some((_, seq, _)) = beyond.first() {
            let expected = from + i64::try_from(whole).unwrap_or(0);
            let key = format!("{no}/{seq}");
            self.report.find("entry", key, "seq", &expected.to_string(), &seq.to_string());
            (ledger.broken, self.hashed) = (true, false);
        }
        let mut batch = write::Batch::default();
        for (_, seq, line) in run {
            match ledger.read(line, &mut batch) {
                Ok(faults) => {
                    for fault in faults {
                        self.report.find(
                            "entry",
                            format!("{no}/{seq}"),
                            "line",
                            &fault.to_string(),
                            line,
                        );
                    }
                }
                Err(unreadable) => self.not_understood(no, *seq, line, &unreadable),
            }
        }
        if !self.open(ledger, &mut batch) {
            (ledger.broken, self.hashed) = (true, false);
            return Ok(());
        }
        let to = ledger.replay.size();
        let kept = store::leaving::checkpoints(live, no, from, to, PAGE).await?;
        ledger.hash(run, &kept, &mut batch);
        if self.understood {
            let books = ledger.codes(self.signer, &batch).await?;
            write::write(self.scratch, no, &batch, &books, self.report).await?;
        } else {
            write::journal(self.scratch, &batch).await?;
        }
        Ok(())
    }

    fn not_understood(&mut self, no: i64, seq: i64, line: &str, why: &Unreadable) {
        self.understood = false;
        match why {
            Unreadable::Line(error) => {
                let key = format!("{no}/{seq}");
                self.report.find("entry", key, "line", &error.to_string(), line);
            }
            Unreadable::Fact(FactError::UnknownKind(_) | FactError::Malformed(_)) => {
                self.report.skip(format!("ledger {no}, line {seq}: {why}"));
            }
        }
    }

    /// Takes from the first line what names and signs the ledger; `false` when it does not say.
    fn open(&mut self, ledger: &mut Ledger, batch: &mut write::Batch) -> bool {
        if ledger.log_key.is_some() {
            return true;
        }
        let no = ledger.no;
        let opened = ledger.replay.opened().zip(ledger.replay.ledger());
        let Some((opened, id)) = opened else {
            self.report.find("entry", format!("{no}/0"), "line", "ledger-opened", "another kind");
            return false;
        };
        let key = match opened.origin.parse() {
            Ok(origin) => self.keys.log_key(origin),
            Err(error) => {
                let error: crate::domain::ledger::checkpoint::OriginError = error;
                let key = format!("{no}/0");
                self.report.find("entry", key, "origin", &error.to_string(), &opened.origin);
                return false;
            }
        };
        if key.origin().last_segment() != id.to_string() {
            let (name, origin) = (id.to_string(), key.origin().as_str());
            self.report.find("entry", format!("{no}/0"), "origin", &name, origin);
        }
        let ours = key.verifier_key().to_string();
        if ours != opened.log_key {
            // A former operator's, if a later line says that we took the ledger over.
            ledger.former = opened.log_key.parse().ok();
            if ledger.former.is_none() {
                self.report.find("entry", format!("{no}/0"), "log_key", &ours, &opened.log_key);
            }
        }
        batch.opening = Some(write::opening(no, id, opened));
        ledger.log_key = Some(key);
        true
    }
}

/// A row of the journal.
fn stored(row: Row) -> Result<Stored, Error> {
    let bad = || Error::Fault("a row of the journal cannot be read".to_owned());
    let mut cells = row.into_iter().flatten();
    let (no, seq, line) = (cells.next(), cells.next(), cells.next());
    let number = |cell: Option<String>| cell.and_then(|text| text.parse().ok()).ok_or_else(bad);
    Ok((number(no)?, number(seq)?, line.ok_or_else(bad)?))
}
