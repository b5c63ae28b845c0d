//! A witness: follows ledgers that others keep, remembers what each one showed, and co-signs what
//! grew from it. It has no instance and no database.
//!
//! Promises: judged, remembered and co-signed under one lock, and remembered on disk before a
//! co-signature is shown; a log is known by the key that its follower was given, never by what it
//! says of itself. Does not: look into lines, which only some may read.

mod memory;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use memory::{Memory, MemoryError, origin_hash};

use super::http::{Address, Client, HttpError};
use crate::base::clock::Clock;
use crate::domain::ledger::checkpoint::{Origin, VerifierKey, parts, without_strangers};
use crate::domain::ledger::consistency::{Growth, consistency_text};
use crate::domain::ledger::cosignature::Cosigner;
use crate::domain::ledger::witness::{Objection, Sight, claimed_origin, judge, look};

/// A ledger that is followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed {
    /// The key that its checkpoints must be signed with.
    pub key: VerifierKey,
    /// Where it is asked; `None` when it comes by itself to `add-checkpoint`.
    pub address: Option<Address>,
}

/// Why a checkpoint that was sent in is not co-signed.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// A log that this witness does not follow.
    #[error("this witness does not follow {0:?}")]
    UnknownLog(String),
    /// It does not hold.
    #[error(transparent)]
    Objection(#[from] Objection),
    /// Nothing can be remembered, so nothing is co-signed.
    #[error(transparent)]
    Memory(#[from] MemoryError),
}

/// What a look at a ledger came to.
#[derive(Debug)]
pub enum Outcome {
    /// As it was.
    Same {
        /// How many lines.
        size: u64,
    },
    /// It grew, and that was co-signed.
    Grown {
        /// From how many lines; `None` when it was seen for the first time.
        from: Option<u64>,
        /// To how many.
        to: u64,
        /// Where the co-signed checkpoint is.
        file: PathBuf,
    },
    /// It could not be looked at; says why.
    Unseen(String),
    /// What it showed does not hold.
    Alarm {
        /// What is wrong.
        objection: Objection,
        /// Where both checkpoints are kept; `None` when there is no place for more.
        evidence: Option<PathBuf>,
    },
}

/// A witness at work.
#[derive(Debug)]
pub struct Witness {
    cosigner: Cosigner,
    clock: Arc<dyn Clock>,
    followed: Vec<Followed>,
    memory: Mutex<Memory>,
    forked: AtomicBool,
}

impl Witness {
    /// A witness with what it remembers in a directory, which is made when it is not there.
    ///
    /// # Errors
    /// [`MemoryError`] when it cannot be read, is another process's, or is not of these ledgers.
    pub fn open(
        cosigner: Cosigner,
        clock: Arc<dyn Clock>,
        followed: Vec<Followed>,
        dir: &Path,
    ) -> Result<Self, MemoryError> {
        let memory = Mutex::new(Memory::open(dir, &followed)?);
        Ok(Self { cosigner, clock, followed, memory, forked: AtomicBool::new(false) })
    }

    /// The ledgers that it asks by itself.
    pub fn asked(&self) -> impl Iterator<Item = &Followed> {
        self.followed.iter().filter(|followed| followed.address.is_some())
    }

    /// Judges a request of C2SP tlog-witness, remembers, and gives its co-signature line.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn add_checkpoint(&self, request: &str) -> Result<String, Refused> {
        let note = Growth::read(request).map_err(Objection::Unreadable)?.note;
        let claimed = claimed_origin(note);
        let followed = self.followed.iter().find(|it| it.key.origin().as_str() == claimed);
        let followed = followed.ok_or_else(|| Refused::UnknownLog(claimed.to_owned()))?;
        let (_, line) = self.accept(followed, request)?;
        Ok(line)
    }

    /// Whether a log was caught with two histories since this began, whoever brought them.
    #[must_use]
    pub fn saw_a_fork(&self) -> bool {
        self.forked.load(Ordering::Acquire)
    }

    /// The newest co-signed checkpoint of a log by the hash of its origin, as monitors ask for it.
    #[must_use]
    pub fn shown(&self, hash: &str) -> Option<String> {
        self.remembered().note_of(hash)
    }

    /// Asks a ledger what it shows now, and judges it.
    ///
    /// # Errors
    /// [`MemoryError`].
    pub async fn follow(
        self: &Arc<Self>,
        client: &Client,
        followed: &Followed,
    ) -> Result<Outcome, MemoryError> {
        let Some(address) = &followed.address else {
            return Ok(Outcome::Unseen("it has no address".to_owned()));
        };
        let note = match text(client, &address.join("checkpoint")).await {
            Ok(note) => note,
            Err(why) => return Ok(Outcome::Unseen(why)),
        };
        let origin = followed.key.origin();
        let known = self.remembered().known(origin).cloned();
        let keys = std::slice::from_ref(&followed.key);
        let shown = match look(known.as_ref(), keys, &note) {
            Ok(Sight::Same(shown)) => return Ok(Outcome::Same { size: shown.size }),
            Ok(Sight::More(shown)) => shown,
            Err(objection) => return self.alarm(origin, objection, &note).await,
        };
        let from = known.map(|known| known.size);
        let mut request = consistency_text(0, &[], &note);
        if let Some(from) = from.filter(|from| *from > 0) {
            let path = format!("consistency?from={from}&to={}", shown.size);
            let proof = match text(client, &address.join(&path)).await {
                Ok(proof) => proof,
                Err(why) => return Ok(Outcome::Unseen(why)),
            };
            request = match Growth::read(&proof) {
                // The checkpoint that was looked at is judged, whatever stands under the proof.
                Ok(growth) => consistency_text(growth.from, &growth.proof, &note),
                Err(error) => {
                    let shown = format!("{note}\n{proof}");
                    return self.alarm(origin, Objection::Unreadable(error), &shown).await;
                }
            };
        }
        let (own, of, asked) = (self.clone(), followed.clone(), request.clone());
        let accepted = tokio::task::spawn_blocking(move || own.accept(&of, &asked)).await;
        match accepted.unwrap_or_else(|error| Err(MemoryError::Stopped(error.to_string()).into())) {
            Ok((file, _)) => Ok(Outcome::Grown { from, to: shown.size, file }),
            Err(Refused::Memory(error)) => Err(error),
            Err(Refused::UnknownLog(log)) => Ok(Outcome::Unseen(log)),
            Err(Refused::Objection(objection)) => self.alarm(origin, objection, &request).await,
        }
    }

    /// Judges, remembers, then co-signs: under one lock, so that no two requests can cross.
    fn accept(&self, followed: &Followed, request: &str) -> Result<(PathBuf, String), Refused> {
        let mut memory = self.remembered();
        let (origin, keys) = (followed.key.origin(), std::slice::from_ref(&followed.key));
        let judged = judge(memory.known(origin), keys, request);
        if let Err(objection @ Objection::Fork { .. }) = &judged {
            // Two histories under the log's own signature, whoever sent them in.
            self.forked.store(true, Ordering::Release);
            let evidence = memory.keep_evidence(origin, objection, request)?;
            let evidence = evidence.unwrap_or_default();
            tracing::error!(%origin, %objection, evidence = %evidence.display(), "ALARM");
        }
        let (shown, note) = judged?;
        let note = without_strangers(note, keys);
        let (body, _) = parts(&note).unwrap_or((&note, ""));
        let at = u64::try_from(self.clock.now().millis() / 1000).unwrap_or(0).max(1);
        let line = self.cosigner.cosign(body, at);
        let file = memory.remember(origin, shown, format!("{note}{line}"))?;
        Ok((file, line))
    }

    async fn alarm(
        self: &Arc<Self>,
        origin: &Origin,
        objection: Objection,
        shown: &str,
    ) -> Result<Outcome, MemoryError> {
        let (own, origin, shown) = (self.clone(), origin.clone(), shown.to_owned());
        let kept = tokio::task::spawn_blocking(move || {
            let evidence = own.remembered().keep_evidence(&origin, &objection, &shown)?;
            Ok(Outcome::Alarm { objection, evidence })
        });
        kept.await.unwrap_or_else(|error| Err(MemoryError::Stopped(error.to_string())))
    }

    fn remembered(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The text at an address, of an answer that is a success.
async fn text(client: &Client, address: &str) -> Result<String, String> {
    let answer = client.get(address).await;
    let answer = answer.map_err(|error: HttpError| format!("{address}: {error}"))?;
    match answer.status {
        200 => Ok(answer.text),
        status => Err(format!("{address} answers {status}")),
    }
}
