//! Goal: every statement is prepared on both migrated engines, so that one SQL text really serves
//! two; the twin migrations have the same tables and columns.

use std::collections::BTreeMap;

use carnet::store::{Database, DatabaseOptions};
use sqlx::{AssertSqlSafe, Executor as _, Row as _, SqlSafeStr as _};

use crate::harness::{Engine, World, fresh_dir, fresh_url, on_both_engines};

async fn every_statement_is_prepared(world: World) {
    let statements = carnet::store::statements();
    assert!(statements.len() > 60, "{} statements", statements.len());
    let mut refused = Vec::new();
    match world.engine {
        Engine::Sqlite => {
            let pool = sqlx::SqlitePool::connect(&world.url).await.unwrap();
            for (name, statement) in statements {
                let sql = AssertSqlSafe(statement.sqlite).into_sql_str();
                if let Err(error) = pool.prepare(sql).await {
                    refused.push(format!("{name}: {error}"));
                }
            }
        }
        Engine::Postgres => {
            let pool = sqlx::PgPool::connect(&world.url).await.unwrap();
            for (name, statement) in statements {
                let sql = AssertSqlSafe(statement.postgres).into_sql_str();
                if let Err(error) = pool.prepare(sql).await {
                    refused.push(format!("{name}: {error}"));
                }
            }
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

on_both_engines!(every_statement_is_prepared);

/// Tables with their columns and the kind of value in each.
type Shape = BTreeMap<String, BTreeMap<String, String>>;

fn kind(native: &str) -> String {
    match native.to_uppercase().as_str() {
        "INTEGER" | "BIGINT" => "number".to_owned(),
        "TEXT" => "text".to_owned(),
        other => other.to_owned(),
    }
}

#[tokio::test]
async fn the_twin_migrations_make_the_same_tables() {
    if std::env::var("CARNET_TEST_POSTGRES").is_err() {
        return;
    }
    let mut shapes = Vec::new();
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let url = fresh_url(engine, &fresh_dir()).await;
        let options = DatabaseOptions { url: url.clone(), readers: 1 };
        Database::open(&options).await.unwrap();
        let mut shape = Shape::new();
        let mut add = |table: String, column: String, native: String| {
            if !table.starts_with("_sqlx") && !table.starts_with("sqlite_") {
                shape.entry(table).or_default().insert(column, kind(&native));
            }
        };
        if engine == Engine::Sqlite {
            let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
            let sql = "SELECT m.name, c.name, c.type FROM sqlite_master AS m
                       JOIN pragma_table_info(m.name) AS c WHERE m.type = 'table'";
            for row in pool.fetch_all(sql).await.unwrap() {
                add(row.get(0), row.get(1), row.get(2));
            }
        } else {
            let pool = sqlx::PgPool::connect(&url).await.unwrap();
            let sql = "SELECT table_name::text, column_name::text, data_type::text
                       FROM information_schema.columns WHERE table_schema = 'public'";
            for row in pool.fetch_all(sql).await.unwrap() {
                add(row.get(0), row.get(1), row.get(2));
            }
        }
        shapes.push(shape);
    }
    assert_eq!(shapes[0], shapes[1]);
    assert!(shapes[0].len() > 20);
}
