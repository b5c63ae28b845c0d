//! Taking a ledger over: the funder's signed statement, and the lines that say who keeps it now.
//!
//! Promises: a statement holds for one ledger, one size and root, one new operator and one former
//! log; nobody makes one without the recovery key that the ledger's first line names. Does not:
//! check that the root is that of the lines (see `leaving`).

use data_encoding::BASE64;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde::{Deserialize, Serialize};

use super::ledger::checkpoint::VerifierKey;
use super::ledger::entry::LedgerId;
use super::ledger::log::Hash;
use super::organisation::LedgerOpened;
use super::signature;
use crate::base::base64;
use crate::base::clock::Timestamp;
use crate::base::id::{Id, Operator};

/// What a funder says, with its recovery key, when its ledger goes to another operator.
///
/// The signature is Ed25519 (RFC 8032) over `"carnet/takeover/v1\n"` and the texts of the other
/// fields in this order, each with a newline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// The ledger.
    pub ledger_id: LedgerId,
    /// How many lines it had at the former operator's.
    pub size: i64,
    /// The root of the tree over them (base64 of 32 bytes).
    #[serde(with = "as_text")]
    pub root: Hash,
    /// The key of the former operator's own ledger, under which the sealed registers are proved.
    pub former_log_key: VerifierKey,
    /// Who keeps the ledger from now on.
    pub operator_id: Id<Operator>,
    /// Where: the new operator's public host, without scheme.
    pub host: String,
    /// When the funder signed.
    pub signed_at: Timestamp,
    /// Base64 of the 64 bytes.
    pub signature: String,
}

/// Why a statement is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// A field that cannot be signed, or a signature that another key made.
    #[error("the take-over is not signed by the ledger's recovery key")]
    Forged,
    /// A true statement about something else.
    #[error("the take-over is of another ledger")]
    OtherLedger,
    /// Another number of lines.
    #[error("the take-over is of another size")]
    OtherSize,
    /// The operator's own ledger, which nobody takes over.
    #[error("the ledger has no recovery key")]
    NoKey,
}

/// The funder's key for leaving; kept offline.
pub struct RecoveryKey(Ed25519KeyPair);

impl std::fmt::Debug for RecoveryKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveryKey(secret)")
    }
}

impl RecoveryKey {
    /// The key pair of a 32-byte seed (RFC 8032, 5.1.5).
    ///
    /// # Panics
    /// Never: any 32 bytes are a seed.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(Ed25519KeyPair::from_seed_unchecked(seed).expect("any 32 bytes are an Ed25519 seed"))
    }

    /// The public half as the first line of a ledger writes it.
    #[must_use]
    pub fn public(&self) -> String {
        BASE64.encode(self.0.public_key().as_ref())
    }

    /// The statement with its signature.
    #[must_use]
    pub fn sign(&self, statement: Statement) -> Statement {
        let signature = BASE64.encode(self.0.sign(statement.message().as_bytes()).as_ref());
        Statement { signature, ..statement }
    }
}

impl Statement {
    fn message(&self) -> String {
        let Self { ledger_id, size, root, former_log_key, operator_id, host, signed_at, .. } = self;
        format!(
            "carnet/takeover/v1\n{ledger_id}\n{size}\n{root}\n{former_log_key}\n{operator_id}\n\
             {host}\n{signed_at}\n"
        )
    }

    /// Checks the statement with the first line of its ledger.
    ///
    /// # Errors
    /// [`StatementError`].
    pub fn verify(&self, ledger: LedgerId, opened: &LedgerOpened) -> Result<(), StatementError> {
        if self.ledger_id != ledger {
            return Err(StatementError::OtherLedger);
        }
        let key = opened.recovery_key.as_ref().ok_or(StatementError::NoKey)?;
        let key = base64::decode(key).ok_or(StatementError::Forged)?;
        let signature = base64::decode(&self.signature).ok_or(StatementError::Forged)?;
        // A host with a newline in it could move the fields below it.
        if self.host.is_empty() || self.host.contains(|c: char| !c.is_ascii_graphic()) {
            return Err(StatementError::Forged);
        }
        let holds = signature::holds(&key, self.message().as_bytes(), &signature);
        if holds { Ok(()) } else { Err(StatementError::Forged) }
    }

    /// Where the ledger is from now on, as an address.
    #[must_use]
    pub fn address(&self) -> String {
        format!("https://{}", self.host)
    }
}

/// Body of `ledger-taken-over`: from the next checkpoint on another key signs the same tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerTakenOver {
    /// The new operator's key for this ledger's checkpoints, under the ledger's own origin.
    pub log_key: VerifierKey,
    /// Who said so: the funder.
    pub statement: Statement,
}

/// Body of `ledger-released`: the former operator's last line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerReleased {
    /// Where to ask from now on.
    pub address: String,
    /// Who said so: the funder.
    pub statement: Statement,
}

pub(super) mod as_text {
    use std::str::FromStr;

    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(in crate::domain) fn serialize<T: std::fmt::Display, S: Serializer>(
        value: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(in crate::domain) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
    where
        T: FromStr<Err: std::fmt::Display>,
        D: Deserializer<'de>,
    {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}
