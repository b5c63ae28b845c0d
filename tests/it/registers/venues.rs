//! Goal: what a venue's register tells the public is understood or refused by its place, and no
//! sentence fits in; what the operator agrees with a venue stays until it says otherwise.

use carnet::base::id::{Id, Structure, Venue};
use serde_json::{Value, json};

use super::structure_body;
use crate::harness::{World, on_both_engines};

/// A register with everything in it.
pub(crate) fn whole(structure: &str) -> Value {
    json!({
        "structure_id": structure, "name": "Médiathèque", "commune": "23096",
        "offerings": ["aide-aux-demarches-administratives"],
        "address": { "street": "8 avenue Fayolle", "postcode": "23000" },
        "opening_hours": "Mo-Fr 09:00-12:30,14:00-18:00; Sa 09:00-12:00; PH off",
        "phone": "0555510000", "mailbox": "accueil@mediatheque.example",
        "website": "https://mediatheque.example/",
        "appointments": "https://mediatheque.example/rdv?lieu=3",
        "accessibility": "https://acceslibre.beta.gouv.fr/app/23-gueret/a/x/erp/y/"
    })
}

/// A structure, and the path of a venue of it that is not registered yet.
async fn places(world: &World) -> (String, String) {
    let structure: Id<Structure> = world.id();
    let path = format!("/api/v1/organisations/{structure}");
    world.put(&path, &world.operator, structure_body("A")).await.good();
    (structure.to_string(), format!("/api/v1/venues/{}", world.id::<Venue>()))
}

/// The register in the line of an answer.
fn written(answer: &Value) -> Value {
    let line = answer["receipt"]["line"].as_str().unwrap();
    serde_json::from_str::<Value>(line).unwrap()["body"]["profile"].clone()
}

async fn what_the_public_is_told_is_understood(world: World) {
    let (structure, path) = places(&world).await;
    let secret = world.key("structure", &structure, None).await;
    let said = whole(&structure);
    let first = world.put(&path, &secret, said.clone()).await.good();
    for (name, value) in said.as_object().unwrap() {
        assert_eq!(first[name], *value, "{name}");
    }
    assert_eq!(first, world.get(&path, &secret).await.good());
    assert_eq!(written(&first), said);
    // What says nothing is absent, in the answer and in the line.
    let bare = json!({
        "structure_id": structure, "name": "Médiathèque", "commune": "23096",
        "offerings": ["aide-aux-demarches-administratives"]
    });
    let second = world.ask_if("PUT", &path, &secret, Some(bare.clone()), Some(1)).await.good();
    assert_eq!(written(&second), bare);
    assert!(second.get("opening_hours").is_none() && second.get("vouchers_per_month").is_none());
    crate::audit::holds(&world).await;
}

async fn what_is_not_understood_is_refused_by_its_place(world: World) {
    let (structure, path) = places(&world).await;
    for (place, value) in [
        ("/address/street", json!("8 avenue Fayolle; demander Ana")),
        ("/address/street", json!("<b>8</b>")),
        ("/address/postcode", json!("2300")),
        ("/opening_hours", json!("du lundi au vendredi")),
        ("/opening_hours", json!("Mo-Fr 09:00-17:00 \"demander Ana Durand\"")),
        ("/opening_hours", json!("Mo 22:00-02:00")),
        ("/opening_hours", json!(9)),
        ("/phone", json!("0555510000 (Ana)")),
        ("/mailbox", json!("Ana Durand <ana@exemple.fr>")),
        ("/website", json!("javascript:alert(1)")),
        ("/website", json!("http://mediatheque.example/")),
        ("/appointments", json!("https://mediatheque.example/?pour=ana@exemple.fr")),
        ("/accessibility", json!("https://acceslibre.beta.gouv.fr.example/app/")),
    ] {
        let mut body = whole(&structure);
        *body.pointer_mut(place).unwrap() = value.clone();
        let answer = world.put(&path, &world.operator, body).await;
        assert_eq!(answer.code(), "invalid-request", "{place} = {value}");
        assert_eq!(answer.json()["errors"][0]["pointer"], place, "{value}");
        let said = String::from_utf8_lossy(&answer.bytes);
        assert!(!said.contains("Ana") && !said.contains("alert"), "{said}");
    }
    let mut body = whole(&structure);
    body["presentation"] = json!("demander Ana Durand");
    assert_eq!(world.put(&path, &world.operator, body).await.code(), "invalid-request");
    assert_eq!(world.get(&path, &world.operator).await.code(), "not-found", "nothing was written");
}

/// What the operator says of a venue; gives the capacity that is agreed then.
async fn agreed(world: &World, path: &str, body: Value) -> Value {
    let answer = world.put(&format!("{path}/state"), &world.operator, body).await.good();
    answer["vouchers_per_month"].clone()
}

async fn a_capacity_stays_until_the_operator_says_otherwise(world: World) {
    let (structure, path) = places(&world).await;
    world.put(&path, &world.operator, whole(&structure)).await.good();
    assert_eq!(agreed(&world, &path, json!({ "state": "qualified" })).await, Value::Null);
    let body = json!({ "state": "qualified", "vouchers_per_month": 400 });
    assert_eq!(agreed(&world, &path, body.clone()).await, 400);
    let lines = format!("/api/v1/ledgers/{}/entries?after=-1", world.operator_id);
    let before = world.get(&lines, &world.operator).await.text();
    assert_eq!(agreed(&world, &path, body).await, 400);
    let after = world.get(&lines, &world.operator).await.text();
    assert_eq!(after, before, "saying it again writes nothing");
    // Suspended and qualified again, it is what it was; so it is after another version.
    assert_eq!(agreed(&world, &path, json!({ "state": "suspended" })).await, 400);
    assert_eq!(agreed(&world, &path, json!({ "state": "qualified" })).await, 400);
    let mut other = whole(&structure);
    other["name"] = json!("Autrement");
    let other = world.ask_if("PUT", &path, &world.operator, Some(other), Some(1)).await.good();
    assert_eq!((&other["version"], &other["vouchers_per_month"]), (&json!(2), &json!(400)));
    crate::audit::holds(&world).await;
    let none = json!({ "state": "qualified", "vouchers_per_month": null });
    assert_eq!(agreed(&world, &path, none).await, Value::Null);
    crate::audit::holds(&world).await;
    // What the audit rebuilds, it compares.
    let forged = "UPDATE venue SET vouchers_per_month = 7";
    crate::state::meddle(&world, forged).await.unwrap();
    assert_ne!(crate::audit::report(&world).await.findings, []);
}

async fn a_capacity_is_a_number_that_the_operator_says(world: World) {
    let (structure, path) = places(&world).await;
    world.put(&path, &world.operator, whole(&structure)).await.good();
    let state = format!("{path}/state");
    for bad in [json!(0), json!(-1), json!(1_000_001), json!("400"), json!(4.5)] {
        let body = json!({ "state": "qualified", "vouchers_per_month": bad });
        let answer = world.put(&state, &world.operator, body).await;
        assert_eq!(answer.code(), "invalid-request", "{bad}");
        assert_eq!(answer.json()["errors"][0]["pointer"], "/vouchers_per_month");
    }
    let secret = world.key("structure", &structure, None).await;
    let more = json!({ "state": "qualified", "vouchers_per_month": 9000 });
    assert_eq!(world.put(&state, &secret, more).await.code(), "not-permitted");
    let mut own = whole(&structure);
    own["vouchers_per_month"] = json!(9000);
    assert_eq!(world.put(&path, &secret, own).await.code(), "invalid-request");
}

on_both_engines!(
    what_the_public_is_told_is_understood,
    what_is_not_understood_is_refused_by_its_place,
    a_capacity_stays_until_the_operator_says_otherwise,
    a_capacity_is_a_number_that_the_operator_says,
);
