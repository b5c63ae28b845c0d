//! Joining: the structure, its venues, hours, contact and bank account.

use serde_json::json;

use super::{Reader, keeper, link, member, plain, refused, sound};
use crate::harness::{World, on_both_engines};
use crate::people::structure;
use crate::scheme::{OFFERING, Scheme};

on_both_engines!(
    a_structure_joins_in_one_sitting,
    the_register_of_the_structure_is_changed,
    a_bank_account_is_given_and_shown_in_part,
    two_who_change_a_venue_do_not_write_over_each_other,
    nobody_changes_what_is_not_its_own,
);

async fn a_structure_joins_in_one_sitting(world: World) {
    let id = structure(&world, "Le Fil").await;
    let (mut reader, _) = keeper(&world, id, "ana@exemple.fr").await;
    let html = sound(&mut reader, "/structure").await;
    assert!(html.text.contains("Un premier lieu"), "{}", html.text);
    assert_eq!(link(&html, "/structure/venues/new"), "/structure/venues/new");
    sound(&mut reader, "/structure/venues").await;
    let venue = venue_by_form(&mut reader).await;
    hours_by_form(&mut reader, &venue).await;
    contact_by_form(&mut reader, &venue).await;
    // What was typed is in the register, as the API has it.
    let path = format!("/api/v1/venues/{venue}");
    let known = world.get(&path, &world.operator).await.good();
    assert_eq!(known["version"], 3, "one version a step");
    assert_eq!(known["commune"], "23096");
    assert_eq!(known["opening_hours"], "Mo 09:00-12:30,14:00-18:00");
    assert_eq!(known["phone"], "0555510000");
    assert_eq!(known["structure_id"], json!(id));
    for part in ["", "/place", "/hours", "/contact"] {
        sound(&mut reader, &format!("/structure/venues/{venue}{part}")).await;
    }
    // It waits for the operator, then it is there.
    let html = reader.page("/structure").await;
    assert!(html.text.contains("attend l’accord de l’opérateur"), "{}", html.text);
    let state = json!({ "state": "qualified" });
    world.put(&format!("{path}/state"), &world.operator, state).await.good();
    let html = sound(&mut reader, "/structure").await;
    assert!(html.text.contains("Ce lieu peut encaisser"), "{}", html.text);
}

/// Makes a venue by its form, after each way to fill it in wrongly; its id.
async fn venue_by_form(reader: &mut Reader<'_>) -> String {
    let html = sound(reader, "/structure/venues/new").await;
    let form = reader.page("/structure/venues/new").await.form("/structure/venues/new");
    assert!(html.all("input").filter(|it| it.get("type") == Some("checkbox")).count() == 9);
    let good = form
        .with("name", "Médiathèque")
        .with("street", "8 avenue Fayolle")
        .with("postcode", "23000")
        .with("commune", "gueret")
        .with("offerings", OFFERING);
    for (field, typed, says) in [
        ("name", " ", "Écrivez un nom"),
        ("street", "8", "Écrivez un numéro et une rue"),
        ("postcode", "230", "Un code postal a cinq chiffres"),
        ("commune", "Nulle-Part", "Nous ne connaissons pas cette commune"),
        ("offerings", "", "Cochez au moins un service"),
    ] {
        let answer = reader.post(&good.clone().with(field, typed)).await;
        let form = refused(reader, &answer, says).form("/structure/venues/new");
        assert!(form.get("street").unwrap().starts_with('8'), "what was typed is kept");
        assert_eq!(form.get("venue"), good.get("venue"), "the venue keeps its id");
    }
    let many = good.clone().with("commune", "Saint-Denis").with("postcode", "");
    let answer = reader.post(&many.with("street", "")).await;
    refused(reader, &answer, "Plusieurs communes portent ce nom");
    let answer = reader.send(&good).await;
    let venue = good.get("venue").unwrap().to_owned();
    assert_eq!(reader.at, format!("/structure/venues/{venue}/hours?sitting=1&done=venue"));
    let html = reader.read(&answer);
    assert!(html.text.contains("Le lieu est créé"), "{}", html.text);
    // A double click makes one venue.
    assert_eq!(reader.post(&good).await.status, 303);
    venue
}

/// Says when a venue is open, after a time that cannot be.
async fn hours_by_form(reader: &mut Reader<'_>, venue: &str) {
    let hours = format!("/structure/venues/{venue}/hours");
    let form = reader.page(&format!("{hours}?sitting=1")).await.form(&hours);
    assert_eq!(form.fields.iter().filter(|(name, _)| name == "times").count(), 28);
    let monday = |times: [&str; 4]| {
        let mut form = form.clone();
        let fields = form.fields.iter_mut().filter(|(name, _)| name == "times");
        for ((_, value), time) in fields.zip(times) {
            time.clone_into(value);
        }
        form
    };
    let answer = reader.post(&monday(["12:00", "9:00", "", ""])).await;
    let html = refused(reader, &answer, "L’heure de fermeture vient après");
    assert!(html.form(&hours).fields.contains(&("times".to_owned(), "12:00".to_owned())));
    reader.send(&monday(["09:00", "12:30", "14:00", "18:00"])).await;
    assert_eq!(reader.at, format!("/structure/venues/{venue}/contact?sitting=1&done=hours"));
}

/// Says how a venue is reached, after each way that leads nowhere.
async fn contact_by_form(reader: &mut Reader<'_>, venue: &str) {
    let contact = format!("/structure/venues/{venue}/contact");
    let form = reader.page(&format!("{contact}?sitting=1")).await.form(&contact);
    for (field, typed, says) in [
        ("phone", "12", "Un numéro de téléphone a dix chiffres"),
        ("mailbox", "accueil", "Écrivez une adresse complète"),
        ("website", "exemple.fr", "commence par https://"),
        ("accessibility", "https://exemple.fr/x", "acceslibre"),
    ] {
        let answer = reader.post(&form.clone().with(field, typed)).await;
        assert_eq!(refused(reader, &answer, says).form(&contact).get(field), Some(typed));
    }
    let form = form.with("phone", "05 55 51 00 00");
    reader.send(&form.with("appointments", "https://rdv.exemple.fr/guichet")).await;
    assert_eq!(reader.at, "/structure?done=contact");
}

async fn the_register_of_the_structure_is_changed(world: World) {
    let id = structure(&world, "Le Fil").await;
    let (mut reader, _) = keeper(&world, id, "ana@exemple.fr").await;
    let html = sound(&mut reader, "/structure/register").await;
    let form = html.form("/structure/register");
    assert_eq!(form.get("registration"), Some("W231000001"));
    for (typed, says) in [
        ("732 829 320", "14 chiffres"),
        ("732 829 320 00075", "n’est pas le bon"),
        ("W12", "numéro RNA"),
    ] {
        let answer = reader.post(&form.clone().with("registration", typed)).await;
        let html = refused(&reader, &answer, says);
        assert_eq!(html.form("/structure/register").get("registration"), Some(typed));
    }
    let changed = form.with("registration", "732 829 320 00074").with("name", "Le Fil & Cie");
    reader.send(&changed).await;
    assert_eq!(reader.at, "/structure?done=register");
    let path = format!("/api/v1/organisations/{id}");
    let known = world.get(&path, &world.operator).await.good();
    assert_eq!(known["name"], "Le Fil & Cie");
    assert_eq!(known["registration"], json!({ "siret": "73282932000074" }));
}

async fn a_bank_account_is_given_and_shown_in_part(world: World) {
    const IBAN: &str = "FR7630006000011234567890189";
    let id = structure(&world, "Le Fil").await;
    let (mut reader, browser) = keeper(&world, id, "ana@exemple.fr").await;
    let html = sound(&mut reader, "/structure/account").await;
    let form = html.form("/structure/account");
    assert_eq!(form.get("holder"), Some("Le Fil"));
    for (typed, says) in [
        ("FR76", "Ce n’est pas un IBAN complet"),
        ("FR7630006000011234567890188", "n’est pas le bon"),
        ("TN5910006035183598478831", "n’atteignent pas"),
    ] {
        let answer = reader.post(&form.clone().with("iban", typed)).await;
        refused(&reader, &answer, says);
    }
    // Ten minutes later the code is asked for, and nothing that was typed is lost.
    world.clock.advance_seconds(600);
    let whole = form.with("iban", IBAN);
    let answer = reader.post(&whole).await;
    assert_eq!(answer.status, 422);
    let step = reader.read(&answer).form("/structure/account");
    assert_eq!(step.get("iban"), Some(IBAN));
    let answer = reader.send(&step.with("second-factor", &browser.digits())).await;
    assert_eq!(reader.at, "/structure?done=account");
    let text = answer.text();
    assert!(text.contains("FR…0189") && !text.contains("30006000"), "{text}");
    let html = sound(&mut reader, "/structure/account").await;
    assert!(html.text.contains("FR…0189") && !html.text.contains("30006000"), "{}", html.text);
    // Another account waits, and both are shown in part.
    let form = html.form("/structure/account").with("iban", "FR1420041010050500013M02606");
    let answer = reader.send(&form).await;
    assert_eq!(reader.at, "/structure/account?done=account");
    let html = reader.read(&answer);
    assert!(html.text.contains("FR…0189") && html.text.contains("FR…2606"), "{}", html.text);
    assert!(html.text.contains("À partir du"), "{}", html.text);
}

async fn two_who_change_a_venue_do_not_write_over_each_other(world: World) {
    let scheme = Scheme::new(&world).await;
    let (mut ana, _) = keeper(&world, scheme.structure_id, "ana@exemple.fr").await;
    let (mut bea, _) = keeper(&world, scheme.structure_id, "bea@exemple.fr").await;
    let path = format!("/structure/venues/{}/contact", scheme.venue_id);
    let first = ana.page(&path).await.form(&path).with("phone", "0555510000");
    let second = bea.page(&path).await.form(&path).with("phone", "0555520000");
    assert_eq!(ana.post(&first).await.status, 303);
    let answer = bea.post(&second).await;
    assert_eq!(answer.status, 422);
    let html = bea.read(&answer);
    assert!(plain(&html.text).contains("Quelqu’un a modifié cette fiche"), "{}", html.text);
    let again = html.form(&path);
    assert_eq!(again.get("phone"), Some("0555520000"), "what was typed is kept");
    let api = format!("/api/v1/venues/{}", scheme.venue_id);
    assert_eq!(world.get(&api, &world.operator).await.good()["phone"], "0555510000");
    assert_eq!(bea.post(&again).await.status, 303);
    assert_eq!(world.get(&api, &world.operator).await.good()["phone"], "0555520000");
}

async fn nobody_changes_what_is_not_its_own(world: World) {
    let scheme = Scheme::new(&world).await;
    let other = structure(&world, "Une Autre").await;
    let (mut stranger, _) = keeper(&world, other, "eve@exemple.fr").await;
    let at = format!("/structure/venues/{}", scheme.venue_id);
    for part in ["", "/place", "/hours", "/contact"] {
        let answer = stranger.open(&format!("{at}{part}")).await;
        assert_eq!(answer.status, 404, "{part}");
        assert_eq!(answer.kind, "text/html; charset=utf-8");
    }
    // A form of her own sent to another's venue changes nothing.
    let (mut ana, _) = keeper(&world, scheme.structure_id, "ana@exemple.fr").await;
    let path = format!("{at}/contact");
    let form = ana.page(&path).await.form(&path);
    let own = stranger.page("/structure/register").await.form("/structure/register");
    let stolen = form.with("csrf", own.get("csrf").unwrap()).with("phone", "0555510000");
    assert_eq!(stranger.post(&stolen).await.status, 404);
    // Who reads the accounts changes nothing; who redeems sees its own venue only.
    let owner = (scheme.structure_id, None);
    let mut accountant = member(&world, owner, "structure-accountant", "alix@exemple.fr").await;
    sound(&mut accountant, "/structure").await;
    sound(&mut accountant, &at).await;
    for path in ["/structure/register", "/structure/venues/new", "/structure/account"] {
        let status = accountant.open(path).await.status;
        assert_eq!(status, 403, "{path}");
    }
    assert_eq!(accountant.open(&format!("{at}/hours")).await.status, 403);
    let bound = (scheme.structure_id, Some(scheme.venue_id));
    let mut counter = member(&world, bound, "venue-counter", "max@exemple.fr").await;
    let html = sound(&mut counter, "/structure").await;
    assert!(html.text.contains("Atelier"), "{}", html.text);
    sound(&mut counter, &at).await;
    let elsewhere = format!("/structure/venues/{}", scheme.other_venue_id);
    assert_eq!(counter.open(&elsewhere).await.status, 404);
    for path in ["/structure/payments", "/structure/members", "/structure/devices"] {
        assert_eq!(counter.open(path).await.status, 403, "{path}");
    }
    // Who works for another sort of body has no desk here.
    let body =
        crate::people::invitation("flo@exemple.fr", "funder-reader", &scheme.funder_id.to_string());
    let browser = crate::people::joined(&world, body).await;
    let mut funder = Reader::new(&world, &browser.token);
    for path in ["/structure", "/structure/venues", "/structure/redemptions"] {
        assert_eq!(funder.open(path).await.status, 403, "{path}");
    }
}
