//! Goal: the doctor sees each thing that is broken on purpose, says what to mend, changes nothing,
//! and finds a good installation good.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use carnet::domain::keyring::Revoked;
use carnet::store::{Database, DatabaseOptions};
use serde_json::Value;
use sqlx::AssertSqlSafe;

use crate::cli::{Call, carnet, program};
use crate::harness::{Engine, HOST, World, fresh_dir, fresh_url, in_this_process, run};
use crate::scheme::Scheme;
use crate::state::meddle;

/// A good installation.
fn installed() -> PathBuf {
    let dir = fresh_dir();
    carnet(&dir, &["init", "--dir", "here", "--host", "pass.exemple.fr"]).good();
    dir.join("here")
}

/// What the doctor says, and its exit code.
fn examined(dir: &Path, variables: &[(&str, &str)], more: &[&str]) -> (i32, Vec<Value>) {
    let mut command = program(dir);
    command.args(["doctor", "--json"]).args(more).envs(variables.iter().copied());
    let call = Call::of(&command.output().unwrap());
    let report: Value = serde_json::from_str(&call.out).expect(&call.err);
    (call.code, report["checks"].as_array().unwrap().clone())
}

/// Checks that one thing is said to be so, with such words about what to mend.
#[track_caller]
fn says(found: &(i32, Vec<Value>), check: &str, state: &str, words: &str) {
    let (code, checks) = found;
    let one = checks.iter().find(|one| one["check"] == check && one["state"] == state);
    let one = one.unwrap_or_else(|| panic!("{check} is not {state}: {checks:#?}"));
    let mend = one["mend"].as_str().unwrap_or_default();
    assert!(mend.contains(words), "{mend}");
    assert_eq!(*code == 1, checks.iter().any(|one| one["state"] == "fail"), "{checks:#?}");
    assert_eq!(state == "ok", mend.is_empty(), "{one}");
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_good_installation_is_good() {
    let dir = installed();
    let found = examined(&dir, &[], &[]);
    assert_eq!(found.0, 0, "{:#?}", found.1);
    for check in ["version", "keys", "data", "database", "durability", "schema", "signer", "tls"] {
        says(&found, check, "ok", "");
    }
    // One directory and one disk: it can run.
    says(&found, "checkpoints", "warn", "another disk");
    let call = carnet(&dir, &["doctor"]);
    assert!(call.out.contains("STATE") && call.out.contains("warn checkpoints:"), "{}", call.out);
    assert_eq!(call.code, 0);
}

#[test]
fn files_that_others_read_are_seen() {
    let dir = installed();
    for (file, check) in [
        ("keys/code.key", "keys"),
        ("keys/voucher-001.key", "keys"),
        ("keys/log.key", "keys"),
        ("carnet.db", "data"),
    ] {
        mode(&dir.join(file), 0o644);
        says(&examined(&dir, &[], &[]), check, "fail", "chmod");
        mode(&dir.join(file), 0o600);
    }
    mode(&dir, 0o755);
    says(&examined(&dir, &[], &[]), "data", "fail", "chmod");
    mode(&dir, 0o700);
    let tag = fs::read(dir.join("keys/tag.key")).unwrap();
    fs::write(dir.join("keys/tag.key"), "07".repeat(32)).unwrap();
    says(&examined(&dir, &[], &[]), "keys", "fail", "tag.key");
    fs::remove_file(dir.join("keys/tag.key")).unwrap();
    says(&examined(&dir, &[], &[]), "keys", "fail", "copy it back");
    fs::write(dir.join("keys/tag.key"), tag).unwrap();
    mode(&dir.join("keys/tag.key"), 0o600);
    assert_eq!(examined(&dir, &[], &[]).0, 0, "all of it was mended");
}

#[test]
fn settings_that_do_not_do_are_seen() {
    let dir = installed();
    let own = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = format!("postgres://carnet:hush@{own}/carnet");
    for (variable, value, check, state, words) in [
        ("CARNET_AUDIT__CHECKPOINTS", ".", "checkpoints", "fail", "another disk"),
        ("CARNET_AUDIT__CHECKPOINTS", "carnet.toml/x", "checkpoints", "fail", "write there"),
        ("CARNET_DATABASE__URL", "sqlite:other.db", "database", "fail", "database.url"),
        ("CARNET_DATABASE__URL", nobody.as_str(), "database", "fail", "database.url"),
        ("CARNET_SIGNER__SOCKET", "/nowhere/socket", "signer", "fail", "carnet-signer"),
        ("CARNET_SIGNER__KEYS", "elsewhere", "signer", "fail", "can be read"),
        ("CARNET_SIGNER__VOUCHERS_PER_DAY", "0", "ceilings", "warn", "vouchers_per_day"),
        ("CARNET_DATABASE__URL", "postgres://c:hush@db/c", "database", "fail", "verify-full"),
        ("CARNET_SERVER__LISTEN", "0.0.0.0:8080", "tls", "fail", "server.plain_text"),
        ("CARNET_SERVER__TLS_KEY", "keys/log.key", "tls", "fail", "PEM"),
        ("CARNET_MAIL__SMTP", "smtp://127.0.0.1:1", "mail", "fail", "mail.smtp and"),
        ("CARNET_MAIL__SMTP", "smtp://u:hush@mail.invalid", "mail", "fail", "tls=required"),
        ("CARNET_OPENID__ISSUER", "http://id.example", "outside", "fail", "https://"),
        ("CARNET_SERVER__PORT", "1", "configuration", "fail", "deploy/config.toml"),
    ] {
        let found = examined(&dir, &[(variable, value)], &[]);
        says(&found, check, state, words);
        assert!(!format!("{:?}", found.1).contains("hush"));
    }
    let said = [("CARNET_SERVER__LISTEN", "0.0.0.0:80"), ("CARNET_SERVER__PLAIN_TEXT", "true")];
    says(&examined(&dir, &said, &[]), "tls", "warn", "trusted_proxies");
    assert!(!dir.join("other.db").exists(), "nothing is made");
}

#[test]
fn a_schema_of_another_version_is_seen() {
    let dir = installed();
    let url = format!("sqlite:{}", dir.join("carnet.db").display());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let change = |sql: &'static str| {
        runtime.block_on(async {
            let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
            sqlx::query(sql).execute(&pool).await.unwrap();
            pool.close().await;
        });
    };
    change("INSERT INTO _sqlx_migrations VALUES (999, 'x', CURRENT_TIMESTAMP, TRUE, X'00', 0)");
    says(&examined(&dir, &[], &[]), "schema", "fail", "newer");
    change("DELETE FROM _sqlx_migrations WHERE version >= 3");
    says(&examined(&dir, &[], &[]), "schema", "fail", "carnet migrate");
    change("PRAGMA journal_mode = DELETE");
    says(&examined(&dir, &[], &[]), "durability", "warn", "WAL");
}

/// Answers one request with a date so many seconds from now.
fn clock(apart: i64) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    let now = carnet::base::clock::Clock::now(&carnet::base::clock::SystemClock);
    let date = now.plus_seconds(apart).to_jiff().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 1024]);
        let answer = format!("HTTP/1.1 204 No Content\r\nDate: {date}\r\n\r\n");
        stream.write_all(answer.as_bytes()).unwrap();
    });
    address
}

#[test]
fn a_clock_that_is_wrong_is_seen() {
    let dir = installed();
    for (apart, state, words) in [(0, "ok", ""), (20, "warn", "NTP"), (-3600, "fail", "NTP")] {
        let found = examined(&dir, &[], &["--time-from", &clock(apart)]);
        says(&found, "clock", state, words);
    }
}

/// The statements of `deploy/postgres-roles.sql`, with names of their own: roles are the server's.
fn script(suffix: &str) -> String {
    let text = fs::read_to_string("deploy/postgres-roles.sql").unwrap();
    ["carnet_server", "carnet_reader"]
        .iter()
        .fold(text, |text, role| text.replace(role, &format!("{role}_{suffix}")))
}

pub(crate) async fn run_sql(url: &str, sql: &str) -> Result<(), sqlx::Error> {
    let pool = sqlx::PgPool::connect(url).await?;
    let done = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&pool).await;
    pool.close().await;
    done.map(|_| ())
}

/// The same address for another user.
fn as_user(url: &str, user: &str) -> String {
    let (_, place) = url.rsplit_once('@').unwrap();
    format!("postgres://{user}:hush@{place}")
}

/// A world on a database whose roles the script made, served by one that owns nothing.
pub(crate) struct Installed {
    pub(crate) dir: PathBuf,
    /// The address of the owner, and of the server.
    pub(crate) url: String,
    pub(crate) own: String,
    suffix: String,
    server: String,
    reader: String,
}

impl Installed {
    pub(crate) async fn new() -> Self {
        let dir = fresh_dir();
        let url = fresh_url(Engine::Postgres, &dir).await;
        let options = DatabaseOptions { url: url.clone(), readers: 1 };
        Database::open(&options).await.unwrap().close().await;
        let suffix = dir.file_name().unwrap().to_string_lossy().replace('-', "_");
        let [server, reader] = ["server", "reader"].map(|role| format!("carnet_{role}_{suffix}"));
        for role in [&server, &reader] {
            run_sql(&url, &format!("CREATE ROLE {role} LOGIN PASSWORD 'hush'")).await.unwrap();
        }
        // It logs in nowhere and holds nothing but what a database grants: one for all tests.
        let there = run_sql(&url, "CREATE ROLE carnet_tenant NOLOGIN").await;
        assert!(there.is_ok() || there.unwrap_err().to_string().contains("carnet_tenant"));
        run_sql(&url, &format!("GRANT carnet_tenant TO {server}")).await.unwrap();
        for _ in 0..2 {
            run_sql(&url, &script(&suffix)).await.unwrap();
        }
        let own = as_user(&url, &server);
        Self { dir, url, own, suffix, server, reader }
    }

    pub(crate) async fn world(&self) -> World {
        let place = (Engine::Postgres, self.dir.clone(), self.own.clone());
        World::made_at(place, HOST, 7, Revoked::Refused, in_this_process).await
    }

    /// Roles are the server's: they would outlive the database.
    pub(crate) async fn clear(&self, world: &World) {
        let Self { server, reader, .. } = self;
        world.instance.database.close().await;
        let end = format!("DROP OWNED BY {server}, {reader}; DROP ROLE {server}, {reader};");
        run_sql(&self.url, &end).await.unwrap();
    }
}

/// A whole scheme in a role that owns nothing and cannot change the journal.
async fn least_rights(_: World) {
    let installed = Installed::new().await;
    let world = installed.world().await;
    let Installed { dir, url, own, suffix, server, reader } = &installed;
    let scheme = Scheme::new(&world).await;
    scheme.redeem(&world, &scheme.voucher(0, 0).url).await.good();
    crate::audit::holds(&world).await;

    mode(dir, 0o700);
    let found = examined(dir, &[("CARNET_DATABASE__URL", own)], &[]);
    for check in ["database", "durability", "database clock", "schema", "role", "rights", "rows"] {
        says(&found, check, "ok", "");
    }
    for sql in [
        "UPDATE entry SET line = ''",
        "DELETE FROM checkpoint",
        "TRUNCATE tile",
        "ALTER TABLE entry DISABLE TRIGGER ALL",
        "DELETE FROM _sqlx_migrations",
        "CREATE TABLE mine (id BIGINT)",
    ] {
        let denied = run_sql(own, sql).await.unwrap_err().to_string();
        assert!(
            denied.contains("permission denied") || denied.contains("must be owner"),
            "{denied}"
        );
    }
    let reading = as_user(url, reader);
    run_sql(&reading, "SELECT * FROM redemption").await.unwrap();
    for sql in ["SELECT * FROM bank_account", "SELECT * FROM api_key", "DELETE FROM account"] {
        assert!(run_sql(&reading, sql).await.is_err(), "{sql}");
    }

    // What the doctor looks for is what the script made, table by table.
    let made = "SELECT CAST(tablename AS TEXT) FROM pg_policies WHERE policyname = 'tenant'";
    let pool = sqlx::PgPool::connect(url).await.unwrap();
    let mut made: Vec<String> = sqlx::query_scalar(made).fetch_all(&pool).await.unwrap();
    pool.close().await;
    made.sort();
    let mut guarded = carnet::store::database::health::guarded();
    guarded.sort_unstable();
    assert!(guarded.len() > 20 && guarded == made, "{guarded:?} and {made:?}");

    too_much_is_seen(dir, url, own, (server, suffix)).await;
    installed.clear(&world).await;
}

/// Each right that is too much, or too little, is seen.
async fn too_much_is_seen(dir: &Path, url: &str, own: &str, (server, suffix): (&str, &str)) {
    let database = url.rsplit('/').next().unwrap();
    for (sql, undo, check, state) in [
        (format!("GRANT UPDATE ON entry TO {server}"), script(suffix), "rights", "warn"),
        (format!("REVOKE INSERT ON entry FROM {server}"), script(suffix), "rights", "fail"),
        ("DROP POLICY tenant ON entry".to_owned(), script(suffix), "rows", "warn"),
        ("DROP POLICY tenant ON code_route".to_owned(), script(suffix), "rows", "warn"),
        ("ALTER TABLE book NO FORCE ROW LEVEL SECURITY".to_owned(), script(suffix), "rows", "warn"),
        (
            format!("ALTER ROLE {server} CREATEROLE"),
            format!("ALTER ROLE {server} NOCREATEROLE"),
            "role",
            "fail",
        ),
        (
            format!("ALTER DATABASE {database} OWNER TO {server}"),
            format!("ALTER DATABASE {database} OWNER TO postgres"),
            "role",
            "warn",
        ),
    ] {
        run_sql(url, &sql).await.unwrap();
        says(&examined(dir, &[("CARNET_DATABASE__URL", own)], &[]), check, state, "postgres-roles");
        run_sql(url, &undo).await.unwrap();
    }
}

#[test]
fn a_server_needs_no_more_rights_than_the_script_gives() {
    run(Engine::Postgres, least_rights);
}

/// The superuser that the tests are, and a setting that loses what was acknowledged.
#[test]
fn a_superuser_and_a_careless_engine_are_seen() {
    run(Engine::Postgres, |world: World| async move {
        let url = [("CARNET_DATABASE__URL", world.url.as_str())];
        let found = examined(&world.dir, &url, &[]);
        says(&found, "role", "fail", "postgres-roles.sql");
        let database = world.url.rsplit('/').next().unwrap();
        let sql = format!("ALTER DATABASE {database} SET synchronous_commit = off");
        meddle(&world, &sql).await.unwrap();
        says(&examined(&world.dir, &url, &[]), "durability", "fail", "acknowledged");
    });
}
