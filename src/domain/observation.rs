//! Observation: what a ledger shows of itself, and to whom.
//!
//! Promises: the trial balance says whether rule P1 holds, in both its halves; a structure sees the
//! lines that are about it and no other. Does not: read anything.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;

use super::fact::Fact;
use super::ledger::account::{Account, AccountKind};
use super::ledger::balance::{Balances, KindTotal};
use super::ledger::entry::Entry;
use super::organisation::OrganisationId;
use crate::base::id::{Campaign, Id, Structure, Venue};
use crate::base::money::{Balance, Currency};

/// A signed sum of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(example = json!({"cents": 1000, "currency": "EUR"}))]
pub struct Sum {
    /// Whole cents.
    pub cents: i64,
    /// Of this currency.
    pub currency: Currency,
}

impl Sum {
    /// So many cents.
    #[must_use]
    pub const fn of(cents: i64) -> Self {
        Self { cents, currency: Currency::Eur }
    }
}

impl From<Balance> for Sum {
    fn from(balance: Balance) -> Self {
        Self::of(balance.cents())
    }
}

/// One account of a trial balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AccountLine {
    /// Its name.
    #[schema(value_type = String, example = "due:structure_01h455vb4pex5vsknk084sn02q")]
    pub account: Account,
    /// Its kind.
    pub kind: AccountKind,
    /// All that was ever debited.
    pub debits: Sum,
    /// All that was ever credited.
    pub credits: Sum,
    /// What it holds: debits less credits for `funds`, the other way for all others.
    pub balance: Sum,
    /// For a `float`, how many vouchers live; else 0.
    pub vouchers: i64,
}

/// The first half of P1: money held is money owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Identity {
    /// What `funds` holds.
    pub funds: Sum,
    /// What all other accounts hold: deposit, float, due, paying and refund.
    pub owed: Sum,
    /// Whether both are the same and no account is below zero.
    pub holds: bool,
}

/// The second half of P1, for one campaign: its float is its face value times its vouchers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FloatLine {
    /// The campaign.
    #[schema(value_type = String, example = "campaign_01h455vb4pex5vsknk084sn02q")]
    pub campaign_id: Id<Campaign>,
    /// What its float holds.
    pub cents: i64,
    /// Vouchers of activated orders that are not redeemed, replaced or lapsed.
    pub vouchers: i64,
    /// What one of them is worth.
    pub face_cents: i64,
    /// Whether it adds up.
    pub holds: bool,
}

/// What anyone may see of a ledger's money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Totals {
    /// What the accounts of each kind hold together, funds first.
    pub totals: Vec<KindTotal>,
    /// The first half of P1.
    pub identity: Identity,
}

/// The trial balance of a ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct TrialBalance {
    /// Every account that was ever used, in order of kind.
    pub accounts: Vec<AccountLine>,
    /// What the accounts of each kind hold together, and the first half of P1.
    #[serde(flatten)]
    pub totals: Totals,
    /// The second half of P1, campaign by campaign.
    pub floats: Vec<FloatLine>,
}

impl Totals {
    /// The totals of some balances.
    #[must_use]
    pub fn of(balances: &Balances) -> Self {
        let totals = balances.totals();
        let cents = |owed: bool| -> i64 {
            let of_side = |total: &&KindTotal| (total.kind != AccountKind::Funds) == owed;
            totals.iter().filter(of_side).map(|total| total.cents).sum()
        };
        let (funds, owed) = (Sum::of(cents(false)), Sum::of(cents(true)));
        let holds = balances.check_funded().is_ok();
        Self { identity: Identity { funds, owed, holds }, totals }
    }
}

impl TrialBalance {
    /// The trial balance of some accounts, with the face value of each campaign.
    #[must_use]
    pub fn of(balances: &Balances, faces: &BTreeMap<Id<Campaign>, i64>) -> Self {
        let mut accounts = Vec::new();
        let mut floats = Vec::new();
        for (account, tally) in balances.iter() {
            let kind = account.kind();
            let balance = tally.balance(kind);
            accounts.push(AccountLine {
                account,
                kind,
                debits: Sum::of(tally.debits),
                credits: Sum::of(tally.credits),
                balance: balance.into(),
                vouchers: tally.vouchers,
            });
            if let Account::Float(campaign_id) = account {
                let face_cents = faces.get(&campaign_id).copied().unwrap_or(0);
                let (cents, vouchers) = (balance.cents(), tally.vouchers);
                let holds = vouchers >= 0 && vouchers.checked_mul(face_cents) == Some(cents);
                floats.push(FloatLine { campaign_id, cents, vouchers, face_cents, holds });
            }
        }
        Self { accounts, totals: Totals::of(balances), floats }
    }
}

/// A structure with its venues: what it may see lines of.
#[derive(Debug, Clone)]
pub struct Own {
    /// The structure.
    pub structure: Id<Structure>,
    /// Its venues.
    pub venues: HashSet<Id<Venue>>,
}

impl Own {
    /// Whether a line is about the structure: its money, its venues, its registers or its keys.
    #[must_use]
    pub fn sees(&self, entry: &Entry, fact: &Fact) -> bool {
        let due = Account::Due(self.structure);
        let touches = |account: Account| account == due;
        if entry.transfers.iter().any(|moved| touches(moved.debit) || touches(moved.credit)) {
            return true;
        }
        let about = entry.id.to().is_some_and(|venue| self.venues.contains(&venue));
        if about || entry.id == self.structure.any() {
            return true;
        }
        let is_own = |id: OrganisationId| id.any() == self.structure.any();
        match fact {
            Fact::VenueRegistered(body) => body.profile.structure_id == self.structure,
            Fact::VenueAdmitted(body) => body.structure_id == self.structure,
            Fact::VoucherRedeemed(body) => self.venues.contains(&body.venue_id),
            Fact::RedemptionReversed(body) => self.venues.contains(&body.venue_id),
            Fact::KeyGranted(body) => is_own(body.organisation_id),
            Fact::PaymentConfirmed(body) => body.0.structure_id == self.structure,
            _ => false,
        }
    }
}
