//! A throw-away database into which an audit writes the lines again.
//!
//! Promises: readable by its owner only, gone when dropped. Does not: touch the live database.

use std::fs;
use std::path::{Path, PathBuf};

use super::dialect::{StoreError, Tx};
use super::{Database, DatabaseOptions};

/// A database in a temporary directory.
#[derive(Debug)]
pub struct Scratch {
    database: Database,
    directory: Directory,
}

#[derive(Debug)]
struct Directory(PathBuf);

impl Drop for Directory {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(path = %self.0.display(), %error, "a temporary directory stays");
        }
    }
}

impl Scratch {
    /// A fresh database in a new directory under `parent`.
    ///
    /// # Errors
    /// [`StoreError`] when nothing can be made there.
    pub async fn new(parent: &Path) -> Result<Self, StoreError> {
        let unfit =
            |error| StoreError::Unfit(format!("no scratch under {}: {error}", parent.display()));
        let directory = fresh_directory(parent).map_err(unfit)?;
        let url = format!("sqlite:{}", directory.0.join("rebuilt.db").display());
        let database = Database::open(&DatabaseOptions { url, readers: 1 }).await?;
        Ok(Self { database, directory })
    }

    /// A transaction that writes here.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn write(&self) -> Result<Tx, StoreError> {
        self.database.write().await
    }

    /// A transaction that reads what was written here.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn read(&self) -> Result<Tx, StoreError> {
        self.database.read().await
    }

    /// Closes it, then removes it.
    pub async fn remove(self) {
        self.database.close().await;
        drop(self.directory);
    }
}

/// A directory that nobody else had, open to its owner only.
fn fresh_directory(parent: &Path) -> std::io::Result<Directory> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let mut number = 0_u32;
    loop {
        let path = parent.join(format!("carnet-audit-{}-{number}", std::process::id()));
        match builder.create(&path) {
            Ok(()) => return Ok(Directory(path)),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && number < 10_000 => {
                number += 1;
            }
            Err(error) => return Err(error),
        }
    }
}
