//! Vouchers: what each one is worth now.
//!
//! Promises: worth is derived, never a free flag, and agrees with the counter: a voucher is
//! [`Worth::Active`] exactly when nothing about the voucher itself speaks against redeeming it.
//! Does not: look at the venue, the limits, or a first day that is still to come.

use serde::Serialize;

use super::campaign::Activation;
use super::redemption::Scene;
use super::serial::Serial;
use crate::base::day::Day;

/// What a voucher is worth (DESIGN section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Worth {
    /// Its order is not active.
    Unfunded,
    /// Its book is not handed over, and its campaign asks for that.
    Inactive,
    /// May be redeemed.
    Active,
    /// Used, and the use stands.
    Redeemed,
    /// Blocked: itself, its book or its order.
    Blocked,
    /// A new book holds its worth.
    Replaced,
    /// Its time is over.
    Lapsed,
}

impl Scene {
    /// What a voucher is worth; `None` when it is not known here.
    ///
    /// Several reasons at once give the one that the counter would name first.
    #[must_use]
    pub fn worth(&self, voucher: Serial, today: Day) -> Option<Worth> {
        let book = self.books.get(&voucher.book().get())?;
        let order = self.orders.get(&book.order_no)?;
        let campaign = self.campaigns.get(&order.campaign_no)?;
        let (rules, position) = (&campaign.profile, voucher.position());
        if position > book.vouchers || order.issued < order.books {
            return None;
        }
        let waits = rules.activation == Activation::OnHandOver && !book.handed_over;
        Some(if book.live(position).is_some() {
            Worth::Redeemed
        } else if book.is_replaced(position) {
            Worth::Replaced
        } else if self.blocks.iter().any(|block| block.covers(voucher, book.order_no)) {
            Worth::Blocked
        } else if !order.active {
            Worth::Unfunded
        } else if waits {
            Worth::Inactive
        } else if campaign.lapsed || today > rules.accepted_until() {
            Worth::Lapsed
        } else {
            Worth::Active
        })
    }
}

#[cfg(test)]
mod tests {
    //! Goal: whatever is true of a voucher at once, its worth is what the counter would say.

    use std::collections::HashMap;

    use super::*;
    use crate::base::clock::Timestamp;
    use crate::base::id::{Campaign, Funder, Id, Order, Structure, Venue};
    use crate::domain::book::OpenBlock;
    use crate::domain::campaign::CampaignProfile;
    use crate::domain::order::OrderView;
    use crate::domain::redemption::{Attempt, BookView, CampaignView, Round, Sees, ShownAs};
    use crate::domain::refusal::Reason;
    use crate::domain::serial::BookNumber;
    use crate::domain::venue::{VenueAdmitted, VenueState, VenueView};

    fn id<K: crate::base::id::Kind>() -> Id<K> {
        Id::from_uuid(uuid::Uuid::from_u128(1))
    }

    fn today() -> Day {
        "2026-11-22".parse().unwrap()
    }

    /// A scene of one voucher, `0000001-01`, with what the bits of `state` say of it.
    fn scene(state: u32) -> Scene {
        let is = |bit: u32| state >> bit & 1 == 1;
        let until = if is(0) { "2026-01-01" } else { "2027-01-01" };
        let profile: CampaignProfile = serde_json::from_value(serde_json::json!({
            "funder_id": id::<Funder>(), "name": "Creuse",
            "face_value": { "cents": 1000, "currency": "EUR" }, "vouchers_per_book": 1,
            "valid_from": "2025-01-01", "valid_until": until, "grace_days": 0,
            "activation": if is(1) { "on_hand_over" } else { "on_delivery" },
        }))
        .unwrap();
        let campaign = CampaignView { campaign_id: id::<Campaign>(), profile, lapsed: is(2) };
        let order = OrderView {
            order_id: id::<Order>(),
            campaign_no: 1,
            face_cents: 1000,
            books: 1,
            issued: 1,
            vouchers_per_book: 1,
            key_id: 1,
            active: is(3),
        };
        let round = Round {
            position: 1,
            round: 1,
            seq: 9,
            venue_no: 5,
            on: today(),
            at: Timestamp::from_millis(0),
            reversed: is(7),
        };
        let book = BookView {
            order_no: 2,
            vouchers: 1,
            handed_over: is(4),
            replaced_mask: i64::from(is(5)),
            rounds: if is(6) { vec![round] } else { Vec::new() },
        };
        let block = OpenBlock { books: (1, 1), position: None, order_no: None };
        Scene {
            funder: id::<Funder>(),
            campaigns: HashMap::from([(1, campaign)]),
            orders: HashMap::from([(2, order)]),
            blocks: if is(8) { vec![block] } else { Vec::new() },
            venues: HashMap::new(),
            books: HashMap::from([(1, book)]),
        }
    }

    fn venue() -> VenueView {
        let admitted: VenueAdmitted = serde_json::from_value(serde_json::json!({
            "name": "Lieu", "commune": "23096", "structure_id": id::<Structure>(),
            "structure_name": "Quincaillerie", "registration": { "rna": "W231000001" },
        }))
        .unwrap();
        let offerings = crate::domain::offering::Offering::ALL.to_vec();
        VenueView { venue_id: id::<Venue>(), state: VenueState::Qualified, offerings, admitted }
    }

    #[test]
    fn a_book_says_what_the_counter_would() {
        let venue = venue();
        let voucher = Serial::new(BookNumber::new(1), 1).unwrap();
        let attempt = Attempt {
            voucher,
            face_value: None,
            shown_as: ShownAs::Code,
            venue: &venue,
            venue_no: 5,
            offering: venue.offerings[0],
            sees: Sees::All,
        };
        let mut seen = std::collections::BTreeSet::new();
        for state in 0..1 << 9 {
            let scene = scene(state);
            let said = match scene.check(&attempt, today()).map_err(|refusal| refusal.reason) {
                Ok(_) => Worth::Active,
                Err(Reason::VoucherAlreadyRedeemed) => Worth::Redeemed,
                Err(Reason::VoucherReplaced) => Worth::Replaced,
                Err(Reason::VoucherBlocked) => Worth::Blocked,
                Err(Reason::OrderNotActive) => Worth::Unfunded,
                Err(Reason::VoucherInactive) => Worth::Inactive,
                Err(Reason::VoucherLapsed) => Worth::Lapsed,
                Err(other) => panic!("{state:b}: {other:?}"),
            };
            assert_eq!(scene.worth(voucher, today()), Some(said), "{state:b}");
            seen.insert(said);
        }
        assert_eq!(seen.len(), 7);
    }

    #[test]
    fn what_is_not_there_is_worth_nothing_at_all() {
        let mut scene = scene(0);
        let at = |book, position| Serial::new(BookNumber::new(book), position).unwrap();
        assert_eq!(scene.worth(at(2, 1), today()), None);
        assert_eq!(scene.worth(at(1, 2), today()), None);
        scene.orders.get_mut(&2).unwrap().issued = 0;
        assert_eq!(scene.worth(at(1, 1), today()), None);
    }
}
