//! Where a person is signed in, and signing out.
//!
//! Promises: a person sees and ends its own sessions only; another's looks like none. Does not: end
//! sessions when rights end (each request looks).

use async_trait::async_trait;

use super::session::{SignedIn, read};
use crate::base::clock::Timestamp;
use crate::base::id::{Id, Person, Session};
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
    let (now, limits) = (instance.clock.now(), &instance.settings.people.limits);
    let mut tx = instance.database.read().await?;
    let mut listed = Vec::new();
    for row in store::session::of_person(&mut tx, signed_in.person_id).await? {
        let course = row.course();
        let token = &signed_in.token;
        let Some(living) = read(&mut tx, row, token, limits, now).await? else { continue };
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
/// `not-found` when the person has no such session.
pub async fn end(
    instance: &Instance,
    signed_in: &SignedIn,
    session_id: Option<Id<Session>>,
) -> Result<u64, Error> {
    let ended = instance.door.jot(End { person_id: signed_in.person_id, session_id }).await?;
    if ended == 0 { Err(Reason::NotFound.into()) } else { Ok(ended) }
}
