//! A book in words: where it is, what is printed on it, what its vouchers are worth.
//!
//! Promises: counts, never which voucher, where or when. Does not: ask the service.

use crate::base::day::Day;
use crate::domain::book::Custody;
use crate::domain::campaign::CampaignProfile;
use crate::domain::stock::Alert;
use crate::domain::voucher::Worth;
use crate::service::hand_over::Sheet;
use crate::web::pages::words::Words;

/// What is printed on a book, and who has it.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    /// Its number.
    pub(super) book: String,
    /// The campaign's name.
    pub(super) campaign: String,
    /// `10 vouchers of 10 €`.
    pub(super) worth: String,
    /// The last day.
    pub(super) until: String,
    /// The site, when it is the asker's.
    pub(super) site: Option<String>,
}

impl Facts {
    /// An address with its number between what stands before and after it.
    pub(super) fn at(&self, before: &str, after: &str) -> String {
        format!("{before}{}{after}", self.book)
    }
}

/// The facts of a book.
pub(super) fn facts(words: Words, sheet: &Sheet) -> Facts {
    Facts {
        book: sheet.state.book.to_string(),
        campaign: sheet.rules.name.to_string(),
        worth: vouchers(words, sheet),
        until: words.day(sheet.rules.valid_until),
        site: sheet.site.as_ref().map(|(name, _)| name.clone()),
    }
}

/// How many vouchers a book has, and of what value.
pub(super) fn vouchers(words: Words, sheet: &Sheet) -> String {
    let count: u8 = sheet.state.counts.values().sum();
    let amount = words.amount(sheet.state.face_value);
    words.with("distributor-vouchers", [("count", count.into()), ("amount", amount.into())])
}

/// How many books, in words.
pub(super) fn books(words: Words, count: u64) -> String {
    let number = words.number(count);
    words.with("distributor-count", [("count", count.into()), ("number", number.into())])
}

/// How long ago something was, in words.
pub(super) fn ago(words: Words, days: i64) -> String {
    words.with("distributor-days", [("count", days.max(0).into())])
}

/// Where a book is, in words.
pub(super) fn custody(words: Words, custody: Custody) -> String {
    words.say(match custody {
        Custody::AtPrinter => "distributor-at-printer",
        Custody::InStock => "distributor-in-stock",
        Custody::HandedOver => "distributor-handed-over",
        Custody::Returned => "distributor-returned",
        Custody::Lost => "distributor-lost",
        Custody::Destroyed => "distributor-destroyed",
    })
}

/// How many vouchers are worth what, in words.
pub(super) fn worths(words: Words, sheet: &Sheet) -> Vec<String> {
    let said = |(worth, count): (&Worth, &u8)| {
        let key = match worth {
            Worth::Unfunded => "distributor-worth-unfunded",
            Worth::Inactive => "distributor-worth-inactive",
            Worth::Active => "distributor-worth-active",
            Worth::Redeemed => "distributor-worth-redeemed",
            Worth::Blocked => "distributor-worth-blocked",
            Worth::Replaced => "distributor-worth-replaced",
            Worth::Lapsed => "distributor-worth-lapsed",
        };
        words.with(key, [("count", (*count).into())])
    };
    sheet.state.counts.iter().map(said).collect()
}

/// An alert in words: how it looks, and the sentence.
pub(super) fn alert(words: Words, rules: &CampaignProfile, alert: Alert) -> (&'static str, String) {
    let campaign = || rules.name.to_string().into();
    match alert {
        Alert::Over => ("bad", words.with("distributor-alert-over", [("campaign", campaign())])),
        Alert::Ends(days) => {
            let values = [("campaign", campaign()), ("count", days.into())];
            ("wait", words.with("distributor-alert-ends", values))
        }
        Alert::Old(days) => {
            let values = [("campaign", campaign()), ("count", days.into())];
            ("wait", words.with("distributor-alert-old", values))
        }
    }
}

/// Since when, and how long that is: `3 March 2026, 12 days ago`.
pub(super) fn since(words: Words, day: Day, today: Day) -> String {
    let age = ago(words, day.days_to(today));
    words.with("distributor-since", [("day", words.day(day).into()), ("age", age.into())])
}
