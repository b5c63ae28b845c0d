//! Founding: the operator's ledger, its first lines and the first key.
//!
//! Promises: an instance is founded once; the first secrets are given back once. Does not: make
//! key files (see `keys`).

use async_trait::async_trait;
use secrecy::SecretString;

use super::error::Error;
use super::instance::Instance;
use super::sign_in::{first_key, new_secret};
use super::writer::desk::{Decided, Decision, Desk, Draft, OPERATOR_LEDGER};
use super::writer::{Done, Write};
use crate::base::clock::Timestamp;
use crate::base::day::Zone;
use crate::base::id::{ApiKey, Id, Operator};
use crate::base::text::Name;
use crate::domain::access::Role;
use crate::domain::keyring::VoucherKeyAdded;
use crate::domain::ledger::checkpoint::Origin;
use crate::domain::ledger::entry::LedgerId;
use crate::domain::organisation::{LedgerOpened, OrganisationProfile, OrganisationRegistered};
use crate::domain::refusal::Refusal;
use crate::domain::registration::Registration;
use crate::domain::token::PublicVoucherKey;
use crate::store::ledger::HeadRow;

/// Who founds an instance.
#[derive(Debug, Clone)]
pub struct Foundation {
    /// The operator's id.
    pub operator_id: Id<Operator>,
    /// Its name.
    pub name: Name,
    /// Its SIRET or RNA number.
    pub registration: Registration,
    /// The time zone of its ledger.
    pub time_zone: Zone,
    /// The first key that signs vouchers.
    pub voucher_key: PublicVoucherKey,
    /// Until when it signs.
    pub voucher_key_until: Timestamp,
}

struct Found {
    foundation: Foundation,
    origin: Origin,
    log_key: String,
    key_id: Id<ApiKey>,
    secret: SecretString,
}

#[async_trait]
impl Write for Found {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        let Foundation { operator_id, name, registration, time_zone, .. } = &self.foundation;
        desk.refresh(&[OPERATOR_LEDGER]).await?;
        if desk.head(OPERATOR_LEDGER).is_ok() {
            return Err(Refusal::wrong_state("founded").into());
        }
        let opening = HeadRow {
            ledger_no: OPERATOR_LEDGER,
            ledger_id: operator_id.to_string(),
            origin: self.origin.to_string(),
            mode: "operator".to_owned(),
            time_zone: time_zone.name().to_owned(),
            size: 0,
            recorded_at: 0,
        };
        let opened = LedgerOpened {
            origin: self.origin.to_string(),
            name: name.clone(),
            time_zone: time_zone.clone(),
            log_key: self.log_key.clone(),
            mode: None,
            recovery_key: None,
            age_recipient: None,
        };
        let profile = OrganisationProfile {
            name: name.clone(),
            registration: registration.clone(),
            sites: Vec::new(),
            ledger: None,
        };
        let key = VoucherKeyAdded {
            key_id: self.foundation.voucher_key.key_id,
            public_key: self.foundation.voucher_key.public_key,
            not_before: desk.now,
            not_after: self.foundation.voucher_key_until,
        };
        let own = |fact: crate::domain::fact::Fact| {
            Draft::new(OPERATOR_LEDGER, operator_id.any(), *operator_id, fact)
        };
        Ok(Decided::Write(Decision {
            openings: vec![opening],
            drafts: vec![
                own(opened.into()),
                own(OrganisationRegistered { version: 1, profile }.into()),
                own(key.into()),
                first_key(self.key_id, *operator_id, Role::Operator, &self.secret),
            ],
            ..Decision::default()
        }))
    }
}

/// Founds an instance on an empty database and gives the operator's first secret.
///
/// # Errors
/// `wrong-state` when it was founded before.
pub async fn found(
    instance: &Instance,
    foundation: Foundation,
) -> Result<(Done, SecretString), Error> {
    let ledger = LedgerId::from(foundation.operator_id);
    let origin = origin(&instance.settings.host, ledger)?;
    let log_key = instance.keys.log_key(origin.clone()).verifier_key().to_string();
    let key_id = Id::new(instance.clock.as_ref(), instance.entropy.as_ref());
    let secret = new_secret(instance.entropy.as_ref());
    let write = Found { foundation, origin, log_key, key_id, secret: secret.clone() };
    let done = instance.door.write(write).await?;
    Ok((done, secret))
}

/// The name of a ledger's checkpoints: `<host at opening>/ledger/<ledger id>`.
pub(super) fn origin(host: &str, ledger: LedgerId) -> Result<Origin, Error> {
    format!("{host}/ledger/{ledger}")
        .parse()
        .map_err(|error| Error::Fault(format!("the host {host:?} cannot name a ledger: {error}")))
}
