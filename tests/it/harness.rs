//! A whole Carnet in the test's own process: a fresh database of either engine, a clock that
//! stands still, chance from a seed, the real router without a socket.
//!
//! Goal: tests make their data through the public API, as programs do.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use carnet::base::clock::{Clock, ManualClock, Timestamp};
use carnet::base::entropy::SeededEntropy;
use carnet::base::id::{Id, Kind, Operator};
use carnet::domain::keyring::Revoked;
use carnet::domain::proposal::Terms;
use carnet::domain::quota::Quotas;
use carnet::domain::signal::Thresholds;
use carnet::domain::signing::Ceilings;
use carnet::service::found::{self, Foundation};
use carnet::service::keys::Keys;
use carnet::service::mail::Post;
use carnet::service::people::Choices;
use carnet::service::people::openid::OpenId;
use carnet::service::people::password::Cost;
use carnet::service::signer::{Signer, Signing, SigningPlace};
use carnet::service::{Instance, Legal, Settings};
use carnet::store::tables::{Row, TABLES, page};
use carnet::store::{Database, DatabaseOptions};
use carnet::web::{self, App};
use http_body_util::BodyExt as _;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::{canary, schemas};

/// Which engine a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// Stamps a test on both engines. The body is an `async fn(World)`.
macro_rules! on_both_engines {
    ($($(#[doc = $doc:literal])* $name:ident),+ $(,)?) => {
        mod sqlite {
            $($(#[doc = $doc])* #[test] fn $name() {
                crate::harness::run(crate::harness::Engine::Sqlite, super::$name);
            })+
        }
        mod postgres {
            $($(#[doc = $doc])* #[test] fn $name() {
                crate::harness::run(crate::harness::Engine::Postgres, super::$name);
            })+
        }
    };
}
pub(crate) use on_both_engines;

/// Runs a test on a fresh world; on PostgreSQL only where `tests/run` started one.
pub(crate) fn run<F, T>(engine: Engine, test: F)
where
    F: FnOnce(World) -> T,
    T: Future<Output = ()>,
{
    if engine == Engine::Postgres && std::env::var("CARNET_TEST_POSTGRES").is_err() {
        let required = std::env::var("CARNET_TEST_TOOLS").is_ok_and(|value| value == "required");
        assert!(!required, "CARNET_TEST_POSTGRES is not set: run tests/run");
        eprintln!("left out: no PostgreSQL; tests/run starts one");
        return;
    }
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(canary::watched(async { test(World::new(engine).await).await }));
}

/// An answer of the API.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) etag: Option<String>,
    pub(crate) retry_after: Option<String>,
    pub(crate) kind: String,
    pub(crate) headers: axum::http::HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    /// The body as JSON; null when it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    /// A header, empty when it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The body as text, of an answer that must be a success.
    #[track_caller]
    pub(crate) fn text(&self) -> String {
        self.good();
        String::from_utf8(self.bytes.clone()).unwrap()
    }

    /// The body, of an answer that must be a success.
    #[track_caller]
    pub(crate) fn good(&self) -> Value {
        let body = String::from_utf8_lossy(&self.bytes);
        assert!(self.status.is_success(), "{} {body}", self.status);
        self.json()
    }

    /// The problem's code, of an answer that must be a refusal.
    #[track_caller]
    pub(crate) fn code(&self) -> String {
        let body = String::from_utf8_lossy(&self.bytes);
        assert!(!self.status.is_success(), "{} {body}", self.status);
        assert_eq!(self.kind, "application/problem+json", "{body}");
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// A founded instance.
pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) instance: Arc<Instance>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) router: Router,
    pub(crate) dir: PathBuf,
    pub(crate) url: String,
    pub(crate) operator_id: Id<Operator>,
    /// The operator's secret.
    pub(crate) operator: String,
    ids: AtomicU64,
}

/// When every world begins.
pub(crate) const BEGIN: &str = "2026-11-22T10:00:00.000Z";
/// The host that is printed.
pub(crate) const HOST: &str = "pass.exemple.fr";

/// A directory of its own, under the build directory.
pub(crate) fn fresh_dir() -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let number = COUNT.fetch_add(1, Ordering::SeqCst);
    let name = format!("world-{}-{number}", std::process::id());
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

/// The address of a fresh database.
pub(crate) async fn fresh_url(engine: Engine, dir: &std::path::Path) -> String {
    match engine {
        Engine::Sqlite => format!("sqlite:{}", dir.join("carnet.db").display()),
        Engine::Postgres => {
            let server = std::env::var("CARNET_TEST_POSTGRES").unwrap();
            let name =
                format!("carnet_{}", dir.file_name().unwrap().to_string_lossy().replace('-', "_"));
            let pool = sqlx::PgPool::connect(&server).await.unwrap();
            let statement = format!("CREATE DATABASE {name}");
            sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&pool).await.unwrap();
            pool.close().await;
            let (base, _) = server.rsplit_once('/').unwrap();
            format!("{base}/{name}")
        }
    }
}

/// A signer in the test's own process.
pub(crate) fn in_this_process(place: &SigningPlace, clock: &Arc<ManualClock>) -> Signer {
    let entropy = Arc::new(SeededEntropy::new(11));
    Signer::here(Signing::open(place, clock.clone(), entropy).unwrap())
}

impl World {
    pub(crate) async fn new(engine: Engine) -> Self {
        Self::founded(engine, HOST, 7).await
    }

    /// A world at a host, with keys and ids that come from a seed.
    pub(crate) async fn founded(engine: Engine, host: &str, seed: u64) -> Self {
        Self::made(engine, host, seed, Revoked::Refused, in_this_process).await
    }

    /// The same, with a way out for letters, or a provider that people sign in at.
    pub(crate) async fn with(
        engine: Engine,
        host: &str,
        seed: u64,
        post: Option<Post>,
        openid: Option<Arc<OpenId>>,
    ) -> Self {
        let dir = fresh_dir();
        let url = fresh_url(engine, &dir).await;
        let place = (engine, dir, url);
        Self::made_with(place, host, seed, (Revoked::Refused, post, openid), in_this_process).await
    }

    /// A world whose vouchers of revoked keys have this fate, and whose signer is what `sign` makes
    /// of its place.
    pub(crate) async fn made(
        engine: Engine,
        host: &str,
        seed: u64,
        revoked: Revoked,
        sign: impl FnOnce(&SigningPlace, &Arc<ManualClock>) -> Signer,
    ) -> Self {
        let dir = fresh_dir();
        let url = fresh_url(engine, &dir).await;
        Self::made_at((engine, dir, url), host, seed, revoked, sign).await
    }

    /// The same in a directory, on a database that is there.
    pub(crate) async fn made_at(
        (engine, dir, url): (Engine, PathBuf, String),
        host: &str,
        seed: u64,
        revoked: Revoked,
        sign: impl FnOnce(&SigningPlace, &Arc<ManualClock>) -> Signer,
    ) -> Self {
        Self::made_with((engine, dir, url), host, seed, (revoked, None, None), sign).await
    }

    async fn made_with(
        (engine, dir, url): (Engine, PathBuf, String),
        host: &str,
        seed: u64,
        (revoked, post, openid): (Revoked, Option<Post>, Option<Arc<OpenId>>),
        sign: impl FnOnce(&SigningPlace, &Arc<ManualClock>) -> Signer,
    ) -> Self {
        let clock = Arc::new(ManualClock::new(BEGIN.parse().unwrap()));
        let entropy = Arc::new(SeededEntropy::new(seed));
        let files = dir.join("keys");
        Keys::create(&files, entropy.as_ref()).unwrap();
        let voucher_key = Keys::add_voucher_key(&files, 1, entropy.as_ref()).unwrap();
        let keys = Arc::new(Keys::load(&files).unwrap());
        let ceilings = Ceilings { vouchers: 1_000_000, cents: 1_000_000_000 };
        let place = SigningPlace { keys: files, state: dir.join("signer"), ceilings };
        let signer = sign(&place, &clock);
        let options = DatabaseOptions { url: url.clone(), readers: 4 };
        let database = Database::open(&options).await.unwrap();
        let (host, help_line) = (host.to_owned(), "pass.exemple.fr/lieux".to_owned());
        let cost = Cost { memory_kib: 8, passes: 1, at_once: 2 };
        let people = Choices { cost, ..Choices::default() };
        let (quotas, two_people) = (Quotas::default(), Terms::default());
        let signals = Thresholds::default();
        let settings = Settings {
            host,
            help_line,
            revoked,
            people,
            post,
            two_people,
            openid,
            breaches: None,
            quotas,
            signals,
            legal: Legal { publisher: "Coopérative du test".to_owned(), ..Legal::default() },
        };
        let (instance, writer) =
            Instance::new(database, clock.clone(), entropy, keys, signer, settings);
        tokio::spawn(writer.run());
        let operator_id: Id<Operator> = Id::new(instance.clock.as_ref(), instance.entropy.as_ref());
        let foundation = Foundation {
            operator_id,
            name: carnet::base::text::Name::new("Coopérative du test").unwrap(),
            registration: "73282932000074".parse().unwrap(),
            time_zone: "Europe/Paris".parse().unwrap(),
            voucher_key: voucher_key.public(),
            voucher_key_until: clock.now().plus_seconds(400 * 86_400),
        };
        let (_, secret) = found::found(&instance, foundation).await.unwrap();
        let instance = Arc::new(instance);
        let app = App { instance: instance.clone() };
        let (router, document) = web::routes(app, Duration::from_secs(30));
        schemas::remember(&document);
        canary::made(&url);
        let operator = secret.expose_secret().to_owned();
        canary::mark(&operator);
        let ids = AtomicU64::new(if seed == 7 { 1 } else { seed << 32 });
        Self { engine, instance, clock, router, dir, url, operator_id, operator, ids }
    }

    /// Another server process on the same database, as far as a test can have one.
    pub(crate) async fn second_instance(&self) -> Arc<Instance> {
        let options = DatabaseOptions { url: self.url.clone(), readers: 4 };
        let database = Database::open(&options).await.unwrap();
        let (instance, writer) = Instance::new(
            database,
            self.clock.clone(),
            Arc::new(SeededEntropy::new(99)),
            self.instance.keys.clone(),
            self.instance.signer.clone(),
            self.instance.settings.clone(),
        );
        tokio::spawn(writer.run());
        Arc::new(instance)
    }

    /// A copy of the database as it is now, like a backup; where it is.
    pub(crate) async fn copied(&self, name: &str) -> String {
        if self.engine == Engine::Sqlite {
            let file = self.dir.join(format!("{name}.db"));
            self.run_sql(&format!("VACUUM INTO '{}'", file.display())).await;
            return format!("sqlite:{}", file.display());
        }
        let dir = fresh_dir();
        let url = fresh_url(self.engine, &dir).await;
        let options = DatabaseOptions { url: url.clone(), readers: 1 };
        let made = Database::open(&options).await.unwrap();
        made.close().await;
        let pool = sqlx::PgPool::connect(&url).await.unwrap();
        let mut tx = self.instance.database.read().await.unwrap();
        for table in TABLES {
            let names: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
            let rows = page(&mut tx, table, None, 1_000_000).await.unwrap();
            let object = |row: Row| -> serde_json::Map<String, Value> {
                names
                    .iter()
                    .map(|name| (*name).to_owned())
                    .zip(row.into_iter().map(Value::from))
                    .collect()
            };
            let rows: Vec<_> = rows.into_iter().map(object).collect();
            let (table, columns) = (table.name, names.join(", "));
            let sql = format!(
                "INSERT INTO {table} ({columns}) SELECT {columns}
                   FROM jsonb_populate_recordset(NULL::{table}, $1::jsonb)"
            );
            let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(json!(rows).to_string());
            query.execute(&pool).await.unwrap();
        }
        pool.close().await;
        url
    }

    /// The same world on another database, as a program that was started there.
    pub(crate) async fn on(&self, url: String) -> Self {
        let options = DatabaseOptions { url: url.clone(), readers: 4 };
        let database = Database::open(&options).await.unwrap();
        let entropy = Arc::new(SeededEntropy::new(self.ids.load(Ordering::SeqCst) + 1000));
        let (clock, keys) = (self.clock.clone(), self.instance.keys.clone());
        let (signer, settings) = (self.instance.signer.clone(), self.instance.settings.clone());
        let (instance, writer) =
            Instance::new(database, clock.clone(), entropy, keys, signer, settings);
        tokio::spawn(writer.run());
        let instance = Arc::new(instance);
        let (router, _) = web::routes(App { instance: instance.clone() }, Duration::from_secs(30));
        let ids = AtomicU64::new(self.ids.load(Ordering::SeqCst) + 1_000_000);
        let (engine, dir, operator_id) = (self.engine, self.dir.clone(), self.operator_id);
        let operator = self.operator.clone();
        Self { engine, instance, clock, router, dir, url, operator_id, operator, ids }
    }

    /// A new id of a noun, different at each call and the same at each run.
    pub(crate) fn id<K: Kind>(&self) -> Id<K> {
        let number = self.ids.fetch_add(1, Ordering::SeqCst);
        let millis: Timestamp = BEGIN.parse().unwrap();
        let mut bytes = [0; 10];
        bytes[2..].copy_from_slice(&number.to_be_bytes());
        let millis = u64::try_from(millis.millis()).unwrap();
        Id::from_uuid(uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid())
    }

    /// Asks, as the holder of a secret (or nobody).
    pub(crate) async fn ask(
        &self,
        method: &str,
        path: &str,
        secret: &str,
        body: Option<Value>,
    ) -> Answer {
        self.ask_if(method, path, secret, body, None).await
    }

    /// Asks with an `If-Match`.
    pub(crate) async fn ask_if(
        &self,
        method: &str,
        path: &str,
        secret: &str,
        body: Option<Value>,
        if_match: Option<i64>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !secret.is_empty() {
            request = request.header("authorization", format!("Bearer {secret}"));
        }
        if let Some(version) = if_match {
            request = request.header("if-match", format!("\"{version}\""));
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.send(request.header("content-type", "application/json").body(body).unwrap()).await
    }

    /// Sends a request as it is, and checks the answer against `schemas/` and `/openapi.json`.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let (head, body) = request.into_parts();
        let sent = body.collect().await.unwrap().to_bytes();
        let (method, path) = (head.method.to_string(), head.uri.path().to_owned());
        let request = Request::from_parts(head, Body::from(sent.clone()));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let header = |name: &str| {
            let value = response.headers().get(name)?;
            Some(value.to_str().unwrap().to_owned())
        };
        let cookie = header("set-cookie").unwrap_or_default();
        let (etag, retry_after) = (header("etag"), header("retry-after"));
        let kind = header("content-type").unwrap_or_default();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.into_body().collect().await.unwrap().to_bytes().to_vec();
        schemas::check(&schemas::Exchange {
            method: &method,
            path: &path,
            request: &sent,
            status: status.as_u16(),
            kind: &kind,
            answer: &bytes,
        });
        // A form that is drawn again stands below its own sender's name.
        let redrawn = status == 422 && kind.starts_with("text/html");
        if (status.is_client_error() && !redrawn) || status.is_server_error() {
            let said = format!("{headers:?} {}", String::from_utf8_lossy(&bytes));
            canary::quiet(&format!("{method} {path}: {status}"), &said);
        } else {
            canary::learn(&sent, &bytes, &cookie);
        }
        Answer { status, etag, retry_after, kind, headers, bytes }
    }

    pub(crate) async fn put(&self, path: &str, secret: &str, body: Value) -> Answer {
        self.ask("PUT", path, secret, Some(body)).await
    }

    pub(crate) async fn get(&self, path: &str, secret: &str) -> Answer {
        self.ask("GET", path, secret, None).await
    }

    pub(crate) async fn post(&self, path: &str, secret: &str, body: Option<Value>) -> Answer {
        self.ask("POST", path, secret, body).await
    }

    /// Runs a statement with the rights of the database's owner.
    pub(crate) async fn run_sql(&self, sql: &str) {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        match self.engine {
            Engine::Sqlite => {
                let pool = sqlx::SqlitePool::connect(&self.url).await.unwrap();
                sqlx::query(sql).execute(&pool).await.unwrap();
            }
            Engine::Postgres => {
                let pool = sqlx::PgPool::connect(&self.url).await.unwrap();
                sqlx::query(sql).execute(&pool).await.unwrap();
            }
        }
    }

    /// A key of a role for an organisation, made by the operator.
    pub(crate) async fn key(&self, role: &str, organisation: &str, venue: Option<&str>) -> String {
        let id: Id<carnet::base::id::ApiKey> = self.id();
        let mut body = json!({ "role": role, "organisation_id": organisation });
        if let Some(venue) = venue {
            body["venue_id"] = json!(venue);
        }
        let answer = self.put(&format!("/api/v1/api-keys/{id}"), &self.operator, body).await;
        answer.good()["secret"].as_str().unwrap().to_owned()
    }
}
