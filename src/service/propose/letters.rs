//! Letters about a changed bank account, to those whose money it is.
//!
//! Promises: whoever is paid hears of it at the proposal and when it is decided, and can object
//! before money goes there. Does not: hold up what is written: a letter that cannot be sent is an
//! error in the log.

use std::collections::BTreeSet;

use crate::domain::organisation::OrganisationId;
use crate::domain::person::{Email, PersonState};
use crate::domain::session::needs_factor;
use crate::service::error::Error;
use crate::service::instance::Instance;
use crate::service::mail::Letter;
use crate::service::people::deliver;
use crate::service::register::account_to_come;
use crate::store;

/// Tells the managers of an organisation that another account is proposed, or from when on it
/// counts.
///
/// # Errors
/// [`Error`] when the people cannot be read.
pub(in crate::service) async fn tell_account(
    instance: &Instance,
    id: OrganisationId,
) -> Result<(), Error> {
    if instance.settings.post.is_none() {
        return Ok(());
    }
    let from = account_to_come(instance, id).await?;
    tell(instance, id, |organisation| Letter::AccountChanged { organisation, from }).await
}

/// Tells the managers of an organisation that another account is proposed.
pub(in crate::service) async fn tell_account_proposed(
    instance: &Instance,
    id: OrganisationId,
) -> Result<(), Error> {
    tell(instance, id, |organisation| Letter::AccountProposed { organisation }).await
}

async fn tell(
    instance: &Instance,
    id: OrganisationId,
    letter: impl Fn(String) -> Letter,
) -> Result<(), Error> {
    if instance.settings.post.is_none() {
        return Ok(());
    }
    let mut tx = instance.database.read().await?;
    let name = store::organisation::find(&mut tx, id).await?.map(|row| row.name);
    let Some(name) = name else { return Ok(()) };
    let mut people = BTreeSet::new();
    for row in store::membership::of_organisation(&mut tx, Some(id)).await? {
        if needs_factor(row.role()?) {
            people.insert(row.person()?);
        }
    }
    let mut emails = Vec::new();
    for person in people {
        let row = store::person::find(&mut tx, person).await?;
        if let Some(row) = row
            && row.state()? == PersonState::Active
        {
            emails.extend(Email::new(&row.email).ok());
        }
    }
    drop(tx);
    for email in emails {
        deliver(instance, &email, &letter(name.clone())).await;
    }
    Ok(())
}
