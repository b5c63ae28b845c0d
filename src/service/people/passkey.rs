//! Passkeys: a second factor that a stolen password, a copied page or a guess cannot give
//! (`WebAuthn` level 3).
//!
//! Promises: a challenge is good once, in its own session, for five minutes; the person was there
//! and was recognised (user verification); a counter that goes back is refused. Does not: ask what
//! device it is (no attestation).

use async_trait::async_trait;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use passkey_auth::{
    Attachment, AuthenticationResponse, AuthenticationState, Challenge, CredentialId,
    PasskeyCredential, RegistrationResponse, RegistrationState, Webauthn,
};
use secrecy::SecretString;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::factor::{code_hashes, new_codes, subject};
use super::session::{Opened, SignedIn, count, next_token, rotate};
use super::told::{self, Way};
use super::{hashed, origin};
use crate::base::clock::Timestamp;
use crate::base::entropy::{Entropy, bytes};
use crate::base::id::{Id, Passkey, Person, Session};
use crate::base::text::Name;
use crate::domain::refusal::{Reason, Refusal};
use crate::service::error::Error;
use crate::service::instance::Instance;
use crate::service::writer::jot::Jot;
pub use crate::store::passkey::PasskeyRow;
use crate::store::session::SessionRow;
use crate::store::{self, Tx};

/// How long a challenge waits for its answer, in seconds.
const PATIENCE: i64 = 300;

/// The most passkeys of one person.
const MOST: usize = 20;

const REGISTER: &str = "register";
const PROVE: &str = "prove";

/// The rules of this instance for authenticators.
fn webauthn(host: &str) -> Webauthn {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    Webauthn::new(name, host, &origin(host))
        .authenticator_attachment(Attachment::Any)
        .require_user_verification(true)
        .strict_base64(true)
}

fn written(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::Fault(error.to_string()))
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| Error::Fault(format!("a stored passkey: {error}")))
}

/// A challenge to show to the browser, of our own chance.
fn shown(challenge: impl Serialize, random: &Challenge) -> Result<Value, Error> {
    let mut shown =
        serde_json::to_value(challenge).map_err(|error| Error::Fault(error.to_string()))?;
    shown["challenge"] = Value::String(random.to_b64url());
    Ok(shown)
}

fn challenge(entropy: &dyn Entropy) -> Challenge {
    Challenge(bytes::<32>(entropy).to_vec())
}

struct Begin {
    session: Id<Session>,
    purpose: &'static str,
    state: String,
}

#[async_trait]
impl Jot for Begin {
    type Outcome = ();

    async fn write(&self, tx: &mut Tx, now: Timestamp) -> Result<(), Error> {
        let until = now.plus_seconds(PATIENCE);
        let (session, purpose) = (self.session, self.purpose);
        Ok(store::passkey::set_ceremony(tx, session, purpose, &self.state, now, until).await?)
    }
}

/// The passkeys of a person.
///
/// # Errors
/// [`Error`].
pub async fn list(instance: &Instance, signed_in: &SignedIn) -> Result<Vec<PasskeyRow>, Error> {
    let mut tx = instance.database.read().await?;
    Ok(store::passkey::of_person(&mut tx, signed_in.person_id).await?)
}

/// What a browser needs to make a passkey (`PublicKeyCredentialCreationOptions` as JSON).
///
/// # Errors
/// `second-factor-needed` for who has one and has not just given it.
pub async fn begin(instance: &Instance, signed_in: &SignedIn) -> Result<Value, Error> {
    signed_in.sure()?;
    let known = list(instance, signed_in).await?;
    let mut ids = Vec::new();
    for row in &known {
        ids.push(read::<PasskeyCredential>(&row.credential)?.id);
    }
    if ids.len() >= MOST {
        return Err(Refusal::wrong_state("enough-passkeys").into());
    }
    let handle = signed_in.person_id.uuid();
    let (email, name) = (&signed_in.person.email, signed_in.name());
    let rules = webauthn(&instance.settings.host);
    let (options, state) = rules.start_registration(handle.as_bytes(), email, name, &ids);
    let random = challenge(instance.entropy.as_ref());
    let options = shown(options, &random)?;
    let state = written(&RegistrationState { challenge: random, ..state })?;
    let begin = Begin { session: signed_in.session_id, purpose: REGISTER, state };
    instance.door.jot(begin).await?;
    Ok(options)
}

/// Takes the challenge of a session; the outcome is how long to wait, if so.
struct Take {
    session: Id<Session>,
    purpose: &'static str,
    subject: String,
}

#[async_trait]
impl Jot for Take {
    type Outcome = Result<Option<String>, i64>;

    async fn write(&self, tx: &mut Tx, now: Timestamp) -> Result<Self::Outcome, Error> {
        if let Err(seconds) = count(tx, &self.subject, now).await? {
            return Ok(Err(seconds));
        }
        Ok(Ok(store::passkey::take_ceremony(tx, self.session, self.purpose, now).await?))
    }
}

async fn taken<T: DeserializeOwned>(
    instance: &Instance,
    signed_in: &SignedIn,
    purpose: &'static str,
) -> Result<T, Error> {
    let take =
        Take { session: signed_in.session_id, purpose, subject: subject(signed_in.person_id) };
    let state = instance.door.jot(take).await?.map_err(Refusal::wait)?;
    read(&state.ok_or(Reason::SecondFactorWrong)?)
}

/// Keeps what was proved: a new passkey, or a counter that moved on; the session goes on with it.
struct Settle {
    row: SessionRow,
    person: Id<Person>,
    token_hash: String,
    new: Option<PasskeyRow>,
    moved: Option<(PasskeyRow, String)>,
    codes: Vec<String>,
}

#[async_trait]
impl Jot for Settle {
    type Outcome = ();

    async fn write(&self, tx: &mut Tx, now: Timestamp) -> Result<(), Error> {
        if let Some(row) = &self.new {
            store::passkey::add(tx, row).await?;
        }
        if let Some((row, to)) = &self.moved
            && !store::passkey::move_on(tx, row, to).await?
        {
            return Err(Reason::SecondFactorWrong.into());
        }
        if !self.codes.is_empty() {
            store::factor::set_codes(tx, self.person, &self.codes).await?;
        }
        store::session::forget(tx, &subject(self.person)).await?;
        let new = SessionRow {
            token_hash: self.token_hash.clone(),
            factor_at: Some(now.millis()),
            seen_at: now.millis(),
            ..self.row.clone()
        };
        rotate(tx, &self.row, &new).await
    }
}

/// Keeps a new passkey by what the browser answered (`PublicKeyCredential` as JSON). It is a second
/// factor that was just given; with the first one of a person come ten recovery codes.
///
/// # Errors
/// `second-factor-wrong` when the answer does not hold; `differs` for an id that is there.
pub async fn add(
    instance: &Instance,
    signed_in: &SignedIn,
    id: Id<Passkey>,
    name: &Name,
    response: Value,
) -> Result<(Opened, Vec<SecretString>), Error> {
    signed_in.sure()?;
    let known = list(instance, signed_in).await?;
    if known.iter().any(|row| row.passkey_id == id.to_string()) {
        return Err(Reason::Differs.into());
    }
    let state: RegistrationState = taken(instance, signed_in, REGISTER).await?;
    let wrong = || Error::from(Reason::SecondFactorWrong);
    let response: RegistrationResponse = serde_json::from_value(response).map_err(|_| wrong())?;
    let rules = webauthn(&instance.settings.host);
    let credential = rules.finish_registration(&state, &response).map_err(|_| wrong())?;
    let codes =
        if signed_in.has_factor { Vec::new() } else { new_codes(instance.entropy.as_ref()) };
    let token = next_token(instance, signed_in);
    let row = PasskeyRow {
        passkey_id: id.to_string(),
        person_id: signed_in.person_id.to_string(),
        credential_id: HEXLOWER.encode(credential.id.as_bytes()),
        credential: written(&credential)?,
        name: name.to_string(),
        created_at: instance.clock.now().millis(),
    };
    let settle = Settle {
        row: signed_in.row.clone(),
        person: signed_in.person_id,
        token_hash: hashed(&token),
        new: Some(row),
        moved: None,
        codes: code_hashes(&codes),
    };
    match instance.door.jot(settle).await {
        // The credential, or the id, is there: somebody else's perhaps, which is not said.
        Err(Error::Store(error)) if error.is_clash() => return Err(Reason::Differs.into()),
        other => other?,
    }
    Ok((Opened::of(instance, token).await?, codes))
}

/// What a browser needs to ask for a passkey (`PublicKeyCredentialRequestOptions` as JSON).
///
/// # Errors
/// `not-found` for who has none.
pub async fn ask(instance: &Instance, signed_in: &SignedIn) -> Result<Value, Error> {
    let mut credentials = Vec::new();
    for row in list(instance, signed_in).await? {
        credentials.push(read::<PasskeyCredential>(&row.credential)?);
    }
    if credentials.is_empty() {
        return Err(Reason::NotFound.into());
    }
    let handle = signed_in.person_id.uuid();
    let rules = webauthn(&instance.settings.host);
    let (options, state) =
        rules.start_authentication_with_creds_for_user(handle.as_bytes(), &credentials);
    let random = challenge(instance.entropy.as_ref());
    let options = shown(options, &random)?;
    let state = written(&AuthenticationState { challenge: random, ..state })?;
    instance.door.jot(Begin { session: signed_in.session_id, purpose: PROVE, state }).await?;
    Ok(options)
}

/// Gives a passkey as second factor, by what the browser answered.
///
/// # Errors
/// `second-factor-wrong`, also for a challenge that was answered; `rate-limited`.
pub async fn give(
    instance: &Instance,
    signed_in: &SignedIn,
    response: Value,
) -> Result<Opened, Error> {
    let given = judged(instance, signed_in, response).await;
    told::factor(Way::Passkey, signed_in.person_id, signed_in.session_id, &given);
    given
}

async fn judged(
    instance: &Instance,
    signed_in: &SignedIn,
    response: Value,
) -> Result<Opened, Error> {
    let state: AuthenticationState = taken(instance, signed_in, PROVE).await?;
    let wrong = || Error::from(Reason::SecondFactorWrong);
    let response: AuthenticationResponse = serde_json::from_value(response).map_err(|_| wrong())?;
    let id = BASE64URL_NOPAD.decode(response.id.as_bytes()).map_err(|_| wrong())?;
    let id = CredentialId(id);
    let mut found = None;
    for row in list(instance, signed_in).await? {
        let credential: PasskeyCredential = read(&row.credential)?;
        if credential.id == id {
            found = Some((row, credential));
        }
    }
    let (row, credential) = found.ok_or_else(wrong)?;
    let rules = webauthn(&instance.settings.host);
    let done = rules.finish_authentication(&state, &response, &credential).map_err(|_| wrong())?;
    let moved = written(&PasskeyCredential { counter: done.new_counter, ..credential })?;
    let token = next_token(instance, signed_in);
    let settle = Settle {
        row: signed_in.row.clone(),
        person: signed_in.person_id,
        token_hash: hashed(&token),
        new: None,
        moved: Some((row, moved)),
        codes: Vec::new(),
    };
    instance.door.jot(settle).await?;
    Opened::of(instance, token).await
}

struct Remove(Id<Person>, Id<Passkey>);

#[async_trait]
impl Jot for Remove {
    type Outcome = bool;

    async fn write(&self, tx: &mut Tx, _: Timestamp) -> Result<bool, Error> {
        Ok(store::passkey::erase_one(tx, self.0, self.1).await?)
    }
}

/// Forgets a passkey, of a device that was lost or given away.
///
/// # Errors
/// `second-factor-needed`; `not-found` when the person has no such passkey.
pub async fn remove(
    instance: &Instance,
    signed_in: &SignedIn,
    id: Id<Passkey>,
) -> Result<(), Error> {
    signed_in.sure()?;
    let removed = instance.door.jot(Remove(signed_in.person_id, id)).await?;
    if removed { Ok(()) } else { Err(Reason::NotFound.into()) }
}
