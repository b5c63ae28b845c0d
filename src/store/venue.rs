//! Venues at rest, and which of them a funder's ledger knows.
//!
//! Promises: a venue is read with its structure's name and number in one statement. Does not: keep
//! what was redeemed there.

use serde_json::{Value, json};
use sqlx::FromRow;

use super::dialect::{
    Rows, StoreError, Tx, corrupt, decoded, execute, fetch_all, fetch_optional, parsed, statements,
};
use super::organisation::text;
use crate::base::id::{Id, Structure, Venue};
use crate::domain::organisation::OrganisationProfile;
use crate::domain::venue::{
    Capacity, VenueAdmitted, VenueProfile, VenueRegistered, VenueState, VenueStateSet, VenueView,
};

statements! {
    /// Sets registers to a version; state and capacity stay.
    SET = "-- venue.set
        INSERT INTO venue (venue_id, seq, version, structure_id, name, state, body)
        SELECT r.id, r.seq,
               r.version, r.structure,
               r.name, 'registered', r.body
          FROM "
        rows("$1"; seq BIGINT, version BIGINT, id TEXT, structure TEXT, name TEXT, body TEXT)
        "
         WHERE TRUE
            ON CONFLICT (venue_id) DO UPDATE
           SET seq = excluded.seq, version = excluded.version, name = excluded.name,
               body = excluded.body";
    /// Sets what the operator says.
    SET_STATE = "-- venue.set_state
        UPDATE venue SET state = $2, vouchers_per_month = $3 WHERE venue_id = $1";
    /// One register.
    FIND = "-- venue.find
        SELECT venue_id, seq, version, structure_id, name, state, body, vouchers_per_month
          FROM venue WHERE venue_id = $1";
    /// All registers.
    LIST = "-- venue.list
        SELECT venue_id, seq, version, structure_id, name, state, body, vouchers_per_month
          FROM venue ORDER BY venue_id";
    /// Venues with their structures.
    VIEWS = "-- venue.views
        SELECT v.venue_id, v.structure_id, v.state, v.body AS body, o.body AS structure_body
          FROM " rows("$1"; id TEXT) "
          JOIN venue AS v ON v.venue_id = r.id
          JOIN organisation AS o ON o.organisation_id = v.structure_id
         ORDER BY v.venue_id";
    /// The qualified venues with their structures and the lines of their registers.
    DIRECTORY = "-- venue.directory
        SELECT v.venue_id, v.body AS body, o.body AS structure_body, e.line
          FROM venue AS v
          JOIN organisation AS o ON o.organisation_id = v.structure_id
          JOIN entry AS e ON e.ledger_no = $1
                         AND e.seq = v.seq
         WHERE v.state = 'qualified'
         ORDER BY v.venue_id";
    /// A ledger knows venues; a later line changes what it says of them.
    ADMIT = "-- admission.set
        INSERT INTO admission (ledger_no, venue_no, venue_id, structure_id, seq, body)
        SELECT r.no, r.seq,
               r.id, r.structure, r.seq,
               r.body
          FROM " rows("$1"; no BIGINT, seq BIGINT, id TEXT, structure TEXT, body TEXT) "
         WHERE TRUE
            ON CONFLICT (ledger_no, venue_id) DO UPDATE
           SET seq = excluded.seq, structure_id = excluded.structure_id, body = excluded.body";
    /// The venues that a ledger knows.
    ADMISSIONS = "-- admission.of_ledger
        SELECT venue_no, venue_id, structure_id, body FROM admission
         WHERE ledger_no = $1 ORDER BY venue_no";
}

/// A register as stored.
#[derive(Debug, Clone, FromRow)]
pub struct VenueRow {
    /// The venue.
    pub venue_id: String,
    /// The line of this version.
    pub seq: i64,
    /// 1 for the first.
    pub version: i64,
    /// Whose it is.
    pub structure_id: String,
    /// Its name.
    pub name: String,
    state: String,
    body: String,
    vouchers_per_month: Option<i64>,
}

impl VenueRow {
    /// The content of the register.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub fn profile(&self) -> Result<VenueProfile, StoreError> {
        decoded("venue", "body", &self.body)
    }

    /// What the operator says.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub fn state(&self) -> Result<VenueState, StoreError> {
        VenueState::of(&self.state).ok_or_else(|| corrupt("venue", "state", &self.state))
    }

    /// The capacity that is agreed, if any.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub fn capacity(&self) -> Result<Option<Capacity>, StoreError> {
        let capacity = |vouchers: i64| {
            let said = |_| corrupt("venue", "vouchers_per_month", &vouchers.to_string());
            Capacity::try_from(vouchers).map_err(said)
        };
        self.vouchers_per_month.map(capacity).transpose()
    }
}

/// A qualified venue with its structure.
#[derive(Debug, Clone)]
pub struct DirectoryRow {
    /// The venue.
    pub venue_id: Id<Venue>,
    /// Its register.
    pub profile: VenueProfile,
    /// The register of its structure.
    pub owner: OrganisationProfile,
    /// The line of its register's last version.
    pub line: String,
}

/// A venue that a ledger knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admission {
    /// Its number in the ledger.
    pub venue_no: i64,
    /// The venue.
    pub venue_id: Id<Venue>,
    /// The structure that is paid.
    pub structure_id: Id<Structure>,
    /// What the ledger says of it.
    pub body: VenueAdmitted,
}

/// Writes the rows of some `venue-registered` lines.
pub(super) async fn project_registered(
    tx: &mut Tx,
    registered: &[(String, i64, &VenueRegistered)],
) -> Result<(), StoreError> {
    let row = |(id, seq, body): &(String, i64, &VenueRegistered)| {
        json!({
            "id": id,
            "seq": seq,
            "version": body.version,
            "structure": body.profile.structure_id,
            "name": body.profile.name,
            "body": text(&body.profile),
        })
    };
    let rows: Vec<Value> = registered.iter().map(row).collect();
    execute!(tx, SET, Rows::of(&rows))?;
    Ok(())
}

/// Writes the row of a `venue-state-set` line.
pub(super) async fn project_state(
    tx: &mut Tx,
    venue_id: &str,
    set: VenueStateSet,
) -> Result<(), StoreError> {
    let capacity = set.vouchers_per_month.map(Capacity::vouchers);
    execute!(tx, SET_STATE, venue_id, set.state.as_str(), capacity)?;
    Ok(())
}

/// Writes the rows of some `venue-admitted` lines: (ledger, seq, venue, body).
pub(super) async fn project_admitted(
    tx: &mut Tx,
    admitted: &[(i64, i64, String, &VenueAdmitted)],
) -> Result<(), StoreError> {
    let row = |(no, seq, id, body): &(i64, i64, String, &VenueAdmitted)| {
        json!({
            "no": no,
            "seq": seq,
            "id": id,
            "structure": body.structure_id,
            "body": text(body),
        })
    };
    let rows: Vec<Value> = admitted.iter().map(row).collect();
    execute!(tx, ADMIT, Rows::of(&rows))?;
    Ok(())
}

/// One register.
///
/// # Errors
/// [`StoreError`].
pub async fn find(tx: &mut Tx, id: Id<Venue>) -> Result<Option<VenueRow>, StoreError> {
    let id = id.to_string();
    fetch_optional!(tx, FIND, id.as_str())
}

/// All registers.
///
/// # Errors
/// [`StoreError`].
pub async fn list(tx: &mut Tx) -> Result<Vec<VenueRow>, StoreError> {
    fetch_all!(tx, LIST)
}

type ViewRow = (String, String, String, String, String);

/// Venues as a decision sees them; unknown ones are left out.
///
/// # Errors
/// [`StoreError`].
pub async fn views(tx: &mut Tx, ids: &[Id<Venue>]) -> Result<Vec<VenueView>, StoreError> {
    let rows: Vec<Value> = ids.iter().map(|id| json!({ "id": id })).collect();
    let found: Vec<ViewRow> = fetch_all!(tx, VIEWS, Rows::of(&rows))?;
    let view = |(venue, structure, state, body, owner): ViewRow| {
        let profile: VenueProfile = decoded("venue", "body", &body)?;
        let owner: OrganisationProfile = decoded("organisation", "body", &owner)?;
        Ok(VenueView {
            venue_id: parsed("venue", "venue_id", &venue)?,
            state: VenueState::of(&state).ok_or_else(|| corrupt("venue", "state", &state))?,
            offerings: profile.offerings,
            admitted: VenueAdmitted {
                name: profile.name,
                commune: profile.commune,
                structure_id: parsed("venue", "structure_id", &structure)?,
                structure_name: owner.name,
                registration: owner.registration,
            },
        })
    };
    found.into_iter().map(view).collect()
}

/// The qualified venues, in order of id; `operator_no` is the operator's ledger.
///
/// # Errors
/// [`StoreError`].
pub async fn directory(tx: &mut Tx, operator_no: i64) -> Result<Vec<DirectoryRow>, StoreError> {
    let rows: Vec<(String, String, String, String)> = fetch_all!(tx, DIRECTORY, operator_no)?;
    let row = |(venue, body, owner, line): (String, String, String, String)| {
        Ok(DirectoryRow {
            venue_id: parsed("venue", "venue_id", &venue)?,
            profile: decoded("venue", "body", &body)?,
            owner: decoded("organisation", "body", &owner)?,
            line,
        })
    };
    rows.into_iter().map(row).collect()
}

/// The venues that a ledger knows, in order of number.
///
/// # Errors
/// [`StoreError`].
pub async fn admissions(tx: &mut Tx, ledger_no: i64) -> Result<Vec<Admission>, StoreError> {
    let rows: Vec<(i64, String, String, String)> = fetch_all!(tx, ADMISSIONS, ledger_no)?;
    let admission = |(venue_no, venue, structure, body): (i64, String, String, String)| {
        Ok(Admission {
            venue_no,
            venue_id: parsed("admission", "venue_id", &venue)?,
            structure_id: parsed("admission", "structure_id", &structure)?,
            body: decoded("admission", "body", &body)?,
        })
    };
    rows.into_iter().map(admission).collect()
}
