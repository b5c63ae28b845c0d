//! Joining: what the link of an invitation does, and the first operator's.
//!
//! Promises: a link is good once, even when opened twice at the same time; whoever joins has chosen
//! its own password, and is signed in. Does not: give rights to those who were invited: a line did.

use async_trait::async_trait;
use secrecy::SecretString;

use super::session::{Opened, Opening, Visitor, opening};
use super::told::{self, Way};
use super::{hashed, password};
use crate::base::clock::Timestamp;
use crate::base::entropy::bytes;
use crate::base::id::{Id, Membership, Person};
use crate::base::text::Name;
use crate::domain::access::Role;
use crate::domain::organisation::OrganisationId;
use crate::domain::person::{Email, MembershipGranted, PersonState};
use crate::domain::refusal::{Reason, Refusal};
use crate::service::error::Error;
use crate::service::instance::Instance;
use crate::service::writer::Write;
use crate::service::writer::desk::{Decided, Decision, Desk, Draft, OPERATOR_LEDGER, VaultRow};
use crate::service::writer::jot::Jot;
use crate::store::person::{LinkRow, PersonRow, Purpose};
use crate::store::{self, Tx};

/// The link of a token.
///
/// # Errors
/// `link-ended`: used, too old, or never there.
pub async fn look(
    instance: &Instance,
    token: &SecretString,
) -> Result<(Purpose, Timestamp), Error> {
    let mut tx = instance.database.read().await?;
    let row = living(&mut tx, &hashed(token), instance.clock.now()).await?;
    Ok((row.purpose()?, Timestamp::from_millis(row.expires_at)))
}

pub(super) async fn living(
    tx: &mut Tx,
    token_hash: &str,
    now: Timestamp,
) -> Result<LinkRow, Error> {
    let row = store::person::link(tx, token_hash, now).await?;
    row.ok_or_else(|| Reason::LinkEnded.into())
}

/// Who makes itself known by the first link.
#[derive(Debug, Clone)]
pub struct Newcomer {
    /// The address to sign in with.
    pub email: Email,
    /// The name.
    pub name: Name,
}

struct First {
    operator: OrganisationId,
    token_hash: String,
    person_id: Id<Person>,
    membership_id: Id<Membership>,
    newcomer: Newcomer,
    password_hash: String,
}

#[async_trait]
impl Write for First {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        desk.refresh(&[OPERATOR_LEDGER]).await?;
        living(&mut desk.tx, &self.token_hash, desk.now).await?;
        if store::person::is_anybody(&mut desk.tx).await? {
            return Err(Reason::LinkEnded.into());
        }
        let person = PersonRow {
            person_id: self.person_id.to_string(),
            email: self.newcomer.email.as_str().to_owned(),
            name: self.newcomer.name.to_string(),
            state: PersonState::Active.as_str().to_owned(),
            password_hash: Some(self.password_hash.clone()),
            created_at: desk.now.millis(),
        };
        let body = MembershipGranted {
            person_id: self.person_id,
            role: Role::Operator,
            organisation_id: self.operator,
            venue_id: None,
        };
        // Whoever reads the server's own output is the operator.
        let draft = Draft::new(OPERATOR_LEDGER, self.operator.any(), self.membership_id, body);
        let used = VaultRow::UsedLink(self.token_hash.clone());
        let vault = vec![used, VaultRow::Person(person)];
        Ok(Decision { drafts: vec![draft], vault, ..Decision::default() }.into())
    }
}

struct Join {
    token_hash: String,
    person_id: Id<Person>,
    password_hash: String,
    opening: Opening,
}

#[async_trait]
impl Jot for Join {
    type Outcome = ();

    async fn write(&self, tx: &mut Tx, now: Timestamp) -> Result<(), Error> {
        living(tx, &self.token_hash, now).await?;
        let person = store::person::find(tx, self.person_id).await?.ok_or(Reason::LinkEnded)?;
        if person.state()? != PersonState::Invited {
            return Err(Reason::LinkEnded.into());
        }
        store::person::end_links(tx, self.person_id).await?;
        store::person::set_password(tx, self.person_id, &self.password_hash).await?;
        self.opening.write(tx, now).await
    }
}

struct Enter(Opening);

#[async_trait]
impl Jot for Enter {
    type Outcome = ();

    async fn write(&self, tx: &mut Tx, now: Timestamp) -> Result<(), Error> {
        self.0.write(tx, now).await
    }
}

/// Uses a link: the person has a password from now on, and is signed in.
///
/// # Errors
/// `link-ended`; `invalid-request` for a weak password, and when the first operator does not say
/// who it is, or somebody else does.
pub async fn join(
    instance: &Instance,
    token: &SecretString,
    chosen: &SecretString,
    newcomer: Option<Newcomer>,
    visitor: &Visitor,
) -> Result<Opened, Error> {
    let joined = by_link(instance, token, chosen, newcomer, visitor).await;
    joined.inspect_err(|error| told::not_signed_in(Way::Link, None, error))
}

async fn by_link(
    instance: &Instance,
    token: &SecretString,
    chosen: &SecretString,
    newcomer: Option<Newcomer>,
    visitor: &Visitor,
) -> Result<Opened, Error> {
    let token_hash = hashed(token);
    let mut tx = instance.database.read().await?;
    let row = living(&mut tx, &token_hash, instance.clock.now()).await?;
    let person_id = row.person()?;
    let person = match person_id {
        Some(id) => store::person::find(&mut tx, id).await?,
        None => None,
    };
    drop(tx);
    let salt = bytes::<16>(instance.entropy.as_ref());
    let passwords = &instance.passwords;
    let token = match (row.purpose()?, person_id.zip(person), newcomer) {
        (Purpose::First, _, Some(newcomer)) => {
            let own = [newcomer.email.as_str(), newcomer.name.as_str()];
            password::choose(instance, chosen, &own).await?;
            let person_id = Id::new(instance.clock.as_ref(), instance.entropy.as_ref());
            let write = First {
                operator: instance.operator().await?,
                token_hash,
                person_id,
                membership_id: Id::new(instance.clock.as_ref(), instance.entropy.as_ref()),
                newcomer,
                password_hash: passwords.hash(chosen, salt).await?,
            };
            instance.door.write(write).await?;
            let (opening, token) = opening(instance, person_id, None, visitor);
            instance.door.jot(Enter(opening)).await?;
            token
        }
        (Purpose::First, _, None) => {
            return Err(Refusal::invalid("", "the first operator gives email and name").into());
        }
        (Purpose::Invitation, Some((person_id, person)), None) => {
            password::choose(instance, chosen, &[&person.email, &person.name]).await?;
            let password_hash = passwords.hash(chosen, salt).await?;
            let (opening, token) = opening(instance, person_id, None, visitor);
            instance.door.jot(Join { token_hash, person_id, password_hash, opening }).await?;
            token
        }
        (Purpose::Invitation, Some(_), Some(_)) => {
            let detail = "who was invited keeps the address of the invitation";
            return Err(Refusal::invalid("", detail).into());
        }
        (Purpose::Invitation | Purpose::Reset, ..) => return Err(Reason::LinkEnded.into()),
    };
    Opened::entered(instance, token, Way::Link).await
}
