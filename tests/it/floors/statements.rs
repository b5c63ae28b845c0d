//! Where SQL lives, and that both engines have the same migrations.

use super::source::{Rule, Source, files};

/// How a statement begins, before another word. In capitals, as the house writes them, so that
/// prose passes.
const OPENINGS: [&str; 8] =
    ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "BEGIN", "PRAGMA", "TRUNCATE"];

/// Beginnings that prose does not have, caught in small letters too.
const PAIRS: [&str; 10] = [
    "INSERT INTO",
    "DELETE FROM",
    "CREATE TABLE",
    "CREATE INDEX",
    "CREATE UNIQUE",
    "CREATE TRIGGER",
    "CREATE DATABASE",
    "ALTER TABLE",
    "DROP TABLE",
    "LOCK TABLE",
];

fn is_statement(literal: &str) -> bool {
    let is_comment = |line: &&str| line.trim().is_empty() || line.trim().starts_with("--");
    let lines = literal.lines().skip_while(is_comment);
    let words: Vec<&str> = lines.flat_map(str::split_whitespace).take(2).collect();
    words.len() == 2
        && (OPENINGS.contains(&words[0]) || {
            let pair = words.join(" ").to_uppercase();
            PAIRS.contains(&pair.as_str())
        })
}

fn stray_sql(source: &Source) -> Vec<String> {
    if source.is_one_of(&["src/store/", "tests/"]) {
        return Vec::new();
    }
    let statements = source.literals().filter(|literal| is_statement(&literal.text));
    let mut offences: Vec<String> =
        statements.map(|literal| source.offence(literal.line, "SQL outside src/store")).collect();
    for (at, word) in source.words() {
        let line = source.line(at);
        if word == "sqlx" && !source.is_test(line) {
            offences.push(source.offence(line, "sqlx outside src/store"));
        }
    }
    offences
}

const STRAY_SQL: Rule<'_> = Rule {
    asks: "Only src/store holds SQL and names sqlx: there a test prepares it on both engines.",
    check: stray_sql,
    caught: &[
        ("src/service/redeem.rs", "const BOOK: &str = \"SELECT number FROM book\";"),
        ("src/service/redeem.rs", "const BOOK: &str = r#\"\n    -- book.all\n    SELECT 1\"#;"),
        ("src/cli/audit.rs", "run(\"insert into book values (1)\")"),
        ("src/cli/audit.rs", "run(\"UPDATE book \\\n SET number = 1\")"),
        ("src/cli/audit.rs", "run(\"CREATE TABLE book (number BIGINT)\")"),
        ("src/cli/audit.rs", "run(\"DELETE FROM book\"); run(\"VACUUM\")"),
        ("src/server.rs", "let pool: sqlx::Pool<Any> = open();"),
    ],
    passed: &[
        ("src/store/book.rs", "const BOOK: &str = \"SELECT 1\"; use sqlx::Row;"),
        ("src/service/redeem.rs", "/// SELECT 1\nlet says = \"Select a venue, insert the code\";"),
        ("src/web/api/books.rs", "let says = \"with care\"; // sqlx\nlet m = \"DELETE\".len();"),
        ("src/service/mod.rs", "#[cfg(test)]\nmod tests { const ALL: &str = \"SELECT 1\"; }"),
        ("tests/it/audit.rs", "const ALL: &str = \"SELECT 1\"; use sqlx::Row;"),
    ],
};

#[test]
fn sql_stays_in_the_store() {
    STRAY_SQL.hold();
}

fn stray_engine(source: &Source) -> Vec<String> {
    let lawful = ["src/store/database", "src/store/dialect"];
    if !source.is_one_of(&["src/store/"]) || source.is_one_of(&lawful) {
        return Vec::new();
    }
    let names_engine = |word: &str| {
        let of_driver =
            word.strip_prefix("Pg").is_some_and(|rest| rest.starts_with(char::is_uppercase));
        of_driver
            || ["Sqlite", "sqlite", "Postgres", "postgres"].iter().any(|e| word.starts_with(e))
    };
    let found = source.words().map(|(at, word)| (source.line(at), word));
    let found = found.filter(|(line, word)| names_engine(word) && !source.is_test(*line));
    found.map(|(line, word)| source.offence(line, word)).collect()
}

const STRAY_ENGINE: Rule<'_> = Rule {
    asks: "Only store/database and store/dialect name an engine: one SQL text serves both.",
    check: stray_engine,
    caught: &[
        ("src/store/book.rs", "use sqlx::{Row, Sqlite};"),
        ("src/store/book.rs", "fn f(tx: sqlx::Transaction<'_, sqlx::Postgres>) {}"),
        ("src/store/book.rs", "match tx { Tx::Sqlite(tx) => one, Tx::Postgres(tx) => two }"),
        ("src/store/book.rs", "fn f(row: &PgRow, other: &sqlx::sqlite::SqliteRow) {}"),
        ("src/store/voucher.rs", "fn f(pool: SqlitePool) {}"),
    ],
    passed: &[
        ("src/store/database.rs", "use sqlx::{Sqlite, Postgres};"),
        ("src/store/database/open.rs", "use sqlx::PgPool;"),
        ("src/store/dialect.rs", "use sqlx::sqlite::SqliteRow;"),
        ("src/store/book.rs", "// On Sqlite too.\nfn f(tx: &mut Tx) -> Pages { \"Postgres\" }"),
        ("src/store/book.rs", "#[cfg(test)]\nmod tests { use sqlx::Sqlite; }"),
        ("src/config.rs", "pub enum Engine { Sqlite, Postgres }"),
    ],
};

#[test]
fn engines_are_named_in_two_files_only() {
    STRAY_ENGINE.hold();
}

/// The file names that one of two folders has and the other has not.
fn unpaired(sqlite: &[String], postgres: &[String]) -> Vec<String> {
    let name = |path: &String| path.rsplit('/').next().unwrap_or_default().to_owned();
    let lacks = |path: &String, others: &[String]| !others.iter().any(|o| name(o) == name(path));
    let lonely = sqlite.iter().filter(|path| lacks(path, postgres));
    let lonely = lonely.chain(postgres.iter().filter(|path| lacks(path, sqlite)));
    lonely.map(|path| format!("{path}: the other engine has no file of that name")).collect()
}

#[test]
fn migrations_are_twins() {
    let paths = |names: &[&str]| -> Vec<String> { names.iter().map(ToString::to_string).collect() };
    let both = paths(&["migrations/sqlite/0001_journal.sql", "migrations/sqlite/0002_book.sql"]);
    let one = paths(&["migrations/postgres/0001_journal.sql"]);
    let other = paths(&["migrations/postgres/0001_journal.sql", "migrations/postgres/0003_x.sql"]);
    assert_eq!(unpaired(&both, &one).len(), 1, "a missing twin is caught");
    assert_eq!(unpaired(&both, &other).len(), 2, "a renamed twin is caught on both sides");
    assert_eq!(unpaired(&both[..1], &one), Vec::<String>::new(), "twins pass");
    assert_eq!(unpaired(&files("migrations/sqlite"), &files("migrations/postgres")), [""; 0]);
}
