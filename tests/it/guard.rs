//! Goal: a database that lacks what was acknowledged is not served, nor one whose ends were
//! changed; the night's audit says what it found.

use std::sync::Arc;
use std::time::Duration;

use carnet::base::clock::Clock as _;
use carnet::base::entropy::SystemEntropy;
use carnet::base::id::{Id, Structure};
use carnet::domain::organisation::OrganisationId;
use carnet::server::{Opened, Running, Server, ServerError};
use carnet::service::audit::{AuditReport, Outside};
use carnet::service::register;
use carnet::service::rotate::operator_at_the_machine;

use crate::audit::tamper::Owner;
use crate::harness::{World, on_both_engines};
use crate::registers::structure_body;
use crate::scheme::Scheme;
use crate::server::{Client, config};
use crate::state::meddle;

/// Writes one more line into the operator's ledger.
async fn add_line(world: &World) {
    let id: Id<Structure> = world.id();
    let path = format!("/api/v1/organisations/{id}");
    world.put(&path, &world.operator, structure_body("La Quincaillerie")).await.good();
}

async fn start(world: &World) -> Result<Running, ServerError> {
    Server::start(&config(world, &[])).await
}

async fn refused(world: &World) -> String {
    match start(world).await {
        Err(ServerError::Unsound(why)) => why,
        other => panic!("{other:?}"),
    }
}

async fn lost(world: &World) -> AuditReport {
    let mut report = AuditReport::default();
    let outside = Outside::at(&world.dir.join("checkpoints"));
    outside.judge(&world.instance.database, &mut report).await.unwrap();
    report
}

/// The ledger of the operator without its last lines: rows, checkpoints and all.
async fn cut_back(world: &World, size: i64) {
    let sql = format!(
        "DELETE FROM creation WHERE ledger_no = 1 AND seq >= {size};
         DELETE FROM entry WHERE ledger_no = 1 AND seq >= {size};
         DELETE FROM checkpoint WHERE ledger_no = 1 AND size > {size};
         DELETE FROM organisation WHERE seq >= {size};
         UPDATE ledger SET size = {size} WHERE ledger_no = 1;"
    );
    meddle(world, &sql).await.unwrap();
}

async fn an_older_copy_is_not_served(world: World) {
    add_line(&world).await;
    let before = size(&world).await;
    start(&world).await.unwrap().stop().await.unwrap();
    add_line(&world).await;
    add_line(&world).await;
    let server = start(&world).await.unwrap();
    server.stop().await.unwrap();
    assert!(lost(&world).await.findings.is_empty());

    Owner::of(&world).await.drop_triggers().await;
    cut_back(&world, before).await;
    let why = refused(&world).await;
    let told = [format!("{} lines were acknowledged", before + 2), format!("has {before}")];
    assert!(told.iter().all(|part| why.contains(part)), "{why}");
    let report = lost(&world).await;
    assert_eq!(report.verdict().exit_code(), 1);
    assert_eq!(report.findings[0].column, "kept outside");
    // Without what was kept outside, the shorter history is as good as any: that is why it is.
    std::fs::remove_dir_all(world.dir.join("checkpoints")).unwrap();
    start(&world).await.unwrap().stop().await.unwrap();
}

async fn another_history_is_not_served(world: World) {
    add_line(&world).await;
    start(&world).await.unwrap().stop().await.unwrap();
    let before = size(&world).await;
    Owner::of(&world).await.drop_triggers().await;
    cut_back(&world, before - 1).await;
    let instance = world.second_instance().await;
    let actor = operator_at_the_machine(&instance).await.unwrap();
    let id = OrganisationId::try_from(world.id::<Structure>().any()).unwrap();
    let profile = serde_json::from_value(structure_body("Une autre")).unwrap();
    register::organisation(&instance, &actor, id, profile, None).await.unwrap();
    assert_eq!(size(&world).await, before);
    let why = refused(&world).await;
    assert!(why.contains("others in their place"), "{why}");
}

async fn size(world: &World) -> i64 {
    let mut tx = world.instance.database.read().await.unwrap();
    carnet::store::ledger::heads(&mut tx, &[1]).await.unwrap()[0].size
}

async fn changed_ends_are_not_served(world: World) {
    Scheme::new(&world).await;
    let owner = Owner::of(&world).await;
    owner.drop_triggers().await;
    for (sql, told) in [
        (
            "UPDATE entry SET line = replace(line, 'operator_', 'auditor_')
              WHERE ledger_no = 1 AND seq = (SELECT MAX(seq) FROM entry WHERE ledger_no = 1)",
            "its last lines are not those that were signed",
        ),
        (
            "DELETE FROM checkpoint WHERE ledger_no = 2 AND size =
             (SELECT MAX(size) FROM checkpoint WHERE ledger_no = 2)",
            "its newest checkpoint covers",
        ),
        ("UPDATE ledger SET size = size - 1 WHERE ledger_no = 2", "it has lines behind its end"),
    ] {
        owner.run(sql).await;
        let why = refused(&world).await;
        assert!(why.contains(told), "{told}: {why}");
    }
}

async fn the_night_says_what_it_found(world: World) {
    Scheme::new(&world).await;
    // A second before the minute; the world's clock stands still, the night's sleep does not.
    let now = world.clock.now().millis().rem_euclid(86_400_000);
    world.clock.advance_seconds((now / 60_000 + 1) * 60 - now / 1000 - 1);
    let minute = now / 60_000 + 1;
    let nightly = format!("{:02}:{:02}", minute / 60, minute % 60);
    let config = config(&world, &[("audit.nightly_utc", &nightly)]);
    let entropy = Arc::new(SystemEntropy::default());
    let opened = Opened::open_with(&config, world.clock.clone(), entropy).await.unwrap();
    let server = Server::start_on(opened, &config).await.unwrap();
    let mut client = Client::to(server.address).await;
    measured(&mut client, "carnet_audit_holds 1").await;
    let owner = Owner::of(&world).await;
    owner.run("UPDATE book SET custody = 'destroyed' WHERE book_no = 1").await;
    measured(&mut client, "carnet_audit_holds 0").await;
    server.stop().await.unwrap();
}

async fn measured(client: &mut Client, expected: &str) {
    for _ in 0..200 {
        if client.get("/metrics").await.text.contains(expected) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{expected} was never measured");
}

on_both_engines!(
    an_older_copy_is_not_served,
    another_history_is_not_served,
    changed_ends_are_not_served,
    the_night_says_what_it_found,
);
