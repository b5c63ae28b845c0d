//! Counting what was answered at hand-overs.
//!
//! Promises: counts by site and month, raised apart from the hand-over and after it, so that no row
//! and no commit holds both; an organisation reads its own. Does not: keep an answer.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::error::Error;
use super::hand_over::sites;
use super::instance::Instance;
use super::writer::jot::Jot;
use crate::base::clock::Timestamp;
use crate::base::id::{Id, Site};
use crate::domain::access::{Action, Actor, Owner};
use crate::domain::organisation::SiteProfile;
use crate::domain::refusal::{Reason, Refusal};
use crate::domain::statistic::{Answer, Month};
use crate::store::{self, Tx};

/// The most months that are read at once.
pub const MONTHS: i64 = 12;

/// The counts of a site in a month.
#[derive(Debug, Clone)]
pub struct Counts {
    /// The site.
    pub site: SiteProfile,
    /// The month.
    pub month: Month,
    /// How often each answer was given; one that was not is left out.
    pub counts: BTreeMap<Answer, i64>,
}

struct Raise {
    site: Id<Site>,
    month: Month,
    answers: Vec<Answer>,
}

#[async_trait]
impl Jot for Raise {
    type Outcome = ();

    async fn write(&self, tx: &mut Tx, _: Timestamp) -> Result<(), Error> {
        Ok(store::statistic::add(tx, self.site, self.month, &self.answers).await?)
    }
}

/// The month that it is, on the operator's calendar.
///
/// # Errors
/// [`Error`].
pub async fn month(instance: &Instance) -> Result<Month, Error> {
    let zone = instance.zone().await?;
    Ok(Month::of(zone.day_of(instance.clock.now())))
}

/// Counts the answers of one hand-over, each question once.
///
/// # Errors
/// `not-found` for a site of somebody else; `invalid-request` for two answers to one question.
pub async fn count(
    instance: &Instance,
    actor: &Actor,
    site: Id<Site>,
    answers: &[Answer],
) -> Result<(), Error> {
    actor.permit(Action::HandOver, &Owner::organisation(actor.organisation))?;
    if !sites(instance, actor).await?.iter().any(|own| own.site_id == site) {
        return Err(Reason::NotFound.into());
    }
    let twice = |(at, one): (usize, &Answer)| {
        answers[..at].iter().any(|other| other.question() == one.question())
    };
    if answers.iter().enumerate().any(twice) {
        return Err(Refusal::invalid("", "a question is answered once").into());
    }
    let month = month(instance).await?;
    instance.door.jot(Raise { site, month, answers: answers.to_vec() }).await
}

/// The counts of the asker's sites from one month to another, both included.
///
/// # Errors
/// `invalid-request` for more than [`MONTHS`].
pub async fn counts(
    instance: &Instance,
    actor: &Actor,
    (from, to): (Month, Month),
) -> Result<Vec<Counts>, Error> {
    actor.permit(Action::ReadBook, &Owner::organisation(actor.organisation))?;
    if from > to || from.first().days_to(to.first()) > 31 * (MONTHS - 1) {
        return Err(Refusal::invalid("", "at most twelve months at once").into());
    }
    let sites = sites(instance, actor).await?;
    let ids: Vec<Id<Site>> = sites.iter().map(|site| site.site_id).collect();
    let mut tx = instance.read_as(actor).await?;
    let rows = store::statistic::between(&mut tx, &ids, (from, to)).await?;
    drop(tx);
    let mut found: BTreeMap<(String, String), BTreeMap<Answer, i64>> = BTreeMap::new();
    for row in rows {
        // A word of another program's list is nobody's answer here.
        let Some(answer) = Answer::of(&row.question, &row.answer) else { continue };
        found.entry((row.month, row.site_id)).or_default().insert(answer, row.counted);
    }
    let counts = |((month, site), counts): ((String, String), BTreeMap<Answer, i64>)| {
        let site = sites.iter().find(|own| own.site_id.to_string() == site)?.clone();
        Some(Counts { site, month: month.parse().ok()?, counts })
    };
    Ok(found.into_iter().filter_map(counts).collect())
}
