//! Private keys: files that only the server's user can read, never rows of the database.
//!
//! Promises: a key file that others can read is refused; each ledger's checkpoint key and code key
//! is derived from a master, so that a leaving funder takes its own and nobody else's. Does not:
//! print or log a key.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use data_encoding::HEXLOWER;
use ring::hkdf;

use crate::base::entropy::{Entropy, bytes};
use crate::base::id::{Id, Person, Structure};
use crate::domain::code::{CodeKey, TagKey};
use crate::domain::ledger::checkpoint::{LogKey, Origin};
use crate::domain::ledger::log::Hash;
use crate::domain::token::VoucherKey;

/// Why the keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// A file cannot be read or written.
    #[error("{path}: {error}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// Others than its owner can read a key.
    #[error("{0} can be read by others: run chmod 600 on it")]
    Open(PathBuf),
    /// Not 64 hexadecimal characters.
    #[error("{0} does not hold a key")]
    Malformed(PathBuf),
    /// There is nothing to sign vouchers with.
    #[error("no voucher key in {0}: run `carnet init` or `carnet keys add`")]
    NoVoucherKey(PathBuf),
}

/// The keys of an instance, in memory.
#[derive(Debug)]
pub struct Keys {
    code_master: Secret,
    log_master: Secret,
    signing: BTreeMap<u8, VoucherKey>,
    tag_key: TagKey,
    dir: PathBuf,
    /// Code keys by ledger, once they were asked for.
    codes: RwLock<BTreeMap<String, CodeKey>>,
}

struct Secret([u8; 32]);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl Keys {
    /// Makes the two masters in a directory that has none yet.
    ///
    /// # Errors
    /// [`KeysError::File`] when the directory or a file cannot be made, or a master is there.
    pub fn create(dir: &Path, entropy: &dyn Entropy) -> Result<(), KeysError> {
        fs::create_dir_all(dir).map_err(|error| file_error(dir, error))?;
        for name in ["code.key", "log.key"] {
            write_secret(&dir.join(name), &bytes::<32>(entropy))?;
        }
        Ok(())
    }

    /// Makes a new voucher key and gives its public half.
    ///
    /// # Errors
    /// [`KeysError::File`] when that key id is there already.
    pub fn add_voucher_key(
        dir: &Path,
        key_id: u8,
        entropy: &dyn Entropy,
    ) -> Result<VoucherKey, KeysError> {
        let seed = bytes::<32>(entropy);
        write_secret(&voucher_path(dir, key_id), &seed)?;
        Ok(VoucherKey::from_seed(key_id, &seed))
    }

    /// Reads all keys of a directory.
    ///
    /// # Errors
    /// [`KeysError`] when one is missing, malformed or open to others.
    pub fn load(dir: &Path) -> Result<Self, KeysError> {
        let code_master = Secret(read_secret(&dir.join("code.key"))?);
        let log_master = Secret(read_secret(&dir.join("log.key"))?);
        let mut signing = BTreeMap::new();
        for key_id in 1..=u8::MAX {
            let path = voucher_path(dir, key_id);
            if path.exists() {
                signing.insert(key_id, VoucherKey::from_seed(key_id, &read_secret(&path)?));
            }
        }
        if signing.is_empty() {
            return Err(KeysError::NoVoucherKey(dir.to_owned()));
        }
        let tag_key = TagKey::from_master(&code_master.0);
        let (dir, codes) = (dir.to_owned(), RwLock::new(BTreeMap::new()));
        Ok(Self { code_master, log_master, signing, tag_key, dir, codes })
    }

    /// The key that signs a ledger's checkpoints.
    #[must_use]
    pub fn log_key(&self, origin: Origin) -> LogKey {
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"carnet/log-key/v1");
        let seed = expand(&salt.extract(&self.log_master.0), origin.as_str().as_bytes());
        LogKey::from_seed(origin, &seed)
    }

    /// The number that hides what a ledger of so many lines owes a structure: the same at each
    /// asking, and unknown to whoever has not this key.
    #[must_use]
    pub fn blind(&self, origin: &Origin, size: i64, structure: Id<Structure>) -> Hash {
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"carnet/solvency/v1");
        let info = format!("{origin}\n{size}\n{structure}");
        Hash::from_bytes(expand(&salt.extract(&self.log_master.0), info.as_bytes()))
    }

    /// The key that seals what must be kept of a person's second factor: a stolen database does not
    /// open it.
    #[must_use]
    pub fn factor_key(&self, person: Id<Person>) -> [u8; 32] {
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"carnet/second-factor/v1");
        expand(&salt.extract(&self.log_master.0), person.to_string().as_bytes())
    }

    /// The key that derives a ledger's codes: the one that came with it when it was taken over,
    /// else derived from the master.
    ///
    /// # Errors
    /// [`KeysError`] when a key that came is there and cannot be read: another one would make every
    /// voucher of the ledger a forgery.
    pub fn code_key(&self, ledger_id: &str) -> Result<CodeKey, KeysError> {
        let known =
            self.codes.read().unwrap_or_else(PoisonError::into_inner).get(ledger_id).cloned();
        if let Some(key) = known {
            return Ok(key);
        }
        let path = self.imported_path(ledger_id);
        let key = if path.exists() {
            CodeKey::from_bytes(read_secret(&path)?)
        } else {
            CodeKey::for_ledger(&self.code_master.0, ledger_id)
        };
        let mut codes = self.codes.write().unwrap_or_else(PoisonError::into_inner);
        codes.insert(ledger_id.to_owned(), key.clone());
        Ok(key)
    }

    /// Keeps the code key of a ledger that is taken over, in a file like the others.
    ///
    /// # Errors
    /// [`KeysError`] when it cannot be written, or another one is there.
    pub fn keep_code_key(&self, ledger_id: &str, key: &[u8; 32]) -> Result<(), KeysError> {
        let path = self.imported_path(ledger_id);
        if !path.exists() {
            write_secret(&path, key)?;
        } else if read_secret(&path)? != *key {
            let exists = std::io::ErrorKind::AlreadyExists;
            return Err(file_error(&path, std::io::Error::new(exists, "another key is there")));
        }
        let mut codes = self.codes.write().unwrap_or_else(PoisonError::into_inner);
        codes.insert(ledger_id.to_owned(), CodeKey::from_bytes(*key));
        Ok(())
    }

    fn imported_path(&self, ledger_id: &str) -> PathBuf {
        self.dir.join(format!("code-{ledger_id}.key"))
    }

    /// The key that tags typed codes.
    #[must_use]
    pub const fn tag_key(&self) -> &TagKey {
        &self.tag_key
    }

    /// A voucher key by its id.
    #[must_use]
    pub fn voucher_key(&self, key_id: u8) -> Option<&VoucherKey> {
        self.signing.get(&key_id)
    }

    /// Ids of the voucher keys that are here.
    pub fn voucher_key_ids(&self) -> impl Iterator<Item = u8> + '_ {
        self.signing.keys().copied()
    }
}

fn expand(key: &hkdf::Prk, info: &[u8]) -> [u8; 32] {
    let mut seed = [0; 32];
    key.expand(&[info], hkdf::HKDF_SHA256)
        .and_then(|okm| okm.fill(&mut seed))
        .expect("32 bytes are one block of SHA-256");
    seed
}

fn voucher_path(dir: &Path, key_id: u8) -> PathBuf {
    dir.join(format!("voucher-{key_id:03}.key"))
}

fn file_error(path: &Path, error: std::io::Error) -> KeysError {
    KeysError::File { path: path.to_owned(), error }
}

/// Writes a secret to a new file that only its owner can read.
///
/// # Errors
/// [`KeysError::File`] when the file is there already or cannot be written.
pub fn write_secret(path: &Path, secret: &[u8; 32]) -> Result<(), KeysError> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(|error| file_error(path, error))?;
    let text = format!("{}\n", HEXLOWER.encode(secret));
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(|error| file_error(path, error))
}

/// Reads a secret from a file that only its owner can read.
///
/// # Errors
/// [`KeysError`].
pub fn read_secret(path: &Path) -> Result<[u8; 32], KeysError> {
    let metadata = fs::metadata(path).map_err(|error| file_error(path, error))?;
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0 {
        return Err(KeysError::Open(path.to_owned()));
    }
    let text = fs::read_to_string(path).map_err(|error| file_error(path, error))?;
    let malformed = || KeysError::Malformed(path.to_owned());
    let secret = HEXLOWER.decode(text.trim().as_bytes()).map_err(|_| malformed())?;
    secret.try_into().map_err(|_| malformed())
}
