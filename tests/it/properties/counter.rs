//! The redemption decision, against an oracle that asks every reason by itself.

use std::collections::HashMap;

use carnet::base::clock::Timestamp;
use carnet::base::day::Day;
use carnet::base::id::{Id, Kind};
use carnet::base::money::Money;
use carnet::domain::book::OpenBlock;
use carnet::domain::offering::Offering;
use carnet::domain::order::OrderView;
use carnet::domain::redemption::{
    Accepted, Attempt, BookView, CampaignView, Moment, Round, Scene, Sees, ShownAs,
};
use carnet::domain::refusal::Reason;
use carnet::domain::serial::{BookNumber, Serial};
use carnet::domain::venue::{VenueState, VenueView};
use proptest::prelude::*;
use serde_json::json;

use super::cases;

const TODAY: &str = "2026-11-22";
const OFFERINGS: [Offering; 2] = [Offering::Procedures, Offering::Safety];

fn id<K: Kind>(number: u128) -> Id<K> {
    Id::from_uuid(uuid::Uuid::from_u128(number))
}

fn today() -> Day {
    TODAY.parse().unwrap()
}

fn moment(seq: i64) -> Moment {
    Moment { now: Timestamp::from_millis(1_795_000_000_000 + seq), today: today() }
}

prop_compose! {
    /// Rules around today: over, running or to come; narrow or wide.
    fn campaign(number: u128)(
        (from, until, grace) in (-40..5_i64, -20..20_i64, 0..30_u16),
        lapsed in prop::bool::weighted(0.1),
        perimeter in prop::sample::select(vec![json!([]), json!(["23"]), json!(["19272"])]),
        offerings in prop::sample::select(vec![json!([]), json!([OFFERINGS[0]])]),
        structures in prop::sample::select(vec![vec![], vec![1], vec![2]]),
        limit in prop::option::of(1..3_u8),
        on_hand_over in any::<bool>(),
    ) -> CampaignView {
        let structures: Vec<Id<carnet::base::id::Structure>> =
            structures.into_iter().map(id).collect();
        let mut profile = json!({
            "funder_id": id::<carnet::base::id::Funder>(9), "name": "Creuse",
            "face_value": { "cents": 1000, "currency": "EUR" }, "vouchers_per_book": 3,
            "valid_from": today().plus_days(from), "valid_until": today().plus_days(until),
            "grace_days": grace, "perimeter": perimeter, "offerings": offerings,
            "structures": structures,
            "activation": if on_hand_over { "on_hand_over" } else { "on_delivery" },
        });
        if let Some(limit) = limit {
            profile["vouchers_per_book_venue_day"] = json!(limit);
        }
        let profile = serde_json::from_value(profile).unwrap();
        CampaignView { campaign_id: id(number), profile, lapsed }
    }
}

prop_compose! {
    fn order(campaign_no: i64)(
        issued in prop::sample::select(vec![3_i64, 3, 3, 3, 2]),
        active in prop::bool::weighted(0.85),
    ) -> OrderView {
        OrderView {
            order_id: id(100 + u128::from(campaign_no.unsigned_abs())),
            campaign_no, face_cents: 1000, books: 3, issued, vouchers_per_book: 3, key_id: 1,
            active,
        }
    }
}

prop_compose! {
    /// A book with a past: rounds of each position, all but perhaps the last reversed.
    fn book()(
        order_no in 1..3_i64,
        handed_over in prop::bool::weighted(0.7),
        replaced_mask in prop::sample::select(vec![0_i64, 0, 0, 1, 2, 6]),
        uses in prop::collection::vec(
            (0..3_i64, prop::bool::weighted(0.7), 1..3_i64, 0..2_i64), 3,
        ),
    ) -> BookView {
        let mut rounds = Vec::new();
        for (position, (count, last_reversed, venue_no, ago)) in (1..).zip(uses) {
            for round in 1..=count {
                let on = today().plus_days(-ago);
                let (seq, at) = (round * 10 + i64::from(position), Timestamp::from_millis(round));
                let reversed = round < count || last_reversed;
                rounds.push(Round { position, round, seq, venue_no, on, at, reversed });
            }
        }
        BookView { order_no, vouchers: 3, handed_over, replaced_mask, rounds }
    }
}

fn block() -> impl Strategy<Value = OpenBlock> {
    let numbers = (1..4_u32, 0..2_u32, prop::option::of(1..4_u8), prop::option::of(1..3_i64));
    numbers.prop_map(|(first, more, position, order_no)| OpenBlock {
        books: if order_no.is_some() { (0, u32::MAX) } else { (first, first + more) },
        position: position.filter(|_| order_no.is_none()),
        order_no,
    })
}

fn scene() -> impl Strategy<Value = Scene> {
    let campaigns = (campaign(11), campaign(12));
    let orders = (order(1), order(2));
    let books = prop::collection::vec(book(), 3);
    let blocks = prop::collection::vec(block(), 0..2);
    (campaigns, orders, books, blocks).prop_map(|(campaigns, orders, books, blocks)| Scene {
        funder: id(9),
        campaigns: HashMap::from([(1, campaigns.0), (2, campaigns.1)]),
        orders: HashMap::from([(1, orders.0), (2, orders.1)]),
        blocks,
        venues: HashMap::from([(1, (id(21), id(1))), (2, (id(22), id(2)))]),
        books: (1..).zip(books).collect(),
    })
}

/// Two venues, each of a structure of its own: one in the Creuse, one in the Corrèze.
fn venues() -> impl Strategy<Value = [VenueView; 2]> {
    let states = [VenueState::Qualified, VenueState::Registered, VenueState::Suspended];
    let state = prop::sample::select(vec![states[0], states[0], states[0], states[1], states[2]]);
    let offered = prop::sample::select(vec![OFFERINGS.to_vec(), OFFERINGS[..1].to_vec()]);
    let venue = |number: u128, commune: &'static str| {
        (state.clone(), offered.clone()).prop_map(move |(state, offerings)| {
            let admitted = serde_json::from_value(json!({
                "name": "Lieu", "commune": commune, "structure_name": "Quincaillerie",
                "structure_id": id::<carnet::base::id::Structure>(number),
                "registration": { "rna": "W231000001" },
            }));
            let admitted = admitted.unwrap();
            VenueView { venue_id: id(20 + number), state, offerings, admitted }
        })
    };
    (venue(1, "23096"), venue(2, "19272")).prop_map(|(one, two)| [one, two])
}

/// What is asked: voucher, face value, place of the venue, offering.
type Asked = (u32, u8, Option<i64>, usize, usize);

fn asked() -> impl Strategy<Value = Asked> {
    let face = prop::sample::select(vec![None, Some(1000), Some(1000), Some(1000), Some(500)]);
    let book = prop::sample::select(vec![1_u32, 1, 2, 2, 3, 3, 4]);
    (book, prop::sample::select(vec![1_u8, 2, 3, 3, 2, 1, 4]), face, 0..2_usize, 0..2_usize)
}

fn attempt(asked: Asked, venues: &[VenueView; 2]) -> Attempt<'_> {
    let (book, position, face, venue, offering) = asked;
    Attempt {
        voucher: Serial::new(BookNumber::new(book), position).unwrap(),
        face_value: face.map(|cents| Money::from_cents(cents).unwrap()),
        shown_as: if face.is_some() { ShownAs::Token } else { ShownAs::Code },
        venue: &venues[venue],
        venue_no: [1, 2][venue],
        offering: OFFERINGS[offering],
        sees: Sees::All,
    }
}

/// Every reason that speaks against a redemption, in the order of the list.
///
/// Of a voucher that does not exist (half an order does not) nothing else can be said.
fn reasons(scene: &Scene, attempt: &Attempt<'_>) -> Vec<Reason> {
    let (number, position) = (attempt.voucher.book().get(), attempt.voucher.position());
    let Some(book) = scene.books.get(&number) else { return vec![Reason::VoucherUnknown] };
    let order = scene.orders[&book.order_no];
    if position > 3 || order.issued < 3 {
        return vec![Reason::VoucherUnknown];
    }
    let view = &scene.campaigns[&order.campaign_no];
    let (rules, venue) = (&view.profile, attempt.venue);
    let covers = |block: &OpenBlock| match (block.order_no, block.position) {
        (Some(order_no), _) => order_no == book.order_no,
        (None, place) => {
            (block.books.0..=block.books.1).contains(&number)
                && (place.is_none() || place == Some(position))
        }
    };
    let standing = |round: &&Round| !round.reversed;
    let uses = book.rounds.iter().filter(standing);
    let here = |round: &&Round| round.venue_no == attempt.venue_no && round.on == today();
    let last = rules.valid_until.plus_days(i64::from(rules.grace_days));
    let structure = venue.admitted.structure_id;
    let codes: Vec<String> =
        serde_json::from_value(serde_json::to_value(&rules.perimeter).unwrap()).unwrap();
    let commune = venue.admitted.commune.as_str();
    Reason::ALL
        .iter()
        .copied()
        .filter(|reason| match reason {
            Reason::TokenForged => attempt.face_value.is_some_and(|face| face.cents() != 1000),
            Reason::VoucherAlreadyRedeemed => uses.clone().any(|round| round.position == position),
            Reason::VoucherReplaced => book.replaced_mask & (1 << (position - 1)) != 0,
            Reason::VoucherBlocked => scene.blocks.iter().any(covers),
            Reason::OrderNotActive => !order.active,
            Reason::VoucherInactive => {
                serde_json::to_value(rules.activation).unwrap() == "on_hand_over"
                    && !book.handed_over
            }
            Reason::VoucherNotYetValid => today() < rules.valid_from,
            Reason::VoucherLapsed => view.lapsed || today() > last,
            Reason::VenueNotQualified => {
                venue.state == VenueState::Registered
                    || !(rules.structures.is_empty() || rules.structures.contains(&structure))
            }
            Reason::VenueSuspended => venue.state == VenueState::Suspended,
            Reason::OutOfPerimeter => {
                !(codes.is_empty() || codes.iter().any(|code| commune.starts_with(code.as_str())))
            }
            Reason::OfferingNotCovered => {
                !(rules.offerings.is_empty() || rules.offerings.contains(&attempt.offering))
                    || !venue.offerings.contains(&attempt.offering)
            }
            Reason::LimitExceeded => rules
                .vouchers_per_book_venue_day
                .is_some_and(|limit| uses.clone().filter(here).count() >= usize::from(limit)),
            _ => false,
        })
        .collect()
}

/// A scene as the tables would have it after a redemption was written.
fn rebuilt(scene: &Scene, attempt: &Attempt<'_>, accepted: &Accepted, seq: i64) -> Scene {
    let mut next = scene.clone();
    let book = next.books.get_mut(&accepted.body.voucher.book().get()).unwrap();
    book.rounds.push(Round {
        position: accepted.body.voucher.position(),
        round: accepted.body.round,
        seq,
        venue_no: attempt.venue_no,
        on: today(),
        at: moment(seq).now,
        reversed: false,
    });
    next
}

proptest! {
    #![proptest_config(cases(2000))]

    #[test]
    fn a_refusal_is_the_first_of_its_reasons(
        scene in scene(), venues in venues(), asked in asked(),
    ) {
        let attempt = attempt(asked, &venues);
        let holding = reasons(&scene, &attempt);
        let said = scene.check(&attempt, today()).err().map(|refusal| refusal.reason);
        prop_assert_eq!(said, holding.first().copied(), "of {:?}", holding);
    }

    #[test]
    fn a_refusal_changes_nothing(scene in scene(), venues in venues(), asked in asked()) {
        let mut after = scene.clone();
        let attempt = attempt(asked, &venues);
        match after.redeem(&attempt, moment(90), 90) {
            Err(_) => prop_assert_eq!(after, scene),
            Ok(accepted) => {
                prop_assert_eq!(rebuilt(&scene, &attempt, &accepted, 90), after.clone());
                let again = after.redeem(&attempt, moment(91), 91).unwrap_err();
                prop_assert_eq!(again.reason, Reason::VoucherAlreadyRedeemed);
                prop_assert_eq!(again.members.redeemed_at, Some(moment(90).now));
            }
        }
    }

    #[test]
    fn a_batch_is_its_redemptions_one_by_one(
        scene in scene(), venues in venues(), batch in prop::collection::vec(asked(), 1..12),
    ) {
        let mut together = scene.clone();
        let mut single = scene;
        for (seq, asked) in (90..).zip(batch) {
            let attempt = attempt(asked, &venues);
            let in_batch = together.redeem(&attempt, moment(seq), seq);
            // One by one: each meets a scene that is read back from what was written.
            let alone = single.clone().redeem(&attempt, moment(seq), seq);
            prop_assert_eq!(&in_batch, &alone);
            if let Ok(accepted) = alone {
                single = rebuilt(&single, &attempt, &accepted, seq);
            }
        }
        prop_assert_eq!(together, single);
    }

    #[test]
    fn a_voucher_lives_at_most_once(
        scene in scene(), venues in venues(), batch in prop::collection::vec(asked(), 1..20),
    ) {
        let mut scene = scene;
        for (seq, asked) in (90..).zip(batch) {
            let _ = scene.redeem(&attempt(asked, &venues), moment(seq), seq);
        }
        for book in scene.books.values() {
            for position in 1..=3 {
                let own = book.rounds.iter().filter(|round| round.position == position);
                let numbers: Vec<i64> = own.clone().map(|round| round.round).collect();
                let expected: Vec<i64> = (1..).take(numbers.len()).collect();
                prop_assert_eq!(numbers, expected);
                prop_assert!(own.filter(|round| !round.reversed).count() <= 1);
            }
        }
    }
}
