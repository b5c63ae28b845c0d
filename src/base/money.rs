//! Money: whole cents of euro, never negative, and the signed [`Balance`] of an account.
//!
//! Promises: no floats, no silent overflow, `{"cents":1000,"currency":"EUR"}` in JSON. Does not:
//! divide, round or convert.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The currency of an amount. One for now; named so that an amount is never a bare number.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, utoipa::ToSchema,
)]
pub enum Currency {
    /// Euro.
    #[default]
    #[serde(rename = "EUR")]
    Eur,
}

/// A non-negative amount in whole cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "MoneyText")]
#[schema(example = json!({"cents": 1000, "currency": "EUR"}))]
pub struct Money {
    #[schema(minimum = 0, maximum = 999_999_999_999_i64)]
    cents: i64,
    currency: Currency,
}

/// No amount that is asked for or written is as large: ten thousand million euros.
const MOST: i64 = 1_000_000_000_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MoneyText {
    cents: i64,
    currency: Currency,
}

impl TryFrom<MoneyText> for Money {
    type Error = MoneyError;

    fn try_from(text: MoneyText) -> Result<Self, MoneyError> {
        let MoneyText { cents, currency } = text;
        match cents {
            ..0 => Err(MoneyError::Negative),
            // So many of the largest amounts have room in an account that none overflows.
            MOST.. => Err(MoneyError::Overflow),
            _ => Ok(Self { cents, currency }),
        }
    }
}

/// Why an amount cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// An amount below zero; what is owed the other way is another transfer.
    #[error("an amount cannot be negative")]
    Negative,
    /// More than ten thousand million euros, or a sum of more cents than 63 bits hold.
    #[error("the amount is too large")]
    Overflow,
}

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self { cents: 0, currency: Currency::Eur };

    /// An amount in cents of euro.
    ///
    /// # Errors
    /// [`MoneyError::Negative`] below zero.
    pub const fn from_cents(cents: i64) -> Result<Self, MoneyError> {
        if cents < 0 {
            return Err(MoneyError::Negative);
        }
        Ok(Self { cents, currency: Currency::Eur })
    }

    /// The amount in cents.
    #[must_use]
    pub const fn cents(self) -> i64 {
        self.cents
    }

    /// The sum.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] when it does not fit.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        let cents = self.cents.checked_add(other.cents).ok_or(MoneyError::Overflow)?;
        Ok(Self { cents, currency: self.currency })
    }

    /// So many times this amount.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] when it does not fit, [`MoneyError::Negative`] below zero times.
    pub fn checked_times(self, times: i64) -> Result<Self, MoneyError> {
        let cents = self.cents.checked_mul(times).ok_or(MoneyError::Overflow)?;
        Self::from_cents(cents)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} EUR", decimal(self.cents, '.'))
    }
}

/// Signed cents as a decimal number of euros, with this mark before its two decimals and nothing
/// between thousands: `-1234,05`.
#[must_use]
pub fn decimal(cents: impl Into<i128>, mark: char) -> String {
    let cents = cents.into();
    let (sign, whole) = (if cents < 0 { "-" } else { "" }, cents.unsigned_abs());
    format!("{sign}{}{mark}{:02}", whole / 100, whole % 100)
}

/// The cents of a number of euros in digits, with none, one or two decimals: `12` and `5` are 1250.
/// `None` for no digits before the mark or more than `most` of them, for more than two behind it,
/// and for anything else than digits.
#[must_use]
pub fn cents_in(whole: &str, decimals: &str, most: usize) -> Option<i64> {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let written = (1..=most).contains(&whole.len()) && decimals.len() <= 2;
    if !written || !digits(whole) || !digits(decimals) {
        return None;
    }
    let cents: i64 = format!("{decimals:0<2}").parse().ok()?;
    whole.parse::<i64>().ok()?.checked_mul(100)?.checked_add(cents)
}

/// What an account holds: signed, and never accepted as an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Balance(i64);

impl Balance {
    /// A balance in cents.
    #[must_use]
    pub const fn from_cents(cents: i64) -> Self {
        Self(cents)
    }

    /// Signed cents.
    #[must_use]
    pub const fn cents(self) -> i64 {
        self.0
    }

    /// The balance as an amount, when it is not below zero.
    #[must_use]
    pub fn to_money(self) -> Option<Money> {
        Money::from_cents(self.0).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_never_negative_nor_wrapped() {
        assert_eq!(Money::from_cents(-1), Err(MoneyError::Negative));
        let most = Money::from_cents(i64::MAX).unwrap();
        assert_eq!(most.checked_add(Money::from_cents(1).unwrap()), Err(MoneyError::Overflow));
        assert!(serde_json::from_str::<Money>(r#"{"cents":-5,"currency":"EUR"}"#).is_err());
        assert!(serde_json::from_str::<Money>(r#"{"cents":10.5,"currency":"EUR"}"#).is_err());
        let ten: Money = serde_json::from_str(r#"{"cents":1000,"currency":"EUR"}"#).unwrap();
        assert_eq!(ten.to_string(), "10.00 EUR");
    }

    #[test]
    fn cents_below_a_euro_keep_their_sign() {
        for (cents, text) in [
            (0, "0,00"),
            (5, "0,05"),
            (-5, "-0,05"),
            (100, "1,00"),
            (-123_405, "-1234,05"),
            (i64::MIN, "-92233720368547758,08"),
        ] {
            assert_eq!(decimal(cents, ','), text);
            assert_eq!(decimal(i128::from(cents), '.'), text.replace(',', "."));
        }
        assert_eq!(decimal(i128::from(i64::MAX) * 10, '.'), "922337203685477580.70");
    }

    #[test]
    fn digits_are_read_up_to_the_most_and_no_further() {
        for (whole, decimals, most, cents) in [
            ("0", "", 9, Some(0)),
            ("10", "", 9, Some(1000)),
            ("12", "5", 9, Some(1250)),
            ("12", "05", 9, Some(1205)),
            ("999999999", "99", 9, Some(99_999_999_999)),
            ("9999999999", "99", 10, Some(999_999_999_999)),
            ("9999999999", "", 9, None),
            ("99999999999", "", 10, None),
            ("9223372036854775807", "", 19, None),
            ("", "5", 9, None),
            ("1", "234", 9, None),
            ("-3", "", 9, None),
            ("+3", "", 9, None),
            ("3", "-1", 9, None),
            ("٣", "", 9, None),
        ] {
            assert_eq!(cents_in(whole, decimals, most), cents, "{whole:?} {decimals:?}");
        }
    }
}
