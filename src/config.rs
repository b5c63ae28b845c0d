//! The configuration: `deploy/config.toml`, a file, the environment and the command line, in this
//! order, each over the one before.
//!
//! Promises: `deploy/config.toml` lists every key and is the default; whatever is wrong is an error
//! that names the key; `Debug` shows no password. Does not: open anything that it names.

mod abuse;
mod people;
mod retention;
mod sections;
mod signals;

use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ::config::{
    Config as Merged, Environment, File, FileFormat, Map, Source as _, Value, ValueKind,
};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

pub use self::abuse::AbuseConfig;
pub use self::retention::RetentionConfig;
pub use self::sections::{
    AuditConfig, LegalConfig, Network, RedeemingConfig, RevokedKeys, SignerConfig,
};
pub use self::signals::SignalsConfig;
pub use people::{
    MailConfig, OpenIdConfig, PasswordsConfig, PeopleConfig, SecondFactor, TwoPeopleConfig,
};

/// The default, which documents every key.
pub const DEFAULT: &str = include_str!("../deploy/config.toml");

/// The file that is read when it is in the data directory.
pub const FILE_NAME: &str = "carnet.toml";

/// A whole configuration.
#[derive(Debug, Clone, Deserialize)]
pub struct Config {
    /// The data directory, where relative paths start.
    #[serde(skip)]
    pub dir: PathBuf,
    /// Where facts rest.
    pub database: DatabaseConfig,
    /// Where private keys are.
    pub keys: KeysConfig,
    /// Who signs.
    pub signer: SignerConfig,
    /// What is accepted at a counter.
    pub redeeming: RedeemingConfig,
    /// What is kept beside the database, and looked at every night.
    pub audit: AuditConfig,
    /// Who answers for the pages.
    pub legal: LegalConfig,
    /// How requests are taken.
    pub server: ServerConfig,
    /// What is too much.
    pub limits: LimitsConfig,
    /// Who asks too much.
    pub abuse: AbuseConfig,
    /// What is raised to the operator.
    pub signals: SignalsConfig,
    /// How long what is nobody's proof is kept.
    pub retention: RetentionConfig,
    /// What is told.
    pub log: LogConfig,
    /// How people sign in.
    pub people: PeopleConfig,
    /// Which passwords nobody chooses.
    pub passwords: PasswordsConfig,
    /// What two people decide.
    pub two_people: TwoPeopleConfig,
    /// How letters leave.
    pub mail: MailConfig,
    /// Where people may sign in too.
    pub openid: OpenIdConfig,
    /// Who co-signs.
    pub witnesses: WitnessesConfig,
}

/// `[database]`
#[derive(Debug, Clone, Deserialize)]
pub struct DatabaseConfig {
    /// `sqlite:FILE` or `postgres://…`; a file is absolute, or starts where the program runs.
    pub url: DatabaseUrl,
    /// Connections that read at the same time.
    #[serde(deserialize_with = "from_1_to_1000")]
    pub readers: u32,
    /// Whether it may be asked over a network without TLS that shows who answers.
    pub plain_text: bool,
}

/// `[keys]`
#[derive(Debug, Clone, Deserialize)]
pub struct KeysConfig {
    /// The directory.
    pub dir: PathBuf,
}

/// `[server]`
#[derive(Debug, Clone, Deserialize)]
pub struct ServerConfig {
    /// Where it listens.
    #[serde(deserialize_with = "address")]
    pub listen: SocketAddr,
    /// The public host, without scheme.
    #[serde(deserialize_with = "host")]
    pub host: String,
    /// Where people find the venues; the host when nothing is given.
    pub help_line: String,
    /// The certificates to speak TLS with, in PEM; `None` without TLS.
    #[serde(deserialize_with = "sections::path_or_none")]
    pub tls_certificate: Option<PathBuf>,
    /// Its private key, in PEM.
    #[serde(deserialize_with = "sections::path_or_none")]
    pub tls_key: Option<PathBuf>,
    /// Whether it may listen to a network without TLS.
    pub plain_text: bool,
    /// Proxies whose word on who asks is believed.
    pub trusted_proxies: Vec<Network>,
    /// How long a request may take.
    #[serde(rename = "request_timeout_seconds", deserialize_with = "seconds")]
    pub request_timeout: Duration,
    /// How long a stopping server waits.
    #[serde(rename = "stop_timeout_seconds", deserialize_with = "seconds")]
    pub stop_timeout: Duration,
}

/// `[limits]`
#[derive(Debug, Clone, Deserialize)]
pub struct LimitsConfig {
    /// Connections that are served at the same time.
    #[serde(deserialize_with = "from_1_to_100_000")]
    pub connections: u32,
    /// How long a connection may be idle.
    #[serde(rename = "idle_seconds", deserialize_with = "seconds")]
    pub idle: Duration,
}

/// `[log]`
#[derive(Debug, Clone, Deserialize)]
pub struct LogConfig {
    /// For whom.
    pub format: LogFormat,
    /// How much.
    pub level: String,
}

/// `[witnesses]`
#[derive(Debug, Clone, Deserialize)]
pub struct WitnessesConfig {
    /// Who is brought each ledger's checkpoints.
    pub list: Vec<WitnessConfig>,
    /// How often.
    #[serde(rename = "every_seconds", deserialize_with = "seconds")]
    pub every: Duration,
}

/// A witness outside.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WitnessConfig {
    /// Its submission prefix (C2SP tlog-witness).
    pub url: String,
    /// Its verifier key.
    pub vkey: String,
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Where the database is; shows no password.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// The address with its password: for the database only.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The file, when the engine is SQLite.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.0.strip_prefix("sqlite:").map(Path::new)
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((scheme, rest)) = self.0.split_once("://") else {
            return f.write_str(&self.0);
        };
        // A password may hold any of the signs that end it, and parameters may hold one too.
        let (user, place) = rest.rsplit_once('@').unwrap_or(("", rest));
        let place = place.split('?').next().unwrap_or_default();
        match user.split_once(':') {
            Some((user, _)) => write!(f, "{scheme}://{user}:***@{place}"),
            None if user.is_empty() => write!(f, "{scheme}://{place}"),
            None => write!(f, "{scheme}://{user}@{place}"),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

impl<'de> Deserialize<'de> for DatabaseUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let postgres = text.starts_with("postgres://") || text.starts_with("postgresql://");
        if postgres {
            return Ok(Self(text));
        }
        // `sqlite://FILE` is how other programs write it.
        let file = text.strip_prefix("sqlite:").map(|file| file.strip_prefix("//").unwrap_or(file));
        match file {
            Some(file) if !file.is_empty() => Ok(Self(format!("sqlite:{file}"))),
            _ => Err(D::Error::custom("write sqlite:FILE or postgres://USER:PASSWORD@HOST/NAME")),
        }
    }
}

fn bounded<'de, D: Deserializer<'de>>(deserializer: D, most: u32) -> Result<u32, D::Error> {
    let number = u32::deserialize(deserializer)?;
    if (1..=most).contains(&number) {
        Ok(number)
    } else {
        Err(D::Error::custom(format!("{number} is not from 1 to {most}")))
    }
}

fn from_1_to_1000<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    bounded(deserializer, 1000)
}

fn from_1_to_100_000<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    bounded(deserializer, 100_000)
}

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    bounded(deserializer, 3600).map(|seconds| Duration::from_secs(seconds.into()))
}

fn minute_of_day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(None);
    }
    let number = |part: &str, most: u32| {
        let two = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<u32>().ok().filter(|number| two && *number <= most)
    };
    let time = text.split_once(':');
    let minutes =
        time.and_then(|(hour, minute)| Some(number(hour, 23)? * 60 + number(minute, 59)?));
    let advice = || D::Error::custom(format!("{text:?} is not a time of day, like 02:30"));
    minutes.map(Some).ok_or_else(advice)
}

fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(deserializer)?;
    let advice = |_| {
        let advice = format!("{text:?} is not an address and a port, like 127.0.0.1:8080");
        D::Error::custom(advice)
    };
    text.parse().map_err(advice)
}

fn host<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let lawful = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
    if (1..=200).contains(&text.len()) && text.chars().all(lawful) {
        Ok(text.to_ascii_lowercase())
    } else {
        let advice = format!("{text:?} is not a host; write it without scheme: pass.example.org");
        Err(D::Error::custom(advice))
    }
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file that cannot be read, or is not TOML.
    #[error("{path}: {why}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A key that means nothing.
    #[error("there is no key {key} ({origin}); {siblings}")]
    UnknownKey {
        /// The key.
        key: String,
        /// Where it was found.
        origin: String,
        /// The keys that there are.
        siblings: String,
    },
    /// A value that does not fit its key.
    #[error("{key}: {why}")]
    Value {
        /// The key.
        key: String,
        /// What is wrong with it.
        why: String,
    },
}

/// The layers over the default.
#[derive(Clone, Default)]
pub struct Layers {
    /// The data directory; else where the file is, else the current directory.
    pub dir: Option<PathBuf>,
    /// The file; else `carnet.toml` in the data directory, if it is there.
    pub file: Option<PathBuf>,
    /// Variables; only those that begin with `CARNET_` and hold `__` are looked at.
    pub environment: Vec<(String, String)>,
    /// Keys of the command line, like `server.listen`.
    pub overrides: Vec<(&'static str, String)>,
}

impl Layers {
    /// Merges the layers and checks each value.
    ///
    /// # Errors
    /// [`ConfigError`] names the key.
    pub fn load(&self) -> Result<Config, ConfigError> {
        let beside = self.file.as_deref().and_then(Path::parent).map(Path::to_owned);
        let dir = self.dir.clone().or(beside).unwrap_or_default();
        let dir = if dir.as_os_str().is_empty() { PathBuf::from(".") } else { dir };
        let default = File::from_str(DEFAULT, FileFormat::Toml);
        let known = leaves(&collected(&default, Path::new("deploy/config.toml"))?);
        let mut layers = Merged::builder().add_source(default);

        let usual = dir.join(FILE_NAME);
        let path = self.file.clone().or_else(|| usual.exists().then_some(usual));
        if let Some(path) = path {
            let text = std::fs::read_to_string(&path);
            let text = text.map_err(|error| file_error(&path, &error))?;
            let file = File::from_str(&text, FileFormat::Toml);
            let keys = leaves(&collected(&file, &path)?);
            check_known(&known, keys, |_| path.display().to_string())?;
            layers = layers.add_source(file);
        }

        let variables = self.environment.iter().filter(|(name, _)| is_ours(name)).cloned();
        let variables: Map<String, String> = variables.collect();
        let variables = with_files(&known, variables)?;
        let keys = variables.keys().map(|name| key_of(name)).collect();
        check_known(&known, keys, |key| format!("variable {}", variable_of(key)))?;
        let environment = Environment::with_prefix("CARNET").prefix_separator("_").separator("__");
        layers = layers.add_source(environment.source(Some(variables)));

        for (key, value) in &self.overrides {
            layers = layers
                .set_override(*key, value.as_str())
                .map_err(|error| value_error(key, &error))?;
        }
        let merged = layers.build().map_err(|error| value_error("configuration", &error))?;
        let config: Config = serde_path_to_error::deserialize(merged)
            .map_err(|error| value_error(&error.path().to_string(), error.inner()))?;
        Ok(config.starting_at(dir))
    }
}

impl Config {
    fn starting_at(mut self, dir: PathBuf) -> Self {
        if let Some(file) = self.database.url.file()
            && file != Path::new(":memory:")
        {
            self.database.url = DatabaseUrl(format!("sqlite:{}", dir.join(file).display()));
        }
        self.keys.dir = dir.join(&self.keys.dir);
        self.signer.starting_at(&dir, &self.keys.dir);
        let under = |path: &PathBuf| dir.join(path);
        self.server.tls_certificate = self.server.tls_certificate.as_ref().map(under);
        self.server.tls_key = self.server.tls_key.as_ref().map(under);
        self.audit.checkpoints = dir.join(&self.audit.checkpoints);
        if self.server.help_line.trim().is_empty() {
            self.server.help_line.clone_from(&self.server.host);
        }
        self.dir = dir;
        self
    }
}

/// Variables of which `…_FILE` names a file with the value, as passwords are given to a service.
fn with_files(
    known: &BTreeSet<String>,
    variables: Map<String, String>,
) -> Result<Map<String, String>, ConfigError> {
    let value = |(name, value): (String, String)| {
        let own = name.strip_suffix("_FILE").filter(|own| known.contains(&key_of(own)));
        let Some(own) = own.filter(|_| !known.contains(&key_of(&name))) else {
            return Ok((name, value));
        };
        let path = PathBuf::from(value);
        let text = std::fs::read_to_string(&path).map_err(|error| file_error(&path, &error))?;
        Ok((own.to_owned(), text.trim().to_owned()))
    };
    variables.into_iter().map(value).collect()
}

fn is_ours(name: &str) -> bool {
    name.strip_prefix("CARNET_").is_some_and(|rest| rest.contains("__"))
}

fn key_of(variable: &str) -> String {
    variable.strip_prefix("CARNET_").unwrap_or(variable).replace("__", ".").to_lowercase()
}

fn variable_of(key: &str) -> String {
    format!("CARNET_{}", key.replace('.', "__").to_uppercase())
}

fn file_error(path: &Path, why: &dyn fmt::Display) -> ConfigError {
    // One line: the parser draws a picture of the place over several.
    let why = why.to_string();
    let lines: Vec<&str> = why.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    ConfigError::File { path: path.to_owned(), why: lines.join(" ") }
}

fn value_error(key: &str, error: &::config::ConfigError) -> ConfigError {
    let why = match error {
        ::config::ConfigError::Type { unexpected, expected, origin, .. } => {
            let origin = origin.as_ref().map(|origin| format!(" ({origin})"));
            format!("{unexpected} is not {expected}{}", origin.unwrap_or_default())
        }
        ::config::ConfigError::At { error, .. } => return value_error(key, error),
        other => other.to_string(),
    };
    ConfigError::Value { key: key.to_owned(), why }
}

fn collected(
    file: &File<::config::FileSourceString, FileFormat>,
    path: &Path,
) -> Result<Map<String, Value>, ConfigError> {
    file.collect().map_err(|error| file_error(path, &error))
}

/// The keys with values, as `section.key`.
fn leaves(tables: &Map<String, Value>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (section, value) in tables {
        match &value.kind {
            ValueKind::Table(keys) if !keys.is_empty() => {
                found.extend(leaves(keys).into_iter().map(|key| format!("{section}.{key}")));
            }
            ValueKind::Table(_) => {}
            _ => {
                found.insert(section.clone());
            }
        }
    }
    found
}

fn check_known(
    known: &BTreeSet<String>,
    keys: BTreeSet<String>,
    origin: impl Fn(&str) -> String,
) -> Result<(), ConfigError> {
    let Some(key) = keys.into_iter().find(|key| !known.contains(key)) else { return Ok(()) };
    let section = key.split('.').next().unwrap_or_default();
    let of_section =
        known.iter().filter_map(|known| known.strip_prefix(section)?.strip_prefix('.'));
    let mut there: Vec<&str> = of_section.collect();
    let mut siblings = format!("[{section}] has ");
    if there.is_empty() {
        there = known.iter().filter_map(|known| known.split('.').next()).collect();
        there.dedup();
        "the sections are ".clone_into(&mut siblings);
    }
    siblings.push_str(&there.join(", "));
    Err(ConfigError::UnknownKey { origin: origin(&key), key, siblings })
}

#[cfg(test)]
mod tests;
