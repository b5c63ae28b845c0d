//! The one door for writes: whatever queued while the last commit ran is one batch.
//!
//! Promises: no timer; at most [`BATCH`] redemptions a commit; each caller is answered after the
//! commit, and only then; a failed commit is answered `outcome-unknown`, never "no". Correctness
//! rests on the unique constraints, not on there being one writer. Does not: decide (see `domain`).

mod at_once;
pub mod counter;
pub mod desk;
pub mod head;
pub mod jot;
mod post;
pub mod scene;
pub mod take;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use self::counter::RedeemJob;
use self::desk::{Decided, Decision, Desk, Draft, OPERATOR_LEDGER, VaultRow};
use self::head::Head;
use self::post::{Posted, post};
use self::take::Chunk;
use super::error::{Error, Proposed};
use super::keys::Keys;
use super::meter;
use super::receipt::receipt;
use crate::base::clock::{Clock, Timestamp};
use crate::base::entropy::Entropy;
use crate::base::id::{AnyId, Id, Venue};
use crate::domain::fact::Fact;
use crate::domain::ledger::entry::Entry;
use crate::domain::ledger::receipt::Receipt;
use crate::domain::proposal::Terms;
use crate::domain::refusal::Reason;
use crate::domain::venue::VenueView;
use crate::store::cosignature::CosignatureRow;
use crate::store::ledger::CreatedRow;
use crate::store::{self, Database, StoreError, Tx};

/// The most redemptions of one commit.
pub const BATCH: usize = 256;
/// The most jobs that wait; one more is answered `busy` at once.
pub const QUEUE: usize = 1024;
/// How often a batch is decided again when somebody else wrote at the same time.
const TRIES: usize = 6;

/// A write: decides at the desk, as often as the writer asks.
#[async_trait]
pub trait Write: Send + Sync {
    /// Reads what it needs and decides.
    ///
    /// # Errors
    /// [`Error`]; nothing is then written.
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error>;
}

/// What a write came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// Written now, or known from before.
    pub fresh: bool,
    /// The ledger, by number.
    pub ledger_no: i64,
    /// The line that the caller asked for.
    pub seq: i64,
    /// Its receipt: the same bytes at every retry.
    pub receipt: Receipt,
}

/// A unit of work for the writer.
enum Job {
    Redeem(Box<RedeemJob>),
    Alone(Box<dyn Write>, oneshot::Sender<Result<Done, Error>>),
    Cosigned(Vec<CosignatureRow>, oneshot::Sender<Result<(), Error>>),
    Take(Box<Chunk>, oneshot::Sender<Result<(), Error>>),
    Jot(Box<dyn jot::Pending>),
}

/// The way in: cheap to clone.
#[derive(Debug, Clone)]
pub struct Door {
    jobs: mpsc::Sender<Job>,
    operator_size: Arc<AtomicI64>,
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Redeem(_) => "Redeem",
            Self::Alone(..) => "Alone",
            Self::Cosigned(..) => "Cosigned",
            Self::Take(..) => "Take",
            Self::Jot(_) => "Jot",
        })
    }
}

impl Door {
    /// Hands a write in and waits for its answer.
    ///
    /// # Errors
    /// [`Error`]; `busy` when too much waits, `outcome-unknown` when the commit was not answered.
    pub async fn write(&self, write: impl Write + 'static) -> Result<Done, Error> {
        let (answer, answered) = oneshot::channel();
        self.hand_in(Job::Alone(Box::new(write), answer))?;
        answered.await.unwrap_or(Err(Reason::OutcomeUnknown.into()))
    }

    /// Hands a redemption in; its answer comes by the job's own channel.
    ///
    /// # Errors
    /// `busy` when too much waits.
    pub fn redeem(&self, job: RedeemJob) -> Result<(), Error> {
        self.hand_in(Job::Redeem(Box::new(job)))
    }

    /// Hands in what witnesses co-signed, which was checked, and waits until it is kept. It moves
    /// no line, so nothing that is remembered of a ledger changes.
    ///
    /// # Errors
    /// [`Error`], as for [`Self::write`].
    pub async fn keep_cosignatures(&self, rows: Vec<CosignatureRow>) -> Result<(), Error> {
        let (answer, answered) = oneshot::channel();
        self.hand_in(Job::Cosigned(rows, answer))?;
        answered.await.unwrap_or(Err(Reason::OutcomeUnknown.into()))
    }

    /// Size of the operator's ledger when the writer last saw it: moves when keys, venues or
    /// organisations change, so that what is remembered of them can be dropped.
    #[must_use]
    pub fn operator_size(&self) -> i64 {
        self.operator_size.load(Ordering::Acquire)
    }

    fn hand_in(&self, job: Job) -> Result<(), Error> {
        self.jobs.try_send(job).map_err(|_| Reason::Busy.into())
    }
}

/// The writer: one in a process.
#[derive(Debug)]
pub struct Writer {
    pub(super) database: Database,
    pub(super) clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    terms: Terms,
    pub(super) keys: Arc<Keys>,
    jobs: mpsc::Receiver<Job>,
    waiting: VecDeque<Job>,
    /// Where the askers live, when that is not here.
    pub(super) askers: Option<tokio::runtime::Handle>,
    pub(super) heads: HashMap<i64, Head>,
    pub(super) venues: HashMap<Id<Venue>, VenueView>,
    /// Size of the operator's ledger when `venues` and `revoked` were read.
    pub(super) venues_at: i64,
    pub(super) revoked: HashSet<AnyId>,
    operator_size: Arc<AtomicI64>,
}

impl Writer {
    /// A writer and its door.
    #[must_use]
    pub fn new(
        database: Database,
        (clock, entropy): (Arc<dyn Clock>, Arc<dyn Entropy>),
        keys: Arc<Keys>,
        terms: Terms,
    ) -> (Self, Door) {
        let (sender, jobs) = mpsc::channel(QUEUE);
        let operator_size = Arc::new(AtomicI64::new(-1));
        let writer = Self {
            database,
            clock,
            entropy,
            terms,
            keys,
            jobs,
            waiting: VecDeque::new(),
            askers: None,
            heads: HashMap::new(),
            venues: HashMap::new(),
            venues_at: -1,
            revoked: HashSet::new(),
            operator_size: operator_size.clone(),
        };
        (writer, Door { jobs: sender, operator_size })
    }

    /// Runs until every door is closed and the last job is answered.
    pub async fn run(mut self) {
        while self.step().await {}
    }

    /// Runs until `stop`, then takes nothing new and answers all that was handed in before.
    pub async fn run_until(mut self, stop: impl Future<Output = ()> + Send) {
        let mut stop = std::pin::pin!(stop);
        loop {
            tokio::select! {
                more = self.wait() => {
                    if !more {
                        return;
                    }
                    self.batch().await;
                }
                () = &mut stop => break,
            }
        }
        self.jobs.close();
        while self.step().await {}
    }

    /// Runs until `stop`, as [`Self::run_until`], on a thread and a runtime of its own. Among the
    /// tasks of a busy server the writer would wait its turn after each statement, and all who
    /// wait for the commit with it.
    ///
    /// # Errors
    /// When the system gives no runtime.
    pub fn start(
        mut self,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> std::io::Result<JoinHandle<()>> {
        self.askers = Some(tokio::runtime::Handle::current());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(tokio::task::spawn_blocking(move || {
            runtime.block_on(async {
                // The connection was opened elsewhere, and would be watched from there.
                self.database.reseat().await;
                self.run_until(stop).await;
            });
        }))
    }

    /// Runs one batch: what queued meanwhile. `false` when all doors are closed and nothing waits.
    pub async fn step(&mut self) -> bool {
        let more = self.wait().await;
        if more {
            self.batch().await;
        }
        more
    }

    /// Waits for a job; nothing is lost when this is dropped.
    async fn wait(&mut self) -> bool {
        if self.waiting.is_empty() {
            match self.jobs.recv().await {
                Some(job) => self.waiting.push_back(job),
                None => return false,
            }
        }
        true
    }

    async fn batch(&mut self) {
        while self.waiting.len() < BATCH
            && let Ok(job) = self.jobs.try_recv()
        {
            self.waiting.push_back(job);
        }
        meter::queue(self.waiting.len() + self.jobs.len());
        let mut redeems = Vec::new();
        while let Some(Job::Redeem(_)) = self.waiting.front() {
            if let Some(Job::Redeem(job)) = self.waiting.pop_front() {
                redeems.push(*job);
            }
        }
        if redeems.is_empty() {
            match self.waiting.pop_front() {
                Some(Job::Alone(write, answer)) => {
                    let done = Box::pin(self.alone(write.as_ref())).await;
                    let _ = answer.send(done);
                }
                Some(Job::Cosigned(rows, answer)) => {
                    let kept = self.keep_cosignatures(&rows).await;
                    let _ = answer.send(kept);
                }
                Some(Job::Take(chunk, answer)) => {
                    let _ = answer.send(self.take(*chunk).await);
                }
                Some(Job::Jot(jot)) => jot.run(self).await,
                Some(Job::Redeem(_)) | None => {}
            }
        } else {
            meter::batch(redeems.len());
            self.redeem(redeems).await;
        }
    }

    async fn keep_cosignatures(&self, rows: &[CosignatureRow]) -> Result<(), Error> {
        let mut tx = self.database.write().await?;
        store::cosignature::add(&mut tx, rows).await?;
        commit(tx).await
    }

    async fn alone(&mut self, write: &dyn Write) -> Result<Done, Error> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.try_alone(write).await {
                Err(Error::Store(error)) if error.is_clash() && tries < TRIES => {}
                other => return other,
            }
        }
    }

    async fn try_alone(&mut self, write: &dyn Write) -> Result<Done, Error> {
        let mut tx = self.database.write().await?;
        if let Some(row) = store::ledger::heads(&mut tx, &[OPERATOR_LEDGER]).await?.first() {
            self.see_operator(&mut tx, row.size).await?;
        }
        let now = self.clock.now();
        let mut desk = Desk {
            tx,
            now,
            terms: self.terms,
            entropy: self.entropy.as_ref(),
            approval: None,
            keys: &self.keys,
            heads: &mut self.heads,
        };
        let decided = write.decide(&mut desk).await;
        let mut tx = desk.tx;
        let decision = match decided {
            Err(error) => {
                tx.rollback().await?;
                return Err(error);
            }
            Ok(Decided::Known(row)) => return known(tx, row).await,
            Ok(Decided::Waiting(row)) => return Err(Proposed::of(known(tx, row).await?)),
            Ok(Decided::Write(decision)) => decision,
        };
        // A key that ended after its request came in ends here, whoever ended it.
        if decision.drafts.iter().any(|draft| self.revoked.contains(&draft.actor)) {
            tx.rollback().await?;
            return Err(Reason::NotSignedIn.into());
        }
        let goes_on = |draft: &&Draft| !matches!(draft.fact, Fact::LedgerTakenOver(_));
        let ledgers = decision.drafts.iter().take_while(goes_on).map(|draft| draft.ledger_no);
        let mut gone = ledgers.filter_map(|no| self.heads.get(&no)?.released());
        if let Some(refusal) = gone.next() {
            tx.rollback().await?;
            return Err(refusal.into());
        }
        let posted = match self.write_down(&mut tx, decision, now).await {
            Ok(posted) => posted,
            // What is remembered has moved and the database has not. A refusal before this point
            // costs nothing: the counter keeps what it remembers.
            Err(error) => {
                self.forget();
                return Err(error);
            }
        };
        if let Err(error) = commit(tx).await {
            self.forget();
            return Err(error);
        }
        self.remember(&posted);
        let first = &posted.written[0];
        let (ledger_no, seq) = (first.ledger_no, first.entry.seq);
        let done = Done { fresh: true, ledger_no, seq, receipt: posted.first_receipt()? };
        match first.fact {
            Fact::ProposalMade(_) => Err(Proposed::of(done)),
            _ => Ok(done),
        }
    }

    /// Takes note of what was committed.
    fn remember(&mut self, posted: &Posted) {
        for written in &posted.written {
            if let Some(head) = self.heads.get_mut(&written.ledger_no) {
                head.scene = None;
                match &written.fact {
                    Fact::LedgerReleased(body) => head.address = Some(body.address.clone()),
                    Fact::LedgerTakenOver(_) => head.address = None,
                    _ => {}
                }
            }
            if written.ledger_no == OPERATOR_LEDGER {
                self.operator_size.store(written.entry.seq + 1, Ordering::Release);
            }
        }
    }

    async fn write_down(
        &mut self,
        tx: &mut Tx,
        decision: Decision,
        now: Timestamp,
    ) -> Result<Posted, Error> {
        let Decision { openings, drafts, vault, codes } = decision;
        if drafts.is_empty() {
            return Err(Error::Fault("a write without a line".to_owned()));
        }
        for row in openings {
            store::ledger::open(tx, &row).await?;
            let head = Head::load(tx, &self.keys, row).await?;
            self.heads.insert(head.row.ledger_no, head);
        }
        let posted = post(drafts, &mut self.heads, now)?;
        let addition = posted.addition();
        store::projection::record(tx, &addition, &posted.written).await?;
        for row in vault {
            keep(tx, &row).await?;
        }
        if !codes.is_empty() {
            let added = store::code::add_codes(tx, &codes).await?;
            if added != codes.len() as u64 {
                return Err(Error::Fault("a code's tag was taken".to_owned()));
            }
        }
        Ok(posted)
    }

    /// Takes note of the size of the operator's ledger, and of the keys that ended.
    pub(super) async fn see_operator(&mut self, tx: &mut Tx, size: i64) -> Result<(), Error> {
        if self.venues_at != size {
            let keys = store::access::keys(tx).await?;
            let ended = keys.iter().filter(|key| key.revoked_at.is_some());
            self.revoked = ended.filter_map(|key| key.api_key_id.parse().ok()).collect();
            let gone = store::membership::gone(tx).await?;
            self.revoked.extend(gone.iter().filter_map(|person| person.parse::<AnyId>().ok()));
            self.venues.clear();
            self.venues_at = size;
            self.operator_size.store(size, Ordering::Release);
        }
        Ok(())
    }

    /// Forgets what may not be what the database says.
    pub(super) fn forget(&mut self) {
        self.heads.clear();
        self.venues.clear();
        self.venues_at = -1;
    }
}

/// The answer to what was written before.
async fn known(mut tx: Tx, row: CreatedRow) -> Result<Done, Error> {
    let CreatedRow { ledger_no, seq, .. } = row;
    let receipt = receipt(&mut tx, ledger_no, seq).await?;
    tx.rollback().await?;
    Ok(Done { fresh: false, ledger_no, seq, receipt })
}

/// Commits; an error here means that nobody knows.
pub(super) async fn commit(tx: Tx) -> Result<(), Error> {
    tx.commit().await.map_err(|error| {
        if error.is_clash() {
            return Error::Store(error);
        }
        tracing::error!(error = %error, "a commit was not answered");
        Reason::OutcomeUnknown.into()
    })
}

async fn keep(tx: &mut Tx, row: &VaultRow) -> Result<(), StoreError> {
    match row {
        VaultRow::BankAccount(row) => store::organisation::add_bank_account(tx, row).await,
        VaultRow::Logo(owner, version, hash, content) => {
            store::organisation::add_logo(tx, owner, *version, hash, content).await
        }
        VaultRow::PaymentFile(ledger_no, settlement, hash, content) => {
            store::settlement::add_file(tx, *ledger_no, settlement, hash, content).await
        }
        VaultRow::Proposal(row) => store::proposal::add(tx, row).await,
        VaultRow::DecidedProposal(id) => store::proposal::erase(tx, id).await,
        VaultRow::Person(row) => store::person::add(tx, row).await,
        VaultRow::Link(row) => store::person::add_link(tx, row).await,
        VaultRow::Purged(no, id, what) => store::vault::empty(tx, *no, id, *what).await,
        VaultRow::UsedLink(hash) => store::person::use_link(tx, hash).await.map(drop),
    }
}

/// The entry of a line and what it says.
///
/// # Errors
/// [`Error::Fault`] when the line is not there or not understood.
pub async fn fact_at(tx: &mut Tx, ledger_no: i64, seq: i64) -> Result<(Entry, Fact), Error> {
    let lines = store::ledger::lines_at(tx, &[(ledger_no, seq)]).await?;
    let missing = || Error::Fault(format!("ledger {ledger_no} has no line {seq}"));
    let (_, _, line) = lines.first().ok_or_else(missing)?;
    understood(ledger_no, seq, line)
}

/// The entry of a stored line and what it says.
///
/// # Errors
/// [`Error::Fault`] when the line is not understood.
pub fn understood(ledger_no: i64, seq: i64, line: &str) -> Result<(Entry, Fact), Error> {
    let fault = |why: String| Error::Fault(format!("ledger {ledger_no}, line {seq}: {why}"));
    let entry = Entry::parse(line).map_err(|error| fault(error.to_string()))?;
    let fact = Fact::of(&entry).map_err(|error| fault(error.to_string()))?;
    Ok((entry, fact))
}
