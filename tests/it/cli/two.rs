//! Goal: where two people decide, a command at the machine proposes and says so; the one that asks
//! nobody leaves its name in the ledger.

use crate::cli::{at, secret};
use crate::harness::{World, on_both_engines};
use crate::proposals::{approve, two};

/// The proposal that a command ended with.
fn waiting(err: &str) -> String {
    let start = err.find("proposal_").unwrap();
    format!("proposals/{}", &err[start..start + 35])
}

async fn the_machine_only_proposes(world: World) {
    let (_, mut paul) = two(&world).await;
    let added = at(&world, &["keys", "add", "--days", "30"]);
    added.failed(75, &["two people", "proposal_", "/approval"]);
    assert_eq!(at(&world, &["keys", "list"]).good().lines().count(), 2, "one key, and the head");
    approve(&mut paul, &waiting(&added.err)).await.good();
    let listed = at(&world, &["keys", "list"]).good();
    let states: Vec<&str> = listed.lines().map(|line| line.rsplit("  ").next().unwrap()).collect();
    assert_eq!(states, ["state", "verifies", "signs"], "{listed}");

    let granted = at(&world, &["api-key", "grant", "--role", "operator"]);
    granted.failed(75, &["proposal_"]);
    let key = secret(&granted.out).to_owned();
    assert_eq!(world.get("/api/v1/venues", &key).await.code(), "not-signed-in");
    approve(&mut paul, &waiting(&granted.err)).await.good();
    world.get("/api/v1/venues", &key).await.good();
    // What touches no money is granted at once, and a key ends at once.
    at(&world, &["api-key", "grant", "--role", "auditor"]).good();
    let id = granted.out.split(':').next().unwrap();
    at(&world, &["api-key", "revoke", id]).good();

    let person = paul.session["person_id"].as_str().unwrap().to_owned();
    at(&world, &["retire", &person]).failed(64, &["--yes"]);
    assert!(at(&world, &["retire", &person, "--yes"]).good().contains("1 ended"));
    at(&world, &["retire", &person, "--yes"]).failed(65, &["not-found"]);
    // One is alone again: the machine does what it is told.
    at(&world, &["keys", "add", "--days", "30"]).good();
}

on_both_engines!(the_machine_only_proposes);
