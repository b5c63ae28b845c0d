//! The bundle of an export, sealed to the funder.
//!
//! Promises: what is in it is what this operator signed, with the receipts; only the funder's age
//! identity opens it. Does not: keep it.

use std::collections::BTreeSet;

use super::Export;
use crate::base::clock::Timestamp;
use crate::base::id::{AnyId, Id, Structure, Venue};
use crate::domain::bundle::{Bundle, SealedAccount, SealedKey, SealedLogo, SealedVenue, VERSION};
use crate::domain::fact::Fact;
use crate::domain::ledger::receipt::Receipt;
use crate::domain::organisation::{LedgerOpened, OrganisationId};
use crate::service::error::Error;
use crate::service::instance::Instance;
use crate::service::receipt::receipt;
use crate::service::signer::SealAsked;
use crate::service::writer::desk::OPERATOR_LEDGER;
use crate::service::writer::fact_at;
use crate::store::{self, Tx};

fn fault(what: impl std::fmt::Display) -> Error {
    Error::Fault(format!("an export cannot be sealed: {what}"))
}

/// The content of `sealed.age`; `None` for the operator's own ledger, which nobody takes over.
///
/// # Errors
/// [`Error::Fault`] when something that the lines speak of is not there.
pub async fn sealed(instance: &Instance, export: &Export) -> Result<Option<Vec<u8>>, Error> {
    let mut tx = instance.database.read().await?;
    let (_, Fact::LedgerOpened(opened)) = fact_at(&mut tx, export.ledger_no, 0).await? else {
        return Err(fault("its first line opens no ledger"));
    };
    let Some(recipient) = opened.age_recipient.clone() else { return Ok(None) };
    let bundle = bundle(instance, &mut tx, export, &opened).await?;
    let first = first_book(&mut tx, export).await?;
    let operator = instance.operator().await?;
    let ring = instance.keyring().await?;
    let own = ring.records().iter().filter(|record| record.issuer_id == operator);
    let living = own.filter(|record| record.key.revoked_at.is_none());
    let keys = living.map(|record| record.key.key_id).collect();
    drop(tx);
    let asked = SealAsked { recipient, bundle, first, keys };
    Ok(Some(instance.signer.seal(asked).await?))
}

async fn bundle(
    instance: &Instance,
    tx: &mut Tx,
    export: &Export,
    opened: &LedgerOpened,
) -> Result<Bundle, Error> {
    let no = export.ledger_no;
    let log_keys = store::leaving::log_keys(tx).await?;
    let own = log_keys.iter().rfind(|(ledger, ..)| *ledger == OPERATOR_LEDGER);
    let own = own.ok_or_else(|| fault("the operator's ledger has no key"))?;
    let owners = owners(tx, export).await?;
    let mut organisations = Vec::new();
    for owner in &owners {
        let row = store::organisation::find(tx, *owner).await?;
        let row = row.ok_or_else(|| fault(format!("{owner} has no register")))?;
        organisations.push(receipt(tx, OPERATOR_LEDGER, row.seq).await?);
    }
    let files = store::leaving::files(tx, no).await?;
    tracing::debug!(ledger = opened.origin, "a bundle is made");
    Ok(Bundle {
        version: VERSION,
        ledger_id: export.ledger_id,
        log_key: own.2.parse().map_err(fault)?,
        // Both are put in by the signer, which seals.
        code_key: String::new(),
        specimen: None,
        voucher_keys: voucher_keys(instance, tx, no).await?,
        organisations,
        venues: venues(tx, no).await?,
        bank_accounts: accounts(tx, &owners, instance.clock.now()).await?,
        logo: logo(tx, export.ledger_id.any()).await?,
        payment_files: files.into_iter().collect(),
    })
}

/// The funder, the structures that are paid, and the distributors that hold books.
async fn owners(tx: &mut Tx, export: &Export) -> Result<BTreeSet<OrganisationId>, Error> {
    let mut ids: BTreeSet<AnyId> = BTreeSet::from([export.ledger_id.any()]);
    let admitted = store::venue::admissions(tx, export.ledger_no).await?;
    ids.extend(admitted.iter().map(|row| row.structure_id.any()));
    for campaign in store::campaign::of_ledger(tx, export.ledger_no).await? {
        let structures: Vec<Id<Structure>> = campaign.view.profile.structures;
        ids.extend(structures.into_iter().map(Id::any));
    }
    let mut owners: BTreeSet<OrganisationId> = BTreeSet::new();
    for id in ids {
        let id = OrganisationId::try_from(id).map_err(fault)?;
        // A campaign may name a structure that never registered.
        if store::organisation::find(tx, id).await?.is_some() {
            owners.insert(id);
        }
    }
    for site in store::leaving::sites(tx, export.ledger_no).await? {
        if let Some((owner, _)) = store::organisation::site_owner(tx, &site).await? {
            owners.insert(owner.parse().map_err(fault)?);
        }
    }
    Ok(owners)
}

/// The receipt of the line that made something, if any did.
async fn proof_of(tx: &mut Tx, name: String) -> Result<Option<Receipt>, Error> {
    match store::ledger::created(tx, &[name]).await?.first() {
        Some(row) => Ok(Some(receipt(tx, row.ledger_no, row.seq).await?)),
        None => Ok(None),
    }
}

/// The keys of everybody who issued books of the ledger, and our own: the specimen needs one.
async fn voucher_keys(
    instance: &Instance,
    tx: &mut Tx,
    ledger_no: i64,
) -> Result<Vec<SealedKey>, Error> {
    let mut issuers: BTreeSet<String> =
        store::leaving::issuers(tx, ledger_no).await?.into_iter().collect();
    issuers.insert(instance.operator().await?.to_string());
    let mut keys = Vec::new();
    for record in store::access::voucher_keys(tx).await? {
        let issuer = record.issuer_id.to_string();
        if issuers.contains(&issuer) {
            let name = format!("{issuer}/key/{}", record.key.key_id);
            let revoked = proof_of(tx, format!("{name}/end")).await?;
            let added = proof_of(tx, name).await?.ok_or_else(|| fault("a key has no line"))?;
            keys.push(SealedKey { added, revoked });
        }
    }
    Ok(keys)
}

async fn venues(tx: &mut Tx, ledger_no: i64) -> Result<Vec<SealedVenue>, Error> {
    let mut venues = Vec::new();
    for row in store::venue::admissions(tx, ledger_no).await? {
        let id: Id<Venue> = row.venue_id;
        let row = store::venue::find(tx, id).await?;
        let row = row.ok_or_else(|| fault(format!("{id} has no register")))?;
        let receipt = receipt(tx, OPERATOR_LEDGER, row.seq).await?;
        venues.push(SealedVenue { receipt, state: row.state()? });
    }
    Ok(venues)
}

async fn accounts(
    tx: &mut Tx,
    owners: &BTreeSet<OrganisationId>,
    now: Timestamp,
) -> Result<Vec<SealedAccount>, Error> {
    let owners: Vec<String> = owners.iter().map(ToString::to_string).collect();
    let mut accounts = Vec::new();
    for row in store::organisation::accounts_in_force(tx, &owners, now).await? {
        let receipt = proof_of(tx, format!("{}/bank/{}", row.owner_id, row.version)).await?;
        let receipt = receipt.ok_or_else(|| fault("a bank account has no line"))?;
        let (iban, holder, salt) = (row.iban, row.holder, row.salt);
        accounts.push(SealedAccount { receipt, iban, holder, salt });
    }
    Ok(accounts)
}

async fn logo(tx: &mut Tx, funder: AnyId) -> Result<Option<SealedLogo>, Error> {
    let Some((version, _, content)) = store::organisation::logo(tx, &funder.to_string()).await?
    else {
        return Ok(None);
    };
    let receipt = proof_of(tx, format!("{funder}/logo/{version}")).await?;
    let receipt = receipt.ok_or_else(|| fault("a logo has no line"))?;
    Ok(Some(SealedLogo { receipt, content }))
}

/// The first book: its number, the counter of its codes, the face value in cents.
async fn first_book(tx: &mut Tx, export: &Export) -> Result<Option<(u32, u32, i64)>, Error> {
    let first = store::leaving::first_book(tx, export.ledger_no).await?;
    let Some((book, counter, cents)) = first else { return Ok(None) };
    let (book, counter) = (u32::try_from(book), u32::try_from(counter));
    Ok(Some((book.map_err(fault)?, counter.map_err(fault)?, cents)))
}
