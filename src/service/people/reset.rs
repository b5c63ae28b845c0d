//! Another password: changed by who knows the old one, or by a link that was sent.
//!
//! Promises: a changed password ends the other sessions; asking for a link says nothing of whether
//! there is such an account; a link alone does not replace a second factor. Does not: send letters
//! itself (see `mail`).

use std::sync::Arc;

use async_trait::async_trait;
use secrecy::SecretString;

use super::invite::{Keep, Link, is_guarded, may_be_sent, new_link, shown};
use super::join::living;
use super::session::{Count, Opened, SignedIn, Visitor, next_token, rotate};
use super::{deliver, digested, hashed, password};
use crate::base::clock::Timestamp;
use crate::base::entropy::bytes;
use crate::base::id::{Id, Person};
use crate::domain::access::{Action, Actor, Owner};
use crate::domain::person::{Email, PersonState};
use crate::domain::refusal::{Reason, Refusal};
use crate::service::error::Error;
use crate::service::instance::Instance;
use crate::service::mail::Letter;
use crate::service::writer::jot::Jot;
use crate::store::person::Purpose;
use crate::store::session::SessionRow;
use crate::store::{self, Tx};

/// Sends a link to choose another password, if somebody active has the address. What is known of
/// the address shows neither in the answer nor in its time: the work goes on after it.
///
/// # Errors
/// `rate-limited` when it is asked too often from one place.
pub async fn ask(instance: &Arc<Instance>, email: Email, visitor: &Visitor) -> Result<(), Error> {
    let subject = digested(&["reset", email.as_str(), &visitor.address.to_string()]);
    instance.door.jot(Count(subject)).await?.map_err(Refusal::wait)?;
    let instance = instance.clone();
    tokio::spawn(async move {
        if let Err(error) = send(&instance, &email).await {
            tracing::warn!(error = %error, "a link could not be sent");
        }
    });
    Ok(())
}

async fn send(instance: &Instance, email: &Email) -> Result<(), Error> {
    // Who could not be written to keeps the link that it has.
    if instance.settings.post.is_none() {
        return Ok(());
    }
    let mut tx = instance.database.read().await?;
    let person = store::person::by_email(&mut tx, email.as_str()).await?;
    drop(tx);
    let Some(person) = person else { return Ok(()) };
    if person.state()? != PersonState::Active {
        return Ok(());
    }
    let (link, row) = new_link(instance, Purpose::Reset, Some(person.id()?));
    instance.door.jot(Keep(row)).await?;
    deliver(instance, email, &Letter::Reset { link: link.address }).await;
    Ok(())
}

/// Gives the operator a link for somebody who cannot be written to; it is sent when it can.
///
/// # Errors
/// `not-permitted` for anybody but the operator; `wrong-state` for who has not joined, and
/// `mail-needed` when it could only be shown and is for one of those who decide by two.
pub async fn link_for(
    instance: &Instance,
    actor: &Actor,
    person: Id<Person>,
) -> Result<Link, Error> {
    let everybody = actor.reaches_all(Action::GrantMembership);
    if !everybody {
        return Err(Reason::NotPermitted.into());
    }
    actor.permit(Action::GrantMembership, &Owner::NOBODY)?;
    let mut tx = instance.database.read().await?;
    let row = store::person::find(&mut tx, person).await?.ok_or(Reason::NotFound)?;
    let is_guarded = is_guarded(&mut tx, person).await?;
    drop(tx);
    let state = row.state()?;
    if state != PersonState::Active {
        return Err(Refusal::wrong_state(state.as_str()).into());
    }
    may_be_sent(instance, is_guarded)?;
    let (link, kept) = new_link(instance, Purpose::Reset, Some(person));
    instance.door.jot(Keep(kept)).await?;
    let email = Email::new(&row.email).map_err(|_| Error::Fault("a stored address".into()))?;
    let letter = Letter::Reset { link: link.address.clone() };
    shown(Link { sent: deliver(instance, &email, &letter).await, ..link }, is_guarded)
}

struct Reset {
    token_hash: String,
    person: Id<Person>,
    password_hash: String,
}

#[async_trait]
impl Jot for Reset {
    type Outcome = u64;

    async fn write(&self, tx: &mut Tx, now: Timestamp) -> Result<u64, Error> {
        living(tx, &self.token_hash, now).await?;
        let person = store::person::find(tx, self.person).await?.ok_or(Reason::LinkEnded)?;
        if person.state()? != PersonState::Active {
            return Err(Reason::LinkEnded.into());
        }
        store::person::end_links(tx, self.person).await?;
        store::person::set_password(tx, self.person, &self.password_hash).await?;
        Ok(store::session::end_others(tx, self.person, None).await?)
    }
}

/// Uses a link: another password; all sessions end. Gives how many.
///
/// # Errors
/// `link-ended`; `invalid-request` for a weak password.
pub async fn by_link(
    instance: &Instance,
    token: &SecretString,
    chosen: &SecretString,
) -> Result<u64, Error> {
    let token_hash = hashed(token);
    let mut tx = instance.database.read().await?;
    let row = living(&mut tx, &token_hash, instance.clock.now()).await?;
    let (Purpose::Reset, Some(id)) = (row.purpose()?, row.person()?) else {
        return Err(Reason::LinkEnded.into());
    };
    let person = store::person::find(&mut tx, id).await?.ok_or(Reason::LinkEnded)?;
    drop(tx);
    password::choose(instance, chosen, &[&person.email, &person.name]).await?;
    let salt = bytes::<16>(instance.entropy.as_ref());
    let password_hash = instance.passwords.hash(chosen, salt).await?;
    let ended = instance.door.jot(Reset { token_hash, person: id, password_hash }).await?;
    tell(instance, &person.email).await;
    Ok(ended)
}

async fn tell(instance: &Instance, email: &str) {
    if let Ok(email) = Email::new(email) {
        deliver(instance, &email, &Letter::Changed).await;
    }
}

struct Change {
    row: SessionRow,
    person: Id<Person>,
    session: Id<crate::base::id::Session>,
    password_hash: String,
    token_hash: String,
}

#[async_trait]
impl Jot for Change {
    type Outcome = ();

    async fn write(&self, tx: &mut Tx, now: Timestamp) -> Result<(), Error> {
        store::person::end_links(tx, self.person).await?;
        store::person::set_password(tx, self.person, &self.password_hash).await?;
        store::session::end_others(tx, self.person, Some(self.session)).await?;
        let new = SessionRow {
            token_hash: self.token_hash.clone(),
            seen_at: now.millis(),
            ..self.row.clone()
        };
        rotate(tx, &self.row, &new).await
    }
}

/// Changes the password of who knows the old one; its other sessions end.
///
/// # Errors
/// `sign-in-failed` for a wrong old one; `second-factor-needed` when that was not given just now by
/// who has one; `invalid-request` for a weak new one.
pub async fn change(
    instance: &Instance,
    signed_in: &SignedIn,
    current: &SecretString,
    chosen: &SecretString,
) -> Result<Opened, Error> {
    signed_in.sure()?;
    let person = &signed_in.person;
    let subject = digested(&["change", &person.person_id]);
    instance.door.jot(Count(subject)).await?.map_err(Refusal::wait)?;
    if !instance.passwords.verify(current, person.password_hash.as_deref()).await? {
        return Err(Reason::SignInFailed.into());
    }
    password::choose(instance, chosen, &[&person.email, &person.name]).await?;
    let salt = bytes::<16>(instance.entropy.as_ref());
    let token = next_token(instance, signed_in);
    let change = Change {
        row: signed_in.row.clone(),
        person: signed_in.person_id,
        session: signed_in.session_id,
        password_hash: instance.passwords.hash(chosen, salt).await?,
        token_hash: hashed(&token),
    };
    instance.door.jot(change).await?;
    tell(instance, &person.email).await;
    Opened::of(instance, token).await
}
