//! How a database is, asked without changing it: version, durability, schema, role and rights.
//!
//! Promises: nothing is written and no schema is brought up to date; a database that does not
//! answer is a diagnosis like the others. Does not: look at lines (see the audit).

use std::str::FromStr as _;

use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, PgConnection, SqliteConnection};

use super::{OLDEST_SQLITE, POSTGRES_MIGRATIONS, SQLITE_MIGRATIONS};
use crate::base::clock::Timestamp;
use crate::domain::diagnosis::Diagnosis;

/// The oldest PostgreSQL, as its `server_version_num`.
const OLDEST_POSTGRES: i64 = 150_000;

const MIGRATIONS: &str = "SELECT version FROM _sqlx_migrations WHERE success ORDER BY version";

const SETTINGS: &str = "SELECT current_setting('server_version'),
    CAST(current_setting('server_version_num') AS BIGINT), current_setting('fsync'),
    current_setting('synchronous_commit'), current_setting('full_page_writes'),
    CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)";

/// The role; whether it is superuser; whether it may make roles or databases, replicate, or look
/// past row-level security; how many tables and databases it owns.
const ROLE: &str = "SELECT CAST(r.rolname AS TEXT), r.rolsuper,
    r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls,
    (SELECT COUNT(*) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
      WHERE c.relowner = r.oid AND n.nspname = current_schema()),
    (SELECT COUNT(*) FROM pg_database AS d WHERE d.datdba = r.oid)
    FROM pg_roles AS r WHERE r.rolname = current_user";

/// Tables of the journal that the role may change, and tables that it cannot read or add to.
const RIGHTS: &str = "SELECT
    COALESCE(string_agg(t.name, ', ') FILTER (WHERE t.journal
        AND has_table_privilege(t.id, 'UPDATE, DELETE, TRUNCATE')), ''),
    COALESCE(string_agg(t.name, ', ') FILTER (WHERE t.name <> '_sqlx_migrations'
        AND NOT (has_table_privilege(t.id, 'SELECT') AND has_table_privilege(t.id, 'INSERT'))), '')
    FROM (SELECT c.oid AS id, CAST(c.relname AS TEXT) AS name,
                 c.relname IN ('entry', 'checkpoint', 'tile', 'cosignature') AS journal
            FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
           WHERE c.relkind = 'r' AND n.nspname = current_schema()
           ORDER BY c.relname) AS t";

/// The roles and policies that an installation is given.
const ROLES: &str = include_str!("../../../deploy/postgres-roles.sql");

/// Of the tables that `deploy/postgres-roles.sql` has a policy for, those where tenants are not
/// held to one; whether this role may read for tenants.
const ROWS: &str = "SELECT
    COALESCE((SELECT string_agg(CAST(c.relname AS TEXT), ', ' ORDER BY c.relname)
       FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
      WHERE n.nspname = current_schema() AND c.relname = ANY($1)
        AND NOT (c.relforcerowsecurity AND EXISTS (SELECT 1 FROM pg_policies AS p
            WHERE p.schemaname = n.nspname AND p.tablename = c.relname
              AND p.policyname = 'tenant'))), ''),
    EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'carnet_tenant'
        AND pg_has_role(oid, 'MEMBER'))";

/// Looks at the database of an address.
pub async fn examine(url: &str, now: Timestamp) -> Vec<Diagnosis> {
    let mut found = Vec::new();
    let looked = match url.strip_prefix("sqlite:") {
        Some(path) => sqlite(path, &mut found).await,
        None => postgres(url, now, &mut found).await,
    };
    if let Err(error) = looked {
        let mend = "see that database.url says where it is, that it runs, and that this user may \
                    reach it";
        found.push(Diagnosis::fail("database", error.to_string(), mend));
    }
    found
}

async fn sqlite(path: &str, found: &mut Vec<Diagnosis>) -> Result<(), sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .synchronous(SqliteSynchronous::Full);
    let mut link: SqliteConnection = options.connect().await?;
    let (version,): (String,) =
        sqlx::query_as("SELECT sqlite_version()").fetch_one(&mut link).await?;
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    found.push(if (next(), next(), next()) < OLDEST_SQLITE {
        let finding = format!("SQLite {version}");
        Diagnosis::fail("database", finding, "build Carnet with SQLite 3.51.3 or later")
    } else {
        Diagnosis::fine("database", format!("SQLite {version} answers"))
    });
    let (mode,): (String,) = sqlx::query_as("PRAGMA journal_mode").fetch_one(&mut link).await?;
    let (sync,): (i64,) = sqlx::query_as("PRAGMA synchronous").fetch_one(&mut link).await?;
    let finding = format!("journal_mode {mode}, synchronous {sync}");
    found.push(if sync < 2 {
        Diagnosis::fail("durability", finding, "build Carnet with a SQLite that can be FULL")
    } else if mode == "wal" {
        Diagnosis::fine("durability", format!("{finding} (FULL)"))
    } else {
        let mend = "somebody else changed the file: `carnet serve` turns WAL on again";
        Diagnosis::warn("durability", finding, mend)
    });
    let applied: Result<Vec<(i64,)>, _> = sqlx::query_as(MIGRATIONS).fetch_all(&mut link).await;
    let known = SQLITE_MIGRATIONS.iter().map(|migration| migration.version);
    found.push(schema(&applied.unwrap_or_default(), &known.collect::<Vec<_>>()));
    link.close().await
}

async fn postgres(
    url: &str,
    now: Timestamp,
    found: &mut Vec<Diagnosis>,
) -> Result<(), sqlx::Error> {
    let mut link: PgConnection = PgConnectOptions::from_str(url)?.connect().await?;
    let (version, number, fsync, commit, pages, clock): (String, i64, String, String, String, i64) =
        sqlx::query_as(SETTINGS).fetch_one(&mut link).await?;
    found.push(if number < OLDEST_POSTGRES {
        Diagnosis::fail("database", format!("PostgreSQL {version}"), "take PostgreSQL 15 or later")
    } else {
        Diagnosis::fine("database", format!("PostgreSQL {version} answers"))
    });
    let finding = format!("fsync {fsync}, synchronous_commit {commit}, full_page_writes {pages}");
    let lost = fsync != "on" || commit == "off" || pages != "on";
    found.push(if lost {
        let mend = "turn all three on in postgresql.conf: what was acknowledged could be lost";
        Diagnosis::fail("durability", finding, mend)
    } else {
        Diagnosis::fine("durability", finding)
    });
    found.push(Diagnosis::clock("database clock", "this machine's clock", clock - now.millis()));
    let applied: Result<Vec<(i64,)>, _> = sqlx::query_as(MIGRATIONS).fetch_all(&mut link).await;
    let known = POSTGRES_MIGRATIONS.iter().map(|migration| migration.version);
    found.push(schema(&applied.unwrap_or_default(), &known.collect::<Vec<_>>()));
    found.push(role(sqlx::query_as(ROLE).fetch_one(&mut link).await?));
    let (journal, closed): (String, String) = sqlx::query_as(RIGHTS).fetch_one(&mut link).await?;
    let script = "run deploy/postgres-roles.sql as the owner of the tables";
    found.push(if !closed.is_empty() {
        Diagnosis::fail("rights", format!("no right to read or add to {closed}"), script)
    } else if journal.is_empty() {
        Diagnosis::fine("rights", "the journal can be read and added to, and not changed")
    } else {
        let finding = format!("may change or empty {journal}; only triggers refuse");
        Diagnosis::warn("rights", finding, script)
    });
    let (open, member): (String, bool) =
        sqlx::query_as(ROWS).bind(guarded()).fetch_one(&mut link).await?;
    found.push(if !member {
        let finding =
            "this role cannot read as carnet_tenant: only the program keeps tenants apart";
        Diagnosis::warn("rows", finding, "make the roles that deploy/postgres-roles.sql names")
    } else if open.is_empty() {
        Diagnosis::fine("rows", "row-level security keeps tenants apart, under the program's rule")
    } else {
        Diagnosis::warn("rows", format!("no row-level security for tenants on {open}"), script)
    });
    link.close().await
}

/// The tables that tenants read through a policy, as the script of the roles has them: one row of
/// its array each, `['TABLE', 'WHAT A TENANT IS SHOWN']`.
#[must_use]
pub fn guarded() -> Vec<&'static str> {
    let rules = ROLES.lines().filter_map(|line| line.trim_start().strip_prefix("['"));
    rules.filter_map(|rule| rule.split('\'').next()).collect()
}

/// What a role of the server must not be.
fn role((name, superuser, more, tables, databases): (String, bool, bool, i64, i64)) -> Diagnosis {
    let mend = "let the server in as a role that owns nothing: deploy/postgres-roles.sql makes it";
    if superuser {
        Diagnosis::fail("role", format!("{name} is superuser"), mend)
    } else if more {
        let finding = format!("{name} may make roles or databases, replicate or pass by policies");
        Diagnosis::fail("role", finding, mend)
    } else if tables > 0 || databases > 0 {
        let finding = format!("{name} owns {tables} tables and {databases} databases");
        Diagnosis::warn("role", format!("{finding}: it can drop what protects them"), mend)
    } else {
        Diagnosis::fine("role", format!("{name} owns nothing and is not superuser"))
    }
}

fn schema(applied: &[(i64,)], known: &[i64]) -> Diagnosis {
    let applied: Vec<i64> = applied.iter().map(|(version,)| *version).collect();
    let finding = format!("{} of {} migrations are applied", applied.len(), known.len());
    if applied == known {
        Diagnosis::fine("schema", finding)
    } else if applied.iter().any(|version| !known.contains(version)) {
        let mend = "the schema is newer than this program: install the newer Carnet again";
        Diagnosis::fail("schema", finding, mend)
    } else {
        Diagnosis::fail("schema", finding, "run `carnet migrate` as the owner of the tables")
    }
}
