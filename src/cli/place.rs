//! Where an instance is: the two options that every command with an instance takes.
//!
//! Promises: the same layers of configuration for every command. Does not: open anything.

use std::path::PathBuf;

use super::failure::Failure;
use crate::config::{Config, FILE_NAME, Layers};

/// Where the instance is.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Place {
    /// The configuration file [default: carnet.toml in the data directory, if it is there]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The data directory [default: where the configuration file is, else this directory]
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

impl Place {
    /// The configuration there, with what the command line says over it.
    ///
    /// # Errors
    /// A configuration failure that names the key.
    pub fn load(&self, overrides: Vec<(&'static str, String)>) -> Result<Config, Failure> {
        let layers = Layers {
            dir: self.dir.clone(),
            file: self.config.clone(),
            environment: environment(),
            overrides,
        };
        Ok(layers.load()?)
    }

    /// Whether somebody configured this place.
    #[must_use]
    pub fn has_file(&self) -> bool {
        let dir = self.dir.clone().unwrap_or_default();
        self.config.is_some() || dir.join(FILE_NAME).exists()
    }
}

/// The variables that are text; none of ours is anything else.
pub(super) fn environment() -> Vec<(String, String)> {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    std::env::vars_os().filter_map(text).collect()
}
