//! The desk of who hands books over, by pages without script.
//!
//! Goal: a book goes from a parcel to a person in three gestures, once however often a form is
//! sent; a lost one is worth nothing at once; what was answered remains as counts that are tied to
//! no book; nobody reaches another organisation's books.

use carnet::base::id::{Distributor, Id};
use serde_json::{Value, json};

use super::forms::Reader;
use super::html::Html;
use super::is_sound;
use crate::harness::{Answer, World, on_both_engines};
use crate::people::{invitation, joined};
use crate::scheme::{Plan, Scheme};

on_both_engines!(
    a_book_goes_to_a_person_in_three_gestures,
    a_parcel_is_looked_at_before_it_is_received,
    a_lost_book_is_worth_nothing_at_once,
    a_book_is_moved_and_given_back,
    a_book_that_is_refused_is_not_offered,
    counts_remain_and_no_more,
    a_worker_does_less,
    another_organisation_finds_nothing,
    every_page_is_sound_in_both_languages,
);

/// The most that a page may weigh here.
const BYTES: usize = 200_000;

/// Somebody who works for a distributor.
async fn works<'a>(
    world: &'a World,
    distributor: Id<Distributor>,
    role: &str,
    email: &str,
) -> Reader<'a> {
    let body = invitation(email, role, &distributor.to_string());
    let browser = joined(world, body).await;
    Reader::new(world, &browser.token)
}

/// A scheme with some books, and somebody who keeps its distributor.
async fn begin(world: &World, books: i64) -> (Scheme, Reader<'_>) {
    let rules = json!({ "activation": "on_hand_over" });
    let scheme = Scheme::plan(world, &Plan { books, rules, ..Plan::default() }).await;
    let reader = works(world, scheme.distributor_id, "distributor", "lea@exemple.fr").await;
    (scheme, reader)
}

/// A text with plain blanks.
fn plain(text: &str) -> String {
    text.replace(['\u{a0}', '\u{202f}'], " ")
}

#[track_caller]
fn says(html: &Html, words: &str) {
    assert!(plain(&html.text).contains(words), "{words}: {}", html.text);
}

/// A page where a form led.
async fn sent(reader: &mut Reader<'_>, form: &super::html::Form) -> Html {
    let answer = reader.send(form).await;
    assert_eq!(answer.status, 200, "{}: {}", reader.at, answer.text());
    reader.read(&answer)
}

/// A form that was drawn again, with a fault that is tied to its field.
#[track_caller]
fn refused(reader: &Reader<'_>, answer: &Answer, words: &str) {
    assert_eq!(answer.status, 422, "{words}");
    let html = reader.read(answer);
    says(&html, words);
    let tied = html.all("input").find(|field| field.get("aria-invalid") == Some("true")).unwrap();
    let ids = tied.get("aria-describedby").unwrap();
    assert!(ids.split(' ').all(|id| html.ids.contains(id)), "{ids}");
}

/// Scans two books of a parcel, and receives what is between.
async fn receive(reader: &mut Reader<'_>, first: &str, last: &str) -> Html {
    let page = reader.page("/distributor/receive").await;
    let scanned = page.form("/distributor/receive").with("first", first);
    let page = sent(reader, &scanned).await;
    let both = page.forms.iter().rfind(|form| form.action == "/distributor/receive").unwrap();
    let page = sent(reader, &both.clone().with("last", last)).await;
    sent(reader, &page.form("/distributor/receive")).await
}

/// What the API says of a book.
async fn book(world: &World, number: u32) -> Value {
    world.get(&format!("/api/v1/books/{number:07}"), &world.operator).await.good()
}

async fn lines(world: &World, scheme: &Scheme) -> Value {
    world.get(&format!("/ledger/{}/totals", scheme.funder_id), "").await.json()["size"].clone()
}

async fn a_book_goes_to_a_person_in_three_gestures(world: World) {
    let (scheme, mut reader) = begin(&world, 3).await;
    let covers: Vec<&str> = scheme.books.iter().map(|book| book.cover_url.as_str()).collect();
    let received = receive(&mut reader, covers[0], covers[2]).await;
    says(&received, "les carnets sont dans le stock de ce lieu");
    says(&received, "0000001 à 0000003");
    let voucher = scheme.voucher(0, 0).url.clone();
    assert_eq!(scheme.redeem(&world, &voucher).await.code(), "voucher-inactive");

    // One: the scanner types into the field that has the focus, and sends with its Enter.
    let page = reader.page("/distributor/hand-over").await;
    let field = page.all("input").find(|field| field.get("autofocus").is_some()).unwrap();
    assert_eq!(field.get("name"), Some("book"));
    let scan = page.form("/distributor/hand-over").with("book", covers[0]);
    let page = sent(&mut reader, &scan).await;
    assert_eq!(reader.at, "/distributor/hand-over?book=0000001");
    says(&page, "10 chèques de 10 €");
    // Two: each question stands on "not known"; one is answered. Three: the button has the focus.
    let give = page.form("/distributor/hand-over");
    for question in ["age", "gender", "situation", "need"] {
        assert_eq!(give.get(question), Some("not-known"), "{question}");
    }
    let focused = page.elements.iter().find(|it| it.get("autofocus").is_some()).unwrap();
    assert_eq!(focused.name, "button");
    let before = lines(&world, &scheme).await;
    let give = give.with("age", "60-to-69");
    let done = sent(&mut reader, &give).await;
    assert_eq!(reader.at, "/distributor/hand-over?done=0000001");
    says(&done, "Le carnet 0000001 est remis");
    assert!(done.all("a").any(|link| link.get("href") == Some("/distributor/letter/0000001")));
    scheme.redeem(&world, &voucher).await.good();
    let after = lines(&world, &scheme).await;
    // A double click changes nothing and counts nothing.
    says(&sent(&mut reader, &give).await, "Le carnet 0000001 est remis");
    assert_eq!(lines(&world, &scheme).await, after);
    assert_ne!(before, after);
    let mut tx = world.instance.database.read().await.unwrap();
    let month = "2026-11".parse().unwrap();
    let counted = carnet::store::statistic::between(&mut tx, &[scheme.site_id], (month, month))
        .await
        .unwrap();
    let found: Vec<(&str, &str, i64)> =
        counted.iter().map(|it| (&*it.question, &*it.answer, it.counted)).collect();
    let not_known = |question| (question, "not-known", 1);
    let expected =
        [("age", "60-to-69", 1), not_known("gender"), not_known("need"), not_known("situation")];
    assert_eq!(found, expected);
    drop(tx);
    // What was handed over is not handed over again; the page says what to do.
    let again = reader.page("/distributor/hand-over?book=1").await;
    says(&again, "Le carnet 0000001 est déjà remis");
    // A code that pays is no cover, and stands nowhere in the answer.
    let wrong = page.form("/distributor/hand-over");
    let wrong = wrong.with("id", "").with("book", &scheme.voucher(1, 0).url);
    let answer = reader.post(&wrong).await;
    refused(&reader, &answer, "C’est le code d’un chèque");
    let tail = &scheme.voucher(1, 0).url[60..];
    assert!(!String::from_utf8_lossy(&answer.bytes).contains(tail));
    let answer = reader.post(&wrong.with("book", "mon carnet")).await;
    refused(&reader, &answer, "Ce n’est pas un numéro de carnet");
}

async fn a_parcel_is_looked_at_before_it_is_received(world: World) {
    let (scheme, mut reader) = begin(&world, 6).await;
    let other = Scheme::plan(&world, &Plan { books: 1, ..Plan::default() }).await;
    for to in ["in_stock", "lost"] {
        let id: Id<carnet::base::id::Movement> = world.id();
        let mut body = json!({ "first": "0000003", "last": "0000003", "to": to });
        if to == "in_stock" {
            body["site_id"] = json!(scheme.site_id);
        }
        world.put(&format!("/api/v1/movements/{id}"), &scheme.distributor, body).await.good();
    }
    let before = lines(&world, &scheme).await;
    let page = reader.page("/distributor/receive?first=1&last=7").await;
    for words in [
        "0000001 à 0000002",
        "Ne peut pas être reçu : perdu ou volé",
        "0000004 à 0000006",
        "Inconnu, ou chez quelqu’un d’autre",
        "ne peuvent pas être reçus tels quels",
    ] {
        says(&page, words);
    }
    assert!(other.books[0].serial == "0000007");
    // Nothing can be confirmed but the parts that are sound, each by a link.
    assert_eq!(page.forms.iter().filter(|it| it.action == "/distributor/receive").count(), 1);
    let alone = page.all("a").filter_map(|link| link.get("href"));
    let alone: Vec<&str> =
        alone.filter(|to| to.starts_with("/distributor/receive?first=")).collect();
    assert_eq!(alone.len(), 2, "{alone:?}");
    assert_eq!(lines(&world, &scheme).await, before, "looking has no effect");
    let part = alone[0].to_owned();
    let page = reader.page(&part).await;
    let form = page.form("/distributor/receive");
    says(&sent(&mut reader, &form).await, "0000001 à 0000002");
    let after = lines(&world, &scheme).await;
    sent(&mut reader, &form).await;
    assert_eq!(lines(&world, &scheme).await, after, "sent twice, received once");
    assert_eq!(book(&world, 2).await["custody"], "in_stock");
    assert_eq!(book(&world, 4).await["custody"], "at_printer");
    let page = reader.page("/distributor/receive").await;
    let form = page.form("/distributor/receive");
    for (first, last, words) in [
        ("", "", "Ce n’est pas un numéro de carnet"),
        ("5", "4", "Le dernier carnet vient avant le premier"),
        ("1", "1002", "plus de 1000 carnets"),
        ("1", "x", "Ce n’est pas un numéro de carnet"),
    ] {
        let answer = reader.post(&form.clone().with("first", first).with("last", last)).await;
        refused(&reader, &answer, words);
    }
}

async fn a_lost_book_is_worth_nothing_at_once(world: World) {
    let (scheme, mut reader) = begin(&world, 2).await;
    receive(&mut reader, "1", "2").await;
    let page = reader.page("/distributor/hand-over?book=1").await;
    sent(&mut reader, &page.form("/distributor/hand-over")).await;
    let ask = reader.page("/distributor/books/0000001/lost").await;
    says(&ask, "plus personne ne peut utiliser ce carnet");
    let form = ask.form("/distributor/books/0000001/lost");
    assert_eq!(form.get("reason"), Some("lost"));
    let lost = sent(&mut reader, &form.clone().with("reason", "stolen")).await;
    says(&lost, "le carnet est bloqué");
    says(&lost, "Bloqué, car volé");
    let voucher = scheme.voucher(0, 0).url.clone();
    assert_eq!(scheme.redeem(&world, &voucher).await.code(), "voucher-blocked");
    assert_eq!(book(&world, 1).await["custody"], "lost");
    let size = lines(&world, &scheme).await;
    sent(&mut reader, &form.with("reason", "stolen")).await;
    assert_eq!(lines(&world, &scheme).await, size, "sent twice, done once");
    // Whoever replaces it is the operator; the new number is shown here.
    let id: Id<carnet::base::id::Replacement> = world.id();
    let path = format!("/api/v1/replacements/{id}");
    let page = reader.page("/distributor/books/0000001").await;
    says(&page, "Demandez-le à l’opérateur");
    world.put(&path, &world.operator, json!({ "book": "0000001" })).await.good();
    let page = reader.page("/distributor/books/0000001").await;
    says(&page, "Le carnet 0000003 le remplace.");
    assert!(!page.text.contains("Demandez-le"));
    // Another one is lost and found: it can be handed over again.
    let ask = reader.page("/distributor/books/0000002/lost").await;
    let lost = sent(&mut reader, &ask.form("/distributor/books/0000002/lost")).await;
    says(&lost, "Bloqué, car perdu");
    let found = sent(&mut reader, &lost.form("/distributor/books/0000002/found")).await;
    says(&found, "Le carnet est débloqué");
    sent(&mut reader, &found.form("/distributor/receive")).await;
    let page = reader.page("/distributor/hand-over?book=2").await;
    sent(&mut reader, &page.form("/distributor/hand-over")).await;
    scheme.redeem(&world, &scheme.voucher(1, 0).url).await.good();
    // The way of the paper is told, and no use of a voucher.
    let page = reader.page("/distributor/books/0000002").await;
    for words in ["Commandé par le financeur", "Perdu ou volé", "Rendu", "1 chèque utilisé"] {
        says(&page, words);
    }
    assert!(!page.text.contains("Atelier") && !page.text.contains("0000002-01"));
}

async fn a_book_that_is_refused_is_not_offered(world: World) {
    let (scheme, mut reader) = begin(&world, 2).await;
    receive(&mut reader, "1", "2").await;
    let id: Id<carnet::base::id::Block> = world.id();
    let target = json!({ "books": { "first": "0000001", "last": "0000001" } });
    let body = json!({ "target": target, "reason": "copied" });
    world.put(&format!("/api/v1/blocks/{id}"), &scheme.funder, body).await.good();
    let gives = |html: &Html| {
        html.all("a").any(|link| link.get("href").is_some_and(|to| to.contains("hand-over?book=")))
    };
    let page = reader.page("/distributor/books/0000001").await;
    says(&page, "Ne le remettez pas");
    assert!(!gives(&page), "it is offered: {}", page.text);
    let sound = reader.page("/distributor/books/0000002").await;
    assert!(gives(&sound), "{}", sound.text);
    // After its last day, the other one is not offered either.
    world.clock.advance_seconds(60 * 86_400);
    let mut late = works(&world, scheme.distributor_id, "distributor", "eve@exemple.fr").await;
    let page = late.page("/distributor/books/0000002").await;
    says(&page, "rendez-le");
    assert!(!gives(&page), "it is offered: {}", page.text);
}

async fn a_book_is_moved_and_given_back(world: World) {
    let (scheme, mut reader) = begin(&world, 2).await;
    let path = format!("/api/v1/organisations/{}", scheme.distributor_id);
    let known = world.get(&path, &world.operator).await.good();
    let second: Id<carnet::base::id::Site> = world.id();
    let mut sites = known["sites"].clone();
    let more = json!({ "site_id": second, "name": "Antenne", "commune": "23030" });
    sites.as_array_mut().unwrap().push(more);
    let (name, registration) = (&known["name"], &known["registration"]);
    let body = json!({ "name": name, "registration": registration, "sites": sites });
    world.ask_if("PUT", &path, &world.operator, Some(body), Some(1)).await.good();
    receive(&mut reader, "1", "2").await;
    let page = reader.page("/distributor").await;
    says(&page, "2 carnets");
    says(&page, "Il ne reste aucun carnet ici");
    let page = reader.page("/distributor/books/0000001").await;
    let form = page.form("/distributor/books/0000001/move");
    assert_eq!(form.get("site"), Some(second.to_string().as_str()));
    let moved = sent(&mut reader, &form).await;
    says(&moved, "le carnet a changé de lieu");
    assert_eq!(book(&world, 1).await["site_id"], json!(second));
    let form = moved.form("/distributor/books/0000001/return");
    says(&sent(&mut reader, &form).await, "Il n’est plus dans votre stock");
    assert_eq!(book(&world, 1).await["custody"], "returned");
    // What was given back is nobody's.
    assert_eq!(reader.open("/distributor/books/0000001").await.status, 404);
    // A campaign that ends is told before it is too late.
    says(&reader.page("/distributor").await, "il reste 39 jours");
}

async fn counts_remain_and_no_more(world: World) {
    let (_, mut reader) = begin(&world, 7).await;
    receive(&mut reader, "1", "7").await;
    says(&reader.page("/distributor/statistics").await, "Aucune remise n’a été comptée");
    for book in 1..=7 {
        let page = reader.page(&format!("/distributor/hand-over?book={book}")).await;
        let form = page.form("/distributor/hand-over").with("gender", "woman");
        let age = if book > 5 { "40-to-59" } else { "25-to-39" };
        // What is of no list is not an answer.
        let form = form.with("age", age).with("need", "Ana Durand");
        sent(&mut reader, &form).await;
    }
    let page = reader.page("/distributor/statistics").await;
    for words in ["novembre 2026", "Femme7", "25 à 39 ans5", "40 à 59 ansmoins de 5"] {
        says(&page, words);
    }
    let file = reader.open("/distributor/statistics.csv").await;
    assert_eq!(file.kind, "text/csv; charset=utf-8; header=present");
    let text = file.text();
    assert!(text.contains(",Genre,Femme,7"), "{text}");
    assert!(text.contains(",Âge,40 à 59 ans,<5"), "{text}");
    assert!(!text.contains("0000001") && !text.contains("Ana"), "{text}");
    let english = reader.reading("en").open("/distributor/statistics.csv").await.text();
    assert!(english.contains(",Gender,Woman,7"), "{english}");
}

async fn a_worker_does_less(world: World) {
    let (scheme, mut keeper) = begin(&world, 2).await;
    let id = scheme.distributor_id;
    let mut worker = works(&world, id, "distributor-worker", "sam@exemple.fr").await;
    receive(&mut worker, "1", "2").await;
    let page = worker.page("/distributor/books/0000001").await;
    let links: Vec<&str> = page.all("a").filter_map(|link| link.get("href")).collect();
    assert!(links.contains(&"/distributor/hand-over?book=0000001"));
    assert!(!links.iter().any(|to| to.ends_with("/lost")), "{links:?}");
    assert_eq!(worker.open("/distributor/books/0000001/lost").await.status, 403);
    // The keeper's form in the worker's hands.
    let ask = keeper.page("/distributor/books/0000001/lost").await;
    let form = ask.form("/distributor/books/0000001/lost");
    let mine = page.form("/distributor/books/0000001/return");
    let form = form.with("csrf", mine.get("csrf").unwrap());
    assert_eq!(worker.post(&form).await.status, 403);
    assert_eq!(book(&world, 1).await["custody"], "in_stock");
    let page = worker.page("/distributor/hand-over?book=1").await;
    sent(&mut worker, &page.form("/distributor/hand-over")).await;
    assert_eq!(book(&world, 1).await["custody"], "handed_over");
    // Who works for another sort of organisation has no desk here.
    let body = invitation("ines@exemple.fr", "funder-reader", &scheme.funder_id.to_string());
    let browser = joined(&world, body).await;
    let mut reader = Reader::new(&world, &browser.token);
    for path in ["/distributor", "/distributor/hand-over", "/distributor/statistics"] {
        assert_eq!(reader.open(path).await.status, 403, "{path}");
    }
}

async fn another_organisation_finds_nothing(world: World) {
    let (scheme, mut mine) = begin(&world, 2).await;
    receive(&mut mine, "1", "2").await;
    let other = Scheme::plan(&world, &Plan { books: 1, ..Plan::default() }).await;
    let mut theirs = works(&world, other.distributor_id, "distributor", "tom@exemple.fr").await;
    let site = format!("/distributor/sites/{}", scheme.site_id);
    let pages = [
        "/distributor/books/0000001",
        "/distributor/books/0000001/lost",
        "/distributor/letter/0000001",
        site.as_str(),
        "/distributor/books/x",
        "/distributor/sites/x",
    ];
    for path in pages {
        assert_eq!(theirs.open(path).await.status, 404, "{path}");
    }
    assert_eq!(mine.open(&site).await.status, 200, "it is there for its own");
    let answer = theirs.open("/distributor/hand-over?book=1").await;
    refused(&theirs, &answer, "n’est pas dans vos lieux");
    let page = theirs.page("/distributor/books").await;
    let answer = theirs.post(&page.form("/distributor/books").with("book", "0000001")).await;
    refused(&theirs, &answer, "n’est pas dans vos lieux");
    says(&theirs.page("/distributor/receive?first=1").await, "Inconnu, ou chez quelqu’un d’autre");
    // Their session sends my forms.
    let csrf = page.form("/distributor/books").get("csrf").unwrap().to_owned();
    let before = lines(&world, &scheme).await;
    let give = mine.page("/distributor/hand-over?book=1").await;
    let book_page = mine.page("/distributor/books/0000001").await;
    for form in [
        give.form("/distributor/hand-over"),
        book_page.form("/distributor/books/0000001/return"),
        mine.page("/distributor/books/0000001/lost").await.form("/distributor/books/0000001/lost"),
    ] {
        "/distributor".clone_into(&mut theirs.at);
        let answer = theirs.send(&form.with("csrf", &csrf)).await;
        assert!([404, 422].contains(&answer.status.as_u16()), "{}: {}", theirs.at, answer.status);
    }
    assert_eq!(lines(&world, &scheme).await, before);
    assert_eq!(book(&world, 1).await["custody"], "in_stock");
}

async fn every_page_is_sound_in_both_languages(world: World) {
    let (scheme, mut reader) = begin(&world, 3).await;
    receive(&mut reader, "1", "2").await;
    let page = reader.page("/distributor/hand-over?book=1").await;
    sent(&mut reader, &page.form("/distributor/hand-over")).await;
    let site = format!("/distributor/sites/{}", scheme.site_id);
    let pages = [
        "/distributor",
        "/distributor?done=returned",
        site.as_str(),
        "/distributor/hand-over",
        "/distributor/hand-over?book=0000002",
        "/distributor/hand-over?book=0000003",
        "/distributor/hand-over?done=0000001",
        "/distributor/receive",
        "/distributor/receive?first=2",
        "/distributor/receive?first=1&last=3",
        "/distributor/books",
        "/distributor/books/0000001",
        "/distributor/books/0000002",
        "/distributor/books/0000002/lost",
        "/distributor/letter/0000001",
        "/distributor/statistics",
    ];
    for path in pages {
        let mut said = Vec::new();
        for language in ["fr", "en"] {
            let mut reader = reader.reading(language);
            let answer = reader.open(path).await;
            assert_eq!(answer.status, 200, "{path}");
            let html = reader.read(&answer);
            is_sound(path, language, &answer, &html, BYTES);
            said.push(html.text);
        }
        assert_ne!(said[0], said[1], "{path} is not translated");
    }
    let letter = reader.page("/distributor/letter/0000001").await;
    for words in ["10 chèques de 10 €", "Atelier", "Où aller ?", "0000001"] {
        says(&letter, words);
    }
    assert!(!letter.forms.iter().any(|form| form.action.starts_with("/distributor")));
    // An ordinary camera reads the cover: who is signed in goes on, others read what it is for.
    let path = scheme.books[1].cover_url.split("FR").nth(1).unwrap().to_owned();
    assert_eq!(path, "/B/0000002");
    reader.page(&path).await;
    assert_eq!(reader.at, "/distributor/hand-over?book=0000002");
    let mut visitor = Reader::new(&world, "");
    for language in ["fr", "en"] {
        let mut visitor = visitor.reading(language);
        let answer = visitor.open(&path).await;
        let html = visitor.read(&answer);
        is_sound(&path, language, &answer, &html, BYTES);
    }
    says(&visitor.page(&path).await, "Il ne permet pas de payer");
    assert_eq!(visitor.open("/B/x").await.status, 404);
    visitor.open("/distributor/hand-over?book=0000002").await;
    assert!(visitor.at.starts_with("/sign-in?next=%2Fdistributor%2Fhand-over"), "{}", visitor.at);
}
