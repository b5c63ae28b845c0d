//! `carnet funder-keys`: what a funder makes on its own machine before its ledger is opened.
//!
//! Promises: runs offline and overwrites nothing; the private halves go to files that only their
//! owner reads and nowhere else; standard output is JSON and holds the public halves only. Does
//! not: know an instance.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use secrecy::ExposeSecret as _;

use super::failure::Failure;
use crate::base::clock::{Clock as _, SystemClock};
use crate::base::day::Zone;
use crate::base::entropy::{SystemEntropy, bytes};
use crate::domain::organisation::{LedgerTerms, Mode};
use crate::domain::token::VoucherKey;
use crate::service::keys::write_secret;

const RECOVERY_FILE: &str = "recovery.key";
const AGE_FILE: &str = "age-identity.txt";

/// Make a funder's recovery key and age identity, offline, on the funder's own machine.
///
/// The recovery key signs the take-over of the funder's ledger by another operator. The age
/// identity opens the sealed part of its exports. Whoever has both can leave with the ledger, so
/// they stay with the funder: the operator gets the two public values only.
#[derive(Debug, clap::Args)]
pub struct FunderKeys {
    /// Where the two files go
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    /// How the money is kept: `held` by the operator on a ring-fenced account, or `pledged` by the
    /// funder's public accountant
    #[arg(long, default_value = "held", value_parser = ["held", "pledged"])]
    mode: String,
    /// The time zone whose civil days count in the ledger
    #[arg(long, value_name = "ZONE", default_value = "Europe/Paris")]
    time_zone: String,
}

impl FunderKeys {
    /// Makes both keys.
    ///
    /// # Errors
    /// [`Failure`] when a file is there already.
    pub fn run(self) -> Result<(), Failure> {
        let wrong = |_| Failure::usage(format!("--time-zone: {:?} is not one", self.time_zone));
        let time_zone: Zone = self.time_zone.parse().map_err(wrong)?;
        let mode = if self.mode == "pledged" { Mode::Pledged } else { Mode::Held };
        let (recovery, age_file) = (self.out.join(RECOVERY_FILE), self.out.join(AGE_FILE));
        for path in [&recovery, &age_file] {
            if path.exists() {
                let path = path.display();
                let text = format!("{path} is there already; a key is never overwritten");
                return Err(Failure::cannot_create(text));
            }
        }
        fs::create_dir_all(&self.out).map_err(|error| Failure::unwritten(&self.out, &error))?;
        let seed = bytes::<32>(&SystemEntropy::default());
        write_secret(&recovery, &seed)?;
        let identity = age::x25519::Identity::generate();
        write_identity(&age_file, &identity)?;
        let terms = LedgerTerms {
            mode,
            time_zone,
            recovery_key: BASE64.encode(&VoucherKey::from_seed(0, &seed).public().public_key),
            age_recipient: identity.to_public().to_string(),
        };
        let text = serde_json::to_string_pretty(&BTreeMap::from([("ledger", terms)]));
        println!("{}", text.map_err(|error| Failure::software(error.to_string()))?);
        advise(&recovery, &age_file);
        Ok(())
    }
}

/// The file as the `age` tool writes it.
pub(super) fn write_identity(path: &Path, identity: &age::x25519::Identity) -> Result<(), Failure> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let failed = |error: std::io::Error| Failure::unwritten(path, &error);
    let mut file = options.open(path).map_err(failed)?;
    let (made, public) = (SystemClock.now(), identity.to_public());
    let secret = identity.to_string();
    let secret = secret.expose_secret();
    let text = format!("# created: {made}\n# public key: {public}\n{secret}\n");
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
}

fn advise(recovery: &Path, age: &Path) {
    let (recovery, age) = (recovery.display(), age.display());
    eprintln!(
        "
The lines above are public: give them to the operator, inside the registration of your
organisation (PUT /api/v1/organisations/funder_…).

These two files are secret, and nobody else has them:
    {recovery}
    {age}
Copy both to two memory sticks, keep these in two safes (your accountant's and your legal
service's, say), then delete them here. Never send them, not even to the operator: with them you
can leave with your ledger, without the operator's help; without them you cannot."
    );
}
