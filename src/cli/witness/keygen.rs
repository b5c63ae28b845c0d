//! `carnet witness keygen`: the key that a witness co-signs with.
//!
//! Promises: the private half goes to a new file that only its owner reads, and nowhere else; one
//! that others can read is refused. Does not: know a ledger.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::base::entropy::{SystemEntropy, bytes};
use crate::cli::failure::Failure;
use crate::domain::ledger::checkpoint::Origin;
use crate::domain::ledger::cosignature::Cosigner;
use crate::service::keys::{KeysError, is_private};

/// Make the key that a witness co-signs with, and print its public half.
#[derive(Debug, clap::Args)]
pub(super) struct Keygen {
    /// The witness's name for ever: an address without scheme, like witness.example.org/w1
    #[arg(long, value_name = "NAME")]
    name: Origin,
    /// Where the private half goes
    #[arg(long, value_name = "FILE", default_value = "witness.key")]
    out: PathBuf,
}

impl Keygen {
    /// Makes the key.
    ///
    /// # Errors
    /// [`Failure`] when the file is there already.
    pub(super) fn run(self) -> Result<(), Failure> {
        let cosigner = Cosigner::from_seed(self.name, &bytes(&SystemEntropy::default()));
        write(&self.out, &cosigner)?;
        println!("{}", cosigner.key());
        eprintln!(
            "
The line above is public: give it to the operators whose ledgers you witness, and to whoever wants
to check your co-signatures. {} is secret: keep a copy where the machine's backups are not.",
            self.out.display()
        );
        Ok(())
    }
}

fn write(path: &Path, cosigner: &Cosigner) -> Result<(), Failure> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            let path = path.display();
            Failure::cannot_create(format!("{path} is there already; a key is never overwritten"))
        }
        _ => Failure::unwritten(path, &error),
    })?;
    let text = format!("{}\n", cosigner.reveal());
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    written.map_err(|error| Failure::unwritten(path, &error))
}

/// Reads the key of a witness.
pub(super) fn read(path: &Path) -> Result<Cosigner, Failure> {
    let metadata = fs::metadata(path).map_err(|error| Failure::unread(path, &error))?;
    #[cfg(unix)]
    if !is_private(path, &metadata) {
        return Err(KeysError::Open(path.to_owned()).into());
    }
    let text = fs::read_to_string(path).map_err(|error| Failure::unread(path, &error))?;
    let bad = |error| Failure::data(format!("{}: {error}", path.display()));
    Cosigner::read(&text).map_err(bad)
}
