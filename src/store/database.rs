//! Opening, migrating and reading: the only place, with `dialect`, that names an engine.
//!
//! Promises: SQLite runs in WAL with `synchronous=FULL` and one write connection, PostgreSQL with
//! REPEATABLE READ writes; a too old SQLite or an unknown newer schema is refused. Does not: write
//! (only `service::writer` asks for a write transaction).

pub mod health;
pub mod outside;
pub mod victim;

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Executor as _, Postgres, Sqlite};

use super::dialect::{StoreError, Tx};
use super::seat::{Link, Opener, Seat};
use crate::domain::access::Tenant;

static SQLITE_MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES_MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// SQLite below this may corrupt a database that two connections checkpoint at once
/// (fixed in 3.51.3, see sqlite.org/wal.html#walresetbug).
const OLDEST_SQLITE: (u32, u32, u32) = (3, 51, 3);

/// Where the data is.
#[derive(Debug, Clone)]
pub struct DatabaseOptions {
    /// `sqlite:PATH` or `postgres://…`.
    pub url: String,
    /// Connections that read at the same time.
    pub readers: u32,
}

/// Which engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// The embedded default.
    Sqlite,
    /// The production engine.
    Postgres,
}

#[derive(Debug, Clone)]
enum Pools {
    Sqlite { read: SqlitePool, write: Arc<Seat<Sqlite, SqliteOpener>> },
    Postgres { read: PgPool, write: Arc<Seat<Postgres, PostgresOpener>>, rows_are_kept: bool },
}

#[derive(Debug, Clone)]
struct SqliteOpener(SqliteConnectOptions);

impl Opener<Sqlite> for SqliteOpener {
    // A deferred BEGIN that writes later fails at once when another process wrote between.
    const BEGIN: &'static str = "BEGIN IMMEDIATE";

    async fn open(&self) -> Result<SqliteConnection, sqlx::Error> {
        self.0.connect().await
    }
}

#[derive(Debug, Clone)]
struct PostgresOpener(PgConnectOptions);

impl Opener<Postgres> for PostgresOpener {
    const BEGIN: &'static str = "BEGIN ISOLATION LEVEL REPEATABLE READ";

    async fn open(&self) -> Result<PgConnection, sqlx::Error> {
        let mut connection = self.0.connect().await?;
        connection.execute(KEYED).await?;
        Ok(connection)
    }
}

/// The writer finds every row by its key, a few hundred at a time. Tables grow faster than their
/// statistics, and a plan kept from when they were small reads them whole: a hundred times slower.
/// A batch is never planned anew, which would take longer than the batch.
const KEYED: &str = "SET enable_seqscan = off; SET enable_hashjoin = off;
    SET enable_mergejoin = off; SET jit = off; SET plan_cache_mode = force_generic_plan;
    SET default_transaction_isolation = 'repeatable read'";

impl Pools {
    /// A bug on purpose: the table of redemptions without its primary key.
    async fn lose_the_key_of_redemptions(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite { write, .. } => {
                let sql = "CREATE TABLE keyless AS SELECT * FROM redemption;
                           DROP TABLE redemption;
                           ALTER TABLE keyless RENAME TO redemption;";
                sqlx::raw_sql(sql).execute(&mut *write.connection().await?).await?;
            }
            Self::Postgres { write, .. } => {
                let sql = "ALTER TABLE redemption DROP CONSTRAINT IF EXISTS redemption_pkey";
                sqlx::raw_sql(sql).execute(&mut *write.connection().await?).await?;
            }
        }
        Ok(())
    }
}

/// An open database with its schema up to date.
#[derive(Debug, Clone)]
pub struct Database {
    pools: Pools,
}

impl Database {
    /// Opens a database that exists, or (SQLite) makes the file, and brings the schema up to date.
    ///
    /// # Errors
    /// [`StoreError`] when the engine cannot be reached, is too old, or its schema is newer.
    pub async fn open(options: &DatabaseOptions) -> Result<Self, StoreError> {
        let pools = if let Some(path) = options.url.strip_prefix("sqlite:") {
            open_sqlite(path, options.readers).await?
        } else {
            open_postgres(&options.url, options.readers).await?
        };
        if crate::base::planted::is("unique-missing") {
            pools.lose_the_key_of_redemptions().await?;
        }
        Ok(Self { pools })
    }

    /// Makes an empty database on a PostgreSQL server, in place of one of the same name that a
    /// bench left behind, and gives its address.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Unfit`] for a name that is not of lower-case letters, digits
    /// and `_`.
    pub async fn create(server: &str, name: &str) -> Result<String, StoreError> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if name.is_empty() || !name.chars().all(plain) {
            return Err(StoreError::Unfit(format!("{name:?} cannot name a database")));
        }
        let pool = PgPoolOptions::new().max_connections(1).connect(server).await?;
        for statement in
            [format!("DROP DATABASE IF EXISTS {name}"), format!("CREATE DATABASE {name}")]
        {
            sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&pool).await?;
        }
        pool.close().await;
        let base = server.rsplit_once('/').map_or(server, |(base, _)| base);
        Ok(format!("{base}/{name}"))
    }

    /// Which engine it is.
    #[must_use]
    pub const fn engine(&self) -> Engine {
        match self.pools {
            Pools::Sqlite { .. } => Engine::Sqlite,
            Pools::Postgres { .. } => Engine::Postgres,
        }
    }

    /// A transaction that reads one state of the data.
    ///
    /// # Errors
    /// [`StoreError`] from the engine.
    pub async fn read(&self) -> Result<Tx, StoreError> {
        Ok(match &self.pools {
            Pools::Sqlite { read, .. } => Tx::Sqlite(Link::Pooled(read.begin().await?)),
            Pools::Postgres { read, .. } => {
                let statement = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                Tx::Postgres(Link::Pooled(read.begin_with(statement).await?))
            }
        })
    }

    /// The same for a tenant: where `deploy/postgres-roles.sql` made row-level security, the engine
    /// itself hides everybody else's rows, whatever is asked. SQLite has nothing of the kind.
    ///
    /// # Errors
    /// [`StoreError`] from the engine.
    pub async fn read_as(&self, tenant: Option<&Tenant>) -> Result<Tx, StoreError> {
        match (&self.pools, tenant) {
            (Pools::Postgres { read, rows_are_kept: true, .. }, Some(tenant)) => {
                // Ids are of letters, digits and `_`: they cannot end the text that they are in.
                let statement = format!(
                    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
                     SET LOCAL ROLE carnet_tenant; SET LOCAL carnet.tenant = '{}'; \
                     SET LOCAL carnet.venue = '{}'",
                    tenant.organisation,
                    tenant.venue.map(|id| id.to_string()).unwrap_or_default()
                );
                let tx = read.begin_with(sqlx::AssertSqlSafe(statement)).await?;
                Ok(Tx::Postgres(Link::Pooled(tx)))
            }
            _ => self.read().await,
        }
    }

    /// The write transaction: one at a time in this process. For `service::writer` only.
    ///
    /// # Errors
    /// [`StoreError`] from the engine.
    pub async fn write(&self) -> Result<Tx, StoreError> {
        Ok(match &self.pools {
            Pools::Sqlite { write, .. } => Tx::Sqlite(Link::Seated(write.begin().await?)),
            Pools::Postgres { write, .. } => Tx::Postgres(Link::Seated(write.begin().await?)),
        })
    }

    /// The connection that writes, without a transaction around it, which saves the round trips of
    /// its begin and end: each statement is a transaction by itself.
    ///
    /// # Errors
    /// [`StoreError`] from the engine.
    pub async fn lend(&self) -> Result<Tx, StoreError> {
        Ok(match &self.pools {
            Pools::Sqlite { write, .. } => Tx::Sqlite(Link::Lent(write.lend().await?)),
            Pools::Postgres { write, .. } => Tx::Postgres(Link::Lent(write.lend().await?)),
        })
    }

    /// Closes the connection that writes: the next write opens it again, in the runtime where it
    /// is asked for, whose own driver then tells when the engine has answered.
    pub async fn reseat(&self) {
        match &self.pools {
            Pools::Sqlite { write, .. } => write.close().await,
            Pools::Postgres { write, .. } => write.close().await,
        }
    }

    /// Closes all connections, after the last answer.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Pools::Postgres { read, write, .. } => {
                read.close().await;
                write.close().await;
            }
        }
    }
}

/// What is wrong with the database's own file: one sentence each, as SQLite's `integrity_check`
/// says it; nothing where the engine keeps no file that can be asked.
///
/// Rows are read by their key; an index that does not fit its table is only found so.
///
/// # Errors
/// [`StoreError`].
pub async fn damage(tx: &mut Tx) -> Result<Vec<String>, StoreError> {
    let Tx::Sqlite(tx) = tx else { return Ok(Vec::new()) };
    let said: Vec<(String,)> =
        sqlx::query_as("PRAGMA integrity_check").fetch_all(&mut **tx).await?;
    Ok(said.into_iter().map(|(text,)| text).filter(|text| text != "ok").collect())
}

/// Triggers of the migrations that do not stand as they were made: by name, each with its table.
///
/// # Errors
/// [`StoreError`].
pub async fn unguarded(tx: &mut Tx) -> Result<Vec<(String, String)>, StoreError> {
    let (migrations, standing): (_, Vec<(String, String)>) = match tx {
        Tx::Sqlite(tx) => {
            let sql = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'";
            (&SQLITE_MIGRATIONS, sqlx::query_as(sql).fetch_all(&mut **tx).await?)
        }
        Tx::Postgres(tx) => {
            // 'O' and 'A' fire for whoever writes; a function can be replaced under its name.
            let sql = "SELECT CAST(t.tgname AS TEXT), pg_get_triggerdef(t.oid) || p.prosrc
                         FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid
                        WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')";
            (&POSTGRES_MIGRATIONS, sqlx::query_as(sql).fetch_all(&mut **tx).await?)
        }
    };
    let made = migrations.iter().flat_map(|migration| triggers(migration.sql.as_str()));
    let missing = made.filter(|made| !standing.iter().any(|(name, text)| made.is(name, text)));
    Ok(missing.map(|made| (made.name.to_owned(), made.table.to_owned())).collect())
}

/// A trigger as a migration makes it.
struct Trigger<'a> {
    name: &'a str,
    table: &'a str,
    text: &'a str,
}

/// The triggers that a migration makes.
fn triggers(migration: &str) -> impl Iterator<Item = Trigger<'_>> {
    migration.match_indices("CREATE TRIGGER ").filter_map(|(at, _)| {
        let text = migration.get(at..)?;
        // SQLite keeps the text up to END; PostgreSQL's ends with the statement.
        let end = text.find("; END").map(|end| end + "; END".len());
        let text = text.get(..end.or_else(|| text.find(';'))?)?;
        let mut words = text.split_whitespace();
        let name = words.nth(2)?;
        let table = words.skip_while(|word| *word != "ON").nth(1)?;
        Some(Trigger { name, table, text })
    })
}

impl Trigger<'_> {
    /// Whether a standing trigger is this one: the same text, or (PostgreSQL writes it in its own
    /// way) the same events and refusal.
    fn is(&self, name: &str, text: &str) -> bool {
        let refuses = "RAISE EXCEPTION 'the journal is never changed'";
        let all = "BEFORE DELETE OR UPDATE OR TRUNCATE ON ";
        name == self.name && (text == self.text || text.contains(refuses) && text.contains(all))
    }
}

async fn open_sqlite(path: &str, readers: u32) -> Result<Pools, StoreError> {
    let path = PathBuf::from(path);
    let options = SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(10))
        .statement_cache_capacity(200)
        .pragma("trusted_schema", "OFF")
        .pragma("cell_size_check", "ON")
        .pragma("mmap_size", "0")
        .pragma("cache_size", "-65536")
        .pragma("wal_autocheckpoint", "4000");
    let write = Arc::new(Seat::taken(SqliteOpener(options.clone())).await?);
    let mut first = write.connection().await?;
    check_sqlite(&mut first).await?;
    SQLITE_MIGRATIONS.run(&mut *first).await.map_err(|error| unfit(&error))?;
    drop(first);
    let read = SqlitePoolOptions::new()
        .max_connections(readers.max(1))
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options.pragma("query_only", "ON"))
        .await?;
    Ok(Pools::Sqlite { read, write })
}

async fn check_sqlite(first: &mut SqliteConnection) -> Result<(), StoreError> {
    let (version,): (String,) =
        sqlx::query_as("SELECT sqlite_version()").fetch_one(&mut *first).await?;
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    if (next(), next(), next()) < OLDEST_SQLITE {
        let text = format!("SQLite {version} is too old: 3.51.3 or later is needed");
        return Err(StoreError::Unfit(text));
    }
    let (durable,): (i64,) = sqlx::query_as("PRAGMA synchronous").fetch_one(first).await?;
    if durable < 2 {
        return Err(StoreError::Unfit("SQLite does not run with synchronous=FULL".to_owned()));
    }
    Ok(())
}

async fn open_postgres(url: &str, readers: u32) -> Result<Pools, StoreError> {
    let options = PgConnectOptions::from_str(url)?.statement_cache_capacity(200);
    let write = Arc::new(Seat::taken(PostgresOpener(options.clone())).await?);
    let mut first = write.connection().await?;
    let (durable,): (String,) =
        sqlx::query_as("SHOW synchronous_commit").fetch_one(&mut *first).await?;
    if durable == "off" {
        let text =
            "PostgreSQL runs with synchronous_commit=off: acknowledged vouchers could be lost";
        return Err(StoreError::Unfit(text.to_owned()));
    }
    // A role that owns nothing cannot migrate, and need not when nothing is to be done.
    if !is_migrated(&mut first).await {
        POSTGRES_MIGRATIONS.run(&mut *first).await.map_err(|error| unfit(&error))?;
    }
    let (rows_are_kept,): (bool,) = sqlx::query_as(KEPT).fetch_one(&mut *first).await?;
    drop(first);
    let read = PgPoolOptions::new().max_connections(readers.max(1)).connect_with(options).await?;
    Ok(Pools::Postgres { read, write, rows_are_kept })
}

/// Whether lines are under a policy of the role that reads for tenants, and this role may be it.
const KEPT: &str = "SELECT EXISTS (
    SELECT 1 FROM pg_policies AS p JOIN pg_roles AS r ON r.rolname = 'carnet_tenant'
     WHERE p.schemaname = current_schema() AND p.tablename = 'entry' AND p.policyname = 'tenant'
       AND pg_has_role(r.oid, 'MEMBER'))";

/// Whether exactly the migrations of this program are applied, as they are.
async fn is_migrated(first: &mut PgConnection) -> bool {
    let applied: Result<Vec<(i64, Vec<u8>)>, _> = sqlx::query_as(
        "SELECT version, checksum FROM _sqlx_migrations WHERE success ORDER BY version",
    )
    .fetch_all(first)
    .await;
    let known = POSTGRES_MIGRATIONS.iter().map(|it| (it.version, it.checksum.to_vec()));
    applied.is_ok_and(|applied| known.eq(applied))
}

fn unfit(error: &sqlx::migrate::MigrateError) -> StoreError {
    StoreError::Unfit(format!("the schema cannot be brought up to date: {error}"))
}
