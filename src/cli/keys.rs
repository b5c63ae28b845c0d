//! `carnet keys`: the keys that sign vouchers.
//!
//! Promises: a new key is a new file and a line of the operator's ledger; no key is ever deleted,
//! because paper outlives keys. Does not: show a private key.

use clap::Subcommand;

use super::failure::Failure;
use super::init::KEY_DAYS;
use super::place::Place;
use super::table;
use crate::domain::keyring::Revoked;
use crate::domain::token::PublicVoucherKey;
use crate::server::Opened;
use crate::service::Instance;
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
    /// End a key that was stolen or lost: it signs no more, and `redeeming.revoked_keys` says what
    /// becomes of the vouchers that it signed
    Revoke {
        #[command(flatten)]
        place: Place,
        /// The key's number, as in `carnet keys list`
        key_id: u8,
        /// Do it, knowing what becomes of paper in people's hands
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
            Verb::Add { days, .. } => add(&opened, days).await,
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
    let here = instance.signer.state().await?.keys;
    let row = |key: crate::domain::keyring::ListedVoucherKey| {
        let state = match key.revoked_at {
            Some(at) => format!("revoked {at}"),
            None if signing == Some(key.key_id) => "signs".to_owned(),
            None => "verifies".to_owned(),
        };
        let held = here.iter().any(|held| held.public_key == key.public_key);
        let file = if held { "here" } else { "missing" };
        let (from, until) = (key.not_before.to_string(), key.not_after.to_string());
        [key.key_id.to_string(), from, until, file.to_owned(), state]
    };
    let records = rotate::list(instance, &actor).await?;
    let rows: Vec<_> = records.into_iter().map(|record| row(record.key)).collect();
    table::print(["key", "signs from", "until", "file", "state"], &rows);
    Ok(())
}

async fn add(opened: &Opened, days: i64) -> Result<(), Failure> {
    let instance = &opened.instance;
    let actor = rotate::operator_at_the_machine(instance).await?;
    let known = rotate::list(instance, &actor).await?;
    let held = instance.signer.state().await?.keys;
    let held = held.iter().map(|key| key.key_id);
    let ids = known.iter().map(|record| record.key.key_id).chain(held);
    let next = ids.max().unwrap_or_default().checked_add(1);
    let key_id = next.ok_or_else(|| Failure::data("all 255 key numbers are used"))?;
    let public_key = instance.signer.make_key(key_id).await?;
    let key = PublicVoucherKey { key_id, public_key };
    let until = instance.clock.now().plus_seconds(days * 86_400);
    rotate::add(instance, &actor, key, until).await?;
    println!("Key {key_id} signs until {until}: a server that runs uses it from now on.");
    println!("Now add the signer's new file voucher-{key_id:03}.key to your offline copy.");
    Ok(())
}

async fn revoke(opened: &Opened, key_id: u8, yes: bool) -> Result<(), Failure> {
    let instance = &opened.instance;
    let actor = rotate::operator_at_the_machine(instance).await?;
    if !yes {
        return Err(Failure::usage(format!(
            "revoking key {key_id} is for ever; what it signed {}; if that is what you want, say \
             --yes",
            fate(instance)
        )));
    }
    rotate::revoke(instance, &actor, key_id).await?;
    println!("Key {key_id} is revoked: what it signed {}.", fate(instance));
    println!("`carnet keys add` makes the next one; open orders are then printed with it.");
    Ok(())
}

/// What becomes of tokens that a revoked key signed.
fn fate(instance: &Instance) -> &'static str {
    match instance.settings.revoked {
        Revoked::Refused => "counts as forged when scanned, and is accepted by its typed code",
        Revoked::Accepted => "is still accepted when the code in it is right",
    }
}
