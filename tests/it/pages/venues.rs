//! The directory: for people by commune or postcode, for programs in the national schema.
//!
//! Goal: every qualified venue is found, no other is, and what is exported has each required field
//! in the syntax of `standard-mediation-num` 1.0.2.

use serde_json::{Value, json};

use super::{is_sound, read};
use crate::harness::{World, on_both_engines};
use crate::scheme::{OFFERING, Scheme};

/// A venue with everything that a register holds.
async fn whole(world: &World, scheme: &Scheme) {
    let path = format!("/api/v1/venues/{}", scheme.venue_id);
    let body = json!({
        "structure_id": scheme.structure_id, "name": "Médiathèque <de> Guéret",
        "commune": "23096", "offerings": [OFFERING, "comprehension-du-monde-numerique"],
        "address": { "street": "8 avenue Fayolle", "postcode": "23000" },
        "opening_hours": "Mo-Fr 09:00-12:30,14:00-18:00; Sa 09:00-12:00; PH off",
        "phone": "0555510000", "mailbox": "accueil@mediatheque.example.fr",
        "website": "https://mediatheque.example.fr/?a=1&b=2",
        "appointments": "https://mediatheque.example.fr/rdv",
        "accessibility": "https://acceslibre.beta.gouv.fr/app/23-gueret/a/x/erp/x/",
    });
    let answer = world.ask_if("PUT", &path, &world.operator, Some(body), Some(1)).await;
    answer.good();
}

async fn the_directory_is_found_by_commune_and_postcode(world: World) {
    let (_, html) = read(&world, "/venues", "fr").await;
    assert!(html.text.contains("Aucun lieu n’accepte encore"), "{}", html.text);
    assert_eq!(html.all("input").count(), 0, "nothing to look for");
    let scheme = Scheme::new(&world).await;
    whole(&world, &scheme).await;
    for language in ["fr", "en"] {
        for query in ["", "?near=Gu%C3%A9ret", "?near=23000", "?near=tulle", "?near=zzz&lang=en"] {
            let path = format!("/venues{query}");
            let (answer, html) = read(&world, &path, language).await;
            let spoken = if query.contains("lang=en") { "en" } else { language };
            is_sound(&path, spoken, &answer, &html, 30_000);
            assert!(html.text.contains("Médiathèque <de> Guéret"), "{path}");
        }
    }
    let (_, html) = read(&world, "/venues?near=23000", "fr").await;
    let text = html.text.replace(['\u{a0}', '\u{202f}'], " ");
    for said in [
        "Dans cette commune",
        "8 avenue Fayolle",
        "23000 Guéret",
        "9 h à 12 h 30, 14 h à 18 h",
        "jours fériés",
        "05 55 51 00 00",
        "Plus loin",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let title = html.all("title").nth(1).unwrap();
    assert_eq!(title.get("id"), Some("map-23-title"), "the map of the department");
    assert_eq!(html.all("circle").count(), 1);
    assert!(text.contains("Carte : Creuse") && text.contains("Guéret (1)"), "{text}");
    assert!(text.contains("IGN, Admin Express"), "the source is named");
    let targets: Vec<_> = html.all("a").filter_map(|link| link.get("href")).collect();
    for link in [
        "tel:0555510000",
        "mailto:accueil@mediatheque.example.fr",
        "https://mediatheque.example.fr/?a=1&b=2",
        "https://acceslibre.beta.gouv.fr/app/23-gueret/a/x/erp/x/",
    ] {
        assert!(targets.contains(&link), "{link}: {targets:?}");
    }
    // Without a place, each department leads to its own map and list.
    let (_, all) = read(&world, "/venues", "en").await;
    assert_eq!(all.all("svg").count(), 2);
    let targets: Vec<_> = all.all("a").filter_map(|link| link.get("href")).collect();
    assert!(targets.contains(&"/venues?near=23"), "{targets:?}");
    let (_, html_23) = read(&world, "/venues?near=23", "en").await;
    assert!(html_23.text.contains("Map: Creuse") && html_23.text.contains("In the department"));
    let (_, nowhere) = read(&world, "/venues?near=98735", "fr").await;
    assert_eq!(nowhere.all("svg").count(), 0, "no map, and the list all the same");
    let [here, far] = ["Médiathèque", "Atelier"].map(|name| text.find(name).unwrap());
    assert!(here < far, "the nearest first");
    let state = json!({ "state": "suspended" });
    let path = format!("/api/v1/venues/{}/state", scheme.venue_id);
    world.put(&path, &world.operator, state).await.good();
    let (_, html) = read(&world, "/venues", "fr").await;
    assert!(!html.text.contains("Médiathèque") && html.text.contains("Un lieu de médiation"));
}

/// What the schema asks of a field: required or not, and its syntax as a plain check.
fn lawful(field: &str, value: &str) -> bool {
    let digits =
        |text: &str, count| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    match field {
        "pivot" => {
            (9..=14).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_alphanumeric())
        }
        "code_postal" => digits(value, 5),
        "code_insee" => value.len() == 5,
        "date_maj" => value.parse::<carnet::base::day::Day>().is_ok(),
        "telephone" => {
            let rest = value.strip_prefix("+33").unwrap_or_default();
            (6..=9).any(|count| digits(rest, count))
        }
        "horaires" => value.parse::<carnet::domain::opening_hours::OpeningHours>().is_ok(),
        "services" => value.split('|').all(|label| {
            carnet::domain::offering::Offering::ALL.iter().any(|known| known.label() == label)
        }),
        "frais_a_charge" => ["Gratuit", "Gratuit sous condition", "Payant"].contains(&value),
        _ => !value.is_empty(),
    }
}

const REQUIRED: [&str; 7] = ["id", "pivot", "nom", "commune", "code_postal", "adresse", "date_maj"];

fn fault(row: &Value) -> Option<String> {
    let missing = REQUIRED.into_iter().find(|field| !row[*field].is_string());
    let cells = row.as_object().unwrap();
    let odd = cells.iter().find(|(name, value)| !lawful(name, value.as_str().unwrap()));
    missing.map(ToOwned::to_owned).or_else(|| odd.map(|(name, value)| format!("{name}: {value}")))
}

async fn the_export_follows_the_national_schema(world: World) {
    assert_eq!(world.get("/venues.json", "").await.json(), json!([]));
    let scheme = Scheme::new(&world).await;
    whole(&world, &scheme).await;
    let answer = world.get("/venues.json", "").await;
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    let rows = answer.json();
    let rows = rows.as_array().unwrap();
    assert_eq!(rows.len(), 1, "a venue without an address is no row");
    assert_eq!(fault(&rows[0]), None);
    assert_eq!(rows[0]["telephone"], "+33555510000");
    assert_eq!(rows[0]["nom"], "Médiathèque <de> Guéret");
    // Negative control: what the schema would refuse is noticed.
    for (field, wrong) in [("pivot", json!("1")), ("date_maj", json!("x")), ("nom", json!(null))] {
        let mut row = rows[0].clone();
        row[field] = wrong;
        assert!(
            std::panic::catch_unwind(|| fault(&row)).map_or(true, |it| it.is_some()),
            "{field}"
        );
    }
    let answer = world.get("/venues.csv", "").await;
    assert!(answer.kind.starts_with("text/csv; charset=utf-8"));
    let bytes = answer.bytes;
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let names: Vec<String> = reader.headers().unwrap().iter().map(ToOwned::to_owned).collect();
    assert!(REQUIRED.iter().all(|field| names.iter().any(|name| name == field)), "{names:?}");
    let records: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!(records.len(), 1);
    for (name, cell) in names.iter().zip(&records[0]).filter(|(_, cell)| !cell.is_empty()) {
        assert_eq!(rows[0][name], cell, "both exports say the same");
    }
}

on_both_engines!(
    the_directory_is_found_by_commune_and_postcode,
    the_export_follows_the_national_schema,
);
