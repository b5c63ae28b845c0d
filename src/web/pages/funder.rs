//! `/funder`: the desk of who orders and pays.
//!
//! Promises: every number adds up and leads to its lines; who only reads sees no button. Does not:
//! hold rules, or read rows by itself.

mod books;
mod campaigns;
mod curve;
mod dashboard;
mod export;
mod figures;
mod money;
mod ordering;
mod orders;
mod places;
mod proofs;
mod reading;
mod settlements;
mod tryout;
mod uses;
mod wizard;

use axum::Router;
use axum::routing::{get, post};

use super::asked::named;
use super::words::Words;
use crate::base::id::{Id, Kind};
use crate::base::money::{Money, cents_in};
use crate::domain::access::{Action, Actor};
use crate::domain::refusal::Reason;
use crate::web::App;

/// The tabs of the desk: path, and key of its words.
pub(super) const TABS: &[(&str, &str)] = &[
    ("/funder", "funder-tab-follow"),
    ("/funder/campaigns", "funder-tab-campaigns"),
    ("/funder/orders", "funder-tab-orders"),
    ("/funder/money", "funder-tab-money"),
    ("/funder/proofs", "funder-tab-proofs"),
];

/// The routes.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/funder", get(dashboard::get))
        .route("/funder/campaigns", get(campaigns::list).post(wizard::post))
        .route("/funder/campaigns/new", get(wizard::begin))
        .route("/funder/campaigns/{id}", get(campaigns::get))
        .route("/funder/campaigns/{id}/edit", get(wizard::edit))
        .route("/funder/campaigns/{id}/proof.pdf", get(ordering::proof))
        .route("/funder/orders", get(orders::list).post(ordering::post))
        .route("/funder/orders/new", get(ordering::begin))
        .route("/funder/orders/{id}", get(orders::get))
        .route("/funder/books", get(books::list))
        .route("/funder/books/{book}", get(books::get))
        .route("/funder/uses", get(uses::list))
        .route("/funder/vouchers/{serial}", get(uses::voucher))
        .route("/funder/venues", get(dashboard::venues))
        .route("/funder/money", get(money::get))
        .route("/funder/money/{account}", get(money::movements))
        .route("/funder/money/settlements/{id}", get(settlements::get))
        .route("/funder/money/settlements/{id}/approval", post(settlements::approve))
        .route("/funder/money/settlements/{id}/statements/{structure}", get(settlements::statement))
        .route("/funder/proofs", get(proofs::get))
        .route("/funder/export/{file}", get(export::get))
}

/// Rows of a page of a list.
const ROWS: i64 = 50;

/// The id in a query; none when it is left out.
fn asked_id<K: Kind>(text: &str) -> Result<Option<Id<K>>, Reason> {
    if text.is_empty() { Ok(None) } else { named(text).map(Some) }
}

/// What a list is asked for, as its other pages and its file are asked: each behind `&`; what is
/// empty is not asked.
fn filter(of: &[(&str, &str)]) -> String {
    let asked = of.iter().filter(|(_, value)| !value.is_empty());
    asked.flat_map(|&(name, value)| ["&", name, "=", value]).collect()
}

/// The same as the whole of a query.
fn as_query(filter: &str) -> String {
    filter.strip_prefix('&').map(|asked| format!("?{asked}")).unwrap_or_default()
}

/// Whether somebody may change what is a funder's; the page asks so as not to show what would be
/// refused.
fn writes(actor: &Actor) -> bool {
    actor.may(Action::EditCampaign)
}

/// A number as people write it.
fn count(words: Words, number: i64) -> String {
    words.number(number.max(0).unsigned_abs())
}

/// An amount of so many cents, as people type it: `10`, `12,50`, `1 250.5`.
fn cents_of(typed: &str) -> Option<i64> {
    let plain: String = typed.chars().filter(|c| !c.is_whitespace() && *c != '€').collect();
    let (whole, part) = plain.split_once([',', '.']).unwrap_or((&plain, ""));
    cents_in(whole, part, 9)
}

/// An amount as it stands in a field: `10`, `12,50`.
fn plain_euros(money: Money) -> String {
    let (whole, part) = (money.cents() / 100, money.cents() % 100);
    if part == 0 { whole.to_string() } else { format!("{whole},{part:02}") }
}

/// What was just done, said on the page that follows.
fn done(words: Words, key: &str) -> Option<String> {
    let key = match key {
        "campaign-kept" => "funder-done-campaign",
        "order-placed" => "funder-done-order",
        "settlement-approved" => "funder-done-approved",
        "settlement-proposed" => "funder-done-proposed",
        _ => return None,
    };
    Some(words.say(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_people_type_them() {
        let typed = [
            ("10", Some(1000)),
            ("12,5", Some(1250)),
            (" 1\u{a0}250.05 € ", Some(125_005)),
            ("0", Some(0)),
            ("", None),
            ("-3", None),
            ("1,234", None),
            ("dix", None),
            ("9999999999", None),
        ];
        for (text, cents) in typed {
            assert_eq!(cents_of(text), cents, "{text:?}");
        }
        let money = |cents| Money::from_cents(cents).unwrap();
        assert_eq!(
            (plain_euros(money(1000)), plain_euros(money(1205))),
            ("10".into(), "12,05".into())
        );
    }

    #[test]
    fn what_is_empty_is_not_asked() {
        let asked = filter(&[("campaign", "a"), ("order", ""), ("stage", "begun")]);
        assert_eq!(
            (asked.as_str(), as_query(&asked).as_str()),
            ("&campaign=a&stage=begun", "?campaign=a&stage=begun")
        );
        assert_eq!(as_query(&filter(&[("campaign", "")])), "");
    }
}
