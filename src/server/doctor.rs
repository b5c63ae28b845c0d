//! Examining an installation: what a person would look at, one thing after the other.
//!
//! Promises: nothing is changed (a file that shows whether a directory can be written is taken away
//! again); what cannot be looked at is said; no secret is shown. Does not: audit lines.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::tls::Tls;
use super::{outside, signer};
use crate::base::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::domain::code::Code;
use crate::domain::diagnosis::Diagnosis;
use crate::domain::refusal::Reason;
use crate::service::Error;
use crate::service::http::Client;
use crate::service::keys::{CODE_KEY, Keys, LOG_KEY, TAG_KEY, read_secret, voucher_path};
use crate::service::mail::Post;
use crate::service::signer::SignerState;
use crate::store::database::health;

/// Looks at all that a configuration names; at an address outside for the time, if one is given.
pub async fn examine(config: &Config, time_from: Option<&str>) -> Vec<Diagnosis> {
    let now = SystemClock.now();
    let version = format!("Carnet {}, {}", env!("CARGO_PKG_VERSION"), std::env::consts::ARCH);
    let mut found = vec![Diagnosis::fine("version", version)];
    found.push(Diagnosis::fine("configuration", format!("of {}", shown(&config.dir))));
    found.extend(files(config));
    match outside::database(config) {
        Err(exposed) => found.push(exposed.diagnosed("database")),
        Ok(()) => found.extend(health::examine(config.database.url.reveal(), now).await),
    }
    found.push(checkpoints(config));
    found.extend(signing(config).await);
    found.push(tls(config));
    found.push(mail(config).await);
    found.extend(outside::named(config).err().map(|exposed| exposed.diagnosed("outside")));
    found.extend(disks(config));
    if let Some(address) = time_from {
        found.push(time(address).await);
    }
    found
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// Key files, and who can read them and the database's file.
fn files(config: &Config) -> Vec<Diagnosis> {
    let mut found = Vec::new();
    let own = &config.keys.dir;
    let mut names: Vec<PathBuf> = [LOG_KEY, TAG_KEY].map(|name| own.join(name)).into();
    if config.signer.socket.is_none() {
        names.push(config.signer.keys.join(CODE_KEY));
        let all = (1..=u8::MAX).map(|key_id| voucher_path(&config.signer.keys, key_id));
        names.extend(all.filter(|path| path.exists()));
    }
    let count = names.len();
    let wrong = names.into_iter().filter_map(|path| Some((read_secret(&path).err()?, path)));
    let wrong: Vec<_> = wrong
        .map(|(error, path)| {
            let mend = format!("chmod 600 {0}; when it is gone, copy it back", shown(&path));
            Diagnosis::fail("keys", error.to_string(), mend)
        })
        .collect();
    if wrong.is_empty() {
        found.push(Diagnosis::fine("keys", format!("{count} files that only their user reads")));
    }
    found.extend(wrong);
    found.extend(apart(config));
    let mut private = vec![config.dir.clone()];
    if let Some(file) = config.database.url.file() {
        let beside = |more: &str| PathBuf::from(format!("{}{more}", file.display()));
        private.extend(["", "-wal", "-shm"].map(beside).into_iter().filter(|path| path.exists()));
    }
    let open = private.iter().filter(|path| is_open(path));
    let open: Vec<String> = open.map(|path| shown(path)).collect();
    found.push(if open.is_empty() {
        Diagnosis::fine("data", format!("{} is closed to others", shown(&config.dir)))
    } else {
        let finding = format!("others can read {}", open.join(", "));
        Diagnosis::fail("data", finding, format!("chmod -R go= {}", shown(&config.dir)))
    });
    found
}

/// Whether others than owner and group can read something; for a file, the group neither.
fn is_open(path: &Path) -> bool {
    let Ok(metadata) = fs::metadata(path) else { return false };
    let others = if metadata.is_dir() { 0o007 } else { 0o077 };
    metadata.permissions().mode() & others != 0
}

/// Keys that make vouchers do not lie where a server with a signer apart can read them.
fn apart(config: &Config) -> Option<Diagnosis> {
    config.signer.socket.as_ref()?;
    let near = [config.keys.dir.join(CODE_KEY), voucher_path(&config.keys.dir, 1)];
    let near = near.into_iter().find(|path| fs::File::open(path).is_ok())?;
    let mend = "move it to the signer's directory, readable by the signer's user only";
    Some(Diagnosis::warn("keys", format!("this user can read {}", shown(&near)), mend))
}

/// Where checkpoints are kept outside the database.
fn checkpoints(config: &Config) -> Diagnosis {
    let dir = &config.audit.checkpoints;
    // The server makes the last part itself.
    let there = if dir.exists() { Some(dir.as_path()) } else { dir.parent() };
    let there = there.unwrap_or(dir);
    let probe = there.join(format!(".carnet-doctor-{}", std::process::id()));
    if let Err(error) = fs::write(&probe, b"") {
        let mend = "let the server's user write there: old backups are noticed by what is kept";
        return Diagnosis::fail("checkpoints", format!("{}: {error}", shown(there)), mend);
    }
    let _ = fs::remove_file(&probe);
    let Some(file) = config.database.url.file() else {
        return Diagnosis::fine("checkpoints", format!("kept in {}", shown(dir)));
    };
    let mend = "set audit.checkpoints to another disk: what restores an old database must not \
                restore old checkpoints with it";
    let home = file.parent().unwrap_or(Path::new("."));
    let device = |path: &Path| fs::metadata(path).map(|metadata| metadata.dev()).ok();
    if dir == home {
        let finding = format!("kept in the directory of the database, {}", shown(dir));
        Diagnosis::fail("checkpoints", finding, mend)
    } else if dir.starts_with(home) || device(there) == device(home) {
        let finding = format!("{} is on the disk of the database", shown(dir));
        Diagnosis::warn("checkpoints", finding, mend)
    } else {
        Diagnosis::fine("checkpoints", format!("kept in {}", shown(dir)))
    }
}

/// The signer: there, with keys that belong to ours, and not at the end of its day.
async fn signing(config: &Config) -> Vec<Diagnosis> {
    let place = match &config.signer.socket {
        Some(socket) => format!("at {}", shown(socket)),
        None => "started by the server".to_owned(),
    };
    let state = match signer::of(config) {
        Ok(signer) => signer.state().await,
        Err(error) => Err(error.into()),
    };
    let state = match state {
        Ok(state) => state,
        Err(error) => {
            let away = error.reason() == Some(Reason::SignerAway);
            let finding = match error {
                _ if away => format!("nobody answers {place}"),
                Error::Fault(why) => why,
                error => error.to_string(),
            };
            let mend = "start carnet-signer.service, list this user's number in its allow_uids, \
                        and see that its keys can be read";
            return vec![Diagnosis::fail("signer", finding, mend)];
        }
    };
    let living = state.keys.iter().filter(|key| !key.retired).count();
    let mut found = vec![if living == 0 {
        let mend = "make the next key: carnet keys add";
        Diagnosis::fail("signer", "every voucher key is retired", mend)
    } else {
        Diagnosis::fine("signer", format!("{place}, with {living} voucher keys"))
    }];
    found.push(ceiling(&state));
    let one = Code::from_number(1);
    let tag = Keys::load(&config.keys.dir).ok().zip(one);
    if tag.is_some_and(|(keys, one)| keys.tag_key().tag(one).stored() != state.tag_of_one) {
        let mend = "copy the tag.key that was made with the signer's code.key";
        let finding = "tag.key is not that of the signer's code.key: no typed code is found";
        found.push(Diagnosis::fail("keys", finding, mend));
    }
    found
}

fn ceiling(state: &SignerState) -> Diagnosis {
    let (most, worth) = (state.ceilings.vouchers, state.ceilings.cents);
    let finding = format!(
        "{} of {most} vouchers and {} of {worth} cents on {} (UTC)",
        state.vouchers, state.cents, state.on
    );
    let near = |spent: i64, most: i64| spent >= most - most / 10;
    if near(state.vouchers, most) || near(state.cents, worth) {
        let mend = "see who prints so much; then raise signer.vouchers_per_day and cents_per_day";
        Diagnosis::warn("ceilings", finding, mend)
    } else {
        Diagnosis::fine("ceilings", finding)
    }
}

fn tls(config: &Config) -> Diagnosis {
    let server = &config.server;
    let local = server.listen.ip().is_loopback();
    if let Err(exposed) = outside::listening(config) {
        return exposed.diagnosed("tls");
    }
    match Tls::of(server.tls_certificate.as_deref(), server.tls_key.as_deref()) {
        Ok(Some(_)) => Diagnosis::fine("tls", "the server speaks TLS itself"),
        Err(error) => {
            let mend = "give both files in PEM, the key readable by the server's user only";
            Diagnosis::fail("tls", error.to_string(), mend)
        }
        Ok(None) if !local && server.trusted_proxies.is_empty() => {
            let finding = format!("{} is open to others, without TLS", server.listen);
            let mend = "listen on 127.0.0.1 behind a proxy (deploy/Caddyfile) or give \
                        server.tls_certificate; list the proxy in server.trusted_proxies";
            Diagnosis::warn("tls", finding, mend)
        }
        Ok(None) => Diagnosis::fine("tls", "left to the proxy in front"),
    }
}

/// Whether the mail server lets this sender in; nothing is sent.
async fn mail(config: &Config) -> Diagnosis {
    let Some(server) = &config.mail.smtp else {
        return Diagnosis::fine("mail", "none: links are shown to who asks for them");
    };
    if let Err(exposed) = outside::mail(config) {
        return exposed.diagnosed("mail");
    }
    let mend = "see that mail.smtp and mail.from are what the mail server expects";
    let post = Post::new(server, &config.mail.from, &config.server.host);
    let connected = match post {
        Ok(post) => post.connects().await,
        Err(error) => Err(error),
    };
    match connected {
        Ok(()) => Diagnosis::fine("mail", "the mail server lets this sender in"),
        Err(error) => Diagnosis::fail("mail", error.to_string(), mend),
    }
}

fn disks(config: &Config) -> Vec<Diagnosis> {
    let mut places = vec![config.dir.clone(), config.audit.checkpoints.clone()];
    places.extend(config.database.url.file().and_then(Path::parent).map(Path::to_owned));
    let mut seen = std::collections::BTreeSet::new();
    let mut found = Vec::new();
    for place in places {
        let near = place.ancestors().find(|path| path.exists()).unwrap_or(Path::new("."));
        let Ok(device) = fs::metadata(near).map(|metadata| metadata.dev()) else { continue };
        if let (true, Ok(disk)) = (seen.insert(device), rustix::fs::statvfs(near)) {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            let whole = disk.f_blocks.saturating_mul(disk.f_frsize);
            let mut one = Diagnosis::disk("disk", free, whole);
            one.finding = format!("{}: {}", shown(near), one.finding);
            found.push(one);
        }
    }
    found
}

/// This machine's clock against the `Date` of an answer over HTTP, which is told in whole seconds.
async fn time(address: &str) -> Diagnosis {
    let mend = "give --time-from an address that answers, like https://www.example.org";
    let asked = match Client::new() {
        Ok(client) => client.date(address).await.map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    match asked {
        Ok(there) => {
            let apart = SystemClock.now().millis() - there.millis();
            Diagnosis::clock("clock", address, apart - 500)
        }
        Err(why) => Diagnosis::warn("clock", format!("{address}: {why}"), mend),
    }
}
