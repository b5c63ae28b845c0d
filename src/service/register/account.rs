//! Bank accounts: recorded, changed after a while, and who may see how much of them.
//!
//! Promises: an IBAN rests in the vault and its salted hash in a line; the first account counts at
//! once, another one only after a time in which whoever is paid can object; two people record one,
//! where the rule is in force. Does not: show a whole number.

use async_trait::async_trait;
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use super::next_version;
use super::organisation::versioned;
use crate::base::clock::Timestamp;
use crate::base::entropy::bytes;
use crate::base::id::Noun;
use crate::base::text::Name;
use crate::domain::access::{Action, Actor, Owner};
use crate::domain::bank::{Iban, IbanError, salted_hash};
use crate::domain::organisation::{BankAccountRecorded, OrganisationId};
use crate::domain::proposal::{Act, Matter};
use crate::domain::refusal::{Reason, Refusal};
use crate::service::error::Error;
use crate::service::instance::Instance;
use crate::service::propose::{self, Asked, weigh};
use crate::service::writer::desk::{Decided, Decision, Desk, Draft, OPERATOR_LEDGER, VaultRow};
use crate::service::writer::{Done, Write};
use crate::store;
use crate::store::organisation::BankAccountRow;

/// What `PUT /api/v1/organisations/{id}/bank-account` takes.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BankAccountRequest {
    /// The account's number.
    #[schema(example = "FR14 2004 1010 0505 0001 3M02 606")]
    pub iban: String,
    /// The account's holder, as the bank knows it.
    pub holder: Name,
}

/// A write that records an account.
pub(in crate::service) struct Recording {
    actor: Actor,
    id: OrganisationId,
    iban: Iban,
    holder: Name,
    salt: [u8; 16],
    if_match: Option<i64>,
}

#[async_trait]
impl Write for Recording {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        let owner = Owner::organisation(self.id);
        self.actor.permit(Action::RecordBankAccount, &owner)?;
        desk.refresh(&[OPERATOR_LEDGER]).await?;
        if store::organisation::find(&mut desk.tx, self.id).await?.is_none() {
            return Err(Reason::NotFound.into());
        }
        let owner_id = self.id.to_string();
        let rows =
            store::organisation::bank_accounts(&mut desk.tx, std::slice::from_ref(&owner_id))
                .await?;
        let current = rows.first();
        if let Some(row) = current
            && row.iban == self.iban.reveal()
            && row.holder == self.holder.as_str()
        {
            let known = desk.created(format!("{owner_id}/bank/{}", row.version)).await?;
            let known = known.ok_or_else(|| Error::Fault("an account has no line".into()))?;
            return Ok(Decided::Known(known));
        }
        let version = next_version(current.map(|row| row.version), self.if_match)?;
        let hash = salted_hash(&self.salt, &self.iban, self.holder.as_str());
        let now = desk.moment(OPERATOR_LEDGER)?.now;
        let waits = current.is_some() && !crate::base::planted::is("account-at-once");
        let in_force_at = waits.then(|| now.plus_seconds(desk.terms.bank_account_seconds));
        let row = BankAccountRow {
            owner_id,
            version,
            iban: self.iban.reveal().to_owned(),
            holder: self.holder.to_string(),
            salt: HEXLOWER.encode(&self.salt),
            hash: hash.clone(),
            changed_at: in_force_at.map_or(0, |_| now.millis()),
            in_force_at: in_force_at.map_or(0, Timestamp::millis),
        };
        let fact = BankAccountRecorded { version, hash, in_force_at };
        let decision = Decision {
            drafts: vec![Draft::new(OPERATOR_LEDGER, self.actor.id, self.id.any(), fact)],
            vault: vec![VaultRow::BankAccount(row)],
            ..Decision::default()
        };
        let act = Act::RecordBankAccount {
            organisation_id: self.id,
            iban: self.iban.reveal().to_owned(),
            holder: self.holder.clone(),
            if_match: self.if_match,
        };
        let (actor, action) = (&self.actor, Action::RecordBankAccount);
        let asked = Asked { actor, action, owner, matter: Matter::BankAccount, act };
        weigh(desk, asked, decision).await
    }
}

/// The write that records an account: its number, and its holder.
///
/// # Errors
/// `not-found` for what has none; `invalid-request`.
pub(in crate::service) fn recording(
    instance: &Instance,
    actor: &Actor,
    id: OrganisationId,
    (iban, holder): (&str, Name),
    if_match: Option<i64>,
) -> Result<Recording, Error> {
    if !matches!(id.any().noun(), Noun::Structure | Noun::Funder | Noun::Operator) {
        return Err(Reason::NotFound.into());
    }
    let invalid = |error: IbanError| Refusal::invalid("/iban", error.to_string());
    let iban: Iban = iban.parse().map_err(invalid)?;
    let salt = bytes::<16>(instance.entropy.as_ref());
    Ok(Recording { actor: *actor, id, iban, holder, salt, if_match })
}

/// Records the bank account of a structure, or of a funder that pays itself.
///
/// # Errors
/// [`Error`]; see `next_version` for what `if_match` does: a retry that comes late must not bring
/// an account back that was changed since. `Proposed` where two people record one.
pub async fn bank_account(
    instance: &Instance,
    actor: &Actor,
    id: OrganisationId,
    request: &BankAccountRequest,
    if_match: Option<i64>,
) -> Result<(Done, i64), Error> {
    let account = (request.iban.as_str(), request.holder.clone());
    let write = recording(instance, actor, id, account, if_match)?;
    match instance.door.write(write).await {
        Err(Error::Proposed(proposed)) => {
            if proposed.done.fresh {
                propose::tell_account_proposed(instance, id).await?;
            }
            Err(Error::Proposed(proposed))
        }
        done => {
            let (done, version) = versioned(done?)?;
            if done.fresh && version > 1 {
                propose::tell_account(instance, id).await?;
            }
            Ok((done, version))
        }
    }
}

/// An account as its owner sees it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct AccountView {
    /// 1 for the first.
    pub version: i64,
    /// Its country and last four characters.
    #[schema(example = "FR…2606")]
    pub account: String,
    /// From when on money goes there; absent once it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub in_force_at: Option<Timestamp>,
}

/// The account that money goes to now, then the one that it will go to, for an actor of the same
/// organisation and for the operator; nothing for others.
///
/// # Errors
/// [`Error`].
pub(super) async fn accounts(
    instance: &Instance,
    actor: &Actor,
    id: OrganisationId,
) -> Result<Vec<AccountView>, Error> {
    if actor.organisation != id && !actor.reaches_all(Action::RecordBankAccount) {
        return Ok(Vec::new());
    }
    let (owner, now) = ([id.to_string()], instance.clock.now());
    let mut tx = instance.read_as(actor).await?;
    let in_force = store::organisation::accounts_in_force(&mut tx, &owner, now).await?;
    let newest = store::organisation::bank_accounts(&mut tx, &owner).await?;
    let to_come = newest.into_iter().filter(|row| row.in_force_at > now.millis());
    let view = |row: BankAccountRow| {
        let iban: Iban = row.iban.parse().map_err(|_| Error::Fault("a stored IBAN".into()))?;
        let at = Timestamp::from_millis(row.in_force_at);
        let in_force_at = (at > now).then_some(at);
        Ok(AccountView { version: row.version, account: iban.to_string(), in_force_at })
    };
    in_force.into_iter().chain(to_come).map(view).collect()
}

/// From when on money goes to the newest account of an organisation, when that is still to come.
///
/// # Errors
/// [`Error`].
pub(in crate::service) async fn account_to_come(
    instance: &Instance,
    id: OrganisationId,
) -> Result<Option<Timestamp>, Error> {
    let mut tx = instance.database.read().await?;
    let rows = store::organisation::bank_accounts(&mut tx, &[id.to_string()]).await?;
    let at = rows.first().map(|row| Timestamp::from_millis(row.in_force_at));
    Ok(at.filter(|at| *at > instance.clock.now()))
}
