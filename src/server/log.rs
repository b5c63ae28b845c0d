//! The log: one event a line on standard error, for people or for machines.
//!
//! Promises: begins once in a process. Does not: choose what is told (see `observe` for requests).

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::Subscriber;

use crate::config::{ConfigError, LogConfig, LogFormat};

/// Begins to log.
///
/// # Errors
/// [`ConfigError`] when the level means nothing.
pub fn begin(config: &LogConfig) -> Result<(), ConfigError> {
    let filter = EnvFilter::try_new(&config.level).map_err(|error| ConfigError::Value {
        key: "log.level".to_owned(),
        why: format!("{:?}: {error}", config.level),
    })?;
    let log = Subscriber::builder()
        .with_env_filter(filter)
        .with_target(false)
        .with_ansi(false)
        .with_writer(std::io::stderr);
    // A second one in the same process (a test's, the demo's) writes where the first does.
    let _ = match config.format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
    Ok(())
}
