//! Goal: an order is placed once, when its proof was looked at and approved; from then on its page
//! says what it waits for, and whose step that is.

use serde_json::json;

use carnet::base::id::{Deposit, Id};

use super::{overview, person, said};
use crate::harness::{World, on_both_engines};
use crate::scheme::{Plan, Scheme};

on_both_engines!(
    an_order_is_placed_once_its_proof_is_approved,
    a_number_of_books_that_cannot_be_is_refused,
);

async fn an_order_is_placed_once_its_proof_is_approved(world: World) {
    let plan = Plan { deposit_cents: 20_000, ..Plan::default() };
    let scheme = Scheme::plan(&world, &plan).await;
    let mut reader = person(&world, "ana@exemple.fr", "funder", scheme.funder_id).await;
    let campaign = scheme.campaign_id;
    let page = reader.page(&format!("/funder/orders/new?campaign={campaign}")).await;
    let form = page.form("/funder/orders");
    assert_eq!(form.get("campaign"), Some(campaign.to_string().as_str()));
    let answer = reader.send(&form.with("books", "3").with("step", "read")).await;
    let html = reader.read(&answer);
    let text = said(&html);
    assert!(text.contains("3 carnets : 30 chèques de 10 €, soit 300 €."), "{text}");
    assert!(text.contains("il manque 300 €"), "the deposit went into the first order: {text}");
    let proof = html.all("a").filter_map(|link| link.get("href"));
    let proof = proof.into_iter().find(|link| link.ends_with("/proof.pdf")).unwrap().to_owned();
    let pdf = reader.open(&proof).await;
    assert_eq!((pdf.status.as_u16(), pdf.kind.as_str()), (200, "application/pdf"));
    assert!(pdf.bytes.starts_with(b"%PDF-"));
    assert_eq!(pdf.header("cache-control"), "no-store");

    let review = html.form("/funder/orders").with("step", "keep");
    "/funder/orders".clone_into(&mut reader.at);
    let answer = reader.send(&review).await;
    assert_eq!(answer.status, 422, "nothing is ordered without the proof");
    assert!(said(&reader.read(&answer)).contains("Regardez l’épreuve"));
    assert_eq!(overview(&world, scheme.funder_id).await.campaigns[0].orders, 1);
    let approved = review.with("approved", "yes");
    for _ in 0..2 {
        let answer = reader.send(&approved).await;
        let text = said(&reader.read(&answer));
        assert!(text.contains("La commande est passée."), "{text}");
        assert!(text.contains("donnez son numéro à l’opérateur"), "{text}");
    }
    let known = overview(&world, scheme.funder_id).await;
    assert_eq!((known.campaigns[0].orders, known.campaigns[0].progress.waiting), (2, 30));
    assert!(known.campaigns[0].progress.adds_up());

    let order = reader.at.split('?').next().unwrap().to_owned();
    let id: Id<Deposit> = world.id();
    let body = json!({
        "funder_id": scheme.funder_id, "reference": "MANDAT 2026-77",
        "amount": { "cents": 30_000, "currency": "EUR" }
    });
    world.put(&format!("/api/v1/deposits/{id}"), &world.operator, body).await.good();
    let text = said(&reader.page(&order).await);
    assert!(text.contains("Il reste à l’opérateur à l’activer"), "{text}");
    let text = said(&reader.page("/funder/money/deposit").await);
    assert!(text.contains("Dépôt reçu") && text.contains("MANDAT 2026-77"), "{text}");
    let number = order.rsplit('/').next().unwrap();
    let activation = format!("/api/v1/orders/{number}/activation");
    world.post(&activation, &world.operator, None).await.good();
    let text = said(&reader.page(&order).await);
    assert!(text.contains("chaque chèque est couvert"), "{text}");
    assert!(text.contains("Chez l’imprimeur3") && text.contains("Carnets 1 à 3 (PDF)"), "{text}");
    let books = reader.open(&format!("/api/v1/orders/{number}/books.pdf?from=1&to=3")).await;
    assert_eq!((books.status.as_u16(), books.kind.as_str()), (200, "application/pdf"));
}

async fn a_number_of_books_that_cannot_be_is_refused(world: World) {
    let scheme = Scheme::new(&world).await;
    let mut reader = person(&world, "ana@exemple.fr", "funder", scheme.funder_id).await;
    let form = reader.page("/funder/orders/new").await.form("/funder/orders");
    for books in ["", "0", "-1", "20001", "deux"] {
        let wrong = form.clone().with("books", books).with("step", "keep").with("approved", "yes");
        let answer = reader.send(&wrong).await;
        assert_eq!(answer.status, 422, "{books:?}");
        assert!(said(&reader.read(&answer)).contains("de 1 à 20 000"), "{books:?}");
    }
    let foreign = form.with("campaign", "campaign_01h455vb4pex5vsknk084sn02q").with("books", "1");
    assert_eq!(reader.send(&foreign.with("step", "keep")).await.status, 422);
    assert_eq!(overview(&world, scheme.funder_id).await.campaigns[0].orders, 1);
}
