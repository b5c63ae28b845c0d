//! Goal: whoever owns the database and has the log key is noticed by one of the judges, whatever
//! was changed; a sample of what `carnet torture tamper` does, under a seed that is told when it
//! fails; and no database is harmed that was not made for it.

use std::collections::BTreeSet;

use carnet::base::entropy::{SystemEntropy, bytes};
use carnet::cli::torture::Size;
use carnet::cli::torture::report::Report;
use carnet::cli::torture::tamper::{Plan, run};
use carnet::store::tables::{Sort, TABLES, table};
use carnet::store::torture::{Change, Owner, Workshop, change};
use serde_json::Value;

use crate::harness::{Engine, World, on_both_engines};

/// Another seed at each run, unless one is given.
fn seed() -> u64 {
    match std::env::var("CARNET_TORTURE_SEED") {
        Ok(text) => text.parse().unwrap(),
        Err(_) => u64::from(u32::from_be_bytes(bytes(&SystemEntropy::default()))),
    }
}

fn server(world: &World) -> Option<String> {
    match world.engine {
        Engine::Sqlite => None,
        Engine::Postgres => Some(std::env::var("CARNET_TEST_POSTGRES").unwrap()),
    }
}

async fn a_sample_of_tampering_is_noticed(world: World) {
    let dir = world.dir.join("torture");
    std::fs::create_dir_all(&dir).unwrap();
    let (seed, server) = (seed(), server(&world));
    println!("CARNET_TORTURE_SEED={seed}");
    let size = Size::SMALL;
    let plan = Plan { server, seed, size, sample: Some(120), flips: 32, told: false };
    let report = run(plan, &dir).await.unwrap_or_else(|failure| panic!("seed {seed}: {failure}"));
    assert_eq!(report.silent, Vec::<String>::new(), "{}", report.table());
    assert_eq!(report.elsewhere, Vec::<String>::new(), "seed {seed}");
    every_table_was_changed(&report);
    let json = serde_json::to_value(&report).unwrap();
    let histories = json["histories"].as_array().unwrap();
    let said = |history: &Value| {
        ["own", "outside", "outsiders"].map(|judge| history[judge]["said"].clone())
    };
    assert_eq!(said(&histories[0]), ["holds", "no", "no"], "{}", histories[0]);
    // Whoever has the kept checkpoints too is noticed from outside only.
    assert_eq!(said(&histories[1]), ["holds", "holds", "no"], "{}", histories[1]);
    assert_eq!(said(&histories[2]), ["no", "holds", "holds"], "{}", histories[2]);
    let flipped = |sort: &str| report.flips.get(sort).map_or(0, |flipped| flipped.made);
    let (file, log) = (flipped("database"), flipped("log"));
    let exports: u32 = ["lines", "checkpoint", "receipt"].map(flipped).iter().sum();
    let expected = if world.engine == Engine::Sqlite { (16, 8, 8) } else { (0, 0, 32) };
    assert_eq!((file, log, exports), expected);
    let scratch = |name: &&str| table(name).is_some_and(|table| table.sort == Sort::Scratch);
    assert!(report.excuses.keys().all(scratch), "{:?}", report.excuses);
}

fn every_table_was_changed(report: &Report) {
    let changed = report.columns.iter().filter(|(.., tally)| tally.made() > 0);
    let changed: BTreeSet<&str> = changed.map(|(table, ..)| *table).collect();
    let tables: BTreeSet<&str> = TABLES.iter().map(|table| table.name).collect();
    assert_eq!(changed, tables);
    let noticed: u32 = report.columns.iter().map(|(.., tally)| tally.own).sum();
    assert!(noticed > 80, "{}", report.table());
}

async fn only_what_was_made_for_it_is_harmed(world: World) {
    let refused = Owner::of(&world.url).await.unwrap_err().to_string();
    assert!(refused.contains("only databases that it made"), "{refused}");
    let workshop = match server(&world) {
        None => Workshop::in_directory(world.dir.clone()),
        Some(server) => Workshop::on_server(server),
    };
    let victim = workshop.make(None).await.unwrap();
    let options = carnet::store::DatabaseOptions { url: victim.url().to_owned(), readers: 1 };
    let database = carnet::store::Database::open(&options).await.unwrap();
    let owner = Owner::of(victim.url()).await.unwrap();
    // The triggers refuse everybody, are passed by a change, and refuse again.
    let row = |line: &str| ["1", "0", line].map(|cell| Some(cell.to_owned())).to_vec();
    let entry = table("entry").unwrap();
    let first = Change { table: entry, remove: Vec::new(), add: vec![row("a")] };
    change(&owner, &first).await.unwrap();
    let other = Change { table: entry, remove: vec![row("a")], add: vec![row("b")] };
    change(&owner, &other).await.unwrap();
    let mut tx = database.read().await.unwrap();
    let lines = carnet::store::ledger::lines(&mut tx, 1, 0, 9, 9).await.unwrap();
    assert_eq!(lines, [(0, "b".to_owned())]);
    drop(tx);
    let url = victim.url().to_owned();
    for sql in ["UPDATE entry SET line = 'c'", "DELETE FROM entry"] {
        let refused = crate::state::meddle_at(&url, sql).await.unwrap_err().to_string();
        assert!(refused.contains("the journal is never changed"), "{sql}: {refused}");
    }
    owner.close().await;
    database.close().await;
    workshop.clear().await.unwrap();
}

on_both_engines!(a_sample_of_tampering_is_noticed, only_what_was_made_for_it_is_harmed);
