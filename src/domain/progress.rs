//! Progress: how far the vouchers of a campaign have come, and how far they may still go.
//!
//! Promises: every voucher of a funded order is counted once: [`Progress::adds_up`] compares what
//! was ordered with what is found; the forecast says which pace it takes. Does not: read anything,
//! or know money beyond one face value.

use super::book::Custody;

/// How far a book has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Not yet delivered.
    AtPrinter,
    /// With a distributor.
    InStock,
    /// Handed over, no voucher used.
    HandedOver,
    /// Handed over, some vouchers used and some not.
    Begun,
    /// Handed over, and no voucher left.
    Finished,
    /// Returned, lost or destroyed.
    Aside,
}

impl Stage {
    /// All of them, in the order of a book's life.
    pub const ALL: [Self; 6] = [
        Self::AtPrinter,
        Self::InStock,
        Self::HandedOver,
        Self::Begun,
        Self::Finished,
        Self::Aside,
    ];

    /// The word in addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AtPrinter => "at-printer",
            Self::InStock => "in-stock",
            Self::HandedOver => "handed-over",
            Self::Begun => "begun",
            Self::Finished => "finished",
            Self::Aside => "aside",
        }
    }

    /// The stage of a word.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == text)
    }

    /// The stage of a book by its paper and by how many of its vouchers are used and left.
    #[must_use]
    pub const fn at(custody: Custody, used: i64, left: i64) -> Self {
        match custody {
            Custody::AtPrinter => Self::AtPrinter,
            Custody::InStock => Self::InStock,
            Custody::HandedOver if used == 0 => Self::HandedOver,
            Custody::HandedOver if left > 0 => Self::Begun,
            Custody::HandedOver => Self::Finished,
            Custody::Returned | Custody::Lost | Custody::Destroyed => Self::Aside,
        }
    }
}

/// Some books, and the vouchers in them that are neither used nor replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Heap {
    /// How many books.
    pub books: i64,
    /// How many vouchers are left in them.
    pub vouchers: i64,
}

impl Heap {
    const fn add(&mut self, more: Self) {
        self.books += more.books;
        self.vouchers += more.vouchers;
    }
}

/// How far the vouchers of a campaign, or of several with one face value, have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Vouchers of orders that are not funded yet: in no other number.
    pub waiting: i64,
    /// Vouchers of funded orders.
    pub issued: i64,
    /// Books of funded orders by stage, in the order of [`Stage::ALL`].
    pub heaps: [Heap; 6],
    /// Vouchers whose use stands.
    pub redeemed: i64,
    /// Vouchers that lapsed unused.
    pub lapsed: i64,
}

/// Books that are alike, as they are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// How far they have come.
    pub stage: Stage,
    /// How many.
    pub books: i64,
    /// Vouchers in them that are neither used nor replaced.
    pub left: i64,
    /// Vouchers in them whose use stands.
    pub used: i64,
}

impl Progress {
    /// Counts an order: so many vouchers, funded or not.
    pub const fn order(&mut self, vouchers: i64, funded: bool) {
        if funded {
            self.issued += vouchers;
        } else {
            self.waiting += vouchers;
        }
    }

    /// Counts books of funded orders; what is left in a campaign that is closed has lapsed.
    pub const fn books(&mut self, counted: Counted, lapsed: bool) {
        let left = if lapsed { 0 } else { counted.left };
        let heap = Heap { books: counted.books, vouchers: left };
        self.heaps[counted.stage as usize].add(heap);
        self.redeemed += counted.used;
        self.lapsed += counted.left - left;
    }

    /// The books of a stage.
    #[must_use]
    pub const fn heap(&self, stage: Stage) -> Heap {
        self.heaps[stage as usize]
    }

    /// Vouchers that can still be used, or could be if somebody had them: the ledger's float.
    #[must_use]
    pub fn left(&self) -> i64 {
        self.heaps.iter().map(|heap| heap.vouchers).sum()
    }

    /// Whether every voucher that was issued is found once: left, used or lapsed.
    #[must_use]
    pub fn adds_up(&self) -> bool {
        self.issued == self.left() + self.redeemed + self.lapsed
    }

    /// Both together.
    #[must_use]
    pub fn plus(mut self, other: &Self) -> Self {
        self.waiting += other.waiting;
        self.issued += other.issued;
        self.redeemed += other.redeemed;
        self.lapsed += other.lapsed;
        for (heap, more) in self.heaps.iter_mut().zip(other.heaps) {
            heap.add(more);
        }
        self
    }
}

/// How many days a pace is taken from: eight weeks, so that one holiday does not decide.
pub const PACE_DAYS: i64 = 56;

/// How fast vouchers were used of late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Vouchers used in these days.
    pub used: i64,
    /// The days: [`PACE_DAYS`], or fewer since the first use.
    pub days: i64,
}

/// What is expected of a campaign whose vouchers go on being used at the same pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forecast {
    /// Vouchers used at the end.
    pub used: i64,
    /// Vouchers that lapse.
    pub lapsing: i64,
    /// Days on which they can still be used.
    pub days: i64,
}

/// Goes on at a pace for so many days; never beyond what is left. Rounded down.
#[must_use]
pub fn forecast(progress: &Progress, pace: Pace, days: i64) -> Forecast {
    let days = days.max(0);
    let more = pace.used.saturating_mul(days) / pace.days.max(1);
    let more = more.clamp(0, progress.left());
    Forecast {
        used: progress.redeemed + more,
        lapsing: progress.left() - more + progress.lapsed,
        days,
    }
}

/// A part of a whole in percent, rounded down; 0 of nothing.
#[must_use]
pub const fn percent(part: i64, whole: i64) -> i64 {
    if whole > 0 { part.saturating_mul(100) / whole } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Progress {
        let mut progress = Progress::default();
        progress.order(40, true);
        progress.order(10, false);
        let counted = |stage, left, used| Counted { stage, books: 1, left, used };
        progress.books(counted(Stage::InStock, 10, 0), false);
        progress.books(counted(Stage::Begun, 7, 3), false);
        progress.books(counted(Stage::Finished, 0, 10), false);
        progress.books(counted(Stage::HandedOver, 10, 0), false);
        progress
    }

    #[test]
    fn every_voucher_is_counted_once() {
        let progress = sample();
        assert!(progress.adds_up());
        assert_eq!((progress.issued, progress.waiting), (40, 10));
        assert_eq!((progress.left(), progress.redeemed, progress.lapsed), (27, 13, 0));
        assert_eq!(progress.heap(Stage::Begun), Heap { books: 1, vouchers: 7 });
        let both = progress.plus(&progress);
        assert!(both.adds_up() && both.issued == 80 && both.heap(Stage::InStock).books == 2);
        // Negative control: a book that nobody found.
        let mut short = sample();
        short.order(10, true);
        assert!(!short.adds_up());
    }

    #[test]
    fn what_is_left_at_the_end_has_lapsed() {
        let mut progress = Progress::default();
        progress.order(10, true);
        let counted = Counted { stage: Stage::Begun, books: 1, left: 7, used: 3 };
        progress.books(counted, true);
        assert!(progress.adds_up());
        assert_eq!((progress.left(), progress.redeemed, progress.lapsed), (0, 3, 7));
    }

    #[test]
    fn a_book_has_one_stage() {
        assert_eq!(Stage::at(Custody::HandedOver, 0, 10), Stage::HandedOver);
        assert_eq!(Stage::at(Custody::HandedOver, 1, 9), Stage::Begun);
        assert_eq!(Stage::at(Custody::HandedOver, 10, 0), Stage::Finished);
        assert_eq!(Stage::at(Custody::Lost, 2, 0), Stage::Aside);
        for (at, stage) in Stage::ALL.into_iter().enumerate() {
            assert_eq!((stage as usize, Stage::of(stage.as_str())), (at, Some(stage)));
        }
    }

    #[test]
    fn a_forecast_goes_on_and_never_beyond_what_is_left() {
        let progress = sample();
        let pace = Pace { used: 14, days: 28 };
        let slow = forecast(&progress, pace, 10);
        assert_eq!((slow.used, slow.lapsing, slow.days), (18, 22, 10));
        let long = forecast(&progress, pace, 1000);
        assert_eq!((long.used, long.lapsing), (40, 0));
        assert_eq!(forecast(&progress, pace, -3).used, 13);
        assert_eq!(forecast(&progress, Pace { used: 0, days: 0 }, 10).used, 13);
        assert_eq!((percent(1, 3), percent(1, 0)), (33, 0));
    }
}
