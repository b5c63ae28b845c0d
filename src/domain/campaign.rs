//! Campaigns: one scheme of a funder, with the rules that its vouchers follow.
//!
//! Promises: rules are checked before the first order and fixed after it. Does not: count what was
//! spent (see `ledger::balance`).

use serde::{Deserialize, Serialize};

use super::offering::Offering;
use super::territory::Perimeter;
use crate::base::day::Day;
use crate::base::id::{Campaign, Funder, Id, Structure};
use crate::base::money::Money;
use crate::base::text::Name;

/// When the vouchers of an activated order begin to be worth something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// As soon as the order is active.
    OnDelivery,
    /// When the book is handed over.
    OnHandOver,
}

const fn grace_days() -> u16 {
    31
}

/// The content of a campaign's register: what `PUT /api/v1/campaigns/{id}` takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CampaignProfile {
    /// The funder; fixed at the first version.
    #[schema(value_type = String, example = "funder_01h455vb4pex5vsknk084sn02q")]
    pub funder_id: Id<Funder>,
    /// Its name, printed on the vouchers.
    pub name: Name,
    /// What one voucher is worth: 0.01 to 655.35 euros.
    pub face_value: Money,
    /// Vouchers in a book, 1 to 20.
    #[schema(minimum = 1, maximum = 20)]
    pub vouchers_per_book: u8,
    /// First day on which a voucher is accepted.
    #[schema(value_type = String, format = Date)]
    pub valid_from: Day,
    /// Last day printed on the voucher.
    #[schema(value_type = String, format = Date)]
    pub valid_until: Day,
    /// Days after `valid_until` on which venues may still redeem; 31 when absent.
    #[serde(default = "grace_days")]
    #[schema(maximum = 366)]
    pub grace_days: u16,
    /// Department or commune codes where a venue must be; empty means anywhere.
    #[serde(default)]
    #[schema(value_type = Vec<String>, example = json!(["23", "19272"]))]
    pub perimeter: Perimeter,
    /// The services that it pays; empty means all.
    #[serde(default)]
    pub offerings: Vec<Offering>,
    /// Vouchers of one book that one venue may redeem on one day; absent means no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 20)]
    pub vouchers_per_book_venue_day: Option<u8>,
    /// When vouchers begin to be worth something.
    pub activation: Activation,
    /// The structures admitted; empty means any that is qualified.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub structures: Vec<Id<Structure>>,
    /// The funder's own words on the cover of its books, at most 600 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 600)]
    pub cover_text: Option<String>,
}

/// What is wrong with a campaign's rules: a JSON pointer and a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct RuleError {
    /// JSON pointer of the field.
    pub pointer: &'static str,
    /// What is wrong.
    pub detail: &'static str,
}

/// The largest face value, in cents: what the token's two bytes hold.
pub const FACE_LIMIT: i64 = 65_535;

impl CampaignProfile {
    /// Whether a structure may take its vouchers.
    #[must_use]
    pub fn admits(&self, structure: Id<Structure>) -> bool {
        self.structures.is_empty() || self.structures.contains(&structure)
    }

    /// Whether its vouchers pay for a service.
    #[must_use]
    pub fn pays_for(&self, offering: Offering) -> bool {
        self.offerings.is_empty() || self.offerings.contains(&offering)
    }

    /// Checks the rules against each other.
    ///
    /// # Errors
    /// [`RuleError`] names the first field that is wrong.
    pub fn check(&self) -> Result<(), RuleError> {
        let fault = |pointer, detail| Err(RuleError { pointer, detail });
        let cents = self.face_value.cents();
        if !(1..=FACE_LIMIT).contains(&cents) {
            return fault("/face_value/cents", "a voucher is worth 1 to 65535 cents");
        }
        if !(1..=20).contains(&self.vouchers_per_book) {
            return fault("/vouchers_per_book", "a book holds 1 to 20 vouchers");
        }
        if self.valid_until < self.valid_from {
            return fault("/valid_until", "the last day is before the first");
        }
        if self.grace_days > 366 {
            return fault("/grace_days", "at most 366 days of grace");
        }
        if self.vouchers_per_book_venue_day.is_some_and(|limit| !(1..=20).contains(&limit)) {
            return fault("/vouchers_per_book_venue_day", "a limit is 1 to 20 vouchers");
        }
        let text = self.cover_text.as_deref().unwrap_or("");
        if text.chars().count() > 600 || text.chars().any(|c| c.is_control() && c != '\n') {
            return fault("/cover_text", "at most 600 characters of plain text");
        }
        Ok(())
    }

    /// The last day on which a venue may redeem.
    #[must_use]
    pub fn accepted_until(&self) -> Day {
        self.valid_until.plus_days(i64::from(self.grace_days))
    }
}

/// Body of `campaign-registered`: a version of the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CampaignRegistered {
    /// 1 for the first.
    pub version: i64,
    /// The content.
    pub profile: CampaignProfile,
}

/// Body of `campaign-closed`: its unspent vouchers lapsed; the transfer says their worth. The
/// entry's id is the closing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CampaignClosed {
    /// The campaign.
    pub campaign_id: Id<Campaign>,
    /// How many vouchers lapsed.
    pub vouchers: i64,
}
