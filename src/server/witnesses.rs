//! The witnesses that a configuration names, each with a courier of its own, so that a slow one
//! keeps no other waiting.
//!
//! Promises: a key or address that cannot be used stops the start, and is named. Does not: bring
//! anything itself (see `service::gather`).

use std::sync::Arc;

use tokio::sync::watch;

use super::{ServerError, told};
use crate::config::WitnessesConfig;
use crate::service::Instance;
use crate::service::gather::{Courier, Outside};
use crate::service::http::Client;

/// The witnesses as the configuration has them.
pub(super) fn listed(config: &WitnessesConfig) -> Result<Vec<Outside>, ServerError> {
    let mut listed = Vec::new();
    for (place, witness) in config.list.iter().enumerate() {
        let wrong = |key: &str, why: String| {
            ServerError::Witness(format!("witnesses.list[{place}].{key}: {why}"))
        };
        let key = witness.vkey.parse();
        let address = witness.url.parse();
        listed.push(Outside {
            key: key.map_err(|error| {
                let error: crate::domain::ledger::checkpoint::VerifierKeyError = error;
                wrong("vkey", error.to_string())
            })?,
            address: address.map_err(|error| {
                let error: crate::service::http::AddressError = error;
                wrong("url", error.to_string())
            })?,
        });
    }
    Ok(listed)
}

/// Sends the couriers out until the stop.
pub(super) fn send(
    instance: &Arc<Instance>,
    config: &WitnessesConfig,
    listed: Vec<Outside>,
    stopped: &watch::Receiver<bool>,
) -> Result<(), ServerError> {
    if listed.is_empty() {
        return Ok(());
    }
    let no_roots =
        |error| ServerError::Witness(format!("there are no certificates to trust: {error}"));
    let client = Client::new().map_err(no_roots)?;
    for outside in listed {
        let courier = Courier::new(instance.clone(), client.clone(), outside);
        tokio::spawn(courier.run(config.every, told(stopped.clone())));
    }
    Ok(())
}
