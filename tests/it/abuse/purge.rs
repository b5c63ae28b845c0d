//! Goal: what was kept long enough goes, and nothing else; the ledgers prove what they proved.

use super::refused::kept;
use crate::harness::{World, on_both_engines};
use crate::people::{Browser, PASSWORD, first_operator, invitation, invited, joined, structure};
use crate::scheme::Scheme;
use crate::state::everything;
use carnet::service::purge::{self, Purged, Retention};

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

/// A world in which each table that ages has something: Ana left, Nora stays, Bo never came.
async fn lived(world: &World) -> String {
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
    scheme.redeem(world, &scheme.voucher(0, 0).url).await.good();
    scheme.redeem(world, &scheme.voucher(0, 0).url).await.code();
    kept(world).await;
    person
}

async fn what_is_old_goes_and_nothing_else(world: World) {
    let person = lived(&world).await;
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

on_both_engines!(
    what_is_old_goes_and_nothing_else,
    a_purge_goes_in_small_parts,
    the_command_purges,
);
