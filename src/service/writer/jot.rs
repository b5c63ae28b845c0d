//! Jotting: a change of tables that no line speaks of (people, sessions), by the one door.
//!
//! Promises: read and written in one transaction, and tried again when somebody else wrote; a
//! refusal that is given back as an error leaves nothing. Does not: touch the journal or what is
//! rebuilt from it, but for lines that come back as they were (`service::restore`).

use async_trait::async_trait;
use tokio::sync::oneshot;

use super::{Door, Job, TRIES, Writer, commit};
use crate::base::clock::Timestamp;
use crate::domain::refusal::Reason;
use crate::service::error::Error;
use crate::store::Tx;

/// A change of scratch tables.
#[async_trait]
pub trait Jot: Send + Sync + 'static {
    /// What it comes to.
    type Outcome: Send + 'static;

    /// Reads what it needs and writes.
    ///
    /// # Errors
    /// [`Error`]; nothing is then written.
    async fn write(&self, tx: &mut Tx, now: Timestamp) -> Result<Self::Outcome, Error>;
}

/// A jot with the channel of its asker.
#[async_trait]
pub(super) trait Pending: Send + Sync {
    async fn run(self: Box<Self>, writer: &Writer);
}

struct Asked<J: Jot> {
    jot: J,
    answer: oneshot::Sender<Result<J::Outcome, Error>>,
}

#[async_trait]
impl<J: Jot> Pending for Asked<J> {
    async fn run(self: Box<Self>, writer: &Writer) {
        let mut tries = 0;
        let done = loop {
            tries += 1;
            match once(&self.jot, writer).await {
                Err(Error::Store(error)) if error.is_clash() && tries < TRIES => {}
                other => break other,
            }
        };
        let _ = self.answer.send(done);
    }
}

async fn once<J: Jot>(jot: &J, writer: &Writer) -> Result<J::Outcome, Error> {
    let mut tx = writer.database.write().await?;
    match jot.write(&mut tx, writer.clock.now()).await {
        Ok(outcome) => {
            commit(tx).await?;
            Ok(outcome)
        }
        Err(error) => {
            tx.rollback().await?;
            Err(error)
        }
    }
}

impl Door {
    /// Hands a change of scratch tables in and waits for its commit.
    ///
    /// # Errors
    /// [`Error`], as for [`Self::write`].
    pub async fn jot<J: Jot>(&self, jot: J) -> Result<J::Outcome, Error> {
        let (answer, answered) = oneshot::channel();
        self.hand_in(Job::Jot(Box::new(Asked { jot, answer })))?;
        answered.await.unwrap_or(Err(Reason::OutcomeUnknown.into()))
    }
}
