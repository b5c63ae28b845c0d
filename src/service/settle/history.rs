//! Registers as they were: a statement keeps the names that held when its lines were written.
//!
//! Promises: a document about the past reads the same after a venue was renamed. Does not: read
//! anything but registers.

use std::collections::HashMap;

use crate::base::clock::Timestamp;
use crate::base::id::{Id, Venue};
use crate::base::text::Name;
use crate::domain::fact::Fact;
use crate::domain::organisation::{OrganisationId, OrganisationProfile};
use crate::service::error::Error;
use crate::service::writer::understood;
use crate::store::{self, Tx};

/// Every version of some registers, oldest first.
#[derive(Debug, Default)]
pub(super) struct History(HashMap<String, Vec<(Timestamp, Fact)>>);

impl History {
    /// The history of some organisations and venues.
    ///
    /// # Errors
    /// [`Error`].
    pub(super) async fn load(
        tx: &mut Tx,
        organisations: &[OrganisationId],
        venues: &[Id<Venue>],
    ) -> Result<Self, Error> {
        let mut ids = Vec::with_capacity(organisations.len() + venues.len());
        for id in organisations {
            let row = store::organisation::find(tx, *id).await?;
            let newest = row.map_or(0, |row| row.version);
            ids.extend((1..=newest).map(|version| format!("{id}/{version}")));
        }
        for id in venues {
            let row = store::venue::find(tx, *id).await?;
            let newest = row.map_or(0, |row| row.version);
            ids.extend((1..=newest).map(|version| format!("{id}/{version}")));
        }
        let created = store::ledger::created(tx, &ids).await?;
        let places: Vec<(i64, i64)> = created.iter().map(|row| (row.ledger_no, row.seq)).collect();
        let mut history = Self::default();
        for (no, seq, line) in store::ledger::lines_at(tx, &places).await? {
            let (entry, fact) = understood(no, seq, &line)?;
            history.0.entry(entry.id.to_string()).or_default().push((entry.recorded_at, fact));
        }
        Ok(history)
    }

    /// The version that held at a moment; the first one before there was any.
    fn at(&self, id: &str, moment: Timestamp) -> Result<&Fact, Error> {
        let versions = self.0.get(id).map_or(&[][..], Vec::as_slice);
        let held = versions.iter().rev().find(|(since, _)| *since <= moment);
        let found = held.or_else(|| versions.first()).map(|(_, fact)| fact);
        found.ok_or_else(|| Error::Fault(format!("{id} has no register")))
    }

    /// An organisation's register at a moment.
    ///
    /// # Errors
    /// [`Error::Fault`] when it was not loaded.
    pub(super) fn organisation(
        &self,
        id: OrganisationId,
        moment: Timestamp,
    ) -> Result<&OrganisationProfile, Error> {
        match self.at(&id.to_string(), moment)? {
            Fact::OrganisationRegistered(body) => Ok(&body.profile),
            _ => Err(Error::Fault(format!("{id} is no organisation"))),
        }
    }

    /// A venue's name at a moment.
    ///
    /// # Errors
    /// [`Error::Fault`] when it was not loaded.
    pub(super) fn venue_name(&self, id: Id<Venue>, moment: Timestamp) -> Result<&Name, Error> {
        match self.at(&id.to_string(), moment)? {
            Fact::VenueRegistered(body) => Ok(&body.profile.name),
            _ => Err(Error::Fault(format!("{id} is no venue"))),
        }
    }
}
