//! Goal: the journal is what a stranger with the standards in hand computes from its lines: the
//! tree of RFC 6962, and balances by plain addition.

use std::collections::BTreeMap;

use carnet::base::id::{Id, Redemption};
use carnet::domain::ledger::account::Account;
use carnet::store;
use data_encoding::BASE64;
use serde_json::Value;
use tlog_tiles::tlog::{Hash, node_hash, record_hash};

use crate::harness::{World, on_both_engines};
use crate::scheme::Scheme;
use crate::state::{balances, held};

/// The lines of the scheme's ledger, and the root of its newest checkpoint.
async fn journal(world: &World, scheme: &Scheme) -> (Vec<String>, String) {
    let mut tx = world.instance.database.read().await.unwrap();
    let id = scheme.funder_id.to_string();
    let head = store::ledger::head(&mut tx, &id).await.unwrap().unwrap();
    let lines = store::ledger::lines(&mut tx, head.ledger_no, 0, head.size, head.size).await;
    let note = store::checkpoint::newest_checkpoint(&mut tx, head.ledger_no).await.unwrap();
    let (size, note) = note.unwrap();
    assert_eq!(size, head.size);
    let root = note.lines().nth(2).unwrap().to_owned();
    (lines.unwrap().into_iter().map(|(_, line)| line).collect(), root)
}

/// The root of RFC 6962, section 2.1, by its own recursion and another library's hashes.
fn root(lines: &[String]) -> Hash {
    match lines {
        [line] => record_hash(line.as_bytes()),
        _ => {
            let left = (lines.len().next_power_of_two() / 2).max(1);
            node_hash(root(&lines[..left]), root(&lines[left..]))
        }
    }
}

async fn a_checkpoint_is_the_tree_of_its_lines(world: World) {
    let scheme = Scheme::new(&world).await;
    for position in 0..3 {
        scheme.redeem(&world, &scheme.voucher(0, position).url).await.good();
        let (lines, signed) = journal(&world, &scheme).await;
        assert_eq!(BASE64.encode(&root(&lines).0), signed, "{} lines", lines.len());
    }
}

/// Two uses stand, one is undone: exactly one face value goes back, in the lines as in the tables.
async fn a_reversal_gives_back_once(world: World) {
    let scheme = Scheme::new(&world).await;
    scheme.redeem(&world, &scheme.voucher(0, 0).url).await.good();
    let id: Id<Redemption> = world.id();
    let path = format!("/api/v1/redemptions/{id}");
    world.put(&path, &scheme.venue, scheme.body(&scheme.voucher(0, 1).url)).await.good();
    for _ in 0..2 {
        world.ask("PUT", &format!("{path}/reversal"), &scheme.venue, None).await.good();
    }
    let ledger = scheme.funder_id.to_string();
    assert_eq!(held(&world, &ledger, Account::Due(scheme.structure_id)).await, 1000);
    let float = balances(&world, &ledger).await.tally(Account::Float(scheme.campaign_id));
    assert_eq!((float.credits - float.debits, float.vouchers), (19_000, 19));

    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    for line in journal(&world, &scheme).await.0 {
        let line: Value = serde_json::from_str(&line).unwrap();
        for transfer in line["transfers"].as_array().into_iter().flatten() {
            let cents = transfer["cents"].as_i64().unwrap();
            *sums.entry(transfer["debit"].as_str().unwrap().to_owned()).or_default() -= cents;
            *sums.entry(transfer["credit"].as_str().unwrap().to_owned()).or_default() += cents;
        }
    }
    for (account, tally) in balances(&world, &ledger).await.iter() {
        assert_eq!(sums[&account.to_string()], tally.credits - tally.debits, "{account}");
    }
}

on_both_engines!(a_checkpoint_is_the_tree_of_its_lines, a_reversal_gives_back_once);
