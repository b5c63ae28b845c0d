//! One SQL text for SQLite and PostgreSQL: a transaction of either, four macros that run a
//! statement on whichever it is, and a batch of rows as one JSON parameter.
//!
//! Promises: a statement is written once; `$1` that holds [`Rows`] is read with `json_each($1)`,
//! which both engines have. Does not: translate SQL; the rules of the common dialect are in
//! `ARCHITECTURE.md`.

use serde::Serialize;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo};
use sqlx::sqlite::SqliteArgumentsBuffer;
use sqlx::{Encode, Postgres, Sqlite, Transaction, Type};

/// A transaction of either engine.
#[derive(Debug)]
pub enum Tx {
    /// On SQLite.
    Sqlite(Transaction<'static, Sqlite>),
    /// On PostgreSQL.
    Postgres(Transaction<'static, Postgres>),
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

/// A batch of rows as one JSON object, `{"0":{…},"1":{…}}`: an object and not an array because
/// PostgreSQL's `json_each` expands objects only.
#[derive(Debug, Clone)]
pub struct Rows(String);

impl Rows {
    /// The rows, numbered from 0.
    ///
    /// # Panics
    /// Never: rows are made of texts and whole numbers only.
    #[must_use]
    pub fn of<T: Serialize>(rows: &[T]) -> Self {
        let mut text = String::with_capacity(rows.len() * 160 + 2);
        text.push('{');
        for (number, row) in rows.iter().enumerate() {
            if number > 0 {
                text.push(',');
            }
            text.push('"');
            text.push_str(&number.to_string());
            text.push_str("\":");
            text.push_str(&serde_json::to_string(row).expect("a row is texts and whole numbers"));
        }
        text.push('}');
        Self(text)
    }
}

impl Type<Sqlite> for Rows {
    fn type_info() -> <Sqlite as sqlx::Database>::TypeInfo {
        <String as Type<Sqlite>>::type_info()
    }
}

impl Encode<'_, Sqlite> for Rows {
    fn encode_by_ref(&self, buffer: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        <String as Encode<'_, Sqlite>>::encode_by_ref(&self.0, buffer)
    }
}

/// The type number of `json` in PostgreSQL's catalogue; with `text` it finds no `json_each`.
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

/// Declares statements as constants and as the list that the tests prepare.
macro_rules! statements {
    ($($(#[doc = $doc:literal])+ $name:ident = $sql:literal;)+) => {
        $($(#[doc = $doc])+ const $name: &str = $sql;)+

        /// The statements of this noun, by name.
        pub const STATEMENTS: &[(&str, &str)] = &[$((stringify!($name), $name)),+];
    };
}

/// All rows of a statement.
macro_rules! fetch_all {
    ($tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $tx {
            $crate::store::dialect::Tx::Sqlite(tx) => {
                sqlx::query_as($sql)$(.bind($bind))*.fetch_all(&mut **tx).await
            }
            $crate::store::dialect::Tx::Postgres(tx) => {
                sqlx::query_as($sql)$(.bind($bind))*.fetch_all(&mut **tx).await
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
                sqlx::query_as($sql)$(.bind($bind))*.fetch_optional(&mut **tx).await
            }
            $crate::store::dialect::Tx::Postgres(tx) => {
                sqlx::query_as($sql)$(.bind($bind))*.fetch_optional(&mut **tx).await
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
                sqlx::query($sql)$(.bind($bind))*.execute(&mut **tx).await
                    .map(|done| done.rows_affected())
            }
            $crate::store::dialect::Tx::Postgres(tx) => {
                sqlx::query($sql)$(.bind($bind))*.execute(&mut **tx).await
                    .map(|done| done.rows_affected())
            }
        }
        .map_err($crate::store::dialect::StoreError::from)
    };
}

pub(crate) use {execute, fetch_all, fetch_optional, statements};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_one_object() {
        #[derive(Serialize)]
        struct Row {
            seq: i64,
            line: &'static str,
        }
        let rows = [Row { seq: 1, line: "a\"b" }, Row { seq: 2, line: "é" }];
        let text = r#"{"0":{"seq":1,"line":"a\"b"},"1":{"seq":2,"line":"é"}}"#;
        assert_eq!(Rows::of(&rows).0, text);
        assert_eq!(Rows::of::<Row>(&[]).0, "{}");
    }
}
