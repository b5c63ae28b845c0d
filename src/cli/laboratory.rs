//! An instance that the program makes for its own use: to be measured, or to be harmed.
//!
//! Promises: keys and signer's record in one directory, made the first time; no ceilings, no
//! limits, no mail, no provider. Does not: serve anybody else (see `server`).

use std::path::Path;
use std::sync::Arc;

use crate::base::clock::Clock;
use crate::base::entropy::Entropy;
use crate::domain::keyring::Revoked;
use crate::domain::proposal::Terms;
use crate::domain::quota::Quotas;
use crate::domain::signal::Thresholds;
use crate::domain::signing::Ceilings;
use crate::service::keys::Keys;
use crate::service::people::Choices;
use crate::service::signer::{Signer, Signing, SigningPlace};
use crate::service::writer::Writer;
use crate::service::{Error, Instance, Legal, Settings};
use crate::store::Database;

/// An instance on a database, and its writer; its directory gets so many voucher keys at first.
///
/// # Errors
/// [`Error`] when a key cannot be made or read.
pub(super) fn instance(
    database: Database,
    (clock, entropy): (Arc<dyn Clock>, Arc<dyn Entropy>),
    (dir, voucher_keys): (&Path, u8),
    host: &str,
) -> Result<(Instance, Writer), Error> {
    let files = dir.join("keys");
    if !files.exists() {
        Keys::create(&files, entropy.as_ref())?;
        for key_id in 1..=voucher_keys {
            Keys::add_voucher_key(&files, key_id, entropy.as_ref())?;
        }
    }
    let keys = Arc::new(Keys::load(&files)?);
    let ceilings = Ceilings { vouchers: i64::MAX, cents: i64::MAX };
    let place = SigningPlace { keys: files, state: dir.join("signer"), ceilings };
    let signer = Signer::here(Signing::open(&place, clock.clone(), entropy.clone())?);
    let settings = Settings {
        host: host.to_owned(),
        help_line: host.to_owned(),
        revoked: Revoked::Refused,
        people: Choices::default(),
        two_people: Terms::default(),
        post: None,
        openid: None,
        breaches: None,
        quotas: Quotas::default(),
        signals: Thresholds::default(),
        legal: Legal::default(),
    };
    Ok(Instance::new(database, clock, entropy, keys, signer, settings))
}
