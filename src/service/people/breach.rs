//! Stolen passwords: whether one is in a list of those that were taken elsewhere.
//!
//! Promises: a service is told five hexadecimal digits of a SHA-1 and nothing else, and answers as
//! long for any five (the range search and padding of Have I Been Pwned,
//! <https://haveibeenpwned.com/API/v3#PwnedPasswords>); a file of such hashes is searched where it
//! lies; a service or a file that fails refuses nobody. Does not: keep what was asked, or look at
//! passwords that people have already.

use std::cmp::Ordering;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use data_encoding::HEXUPPER;
use hyper::Request;
use hyper::header::USER_AGENT;
use ring::digest;
use secrecy::{ExposeSecret as _, SecretString};

use crate::service::http::{Address, Client};

/// How long somebody who chooses a password waits for the service.
const PATIENCE: Duration = Duration::from_secs(2);

/// How many hexadecimal digits of a hash are told.
const TOLD: usize = 5;

/// How many hexadecimal digits a SHA-1 has.
const DIGITS: usize = 40;

/// What is configured cannot be asked.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BreachesError(String);

/// The lists of stolen passwords that an installation asks.
#[derive(Debug, Clone)]
pub struct Breaches {
    service: Option<(Client, Address)>,
    file: Option<PathBuf>,
}

impl Breaches {
    /// A service at an address, to which the five digits are added; a file with a line for each
    /// hash, sorted, in hexadecimal (`:` and what follows is not looked at). `None` for neither.
    ///
    /// # Errors
    /// [`BreachesError`] when the address is none or the file does not begin like one.
    pub fn new(service: &str, file: Option<&Path>) -> Result<Option<Self>, BreachesError> {
        let wrong = |key: &str, why: &dyn std::fmt::Display| {
            BreachesError(format!("passwords.{key}: {why}"))
        };
        let client = || Client::new().map_err(|error| wrong("breaches", &error));
        let address = Some(service).filter(|service| !service.is_empty());
        let address = address.map(str::parse::<Address>).transpose();
        let address = address.map_err(|error| wrong("breaches", &error))?;
        let service = address.map(|address| Ok((client()?, address))).transpose()?;
        if let Some(path) = file {
            let first = within(path, &"0".repeat(DIGITS));
            first.map_err(|error| wrong("breaches_file", &error))?;
        }
        let breaches = Self { service, file: file.map(Path::to_owned) };
        Ok((breaches.service.is_some() || breaches.file.is_some()).then_some(breaches))
    }

    /// Whether a password is in one of the lists, as far as they answer.
    pub(super) async fn hold(&self, password: &SecretString) -> bool {
        let bytes = password.expose_secret().as_bytes();
        let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes);
        let hash = HEXUPPER.encode(hash.as_ref());
        self.in_file(hash.clone()).await || self.in_service(&hash).await
    }

    async fn in_file(&self, hash: String) -> bool {
        let Some(path) = self.file.clone() else { return false };
        let found = tokio::task::spawn_blocking(move || within(&path, &hash)).await;
        match found {
            Ok(Ok(found)) => found,
            Ok(Err(error)) => {
                tracing::warn!(error = %error, "the file of stolen passwords cannot be read");
                false
            }
            Err(_) => false,
        }
    }

    async fn in_service(&self, hash: &str) -> bool {
        let Some((client, address)) = &self.service else { return false };
        let (told, kept) = hash.split_at(TOLD);
        let request = Request::get(address.join(told))
            .header(USER_AGENT, "carnet")
            .header("add-padding", "true")
            .body(Vec::new());
        let Ok(request) = request else { return false };
        let why = match tokio::time::timeout(PATIENCE, client.send(request)).await {
            Ok(Ok(answer)) if answer.status().is_success() => {
                return is_listed(&String::from_utf8_lossy(answer.body()), kept);
            }
            Ok(Ok(answer)) => answer.status().to_string(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer within {} seconds", PATIENCE.as_secs()),
        };
        tracing::warn!(error = why, "nobody says which passwords were stolen");
        false
    }
}

/// Whether an answer lists the rest of a hash; what is there for padding was stolen 0 times.
fn is_listed(answer: &str, kept: &str) -> bool {
    let mut lines = answer.lines().filter_map(|line| line.trim().split_once(':'));
    lines.any(|(rest, times)| rest.eq_ignore_ascii_case(kept) && times.trim() != "0")
}

/// Whether a sorted file has a line that begins with a hash: bisection, so that 40 GB are read in
/// some 40 places.
fn within(path: &Path, hash: &str) -> std::io::Result<bool> {
    let mut file = BufReader::with_capacity(256, File::open(path)?);
    let (mut low, mut high) = (0, file.seek(SeekFrom::End(0))?);
    // The line, if it is there, begins from `low` on and before `high`.
    while low < high {
        let middle = low + (high - low) / 2;
        let begin = line_after(&mut file, middle)?;
        if begin >= high {
            high = middle;
            continue;
        }
        let mut line = Vec::new();
        let length = file.read_until(b'\n', &mut line)?;
        let found = line.get(..DIGITS).filter(|found| found.iter().all(u8::is_ascii_hexdigit));
        let found = found.ok_or_else(|| std::io::Error::other("not a file of SHA-1 hashes"))?;
        match found.to_ascii_uppercase().as_slice().cmp(hash.as_bytes()) {
            Ordering::Equal => return Ok(true),
            Ordering::Less => low = begin + wide(length),
            Ordering::Greater => high = middle,
        }
    }
    Ok(false)
}

/// Where the first line begins that begins at a place or after it; the file stands there.
fn line_after(file: &mut BufReader<File>, place: u64) -> std::io::Result<u64> {
    let Some(before) = place.checked_sub(1) else { return file.seek(SeekFrom::Start(0)) };
    file.seek(SeekFrom::Start(before))?;
    Ok(before + wide(file.read_until(b'\n', &mut Vec::new())?))
}

fn wide(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_lists_what_was_stolen_and_not_its_padding() {
        let answer =
            "0018A45C4D1DEF81644B54AB7F969B88D65:10\r\n00D4F6E8FA6EECAD2A3AA415EEC418D38EC:0";
        assert!(is_listed(answer, "0018A45C4D1DEF81644B54AB7F969B88D65"));
        assert!(!is_listed(answer, "00D4F6E8FA6EECAD2A3AA415EEC418D38EC"), "padding");
        assert!(!is_listed(answer, "0018A45C4D1DEF81644B54AB7F969B88D66"));
        assert!(!is_listed("", "0018A45C4D1DEF81644B54AB7F969B88D65"));
    }

    /// Every line is found, and nothing between two of them, whatever stands behind the hashes.
    #[test]
    fn a_sorted_file_is_searched_to_its_ends() {
        let path = std::env::temp_dir().join(format!("carnet-breaches-{}", std::process::id()));
        let hash = |number: usize| format!("{:040X}", number * 7919);
        for count in [1, 2, 3, 17, 100] {
            for end in ["\n", "\r\n", ":3\r\n"] {
                let lines = (1..=count).map(|number| format!("{}{end}", hash(number)));
                let text: String = lines.collect();
                for text in [text.as_str(), text.trim_end()] {
                    std::fs::write(&path, text).unwrap();
                    for number in 1..=count {
                        assert!(within(&path, &hash(number)).unwrap(), "{number} of {count}");
                        let near = format!("{:040X}", number * 7919 + 1);
                        assert!(!within(&path, &near).unwrap(), "after {number} of {count}");
                    }
                    assert!(!within(&path, &"0".repeat(40)).unwrap());
                    assert!(!within(&path, &"F".repeat(40)).unwrap());
                }
            }
        }
        std::fs::write(&path, "some other file\n").unwrap();
        let wrong = Breaches::new("", Some(&path)).unwrap_err().to_string();
        assert!(wrong.contains("passwords.breaches_file: not a file of SHA-1"), "{wrong}");
        std::fs::remove_file(&path).unwrap();
        assert!(Breaches::new("", Some(&path)).is_err() && Breaches::new("h", None).is_err());
        assert!(Breaches::new("", None).unwrap().is_none());
    }
}
