//! Where a person is signed in, and signing out; and how the operator signs everybody out.
//!
//! Promises: a person sees and ends its own sessions only, others than the one that asks only after
//! it has proved again who it is; another's looks like none; what the operator ends is told to the
//! log. Does not: end sessions when rights end (each request looks), or keys of programs.

use async_trait::async_trait;

use super::session::{SignedIn, read};
use crate::base::clock::Timestamp;
use crate::base::id::{Id, Person, Session};
use crate::domain::access::{Action, Actor, Owner};
use crate::domain::refusal::Reason;
use crate::service::error::Error;
use crate::service::instance::Instance;
use crate::service::writer::jot::Jot;
use crate::store::{self, Tx};

/// A session in the list of a person's own.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The session.
    pub session_id: Id<Session>,
    /// When it began.
    pub opened_at: Timestamp,
    /// When it last asked, to the minute.
    pub seen_at: Timestamp,
    /// Whether it is the one that asks.
    pub is_current: bool,
}

/// The sessions of a person that have not ended.
///
/// # Errors
/// [`Error`].
pub async fn list(instance: &Instance, signed_in: &SignedIn) -> Result<Vec<Listed>, Error> {
    let (now, choices) = (instance.clock.now(), &instance.settings.people);
    let mut tx = instance.database.read().await?;
    let mut listed = Vec::new();
    for row in store::session::of_person(&mut tx, signed_in.person_id).await? {
        let course = row.course();
        let token = &signed_in.token;
        let Some(living) = read(&mut tx, row, token, choices, now).await? else { continue };
        listed.push(Listed {
            session_id: living.session_id,
            opened_at: course.opened_at,
            seen_at: course.seen_at,
            is_current: living.session_id == signed_in.session_id,
        });
    }
    Ok(listed)
}

struct End {
    person_id: Id<Person>,
    /// One, or all.
    session_id: Option<Id<Session>>,
}

#[async_trait]
impl Jot for End {
    type Outcome = u64;

    async fn write(&self, tx: &mut Tx, _: Timestamp) -> Result<u64, Error> {
        match self.session_id {
            Some(id) => Ok(u64::from(store::session::end(tx, self.person_id, id).await?)),
            None => Ok(store::session::end_others(tx, self.person_id, None).await?),
        }
    }
}

/// Ends one of a person's sessions, or all; gives how many.
///
/// # Errors
/// `not-found` when the person has no such session; for another one than that which asks,
/// `second-factor-needed`, or `wrong-state` (`sign-in-again`) for who has no second factor, when
/// the person has not proved just now who it is.
pub async fn end(
    instance: &Instance,
    signed_in: &SignedIn,
    session_id: Option<Id<Session>>,
) -> Result<u64, Error> {
    if session_id != Some(signed_in.session_id) {
        let limits = &instance.settings.people.limits;
        signed_in.proved_lately(limits, instance.clock.now())?;
    }
    let ended = instance.door.jot(End { person_id: signed_in.person_id, session_id }).await?;
    if ended == 0 { Err(Reason::NotFound.into()) } else { Ok(ended) }
}

/// Whose sessions the operator ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// One person's.
    Person(Id<Person>),
    /// Everybody's, the operator's own with them.
    Everybody,
}

struct EndFor(Whose);

#[async_trait]
impl Jot for EndFor {
    type Outcome = u64;

    async fn write(&self, tx: &mut Tx, _: Timestamp) -> Result<u64, Error> {
        match self.0 {
            Whose::Person(person) => {
                store::person::find(tx, person).await?.ok_or(Reason::NotFound)?;
                Ok(store::session::end_others(tx, person, None).await?)
            }
            Whose::Everybody => Ok(store::session::end_all(tx).await?),
        }
    }
}

/// Ends the sessions of others, for the operator: after a theft, or a hole. Whoever may still sign
/// in does so anew. Gives how many.
///
/// # Errors
/// `not-permitted` for anybody but the operator, `second-factor-needed`; `not-found` for somebody
/// who is not there.
pub async fn end_for(instance: &Instance, actor: &Actor, whose: Whose) -> Result<u64, Error> {
    if !actor.reaches_all(Action::GrantMembership) {
        return Err(Reason::NotPermitted.into());
    }
    actor.permit(Action::GrantMembership, &Owner::NOBODY)?;
    let ended = instance.door.jot(EndFor(whose)).await?;
    let of = match whose {
        Whose::Person(person) => person.to_string(),
        Whose::Everybody => "everybody".to_owned(),
    };
    tracing::warn!(event = "sessions-ended", actor = %actor.id, of, ended, "sessions were ended");
    Ok(ended)
}
