//! The bearer's page, from genuine to stolen: what it says, and what it never says.
//!
//! Goal: an honest bearer learns value, date and places; nobody learns where or when it was used,
//! and nothing happens because somebody looked.

use carnet::domain::token::{Presented, Token, VoucherKey};
use serde_json::json;

use super::{is_sound, page, read};
use crate::harness::{HOST, World, on_both_engines};
use crate::scheme::{Plan, Scheme};

/// The path of a printed address.
fn path(url: &str) -> String {
    let path = url.strip_prefix(&format!("HTTPS://{}", HOST.to_uppercase())).unwrap().to_owned();
    assert!(path.starts_with("/V/"));
    path
}

/// The first words of a voucher's page.
async fn verdict(world: &World, path: &str) -> String {
    let text = page(world, path, "en").await.text();
    let title = text.split_once("<h1>").unwrap().1;
    title.split_once("</h1>").unwrap().0.to_owned()
}

async fn a_genuine_voucher_says_what_it_is_worth(world: World) {
    let rules = json!({ "perimeter": ["23"], "valid_until": "2027-12-31" });
    let scheme = Scheme::plan(&world, &Plan { rules, ..Plan::default() }).await;
    let path = path(&scheme.voucher(0, 0).url);
    for language in ["fr", "en"] {
        let (answer, html) = read(&world, &path, language).await;
        is_sound("/V/…", language, &answer, &html, 22_000);
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("x-robots-tag"), "noindex, nofollow");
        let robots = html.all("meta").find(|meta| meta.get("name") == Some("robots")).unwrap();
        assert_eq!(robots.get("content"), Some("noindex"));
        let text = html.text.replace(['\u{a0}', '\u{202f}'], " ");
        let expected = if language == "fr" {
            ["authentique et peut être utilisé", "10 €", "31 décembre 2027", "Creuse"]
        } else {
            ["genuine and can be used", "€10", "31 December 2027", "Creuse"]
        };
        for words in expected {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert!(!answer.text().contains(&path[3..40]), "the token is not written into the page");
    }
    let small = verdict(&world, &path.to_lowercase()).await;
    assert_eq!(small, "This voucher is genuine and can be used");
}

async fn the_nearest_venues_come_first(world: World) {
    let scheme = Scheme::plan(&world, &Plan::default()).await;
    let path = path(&scheme.voucher(0, 0).url);
    let (_, all) = read(&world, &path, "en").await;
    assert_eq!(all.text.matches("Atelier").count(), 2, "few venues are all shown");
    let (_, near) = read(&world, &format!("{path}?near=gueret"), "en").await;
    assert!(near.text.contains("In this town"), "{}", near.text);
    let field = near.all("input").find(|field| field.get("id") == Some("near")).unwrap();
    assert_eq!(field.get("value"), Some("gueret"));
    let other = near.all("a").find(|link| link.get("hreflang") == Some("fr")).unwrap();
    assert_eq!(other.get("href"), Some("?lang=fr&near=gueret"), "the question is kept");
    let odd = format!("{path}?near=%3Cscript%3E%22");
    let (_, html) = read(&world, &odd, "en").await;
    assert!(html.text.contains("We do not know this place"));
    let field = html.all("input").find(|field| field.get("id") == Some("near")).unwrap();
    assert_eq!((field.get("value"), field.get("aria-invalid")), (Some("<script>\""), Some("true")));
    let suspended = json!({ "state": "suspended" });
    for venue in [scheme.venue_id, scheme.other_venue_id] {
        let path = format!("/api/v1/venues/{venue}/state");
        world.put(&path, &world.operator, suspended.clone()).await.good();
    }
    let (_, none) = read(&world, &path, "en").await;
    assert!(none.text.contains("No place takes it for now") && !none.text.contains("Atelier"));
}

async fn a_used_voucher_does_not_say_where_or_when(world: World) {
    let scheme = Scheme::plan(&world, &Plan::default()).await;
    let voucher = scheme.voucher(0, 0);
    let path = path(&voucher.url);
    let lines = |world: &World| world.instance.door.operator_size();
    let before = lines(&world);
    let count = format!("/ledger/{}/totals", scheme.funder_id);
    let size = world.get(&count, "").await.json()["size"].clone();
    assert_eq!(verdict(&world, &path).await, "This voucher is genuine and can be used");
    let again = world.get(&count, "").await.json()["size"].clone();
    assert_eq!((lines(&world), again), (before, size), "looking has no effect");
    scheme.redeem(&world, &voucher.url).await.good();
    assert_eq!(verdict(&world, &path).await, "This voucher has already been used");
    for language in ["fr", "en"] {
        let (answer, html) = read(&world, &path, language).await;
        is_sound("/V/… used", language, &answer, &html, 22_000);
        let text = answer.text();
        for secret in ["Atelier", "Quincaillerie", "Guéret", "novembre", "November", "2026-11"] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
    }
}

async fn what_is_no_voucher_says_so(world: World) {
    let scheme = Scheme::plan(&world, &Plan { activate: false, ..Plan::default() }).await;
    let voucher = scheme.voucher(0, 0);
    let genuine = path(&voucher.url);
    assert_eq!(verdict(&world, &genuine).await, "This voucher is genuine, but cannot be used yet");
    let last = if genuine.ends_with('0') { "1" } else { "0" };
    let forged = format!("{}{last}", &genuine[..genuine.len() - 1]);
    assert_eq!(verdict(&world, &forged).await, "This voucher is not genuine");
    // A typed code is not answered: nobody tries codes here.
    let code = format!("/V/{}", voucher.code);
    for unknown in ["/V/x", "/V/%ff", "/V/%3Cscript%3E", code.as_str()] {
        assert_eq!(verdict(&world, unknown).await, "This voucher is not known here", "{unknown}");
        let (answer, html) = read(&world, unknown, "fr").await;
        is_sound(unknown, "fr", &answer, &html, 22_000);
    }
}

/// A thief of the signing key does not know the code inside.
async fn a_stolen_key_makes_no_genuine_voucher(world: World) {
    let scheme = Scheme::plan(&world, &Plan::default()).await;
    let (mine, other) = (scheme.voucher(0, 0), scheme.voucher(0, 1));
    let seed = carnet::service::keys::read_secret(&world.dir.join("keys/voucher-001.key"));
    let key = VoucherKey::from_seed(1, &seed.unwrap());
    let token = |serial: &str, code: &str, cents: i64| {
        let money = carnet::base::money::Money::from_cents(cents).unwrap();
        let token = Token::new(serial.parse().unwrap(), money, code.parse().unwrap()).unwrap();
        format!("/V/{}", key.sign(&token).to_text())
    };
    let serial = mine.serial.as_str();
    let genuine = token(serial, &mine.code, 1000);
    assert_eq!(genuine, path(&mine.url), "it is the key that signs");
    let stolen = token(serial, &other.code, 1000);
    assert_eq!(verdict(&world, &stolen).await, "This voucher is not genuine");
    let raised = token(serial, &mine.code, 2000);
    assert_eq!(verdict(&world, &raised).await, "This voucher is not genuine");
    assert!(matches!(Presented::parse(&mine.url), Ok(Presented::Token(_))));
}

on_both_engines!(
    a_genuine_voucher_says_what_it_is_worth,
    the_nearest_venues_come_first,
    a_used_voucher_does_not_say_where_or_when,
    what_is_no_voucher_says_so,
    a_stolen_key_makes_no_genuine_voucher,
);
