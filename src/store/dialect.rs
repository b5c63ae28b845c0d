//! One SQL text for SQLite and PostgreSQL: a transaction of either, four macros that run a
//! statement on whichever it is, and a batch of rows as one JSON parameter.
//!
//! Promises: a statement is written once; only the place where it reads [`Rows`] is expanded for
//! each engine (see `statements!`). Does not: translate SQL; the rules of the common dialect are
//! in `ARCHITECTURE.md`.

use serde::Serialize;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo};
use sqlx::sqlite::SqliteArgumentsBuffer;
use sqlx::{Encode, Postgres, Sqlite, Type};

use super::seat::Link;

/// A transaction of either engine.
#[derive(Debug)]
pub enum Tx {
    /// On SQLite.
    Sqlite(Link<Sqlite>),
    /// On PostgreSQL.
    Postgres(Link<Postgres>),
}

impl Tx {
    /// Commits. When this fails the outcome is unknown, never "no".
    ///
    /// # Errors
    /// [`StoreError`] from the engine.
    pub async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }

    /// Whether this is no transaction, but a connection on which each statement is one by itself.
    pub(super) const fn is_lent(&self) -> bool {
        matches!(self, Self::Sqlite(Link::Lent(_)) | Self::Postgres(Link::Lent(_)))
    }

    /// Whether one batch that several statements share is read once for all of them.
    pub(super) const fn shares(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// Forgets everything; dropping does the same, later.
    ///
    /// # Errors
    /// [`StoreError`] from the engine.
    pub async fn rollback(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(tx) => tx.rollback().await?,
            Self::Postgres(tx) => tx.rollback().await?,
        }
        Ok(())
    }
}

/// Why the store could not answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The engine said no, or is not there.
    #[error("the database: {0}")]
    Engine(#[from] sqlx::Error),
    /// A stored value is not what this program writes: somebody else did.
    #[error("{table}.{column} holds {value:?}, which is not one of its values")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// What it holds.
        value: String,
    },
    /// The schema is of another program version, or the engine too old.
    #[error("{0}")]
    Unfit(String),
}

impl StoreError {
    /// Whether the database is away or has no time now: nothing was written, ask again.
    #[must_use]
    pub fn is_away(&self) -> bool {
        use sqlx::Error as E;
        let Self::Engine(error) = self else { return false };
        match error {
            E::Io(_) | E::Tls(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed => true,
            // SQLite: busy, locked. PostgreSQL: starting up, shutting down, too many connections.
            E::Database(error) => matches!(
                error.code().unwrap_or_default().as_ref(),
                "5" | "6" | "261" | "57P01" | "57P02" | "57P03" | "53300"
            ),
            _ => false,
        }
    }

    /// Whether the engine refused what was asked (SQLSTATE classes 22 and 23): it was undone.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        let Self::Engine(sqlx::Error::Database(error)) = self else { return false };
        error.code().is_some_and(|code| code.starts_with("22") || code.starts_with("23"))
    }

    /// Whether somebody else wrote at the same time: reload and decide again.
    #[must_use]
    pub fn is_clash(&self) -> bool {
        let Self::Engine(sqlx::Error::Database(error)) = self else { return false };
        let code = error.code().unwrap_or_default();
        // 40001 and 40P01: PostgreSQL could not put two transactions in order. 517: SQLite's
        // snapshot is older than the last commit.
        error.is_unique_violation() || matches!(code.as_ref(), "40001" | "40P01" | "517")
    }
}

/// A stored text that does not parse.
pub(crate) fn parsed<T: std::str::FromStr>(
    table: &'static str,
    column: &'static str,
    value: &str,
) -> Result<T, StoreError> {
    value.parse().map_err(|_| corrupt(table, column, value))
}

/// A stored body that does not parse.
pub(crate) fn decoded<T: serde::de::DeserializeOwned>(
    table: &'static str,
    column: &'static str,
    value: &str,
) -> Result<T, StoreError> {
    serde_json::from_str(value).map_err(|_| corrupt(table, column, value))
}

/// The error of a stored value that cannot be.
pub(crate) fn corrupt(table: &'static str, column: &'static str, value: &str) -> StoreError {
    let value = value.chars().take(80).collect();
    StoreError::Corrupt { table, column, value }
}

/// About what a row takes as JSON; one with a line takes more.
const ROW_BYTES: usize = 256;

/// A batch of rows as one JSON array, `[{…},{…}]`.
#[derive(Debug, Clone)]
pub struct Rows(String);

impl Rows {
    /// The rows, in order.
    ///
    /// # Panics
    /// Never: rows are made of texts and whole numbers only.
    #[must_use]
    pub fn of<T: Serialize>(rows: &[T]) -> Self {
        let mut bytes = Vec::with_capacity(ROW_BYTES);
        bytes.push(b'[');
        for (at, row) in rows.iter().enumerate() {
            if at > 0 {
                bytes.push(b',');
            }
            serde_json::to_writer(&mut bytes, row).expect("a row is texts and whole numbers");
            if at == 0 {
                // Rows of a batch are about as long as its first.
                bytes.reserve((bytes.len() + bytes.len() / 8) * (rows.len() - 1) + 1);
            }
        }
        bytes.push(b']');
        Self(String::from_utf8(bytes).expect("JSON is UTF-8"))
    }
}

impl Type<Sqlite> for Rows {
    fn type_info() -> <Sqlite as sqlx::Database>::TypeInfo {
        <String as Type<Sqlite>>::type_info()
    }
}

impl Encode<'_, Sqlite> for Rows {
    fn encode(self, buffer: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        <String as Encode<'_, Sqlite>>::encode(self.0, buffer)
    }

    fn encode_by_ref(&self, buffer: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        <String as Encode<'_, Sqlite>>::encode_by_ref(&self.0, buffer)
    }
}

/// The type number of `json` in PostgreSQL's catalogue; with `text` it finds no such function.
const JSON_OID: u32 = 114;

impl Type<Postgres> for Rows {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(sqlx::postgres::types::Oid(JSON_OID))
    }
}

impl Encode<'_, Postgres> for Rows {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <String as Encode<'_, Postgres>>::encode_by_ref(&self.0, buffer)
    }
}

/// Texts that hold no line feed, one after the other: PostgreSQL reads them several times faster
/// than as strings of JSON. For [`sharing`].
pub(super) fn one_a_line<'a>(texts: impl Iterator<Item = &'a str> + Clone) -> String {
    let mut all = String::with_capacity(texts.clone().map(|text| text.len() + 1).sum());
    for text in texts {
        if !all.is_empty() {
            all.push('\n');
        }
        all.push_str(text);
    }
    all
}

/// A row whose columns are all texts, as many as there are; `None` for null.
#[derive(Debug, Clone)]
pub(crate) struct Texts(pub(crate) Vec<Option<String>>);

impl<'r, R: sqlx::Row> sqlx::FromRow<'r, R> for Texts
where
    usize: sqlx::ColumnIndex<R>,
    Option<String>: sqlx::Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
        (0..row.len()).map(|at| row.try_get(at)).collect::<Result<_, _>>().map(Self)
    }
}

/// A statement: one text, but for the place where it reads a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statement {
    /// As SQLite reads it.
    pub sqlite: &'static str,
    /// As PostgreSQL reads it.
    pub postgres: &'static str,
}

impl Statement {
    /// The same as a transaction of its own: PostgreSQL takes it for one as it is.
    pub(super) fn as_transaction(self) -> Self {
        let sqlite = format!("BEGIN IMMEDIATE;\n{};\nCOMMIT", self.sqlite);
        Self { sqlite: sqlite.leak(), ..self }
    }
}

/// Declares statements as constants and as the list that the tests prepare.
///
/// `rows("$1"; seq BIGINT, line TEXT)` between two parts of the text is a batch read as a table
/// `r`: `jsonb_each` on SQLite (with `json_each` each column would parse its row again),
/// `json_to_recordset` on PostgreSQL, which reads each row once instead of once a column
/// (measured: two to three times faster).
macro_rules! statements {
    ($($(#[doc = $doc:literal])+ $name:ident = $before:literal
        $(rows($batch:literal; $($column:ident $kind:ident),+ $(,)?) $($after:literal)?)*;)+
    ) => {
        $($(#[doc = $doc])+ pub(super) const $name: $crate::store::dialect::Statement =
            $crate::store::dialect::statement!(
                $before $(, rows($batch; $($column $kind),+) concat!("" $(, $after)?))*
            );)+

        /// The statements of this noun, by name.
        pub(crate) const STATEMENTS: &[(&str, $crate::store::dialect::Statement)] =
            &[$((stringify!($name), $name)),+];
    };
}

/// One statement, of texts that may be put together by `concat!`; `rows` as in [`statements!`].
macro_rules! statement {
    ($before:expr $(, rows($batch:literal; $($column:ident $kind:ident),+) $after:expr)*) => {
        $crate::store::dialect::Statement {
            sqlite: concat!($before $(,
                "(SELECT j.key AS row_key",
                $(", CAST(j.value ->> '", stringify!($column), "' AS ", stringify!($kind),
                  ") AS ", stringify!($column),)+
                " FROM jsonb_each(", $batch, ") AS j) AS r", $after)*),
            postgres: concat!($before $(,
                "json_to_recordset(", $batch, ") AS r(row_key TEXT",
                $(", ", stringify!($column), " ", stringify!($kind),)+
                ")", $after)*),
        }
    };
}

/// Several writes in one round trip, each with the one parameter of its place: on SQLite one after
/// the other, on PostgreSQL as parts of one statement, where none sees what another wrote.
pub(super) fn together(name: &str, statements: &[Statement]) -> Statement {
    let placed = |(at, text): (usize, &'static str)| text.replace("$1", &format!("${}", at + 1));
    let sqlite = statements.iter().map(|it| it.sqlite).enumerate().map(placed);
    let postgres = statements.iter().map(|it| it.postgres).enumerate().map(placed);
    Statement {
        sqlite: format!("-- {name}\n{}", sqlite.collect::<Vec<_>>().join(";\n")).leak(),
        postgres: in_parts(name, &[], postgres.collect()),
    }
}

/// The same for PostgreSQL where the first statements read one batch, with the columns of all of
/// them, which it parses once: `$1` has all but the column `beside`, which `$2` has by
/// [`one_a_line`]. The others read one batch each, from `$3` on. SQLite has it as [`together`] and
/// never runs it.
pub(super) fn sharing(
    name: &str,
    shared: &[Statement],
    beside: &str,
    others: &[Statement],
) -> Statement {
    let mut columns: Vec<&str> = Vec::new();
    let mut parts: Vec<String> = Vec::new();
    for statement in shared {
        let (before, rest) = statement
            .postgres
            .split_once("json_to_recordset($1) AS r(")
            .expect("what shares a batch reads it by `rows`");
        let (list, after) = rest.split_once(')').expect("the list of columns ends");
        for column in list.split(", ") {
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        parts.push(format!("{before}shared AS r{after}"));
    }
    columns.retain(|column| column.split(' ').next() != Some(beside));
    let names = columns.iter().filter_map(|column| column.split(' ').next());
    let names: Vec<&str> = names.chain([beside]).collect();
    let (names, columns) = (names.join(", "), columns.join(", "));
    let batch = format!(
        "shared AS MATERIALIZED (SELECT * FROM ROWS FROM (json_to_recordset($1) AS ({columns}), \
         string_to_table($2, chr(10))) AS r({names}))"
    );
    let placed = |(at, text): (usize, &'static str)| text.replace("$1", &format!("${}", at + 3));
    parts.extend(others.iter().map(|it| it.postgres).enumerate().map(placed));
    let all: Vec<Statement> = shared.iter().chain(others).copied().collect();
    Statement { sqlite: together(name, &all).sqlite, postgres: in_parts(name, &[batch], parts) }
}

/// One statement of PostgreSQL from several, the last of which stands for itself.
fn in_parts(name: &str, first: &[String], mut texts: Vec<String>) -> &'static str {
    let last = texts.pop().unwrap_or_default();
    let parts = texts.iter().enumerate().map(|(at, text)| format!("part_{at} AS ({text}\n)"));
    let parts: Vec<String> = first.iter().cloned().chain(parts).collect();
    format!("-- {name}\nWITH {}\n{last}", parts.join(", ")).leak()
}

/// All rows of a statement.
macro_rules! fetch_all {
    ($tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $tx {
            $crate::store::dialect::Tx::Sqlite(tx) => {
                sqlx::query_as($sql.sqlite)$(.bind($bind))*.fetch_all(&mut **tx).await
            }
            $crate::store::dialect::Tx::Postgres(tx) => {
                sqlx::query_as($sql.postgres)$(.bind($bind))*.fetch_all(&mut **tx).await
            }
        }
        .map_err($crate::store::dialect::StoreError::from)
    };
}

/// The first row of a statement, if any.
macro_rules! fetch_optional {
    ($tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $tx {
            $crate::store::dialect::Tx::Sqlite(tx) => {
                sqlx::query_as($sql.sqlite)$(.bind($bind))*.fetch_optional(&mut **tx).await
            }
            $crate::store::dialect::Tx::Postgres(tx) => {
                sqlx::query_as($sql.postgres)$(.bind($bind))*.fetch_optional(&mut **tx).await
            }
        }
        .map_err($crate::store::dialect::StoreError::from)
    };
}

/// Runs a statement and says how many rows it wrote.
macro_rules! execute {
    ($tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $tx {
            $crate::store::dialect::Tx::Sqlite(tx) => {
                sqlx::query($sql.sqlite)$(.bind($bind))*.execute(&mut **tx).await
                    .map(|done| done.rows_affected())
            }
            $crate::store::dialect::Tx::Postgres(tx) => {
                sqlx::query($sql.postgres)$(.bind($bind))*.execute(&mut **tx).await
                    .map(|done| done.rows_affected())
            }
        }
        .map_err($crate::store::dialect::StoreError::from)
    };
}

pub(crate) use {execute, fetch_all, fetch_optional, statement, statements};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_one_array() {
        #[derive(Serialize)]
        struct Row {
            seq: i64,
            line: &'static str,
        }
        let rows = [Row { seq: 1, line: "a\"b" }, Row { seq: 2, line: "é" }];
        assert_eq!(Rows::of(&rows).0, r#"[{"seq":1,"line":"a\"b"},{"seq":2,"line":"é"}]"#);
        assert_eq!(Rows::of::<Row>(&[]).0, "[]");
    }

    statements! {
        /// For the test.
        ADD = "INSERT INTO entry SELECT r.seq, r.line FROM "
            rows("$1"; seq BIGINT, line TEXT)
            " WHERE TRUE";
    }

    #[test]
    fn writes_go_together_each_with_its_own_batch() {
        let both = together("both", &[ADD, ADD]);
        assert_eq!(both.sqlite.matches("json_each($1)").count(), 0);
        assert_eq!(both.sqlite.matches("jsonb_each($1)").count(), 1);
        assert_eq!(both.sqlite.matches("jsonb_each($2)").count(), 1);
        assert_eq!(both.sqlite.matches(";\n").count(), 1);
        assert!(both.postgres.starts_with("-- both\nWITH part_0 AS (INSERT INTO"));
        assert!(both.postgres.contains("json_to_recordset($1)"));
        let (_, last) = both.postgres.split_once(")\nINSERT").unwrap();
        assert!(last.contains("json_to_recordset($2)"));
    }

    #[test]
    fn a_shared_batch_is_read_once_where_that_can_be() {
        let all = sharing("all", &[ADD, ADD], "line", &[ADD, ADD]);
        assert_eq!(all.sqlite.replace("-- all", "-- both"), together("both", &[ADD; 4]).sqlite);
        let once = "ROWS FROM (json_to_recordset($1) AS (row_key TEXT, seq BIGINT), \
                    string_to_table($2, chr(10))) AS r(row_key, seq, line)";
        assert_eq!(all.postgres.matches(once).count(), 1);
        assert_eq!(all.postgres.matches("FROM shared AS r WHERE TRUE").count(), 2);
        assert_eq!(all.postgres.matches("json_to_recordset($3)").count(), 1);
        assert_eq!(all.postgres.matches("json_to_recordset($4)").count(), 1);
    }

    #[test]
    fn a_batch_is_read_as_each_engine_does_best() {
        let (_, add) = STATEMENTS[0];
        assert_eq!(add, ADD);
        assert_eq!(
            add.sqlite,
            "INSERT INTO entry SELECT r.seq, r.line FROM (SELECT j.key AS row_key, \
             CAST(j.value ->> 'seq' AS BIGINT) AS seq, CAST(j.value ->> 'line' AS TEXT) AS line \
             FROM jsonb_each($1) AS j) AS r WHERE TRUE"
        );
        assert_eq!(
            add.postgres,
            "INSERT INTO entry SELECT r.seq, r.line FROM json_to_recordset($1) \
             AS r(row_key TEXT, seq BIGINT, line TEXT) WHERE TRUE"
        );
    }
}
