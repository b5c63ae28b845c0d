//! What a database holds, row by row and as sums.
//!
//! Goal: a test says "nothing changed" and means every row of every table.

use std::collections::BTreeMap;

use carnet::domain::ledger::account::Account;
use carnet::domain::ledger::balance::Balances;
use carnet::store::tables::{Row, TABLES, page};
use carnet::store::{self};
use sqlx::AssertSqlSafe;

use crate::harness::World;

/// All rows of all tables.
pub(crate) async fn everything(world: &World) -> BTreeMap<&'static str, Vec<Row>> {
    let mut tx = world.instance.database.read().await.unwrap();
    let mut all = BTreeMap::new();
    for table in TABLES {
        all.insert(table.name, page(&mut tx, table, None, 1_000_000).await.unwrap());
    }
    assert!(all["entry"].len() > 3 && all["ledger"].len() > 1, "nothing is looked at");
    all
}

/// The balances of a ledger, which must add up.
pub(crate) async fn balances(world: &World, ledger_id: &str) -> Balances {
    let mut tx = world.instance.database.read().await.unwrap();
    let head = store::ledger::head(&mut tx, ledger_id).await.unwrap().unwrap();
    let balances = store::ledger::balances(&mut tx, head.ledger_no).await.unwrap();
    balances.check_funded().unwrap();
    balances
}

/// What one account of a ledger holds.
pub(crate) async fn held(world: &World, ledger_id: &str, account: Account) -> i64 {
    balances(world, ledger_id).await.balance(account).cents()
}

/// Runs SQL beside the program, as somebody with the database's password could.
pub(crate) async fn meddle(world: &World, sql: &str) -> Result<(), sqlx::Error> {
    meddle_at(&world.url, sql).await
}

/// The same, in the database at an address.
pub(crate) async fn meddle_at(url: &str, sql: &str) -> Result<(), sqlx::Error> {
    let sql = AssertSqlSafe(sql.to_owned());
    if url.starts_with("sqlite:") {
        let pool = sqlx::SqlitePool::connect(url).await?;
        let done = sqlx::raw_sql(sql).execute(&pool).await.map(|_| ());
        pool.close().await;
        done
    } else {
        let pool = sqlx::PgPool::connect(url).await?;
        let done = sqlx::raw_sql(sql).execute(&pool).await.map(|_| ());
        pool.close().await;
        done
    }
}
