//! Goal: what was kept long enough goes, and nothing else; the ledgers prove what they proved.

use carnet::base::id::{Funder, Id};
use carnet::service::purge::{self, Purged, Retention};
use serde_json::Value;

use super::refused::kept;
use crate::harness::{World, on_both_engines};
use crate::people::{Browser, PASSWORD, first_operator, invitation, invited, joined, structure};
use crate::scheme::Scheme;
use crate::state::everything;

/// Tables that a purge may touch.
const PURGED: [&str; 11] = [
    "session",
    "link",
    "ceremony",
    "openid_flow",
    "attempt",
    "refused_attempt",
    "person",
    "totp",
    "recovery_code",
    "passkey",
    "identity",
];

fn rows(purged: &[Purged], table: &str) -> i64 {
    purged.iter().find(|it| it.table == table).unwrap().rows
}

/// A world in which each table that ages has something: Ana left, Nora stays, Bo never came. Gives
/// who left, the funder, and the receipt of a redemption.
async fn lived(world: &World) -> (String, Id<Funder>, Value) {
    let scheme = Scheme::new(world).await;
    drop(first_operator(world).await);
    let own = structure(world, "A").await.to_string();
    let ana = joined(world, invitation("ana@exemple.fr", "structure-accountant", &own)).await;
    let membership = ana.session["membership_id"].as_str().unwrap();
    let person = ana.session["person_id"].as_str().unwrap().to_owned();
    world
        .post(&format!("/api/v1/memberships/{membership}/end"), &world.operator, None)
        .await
        .good();
    invited(world, invitation("bo@exemple.fr", "structure", &own)).await;
    let mut stranger = Browser::new(world);
    stranger.sign_in("ana@exemple.fr", "falsch").await.code();
    let redeemed = scheme.redeem(world, &scheme.voucher(0, 0).url).await.good();
    scheme.redeem(world, &scheme.voucher(0, 0).url).await.code();
    kept(world).await;
    (person, scheme.funder_id, redeemed["receipt"].clone())
}

async fn what_is_old_goes_and_nothing_else(world: World) {
    let (person, ..) = lived(&world).await;
    let retention = Retention::default();
    let before = everything(&world).await;
    assert!(before["refused_attempt"].len() >= 2 && before["session"].len() >= 2);
    // The negative control: today nothing is old.
    let none = purge::run(&world.instance, retention).await.unwrap();
    assert!(none.iter().all(|it| it.rows == 0), "{none:?}");
    assert_eq!(everything(&world).await, before);

    world.clock.advance_seconds(364 * 86_400);
    let some = purge::run(&world.instance, retention).await.unwrap();
    assert_eq!((rows(&some, "refused_attempt"), rows(&some, "person")), (0, 0));
    assert!(rows(&some, "session") >= 2 && rows(&some, "link") >= 1, "{some:?}");
    assert_eq!(rows(&some, "attempt"), 1);
    world.clock.advance_seconds(2 * 86_400);
    let told = purge::look(&world.instance, retention).await.unwrap();
    assert_eq!(everything(&world).await["refused_attempt"], before["refused_attempt"]);
    let done = purge::run(&world.instance, retention).await.unwrap();
    assert_eq!(done, told, "a dry run says what a purge does");
    assert_eq!(rows(&done, "person"), 1);

    let after = everything(&world).await;
    for (table, rows) in &after {
        if PURGED.contains(table) {
            let text = format!("{rows:?}");
            assert!(!text.contains(&person) && !text.contains("ana@exemple.fr"), "{table}");
        } else {
            assert_eq!(rows, &before[table], "{table}");
        }
    }
    for table in ["session", "link", "attempt", "refused_attempt", "openid_flow", "ceremony"] {
        assert!(after[table].is_empty(), "{table}");
    }
    assert_eq!(after["person"].len(), 2, "who has a right stays, joined or not");
    crate::audit::holds(&world).await;
    let mut nora = Browser::new(&world);
    nora.sign_in("nora@exemple.fr", PASSWORD).await.good();
    let again = purge::run(&world.instance, retention).await.unwrap();
    assert!(again.iter().all(|it| it.rows == 0), "{again:?}");
}

async fn a_purge_goes_in_small_parts(world: World) {
    Scheme::new(&world).await;
    let insert = |number: i64| {
        format!(
            "INSERT INTO attempt (subject, failures, last_at) VALUES ('{number}', 1, {number});"
        )
    };
    let all: String = (0..1203).map(insert).collect();
    crate::state::meddle(&world, &all).await.unwrap();
    let done = purge::run(&world.instance, Retention::default()).await.unwrap();
    assert_eq!(rows(&done, "attempt"), 1203);
    assert!(everything(&world).await["attempt"].is_empty());
}

/// The program does the same, by the periods of its configuration.
async fn the_command_purges(world: World) {
    Scheme::new(&world).await;
    let by_file = carnet::server::retention(&super::default_config().retention);
    assert_eq!(by_file, Retention::default(), "the program's default is that of the file");
    let config = crate::server::config(&world, &[("retention.refused_attempts_days", "30")]);
    assert_eq!(carnet::server::retention(&config.retention).refused, 30 * 86_400);
    assert!(config.retention.nightly.is_some(), "every night, unless told otherwise");
    let old = "INSERT INTO attempt (subject, failures, last_at) VALUES ('x', 1, 0)";
    crate::state::meddle(&world, old).await.unwrap();
    let count = |said: &str| {
        let line = said.lines().find(|line| line.starts_with("attempt ")).unwrap();
        line.split_whitespace().last().unwrap().to_owned()
    };
    let told = crate::cli::at(&world, &["purge", "--dry-run"]).good();
    assert!(told.contains("would go") && count(&told) == "1", "{told}");
    assert_eq!(everything(&world).await["attempt"].len(), 1);
    assert_eq!(count(&crate::cli::at(&world, &["purge"]).good()), "1");
    assert!(everything(&world).await["attempt"].is_empty());
    assert_eq!(count(&crate::cli::at(&world, &["purge"]).good()), "0");
}

/// Writes a ledger as it is now into the world's directory.
async fn pulled(world: &World, ledger: &str, name: &str) -> String {
    let path = format!("/api/v1/ledgers/{ledger}/export");
    let lines = world.get(&path, &world.operator).await.text();
    let size = lines.lines().count();
    let note = format!("/ledger/{ledger}/checkpoint?size={size}");
    let note = world.get(&note, "").await.text();
    for (end, content) in [("jsonl", &lines), ("checkpoint", &note)] {
        std::fs::write(world.dir.join(format!("{name}.{end}")), content).unwrap();
    }
    lines
}

/// What somebody had in hand before names were forgotten proves the same after it, to the program
/// and to the auditor.
async fn a_purge_takes_no_proof_away(world: World) {
    let (person, funder, receipt) = lived(&world).await;
    let keys = world.get("/.well-known/carnet-keys.json", "").await.text();
    std::fs::write(world.dir.join("keys.json"), keys).unwrap();
    std::fs::create_dir(world.dir.join("receipts")).unwrap();
    std::fs::write(world.dir.join("receipts/1.json"), receipt.to_string()).unwrap();
    let ledgers = [world.operator_id.to_string(), funder.to_string()];
    let mut before = Vec::new();
    for ledger in &ledgers {
        before.push(pulled(&world, ledger, &format!("before-{ledger}")).await);
    }
    assert!(before[0].contains(&person), "a line says what the person was");
    world.clock.advance_seconds(366 * 86_400);
    let done = purge::run(&world.instance, Retention::default()).await.unwrap();
    assert_eq!(rows(&done, "person"), 1);
    assert!(!format!("{:?}", everything(&world).await["person"]).contains(&person));
    crate::cli::at(&world, &["purge"]).good();
    let audit = crate::cli::at(&world, &["audit"]).good();
    assert!(audit.contains("Holds: "), "{audit}");
    for (ledger, before) in ledgers.iter().zip(before) {
        assert_eq!(pulled(&world, ledger, ledger).await, before);
        let [lines, note] = ["jsonl", "checkpoint"].map(|end| format!("{ledger}.{end}"));
        let since = format!("before-{ledger}.checkpoint");
        let asked = ["verify", "ledger", &lines, "--checkpoint", &note, "--keys", "keys.json"];
        let more = ["--since", &since, "--receipts", "receipts"];
        let told = crate::cli::at(&world, &[&asked[..], &more].concat()).good();
        let own = if ledger.starts_with("funder") { "1 receipts hold" } else { "0 receipts hold" };
        assert!(told.contains(": holds: ") && told.contains(own), "{told}");
    }
    let one = ["verify", "receipt", "receipts/1.json", "--keys", "keys.json"];
    crate::cli::at(&world, &one).good();
    // The negative control: what a purge must not take is missed.
    crate::state::meddle(&world, "DELETE FROM membership").await.unwrap();
    assert_eq!(crate::cli::at(&world, &["audit"]).code, 1);
}

on_both_engines!(
    a_purge_takes_no_proof_away,
    what_is_old_goes_and_nothing_else,
    a_purge_goes_in_small_parts,
    the_command_purges,
);
