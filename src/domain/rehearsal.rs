//! A rehearsal: what the counter would say of a voucher that does not exist, under rules that may
//! not even be written yet.
//!
//! Promises: the answer is that of [`Scene::check`], which decides real redemptions; nothing is
//! judged a second time here. Does not: know a real voucher, or change anything.

use std::collections::HashMap;

use super::campaign::CampaignProfile;
use super::offering::Offering;
use super::order::OrderView;
use super::redemption::{Attempt, BookView, CampaignView, Round, Scene, Sees, ShownAs};
use super::refusal::{Reason, Refusal};
use super::serial::{BookNumber, Serial};
use super::venue::VenueView;
use crate::base::clock::Timestamp;
use crate::base::day::Day;
use crate::base::id::{Campaign, Id, Order};

/// The book that is imagined.
const BOOK: u32 = 1;

/// What is imagined.
#[derive(Debug, Clone)]
pub struct Rehearsal {
    /// The rules.
    pub rules: CampaignProfile,
    /// The venue, a real one or one that is imagined too.
    pub venue: VenueView,
    /// What is done there.
    pub offering: Offering,
    /// The day.
    pub day: Day,
    /// Whether the book was handed over.
    pub handed_over: bool,
    /// How many vouchers of the same book the venue has taken that day.
    pub before: u8,
}

impl Rehearsal {
    /// What the counter would say.
    ///
    /// # Errors
    /// The first [`Refusal`] in order of precedence.
    pub fn decide(&self) -> Result<(), Refusal> {
        let odd = |_| Refusal::from(Reason::VoucherUnknown);
        let position = self.before.saturating_add(1);
        let voucher = Serial::new(BookNumber::new(BOOK), position).map_err(odd)?;
        let attempt = Attempt {
            voucher,
            face_value: Some(self.rules.face_value),
            shown_as: ShownAs::Token,
            venue: &self.venue,
            venue_no: 0,
            offering: self.offering,
            sees: Sees::All,
        };
        self.scene().check(&attempt, self.day).map(|_| ())
    }

    /// A ledger with one campaign, one active order and one book.
    fn scene(&self) -> Scene {
        let rules = &self.rules;
        let nil = uuid::Uuid::nil();
        let (campaign_id, order_id): (Id<Campaign>, Id<Order>) =
            (Id::from_uuid(nil), Id::from_uuid(nil));
        let order = OrderView {
            order_id,
            campaign_no: 0,
            face_cents: rules.face_value.cents(),
            books: 1,
            issued: 1,
            vouchers_per_book: rules.vouchers_per_book,
            key_id: 1,
            active: true,
        };
        let used = |position| Round {
            position,
            round: 1,
            seq: 0,
            venue_no: 0,
            on: self.day,
            at: Timestamp::from_millis(0),
            reversed: false,
        };
        let book = BookView {
            order_no: 0,
            vouchers: rules.vouchers_per_book,
            handed_over: self.handed_over,
            replaced_mask: 0,
            rounds: (1..=self.before).map(used).collect(),
        };
        let campaign = CampaignView { campaign_id, profile: rules.clone(), lapsed: false };
        Scene {
            funder: rules.funder_id,
            campaigns: HashMap::from([(0, campaign)]),
            orders: HashMap::from([(0, order)]),
            blocks: Vec::new(),
            venues: HashMap::new(),
            books: HashMap::from([(BOOK, book)]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::id::Structure;
    use crate::domain::venue::{VenueAdmitted, VenueState};

    fn rehearsal() -> Rehearsal {
        let rules = serde_json::json!({
            "funder_id": "funder_01h455vb4pex5vsknk084sn02q", "name": "Pass",
            "face_value": { "cents": 1000, "currency": "EUR" }, "vouchers_per_book": 10,
            "valid_from": "2026-03-01", "valid_until": "2026-12-31", "grace_days": 31,
            "perimeter": ["23"], "offerings": [Offering::Procedures.code()],
            "vouchers_per_book_venue_day": 2, "activation": "on_hand_over"
        });
        let structure_id: Id<Structure> = Id::from_uuid(uuid::Uuid::nil());
        let text = |text: &str| crate::base::text::Name::new(text).unwrap();
        let venue = VenueView {
            venue_id: Id::from_uuid(uuid::Uuid::nil()),
            state: VenueState::Qualified,
            offerings: vec![Offering::Procedures, Offering::Safety],
            admitted: VenueAdmitted {
                name: text("Atelier"),
                commune: "23096".parse().unwrap(),
                structure_id,
                structure_name: text("Structure"),
                registration: "73282932000074".parse().unwrap(),
            },
        };
        Rehearsal {
            rules: serde_json::from_value(rules).unwrap(),
            venue,
            offering: Offering::Procedures,
            day: "2026-03-03".parse().unwrap(),
            handed_over: true,
            before: 0,
        }
    }

    fn refused(change: impl FnOnce(&mut Rehearsal)) -> Reason {
        let mut changed = rehearsal();
        change(&mut changed);
        changed.decide().unwrap_err().reason
    }

    #[test]
    fn a_rehearsal_is_refused_as_the_counter_would() {
        assert_eq!(rehearsal().decide(), Ok(()));
        let day = |text: &'static str| move |it: &mut Rehearsal| it.day = text.parse().unwrap();
        assert_eq!(refused(day("2026-02-28")), Reason::VoucherNotYetValid);
        assert_eq!(refused(day("2027-02-01")), Reason::VoucherLapsed);
        let mut last = rehearsal();
        last.day = "2027-01-31".parse().unwrap();
        assert_eq!(last.decide(), Ok(()), "the last day of grace");
        assert_eq!(refused(|it| it.handed_over = false), Reason::VoucherInactive);
        assert_eq!(
            refused(|it| it.venue.admitted.commune = "87085".parse().unwrap()),
            Reason::OutOfPerimeter
        );
        assert_eq!(refused(|it| it.offering = Offering::Safety), Reason::OfferingNotCovered);
        assert_eq!(refused(|it| it.before = 2), Reason::LimitExceeded);
        assert_eq!(refused(|it| it.venue.state = VenueState::Suspended), Reason::VenueSuspended);
        let other: Id<Structure> = Id::from_uuid(uuid::Uuid::from_u128(7));
        assert_eq!(refused(|it| it.rules.structures = vec![other]), Reason::VenueNotQualified);
    }
}
