//! The private keys that a server needs in its memory: that of its logs, and that of the tags.
//!
//! Promises: a key file that others can read is refused; each ledger's checkpoint key is derived
//! from a master. Does not: read what makes or signs vouchers (see `signer::keys`), print or log a
//! key.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use ring::{hkdf, hmac};

use crate::base::entropy::{Entropy, bytes};
use crate::base::id::{Id, Person, Structure};
use crate::domain::code::TagKey;
use crate::domain::ledger::checkpoint::{LogKey, Origin};
use crate::domain::ledger::log::Hash;
use crate::domain::pairing::PairingKey;
use crate::domain::token::VoucherKey;

/// The file of the code master, for the signer only.
pub const CODE_KEY: &str = "code.key";
/// The file of the log master.
pub const LOG_KEY: &str = "log.key";
/// The file of the key of tags, which is derived from the code master.
pub const TAG_KEY: &str = "tag.key";

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

/// The keys of a server, in memory.
#[derive(Debug)]
pub struct Keys {
    log_master: Secret,
    tag_key: TagKey,
}

/// 32 bytes that nobody sees.
pub(super) struct Secret(pub(super) [u8; 32]);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl Keys {
    /// Makes the two masters, and the key of tags, in a directory that has none yet.
    ///
    /// # Errors
    /// [`KeysError::File`] when the directory or a file cannot be made, or a master is there.
    pub fn create(dir: &Path, entropy: &dyn Entropy) -> Result<(), KeysError> {
        Self::create_in(dir, dir, entropy)
    }

    /// Makes the server's keys in one directory and the code master in the signer's.
    ///
    /// # Errors
    /// As for [`Self::create`].
    pub fn create_in(dir: &Path, signer: &Path, entropy: &dyn Entropy) -> Result<(), KeysError> {
        for dir in [dir, signer] {
            fs::create_dir_all(dir).map_err(|error| file_error(dir, error))?;
        }
        let code_master = bytes::<32>(entropy);
        write_secret(&signer.join(CODE_KEY), &code_master)?;
        write_secret(&dir.join(LOG_KEY), &bytes::<32>(entropy))?;
        write_secret(&dir.join(TAG_KEY), &TagKey::bytes_from_master(&code_master))
    }

    /// Makes a new voucher key in the signer's directory and gives it.
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

    /// Reads the server's keys.
    ///
    /// # Errors
    /// [`KeysError`] when one is missing, malformed or open to others.
    pub fn load(dir: &Path) -> Result<Self, KeysError> {
        let log_master = Secret(read_secret(&dir.join(LOG_KEY))?);
        let tag_key = TagKey::from_bytes(&read_secret(&dir.join(TAG_KEY))?);
        Ok(Self { log_master, tag_key })
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

    /// The key under which devices are paired.
    #[must_use]
    pub fn pairing_key(&self) -> PairingKey {
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"carnet/pairing/v1");
        PairingKey::new(&expand(&salt.extract(&self.log_master.0), b""))
    }

    /// The key that seals what must be kept of a person's second factor: a stolen database does not
    /// open it.
    #[must_use]
    pub fn factor_key(&self, person: Id<Person>) -> [u8; 32] {
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"carnet/second-factor/v1");
        expand(&salt.extract(&self.log_master.0), person.to_string().as_bytes())
    }

    /// The key under which it is noted whom and what a refusal was about.
    #[must_use]
    pub fn refusal_key(&self) -> hmac::Key {
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"carnet/refusal/v1");
        hmac::Key::new(hmac::HMAC_SHA256, &expand(&salt.extract(&self.log_master.0), b""))
    }

    /// The key that tags typed codes.
    #[must_use]
    pub const fn tag_key(&self) -> &TagKey {
        &self.tag_key
    }
}

fn expand(key: &hkdf::Prk, info: &[u8]) -> [u8; 32] {
    let mut seed = [0; 32];
    key.expand(&[info], hkdf::HKDF_SHA256)
        .and_then(|okm| okm.fill(&mut seed))
        .expect("32 bytes are one block of SHA-256");
    seed
}

/// The file of a voucher key.
#[must_use]
pub fn voucher_path(dir: &Path, key_id: u8) -> PathBuf {
    dir.join(format!("voucher-{key_id:03}.key"))
}

pub(super) fn file_error(path: &Path, error: std::io::Error) -> KeysError {
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
/// systemd gives credentials to a unit as files of root in a directory that nobody else enters
/// (mode 0440, owned by root): these are private too.
///
/// # Errors
/// [`KeysError`].
pub fn read_secret(path: &Path) -> Result<[u8; 32], KeysError> {
    let metadata = fs::metadata(path).map_err(|error| file_error(path, error))?;
    #[cfg(unix)]
    if !is_private(path, &metadata) {
        return Err(KeysError::Open(path.to_owned()));
    }
    let text = fs::read_to_string(path).map_err(|error| file_error(path, error))?;
    let malformed = || KeysError::Malformed(path.to_owned());
    let secret = HEXLOWER.decode(text.trim().as_bytes()).map_err(|_| malformed())?;
    secret.try_into().map_err(|_| malformed())
}

/// Whether only its owner can read a file; a credential of systemd counts as such.
#[cfg(unix)]
#[must_use]
pub fn is_private(path: &Path, metadata: &fs::Metadata) -> bool {
    let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions());
    let credential = std::env::var_os("CREDENTIALS_DIRECTORY")
        .is_some_and(|dir| !dir.is_empty() && path.starts_with(dir));
    let others = if credential { 0o037 } else { 0o077 };
    mode & others == 0
}
