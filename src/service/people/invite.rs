//! Inviting: a right is granted by a line, its person gets a link, and the right ends by a line.
//!
//! Promises: nobody gives what is not its own to give; a link is good once and for a week, and kept
//! hashed; an address that is known already gets one more right, not a second account. Does not:
//! choose passwords (see `join`).

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};

use super::{deliver, hashed, new_token, origin};
use crate::base::clock::Timestamp;
use crate::base::id::{Id, Membership, Person};
use crate::domain::access::{Action, Actor, KeyRequest};
use crate::domain::fact::Fact;
use crate::domain::organisation::OrganisationId;
use crate::domain::person::{
    Email, MembershipEnded, MembershipGranted, MembershipRequest, PersonState, may_grant,
};
use crate::domain::refusal::{Reason, Refusal};
use crate::service::error::Error;
use crate::service::instance::Instance;
use crate::service::mail::Letter;
use crate::service::sign_in::check;
use crate::service::writer::desk::{Decided, Decision, Desk, Draft, OPERATOR_LEDGER, VaultRow};
use crate::service::writer::jot::Jot;
use crate::service::writer::{Done, Write, understood};
use crate::store::person::{LinkRow, PersonRow, Purpose};
use crate::store::{self, Tx};

/// A link that somebody opens to choose a password.
#[derive(Debug, Clone)]
pub struct Link {
    /// Its address, with the token: for one person's eyes.
    pub address: SecretString,
    /// Until when it is good.
    pub expires_at: Timestamp,
    /// Whether it was sent: then nobody else needs to see it.
    pub sent: bool,
}

/// A new link and its row.
pub(super) fn new_link(
    instance: &Instance,
    purpose: Purpose,
    person: Option<Id<Person>>,
) -> (Link, LinkRow) {
    let token = new_token(instance.entropy.as_ref());
    let choices = &instance.settings.people;
    let (path, seconds) = match purpose {
        Purpose::First | Purpose::Invitation => ("join", choices.invitation),
        Purpose::Reset => ("reset", choices.reset),
    };
    let expires_at = instance.clock.now().plus_seconds(seconds);
    let origin = origin(&instance.settings.host);
    let address = SecretString::from(format!("{origin}/{path}/{}", token.expose_secret()));
    let row = LinkRow {
        token_hash: hashed(&token),
        purpose: purpose.as_str().to_owned(),
        person_id: person.map(|id| id.to_string()),
        expires_at: expires_at.millis(),
    };
    (Link { address, expires_at, sent: false }, row)
}

struct Grant {
    actor: Actor,
    id: Id<Membership>,
    request: MembershipRequest,
    /// The person's id, when nobody has the address yet.
    new_person: Id<Person>,
    link: LinkRow,
}

impl Grant {
    fn is(&self, body: &MembershipGranted) -> bool {
        let MembershipRequest { role, organisation_id, venue_id, .. } = self.request;
        (body.role, body.organisation_id, body.venue_id) == (role, organisation_id, venue_id)
    }

    async fn known(&self, desk: &mut Desk<'_>) -> Result<Option<Decided>, Error> {
        let Some(known) = desk.created(self.id).await? else { return Ok(None) };
        let (_, fact) = desk.fact(&known).await?;
        let Fact::MembershipGranted(body) = fact else { return Err(Reason::Differs.into()) };
        let person = store::person::find(&mut desk.tx, body.person_id).await?;
        let same = person.is_some_and(|row| row.email == self.request.email.as_str());
        if same && self.is(&body) {
            return Ok(Some(Decided::Known(known)));
        }
        Err(Reason::Differs.into())
    }
}

#[async_trait]
impl Write for Grant {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        let MembershipRequest { role, organisation_id, venue_id, .. } = self.request;
        may_grant(&self.actor, organisation_id, venue_id)?;
        desk.refresh(&[OPERATOR_LEDGER]).await?;
        if let Some(known) = self.known(desk).await? {
            return Ok(known);
        }
        check(desk, &KeyRequest { venue_id, ..KeyRequest::of(role, organisation_id) }).await?;
        let email = self.request.email.as_str();
        let mut vault = Vec::new();
        let person_id = match store::person::by_email(&mut desk.tx, email).await? {
            None => {
                vault.push(VaultRow::Person(PersonRow {
                    person_id: self.new_person.to_string(),
                    email: email.to_owned(),
                    name: self.request.name.to_string(),
                    state: PersonState::Invited.as_str().to_owned(),
                    password_hash: None,
                    created_at: desk.now.millis(),
                }));
                self.new_person
            }
            Some(row) => row.id()?,
        };
        let mut joined = false;
        if let Some(row) = store::person::find(&mut desk.tx, person_id).await? {
            joined = row.state()? != PersonState::Invited;
            for living in store::membership::living(&mut desk.tx, person_id).await? {
                let held = (living.role()?, living.organisation()?, living.venue()?);
                if held == (role, organisation_id, venue_id) {
                    return Err(Refusal::wrong_state("granted").into());
                }
            }
        }
        if !joined {
            let person_id = Some(person_id.to_string());
            vault.push(VaultRow::Link(LinkRow { person_id, ..self.link.clone() }));
        }
        let body = MembershipGranted { person_id, role, organisation_id, venue_id };
        let draft = Draft::new(OPERATOR_LEDGER, self.actor.id, self.id, body);
        Ok(Decision { drafts: vec![draft], vault, ..Decision::default() }.into())
    }
}

/// A right that was granted.
#[derive(Debug)]
pub struct Granted {
    /// Who has it.
    pub person_id: Id<Person>,
    /// The link, when this request made one.
    pub link: Option<Link>,
    /// The line.
    pub done: Done,
}

/// Grants a person a right, and invites it when it has no account yet.
///
/// # Errors
/// `not-permitted`, `not-found`, `second-factor-needed` (see [`may_grant`]); `wrong-state` when the
/// person has that very right.
pub async fn grant(
    instance: &Instance,
    actor: &Actor,
    id: Id<Membership>,
    request: MembershipRequest,
) -> Result<Granted, Error> {
    let (link, row) = new_link(instance, Purpose::Invitation, None);
    let token_hash = row.token_hash.clone();
    let new_person = Id::new(instance.clock.as_ref(), instance.entropy.as_ref());
    let write = Grant { actor: *actor, id, request, new_person, link: row };
    let done = instance.door.write(write).await?;
    let fact = understood(done.ledger_no, done.seq, &done.receipt.line)?.1;
    let Fact::MembershipGranted(body) = fact else {
        return Err(Error::Fault(format!("line {} grants nothing", done.seq)));
    };
    let mut tx = instance.database.read().await?;
    let sent = store::person::link(&mut tx, &token_hash, instance.clock.now()).await?;
    drop(tx);
    let link = match sent {
        Some(_) => Some(send(instance, body.person_id, body.organisation_id, link).await?),
        None => {
            if done.fresh {
                tell(instance, body.person_id, body.organisation_id).await?;
            }
            None
        }
    };
    Ok(Granted { person_id: body.person_id, link, done })
}

/// Who is written to, and what its organisation is called.
async fn recipient(
    instance: &Instance,
    person: Id<Person>,
    organisation: OrganisationId,
) -> Result<Option<(Email, String)>, Error> {
    let mut tx = instance.database.read().await?;
    let person = store::person::find(&mut tx, person).await?;
    let email = person.and_then(|row| Email::new(&row.email).ok());
    let organisation = store::organisation::find(&mut tx, organisation).await?;
    let name = organisation.map(|row| row.profile()).transpose()?.map(|it| it.name.to_string());
    Ok(email.zip(name))
}

/// Sends the link of an invitation, when there is mail.
async fn send(
    instance: &Instance,
    person: Id<Person>,
    organisation: OrganisationId,
    link: Link,
) -> Result<Link, Error> {
    let Some((email, organisation)) = recipient(instance, person, organisation).await? else {
        return Ok(link);
    };
    let letter = Letter::Invitation { organisation, link: link.address.clone() };
    Ok(Link { sent: deliver(instance, &email, &letter).await, ..link })
}

/// Tells somebody who has joined that it may be something more.
async fn tell(
    instance: &Instance,
    person: Id<Person>,
    organisation: OrganisationId,
) -> Result<(), Error> {
    if let Some((email, organisation)) = recipient(instance, person, organisation).await? {
        deliver(instance, &email, &Letter::Granted { organisation }).await;
    }
    Ok(())
}

struct Withdraw {
    actor: Actor,
    id: Id<Membership>,
}

#[async_trait]
impl Write for Withdraw {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        desk.refresh(&[OPERATOR_LEDGER]).await?;
        let found = store::membership::find(&mut desk.tx, self.id).await?;
        let own = match &found {
            Some(row) => row.person()?.any() == self.actor.id,
            None => false,
        };
        // Anybody may leave; who may never give rights learns nothing of others'.
        if !own {
            self.actor.may_ever(Action::GrantMembership)?;
            let row = found.ok_or(Reason::NotFound)?;
            may_grant(&self.actor, row.organisation()?, row.venue()?)?;
        }
        if let Some(known) = desk.created(format!("{}/end", self.id)).await? {
            return Ok(Decided::Known(known));
        }
        Ok(Draft::new(OPERATOR_LEDGER, self.actor.id, self.id, MembershipEnded {}).into())
    }
}

/// Ends what a person may be: refused from the next request on.
///
/// # Errors
/// As [`grant`].
pub async fn end(instance: &Instance, actor: &Actor, id: Id<Membership>) -> Result<Done, Error> {
    instance.door.write(Withdraw { actor: *actor, id }).await
}

/// Keeps a link in place of the one before.
pub(super) struct Keep(pub LinkRow);

#[async_trait]
impl Jot for Keep {
    type Outcome = ();

    async fn write(&self, tx: &mut Tx, _: Timestamp) -> Result<(), Error> {
        Ok(store::person::add_link(tx, &self.0).await?)
    }
}

/// Whether an actor gave, or could give, something that a person is.
pub(super) async fn may_reach(tx: &mut Tx, actor: &Actor, person: Id<Person>) -> Result<(), Error> {
    actor.may_ever(Action::GrantMembership)?;
    let mut refusal = Refusal::from(Reason::NotFound);
    for living in store::membership::living(tx, person).await? {
        match may_grant(actor, living.organisation()?, living.venue()?) {
            Ok(_) => return Ok(()),
            // A stale second factor is worth saying; a foreign organisation is not.
            Err(other) if other.reason == Reason::SecondFactorNeeded => refusal = other,
            Err(_) => {}
        }
    }
    Err(refusal.into())
}

/// A new link for somebody who was invited and has not joined; the one before ends.
///
/// # Errors
/// `not-found` for somebody of another organisation; `wrong-state` when the person has joined.
pub async fn again(instance: &Instance, actor: &Actor, person: Id<Person>) -> Result<Link, Error> {
    let mut tx = instance.read_as(actor).await?;
    may_reach(&mut tx, actor, person).await?;
    let row = store::person::find(&mut tx, person).await?.ok_or(Reason::NotFound)?;
    drop(tx);
    if row.state()? != PersonState::Invited {
        return Err(Refusal::wrong_state("joined").into());
    }
    let (link, kept) = new_link(instance, Purpose::Invitation, Some(person));
    instance.door.jot(Keep(kept)).await?;
    send(instance, person, actor.organisation, link).await
}

/// The link by which the first operator makes itself known; `None` once there is anybody. The one
/// before ends.
///
/// # Errors
/// [`Error`].
pub async fn first(instance: &Instance) -> Result<Option<Link>, Error> {
    let mut tx = instance.database.read().await?;
    if store::person::is_anybody(&mut tx).await? {
        return Ok(None);
    }
    drop(tx);
    let (link, row) = new_link(instance, Purpose::First, None);
    instance.door.jot(Keep(row)).await?;
    Ok(Some(link))
}
