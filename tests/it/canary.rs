//! The canary: what is secret or somebody's own, and the places where it must never be seen.
//!
//! Goal: every test of the suite also shows that none of it is in a log, a measure, the answer to
//! what failed, or a line of a journal. The harness tells it each secret that a test makes or
//! sends (`learn`, `mark`), asks it about each answer that is no success (`quiet`), and at the end
//! of each test about the log and the journals of its worlds.
//!
//! Legitimate places, all of them answers that succeed: a key's secret, a link, an app's secret and
//! recovery codes, once; a person's name and address, to who may see people; an IBAN, in the bank's
//! file. What the asker itself sent is not excused.

use std::collections::HashMap;
use std::fmt::{Debug, Write as _};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, Once, PoisonError};

use carnet::domain::bank::Iban;
use carnet::domain::person::Email;
use carnet::service::print::PrintedBook;
use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id as SpanId, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::{EnvFilter, Registry};

/// The shortest text that counts: by chance a shorter one is anywhere.
const SHORTEST: usize = 8;

/// How much of the log is remembered, for secrets that become known after they were logged.
const REMEMBERED: usize = 256 * 1024;

/// What must not be seen, found by how it begins, so that looking costs the same for one secret
/// and for ten thousand.
#[derive(Debug, Default)]
struct Secrets(HashMap<[u8; SHORTEST], Vec<String>>);

impl Secrets {
    /// Whether it is new.
    fn add(&mut self, secret: &str) -> bool {
        let Some(begin) = secret.as_bytes().first_chunk() else { return false };
        let known = self.0.entry(*begin).or_default();
        let new = !known.iter().any(|other| other == secret);
        if new {
            known.push(secret.to_owned());
        }
        new
    }

    /// The first secret in a text.
    fn within(&self, text: &str) -> Option<&str> {
        let bytes = text.as_bytes();
        (0..bytes.len())
            .find_map(|at| {
                let known = self.0.get(bytes[at..].first_chunk::<SHORTEST>()?)?;
                known.iter().find(|secret| bytes[at..].starts_with(secret.as_bytes()))
            })
            .map(String::as_str)
    }
}

/// What is known, what was logged lately, and what was found there.
#[derive(Debug, Default)]
struct Cage {
    secrets: Secrets,
    log: String,
    events: usize,
    found: Vec<String>,
}

impl Cage {
    fn know(&mut self, secret: &str) {
        if self.secrets.add(secret) && self.log.contains(secret) {
            self.found.push(format!("{secret:?} was logged before a test could know it"));
        }
    }

    fn logged(&mut self, text: &str) {
        self.events += 1;
        if let Some(secret) = self.secrets.within(text) {
            self.found.push(format!("{secret:?} is in the log: {text}"));
        }
        self.log.push_str(text);
        self.log.push('\n');
        if self.log.len() > 2 * REMEMBERED {
            let mut from = self.log.len() - REMEMBERED;
            while !self.log.is_char_boundary(from) {
                from += 1;
            }
            self.log.drain(..from);
        }
    }
}

type Shared = Arc<Mutex<Cage>>;

static CAGE: LazyLock<Shared> = LazyLock::new(Shared::default);

fn locked(cage: &Shared) -> MutexGuard<'_, Cage> {
    cage.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The texts of an event or a span.
struct Texts(String);

impl Visit for Texts {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, " {field}={value:?}");
    }

    // As it is, without escapes: so it is in a log of JSON too, but for quotes.
    fn record_str(&mut self, field: &Field, value: &str) {
        let _ = write!(self.0, " {field}={value}");
    }
}

/// Listens to everything that the program logs.
struct Listener(Shared);

impl<S: Subscriber> Layer<S> for Listener {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut texts = Texts(event.metadata().target().to_owned());
        event.record(&mut texts);
        locked(&self.0).logged(&texts.0);
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, _: &SpanId, _: Context<'_, S>) {
        let mut texts = Texts(attributes.metadata().name().to_owned());
        attributes.record(&mut texts);
        locked(&self.0).logged(&texts.0);
    }

    fn on_record(&self, _: &SpanId, values: &Record<'_>, _: Context<'_, S>) {
        let mut texts = Texts("record".to_owned());
        values.record(&mut texts);
        locked(&self.0).logged(&texts.0);
    }
}

fn listening(cage: Shared) -> impl Subscriber + Send + Sync {
    let filter = EnvFilter::new("info,carnet=trace,sqlx=warn");
    Registry::default().with(filter).with(Listener(cage))
}

/// Listens from now on, in all threads of this process; once.
pub(crate) fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing::subscriber::set_global_default(listening(CAGE.clone())).expect("the first one");
    });
}

/// Marks a secret, or what is somebody's own.
pub(crate) fn mark(secret: &str) {
    locked(&CAGE).know(secret);
}

/// Marks what is printed on vouchers.
pub(crate) fn mark_books(books: &[PrintedBook]) {
    for voucher in books.iter().flat_map(|book| &book.vouchers) {
        mark(&voucher.code);
        mark(&voucher.code.replace('-', ""));
        let token = voucher.url.rsplit('/').next().unwrap();
        mark(token);
        mark(&token.to_lowercase());
    }
}

/// The secret in the value of a member of that name, if it is one.
fn secret_of<'v>(name: &str, value: &'v str) -> Option<&'v str> {
    let bearer = value.len() == 59 && value.starts_with("carnet_");
    match name {
        "secret" if bearer || value.len() == 32 => Some(value),
        "token" | "csrf" if value.len() >= 52 => Some(value),
        "address" | "url" if value.contains("/join/") || value.contains("/reset/") => {
            value.rsplit('/').next()
        }
        "url" => value.split_once("/pair#").map(|(_, pairing)| pairing),
        "password" | "current" => Some(value),
        "recovery_code" | "recovery_codes" if value.len() >= 20 => Some(value),
        "email" => Email::new(value).is_ok().then_some(value),
        _ => None,
    }
}

/// Marks what is secret in a body that was taken, or in the answer to it.
fn learn_value(name: &str, value: &Value) {
    match value {
        Value::String(text) if name == "iban" => {
            if let Ok(iban) = text.parse::<Iban>() {
                mark(text);
                mark(iban.reveal());
            }
        }
        Value::String(text) => {
            if let Some(secret) = secret_of(name, text) {
                mark(secret);
                mark(&secret.to_lowercase());
            }
        }
        Value::Array(items) => items.iter().for_each(|item| learn_value(name, item)),
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| learn_value(name, value));
        }
        _ => {}
    }
}

/// Learns from an exchange that succeeded: what was sent, what was answered, which cookie was set.
pub(crate) fn learn(sent: &[u8], answer: &[u8], cookie: &str) {
    for bytes in [sent, answer] {
        if let Ok(value) = serde_json::from_slice::<Value>(bytes) {
            learn_value("", &value);
        }
    }
    let token = cookie.split_once('=').and_then(|(_, rest)| rest.split(';').next());
    token.into_iter().for_each(mark);
}

/// A text in which nothing secret may be seen.
#[track_caller]
pub(crate) fn quiet(place: &str, text: &str) {
    let cage = locked(&CAGE);
    let seen = cage.secrets.within(text).map(str::to_owned);
    drop(cage);
    assert!(seen.is_none(), "{place} shows {seen:?}: {text}");
}

tokio::task_local! {
    /// The databases of the worlds that a test made.
    static MADE: Mutex<Vec<String>>;
}

/// Remembers a database by its address, to look at its journals at the end of the test.
pub(crate) fn made(url: &str) {
    let _ = MADE.try_with(|made| made.lock().unwrap().push(url.to_owned()));
}

/// All lines in a database; none when its test took it away or broke it on purpose.
async fn lines(url: &str) -> Vec<String> {
    const LINES: &str = "SELECT line FROM entry";
    if url.starts_with("sqlite:") {
        let Ok(pool) = sqlx::SqlitePool::connect(url).await else { return Vec::new() };
        let lines = sqlx::query_scalar(LINES).fetch_all(&pool).await.unwrap_or_default();
        pool.close().await;
        return lines;
    }
    let Ok(pool) = sqlx::PgPool::connect(url).await else { return Vec::new() };
    let lines = sqlx::query_scalar(LINES).fetch_all(&pool).await.unwrap_or_default();
    pool.close().await;
    lines
}

/// Runs a test, and looks at what it left behind.
pub(crate) async fn watched(test: impl Future<Output = ()>) {
    listen();
    MADE.scope(Mutex::default(), async {
        test.await;
        let made = MADE.with(|made| std::mem::take(&mut *made.lock().unwrap()));
        for url in made {
            for line in lines(&url).await {
                quiet("a line of a journal", &line);
            }
        }
    })
    .await;
    let found = locked(&CAGE).found.clone();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Negative control: each way into a log is heard, before and after a secret is known.
#[test]
fn what_is_logged_is_heard() {
    let cage = Shared::default();
    let found = || std::mem::take(&mut locked(&cage).found).len();
    tracing::subscriber::with_default(listening(cage.clone()), || {
        locked(&cage).know("K7QX-M2VD-9T0H");
        let code = "K7QX-M2VD-9T0H";
        tracing::info!("nothing of it");
        assert_eq!((found(), locked(&cage).events), (0, 1));
        tracing::debug!(target: "carnet::service", code, "shown");
        tracing::warn!("it was {code}, after some words");
        tracing::error!(error = %format!("no voucher {code}"), "failed");
        tracing::error!(what = ?Some(code), "failed");
        tracing::info_span!("redeem", shown = code);
        assert_eq!(found(), 5);
        tracing::info!(password = "gare bouleau tisane", "too early");
        locked(&cage).know("gare bouleau tisane");
        assert_eq!(found(), 1, "what was logged before it was known");
    });
}

/// Negative control: what is looked for is found wherever it stands, and nothing else is.
#[test]
fn a_secret_is_found_wherever_it_stands() {
    let mut secrets = Secrets::default();
    assert!(secrets.add("carnet_one") && secrets.add("carnet_two") && !secrets.add("carnet_two"));
    assert!(!secrets.add("short"));
    for text in ["carnet_two", "é carnet_two", "xcarnet_carnet_two!", "{\"a\":\"carnet_two\"}"] {
        assert_eq!(secrets.within(text), Some("carnet_two"), "{text}");
    }
    for text in ["", "carnet_", "carnet_three", "short", "CARNET_TWO"] {
        assert_eq!(secrets.within(text), None, "{text}");
    }
    let learnt = [
        ("secret", format!("carnet_{}", "0".repeat(52)), 59),
        ("address", format!("https://h/join/{}", "a".repeat(52)), 52),
        ("url", format!("https://h/pair#{}", "a.b".repeat(20)), 60),
        ("email", "ana@exemple.fr".to_owned(), 14),
        ("password", "gare bouleau".to_owned(), 12),
    ];
    for (name, value, length) in learnt {
        assert_eq!(secret_of(name, &value).map(str::len), Some(length), "{name}");
    }
    for (name, value) in [("email", "../../etc/passwd"), ("name", "Ana Durand"), ("url", "/x")] {
        assert_eq!(secret_of(name, value), None, "{name}");
    }
}

/// Negative control: the lines of a world are really read, on both engines.
async fn the_lines_of_a_world_are_read(world: crate::harness::World) {
    let lines = lines(&world.url).await;
    assert!(lines.len() >= 3, "{lines:?}");
    let mut secrets = Secrets::default();
    secrets.add(&world.operator_id.to_string());
    assert!(lines.iter().all(|line| secrets.within(line).is_some()));
    assert!(MADE.with(|made| made.lock().unwrap().contains(&world.url)), "nobody will look");
}

crate::harness::on_both_engines!(the_lines_of_a_world_are_read);
