//! Finding: what something is called, and what a number or a name stands for.
//!
//! Promises: names are told to who may read the operator's ledger, which has them all; people's
//! names to those alone who may read who people are. Does not: find a voucher by its code.

use std::collections::HashMap;

use super::error::Error;
use super::instance::Instance;
use super::writer::fact_at;
use crate::base::id::{AnyId, Id, Noun, Payment, Person, Settlement};
use crate::domain::access::{Action, Actor, Owner};
use crate::domain::fact::Fact;
use crate::domain::organisation::OrganisationProfile;
use crate::domain::place::folded;
use crate::domain::refusal::Reason;
use crate::domain::serial::{BookNumber, Serial};
use crate::store::{self, Tx};

/// How many are read at a time.
const PAGE: i64 = 500;
/// The most that a search gives.
const MOST: usize = 50;
/// The most characters of what is looked for.
const LONGEST: usize = 200;

/// What some ids are called.
#[derive(Debug, Clone, Default)]
pub struct Names(HashMap<String, String>);

impl Names {
    /// The name of an id; the id itself when it has none, or none that may be told.
    #[must_use]
    pub fn of(&self, id: &impl ToString) -> String {
        let id = id.to_string();
        self.0.get(&id).cloned().unwrap_or(id)
    }

    /// The name of an id.
    #[must_use]
    pub fn find(&self, id: &impl ToString) -> Option<&str> {
        self.0.get(&id.to_string()).map(String::as_str)
    }
}

/// What some organisations, venues, sites and people are called.
///
/// # Errors
/// `not-permitted`, `not-found` for who does not read every ledger.
pub async fn names(
    instance: &Instance,
    actor: &Actor,
    ids: impl IntoIterator<Item = AnyId>,
) -> Result<Names, Error> {
    actor.permit(Action::ReadLedger, &Owner::NOBODY)?;
    let ids: Vec<AnyId> = ids.into_iter().collect();
    let texts: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let mut tx = instance.read_as(actor).await?;
    let mut names: HashMap<String, String> =
        store::name::of(&mut tx, &texts).await?.into_iter().collect();
    if actor.reaches_all(Action::ReadPeople) {
        let people: Vec<Id<Person>> = ids.iter().filter_map(|id| id.to()).collect();
        names.extend(store::name::people(&mut tx, &people).await?);
    }
    Ok(Names(names))
}

/// An organisation in a list.
#[derive(Debug, Clone)]
pub struct ListedOrganisation {
    /// The organisation.
    pub id: String,
    /// Its register.
    pub profile: OrganisationProfile,
}

/// A part of the organisations of a noun, by id, after one; and whether there are more.
///
/// # Errors
/// `not-permitted`; `not-found` for who reads its own only.
pub async fn organisations(
    instance: &Instance,
    actor: &Actor,
    noun: Noun,
    after: &str,
) -> Result<(Vec<ListedOrganisation>, bool), Error> {
    actor.permit(Action::ReadOrganisation, &Owner::NOBODY)?;
    let mut tx = instance.read_as(actor).await?;
    let limit = i64::try_from(MOST).unwrap_or(PAGE);
    let (begin, end) = (format!("{}_", noun.as_str()), format!("{}`", noun.as_str()));
    let after = if after.starts_with(&begin) { after } else { begin.as_str() };
    let mut rows = store::name::page(&mut tx, (after, &end), limit + 1).await?;
    let more = rows.len() > MOST;
    rows.truncate(MOST);
    let listed = rows.into_iter().map(|(id, _, body)| listed(id, &body)).collect::<Result<_, _>>();
    Ok((listed?, more))
}

fn listed(id: String, body: &str) -> Result<ListedOrganisation, Error> {
    let profile = serde_json::from_str(body);
    let profile = profile.map_err(|_| Error::Fault(format!("the register of {id}")))?;
    Ok(ListedOrganisation { id, profile })
}

/// The venues of a structure: id, name and state.
///
/// # Errors
/// `not-permitted`; `not-found` for who reads its own only.
pub async fn venues_of(
    instance: &Instance,
    actor: &Actor,
    structure: AnyId,
) -> Result<Vec<(String, String, String)>, Error> {
    actor.permit(Action::ReadVenue, &Owner::NOBODY)?;
    let mut tx = instance.read_as(actor).await?;
    Ok(store::name::venues_of(&mut tx, &structure.to_string(), PAGE).await?)
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A book, and one voucher of it when that was asked for.
    Book(BookNumber, Option<u8>),
    /// Something with an id, and its name when it has one.
    Thing(AnyId, Option<String>),
}

/// What a serial number, an id, the reference of a bank line, a SIRET or RNA number or a part of a
/// name stands for; at most fifty. Nothing for what is not known.
///
/// # Errors
/// `not-permitted`, `not-found` for who does not read every ledger.
pub async fn find(instance: &Instance, actor: &Actor, text: &str) -> Result<Vec<Found>, Error> {
    actor.permit(Action::ReadLedger, &Owner::NOBODY)?;
    let text = text.trim();
    if text.is_empty() || text.chars().count() > LONGEST {
        return Ok(Vec::new());
    }
    let serial = text.parse::<Serial>().map(|it| (it.book(), Some(it.position())));
    let serial = serial.or_else(|_| text.parse::<BookNumber>().map(|book| (book, None)));
    let serial = serial.or_else(|_| BookNumber::from_cover(text).map(|book| (book, None)));
    if let Ok((book, position)) = serial
        && instance.ledger_of_number(book.get()).await?.is_some()
    {
        return Ok(vec![Found::Book(book, position)]);
    }
    let mut tx = instance.read_as(actor).await?;
    if let Ok(id) = text.to_lowercase().parse::<AnyId>() {
        return Ok(of_id(&mut tx, id).await?.into_iter().collect());
    }
    if let Some(found) = of_reference(&mut tx, text).await? {
        return Ok(vec![found]);
    }
    by_name(&mut tx, text).await
}

/// What an id stands for: a voucher's book for its use.
async fn of_id(tx: &mut Tx, id: AnyId) -> Result<Option<Found>, Error> {
    if let Some((_, name)) = store::name::of(tx, &[id.to_string()]).await?.into_iter().next() {
        return Ok(Some(Found::Thing(id, Some(name))));
    }
    let names = [id.to_string(), format!("{id}/1")];
    let created = store::ledger::created(tx, &names).await?;
    let Some(row) = created.first() else { return Ok(None) };
    if id.noun() != Noun::Redemption {
        return Ok(Some(Found::Thing(id, None)));
    }
    let (_, fact) = fact_at(tx, row.ledger_no, row.seq).await?;
    let Fact::VoucherRedeemed(body) = fact else { return Err(Reason::NotFound.into()) };
    Ok(Some(Found::Book(body.voucher.book(), Some(body.voucher.position()))))
}

/// What the reference of a bank line stands for: 26 characters of a payment or a settlement.
async fn of_reference(tx: &mut Tx, text: &str) -> Result<Option<Found>, Error> {
    let words = text.split_whitespace().filter(|word| word.len() == 26);
    for word in words {
        let word = word.to_lowercase();
        let payment: Option<Id<Payment>> = format!("payment_{word}").parse().ok();
        let settlement: Option<Id<Settlement>> = format!("settlement_{word}").parse().ok();
        for id in [payment.map(Id::any), settlement.map(Id::any)].into_iter().flatten() {
            if !store::ledger::created(tx, &[id.to_string()]).await?.is_empty() {
                return Ok(Some(Found::Thing(id, None)));
            }
        }
    }
    Ok(None)
}

/// Organisations and venues that have a text in their names, or a number.
async fn by_name(tx: &mut Tx, text: &str) -> Result<Vec<Found>, Error> {
    let wanted = folded(text);
    let number: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let mut found = Vec::new();
    if wanted.is_empty() {
        return Ok(found);
    }
    let thing = |id: &str, name: String| {
        id.parse().map(|id| Found::Thing(id, Some(name))).map_err(|_| Error::Fault(id.to_owned()))
    };
    let mut after = String::new();
    loop {
        // The last character in ASCII: every id is before it.
        let rows = store::name::page(tx, (&after, "~"), PAGE).await?;
        let Some((last, ..)) = rows.last() else { break };
        after.clone_from(last);
        for (id, name, body) in rows {
            let is_number = || {
                listed(id.clone(), &body)
                    .is_ok_and(|it| it.profile.registration.number().eq_ignore_ascii_case(&number))
            };
            if folded(&name).contains(&wanted) || is_number() {
                found.push(thing(&id, name)?);
            }
        }
        if found.len() >= MOST {
            found.truncate(MOST);
            return Ok(found);
        }
    }
    after.clear();
    loop {
        let rows = store::name::venue_page(tx, &after, PAGE).await?;
        let Some((last, ..)) = rows.last() else { break };
        after.clone_from(last);
        for (id, name, _) in rows {
            if folded(&name).contains(&wanted) {
                found.push(thing(&id, name)?);
            }
        }
        if found.len() >= MOST {
            break;
        }
    }
    found.truncate(MOST);
    Ok(found)
}
