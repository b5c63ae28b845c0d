//! Reading an export: lines in order from a file, hashed and read by as many threads as there are
//! cores, judged by one.
//!
//! Promises: memory for a few chunks, whatever the file; a line without an end, or longer than any
//! line is, ends the reading and is said. Does not: judge.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, Scope};

use indicatif::ProgressBar;

use crate::domain::ledger::entry::LINE_LIMIT;
use crate::domain::verifier::{Digested, Verifier};

/// Bytes of lines that one thread takes at a time.
const CHUNK: usize = 512 * 1024;

/// Some lines with their line ends, and where each line ends.
#[derive(Default)]
struct Chunk {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Chunk {
    fn digested(&self) -> Vec<Digested> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let lines = starts.zip(&self.ends).map(|(start, end)| &self.bytes[start..end - 1]);
        lines.map(Digested::of).collect()
    }
}

/// A file of lines.
struct Lines {
    file: BufReader<File>,
    /// What ends the reading before the file does.
    broken: Option<&'static str>,
}

impl Lines {
    /// The next lines; `None` at the end, or where a line has no end.
    fn next(&mut self) -> io::Result<Option<Chunk>> {
        let mut chunk = Chunk::default();
        let limit = LINE_LIMIT + 1;
        while chunk.bytes.len() < CHUNK && self.broken.is_none() {
            let length = u64::try_from(limit).unwrap_or(u64::MAX);
            let read = (&mut self.file).take(length).read_until(b'\n', &mut chunk.bytes)?;
            if read == 0 {
                break;
            }
            if chunk.bytes.last() == Some(&b'\n') {
                chunk.ends.push(chunk.bytes.len());
            } else {
                let too_long = read == limit;
                self.broken =
                    Some(if too_long { "it has more than 65535 bytes" } else { "it has no end" });
            }
        }
        Ok(if chunk.ends.is_empty() { None } else { Some(chunk) })
    }
}

/// A thread that hashes and reads.
type Worker = (SyncSender<Chunk>, Receiver<Vec<Digested>>);

fn worker<'scope>(scope: &'scope Scope<'scope, '_>) -> Worker {
    let (give, given) = sync_channel::<Chunk>(2);
    let (tell, told) = sync_channel(2);
    scope.spawn(move || {
        for chunk in given {
            if tell.send(chunk.digested()).is_err() {
                break;
            }
        }
    });
    (give, told)
}

/// Gives every line of a file to a verifier.
///
/// # Errors
/// What the file system says.
pub(super) fn feed(path: &Path, verifier: &mut Verifier, bar: &ProgressBar) -> io::Result<()> {
    let file = BufReader::with_capacity(CHUNK, File::open(path)?);
    let mut lines = Lines { file, broken: None };
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get).min(8);
    let stopped = || io::Error::other("a thread that reads lines has stopped");
    let read: io::Result<u64> = thread::scope(|scope| {
        let workers: Vec<Worker> = (0..cores).map(|_| worker(scope)).collect();
        // Chunks go round among the threads and come back in the same order.
        let (mut given, mut judged, mut size) = (0, 0, 0);
        loop {
            let chunk = lines.next()?;
            let at_end = chunk.is_none();
            if let Some(chunk) = chunk {
                workers[given % cores].0.send(chunk).map_err(|_| stopped())?;
                given += 1;
            }
            while judged < given && (at_end || given - judged > 2 * cores) {
                for line in workers[judged % cores].1.recv().map_err(|_| stopped())? {
                    verifier.take(line);
                    size += 1;
                }
                judged += 1;
                bar.set_position(size);
            }
            if at_end {
                return Ok(size);
            }
        }
    });
    let size = read?;
    if let Some(why) = lines.broken {
        verifier.wrong(format!("line {size}: {why}"));
    }
    Ok(())
}
