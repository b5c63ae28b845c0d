//! `carnet bench`: what this machine does, with durable commits, beside ceilings of the same run.
//!
//! Promises: ratios are of one run; every redemption that is counted was answered with its receipt.
//! Does not: pass or fail anything.

pub mod command;
pub mod engine;
pub mod growth;
pub mod http;
mod offline;
pub mod report;
pub mod stopwatch;
pub mod world;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::oneshot;

use self::engine::Sample;
use self::http::{Ask, Load};
use self::report::{Report, rate};
use self::stopwatch::Stopwatch;
use self::world::World;
use crate::base::id::{Id, Redemption};
use crate::base::money::Money;
use crate::domain::code::Code;
use crate::domain::ledger::account::Account;
use crate::domain::redemption::{Sees, ShownAs};
use crate::domain::token::{Presented, Token, VoucherKey};
use crate::service::writer::counter::{RedeemJob, Redeemed, Shown};
use crate::service::writer::{Writer, understood};
use crate::service::{Error, issue};
use crate::store::projection::Written;
use crate::store::{Database, DatabaseOptions};

/// In how many turns a row that is compared and its ceiling are measured.
const TURNS: usize = 4;

/// Which engine is measured, and where.
#[derive(Debug, Clone)]
pub struct Place {
    /// `sqlite` or `postgres`.
    pub engine: &'static str,
    /// A directory for files.
    pub dir: PathBuf,
    /// For PostgreSQL, a server where databases can be made.
    pub server: Option<String>,
}

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Vouchers issued before anything is redeemed.
    pub vouchers: i64,
    /// Redemptions of each row in process and over HTTP.
    pub redemptions: usize,
    /// Books printed.
    pub books: i64,
}

impl Size {
    /// How many vouchers all rows redeem: one that runs short would measure nothing and say 0.
    #[must_use]
    pub fn spent(&self) -> usize {
        let total = self.redemptions;
        let in_process = WARM_UP + total / 16 + 2 * total;
        in_process + total / 16 + 2 * total + paced(total) + busy(total)
    }
}

/// Redemptions before the first row.
const WARM_UP: usize = 640;

/// Redemptions of the row that asks 200 a second.
fn paced(total: usize) -> usize {
    (total / 8).min(2000)
}

/// Redemptions of the row that goes beside issuing.
fn busy(total: usize) -> usize {
    (total / 20).min(1000)
}

impl Place {
    /// The address of a fresh database of this name.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn fresh(&self, name: &str) -> Result<String, Error> {
        match &self.server {
            None => Ok(format!("sqlite:{}", self.dir.join(format!("{name}.db")).display())),
            Some(server) => Ok(Database::create(server, name).await?),
        }
    }
}

/// A voucher ready to be presented.
struct Ready {
    url: String,
    shown: Shown,
}

struct Bench {
    world: World,
    writer: Writer,
    report: Report,
    ready: Vec<Ready>,
    size: Size,
    taken: usize,
    place: Place,
}

/// Measures everything and gives the report.
///
/// # Errors
/// [`Error`].
pub async fn run(place: Place, size: Size) -> Result<Report, Error> {
    let engine = place.engine;
    let report = Report { engine, rows: Vec::new() };
    let url = place.fresh("carnet_bench_service").await?;
    let (instance, mut writer) = world::open(&url, &place.dir, "PASS.EXEMPLE.FR").await?;
    let instance = Arc::new(instance);
    let watch = Stopwatch::start();
    let filling = world::fill(instance, size.vouchers, |_, _| {});
    let world = Box::pin(drive(&mut writer, filling)).await?;
    let issued = rate(usize::try_from(size.vouchers).unwrap_or(0), watch.micros());
    let mut bench = Bench { world, writer, report, ready: Vec::new(), size, taken: 0, place };
    bench.prepare().await?;
    bench.signatures();
    bench.in_process().await?;
    bench.report.add("issue", issued, Some("engine-issue"));
    bench.printing().await?;
    let verified = offline::verify(&bench.world, &bench.place.dir).await?;
    bench.report.add("verify-ledger", verified, None);
    bench.over_http().await
}

/// Runs a future while the writer works in this task.
async fn drive<T>(
    writer: &mut Writer,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    tokio::pin!(work);
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            _ = writer.step() => {}
        }
    }
}

impl Bench {
    /// Prints the secrets of all vouchers that will be redeemed.
    async fn prepare(&mut self) -> Result<(), Error> {
        let mut urls = Vec::new();
        let most = usize::try_from(self.size.vouchers).unwrap_or(0);
        self.world.vouchers(most, |voucher| urls.push(voucher.url.clone())).await?;
        self.present(urls).await
    }

    /// Checks the signatures of what will be presented, as a request's own task does.
    async fn present(&mut self, urls: Vec<String>) -> Result<(), Error> {
        let ring = self.world.instance.keyring().await?;
        for url in urls {
            let Ok(Presented::Token(token)) = Presented::parse(&url) else { continue };
            let genuine = ring.verify(&token).map_err(|_| Error::Fault("own token".into()))?;
            let token = genuine.token;
            let shown = Shown {
                ledger_no: 2,
                serial: token.serial(),
                tag: self.world.instance.keys.tag_key().tag(token.code()),
                face_value: Some(token.face_value()),
                shown_as: ShownAs::Token,
            };
            self.ready.push(Ready { url, shown });
        }
        Ok(())
    }

    fn signatures(&mut self) {
        let (key, Some(ready)) = (VoucherKey::from_seed(1, &[7; 32]), self.ready.first()) else {
            return;
        };
        let face = ready.shown.face_value.unwrap_or(Money::ZERO);
        let code = Code::from_number(1);
        let token = code.and_then(|code| Token::new(ready.shown.serial, face, code).ok());
        let Some(token) = token else { return };
        let watch = Stopwatch::start();
        let mut signs = 0;
        while watch.micros() < 1_000_000 {
            for _ in 0..100 {
                std::hint::black_box(key.sign(&token));
            }
            signs += 100;
        }
        self.report.add("sign", rate(signs, watch.micros()), None);
        let signed = key.sign(&token).to_url("PASS.EXEMPLE.FR");
        let Ok(Presented::Token(token)) = Presented::parse(&signed) else { return };
        let keys = [key.public()];
        let watch = Stopwatch::start();
        let mut verifies = 0;
        while watch.micros() < 1_000_000 {
            for _ in 0..100 {
                let _ = std::hint::black_box(token.verify(&keys));
            }
            verifies += 100;
        }
        self.report.add("verify", rate(verifies, watch.micros()), None);
    }

    fn take(&mut self, count: usize) -> std::ops::Range<usize> {
        let from = self.taken;
        self.taken = (from + count).min(self.ready.len());
        from..self.taken
    }

    /// Redemptions in process, after the signature check, in batches of a size.
    async fn redeem(&mut self, batch: usize, total: usize) -> Result<(i64, Option<Sample>), Error> {
        let range = self.take(total);
        let mut sample = None;
        let count = range.len();
        // Whoever asks names what it creates: that is not the server's time.
        let instance = &self.world.instance;
        let new_id = |_| Id::new(instance.clock.as_ref(), instance.entropy.as_ref());
        let ids: Vec<Id<Redemption>> = range.clone().map(new_id).collect();
        let mut ids = ids.into_iter();
        let watch = Stopwatch::start();
        for start in range.clone().step_by(batch) {
            let mut answers = Vec::with_capacity(batch);
            let batch = &self.ready[start..(start + batch).min(range.end)];
            for (ready, redemption_id) in batch.iter().zip(ids.by_ref()) {
                let (answer, answered) = oneshot::channel();
                self.world.instance.door.redeem(RedeemJob {
                    redemption_id,
                    actor: self.world.actor.id,
                    sees: Sees::All,
                    shown: ready.shown,
                    venue_id: self.world.file.venue_id,
                    offering: self.world.file.offering,
                    occurred_at: None,
                    answer,
                })?;
                answers.push(answered);
            }
            self.writer.step().await;
            for answered in answers {
                let answer = answered.await.map_err(|_| Error::Fault("no answer".into()))??;
                if sample.is_none()
                    && let Redeemed::Fresh { ledger_no, seq, receipt, .. } = &answer
                {
                    let (entry, fact) = understood(*ledger_no, *seq, &receipt.line)?;
                    let note = receipt.proof.split_once("\n\n").map_or("", |(_, note)| note);
                    let transfer = entry.transfers[0];
                    let accounts: Vec<Account> = vec![transfer.debit, transfer.credit];
                    sample = Some(Sample {
                        line: receipt.line.clone(),
                        written: Written { ledger_no: *ledger_no, entry, fact },
                        note: note.to_owned(),
                        accounts,
                    });
                }
            }
        }
        Ok((rate(count, watch.micros()), sample))
    }

    async fn in_process(&mut self) -> Result<(), Error> {
        let total = self.size.redemptions;
        self.redeem(64, WARM_UP).await?;
        let (alone, sample) = self.redeem(1, total / 16).await?;
        let sample = sample.ok_or_else(|| Error::Fault("nothing was redeemed".into()))?;
        let (some, _) = self.redeem(32, total).await?;
        let (many, _) = self.redeem(256, total).await?;
        let url = self.place.fresh("carnet_bench_engine").await?;
        let database = Database::open(&DatabaseOptions { url, readers: 1 }).await?;
        let bare = engine::redemptions(&database, &sample, 256, total).await?;
        self.report.add("engine-256", bare, None);
        self.report.add("redeem-1", alone, None);
        self.report.add("redeem-32", some, Some("engine-256"));
        self.report.add("redeem-256", many, Some("engine-256"));
        let bare = engine::issuing(&database, &sample, self.size.vouchers).await?;
        self.report.add("engine-issue", bare, None);
        database.close().await;
        Ok(())
    }

    async fn printing(&mut self) -> Result<(), Error> {
        let (order, books) =
            *self.world.orders.first().ok_or_else(|| Error::Fault("order".into()))?;
        let count = self.size.books.min(books).min(100);
        let watch = Stopwatch::start();
        issue::books_pdf(&self.world.instance, &self.world.actor, order, 1, count).await?;
        let count = usize::try_from(count).unwrap_or(0);
        self.report.add("print", rate(count, watch.micros()), None);
        Ok(())
    }

    async fn over_http(mut self) -> Result<Report, Error> {
        let total = self.size.redemptions;
        let asks = |bench: &mut Self, count: usize| -> Vec<Ask> {
            let range = bench.take(count);
            let world = &bench.world;
            let ask = |ready: &Ready| {
                let id: Id<Redemption> =
                    Id::new(world.instance.clock.as_ref(), world.instance.entropy.as_ref());
                let body = serde_json::json!({
                    "presented": ready.url,
                    "venue_id": world.file.venue_id,
                    "offering": world.file.offering,
                });
                Ask { path: format!("/api/v1/redemptions/{id}"), body: body.to_string() }
            };
            bench.ready[range].iter().map(ask).collect()
        };
        let one = asks(&mut self, total / 16);
        let sixteen = asks(&mut self, total);
        let many = asks(&mut self, total);
        let paced = asks(&mut self, paced(total));
        let busy = asks(&mut self, busy(total));
        let secret = self.world.file.api_keys.get("venue").cloned().unwrap_or_default();
        let address = http::serve(self.world.instance.clone()).await?;
        let fault = |error: std::io::Error| Error::Fault(error.to_string());
        let Self { world, writer, mut report, .. } = self;
        drop(writer.start(std::future::pending()).map_err(fault)?);
        let ceiling = |asks: &[Ask], kind: &str| -> Vec<Ask> {
            let path = |ask: &Ask| ask.path.replace("/api/v1/redemptions", kind);
            asks.iter().map(|ask| Ask { path: path(ask), body: ask.body.clone() }).collect()
        };
        let load = |asks: Vec<Ask>, connections, pace| {
            http::load(address, secret.clone(), asks, connections, pace)
        };
        let empty = load(ceiling(&many, "/bench/empty"), 64, None).await?;
        let slow = load(one, 1, None).await?;
        let fast = load(sixteen, 16, None).await?;
        // In turns: whatever else the machine does meanwhile weighs on both alike.
        let (mut checked, mut redeemed) = (Load::default(), Load::default());
        for asks in many.chunks(many.len().div_ceil(TURNS).max(1)) {
            checked.add(load(ceiling(asks, "/bench/verify"), 64, None).await?);
            redeemed.add(load(asks.to_vec(), 64, None).await?);
        }
        // 8 connections, one request every 40 ms on each: 200 a second.
        let paced = load(paced, 8, Some(40_000)).await?;
        let verify = Some("verify-put-64");
        let mut rows: Vec<(&str, Load, Option<&'static str>)> = vec![
            ("empty-put-64", empty, None),
            ("verify-put-64", checked, Some("empty-put-64")),
            ("redeem-http-1", slow, None),
            ("redeem-http-16", fast, verify),
            ("redeem-http-64", redeemed, verify),
            ("redeem-http-paced-200", paced, None),
        ];
        rows.push((
            "redeem-while-issuing",
            while_issuing(&world, address, secret, busy).await?,
            None,
        ));
        for (name, mut load, limit) in rows {
            report.add_timed(name, load.per_second(), limit, &mut load.micros);
        }
        Ok(report)
    }
}

/// 200 redemptions a second while orders of 100,000 vouchers are issued, one after the other.
async fn while_issuing(
    world: &World,
    address: std::net::SocketAddr,
    secret: String,
    asks: Vec<Ask>,
) -> Result<Load, Error> {
    let owner = (world.file.funder_id, world.file.campaign_id);
    let issuing = async {
        loop {
            let issued = world::orders(&world.instance, &world.actor, owner, 100_000, |_, _| {});
            if let Err(error) = issued.await {
                return error;
            }
        }
    };
    tokio::select! {
        load = http::load(address, secret, asks, 8, Some(40_000)) => load,
        error = issuing => Err(error),
    }
}

/// A directory of its own for a run, removed when the run is over.
#[derive(Debug)]
pub struct Scratch(pub PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Scratch {
    /// An empty directory below another.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn below(parent: &Path) -> std::io::Result<Self> {
        let dir = parent.join(format!("carnet-bench-{}", std::process::id()));
        std::fs::create_dir_all(&dir)?;
        Ok(Self(dir))
    }
}
