//! Where the worth of a redemption is: still due, in a payment, paid.
//!
//! Promises: the rule of `Window::counts`, so that what is said here and what a statement lists are
//! the same; after a rejection, the payment that counts the amount again. Does not: know what was
//! undone.

use std::collections::HashMap;

use crate::base::id::{Id, Payment};
use crate::domain::settlement::{PaymentState, Window};

/// Where the worth of a redemption is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Course {
    /// In no payment yet.
    Due,
    /// In a payment that the bank has not confirmed.
    Paying(Id<Payment>),
    /// Paid.
    Paid(Id<Payment>),
    /// A settlement counted it and paid nothing, because the structure owed.
    Offset,
    /// It was undone.
    Undone,
    /// It stands; the asker is not told more.
    Taken,
}

/// A settlement that stands, with what it pays the structure.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settled {
    pub(super) window: Window,
    pub(super) payment: Option<(Id<Payment>, PaymentState)>,
}

/// The redemptions between two lines are here: after the first, up to the second.
pub(super) type Stretch = (i64, i64, Course);

/// Where the worth of each redemption of a ledger is, by line, for one structure: `settled` are the
/// settlements that stand, oldest first, `rejections` the lines of rejected payments.
pub(super) fn stretches(
    settled: &[Settled],
    rejections: &HashMap<Id<Payment>, i64>,
) -> Vec<Stretch> {
    let (mut stretches, mut after): (Vec<Stretch>, i64) = (Vec::new(), -1);
    for at in 0..settled.len() {
        let upto = settled[at].window.cut_off_seq;
        if upto > after {
            push(&mut stretches, (after, upto, course(settled, at, rejections)));
            after = upto;
        }
    }
    push(&mut stretches, (after, i64::MAX, Course::Due));
    stretches
}

/// Puts a stretch behind the others, as one with the last where both say the same.
fn push(stretches: &mut Vec<Stretch>, next: Stretch) {
    match stretches.last_mut() {
        Some(last) if last.2 == next.2 => last.1 = next.1,
        _ => stretches.push(next),
    }
}

/// What became of what a settlement counts.
fn course(settled: &[Settled], at: usize, rejections: &HashMap<Id<Payment>, i64>) -> Course {
    let Some((id, state)) = settled[at].payment else { return Course::Offset };
    match state {
        PaymentState::Drawn | PaymentState::Approved => Course::Paying(id),
        PaymentState::Confirmed => Course::Paid(id),
        PaymentState::Cancelled => Course::Due,
        PaymentState::Rejected => {
            let Some(seq) = rejections.get(&id).copied() else { return Course::Due };
            let again = (at + 1..settled.len()).find(|later| {
                let before = Some(settled[later - 1].window);
                settled[*later].window.counts(before, seq, seq)
            });
            again.map_or(Course::Due, |later| course(settled, later, rejections))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payment(number: u128) -> Id<Payment> {
        Id::from_uuid(uuid::Uuid::from_u128(number))
    }

    fn settled(cut_off_seq: i64, number: u128, state: PaymentState) -> Settled {
        let window = Window { cut_off_seq, opened_seq: cut_off_seq + 2 };
        Settled { window, payment: Some((payment(number), state)) }
    }

    #[test]
    fn each_line_is_in_one_stretch() {
        let all = [
            settled(10, 1, PaymentState::Confirmed),
            settled(20, 2, PaymentState::Approved),
            Settled { window: Window { cut_off_seq: 30, opened_seq: 33 }, payment: None },
        ];
        let expected = [
            (-1, 10, Course::Paid(payment(1))),
            (10, 20, Course::Paying(payment(2))),
            (20, 30, Course::Offset),
            (30, i64::MAX, Course::Due),
        ];
        assert_eq!(stretches(&all, &HashMap::new()), expected);
        assert_eq!(stretches(&[], &HashMap::new()), [(-1, i64::MAX, Course::Due)]);
    }

    #[test]
    fn a_rejected_payment_is_due_until_another_counts_it() {
        let rejected = settled(10, 1, PaymentState::Rejected);
        let rejections = HashMap::from([(payment(1), 14)]);
        assert_eq!(stretches(&[rejected], &rejections), [(-1, i64::MAX, Course::Due)]);
        let before = [rejected, settled(13, 2, PaymentState::Approved)];
        let found = stretches(&before, &rejections);
        assert_eq!(found[0], (-1, 10, Course::Due), "the second looked no further than line 13");
        let again = [rejected, settled(20, 2, PaymentState::Confirmed)];
        let found = stretches(&again, &rejections);
        assert_eq!(found, [(-1, 20, Course::Paid(payment(2))), (20, i64::MAX, Course::Due)]);
    }
}
