//! What people may be, as lines granted and ended it.
//!
//! Promises: rows are made from lines only. Does not: know a name or an address (see `person`).

use sqlx::FromRow;

use super::dialect::{
    StoreError, Tx, corrupt, execute, fetch_all, fetch_optional, parsed, statements,
};
use crate::base::clock::Timestamp;
use crate::base::id::{Id, Membership, Person, Venue};
use crate::domain::access::Role;
use crate::domain::organisation::{OrganisationId, OrganisationProfile};
use crate::domain::person::MembershipGranted;
use crate::domain::registration::Registration;

statements! {
    /// The organisations that a person works or worked for.
    ORGANISATIONS = "-- membership.organisations
        SELECT organisation_id FROM membership WHERE person_id = $1 ORDER BY membership_id";
    /// Adds what a line granted.
    ADD = "-- membership.add
        INSERT INTO membership (membership_id, seq, person_id, role, organisation_id, venue_id)
        VALUES ($1, $2, $3, $4, $5, $6)";
    /// Ends it.
    END = "-- membership.end
        UPDATE membership SET ended_at = $2 WHERE membership_id = $1";
    /// One, ended or not.
    FIND = "-- membership.find
        SELECT m.membership_id, m.person_id, m.role, m.organisation_id, m.venue_id, m.ended_at,
               COALESCE(o.name, '') AS organisation_name,
               COALESCE(o.body, '') AS organisation_body
          FROM membership AS m LEFT JOIN organisation AS o ON o.organisation_id = m.organisation_id
         WHERE m.membership_id = $1";
    /// Those of a person that have not ended.
    LIVING = "-- membership.living
        SELECT m.membership_id, m.person_id, m.role, m.organisation_id, m.venue_id, m.ended_at,
               COALESCE(o.name, '') AS organisation_name,
               COALESCE(o.body, '') AS organisation_body
          FROM membership AS m LEFT JOIN organisation AS o ON o.organisation_id = m.organisation_id
         WHERE m.person_id = $1 AND m.ended_at IS NULL
         ORDER BY m.membership_id";
    /// Those that have not ended, of an organisation or (with an empty name) of all.
    OF_ORGANISATION = "-- membership.of_organisation
        SELECT m.membership_id, m.person_id, m.role, m.organisation_id, m.venue_id, m.ended_at,
               COALESCE(o.name, '') AS organisation_name,
               COALESCE(o.body, '') AS organisation_body
          FROM membership AS m LEFT JOIN organisation AS o ON o.organisation_id = m.organisation_id
         WHERE (m.organisation_id = $1 OR $1 = '') AND m.ended_at IS NULL
         ORDER BY m.person_id, m.membership_id";
    /// People who were something and are nothing any more.
    GONE = "-- membership.gone
        SELECT DISTINCT m.person_id FROM membership AS m
         WHERE NOT EXISTS (SELECT 1 FROM membership AS n
                            WHERE n.person_id = m.person_id AND n.ended_at IS NULL)
         ORDER BY m.person_id";
}

/// What a person may be, as stored.
#[derive(Debug, Clone, FromRow)]
pub struct MembershipRow {
    membership_id: String,
    person_id: String,
    role: String,
    organisation_id: String,
    venue_id: Option<String>,
    /// When it ended, in milliseconds.
    pub ended_at: Option<i64>,
    /// What the organisation is called now.
    pub organisation_name: String,
    organisation_body: String,
}

impl MembershipRow {
    /// Whether it is bound to one venue.
    #[must_use]
    pub const fn is_at_a_venue(&self) -> bool {
        self.venue_id.is_some()
    }

    /// The membership.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub fn id(&self) -> Result<Id<Membership>, StoreError> {
        parsed("membership", "membership_id", &self.membership_id)
    }

    /// Whose it is.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub fn person(&self) -> Result<Id<Person>, StoreError> {
        parsed("membership", "person_id", &self.person_id)
    }

    /// What the person may be.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub fn role(&self) -> Result<Role, StoreError> {
        Role::of(&self.role).ok_or_else(|| corrupt("membership", "role", &self.role))
    }

    /// For whom.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub fn organisation(&self) -> Result<OrganisationId, StoreError> {
        parsed("membership", "organisation_id", &self.organisation_id)
    }

    /// Whether the organisation is the establishment of a SIRET number.
    #[must_use]
    pub fn is_of(&self, siret: &str) -> bool {
        let profile = serde_json::from_str::<OrganisationProfile>(&self.organisation_body);
        profile.is_ok_and(|profile| {
            let registration = profile.registration;
            matches!(&registration, Registration::Siret(_)) && registration.number() == siret
        })
    }

    /// At which venue.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub fn venue(&self) -> Result<Option<Id<Venue>>, StoreError> {
        self.venue_id.as_deref().map(|venue| parsed("membership", "venue_id", venue)).transpose()
    }
}

/// Writes the row of a `membership-granted` line.
pub(super) async fn project_granted(
    tx: &mut Tx,
    id: &str,
    seq: i64,
    body: &MembershipGranted,
) -> Result<(), StoreError> {
    let (person, organisation) = (body.person_id.to_string(), body.organisation_id.to_string());
    let venue = body.venue_id.map(|venue| venue.to_string());
    execute!(
        tx,
        ADD,
        id,
        seq,
        person.as_str(),
        body.role.as_str(),
        organisation.as_str(),
        venue.as_deref()
    )?;
    Ok(())
}

/// Writes the row of a `membership-ended` line.
pub(super) async fn project_ended(tx: &mut Tx, id: &str, at: Timestamp) -> Result<(), StoreError> {
    execute!(tx, END, id, at.millis())?;
    Ok(())
}

/// One, ended or not.
///
/// # Errors
/// [`StoreError`].
pub async fn find(tx: &mut Tx, id: Id<Membership>) -> Result<Option<MembershipRow>, StoreError> {
    let id = id.to_string();
    fetch_optional!(tx, FIND, id.as_str())
}

/// Those of a person that have not ended, in order of id.
///
/// # Errors
/// [`StoreError`].
pub async fn living(tx: &mut Tx, person: Id<Person>) -> Result<Vec<MembershipRow>, StoreError> {
    let person = person.to_string();
    fetch_all!(tx, LIVING, person.as_str())
}

/// Those of an organisation that have not ended, or of all, by person.
///
/// # Errors
/// [`StoreError`].
pub async fn of_organisation(
    tx: &mut Tx,
    organisation: Option<OrganisationId>,
) -> Result<Vec<MembershipRow>, StoreError> {
    let organisation = organisation.map(|id| id.to_string()).unwrap_or_default();
    fetch_all!(tx, OF_ORGANISATION, organisation.as_str())
}

/// People who were something and are nothing any more.
///
/// # Errors
/// [`StoreError`].
pub async fn gone(tx: &mut Tx) -> Result<Vec<String>, StoreError> {
    let rows: Vec<(String,)> = fetch_all!(tx, GONE)?;
    Ok(rows.into_iter().map(|(person,)| person).collect())
}

/// The organisations that a person works or worked for.
///
/// # Errors
/// [`StoreError`].
pub async fn organisations(tx: &mut Tx, person: Id<Person>) -> Result<Vec<String>, StoreError> {
    let person = person.to_string();
    let rows: Vec<(String,)> = fetch_all!(tx, ORGANISATIONS, person.as_str())?;
    Ok(rows.into_iter().map(|(organisation,)| organisation).collect())
}
