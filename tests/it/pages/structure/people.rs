//! Devices and members.

use serde_json::json;

use super::{keeper, link, member, plain, refused, sent_to, sound};
use crate::harness::{World, on_both_engines};
use crate::pages::forms::Reader;
use crate::people::{PASSWORD, token_of};
use crate::scheme::Scheme;

on_both_engines!(a_device_is_paired_and_ended, a_colleague_is_invited_and_leaves);

async fn a_device_is_paired_and_ended(world: World) {
    let scheme = Scheme::new(&world).await;
    let (mut reader, _) = keeper(&world, scheme.structure_id, "ana@exemple.fr").await;
    let html = sound(&mut reader, "/structure/devices").await;
    assert!(html.text.contains("Aucun appareil"), "{}", html.text);
    let form = html.form("/structure/devices/pairing");
    let form = form.with("venue", &scheme.venue_id.to_string());
    let answer = reader.post(&form).await;
    let html = reader.read(&answer);
    crate::pages::is_sound("pairing", "fr", &answer, &html, 200_000);
    assert_eq!(html.all("svg").count(), 1, "the link is drawn");
    assert!(plain(&html.text).contains("(15 minutes)"), "{}", html.text);
    let offered = link(&html, "https://pass.exemple.fr/pair#");
    let pairing = offered.split_once('#').unwrap().1.to_owned();
    assert!(!reader.at.contains(&pairing), "what is offered stands in no address");
    let secret = format!("carnet_{}", "a".repeat(51) + "g");
    crate::canary::mark(&secret);
    let body = json!({ "pairing": pairing, "secret": secret });
    let device = world.post("/api/v1/devices", "", Some(body)).await.good();
    let body = scheme.body(&scheme.voucher(0, 0).url);
    let id: carnet::base::id::Id<carnet::base::id::Redemption> = world.id();
    let path = format!("/api/v1/redemptions/{id}");
    world.put(&path, &secret, body).await.good();
    let html = sound(&mut reader, "/structure/devices").await;
    let end = link(&html, "/structure/devices/");
    assert_eq!(end, format!("/structure/devices/{}/end", device["id"].as_str().unwrap()));
    // Another structure's keeper finds no such device.
    let other = crate::people::structure(&world, "Une Autre").await;
    let (mut stranger, _) = keeper(&world, other, "eve@exemple.fr").await;
    assert_eq!(stranger.open(&end).await.status, 404);
    let html = stranger.page("/structure/devices").await;
    assert!(html.text.contains("Aucun appareil"), "{}", html.text);
    let own = stranger.page("/structure/register").await.form("/structure/register");
    let stolen = sent_to(&end, own);
    assert_eq!(stranger.post(&stolen).await.status, 404);
    // A venue's manager sees the devices of its venue only, and pairs there.
    let bound = (scheme.structure_id, Some(scheme.other_venue_id));
    let mut manager = member(&world, bound, "venue", "max@exemple.fr").await;
    let html = sound(&mut manager, "/structure/devices").await;
    assert!(html.text.contains("Aucun appareil"), "{}", html.text);
    let form = html.form("/structure/devices/pairing");
    assert_eq!(form.get("venue"), Some(scheme.other_venue_id.to_string().as_str()));
    let elsewhere = form.with("venue", &scheme.venue_id.to_string());
    assert_eq!(manager.post(&elsewhere).await.status, 404);
    let html = sound(&mut reader, &end).await;
    reader.send(&html.form(&end)).await;
    assert_eq!(reader.at, "/structure/devices?done=device-ended");
    let body = scheme.body(&scheme.voucher(0, 1).url);
    let id: carnet::base::id::Id<carnet::base::id::Redemption> = world.id();
    let refused = world.put(&format!("/api/v1/redemptions/{id}"), &secret, body).await;
    assert_eq!(refused.code(), "not-signed-in");
}

async fn a_colleague_is_invited_and_leaves(world: World) {
    let scheme = Scheme::new(&world).await;
    let (mut reader, browser) = keeper(&world, scheme.structure_id, "ana@exemple.fr").await;
    sound(&mut reader, "/structure/members").await;
    let html = sound(&mut reader, "/structure/members/new").await;
    let form = html.form("/structure/members/new").with("role", "venue-counter");
    let good = form.with("email", "max@exemple.fr").with("name", "Max Blanc");
    crate::canary::mark("Max Blanc");
    let good = good.with("venue", &scheme.venue_id.to_string());
    for (field, typed, says) in [
        ("email", "max", "Écrivez une adresse complète"),
        ("name", "", "Écrivez un nom"),
        ("role", "operator", "Choisissez ce que cette personne fera"),
        ("venue", "", "Choisissez le lieu"),
    ] {
        let answer = reader.post(&good.clone().with(field, typed)).await;
        let html = refused(&reader, &answer, says);
        assert_eq!(html.form("/structure/members/new").get("membership"), good.get("membership"));
    }
    // Rights ask for the code again, ten minutes later.
    world.clock.advance_seconds(600);
    let answer = reader.post(&good).await;
    let step = reader.read(&answer).form("/structure/members/new");
    assert_eq!(step.get("email"), Some("max@exemple.fr"));
    let answer = reader.post(&step.with("second-factor", &browser.digits())).await;
    let html = reader.read(&answer);
    let link_of = |html: &super::Html| {
        let words = html.text.split_whitespace();
        let mut links = words.filter(|word| word.starts_with("https://pass.exemple.fr/join/"));
        links.next().map(ToOwned::to_owned)
    };
    let first = link_of(&html).expect("without mail the link is shown");
    let html = sound(&mut reader, "/structure/members").await;
    assert!(html.text.contains("max@exemple.fr") && html.text.contains("pas encore acceptée"));
    let again = html.forms.iter().find(|it| it.action.starts_with("/structure/people/")).unwrap();
    let answer = reader.post(again).await;
    let second = link_of(&reader.read(&answer)).unwrap();
    assert_ne!(first, second, "the link before is good no more");
    let mut max = Reader::new(&world, "");
    let path = format!("/join/{}", token_of(&second));
    let form = max.page(&path).await.form("").with("chosen", PASSWORD).with("again", PASSWORD);
    max.send(&form).await;
    assert_eq!(max.at, "/counter", "who redeems begins there");
    sound(&mut max, "/structure").await;
    // Who is that already is not invited twice.
    let fresh = reader.page("/structure/members/new").await.form("/structure/members/new");
    let twice = fresh.with("role", "venue-counter").with("email", "max@exemple.fr");
    let twice = twice.with("name", "Max Blanc").with("venue", &scheme.venue_id.to_string());
    let answer = reader.post(&twice).await;
    refused(&reader, &answer, "déjà cet accès");
    // A stranger ends nobody; the keeper does, and it holds at once.
    let html = reader.page("/structure/members").await;
    let end = link(&html, "/structure/members/membership_");
    let other = crate::people::structure(&world, "Une Autre").await;
    let (mut stranger, _) = keeper(&world, other, "eve@exemple.fr").await;
    assert_eq!(stranger.open(&end).await.status, 404);
    let own = stranger.page("/structure/register").await.form("/structure/register");
    let stolen = sent_to(&end, own);
    assert_eq!(stranger.post(&stolen).await.status, 404);
    let html = sound(&mut reader, &end).await;
    reader.send(&html.form(&end)).await;
    assert_eq!(reader.at, "/structure/members?done=member-ended");
    let html = reader.page("/structure/members").await;
    assert!(!html.text.contains("max@exemple.fr"), "{}", html.text);
    max.open("/structure").await;
    assert!(!max.at.starts_with("/structure"), "{}", max.at);
}
