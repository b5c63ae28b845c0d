//! Passwords: which are good enough, and how they are kept.
//!
//! Promises: length, an offline list of common ones and, where they are configured, lists of stolen
//! ones decide, no rules of composition (NIST SP 800-63B, 3.1.1.2); argon2id with the parameters
//! that OWASP recommends, on threads of its own and a few at a time, so that signing in cannot
//! starve the counter; as much work for an account that is not there. Does not: keep a password.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization as _;
use zxcvbn::{Score, zxcvbn};

use crate::domain::refusal::Refusal;
use crate::service::error::Error;
use crate::service::instance::Instance;

/// The fewest characters of a password.
pub const SHORTEST: usize = 12;
/// The most characters of a password: argon2 takes more, nobody types it.
pub const LONGEST: usize = 128;

/// What a password costs whoever guesses, and whoever checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// How many passwords are looked at at the same time.
    pub at_once: u32,
}

impl Default for Cost {
    /// OWASP Password Storage Cheat Sheet: argon2id, 19 MiB, two passes, one lane.
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, passes: 2, at_once: 2 }
    }
}

/// Looks at passwords, a few at a time.
#[derive(Debug)]
pub(in crate::service) struct Passwords {
    params: Params,
    places: Arc<Semaphore>,
}

/// A password as it is compared: however the keyboard composed its accents (NFKC).
fn composed(password: &SecretString) -> SecretString {
    SecretString::from(password.expose_secret().nfkc().collect::<String>())
}

/// Words that whoever guesses tries first here: the house, its trade, its screens.
const HOUSE: [&str; 11] = [
    "carnet",
    "cheque",
    "pass",
    "passnumerique",
    "numerique",
    "mediation",
    "mediateur",
    "conseiller",
    "departement",
    "financeur",
    "prescripteur",
];

/// Whether a password is good enough for a person whose own words (name, address) are known.
///
/// # Errors
/// `invalid-request` at `/password`.
pub fn check(password: &SecretString, own: &[&str]) -> Result<(), Refusal> {
    let password = composed(password);
    let password = password.expose_secret();
    let count = password.chars().count();
    let refused = |detail: String| Err(Refusal::invalid("/password", detail));
    if count < SHORTEST {
        return refused(format!("a password has {SHORTEST} characters at least"));
    }
    if count > LONGEST {
        return refused(format!("a password has {LONGEST} characters at most"));
    }
    // Common passwords, words, names, dates and keyboard rows, alone or strung together.
    let words: Vec<&str> = own.iter().chain(&HOUSE).copied().collect();
    if zxcvbn(password, &words).score() < Score::Three {
        return refused(
            "this password is too easy to guess: string some rare words together".into(),
        );
    }
    Ok(())
}

/// Whether a password may be chosen: it is good enough, and in no list of stolen ones that the
/// installation asks.
///
/// # Errors
/// `invalid-request` at `/password`.
pub(super) async fn choose(
    instance: &Instance,
    password: &SecretString,
    own: &[&str],
) -> Result<(), Error> {
    check(password, own)?;
    let Some(breaches) = &instance.settings.breaches else { return Ok(()) };
    if breaches.hold(&composed(password)).await && !crate::base::planted::is("stolen-password") {
        let detail = "this password is in a list of stolen ones: choose another one";
        return Err(Refusal::invalid("/password", detail).into());
    }
    Ok(())
}

impl Passwords {
    pub(in crate::service) fn new(cost: &Cost) -> Self {
        let params = Params::new(cost.memory_kib, cost.passes, 1, None).unwrap_or(Params::DEFAULT);
        let at_once = usize::try_from(cost.at_once.max(1)).unwrap_or(1);
        Self { params, places: Arc::new(Semaphore::new(at_once)) }
    }

    /// The hash of a password, as a PHC string.
    pub(in crate::service) async fn hash(
        &self,
        password: &SecretString,
        salt: [u8; 16],
    ) -> Result<String, Error> {
        let (password, params) = (composed(password), self.params.clone());
        self.aside(move || {
            let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
            let hash = argon.hash_password_with_salt(password.expose_secret().as_bytes(), &salt);
            hash.map(|hash: PasswordHash| hash.to_string())
                .map_err(|error| Error::Fault(format!("a password cannot be hashed: {error}")))
        })
        .await?
    }

    /// Whether a password is the one of a hash. Without a hash it takes as long and is not.
    pub(in crate::service) async fn verify(
        &self,
        password: &SecretString,
        hash: Option<&str>,
    ) -> Result<bool, Error> {
        let known = hash.is_some();
        let hash = hash.map_or_else(|| self.decoy(), str::to_owned);
        let password = composed(password);
        let params = self.params.clone();
        self.aside(move || {
            let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
            let parsed = PasswordHash::new(&hash);
            let verified = parsed.map(|hash| {
                argon.verify_password(password.expose_secret().as_bytes(), &hash).is_ok()
            });
            match verified {
                Ok(same) => Ok(same && known),
                Err(error) => Err(Error::Fault(format!("a stored password hash: {error}"))),
            }
        })
        .await?
    }

    /// A hash that is nobody's, of the same cost.
    fn decoy(&self) -> String {
        let (memory, passes) = (self.params.m_cost(), self.params.t_cost());
        let (salt, hash) = ("A".repeat(22), "A".repeat(43));
        format!("$argon2id$v=19$m={memory},t={passes},p=1${salt}${hash}")
    }

    /// Runs heavy work on a thread for such, when there is a place.
    async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let place = self.places.clone().acquire_owned().await;
        let place = place.map_err(|_| Error::Fault("no place for a password".to_owned()))?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(place);
            done
        });
        done.await.map_err(|error| Error::Fault(format!("a password's thread: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(password: &str) -> bool {
        check(&SecretString::from(password), &["ana.durand@exemple.fr", "Ana Durand"]).is_err()
    }

    #[test]
    fn common_passwords_are_refused_and_long_ones_are_not_told_how_to_look() {
        for bad in [
            "short",
            "elevenchars",
            "passwordpassword",
            "123456789012",
            "qwertyuiopas",
            "azertyuiop12",
            "ana.durand@exemple.fr",
            "aaaaaaaaaaaaaaaa",
            "passnumerique2026",
            "carnetnumerique",
            &"correct horse".repeat(12),
        ] {
            assert!(refused(bad), "{bad}");
        }
        for good in ["gare bouleau tisane 4 cuivre", "moulin-brume-velours", "Tq8!vX2#mRz9"] {
            assert!(!refused(good), "{good}");
        }
    }

    #[tokio::test]
    async fn a_hash_verifies_its_password_only() {
        let cost = Cost { memory_kib: 32, passes: 1, at_once: 1 };
        let passwords = Passwords::new(&cost);
        let right = SecretString::from("caf\u{e9} de la gare");
        let hash = passwords.hash(&right, [7; 16]).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=32,t=1,p=1$"), "{hash}");
        assert!(passwords.verify(&right, Some(&hash)).await.unwrap());
        // The same accent, composed by another keyboard.
        let same = SecretString::from("cafe\u{301} de la gare");
        assert!(passwords.verify(&same, Some(&hash)).await.unwrap());
        let wrong = SecretString::from("café de la Gare");
        assert!(!passwords.verify(&wrong, Some(&hash)).await.unwrap());
        assert!(!passwords.verify(&right, None).await.unwrap());
        assert!(PasswordHash::new(&passwords.decoy()).is_ok());
    }
}
