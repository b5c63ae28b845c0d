//! Goal: nothing of what a ledger lived through is left behind, however long it is and whichever
//! way its export was fetched.

use carnet::base::id::{Movement, Redemption, Replacement};
use carnet::service::rotate::operator_at_the_machine;
use carnet::store;
use serde_json::{Value, json};

use super::{Move, first_half, totals};
use crate::harness::{World, on_both_engines};
use crate::scheme::{Plan, Scheme};

/// Settlements, files, a logo, moved, lost, replaced and blocked books.
async fn all_that_was_lived_comes_along(world: World) {
    let leaving =
        Move::of(world, async |old, terms| crate::audit::lived_in_under(old, Some(terms)).await);
    let leaving = leaving.await;
    let Move { old, new, scheme, .. } = &leaving;
    let export = leaving.export("lived");
    leaving.import(&export, &leaving.sign(&export)).await.unwrap();
    assert_eq!(totals(new, scheme).await, totals(old, scheme).await);
    crate::audit::holds(new).await;
    let (mut there, mut here) =
        (old.instance.database.read().await.unwrap(), new.instance.database.read().await.unwrap());
    let files = store::leaving::files(&mut there, 2).await.unwrap();
    assert_eq!(files.len(), 2);
    assert_eq!(store::leaving::files(&mut here, 2).await.unwrap(), files);
    let owner = [scheme.structure_id.to_string()];
    let [one, other] = [
        store::organisation::bank_accounts(&mut there, &owner).await.unwrap(),
        store::organisation::bank_accounts(&mut here, &owner).await.unwrap(),
    ];
    assert_eq!((&one[0].iban, &one[0].hash), (&other[0].iban, &other[0].hash));
}

/// A lost book of the former issuer gets a successor of the new one.
async fn a_former_issuers_book_is_replaced(world: World) {
    let leaving = Move::new(world).await;
    let Move { old, new, scheme, .. } = &leaving;
    let put = async |world: &World, path: String, body: Value| {
        world.put(&format!("/api/v1/{path}"), &world.operator, body).await.good()
    };
    let site = json!(scheme.site_id);
    let run = json!({ "first": "0000002", "last": "0000002", "to": "in_stock", "site_id": site });
    put(old, format!("movements/{}", old.id::<Movement>()), run).await;
    leaving.redeem(old, &scheme.venue, &scheme.voucher(0, 0).url).await.good();
    let export = leaving.export("left");
    leaving.import(&export, &leaving.sign(&export)).await.unwrap();
    let lost = json!({ "first": "0000002", "last": "0000002", "to": "lost" });
    put(new, format!("movements/{}", new.id::<Movement>()), lost).await;
    let path = format!("replacements/{}", new.id::<Replacement>());
    let replaced = put(new, path, json!({ "book": "0000002" })).await;
    let line = replaced["receipt"]["line"].as_str().unwrap();
    assert!(line.contains(&format!("\"issuer_id\":\"{}\"", new.operator_id)), "{line}");
    let actor = operator_at_the_machine(&new.instance).await.unwrap();
    let books = carnet::service::issue::printed(&new.instance, &actor, scheme.order_id, 3, 3);
    let book = books.await.unwrap().remove(0);
    let key = leaving.venue_key().await;
    leaving.redeem(new, &key, &book.vouchers[0].url).await.good();
    leaving.redeem(new, &key, &book.vouchers[1].code).await.good();
    let old = leaving.redeem(new, &key, &scheme.voucher(1, 0).url).await;
    assert_eq!(old.code(), "voucher-replaced");
    crate::audit::holds(new).await;
}

/// Two ledgers that share a typed code, as chance may have it after an import.
async fn a_shared_code_is_ambiguous(world: World) {
    let leaving = Move::new(world).await;
    let Move { old, new, scheme, .. } = &leaving;
    let own = Scheme::new(new).await;
    leaving.redeem(old, &scheme.venue, &scheme.voucher(0, 9).url).await.good();
    let export = leaving.export("left");
    leaving.import(&export, &leaving.sign(&export)).await.unwrap();
    let code = scheme.voucher(0, 0).code.parse().unwrap();
    let tag = new.instance.keys.tag_key().tag(code).stored();
    let sql = format!(
        "UPDATE code_route SET tag = {tag} WHERE ledger_no = 2 AND book_no = 1 AND position = 1"
    );
    new.run_sql(&sql).await;
    let key = leaving.venue_key().await;
    let shared = leaving.redeem(new, &key, &scheme.voucher(0, 0).code).await;
    assert_eq!(shared.code(), "code-ambiguous");
    // The token says whose it is; the one that lost its tag here is nobody's.
    leaving.redeem(new, &key, &scheme.voucher(0, 0).url).await.good();
    assert_eq!(own.redeem(new, &own.voucher(0, 0).url).await.code(), "token-forged");
    own.redeem(new, &own.voucher(0, 1).url).await.good();
}

/// What the funder pulls over HTTP, as `deploy/carnet-export` does, is an export.
async fn a_funder_pulls_its_export(world: World) {
    let leaving = Move::new(world).await;
    let Move { old, scheme, dir, .. } = &leaving;
    first_half(&leaving).await;
    let (id, out) = (scheme.funder_id, dir.join("pulled"));
    std::fs::create_dir_all(&out).unwrap();
    let path = format!("/api/v1/ledgers/{id}/export");
    let lines = old.get(&path, &scheme.funder).await;
    let size = lines.header("carnet-size").to_owned();
    // The ledger goes on meanwhile: what is pulled next still fits what came first.
    leaving.redeem(old, &scheme.venue, &scheme.voucher(1, 0).url).await.good();
    let checkpoint = format!("/ledger/{id}/checkpoint?size={size}");
    let kept = format!("{path}/checkpoints?size={size}");
    let sealed = format!("{path}/sealed");
    for (name, path) in [
        (format!("ledger-{id}.jsonl"), None),
        (format!("ledger-{id}.checkpoint"), Some(checkpoint.as_str())),
        (format!("ledger-{id}.checkpoints"), Some(kept.as_str())),
        ("carnet-keys.json".to_owned(), Some("/.well-known/carnet-keys.json")),
        ("sealed.age".to_owned(), Some(sealed.as_str())),
    ] {
        let bytes = match path {
            Some(path) => old.get(path, &scheme.funder).await.bytes,
            None => lines.bytes.clone(),
        };
        std::fs::write(out.join(name), bytes).unwrap();
    }
    let stranger = old.get(&sealed, &scheme.venue).await;
    assert_eq!(stranger.code(), "not-permitted");
    leaving.import(&out, &leaving.sign(&out)).await.unwrap();
    crate::audit::holds(&leaving.new).await;
}

/// Many chunks, full tiles, books of more rows than a chunk holds; the counter works meanwhile.
async fn a_long_ledger_goes_in_chunks(world: World) {
    let leaving = Move::of(world, async |old, terms| {
        let plan = Plan { books: 100, terms: Some(terms), ..Plan::default() };
        Scheme::plan(old, &plan).await
    });
    let leaving = leaving.await;
    let Move { old, new, scheme, .. } = &leaving;
    for books in (0..60).collect::<Vec<_>>().chunks(10) {
        let mut items = Vec::new();
        for (book, position) in books.iter().flat_map(|book| (0..10).map(|at| (*book, at))) {
            let mut item = scheme.body(&scheme.voucher(book, position).url);
            item["id"] = json!(old.id::<Redemption>());
            items.push(item);
        }
        old.clock.advance_seconds(1);
        let body = Some(json!({ "redemptions": items }));
        old.post("/api/v1/redemption-batches", &scheme.venue, body).await.good();
    }
    let export = leaving.export("long");
    let own = Scheme::new(new).await;
    let takeover = leaving.sign(&export);
    let (imported, redeemed) = tokio::join!(leaving.import(&export, &takeover), async {
        let mut count = 0;
        for position in 0..10 {
            own.redeem(new, &own.voucher(0, position).url).await.good();
            count += 1;
        }
        count
    });
    assert_eq!((imported.unwrap().fresh, redeemed), (true, 10));
    assert_eq!(totals(new, scheme).await, totals(old, scheme).await);
    let report = crate::audit::holds(new).await;
    let ledger = report.ledgers.iter().find(|it| it.ledger_id == scheme.funder_id.to_string());
    assert!(ledger.unwrap().tiles >= 2, "{:?}", ledger.unwrap());
}

on_both_engines!(
    all_that_was_lived_comes_along,
    a_former_issuers_book_is_replaced,
    a_shared_code_is_ambiguous,
    a_funder_pulls_its_export,
    a_long_ledger_goes_in_chunks,
);
