//! Goal: whoever writes into the database with the owner's rights, past triggers and program, is
//! found by the audit, and what cannot be judged is said; the list of tables is the catalogue's, so
//! that no table is left out (each column of each is changed in `torture.rs`).

use std::collections::BTreeMap;

use carnet::domain::ledger::log::{Edge, leaf_hash};
use carnet::service::audit::Verdict;
use carnet::store;
use carnet::store::tables::{Kind, Row, Sort, TABLES, Table, page, table};
use sqlx::{AssertSqlSafe, Row as _};

use super::{holds, lived_in, report};
use crate::harness::{Engine, World, on_both_engines};
use crate::ledgers::long::grow;
use crate::scheme::Scheme;
use crate::witness::pushed::cosigned;

/// Somebody with the owner's rights.
pub(crate) enum Owner {
    Sqlite(sqlx::SqlitePool),
    Postgres(sqlx::PgPool),
}

impl Owner {
    pub(crate) async fn of(world: &World) -> Self {
        match world.engine {
            Engine::Sqlite => {
                // A second connection would not know yet that the first one dropped a trigger.
                let one = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1);
                Self::Sqlite(one.connect(&world.url).await.unwrap())
            }
            Engine::Postgres => Self::Postgres(sqlx::PgPool::connect(&world.url).await.unwrap()),
        }
    }

    async fn try_run(&self, sql: &str) -> Result<u64, sqlx::Error> {
        let query = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Sqlite(pool) => {
                sqlx::query(query).execute(pool).await.map(|done| done.rows_affected())
            }
            Self::Postgres(pool) => {
                sqlx::query(query).execute(pool).await.map(|done| done.rows_affected())
            }
        }
    }

    pub(crate) async fn run(&self, sql: &str) {
        let rows = self.try_run(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert_eq!(rows, 1, "{sql}");
    }

    /// Runs a statement past the triggers, which stand again after it.
    async fn past(&self, sql: &str) {
        let guards: Vec<(String, String)> = match self {
            Self::Sqlite(_) => {
                let sql = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'";
                let triggers = self.pairs(sql).await.into_iter();
                triggers.map(|(name, sql)| (format!("DROP TRIGGER {name}"), sql)).collect()
            }
            Self::Postgres(_) => {
                let tables = TABLES.iter().filter(|table| table.sort == Sort::Journal);
                let alter = |how: &str, table: &Table| {
                    format!("ALTER TABLE {} {how} TRIGGER USER", table.name)
                };
                tables.map(|table| (alter("DISABLE", table), alter("ENABLE", table))).collect()
            }
        };
        for (away, _) in &guards {
            self.try_run(away).await.unwrap();
        }
        self.run(sql).await;
        for (_, back) in &guards {
            self.try_run(back).await.unwrap();
        }
    }

    /// The first two columns of what a statement selects, as texts.
    async fn pairs(&self, sql: &'static str) -> Vec<(String, String)> {
        match self {
            Self::Sqlite(pool) => {
                let rows = sqlx::query(sql).fetch_all(pool).await.unwrap();
                rows.iter().map(|row| (row.get(0), row.get(1))).collect()
            }
            Self::Postgres(pool) => {
                let rows = sqlx::query(sql).fetch_all(pool).await.unwrap();
                rows.iter().map(|row| (row.get(0), row.get(1))).collect()
            }
        }
    }

    /// Takes away what refuses.
    pub(crate) async fn drop_triggers(&self) {
        let triggers = match self {
            Self::Sqlite(_) => {
                self.pairs("SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'").await
            }
            Self::Postgres(_) => {
                let sql = "SELECT t.tgname::text, c.relname::text FROM pg_trigger AS t
                           JOIN pg_class AS c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal";
                self.pairs(sql).await
            }
        };
        assert!(triggers.len() >= 3);
        for (trigger, table) in triggers {
            let place = match self {
                Self::Sqlite(_) => String::new(),
                Self::Postgres(_) => format!(" ON {table}"),
            };
            self.try_run(&format!("DROP TRIGGER {trigger}{place}")).await.unwrap();
        }
    }
}

/// Every row of a table.
async fn rows(world: &World, table: &Table) -> Vec<Row> {
    let mut tx = world.instance.database.read().await.unwrap();
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let some = page(&mut tx, table, after.as_ref(), 500).await.unwrap();
        let Some(last) = some.last() else { return all };
        after = Some(last.clone());
        all.extend(some);
    }
}

/// A value as SQL writes it.
fn literal(kind: Kind, cell: Option<&String>) -> String {
    match (kind, cell) {
        (_, None) => "NULL".to_owned(),
        (Kind::Number, Some(number)) => number.clone(),
        (Kind::Text, Some(text)) => format!("'{}'", text.replace('\'', "''")),
    }
}

fn place(table: &Table, row: &Row) -> String {
    let cells = table.columns.iter().zip(row).take(table.key);
    let parts =
        cells.map(|((name, kind), cell)| format!("{name} = {}", literal(*kind, cell.as_ref())));
    parts.collect::<Vec<_>>().join(" AND ")
}

fn insert(table: &Table, row: &Row) -> String {
    let names: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
    let cells = table.columns.iter().zip(row);
    let cells: Vec<String> = cells.map(|((_, kind), cell)| literal(*kind, cell.as_ref())).collect();
    format!("INSERT INTO {} ({}) VALUES ({})", table.name, names.join(", "), cells.join(", "))
}

/// The tables of the catalogue with their columns, in order.
async fn catalogue(owner: &Owner) -> BTreeMap<String, Vec<String>> {
    let pairs = match owner {
        Owner::Sqlite(_) => {
            let sql = "SELECT m.name, c.name FROM sqlite_master AS m
                       JOIN pragma_table_info(m.name) AS c
                      WHERE m.type = 'table' ORDER BY m.name, c.cid";
            owner.pairs(sql).await
        }
        Owner::Postgres(_) => {
            let sql = "SELECT table_name::text, column_name::text
                         FROM information_schema.columns WHERE table_schema = 'public'
                        ORDER BY table_name, ordinal_position";
            owner.pairs(sql).await
        }
    };
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (table, column) in pairs {
        if !table.starts_with("_sqlx") && !table.starts_with("sqlite_") {
            tables.entry(table).or_default().push(column);
        }
    }
    tables
}

async fn the_list_is_the_catalogue(world: World) {
    let owner = Owner::of(&world).await;
    let listed: BTreeMap<String, Vec<String>> = TABLES
        .iter()
        .map(|table| {
            let columns = table.columns.iter().map(|(name, _)| (*name).to_owned());
            (table.name.to_owned(), columns.collect())
        })
        .collect();
    assert_eq!(catalogue(&owner).await, listed);
    if let Owner::Sqlite(_) = owner {
        let sql = "SELECT m.name, c.name FROM sqlite_master AS m
                   JOIN pragma_table_info(m.name) AS c
                  WHERE m.type = 'table' AND c.pk > 0 ORDER BY m.name, c.pk";
        let mut keys: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (table, column) in owner.pairs(sql).await {
            keys.entry(table).or_default().push(column);
        }
        for table in TABLES {
            let key = table.columns.iter().take(table.key).map(|(name, _)| (*name).to_owned());
            assert_eq!(keys[table.name], key.collect::<Vec<_>>(), "{}", table.name);
        }
    }
    // Each migration says the sort of each table in the line above it.
    for engine in ["sqlite", "postgres"] {
        let dir = format!("{}/migrations/{engine}", env!("CARGO_MANIFEST_DIR"));
        let mut sorts = BTreeMap::new();
        for file in std::fs::read_dir(dir).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            for part in text.split("\n\n").filter(|part| part.contains("CREATE TABLE ")) {
                let name = part.split_once("CREATE TABLE ").unwrap().1;
                let name = name.split_once(' ').unwrap().0.to_owned();
                let says = |sort: &str| {
                    let says = |line: &str| {
                        let word = line.strip_prefix("-- ").unwrap_or_default();
                        word.starts_with(sort) && word[sort.len()..].starts_with([':', ','])
                    };
                    part.lines().any(says)
                };
                let all = [Sort::Journal, Sort::Projection, Sort::Vault, Sort::Scratch];
                let sort = all.into_iter().find(|sort| says(sort.as_str()));
                sorts.insert(name, sort);
            }
        }
        for table in TABLES {
            assert_eq!(sorts[table.name], Some(table.sort), "{} in {engine}", table.name);
        }
    }
}

async fn the_journal_refuses_change(world: World) {
    Scheme::new(&world).await;
    cosigned(&world).await;
    grow(&world, &[300]).await;
    let owner = Owner::of(&world).await;
    for table in TABLES.iter().filter(|table| table.sort == Sort::Journal) {
        let name = table.name;
        let before = rows(&world, table).await;
        assert!(!before.is_empty(), "{name}");
        let (last, _) = table.columns.last().unwrap();
        let mut attempts =
            vec![format!("UPDATE {name} SET {last} = {last}"), format!("DELETE FROM {name}")];
        if world.engine == Engine::Postgres {
            attempts.push(format!("TRUNCATE {name}"));
        }
        for attempt in attempts {
            let error = owner.try_run(&attempt).await.unwrap_err().to_string();
            assert!(error.contains("the journal is never changed"), "{attempt}: {error}");
        }
        assert_eq!(rows(&world, table).await, before);
    }
}

async fn a_forged_history_is_found(world: World) {
    lived_in(&world).await;
    let owner = Owner::of(&world).await;
    // A line that is good by itself, but not the one that was hashed.
    let change = |from: &str, to: &str| {
        format!(
            "UPDATE entry SET line = replace(line, '{from}', '{to}') WHERE line LIKE '%{from}%'"
        )
    };
    owner.past(&change("MANDAT 2026-1", "MANDAT 2026-2")).await;
    let forged = report(&world).await;
    assert_eq!(forged.verdict(), Verdict::Violated);
    assert!(forged.findings.iter().all(|finding| finding.table == "checkpoint"), "{forged:?}");
    owner.past(&change("MANDAT 2026-2", "MANDAT 2026-1")).await;
    holds(&world).await;

    // Wherever the clock moved on a commit ended: its checkpoint cannot go unseen.
    let lines = rows(&world, table("entry").unwrap()).await;
    let recorded = |row: &Row| {
        let line: serde_json::Value = serde_json::from_str(row[2].as_ref().unwrap()).unwrap();
        line["recorded_at"].to_string()
    };
    let checkpoint = table("checkpoint").unwrap();
    let mut seen = 0;
    for row in rows(&world, checkpoint).await {
        let after = lines.iter().position(|line| line[..2] == row[..2]);
        let shown = after.is_none_or(|at| recorded(&lines[at - 1]) != recorded(&lines[at]));
        let place = place(checkpoint, &row);
        owner.past(&format!("DELETE FROM checkpoint WHERE {place}")).await;
        let verdict = report(&world).await.verdict();
        assert_eq!(verdict == Verdict::Violated, shown, "checkpoint {place}: {verdict:?}");
        seen += u32::from(shown);
        owner.run(&insert(checkpoint, &row)).await;
    }
    assert!(seen > 25, "{seen}");

    // A line in the middle goes.
    let middle = &lines[lines.len() - 5];
    let place = place(table("entry").unwrap(), middle);
    owner.past(&format!("DELETE FROM entry WHERE {place}")).await;
    let hole = report(&world).await;
    assert_eq!((hole.verdict(), hole.findings[0].column), (Verdict::Violated, "seq"));
    assert!(!hole.skipped.is_empty());
    owner.run(&insert(table("entry").unwrap(), middle)).await;
    holds(&world).await;
}

async fn money_that_is_not_there_is_found(world: World) {
    lived_in(&world).await;
    let owner = Owner::of(&world).await;
    // One use less, and nobody the wiser but whoever counts.
    let one = rows(&world, table("redemption").unwrap()).await.pop().unwrap();
    let place = place(table("redemption").unwrap(), &one);
    owner.run(&format!("DELETE FROM redemption WHERE {place}")).await;
    let less = report(&world).await;
    let counted = less.findings.iter().find(|finding| finding.lines.contains("circulate"));
    assert!(counted.is_some_and(|finding| finding.table == "account"), "{less:?}");
    owner.run(&insert(table("redemption").unwrap(), &one)).await;
    holds(&world).await;
}

/// A line of a kind that a later program writes, properly signed.
async fn a_later_program_is_not_judged(world: World) {
    lived_in(&world).await;
    let mut tx = world.instance.database.read().await.unwrap();
    let head = store::ledger::all_heads(&mut tx).await.unwrap().pop().unwrap();
    let (no, size) = (head.ledger_no, head.size);
    let lines = store::ledger::lines(&mut tx, no, 0, size, size).await.unwrap();
    drop(tx);
    let (_, last) = lines.last().unwrap();
    let seq = |seq: i64| format!("\"seq\":{seq},");
    let kind: serde_json::Value = serde_json::from_str(last).unwrap();
    let kind = format!("\"kind\":{}", kind["kind"]);
    let later =
        last.replace(&seq(size - 1), &seq(size)).replace(&kind, "\"kind\":\"voucher-sung\"");
    let leaves: Vec<_> = lines.iter().map(|(_, line)| leaf_hash(line.as_bytes())).collect();
    let mut edge = Edge::empty();
    edge.append(&leaves);
    edge.append(&[leaf_hash(later.as_bytes())]);
    let key = world.instance.keys.log_key(head.origin.parse().unwrap());
    let note = key.sign_checkpoint(edge.size(), &edge.root());
    let owner = Owner::of(&world).await;
    owner.run(&format!("INSERT INTO entry VALUES ({no}, {size}, '{later}')")).await;
    let size = size + 1;
    owner.run(&format!("INSERT INTO checkpoint VALUES ({no}, {size}, '{note}')")).await;
    owner.run(&format!("UPDATE ledger SET size = {size} WHERE ledger_no = {no}")).await;
    let report = report(&world).await;
    assert_eq!(report.findings, []);
    assert_eq!((report.verdict(), report.verdict().exit_code()), (Verdict::Undecided, 2));
    assert!(report.skipped[0].contains("voucher-sung"), "{:?}", report.skipped);
}

on_both_engines!(
    the_list_is_the_catalogue,
    the_journal_refuses_change,
    a_forged_history_is_found,
    money_that_is_not_there_is_found,
    a_later_program_is_not_judged,
);
