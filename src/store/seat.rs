//! The seat of the connection that writes: one in a process, kept from one transaction to the next.
//!
//! Promises: a transaction has the connection for itself; one that is dropped before its end takes
//! the connection with it, so that the engine forgets what it did. Does not: ask the connection
//! whether it lives before and after each use, as a pool does (two round trips a commit): the first
//! statement tells.

use std::future::Future;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use sqlx::{Connection as _, Database, Error, Transaction};
use tokio::sync::{Mutex, OwnedMutexGuard};

/// How long a new connection may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Makes connections that are ready to write.
pub(super) trait Opener<DB: Database>: Send + Sync {
    /// A connection with all that the engine must be told.
    fn open(&self) -> impl Future<Output = Result<DB::Connection, Error>> + Send;
    /// How a transaction that writes begins.
    const BEGIN: &'static str;
}

/// The one connection that writes, or nobody's.
#[derive(Debug)]
pub(super) struct Seat<DB: Database, O> {
    connection: Arc<Mutex<Option<DB::Connection>>>,
    opener: O,
}

impl<DB: Database, O: Opener<DB>> Seat<DB, O>
where
    for<'a> &'a mut DB::Connection: sqlx::Executor<'a, Database = DB>,
{
    /// A seat with its first connection.
    pub(super) async fn taken(opener: O) -> Result<Self, Error> {
        let first = opened(&opener).await?;
        Ok(Self { connection: Arc::new(Mutex::new(Some(first))), opener })
    }

    /// The connection, for what is done at start.
    pub(super) async fn connection(&self) -> Result<Held<DB>, Error> {
        let mut seat = self.connection.clone().lock_owned().await;
        if seat.is_none() {
            *seat = Some(opened(&self.opener).await?);
        }
        Ok(Held { seat, open: false })
    }

    /// Begins a transaction. A connection that died since the last one is replaced: nothing was
    /// said on it yet, so nothing can be done twice.
    pub(super) async fn begin(&self) -> Result<Held<DB>, Error> {
        let mut held = self.connection().await?;
        held.open = true;
        if let Err(error) = sqlx::Executor::execute(&mut *held, O::BEGIN).await {
            let died = matches!(error, Error::Io(_) | Error::Tls(_) | Error::WorkerCrashed)
                || error
                    .as_database_error()
                    .is_some_and(|error| error.code().is_some_and(|code| code.starts_with("57P0")));
            if !died {
                return Err(error);
            }
            drop(held);
            held = self.connection().await?;
            held.open = true;
            sqlx::Executor::execute(&mut *held, O::BEGIN).await?;
        }
        Ok(held)
    }

    /// The connection without a transaction around it: each statement is one by itself. Whether the
    /// connection lives, the first statement tells.
    pub(super) async fn lend(&self) -> Result<Held<DB>, Error> {
        let mut held = self.connection().await?;
        held.open = true;
        Ok(held)
    }

    /// Closes the connection, after the transaction that has it.
    pub(super) async fn close(&self) {
        if let Some(connection) = self.connection.lock().await.take() {
            let _ = connection.close().await;
        }
    }
}

async fn opened<DB: Database>(opener: &impl Opener<DB>) -> Result<DB::Connection, Error> {
    tokio::time::timeout(PATIENCE, opener.open()).await.unwrap_or(Err(Error::PoolTimedOut))
}

/// The connection of a seat, for one user.
pub struct Held<DB: Database> {
    seat: OwnedMutexGuard<Option<DB::Connection>>,
    open: bool,
}

impl<DB: Database> std::fmt::Debug for Held<DB> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Held").field("open", &self.open).finish_non_exhaustive()
    }
}

impl<DB: Database> Deref for Held<DB> {
    type Target = DB::Connection;

    fn deref(&self) -> &DB::Connection {
        self.seat.as_ref().expect("whoever holds the seat found a connection in it")
    }
}

impl<DB: Database> DerefMut for Held<DB> {
    fn deref_mut(&mut self) -> &mut DB::Connection {
        self.seat.as_mut().expect("whoever holds the seat found a connection in it")
    }
}

impl<DB: Database> Drop for Held<DB> {
    fn drop(&mut self) {
        if self.open {
            // A transaction without an end must not be found by the next one.
            *self.seat = None;
        }
    }
}

/// A transaction: of a pool, that reads, or of the seat, that writes.
#[derive(Debug)]
pub enum Link<DB: Database> {
    /// Of a pool.
    Pooled(Transaction<'static, DB>),
    /// Of the seat.
    Seated(Held<DB>),
    /// No transaction: the connection of the seat, on which each statement is one by itself.
    Lent(Held<DB>),
}

impl<DB: Database> Deref for Link<DB> {
    type Target = DB::Connection;

    fn deref(&self) -> &DB::Connection {
        match self {
            Self::Pooled(tx) => tx,
            Self::Seated(held) | Self::Lent(held) => held,
        }
    }
}

impl<DB: Database> DerefMut for Link<DB> {
    fn deref_mut(&mut self) -> &mut DB::Connection {
        match self {
            Self::Pooled(tx) => tx,
            Self::Seated(held) | Self::Lent(held) => held,
        }
    }
}

impl<DB: Database> Link<DB>
where
    for<'a> &'a mut DB::Connection: sqlx::Executor<'a, Database = DB>,
{
    pub(super) async fn commit(self) -> Result<(), Error> {
        match self {
            Self::Pooled(tx) => tx.commit().await,
            Self::Seated(held) => end(held, "COMMIT").await,
            Self::Lent(held) => given_back(held),
        }
    }

    pub(super) async fn rollback(self) -> Result<(), Error> {
        match self {
            Self::Pooled(tx) => tx.rollback().await,
            Self::Seated(held) => end(held, "ROLLBACK").await,
            Self::Lent(held) => given_back(held),
        }
    }
}

/// Gives the connection back when no statement on it is under way.
#[expect(clippy::unnecessary_wraps, reason = "it ends as a transaction does")]
fn given_back<DB: Database>(mut held: Held<DB>) -> Result<(), Error> {
    held.open = false;
    Ok(())
}

async fn end<DB: Database>(mut held: Held<DB>, how: &'static str) -> Result<(), Error>
where
    for<'a> &'a mut DB::Connection: sqlx::Executor<'a, Database = DB>,
{
    sqlx::Executor::execute(&mut *held, how).await?;
    held.open = false;
    Ok(())
}
