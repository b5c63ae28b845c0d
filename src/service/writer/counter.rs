//! The counter: a batch of redemptions in one commit.
//!
//! Promises: read once, decide in memory in order of arrival, write set-based, answer each; a batch
//! gives what its redemptions give one by one. Does not: check signatures (done in the request's
//! own task).

use std::collections::{BTreeSet, HashMap, HashSet};

use tokio::sync::oneshot;

use super::desk::{Draft, OPERATOR_LEDGER};
use super::head::Head;
use super::post::{BLANK, Posted, post};
use super::{TRIES, Writer, commit, scene, understood};
use crate::base::clock::Timestamp;
use crate::base::id::{AnyId, Id, Redemption, Venue};
use crate::base::money::Money;
use crate::domain::code::CodeTag;
use crate::domain::fact::Fact;
use crate::domain::ledger::balance::Living;
use crate::domain::ledger::receipt::Receipt;
use crate::domain::offering::Offering;
use crate::domain::redemption::{Accepted, Attempt, Sees, ShownAs, VoucherRedeemed};
use crate::domain::refusal::{Reason, Refusal};
use crate::domain::serial::Serial;
use crate::domain::venue::VenueView;
use crate::service::error::Error;
use crate::store::dialect::StoreError;
use crate::store::ledger::CreatedRow;
use crate::store::venue::Admission;
use crate::store::{self, Tx};

/// What was presented, found genuine as far as signatures go.
#[derive(Debug, Clone, Copy)]
pub struct Shown {
    /// The ledger, by number.
    pub ledger_no: i64,
    /// The voucher.
    pub serial: Serial,
    /// The tag of the code inside the token, or as typed.
    pub tag: CodeTag,
    /// The face value that the token says.
    pub face_value: Option<Money>,
    /// How it was shown.
    pub shown_as: ShownAs,
}

/// A redemption that waits.
#[derive(Debug)]
pub struct RedeemJob {
    /// The id that the caller made.
    pub redemption_id: Id<Redemption>,
    /// Who asks.
    pub actor: AnyId,
    /// Whose uses it may see.
    pub sees: Sees,
    /// What was presented.
    pub shown: Shown,
    /// Where.
    pub venue_id: Id<Venue>,
    /// What was done.
    pub offering: Offering,
    /// When, by the venue's clock.
    pub occurred_at: Option<Timestamp>,
    /// Where the answer goes.
    pub answer: oneshot::Sender<Result<Redeemed, Error>>,
}

/// The answer to a redemption.
#[derive(Debug, Clone)]
pub enum Redeemed {
    /// Written now.
    Fresh {
        /// The ledger, by number.
        ledger_no: i64,
        /// The line.
        seq: i64,
        /// When it was written.
        recorded_at: Timestamp,
        /// What it says.
        body: VoucherRedeemed,
        /// The amount.
        amount: Money,
        /// Its receipt.
        receipt: Receipt,
    },
    /// Written before, here: ledger and line.
    Known(i64, i64),
}

/// What became of one job, by its place in the batch.
pub(super) enum Verdict {
    Refused(Refusal),
    Known(i64, i64),
    /// The draft of this number.
    Accepted(usize, VoucherRedeemed, Money),
}

/// What a batch reads.
pub(super) struct Loaded {
    known: HashMap<Id<Redemption>, (i64, i64, Option<Remembered>)>,
    /// The vouchers behind tags, by ledger.
    tags: HashMap<(i64, CodeTag), Serial>,
}

/// What makes a retry the same.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Remembered {
    voucher: Serial,
    venue_id: Id<Venue>,
    offering: Offering,
    occurred_at: Option<Timestamp>,
}

impl Remembered {
    const fn of(job: &RedeemJob) -> Self {
        Self {
            voucher: job.shown.serial,
            venue_id: job.venue_id,
            offering: job.offering,
            occurred_at: job.occurred_at,
        }
    }
}

impl Writer {
    /// Redeems a batch and answers each caller.
    pub(super) async fn redeem(&mut self, jobs: Vec<RedeemJob>) {
        let mut tries = 0;
        let outcome = loop {
            tries += 1;
            let outcome = self.try_redeem(&jobs).await;
            if outcome.is_err() {
                self.forget();
            }
            match outcome {
                Err(Error::Store(error)) if error.is_clash() && tries < TRIES => {}
                other => break other,
            }
        };
        match outcome {
            Ok(answers) => {
                let tell = move || {
                    for (job, answer) in jobs.into_iter().zip(answers) {
                        let _ = job.answer.send(answer);
                    }
                };
                // Waking each asker from here would hold the next batch back.
                match &self.askers {
                    Some(askers) => drop(askers.spawn(async move { tell() })),
                    None => tell(),
                }
            }
            // One bad row must not fail its neighbours: find it by going one by one. A database
            // that is away, or a commit without an answer, is everybody's matter.
            Err(error) if jobs.len() > 1 && is_of_one(&error) => {
                for job in jobs {
                    Box::pin(self.redeem(vec![job])).await;
                }
            }
            Err(error) => {
                tracing::error!(error = %error, "a batch of redemptions failed");
                for job in jobs {
                    let _ = job.answer.send(Err(again(&error)));
                }
            }
        }
    }

    async fn try_redeem(
        &mut self,
        jobs: &[RedeemJob],
    ) -> Result<Vec<Result<Redeemed, Error>>, Error> {
        if let Some(answers) = Box::pin(self.redeem_at_once(jobs)).await? {
            return Ok(answers);
        }
        let mut tx = self.database.write().await?;
        let loaded = self.load(&mut tx, jobs).await?;
        let now = self.clock.now();
        let (drafts, verdicts) = self.decide(jobs, &loaded, now)?;
        self.write_batch(tx, (drafts, verdicts), now, Error::from).await
    }

    /// Writes what was decided, when it is anything, and gives the answers. `failed` says what an
    /// error of the write means; one of the commit always means that nobody knows.
    pub(super) async fn write_batch(
        &mut self,
        mut tx: Tx,
        (drafts, verdicts): (Vec<Draft>, Vec<Verdict>),
        now: Timestamp,
        failed: impl FnOnce(StoreError) -> Error + Send,
    ) -> Result<Vec<Result<Redeemed, Error>>, Error> {
        if drafts.is_empty() {
            tx.rollback().await?;
            return Ok(verdicts.into_iter().map(|verdict| settled(verdict, None)).collect());
        }
        let posted = post(drafts, &mut self.heads, now)?;
        let write = async {
            let addition = posted.addition();
            store::projection::record(&mut tx, &addition, &posted.written).await.map_err(failed)?;
            if crate::base::planted::is("answer-before-commit") {
                tokio::spawn(commit(tx));
                return Ok(());
            }
            commit(tx).await
        };
        // Made while the engine writes, given out after it.
        let answers = async {
            let mut receipts = posted.receipts();
            verdicts.into_iter().map(|it| settled(it, Some((&posted, &mut receipts)))).collect()
        };
        let (written, answers) = futures_util::future::join(write, answers).await;
        written.map(|()| answers)
    }

    /// Reads all that the batch needs: heads, known ids, books with their uses, venues.
    async fn load(&mut self, tx: &mut Tx, jobs: &[RedeemJob]) -> Result<Loaded, Error> {
        let read = read(tx, jobs).await?;
        let mut moved = Vec::new();
        for &(no, size) in &read.sizes {
            if no == OPERATOR_LEDGER {
                self.see_operator(tx, size).await?;
            } else if self.heads.get(&no).is_none_or(|head| head.row.size != size) {
                moved.push(no);
            }
        }
        if !moved.is_empty() {
            for row in store::ledger::heads(tx, &moved).await? {
                let head = Head::load(tx, &self.keys, row).await?;
                self.heads.insert(head.row.ledger_no, head);
            }
        }
        for no in ledgers(jobs) {
            self.load_scene(tx, no).await?;
        }
        self.load_venues(tx, jobs).await?;
        let known = known(tx, &read.created).await?;
        self.loaded(read, known)
    }

    /// What was read, with its books in the scenes.
    pub(super) fn loaded(
        &mut self,
        read: store::counter::Loaded,
        known: HashMap<Id<Redemption>, (i64, i64, Option<Remembered>)>,
    ) -> Result<Loaded, Error> {
        self.see_books(&read)?;
        Ok(Loaded { known, tags: read.tags.into_iter().collect() })
    }

    async fn load_scene(&mut self, tx: &mut Tx, ledger_no: i64) -> Result<(), Error> {
        let missing = || Error::Fault(format!("ledger {ledger_no} is not there"));
        let head = self.heads.get_mut(&ledger_no).ok_or_else(missing)?;
        if head.scene.is_none() {
            let Some(funder) = head.ledger.funder() else { return Ok(()) };
            head.scene = Some(scene::scene(tx, ledger_no, funder).await?);
            let admitted = store::venue::admissions(tx, ledger_no).await?;
            head.admitted = admitted.into_iter().map(|row| (row.venue_id, row)).collect();
        }
        Ok(())
    }

    async fn load_venues(&mut self, tx: &mut Tx, jobs: &[RedeemJob]) -> Result<(), Error> {
        let missing: HashSet<Id<Venue>> = jobs
            .iter()
            .map(|job| job.venue_id)
            .filter(|id| !self.venues.contains_key(id))
            .collect();
        if !missing.is_empty() {
            let ids: Vec<Id<Venue>> = missing.into_iter().collect();
            for view in store::venue::views(tx, &ids).await? {
                self.venues.insert(view.venue_id, view);
            }
        }
        Ok(())
    }

    /// Puts the books of this batch into the scenes, and forgets those of the last one.
    fn see_books(&mut self, read: &store::counter::Loaded) -> Result<(), Error> {
        for head in self.heads.values_mut() {
            if let Some(scene) = &mut head.scene {
                scene.books.clear();
            }
        }
        for ((no, book), view) in scene::views(read)? {
            if let Some(scene) = self.heads.get_mut(&no).and_then(|head| head.scene.as_mut()) {
                scene.books.insert(book, view);
            }
        }
        Ok(())
    }

    /// Decides in order of arrival; what it changes is forgotten when the commit fails.
    pub(super) fn decide(
        &mut self,
        jobs: &[RedeemJob],
        loaded: &Loaded,
        now: Timestamp,
    ) -> Result<(Vec<Draft>, Vec<Verdict>), Error> {
        let mut drafts: Vec<Draft> = Vec::with_capacity(jobs.len());
        let mut next: HashMap<i64, i64> = HashMap::new();
        let mut taken: HashMap<Id<Redemption>, (i64, i64, Option<Remembered>)> = HashMap::new();
        let mut verdicts = Vec::with_capacity(jobs.len());
        for job in jobs {
            // A key that ended after its request came in ends here.
            if self.revoked.contains(&job.actor) {
                verdicts.push(Verdict::Refused(Reason::NotSignedIn.into()));
                continue;
            }
            let same = Remembered::of(job);
            let before = loaded.known.get(&job.redemption_id);
            if let Some((no, seq, was)) = before.or_else(|| taken.get(&job.redemption_id)) {
                verdicts.push(if *was == Some(same) {
                    Verdict::Known(*no, *seq)
                } else {
                    Verdict::Refused(Reason::Differs.into())
                });
                continue;
            }
            let no = job.shown.ledger_no;
            let missing = || Error::Fault(format!("ledger {no} was not loaded"));
            let head = self.heads.get_mut(&no).ok_or_else(missing)?;
            let at = next.entry(no).or_insert(head.row.size);
            let tagged = loaded.tags.get(&(no, job.shown.tag)).copied();
            match decide_one(head, &self.venues, job, tagged, now, *at) {
                Ok((admission, draft, accepted)) => {
                    *at += i64::from(admission.is_some());
                    drafts.extend(admission);
                    taken.insert(job.redemption_id, (no, *at, Some(same)));
                    *at += 1;
                    verdicts.push(Verdict::Accepted(drafts.len(), accepted.body, accepted.amount));
                    drafts.push(draft);
                }
                Err(refusal) => verdicts.push(Verdict::Refused(refusal)),
            }
        }
        Ok((drafts, verdicts))
    }
}

/// The ledgers of a batch, by number.
pub(super) fn ledgers(jobs: &[RedeemJob]) -> BTreeSet<i64> {
    jobs.iter().map(|job| job.shown.ledger_no).collect()
}

/// What the store knows that a batch depends on.
pub(super) async fn read(
    tx: &mut Tx,
    jobs: &[RedeemJob],
) -> Result<store::counter::Loaded, StoreError> {
    let wanted: Vec<i64> = std::iter::once(OPERATOR_LEDGER).chain(ledgers(jobs)).collect();
    let ids: Vec<String> = jobs.iter().map(|job| job.redemption_id.to_string()).collect();
    let books: BTreeSet<(i64, u32)> =
        jobs.iter().map(|job| (job.shown.ledger_no, job.shown.serial.book().get())).collect();
    let books: Vec<(i64, u32)> = books.into_iter().collect();
    // A typed code was found by its tag; a token says by itself which voucher it is of.
    let tokens = jobs.iter().filter(|job| job.shown.shown_as == ShownAs::Token);
    let tags: Vec<_> = tokens.map(|job| (job.shown.ledger_no, job.shown.tag)).collect();
    store::counter::load(tx, &wanted, &ids, &books, &tags).await
}

/// Decides one redemption whose first line would be `at`: the venue's admission when the ledger
/// does not know it as it is now, and the redemption.
fn decide_one(
    head: &mut Head,
    venues: &HashMap<Id<Venue>, VenueView>,
    job: &RedeemJob,
    tagged: Option<Serial>,
    now: Timestamp,
    at: i64,
) -> Result<(Option<Draft>, Draft, Accepted), Refusal> {
    let shown = job.shown;
    let moment = head.moment(now);
    let unknown = || Refusal::from(Reason::VoucherUnknown);
    let book = shown.serial.book().get();
    if !head.scene.as_ref().is_some_and(|scene| scene.books.contains_key(&book)) {
        return Err(unknown());
    }
    // A signature proves who printed, the tag of the code that it is this voucher: a stolen signing
    // key alone redeems nothing.
    let unmatched = shown.shown_as == ShownAs::Token && tagged != Some(shown.serial);
    if unmatched && !crate::base::planted::is("token-code-unchecked") {
        return Err(Reason::TokenForged.into());
    }
    if let Some(refusal) = head.released() {
        return Err(refusal);
    }
    let venue = venues.get(&job.venue_id).ok_or_else(|| Refusal::from(Reason::NotFound))?;
    let admitted = head.admitted.get(&job.venue_id);
    let current = admitted.is_some_and(|known| known.body == venue.admitted);
    let attempt = Attempt {
        voucher: shown.serial,
        face_value: shown.face_value,
        shown_as: shown.shown_as,
        venue,
        venue_no: admitted.map_or(at, |known| known.venue_no),
        offering: job.offering,
        sees: job.sees,
    };
    let scene = head.scene.as_mut().ok_or_else(unknown)?;
    let accepted = scene.redeem(&attempt, moment, at + i64::from(!current))?;
    let admission = (!current).then(|| {
        let body = venue.admitted.clone();
        scene.venues.insert(attempt.venue_no, (job.venue_id, body.structure_id));
        let known = Admission {
            venue_no: attempt.venue_no,
            venue_id: job.venue_id,
            structure_id: body.structure_id,
            body: body.clone(),
        };
        head.admitted.insert(job.venue_id, known);
        Draft::new(head.row.ledger_no, job.actor, job.venue_id, body)
    });
    let mut draft = Draft::new(head.row.ledger_no, job.actor, job.redemption_id, accepted.body)
        .moving(accepted.transfer)
        .living(Living {
            campaign: accepted.campaign_id,
            face_cents: accepted.amount.cents(),
            change: -1,
        });
    draft.occurred_at = job.occurred_at;
    Ok((admission, draft, accepted))
}

/// The answer of a verdict, to be given once its batch is committed.
fn settled(verdict: Verdict, posted: Option<(&Posted, &mut [Receipt])>) -> Result<Redeemed, Error> {
    match verdict {
        Verdict::Refused(refusal) => Err(refusal.into()),
        Verdict::Known(ledger_no, seq) => Ok(Redeemed::Known(ledger_no, seq)),
        Verdict::Accepted(at, body, amount) => {
            let nothing = || Error::Fault("nothing was posted".to_owned());
            let (posted, receipts) = posted.ok_or_else(nothing)?;
            Ok(Redeemed::Fresh {
                ledger_no: posted.written[at].ledger_no,
                recorded_at: posted.written[at].entry.recorded_at,
                seq: posted.written[at].entry.seq,
                body,
                amount,
                receipt: std::mem::replace(&mut receipts[at], BLANK),
            })
        }
    }
}

/// Whether an error may be the fault of one job of a batch.
fn is_of_one(error: &Error) -> bool {
    match error {
        Error::Store(error) => !error.is_away(),
        Error::Refused(refusal) => refusal.reason != Reason::OutcomeUnknown,
        Error::Proposed(_) | Error::Fault(_) => true,
    }
}

/// The same error for another caller of the batch.
fn again(error: &Error) -> Error {
    match error {
        Error::Refused(refusal) => Error::Refused(refusal.clone()),
        Error::Store(error) if error.is_away() || error.is_clash() => Reason::Busy.into(),
        other => Error::Fault(other.to_string()),
    }
}

/// Redemptions of this batch that were written before, with what makes them the same.
async fn known(
    tx: &mut Tx,
    created: &[CreatedRow],
) -> Result<HashMap<Id<Redemption>, (i64, i64, Option<Remembered>)>, Error> {
    if created.is_empty() {
        return Ok(HashMap::new());
    }
    let places: Vec<(i64, i64)> = created.iter().map(|row| (row.ledger_no, row.seq)).collect();
    let mut known = HashMap::with_capacity(places.len());
    for (no, seq, line) in store::ledger::lines_at(tx, &places).await? {
        let (entry, fact) = understood(no, seq, &line)?;
        let Some(id) = entry.id.to::<Redemption>() else { continue };
        let same = match fact {
            Fact::VoucherRedeemed(body) => Some(Remembered {
                voucher: body.voucher,
                venue_id: body.venue_id,
                offering: body.offering,
                occurred_at: entry.occurred_at,
            }),
            _ => None,
        };
        known.insert(id, (no, seq, same));
    }
    Ok(known)
}
