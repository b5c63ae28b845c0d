//! The funder's desk, as somebody uses it who has no script.
//!
//! Goal: every number adds up with the ledger's own balances and leads to its lines; nothing is
//! written before it was read back; who only reads finds no button, who is another's finds nothing.

mod ordering;
mod rules;

use std::collections::BTreeSet;

use carnet::base::id::{Closing, Funder, HandOver, Id, Movement};
use carnet::domain::access::{Actor, Role};
use carnet::domain::ledger::account::{Account, AccountKind};
use carnet::domain::organisation::OrganisationId;
use carnet::domain::progress::Stage;
use carnet::service::follow::{self, Overview};
use serde_json::json;

use super::forms::Reader;
use super::html::Html;
use super::is_sound;
use crate::harness::{Answer, World, on_both_engines};
use crate::people::{invitation, joined};
use crate::registers::funder_body;
use crate::scheme::{Plan, Scheme};
use crate::settlements::payday::{Accounts, Payday, total};

on_both_engines!(
    the_figures_add_up_and_lead_to_their_lines,
    what_was_not_used_lapses_and_comes_back,
    who_only_reads_finds_no_button,
    another_funder_finds_nothing,
    a_settlement_is_approved_where_the_funder_pays,
    files_hold_what_pages_show,
);

/// Somebody who works for a funder, signed in.
pub(super) async fn person<'a>(
    world: &'a World,
    email: &str,
    role: &str,
    funder: Id<Funder>,
) -> Reader<'a> {
    let mut browser = joined(world, invitation(email, role, &funder.to_string())).await;
    if role == "funder" {
        browser.enrol().await;
    }
    Reader::new(world, &browser.token)
}

/// What a page says, on one line, with plain spaces.
pub(super) fn said(html: &Html) -> String {
    let text = html.text.replace(['\u{a0}', '\u{202f}'], " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn body(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.bytes).into_owned()
}

/// All that a funder follows, as the service tells it.
async fn overview(world: &World, funder: Id<Funder>) -> Overview {
    let organisation: OrganisationId = funder.any().try_into().unwrap();
    let actor = Actor::of(world.operator_id.any(), Role::Funder, organisation);
    follow::overview(&world.instance, &actor).await.unwrap()
}

async fn moves(world: &World, first: u32, last: u32, to: &str, site: Option<&str>) {
    let id: Id<Movement> = world.id();
    let mut body =
        json!({ "first": format!("{first:07}"), "last": format!("{last:07}"), "to": to });
    if let Some(site) = site {
        body["site_id"] = json!(site);
    }
    world.put(&format!("/api/v1/movements/{id}"), &world.operator, body).await.good();
}

/// Six books: one at the printer, one in stock, one handed over, one begun, one lost, one used up
/// but for a voucher that was undone.
async fn lived(world: &World) -> Payday {
    let plan = Plan { books: 6, ..Plan::default() };
    let payday = Payday::new(world, &plan, Accounts::Known).await;
    let numbers: Vec<u32> =
        payday.scheme.books.iter().map(|book| book.serial.parse().unwrap()).collect();
    let site = payday.scheme.site_id.to_string();
    for book in &numbers[1..] {
        moves(world, *book, *book, "in_stock", Some(&site)).await;
    }
    for book in [numbers[2], numbers[3], numbers[5]] {
        let id: Id<HandOver> = world.id();
        let body = json!({ "book": format!("{book:07}"), "site_id": site });
        world.put(&format!("/api/v1/hand-overs/{id}"), &world.operator, body).await.good();
    }
    moves(world, numbers[4], numbers[4], "lost", None).await;
    for voucher in [30, 31, 32] {
        payday.redeem(world, 0, voucher).await;
    }
    for voucher in 50..60 {
        payday.redeem(world, 1, voucher).await;
    }
    let undone = payday.redeem(world, 0, 33).await;
    payday.reverse(world, &payday.scheme.venue, &undone).await.good();
    payday
}

/// The figures against the ledger's own balances.
async fn adds_up(world: &World, payday: &Payday) -> Overview {
    let known = overview(world, payday.scheme.funder_id).await;
    let balances = payday.balances(world).await;
    for it in &known.campaigns {
        let progress = &it.progress;
        assert!(progress.adds_up(), "{progress:?}");
        let float = Account::Float(it.campaign_id);
        let tally = balances.tally(float);
        assert_eq!(progress.left(), tally.vouchers, "{progress:?}");
        assert_eq!(it.worth(progress.left()), balances.balance(float).cents());
        // What was issued went out of the deposit, and nothing else did.
        // A redemption that was undone went out and came back.
        let undone = tally.credits - it.worth(progress.issued);
        assert!(undone >= 0, "{progress:?}");
        assert_eq!(it.worth(progress.redeemed + progress.lapsed) + undone, tally.debits);
    }
    known
}

async fn the_figures_add_up_and_lead_to_their_lines(world: World) {
    let payday = lived(&world).await;
    let known = adds_up(&world, &payday).await;
    let progress = known.campaigns[0].progress;
    assert_eq!((progress.issued, progress.redeemed, progress.lapsed), (60, 13, 0));
    let heaps = Stage::ALL.map(|stage| {
        let heap = progress.heap(stage);
        (heap.books, heap.vouchers)
    });
    assert_eq!(heaps, [(1, 10), (1, 10), (1, 10), (1, 7), (1, 0), (1, 10)]);

    let mut reader = person(&world, "ana@exemple.fr", "funder", payday.scheme.funder_id).await;
    for language in ["fr", "en"] {
        let mut reader = reader.reading(language);
        let answer = reader.open("/funder").await;
        let html = reader.read(&answer);
        is_sound("/funder", language, &answer, &html, 60_000);
        let text = said(&html);
        let total = if language == "fr" { "600 €100 %" } else { "€600100%" };
        assert!(text.contains(total), "{text}");
        // The table below the curve ends with what was used.
        assert!(html.all("polyline").count() >= 1 && text.contains("1313"), "{text}");
    }
    // Each number leads to as many rows as it says.
    for (stage, books) in Stage::ALL.map(|stage| (stage, 1)) {
        let html = reader.page(&format!("/funder/books?stage={}", stage.as_str())).await;
        assert_eq!(html.all("tr").count(), books + 1, "{stage:?}");
    }
    let html = reader.page("/funder/uses").await;
    assert_eq!(html.all("tr").count(), 15, "thirteen, the one that was undone, and the head");
    assert_eq!(html.all("del").count(), 1);
    a_list_begins_where_no_number_says(&mut reader).await;
    every_page_is_sound(&mut reader).await;
}

/// An address that somebody changed by hand leads to the list from its beginning.
async fn a_list_begins_where_no_number_says(reader: &mut Reader<'_>) {
    for (list, place) in [
        ("/funder/books", "after=seven"),
        ("/funder/uses", "before=&campaign="),
        ("/funder/orders", "before=x"),
        ("/funder/money/funds", "before=1&before=2"),
    ] {
        let text = said(&reader.page(list).await);
        let other = said(&reader.page(&format!("{list}?{place}")).await);
        assert_eq!(other, text, "{list}?{place}");
    }
}

/// Every page that the desk links to, in both languages, as far as it goes.
async fn every_page_is_sound(reader: &mut Reader<'_>) {
    let mut seen = BTreeSet::new();
    for language in ["fr", "en"] {
        let mut reader = reader.reading(language);
        let mut waiting = vec!["/funder".to_owned()];
        while let Some(path) = waiting.pop() {
            if !seen.insert(format!("{language} {path}")) {
                continue;
            }
            let answer = reader.open(&path).await;
            assert_eq!(answer.status, 200, "{path}: {}", body(&answer));
            if !answer.kind.starts_with("text/html") {
                continue;
            }
            let html = reader.read(&answer);
            is_sound(&path, language, &answer, &html, 200_000);
            let links = html.all("a").filter_map(|link| link.get("href"));
            let links = links.map(|link| link.split('#').next().unwrap_or_default().to_owned());
            waiting.extend(links.filter(|link| link.starts_with("/funder")));
        }
    }
    assert!(seen.len() > 40, "{}: {seen:?}", seen.len());
}

async fn what_was_not_used_lapses_and_comes_back(world: World) {
    let payday = lived(&world).await;
    world.clock.set("2027-01-31T23:00:00.000Z".parse().unwrap());
    let before = adds_up(&world, &payday).await;
    let left = before.campaigns[0].progress.left();
    assert!(left > 0 && before.campaigns[0].progress.lapsed == 0);
    let mut reader = person(&world, "ana@exemple.fr", "funder", payday.scheme.funder_id).await;
    let text = said(&reader.page("/funder").await);
    assert!(text.contains("peut clore le déploiement"), "{text}");

    let id: Id<Closing> = world.id();
    let closing = json!({ "campaign_id": payday.scheme.campaign_id });
    world.put(&format!("/api/v1/closings/{id}"), &world.operator, closing).await.good();
    let after = adds_up(&world, &payday).await;
    let progress = after.campaigns[0].progress;
    assert_eq!((progress.left(), progress.lapsed), (0, left));
    let refund = total(&payday.balances(&world).await, AccountKind::Refund);
    assert_eq!(refund, after.campaigns[0].worth(left));
    let html = reader.page("/funder/money/refund").await;
    assert!(said(&html).contains("Déploiement clos"), "{}", said(&html));
    every_page_is_sound(&mut reader).await;
}

async fn who_only_reads_finds_no_button(world: World) {
    let scheme = Scheme::new(&world).await;
    let mut manager = person(&world, "ana@exemple.fr", "funder", scheme.funder_id).await;
    let mut reader = person(&world, "leo@exemple.fr", "funder-reader", scheme.funder_id).await;
    let campaign = format!("/funder/campaigns/{}", scheme.campaign_id);
    let order = format!("/funder/orders/{}", scheme.order_id);
    for path in
        ["/funder", "/funder/campaigns", "/funder/orders", "/funder/money", &campaign, &order]
    {
        let html = reader.page(path).await;
        let forms = html.all("form").filter(|form| form.get("method") == Some("post"));
        let forms: Vec<_> = forms.filter(|form| form.get("action") != Some("/sign-out")).collect();
        assert!(forms.is_empty(), "{path}: {forms:?}");
        assert!(!html.all("a").any(|link| link.get("class") == Some("button")), "{path}");
        assert!(!said(&html).contains("(PDF)"), "{path}: books can be printed");
    }
    // Negative control: the manager does see them.
    let html = manager.page(&order).await;
    assert!(said(&html).contains("Carnets 1 à 2 (PDF)"), "{}", said(&html));
    let form = manager.page("/funder/orders/new").await.form("/funder/orders");
    reader.at.clone_from(&manager.at);
    let csrf = reader.page("/funder").await.form("/sign-out").get("csrf").unwrap().to_owned();
    let form = form.with("csrf", &csrf).with("books", "3").with("step", "keep");
    let answer = reader.post(&form.with("approved", "yes")).await;
    assert_eq!(answer.status, 403, "{}", body(&answer));
    assert_eq!(reader.open("/funder/campaigns/new").await.status, 403);
    assert_eq!(reader.open("/funder/orders/new").await.status, 403);
    assert_eq!(reader.open(&format!("{campaign}/proof.pdf")).await.status, 403);
    let known = overview(&world, scheme.funder_id).await;
    assert_eq!(known.campaigns[0].orders, 1, "nothing was ordered");
}

async fn another_funder_finds_nothing(world: World) {
    let payday = Payday::new(&world, &Plan::default(), Accounts::Known).await;
    payday.redeem(&world, 0, 0).await;
    let (settlement, _) = payday.settle(&world, "2026-11-22").await;
    let scheme = &payday.scheme;
    let other: Id<Funder> = world.id();
    let path = format!("/api/v1/organisations/{other}");
    world.put(&path, &world.operator, funder_body("Un autre", "held")).await.good();
    let mut own = person(&world, "ana@exemple.fr", "funder", scheme.funder_id).await;
    let mut foreign = person(&world, "zoe@exemple.fr", "funder", other).await;
    let (book, voucher) = (&scheme.books[0].serial, &scheme.voucher(0, 0).serial);
    let (campaign, order) = (scheme.campaign_id, scheme.order_id);
    for path in [
        format!("/funder/campaigns/{campaign}"),
        format!("/funder/campaigns/{campaign}/proof.pdf"),
        format!("/funder/orders/{order}"),
        format!("/funder/books/{book}"),
        format!("/funder/books?order={order}"),
        format!("/funder/books?campaign={campaign}"),
        format!("/funder/uses?campaign={campaign}"),
        format!("/funder/uses?venue={}", scheme.venue_id),
        format!("/funder/venues?campaign={campaign}"),
        format!("/funder/vouchers/{voucher}"),
        format!("/funder/money/settlements/{settlement}"),
        format!("/funder/money/settlements/{settlement}/statements/{}", scheme.structure_id),
        format!("/funder/export/uses.csv?campaign={campaign}"),
    ] {
        assert_eq!(own.open(&path).await.status, 200, "{path}");
        let answer = foreign.open(&path).await;
        assert_eq!(answer.status, 404, "{path}: {}", body(&answer));
    }
    let editing = format!("/funder/campaigns/{campaign}/edit");
    assert_eq!(foreign.open(&editing).await.status, 404);
    let text = said(&foreign.page("/funder").await);
    assert!(text.contains("pas encore de déploiement"), "{text}");
    // Somebody who is no funder at all.
    let structure =
        invitation("max@exemple.fr", "structure-accountant", &scheme.structure_id.to_string());
    let browser = joined(&world, structure).await;
    let mut stranger = Reader::new(&world, &browser.token);
    for path in ["/funder", "/funder/uses", "/funder/money", "/funder/proofs"] {
        assert_eq!(stranger.open(path).await.status, 403, "{path}");
    }
    let mut nobody = Reader::new(&world, "");
    nobody.open("/funder/money").await;
    assert!(nobody.at.starts_with("/sign-in?next="), "{}", nobody.at);
}

async fn a_settlement_is_approved_where_the_funder_pays(world: World) {
    for mode in ["held", "pledged"] {
        let plan = Plan { mode, ..Plan::default() };
        let payday = Payday::new(&world, &plan, Accounts::Known).await;
        payday.redeem(&world, 0, 0).await;
        payday.redeem(&world, 1, 1).await;
        let (id, drawn) = payday.settle(&world, "2026-11-22").await;
        drawn.good();
        let funder = payday.scheme.funder_id;
        let mut reader = person(&world, &format!("{mode}@exemple.fr"), "funder", funder).await;
        let path = format!("/funder/money/settlements/{id}");
        let html = reader.page(&path).await;
        let action = format!("{path}/approval");
        let has_button = html.all("form").any(|form| form.get("action") == Some(&action));
        assert_eq!(has_button, mode == "pledged", "{}", said(&html));
        let dashboard = said(&reader.page("/funder").await);
        assert_eq!(dashboard.contains("attend votre accord"), mode == "pledged", "{dashboard}");
        if mode == "held" {
            assert!(said(&html).contains("deuxième regard de l’opérateur"), "{}", said(&html));
            continue;
        }
        let colleague = format!("reader-{mode}@exemple.fr");
        let mut colleague = person(&world, &colleague, "funder-reader", funder).await;
        let seen = said(&colleague.page(&path).await);
        assert!(seen.contains("l’accord d’un responsable"), "{seen}");
        reader.page(&path).await;
        let answer = reader.send(&html.form(&action)).await;
        let html = reader.read(&answer);
        let text = said(&html);
        assert!(text.contains("Le règlement est approuvé") && text.contains("pain.001"), "{text}");
        let statement = format!("{path}/statements/{}", payday.payees[0].0);
        let text = said(&reader.page(&statement).await);
        assert!(text.contains("Encaissement") && text.contains("10 €"), "{text}");
    }
}

async fn files_hold_what_pages_show(world: World) {
    let payday = lived(&world).await;
    let mut reader = person(&world, "ana@exemple.fr", "funder", payday.scheme.funder_id).await;
    let file = reader.open("/funder/export/uses.csv").await;
    assert_eq!(file.kind, "text/csv; charset=utf-8; header=present");
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"uses.csv\"");
    let text = body(&file);
    assert_eq!(text.lines().count(), 15, "{text}");
    assert!(text.starts_with('\u{feff}') && text.contains(";10,00;annulé;"), "{text}");
    let figures = body(&reader.open("/funder/export/figures.csv").await);
    assert!(figures.contains("Chèques payés d’avance;;60;600,00"), "{figures}");
    assert!(body(&reader.open("/funder/export/books.csv?stage=begun").await).lines().count() == 2);
    for name in ["figures", "uses", "books", "venues"] {
        let book = reader.open(&format!("/funder/export/{name}.xlsx")).await;
        assert!(book.bytes.starts_with(b"PK\x03\x04"), "{name}: {}", book.kind);
    }
    for name in ["figures.pdf", "secrets.csv", "uses"] {
        assert_eq!(reader.open(&format!("/funder/export/{name}")).await.status, 404, "{name}");
    }
}
