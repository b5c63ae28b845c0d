//! Which ledgers a witness follows, and under which key each of them is believed.
//!
//! Promises: every address has exactly one key, which was given here; a ledger without a key is an
//! error, and is never asked for its key. Does not: fetch anything.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use ::config::{Config, File, FileFormat};
use serde::Deserialize;

use crate::cli::failure::Failure;
use crate::domain::ledger::checkpoint::VerifierKey;
use crate::service::http::Address;
use crate::service::witness::Followed;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    ledger: Vec<Ledger>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ledger {
    vkey: VerifierKey,
    url: Option<String>,
}

/// Reads a list of ledgers.
pub(super) fn read(path: &Path) -> Result<Vec<Followed>, Failure> {
    let text = fs::read_to_string(path).map_err(|error| Failure::unread(path, &error))?;
    let wrong = |why: &dyn std::fmt::Display| Failure::data(format!("{}: {why}", path.display()));
    let file = Config::builder().add_source(File::from_str(&text, FileFormat::Toml)).build();
    let listed = file.and_then(Config::try_deserialize::<Listed>);
    let mut followed = Vec::new();
    for Ledger { vkey: key, url } in listed.map_err(|error| wrong(&error))?.ledger {
        let address = match url {
            Some(url) => Some(url.parse().map_err(|error| wrong(&format!("{url}: {error}")))?),
            None => None,
        };
        followed.push(Followed { key, address });
    }
    Ok(followed)
}

/// Finds the key of each address: the one whose log has the same id, which is the last part of the
/// address and of the key's name.
pub(super) fn matched(
    addresses: Vec<Address>,
    keys: Vec<VerifierKey>,
    mut followed: Vec<Followed>,
) -> Result<Vec<Followed>, Failure> {
    let of = |key| Followed { key, address: None };
    let mut given: Vec<Followed> = keys.into_iter().map(of).collect();
    for address in addresses {
        let id = address.last_segment();
        let fits = |it: &&mut Followed| it.key.origin().last_segment() == id;
        let mut fitting = given.iter_mut().filter(fits);
        match (fitting.next(), fitting.next()) {
            (Some(it), None) if it.address.is_none() => it.address = Some(address),
            (Some(_), _) => {
                let text = format!(
                    "--ledger {address}: two ledgers are named {id}; write them into a file for \
                     --ledgers"
                );
                return Err(Failure::usage(text));
            }
            (None, _) => {
                let text = format!(
                    "--ledger {address}: there is no --vkey for it. Ask its operator or funder for \
                     the verifier key …/{id}+…, by another way than this network: the ledger \
                     itself is not asked whom to trust"
                );
                return Err(Failure::usage(text));
            }
        }
    }
    followed.append(&mut given);
    let mut seen = BTreeSet::new();
    match followed.iter().find(|it| !seen.insert(it.key.origin().clone())) {
        Some(twice) => Err(Failure::usage(format!("{} is given twice", twice.key.origin()))),
        None => Ok(followed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ledger::checkpoint::LogKey;

    fn key(origin: &str) -> VerifierKey {
        LogKey::from_seed(origin.parse().unwrap(), &[7; 32]).verifier_key().clone()
    }

    fn refused(addresses: &[&str], keys: &[&str]) -> String {
        let addresses = addresses.iter().map(|it| it.parse().unwrap()).collect();
        let keys = keys.iter().map(|it| key(it)).collect();
        matched(addresses, keys, Vec::new()).unwrap_err().to_string()
    }

    #[test]
    fn every_ledger_has_its_own_key() {
        let address = |text: &str| text.parse::<Address>().unwrap();
        let (one, two) = ("http://h/ledger/a", "http://h/ledger/b");
        let keys = vec![key("h.example/ledger/b"), key("h.example/ledger/a"), key("o/ledger/c")];
        let found = matched(vec![address(one), address(two)], keys.clone(), Vec::new()).unwrap();
        let expected = [Some(address(two)), Some(address(one)), None];
        assert_eq!(found.iter().map(|it| it.address.clone()).collect::<Vec<_>>(), expected);
        assert_eq!(found.into_iter().map(|it| it.key).collect::<Vec<_>>(), keys);

        assert!(refused(&[one], &[]).contains("not asked whom to trust"));
        assert!(refused(&[one], &["h/ledger/b"]).contains("no --vkey"));
        assert!(refused(&[one], &["h/ledger/a", "i/ledger/a"]).contains("--ledgers"));
        assert!(refused(&[one, one], &["h/ledger/a"]).contains("--ledgers"));
        assert!(refused(&[], &["h/ledger/a", "h/ledger/a"]).contains("twice"));
    }
}
