//! The second person: approving a settlement, which makes the bank's file, or cancelling it.
//!
//! Promises: who drew a settlement up does not approve it; the file is made once and its hash is in
//! the line; a cancelled settlement leaves every balance as it was. Does not: send the file.

use std::collections::HashMap;

use async_trait::async_trait;
use data_encoding::HEXLOWER;
use ring::digest;

use super::read::amount;
use super::{CHUNK, Placed, organisation};
use crate::base::clock::Timestamp;
use crate::base::id::{AnyId, Id, Noun, Settlement};
use crate::domain::access::{Action, Actor, Role};
use crate::domain::fact::{Fact, PaymentCancelled};
use crate::domain::leaving::wrong;
use crate::domain::ledger::entry::Entry;
use crate::domain::ledger::transfer;
use crate::domain::organisation::Mode;
use crate::domain::payment_file::{CreditTransfer, Party, PaymentFile, PaymentFileError};
use crate::domain::proposal::{Act, Matter};
use crate::domain::redemption::Moment;
use crate::domain::refusal::{Fault, Members, Reason, Refusal};
use crate::domain::session::Assurance;
use crate::domain::settlement::{
    PaymentEnded, PaymentState, SettlementApproved, SettlementCancelled, SettlementState,
};
use crate::service::error::Error;
use crate::service::instance::Instance;
use crate::service::order::funder_owner;
use crate::service::propose::{Asked, hands, weigh};
use crate::service::writer::desk::{Decided, Decision, Desk, Draft, OPERATOR_LEDGER, VaultRow};
use crate::service::writer::{Done, Write, fact_at};
use crate::store::settlement::PaymentRow;
use crate::store::{self, Tx};

/// Approves a settlement: its payment file exists from now on.
///
/// # Errors
/// [`Error`]; `wrong-state` when it does not wait for approval or a bank account is missing.
pub async fn approve(
    instance: &Instance,
    actor: &Actor,
    id: Id<Settlement>,
) -> Result<Done, Error> {
    instance.door.write(approving(actor, id)).await
}

/// The write that approves.
pub(in crate::service) const fn approving(actor: &Actor, id: Id<Settlement>) -> Approve {
    Approve { actor: *actor, id }
}

/// Approves a settlement.
pub(in crate::service) struct Approve {
    actor: Actor,
    id: Id<Settlement>,
}

#[async_trait]
impl Write for Approve {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        self.actor.may_ever(Action::ApproveSettlement)?;
        let placed = Placed::find(&mut desk.tx, self.id).await?;
        let owner = funder_owner(placed.funder);
        self.actor.permit(Action::ApproveSettlement, &owner)?;
        let no = placed.head.ledger_no;
        desk.refresh(&[no]).await?;
        let pledged = placed.head.mode == Mode::Pledged.as_str();
        let (opened, _) = fact_at(&mut desk.tx, no, placed.row.opened_seq).await?;
        // A funder approves only where its own accountant pays.
        if (self.actor.role == Role::Funder && !pledged) || opened.actor == self.actor.id {
            return Err(Reason::NotPermitted.into());
        }
        let has_first = self.check_second(desk, opened.actor).await?;
        if let Some(known) = desk.created(format!("{}/decision", self.id)).await? {
            let (_, fact) = desk.fact(&known).await?;
            return match fact {
                Fact::SettlementApproved(_) => Ok(Decided::Known(known)),
                _ => Err(Refusal::wrong_state(SettlementState::Cancelled.as_str()).into()),
            };
        }
        let id = self.id.to_string();
        let payments = store::settlement::payments(&mut desk.tx, no, &id).await?;
        check_waiting(placed.row.state()?, &payments)?;
        let moment = desk.moment(no)?;
        let times = (opened.recorded_at, moment);
        let file = file(&mut desk.tx, &placed, self.id, payments, times).await?;
        let bytes = file.to_xml().map_err(|error| refused(&error))?;
        let digest = digest::digest(&digest::SHA256, &bytes);
        let file_hash = HEXLOWER.encode(digest.as_ref());
        let content = String::from_utf8(bytes)
            .map_err(|_| Error::Fault("a payment file is not UTF-8".to_owned()))?;
        let row = VaultRow::PaymentFile(no, id, file_hash.clone(), content);
        let body = SettlementApproved { file_hash };
        let drafts = vec![Draft::new(no, self.actor.id, self.id, body)];
        let decision = Decision { drafts, vault: vec![row], ..Decision::default() };
        let (actor, action) = (&self.actor, Action::ApproveSettlement);
        let matter = Matter::Settlement(has_first);
        let act = Act::ApproveSettlement { settlement_id: self.id };
        weigh(desk, Asked { actor, action, owner, matter, act }, decision).await
    }
}

impl Approve {
    /// Whoever opened it, or granted the key that did, is the first person and not the second.
    /// Gives whether there is a first one, and a person approves.
    async fn check_second(&self, desk: &mut Desk<'_>, opener: AnyId) -> Result<bool, Error> {
        let first = hands(&mut desk.tx, opener).await?;
        let approver = desk.approval.map(|approval| approval.approver.id);
        let second = [Some(self.actor.id), approver];
        let is_one = second.into_iter().flatten().any(|id| first.contains(&id));
        if is_one && !crate::base::planted::is("approval-by-one-person") {
            return Err(Reason::SecondPersonNeeded.into());
        }
        let drawn_by_person = first.last().is_some_and(|hand| hand.noun() == Noun::Person);
        Ok(drawn_by_person && self.actor.assurance != Assurance::Program)
    }
}

/// A settlement waits for its second person when all its payments exist and none went back.
fn check_waiting(state: SettlementState, payments: &[PaymentRow]) -> Result<(), Refusal> {
    if state != SettlementState::Drawn {
        return Err(Refusal::wrong_state(state.as_str()));
    }
    if payments.iter().any(|row| row.state == PaymentState::Cancelled) {
        return Err(Refusal::wrong_state(SettlementState::Cancelled.as_str()));
    }
    if payments.is_empty() {
        return Err(Refusal::wrong_state("nothing-due"));
    }
    Ok(())
}

/// A file that no bank would take, with the reason.
fn refused(error: &PaymentFileError) -> Refusal {
    let fault = Fault { pointer: String::new(), detail: error.to_string() };
    let state = Some("payment-file-unfit");
    Refusal::with(Reason::WrongState, Members { state, errors: vec![fault], ..Members::default() })
}

/// The file of a settlement's payments. The debtor is the operator, who holds the money, or in mode
/// `pledged` the funder, whose accountant pays.
async fn file(
    tx: &mut Tx,
    placed: &Placed,
    id: Id<Settlement>,
    payments: Vec<PaymentRow>,
    (opened_at, moment): (Timestamp, Moment),
) -> Result<PaymentFile, Error> {
    let debtor: AnyId = if placed.head.mode == Mode::Pledged.as_str() {
        placed.funder.any()
    } else {
        let heads = store::ledger::heads(tx, &[OPERATOR_LEDGER]).await?;
        let operator = heads.first().and_then(|head| head.ledger_id.parse().ok());
        operator.ok_or_else(|| Error::Fault("no operator".to_owned()))?
    };
    let funder = organisation(placed.funder)?;
    let name = store::organisation::find(tx, funder).await?.ok_or(Reason::NotFound)?.name;
    let payees = payments.iter().map(|row| row.structure_id.to_string());
    let owners: Vec<String> = std::iter::once(debtor.to_string()).chain(payees).collect();
    // What changed since waits for the next settlement.
    let accounts = store::organisation::accounts_in_force(tx, &owners, opened_at).await?;
    let mut parties = HashMap::with_capacity(accounts.len());
    for row in accounts {
        let iban = row.iban.parse().map_err(|_| Error::Fault("a stored IBAN".to_owned()))?;
        parties.insert(row.owner_id, Party { name: row.holder, iban, bic: None });
    }
    let party = |owner: AnyId| -> Result<Party, Error> {
        let missing = || {
            Refusal::with(
                Reason::WrongState,
                Members {
                    state: Some("bank-account-missing"),
                    organisation_id: owner.try_into().ok(),
                    ..Members::default()
                },
            )
        };
        Ok(parties.get(&owner.to_string()).cloned().ok_or_else(missing)?)
    };
    let transfer = |row: PaymentRow| -> Result<CreditTransfer, Error> {
        let reference = row.payment_id.any().bare_upper();
        Ok(CreditTransfer {
            remittance: format!("CARNET {reference} {} {name}", placed.row.cut_off_on),
            end_to_end_id: reference,
            amount: amount(&row)?,
            creditor: party(row.structure_id.any())?,
        })
    };
    Ok(PaymentFile {
        message_id: id.any().bare_upper(),
        created_at: moment.now,
        requested_on: moment.today,
        debtor: party(debtor)?,
        payments: payments.into_iter().map(transfer).collect::<Result<_, _>>()?,
    })
}

/// The payment file of an approval whose line came back from an export: the same bytes again, since
/// everything in it follows from lines and accounts.
///
/// # Errors
/// `invalid-request` when it cannot be made as it was hashed: a name or an account is another now.
pub(in crate::service) async fn file_again(
    tx: &mut Tx,
    entry: &Entry,
    body: &SettlementApproved,
) -> Result<String, Error> {
    let id: Id<Settlement> = entry.id.to().ok_or(Reason::NotFound)?;
    let placed = Placed::find(tx, id).await?;
    let no = placed.head.ledger_no;
    let (opened, _) = fact_at(tx, no, placed.row.opened_seq).await?;
    let payments = store::settlement::payments(tx, no, &id.to_string()).await?;
    let moment = Moment { now: entry.recorded_at, today: entry.on };
    let file = file(tx, &placed, id, payments, (opened.recorded_at, moment)).await?;
    let bytes = file.to_xml().map_err(|error| refused(&error))?;
    let digest = digest::digest(&digest::SHA256, &bytes);
    let content = String::from_utf8(bytes).ok();
    let same = HEXLOWER.encode(digest.as_ref()) == body.file_hash;
    let other = || wrong(format!("the payment file of {id} cannot be made again as it was"));
    Ok(content.filter(|_| same).ok_or_else(other)?)
}

/// Cancels a settlement that nobody approved yet: everything goes back.
///
/// # Errors
/// [`Error`]; `wrong-state` once it is approved.
pub async fn cancel(instance: &Instance, actor: &Actor, id: Id<Settlement>) -> Result<Done, Error> {
    let mut fresh = false;
    loop {
        // The last answer is the receipt of `settlement-cancelled`, known by then.
        let done = instance.door.write(Cancel { actor: *actor, id }).await?;
        if !done.fresh {
            return Ok(Done { fresh, ..done });
        }
        fresh = true;
    }
}

/// Takes the next payments back; with the last of them the settlement is cancelled.
struct Cancel {
    actor: Actor,
    id: Id<Settlement>,
}

#[async_trait]
impl Write for Cancel {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        self.actor.may_ever(Action::CancelSettlement)?;
        let placed = Placed::find(&mut desk.tx, self.id).await?;
        self.actor.permit(Action::CancelSettlement, &funder_owner(placed.funder))?;
        let no = placed.head.ledger_no;
        desk.refresh(&[no]).await?;
        if let Some(known) = desk.created(format!("{}/decision", self.id)).await? {
            let (_, fact) = desk.fact(&known).await?;
            return match fact {
                Fact::SettlementCancelled(_) => Ok(Decided::Known(known)),
                _ => Err(Refusal::wrong_state(SettlementState::Approved.as_str()).into()),
            };
        }
        let payments = store::settlement::payments(&mut desk.tx, no, &self.id.to_string()).await?;
        let left: Vec<&PaymentRow> =
            payments.iter().filter(|row| row.state == PaymentState::Drawn).collect();
        let chunk = &left[..left.len().min(CHUNK)];
        let mut drafts = Vec::with_capacity(chunk.len() + 1);
        for row in chunk {
            let amount = amount(row)?;
            let ended = PaymentEnded { structure_id: row.structure_id };
            let draft = Draft::new(
                no,
                self.actor.id,
                row.payment_id,
                Fact::PaymentCancelled(PaymentCancelled(ended)),
            );
            drafts.push(draft.moving(transfer::returned(row.payment_id, row.structure_id, amount)));
        }
        if chunk.len() == left.len() {
            drafts.push(Draft::new(no, self.actor.id, self.id, SettlementCancelled {}));
        }
        Ok(Decision { drafts, ..Decision::default() }.into())
    }
}
