//! Goal: registers change only under the version that was read, each version is a line with a
//! receipt that stands alone, and a foreign id looks like an unknown one.

pub(crate) mod venues;

use axum::body::Body;
use axum::http::Request;
use carnet::base::id::{Funder, Id, Structure, Venue};
use carnet::domain::ledger::receipt::{Receipt, verify};
use serde_json::{Value, json};

use crate::harness::{World, on_both_engines};

pub(crate) fn funder_body(name: &str, mode: &str) -> Value {
    json!({
        "name": name,
        "registration": { "siret": "73282932000074" },
        "ledger": {
            "mode": mode,
            "time_zone": "Europe/Paris",
            "recovery_key": "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
            "age_recipient": "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
        }
    })
}

pub(crate) fn structure_body(name: &str) -> Value {
    json!({ "name": name, "registration": { "rna": "W231000001" } })
}

async fn a_register_changes_under_its_version(world: World) {
    let id: Id<Structure> = world.id();
    let path = format!("/api/v1/organisations/{id}");
    let first = world.put(&path, &world.operator, structure_body("La Quincaillerie")).await;
    assert_eq!(first.status, 201);
    assert_eq!(first.etag.as_deref(), Some("\"1\""));
    let again = world.put(&path, &world.operator, structure_body("La Quincaillerie")).await;
    assert_eq!((again.status.as_u16(), &again.bytes), (200, &first.bytes));

    let renamed = structure_body("La Quincaillerie Numérique");
    let blind = world.put(&path, &world.operator, renamed.clone()).await;
    assert_eq!(blind.code(), "differs");
    let stale = world.ask_if("PUT", &path, &world.operator, Some(renamed.clone()), Some(9)).await;
    assert_eq!((stale.code().as_str(), stale.status.as_u16()), ("stale-version", 412));
    let done = world.ask_if("PUT", &path, &world.operator, Some(renamed), Some(1)).await;
    assert_eq!(done.good()["version"], 2);
    assert_eq!(world.get(&path, &world.operator).await.good()["version"], 2);
}

async fn a_bank_account_changes_under_its_version(world: World) {
    let id: Id<Structure> = world.id();
    let owner = format!("/api/v1/organisations/{id}");
    world.put(&owner, &world.operator, structure_body("La Quincaillerie")).await.good();
    let path = format!("{owner}/bank-account");
    let old = json!({ "iban": "FR14 2004 1010 0505 0001 3M02 606", "holder": "Atelier" });
    let new = json!({ "iban": "FR76 3000 6000 0112 3456 7890 189", "holder": "Atelier" });
    let first = world.put(&path, &world.operator, old.clone()).await;
    assert_eq!((first.status.as_u16(), first.etag.as_deref()), (201, Some("\"1\"")));
    let blind = world.put(&path, &world.operator, new.clone()).await;
    assert_eq!((blind.code().as_str(), blind.json()["version"].as_i64()), ("differs", Some(1)));
    let changed = world.ask_if("PUT", &path, &world.operator, Some(new), Some(1)).await;
    assert_eq!((changed.status.as_u16(), changed.etag.as_deref()), (201, Some("\"2\"")));
    // The retry that comes after all: it must not bring the old account back.
    let late = world.put(&path, &world.operator, old.clone()).await;
    assert_eq!(late.code(), "differs");
    let late = world.ask_if("PUT", &path, &world.operator, Some(old), Some(1)).await;
    assert_eq!(late.code(), "stale-version");
}

async fn a_receipt_stands_without_us(world: World) {
    let id: Id<Funder> = world.id();
    let path = format!("/api/v1/organisations/{id}");
    let answer = world.put(&path, &world.operator, funder_body("Département", "held")).await;
    let receipt: Receipt = serde_json::from_value(answer.good()["receipt"].clone()).unwrap();
    let origin = format!("pass.exemple.fr/ledger/{}", world.operator_id);
    let key = world.instance.keys.log_key(origin.parse().unwrap()).verifier_key().clone();
    let verified = verify(&receipt, &[key]).unwrap();
    assert_eq!(verified.origin.as_str(), origin);
    let line = Receipt { line: receipt.line.replace("held", "pledged"), ..receipt };
    let key = world.instance.keys.log_key(origin.parse().unwrap()).verifier_key().clone();
    assert!(verify(&line, &[key]).is_err());
}

async fn a_foreign_id_looks_unknown(world: World) {
    let [mine, other]: [Id<Structure>; 2] = [world.id(), world.id()];
    for (id, name) in [(mine, "A"), (other, "B")] {
        let path = format!("/api/v1/organisations/{id}");
        world.put(&path, &world.operator, structure_body(name)).await.good();
    }
    let secret = world.key("structure", &mine.to_string(), None).await;
    let unknown: Id<Structure> = world.id();
    let [foreign, unknown] = [
        world.get(&format!("/api/v1/organisations/{other}"), &secret).await,
        world.get(&format!("/api/v1/organisations/{unknown}"), &secret).await,
    ];
    assert_eq!(foreign.status, 404);
    assert_eq!(foreign.bytes, unknown.bytes);

    let venue: Id<Venue> = world.id();
    let body = json!({
        "structure_id": other, "name": "Lieu", "commune": "23096",
        "offerings": ["aide-aux-demarches-administratives"]
    });
    let path = format!("/api/v1/venues/{venue}");
    assert_eq!(world.put(&path, &secret, body.clone()).await.code(), "not-found");
    let mut own = body;
    own["structure_id"] = json!(mine);
    assert_eq!(world.put(&path, &secret, own).await.good()["state"], "registered");
    let state = json!({ "state": "qualified" });
    let path = format!("{path}/state");
    assert_eq!(world.put(&path, &secret, state.clone()).await.code(), "not-permitted");
    assert_eq!(world.put(&path, &world.operator, state).await.good()["state"], "qualified");
}

async fn a_revoked_key_is_nobody(world: World) {
    let id: Id<Structure> = world.id();
    let path = format!("/api/v1/organisations/{id}");
    world.put(&path, &world.operator, structure_body("A")).await.good();
    let key: Id<carnet::base::id::ApiKey> = world.id();
    let grant = format!("/api/v1/api-keys/{key}");
    let body = json!({ "role": "structure", "organisation_id": id });
    let made = world.put(&grant, &world.operator, body.clone()).await.good();
    let secret = made["secret"].as_str().unwrap().to_owned();
    world.get(&path, &secret).await.good();
    assert!(world.put(&grant, &world.operator, body).await.good()["secret"].is_null());
    let end = format!("{grant}/revocation");
    let [first, again] = [
        world.post(&end, &world.operator, None).await,
        world.post(&end, &world.operator, None).await,
    ];
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 200));
    assert_eq!(first.bytes, again.bytes);
    assert_eq!(world.get(&path, &secret).await.code(), "not-signed-in");
    assert_eq!(world.get(&path, "").await.code(), "not-signed-in");
}

async fn bad_input_is_named_field_by_field(world: World) {
    let id: Id<Funder> = world.id();
    let path = format!("/api/v1/organisations/{id}");
    let mut body = funder_body("Ville", "held");
    body["registration"]["siret"] = json!("73282932000075");
    let answer = world.put(&path, &world.operator, body).await;
    assert_eq!(answer.code(), "invalid-request");
    assert_eq!(answer.json()["errors"][0]["pointer"], "/registration/siret");
    let mut body = funder_body("Ville", "held");
    body["ledger"]["recovery_key"] = json!("short");
    let answer = world.put(&path, &world.operator, body).await;
    assert_eq!(answer.json()["errors"][0]["pointer"], "/ledger/recovery_key");
    let mut body = funder_body("Ville", "held");
    body["beneficiary_name"] = json!("nobody");
    assert_eq!(world.put(&path, &world.operator, body).await.code(), "invalid-request");
}

/// What is kept, hashed and printed is the picture; what else was in the file is gone.
async fn an_uploaded_picture_is_drawn_again(world: World) {
    let id: Id<Funder> = world.id();
    let path = format!("/api/v1/organisations/{id}");
    world.put(&path, &world.operator, funder_body("Département", "held")).await.good();
    let hidden = b"Ana Durand, ana@exemple.fr";
    let mut picture = include_bytes!("../../deploy/pictures/vouchers.png").to_vec();
    picture.extend_from_slice(hidden);
    let upload = async |bytes: &[u8]| {
        let request = Request::put(format!("{path}/logo"));
        let request = request.header("authorization", format!("Bearer {}", world.operator));
        world.send(request.body(Body::from(bytes.to_vec())).unwrap()).await
    };
    let first = upload(&picture).await;
    assert_eq!(first.status, 201);
    let again = upload(&picture).await;
    assert_eq!((again.status.as_u16(), &again.bytes), (200, &first.bytes), "a retry is a retry");
    let mut tx = world.instance.database.read().await.unwrap();
    let kept = carnet::store::organisation::logo(&mut tx, &id.to_string()).await.unwrap();
    let (_, hash, content) = kept.unwrap();
    let content = data_encoding::BASE64.decode(content.as_bytes()).unwrap();
    assert!(content.starts_with(b"\x89PNG"));
    assert!(!content.windows(hidden.len()).any(|part| part == hidden), "what was hidden is kept");
    let digest = ring::digest::digest(&ring::digest::SHA256, &content);
    assert_eq!(data_encoding::HEXLOWER.encode(digest.as_ref()), hash);
    assert!(first.good()["receipt"]["line"].as_str().unwrap().contains(&hash));
    for bad in [b"GIF89a".as_slice(), b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"] {
        assert_eq!(upload(bad).await.code(), "invalid-request");
    }
}

on_both_engines!(
    an_uploaded_picture_is_drawn_again,
    a_register_changes_under_its_version,
    a_bank_account_changes_under_its_version,
    a_receipt_stands_without_us,
    a_foreign_id_looks_unknown,
    a_revoked_key_is_nobody,
    bad_input_is_named_field_by_field,
);
