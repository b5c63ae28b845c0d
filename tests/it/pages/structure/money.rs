//! Redemptions, payments, statements, receipts and proofs.

use std::cmp::Reverse;

use carnet::base::id::Structure;
use carnet::domain::ledger::receipt::{Receipt, verify};
use serde_json::{Value, json};

use super::{keeper, link, member, plain, sent_to, sound};
use crate::harness::{World, on_both_engines};
use crate::people::structure;
use crate::scheme::{Plan, Scheme};
use crate::settlements::payday::{Accounts, Payday, Redeemed, next_day};

on_both_engines!(
    what_was_redeemed_is_found_and_undone,
    each_payment_is_read_voucher_by_voucher,
    what_the_bank_refused_is_due_again,
    a_long_list_goes_on_page_by_page,
    two_funders_make_one_list,
    nobody_reads_the_money_of_another,
);

/// The serial numbers on a page, in its order.
fn serials(text: &str) -> Vec<String> {
    let is_digits = |part: Option<&str>| {
        part.is_some_and(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let around = |(at, _): (usize, &str)| {
        let (begin, end) = (at.checked_sub(7)?, at + 3);
        let found = is_digits(text.get(begin..at)) && is_digits(text.get(at + 1..end));
        found.then(|| text[begin..end].to_owned())
    };
    text.match_indices('-').filter_map(around).collect()
}

async fn what_was_redeemed_is_found_and_undone(world: World) {
    let payday = Payday::new(&world, &Plan::default(), Accounts::Known).await;
    let owner = payday.scheme.structure_id;
    let (mut reader, _) = keeper(&world, owner, "ana@exemple.fr").await;
    let html = sound(&mut reader, "/structure/redemptions").await;
    assert!(html.text.contains("Aucun chèque encaissé"), "{}", html.text);
    let first = payday.redeem(&world, 0, 0).await;
    payday.redeem(&world, 1, 9).await;
    next_day(&world);
    let second = payday.redeem(&world, 0, 1).await;
    let (mut reader, _) = keeper(&world, owner, "bea@exemple.fr").await;
    let html = sound(&mut reader, "/structure/redemptions").await;
    assert_eq!(serials(&html.text), [second.serial.clone(), first.serial.clone()], "newest first");
    assert!(plain(&html.text).contains("2 chèques, 20 €"), "{}", html.text);
    for (query, found) in [
        ("?to=2026-11-22", vec![&first]),
        ("?from=2026-11-23", vec![&second]),
        ("?from=2026-11-24", vec![]),
        ("?state=due", vec![&second, &first]),
        ("?state=paid", vec![]),
        ("?state=undone", vec![]),
    ] {
        let html = reader.page(&format!("/structure/redemptions{query}")).await;
        let found: Vec<String> = found.iter().map(|it| it.serial.clone()).collect();
        assert_eq!(serials(&html.text), found, "{query}");
    }
    let venue = payday.scheme.other_venue_id;
    let html = reader.page(&format!("/structure/redemptions?venue={venue}")).await;
    assert!(serials(&html.text).is_empty());
    for wrong in ["?from=hier", "?from=2026-11-23&to=2026-11-22"] {
        let answer = reader.open(&format!("/structure/redemptions{wrong}")).await;
        super::refused(&reader, &answer, if wrong.contains("hier") { "un jour" } else { "après" });
    }
    // The table has the same rows.
    let answer = reader.open("/structure/redemptions.csv?to=2026-11-22").await;
    assert!(answer.kind.starts_with("text/csv"), "{}", answer.kind);
    let text = answer.text();
    assert!(text.starts_with('\u{feff}') && text.lines().count() == 2, "{text}");
    assert!(text.contains(&first.serial) && text.contains(";10,00;"), "{text}");
    // The receipt of a redemption is the one that was answered, and proves itself.
    let page = format!("/structure/redemptions/{}", first.id);
    let html = sound(&mut reader, &page).await;
    assert!(html.text.contains(&first.serial) && html.text.contains("à payer"), "{}", html.text);
    let file = reader.open(&format!("{page}/receipt.json")).await;
    assert!(file.header("content-disposition").starts_with("attachment;"));
    let receipt: Receipt = serde_json::from_slice(&file.bytes).unwrap();
    let api = format!("/api/v1/redemptions/{}", first.id);
    let known = world.get(&api, &payday.scheme.venue).await.good();
    assert_eq!(serde_json::to_value(&receipt).unwrap(), known["receipt"]);
    let keys = world.get("/.well-known/carnet-keys.json", "").await.good();
    let keys = keys["log_keys"].as_array().unwrap().iter();
    let keys: Vec<_> = keys.map(|key| key.as_str().unwrap().parse().unwrap()).collect();
    assert!(verify(&receipt, &keys).is_ok());
    // Undone, and told so; a second click does no harm.
    let form = html.form(&format!("{page}/undo"));
    let answer = reader.send(&form).await;
    assert_eq!(reader.at, format!("{page}?done=undone"));
    assert!(reader.read(&answer).text.contains("L’encaissement est annulé"));
    assert_eq!(reader.post(&form).await.status, 303);
    assert_eq!(payday.due(&world, 0).await, 1000);
    let html = reader.page("/structure/redemptions?state=undone").await;
    assert_eq!(serials(&html.text), std::slice::from_ref(&first.serial));
    let html = reader.page("/structure").await;
    assert!(plain(&html.text).contains("10 €"), "{}", html.text);
}

async fn each_payment_is_read_voucher_by_voucher(world: World) {
    let payday = Payday::new(&world, &Plan::default(), Accounts::Known).await;
    let owner = payday.scheme.structure_id;
    let (mut reader, _) = keeper(&world, owner, "ana@exemple.fr").await;
    let html = sound(&mut reader, "/structure/payments").await;
    assert!(html.text.contains("Aucun paiement"), "{}", html.text);
    let paid = [payday.redeem(&world, 0, 0).await, payday.redeem(&world, 0, 1).await];
    payday.redeem(&world, 1, 9).await;
    next_day(&world);
    let (mut reader, _) = keeper(&world, owner, "bea@exemple.fr").await;
    let later = payday.redeem(&world, 0, 2).await;
    let (settlement, payments) = payday.pay(&world, "2026-11-22").await;
    let payment = payments[0].clone().unwrap();
    let page = format!("/structure/payments/{}", payment["id"].as_str().unwrap());
    let state = async |reader: &mut super::Reader<'_>, state: &str| {
        let html = reader.page(&format!("/structure/redemptions?state={state}")).await;
        serials(&html.text)
    };
    let both = [paid[1].serial.clone(), paid[0].serial.clone()];
    assert_eq!(state(&mut reader, "paying").await, both);
    assert_eq!(state(&mut reader, "due").await, std::slice::from_ref(&later.serial));
    let html = sound(&mut reader, "/structure/payments").await;
    assert_eq!(link(&html, "/structure/payments/"), page);
    assert!(html.text.contains("envoyé à la banque"), "{}", html.text);
    payday.bank(&world, &payment, "confirmation").await.good();
    assert_eq!(state(&mut reader, "paid").await, both);
    let html = sound(&mut reader, &page).await;
    let mut shown = serials(&html.text);
    shown.reverse();
    assert_eq!(shown, both, "in the ledger's order");
    assert!(plain(&html.text).contains("Paiement de 20 €"), "{}", html.text);
    // A redemption leads to its payment, and is undone here no more.
    let at = format!("/structure/redemptions/{}", paid[0].id);
    let html = sound(&mut reader, &at).await;
    assert_eq!(link(&html, "/structure/payments/"), page);
    assert!(html.forms.iter().all(|form| !form.action.ends_with("/undo")));
    // The statement adds up, and its file is the API's.
    let at = format!("/structure/payments/statements/{settlement}");
    let html = sound(&mut reader, &at).await;
    assert!(plain(&html.text).contains("Du 22 novembre 2026 au 22 novembre 2026"), "{}", html.text);
    assert_eq!(serials(&html.text).len(), 2);
    let file = reader.open(&format!("{at}/statement.csv")).await;
    let api = format!("/api/v1/settlements/{settlement}/statements/{owner}?format=csv");
    assert_eq!(file.bytes, world.get(&api, &payday.scheme.structure).await.bytes);
    // The proof that what is due is in the published sum is the API's.
    let proofs = reader.open("/structure/proofs.json").await.good();
    let known = world.get("/api/v1/solvency/due", &payday.scheme.structure).await.good();
    assert_eq!(proofs, known);
    assert_eq!(proofs[0]["due"]["cents"], 1000);
    let html = sound(&mut reader, "/structure").await;
    let text = plain(&html.text);
    assert!(text.contains("10 €") && text.contains("20 €"), "{text}");
}

async fn what_the_bank_refused_is_due_again(world: World) {
    let payday = Payday::new(&world, &Plan::default(), Accounts::Known).await;
    let (mut reader, _) = keeper(&world, payday.scheme.structure_id, "ana@exemple.fr").await;
    let paid = payday.redeem(&world, 0, 0).await;
    let (_, payments) = payday.pay(&world, "2026-11-22").await;
    let first = payments[0].clone().unwrap();
    payday.bank(&world, &first, "rejection").await.good();
    let find = async |reader: &mut super::Reader<'_>, state: &str| {
        let html = reader.page(&format!("/structure/redemptions?state={state}")).await;
        serials(&html.text)
    };
    assert_eq!(find(&mut reader, "due").await, std::slice::from_ref(&paid.serial));
    assert!(find(&mut reader, "paying").await.is_empty());
    let page = format!("/structure/payments/{}", first["id"].as_str().unwrap());
    let html = sound(&mut reader, &page).await;
    assert!(html.text.contains("Vérifiez votre compte bancaire"), "{}", html.text);
    next_day(&world);
    let (mut reader, _) = keeper(&world, payday.scheme.structure_id, "bea@exemple.fr").await;
    payday.redeem(&world, 0, 1).await;
    let (_, payments) = payday.pay(&world, "2026-11-23").await;
    let second = payments[0].clone().unwrap();
    assert_eq!(find(&mut reader, "paying").await.len(), 2, "the next one counts it again");
    let html = sound(&mut reader, &format!("/structure/redemptions/{}", paid.id)).await;
    let page = format!("/structure/payments/{}", second["id"].as_str().unwrap());
    assert_eq!(link(&html, "/structure/payments/"), page);
    // The same is said by the trace of the voucher.
    let api = format!("/api/v1/vouchers/{}/payment", paid.serial);
    let trace = world.get(&api, &payday.scheme.structure).await.good();
    let steps = trace["uses"][0]["payments"].as_array().unwrap();
    let last: &Value = steps.last().unwrap();
    assert_eq!(last["payment_id"], second["id"], "{trace}");
}

async fn a_long_list_goes_on_page_by_page(world: World) {
    let plan = Plan { books: 7, ..Plan::default() };
    let payday = Payday::new(&world, &plan, Accounts::Known).await;
    let owner = (payday.scheme.structure_id, None);
    let mut reader = member(&world, owner, "structure-accountant", "alix@exemple.fr").await;
    let mut all = Vec::new();
    for voucher in 0..65 {
        if voucher % 4 == 0 {
            world.clock.advance_seconds(1);
        }
        all.push(payday.redeem(&world, 0, voucher).await.serial);
    }
    all.reverse();
    sound(&mut reader, "/structure/redemptions").await;
    let html = reader.page("/structure/redemptions?lang=fr").await;
    let mut found = serials(&html.text);
    assert_eq!(found.len(), 50);
    let mut links = html.all("a").filter_map(|link| link.get("href"));
    let next = links.find(|href| href.contains("before=")).unwrap().to_owned();
    assert!(next.contains("lang=fr"), "the language that was chosen goes on: {next}");
    let html = reader.page(&next).await;
    found.extend(serials(&html.text));
    assert_eq!(found, all, "each redemption once, newest first");
    let text = reader.open("/structure/redemptions.csv").await.text();
    assert_eq!(text.lines().count(), 66);
    // All pages are summed up, not the one that is shown.
    assert!(plain(&html.text).contains("65 chèques, 650 €"), "{}", html.text);
    let (_, payments) = payday.pay(&world, "2026-11-22").await;
    let payment = payments[0].clone().unwrap();
    let page = format!("/structure/payments/{}", payment["id"].as_str().unwrap());
    assert_eq!(serials(&sound(&mut reader, &page).await.text).len(), 65);
}

async fn two_funders_make_one_list(world: World) {
    let plan = Plan { books: 4, ..Plan::default() };
    let payday = Payday::new(&world, &plan, Accounts::Known).await;
    let scheme = Scheme::plan(&world, &plan).await;
    let (payees, approver) = (payday.payees.clone(), payday.approver.clone());
    let other = Payday { scheme, payees, approver };
    let mut all = Vec::new();
    for voucher in 0..30 {
        if voucher == 20 {
            next_day(&world);
        } else if voucher % 2 == 0 {
            world.clock.advance_seconds(1);
        }
        let (one, two) = (&payday, &other);
        all.push((voucher / 2, 0, voucher, one.redeem(&world, 0, voucher).await));
        all.push((voucher / 2, 1, voucher, two.redeem(&world, 0, voucher).await));
        if voucher % 3 == 0 {
            one.redeem(&world, 1, 30 + voucher / 3).await;
        }
    }
    // At one moment, the ledger that came later is before the other.
    all.sort_by_key(|(moment, ledger, voucher, _)| Reverse((*moment, *ledger, *voucher)));
    let all: Vec<Redeemed> = all.into_iter().map(|(_, _, _, redeemed)| redeemed).collect();
    let named = |all: &[Redeemed]| all.iter().map(|it| it.serial.clone()).collect::<Vec<_>>();
    let (mut reader, _) = keeper(&world, payday.scheme.structure_id, "ana@exemple.fr").await;
    let html = sound(&mut reader, "/structure/redemptions").await;
    assert!(plain(&html.text).contains("60 chèques, 600 €"), "{}", html.text);
    assert_eq!(serials(&html.text), named(&all[..50]));
    let mut links = html.all("a").filter_map(|link| link.get("href"));
    let next = links.find(|href| href.contains("before=")).unwrap().to_owned();
    assert_eq!(serials(&reader.page(&next).await.text), named(&all[50..]));
    // Each moment has two of the other funder, then two of the first.
    let theirs: Vec<Redeemed> =
        all.iter().enumerate().filter(|(at, _)| at % 4 < 2).map(|(_, it)| it.clone()).collect();
    let funder = other.scheme.funder_id;
    let venue = payday.scheme.venue_id;
    for (query, found) in [
        ("from=2026-11-23".to_owned(), named(&all[..20])),
        ("to=2026-11-22".to_owned(), named(&all[20..])),
        ("from=2026-11-22&to=2026-11-22".to_owned(), named(&all[20..])),
        (format!("venue={venue}&from=2026-11-23"), named(&all[..20])),
        (format!("venue={}", other.scheme.venue_id), vec![]),
        (format!("funder={funder}&to=2026-11-23"), named(&theirs)),
    ] {
        let html = reader.page(&format!("/structure/redemptions?{query}")).await;
        assert_eq!(serials(&html.text), found, "{query}");
        let count = format!("{} chèque", found.len());
        let counted = plain(&html.text).contains(&count);
        assert!(found.is_empty() || counted, "{query}: {}", html.text);
    }
    // What is undone is found among both, and is no longer due.
    for (funder, undone) in [(&other, &all[18]), (&payday, &all[21])] {
        funder.reverse(&world, &payday.scheme.venue, undone).await.good();
    }
    let html = reader.page(&format!("/structure/redemptions?state=undone&venue={venue}")).await;
    assert_eq!(serials(&html.text), named(&[all[18].clone(), all[21].clone()]));
    assert!(plain(&html.text).contains("2 chèques, 20 €"), "{}", html.text);
    let html = reader.page("/structure/redemptions?state=due&from=2026-11-23").await;
    let due: Vec<Redeemed> = all[..20].iter().filter(|it| it.id != all[18].id).cloned().collect();
    assert_eq!(serials(&html.text), named(&due));
    assert!(plain(&html.text).contains("19 chèques, 190 €"), "{}", html.text);
}

async fn nobody_reads_the_money_of_another(world: World) {
    let payday = Payday::new(&world, &Plan::default(), Accounts::Known).await;
    let redeemed = payday.redeem(&world, 0, 0).await;
    let (settlement, payments) = payday.pay(&world, "2026-11-22").await;
    let payment = payments[0].clone().unwrap();
    let (other, venue, _) = &payday.payees[1];
    let (mut stranger, _) = keeper(&world, *other, "eve@exemple.fr").await;
    let id = payment["id"].as_str().unwrap();
    let addresses = [
        format!("/structure/redemptions/{}", redeemed.id),
        format!("/structure/redemptions/{}/receipt.json", redeemed.id),
        format!("/structure/payments/{id}"),
        format!("/structure/payments/statements/{settlement}"),
        format!("/structure/payments/statements/{settlement}/statement.csv"),
    ];
    for path in &addresses {
        assert_eq!(stranger.open(path).await.status, 404, "{path}");
    }
    let (mut owner, _) = keeper(&world, payday.scheme.structure_id, "ana@exemple.fr").await;
    for path in &addresses {
        assert_eq!(owner.open(path).await.status, 200, "the control: {path}");
    }
    // Naming another's venue finds nothing, and no page names its vouchers.
    let foreign = format!("/structure/redemptions?venue={}", payday.scheme.venue_id);
    for path in ["/structure", "/structure/redemptions", "/structure/payments", &foreign] {
        let html = stranger.page(path).await;
        assert!(!html.text.contains(&redeemed.serial), "{path}");
    }
    assert_eq!(stranger.open("/structure/redemptions.csv").await.text().lines().count(), 1);
    assert_eq!(stranger.open("/structure/proofs.json").await.good(), json!([]));
    let undo = format!("/structure/redemptions/{}/undo", redeemed.id);
    let form = stranger.page("/structure/register").await.form("/structure/register");
    let form = sent_to(&undo, form);
    assert_eq!(stranger.post(&form).await.status, 404);
    assert!(payday.due(&world, 0).await == 0 && *other != payday.scheme.structure_id);
    // Who redeems at the other venue sees that one only, and nothing of payments.
    let mine = payday.redeem(&world, 1, 5).await;
    let bound = (*other, Some(*venue));
    let mut counter = member(&world, bound, "venue-counter", "max@exemple.fr").await;
    let html = sound(&mut counter, "/structure/redemptions").await;
    assert_eq!(serials(&html.text), std::slice::from_ref(&mine.serial));
    assert!(html.text.contains("encaissé") && !html.text.contains("à payer"), "{}", html.text);
    let html = sound(&mut counter, &format!("/structure/redemptions/{}", mine.id)).await;
    assert!(html.forms.iter().any(|form| form.action.ends_with("/undo")));
    for path in
        ["/structure/payments", "/structure/redemptions?state=due", "/structure/proofs.json"]
    {
        assert_eq!(counter.open(path).await.status, 403, "{path}");
    }
    let nobody: carnet::base::id::Id<Structure> = structure(&world, "Rien").await;
    let (mut nobody, _) = keeper(&world, nobody, "zoe@exemple.fr").await;
    sound(&mut nobody, "/structure/payments").await;
}
