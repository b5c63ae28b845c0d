//! What the server does for its own honesty: it looks at the ends of the ledgers before it serves,
//! keeps checkpoints outside the database, audits everything and purges what is old every night.
//!
//! Promises: nothing is served from a database that lacks what was acknowledged; a failed audit is
//! an error in the log and a measure that stays at 0. Does not: stop serving when an audit fails at
//! night, since whoever can read the ledger can still be served.

use std::sync::Arc;
use std::time::Duration;

use metrics::{describe_gauge, gauge};
use tokio::sync::watch;

use super::{ServerError, told};
use crate::base::clock::Timestamp;
use crate::config::AuditConfig;
use crate::service::audit::{self, AuditReport, Outside, Verdict};
use crate::service::purge::{self, Retention};
use crate::service::sign_in::uses;
use crate::service::{Error, Instance, propose, refused, signals};

/// 1 when the last nightly audit held, 0 when it did not.
const HOLDS: &str = "carnet_audit_holds";
/// How often checkpoints are kept.
const PACE: Duration = Duration::from_secs(1);
/// Milliseconds of a minute and of a day.
const MINUTE: i64 = 60_000;
const DAY: i64 = 1440 * MINUTE;

/// Keeps watch over one instance.
pub(super) struct Guard {
    outside: Outside,
    nightly: Option<u32>,
}

impl Guard {
    /// A guard over a database that has all that was acknowledged, and whose ends hold.
    ///
    /// # Errors
    /// [`ServerError::Unsound`] with what is wrong.
    pub(super) async fn sound(
        instance: &Instance,
        config: &AuditConfig,
    ) -> Result<Self, ServerError> {
        let outside = Outside::at(&config.checkpoints);
        let lost = outside.lost(&instance.database).await?;
        let mut wrong: Vec<String> = lost.iter().map(ToString::to_string).collect();
        wrong.extend(audit::tails(&instance.database, &instance.keys).await?);
        if !wrong.is_empty() {
            return Err(ServerError::Unsound(wrong.join("\n")));
        }
        describe_gauge!(HOLDS, "Whether the last nightly audit held.");
        Ok(Self { outside, nightly: config.nightly })
    }

    /// Keeps and audits until the server stops, then keeps once more.
    pub(super) async fn run(mut self, instance: Arc<Instance>, stopped: watch::Receiver<bool>) {
        let nights = tokio::spawn(nights(instance.clone(), self.nightly));
        let mut stop = std::pin::pin!(told(stopped));
        while tokio::time::timeout(PACE, &mut stop).await.is_err() {
            self.keep(&instance).await;
        }
        nights.abort();
        self.keep(&instance).await;
    }

    async fn keep(&mut self, instance: &Instance) {
        if let Err(error) = self.outside.keep(&instance.database).await {
            tracing::error!(error = %error, "checkpoints were not kept outside the database");
        }
    }
}

/// Keeps the notes of what was refused, and of which keys were used, until the server stops.
pub(super) async fn note(instance: Arc<Instance>, stopped: watch::Receiver<bool>) {
    let mut stop = std::pin::pin!(told(stopped));
    while tokio::time::timeout(PACE, &mut stop).await.is_err() {
        if let Err(error) = refused::keep(&instance).await {
            tracing::warn!(error = %error, "what was refused waits for its note");
        }
        if let Err(error) = uses::keep(&instance, false).await {
            tracing::warn!(error = %error, "which keys were used is not written down yet");
        }
    }
}

/// Counts every night what looked unlike honest work on the day before, until the server stops.
pub(super) async fn signals(
    (instance, nightly): (Arc<Instance>, Option<u32>),
    stopped: watch::Receiver<bool>,
) {
    let Some(minute) = nightly else { return };
    let mut stop = std::pin::pin!(told(stopped));
    while tokio::time::timeout(until(instance.clock.now(), minute), &mut stop).await.is_err() {
        let day = signals::today(&instance).plus_days(-1);
        if let Err(error) = signals::raise(&instance, day).await {
            tracing::error!(error = %error, "the signals of a day were not all counted");
        }
    }
}

/// Takes away every night what was kept long enough, until the server stops.
pub(super) async fn purge(
    instance: Arc<Instance>,
    (nightly, retention): (Option<u32>, Retention),
    stopped: watch::Receiver<bool>,
) {
    let Some(minute) = nightly else { return };
    let mut stop = std::pin::pin!(told(stopped));
    while tokio::time::timeout(until(instance.clock.now(), minute), &mut stop).await.is_err() {
        if let Err(error) = purge::run(&instance, retention).await {
            tracing::error!(error = %error, "the nightly purge did not come to its end");
        }
    }
}

/// Gives up what nobody decided on in time.
async fn tidy(instance: &Instance) {
    if let Err(error) = propose::expire(instance).await {
        tracing::warn!(error = %error, "expired proposals were not given up");
    }
}

/// How long until the next audit: never none, so that one night has one.
fn until(now: Timestamp, minute: u32) -> Duration {
    let since = (now.millis() - i64::from(minute) * MINUTE).rem_euclid(DAY);
    Duration::from_millis(u64::try_from(DAY - since).unwrap_or(1))
}

async fn nights(instance: Arc<Instance>, nightly: Option<u32>) {
    tidy(&instance).await;
    let Some(minute) = nightly else { return };
    loop {
        tokio::time::sleep(until(instance.clock.now(), minute)).await;
        tidy(&instance).await;
        // Hours of hashing: on a thread of its own, beside those that serve.
        let (runtime, audited) = (tokio::runtime::Handle::current(), instance.clone());
        let came = tokio::task::spawn_blocking(move || {
            let Instance { database, keys, signer, .. } = audited.as_ref();
            runtime.block_on(audit::run(database, keys, signer, &mut |_| ()))
        });
        let came = came.await.unwrap_or_else(|error| Err(Error::Fault(error.to_string())));
        audit::remember(&instance, &came);
        tell(came);
    }
}

/// Says what an audit found: in the log, and as a measure that alarms can watch.
fn tell(report: Result<AuditReport, Error>) {
    let holds = match report {
        Ok(report) if report.verdict() == Verdict::Holds => {
            let lines: i64 = report.ledgers.iter().map(|ledger| ledger.lines).sum();
            tracing::info!(lines, "the nightly audit holds");
            1_u32
        }
        Ok(report) => {
            let found = u64::try_from(report.findings.len()).unwrap_or(0) + report.more_findings;
            let first = report.findings.first().map(|it| format!("{} {}", it.table, it.key));
            let (first, skipped) = (first.unwrap_or_default(), report.skipped.len());
            tracing::error!(found, skipped, first, "THE NIGHTLY AUDIT DOES NOT HOLD: run it again");
            0
        }
        Err(error) => {
            tracing::error!(error = %error, "the nightly audit could not be run");
            0
        }
    };
    gauge!(HOLDS).set(holds);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_audit_waits_for_its_minute() {
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let hours = |hours: u64| Duration::from_secs(hours * 3600);
        assert_eq!(until(at("2026-11-22T00:30:00.000Z"), 150), hours(2));
        assert_eq!(until(at("2026-11-22T02:30:00.000Z"), 150), hours(24));
        assert_eq!(until(at("2026-11-22T23:30:00.000Z"), 150), hours(3));
    }
}
