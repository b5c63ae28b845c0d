//! Sessions: signing in with a password.
//!
//! Promises: a token is new at each step that gives more rights, and the one before is worthless; a
//! person that was disabled, or whose right ended, is refused at the next request; attempts count
//! before the password is looked at. Does not: know cookies (see `web::actor`).

use std::net::IpAddr;

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};

use super::told::{self, Way};
use super::{Choices, digested, hashed, new_token};
use crate::base::clock::Timestamp;
use crate::base::id::{Id, Membership, Person, Session};
use crate::domain::access::Actor;
use crate::domain::attempt::Attempts;
use crate::domain::person::{Email, PersonState};
use crate::domain::quota::Class;
use crate::domain::refusal::{Reason, Refusal};
use crate::domain::session::{Assurance, Limits, Standing, standing};
use crate::service::error::Error;
use crate::service::instance::Instance;
use crate::service::refused::{self, About, Refused};
use crate::service::writer::jot::Jot;
pub use crate::store::membership::MembershipRow;
use crate::store::person::PersonRow;
use crate::store::session::SessionRow;
use crate::store::{self, Tx};

/// How often it is written down that a session asked, in seconds.
const SEEN_EVERY: i64 = 60;

/// A person who is signed in, as far as it is.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub(super) row: SessionRow,
    pub(super) person: PersonRow,
    pub(super) token: SecretString,
    cookie_seconds: Option<i64>,
    /// Who it is.
    pub person_id: Id<Person>,
    /// The session.
    pub session_id: Id<Session>,
    /// What it is now, when it has chosen.
    pub membership: Option<MembershipRow>,
    /// All that it may be.
    pub memberships: Vec<MembershipRow>,
    /// Whether it has a second factor.
    pub has_factor: bool,
    /// What it waits for.
    pub standing: Standing,
    /// How sure its second factor makes it.
    pub assurance: Assurance,
    /// When it ends if nothing more is asked.
    pub ends_at: Timestamp,
}

impl SignedIn {
    /// The person's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.person.name
    }

    /// What it is now, when it has chosen.
    ///
    /// # Errors
    /// [`Error`] when the stored id is none.
    pub fn membership_id(&self) -> Result<Option<Id<Membership>>, Error> {
        Ok(self.membership.as_ref().map(MembershipRow::id).transpose()?)
    }

    /// The token that it was found by.
    #[must_use]
    pub const fn token(&self) -> &SecretString {
        &self.token
    }

    /// How long the browser keeps the cookie when it is closed; `None` when it does not: a counter
    /// is opened every morning, a desk may be somebody else's tomorrow.
    #[must_use]
    pub const fn cookie_seconds(&self) -> Option<i64> {
        self.cookie_seconds
    }

    /// Who acts.
    ///
    /// # Errors
    /// `second-factor-needed`, `membership-needed` while the session waits for that.
    pub fn actor(&self) -> Result<Actor, Error> {
        match self.standing {
            Standing::FactorNeeded | Standing::FactorMissing => {
                Err(Reason::SecondFactorNeeded.into())
            }
            Standing::MembershipNeeded => Err(Reason::MembershipNeeded.into()),
            Standing::Open => {
                let membership = self.membership.as_ref().ok_or(Reason::MembershipNeeded)?;
                let (role, organisation) = (membership.role()?, membership.organisation()?);
                let (venue, assurance) = (membership.venue()?, self.assurance);
                let actor = Actor::of(self.person_id.any(), role, organisation);
                Ok(Actor { venue, assurance, ..actor })
            }
        }
    }

    /// Whether the person may change how it signs in: it acts, or has given all that it has.
    ///
    /// # Errors
    /// `second-factor-needed`.
    pub(super) fn sure(&self) -> Result<(), Error> {
        if self.has_factor && self.assurance != Assurance::Fresh {
            return Err(Reason::SecondFactorNeeded.into());
        }
        Ok(())
    }

    /// Whether the person has proved just now who it is: by its second factor, or, when it has
    /// none, by signing in.
    ///
    /// # Errors
    /// `second-factor-needed`; `wrong-state` for who has none and signed in long ago.
    pub(super) fn proved_lately(&self, limits: &Limits, now: Timestamp) -> Result<(), Error> {
        self.sure()?;
        let opened_at = self.row.course().opened_at;
        if !self.has_factor && now >= opened_at.plus_seconds(limits.fresh_factor) {
            return Err(Refusal::wrong_state("sign-in-again").into());
        }
        Ok(())
    }
}

/// What a person may be in a session: all that it is, but for one that a provider opened for the
/// establishment of a number.
async fn open_to(
    tx: &mut Tx,
    person: Id<Person>,
    siret: Option<&str>,
) -> Result<Vec<MembershipRow>, Error> {
    let mut living = store::membership::living(tx, person).await?;
    living.retain(|row| siret.is_none_or(|siret| row.is_of(siret)));
    Ok(living)
}

/// Reads all that a session is.
pub(super) async fn read(
    tx: &mut Tx,
    row: SessionRow,
    token: &SecretString,
    choices: &Choices,
    now: Timestamp,
) -> Result<Option<SignedIn>, Error> {
    let limits = &choices.limits;
    let person_id = row.person()?;
    let Some(person) = store::person::find(tx, person_id).await? else { return Ok(None) };
    if person.state()? != PersonState::Active {
        return Ok(None);
    }
    let memberships = open_to(tx, person_id, row.siret.as_deref()).await?;
    let chosen = row.membership()?;
    let mut membership = None;
    for living in &memberships {
        if Some(living.id()?) == chosen {
            membership = Some(living.clone());
        }
    }
    let role = membership.as_ref().map(MembershipRow::role).transpose()?;
    let ends_at = row.course().ends_at(role, limits);
    if now >= ends_at {
        return Ok(None);
    }
    let has_factor = has_factor(tx, person_id).await?;
    Ok(Some(SignedIn {
        person_id,
        token: token.clone(),
        cookie_seconds: role.and_then(|role| limits.kept(role)),
        session_id: row.id()?,
        membership,
        memberships,
        has_factor,
        standing: standing(choices.factor_asked, role, has_factor, row.factor_at.is_some()),
        assurance: row.course().assurance(limits, now),
        ends_at,
        row,
        person,
    }))
}

/// Whether a person has a second factor.
pub(super) async fn has_factor(tx: &mut Tx, person: Id<Person>) -> Result<bool, Error> {
    let totp = store::factor::totp(tx, person).await?;
    if totp.is_some_and(|totp| totp.confirmed_at.is_some()) {
        return Ok(true);
    }
    Ok(!store::passkey::of_person(tx, person).await?.is_empty())
}

struct See(String);

#[async_trait]
impl Jot for See {
    type Outcome = ();

    async fn write(&self, tx: &mut Tx, now: Timestamp) -> Result<(), Error> {
        Ok(store::session::see(tx, &self.0, now).await?)
    }
}

/// The session of a token.
///
/// # Errors
/// `not-signed-in` when it has ended, or its person may not sign in any more.
pub async fn of_token(instance: &Instance, token: &SecretString) -> Result<SignedIn, Error> {
    let now = instance.clock.now();
    let mut tx = instance.database.read().await?;
    let row = store::session::by_token(&mut tx, &hashed(token)).await?;
    let row = row.ok_or(Reason::NotSignedIn)?;
    let choices = &instance.settings.people;
    let signed_in = read(&mut tx, row, token, choices, now).await?.ok_or(Reason::NotSignedIn)?;
    drop(tx);
    let seen_at = Timestamp::from_millis(signed_in.row.seen_at);
    if now >= seen_at.plus_seconds(SEEN_EVERY) {
        // A busy writer costs a minute of the session's life, not the request.
        if let Err(error) = instance.door.jot(See(signed_in.row.session_id.clone())).await {
            tracing::warn!(error = %error, "a session's time was not written down");
        }
    }
    Ok(signed_in)
}

/// Opens a session for a person who has just proved who it is.
#[derive(Debug)]
pub(super) struct Opening {
    pub session_id: Id<Session>,
    pub token_hash: String,
    pub person_id: Id<Person>,
    /// What it wants to be; else, when it may be one thing only, that.
    pub membership_id: Option<Id<Membership>>,
    /// The session that the browser had before, by the hash of its token.
    pub before: Option<String>,
    pub limits: Limits,
    /// The establishment that a provider named.
    pub siret: Option<String>,
    /// Whether a second factor was given where the person comes from.
    pub gave_factor: bool,
}

impl Opening {
    pub(super) async fn write(&self, tx: &mut Tx, now: Timestamp) -> Result<(), Error> {
        let living = open_to(tx, self.person_id, self.siret.as_deref()).await?;
        let mut ids = Vec::new();
        for membership in &living {
            ids.push(membership.id()?);
        }
        let membership = match (self.membership_id, ids.as_slice()) {
            (Some(wanted), _) if !ids.contains(&wanted) => {
                let detail = "this is no membership of yours";
                return Err(Refusal::invalid("/membership_id", detail).into());
            }
            (Some(wanted), _) => Some(wanted),
            (None, [only]) => Some(*only),
            (None, _) => None,
        };
        if let Some(before) = &self.before
            && let Some(row) = store::session::by_token(tx, before).await?
        {
            store::session::end(tx, row.person()?, row.id()?).await?;
        }
        let limits = &self.limits;
        let oldest = now.plus_seconds(-limits.longest.max(limits.counter_longest));
        store::session::purge(tx, oldest, now.plus_seconds(-86_400)).await?;
        let row = SessionRow {
            session_id: self.session_id.to_string(),
            token_hash: self.token_hash.clone(),
            person_id: self.person_id.to_string(),
            membership_id: membership.map(|id| id.to_string()),
            opened_at: now.millis(),
            seen_at: now.millis(),
            factor_at: self.gave_factor.then(|| now.millis()),
            siret: self.siret.clone(),
        };
        Ok(store::session::add(tx, &row).await?)
    }
}

/// A new session's token with what the session is.
#[derive(Debug)]
pub struct Opened {
    /// The token: for the person's browser, once.
    pub token: SecretString,
    /// What it is.
    pub signed_in: SignedIn,
}

impl Opened {
    /// The session of somebody who has just signed in, which is told to the log.
    ///
    /// # Errors
    /// As [`of_token`].
    pub(super) async fn entered(
        instance: &Instance,
        token: SecretString,
        way: Way,
    ) -> Result<Self, Error> {
        let opened = Self::of(instance, token).await?;
        told::signed_in(way, opened.signed_in.person_id, opened.signed_in.session_id);
        Ok(opened)
    }

    /// The session of a token that was just written.
    ///
    /// # Errors
    /// As [`of_token`].
    pub(super) async fn of(instance: &Instance, token: SecretString) -> Result<Self, Error> {
        let signed_in = of_token(instance, &token).await?;
        Ok(Self { token, signed_in })
    }
}

/// What a browser sends along when it signs in.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// Where it is.
    pub address: IpAddr,
    /// The token that it had before.
    pub before: Option<SecretString>,
}

/// An opening with its token, for a person that has just proved who it is.
pub(super) fn opening(
    instance: &Instance,
    person_id: Id<Person>,
    membership_id: Option<Id<Membership>>,
    visitor: &Visitor,
) -> (Opening, SecretString) {
    let token = new_token(instance.entropy.as_ref());
    let opening = Opening {
        session_id: Id::new(instance.clock.as_ref(), instance.entropy.as_ref()),
        token_hash: hashed(&token),
        person_id,
        membership_id,
        before: visitor.before.as_ref().map(hashed),
        limits: instance.settings.people.limits,
        siret: None,
        gave_factor: false,
    };
    (opening, token)
}

/// Counts an attempt before it is made; the outcome is how long to wait, if so.
pub(super) async fn count(
    tx: &mut Tx,
    subject: &str,
    now: Timestamp,
) -> Result<Result<(), i64>, Error> {
    let known = store::session::attempts(tx, subject).await?;
    match Attempts::next(known, now) {
        Ok(next) => Ok(Ok(store::session::set_attempts(tx, subject, next).await?)),
        Err(seconds) => Ok(Err(seconds)),
    }
}

/// Counts an attempt.
pub(super) struct Count(pub String);

#[async_trait]
impl Jot for Count {
    type Outcome = Result<(), i64>;

    async fn write(&self, tx: &mut Tx, now: Timestamp) -> Result<Self::Outcome, Error> {
        count(tx, &self.0, now).await
    }
}

struct Open {
    opening: Opening,
    subject: String,
}

#[async_trait]
impl Jot for Open {
    type Outcome = ();

    async fn write(&self, tx: &mut Tx, now: Timestamp) -> Result<(), Error> {
        store::session::forget(tx, &self.subject).await?;
        self.opening.write(tx, now).await
    }
}

/// Signs a person in by its address and password.
///
/// # Errors
/// `sign-in-failed`, the same for a wrong password, an unknown address, and a person who may not
/// sign in; `rate-limited` after several of them from one place.
pub async fn sign_in(
    instance: &Instance,
    email: &Email,
    password: &SecretString,
    membership_id: Option<Id<Membership>>,
    visitor: &Visitor,
) -> Result<Opened, Error> {
    let signed_in = try_sign_in(instance, email, password, membership_id, visitor).await;
    if let Err(Error::Refused(refusal)) = &signed_in
        && matches!(refusal.reason, Reason::SignInFailed | Reason::RateLimited)
    {
        let who = Refused { actor: None, address: Some(visitor.address) };
        let about = About { account: email.as_str(), ..About::default() };
        refused::note_about(instance, who, Class::SignIn, refusal, about);
    }
    signed_in
}

async fn try_sign_in(
    instance: &Instance,
    email: &Email,
    password: &SecretString,
    membership_id: Option<Id<Membership>>,
    visitor: &Visitor,
) -> Result<Opened, Error> {
    let subject = digested(&["password", email.as_str(), &visitor.address.to_string()]);
    let counted = instance.door.jot(Count(subject.clone())).await?;
    let counted = counted.map_err(|seconds| Error::from(Refusal::wait(seconds)));
    counted.inspect_err(|error| told::not_signed_in(Way::Password, None, error))?;
    let mut tx = instance.database.read().await?;
    let person = store::person::by_email(&mut tx, email.as_str()).await?;
    drop(tx);
    let known = person.as_ref().map(PersonRow::id).transpose()?;
    let entered = enter(instance, person, password, membership_id, (subject, visitor)).await;
    entered.inspect_err(|error| told::not_signed_in(Way::Password, known, error))
}

/// Opens a session for whoever knows the password of a person, if there is one.
async fn enter(
    instance: &Instance,
    person: Option<PersonRow>,
    password: &SecretString,
    membership_id: Option<Id<Membership>>,
    (subject, visitor): (String, &Visitor),
) -> Result<Opened, Error> {
    let active = |person: &PersonRow| person.state == PersonState::Active.as_str();
    let person = person.filter(active);
    let hash = person.as_ref().and_then(|person| person.password_hash.as_deref());
    let right = instance.passwords.verify(password, hash).await?;
    let person = person.filter(|_| right).ok_or(Reason::SignInFailed)?;
    let (opening, token) = opening(instance, person.id()?, membership_id, visitor);
    instance.door.jot(Open { opening, subject }).await?;
    Opened::entered(instance, token, Way::Password).await
}

/// What a page sends along to show that it is ours: made from the session's token, which no page
/// can read.
#[must_use]
pub fn csrf_of(token: &SecretString) -> String {
    digested(&["carnet/csrf/v1", token.expose_secret()])
}

/// The token that a session has from its next step on.
pub(super) fn next_token(instance: &Instance, signed_in: &SignedIn) -> SecretString {
    if crate::base::planted::is("session-not-rotated") {
        return signed_in.token.clone();
    }
    new_token(instance.entropy.as_ref())
}

/// Gives a session another token, and what else changes with it.
pub(super) async fn rotate(tx: &mut Tx, old: &SessionRow, new: &SessionRow) -> Result<(), Error> {
    // Somebody else rotated it since it was read: the token that asked is worthless.
    if !store::session::rotate(tx, &old.token_hash, new).await? {
        return Err(Reason::NotSignedIn.into());
    }
    Ok(())
}
