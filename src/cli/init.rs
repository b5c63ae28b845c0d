//! `carnet init`: a new instance in a directory.
//!
//! Promises: overwrites nothing; when it fails before the instance is founded, it takes away what
//! it made; the first API key goes to standard output, once. Does not: ask questions.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};

use super::failure::Failure;
use super::place::environment;
use crate::base::day::Zone;
use crate::base::entropy::SystemEntropy;
use crate::base::id::Id;
use crate::base::text::Name;
use crate::config::{Config, FILE_NAME, Layers};
use crate::domain::registration::Registration;
use crate::domain::token::PublicVoucherKey;
use crate::server::{Opened, open_database};
use crate::service::found::{Foundation, found};
use crate::service::keys::{CODE_KEY, Keys, LOG_KEY, TAG_KEY, voucher_path};
use crate::store;

/// How long a voucher key signs, when nothing else is said: two years.
pub(super) const KEY_DAYS: i64 = 730;

/// What stands for the operator's number until it is known.
const NO_NUMBER: &str = "W000000000";

/// Make a new instance: database, keys, operator and its first API key.
#[derive(Debug, clap::Args)]
pub struct Init {
    /// The data directory; made when it is not there
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// The operator's name
    #[arg(long, default_value = "Carnet")]
    name: String,
    /// The operator's SIRET number
    #[arg(long, value_name = "NUMBER", conflicts_with = "rna")]
    siret: Option<String>,
    /// The operator's RNA number, for an association without a SIRET
    #[arg(long, value_name = "NUMBER")]
    rna: Option<String>,
    /// The public host, without scheme; printed codes and ledgers keep it for ever
    #[arg(long)]
    host: Option<String>,
    /// The database [default: sqlite:carnet.db in the data directory]
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// The time zone whose civil days count in the operator's ledger
    #[arg(long, value_name = "ZONE", default_value = "Europe/Paris")]
    time_zone: String,
}

/// Who will run the instance.
#[derive(Debug, Clone)]
pub(super) struct Founder {
    name: Name,
    registration: Registration,
    time_zone: Zone,
}

impl Founder {
    /// One that has said nothing about itself yet.
    pub(super) fn unnamed() -> Result<Self, Failure> {
        Self::new("Carnet", NO_NUMBER, "Europe/Paris")
    }

    fn new(name: &str, number: &str, zone: &str) -> Result<Self, Failure> {
        let usage = |option: &str, why: String| Failure::usage(format!("{option}: {why}"));
        Ok(Self {
            name: Name::new(name).map_err(|error| usage("--name", error.to_string()))?,
            registration: number
                .parse()
                .map_err(|error| usage("--siret or --rna", format!("{number:?}: {error}")))?,
            time_zone: zone
                .parse()
                .map_err(|_| usage("--time-zone", format!("{zone:?} is not one")))?,
        })
    }
}

impl Init {
    /// Makes the instance and says what is next.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn run(self) -> Result<(), Failure> {
        let number = self.siret.as_deref().or(self.rna.as_deref()).unwrap_or(NO_NUMBER);
        let founder = Founder::new(&self.name, number, &self.time_zone)?;
        let mut overrides = Vec::new();
        overrides.extend(self.host.clone().map(|host| ("server.host", host)));
        overrides.extend(self.database.clone().map(|url| ("database.url", url)));
        let file = self.dir.join(FILE_NAME);
        if file.exists() {
            return Err(taken(&file));
        }
        let layers = Layers {
            dir: Some(self.dir.clone()),
            file: None,
            environment: environment(),
            overrides: overrides.clone(),
        };
        let config = layers.load()?;
        let secret = create(&config, &founder, &overrides).await?;
        tell(&secret);
        let dir = self.dir.display();
        println!("\nNext: carnet serve --dir {dir}");
        if self.host.is_none() {
            println!(
                "The host is {}: fine for a trial; a real instance is made with --host, because \
                 its ledgers keep it for ever.",
                config.server.host
            );
        }
        if number == NO_NUMBER {
            println!("The operator has no SIRET number yet: its register can be changed later.");
        }
        Ok(())
    }
}

/// Prints the first key: the only time that anybody sees it.
pub(super) fn tell(secret: &SecretString) {
    println!("The operator's API key, shown this once; keep it in a password safe:\n");
    println!("    {}\n", secret.expose_secret());
    println!("Programs send it as `Authorization: Bearer carnet_…`.");
}

fn taken(path: &Path) -> Failure {
    let path = path.display();
    Failure::cannot_create(format!("{path} is there already; `carnet serve` serves what is there"))
}

/// What was made so far: taken away again when the rest fails.
#[derive(Debug, Default)]
struct Made(Vec<PathBuf>);

impl Made {
    /// Makes a file that only its owner reads.
    fn file(&mut self, path: &Path, content: &str) -> Result<(), Failure> {
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => taken(path),
            _ => Failure::unwritten(path, &error),
        })?;
        self.0.push(path.to_owned());
        file.write_all(content.as_bytes()).map_err(|error| Failure::unwritten(path, &error))
    }

    /// Makes a directory that only its owner enters, and those above it.
    fn dir(&mut self, path: &Path) -> Result<(), Failure> {
        if path.exists() {
            return Ok(());
        }
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path).map_err(|error| Failure::unwritten(path, &error))?;
        self.0.push(path.to_owned());
        Ok(())
    }

    fn undo(self) {
        for path in self.0.iter().rev() {
            // A directory goes only when nothing else is in it.
            let _ = if path.is_dir() { fs::remove_dir(path) } else { fs::remove_file(path) };
        }
    }
}

/// Makes an instance and gives the operator's first secret.
///
/// # Errors
/// [`Failure`] when something is there already.
pub(super) async fn create(
    config: &Config,
    founder: &Founder,
    chosen: &[(&'static str, String)],
) -> Result<SecretString, Failure> {
    let mut made = Made::default();
    let prepared = prepare(config, chosen, &mut made).await;
    if let Err(failure) = prepared {
        made.undo();
        return Err(failure);
    }
    let opened = Opened::open(config).await?;
    let public_key = opened.instance.signer.public_key(1).await?;
    let foundation = Foundation {
        operator_id: Id::new(opened.instance.clock.as_ref(), opened.instance.entropy.as_ref()),
        name: founder.name.clone(),
        registration: founder.registration.clone(),
        time_zone: founder.time_zone.clone(),
        voucher_key: PublicVoucherKey { key_id: 1, public_key },
        voucher_key_until: opened.instance.clock.now().plus_seconds(KEY_DAYS * 86_400),
    };
    let outcome = found(&opened.instance, foundation).await;
    opened.close().await;
    let (_, secret) = outcome?;
    Ok(secret)
}

async fn prepare(
    config: &Config,
    chosen: &[(&'static str, String)],
    made: &mut Made,
) -> Result<(), Failure> {
    made.dir(&config.dir)?;
    made.file(&config.dir.join(FILE_NAME), &file_of(chosen))?;
    made.dir(&config.keys.dir)?;
    made.dir(&config.signer.keys)?;
    let (own, signing) = (&config.keys.dir, &config.signer.keys);
    let keys =
        [signing.join(CODE_KEY), own.join(LOG_KEY), own.join(TAG_KEY), voucher_path(signing, 1)];
    if let Some(there) = keys.iter().find(|path| path.exists()) {
        return Err(taken(there));
    }
    if let Some(file) = config.database.url.file() {
        // SQLite gives its other files the permissions of this one: it will hold bank accounts.
        made.file(file, "")?;
        for more in ["-wal", "-shm"] {
            made.0.push(PathBuf::from(format!("{}{more}", file.display())));
        }
    }
    let database = open_database(config).await?;
    let mut tx = database.read().await?;
    let ledgers = store::ledger::all_heads(&mut tx).await?;
    drop(tx);
    database.close().await;
    if !ledgers.is_empty() {
        let url = &config.database.url;
        return Err(Failure::cannot_create(format!(
            "{url} holds an instance already; its keys belong into {}",
            config.keys.dir.display()
        )));
    }
    made.0.extend(keys);
    let entropy = SystemEntropy::default();
    Keys::create_in(own, signing, &entropy)?;
    Keys::add_voucher_key(signing, 1, &entropy)?;
    Ok(())
}

/// The file with what was chosen; a text in JSON is a text in TOML.
fn file_of(chosen: &[(&'static str, String)]) -> String {
    let mut text =
        String::from("# What differs from the default. deploy/config.toml documents every key.\n");
    for (key, value) in chosen {
        let (section, key) = key.split_once('.').unwrap_or(("server", key));
        let value = serde_json::Value::from(value.as_str());
        let _ = write!(text, "\n[{section}]\n{key} = {value}\n");
    }
    text
}
