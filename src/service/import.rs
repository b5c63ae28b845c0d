//! Taking over a ledger that another operator kept: everything is read and judged, then written in
//! chunks that nobody sees, then one commit makes it visible and says who keeps it now.
//!
//! Promises: nothing is written before everything was found true; an import that stopped goes on
//! from where it was when it is asked for again; until its last commit no reader and no counter
//! sees it. Does not: trust the directory it reads from: the second reading is judged too.

mod chunk;
mod finish;
mod source;

pub use source::{Files, KeptCheckpoint, judge};
pub(in crate::service) use source::{Source, Step as Line};

use std::path::Path;

use self::chunk::Chunks;
use self::finish::Finish;
use super::error::Error;
use super::instance::Instance;
use super::writer::Done;
use crate::domain::access::{Action, Actor, Owner};
use crate::domain::bundle::Bundle;
use crate::domain::code::CodeKey;
use crate::domain::leaving::{Whole, Wrong, wrong};
use crate::domain::refusal::Refusal;
use crate::domain::takeover::Statement;
use crate::store;

impl From<Wrong> for Error {
    fn from(error: Wrong) -> Self {
        Refusal::invalid("", error.0).into()
    }
}

/// Opens the sealed part of an export with the funder's identity (an age identity file).
///
/// # Errors
/// [`Wrong`] when it is sealed to somebody else, or no bundle.
pub fn unseal(sealed: &[u8], identity_file: &str) -> Result<Bundle, Wrong> {
    let secret = identity_file.lines().map(str::trim).find(|line| line.starts_with("AGE-SECRET"));
    let identity = secret.and_then(|line| line.parse::<age::x25519::Identity>().ok());
    let identity = identity.ok_or_else(|| wrong("the identity file holds no age identity"))?;
    let text = age::decrypt(&identity, sealed)
        .map_err(|_| wrong("the sealed bundle does not open with this identity"))?;
    serde_json::from_slice(&text).map_err(|error| wrong(format!("the sealed bundle: {error}")))
}

/// How far an import is: what it does, and how many lines of how many.
pub type Step = (&'static str, i64, i64);

/// Imports the export in a directory; the same again gives the same answer.
///
/// # Errors
/// `invalid-request` with the first thing that does not hold; nothing is then written.
pub async fn import(
    instance: &Instance,
    actor: &Actor,
    dir: &Path,
    bundle: Bundle,
    statement: Statement,
    progress: &mut (dyn FnMut(Step) + Send),
) -> Result<Done, Error> {
    actor.permit(Action::RotateKey, &Owner::NOBODY)?;
    let files = Files::of(dir)?;
    let whole = judge(&files, |line| progress(("read", line, line)))?;
    let own = instance.operator().await?.any();
    if statement.operator_id.any() != own || statement.host != instance.settings.host {
        return Err(wrong("the take-over names another operator or host than this one").into());
    }
    whole.taken_by(&statement)?;
    if bundle.log_key != statement.former_log_key {
        return Err(wrong("the sealed bundle is of another operator than the take-over").into());
    }
    let proved = bundle.prove(whole.ledger_id, &whole.asked)?;
    let ledger_id = whole.ledger_id.to_string();
    let mut tx = instance.database.read().await?;
    let here = store::ledger::head(&mut tx, &ledger_id).await?.is_some();
    drop(tx);
    if !here {
        write(instance, &files, &whole, &CodeKey::from_bytes(proved.code_key), progress).await?;
        let recipient = whole.opened.age_recipient.as_deref();
        instance.signer.adopt(whole.ledger_id, recipient, &proved.code_key).await?;
    }
    let finish = Finish { actor: *actor, whole, proved, statement };
    instance.door.write(finish).await
}

/// Writes what is not here yet, chunk by chunk.
async fn write(
    instance: &Instance,
    files: &Files,
    whole: &Whole,
    codes: &CodeKey,
    progress: &mut (dyn FnMut(Step) + Send),
) -> Result<(), Error> {
    let mut tx = instance.database.read().await?;
    let begun = store::leaving::find(&mut tx, &whole.ledger_id.to_string()).await?;
    drop(tx);
    let from = begun.map_or(0, |row| row.next_seq);
    let mut source = Source::open(files)?;
    let mut chunks = Chunks::new(whole, codes, instance.keys.tag_key());
    while let Some(step) = source.step()? {
        chunks.add(step, from)?;
        if chunks.is_full() {
            instance.door.take(chunks.cut(source.reading.replay.balances())).await?;
            progress(("write", source.reading.replay.size(), whole.size));
        }
    }
    let last = chunks.cut(source.reading.replay.balances());
    let end = source.end()?;
    if (end.size, end.root) != (whole.size, whole.root) {
        return Err(wrong("the files changed while they were read").into());
    }
    if !last.lines.is_empty() {
        instance.door.take(last).await?;
    }
    Ok(())
}
