//! What makes vouchers: the code master, the voucher keys, and the code keys that came with ledgers
//! which were taken over. Only a signer reads these.
//!
//! Promises: a key that is added to the directory is found without a restart; a ledger's code key
//! is derived from the master, so that a leaving funder takes its own and nobody else's. Does not:
//! decide what is signed (see `domain/signing.rs`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use crate::base::entropy::Entropy;
use crate::domain::code::{CodeKey, TagKey};
use crate::domain::ledger::entry::LedgerId;
use crate::domain::token::{PublicVoucherKey, VoucherKey};
use crate::service::keys::{
    CODE_KEY, Keys, KeysError, Secret, file_error, read_secret, voucher_path, write_secret,
};

/// The keys of a signer.
#[derive(Debug)]
pub struct SigningKeys {
    dir: PathBuf,
    master: Secret,
    tag_key: TagKey,
    /// Voucher keys, once they were asked for.
    vouchers: RwLock<BTreeMap<u8, Arc<VoucherKey>>>,
    /// Code keys by ledger, once they were asked for.
    codes: RwLock<BTreeMap<LedgerId, CodeKey>>,
}

impl SigningKeys {
    /// Reads a directory, all voucher keys included, so that what is wrong is said at the start.
    ///
    /// # Errors
    /// [`KeysError`] when the master is missing, or a file malformed or open to others.
    pub fn load(dir: &Path) -> Result<Self, KeysError> {
        let master = Secret(read_secret(&dir.join(CODE_KEY))?);
        let tag_key = TagKey::from_master(&master.0);
        let (vouchers, codes) = (RwLock::new(BTreeMap::new()), RwLock::new(BTreeMap::new()));
        let keys = Self { dir: dir.to_owned(), master, tag_key, vouchers, codes };
        if keys.public_keys()?.is_empty() {
            return Err(KeysError::NoVoucherKey(dir.to_owned()));
        }
        Ok(keys)
    }

    /// The key that derives a ledger's codes: the one that came with it when it was taken over,
    /// else derived from the master.
    ///
    /// # Errors
    /// [`KeysError`] when a key that came is there and cannot be read: another one would make every
    /// voucher of the ledger a forgery.
    pub fn code_key(&self, ledger_id: LedgerId) -> Result<CodeKey, KeysError> {
        let known =
            self.codes.read().unwrap_or_else(PoisonError::into_inner).get(&ledger_id).cloned();
        if let Some(key) = known {
            return Ok(key);
        }
        let path = self.adopted_path(ledger_id);
        let key = if path.exists() {
            CodeKey::from_bytes(read_secret(&path)?)
        } else {
            CodeKey::for_ledger(&self.master.0, &ledger_id.to_string())
        };
        let mut codes = self.codes.write().unwrap_or_else(PoisonError::into_inner);
        codes.insert(ledger_id, key.clone());
        Ok(key)
    }

    /// Keeps the code key of a ledger that is taken over, in a file like the others.
    ///
    /// # Errors
    /// [`KeysError`] when it cannot be written, or another one is there.
    pub fn adopt(&self, ledger_id: LedgerId, key: &[u8; 32]) -> Result<(), KeysError> {
        let path = self.adopted_path(ledger_id);
        if !path.exists() {
            write_secret(&path, key)?;
        } else if read_secret(&path)? != *key {
            let exists = std::io::ErrorKind::AlreadyExists;
            return Err(file_error(&path, std::io::Error::new(exists, "another key is there")));
        }
        let mut codes = self.codes.write().unwrap_or_else(PoisonError::into_inner);
        codes.insert(ledger_id, CodeKey::from_bytes(*key));
        Ok(())
    }

    fn adopted_path(&self, ledger_id: LedgerId) -> PathBuf {
        self.dir.join(format!("code-{ledger_id}.key"))
    }

    /// The key that tags typed codes.
    #[must_use]
    pub const fn tag_key(&self) -> &TagKey {
        &self.tag_key
    }

    /// A voucher key by its id; `None` when there is no file for it.
    ///
    /// # Errors
    /// [`KeysError`] when there is one that cannot be used.
    pub fn voucher_key(&self, key_id: u8) -> Result<Option<Arc<VoucherKey>>, KeysError> {
        let known =
            self.vouchers.read().unwrap_or_else(PoisonError::into_inner).get(&key_id).cloned();
        if known.is_some() {
            return Ok(known);
        }
        let path = voucher_path(&self.dir, key_id);
        if !path.exists() {
            return Ok(None);
        }
        let key = Arc::new(VoucherKey::from_seed(key_id, &read_secret(&path)?));
        let mut vouchers = self.vouchers.write().unwrap_or_else(PoisonError::into_inner);
        vouchers.insert(key_id, key.clone());
        Ok(Some(key))
    }

    /// The public halves of all voucher keys, by key id.
    ///
    /// # Errors
    /// [`KeysError`] when a file cannot be used.
    pub fn public_keys(&self) -> Result<Vec<PublicVoucherKey>, KeysError> {
        let mut keys = Vec::new();
        for key_id in 1..=u8::MAX {
            keys.extend(self.voucher_key(key_id)?.map(|key| key.public()));
        }
        Ok(keys)
    }

    /// Makes a new voucher key and gives its public half.
    ///
    /// # Errors
    /// [`KeysError::File`] when that key id is there already.
    pub fn make(&self, key_id: u8, entropy: &dyn Entropy) -> Result<PublicVoucherKey, KeysError> {
        Ok(Keys::add_voucher_key(&self.dir, key_id, entropy)?.public())
    }
}
