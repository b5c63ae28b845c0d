//! Attending: what waits for a person at the operator's, over all ledgers.
//!
//! Promises: each part is shown to those only who may read what it is made of, and is empty for
//! others; the oldest of each comes first. Does not: do any of it (each has its own verb), or list
//! proposals, signals and losses (see `propose`, `signals` and `restore`).

use super::error::Error;
use super::instance::Instance;
use crate::base::clock::Timestamp;
use crate::domain::access::{Action, Actor};
use crate::store;
pub use crate::store::waiting::{
    DueWaiting, LostWaiting, OrderWaiting, SettlementWaiting, VenueWaiting,
};

/// The most of each part.
pub const MOST: i64 = 200;

/// So long before a signing key ends, another one should be made: books are ordered for months.
const WARNED_SECONDS: i64 = 60 * 86_400;

/// What waits.
#[derive(Debug, Clone, Default)]
pub struct Waiting {
    /// Venues to qualify.
    pub venues: Vec<VenueWaiting>,
    /// Who should have a bank account and has none: id and name.
    pub accounts: Vec<(String, String)>,
    /// Orders to activate.
    pub orders: Vec<OrderWaiting>,
    /// What is due and in no payment.
    pub dues: Vec<DueWaiting>,
    /// Settlements to approve, or whose drawing up stopped half-way.
    pub settlements: Vec<SettlementWaiting>,
    /// What the bank has not answered yet.
    pub payments: Vec<SettlementWaiting>,
    /// Lost books whose vouchers a new book can still take over.
    pub lost: Vec<LostWaiting>,
    /// The key that signs vouchers, when it ends soon; when it has ended, nothing can be ordered.
    pub ending_key: Option<(u8, Timestamp)>,
    /// Whether no key signs vouchers now.
    pub lacks_key: bool,
}

/// What waits for the operator, or for its approver; an auditor sees it too.
///
/// # Errors
/// [`Error`].
pub async fn waiting(instance: &Instance, actor: &Actor) -> Result<Waiting, Error> {
    let reads = |action| actor.reaches_all(action);
    let mut waiting = Waiting::default();
    let mut tx = instance.read_as(actor).await?;
    if reads(Action::ReadVenue) {
        waiting.venues = store::waiting::venues(&mut tx, MOST).await?;
    }
    if reads(Action::ReadOrganisation) {
        waiting.accounts = store::waiting::accounts(&mut tx, MOST).await?;
    }
    if reads(Action::ReadCampaign) {
        waiting.orders = store::waiting::orders(&mut tx, MOST).await?;
    }
    if reads(Action::ReadSettlement) {
        waiting.dues = store::waiting::dues(&mut tx, MOST).await?;
        waiting.settlements = store::waiting::settlements(&mut tx, MOST).await?;
        waiting.payments = store::waiting::payments(&mut tx, MOST).await?;
    }
    if reads(Action::ReadLedger) {
        waiting.lost = store::waiting::lost(&mut tx, MOST).await?;
        // After its last day nothing can be taken over: it will lapse.
        let now = instance.clock.now();
        waiting.lost.retain(|it| it.zone.day_of(now) <= it.campaign.accepted_until());
    }
    drop(tx);
    if reads(Action::ReadKeys) {
        let (ring, now) = (instance.keyring().await?, instance.clock.now());
        let issuer = instance.operator().await?;
        let signing = ring.signing(issuer, now);
        waiting.lacks_key = signing.is_none();
        let ending = signing.map(|record| &record.key).filter(|key| ends_soon(key.not_after, now));
        waiting.ending_key = ending.map(|key| (key.key_id, key.not_after));
    }
    Ok(waiting)
}

/// Whether a key that signs ends so soon that another one should be made.
#[must_use]
pub fn ends_soon(not_after: Timestamp, now: Timestamp) -> bool {
    now < not_after && not_after <= now.plus_seconds(WARNED_SECONDS)
}
