//! The stage: an instance, a clock that the story sets, and what is counted while it plays.
//!
//! Promises: time only goes forward and every refusal is the one that was foreseen. Does not: know
//! the story.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::untrue;
use crate::base::clock::{Clock as _, ManualClock, Timestamp};
use crate::base::day::{Day, Zone};
use crate::base::id::{Id, Kind, Redemption, Venue};
use crate::base::money::Money;
use crate::cli::failure::Failure;
use crate::domain::access::Actor;
use crate::domain::ledger::receipt::Receipt;
use crate::domain::offering::Offering;
use crate::domain::redemption::{RedemptionRequest, ShownAs};
use crate::domain::refusal::Reason;
use crate::service::print::PrintedVoucher;
use crate::service::{Error, Instance, redeem};

/// Between two things that happen on one day.
const PAUSE_SECONDS: i64 = 97;

/// Where a voucher is shown, by whom, for what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counter {
    /// The venue's key.
    pub(super) actor: Actor,
    /// The venue.
    pub(super) venue: Id<Venue>,
    /// What is done there.
    pub(super) offering: Offering,
}

/// A redemption that was written.
#[derive(Debug, Clone)]
pub(super) struct Redeemed {
    pub(super) id: Id<Redemption>,
    /// The voucher's serial number.
    pub(super) serial: String,
    pub(super) receipt: Receipt,
}

/// The stage.
pub(super) struct Stage {
    pub(super) instance: Arc<Instance>,
    clock: Arc<ManualClock>,
    begin: Timestamp,
    zone: Zone,
    /// Refused counter operations and other requests, by code.
    pub(super) refused: BTreeMap<&'static str, u32>,
    /// Redemptions by token and by typed code.
    pub(super) accepted: [u32; 2],
    /// Every redemption, in order.
    pub(super) redeemed: Vec<Redeemed>,
}

impl Stage {
    pub(super) fn new(
        instance: Arc<Instance>,
        clock: Arc<ManualClock>,
        begin: Timestamp,
    ) -> Result<Self, Failure> {
        let zone = "Europe/Paris".parse().map_err(untrue)?;
        let (refused, accepted, redeemed) = (BTreeMap::new(), [0; 2], Vec::new());
        Ok(Self { instance, clock, begin, zone, refused, accepted, redeemed })
    }

    /// The time zone of every ledger.
    pub(super) const fn zone(&self) -> &Zone {
        &self.zone
    }

    /// A civil day of the story.
    pub(super) fn day(&self, number: i64) -> Day {
        self.zone.day_of(self.begin.plus_seconds(number * 86_400 + 12 * 3600))
    }

    /// A title, and the clock set to an hour of a day.
    pub(super) fn begin(&self, number: i64, hour: i64, title: &str) -> Result<(), Failure> {
        self.go_to(number, hour)?;
        println!("\n{}  {title}", self.day(number));
        Ok(())
    }

    /// Sets the clock to an hour of a day, by universal time.
    pub(super) fn go_to(&self, number: i64, hour: i64) -> Result<(), Failure> {
        let next = self.begin.plus_seconds(number * 86_400 + hour * 3600);
        if next < self.clock.now() {
            return Err(untrue(format!("the story goes back to day {number}")));
        }
        self.clock.set(next);
        Ok(())
    }

    /// A little later.
    pub(super) fn pause(&self) {
        self.clock.advance_seconds(PAUSE_SECONDS);
    }

    /// A new id, at the story's time.
    pub(super) fn id<K: Kind>(&self) -> Id<K> {
        self.pause();
        Id::new(self.instance.clock.as_ref(), self.instance.entropy.as_ref())
    }

    /// Redeems a voucher as it is shown.
    pub(super) async fn redeem(
        &mut self,
        counter: &Counter,
        voucher: &PrintedVoucher,
        shown_as: ShownAs,
    ) -> Result<Id<Redemption>, Failure> {
        let presented = match shown_as {
            ShownAs::Token => voucher.url.clone(),
            // As people type: small letters, spaces for hyphens.
            ShownAs::Code => voucher.code.to_lowercase().replace('-', " "),
        };
        let id: Id<Redemption> = self.id();
        let request = request(counter, presented);
        let answered = redeem::redeem(&self.instance, &counter.actor, id, &request).await;
        let (fresh, answer) = answered.map_err(|error| untrue(format!("redeeming: {error}")))?;
        if !fresh || answer.voucher.to_string() != voucher.serial {
            return Err(untrue("another voucher was redeemed than the one that was shown"));
        }
        self.accepted[usize::from(shown_as == ShownAs::Code)] += 1;
        let (serial, receipt) = (voucher.serial.clone(), answer.receipt);
        self.redeemed.push(Redeemed { id, serial, receipt });
        Ok(id)
    }

    /// Shows something at a counter that must be refused for a reason.
    pub(super) async fn refuse(
        &mut self,
        counter: &Counter,
        presented: &str,
        reason: Reason,
    ) -> Result<(), Failure> {
        let id: Id<Redemption> = self.id();
        self.refuse_as(counter, id, presented, reason).await
    }

    /// Shows something under an id of its own that must be refused for a reason.
    pub(super) async fn refuse_as(
        &mut self,
        counter: &Counter,
        id: Id<Redemption>,
        presented: &str,
        reason: Reason,
    ) -> Result<(), Failure> {
        let request = request(counter, presented.to_owned());
        let answered = redeem::redeem(&self.instance, &counter.actor, id, &request).await;
        self.refused(answered, reason)
    }

    /// Notes a refusal; anything else ends the story.
    pub(super) fn refused<T>(
        &mut self,
        answered: Result<T, Error>,
        reason: Reason,
    ) -> Result<(), Failure> {
        match answered {
            Ok(_) => Err(untrue(format!("{} was expected, not a yes", reason.code()))),
            Err(error) if error.reason() == Some(reason) => {
                *self.refused.entry(reason.code()).or_default() += 1;
                Ok(())
            }
            Err(error) => Err(untrue(format!("{} was expected, not {error}", reason.code()))),
        }
    }
}

fn request(counter: &Counter, presented: String) -> RedemptionRequest {
    let Counter { venue, offering, .. } = *counter;
    RedemptionRequest { presented: presented.into(), venue_id: venue, offering, occurred_at: None }
}

/// Euros as money.
pub(super) fn euros(number: i64) -> Result<Money, Failure> {
    cents(number * 100)
}

/// Cents as money.
pub(super) fn cents(number: i64) -> Result<Money, Failure> {
    Money::from_cents(number).map_err(untrue)
}

/// Cents as people write them.
pub(super) fn written(cents: i64) -> String {
    format!("{}.{:02} €", cents / 100, (cents % 100).abs())
}
