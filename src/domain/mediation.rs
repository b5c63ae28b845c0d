//! Venues as the national directory of places of mediation exchanges them: `standard-mediation-num`
//! 1.0.2 (Etalab 2.0), a table of texts, several values in one joined by `|`.
//!
//! Promises: every row has what the schema requires, in its syntax; a venue whose address is not
//! known cannot have that and makes no row. Does not: say more than its register, and that vouchers
//! are taken there.

use serde::ser::{Serialize, SerializeMap as _, Serializer};

use super::contact::Phone;
use super::offering::Offering;
use super::registration::Registration;
use super::venue::VenueProfile;
use crate::base::day::Day;
use crate::base::id::{Id, Venue};
use crate::base::text::Name;

/// The columns in the schema's order; those of which a register knows nothing are left out.
pub const COLUMNS: [&str; 19] = [
    "id",
    "pivot",
    "nom",
    "commune",
    "code_postal",
    "code_insee",
    "adresse",
    "telephone",
    "courriels",
    "site_web",
    "horaires",
    "source",
    "structure_parente",
    "date_maj",
    "services",
    "frais_a_charge",
    "autres_formations_labels",
    "fiche_acces_libre",
    "prise_rdv",
];

/// A place where vouchers are taken is free for who has one (the schema's draft of 2022 says so).
const FEES: &str = "Gratuit sous condition";
/// The schema has no value of its own for the pass.
const LABEL: &str = "Pass numérique";

/// One venue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row([String; 19]);

impl Row {
    /// The row of a venue and its structure; `source` is who publishes it. `None` without address.
    #[must_use]
    pub fn of(
        venue_id: Id<Venue>,
        profile: &VenueProfile,
        (structure, registration): (&Name, &Registration),
        updated_on: Day,
        source: &str,
    ) -> Option<Self> {
        let address = profile.address.as_ref()?;
        let or_none = |text: Option<String>| text.unwrap_or_default();
        let services: Vec<&str> = profile.offerings.iter().copied().map(Offering::label).collect();
        Some(Self([
            venue_id.to_string(),
            registration.number().to_owned(),
            profile.name.to_string(),
            profile.commune.name().to_owned(),
            address.postcode.to_string(),
            profile.commune.as_str().to_owned(),
            address.street.to_string(),
            or_none(profile.phone.as_ref().map(international)),
            or_none(profile.mailbox.as_ref().map(|mailbox| mailbox.as_str().to_owned())),
            or_none(profile.website.as_ref().map(ToString::to_string)),
            or_none(profile.opening_hours.as_ref().map(ToString::to_string)),
            source.to_owned(),
            structure.to_string(),
            updated_on.to_string(),
            services.join("|"),
            FEES.to_owned(),
            LABEL.to_owned(),
            or_none(profile.accessibility.as_ref().map(ToString::to_string)),
            or_none(profile.appointments.as_ref().map(ToString::to_string)),
        ]))
    }

    /// The cells, one a column; empty where nothing is known.
    #[must_use]
    pub const fn cells(&self) -> &[String; 19] {
        &self.0
    }
}

impl Serialize for Row {
    /// An object without the columns of which nothing is known.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (column, cell) in COLUMNS.iter().zip(&self.0).filter(|(_, cell)| !cell.is_empty()) {
            map.serialize_entry(column, cell)?;
        }
        map.end()
    }
}

/// A number in E.164, as the schema wants it: a national one by the plan of its territory.
fn international(phone: &Phone) -> String {
    let number = phone.to_string();
    let Some(rest) = number.strip_prefix('0') else { return number };
    let prefix = match number.get(..4).unwrap_or_default() {
        "0262" | "0263" | "0269" | "0639" | "0692" | "0693" => "262",
        "0590" | "0690" | "0691" => "590",
        "0594" | "0694" => "594",
        "0596" | "0696" | "0697" => "596",
        _ => "33",
    };
    format!("+{prefix}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_that_of_its_territory() {
        let number = |text: &str| international(&text.parse().unwrap());
        assert_eq!(number("05 55 51 00 00"), "+33555510000");
        assert_eq!(number("0262 40 00 00"), "+262262400000");
        assert_eq!(number("0590 81 00 00"), "+590590810000");
        assert_eq!(number("+596596100000"), "+596596100000");
    }

    #[test]
    fn a_row_has_its_cells_or_is_none() {
        let mut body = serde_json::json!({
            "structure_id": "structure_01h455vb4pex5vsknk084sn02q", "name": "Atelier",
            "commune": "23096", "offerings": ["aide-aux-demarches-administratives"],
        });
        let row = |body: &serde_json::Value| {
            let profile: VenueProfile = serde_json::from_value(body.clone()).unwrap();
            let registration = Registration::Rna("W231000001".parse().unwrap());
            let owner = (&Name::new("La Quincaillerie").unwrap(), &registration);
            let id = "venue_01h455vb4pex5vsknk084sn02q".parse().unwrap();
            Row::of(id, &profile, owner, "2026-11-22".parse().unwrap(), "pass.exemple.fr")
        };
        assert_eq!(row(&body), None, "a place without an address is no row");
        body["address"] = serde_json::json!({ "street": "Le Bourg", "postcode": "23000" });
        let value = serde_json::to_value(row(&body).unwrap()).unwrap();
        assert_eq!(value["date_maj"], "2026-11-22");
        assert_eq!(value["services"], "Aide aux démarches administratives");
        assert_eq!(value.get("telephone"), None);
    }
}
