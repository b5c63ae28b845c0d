//! The second factor: one-time passwords of an app, and recovery codes for who lost it.
//!
//! Promises: a password and a code are good once; a secret is sealed under a key that is not in the
//! database, a code is hashed; who has a factor changes it only with a fresh one. Does not: know
//! which roles need one (see `domain::session`).

use async_trait::async_trait;
use data_encoding::HEXLOWER;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use secrecy::{ExposeSecret as _, SecretString};

use super::session::{Opened, SignedIn, count, next_token, rotate};
use super::told::{self, Way};
use super::{digested, hashed};
use crate::base::base32;
use crate::base::clock::Timestamp;
use crate::base::entropy::{Entropy, bytes};
use crate::base::id::{Id, Person};
use crate::domain::refusal::{Reason, Refusal};
use crate::domain::totp::{self, SECRET_BYTES};
use crate::service::error::Error;
use crate::service::instance::Instance;
use crate::service::keys::Keys;
use crate::service::writer::jot::Jot;
use crate::store::session::SessionRow;
use crate::store::{self, Tx};

/// How many recovery codes a person gets at once.
pub const CODES: usize = 10;

fn key_of(keys: &Keys, person: Id<Person>) -> Result<LessSafeKey, Error> {
    let key = UnboundKey::new(&CHACHA20_POLY1305, &keys.factor_key(person));
    key.map(LessSafeKey::new).map_err(|_| Error::Fault("a key of 32 bytes".to_owned()))
}

/// A secret, sealed for its person: nonce and ciphertext in hexadecimal.
fn sealed(
    keys: &Keys,
    entropy: &dyn Entropy,
    person: Id<Person>,
    secret: &[u8; SECRET_BYTES],
) -> Result<String, Error> {
    let nonce = bytes::<NONCE_LEN>(entropy);
    let mut text = secret.to_vec();
    let aad = Aad::from(person.to_string());
    key_of(keys, person)?
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut text)
        .map_err(|_| Error::Fault("a secret cannot be sealed".to_owned()))?;
    Ok(HEXLOWER.encode(&[nonce.as_slice(), &text].concat()))
}

/// The secret again.
fn opened(keys: &Keys, person: Id<Person>, sealed: &str) -> Result<Vec<u8>, Error> {
    let broken = || Error::Fault("a sealed secret does not open".to_owned());
    let bytes = HEXLOWER.decode(sealed.as_bytes()).map_err(|_| broken())?;
    let (nonce, text) = bytes.split_at_checked(NONCE_LEN).ok_or_else(broken)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| broken())?;
    let mut text = text.to_vec();
    let aad = Aad::from(person.to_string());
    let secret = key_of(keys, person)?.open_in_place(nonce, aad, &mut text);
    secret.map(|secret| secret.to_vec()).map_err(|_| broken())
}

/// What a person puts into its app, once.
#[derive(Clone)]
pub struct Enrolment {
    /// The secret, to type.
    pub secret: SecretString,
    /// The address, to scan.
    pub uri: SecretString,
}

struct Enrol {
    person: Id<Person>,
    sealed: String,
}

#[async_trait]
impl Jot for Enrol {
    type Outcome = ();

    async fn write(&self, tx: &mut Tx, _: Timestamp) -> Result<(), Error> {
        let known = store::factor::totp(tx, self.person).await?;
        if known.is_some_and(|row| row.confirmed_at.is_some()) {
            return Err(Refusal::wrong_state("confirmed").into());
        }
        Ok(store::factor::set_totp(tx, self.person, &self.sealed).await?)
    }
}

/// Makes a secret for a person's app; it counts once its first password was given.
///
/// # Errors
/// `wrong-state` while there is one that counts: remove it first.
pub async fn enrol(instance: &Instance, signed_in: &SignedIn) -> Result<Enrolment, Error> {
    signed_in.sure()?;
    let person = signed_in.person_id;
    let secret = bytes::<SECRET_BYTES>(instance.entropy.as_ref());
    let sealed = sealed(&instance.keys, instance.entropy.as_ref(), person, &secret)?;
    instance.door.jot(Enrol { person, sealed }).await?;
    let uri = totp::uri(&secret, &instance.settings.host, &signed_in.person.email);
    Ok(Enrolment { secret: SecretString::from(totp::typed(&secret)), uri: SecretString::from(uri) })
}

/// The random bytes of a recovery code: as many bits as a plain hash of it needs (112; NIST SP
/// 800-63B, 3.1.2.2, and ASVS 5, 6.5.2), and some more for whole groups.
const CODE_BYTES: usize = 15;

/// Ten new recovery codes: six groups of four characters, 120 random bits each.
pub(super) fn new_codes(entropy: &dyn Entropy) -> Vec<SecretString> {
    let code = || {
        let text = base32::encode(&bytes::<CODE_BYTES>(entropy)).to_lowercase();
        let groups: Vec<&str> = (0..text.len()).step_by(4).map(|at| &text[at..at + 4]).collect();
        SecretString::from(groups.join("-"))
    };
    (0..CODES).map(|_| code()).collect()
}

/// What is kept of a recovery code, however it was typed; `None` when it is none.
fn code_hash(typed: &str) -> Option<String> {
    let plain: String = typed.chars().filter(char::is_ascii_alphanumeric).collect();
    let bytes = base32::decode(&plain).filter(|bytes| bytes.len() == CODE_BYTES)?;
    Some(hashed(&SecretString::from(base32::encode(&bytes))))
}

pub(super) fn code_hashes(codes: &[SecretString]) -> Vec<String> {
    codes.iter().filter_map(|code| code_hash(code.expose_secret())).collect()
}

/// What somebody gives as second factor.
#[derive(Clone)]
pub enum Proof {
    /// A password of its app.
    Totp(SecretString),
    /// A recovery code.
    Code(SecretString),
}

struct Give {
    keys: std::sync::Arc<Keys>,
    row: SessionRow,
    person: Id<Person>,
    proof: Proof,
    token_hash: String,
    /// Hashes of the codes that go with a first password.
    codes: Vec<String>,
}

/// Under what wrong second factors of a person are counted.
pub(super) fn subject(person: Id<Person>) -> String {
    digested(&["second-factor", &person.to_string()])
}

/// What a proof came to.
enum Given {
    Wait(i64),
    Wrong,
    /// Whether it was the first password of a new secret.
    Right(bool),
}

impl Give {
    async fn holds(&self, tx: &mut Tx, now: Timestamp) -> Result<Given, Error> {
        match &self.proof {
            Proof::Totp(given) => {
                let Some(row) = store::factor::totp(tx, self.person).await? else {
                    return Ok(Given::Wrong);
                };
                let secret = opened(&self.keys, self.person, &row.sealed)?;
                let given = given.expose_secret();
                let Some(step) = totp::accepted(&secret, given, now, row.last_step) else {
                    return Ok(Given::Wrong);
                };
                let used = store::factor::use_step(tx, self.person, step, now).await?;
                let first = row.confirmed_at.is_none();
                Ok(if used { Given::Right(first) } else { Given::Wrong })
            }
            Proof::Code(given) => {
                let Some(hash) = code_hash(given.expose_secret()) else {
                    return Ok(Given::Wrong);
                };
                let used = store::factor::use_code(tx, self.person, &hash).await?;
                Ok(if used { Given::Right(false) } else { Given::Wrong })
            }
        }
    }
}

#[async_trait]
impl Jot for Give {
    type Outcome = Given;

    async fn write(&self, tx: &mut Tx, now: Timestamp) -> Result<Given, Error> {
        // From wherever: whoever is here has the password already.
        let subject = subject(self.person);
        if let Err(seconds) = count(tx, &subject, now).await? {
            return Ok(Given::Wait(seconds));
        }
        let given = self.holds(tx, now).await?;
        if let Given::Right(first) = given {
            store::session::forget(tx, &subject).await?;
            if first {
                store::factor::set_codes(tx, self.person, &self.codes).await?;
            }
            let new = SessionRow {
                token_hash: self.token_hash.clone(),
                factor_at: Some(now.millis()),
                seen_at: now.millis(),
                ..self.row.clone()
            };
            rotate(tx, &self.row, &new).await?;
        }
        Ok(given)
    }
}

/// Gives the second factor: the session may act, and for a while touch money, keys and rights. With
/// the first password of a new secret come ten recovery codes, shown once.
///
/// # Errors
/// `second-factor-wrong`, also for one that was used; `rate-limited` after several of them.
pub async fn give(
    instance: &Instance,
    signed_in: &SignedIn,
    proof: Proof,
) -> Result<(Opened, Vec<SecretString>), Error> {
    let way = match proof {
        Proof::Totp(_) => Way::Totp,
        Proof::Code(_) => Way::RecoveryCode,
    };
    let given = judged(instance, signed_in, proof).await;
    told::factor(way, signed_in.person_id, signed_in.session_id, &given);
    given
}

async fn judged(
    instance: &Instance,
    signed_in: &SignedIn,
    proof: Proof,
) -> Result<(Opened, Vec<SecretString>), Error> {
    let token = next_token(instance, signed_in);
    let codes = new_codes(instance.entropy.as_ref());
    let give = Give {
        keys: instance.keys.clone(),
        row: signed_in.row.clone(),
        person: signed_in.person_id,
        proof,
        token_hash: hashed(&token),
        codes: code_hashes(&codes),
    };
    let first = match instance.door.jot(give).await? {
        Given::Wait(seconds) => return Err(Refusal::wait(seconds).into()),
        Given::Wrong => return Err(Reason::SecondFactorWrong.into()),
        Given::Right(first) => first,
    };
    Ok((Opened::of(instance, token).await?, if first { codes } else { Vec::new() }))
}

struct Renew {
    person: Id<Person>,
    codes: Vec<String>,
}

#[async_trait]
impl Jot for Renew {
    type Outcome = ();

    async fn write(&self, tx: &mut Tx, _: Timestamp) -> Result<(), Error> {
        Ok(store::factor::set_codes(tx, self.person, &self.codes).await?)
    }
}

/// Ten new recovery codes; the old ones are worthless.
///
/// # Errors
/// `second-factor-needed` when it was not given just now; `wrong-state` for who has none.
pub async fn renew_codes(
    instance: &Instance,
    signed_in: &SignedIn,
) -> Result<Vec<SecretString>, Error> {
    signed_in.sure()?;
    if !signed_in.has_factor {
        return Err(Refusal::wrong_state("no-second-factor").into());
    }
    let codes = new_codes(instance.entropy.as_ref());
    let renew = Renew { person: signed_in.person_id, codes: code_hashes(&codes) };
    instance.door.jot(renew).await?;
    Ok(codes)
}

struct Remove(Id<Person>);

#[async_trait]
impl Jot for Remove {
    type Outcome = ();

    async fn write(&self, tx: &mut Tx, _: Timestamp) -> Result<(), Error> {
        Ok(store::factor::erase(tx, self.0).await?)
    }
}

/// Forgets the app and the recovery codes, for another app.
///
/// # Errors
/// `second-factor-needed` when it was not given just now; `not-found` for who has none.
pub async fn remove(instance: &Instance, signed_in: &SignedIn) -> Result<(), Error> {
    if !signed_in.has_factor {
        return Err(Reason::NotFound.into());
    }
    signed_in.sure()?;
    instance.door.jot(Remove(signed_in.person_id)).await
}

/// How many recovery codes a person has left.
///
/// # Errors
/// [`Error`].
pub async fn codes_left(instance: &Instance, signed_in: &SignedIn) -> Result<usize, Error> {
    let mut tx = instance.database.read().await?;
    Ok(store::factor::codes_left(&mut tx, signed_in.person_id).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::entropy::SeededEntropy;

    #[test]
    fn a_code_is_itself_however_it_is_typed() {
        let codes = new_codes(&SeededEntropy::new(7));
        assert_eq!(codes.len(), CODES);
        let code = codes[0].expose_secret();
        assert_eq!(code.len(), 29);
        let hash = code_hash(code).unwrap();
        for typed in [code.to_uppercase(), code.replace('-', ""), code.replace('-', " ")] {
            assert_eq!(code_hash(&typed), Some(hash.clone()));
        }
        assert_ne!(code_hash(codes[1].expose_secret()), Some(hash));
        assert_eq!(code_hash("1234"), None);
    }
}
