//! `carnet verify`: proofs, checked without the operator.
//!
//! Promises: offline; exit code 0 when everything holds, 1 when something does not, 2 when it could
//! not be checked. Does not: trust a key that was not given.

pub(super) mod ledger;
pub(super) mod lines;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;
use serde::Deserialize;

use self::ledger::Ledger;
use super::failure::Failure;
use crate::base::money::Money;
use crate::domain::fact::Fact;
use crate::domain::keyring::KeyList;
use crate::domain::ledger::checkpoint::VerifierKey;
use crate::domain::ledger::entry::Entry;
use crate::domain::ledger::receipt::{Receipt, verify};

/// Check a ledger or its receipts, offline.
#[derive(Debug, clap::Args)]
pub struct Verify {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Check that the line of a receipt is in its ledger; exit code 0 holds, 1 does not, 2 unknown
    Receipt(Receipts),
    /// Check a whole ledger: tree, signature, every balance and every rule, line by line; exit
    /// code 0 holds, 1 violated, 2 cannot be decided
    Ledger(Ledger),
}

#[derive(Debug, clap::Args)]
#[group(id = "trusted", required = true, multiple = true)]
struct Trust {
    /// The operator's public keys, as published at /.well-known/carnet-keys.json
    #[arg(long, value_name = "KEYS.json", group = "trusted")]
    keys: Option<PathBuf>,
    /// A verifier key, like `pass.example.org/ledger/funder_…+0a1b2c3d+AZ…`
    #[arg(long, value_name = "V", group = "trusted")]
    vkey: Vec<VerifierKey>,
}

#[derive(Debug, clap::Args)]
struct Receipts {
    /// Files with a receipt each, or with an answer of the API that has one
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    trust: Trust,
}

/// What became of one file, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Holds = 0,
    DoesNotHold = 1,
    NotChecked = 2,
}

impl Verify {
    /// Checks, and says what it found.
    ///
    /// # Errors
    /// Never: what cannot be checked has its own exit code.
    pub fn run(self) -> Result<ExitCode, Failure> {
        let (files, trust) = match self.what {
            What::Receipt(Receipts { files, trust }) => (files, trust),
            What::Ledger(ledger) => return Ok(ExitCode::from(ledger.run() as u8)),
        };
        let keys = match trust.load() {
            Ok(keys) => keys,
            Err(failure) => {
                eprintln!("carnet: {failure}");
                return Ok(ExitCode::from(Outcome::NotChecked as u8));
            }
        };
        let worst = files.iter().map(|file| check(file, &keys)).max();
        Ok(ExitCode::from(worst.unwrap_or(Outcome::NotChecked) as u8))
    }
}

impl Trust {
    fn load(self) -> Result<Vec<VerifierKey>, Failure> {
        let mut keys = self.vkey;
        if let Some(path) = self.keys {
            let text = fs::read_to_string(&path).map_err(|error| Failure::unread(&path, &error))?;
            let wrong = |why: String| Failure::data(format!("{}: {why}", path.display()));
            let list: KeyList =
                serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
            for key in &list.log_keys {
                keys.push(key.parse().map_err(|error| wrong(format!("{key}: {error}")))?);
            }
        }
        if keys.is_empty() {
            return Err(Failure::data("there is no key of a ledger among the keys given"));
        }
        Ok(keys)
    }
}

/// A receipt alone, inside an answer, or inside each answer that a counter kept.
#[derive(Deserialize)]
#[serde(untagged)]
enum Shown {
    Alone(Receipt),
    Inside { receipt: Receipt },
    Several { redemptions: Vec<Kept> },
}

/// An answer that a counter kept.
#[derive(Deserialize)]
struct Kept {
    receipt: Receipt,
}

fn check(path: &Path, keys: &[VerifierKey]) -> Outcome {
    let name = path.display();
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            eprintln!("carnet: {name}: {error}");
            return Outcome::NotChecked;
        }
    };
    let receipts = match serde_json::from_str(&text) {
        Ok(Shown::Alone(receipt) | Shown::Inside { receipt }) => vec![receipt],
        Ok(Shown::Several { redemptions }) => {
            redemptions.into_iter().map(|it| it.receipt).collect()
        }
        Err(_) => Vec::new(),
    };
    if receipts.is_empty() {
        eprintln!("carnet: {name}: not a receipt; it is a JSON object with `line` and `proof`");
        return Outcome::NotChecked;
    }
    let outcomes = receipts.iter().map(|receipt| prove(&name.to_string(), receipt, keys));
    outcomes.max().unwrap_or(Outcome::NotChecked)
}

/// Proves one receipt of a file, and says what it found.
fn prove(name: &str, receipt: &Receipt, keys: &[VerifierKey]) -> Outcome {
    let proved = verify(receipt, keys).map_err(|error| error.to_string());
    let told = proved.and_then(|_| said(&receipt.line));
    match told {
        Ok(told) => {
            println!("{name}: holds: {told}");
            Outcome::Holds
        }
        Err(why) => {
            println!("{name}: DOES NOT HOLD: {why}");
            Outcome::DoesNotHold
        }
    }
}

/// What a line says, in one line; one that this program does not understand is not said to hold.
fn said(line: &str) -> Result<String, String> {
    let entry = Entry::parse(line).map_err(|error| error.to_string())?;
    Fact::of(&entry).map_err(|error| error.to_string())?;
    let Entry { ledger, seq, kind, recorded_at, id, .. } = &entry;
    let amounts = entry.transfers.iter().filter_map(|it| Money::from_cents(it.cents).ok());
    let amounts: Vec<String> = amounts.map(|amount| format!("{amount}, ")).collect();
    let amounts = amounts.concat();
    Ok(format!("{kind} {id}, {amounts}recorded {recorded_at}, line {seq} of {ledger}"))
}
