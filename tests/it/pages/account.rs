//! Signing in and looking after one's account, by pages without script.
//!
//! Goal: whoever was sent to sign in comes back to where it was going; a password, a link or a
//! cookie alone does not do what takes more; nothing that was typed is lost when a code is asked.

use carnet::domain::totp;
use data_encoding::BASE32_NOPAD;

use super::forms::Reader;
use super::html::Html;
use super::is_sound;
use crate::harness::{World, on_both_engines};
use crate::people::passkeys::Device;
use crate::people::{OTHER_PASSWORD, PASSWORD, invited, token_of};

on_both_engines!(
    a_newcomer_joins_by_pages,
    who_forgot_learns_nothing_of_others,
    a_form_of_another_page_changes_nothing,
    what_touches_money_asks_for_the_code_and_goes_on,
    a_passkey_stands_in_for_the_code,
);

/// The secret that an enrolment page shows.
fn secret_on(html: &Html) -> Vec<u8> {
    let uri = html.form("/account/factor").get("uri").unwrap().to_owned();
    let secret = uri.split(['?', '&']).find_map(|part| part.strip_prefix("secret=")).unwrap();
    BASE32_NOPAD.decode(secret.as_bytes()).unwrap()
}

/// What an app shows half a minute later.
fn digits(world: &World, app: &[u8]) -> String {
    use carnet::base::clock::Clock as _;
    world.clock.advance_seconds(totp::STEP_SECONDS);
    totp::password_of(app, totp::step_of(world.clock.now()))
}

/// Somebody who keeps a structure, was invited by link, and comes to the end of it by pages alone.
async fn enters<'a>(world: &'a World, email: &str) -> (Reader<'a>, Vec<u8>, Vec<String>) {
    let structure = crate::people::structure(world, "Atelier des Clés").await;
    let body = crate::people::invitation(email, "structure", &structure.to_string());
    let link = invited(world, body).await;
    let mut reader = Reader::new(world, "");
    let page = reader.page(&format!("/join/{}", token_of(&link))).await;
    let form = page.form("").with("chosen", PASSWORD).with("again", PASSWORD);
    let answer = reader.send(&form).await;
    // This role touches money: a password is not enough.
    assert_eq!(reader.at, "/account/factor?next=%2Fdesk");
    let begin = reader.read(&answer).form("/account/factor");
    let answer = reader.send(&begin).await;
    let page = reader.read(&answer);
    let app = secret_on(&page);
    let right = page.form("/account/factor").with("code", &digits(world, &app));
    let answer = reader.send(&right).await;
    let page = reader.read(&answer);
    let codes: Vec<String> =
        page.text.split_whitespace().filter(|it| it.len() == 29).map(ToOwned::to_owned).collect();
    assert_eq!(codes.len(), 10, "recovery codes are shown: {}", page.text);
    (reader, app, codes)
}

async fn a_newcomer_joins_by_pages(world: World) {
    let structure = crate::people::structure(&world, "Le Fil").await;
    let body = crate::people::invitation("ana@exemple.fr", "structure", &structure.to_string());
    let link = invited(&world, body).await;
    let path = format!("/join/{}", token_of(&link));
    let mut reader = Reader::new(&world, "");
    for language in ["fr", "en"] {
        let answer = reader.reading(language).open(&path).await;
        is_sound("/join", language, &answer, &reader.read(&answer), 30_000);
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "a form says where it is from");
    }
    let page = reader.page(&path).await;
    let form = page.form("");
    for (chosen, again, says) in [
        ("court", "court", "douze caractères"),
        (PASSWORD, OTHER_PASSWORD, "ne sont pas les mêmes"),
        ("motdepasse1234", "motdepasse1234", "se devine"),
    ] {
        let answer = reader.post(&form.clone().with("chosen", chosen).with("again", again)).await;
        assert_eq!(answer.status, 422);
        let html = reader.read(&answer);
        assert!(html.text.contains(says), "{}", html.text);
        let faulty = html.all("input").find(|it| it.get("aria-invalid") == Some("true")).unwrap();
        let told = faulty.get("aria-describedby").unwrap();
        assert!(told.split(' ').any(|id| id.ends_with("-fault") && html.ids.contains(id)));
        let drawn = String::from_utf8_lossy(&answer.bytes);
        assert!(!drawn.contains(chosen), "a password is never drawn");
    }
    let form = form.with("chosen", PASSWORD).with("again", PASSWORD);
    reader.send(&form).await;
    assert_eq!(reader.at, "/account/factor?next=%2Fdesk");
    // The link was good once.
    let mut other = Reader::new(&world, "");
    let answer = other.open(&path).await;
    assert_ne!(answer.status, 200);
    assert_eq!(answer.kind, "text/html; charset=utf-8", "a person reads a page, not JSON");
    assert_eq!(other.read(&answer).all("h1").count(), 1);
    let same = format!("/api/v1/joinings/{}", token_of(&link));
    let answer = world.get(&same, "").await;
    assert_eq!(answer.kind, "application/problem+json", "a program reads JSON");
}

async fn who_forgot_learns_nothing_of_others(world: World) {
    let (mut reader, app, codes) = enters(&world, "ana@exemple.fr").await;
    // Signed in, it goes on; signed out, it is sent to sign in and comes back.
    let answer = reader.open("/sign-in?next=%2Faccount").await;
    assert_eq!((answer.status.as_u16(), reader.at.as_str()), (200, "/account"));
    let page = reader.read(&answer);
    let sound = reader.open("/account").await;
    is_sound("/account", "fr", &sound, &page, 30_000);
    let answer = reader.send(&page.form("/sign-out")).await;
    assert_eq!((answer.status.as_u16(), reader.at.as_str()), (200, "/"));
    let page = reader.page("/account?done=password").await;
    assert_eq!(reader.at, "/sign-in?next=%2Faccount%3Fdone%3Dpassword");
    let form = page.form("/sign-in");
    let mut said = Vec::new();
    for (email, password) in
        [("ana@exemple.fr", "faux"), ("nobody@exemple.fr", PASSWORD), ("no address", PASSWORD)]
    {
        let wrong = form.clone().with("email", email).with("password", password);
        let answer = reader.post(&wrong).await;
        assert_eq!(answer.status, 422, "{email}");
        said.push(reader.read(&answer).text.replace(email, ""));
    }
    assert!(said.iter().all(|text| *text == said[0]), "who has an account is not told");
    let right = form.with("email", "ana@exemple.fr").with("password", PASSWORD);
    let answer = reader.send(&right).await;
    assert_eq!(reader.at, "/sign-in/factor?next=%2Faccount%3Fdone%3Dpassword");
    let form = reader.read(&answer).form("/sign-in/factor");
    let answer = reader.post(&form.clone().with("code", "000000")).await;
    assert_eq!(answer.status, 422);
    let answer = reader.send(&form.clone().with("code", &digits(&world, &app))).await;
    assert_eq!((answer.status.as_u16(), reader.at.as_str()), (200, "/account?done=password"));
    // A recovery code stands in for the app, and the form of signing in may bring a code along.
    let page = reader.read(&answer);
    reader.send(&page.form("/sign-out")).await;
    let page = reader.page("/sign-in").await;
    let whole = page.form("/sign-in").with("email", "ana@exemple.fr").with("password", PASSWORD);
    reader.send(&whole.with("code", &codes[3])).await;
    assert_eq!(reader.at, "/structure");
    // Asking for a link says the same whoever asks.
    let mut guest = Reader::new(&world, "");
    let form = guest.page("/forgot").await.form("/forgot");
    let mut said = Vec::new();
    for email in ["ana@exemple.fr", "nobody@exemple.fr"] {
        let answer = guest.post(&form.clone().with("email", email)).await;
        assert_eq!(answer.status, 200);
        said.push(guest.read(&answer).text);
    }
    assert_eq!(said[0], said[1]);
}

async fn a_form_of_another_page_changes_nothing(world: World) {
    let (mut reader, ..) = enters(&world, "ana@exemple.fr").await;
    let page = reader.page("/account").await;
    let form = page.form("/sign-out");
    for forged in [form.clone().with("csrf", ""), form.clone().with("csrf", &"0".repeat(64))] {
        let answer = reader.post(&forged).await;
        assert_eq!(answer.status, 403);
        assert_eq!(answer.kind, "text/html; charset=utf-8");
    }
    assert_eq!(reader.open("/account").await.status, 200, "still signed in");
    // The same form is good: the control of the two above.
    reader.send(&form).await;
    reader.open("/account").await;
    assert_eq!(reader.at, "/sign-in?next=%2Faccount");
    // No page of ours sends anybody to another site.
    let page = reader.page("/sign-in?next=https%3A%2F%2Fevil.example").await;
    assert_eq!(page.form("/sign-in").get("next"), Some("/desk"));
}

async fn what_touches_money_asks_for_the_code_and_goes_on(world: World) {
    let (mut reader, app, codes) = enters(&world, "ana@exemple.fr").await;
    world.clock.advance_seconds(600);
    let page = reader.page("/account").await;
    let answer = reader.post(&page.form("/account/recovery-codes").with("kept", "x & <y>")).await;
    assert_eq!(answer.status, 422);
    let html = reader.read(&answer);
    let step = html.form("/account/recovery-codes");
    assert_eq!(step.get("kept"), Some("x & <y>"), "what was typed comes back");
    is_sound("step", "fr", &answer, &html, 30_000);
    let answer = reader.post(&step.clone().with("second-factor", "123456")).await;
    assert_eq!(answer.status, 422);
    assert_eq!(reader.read(&answer).form("/account/recovery-codes").get("kept"), Some("x & <y>"));
    let answer = reader.post(&step.with("second-factor", &digits(&world, &app))).await;
    assert_eq!(answer.status, 200);
    let html = reader.read(&answer);
    assert!(!html.text.contains(&codes[0]), "the old codes are worthless");
    // It is fresh now: no code is asked again.
    let page = reader.page("/account").await;
    let answer = reader.post(&page.form("/account/recovery-codes")).await;
    assert!(reader.read(&answer).forms.iter().all(|form| form.get("kept").is_none()));
    assert_eq!(answer.status, 200);
    // Another password: the old one is asked, and other sessions end.
    let form = reader.page("/account/password").await.form("/account/password");
    let chosen = form.with("chosen", OTHER_PASSWORD).with("again", OTHER_PASSWORD);
    let answer = reader.post(&chosen.clone().with("current", "faux")).await;
    assert_eq!(answer.status, 422);
    let answer = reader.send(&chosen.with("current", PASSWORD)).await;
    assert_eq!((answer.status.as_u16(), reader.at.as_str()), (200, "/account?done=password"));
    assert!(reader.read(&answer).text.contains("Votre mot de passe est changé"));
}

/// What the page asks a browser for a passkey.
fn asked_of_browser(html: &Html) -> serde_json::Value {
    let mut buttons = html.all("button").filter_map(|button| button.get("data-passkey"));
    let options = buttons.next().unwrap_or_else(|| panic!("no passkey is asked: {}", html.text));
    serde_json::json!({ "publicKey": serde_json::from_str::<serde_json::Value>(options).unwrap() })
}

async fn a_passkey_stands_in_for_the_code(world: World) {
    let (mut reader, ..) = enters(&world, "ana@exemple.fr").await;
    let page = reader.page("/account/passkeys").await;
    assert!(page.all("script").next().is_none(), "a script only where a browser is asked");
    let answer = reader.post(&page.form("/account/passkeys/begin")).await;
    let policy = answer.header("content-security-policy");
    assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{policy}");
    let html = reader.read(&answer);
    let script = html.first("script").and_then(|script| script.get("src")).unwrap().to_owned();
    assert_eq!(world.get(&script, "").await.kind, "text/javascript; charset=utf-8");
    let mut phone = Device::new(9);
    let made = phone.create(&asked_of_browser(&html)).to_string();
    let form = html.form("/account/passkeys").with("passkey", &made);
    let answer = reader.send(&form.with("name", "Téléphone du bureau")).await;
    let html = reader.read(&answer);
    assert!(html.text.contains("Téléphone du bureau"), "{}", html.text);
    reader.send(&html.form("/sign-out")).await;
    let form = reader.page("/sign-in?next=%2Faccount").await.form("/sign-in");
    let typed = form.with("email", "ana@exemple.fr").with("password", PASSWORD);
    let answer = reader.send(&typed).await;
    let html = reader.read(&answer);
    let given = phone.get(&asked_of_browser(&html)).to_string();
    let form = html.form("/sign-in/factor");
    // Another device does not do.
    let stranger = Device::new(8).get(&asked_of_browser(&html)).to_string();
    let answer = reader.post(&form.clone().with("passkey", &stranger)).await;
    assert_eq!(answer.status, 422);
    let html = reader.read(&answer);
    let again = phone.get(&asked_of_browser(&html)).to_string();
    assert_ne!(given, again, "each answer is to its own question");
    let form = html.form("/sign-in/factor");
    let answer = reader.send(&form.with("passkey", &again)).await;
    assert_eq!((answer.status.as_u16(), reader.at.as_str()), (200, "/account"));
    // It does for what touches money too.
    world.clock.advance_seconds(600);
    let page = reader.page("/account").await;
    let answer = reader.post(&page.form("/account/recovery-codes")).await;
    let html = reader.read(&answer);
    let given = phone.get(&asked_of_browser(&html)).to_string();
    let step = html.form("/account/recovery-codes").with("passkey", &given);
    let answer = reader.post(&step).await;
    assert_eq!(answer.status, 200);
    let page = reader.page("/account/passkeys").await;
    let id = page.all("button").find_map(|button| {
        (button.get("name") == Some("passkey-id")).then(|| button.get("value").unwrap().to_owned())
    });
    let form = page.form("/account/passkeys/removal").with("passkey-id", &id.unwrap());
    let answer = reader.send(&form).await;
    assert!(!reader.read(&answer).text.contains("Téléphone du bureau"));
}
