//! Registers by pages: organisations begin, people and programs come and go, venues are qualified.

use carnet::base::id::{Id, Venue};
use serde_json::json;

use super::{links, reader};
use crate::harness::{World, on_both_engines};
use crate::pages::forms::Reader;
use crate::people::first_operator;
use crate::registers::funder_body;
use crate::scheme::OFFERING;

on_both_engines!(
    organisations_begin_by_pages,
    people_and_programs_come_and_go,
    a_venue_is_qualified_with_what_is_agreed,
    nothing_waits_and_that_is_said,
);

/// The form that makes an organisation of a kind.
async fn making(nora: &mut Reader<'_>, kind: &str) -> crate::pages::html::Form {
    let list = nora.page(&format!("/operator/organisations?kind={kind}")).await;
    let make = links(&list, "/operator/organisations/new");
    nora.page(&make[0]).await.form("")
}

async fn organisations_begin_by_pages(world: World) {
    let mut nora = reader(&first_operator(&world).await);
    let terms = funder_body("", "pledged")["ledger"].clone();
    let text = |name: &str| terms[name].as_str().unwrap().to_owned();
    let form = making(&mut nora, "funder").await;
    assert_eq!(form.get("mode"), Some("held"));
    let form = form
        .with("name", "Département de la Creuse")
        .with("registration", "732 829 320 00074")
        .with("mode", "pledged")
        .with("recovery_key", &text("recovery_key"))
        .with("age_recipient", &text("age_recipient"));
    for (field, value) in [
        ("name", " "),
        ("registration", "73282932000075"),
        ("time_zone", "Europe/Guéret"),
        ("recovery_key", "abc"),
        ("age_recipient", "age1nothing"),
    ] {
        let answer = nora.post(&form.clone().with(field, value)).await;
        assert_eq!(answer.status, 422, "{field}");
        let html = nora.read(&answer);
        assert!(html.ids.contains(&format!("{field}-fault")), "{field}: {:?}", html.ids);
        let again = html.form("");
        assert_eq!((again.get(field), again.get("mode")), (Some(value), Some("pledged")));
    }
    // Sent twice from its own page, it makes one funder.
    let here = nora.at.clone();
    nora.send(&form).await;
    let funder = std::mem::replace(&mut nora.at, here);
    let answer = nora.send(&form).await;
    assert_eq!((answer.status.as_u16(), &nora.at), (200, &funder));
    let html = nora.read(&answer);
    assert!(html.text.contains("paie lui-même"), "{}", html.text);
    let list = nora.page("/operator/organisations?kind=funder").await;
    assert_eq!(links(&list, "/operator/organisations/funder_").len(), 1);
    let form = making(&mut nora, "distributor").await;
    let form = form.with("name", "CCAS de Guéret").with("registration", "W231000001");
    nora.send(&form).await;
    let distributor = nora.at.split('?').next().unwrap().to_owned();
    let form = nora.page(&format!("{distributor}/sites")).await.form("");
    let form = form.with("name", "Accueil");
    for (commune, says) in [("Saint-Martin-de-Nulle-Part", "pas connue"), ("Saint-Denis", "INSEE")]
    {
        let answer = nora.post(&form.clone().with("commune", commune)).await;
        assert_eq!(answer.status, 422, "{commune}");
        assert!(nora.read(&answer).text.contains(says), "{commune}");
    }
    let right = form.with("commune", "Guéret");
    let here = nora.at.clone();
    for _ in 0..2 {
        nora.at.clone_from(&here);
        let answer = nora.send(&right).await;
        let text = nora.read(&answer).text;
        assert!(text.contains("Accueil · Guéret"), "{text}");
    }
    let id = distributor.rsplit('/').next().unwrap();
    let path = format!("/api/v1/organisations/{id}");
    let read = world.get(&path, &world.operator).await.good();
    assert_eq!(read["sites"].as_array().unwrap().len(), 1, "sent twice, one site");
    assert_eq!(read["version"], 2);
}

async fn people_and_programs_come_and_go(world: World) {
    let mut nora = reader(&first_operator(&world).await);
    let id = crate::people::structure(&world, "La Quincaillerie").await;
    let page = format!("/operator/organisations/{id}");
    let form = nora.page(&format!("{page}/people")).await.form("");
    let wrong = form.clone().with("name", "").with("email", "ana").with("role", "operator");
    let answer = nora.post(&wrong).await;
    assert_eq!(answer.status, 422);
    let html = nora.read(&answer);
    for field in ["name", "email", "role"] {
        assert!(html.ids.contains(&format!("{field}-fault")), "{field}");
    }
    let counter = form.clone().with("name", "Ana Durand").with("email", "ana@exemple.fr");
    let answer = nora.post(&counter.clone().with("role", "venue-counter")).await;
    assert!(nora.read(&answer).ids.contains("venue-fault"), "which venue is asked");
    let answer = nora.post(&counter.with("role", "structure-accountant")).await;
    assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, "no-store"));
    let html = nora.read(&answer);
    let link = html.text.split_whitespace().find(|it| it.contains("/join/")).unwrap().to_owned();
    let token = crate::people::token_of(&link);
    world.get(&format!("/api/v1/joinings/{token}"), "").await.good();
    let shown = nora.page(&page).await;
    assert!(shown.text.contains("ana@exemple.fr") && !shown.text.contains("/join/"));
    // Another link ends the one before.
    let again = shown.forms.iter().find(|form| form.action.contains("/invitation")).unwrap();
    let answer = nora.post(&again.clone().with("of", &id.to_string())).await;
    assert!(nora.read(&answer).text.contains("/join/"));
    let gone = world.get(&format!("/api/v1/joinings/{token}"), "").await;
    assert!(!gone.status.is_success());
    let end = shown.forms.iter().find(|form| form.action.contains("/memberships/")).unwrap();
    let answer = nora.send(&end.clone().with("of", &id.to_string())).await;
    assert!(!nora.read(&answer).text.contains("ana@exemple.fr"));
    a_key_comes_and_goes(&world, &mut nora, &page).await;
}

async fn a_key_comes_and_goes(world: &World, nora: &mut Reader<'_>, page: &str) {
    let form = nora.page(&format!("{page}/keys")).await.form("");
    let form = form.with("role", "structure-accountant");
    let answer = nora.post(&form.clone().with("until", "2020-01-01")).await;
    assert!(nora.read(&answer).ids.contains("until-fault"));
    let right = form.with("until", "2027-12-31").with("rights", "reads-only");
    let answer = nora.post(&right).await;
    let html = nora.read(&answer);
    let secret = html.text.split_whitespace().find(|it| it.starts_with("carnet_")).unwrap();
    crate::canary::mark(secret);
    let id = page.rsplit('/').next().unwrap();
    let path = format!("/api/v1/organisations/{id}");
    world.get(&path, secret).await.good();
    // Nobody can show it again.
    let answer = nora.send(&right).await;
    assert!(!nora.read(&answer).text.contains("carnet_"));
    let shown = nora.page(page).await;
    assert!(shown.text.contains("31\u{a0}décembre\u{a0}2027"), "{}", shown.text);
    let end = shown.forms.iter().find(|form| form.action.contains("/operator/keys/")).unwrap();
    let answer = nora.send(&end.clone().with("of", id)).await;
    assert!(nora.read(&answer).text.contains("La clé est fermée"));
    assert_eq!(world.get(&path, secret).await.code(), "not-signed-in");
}

async fn a_venue_is_qualified_with_what_is_agreed(world: World) {
    let mut nora = reader(&first_operator(&world).await);
    let structure = crate::people::structure(&world, "La Quincaillerie").await;
    let id: Id<Venue> = world.id();
    let body = json!({
        "structure_id": structure, "name": "Atelier du Nord", "commune": "23096",
        "offerings": [OFFERING]
    });
    let path = format!("/api/v1/venues/{id}");
    world.put(&path, &world.operator, body).await.good();
    let home = nora.page("/operator").await;
    assert!(home.text.contains("Lieux à qualifier") && home.text.contains("Atelier du Nord"));
    let venue = format!("/operator/venues/{id}");
    let page = nora.page(&venue).await;
    assert!(page.text.contains("ne peut pas encore accepter"), "{}", page.text);
    assert!(page.text.contains("personne ne saura s’y rendre"), "what is missing is said");
    let form = page.form("").with("state", "qualified");
    for wrong in ["beaucoup", "0", "2000000"] {
        let answer = nora.post(&form.clone().with("vouchers_per_month", wrong)).await;
        assert_eq!(answer.status, 422, "{wrong}");
        let html = nora.read(&answer);
        assert!(html.ids.contains("vouchers_per_month-fault"), "{wrong}");
        assert_eq!(html.form("").get("vouchers_per_month"), Some(wrong));
    }
    assert_eq!(world.get(&path, &world.operator).await.good()["state"], "registered");
    let answer = nora.send(&form.with("vouchers_per_month", "1 200")).await;
    assert!(nora.read(&answer).text.contains("Le lieu est qualifié"));
    let read = world.get(&path, &world.operator).await.good();
    assert_eq!((&read["state"], &read["vouchers_per_month"]), (&json!("qualified"), &json!(1200)));
    assert!(!nora.page("/operator").await.text.contains("Lieux à qualifier"));
    let form = nora.page(&venue).await.form("").with("state", "suspended");
    let answer = nora.send(&form).await;
    assert!(nora.read(&answer).text.contains("Le lieu est suspendu"));
    assert_eq!(world.get(&path, &world.operator).await.good()["vouchers_per_month"], json!(1200));
}

async fn nothing_waits_and_that_is_said(world: World) {
    let mut nora = reader(&first_operator(&world).await);
    let home = nora.page("/operator").await;
    assert!(!home.text.contains("Rien n’attend"), "the operator has no account: {}", home.text);
    let form =
        nora.page(&format!("/operator/organisations/{}/account", world.operator_id)).await.form("");
    crate::canary::mark(crate::proposals::OLD);
    // One person alone: the rule of two is not in force.
    let answer = nora.send(&form.with("iban", crate::proposals::OLD)).await;
    assert!(nora.read(&answer).text.contains("Le compte bancaire est enregistré"));
    let home = nora.page("/operator").await;
    assert!(home.text.contains("Rien n’attend"), "{}", home.text);
    let english = nora.reading("en").page("/operator").await;
    assert!(english.text.contains("Nothing is waiting"), "{}", english.text);
}
