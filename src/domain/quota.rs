//! Quotas: how much one caller, or one address, may ask in a while.
//!
//! Promises: whole numbers only (GCRA, the leaky bucket of ITU-T I.371, as one moment a caller):
//! after a quiet while all of a rate may come at once, then evenly; whoever waits as long as it was
//! told to is served; a clock that was set back locks nobody out. Does not: keep the moments (see
//! `service::limit`), or know routes.

use std::net::IpAddr;

use super::attempt::Patience;
use crate::base::clock::Timestamp;
use crate::base::rate::Rate;

/// What is asked, as far as quotas differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// A password, a link or a second factor is tried.
    SignIn,
    /// Vouchers are redeemed.
    Redeem,
    /// A voucher is checked without any effect.
    Check,
    /// A bearer looks its voucher up.
    Status,
    /// A ledger is pulled out whole.
    Export,
    /// Books are printed.
    Print,
    /// Everything else.
    Other,
}

impl Class {
    /// All classes.
    pub const ALL: [Self; 7] = [
        Self::SignIn,
        Self::Redeem,
        Self::Check,
        Self::Status,
        Self::Export,
        Self::Print,
        Self::Other,
    ];

    /// The word in measures.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Redeem => "redeem",
            Self::Check => "check",
            Self::Status => "status",
            Self::Export => "export",
            Self::Print => "print",
            Self::Other => "other",
        }
    }
}

/// What an installation allows; `None` is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Quotas {
    /// Failed tries to sign in from an address: what succeeds is given back.
    pub sign_ins: Option<Rate>,
    /// Lookups of bearers from an address.
    pub statuses: Option<Rate>,
    /// All requests from an address.
    pub address: Option<Rate>,
    /// Redemptions of who is bound to a venue: a device, a person at the counter.
    pub redemptions: Option<Rate>,
    /// Redemptions of a program that is bound to no venue.
    pub program_redemptions: Option<Rate>,
    /// Checks of a voucher.
    pub checks: Option<Rate>,
    /// Requests that pull a ledger out.
    pub exports: Option<Rate>,
    /// Files of printed books.
    pub prints: Option<Rate>,
    /// Every other request of a caller.
    pub caller: Option<Rate>,
    /// When a caller's typed codes that do not exist are slowed and locked.
    pub codes: Option<Patience>,
    /// The same for an address, where several callers may be.
    pub address_codes: Option<Patience>,
}

impl Quotas {
    /// Whether nothing is limited.
    #[must_use]
    pub fn are_lifted(&self) -> bool {
        *self == Self::default()
    }

    /// What a caller may; `bound` when it is bound to one venue.
    #[must_use]
    pub const fn of_caller(&self, class: Class, bound: bool) -> Option<Rate> {
        match class {
            Class::Redeem if bound => self.redemptions,
            Class::Redeem => self.program_redemptions,
            Class::Check => self.checks,
            Class::Export => self.exports,
            Class::Print => self.prints,
            Class::SignIn | Class::Status | Class::Other => self.caller,
        }
    }

    /// What an address may, beside [`Self::address`].
    #[must_use]
    pub const fn of_address(&self, class: Class) -> Option<Rate> {
        match class {
            Class::SignIn => self.sign_ins,
            Class::Status => self.statuses,
            _ => None,
        }
    }
}

/// Microseconds of a millisecond and of a second.
const MILLI: i64 = 1000;
const SECOND: i64 = 1_000_000;

/// How far ahead of its rate somebody is: the moment at which it will have nothing to wait for, in
/// microseconds since 1970.
pub type Debt = i64;

/// Microseconds since 1970 of a moment.
#[must_use]
pub const fn micros(now: Timestamp) -> Debt {
    now.millis().saturating_mul(MILLI)
}

/// The debt after so many more, or in how many seconds they may come.
///
/// More than a whole rate at once costs a whole rate: else it could never come.
///
/// # Errors
/// The seconds to wait, at least 1.
pub fn take(known: Option<Debt>, rate: Rate, cost: u32, now: Timestamp) -> Result<Debt, i64> {
    let now = micros(now);
    let burst = i64::from(rate.seconds()) * SECOND;
    let each = burst / i64::from(rate.count());
    let cost = each * i64::from(cost.min(rate.count()));
    // Nobody owes more than a whole rate: more is of a time before the clock was set back.
    let owed = known.filter(|debt| *debt <= now + burst).unwrap_or(now).max(now);
    let debt = owed + cost;
    let over = debt - (now + burst);
    if over > 0 {
        return Err((over + SECOND - 1) / SECOND);
    }
    Ok(debt)
}

/// The debt when one of a rate is given back.
#[must_use]
pub fn give_back(debt: Debt, rate: Rate) -> Debt {
    debt - i64::from(rate.seconds()) * SECOND / i64::from(rate.count())
}

/// Who an address is, for counting: one of IPv4, or the first half of one of IPv6, since a home or
/// an office is given that half whole and chooses the rest as it likes.
#[must_use]
pub fn place(address: IpAddr) -> u64 {
    match address.to_canonical() {
        IpAddr::V4(address) => u64::from(address.to_bits()),
        IpAddr::V6(address) => u64::try_from(address.to_bits() >> 64).unwrap_or(u64::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_795_341_600_000).plus_seconds(seconds)
    }

    #[test]
    fn a_rate_may_come_at_once_then_evenly() {
        let rate = Rate::new(60, 60).unwrap();
        let mut debt = None;
        for _ in 0..60 {
            debt = Some(take(debt, rate, 1, at(0)).unwrap());
        }
        assert_eq!(take(debt, rate, 1, at(0)), Err(1));
        debt = Some(take(debt, rate, 1, at(1)).unwrap());
        assert_eq!(take(debt, rate, 1, at(1)), Err(1));
        assert_eq!(take(debt, rate, 30, at(1)), Err(30));
        debt = Some(take(debt, rate, 30, at(31)).unwrap());
        assert_eq!(take(debt, rate, 1, at(31)), Err(1));
        // A quiet minute gives all of it back, and no more.
        for _ in 0..60 {
            debt = Some(take(debt, rate, 1, at(3600)).unwrap());
        }
        assert!(take(debt, rate, 1, at(3600)).is_err());
    }

    /// Over any while, nobody gets more than a rate and what flows in meanwhile.
    #[test]
    fn nobody_gets_more_than_its_rate() {
        let rate = Rate::new(7, 10).unwrap();
        let (mut debt, mut served, mut seed) = (None, 0, 12_345_u64);
        for step in 0..10_000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let cost = u32::try_from(seed >> 62).unwrap();
            let now = Timestamp::from_millis(1_795_341_600_000 + step * 100);
            if let Ok(next) = take(debt, rate, cost, now) {
                debt = Some(next);
                served += i64::from(cost);
            }
        }
        assert!((690..=708).contains(&served), "{served} in 1000 seconds at 7 in 10 s");
    }

    #[test]
    fn a_clock_that_was_set_back_locks_nobody_out() {
        let rate = Rate::new(1, 60).unwrap();
        let debt = take(None, rate, 1, at(0)).unwrap();
        assert!(take(Some(debt), rate, 1, at(-30)).is_ok());
        assert_eq!(take(Some(debt), rate, 1, at(0)), Err(60));
    }

    #[test]
    fn what_is_given_back_may_be_taken_again() {
        let rate = Rate::new(3, 60).unwrap();
        let mut debt = None;
        for _ in 0..100 {
            let taken = take(debt, rate, 1, at(0)).unwrap();
            debt = Some(give_back(taken, rate));
        }
        assert!(take(debt, rate, 3, at(0)).is_ok());
        assert!(take(debt, rate, 300, at(0)).is_ok(), "more than all costs all");
    }

    #[test]
    fn an_office_is_one_place() {
        let of = |text: &str| place(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:9.9.9.9"), of("9.9.9.9"));
        assert_ne!(of("9.9.9.9"), of("9.9.9.8"));
    }
}
