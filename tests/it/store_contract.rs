//! Goal: what the program relies on, each engine really keeps: places that are taken clash, the
//! journal refuses to be changed, and the statements of the counter read no table from end to end.

use carnet::domain::fact::Fact;
use carnet::domain::ledger::entry::Entry;
use carnet::store::ledger::TransferRow;
use carnet::store::ledger::{Addition, CheckpointRow, CreationRow, HeadRow, LineRow, TileRow};
use carnet::store::projection::{self, Written};
use carnet::store::{self, StoreError, Tx};
use sqlx::{AssertSqlSafe, Row as _};

use crate::harness::{Engine, World, on_both_engines};
use crate::scheme::Scheme;
use crate::state::{everything, meddle};

async fn head(tx: &mut Tx, scheme: &Scheme) -> HeadRow {
    store::ledger::head(tx, &scheme.funder_id.to_string()).await.unwrap().unwrap()
}

/// The lines of the scheme's ledger with their meaning.
async fn written(world: &World, scheme: &Scheme) -> Vec<Written> {
    let mut tx = world.instance.database.read().await.unwrap();
    let HeadRow { ledger_no, size, .. } = head(&mut tx, scheme).await;
    let lines = store::ledger::lines(&mut tx, ledger_no, 0, size, size).await.unwrap();
    let understood = |(_, line): (i64, String)| {
        let entry = Entry::parse(&line).unwrap();
        let fact = Fact::of(&entry).unwrap();
        Written { ledger_no, entry, fact }
    };
    lines.into_iter().map(understood).collect()
}

#[track_caller]
fn clashes(done: Result<(), StoreError>, what: &str) {
    let error = done.expect_err(what);
    assert!(error.is_clash(), "{what}: {error}");
}

/// Writes in a transaction that is always undone.
async fn attempt<T>(world: &World, write: impl AsyncFnOnce(&mut Tx) -> T) -> T {
    let mut tx = world.instance.database.write().await.unwrap();
    let done = write(&mut tx).await;
    tx.rollback().await.unwrap();
    done
}

/// The promise that one voucher pays once does not rest on the program.
async fn a_round_is_taken_once(world: World) {
    let scheme = Scheme::new(&world).await;
    scheme.redeem(&world, &scheme.voucher(0, 0).url).await.good();
    let lines = written(&world, &scheme).await;
    let mut twice = lines.last().unwrap().clone();
    let Fact::VoucherRedeemed(body) = &mut twice.fact else { panic!("{:?}", twice.fact) };
    body.round += 1;
    let next = twice.clone();
    attempt(&world, async |tx| projection::write(tx, &[next]).await).await.unwrap();
    let Fact::VoucherRedeemed(body) = &mut twice.fact else { panic!("{:?}", twice.fact) };
    body.round -= 1;
    let done = attempt(&world, async |tx| projection::write(tx, &[twice]).await).await;
    clashes(done, "a round that is taken");
}

async fn a_reversal_is_written_once(world: World) {
    let scheme = Scheme::new(&world).await;
    let body = scheme.redeem(&world, &scheme.voucher(0, 0).url).await.good();
    let undo = format!("/api/v1/redemptions/{}/reversal", body["id"].as_str().unwrap());
    world.ask("PUT", &undo, &scheme.venue, None).await.good();
    let last = written(&world, &scheme).await.pop().unwrap();
    assert!(matches!(last.fact, Fact::RedemptionReversed(_)));
    let done = attempt(&world, async |tx| projection::write(tx, &[last]).await).await;
    clashes(done, "a round that was undone");
}

async fn a_place_in_the_journal_is_taken_once(world: World) {
    let scheme = Scheme::new(&world).await;
    scheme.redeem(&world, &scheme.voucher(0, 0).url).await.good();
    let last = written(&world, &scheme).await.pop().unwrap();
    let (no, seq) = (last.ledger_no, last.entry.seq);
    let (id, moved) = (last.entry.id.to_string(), last.entry.transfers[0]);
    let (line, note, hashes) = ("{}", "a note".to_owned(), "00".repeat(32 * 256));
    let free = Addition {
        lines: vec![LineRow { no, seq: seq + 1, line }],
        checkpoints: vec![CheckpointRow { no, size: seq + 2, note: note.clone() }],
        tiles: vec![TileRow { no, level: 0, number: 77, hashes: hashes.clone() }],
        ..Addition::default()
    };
    attempt(&world, async |tx| store::ledger::add(tx, &free).await).await.unwrap();
    let tile = TileRow { no, level: 0, number: 77, hashes };
    let money = TransferRow {
        no,
        seq,
        part: 0,
        debit: moved.debit,
        credit: moved.credit,
        cents: moved.cents,
        about: seq,
    };
    for (what, taken) in [
        ("a line", Addition { lines: vec![LineRow { no, seq, line }], ..Addition::default() }),
        (
            "a checkpoint",
            Addition {
                checkpoints: vec![CheckpointRow { no, size: seq + 1, note }],
                ..Addition::default()
            },
        ),
        ("a tile", Addition { tiles: vec![tile.clone(), tile], ..Addition::default() }),
        ("an id", Addition { creations: vec![CreationRow { id, no, seq }], ..Addition::default() }),
        ("a transfer", Addition { transfers: vec![money], ..Addition::default() }),
    ] {
        clashes(attempt(&world, async |tx| store::ledger::add(tx, &taken).await).await, what);
    }
    let known = attempt(&world, async |tx| head(tx, &scheme).await).await;
    for (ledger_no, ledger_id) in [(known.ledger_no, "other"), (99, known.ledger_id.as_str())] {
        let row = HeadRow { ledger_no, ledger_id: ledger_id.to_owned(), ..known.clone() };
        let done = attempt(&world, async |tx| store::ledger::open(tx, &row).await).await;
        clashes(done, "a ledger");
    }
}

async fn the_journal_is_never_changed(world: World) {
    let scheme = Scheme::new(&world).await;
    let ledger_no = attempt(&world, async |tx| head(tx, &scheme).await).await.ledger_no;
    let tile = TileRow { no: ledger_no, level: 0, number: 5, hashes: "00".repeat(32 * 256) };
    let mut tx = world.instance.database.write().await.unwrap();
    let addition = Addition { tiles: vec![tile], ..Addition::default() };
    store::ledger::add(&mut tx, &addition).await.unwrap();
    tx.commit().await.unwrap();
    let before = everything(&world).await;
    for (table, change) in [
        ("entry", "line = line || ' '"),
        ("checkpoint", "note = 'another'"),
        ("tile", "hashes = 'ff'"),
    ] {
        for sql in [format!("UPDATE {table} SET {change}"), format!("DELETE FROM {table}")] {
            let error = meddle(&world, &sql).await.expect_err(&sql).to_string();
            assert!(error.contains("the journal is never changed"), "{sql}: {error}");
        }
    }
    // The same hand may change what is rebuilt: the refusal is the journal's own.
    meddle(&world, "UPDATE site SET name = name").await.unwrap();
    assert_eq!(everything(&world).await, before);
}

/// Statements that run at every redemption, and what they must not read from end to end.
const HOT: [&str; 8] = [
    "-- ledger.heads",
    "-- creation.find",
    "-- entry.at",
    "-- book.find",
    "-- counter.load",
    "-- code_route.find",
    "-- checkpoint.covering",
    "-- tile.find",
];
const LARGE: [&str; 10] = [
    "entry",
    "redemption",
    "reversal",
    "book",
    "code_route",
    "creation",
    "transfer",
    "checkpoint",
    "tile",
    "ledger",
];

/// How an engine would run a statement, one step a line.
async fn plan(world: &World, statement: &store::dialect::Statement) -> Vec<String> {
    match world.engine {
        Engine::Sqlite => {
            let pool = sqlx::SqlitePool::connect(&world.url).await.unwrap();
            let sql = format!("EXPLAIN QUERY PLAN {}", statement.sqlite);
            let mut query = sqlx::query(AssertSqlSafe(sql.clone()));
            for _ in 0..parameters(&sql) {
                query = query.bind("[]");
            }
            let rows = query.fetch_all(&pool).await.unwrap();
            rows.iter().map(|row| row.get::<String, _>(3)).collect()
        }
        Engine::Postgres => {
            let pool = sqlx::postgres::PgPoolOptions::new().max_connections(1);
            let pool = pool.connect(&world.url).await.unwrap();
            // As it is planned once for whatever is asked.
            let values = vec!["NULL"; parameters(statement.postgres)].join(", ");
            let values = if values.is_empty() { values } else { format!("({values})") };
            let sql = format!(
                "SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan;
                 PREPARE asked AS {}; EXPLAIN EXECUTE asked{values}",
                statement.postgres
            );
            let rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(&pool).await.unwrap();
            rows.iter().map(|row| row.get::<String, _>(0)).collect()
        }
    }
}

fn parameters(sql: &str) -> usize {
    (1..20).take_while(|number| sql.contains(&format!("${number}"))).count()
}

/// The large tables that a plan reads from end to end.
fn scanned(steps: &[String], sql: &str) -> Vec<String> {
    let reads = |step: &str, table: &str| {
        // SQLite names the alias, PostgreSQL the table.
        let alias = sql.split(&format!(" {table} AS ")).nth(1);
        let alias = alias.and_then(|rest| rest.split_whitespace().next());
        let scan = |name: &str| step.trim_end() == format!("SCAN {name}");
        let sequential = step.contains(&format!("Seq Scan on {table} "))
            || step.trim_end().ends_with(&format!("Seq Scan on {table}"));
        scan(table) || alias.is_some_and(scan) || sequential
    };
    let large = LARGE.iter().filter(|table| steps.iter().any(|step| reads(step, table)));
    large.map(|table| (*table).to_owned()).collect()
}

async fn the_counter_reads_no_table_from_end_to_end(world: World) {
    let statements = store::statements();
    for hot in HOT {
        let begins = |sql: &str| sql.lines().next().is_some_and(|line| line.trim() == hot);
        let found = statements.iter().find(|(_, statement)| begins(statement.sqlite));
        let (_, statement) = found.unwrap_or_else(|| panic!("no statement {hot}"));
        let steps = plan(&world, statement).await;
        assert_eq!(scanned(&steps, statement.sqlite), [""; 0], "{hot}: {steps:#?}");
    }
    // The eye sees: what counts all redemptions reads them all.
    let spent = store::dialect::Statement {
        sqlite: "SELECT venue_no FROM redemption AS d WHERE d.venue_no = 3",
        postgres: "SELECT venue_no FROM redemption AS d WHERE d.redeemed_at = 3",
    };
    let steps = plan(&world, &spent).await;
    assert_eq!(scanned(&steps, spent.sqlite), ["redemption"], "{steps:#?}");
}

/// How often a plan goes through a ledger's transfers by their key, between two lines.
fn by_line(steps: &[String]) -> usize {
    let mut found = 0;
    for (at, step) in steps.iter().enumerate() {
        // PostgreSQL says on the next line what it looks for in the index.
        let next = steps.get(at + 1).filter(|next| next.contains("Index Cond:"));
        let looks =
            next.is_some_and(|next| next.contains("ledger_no = ") && next.contains("(seq >"));
        found += usize::from(step.contains(" transfer_pkey") && looks);
        found += usize::from(step.contains("USING PRIMARY KEY (ledger_no=? AND seq>?"));
    }
    found
}

/// What one structure redeemed is read out of ledgers that hold everybody's, between two lines; and
/// a page in the order of the lines, so that it ends when it is full.
async fn a_structure_reads_its_redemptions_in_order(world: World) {
    let statements = store::statements();
    for (own, in_order) in [("-- earning.redemptions", true), ("-- earning.sum", false)] {
        let begins = |sql: &str| sql.lines().next().is_some_and(|line| line.trim() == own);
        let found = statements.iter().find(|(_, statement)| begins(statement.sqlite));
        let (_, statement) = found.unwrap_or_else(|| panic!("no statement {own}"));
        let steps = plan(&world, statement).await;
        assert_eq!(scanned(&steps, statement.sqlite), [""; 0], "{own}: {steps:#?}");
        assert_eq!(by_line(&steps), 2, "{own}: {steps:#?}");
        let sorts = steps.iter().any(|step| step.contains("Sort") || step.contains("ORDER BY"));
        assert!(!(in_order && sorts), "{own}: {steps:#?}");
    }
    // The eye sees: by its account alone, a structure's are found by reading all lines.
    let whole = "SELECT t.seq FROM transfer AS t WHERE t.credit = 'due:' ORDER BY t.cents";
    let whole = store::dialect::Statement { sqlite: whole, postgres: whole };
    let steps = plan(&world, &whole).await;
    assert_eq!((by_line(&steps), scanned(&steps, whole.sqlite)), (0, vec!["transfer".to_owned()]));
    assert!(steps.iter().any(|step| step.contains("Sort") || step.contains("ORDER BY")));
}

on_both_engines!(
    a_round_is_taken_once,
    a_reversal_is_written_once,
    a_place_in_the_journal_is_taken_once,
    the_journal_is_never_changed,
    the_counter_reads_no_table_from_end_to_end,
    a_structure_reads_its_redemptions_in_order,
);
