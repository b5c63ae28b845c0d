//! From when on something in a day is a signal.
//!
//! Promises: the default is what honest years stay below (see the tests of `domain::signal`), and
//! what `deploy/config.toml` says. Does not: read a configuration (see `config::SignalsConfig`).

/// From when on something is raised. What is weighed by chance (S2, S6) is so besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thresholds {
    /// S1: a device may make so many scans in a minute; one person can serve no more.
    pub pace: usize,
    /// S2: so many vouchers of one book…
    pub whole_book_vouchers: usize,
    /// … within so many seconds are a whole book…
    pub whole_book_seconds: i64,
    /// … and so many such books in a day are looked at.
    pub whole_books: usize,
    /// S3: somebody may try a used voucher once by mistake; so many at one venue are copies.
    pub copies: usize,
    /// S4: so many codes that do not exist…
    pub unknown_codes: usize,
    /// … when they are more than so many in a hundred of all that was shown.
    pub unknown_codes_percent: usize,
    /// S5: a venue may redeem so many in a hundred of its capacity in a month.
    pub capacity_percent: i64,
    /// S6: fewer books than these, of the worker or of the others of its site, say nothing.
    pub steering_books: usize,
    /// S7: so many scans outside opening hours on a day…
    pub after_hours_vouchers: usize,
    /// … on so many days of four weeks: one evening was an invitation.
    pub after_hours_days: usize,
    /// How many minutes before it opens and after it closes a venue may scan.
    pub after_hours_margin_minutes: u16,
    /// S8: a scan that is told so many seconds later was offline…
    pub offline_seconds: i64,
    /// … and fewer scans than these, of the venue or of the others, say nothing.
    pub offline_scans: usize,
    /// S9: a clock may be so many seconds ahead…
    pub clock_ahead_seconds: i64,
    /// … and is so by a slip in fewer scans than these.
    pub clock_ahead_scans: usize,
    /// S10: somebody may forget to write down the hand-over of fewer books than these.
    pub from_stock_books: usize,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            pace: 20,
            whole_book_vouchers: 8,
            whole_book_seconds: 600,
            whole_books: 3,
            copies: 3,
            unknown_codes: 5,
            unknown_codes_percent: 2,
            capacity_percent: 100,
            steering_books: 10,
            after_hours_vouchers: 5,
            after_hours_days: 3,
            after_hours_margin_minutes: 60,
            offline_seconds: 300,
            offline_scans: 20,
            clock_ahead_seconds: 600,
            clock_ahead_scans: 3,
            from_stock_books: 3,
        }
    }
}
