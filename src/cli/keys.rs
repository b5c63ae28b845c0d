//! `carnet keys`: the keys that sign vouchers.
//!
//! Promises: a new key is a new file and a line of the operator's ledger; no key is ever deleted,
//! because paper outlives keys. Does not: show a private key.

use clap::Subcommand;

use super::failure::Failure;
use super::init::KEY_DAYS;
use super::place::Place;
use super::table;
use crate::config::Config;
use crate::server::Opened;
use crate::service::keys::Keys as KeyFiles;
use crate::service::rotate;

/// List, add and revoke the keys that sign vouchers.
#[derive(Debug, clap::Args)]
pub struct Keys {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show the keys: when each signs, and whether its file is here
    List {
        #[command(flatten)]
        place: Place,
    },
    /// Make the next key and sign with it from now on; what older keys signed stays good
    Add {
        #[command(flatten)]
        place: Place,
        /// How many days it signs
        #[arg(long, default_value_t = KEY_DAYS, value_parser = days())]
        days: i64,
    },
    /// End a key that was stolen: every voucher that it signed counts as forged from now on
    Revoke {
        #[command(flatten)]
        place: Place,
        /// The key's number, as in `carnet keys list`
        key_id: u8,
        /// Do it, knowing that paper in people's hands stops being accepted by its QR code
        #[arg(long)]
        yes: bool,
    },
}

/// Up to ten years.
fn days() -> clap::builder::RangedI64ValueParser {
    clap::value_parser!(i64).range(1..=3660)
}

impl Keys {
    /// Runs the verb.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn run(self) -> Result<(), Failure> {
        let (Verb::List { place } | Verb::Add { place, .. } | Verb::Revoke { place, .. }) =
            &self.verb;
        let config = place.load(Vec::new())?;
        let opened = Opened::open(&config).await?;
        let done = match self.verb {
            Verb::List { .. } => list(&opened).await,
            Verb::Add { days, .. } => add(&opened, &config, days).await,
            Verb::Revoke { key_id, yes, .. } => revoke(&opened, key_id, yes).await,
        };
        opened.close().await;
        done
    }
}

async fn list(opened: &Opened) -> Result<(), Failure> {
    let instance = &opened.instance;
    let actor = rotate::operator_at_the_machine(instance).await?;
    let now = instance.clock.now();
    let signing = instance.keyring().await?.signing(actor.organisation, now).cloned();
    let signing = signing.map(|record| record.key.key_id);
    let row = |key: crate::domain::keyring::ListedVoucherKey| {
        let state = match key.revoked_at {
            Some(at) => format!("revoked {at}"),
            None if signing == Some(key.key_id) => "signs".to_owned(),
            None => "verifies".to_owned(),
        };
        let file = if instance.keys.voucher_key(key.key_id).is_some() { "here" } else { "missing" };
        let (from, until) = (key.not_before.to_string(), key.not_after.to_string());
        [key.key_id.to_string(), from, until, file.to_owned(), state]
    };
    let records = rotate::list(instance, &actor).await?;
    let rows: Vec<_> = records.into_iter().map(|record| row(record.key)).collect();
    table::print(["key", "signs from", "until", "file", "state"], &rows);
    Ok(())
}

async fn add(opened: &Opened, config: &Config, days: i64) -> Result<(), Failure> {
    let instance = &opened.instance;
    let actor = rotate::operator_at_the_machine(instance).await?;
    let known = rotate::list(instance, &actor).await?;
    let ids = known.iter().map(|record| record.key.key_id).chain(instance.keys.voucher_key_ids());
    let next = ids.max().unwrap_or_default().checked_add(1);
    let next = next.ok_or_else(|| Failure::data("all 255 key numbers are used"))?;
    let key = KeyFiles::add_voucher_key(&config.keys.dir, next, instance.entropy.as_ref())?;
    let until = instance.clock.now().plus_seconds(days * 86_400);
    rotate::add(instance, &actor, key.public(), until).await?;
    println!("Key {next} signs until {until}. Now:");
    println!("  1. restart a server that runs, so that it reads the new key file;");
    println!("  2. add {} to your offline copy.", config.keys.dir.display());
    Ok(())
}

async fn revoke(opened: &Opened, key_id: u8, yes: bool) -> Result<(), Failure> {
    let instance = &opened.instance;
    let actor = rotate::operator_at_the_machine(instance).await?;
    if !yes {
        return Err(Failure::usage(format!(
            "revoking key {key_id} makes every token that it signed count as forged; if that is \
             what you want, say --yes"
        )));
    }
    rotate::revoke(instance, &actor, key_id).await?;
    println!("Key {key_id} is revoked. `carnet keys add` makes the next one.");
    Ok(())
}
