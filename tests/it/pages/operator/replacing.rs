//! A lost book by pages: it waits, a new one takes over, and the page of that says what is next.

use carnet::base::id::{Id, Redemption, Replacement};

use super::{links, reader};
use crate::custody::{into_stock, moves, run};
use crate::harness::{World, on_both_engines};
use crate::people::first_operator;
use crate::scheme::{Plan, Scheme};

on_both_engines!(a_lost_book_is_replaced, what_is_spent_or_over_does_not_wait);

async fn a_lost_book_is_replaced(world: World) {
    let scheme = Scheme::plan(&world, &Plan { books: 3, ..Plan::default() }).await;
    let mut nora = reader(&first_operator(&world).await);
    moves(&world, &world.operator, into_stock(1, 2, scheme.site_id)).await.good();
    scheme.redeem(&world, &scheme.voucher(0, 0).url).await.good();
    let home = nora.page("/operator").await;
    assert!(links(&home, "/operator/books/").is_empty(), "nothing is lost: {}", home.text);
    moves(&world, &world.operator, run(1, 1, "lost")).await.good();
    let home = nora.page("/operator").await;
    assert_eq!(links(&home, "/operator/books/"), ["/operator/books/0000001"]);
    assert!(home.text.contains("9 chèques restent"), "{}", home.text);
    // A book that is there has no such button.
    let sound = nora.page("/operator/books/0000002").await;
    assert!(sound.forms.iter().all(|form| !form.action.ends_with("/replacement")));
    let page = nora.page("/operator/books/0000001").await;
    let form = page.form("/operator/books/0000001/replacement");
    let mut there = Vec::new();
    for _ in 0..2 {
        let answer = nora.send(&form).await;
        let html = nora.read(&answer);
        assert!(html.text.contains("Voici le nouveau carnet"), "{}", html.text);
        assert!(html.text.contains("Créé pour remplacer le carnet perdu 0000001"), "{}", html.text);
        there.push(nora.at.clone());
        // The file has this book alone, as a printer gets it.
        let file = links(&html, "/api/v1/orders/");
        let file: Vec<_> = file.iter().filter(|to| to.contains("books.pdf")).collect();
        let pdf = nora.open(file[0]).await;
        assert_eq!((pdf.status.as_u16(), &pdf.bytes[..5]), (200, b"%PDF-".as_slice()));
    }
    assert_eq!(there, ["/operator/books/0000004?done=replaced"; 2], "sent twice, made once");
    let home = nora.page("/operator").await;
    assert!(links(&home, "/operator/books/").is_empty(), "it waits no more: {}", home.text);
    let old = nora.page("/operator/books/0000001").await;
    assert!(old.text.contains("Remplacé par le carnet 0000004"), "{}", old.text);
    // A page that was open meanwhile is told so, and nothing is made.
    let other = world.id::<Replacement>().to_string();
    let late = nora.post(&form.with("id", &other)).await;
    assert_eq!(late.status, 422);
    assert!(nora.read(&late).text.contains("Un nouveau carnet a déjà pris le relais"));
}

async fn what_is_spent_or_over_does_not_wait(world: World) {
    let scheme = Scheme::plan(&world, &Plan { books: 3, ..Plan::default() }).await;
    let mut nora = reader(&first_operator(&world).await);
    let id: Id<Redemption> = world.id();
    let first = format!("/api/v1/redemptions/{id}");
    let body = scheme.body(&scheme.voucher(0, 0).url);
    world.put(&first, &scheme.venue, body).await.good();
    for at in 1..10 {
        scheme.redeem(&world, &scheme.voucher(0, at).url).await.good();
    }
    moves(&world, &world.operator, into_stock(1, 2, scheme.site_id)).await.good();
    moves(&world, &world.operator, run(1, 2, "lost")).await.good();
    let home = nora.page("/operator").await;
    assert_eq!(links(&home, "/operator/books/"), ["/operator/books/0000002"], "1 is spent");
    // One use is undone: something is left again.
    world.ask("PUT", &format!("{first}/reversal"), &scheme.venue, None).await.good();
    let home = nora.page("/operator").await;
    assert_eq!(links(&home, "/operator/books/").len(), 2);
}
