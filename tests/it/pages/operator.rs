//! The desk of the operator, by pages without script.
//!
//! Goal: a pay day, a second person, registers and a book's story are done and read by pages alone;
//! what is typed wrongly is told at its field; whoever is not of the operator finds nothing, and
//! whoever may only read finds no button.

mod registers;
mod replacing;

use carnet::base::id::Id;
use carnet::domain::signal::{Raised, SignalKind};
use carnet::service::audit;
use serde_json::json;

use super::forms::Reader;
use super::html::Html;
use super::is_sound;
use crate::harness::{World, on_both_engines};
use crate::people::{Browser, invitation, joined};
use crate::proposals::two;
use crate::scheme::Plan;
use crate::settlements::payday::{Accounts, Payday};

on_both_engines!(
    a_pay_day_is_done_by_pages,
    a_second_person_is_asked_and_answers,
    who_is_not_of_the_operator_finds_nothing,
    an_auditor_reads_all_and_changes_nothing,
    a_signal_is_told_and_decided,
    the_last_audit_is_told,
);

/// The most that a page of the desk weighs, in bytes.
const WEIGHT: usize = 200_000;

/// A person at a browser that shows pages.
fn reader<'a>(browser: &Browser<'a>) -> Reader<'a> {
    Reader::new(browser.world, &browser.token)
}

/// Where a page links to that begins with something.
fn links(html: &Html, begin: &str) -> Vec<String> {
    let all = html.all("a").filter_map(|link| link.get("href"));
    all.filter(|href| href.starts_with(begin)).map(ToOwned::to_owned).collect()
}

/// Every page of the desk that can be reached, sound in both languages; how many.
async fn walk(reader: &Reader<'_>) -> usize {
    let mut waiting = vec!["/operator".to_owned()];
    let mut seen = std::collections::BTreeSet::new();
    while let Some(path) = waiting.pop() {
        if !seen.insert(path.clone()) || seen.len() > 60 {
            continue;
        }
        for language in ["fr", "en"] {
            let mut reading = reader.reading(language);
            let answer = reading.open(&path).await;
            assert_eq!(answer.status, 200, "{path} ({language})");
            let html = reading.read(&answer);
            is_sound(&path, language, &answer, &html, WEIGHT);
            assert_eq!(answer.header("cache-control"), "no-store", "{path}");
            let found = links(&html, "/operator");
            waiting.extend(found.iter().map(|to| to.split('#').next().unwrap().to_owned()));
        }
    }
    seen.len()
}

/// A scheme whose order waits for its money, and the two people of the operator.
async fn waiting(world: &World) -> (Payday, Browser<'_>, Browser<'_>) {
    let plan = Plan { deposit_cents: 0, activate: false, ..Plan::default() };
    let payday = Payday::new(world, &plan, Accounts::Known).await;
    let (nora, paul) = two(world).await;
    (payday, nora, paul)
}

async fn an_order_is_funded(nora: &mut Reader<'_>, payday: &Payday) {
    let home = nora.page("/operator").await;
    assert!(home.text.contains("Commandes à activer"), "{}", home.text);
    assert!(home.text.contains("il manque 200"), "{}", home.text);
    let order = format!("/operator/orders/{}", payday.scheme.order_id);
    assert_eq!(links(&home, "/operator/orders/"), [order.as_str()]);
    let page = nora.page(&order).await;
    let activation = format!("{order}/activation");
    assert!(page.forms.iter().all(|form| form.action != activation), "it is not covered");
    let form = page.form(&format!("{order}/deposit"));
    assert_eq!(form.get("amount"), Some("200"), "what is missing is suggested");
    for (amount, reference, at) in
        [("-5", "MANDAT 1", "amount"), ("200", "déjà payé", "reference"), ("", "", "amount")]
    {
        let wrong = form.clone().with("amount", amount).with("reference", reference);
        let answer = nora.post(&wrong).await;
        assert_eq!(answer.status, 422, "{amount} {reference}");
        let html = nora.read(&answer);
        assert!(html.ids.contains(&format!("{at}-fault")), "{at}");
        let again = html.form(&form.action);
        assert_eq!((again.get("amount"), again.get("id")), (Some(amount), form.get("id")));
    }
    let right = form.with("amount", "1 000,50").with("reference", "MANDAT 2026-7");
    // Sent twice, it counts once.
    for _ in 0..2 {
        let answer = nora.send(&right).await;
        let html = nora.read(&answer);
        assert!(html.text.contains("La provision est enregistrée"), "{}", html.text);
        assert!(html.text.contains("couvre la commande"), "{}", html.text);
        assert!(html.text.contains("1\u{202f}000,50"), "{}", html.text);
    }
    let html = nora.page(&order).await;
    let answer = nora.send(&html.form(&activation)).await;
    assert!(nora.read(&answer).text.contains("La commande est active"));
}

/// Draws a settlement up; its page.
async fn a_settlement_is_drawn(nora: &mut Reader<'_>, payday: &Payday) -> String {
    let page = nora.page("/operator/settlements").await;
    let form = page.form("/operator/settlements");
    let day = format!("day-{}", payday.scheme.funder_id);
    assert_eq!(form.get(&day), Some("2026-11-21"), "yesterday is suggested");
    let answer = nora.post(&form.clone().with(&day, "2027-01-01")).await;
    assert_eq!(answer.status, 422);
    assert!(nora.read(&answer).ids.contains(&format!("{day}-fault")));
    let answer = nora.post(&form.clone().with(&day, "2026-11-20")).await;
    assert!(nora.read(&answer).text.contains("Rien n’est dû"), "it is said kindly");
    let answer = nora.send(&form.with(&day, "2026-11-22")).await;
    let html = nora.read(&answer);
    assert!(html.text.contains("Il faut une deuxième personne"), "{}", html.text);
    assert!(!html.text.contains("Approuver ce règlement"), "not by who drew it up");
    nora.at.split('?').next().unwrap().to_owned()
}

async fn a_pay_day_is_done_by_pages(world: World) {
    let (payday, nora, paul) = waiting(&world).await;
    let (mut nora, mut paul) = (reader(&nora), reader(&paul));
    an_order_is_funded(&mut nora, &payday).await;
    let used = payday.redeem(&world, 0, 0).await;
    payday.redeem(&world, 1, 10).await;
    let settlement = a_settlement_is_drawn(&mut nora, &payday).await;
    let decision = format!("{settlement}/decision");
    // The negative control: the form that the page does not have.
    let forged = nora.page(&settlement).await.form(&decision).with("decision", "approve");
    assert_eq!(nora.post(&forged).await.status, 403);
    let home = paul.page("/operator").await;
    assert!(home.text.contains("Règlements à approuver"), "{}", home.text);
    assert!(!home.text.contains("Registres"), "the second person reads no registers");
    assert_eq!(links(&home, "/operator/settlements/"), [settlement.as_str()]);
    let form = paul.page(&settlement).await.form(&decision).with("decision", "approve");
    let answer = paul.send(&form).await;
    assert!(paul.read(&answer).text.contains("Le règlement est approuvé"));
    let page = nora.page(&settlement).await;
    let file = links(&page, "/api/v1/settlements/");
    assert_eq!(nora.open(&file[0]).await.kind, "application/xml; charset=utf-8");
    let payments = links(&page, "/operator/payments/");
    assert_eq!(payments.len(), 2);
    for (payment, outcome, says) in
        [(&payments[0], "confirmed", "est confirmé"), (&payments[1], "rejected", "rejet est noté")]
    {
        let form = nora.page(payment).await.form("").with("outcome", outcome);
        let answer = nora.send(&form).await;
        let html = nora.read(&answer);
        assert!(html.text.contains(says), "{}", html.text);
        assert!(html.forms.iter().all(|form| !form.action.is_empty()), "it has ended");
    }
    a_story_is_read(&mut nora, &used.serial, &payments[0]).await;
    assert!(walk(&nora).await > 20);
    assert!(walk(&paul).await > 5);
    crate::audit::holds(&world).await;
}

/// From a serial to all that happened, and to a line and its proof.
async fn a_story_is_read(nora: &mut Reader<'_>, serial: &str, payment: &str) {
    let answer = nora.open(&format!("/operator/search?q={serial}")).await;
    assert_eq!(nora.at, format!("/operator/books/{serial}"), "one thing found is gone to");
    let html = nora.read(&answer);
    for says in [
        "Commandé",
        "Créé",
        "la commande est active",
        "Utilisé à « Atelier »",
        "Règlement approuvé",
    ] {
        let says = says.replace("« ", "«\u{a0}").replace(" »", "\u{a0}»");
        assert!(html.text.contains(&says), "{says}: {}", html.text);
    }
    assert!(html.text.contains("Payé à") || html.text.contains("rejeté par la banque"));
    let places = links(&html, "/operator/ledgers/");
    let numbers: Vec<u32> =
        places.iter().map(|place| place.rsplit('/').next().unwrap().parse().unwrap()).collect();
    assert!(numbers.len() >= 7 && numbers.is_sorted(), "in order: {numbers:?}");
    let mut kinds = Vec::new();
    for place in &places {
        let line = nora.page(place).await;
        let proof = links(&line, "/ledger/");
        assert!(nora.open(&proof[0]).await.status.is_success());
        let kind = line.text.split("\"kind\":\"").nth(1).unwrap().split('"').next().unwrap();
        kinds.push(kind.to_owned());
    }
    assert!(kinds.contains(&"voucher-redeemed".to_owned()), "{kinds:?}");
    // The other vouchers of the book were in no payment.
    let other = format!("{}-09", serial.split('-').next().unwrap());
    let html = nora.page(&format!("/operator/books/{other}")).await;
    assert!(!html.text.contains("Utilisé à"), "{}", html.text);
    // A reference of the bank leads to its payment; what is not there is said kindly.
    let bare = payment.rsplit('_').next().unwrap().to_uppercase();
    nora.open(&format!("/operator/search?q={bare}")).await;
    assert_eq!(nora.at, payment);
    for unknown in ["9999999", "nobody%20at%20all", "venue_01h455vb4pex5vsknk084sn02q"] {
        let html = nora.page(&format!("/operator/search?q={unknown}")).await;
        assert!(html.text.contains("Rien ne répond"), "{unknown}");
    }
    nora.open("/operator/search?q=mediatheque").await;
    assert!(nora.at.starts_with("/operator/organisations/structure_"), "{}", nora.at);
    assert_eq!(nora.open("/operator/books/9999999").await.status, 404);
}

async fn a_second_person_is_asked_and_answers(world: World) {
    let id = crate::people::structure(&world, "La Quincaillerie").await;
    let (nora, paul) = two(&world).await;
    let (mut nora, mut paul) = (reader(&nora), reader(&paul));
    let home = nora.page("/operator").await;
    assert!(home.text.contains("Sans compte bancaire"), "{}", home.text);
    let path = format!("/operator/organisations/{id}/account");
    let form = nora.page(&path).await.form("");
    assert_eq!(form.get("holder"), Some("La Quincaillerie"));
    let answer = nora.post(&form.clone().with("iban", "FR00 1234").with("holder", "")).await;
    assert_eq!(answer.status, 422);
    let html = nora.read(&answer);
    assert!(html.ids.contains("iban-fault") && html.ids.contains("holder-fault"));
    assert_eq!(html.elements.iter().filter(|it| it.get("autofocus").is_some()).count(), 1);
    let iban = crate::proposals::NEW;
    crate::canary::mark(iban);
    let answer = nora.send(&form.with("iban", iban)).await;
    let html = nora.read(&answer);
    assert!(html.text.contains("Il faut une deuxième personne"), "{}", html.text);
    assert!(!html.text.contains("Approuver"), "who asked does not approve");
    let proposal = nora.at.split('?').next().unwrap().to_owned();
    let forged = html.form("").with("decision", "approve");
    let answer = nora.post(&forged).await;
    assert_eq!(answer.status, 422);
    assert!(nora.read(&answer).text.contains("Demandez à quelqu’un d’autre"));
    let own = nora.page("/operator").await;
    assert!(own.text.contains("attendent une autre personne"), "{}", own.text);
    let home = paul.page("/operator").await;
    assert_eq!(links(&home, "/operator/proposals/"), [proposal.as_str()]);
    let page = paul.page(&proposal).await;
    assert!(page.text.contains(iban), "all that will count is shown");
    let answer = paul.send(&page.form("").with("decision", "approve")).await;
    assert!(paul.read(&answer).text.contains("C’est approuvé, et fait"));
    let html = nora.page(&format!("/operator/organisations/{id}")).await;
    assert!(html.text.contains("DE…3000") && !html.text.contains(iban), "{}", html.text);
    assert!(!nora.page("/operator").await.text.contains("La Quincaillerie"));
    // Given up by who asked: nothing changes.
    let page = nora.page(&path).await;
    let answer = nora.send(&page.form("").with("iban", crate::proposals::OLD)).await;
    let form = nora.read(&answer).form("").with("decision", "withdraw");
    let answer = nora.send(&form).await;
    assert!(nora.read(&answer).text.contains("abandonnée"));
    assert_eq!(crate::proposals::lines(&world, "bank-account-recorded").await, 1);
}

async fn who_is_not_of_the_operator_finds_nothing(world: World) {
    let payday = Payday::new(&world, &Plan::default(), Accounts::Missing).await;
    let structure = payday.scheme.structure_id.to_string();
    let mut ana = joined(&world, invitation("ana@exemple.fr", "structure", &structure)).await;
    ana.enrol().await;
    let funder = payday.scheme.funder_id.to_string();
    let mut bob = joined(&world, invitation("bob@exemple.fr", "funder", &funder)).await;
    bob.enrol().await;
    let venue = format!("/operator/venues/{}", payday.scheme.venue_id);
    for other in [&ana, &bob] {
        let mut other = reader(other);
        for path in [
            "/operator",
            "/operator/settlements",
            "/operator/organisations",
            "/operator/signals",
            "/operator/search?q=a",
            "/operator/state",
            "/operator/losses",
            "/operator/books/0000001",
            &format!("/operator/orders/{}", payday.scheme.order_id),
            &format!("/operator/organisations/{structure}"),
            &format!("/operator/ledgers/{funder}/0"),
            &venue,
        ] {
            let answer = other.open(path).await;
            assert_eq!(answer.status, 404, "{path}");
        }
        let home = other.page("/account").await;
        let mut forged = home.form("/sign-out").with("state", "suspended");
        forged.action.clone_from(&venue);
        assert_eq!(other.post(&forged).await.status, 404);
    }
    let path = format!("/api/v1/venues/{}", payday.scheme.venue_id);
    assert_eq!(world.get(&path, &world.operator).await.good()["state"], "qualified");
    let mut nobody = Reader::new(&world, "");
    nobody.open("/operator").await;
    assert_eq!(nobody.at, "/sign-in?next=%2Foperator");
}

async fn an_auditor_reads_all_and_changes_nothing(world: World) {
    let (payday, ..) = waiting(&world).await;
    let own = world.operator_id.to_string();
    let eve = joined_later(&world, &own).await;
    let mut eve = reader(&eve);
    assert!(walk(&eve).await > 10);
    for path in [
        "/operator".to_owned(),
        "/operator/settlements".to_owned(),
        "/operator/signals".to_owned(),
        format!("/operator/orders/{}", payday.scheme.order_id),
        format!("/operator/venues/{}", payday.scheme.venue_id),
        format!("/operator/organisations/{}", payday.scheme.structure_id),
    ] {
        let page = eve.page(&path).await;
        let posts = page.forms.iter().filter(|form| form.method == "post");
        let others: Vec<_> = posts.filter(|form| form.action != "/sign-out").collect();
        assert!(others.is_empty(), "{path}: {others:?}");
    }
    let page = eve.page(&format!("/operator/organisations/{}", payday.scheme.structure_id)).await;
    assert!(!page.text.contains('@'), "who the people are is for those who invite them");
    let mut forged = page.form("/sign-out").with("state", "suspended");
    forged.action = format!("/operator/venues/{}", payday.scheme.venue_id);
    assert_eq!(eve.post(&forged).await.status, 403);
}

/// An auditor, whom the two people of the operator need not decide on together.
async fn joined_later<'a>(world: &'a World, own: &str) -> Browser<'a> {
    let mut eve = joined(world, invitation("eve@exemple.fr", "auditor", own)).await;
    eve.get("sessions/current").await.good();
    assert_eq!(eve.standing(), "open");
    eve
}

async fn a_signal_is_told_and_decided(world: World) {
    let (payday, nora, _) = waiting(&world).await;
    let about = payday.scheme.venue_id.any();
    let on = "2026-11-21".parse().unwrap();
    let raised = Raised { kind: SignalKind::WholeBooks, about, on, count: 4, of: 5 };
    let id: Id<carnet::base::id::Signal> = raised.id();
    let row = format!(
        "INSERT INTO signal (signal_id, kind, about_id, raised_on, counted, counted_of, raised_at)
         VALUES ('{id}', 'whole-books', '{about}', '{on}', 4, 5, 0)"
    );
    world.run_sql(&row).await;
    let mut nora = reader(&nora);
    let home = nora.page("/operator").await;
    assert!(home.text.contains("Atelier\u{a0}: 4 carnets entiers"), "{}", home.text);
    let page = nora.page("/operator/signals").await;
    let form = page.form(&format!("/operator/signals/{id}"));
    // Nothing chosen decides nothing.
    nora.send(&form).await;
    assert!(nora.page("/operator").await.text.contains("Signaux à regarder"));
    let answer = nora.send(&form.with(&format!("decision-{id}"), "explained")).await;
    let html = nora.read(&answer);
    assert!(html.text.contains("raison honnête"), "{}", html.text);
    assert!(html.forms.iter().all(|form| !form.action.starts_with("/operator/signals/")));
    assert!(!nora.page("/operator").await.text.contains("Signaux à regarder"));
    assert_eq!(
        world.get("/api/v1/signals", &world.operator).await.good()[0]["decided"]["decision"],
        json!("explained")
    );
}

async fn the_last_audit_is_told(world: World) {
    let (_, nora, _) = waiting(&world).await;
    let mut nora = reader(&nora);
    let html = nora.page("/operator/state").await;
    assert!(html.text.contains("Aucun contrôle depuis le démarrage"), "{}", html.text);
    let instance = &world.instance;
    let came = audit::run(&instance.database, &instance.keys, &instance.signer, &mut |_| ()).await;
    audit::remember(instance, &came);
    let html = nora.page("/operator/state").await;
    assert!(html.text.contains("Tout est juste"), "{}", html.text);
    assert!(!nora.page("/operator").await.text.contains("contrôle de la nuit ("));
    let broken = Err(carnet::service::Error::Fault("no room".to_owned()));
    audit::remember(instance, &broken);
    let html = nora.page("/operator/state").await;
    assert!(html.text.contains("n’a pas pu se faire"), "{}", html.text);
    assert!(nora.page("/operator").await.text.contains("n’a pas dit que tout est juste"));
}
