//! The directory of a demo: made afresh, and the files that go into it.
//!
//! Promises: replaces only what a demo made, known by its marker; secrets go to files that only
//! their owner reads. Does not: look into a file.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::cli::failure::Failure;
use crate::config::FILE_NAME;

/// The file by which a directory is known as a demo's.
const MARKER: &str = ".carnet-demo";

const MARKED: &str = "Made by `carnet demo`, which replaces everything in this directory.\n";

/// What the world's vouchers and ledgers are named after. It is served as this machine, whose
/// name browsers trust with a session.
pub(super) const HOST: &str = "pass.exemple.fr";

/// A directory that belongs to a demo.
#[derive(Debug)]
pub(super) struct Ware(PathBuf);

impl Ware {
    /// Makes the directory, or empties the one that an earlier demo left.
    pub(super) fn fresh(dir: &Path) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure::unwritten(dir, &error);
        match fs::read_dir(dir) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                fs::create_dir_all(dir).map_err(failed)?;
            }
            Err(error) => return Err(failed(error)),
            Ok(entries) => {
                let entries = entries.collect::<Result<Vec<_>, _>>().map_err(failed)?;
                if !entries.is_empty() && !dir.join(MARKER).is_file() {
                    let dir = dir.display();
                    let text = format!("{dir} holds something that no demo made; choose --dir");
                    return Err(Failure::cannot_create(text));
                }
                // The marker goes last: a demo that was stopped here can be replaced again.
                for entry in entries.iter().filter(|entry| entry.file_name() != MARKER) {
                    let path = entry.path();
                    let is_dir = entry.file_type().map_err(failed)?.is_dir();
                    let removed =
                        if is_dir { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
                    removed.map_err(|error| Failure::unwritten(&path, &error))?;
                }
            }
        }
        let ware = Self(dir.to_owned());
        ware.write(MARKER, MARKED.as_bytes())?;
        let file = format!(
            "# The world of `carnet demo`; deploy/config.toml documents every key.\n\n[server]\n\
             listen = \"127.0.0.1:8080\"\nhost = \"localhost:8080\"\n\
             help_line = \"{HOST}/lieux\"\n\n\
             [database]\nurl = \"sqlite:carnet.db\"\n\n[keys]\ndir = \"keys\"\n"
        );
        ware.write(FILE_NAME, file.as_bytes())?;
        Ok(ware)
    }

    /// The directory.
    pub(super) fn dir(&self) -> &Path {
        &self.0
    }

    /// A file in it.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes a file; folders of its name are made.
    pub(super) fn write(&self, name: &str, content: &[u8]) -> Result<PathBuf, Failure> {
        let path = self.path(name);
        let failed = |error: std::io::Error| Failure::unwritten(&path, &error);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        fs::write(&path, content).map_err(failed)?;
        Ok(path)
    }

    /// Writes a value as JSON for people to read.
    pub(super) fn write_json(
        &self,
        name: &str,
        value: &impl Serialize,
    ) -> Result<PathBuf, Failure> {
        let text = serde_json::to_string_pretty(value)
            .map_err(|error| Failure::software(error.to_string()))?;
        self.write(name, format!("{text}\n").as_bytes())
    }

    /// Writes a value as JSON that only the owner of the file reads.
    pub(super) fn write_secrets(&self, name: &str, value: &impl Serialize) -> Result<(), Failure> {
        let path = self.path(name);
        let failed = |error: std::io::Error| Failure::unwritten(&path, &error);
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path).map_err(failed)?;
        let text = serde_json::to_string_pretty(value)
            .map_err(|error| Failure::software(error.to_string()))?;
        file.write_all(text.as_bytes()).and_then(|()| file.write_all(b"\n")).map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    //! Goal: what somebody else keeps in a directory is never removed.

    use super::*;

    #[test]
    fn only_what_a_demo_made_is_replaced() {
        let dir = std::env::temp_dir().join(format!("carnet-demo-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join("letter.txt"), "mine").unwrap();
        let refused = Ware::fresh(&dir).unwrap_err().to_string();
        assert!(refused.contains("no demo made"), "{refused}");
        assert!(dir.join("letter.txt").exists());
        fs::remove_file(dir.join("letter.txt")).unwrap();
        let ware = Ware::fresh(&dir).unwrap();
        ware.write("receipts/1.json", b"{}").unwrap();
        Ware::fresh(&dir).unwrap();
        assert!(!dir.join("receipts").exists() && dir.join(FILE_NAME).exists());
        fs::remove_dir_all(&dir).unwrap();
    }
}
