//! Gathering: the newest checkpoint of each ledger is brought to witnesses outside, and what they
//! co-sign is kept beside it (C2SP tlog-witness).
//!
//! Promises: nobody who writes waits for a witness; a co-signature is kept only when it holds under
//! the key that the operator configured. Does not: need a witness: one that is away, refuses or
//! lies costs a line of the log.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::error::Error;
use super::http::{Address, Client, HttpError};
use super::instance::Instance;
use super::observe;
use super::receipt::{signed, unsigned};
use crate::domain::ledger::checkpoint::parts;
use crate::domain::ledger::consistency::Growth;
use crate::domain::ledger::cosignature::{CosignatureError, WitnessKey, cosignatures};
use crate::store;
use crate::store::cosignature::CosignatureRow;
use crate::store::ledger::HeadRow;

/// How often one checkpoint is sent with another beginning, when the witness asks for it.
const TRIES: usize = 3;

/// After how many rounds a witness is asked again about a checkpoint that it refused: somebody may
/// have told it of the ledger meanwhile.
const ROUNDS: u64 = 60;

/// A witness outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outside {
    /// The key that its co-signatures must be made with.
    pub key: WitnessKey,
    /// What stands before `/add-checkpoint`.
    pub address: Address,
}

/// Why a checkpoint was not co-signed.
#[derive(Debug, thiserror::Error)]
pub enum GatherError {
    /// Ours.
    #[error(transparent)]
    Own(#[from] Error),
    /// The witness does not answer.
    #[error(transparent)]
    Away(#[from] HttpError),
    /// It answers something else than a co-signature.
    #[error("it answers {status}: {text}")]
    Refused {
        /// The status.
        status: u16,
        /// The beginning of what it says.
        text: String,
    },
    /// What it sent is not a co-signature of this checkpoint.
    #[error(transparent)]
    Cosignature(#[from] CosignatureError),
    /// It sent signatures, and none of them under its own key.
    #[error("it answers without its own co-signature")]
    Absent,
    /// It knows more lines than there are: this database is older than what was shown outside.
    #[error(
        "it saw {seen} lines where there are {there}: was an old copy of the database restored?"
    )]
    Ahead {
        /// What the witness remembers.
        seen: u64,
        /// What is here.
        there: u64,
    },
    /// It asks for another beginning each time.
    #[error("it asks for another beginning each time")]
    Undecided,
}

/// Brings checkpoints to one witness.
#[derive(Debug)]
pub struct Courier {
    instance: Arc<Instance>,
    client: Client,
    outside: Outside,
    /// By ledger: the size that the witness remembers.
    seen: HashMap<i64, u64>,
    /// By ledger: what it last refused.
    refused: HashMap<i64, Refusal>,
    /// How often it went round.
    rounds: u64,
}

/// What a witness refused, so that it is not asked the same again at once.
#[derive(Debug)]
struct Refusal {
    /// The size that it was asked about.
    size: i64,
    /// What was told of it.
    told: String,
    /// The round from which on it is asked about this size again.
    again: u64,
}

impl Courier {
    /// A courier.
    #[must_use]
    pub fn new(instance: Arc<Instance>, client: Client, outside: Outside) -> Self {
        let (seen, refused) = (HashMap::new(), HashMap::new());
        Self { instance, client, outside, seen, refused, rounds: 0 }
    }

    /// Goes round until told to stop, each time after a pause.
    pub async fn run(mut self, every: Duration, stop: impl Future<Output = ()> + Send) {
        let mut stop = std::pin::pin!(stop);
        loop {
            tokio::select! {
                () = self.round() => {}
                () = &mut stop => return,
            }
            if tokio::time::timeout(every, &mut stop).await.is_ok() {
                return;
            }
        }
    }

    /// Brings each ledger's newest checkpoint, unless it was co-signed or refused already.
    pub async fn round(&mut self) {
        self.rounds += 1;
        let heads = match self.heads().await {
            Ok(heads) => heads,
            Err(error) => {
                tracing::warn!(%error, "no checkpoint was brought to witnesses");
                return;
            }
        };
        for head in heads {
            let no = head.ledger_no;
            let refused = self.refused.get(&no);
            let refused = refused.is_some_and(|it| it.size == head.size && self.rounds < it.again);
            if refused || self.seen.get(&no) == Some(&unsigned(head.size)) {
                continue;
            }
            match self.bring(&head).await {
                Ok(size) => {
                    self.refused.remove(&no);
                    tracing::debug!(ledger = head.ledger_id, size, "co-signed");
                }
                Err(error) => {
                    let away = matches!(error, GatherError::Away(_));
                    self.tell(&head, &error);
                    // Who is away for one ledger is away for all: next time.
                    if away {
                        return;
                    }
                }
            }
        }
    }

    async fn heads(&self) -> Result<Vec<HeadRow>, Error> {
        let mut tx = self.instance.database.read().await?;
        Ok(store::ledger::all_heads(&mut tx).await?)
    }

    /// One line of the log, and not the same one again and again.
    fn tell(&mut self, head: &HeadRow, error: &GatherError) {
        let (ledger, witness) = (&head.ledger_id, self.outside.key.name().as_str());
        let told = error.to_string();
        let again = self.refused.get(&head.ledger_no).is_some_and(|it| it.told == told);
        if matches!(error, GatherError::Ahead { .. }) {
            tracing::error!(ledger, witness, %error, "a witness saw more than there is");
        } else if !again {
            tracing::warn!(ledger, witness, %error, "a checkpoint was not co-signed");
        }
        let passing = match error {
            GatherError::Away(_) | GatherError::Own(_) => true,
            GatherError::Refused { status, .. } => *status == 429 || *status >= 500,
            _ => false,
        };
        let again = self.rounds + if passing { 1 } else { ROUNDS };
        self.refused.insert(head.ledger_no, Refusal { size: head.size, told, again });
    }

    /// Brings the newest checkpoint of a ledger, keeps what comes back, and gives its size.
    ///
    /// # Errors
    /// [`GatherError`]; nothing is then kept.
    pub async fn bring(&mut self, head: &HeadRow) -> Result<u64, GatherError> {
        let no = head.ledger_no;
        let malformed = || Error::Fault(format!("ledger {no} has a malformed id"));
        let id = head.ledger_id.parse().map_err(|_| malformed())?;
        let witness = self.outside.key.to_string();
        let mut from = match self.seen.get(&no) {
            Some(seen) => *seen,
            None => {
                let mut tx = self.instance.database.read().await.map_err(Error::from)?;
                let known = store::cosignature::newest_by(&mut tx, no, &witness).await;
                unsigned(known.map_err(Error::from)?.unwrap_or(0))
            }
        };
        for _ in 0..TRIES {
            let grown = observe::consistency(&self.instance, id, signed(from), None).await?;
            let to = unsigned(grown.to);
            let address = self.outside.address.join("add-checkpoint");
            let answer = self.client.post(&address, grown.text.clone()).await?;
            match answer.status {
                200 => {
                    let hole = |_| malformed();
                    let note = Growth::read(&grown.text).map_err(hole)?.note;
                    let (text, _) = parts(note).ok_or_else(malformed)?;
                    let keys = std::slice::from_ref(&self.outside.key);
                    let found = cosignatures(text, &answer.text, keys)?;
                    let line = found.into_iter().next().ok_or(GatherError::Absent)?.line;
                    let row = CosignatureRow { no, size: grown.to, witness, line };
                    self.instance.door.keep_cosignatures(vec![row]).await?;
                    self.seen.insert(no, to);
                    return Ok(to);
                }
                409 if answer.kind.starts_with("text/x.tlog.size") => {
                    let seen = answer.text.trim_end().parse::<u64>();
                    let text = answer.text.chars().take(40).collect();
                    let seen = seen.map_err(|_| GatherError::Refused { status: 409, text })?;
                    if seen > to {
                        return Err(GatherError::Ahead { seen, there: to });
                    }
                    from = seen;
                }
                status => {
                    let text: String = answer.text.trim().chars().take(200).collect();
                    let text = text.replace(char::is_control, " ");
                    return Err(GatherError::Refused { status, text });
                }
            }
        }
        Err(GatherError::Undecided)
    }
}
