//! `carnet sign-takeover`: the funder says, offline, who goes on with its ledger.
//!
//! Promises: checks every line and checkpoint of the export before it signs; needs no instance and
//! no network. Does not: write the recovery key anywhere.

use std::fs;
use std::path::PathBuf;

use super::failure::Failure;
use crate::base::clock::{Clock as _, SystemClock};
use crate::base::id::{Id, Operator};
use crate::domain::leaving::wrong;
use crate::domain::ledger::checkpoint::VerifierKey;
use crate::domain::takeover::{RecoveryKey, Statement};
use crate::service::import::{Files, judge};
use crate::service::keys::read_secret;

/// Sign, offline, that another operator goes on with the ledger of an export.
///
/// The statement goes to standard output. It holds for the lines of this export only.
#[derive(Debug, clap::Args)]
pub struct SignTakeover {
    /// The export: what `carnet export` wrote
    #[arg(value_name = "EXPORT")]
    export: PathBuf,
    /// The funder's recovery key, made by `carnet funder-keys`
    #[arg(long, value_name = "FILE")]
    recovery_key: PathBuf,
    /// Who goes on with it: the new operator's id
    #[arg(long, value_name = "ID")]
    operator: Id<Operator>,
    /// The new operator's public host, without scheme
    #[arg(long, value_name = "HOST")]
    host: String,
}

impl SignTakeover {
    /// Signs.
    ///
    /// # Errors
    /// [`Failure`] when the export does not hold, or the key is not the ledger's.
    pub fn run(self) -> Result<(), Failure> {
        let whole = judge(&Files::of(&self.export)?, |_| {})?;
        let path = self.export.join("carnet-keys.json");
        let text = fs::read_to_string(&path).map_err(|error| Failure::unread(&path, &error))?;
        let keys: serde_json::Value = serde_json::from_str(&text)
            .map_err(|error| Failure::data(format!("{}: {error}", path.display())))?;
        // `carnet export` says which it is; the published list has it among all others.
        let told = keys["operator_log_key"].as_str().into_iter();
        let listed = keys["log_keys"].as_array().into_iter().flatten();
        let all = told.chain(listed.filter_map(serde_json::Value::as_str));
        let of_operator = |key: &VerifierKey| key.origin().last_segment().starts_with("operator_");
        let former_log_key = all.filter_map(|key| key.parse().ok()).find(of_operator);
        let missing = || wrong("carnet-keys.json has no key of the operator's own ledger");
        let former_log_key = former_log_key.ok_or_else(missing)?;
        let recovery = RecoveryKey::from_seed(&read_secret(&self.recovery_key)?);
        if whole.opened.recovery_key.as_ref() != Some(&recovery.public()) {
            return Err(Failure::data("this is not the recovery key of the ledger"));
        }
        let statement = recovery.sign(Statement {
            ledger_id: whole.ledger_id,
            size: whole.size,
            root: whole.root,
            former_log_key,
            operator_id: self.operator,
            host: self.host,
            signed_at: SystemClock.now(),
            signature: String::new(),
        });
        let text = serde_json::to_string_pretty(&statement);
        println!("{}", text.map_err(|error| Failure::software(error.to_string()))?);
        Ok(())
    }
}
