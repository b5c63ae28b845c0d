//! The directory: the venues that take vouchers today, for anyone to read.
//!
//! Promises: only qualified venues, with what their registers say in public; no older than
//! [`FRESH_SECONDS`], and what this server wrote is seen at once. Does not: say what was redeemed
//! there, or tell a venue that waits from one that does not exist.

use std::sync::Arc;

use tokio::sync::Mutex;

use super::error::Error;
use super::instance::Instance;
use super::writer::desk::OPERATOR_LEDGER;
use crate::base::clock::Timestamp;
use crate::base::day::Day;
use crate::base::id::{Id, Venue};
use crate::base::text::Name;
use crate::domain::campaign::CampaignProfile;
use crate::domain::ledger::entry::Entry;
use crate::domain::place::{Nearness, Place};
use crate::domain::registration::Registration;
use crate::domain::venue::VenueProfile;
use crate::store;

/// How old the directory may be: it is the same for everybody, and anyone may ask.
pub const FRESH_SECONDS: i64 = 30;

/// A venue as the directory shows it.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The venue.
    pub venue_id: Id<Venue>,
    /// The civil day of its register's last version.
    pub updated_on: Day,
    /// The structure that it belongs to.
    pub structure_name: Name,
    /// The structure's number.
    pub registration: Registration,
    /// Its register.
    pub profile: VenueProfile,
}

/// What was last read: the operator's size, when, and the venues.
pub(super) type Remembered = Mutex<Option<(i64, Timestamp, Arc<Vec<Listed>>)>>;

/// All venues that take vouchers, by commune and name.
///
/// # Errors
/// [`Error`].
pub async fn venues(instance: &Instance) -> Result<Arc<Vec<Listed>>, Error> {
    // One reads, the others wait for it.
    let mut remembered = instance.directory.lock().await;
    let (seen, now) = (instance.door.operator_size(), instance.clock.now());
    if let Some((at, since, venues)) = remembered.as_ref()
        && *at == seen
        && *since <= now
        && now < since.plus_seconds(FRESH_SECONDS)
    {
        return Ok(venues.clone());
    }
    let mut tx = instance.database.read().await?;
    let rows = store::venue::directory(&mut tx, OPERATOR_LEDGER).await?;
    drop(tx);
    let listed = rows.into_iter().map(|row| {
        let entry = Entry::parse(&row.line).map_err(|error| Error::Fault(error.to_string()))?;
        Ok(Listed {
            venue_id: row.venue_id,
            updated_on: entry.on,
            structure_name: row.owner.name,
            registration: row.owner.registration,
            profile: row.profile,
        })
    });
    let mut venues: Vec<Listed> = listed.collect::<Result<_, Error>>()?;
    venues.sort_by_cached_key(|it| {
        let profile = &it.profile;
        (profile.commune.name(), profile.name.as_str().to_owned(), it.venue_id)
    });
    let venues = Arc::new(venues);
    *remembered = Some((seen, now, venues.clone()));
    Ok(venues)
}

/// Whether a venue takes the vouchers of a campaign.
#[must_use]
pub fn takes(rules: &CampaignProfile, venue: &Listed) -> bool {
    let profile = &venue.profile;
    rules.admits(profile.structure_id)
        && rules.perimeter.covers(profile.commune)
        && profile.offerings.iter().any(|offering| rules.pays_for(*offering))
}

/// Some venues by how near they are to a place, each nearness in the directory's order.
#[must_use]
pub fn nearest<'v>(
    place: &Place,
    venues: impl IntoIterator<Item = &'v Listed>,
) -> Vec<(Nearness, &'v Listed)> {
    let mut ranked: Vec<_> =
        venues.into_iter().map(|it| (place.nearness(&it.profile), it)).collect();
    ranked.sort_by_key(|(nearness, _)| *nearness);
    ranked
}
