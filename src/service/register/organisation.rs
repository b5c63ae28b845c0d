//! Organisations: their registers and logos.
//!
//! Promises: a funder's first version opens its ledger, with terms that never change. Does not:
//! delete anything, or know bank accounts (see `account`).

use async_trait::async_trait;
use data_encoding::{BASE64, HEXLOWER};
use ring::digest;

use super::account::{AccountView, accounts};
use super::{next_ledger_no, next_version};
use crate::base::id::{Funder, Id, Noun};
use crate::base::text::Name;
use crate::domain::access::{Action, Actor, Owner};
use crate::domain::fact::Fact;
use crate::domain::ledger::entry::LedgerId;
use crate::domain::organisation::{
    BankAccountRecorded, LedgerOpened, LedgerTerms, LogoRecorded, OrganisationId,
    OrganisationProfile, OrganisationRegistered,
};
use crate::domain::refusal::{Reason, Refusal};
use crate::service::error::Error;
use crate::service::found::origin;
use crate::service::instance::Instance;
use crate::service::keys::Keys;
use crate::service::print::Logo;
use crate::service::receipt::receipt_apart;
use crate::service::writer::desk::{Decided, Decision, Desk, Draft, OPERATOR_LEDGER, VaultRow};
use crate::service::writer::{Done, Write, understood};
use crate::store;
use crate::store::ledger::HeadRow;

/// A register with its version and receipt.
#[derive(Debug, Clone)]
pub struct Registered {
    /// The organisation.
    pub organisation_id: OrganisationId,
    /// 1 for the first.
    pub version: i64,
    /// The content.
    pub profile: OrganisationProfile,
    /// Where money goes, and where it will go, for who may see that.
    pub accounts: Vec<AccountView>,
    /// The receipt of this version.
    pub receipt: crate::domain::ledger::receipt::Receipt,
    /// Whether this request wrote it.
    pub fresh: bool,
}

/// To whoever makes none, an organisation that is not there looks like somebody else's.
fn may_write(actor: &Actor, id: OrganisationId, first: bool) -> Result<(), Refusal> {
    let owner = Owner::organisation(id);
    actor.permit(Action::EditOrganisation, &owner)?;
    if first {
        actor.permit(Action::CreateOrganisation, &owner).map_err(|_| Reason::NotFound)?;
    }
    Ok(())
}

struct Register {
    actor: Actor,
    id: OrganisationId,
    profile: OrganisationProfile,
    if_match: Option<i64>,
    opening: Option<(HeadRow, LedgerOpened)>,
}

#[async_trait]
impl Write for Register {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        desk.refresh(&[OPERATOR_LEDGER]).await?;
        let current = store::organisation::find(&mut desk.tx, self.id).await?;
        may_write(&self.actor, self.id, current.is_none())?;
        let mut profile = self.profile.clone();
        if let Some(row) = &current {
            let stored = row.profile()?;
            // The terms of a ledger are fixed by its first line; leaving them out changes nothing.
            if profile.ledger.is_none() {
                profile.ledger.clone_from(&stored.ledger);
            }
            if profile == stored {
                let id = format!("{}/{}", self.id, row.version);
                let known = desk.created(id).await?;
                let known = known.ok_or_else(|| Error::Fault("a version has no line".into()))?;
                return Ok(Decided::Known(known));
            }
            if profile.ledger != stored.ledger {
                let detail = "the terms of a ledger never change";
                return Err(Refusal::invalid("/ledger", detail).into());
            }
        }
        let version = next_version(current.map(|row| row.version), self.if_match)?;
        check_sites(desk, self.id, &profile).await?;
        let mut drafts = vec![Draft::new(
            OPERATOR_LEDGER,
            self.actor.id,
            self.id.any(),
            OrganisationRegistered { version, profile },
        )];
        let mut openings = Vec::new();
        if let (1, Some((row, opened))) = (version, &self.opening) {
            let ledger_no = next_ledger_no(&mut desk.tx).await?;
            let row = HeadRow { ledger_no, ..row.clone() };
            openings.push(row);
            drafts.push(Draft::new(ledger_no, self.actor.id, self.id.any(), opened.clone()));
        }
        Ok(Decision { openings, drafts, ..Decision::default() }.into())
    }
}

async fn check_sites(
    desk: &mut Desk<'_>,
    id: OrganisationId,
    profile: &OrganisationProfile,
) -> Result<(), Error> {
    for (at, site) in profile.sites.iter().enumerate() {
        let owner =
            store::organisation::site_owner(&mut desk.tx, &site.site_id.to_string()).await?;
        let foreign = owner.is_some_and(|(owner, _)| owner != id.to_string());
        let twice = profile.sites[..at].iter().any(|other| other.site_id == site.site_id);
        if foreign || twice {
            let pointer = format!("/sites/{at}/site_id");
            return Err(Refusal::invalid(pointer, "this id is already a site's").into());
        }
    }
    Ok(())
}

fn check(id: OrganisationId, profile: &OrganisationProfile, first: bool) -> Result<(), Refusal> {
    let noun = id.any().noun();
    if noun == Noun::Operator && first {
        return Err(Refusal::invalid("", "an instance has one operator"));
    }
    if noun != Noun::Distributor && !profile.sites.is_empty() {
        return Err(Refusal::invalid("/sites", "only a distributor has sites"));
    }
    if profile.sites.len() > 500 {
        return Err(Refusal::invalid("/sites", "a distributor has at most 500 sites"));
    }
    let Some(terms) = &profile.ledger else {
        let missing = noun == Noun::Funder && first;
        let detail = "a funder's first version says the terms of its ledger";
        return if missing { Err(Refusal::invalid("/ledger", detail)) } else { Ok(()) };
    };
    if noun != Noun::Funder {
        return Err(Refusal::invalid("/ledger", "only a funder has a ledger"));
    }
    let key = crate::base::base64::decode(&terms.recovery_key);
    if key.is_none_or(|key| key.len() != 32) {
        let detail = "a recovery key is the base64 of 32 bytes; `carnet funder-keys` makes one";
        return Err(Refusal::invalid("/ledger/recovery_key", detail));
    }
    if terms.age_recipient.parse::<age::x25519::Recipient>().is_err() {
        let detail = "an age recipient begins with age1; `carnet funder-keys` makes one";
        return Err(Refusal::invalid("/ledger/age_recipient", detail));
    }
    Ok(())
}

fn opening(
    host: &str,
    keys: &Keys,
    funder: Id<Funder>,
    name: &Name,
    terms: &LedgerTerms,
) -> Result<(HeadRow, LedgerOpened), Error> {
    let ledger = LedgerId::from(funder);
    let origin = origin(host, ledger)?;
    let row = HeadRow {
        ledger_no: 0,
        ledger_id: ledger.to_string(),
        origin: origin.to_string(),
        mode: terms.mode.as_str().to_owned(),
        time_zone: terms.time_zone.name().to_owned(),
        size: 0,
        recorded_at: 0,
    };
    let opened = LedgerOpened {
        origin: origin.to_string(),
        name: name.clone(),
        time_zone: terms.time_zone.clone(),
        log_key: keys.log_key(origin).verifier_key().to_string(),
        mode: Some(terms.mode),
        recovery_key: Some(terms.recovery_key.clone()),
        age_recipient: Some(terms.age_recipient.clone()),
    };
    Ok((row, opened))
}

/// Makes or changes an organisation's register.
///
/// # Errors
/// [`Error`]; see `next_version` for what `if_match` does.
pub async fn organisation(
    instance: &Instance,
    actor: &Actor,
    id: OrganisationId,
    profile: OrganisationProfile,
    if_match: Option<i64>,
) -> Result<Registered, Error> {
    actor.may_ever(Action::EditOrganisation)?;
    let mut tx = instance.database.read().await?;
    let first = store::organisation::find(&mut tx, id).await?.is_none();
    drop(tx);
    may_write(actor, id, first)?;
    check(id, &profile, first)?;
    let opening = match (id.to::<Funder>(), &profile.ledger) {
        (Some(funder), Some(terms)) => {
            let (host, keys) = (&instance.settings.host, &instance.keys);
            Some(opening(host, keys, funder, &profile.name, terms)?)
        }
        _ => None,
    };
    let write = Register { actor: *actor, id, profile, if_match, opening };
    let done = instance.door.write(write).await?;
    let registered = read(instance, actor, id).await?;
    Ok(Registered { fresh: done.fresh, receipt: done.receipt, ..registered })
}

/// An organisation's register as it stands.
///
/// # Errors
/// `not-found` for unknown and foreign ids alike.
pub async fn read(
    instance: &Instance,
    actor: &Actor,
    id: OrganisationId,
) -> Result<Registered, Error> {
    actor.permit(Action::ReadOrganisation, &Owner::organisation(id))?;
    let mut tx = instance.read_as(actor).await?;
    let row = store::organisation::find(&mut tx, id).await?.ok_or(Reason::NotFound)?;
    let receipt = receipt_apart(instance, row.seq).await?;
    let (version, profile) = (row.version, row.profile()?);
    drop(tx);
    let accounts = accounts(instance, actor, id).await?;
    Ok(Registered { organisation_id: id, version, profile, accounts, receipt, fresh: false })
}

struct RecordLogo {
    actor: Actor,
    id: Id<Funder>,
    content: Vec<u8>,
    if_match: Option<i64>,
}

#[async_trait]
impl Write for RecordLogo {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        let owner = OrganisationId::try_from(self.id.any()).map_err(|_| Reason::NotFound)?;
        self.actor.permit(Action::EditOrganisation, &Owner::organisation(owner))?;
        desk.refresh(&[OPERATOR_LEDGER]).await?;
        if store::organisation::find(&mut desk.tx, owner).await?.is_none() {
            return Err(Reason::NotFound.into());
        }
        let digest = digest::digest(&digest::SHA256, &self.content);
        let hash = HEXLOWER.encode(digest.as_ref());
        let owner_id = self.id.to_string();
        let current = store::organisation::logo(&mut desk.tx, &owner_id).await?;
        if let Some((version, known, _)) = &current
            && *known == hash
        {
            let line = desk.created(format!("{owner_id}/logo/{version}")).await?;
            let line = line.ok_or_else(|| Error::Fault("a logo has no line".into()))?;
            return Ok(Decided::Known(line));
        }
        let version = next_version(current.map(|(version, _, _)| version), self.if_match)?;
        let fact: Fact = LogoRecorded { version, hash: hash.clone() }.into();
        let content = BASE64.encode(&self.content);
        Ok(Decision {
            drafts: vec![Draft::new(OPERATOR_LEDGER, self.actor.id, self.id, fact)],
            vault: vec![VaultRow::Logo(owner_id, version, hash, content)],
            ..Decision::default()
        }
        .into())
    }
}

/// What was written, with the version that its line says.
pub(super) fn versioned(done: Done) -> Result<(Done, i64), Error> {
    match understood(done.ledger_no, done.seq, &done.receipt.line)?.1 {
        Fact::BankAccountRecorded(BankAccountRecorded { version, .. })
        | Fact::LogoRecorded(LogoRecorded { version, .. }) => Ok((done, version)),
        _ => Err(Error::Fault(format!("line {} records nothing", done.seq))),
    }
}

/// Records the logo that a funder prints on its books; what is kept, and hashed into the line, is
/// the picture drawn again.
///
/// # Errors
/// `invalid-request` when the picture cannot be printed; see `next_version` for what `if_match`
/// does.
pub async fn logo(
    instance: &Instance,
    actor: &Actor,
    id: Id<Funder>,
    content: Vec<u8>,
    if_match: Option<i64>,
) -> Result<(Done, i64), Error> {
    actor.permit(
        Action::EditOrganisation,
        &Owner::organisation(id.any().try_into().map_err(|_| Reason::NotFound)?),
    )?;
    // Drawn aside: a large picture takes a moment, which the counter does not have.
    let drawn = tokio::task::spawn_blocking(move || Logo::redrawn(&content)).await;
    let drawn = drawn.map_err(|error| Error::Fault(format!("drawing stopped: {error}")))?;
    let content = drawn.map_err(|error| Refusal::invalid("", error.to_string()))?;
    versioned(instance.door.write(RecordLogo { actor: *actor, id, content, if_match }).await?)
}
