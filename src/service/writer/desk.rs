//! The desk: where a verb decides, inside the writer's transaction.
//!
//! Promises: what is read here is one state of the data, and stays so until the commit. Does not:
//! write; a verb gives its drafts back.

use std::collections::HashMap;

use crate::base::clock::Timestamp;
use crate::base::entropy::Entropy;
use crate::base::id::{AnyId, Id, Kind};
use crate::domain::fact::Fact;
use crate::domain::ledger::balance::Living;
use crate::domain::ledger::entry::LedgerId;
use crate::domain::ledger::transfer::Transfer;
use crate::domain::proposal::Terms;
use crate::domain::redemption::Moment;
use crate::domain::refusal::Reason;
use crate::domain::retention::VaultPurged;
use crate::service::error::Error;
use crate::service::keys::Keys;
use crate::service::propose::Approval;
use crate::service::writer::head::Head;
use crate::store::code::TagRow;
use crate::store::ledger::{CreatedRow, HeadRow};
use crate::store::organisation::BankAccountRow;
use crate::store::person::{LinkRow, PersonRow};
use crate::store::proposal::ProposalRow;
use crate::store::{self, Tx};

/// The operator's ledger is the first of an instance.
pub const OPERATOR_LEDGER: i64 = 1;

/// An entry that a verb wants to write; the writer gives it its place and its moment.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The ledger, by number.
    pub ledger_no: i64,
    /// What it is about.
    pub id: AnyId,
    /// Who asked.
    pub actor: AnyId,
    /// When the caller says it happened.
    pub occurred_at: Option<Timestamp>,
    /// The money that moves.
    pub transfers: Vec<Transfer>,
    /// The change of living vouchers, for a line that touches a float.
    pub living: Option<Living>,
    /// What happened.
    pub fact: Fact,
}

impl Draft {
    /// A draft that moves no money.
    #[must_use]
    pub fn new(ledger_no: i64, actor: AnyId, id: impl Into<AnyId>, fact: impl Into<Fact>) -> Self {
        Self {
            ledger_no,
            id: id.into(),
            actor,
            occurred_at: None,
            transfers: Vec::new(),
            living: None,
            fact: fact.into(),
        }
    }

    /// The same draft with one transfer.
    #[must_use]
    pub fn moving(mut self, transfer: Transfer) -> Self {
        self.transfers.push(transfer);
        self
    }

    /// The same draft with a change of living vouchers.
    #[must_use]
    pub const fn living(mut self, living: Living) -> Self {
        self.living = Some(living);
        self
    }
}

/// A row of the vault that goes with a line.
#[derive(Clone)]
pub enum VaultRow {
    /// A bank account.
    BankAccount(BankAccountRow),
    /// A logo: owner, version, hash, base64.
    Logo(String, i64, String, String),
    /// A payment file: ledger, settlement, hash, content.
    PaymentFile(i64, String, String, String),
    /// What is proposed, until somebody decides.
    Proposal(ProposalRow),
    /// A proposal that was decided: its content goes.
    DecidedProposal(String),
    /// A row whose time is over: ledger, what it is about, which one. Its hash stays.
    Purged(i64, String, VaultPurged),
    /// A person, of whom the line has the id only.
    Person(PersonRow),
    /// A link that a person is sent.
    Link(LinkRow),
    /// A link that was used, by the hash of its token.
    UsedLink(String),
}

/// What a verb decided to write, all or nothing.
#[derive(Default)]
pub struct Decision {
    /// Ledgers to open before the drafts are written.
    pub openings: Vec<HeadRow>,
    /// The entries; the first is the one that the caller asked for.
    pub drafts: Vec<Draft>,
    /// Rows of the vault.
    pub vault: Vec<VaultRow>,
    /// Tags of the codes of new books.
    pub codes: Vec<TagRow>,
}

/// What a verb decided.
pub enum Decided {
    /// To write this.
    Write(Decision),
    /// It was written before: here.
    Known(CreatedRow),
    /// It was proposed before, here, and waits for another person.
    Waiting(CreatedRow),
}

impl From<Draft> for Decided {
    fn from(draft: Draft) -> Self {
        Self::Write(Decision { drafts: vec![draft], ..Decision::default() })
    }
}

impl From<Decision> for Decided {
    fn from(decision: Decision) -> Self {
        Self::Write(decision)
    }
}

/// Where a verb reads and decides.
#[derive(Debug)]
pub struct Desk<'a> {
    /// The transaction.
    pub tx: Tx,
    /// Now, by the server's clock.
    pub now: Timestamp,
    /// What two people decide.
    pub terms: Terms,
    /// Chance.
    pub entropy: &'a dyn Entropy,
    /// Who approves what is decided now, when it is a proposal that is carried out.
    pub(in crate::service) approval: Option<Approval>,
    pub(super) keys: &'a Keys,
    pub(super) heads: &'a mut HashMap<i64, Head>,
}

impl Desk<'_> {
    /// Makes sure that what is remembered of some ledgers is what the database says.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn refresh(&mut self, ledgers: &[i64]) -> Result<(), Error> {
        for row in store::ledger::heads(&mut self.tx, ledgers).await? {
            self.refresh_one(row).await?;
        }
        Ok(())
    }

    async fn refresh_one(&mut self, row: HeadRow) -> Result<(), Error> {
        let no = row.ledger_no;
        let known = self.heads.get(&no).is_some_and(|head| head.row.size == row.size);
        if !known {
            let head = Head::load(&mut self.tx, self.keys, row).await?;
            self.heads.insert(no, head);
        }
        Ok(())
    }

    /// The number of a ledger; unknown ones are answered `not-found`.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn ledger(&mut self, id: LedgerId) -> Result<i64, Error> {
        let row = store::ledger::head(&mut self.tx, &id.to_string()).await?;
        let row = row.ok_or(Reason::NotFound)?;
        let no = row.ledger_no;
        self.refresh_one(row).await?;
        Ok(no)
    }

    /// A new id for what no caller names.
    #[must_use]
    pub fn new_id<K: Kind>(&self) -> Id<K> {
        Id::at(self.now, self.entropy)
    }

    /// The server's private keys.
    #[must_use]
    pub const fn keys(&self) -> &Keys {
        self.keys
    }

    /// What is remembered of a ledger that was refreshed in this transaction.
    ///
    /// # Errors
    /// [`Error::Fault`] when it was not.
    pub fn head(&self, ledger_no: i64) -> Result<&Head, Error> {
        let missing = || Error::Fault(format!("ledger {ledger_no} was not loaded"));
        self.heads.get(&ledger_no).ok_or_else(missing)
    }

    /// The moment of a line of this ledger.
    ///
    /// # Errors
    /// [`Error::Fault`] when the ledger was not refreshed.
    pub fn moment(&self, ledger_no: i64) -> Result<Moment, Error> {
        Ok(self.head(ledger_no)?.moment(self.now))
    }

    /// The line that created an id, if it was created before.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn created(&mut self, id: impl ToString) -> Result<Option<CreatedRow>, Error> {
        let found = store::ledger::created(&mut self.tx, &[id.to_string()]).await?;
        Ok(found.into_iter().next())
    }

    /// The entry of a line and what it says.
    ///
    /// # Errors
    /// [`Error::Fault`] when the line is not there or not understood.
    pub async fn fact(
        &mut self,
        place: &CreatedRow,
    ) -> Result<(crate::domain::ledger::entry::Entry, Fact), Error> {
        super::fact_at(&mut self.tx, place.ledger_no, place.seq).await
    }
}
