//! Databases that are made to be harmed: copies in which `carnet torture` writes past triggers, as
//! whoever owns a real one could.
//!
//! Promises: rights past the triggers are given over a database that was made here and marked so,
//! and over no other; after each change the triggers stand again as they were. Does not: touch a
//! database that somebody uses, or keep what it made (see [`Workshop::clear`]).

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, raw_sql};

use super::{Link, StoreError, Tx};

/// By this number in its header a SQLite file is known as a victim (`PRAGMA application_id`).
const MARK: i32 = 0x4361_5476;

/// By this comment a PostgreSQL database is known as a victim.
const COMMENT: &str = "carnet torture made this database, and may harm it";

/// Where victims are made.
#[derive(Debug)]
pub struct Workshop {
    place: Place,
    /// What was made on a server, by name.
    made: Mutex<Vec<String>>,
}

#[derive(Debug)]
enum Place {
    Directory(PathBuf),
    Server(String),
}

/// A database that may be harmed.
#[derive(Debug, Clone)]
pub struct Victim {
    url: String,
}

impl Victim {
    /// Where it is, as [`super::DatabaseOptions`] wants it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its file, when it has one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.url.strip_prefix("sqlite:").map(Path::new)
    }
}

impl Workshop {
    /// SQLite files in a directory.
    #[must_use]
    pub const fn in_directory(dir: PathBuf) -> Self {
        Self { place: Place::Directory(dir), made: Mutex::new(Vec::new()) }
    }

    /// Databases on a PostgreSQL server, where the URL's role may make them.
    #[must_use]
    pub const fn on_server(url: String) -> Self {
        Self { place: Place::Server(url), made: Mutex::new(Vec::new()) }
    }

    /// Makes a victim: empty, or a copy of one to which nobody is connected.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn make(&self, of: Option<&Victim>) -> Result<Victim, StoreError> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("carnet_torture_{}_{number}", std::process::id());
        match &self.place {
            Place::Directory(dir) => file(&dir.join(format!("{name}.db")), of).await,
            Place::Server(server) => {
                self.made.lock().unwrap_or_else(PoisonError::into_inner).push(name.clone());
                let template = of.and_then(|of| of.url.rsplit_once('/')).map(|(_, name)| name);
                let template =
                    template.map_or_else(String::new, |of| format!(" TEMPLATE \"{of}\""));
                on_server(
                    server,
                    &[
                        format!("CREATE DATABASE {name}{template}"),
                        format!("COMMENT ON DATABASE {name} IS '{COMMENT}'"),
                    ],
                )
                .await?;
                let base = server.rsplit_once('/').map_or(server.as_str(), |(base, _)| base);
                Ok(Victim { url: format!("{base}/{name}") })
            }
        }
    }

    /// Removes a victim to which nobody is connected any more.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn remove(&self, victim: Victim) -> Result<(), StoreError> {
        if let Some(file) = victim.file() {
            for end in ["", "-wal", "-shm"] {
                let mut path = file.as_os_str().to_owned();
                path.push(end);
                match std::fs::remove_file(&path) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                        return Err(sqlx::Error::Io(error).into());
                    }
                    _ => {}
                }
            }
        }
        if let Place::Server(server) = &self.place
            && let Some((_, name)) = victim.url.rsplit_once('/')
        {
            on_server(server, &[format!("DROP DATABASE IF EXISTS {name}")]).await?;
            self.made.lock().unwrap_or_else(PoisonError::into_inner).retain(|it| it != name);
        }
        Ok(())
    }

    /// Removes from a server what was made there; files go with their directory.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn clear(&self) -> Result<(), StoreError> {
        let made = std::mem::take(&mut *self.made.lock().unwrap_or_else(PoisonError::into_inner));
        if let Place::Server(server) = &self.place {
            let drop = |name: &String| format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            on_server(server, &made.iter().map(drop).collect::<Vec<_>>()).await?;
        }
        Ok(())
    }
}

async fn file(path: &Path, of: Option<&Victim>) -> Result<Victim, StoreError> {
    if let Some(of) = of.and_then(Victim::file) {
        std::fs::copy(of, path).map_err(sqlx::Error::Io)?;
    } else {
        let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
        raw_sql(AssertSqlSafe(format!("PRAGMA application_id = {MARK}"))).execute(&pool).await?;
        pool.close().await;
    }
    Ok(Victim { url: format!("sqlite:{}", path.display()) })
}

async fn on_server(server: &str, statements: &[String]) -> Result<(), StoreError> {
    let pool = PgPoolOptions::new().max_connections(1).connect(server).await?;
    for statement in statements {
        raw_sql(AssertSqlSafe(statement.clone())).execute(&pool).await?;
    }
    pool.close().await;
    Ok(())
}

/// The rights of a victim's owner.
#[derive(Debug)]
pub struct Owner(Rights);

#[derive(Debug)]
enum Rights {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// What puts the triggers of a table back.
pub(in crate::store) struct Guards(Vec<String>);

impl Owner {
    /// Takes the owner's rights over the database at an address.
    ///
    /// # Errors
    /// [`StoreError::Unfit`] for a database that was not made here.
    pub async fn of(url: &str) -> Result<Self, StoreError> {
        let (rights, ours) = if let Some(path) = url.strip_prefix("sqlite:") {
            let options =
                SqliteConnectOptions::new().filename(path).synchronous(SqliteSynchronous::Off);
            let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
            let (mark,): (i32,) = sqlx::query_as("PRAGMA application_id").fetch_one(&pool).await?;
            (Rights::Sqlite(pool), mark == MARK)
        } else {
            let pool = PgPoolOptions::new().max_connections(1).connect(url).await?;
            let sql = "SELECT shobj_description(d.oid, 'pg_database') FROM pg_database AS d
                        WHERE d.datname = current_database()";
            let (comment,): (Option<String>,) = sqlx::query_as(sql).fetch_one(&pool).await?;
            (Rights::Postgres(pool), comment.as_deref() == Some(COMMENT))
        };
        let owner = Self(rights);
        if ours {
            return Ok(owner);
        }
        owner.close().await;
        Err(StoreError::Unfit("a torture harms only databases that it made itself".to_owned()))
    }

    /// Ends the rights.
    pub async fn close(&self) {
        match &self.0 {
            Rights::Sqlite(pool) => pool.close().await,
            Rights::Postgres(pool) => pool.close().await,
        }
    }

    /// A transaction in which nothing guards a table, and what guards it again.
    pub(in crate::store) async fn unguarded(
        &self,
        table: &str,
    ) -> Result<(Tx, Guards), StoreError> {
        match &self.0 {
            Rights::Sqlite(pool) => {
                let mut tx = pool.begin_with("BEGIN IMMEDIATE").await?;
                let sql = "SELECT name, sql FROM sqlite_master
                            WHERE type = 'trigger' AND tbl_name = $1 ORDER BY name";
                let triggers: Vec<(String, String)> =
                    sqlx::query_as(sql).bind(table).fetch_all(&mut *tx).await?;
                for (name, _) in &triggers {
                    let sql = format!("DROP TRIGGER {name}");
                    raw_sql(AssertSqlSafe(sql)).execute(&mut *tx).await?;
                }
                let guards = triggers.into_iter().map(|(_, sql)| sql).collect();
                Ok((Tx::Sqlite(Link::Pooled(tx)), Guards(guards)))
            }
            Rights::Postgres(pool) => {
                let mut tx = pool.begin().await?;
                let sql = format!("ALTER TABLE {table} DISABLE TRIGGER USER");
                raw_sql(AssertSqlSafe(sql)).execute(&mut *tx).await?;
                let guard = format!("ALTER TABLE {table} ENABLE TRIGGER USER");
                Ok((Tx::Postgres(Link::Pooled(tx)), Guards(vec![guard])))
            }
        }
    }
}

impl Guards {
    /// Puts the triggers back, and commits.
    pub(in crate::store) async fn restore(self, mut tx: Tx) -> Result<(), StoreError> {
        for statement in self.0 {
            let statement = raw_sql(AssertSqlSafe(statement));
            match &mut tx {
                Tx::Sqlite(tx) => statement.execute(&mut **tx).await.map(|_| ())?,
                Tx::Postgres(tx) => statement.execute(&mut **tx).await.map(|_| ())?,
            }
        }
        tx.commit().await
    }
}
