//! Goal: an accountant's own tool counts the same money: the journal that `carnet export` writes
//! balances line by line and ends with the balances of the ledger.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use crate::cli::at;
use crate::harness::{World, on_both_engines};
use crate::state::balances;
use crate::verify::lived;

/// Euros with two decimals, in cents.
fn cents(text: &str) -> i64 {
    let (euros, cents) = text.split_once('.').unwrap();
    assert_eq!(cents.len(), 2, "{text}");
    format!("{euros}{cents}").parse().unwrap()
}

/// Sums by account of a journal whose every transaction is zero; what its end asserts.
fn read(journal: &str) -> (BTreeMap<String, i64>, BTreeMap<String, i64>) {
    let (mut sums, mut asserted) = (BTreeMap::new(), BTreeMap::new());
    let mut open = 0;
    for line in journal.lines() {
        let Some(posting) = line.strip_prefix("    ") else {
            assert_eq!(open, 0, "before {line}");
            continue;
        };
        let (account, amount) = posting.split_once("  ").unwrap();
        let (amount, held) = amount.split_once(" = ").unwrap_or((amount, ""));
        let amount = cents(amount.strip_suffix(" EUR").unwrap());
        open += amount;
        *sums.entry(account.to_owned()).or_insert(0) += amount;
        if let Some(held) = held.strip_suffix(" EUR") {
            asserted.insert(account.to_owned(), cents(held));
        }
    }
    assert_eq!(open, 0);
    (sums, asserted)
}

/// What hledger says of a journal: whether every check passes.
fn hledger(path: &Path) -> bool {
    let mut command = Command::new("hledger");
    passes(command.arg("-f").arg(path).args(["check", "--strict"]))
}

/// The same of beancount.
fn beancount(path: &Path) -> bool {
    passes(Command::new("bean-check").arg("--no-cache").arg(path))
}

fn passes(command: &mut Command) -> bool {
    let status = command.output();
    let required = std::env::var("CARNET_TEST_TOOLS").is_ok_and(|value| value == "required");
    match status {
        Ok(output) => output.status.success(),
        Err(error) => {
            assert!(!required, "{command:?} is required and not installed: {error}");
            true
        }
    }
}

async fn an_accountants_tool_counts_the_same(world: World) {
    let scheme = lived(&world).await;
    let ledger = scheme.funder_id.to_string();
    let ask = |format: &str| {
        let call =
            at(&world, &["export", "--ledger", &ledger, "--out", "books", "--format", format]);
        call.good();
    };
    ask("hledger");
    let path = world.dir.join(format!("books/ledger-{ledger}.journal"));
    let journal = std::fs::read_to_string(&path).unwrap();
    let (sums, asserted) = read(&journal);
    assert_eq!(sums, asserted);
    let stored = balances(&world, &ledger).await;
    let ours: BTreeMap<String, i64> = stored
        .iter()
        .map(|(account, tally)| (account.to_string(), tally.debits - tally.credits))
        .collect();
    assert_eq!(sums, ours);
    assert!(ours.len() > 5 && journal.contains(") voucher-redeemed  ; id: redemption_"));

    assert!(hledger(&path), "hledger refuses the journal");
    let wrong = world.dir.join("wrong.journal");
    for (from, to) in [("  10.00 EUR\n", "  10.01 EUR\n"), ("= 0.00 EUR", "= 0.01 EUR")] {
        assert!(journal.contains(from), "{from}");
        std::fs::write(&wrong, journal.replacen(from, to, 1)).unwrap();
        let is_here = Command::new("hledger").arg("--version").output().is_ok();
        assert!(!is_here || !hledger(&wrong), "hledger does not see {to}");
    }

    ask("beancount");
    let beans = std::fs::read_to_string(path.with_extension("beancount")).unwrap();
    assert!(beancount(&path.with_extension("beancount")), "beancount refuses the journal");
    let wrong = world.dir.join("wrong.beancount");
    for (from, to) in [("  10.00 EUR\n", "  10.01 EUR\n"), (" 0.00 ~", " 0.01 ~")] {
        assert!(beans.contains(from), "{from}");
        std::fs::write(&wrong, beans.replacen(from, to, 1)).unwrap();
        let is_here = Command::new("bean-check").arg("--version").output().is_ok();
        assert!(!is_here || !beancount(&wrong), "beancount does not see {to}");
    }

    ask("csv");
    let table = std::fs::read_to_string(path.with_extension("csv")).unwrap();
    let mut rows = csv::Reader::from_reader(table.as_bytes());
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    let mut last = -1;
    for row in rows.records() {
        let row = row.unwrap();
        let (seq, amount) = (row[1].parse::<i64>().unwrap(), cents(&row[7]));
        assert!(seq >= last && amount > 0);
        last = seq;
        *sums.entry(row[5].to_owned()).or_default() += amount;
        *sums.entry(row[6].to_owned()).or_default() -= amount;
    }
    assert_eq!(sums, ours);
    let other = at(&world, &["export", "--ledger", &ledger, "--format", "ods"]);
    other.failed(64, &["hledger, beancount, csv"]);
}

on_both_engines!(an_accountants_tool_counts_the_same);
