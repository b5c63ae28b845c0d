//! The balances, against plain sums in a map.

use std::collections::BTreeMap;

use carnet::base::id::{Id, Kind};
use carnet::base::money::Money;
use carnet::domain::ledger::account::{Account, AccountKind};
use carnet::domain::ledger::balance::{Balances, Living};
use carnet::domain::ledger::transfer::{self, Transfer};
use carnet::domain::settlement::Window;
use proptest::prelude::*;

use super::cases;

const FACE: i64 = 700;

fn id<K: Kind>(number: u128) -> Id<K> {
    Id::from_uuid(uuid::Uuid::from_u128(number))
}

/// An event of DESIGN section 3, on one of two campaigns, structures and payments.
#[derive(Debug, Clone, Copy)]
struct Event {
    kind: u8,
    which: u128,
    count: i64,
    /// What is claimed to live beyond what does: a lie when it is not 0.
    lie: i64,
}

fn event() -> impl Strategy<Value = Event> {
    let lie = prop::sample::select(vec![0_i64, 0, 0, 0, 0, 0, 0, 0, -1, 1]);
    (0..13_u8, 1..3_u128, 1..9_i64, lie).prop_map(|(kind, which, count, lie)| Event {
        kind,
        which,
        count,
        lie,
    })
}

impl Event {
    fn transfer(self) -> Transfer {
        let (funder, campaign) = (id(9), id(self.which));
        let (structure, payment) = (id(10 + self.which), id(20 + self.which));
        let amount = Money::from_cents(self.count * FACE).unwrap();
        match self.kind {
            0 => transfer::deposited(funder, amount),
            1 => transfer::activated(funder, campaign, amount),
            2 => transfer::redeemed(campaign, structure, amount),
            3 => transfer::reversed(structure, campaign, amount),
            4 => transfer::reversed_after_lapse(structure, funder, amount),
            5 => transfer::repaid(funder, structure, amount),
            6 => transfer::drawn(structure, payment, amount),
            7 => transfer::confirmed(payment, funder, amount),
            8 => transfer::returned(payment, structure, amount),
            9 => transfer::lapsed(campaign, funder, amount),
            10 => transfer::rolled_over(funder, amount),
            11 => transfer::paid_back(funder, amount),
            _ => transfer::withdrawn(funder, amount),
        }
    }

    /// How many vouchers come to life or end by it; `None` when it touches no float.
    fn change(self) -> Option<i64> {
        match self.kind {
            1 | 3 => Some(self.count),
            2 | 9 => Some(-self.count),
            _ => None,
        }
    }
}

/// Balances as a clerk with a pencil would keep them: signed, and the living vouchers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Paper {
    cents: BTreeMap<Account, i64>,
    living: BTreeMap<u128, i64>,
}

impl Paper {
    /// Whether the transfers may be written; on the way no account goes below zero.
    fn post(&mut self, transfers: &[Transfer]) -> bool {
        transfers.iter().all(|transfer| {
            let side = |account: Account, debited: bool| {
                let grows = debited == (account.kind() == AccountKind::Funds);
                if grows { transfer.cents } else { -transfer.cents }
            };
            for (account, debited) in [(transfer.debit, true), (transfer.credit, false)] {
                *self.cents.entry(account).or_default() += side(account, debited);
            }
            self.cents.values().all(|cents| *cents >= 0)
        })
    }
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn balances_move_whole_or_not_at_all(
        history in prop::collection::vec((event(), prop::option::weighted(0.2, event())), 1..80),
    ) {
        let (mut balances, mut paper) = (Balances::default(), Paper::default());
        for (event, second) in history {
            // A second transfer of the same line, which touches no float of its own.
            let second = second.filter(|second| second.change().is_none());
            let transfers: Vec<Transfer> =
                std::iter::once(event).chain(second).map(Event::transfer).collect();
            let living = event.change().map(|change| Living {
                campaign: id(event.which), face_cents: FACE, change: change + event.lie,
            });
            let (before, mut next) = (balances.clone(), paper.clone());
            let lawful = next.post(&transfers) && (living.is_none() || event.lie == 0);
            prop_assert_eq!(balances.apply(&transfers, living).is_ok(), lawful, "{:?}", event);
            if lawful {
                *next.living.entry(event.which).or_default() += event.change().unwrap_or(0);
                paper = next;
            } else {
                prop_assert_eq!(&balances, &before);
            }
            balances.check_funded().unwrap();
            for (account, cents) in &paper.cents {
                prop_assert_eq!(balances.balance(*account).cents(), *cents, "{}", account);
            }
            for (which, living) in &paper.living {
                let tally = balances.tally(Account::Float(id(*which)));
                prop_assert_eq!(tally.vouchers, *living);
                prop_assert_eq!(tally.balance(AccountKind::Float).cents(), living * FACE);
            }
        }
    }

    #[test]
    fn what_is_restored_goes_on_as_before(history in prop::collection::vec(event(), 1..40)) {
        let mut balances = Balances::default();
        for event in history {
            let living = event.change();
            let living = living.map(|change| Living {
                campaign: id(event.which), face_cents: FACE, change,
            });
            let mut stored = Balances::restore(balances.iter());
            prop_assert_eq!(&stored, &balances);
            let one = balances.apply(&[event.transfer()], living);
            prop_assert_eq!(stored.apply(&[event.transfer()], living), one);
            prop_assert_eq!(&stored, &balances);
        }
    }

    /// Whatever days the settlements look at, each line up to the last cut-off is counted once.
    #[test]
    fn a_line_is_counted_by_one_settlement(
        steps in prop::collection::vec((0..9_i64, 1..9_i64), 1..7),
        probes in any::<[(u8, u8); 32]>(),
    ) {
        let (mut windows, mut cut_off_seq, mut opened_seq) = (Vec::<Window>::new(), 0, 0);
        for (further, later) in steps {
            cut_off_seq = (cut_off_seq + further).max(0);
            opened_seq = opened_seq.max(cut_off_seq) + later;
            windows.push(Window { cut_off_seq, opened_seq });
        }
        let last = *windows.last().unwrap();
        for (seq, about) in probes {
            let seq = i64::from(seq) % last.opened_seq;
            let about = i64::from(about) % (seq + 1);
            let before = std::iter::once(None).chain(windows.iter().copied().map(Some));
            let counted = windows.iter().zip(before);
            let counted = counted.filter(|(window, before)| window.counts(*before, seq, about));
            prop_assert_eq!(counted.count(), usize::from(about <= last.cut_off_seq));
        }
    }
}
