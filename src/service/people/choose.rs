//! Choosing what to be: for which organisation, and as what, a session acts.
//!
//! Promises: what is chosen is the person's own, has not ended, and is of the establishment that a
//! provider named; the token changes with it. Does not: open sessions (see [`super::session`]).

use async_trait::async_trait;

use super::hashed;
use super::session::{Opened, SignedIn, next_token, rotate};
use crate::base::clock::Timestamp;
use crate::base::id::{Id, Membership, Person};
use crate::domain::refusal::Reason;
use crate::service::error::Error;
use crate::service::instance::Instance;
use crate::service::writer::jot::Jot;
use crate::store::session::SessionRow;
use crate::store::{self, Tx};

struct Choose {
    row: SessionRow,
    person_id: Id<Person>,
    membership_id: Id<Membership>,
    token_hash: String,
}

#[async_trait]
impl Jot for Choose {
    type Outcome = ();

    async fn write(&self, tx: &mut Tx, now: Timestamp) -> Result<(), Error> {
        let wanted = store::membership::find(tx, self.membership_id).await?;
        let wanted = wanted.filter(|row| row.ended_at.is_none()).ok_or(Reason::NotFound)?;
        let siret = self.row.siret.as_deref();
        let elsewhere = siret.is_some_and(|siret| !wanted.is_of(siret));
        if wanted.person()? != self.person_id || elsewhere {
            return Err(Reason::NotFound.into());
        }
        let new = SessionRow {
            token_hash: self.token_hash.clone(),
            membership_id: Some(self.membership_id.to_string()),
            seen_at: now.millis(),
            ..self.row.clone()
        };
        rotate(tx, &self.row, &new).await
    }
}

/// Chooses for which organisation, and as what, a session acts from now on.
///
/// # Errors
/// `not-found` when it is nobody's, somebody else's, or has ended.
pub async fn choose(
    instance: &Instance,
    signed_in: &SignedIn,
    membership_id: Id<Membership>,
) -> Result<Opened, Error> {
    let token = next_token(instance, signed_in);
    let choose = Choose {
        row: signed_in.row.clone(),
        person_id: signed_in.person_id,
        membership_id,
        token_hash: hashed(&token),
    };
    instance.door.jot(choose).await?;
    Opened::of(instance, token).await
}
