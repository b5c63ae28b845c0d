//! Following: how far a funder's vouchers have come, campaign by campaign, with the lists behind
//! each number.
//!
//! Promises: a funder follows its own ledger and no other; figures of one answer are of one state
//! of the data. Does not: write, or show who held a voucher (nobody knows).

mod list;

pub use list::{
    Moved, OrderLine, Used, UsedWhere, Uses, books, movements, orders, structures, uses, venues,
};

pub use crate::store::progress::{BookLine, VenueUse};

use std::collections::BTreeMap;

use super::error::Error;
use super::instance::Instance;
use super::order::funder_owner;
use crate::base::day::Day;
use crate::base::id::{Campaign, Funder, Id};
use crate::domain::access::{Action, Actor};
use crate::domain::campaign::CampaignProfile;
use crate::domain::organisation::Mode;
use crate::domain::progress::{PACE_DAYS, Pace, Progress};
use crate::domain::refusal::Reason;
use crate::store::ledger::HeadRow;
use crate::store::{self, Tx};

/// How far back a curve goes, in days: a year.
pub const CURVE_DAYS: i64 = 364;

/// The funder that an actor works for.
///
/// # Errors
/// `not-permitted` for everybody else.
pub fn funder_of(actor: &Actor) -> Result<Id<Funder>, Error> {
    actor.organisation.to().ok_or_else(|| Reason::NotPermitted.into())
}

/// A funder's ledger, open for reading.
pub(super) struct Opened {
    tx: Tx,
    head: HeadRow,
    funder: Id<Funder>,
    today: Day,
}

/// Opens the ledger of the actor's funder.
async fn open(instance: &Instance, actor: &Actor) -> Result<Opened, Error> {
    let funder = funder_of(actor)?;
    for action in [Action::ReadCampaign, Action::ReadLedger] {
        actor.permit(action, &funder_owner(funder))?;
    }
    let mut tx = instance.read_as(actor).await?;
    let head = store::ledger::head(&mut tx, &funder.to_string()).await?;
    let head = head.ok_or(Reason::NotFound)?;
    let today = head.zone()?.day_of(instance.clock.now());
    Ok(Opened { tx, head, funder, today })
}

/// A campaign as its funder follows it.
#[derive(Debug, Clone)]
pub struct Followed {
    /// The campaign.
    pub campaign_id: Id<Campaign>,
    /// Its number in the ledger.
    pub campaign_no: i64,
    /// The version of its rules, from 1.
    pub version: i64,
    /// Its rules.
    pub profile: CampaignProfile,
    /// Whether it is closed, and its vouchers have lapsed.
    pub lapsed: bool,
    /// How many orders it has: the first one fixes the rules.
    pub orders: i64,
    /// How far its vouchers have come.
    pub progress: Progress,
    /// Uses that stand in the last year, by day.
    pub daily: Vec<(Day, i64)>,
}

impl Followed {
    /// What so many of its vouchers are worth, in cents.
    #[must_use]
    pub const fn worth(&self, vouchers: i64) -> i64 {
        vouchers.saturating_mul(self.profile.face_value.cents())
    }

    /// Days from a day on which its vouchers can still be used; 0 when it is over.
    #[must_use]
    pub fn days_left(&self, today: Day) -> i64 {
        if self.lapsed { 0 } else { today.days_to(self.profile.accepted_until()).max(0) }
    }

    /// How fast its vouchers were used of late.
    #[must_use]
    pub fn pace(&self, today: Day) -> Pace {
        pace(&self.daily, today)
    }
}

/// How fast vouchers were used in the last eight weeks, or since the first use.
#[must_use]
pub fn pace(daily: &[(Day, i64)], today: Day) -> Pace {
    let begin = today.plus_days(1 - PACE_DAYS);
    let used = daily.iter().filter(|(on, _)| *on >= begin).map(|(_, count)| count).sum();
    let since = daily.first().map_or(0, |(on, _)| on.days_to(today) + 1);
    Pace { used, days: since.clamp(0, PACE_DAYS) }
}

/// All that a funder follows.
#[derive(Debug, Clone)]
pub struct Overview {
    /// The funder.
    pub funder_id: Id<Funder>,
    /// Whether its money is held or pledged.
    pub pledged: bool,
    /// Today, in the ledger's time zone.
    pub today: Day,
    /// Its campaigns, in order of their first line.
    pub campaigns: Vec<Followed>,
}

impl Overview {
    /// One campaign.
    ///
    /// # Errors
    /// `not-found`.
    pub fn campaign(&self, id: Id<Campaign>) -> Result<&Followed, Error> {
        let found = self.campaigns.iter().find(|followed| followed.campaign_id == id);
        found.ok_or_else(|| Reason::NotFound.into())
    }
}

/// How far every campaign of the actor's funder has come.
///
/// # Errors
/// [`Error`].
pub async fn overview(instance: &Instance, actor: &Actor) -> Result<Overview, Error> {
    let Opened { mut tx, head, funder, today } = open(instance, actor).await?;
    let no = head.ledger_no;
    let mut progress: BTreeMap<i64, (Progress, i64)> = BTreeMap::new();
    for (_, order) in store::order::of_ledger(&mut tx, no).await? {
        let (progress, orders) = progress.entry(order.campaign_no).or_default();
        progress.order(order.books * i64::from(order.vouchers_per_book), order.active);
        *orders += 1;
    }
    let campaigns = store::campaign::of_ledger(&mut tx, no).await?;
    let lapsed =
        |campaign_no| campaigns.iter().any(|row| row.campaign_no == campaign_no && row.view.lapsed);
    for (campaign_no, counted) in store::progress::books(&mut tx, no).await? {
        let (progress, _) = progress.entry(campaign_no).or_default();
        progress.books(counted, lapsed(campaign_no));
    }
    let mut daily: BTreeMap<i64, Vec<(Day, i64)>> = BTreeMap::new();
    let begin = today.plus_days(-CURVE_DAYS);
    for (on, campaign_no, count) in store::progress::days(&mut tx, no, begin).await? {
        daily.entry(campaign_no).or_default().push((on, count));
    }
    let followed = campaigns.into_iter().map(|row| {
        let (progress, orders) = progress.remove(&row.campaign_no).unwrap_or_default();
        Followed {
            campaign_id: row.view.campaign_id,
            campaign_no: row.campaign_no,
            version: row.version,
            profile: row.view.profile,
            lapsed: row.view.lapsed,
            orders,
            progress,
            daily: daily.remove(&row.campaign_no).unwrap_or_default(),
        }
    });
    let campaigns = followed.collect();
    let pledged = head.mode == Mode::Pledged.as_str();
    Ok(Overview { funder_id: funder, pledged, today, campaigns })
}
