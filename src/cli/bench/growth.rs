//! `carnet bench growth`: the same redemptions in a small world and in a large one.
//!
//! Promises: both worlds are of one run and of one machine; the vouchers redeemed lie all over the
//! world. Does not: pass or fail anything.

use std::sync::Arc;

use super::report::Report;
use super::{Bench, Place, Size, drive, world};
use crate::service::{Error, issue};

/// Vouchers of the small world.
const SMALL: i64 = 10_000;
/// Rounds: each measures both worlds, so that a noisy minute is felt by both.
const ROUNDS: usize = 5;
/// Redemptions of a round in each world.
const REDEMPTIONS: usize = 1_280;
/// How many a batch has.
const BATCH: usize = 64;

/// Measures redemptions with 10,000 vouchers and with `large`: the median of the rounds.
///
/// # Errors
/// [`Error`].
pub async fn growth(place: Place, large: i64) -> Result<Report, Error> {
    let mut report = Report { engine: place.engine, rows: Vec::new() };
    let mut small = Box::pin(ready(&place, SMALL)).await?;
    let mut large = Box::pin(ready(&place, large)).await?;
    let mut speeds = [Vec::new(), Vec::new()];
    for round in 0..=ROUNDS {
        for (bench, speeds) in [&mut small, &mut large].into_iter().zip(&mut speeds) {
            let (speed, _) = bench.redeem(BATCH, REDEMPTIONS).await?;
            // The first round fills what is remembered of the ledgers.
            if round > 0 {
                speeds.push(speed);
            }
        }
    }
    let [small, large] = speeds.map(|mut speeds| {
        speeds.sort_unstable();
        speeds[ROUNDS / 2]
    });
    report.add("redeem-in-small-world", small, None);
    report.add("redeem-in-large-world", large, Some("redeem-in-small-world"));
    Ok(report)
}

/// A world of so many vouchers, some of them ready to be presented.
async fn ready(place: &Place, vouchers: i64) -> Result<Bench, Error> {
    let url = place.fresh(&format!("carnet_bench_{vouchers}")).await?;
    // Keys and a signer of its own: one signer refuses to print the same book for two worlds.
    let dir = place.dir.join(format!("world-of-{vouchers}"));
    std::fs::create_dir_all(&dir).map_err(|error| Error::Fault(error.to_string()))?;
    let (instance, mut writer) = world::open(&url, &dir, "PASS.EXEMPLE.FR").await?;
    let filling = world::fill(Arc::new(instance), vouchers, |_, _| {});
    let world = Box::pin(drive(&mut writer, filling)).await?;
    let report = Report { engine: place.engine, rows: Vec::new() };
    let size = Size { vouchers, redemptions: REDEMPTIONS, books: 0 };
    let place = place.clone();
    let mut bench = Bench { world, writer, report, ready: Vec::new(), size, taken: 0, place };
    let urls = spread(&bench.world, (ROUNDS + 1) * REDEMPTIONS).await?;
    bench.present(urls).await?;
    Ok(bench)
}

/// The secrets of `count` vouchers, of books that lie at equal distances.
async fn spread(world: &world::World, count: usize) -> Result<Vec<String>, Error> {
    let books: i64 = world.orders.iter().map(|(_, books)| books).sum();
    let wanted = i64::try_from(count).unwrap_or(0) / world::PER_BOOK;
    let step = (books / wanted).max(1);
    let mut urls = Vec::with_capacity(count);
    for (order_id, books) in &world.orders {
        let mut at = 1;
        while at <= *books && urls.len() < count {
            let book = issue::printed(&world.instance, &world.actor, *order_id, at, at).await?;
            urls.extend(book.iter().flat_map(|book| &book.vouchers).map(|it| it.url.clone()));
            at += step;
        }
    }
    urls.truncate(count);
    Ok(urls)
}
