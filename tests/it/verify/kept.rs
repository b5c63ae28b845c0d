//! Goal: what accounts no longer need goes from the vault, each with a line; every proof stays
//! valid; what went without a line, or too early, is found by the audit and by a stranger.

use async_trait::async_trait;
use carnet::base::id::{AnyId, Id, Settlement};
use carnet::domain::fact::{Fact, LedgerRestored, LossAccepted};
use carnet::domain::ledger::log::{Edge, leaf_hash};
use carnet::domain::ledger::receipt::{Receipt, verify};
use carnet::domain::restoration::{Loss, Tip};
use carnet::domain::retention::VaultPurged;
use carnet::domain::verifier::Verdict;
use carnet::service::Error;
use carnet::service::purge::{self, Purged, Retention};
use carnet::service::writer::Write;
use carnet::service::writer::desk::{Decided, Decision, Desk, Draft, VaultRow};
use serde_json::{Value, json};

use super::Export;
use crate::audit::{holds, report};
use crate::cli::at;
use crate::harness::{World, on_both_engines};
use crate::people::first_operator;
use crate::scheme::{Plan, Scheme};
use crate::settlements::payday::{Accounts, Payday, next_day};
use crate::state::{everything, meddle};

/// The account that a structure changes to.
const OTHER: &str = "FR7630006000011234567890189";

/// Two settlements: all payments of the first ended, one of the second did not; the first payee
/// has changed its account.
struct Paid {
    payday: Payday,
    ended: Id<Settlement>,
    open: Id<Settlement>,
    waiting: Value,
    receipts: Vec<Receipt>,
}

async fn paid(world: &World) -> Paid {
    let payday = Payday::new(world, &Plan::default(), Accounts::Known).await;
    payday.redeem(world, 0, 0).await;
    payday.redeem(world, 1, 1).await;
    let (ended, payments) = payday.pay(world, "2026-11-22").await;
    for payment in payments.into_iter().flatten() {
        payday.bank(world, &payment, "confirmation").await.good();
    }
    next_day(world);
    let last = payday.redeem(world, 0, 2).await;
    let (open, [waiting, _]) = payday.pay(world, "2026-11-23").await;
    let path = format!("/api/v1/organisations/{}/bank-account", payday.payees[0].0);
    let body = json!({ "iban": OTHER, "holder": "La Quincaillerie" });
    let changed = world.ask_if("PUT", &path, &world.operator, Some(body), Some(1)).await.good();
    let redeemed = world.get(&format!("/api/v1/redemptions/{}", last.id), &world.operator).await;
    let receipts = [changed, redeemed.good()];
    let receipts = receipts.map(|it| serde_json::from_value(it["receipt"].clone()).unwrap());
    Paid { payday, ended, open, waiting: waiting.unwrap(), receipts: receipts.into() }
}

/// How many rows of each table of the vault went, or would.
fn gone(purged: &[Purged]) -> [i64; 3] {
    ["payment_file", "bank_account", "logo"]
        .map(|table| purged.iter().find(|it| it.table == table).unwrap().rows)
}

async fn purged(world: &World) -> [i64; 3] {
    gone(&purge::run(&world.instance, Retention::default()).await.unwrap())
}

impl Paid {
    /// `carnet audit`, and `carnet verify ledger` on an export.
    fn the_program_says_so(&self, world: &World) {
        at(world, &["audit"]).good();
        let funder = self.payday.scheme.funder_id;
        let out = world.dir.join("export").display().to_string();
        at(world, &["export", "--ledger", &funder.to_string(), "--out", &out]).good();
        let (lines, keys) = (format!("{out}/ledger-{funder}"), format!("{out}/carnet-keys.json"));
        let asked = [&format!("{lines}.jsonl"), "--checkpoint", &format!("{lines}.checkpoint")];
        let asked = [&["verify", "ledger"][..], &asked, &["--keys", &keys]].concat();
        let said = at(world, &asked).good();
        assert!(said.contains(": holds: "), "{said}");
    }

    async fn file(&self, world: &World, id: Id<Settlement>) -> crate::harness::Answer {
        world.get(&format!("/api/v1/settlements/{id}/pain.001.xml"), &world.operator).await
    }

    /// Both ledgers hold for the operator and for a stranger, and the receipts verify.
    async fn is_proved(&self, world: &World) {
        holds(world).await;
        let mut keys = Vec::new();
        for owner in [world.operator_id.to_string(), self.payday.scheme.funder_id.to_string()] {
            let export = Export::of(world, &owner).await;
            let judged = export.judge(&export.lines, &export.note);
            assert_eq!((judged.verdict, judged.first), (Verdict::Holds, None));
            keys.push(export.key.verifier_key().clone());
        }
        for receipt in &self.receipts {
            verify(receipt, &keys).unwrap();
        }
    }
}

async fn what_accounts_need_no_more_goes(world: World) {
    let mut nora = first_operator(&world).await;
    let path = format!("people/{}", nora.session["person_id"].as_str().unwrap());
    nora.ask("DELETE", &path, None).await.good();
    let paid = paid(&world).await;
    paid.is_proved(&world).await;
    let before = paid.file(&world, paid.ended).await.text();
    // Ten years after the year, and not a day before.
    world.clock.set("2036-12-31T20:00:00.000Z".parse().unwrap());
    assert_eq!(purged(&world).await, [0, 0, 0], "the last day of the tenth year");
    assert_eq!(paid.file(&world, paid.ended).await.text(), before);
    world.clock.set("2037-01-01T20:00:00.000Z".parse().unwrap());
    let longer = Retention { accounting_years: 11, ..Retention::default() };
    assert_eq!(gone(&purge::look(&world.instance, longer).await.unwrap()), [0, 0, 0]);
    let told = purge::look(&world.instance, Retention::default()).await.unwrap();
    // The file of the ended settlement, the account that was replaced, and that of the payee to
    // whom nothing is owed; the account in force of the other one stays.
    assert_eq!(gone(&told), [1, 2, 0]);
    assert_eq!(purged(&world).await, [1, 2, 0]);
    assert_eq!(purged(&world).await, [0, 0, 0], "once");
    let late = paid.file(&world, paid.ended).await;
    assert_eq!((late.status.as_u16(), late.code().as_str()), (410, "no-longer-kept"));
    let hash = sha256(&before);
    let lines = Export::of(&world, &paid.payday.scheme.funder_id.to_string()).await.lines;
    assert!(lines.iter().any(|line| line.contains(&hash)), "the hash proves a kept copy");
    paid.file(&world, paid.open).await.good();
    let rows = everything(&world).await;
    let emptied = |row: &&Vec<Option<String>>| row[2].as_deref() == Some("");
    let whose: Vec<_> = rows["bank_account"].iter().filter(emptied).collect();
    assert!(whose.iter().all(|row| row[3..5] == [Some(String::new()), Some(String::new())]));
    assert_eq!((whose.len(), rows["bank_account"].len()), (2, 5));
    paid.is_proved(&world).await;

    // The bank answers at last: ten more years for that file; the account then goes too.
    paid.payday.bank(&world, &paid.waiting, "confirmation").await.good();
    assert_eq!(purged(&world).await, [0, 0, 0]);
    world.clock.set("2048-01-02T10:00:00.000Z".parse().unwrap());
    assert_eq!(purged(&world).await, [1, 1, 0]);
    let code = paid.file(&world, paid.open).await.code();
    assert_eq!(code, "no-longer-kept");
    paid.is_proved(&world).await;
    // Whoever comes back gives its account again, as the next version, and is paid.
    let path = format!("/api/v1/organisations/{}", paid.payday.payees[0].0);
    let read = world.get(&path, &world.operator).await.good();
    assert_eq!(read["bank_accounts"], Value::Null);
    let body = json!({ "iban": OTHER, "holder": "La Quincaillerie" });
    let path = format!("{path}/bank-account");
    let again = world.ask_if("PUT", &path, &world.operator, Some(body), Some(2)).await;
    again.good();
    assert_eq!(again.etag.as_deref(), Some("\"3\""));
    paid.the_program_says_so(&world);
}

fn sha256(text: &str) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    data_encoding::HEXLOWER.encode(digest.as_ref())
}

/// Empties a row as the purge does, whatever the day.
struct AtWill(i64, String, VaultPurged);

#[async_trait]
impl Write for AtWill {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        let Self(no, id, what) = self;
        desk.refresh(&[*no]).await?;
        let actor: AnyId = id.parse().unwrap();
        let drafts = vec![Draft::new(*no, actor, actor, *what)];
        let vault = vec![VaultRow::Purged(*no, id.clone(), *what)];
        Ok(Decided::Write(Decision { drafts, vault, ..Decision::default() }))
    }
}

/// What an audit finds now: tables and what the lines say.
async fn found(world: &World) -> Vec<(&'static str, String)> {
    report(world).await.findings.into_iter().map(|it| (it.table, it.lines)).collect()
}

async fn what_goes_otherwise_is_found(world: World) {
    let paid = paid(&world).await;
    let (file, account) = (paid.ended.to_string(), paid.payday.payees[0].0.to_string());
    let kept = everything(&world).await;
    let cell = |table: &str, id: &str, column: usize| {
        let row = kept[table].iter().find(|row| row.iter().flatten().any(|cell| cell == id));
        row.unwrap()[column].clone().unwrap()
    };
    let content = cell("payment_file", &file, 3);
    let update = |content: &str| {
        let content = content.replace('\'', "''");
        format!("UPDATE payment_file SET content = '{content}' WHERE settlement_id = '{file}'")
    };
    // Emptied, or gone, without a line.
    meddle(&world, &update("")).await.unwrap();
    let hashed = vec![("payment_file", "what the line hashed".to_owned())];
    assert_eq!(found(&world).await, hashed);
    assert_eq!(paid.file(&world, paid.ended).await.code(), "fault");
    meddle(&world, &update(&content)).await.unwrap();
    holds(&world).await;
    let gone = format!("DELETE FROM bank_account WHERE owner_id = '{account}' AND version = 1");
    let (salt, hash) = (cell("bank_account", &account, 4), cell("bank_account", &account, 5));
    let (iban, holder) = (cell("bank_account", &account, 2), cell("bank_account", &account, 3));
    meddle(&world, &gone).await.unwrap();
    assert_eq!(found(&world).await, [("bank_account", "a row".to_owned())]);
    let back = format!(
        "INSERT INTO bank_account (owner_id, version, iban, holder, salt, hash)
         VALUES ('{account}', 1, '{iban}', '{holder}', '{salt}', '{hash}')"
    );
    meddle(&world, &back).await.unwrap();
    holds(&world).await;
    // With a line, in time; but the row still says it.
    world.clock.set("2037-01-01T20:00:00.000Z".parse().unwrap());
    assert_eq!(purged(&world).await, [1, 2, 0]);
    meddle(&world, &update(&content)).await.unwrap();
    let nothing = vec![("payment_file", "nothing: its time was over".to_owned())];
    assert_eq!(found(&world).await, nothing);
}

async fn what_goes_too_early_is_found(world: World) {
    let paid = paid(&world).await;
    let funder = paid.payday.scheme.funder_id.to_string();
    let operator = world.operator_id.to_string();
    world.clock.set("2036-12-31T20:00:00.000Z".parse().unwrap());
    let account = paid.payday.payees[0].0.to_string();
    for (no, id, what, ledger, why) in [
        (2, paid.ended.to_string(), VaultPurged::PaymentFile {}, &funder, "are not over"),
        (2, paid.open.to_string(), VaultPurged::PaymentFile {}, &funder, "answered by the bank"),
        (1, account.clone(), VaultPurged::BankAccount { version: 1 }, &operator, "are not over"),
        (1, account, VaultPurged::BankAccount { version: 3 }, &operator, "no line above made"),
        (1, operator.clone(), VaultPurged::BankAccount { version: 1 }, &operator, "in use"),
    ] {
        let size = Export::of(&world, ledger).await.lines.len();
        world.instance.door.write(AtWill(no, id, what)).await.unwrap();
        let export = Export::of(&world, ledger).await;
        let judged = export.judge(&export.lines[..=size], &export.signed(&export.lines[..=size]));
        assert_eq!(judged.verdict, Verdict::Violated, "{what:?}");
        let seen = found(&world).await;
        assert!(seen.iter().any(|(table, said)| *table == "entry" && said.contains(why)), "{why}");
    }
}

/// Writes a line that no verb would.
struct Says(i64, AnyId, Fact);

#[async_trait]
impl Write for Says {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        let Self(no, id, fact) = self;
        desk.refresh(&[*no]).await?;
        Ok(Draft::new(*no, *id, *id, fact.clone()).into())
    }
}

async fn a_false_restoration_is_found(world: World) {
    let scheme = Scheme::new(&world).await;
    let (funder, own) = (scheme.funder_id.any(), world.operator_id.any());
    let size = |export: &Export| i64::try_from(export.lines.len()).unwrap();
    let here = size(&Export::of(&world, &funder.to_string()).await);
    let tip = |size: i64| Tip { size, root: Edge::empty().root() };
    let loss = |more: i64, found: i64| Loss { remembered: tip(more), found: tip(found) };
    // The control: what names the end right above is no breach.
    let mut tree = Edge::empty();
    let above = Export::of(&world, &funder.to_string()).await.lines;
    tree.append(&above.iter().map(|line| leaf_hash(line.as_bytes())).collect::<Vec<_>>());
    let root = tree.root();
    let above = Tip { size: here, root };
    let said = LedgerRestored(Loss { remembered: tip(here + 9), found: above });
    world.instance.door.write(Says(2, funder, said.into())).await.unwrap();
    holds(&world).await;
    let export = Export::of(&world, &funder.to_string()).await;
    let judged = export.judge(&export.lines, &export.note);
    assert_eq!((judged.verdict, judged.restored.len()), (Verdict::Holds, 1));
    // Another root than the one above is seen by whoever has the lines.
    let other = loss(here + 9, here + 1);
    world.instance.door.write(Says(2, funder, LedgerRestored(other).into())).await.unwrap();
    let export = Export::of(&world, &funder.to_string()).await;
    let judged = export.judge(&export.lines, &export.note);
    assert!(judged.first.unwrap().contains("another end than the one above"));
    for (no, id, fact, why) in [
        (2, funder, LedgerRestored(loss(99, here)).into(), "the size that was found"),
        (1, funder, LossAccepted(loss(7, 7)).into(), "remembered is out of its bounds"),
        (1, own, LossAccepted(loss(999, 998)).into(), "found is out of its bounds"),
        (1, funder, LedgerRestored(loss(9, 2)).into(), "no line of this kind is about"),
    ] {
        let fact: Fact = fact;
        world.instance.door.write(Says(no, id, fact)).await.unwrap();
        let seen = found(&world).await;
        assert!(seen.iter().any(|(table, said)| *table == "entry" && said.contains(why)), "{why}");
    }
}

on_both_engines!(
    a_false_restoration_is_found,
    what_accounts_need_no_more_goes,
    what_goes_otherwise_is_found,
    what_goes_too_early_is_found,
);
